"""Which texts may hold something: searched for on whole columns, before any text is looked at by itself.

A gate says yes to every text in which a kind can be found, and to few others. It has two steps. The first is cheap and
goes over all texts: it asks for what is rare, such as seven digits close together. The second goes over what is left
and asks for the same patterns that decide in the end. Both run in the engine of polars, whose time is linear too.

Columns are searched as they are, but for texts with spaces, dashes or digits beyond ASCII: these are replaced first, as
in the shadow. So what a gate reads of ASCII is what the shadow has, and a letter beyond ASCII is one sign in both.
"""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from . import accounts, addresses, national, networks, phones, postal, tokens
from .shadow import OTHER_DIGITS, TELEPHONES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

#: Characters that the shadow turns into ASCII.
_SPACES: Final = r"[\p{Zs}--\x20]"
_DASHES: Final = r"[\p{Pd}\x{2212}--\x2d]"
_OTHER_DIGITS: Final = "".join(rf"\x{{{zero:x}}}-\x{{{zero + 9:x}}}" for zero in OTHER_DIGITS)
_ODD: Final = rf"[{_SPACES}{_DASHES}{_OTHER_DIGITS}]"
_DIGITS: Final = {chr(zero + digit): str(digit) for zero in OTHER_DIGITS for digit in range(10)}

#: Seven digits with little between them; an IP address; a number with letters in it.
_NUMBERS: Final = r"[0-9](?:[ .\-/()]{0,3}[0-9]){6}"
_LETTERED: Final = r"[0-9]{2}(?:[A-Za-z][0-9]{2}[A-Za-z][0-9]{3}| ?[0-9]{2} ?[0-9]{2} ?[A-Za-z+\-])"
_DOTTED: Final = r"[0-9](?:\.|\[\.\]|\(\.\))[0-9]{1,3}(?:\.|\[\.\]|\(\.\))[0-9]{1,3}(?:\.|\[\.\]|\(\.\))[0-9]"
_HEXTETS: Final = r"[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]{2}"
#: A house number beside a postcode; one before a street; a British postcode; a box of the post office.
_STREETS: Final = (
    r"[0-9] ?[A-Za-z]?(?:,? ?[0-9]{1,2}[a-z.]{0,4}[A-Za-z]{0,4})?(?: ?, ?| ?,?\n ?| )?(?:[A-Z]{1,2}-)?[0-9]{4,5}(?:-[0-9]{3})? [A-Z]",
    r"[0-9](?: bis| ter)?,? (?:[Rr]ue|[Aa]v|[Bb]oul|[Bb]d|[Aa]ll|[Ii]mp|[Cc]hem|[Pp]lace|[Qq]uai|[Cc]ours|[Rr]oute) ",
    r"[0-9][0-9A-Z]? ?[0-9][A-Z]{2}",
    r"[0-9] [A-Z0-9][A-Za-z.' ]{1,40}(?:St|Ave|R[do]|B[lo]|L[na]|Dr|C[ti]|Way|Pl|Sq|Ter|Pa|Pk|H[iw])",
    r"P\.? ?O\.? ?Box|Postfach|Apartado|Casella|[Pp]ostale|Postbus|Caixa",
)


class Gate(NamedTuple):
    """Two steps: patterns of which a text has to have one to be looked at again, and then one of these, where any stand."""

    first: tuple[str, ...]
    second: tuple[str, ...] = ()


def _in_columns(pattern: str) -> str:
    """A pattern over shadows for texts: a byte of the shadow becomes all that it may come from."""
    beyond = r"[^\x00-\x7f]"
    return pattern.replace(r"\xe0", beyond).replace(r"\xb6", f"[{TELEPHONES}]").replace(r"\xff", r"\]")


def _words(some: Iterable[str], behind: str = "") -> str:
    return _in_columns(rf"(?i)(?:^|[^A-Za-z0-9])(?:{'|'.join(some)})(?:[^A-Za-z0-9]{behind}|$)")


_TELLS: Final = (_words((*phones.SAYS_YES, *phones.BESIDE), r"[^\n]{0,32}[0-9]"), _words(phones.BEHIND))
GATES: Final[dict[str, tuple[Gate, ...]]] = {
    "secret": (Gate(tokens.MARKS, tokens.KEYWORDS), Gate(tokens.VALUES, tokens.NAMES)),
    "iban": (Gate((_NUMBERS,), (accounts.IBAN,)),),
    "card": (Gate((_NUMBERS,), (accounts.CARD,)),),
    "email": (
        Gate(("@", "%40", "&(?:#64|#[xX]40|commat);"), (addresses.IN_COLUMNS,)),
        Gate(tuple(map(_in_columns, addresses.SPOKEN_IN_COLUMNS)), tuple(map(_in_columns, addresses.SPOKEN))),
    ),
    "ip": (Gate((_DOTTED,), (networks.FOUR,)), Gate((_HEXTETS,), (networks.SIX,))),
    "national-id": (Gate((_NUMBERS, _LETTERED), (national.WORDLESS, _words(national.WORDS))),),
    "phone": (Gate((_NUMBERS,), (phones.ABROAD, phones.SURE, *_TELLS)),),
    "postal": (Gate(_STREETS, tuple(_in_columns(postal.spelled(form, "[^0-9]*")) for form in postal.FORMS)),),
    "handle": (Gate(("@[^ ]", "u/")),),
}


def possible(texts: pl.Series, kinds: Collection[str]) -> dict[str, pl.Series]:
    """For each kind, which of the texts may hold one. No text may be null."""
    odd = (texts.str.len_bytes() != texts.str.len_chars()) & texts.str.contains(_ODD)
    if not odd.any():
        return _possible(texts, kinds)
    order = pl.concat([(~odd).arg_true(), odd.arg_true()])
    plain, folded = _possible(texts.filter(~odd), kinds), _possible(_folded(texts.filter(odd)), kinds)
    back = order.arg_sort()
    return {kind: pl.concat([plain[kind], folded[kind]]).gather(back) for kind in plain}


def _folded(texts: pl.Series) -> pl.Series:
    """Texts with spaces, dashes and digits as the shadow has them."""
    plain = texts.str.replace_all(_SPACES, " ").str.replace_all(_DASHES, "-")
    return plain.str.replace_many(_DIGITS) if plain.str.contains(f"[{_OTHER_DIGITS}]").any() else plain


def _possible(texts: pl.Series, kinds: Collection[str]) -> dict[str, pl.Series]:
    known: dict[str, pl.Series] = {}

    def has(pattern: str) -> pl.Series:
        if pattern not in known:
            known[pattern] = texts.str.contains(pattern)
        return known[pattern]

    return {kind: _any(_passes(texts, gate, has) for gate in gates) for kind, gates in GATES.items() if kind in kinds}


def _passes(texts: pl.Series, gate: Gate, has: Callable[[str], pl.Series]) -> pl.Series:
    first = _any(has(pattern) for pattern in gate.first)
    if not gate.second or not first.any():
        return first
    left = texts.filter(first)
    second = _any(left.str.contains(pattern) for pattern in gate.second)
    return first.clone().scatter(first.arg_true(), second)


def _any(answers: Iterable[pl.Series]) -> pl.Series:
    return functools.reduce(operator.or_, answers)
