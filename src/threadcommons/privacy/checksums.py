"""Check digits: each function takes the letters and digits of a number, and says whether they fit one another."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_UPPER: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def weighed(digits: str, weights: Sequence[int]) -> int:
    """Sum of the digits, each times its weight."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def luhn(number: str) -> bool:
    """Whether the last digit is the Luhn check digit (ISO/IEC 7812-1)."""
    doubled = (sum(divmod(2 * int(digit), 10)) if at % 2 else int(digit) for at, digit in _from_right(number))
    return sum(doubled) % 10 == 0


def _from_right(number: str) -> enumerate[str]:
    return enumerate(reversed(number))


def mod_97(number: str) -> bool:
    """Whether an IBAN leaves 1 when divided by 97 (ISO 7064, MOD 97-10), its first four signs moved to the end."""
    turned = number[4:] + number[:4]
    return int("".join(str(_UPPER.index(sign)) for sign in turned)) % 97 == 1


def mod_11_10(number: str) -> bool:
    """Whether the last digit is the check digit of ISO 7064, MOD 11,10."""
    product = 10
    for digit in number[:-1]:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(number[-1])


_TURNS: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 5, 7, 6, 2, 8, 3, 0, 9, 4), (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7), (9, 4, 5, 3, 1, 2, 6, 8, 7, 0), (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5), (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)  # fmt: skip


def _in_dihedral_group(a: int, b: int) -> int:
    """The product of two elements of the symmetries of a pentagon, turns 0 to 4 and flips 5 to 9."""
    if a < 5:  # noqa: PLR2004  (five turns, five flips)
        return (a + b) % 5 if b < 5 else 5 + (a + b) % 5  # noqa: PLR2004  (the same)
    return 5 + (a - b) % 5 if b < 5 else (a - b) % 5  # noqa: PLR2004  (the same)


def verhoeff(number: str) -> bool:
    """Whether the last digit is the Verhoeff check digit."""
    check = 0
    for at, digit in _from_right(number):
        check = _in_dihedral_group(check, _TURNS[at % 8][int(digit)])
    return check == 0


def is_day(year: int, month: int, day: int) -> bool:
    """Whether there is such a day."""
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _born(digits: str) -> bool:
    """Whether the first six digits are a day, year first, in any century."""
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    return is_day(2000 + year, month, day)


def _born_day_first(digits: str) -> bool:
    return _born(digits[4:6] + digits[2:4] + digits[:2])


_CF_VALUES: Final = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
#: Digits stand for what the first ten letters stand for.
_CF_ODD: Final = dict(zip(_UPPER, (*_CF_VALUES[:10], *_CF_VALUES), strict=True))


def codice_fiscale(number: str) -> bool:
    """Italy: the last letter is the sum of what the fifteen signs before it stand for, by odd and even place."""
    total = sum(_CF_ODD[sign] if at % 2 == 0 else _UPPER.index(sign) - (0 if sign.isdigit() else 10)
                for at, sign in enumerate(number[:15]))  # fmt: skip
    return _UPPER[10 + total % 26] == number[15]


def dni(number: str) -> bool:
    """Spain: the letter is the number modulo 23; X, Y, Z of foreigners stand for 0, 1, 2."""
    digits = number[:-1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23] == number[-1]


def nir(number: str) -> bool:
    """France: the last two digits are 97 minus the rest modulo 97; Corsica's 2A and 2B are 19 and 18."""
    digits = number.replace("2A", "19").replace("2B", "18")
    return digits.isdigit() and int(digits[13:]) == 97 - int(digits[:13]) % 97


def idnr(number: str) -> bool:
    """Germany's tax id: MOD 11,10; of the first ten digits exactly one occurs twice or three times."""
    counts = sorted(number[:10].count(digit) for digit in set(number[:10]))
    return counts[-1] in (2, 3) and counts[-2] == 1 and mod_11_10(number)


def rvnr(number: str) -> bool:
    """Germany's pension insurance: the letter as two digits, sums of digits of the products, modulo 10."""
    digits = f"{number[:8]}{_UPPER.index(number[8]) - 9:02}{number[9:11]}"
    products = (int(digit) * weight for digit, weight in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True))
    return sum(sum(divmod(product, 10)) for product in products) % 10 == int(number[11])


def bsn(number: str) -> bool:
    """The Netherlands: weights 9 to 2, the last digit taken away, modulo 11."""
    return int(number) > 0 and weighed(number, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def nif(number: str) -> bool:
    """Portugal: weights 9 to 2, modulo 11."""
    return (11 - weighed(number[:8], range(9, 1, -1)) % 11) % 11 % 10 == int(number[8])


def rrn(number: str) -> bool:
    """Belgium: 97 minus the rest modulo 97, a 2 before it for those born since 2000."""
    return int(number[9:]) in (97 - int(number[:9]) % 97, 97 - int("2" + number[:9]) % 97)


def cpf(number: str) -> bool:
    """Brazil: two check digits, weights falling to 2, modulo 11."""
    first, second = (
        (11 - weighed(number[:length], range(length + 1, 1, -1)) % 11) % 11 % 10 for length in (9, 10)
    )
    return len(set(number)) > 1 and number[9:] == f"{first}{second}"


def pesel(number: str) -> bool:
    """Poland: weights 1 3 7 9, modulo 10; the month tells the century."""
    day = is_day(2000 + int(number[:2]), int(number[2:4]) % 20, int(number[4:6]))
    return day and weighed(number, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def personnummer(number: str) -> bool:
    """Sweden: Luhn over the last ten digits, a day of birth before; 60 is added to the day of coordination numbers."""
    digits = number[-10:]
    day = int(digits[4:6])
    return _born(digits[:4] + f"{day - 60 if day > 60 else day:02}") and luhn(digits)  # noqa: PLR2004  (what is added)


def hetu(number: str) -> bool:
    """Finland: the check sign is the nine digits modulo 31."""
    digits = number[:6] + number[7:10]
    return _born_day_first(digits) and "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(digits) % 31] == number[10]


def ahv(number: str) -> bool:
    """Switzerland: the check digit of EAN-13."""
    return weighed(number, (1, 3) * 6 + (1,)) % 10 == 0


def rodne_cislo(number: str) -> bool:
    """Czechia and Slovakia: nine digits modulo 11, 10 stands for 0; the month tells the sex."""
    day = is_day(2000 + int(number[:2]), int(number[2:4]) % 50 % 20, int(number[4:6]))
    return day and int(number[:9]) % 11 % 10 == int(number[9])


def nhs(number: str) -> bool:
    """The National Health Service of England: weights 10 to 2, modulo 11."""
    return weighed(number, range(10, 0, -1)) % 11 == 0


def cpr(number: str) -> bool:
    """Denmark: a day of birth; the check digit is no longer kept."""
    return _born_day_first(number)


def cnp(number: str) -> bool:
    """Romania: weights, modulo 11, 10 stands for 1; a day of birth after the first digit."""
    rest = weighed(number[:12], (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return _born(number[1:]) and (1 if rest == 10 else rest) == int(number[12])  # noqa: PLR2004  (what stands for 1)


def vnr(number: str) -> bool:
    """Austria: weights, modulo 11, the check digit in the fourth place."""
    rest = weighed(number[:3] + number[4:], (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11
    return rest == int(number[3])


def curp(number: str) -> bool:
    """Mexico: places of the signs, with the letter N tilde between N and O, weights 18 to 2, modulo 10."""
    alphabet = "0123456789ABCDEFGHIJKLMN\u00d1OPQRSTUVWXYZ"
    total = sum(alphabet.index(sign) * (18 - at) for at, sign in enumerate(number[:17]))
    return _born(number[4:10]) and str(-total % 10) == number[17]


def rut(number: str) -> bool:
    """Chile: weights 2 to 7 from the right, modulo 11."""
    total = sum(int(digit) * (2 + at % 6) for at, digit in _from_right(number[:-1]))
    return "0123456789K"[-total % 11] == number[-1]


def tckn(number: str) -> bool:
    """Türkiye: two check digits over sums of odd and even places."""
    odd, even = (sum(map(int, number[start:9:2])) for start in (0, 1))
    return (7 * odd - even) % 10 == int(number[9]) and (odd + even + int(number[9])) % 10 == int(number[10])


def egn(number: str) -> bool:
    """Bulgaria: weights, modulo 11, then 10; the month tells the century."""
    day = is_day(2000 + int(number[:2]), int(number[2:4]) % 20, int(number[4:6]))
    return day and weighed(number[:9], (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == int(number[9])


def fodselsnummer(number: str) -> bool:
    """Norway: two check digits, weights, modulo 11."""
    first = weighed(number[:10], (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    second = weighed(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    return first == second == 0


def ssn(number: str) -> bool:
    """The United States: no check digit, but areas, groups and serials that are never given."""
    area = int(number[:3])
    return area not in (0, 666) and area < 900 and number[3:5] != "00" and number[5:] != "0000"  # noqa: PLR2004  (from there on none is given)


def nino(number: str) -> bool:
    """The United Kingdom: no check sign, but prefixes that are never given."""
    never = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}
    return number[0] not in "DFIQUV" and number[1] not in "DFIOQUV" and number[:2] not in never


CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    check.__name__: check
    for check in (
        luhn, mod_11_10, verhoeff, codice_fiscale, dni, nir, idnr, rvnr, bsn, nif, rrn, cpf, pesel, personnummer, hetu,
        ahv, rodne_cislo, nhs, cpr, cnp, vnr, curp, rut, tckn, egn, fodselsnummer, ssn, nino,
    )
}  # fmt: skip
