"""Other people's tables and check digits, against which ours are held. The tool itself uses none of them.

Check digits are compared for twenty times as many numbers as PRIVACY_CASES says: 200 in `make test`, 10,000 in `make stress`.
"""

import csv
import os
import random
import re
from pathlib import Path

import pytest

from threadcommons.privacy import checksums
from threadcommons.privacy.kinds import hits
from threadcommons.privacy.shadow import shadow_of

CASES = int(os.environ.get("PRIVACY_CASES", "200"))
TABLES = Path(checksums.__file__).parent
#: Kinds of numbers, as the library counts them; those of voice mail, which come last, are nobody's own.
TYPES = range(10)
CODES_WITHOUT_AREA = ("1",)


def rows(name):
    with (TABLES / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def phones_in(text):
    return [text[hit.start : hit.stop] for hit in hits(shadow_of(text), ["phone"])]


def examples(form, least):
    """(text of an example number, region) of all regions and types, of at least so many digits."""
    library = pytest.importorskip("phonenumbers", reason="the judge of phone numbers is not installed")
    for region in sorted(library.SUPPORTED_REGIONS):
        for kind in TYPES:
            number = library.example_number_for_type(region, kind)
            if number is not None and not number.extension:
                text = library.format_number(number, getattr(library.PhoneNumberFormat, form))
                if sum(sign.isdigit() for sign in text) >= least:
                    yield text, region


@pytest.mark.parametrize("form", ["INTERNATIONAL", "E164"])
def test_international_numbers_of_all_regions_are_found(form):
    shown = list(examples(form, 8))
    missed = [text for text, _ in shown if phones_in(f"reach us: {text}, please") != [text]]
    assert len(shown) > 1000
    assert len(missed) <= len(shown) // 200, missed


def test_national_numbers_of_most_regions_are_found_beside_a_word():
    shown = sorted({text for text, _ in examples("NATIONAL", 8)})
    missed = [text for text in shown if phones_in(f"phone: {text}, please") != [text]]
    assert len(shown) > 400
    assert len(missed) <= len(shown) // 20, missed


def test_the_table_of_calling_codes_is_that_of_the_plans():
    """Every length that a plan gives stands in the table; fails when a plan has changed, and then the table is old."""
    library = pytest.importorskip("phonenumbers", reason="the judge of phone numbers is not installed")
    table = {row["code"]: set(map(int, row["lengths"].split())) for row in rows("calling-codes.csv")}
    assert set(table) == {str(code) for code in library.COUNTRY_CODE_TO_REGION_CODE}
    for code, regions in library.COUNTRY_CODE_TO_REGION_CODE.items():
        for region in regions:
            for kind in TYPES:
                number = None if region == "001" else library.example_number_for_type(region, kind)
                if number is not None and str(code) not in CODES_WITHOUT_AREA:
                    assert len(library.national_significant_number(number)) in table[str(code)], (code, region, kind)


def validator(name):
    parts = pytest.importorskip(f"stdnum.{name}", reason="the judge of check digits is not installed")
    return parts.is_valid


#: Our check -> theirs, alphabet and length of what both get.
CHECKED = {
    "luhn": ("luhn", "0123456789", 16), "verhoeff": ("verhoeff", "0123456789", 12), "mod_11_10": ("iso7064.mod_11_10", "0123456789", 11),
    "nhs": ("gb.nhs", "0123456789", 10), "bsn": ("nl.bsn", "0123456789", 9), "cpf": ("br.cpf", "0123456789", 11), "idnr": ("de.idnr", "0123456789", 11),
    "rut": ("cl.rut", "0123456789", 9), "tckn": ("tr.tckimlik", "123456789", 11),
}  # fmt: skip


@pytest.mark.parametrize("name", CHECKED)
def test_check_digits_agree(name):
    theirs, alphabet, length = CHECKED[name]
    valid, chance, agreed = validator(theirs), random.Random(name), {True: 0, False: 0}
    for _ in range(20 * CASES):
        number = chance.choice("123456789") + "".join(chance.choice(alphabet) for _ in range(length - 1))
        ours = checksums.CHECKS[name](number)
        assert ours == valid(number), number
        agreed[ours] += 1
    assert min(agreed.values()) > 0


#: Numbers that are published as examples, and theirs that knows them.
PUBLISHED = [
    ("codice_fiscale", "it.codicefiscale", "RSSMRA85T10A562S"), ("dni", "es.dni", "12345678Z"), ("dni", "es.nie", "X1234567L"), ("nir", "fr.nir", "255081416802538"),
    ("rrn", "be.nn", "93051822361"), ("pesel", "pl.pesel", "44051401359"), ("personnummer", "se.personnummer", "8112289874"), ("hetu", "fi.hetu", "131052-308T"),
    ("ahv", "ch.ssn", "7569217076985"), ("rodne_cislo", "cz.rc", "7103192745"), ("nif", "pt.nif", "501964843"), ("cnp", "ro.cnp", "1630615123457"), ("vnr", "at.vnr", "1237010180"),
    ("curp", "mx.curp", "BOXW310820HNERXN09"), ("egn", "bg.egn", "7523169263"), ("fodselsnummer", "no.fodselsnummer", "15108695088"), ("luhn", "ca.sin", "123456782"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "theirs", "number"), PUBLISHED)
def test_published_examples_pass_and_their_misprints_fail_with_the_judge(name, theirs, number):
    valid, check = validator(theirs), checksums.CHECKS[name]
    assert check(number)
    assert valid(number)
    for at, sign in enumerate(number):
        if sign.isdigit():
            other = number[:at] + str((int(sign) + 1) % 10) + number[at + 1 :]
            assert not check(other) or valid(other), other


def digits(chance, count):
    return "".join(chance.choice("0123456789") for _ in range(count))


def born(chance, years=range(100), months=(0,)):
    """Six digits of a day, year first; some are no day. `months` are what a state adds to a month."""
    return f"{chance.choice(years):02}{chance.randrange(14) + chance.choice(months):02}{chance.randrange(33):02}"


def born_day_first(chance, years):
    day = born(chance, years)
    return day[4:] + day[2:4] + day[:2]


def nearly_97(chance, body, known):
    """Digits whose last two fit, or nearly: by chance they would fit once in a hundred."""
    return f"{body}{97 - int(known) % 97 + chance.randrange(2):02}"


def of_france(chance):
    body = chance.choice("12") + digits(chance, 2) + f"{chance.randrange(1, 13):02}" + chance.choice(["2A", "2B", "13", "75"]) + digits(chance, 6)
    return nearly_97(chance, body, body.replace("2A", "19").replace("2B", "18"))


def of_belgium(chance):
    body = f"{chance.randrange(25):02}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}{chance.randrange(1, 998):03}"
    return nearly_97(chance, body, chance.choice(["", "2"]) + body)


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: Our check -> theirs, and how a number of the form is drawn. The years are those of which both know the century.
DRAWN = {
    "codice_fiscale": ("it.codicefiscale", lambda chance: "".join(chance.choices("ABCDFGLMNPRSTVZ", k=6)) + digits(chance, 2) + chance.choice("ABCDEHLMPRST") + f"{chance.randrange(1, 29) + chance.choice((0, 40))}".zfill(2) + chance.choice(LETTERS) + digits(chance, 3) + chance.choice(LETTERS)),
    "dni": ("es.nie", lambda chance: chance.choice("XYZ") + digits(chance, 7) + chance.choice("TRWAGMYFPDXBNJZSQVHLCKE")),
    "nir": ("fr.nir", of_france),
    "rrn": ("be.nn", of_belgium),
    "pesel": ("pl.pesel", lambda chance: born(chance, months=(0, 20)) + digits(chance, 5)),
    "personnummer": ("se.personnummer", lambda chance: born(chance) + digits(chance, 4)),
    "hetu": ("fi.hetu", lambda chance: born_day_first(chance, range(100)) + f"-{chance.randrange(2, 900):03}" + chance.choice("0123456789ABCDEFHJKLMNPRSTUVWXY")),
    "ahv": ("ch.ssn", lambda chance: "756" + digits(chance, 10)),
    "rodne_cislo": ("cz.rc", lambda chance: born(chance, months=(0, 20, 50, 70)) + digits(chance, 4)),
    "nif": ("pt.nif", lambda chance: chance.choice("123568") + digits(chance, 8)),
    "cnp": ("ro.cnp", lambda chance: chance.choice("12") + born(chance) + chance.choice(["01", "40", "52"]) + digits(chance, 4)),
    "vnr": ("at.vnr", lambda chance: chance.choice("123456789") + digits(chance, 3) + "070180"),
    "curp": ("mx.curp", lambda chance: "BOXW" + born(chance) + "HNERXN" + chance.choice(LETTERS) + digits(chance, 1)),
    "egn": ("bg.egn", lambda chance: born(chance, months=(0, 20, 40)) + digits(chance, 4)),
    "fodselsnummer": ("no.fodselsnummer", lambda chance: f"{chance.randrange(1, 29):02}{chance.randrange(1, 13):02}{chance.randrange(40, 100)}{chance.randrange(500):03}" + digits(chance, 2)),
    "cpr": ("dk.cpr", lambda chance: born_day_first(chance, range(60, 100)) + digits(chance, 4)),
    "ssn": ("us.ssn", lambda chance: chance.choice(["000", "665", "666", "899", "900", "123"]) + chance.choice(["00", "01", "99"]) + chance.choice(["0000", "0001", "4321"])),
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWN)
def test_numbers_of_the_form_are_judged_alike(name):
    theirs, drawn = DRAWN[name]
    valid, chance, agreed = validator(theirs), random.Random(name), {True: 0, False: 0}
    for _ in range(max(1000, 5 * CASES)):  # one in a hundred fits
        number = drawn(chance)
        ours = checksums.CHECKS[name](number)
        assert ours == valid(number), number
        agreed[ours] += 1
    assert min(agreed.values()) > 0


def test_a_leap_day_is_one_in_leap_years():
    assert [year for year in range(100) if checksums.cpr(f"2902{year:02}0000")] == list(range(0, 100, 4))


@pytest.mark.parametrize(("number", "yes"), [
    ("AB123456C", True), ("BG123456C", False), ("GB123456C", False), ("KN123456C", False), ("NK123456C", False), ("NT123456C", False), ("TN123456C", False), ("ZZ123456C", False),
    *((f"{letter}A123456C", False) for letter in "DFIQUV"), *((f"A{letter}123456C", False) for letter in "DFIOQUV"), ("OA123456C", True),
])  # fmt: skip
def test_prefixes_that_are_never_given_in_the_united_kingdom(number, yes):
    """No judge knows them."""
    assert checksums.nino(number) == yes


def test_runs_of_one_digit_and_of_nothing_are_nobodys():
    assert not checksums.bsn("000000000")
    assert not checksums.cpf("11111111111")


def test_pension_numbers_of_germany():
    """No judge knows them; the example is that of the rules themselves."""
    assert checksums.rvnr("15070649C103")
    assert not checksums.rvnr("15070649C104")


def test_account_numbers_have_the_lengths_of_the_registry():
    iban = pytest.importorskip("stdnum.iban", reason="the judge of account numbers is not installed")
    for row in rows("ibans.csv"):
        body = "0" * (int(row["length"]) - 4)
        check = 98 - int("".join(str(int(sign, 36)) for sign in body + row["country"] + "00")) % 97
        number = f"{row['country']}{check:02}{body}"
        assert checksums.mod_97(number)
        assert [number[hit.start : hit.stop] for hit in hits(shadow_of(number), ["iban"])] == [number]
        structure = iban._ibandb.info(number)[0][1]["bban"]
        assert int(row["length"]) == 4 + sum(int(part) for part in re.findall(r"([0-9]+)!", structure))
