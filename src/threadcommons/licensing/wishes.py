"""Machine-readable wishes about reuse. A wish can only narrow: it keeps text back and grants nothing."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .problems import Problem
from .tables import toml_of

if TYPE_CHECKING:
    from collections.abc import Iterable


def narrowing(tokens: Iterable[str]) -> tuple[Problem, ...]:
    """Those wishes that keep a text back, in order; `wish.unknown` where no table knows the token."""
    found = (_judged(token) for token in sorted(set(tokens)))
    return tuple(problem for problem in found if problem is not None)


def known_wishes() -> dict[str, str]:
    """Token -> what it asks, for help texts; only those that keep a text back."""
    return {token: means for token, (effect, means) in _wishes().items() if effect == "withhold"}


def _judged(token: str) -> Problem | None:
    effect, means = _wishes().get(token.strip().casefold(), ("unknown", ""))
    if effect == "none":
        return None
    return Problem("wish.honoured" if effect == "withhold" else "wish.unknown", f"{token}: {means}" if means else token)


@cache
def _wishes() -> dict[str, tuple[str, str]]:
    entries = toml_of("wishes.toml")["wish"]
    return {token: (entry["effect"], entry["means"]) for entry in entries for token in entry["tokens"]}
