"""The official full texts of licences, offline and unchanged, for the `LICENSES/` folder of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .expression import parse
from .facts import fact, grantable
from .problems import Problem
from .tables import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable


def full_text(spdx: str) -> str | None:
    """The official text of a licence, exactly; None where none is at hand. `-or-later` shares it."""
    known = fact(spdx)
    return None if known is None or not known.text else text_of(f"texts/{known.text}.txt")


def license_files(expressions: Iterable[str]) -> tuple[tuple[tuple[str, str], ...], tuple[Problem, ...]]:
    """What belongs into `LICENSES/` for these expressions: ((file name, text), ...), and missing texts.

    Files are named after the SPDX id, as REUSE asks, and sorted.
    """
    understood = [parse(expression) for expression in set(expressions)]
    wanted = sorted({spdx for expression in understood for spdx in expression.ids})
    files = [(f"{spdx}.txt", text) for spdx in wanted if (text := full_text(spdx)) is not None]
    missing = [spdx for spdx in wanted if spdx in grantable() and full_text(spdx) is None]
    return tuple(files), tuple(Problem("license.text-missing", spdx) for spdx in missing)
