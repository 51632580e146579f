"""The official full texts of licences, offline and unchanged, for the `LICENSES/` folder of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .expression import parse
from .facts import facts, values
from .problems import Problem
from .tables import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .expression import Expression


def full_text(spdx: str) -> str | None:
    """The official text of a licence, exactly; None where none is at hand. `-or-later` shares it."""
    known = facts().get(spdx)
    return None if known is None or not known.text else text_of(f"texts/{known.text}.txt")


def license_files(expressions: Iterable[str]) -> tuple[tuple[tuple[str, str], ...], tuple[Problem, ...]]:
    """What belongs into `LICENSES/` for these expressions: ((file name, text), ...), and missing texts.

    Files are named after the SPDX id, as REUSE asks, and sorted.
    """
    wanted = sorted({name for expression in set(expressions) for name in _parts(parse(expression))})
    files = [(f"{name}.txt", text) for name in wanted if (text := full_text(name)) is not None]
    missing = [name for name in wanted if name not in values() and full_text(name) is None]
    return tuple(files), tuple(Problem("license.text-missing", name) for name in missing)


def _parts(expression: Expression) -> Iterator[str]:
    """All licences and exceptions that an expression names; each has a text of its own."""
    for term in expression.all_terms:
        yield from term.split(" WITH ")
