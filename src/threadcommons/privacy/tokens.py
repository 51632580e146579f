"""Keys, tokens and passwords."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import re2

from .shadow import WORD, Pattern, byte_after, byte_before
from .tables import toml_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .shadow import Span


@dataclass(frozen=True)
class SecretRule:
    """One kind of secret. `keywords` or `mark` stand in each match, but where a name tells it, neither is stated.

    `bits` is the least information of a letter.
    """

    name: str
    pattern: Pattern
    keywords: tuple[bytes, ...]
    mark: Pattern | None
    bits: float
    check: Callable[[bytes], bool]

    @property
    def named(self) -> bool:
        """Whether a name before it tells it, not its own form."""
        return self.check in (_is_assigned, _are_credentials)

    def may_be_in(self, shadow: bytes) -> bool:
        """Whether the text has what every match of the rule has."""
        if self.mark is not None:
            return self.mark.search(shadow) is not None
        return self.named or any(word in shadow for word in self.keywords)


def bits_per_letter(letters: bytes) -> float:
    """Shannon's entropy of a letter drawn from these, in bits."""
    total = len(letters)
    return sum(count / total * math.log2(total / count) for count in Counter(letters).values())


_CLASSES: Final = (b"abcdefghijklmnopqrstuvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"0123456789", b"+/=_.~!@#$%^&*?-")
#: What stands in examples where a secret would be.
_EXAMPLES: Final = (
    b"example", b"your", b"xxxx", b"changeme", b"placeholder", b"redacted", b"secret", b"password", b"process.env",
    b"os.environ", b"token", b"insert", b"1234567",
)  # fmt: skip
#: From how many letters on a value may be judged by its information alone, and how much of it a letter needs then.
_LONG, _RICH, _SHORT_RICH = 16, 3.2, 2.75
_MIXED: Final = 3
#: Without a digit: how many letters at least, and which part of the neighbours differ in case.
_LONGER, _OFTEN = 20, 0.35


def _is_assigned(value: bytes) -> bool:
    """Whether a value that a name announces looks like something that nobody would guess."""
    lower = value.lower()
    if any(example in lower for example in _EXAMPLES) or value[:1] in b"/.$":
        return False
    kinds = [any(letter in letters for letter in value) for letters in _CLASSES]
    if not kinds[2]:
        return len(value) >= _LONGER and _switches(value) >= _OFTEN * len(value)
    if not (kinds[0] or kinds[1]):
        return False
    if len(value) >= _LONG:
        return bits_per_letter(value) >= _RICH
    return sum(kinds) >= _MIXED and bits_per_letter(value) >= _SHORT_RICH


def _switches(value: bytes) -> int:
    """How often the case changes between neighbours: often in what was drawn, once a word in names of programs."""
    return sum((a in _CLASSES[0] and b in _CLASSES[1]) or (a in _CLASSES[1] and b in _CLASSES[0])
               for a, b in itertools.pairwise(value))  # fmt: skip


_SHOWN: Final = frozenset((b"user", b"username", b"login", b"name", b"pass", b"password", b"passwd", b"pwd", b"secret"))


def _are_credentials(value: bytes) -> bool:
    """Whether a name and a password in an address are no placeholders, and no name said twice."""
    name, _, password = value.partition(b":")
    return password.lower() not in (name.lower(), *_SHOWN) and password[:1] not in b"$<{*" and bool(name)


def _always(_value: bytes) -> bool:
    return True


def _is_drawn(value: bytes) -> bool:
    """Whether letters of either case and digits occur: a name made of words has no such mixture."""
    return all(any(letter in letters for letter in value) for letters in _CLASSES[:3])


_CHECKS: Final = {"drawn": _is_drawn, "assigned": _is_assigned, "credentials": _are_credentials, "": _always}
#: What a letter has to tell where the table states nothing.
_USUAL_BITS: Final = 3.0


def _read() -> Iterator[SecretRule]:
    for name, row in toml_of("secrets.toml").items():
        yield SecretRule(
            name=name,
            pattern=Pattern(row["pattern"]),
            keywords=tuple(word.encode() for word in row.get("keywords", ())),
            mark=Pattern(row["mark"]) if "mark" in row else None,
            bits=row.get("bits", _USUAL_BITS),
            check=_CHECKS[row.get("check", "")],
        )


RULES: Final = tuple(_read())
_TRAILING: Final = b".,;:!?-="

#: What columns are searched for first. Most tokens have a sign behind their prefix and a long run behind that; those of
#: the others have a prefix that is rare enough by itself. A match without any of these does not count.
_RUN: Final = r"[_\-.:=/~][A-Za-z0-9_\-]{15}"
SHORT: Final = "Q~|-us"
_RARE: Final = (
    "AKIA|ASIA|ABIA|ACCA|A3T|AIza|EAA|EZAK|EZTK|AKCp|ATATT3|ATCTT3|eyJ|PRIVATE KEY|Private-Lines|AccountKey=",
    "hooks.slack.com|dapi|dose|xprv|yprv|zprv|whsec_|glc_|fm1_|fm1a_|fm1r_|fm2_|sntry|[?]sig=|&sig=",
    SHORT,
)
MARKS: Final = (_RUN, *_RARE)
_MARKED: Final = Pattern("|".join(MARKS))
#: The same for what a name announces.
HEADERS: Final = "earer |EARER |uthorization|UTHORIZATION"
PASSWORDS: Final = r"://[^\s/@:]+:[^\s/@]+@"
VALUES: Final = (
    r"""[=:]>?\*{0,2}\s{0,2}["'`]?[A-Za-z0-9+_~!@#%^&*?=\-][A-Za-z0-9+/_.~!@#$%^&*?=\-]{7}""",
    PASSWORDS,
    HEADERS,
)
#: What every match has, for columns again.
KEYWORDS: Final = "|".join(
    (*sorted(re2.escape(word.decode()) for rule in RULES for word in rule.keywords),
     *(rule.mark.source for rule in RULES if rule.mark is not None))
)  # fmt: skip
NAMED: Final = tuple(rule.pattern.source for rule in RULES if rule.named)


def secrets(shadow: bytes) -> Iterator[Span]:
    """Where secrets are. A value is taken out alone, its name stays."""
    for rule in RULES:
        if rule.may_be_in(shadow):
            yield from _of(rule, shadow)


def _of(rule: SecretRule, shadow: bytes) -> Iterator[Span]:
    """What one rule finds. What was looked at is not looked at again, whether it counted or not."""
    at = 0
    while (found := rule.pattern.search(shadow, at)) is not None:
        whole, group = found
        at = whole[1]
        if rule.named or _MARKED.search(shadow, *whole) is not None:
            taken = _confirmed(rule, shadow, whole if group[0] < 0 else group, grouped=group[0] >= 0)
            yield from () if taken is None else (taken,)


def _confirmed(rule: SecretRule, shadow: bytes, span: Span, *, grouped: bool) -> Span | None:
    start, stop = span
    if not grouped and (byte_before(shadow, start) in WORD or byte_after(shadow, stop) in WORD):
        return None
    if rule.check is _is_assigned:
        stop -= len(shadow[start:stop]) - len(_trimmed(shadow[start:stop]))
    value = shadow[start:stop]
    return (start, stop) if bits_per_letter(value) >= rule.bits and rule.check(value) else None


def _trimmed(value: bytes) -> bytes:
    """The value without what ends the sentence; `=` that fills up the last group of base64 is its own."""
    bare = value.rstrip(_TRAILING)
    rest = value[len(bare) :]
    return bare + rest[: len(rest) - len(rest.lstrip(b"="))]
