"""Personal data in texts, found and taken out; names of authors, replaced by keyed pseudonyms."""

from .gates import compile_all
from .policy import KINDS, Policy, policy_of
from .pseudonyms import PREFIX, Key, pseudonym, random_key, read_key
from .redacting import REDACTIONS, Cleaned, Links, Redacted, cleaned, redact, redact_links
from .shadow import TOKENS

__all__ = [
    "KINDS",
    "PREFIX",
    "REDACTIONS",
    "TOKENS",
    "Cleaned",
    "Key",
    "Links",
    "Policy",
    "Redacted",
    "cleaned",
    "compile_all",
    "policy_of",
    "pseudonym",
    "random_key",
    "read_key",
    "redact",
    "redact_links",
]
