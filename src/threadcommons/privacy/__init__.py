"""Personal data in texts, found and taken out; names of authors, replaced by keyed pseudonyms."""

from .policy import KINDS, Policy, policy_of
from .redacting import REDACTIONS, Cleaned, Links, Redacted, cleaned, redact, redact_links

__all__ = [
    "KINDS",
    "REDACTIONS",
    "Cleaned",
    "Links",
    "Policy",
    "Redacted",
    "cleaned",
    "policy_of",
    "redact",
    "redact_links",
]
