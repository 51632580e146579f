"""Numbers and codes that identify nobody, for the hard negatives of the labelled set.

Long runs of digits are drawn so that they fail the check digit of payment cards: one in ten of all numbers of that
length passes it, and nothing but the check tells such a number from a card.
"""

from __future__ import annotations

import string
import uuid
from typing import TYPE_CHECKING, Final

from privacy_values import ALNUM, HEX, NBSP, URLSAFE, drawn

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    Maker = Callable[[random.Random, str], str]

#: Languages that write decimals with a point.
POINT: Final = ("en",)
MONTHS: Final = {
    "en": "March", "de": "März", "fr": "mars", "es": "marzo", "it": "marzo", "nl": "maart", "pt": "março",
}  # fmt: skip
THOUSANDS: Final = ((" ", NBSP, "."), (",",))
X: Final = 10


def date(c: random.Random, lang: str) -> str:
    """A day in one of the usual notations."""
    y, m, d = c.randint(1950, 2030), c.randint(1, 12), c.randint(1, 28)
    clock = f"T{c.randrange(24):02}:{c.randrange(60):02}:00Z"
    return c.choice((
        f"{y}-{m:02}-{d:02}", f"{d:02}.{m:02}.{y}", f"{d:02}/{m:02}/{y}", f"{d:02}-{m:02}-{y}",
        f"{d} {MONTHS[lang]} {y}", f"{y}{m:02}{d:02}", f"{y}-{m:02}-{d:02}{clock}",
        f"{d}.{m}.{y % 100:02}", f"{d:02} {m:02} {y}",
    ))  # fmt: skip


def bignum(c: random.Random, lang: str) -> str:
    """A whole number of up to nine digits with separators of thousands."""
    return f"{c.randint(10_000, 999_999_999):,}".replace(",", c.choice(THOUSANDS[lang in POINT]))


def price(c: random.Random, lang: str) -> str:
    """A price, with its currency before or after."""
    number = f"{c.randint(1, 99_999):,}.{c.randrange(100):02}"
    if lang in POINT:
        return c.choice(("$", "£", "€ ")) + number
    number = number.translate(str.maketrans(",.", ".,"))
    return c.choice((f"{number} €", f"{number} EUR", f"€ {number}"))


def _isbn13(c: random.Random) -> str:
    first = "978" + drawn(c, string.digits, 9)
    total = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(first))
    whole = first + str(-total % 10)
    return c.choice((whole, f"{whole[:3]}-{whole[3]}-{whole[4:8]}-{whole[8:12]}-{whole[12]}"))


def _isbn10(c: random.Random) -> str:
    first = drawn(c, string.digits, 9)
    check = sum((at + 1) * int(digit) for at, digit in enumerate(first)) % 11
    whole = first + ("X" if check == X else str(check))
    return c.choice((whole, f"{whole[0]}-{whole[1:4]}-{whole[4:9]}-{whole[9]}"))


def isbn(c: random.Random, _lang: str) -> str:
    """An ISBN of either length with its true check digit, with hyphens or without."""
    return c.choice((_isbn10, _isbn13))(c)


def unlucky(c: random.Random, length: int, first: str = string.digits) -> str:
    """Digits that fail the check which cards and many ids share."""
    while True:
        number = c.choice(first) + drawn(c, string.digits, length - 1)
        weighed = (sum(divmod(2 * int(d), 10)) if at % 2 else int(d) for at, d in enumerate(reversed(number)))
        if sum(weighed) % 10:
            return number


def order(c: random.Random, _lang: str) -> str:
    """An order number of a shop."""
    return c.choice((
        "-".join(drawn(c, string.digits, length) for length in (3, 7, 7)), f"#{drawn(c, string.digits, 6)}",
        unlucky(c, 12), unlucky(c, 16), unlucky(c, 10), f"W-{drawn(c, string.digits, 8)}",
        f"0{drawn(c, string.digits, 9)}", f"PO-{c.randint(2015, 2029)}-{drawn(c, string.digits, 5)}",
    ))  # fmt: skip


def tracking(c: random.Random, _lang: str) -> str:
    """A number by which a carrier follows a parcel."""
    return c.choice((
        "1Z" + drawn(c, string.ascii_uppercase + string.digits, 16), f"RX{drawn(c, string.digits, 9)}DE",
        f"00{unlucky(c, 18)}", unlucky(c, 12), f"JD{drawn(c, string.digits, 18)}", unlucky(c, 20),
    ))  # fmt: skip


def lottery(c: random.Random, _lang: str) -> str:
    """Numbers drawn, in order."""
    form, mark = c.choice(("{:02}", "{}")), c.choice((", ", " ", " - "))
    return mark.join(form.format(number) for number in sorted(c.sample(range(1, 50), 6)))


def stamp(c: random.Random, _lang: str) -> str:
    """A moment as logs write it."""
    y, m, d = c.randint(2001, 2029), c.randint(1, 12), c.randint(1, 28)
    h, minute, s, ms = c.randrange(24), c.randrange(60), c.randrange(60), c.randrange(1000)
    return c.choice((
        f"{y}-{m:02}-{d:02} {h:02}:{minute:02}:{s:02},{ms:03}", f"[{d:02}/Mar/{y}:{h:02}:{minute:02}:{s:02} +0000]",
        f"{y}{m:02}{d:02}-{h:02}{minute:02}{s:02}", f"{y}-{m:02}-{d:02}T{h:02}:{minute:02}:{s:02}.{ms:03}+02:00",
    ))  # fmt: skip


def coords(c: random.Random, _lang: str) -> str:
    """A point on Earth."""
    lat, lon, minutes = c.uniform(-60, 70), c.uniform(-170, 170), c.randrange(60)
    return c.choice((
        f"{lat:.5f}, {lon:.5f}", f"{lat:.4f},{lon:.4f}",
        f"{abs(lat):.0f}°{minutes}'12\"N {abs(lon):.0f}°{minutes}'40\"E",
    ))  # fmt: skip


def url(c: random.Random, _lang: str) -> str:
    """A web address with numbers and codes in it."""
    year, digits = c.randint(2001, 2029), drawn(c, string.digits, 16)
    path = c.choice((
        f"/a/{digits[:9]}", f"/watch?v={drawn(c, URLSAFE, 11)}",
        f"/{year}/0{c.randint(1, 9)}/12/title-{digits[:8]}.html",
        f"/maps/@{c.uniform(40, 60):.7f},{c.uniform(1, 20):.7f},15z", f"/pkg/vue@{c.randint(1, 9)}.4.21/dist.js",
        f"/@otter/{drawn(c, HEX, 12)}", f"/img?id={digits[:12]}&w=1920",
        f"/q/{drawn(c, ALNUM, 22)}#L{c.randint(1, 999)}", f"/p/{digits}/",
    ))  # fmt: skip
    return "https://" + c.choice(("example.org", "www.example.com", "docs.example.net")) + path


def number(low: int, high: int) -> Maker:
    """A maker of plain whole numbers."""
    return lambda c, _lang: str(c.randint(low, high))


def one_of(*forms: str) -> Maker:
    """A maker that fills `#` with digits, `%` with hexadecimal digits and `?` with letters."""
    sets = {"#": string.digits, "%": HEX, "?": string.ascii_uppercase}
    return lambda c, _lang: "".join(c.choice(sets.get(sign, sign)) for sign in c.choice(forms))


def within(alphabet: str, *lengths: int, before: str = "") -> Maker:
    """A maker of runs of letters."""
    return lambda c, _lang: before + drawn(c, alphabet, c.choice(lengths))


def without_check(*lengths: int, first: str = string.digits) -> Maker:
    """A maker of runs of digits that fail the check of cards."""
    return lambda c, _lang: unlucky(c, c.choice(lengths), first)


SLOTS: Final[dict[str, Maker]] = {
    "date": date, "bignum": bignum, "price": price, "isbn": isbn, "order": order, "tracking": tracking,
    "lottery": lottery, "timestamp": stamp, "coords": coords, "url": url,
    "year": number(1900, 2030), "smallnum": number(2, 999), "smallnum2": number(10, 59),
    "epoch": number(1_000_000_000, 1_899_999_999), "epochms": number(1_000_000_000_000, 1_899_999_999_999),
    "time": lambda c, _: f"{c.randrange(24)}:{c.randrange(60):02}", "percent": lambda c, _: f"{c.uniform(0, 60):.1f} %",
    "score": one_of("#:#", "#-#", "##:##", "2#-1#", "#\u2013#"),
    "version": one_of("#.#", "#.#.#", "v#.##.#", "#.#.#-rc#", "20##.##.#", "v1.#.#"),
    "semver4": one_of("v#.#.##.#", "version #.1#.#.#", "v1#.0.#.1#", "Version #.#.#.#"),
    "hash": within(HEX, 7, 8, 12, 40), "sha256": within(HEX, 32, 64), "hexcolor": within(HEX, 3, 6, before="#"),
    "lanip": one_of("192.168.#.1#", "10.0.#.#", "127.0.0.1", "172.16.1#.2#", "169.254.1#.#", "fe80::1%%%:%%%%", "::1",
                    "fd00::%%%", "255.255.255.0"),
    "lancidr": one_of("192.168.#.0/24", "10.0.0.0/8", "fd00:%%%%::/32", "172.16.0.0/12"),
    "doi": one_of("10.1000/####.####", "doi:10.5555/1234567#.20##.##", "10.1234/s####-0##-0####-#",
                  "https://doi.org/10.1000/182####"),
    "arxiv": one_of("arXiv:2###.1####", "arXiv:17##.0####v#", "hep-th/990####"),
    "handle": one_of("otter_paws", "kettle##", "noa.codes", "r_lang", "Kim_Noord@mastodon.example"),
    "uuid": lambda c, _: str(uuid.UUID(int=c.getrandbits(128))),
    "dim": one_of("1920x1080", "3840\u00d72160", "1280 x 720"),
    "partno": one_of("???-####-##", "##-#####", "A##.###.##", "?####?", "##########-#", "4#-1##-2##"),
    "ean": without_check(13), "mac": one_of("%%:%%:%%:%%:%%:%%", "%%-%%-%%-%%-%%-%%"),
    "npm": one_of("left-pad@1.#.#", "vue@3.4.2#", "@angular/core@1#.0.0", "react@latest", "eslint@^8.5#.0"),
    "section": one_of("#.#", "#.#.#", "1#.2.#", "#.2.3"), "longid": without_check(5, 6, 7, 8, 9),
    "invoice": one_of("RE-20##-#####", "F20##/####", "INV-######", "20##-00###"),
    "snowflake": without_check(17, 18, 19, first="123456789"),
}  # fmt: skip
