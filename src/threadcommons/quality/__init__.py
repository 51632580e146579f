"""What can be said of a text by looking at it: measures, its language, and rules over both."""

from .checks import ACTIONS, Met, Rule, Rules, default_rules, explain, judge, rules_of
from .declared import Measure, declared
from .language import UNDETERMINED, languages
from .measures import compile_all, measured, measures

__all__ = [
    "ACTIONS",
    "UNDETERMINED",
    "Measure",
    "Met",
    "Rule",
    "Rules",
    "compile_all",
    "declared",
    "default_rules",
    "explain",
    "judge",
    "languages",
    "measured",
    "measures",
    "rules_of",
]
