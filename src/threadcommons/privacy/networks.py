"""IP addresses of the public network."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TYPE_CHECKING, Final

from .shadow import DIGITS, OTHER, WORD, Pattern, byte_after, byte_before, line_before, places
from .words import distance, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .shadow import Span

FOUR: Final = r"(?:::[Ff]{4}:)?[0-9]{1,3}(?:(?:\.|\[\.\]|\(\.\))[0-9]{1,3}){3}"
_FOUR: Final = Pattern(FOUR)
#: The only part of the address space that is given out: 2000::/3.
SIX: Final = r"[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]{2,35}(?:\.[0-9]{1,3}){0,3}"
_SIX: Final = Pattern(SIX)
_PREFIX: Final = Pattern(r"/[0-9]{1,3}")

#: Addresses that everybody has, or nobody: they say nothing of a person. The blocks for documentation are not among
#: them: in a post they stand for an address that somebody has.
_NOBODY: Final = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "224.0.0.0/3",
    )
)  # fmt: skip
#: Open resolvers, which posts name as people name a shop.
_RESOLVERS: Final = frozenset(
    map(IPv4Address, ("1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9", "208.67.222.222", "208.67.220.220"))
)
#: Words before four numbers with dots that make them a version or the number of a section.
_VERSION: Final = Pattern(
    r"(?i)(?:\b(?:v|ver\.?|version|vers[a\xe0]o|versione|versie|release|build|firmware|fw|driver|treiber|kernel|update|patch|"
    r"revision|rev\.?|section|secci[o\xe0]n|se[c\xe0][a\xe0]o|sezione|abschnitt|kapitel|chapter|chapitre|cap[i\xe0]tulo|capitolo|hoofdstuk|"
    r"paragraaf|clause|article|oid|[a-z.+\-]{2,30}[ /_\-]?v) ?|[A-Za-z][A-Za-z0-9.+]{0,30}[/_\-])\z"
)
_BEFORE: Final = 48
#: Four small numbers are a version as often as an address; what says that they are an address.
_SMALL: Final = 40
_ADDRESS: Final = words((
    "ips?", "ipv4", "ipaddress", "address(?:es)?", "adresse?", "direcci.n", "indirizzo", "endere.o", "adres",
    "host", "server", "serveur", "servidor", "ping", "telnet", "ssh", "curl", "wget", "traceroute", "tracert",
    "nslookup", "dig", "whois", "from", "von", "desde", "depuis", "vanaf", "router", "gateway", "dns", "ban(?:ned)?",
    "block(?:ed)?", "src", "dst", "connect", "inet",
))  # fmt: skip
_NEAR: Final = 16


def networks(shadow: bytes) -> Iterator[Span]:
    """Where addresses are that may be somebody's."""
    if b":" in shadow:
        yield from places(_SIX, shadow, _six)
    yield from places(_FOUR, shadow, _four)


def _four(shadow: bytes, start: int, stop: int) -> Span | None:
    before, after = byte_before(shadow, start), byte_after(shadow, stop)
    if before in WORD or before in b".-" or after in WORD or (after in b".-+" and byte_after(shadow, stop + 1) in WORD):
        return None
    text = shadow[start:stop].decode("latin-1").rpartition(":")[2]
    try:
        address = IPv4Address(text.translate(_PLAIN))
    except AddressValueError:
        return None
    if address in _RESOLVERS or any(address in block for block in _NOBODY):
        return None
    if _VERSION.search(line_before(shadow, start, _BEFORE)) or _is_block(shadow, stop, f"{address}", IPv4Network):
        return None
    if max(address.packed) < _SMALL and not _is_addressed(shadow, start, stop):
        return None
    return start, stop


def _is_addressed(shadow: bytes, start: int, stop: int) -> bool:
    """Whether a word, a scheme or a port says that small numbers are an address."""
    near = distance(_ADDRESS, shadow, start, _NEAR)
    return near is not None or shadow[max(0, start - 2) : start] == b"//" or byte_after(shadow, stop) in b":"


_PLAIN: Final = str.maketrans("", "", "[]()")


def _six(shadow: bytes, start: int, stop: int) -> Span | None:
    stop -= shadow[start:stop].endswith(b":") and not shadow[start:stop].endswith(b"::")
    before, after = byte_before(shadow, start), byte_after(shadow, stop)
    goes_on = after in b":.-" and byte_after(shadow, stop + 1) in WORD
    if before in WORD or before in b":.-" or after in WORD or goes_on:
        return None
    try:
        address = IPv6Address(shadow[start:stop].decode("latin-1"))
    except AddressValueError:
        return None
    return None if _is_block(shadow, stop, f"{address}", IPv6Network) else (start, stop)


def _is_block(shadow: bytes, stop: int, address: str, kind: type[IPv4Network | IPv6Network]) -> bool:
    """Whether a length behind the address makes it the name of a whole block."""
    end = _PREFIX.end(shadow, stop)
    if end == stop or byte_after(shadow, end) in DIGITS or byte_after(shadow, end) == OTHER:
        return False
    try:
        block = kind(address + shadow[stop:end].decode("latin-1"))
    except ValueError:
        return False
    return block.num_addresses > 1
