"""Licences as data and small pure functions: what each asks, what goes where, who says so, what may go out.

No rule about licences stands anywhere else. Tables: `facts.csv` (what each licence asks), `aliases.toml` (how
people write it), `relations.toml` (what may go into what), `rules/` (what platforms say), `wishes.toml` (what
people ask), `texts/` (official texts). Everything fails closed: what is not understood is unknown, and
unknown text stays back.
"""

from .classes import (
    CLASSES,
    covers_contents,
    demands_credit,
    duties,
    license_class,
    releasable,
    share_alike,
    strictest,
)
from .closure import COLLECTION, Closure, Conflict, Group, Part, closure, merge
from .credits import (
    CHANGED,
    FAR,
    SUPPLIED,
    Credit,
    also,
    annotated,
    chain,
    credit_line,
    credit_of,
    license_links,
    missing_elements,
    notice,
    notice_lines,
)
from .decide import PUBLISHED_BY_DEFAULT, Claims, Decision, decide
from .declared import EVERYBODY, Declared, Word, declared, ungranted
from .explain import combined, explained
from .expression import Expression, bad_choices, chosen, parse, unknown
from .facts import NOASSERTION, PLATFORM_TERMS, Fact, fact, facts, grantable, values
from .hub import HubLicense, hub
from .joined import CARRIES_WITHHELD, Joined, joined
from .meet import Meet, meet, merged, not_looser, outlets
from .problems import Problem
from .promise import keeps
from .relate import ADAPTATION, PRODUCED_WORK, Rule, allowed, rule_for, targets
from .rules import Pack, RuleBook, replaced, rulebook, rulebook_with
from .texts import full_text, license_files
from .wishes import known_wishes, narrowing

__all__ = [
    "ADAPTATION",
    "CARRIES_WITHHELD",
    "CHANGED",
    "CLASSES",
    "COLLECTION",
    "EVERYBODY",
    "FAR",
    "NOASSERTION",
    "PLATFORM_TERMS",
    "PRODUCED_WORK",
    "PUBLISHED_BY_DEFAULT",
    "SUPPLIED",
    "Claims",
    "Closure",
    "Conflict",
    "Credit",
    "Decision",
    "Declared",
    "Expression",
    "Fact",
    "Group",
    "HubLicense",
    "Joined",
    "Meet",
    "Pack",
    "Part",
    "Problem",
    "Rule",
    "RuleBook",
    "Word",
    "allowed",
    "also",
    "annotated",
    "bad_choices",
    "chain",
    "chosen",
    "closure",
    "combined",
    "covers_contents",
    "credit_line",
    "credit_of",
    "decide",
    "declared",
    "demands_credit",
    "duties",
    "explained",
    "fact",
    "facts",
    "full_text",
    "grantable",
    "hub",
    "joined",
    "keeps",
    "known_wishes",
    "license_class",
    "license_files",
    "license_links",
    "meet",
    "merge",
    "merged",
    "missing_elements",
    "narrowing",
    "not_looser",
    "notice",
    "notice_lines",
    "outlets",
    "parse",
    "releasable",
    "replaced",
    "rule_for",
    "rulebook",
    "rulebook_with",
    "share_alike",
    "strictest",
    "targets",
    "ungranted",
    "unknown",
    "values",
]
