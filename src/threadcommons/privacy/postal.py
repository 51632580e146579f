"""What looks like a postal address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .shadow import WORD, Pattern, byte_before, places
from .tables import toml_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .shadow import Span

#: A word, at most five words, and what stands between two parts of an address.
_WORD: Final = r"[A-Za-z\xe0'.\-]{1,30}"
_WORDS: Final = rf"(?:{_WORD}[ ,]{{0,2}}){{0,5}}"
_BETWEEN: Final = r"(?: ?, ?| ?,?\n ?| )"


def spelled(form: str, words: str = _WORDS) -> str:
    """A form of the table as a pattern; a comma of the form is any separator, but not inside braces or brackets."""
    inside, out = 0, []
    for sign in form:
        inside += (sign in "{[") - (sign in "}]")
        plain = {"_": words, "#": "[0-9]", ",": _BETWEEN}
        out.append(plain.get(sign, sign) if not inside or sign == "#" else sign)
    return "".join(out)


FORMS: Final = tuple(toml_of("postal.toml")["forms"])
_FORMS: Final = tuple(Pattern(spelled(form)) for form in FORMS)


def postal(shadow: bytes) -> Iterator[Span]:
    """Where postal addresses may be."""
    for form in _FORMS:
        yield from places(form, shadow, _whole)


#: What is left of the word in which a form ends: the name of the town, of which forms know the first letter.
_REST: Final = Pattern(r"(?:[A-Za-z\xe0'\-]*[A-Za-z\xe0])?")


def _whole(shadow: bytes, start: int, stop: int) -> Span | None:
    return None if byte_before(shadow, start) in WORD else (start, _REST.end(shadow, stop))
