"""E-mail addresses, plain and as people write them for others but not for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .shadow import (
    DIGITS,
    ESCAPE,
    SIGN,
    TAKEN,
    TAKEN_PHONE,
    WORD,
    Pattern,
    byte_after,
    byte_before,
    line_before,
    places,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .shadow import Span

#: `@`, in its own sign, in that of URLs, and in those of HTML.
_AT: Final = r"(?:@|%40|&#64;|&#[xX]40;|&commat;)"
_LABEL: Final = r"[0-9A-Za-z\xe0](?:[0-9A-Za-z\xe0\-]{0,61}[0-9A-Za-z\xe0])?"
_LOCAL: Final = r"[0-9A-Za-z_\xe0](?:(?:[0-9A-Za-z._+\-\xe0]|%2[Bb]){0,62}[0-9A-Za-z_+\-\xe0])?"
_TOP: Final = r"(?:[Xx][Nn]--[0-9A-Za-z\-]{2,59}|[A-Za-z\xe0]{2,24})"
_PLAIN: Final = Pattern(rf"{_LOCAL}{_AT}(?:{_LABEL}\.){{1,8}}{_TOP}")
#: The same in scripts that set no words apart; only where the domain is in such a script too.
_SIGNS: Final = Pattern(r"[\xd80-9A-Za-z._\-]{1,64}@(?:[\xd80-9A-Za-z\-]{1,63}\.){1,4}\xd8{2,6}")



def _as_written(words: str) -> str:
    """Words in lower case, in capitals, and with one capital."""
    return "|".join(case for word in words.split() for case in (word, word.upper(), word.capitalize()))


#: Words for the sign and for the dot, in the languages that this package knows best. Those that are everyday words as
#: well count only with a word for the other that is none, or before a last label that is none either.
_SIGN_WORDS: Final = _as_written("arroba arobase chiocciola apenstaartje klammeraffe")
_AT_WORDS: Final = _as_written("at") + rf"|\xe0[tT]|{_SIGN_WORDS}"
_DOT_WORDS: Final = _as_written("dot punkt punto point ponto punt")
_GERMANIC: Final = _as_written("dot punkt punt")
_BRACKETED_AT: Final = rf" ?[\[({{<] ?(?:{_AT_WORDS}|@) ?[\])}}>] ?"
_BRACKETED_DOT: Final = rf" ?[\[({{<] ?(?:{_DOT_WORDS}|\.) ?[\])}}>] ?"
_SPOKEN_DOT: Final = rf"(?:{_BRACKETED_DOT}| (?:{_DOT_WORDS}) )"
_DOT: Final = rf"(?:{_SPOKEN_DOT}|\.)"
_NAME: Final = r"[0-9A-Za-z_](?:[0-9A-Za-z._+\-]{0,62}[0-9A-Za-z_])?"
_NAMES: Final = rf"{_NAME}(?:{_SPOKEN_DOT}{_NAME}){{0,3}}"
_PART: Final = r"[0-9A-Za-z](?:[0-9A-Za-z\-]{0,61}[0-9A-Za-z])?"
_PARTS: Final = rf"{_PART}(?: (?:{_DOT_WORDS}) {_PART}){{0,3}} (?:{_DOT_WORDS}) "
_TOPS: Final = (
    "com org net edu gov info io dev app eu uk fr ch pt br mx ar pl dk ca au nz jp ru cz example test invalid"
)
_RARE_TOP: Final = _as_written(_TOPS)
_COMMON_TOP: Final = _as_written(f"{_TOPS} de nl es it at be us se no fi ie in")
#: `name [at] host.org`, `name at host dot org`, `name arroba host punto es`, `name@host [dot] org`.
SPOKEN: Final = (
    rf"{_NAMES}{_BRACKETED_AT}{_PART}(?:{_DOT}{_PART}){{0,4}}{_DOT}[A-Za-z]{{2,24}}",
    rf"{_NAMES} (?:{_AT_WORDS}) {_PARTS}(?:{_RARE_TOP})",
    rf"{_NAMES} (?:{_SIGN_WORDS}) {_PARTS}(?:{_COMMON_TOP})",
    rf"{_NAMES} (?:{_AT_WORDS}) {_PART}(?: (?:{_GERMANIC}) {_PART}){{0,3}} (?:{_GERMANIC}) (?:de|nl|DE|NL)",
    rf"{_NAME} ?@ ?{_PART}(?:{_SPOKEN_DOT}{_PART}){{0,3}}{_SPOKEN_DOT}(?:{_COMMON_TOP})",
)
_SPOKEN: Final = tuple(map(Pattern, SPOKEN))
#: For columns: what stands around the sign; the word for it in brackets, the words for the dot.
IN_COLUMNS: Final = r"(?:^|[^@\w])[\w.+%\-]*\w[+\-]?(?:@|%40|&(?:#64|#[xX]40|commat);)[^\s@]+\.[^\s.]"
SPOKEN_IN_COLUMNS: Final = (rf"[\[({{<] ?(?:{_AT_WORDS}|@) ?[\])}}>]", rf"(?:{_DOT_WORDS})[ \])}}>]")

#: Names of files and members of modules that look like a domain behind an `@`.
_NO_TOP: Final = frozenset(
    b"png jpg jpeg gif svg webp avif bmp ico tiff pdf css scss js mjs cjs ts tsx jsx json yaml yml toml xml html htm"
    b" txt exe dll so tar tgz gz bz2 xz rar deb rpm jar whl local localhost localdomain internal lan".split()
)
#: Accounts of services, which name nobody.
_SERVICE: Final = Pattern(rf"(?i)(?:git|hg|svn){_AT}")
#: What makes that which stands before the sign a password, in an address such as `https://user:password@host`.
_PASSWORD: Final = Pattern(r"://[^ /@]{1,80}:\z")
_HOST: Final = 84
_REPLACED: Final = bytes((TAKEN_PHONE, TAKEN))


def addresses(shadow: bytes) -> Iterator[Span]:
    """Where e-mail addresses are."""
    if b"@" in shadow or b"%40" in shadow or b"&" in shadow:
        yield from places(_PLAIN, shadow, _plain)
        if SIGN in shadow:
            yield from places(_SIGNS, shadow, _in_signs)
    for pattern in _SPOKEN:
        yield from places(pattern, shadow, _spoken)


def _plain(shadow: bytes, start: int, stop: int) -> Span | None:
    """A whole address: nothing of its own alphabet before it, no call and no file behind it."""
    top = shadow[start:stop].rpartition(b".")[2].lower()
    after = byte_after(shadow, stop)
    if top in _NO_TOP or after in WORD or after in b"(@" or (after in b"-" and byte_after(shadow, stop + 1) in WORD):
        return None
    if (after in b":/" and _SERVICE.end(shadow, start) > start) or _PASSWORD.search(line_before(shadow, start, _HOST)):
        return None
    return (start, stop) if _begins(shadow, start) else None


def _begins(shadow: bytes, start: int) -> bool:
    """Whether an address may begin here: a bullet or dots before it are none of it, a longer name is."""
    at = start
    while at > start - 4 and byte_before(shadow, at) in b".-+%":
        at -= 1
    before = byte_before(shadow, at)
    if before in b"@" or before in _REPLACED:  # a name of two hosts; what was taken out
        return False
    if before not in WORD or ESCAPE.end(shadow, at) > at:
        return True
    return at < start and shadow[at : at + 1] == b"%" and before in DIGITS


def _at_edges(shadow: bytes, start: int, stop: int) -> Span | None:
    """No longer word at either edge."""
    before, after = byte_before(shadow, start), byte_after(shadow, stop)
    return None if before in WORD or before in b"@." or after in WORD or after in b"@" else (start, stop)


def _in_signs(shadow: bytes, start: int, stop: int) -> Span | None:
    """The whole of what is written without spaces; after an `@` it is part of a name of two hosts."""
    return None if byte_before(shadow, start) == SIGN else _at_edges(shadow, start, stop)


def _spoken(shadow: bytes, start: int, stop: int) -> Span | None:
    """No longer word at either edge, and no article where the host would be: "look at the dot org" is a sentence."""
    words = shadow[start:stop].lower().split()
    return None if any(word in _ARTICLES for word in words[1:-1]) else _at_edges(shadow, start, stop)


_ARTICLES: Final = frozenset(
    b"the a an this that some any one which each every its my your our their these those".split()
)
