"""Numbers by which states know people."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from .checksums import CHECKS
from .shadow import Pattern, places, stands_alone
from .tables import toml_of
from .words import distance, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .shadow import Span

_SEPARATORS: Final = b" .-/+"
#: Separators that tell something: the sign of Finland's century.
_KEPT: Final = frozenset(("hetu",))


@dataclass(frozen=True)
class NationalId:
    """One kind of number: its form, its check, and the words before it without which it does not count."""

    name: str
    form: Pattern
    check: Callable[[str], bool]
    words: Pattern | None
    drop: bytes


def _read() -> Iterator[NationalId]:
    for name, row in toml_of("national-ids.toml").items():
        form = Pattern(f"(?i)(?:{row['form'].replace('#', '[0-9]')})")
        said = words(row["words"]) if "words" in row else None
        yield NationalId(name, form, CHECKS[row["check"]], said, b"" if row["check"] in _KEPT else _SEPARATORS)


IDS: Final = tuple(_read())
#: All forms that need no word, and all words that the others need.
WORDLESS: Final = "|".join(one.form.source for one in IDS if one.words is None)
WORDS: Final = tuple(sorted({word for row in toml_of("national-ids.toml").values() for word in row.get("words", ())}))
_SAID: Final = words(WORDS)


def national_ids(shadow: bytes) -> Iterator[Span]:
    """Where such numbers are, confirmed by a check digit or, where there is none, by a strict form and a word."""
    said = _SAID.search(shadow) is not None
    for one in IDS:
        if one.words is None or said:
            yield from places(one.form, shadow, partial(_confirmed, one))


def _confirmed(one: NationalId, shadow: bytes, start: int, stop: int) -> Span | None:
    if not stands_alone(shadow, start, stop):
        return None
    if one.words is not None and distance(one.words, shadow, start) is None:
        return None
    return (start, stop) if one.check(shadow[start:stop].translate(None, one.drop).decode("latin-1").upper()) else None
