"""Contributions: bring exports in (`add`), say what is wrong (`check`), begin a package (`init`)."""

from .add import Added, add
from .answers import QUESTIONS, Answers, Question
from .check import Checked, ExportCount, check
from .init import init
from .pick import pick
from .proposing import open_questions, proposal_of

__all__ = [
    "QUESTIONS",
    "Added",
    "Answers",
    "Checked",
    "ExportCount",
    "Question",
    "add",
    "check",
    "init",
    "open_questions",
    "pick",
    "proposal_of",
]
