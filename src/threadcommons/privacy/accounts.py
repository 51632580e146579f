"""Numbers of bank accounts and payment cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .checksums import luhn, mod_97
from .shadow import DIGITS, WORD, Pattern, byte_after, byte_before, places, stands_alone
from .tables import rows_of
from .words import distance, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .shadow import Span

_LENGTHS: Final = {row["country"]: int(row["length"]) for row in rows_of("ibans.csv")}
IBAN: Final = r"[A-Za-z]{2}[0-9]{2}(?:[ \-]?[0-9A-Za-z]){11,30}"
_IBAN: Final = Pattern(IBAN)
#: What columns are searched for: every country's numbers have eight digits in a row somewhere.
_EIGHT: Final = Pattern(r"[0-9]{4}[ \-]?[0-9]{4}")

#: The digit groups of cards: four fours, American Express, Diners, and the long ones.
_GROUPS: Final = frozenset(((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (6, 10), (6, 13)))
CARD: Final = r"[2-68](?:[ \-]?[0-9]){13,18}"
_CARD: Final = Pattern(CARD)
_FIRST: Final = frozenset(groups[0] for groups in _GROUPS) | frozenset(range(14, 20))
#: First digits of the issuers, as ranges of equal length, and the lengths of their numbers.
_ISSUERS: Final = (
    ("4", "4", (16, 19)), ("51", "55", (16,)), ("2221", "2720", (16,)), ("34", "34", (15,)), ("37", "37", (15,)),
    ("6011", "6011", (16, 19)), ("644", "649", (16, 19)), ("65", "65", (16, 19)), ("300", "305", (14, 16)),
    ("3095", "3095", (14, 16)), ("36", "36", (14, 16)), ("38", "39", (14, 16)), ("3528", "3589", (16, 19)),
    ("5018", "5018", (16, 18, 19)), ("5020", "5020", (16, 18, 19)), ("5038", "5038", (16, 18, 19)),
    ("5893", "5893", (16, 18, 19)), ("6304", "6304", (16, 18, 19)), ("6759", "6759", (16, 18, 19)),
    ("6761", "6763", (16, 18, 19)), ("62", "62", (16, 17, 18, 19)), ("2200", "2204", (16,)), ("60", "60", (16,)),
    ("81", "82", (16,)), ("508", "508", (16,)), ("353", "353", (16,)), ("356", "356", (16,)),
)  # fmt: skip
#: Words before a run of digits that make it something else.
_NO_CARD: Final = words((
    "order", "order number", "isbn", "ean", "gtin", "imei", "iccid", "tracking", "ticket", "bestell(?:ung|nummer)",
    "sendung(?:snummer)?", "commande", "colis", "pedido", "envio", "ordine", "spedizione", "bestelling", "zending",
    "encomenda", "invoice", "snowflake", "id", "kanal", "channel", "epoch", "timestamp", "uid", "pid",
))  # fmt: skip
_NEAR: Final = 16


def ibans(shadow: bytes) -> Iterator[Span]:
    """Where international bank account numbers are: length of the country, ISO 7064 check digits."""
    yield from places(_IBAN, shadow, _iban)


def _iban(shadow: bytes, start: int, stop: int) -> Span | None:
    length = _LENGTHS.get(shadow[start : start + 2].decode("latin-1").upper())
    if length is None:
        return None
    end = _after(shadow, start, stop, length)
    number = shadow[start:end].translate(None, b" -").decode("latin-1").upper()
    if len(number) != length or byte_before(shadow, start) in WORD or byte_after(shadow, end) in WORD:
        return None
    return (start, end) if mod_97(number) and _EIGHT.search(shadow, start, end) else None


def _after(shadow: bytes, start: int, stop: int, count: int) -> int:
    """Where `count` letters and digits from `start` on have passed; `stop` where there are fewer."""
    for at in range(start, stop):
        count -= shadow[at] not in b" -"
        if count == 0:
            return at + 1
    return stop


def cards(shadow: bytes) -> Iterator[Span]:
    """Where numbers of payment cards are: issuer, length, Luhn check digit."""
    yield from places(_CARD, shadow, _card)


def _card(shadow: bytes, start: int, stop: int) -> Span | None:
    """The longest number that begins here; what follows a space may belong to something else."""
    first = len(shadow[start:stop].replace(b"-", b" ").partition(b" ")[0])
    if first not in _FIRST and first != stop - start:
        return None
    for end in (stop, *(at for at in range(stop - 1, start, -1) if shadow[at] in b" ")):
        if _is_card(shadow[start:end]) and stands_alone(shadow, start, end):
            near = distance(_NO_CARD, shadow, start, _NEAR)
            return None if near is not None else (start, end)
    return None


def _is_card(written: bytes) -> bool:
    number = written.translate(None, b" -").decode("latin-1")
    groups = tuple(len(group) for group in written.replace(b"-", b" ").split(b" "))
    known = any(low <= number[: len(low)] <= high and len(number) in lengths for low, high, lengths in _ISSUERS)
    return known and (len(groups) == 1 or groups in _GROUPS) and len(set(number)) > 1 and luhn(number)


assert set(DIGITS) < set(WORD)  # noqa: S101  (what the edges above rely on)
