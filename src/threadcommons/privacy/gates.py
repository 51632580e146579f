"""Which texts may hold something: searched for on whole columns, before any text is looked at by itself.

A gate says yes to every text in which a kind can be found, and to few others. It has two steps. The first is cheap and
asks for what is rare, such as seven digits close together. The second goes over what is left and asks for the same
patterns that decide in the end. Both run in the engine of polars, whose time is linear too; but of the first step only
over texts that have what its matches begin with, which one compiled loop over all texts tells of all patterns.

Columns are searched as they are, but for texts with spaces, dashes or digits beyond ASCII: these are replaced first, as
in the shadow. So what a gate reads of ASCII is what the shadow has, and a letter beyond ASCII is one sign in both.
"""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from ..texts import Texts, texts_of
from . import accounts, addresses, national, phones, postal, tokens
from .marks import begins, spelt, tables
from .shadow import DASHES, OTHER_DIGITS, SPACES, TELEPHONES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

    from .marks import Begins, Tables

    #: For each text, the facts that are known of it, as bits.
    Facts = NDArray[np.uint64]

#: Characters that the shadow turns into ASCII, as marks.
_ODD: Final = (*map(spelt, SPACES + DASHES), *(spelt(chr(zero), chr(zero + 9)) for zero in OTHER_DIGITS))
_PLAIN: Final = {
    **dict.fromkeys(SPACES, " "), **dict.fromkeys(DASHES, "-"),
    **{chr(zero + digit): str(digit) for zero in OTHER_DIGITS for digit in range(10)},
}  # fmt: skip


#: What may follow a digit: seven digits with little between them; digits with letters between them; an IP address of
#: either length; a postcode behind a house number, a street behind one, a British postcode, a street in English.
_TAILS: Final = (
    r"(?:[ .\-/()%]{0,3}[0-9]){6}",
    r"[0-9](?:[A-Za-z][0-9]{2}[A-Za-z][0-9]{3}| ?[0-9]{2} ?[0-9]{2} ?[A-Za-z+\-])",
    r"(?:\.|\[\.\]|\(\.\))[0-9]{1,3}(?:\.|\[\.\]|\(\.\))[0-9]{1,3}(?:\.|\[\.\]|\(\.\))[0-9]",
    r"[0-9A-Fa-f]{3}:[0-9A-Fa-f:]{2}",
    r"[ ,\nA-Za-z\-]{1,6}[0-9]{4}",
    r"(?: bis| ter)?,? (?:[Rr]ue|[Aa]v|[Bb]oul|[Bb]d|[Aa]ll|[Ii]mp|[Cc]hem|[Pp]lace|[Qq]uai|[Cc]ours|[Rr]oute) ",
    r"[0-9A-Z]? ?[0-9][A-Z]{2}",
    r" [A-Z0-9][A-Za-z.' ]{1,40}(?:St|Ave|R[do]|B[lo]|L[na]|Dr|C[ti]|Way|Pl|Sq|Ter|Pa|Pk|H[iw])",
)
_NUMBERS, _LETTERED, _DOTTED, _HEXTETS = (f"[0-9]{tail}" for tail in _TAILS[:4])
_STREETS: Final = f"[0-9](?:{'|'.join(_TAILS[4:])})"
_BOXES: Final = "Box|Postfach|Apartado|Casella|ostale|Postbus|Caixa"
_AT_SIGNS: Final = "%40|&#64|&#x40|&#X40|&commat;"


_ONE: Final = np.uint64(1)


class Gate(NamedTuple):
    """Two steps: a text has to have one of the first patterns to be looked at again, and then the second."""

    first: tuple[str, ...]
    second: str | None = None


def _in_columns(*patterns: str) -> str:
    """Patterns over shadows as one for texts: a byte of the shadow becomes all that it may come from.

    There are not many more patterns than the engine keeps compiled, so alternatives go together where none is slow.
    """
    beyond = r"[^\x00-\x7f]"
    whole = "|".join(f"(?:{pattern})" for pattern in patterns) if len(patterns) > 1 else patterns[0]
    return whole.replace(r"\xe0", beyond).replace(r"\xb6", f"[{TELEPHONES}]").replace(r"\xfe\xff", r"\]")


def _words(some: Iterable[str], behind: str = "") -> str:
    return rf"(?i)(?:^|[^A-Za-z0-9])(?:{'|'.join(some)})(?:[^A-Za-z0-9]{behind}|$)"


def _alone(*patterns: str) -> str:
    """Patterns that begin where no word goes on, for what counts only there; behind a sign of a URL none does."""
    return rf"(?:^|[^0-9A-Za-z]|%[0-9A-Fa-f][0-9A-Fa-f])(?:{'|'.join(patterns)})"


#: Behind a number whose pattern has taken all of it.
_END: Final = "(?:[^0-9A-Za-z]|$)"
_TELLS: Final = _in_columns(
    _words((*phones.SAYS_YES, *phones.BESIDE), r"[^\n]{0,32}[0-9]"), rf"[0-9] ?(?i:{'|'.join(phones.BEHIND)})"
)
GATES: Final[dict[str, tuple[Gate, ...]]] = {
    "secret": (Gate(tokens.MARKS, tokens.KEYWORDS), Gate(tokens.VALUES, _in_columns(*tokens.NAMED))),
    "iban": (Gate((_NUMBERS,), _alone(accounts.IBAN)),),
    "card": (Gate((_NUMBERS,), _alone(accounts.CARD)),),
    "email": (
        Gate(("@", _AT_SIGNS), addresses.IN_COLUMNS),
        Gate(tuple(map(_in_columns, addresses.SPOKEN_IN_COLUMNS)), _in_columns(*addresses.SPOKEN)),
    ),
    "ip": (Gate((_DOTTED, _HEXTETS)),),
    "national-id": (
        Gate((_NUMBERS, _LETTERED), _alone(national.WORDLESS) + _END),
        Gate((_NUMBERS, _LETTERED), _in_columns(_words(national.WORDS))),
    ),
    "phone": (Gate((_NUMBERS,), f"{_alone(phones.ABROAD)}|{_alone(phones.SURE)}{_END}"), Gate((_NUMBERS,), _TELLS)),
    "postal": (Gate((_STREETS, _BOXES), _in_columns(*(postal.spelled(form, "[^0-9]*") for form in postal.FORMS))),),
    "handle": (Gate(("@", "u/")),),
}
#: What is searched for before any of these, in one go: the engine is quick with patterns that begin with one digit.
_SCREEN_OF: Final = dict.fromkeys((_NUMBERS, _LETTERED, _DOTTED, _HEXTETS, _STREETS), f"[0-9](?:{'|'.join(_TAILS)})")
#: What else stands in each match of a pattern.
_NEEDS: Final = {tokens.PASSWORDS: "@"}


def possible(given: pl.Series | Texts, kinds: Collection[str]) -> dict[str, pl.Series]:
    """For each kind, which of the texts may hold one. No text may be null."""
    some = texts_of(given)
    texts, facts = some.column, facts_of(some)
    odd = pl.Series((facts & _ONE).astype(bool))
    if not odd.any():
        return _possible(texts, facts, kinds)
    folded = _folded(texts.filter(odd))
    order = pl.concat([(~odd).arg_true(), odd.arg_true()])
    plain = _possible(texts.filter(~odd), facts[~odd.to_numpy()], kinds)
    others = _possible(folded, facts_of(folded), kinds)
    back = order.arg_sort()
    return {kind: pl.concat([plain[kind], others[kind]]).gather(back) for kind in plain}


def facts_of(texts: pl.Series | Texts) -> Facts:
    """What one look at the bytes of texts tells: the lowest bit whether any is odd, the others of `_searched`."""
    from . import scan  # compiled code that only those load who look

    facts = np.zeros(len(texts), dtype=np.uint64)
    scan.scan(*texts_of(texts).buffers, *_tables(), facts)
    return facts


def compile_all() -> None:
    """Compile what texts are looked through with. It is kept, so that the next process need not."""
    facts_of(pl.Series([""]))  # a column that stands there is no question, so polars is not asked


@functools.cache
def _searched() -> dict[str, tuple[int, Begins]]:
    """Each pattern that is searched for in all texts: the bit of those that have what its matches begin with."""
    first = (_SCREEN_OF.get(pattern, pattern) for gates in GATES.values() for gate in gates for pattern in gate.first)
    return {pattern: (bit, begins(pattern)) for bit, pattern in enumerate(dict.fromkeys(first), start=1)}


@functools.cache
def _tables() -> Tables:
    return tables([_ODD, *(found.marks for _, found in _searched().values())])


def _folded(texts: pl.Series) -> pl.Series:
    """Texts with spaces, dashes and digits as the shadow has them."""
    return texts.str.replace_many(_PLAIN)


def _possible(texts: pl.Series, facts: Facts, kinds: Collection[str]) -> dict[str, pl.Series]:
    known: dict[str, pl.Series] = {}

    def has(pattern: str) -> pl.Series:
        if pattern not in known:
            known[pattern] = searched(pattern)
        return known[pattern]

    def searched(pattern: str) -> pl.Series:
        if pattern in _SCREEN_OF:
            return _within(texts, has(_SCREEN_OF[pattern]), pattern)
        bit, begin = _searched()[pattern]
        some = pl.Series((facts >> np.uint64(bit) & _ONE).astype(bool))
        if pattern in _NEEDS:
            some &= has(_NEEDS[pattern])
        return some if begin.whole else _within(texts, some, pattern)

    def passes(gate: Gate) -> pl.Series:
        first = _any(has(pattern) for pattern in gate.first)
        return first if gate.second is None else _within(texts, first, gate.second)

    return {kind: _any(passes(gate) for gate in gates) for kind, gates in GATES.items() if kind in kinds}


def _within(texts: pl.Series, some: pl.Series, pattern: str) -> pl.Series:
    """Which of some texts have the pattern."""
    if not some.any():
        return some
    rows = some.arg_true()
    if len(rows) * 2 > len(texts):  # it takes longer to copy them than to search the others too
        return some & texts.str.contains(pattern)
    return some.clone().scatter(rows, texts.gather(rows).str.contains(pattern))


def _any(answers: Iterable[pl.Series]) -> pl.Series:
    return functools.reduce(operator.or_, answers)
