"""Values for the labelled set: identifiers that nobody owns.

An identifier is a list of parts, each a kind (or "" for what is not part of it) and a text, so that its place in a post
is known without searching. Only what is reserved for examples occurs: domains of RFC 2606, addresses of RFC 5737 and
RFC 3849, numbers that the plans of several countries keep for films, or whose subscriber part begins with zeros; test
card numbers of payment providers; IBANs of the registry's own examples; published examples of national ids. Secrets are
drawn afresh in the form that their issuers use and open nothing.
"""

from __future__ import annotations

import base64
import itertools
import json
import string
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    Parts = list[tuple[str, str]]
    #: How often, and what is made then.
    Styles = Sequence[tuple[int, Callable[[random.Random, str], Parts]]]

ALNUM: Final = string.ascii_letters + string.digits
HEX: Final = "0123456789abcdef"
URLSAFE: Final = ALNUM + "_-"
NBSP: Final = "\u00a0"


def drawn(chance: random.Random, alphabet: str, length: int) -> str:
    """Letters drawn one by one."""
    return "".join(chance.choice(alphabet) for _ in range(length))


def styled(styles: Styles) -> Callable[[random.Random, str], Parts]:
    """A maker that takes one of several styles, each as often as it says."""
    weights, makers = [weight for weight, _ in styles], [maker for _, maker in styles]
    return lambda chance, lang: chance.choices(makers, weights)[0](chance, lang)


LOCALS: Final = (
    "robin.lang", "kim_77", "info", "a.b", "x", "sacha.petit+forum", "2fast", "post-box", "KimM", "team.roof",
    "noa1990", "j.doe", "contact", "hallo", "andrea-luce", "m.m.m", "r2d2", "bestellung", "abuse", "gil_dud", "büro",
    "zoë",
)  # fmt: skip
DOMAINS: Final = (
    "example.org", "example.com", "example.net", "mail.example.org", "post.sub-domain.example.net", "firma.example",
    "bücher.example", "xn--bcher-kva.example", "correo.test", "a.b.c.example", "EXAMPLE.ORG", "uni-nord.example",
)  # fmt: skip
#: Language -> (words for @, words for the dot) that people write instead.
SPOKEN: Final = {
    "en": (("at", "AT"), ("dot", "DOT")), "de": (("at", "ät"), ("punkt", "dot")),
    "fr": (("arobase", "at"), ("point",)),
    "es": (("arroba",), ("punto",)), "it": (("chiocciola", "at"), ("punto",)),
    "nl": (("apenstaartje", "at"), ("punt",)),
    "pt": (("arroba",), ("ponto",)),
}  # fmt: skip


def _address(chance: random.Random) -> str:
    return f"{chance.choice(LOCALS)}@{chance.choice(DOMAINS)}"


def _spoken(chance: random.Random, lang: str) -> tuple[str, str, str, str]:
    """Local part, domain, word for @ and word for the dot."""
    at, dot = (chance.choice(words) for words in SPOKEN[lang])
    return chance.choice(LOCALS[:9]), chance.choice(("example.org", "example.com", "mail.example.net")), at, dot


def _bracketed(chance: random.Random, lang: str) -> Parts:
    local, domain, at, dot = _spoken(chance, lang)
    open_, close = chance.choice(("[]", "()", "{}", "[]", "<>"))
    return [("email", f"{local} {open_}{at}{close} {domain.replace('.', f' {open_}{dot}{close} ')}")]


def _half_spoken(chance: random.Random, lang: str) -> Parts:
    local, domain, _at, _dot = _spoken(chance, lang)
    return [("email", f"{local}{chance.choice(('(at)', '[at]', ' (at) ', ' [at] '))}{domain}")]


def _all_words(chance: random.Random, lang: str) -> Parts:
    local, domain, at, dot = _spoken(chance, lang)
    return [("email", f"{local} {at} {domain.replace('.', f' {dot} ')}")]


email: Final = styled((
    (66, lambda c, _: [("email", _address(c))]),
    (4, lambda c, _: [("email", _address(c).upper())]),
    (4, lambda c, _: [("", "mailto:"), ("email", _address(c))]),
    (3, lambda c, _: [("", "[mail](mailto:"), ("email", _address(c)), ("", ")")]),
    (3, lambda c, _: [("email", _address(c).replace("@", "&#64;"))]),
    (4, lambda c, _: [("", "https://example.org/stop?u="), ("email", f"{c.choice(LOCALS[:5])}%40example.net")]),
    (5, _bracketed), (6, _half_spoken), (5, _all_words),
))  # fmt: skip

#: Language -> forms of phone numbers; `#` is any digit. The first list is told by its form alone.
PHONES: Final = {
    "en": (
        ("+1 212 555 01##", "+1-415-555-01##", "(212) 555-01##", "212-555-01##", "+1 (604) 555-01##", "1-800-555-01##",
         "+44 20 7946 0###", "+44 (0)113 496 0###", "020 7946 0###", "+447700900###", "(0131) 496 0###",
         "0044 20 7946 0###", "07700 900###", "212.555.01##", "+61 491 570 1##", "+1.212.555.01##", "(415)555-01##"),
        ("2125550123", "07700900###", "02079460###", "1 415 555 01##", "212 555 01##"),
    ),
    "de": (
        ("+49 30 23125 ###", "030 23125-###", "030/23125###", "+49 (0)30 23125-###", "+493023125###", "(030) 23125 ###",
         "+49 89 99998 ###", "0221 4710 ###", "+49-40-66969-###", "0171 39200##", "+49 171 39200##",
         "0049 69 90009 ###", "089 / 99998-###", "+49.30.23125.###"),
        ("03023125###", "017139200##", "0171/39200##", "08999998###"),
    ),
    "fr": (
        ("01 99 00 ## ##", "+33 1 99 00 ## ##", "+33 (0)1 99 00 ## ##", "01.99.00.##.##", "+33639981###",
         "06 39 98 ## ##", "02-61-91-##-##", "0033 4 65 71 ## ##", "+33 6 39 98 ## ##", "04.65.71.##.##",
         "05 36 49 ## ##"),
        ("0199001###", "0639981###", "01 9900 ####", "0465 71 ## ##"),
    ),
    "es": (
        ("+34 600 000 0##", "+34 910 00 00 ##", "+34600000###", "0034 600 000 0##", "910 00 00 ##", "+34 (600) 000 0##",
         "+34-600-000-0##", "600 00 00 ##", "+34.600.000.0##"),
        ("600000###", "600 000 0##", "910000###", "600-000-0##", "91 000 00 ##"),
    ),
    "it": (
        ("+39 02 0000 0##", "+39 340 000 0###", "+393400000###", "02 0000 0###", "0039 340 0000###", "06-0000 0###",
         "340 0000###", "+39 340 00 00 0##", "+39-02-00000##", "02/0000 0###", "+39 06 0000 0###"),
        ("3400000###", "340 000 0###", "0200000###", "340 00 00 0##", "340-0000###"),
    ),
    "nl": (
        ("+31 20 000 0###", "+31 6 0000 0###", "+31600000###", "020-0000###", "06-0000 0###", "0031 20 000 0###",
         "+31 (0)20 000 0###", "06 00 00 0# ##", "+31-6-00000###", "020 000 0###", "(020) 000 0###"),
        ("0600000###", "0200000###", "06 00000###", "06 0000 0###"),
    ),
    "pt": (
        ("+351 910 000 0##", "+351 210 000 0##", "+351910000###", "00351 910 000 0##", "+351 91 000 00 ##",
         "+351-910-000-0##", "+55 11 0000-0###", "(11) 90000-0###", "+55 (11) 90000-0###", "+351 (210) 000 0##",
         "91 000 00 ##"),
        ("910000###", "910 000 0##", "210 000 0##", "210000###", "910-000-0##"),
    ),
}  # fmt: skip


def filled(chance: random.Random, form: str) -> str:
    """A form with its `#` replaced by digits, and now and then its spaces and hyphens by other ones."""
    text = "".join(chance.choice(string.digits) if sign == "#" else sign for sign in form)
    old, new = chance.choices(((" ", " "), (" ", NBSP), ("-", "\u2011")), (93, 5, 2))[0]
    return text.replace(old, new)


def _at_home(chance: random.Random, lang: str) -> Parts:
    sure, unsure = PHONES[lang]
    return [("phone", filled(chance, chance.choice((*sure, *unsure))))]


def _abroad(chance: random.Random, _lang: str) -> Parts:
    return bare_phone(chance, chance.choice(sorted(PHONES)))


#: A phone number as it stands beside a word that says so, and one that only its form tells.
phone: Final = styled(((75, _at_home), (25, _abroad)))
bare_phone: Final = styled((
    (95, lambda c, lang: [("phone", filled(c, c.choice(PHONES[lang][0])))]),
    (5, lambda c, _: [("", "tel:"), ("phone", filled(c, "+44207946####"))]),
))  # fmt: skip


def _four(chance: random.Random) -> str:
    return chance.choice(("192.0.2.", "198.51.100.", "203.0.113.")) + str(chance.randint(1, 254))


def _six(chance: random.Random) -> str:
    groups = [f"{chance.randrange(1 << 16):x}" for _ in range(6)]
    return chance.choice((
        f"2001:db8:{groups[0]}::{groups[1]}", "2001:db8::" + ":".join(groups[: chance.randint(1, 4)]),
        "2001:0db8:" + ":".join(group.zfill(4) for group in groups), "2001:db8:" + ":".join(groups),
    ))  # fmt: skip


ip: Final = styled((
    (45, lambda c, _: [("ip", _four(c))]),
    (8, lambda c, _: [("ip", _four(c)), ("", f":{c.choice((22, 80, 443, 8080))}")]),
    (5, lambda c, _: [("", "http://"), ("ip", _four(c)), ("", "/login")]),
    (4, lambda c, _: [("ip", _four(c).replace(".", "[.]"))]),
    (3, lambda c, _: [("ip", f"::ffff:{_four(c)}")]),
    (5, lambda c, _: [("", "["), ("ip", _six(c)), ("", "]:443")]),
    (25, lambda c, _: [("ip", _six(c))]),
    (5, lambda c, _: [("ip", _six(c).upper())]),
))  # fmt: skip

IBANS: Final = (
    "DE89370400440532013000", "FR1420041010050500013M02606", "ES9121000418450200051332", "IT60X0542811101000000123456",
    "NL91ABNA0417164300", "PT50000201231234567890154", "GB29NWBK60161331926819", "AT611904300234573201",
    "CH9300762011623852957", "BE68539007547034", "PL61109010140000071219812874", "SE4550000000058398257466",
    "DK5000400440116243", "NO9386011117947", "FI2112345600000785", "IE29AIBK93115212345678", "LU280019400644750000",
    "CZ6508000000192000145399", "GR1601101250000000012300695", "HU42117730161111101800000000",
    "MT84MALT011000012345MTLCAST001S", "RO49AAAA1B31007593840000", "TR330006100519786457841326",
    "SA0380000000608010167519", "BR1800360305000010009795493C1", "LI21088100002324013AA", "EE382200221020145685",
    "SK3112000000198742637541",
)  # fmt: skip


def _account(chance: random.Random, lang: str) -> str:
    """An account number, often of the language's own country."""
    own = [number for number in IBANS if number.startswith({"en": "GB"}.get(lang, lang.upper()))]
    return chance.choice(own if chance.choice((True, False, False)) else IBANS)


def _in_fours(number: str) -> str:
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))


iban: Final = styled((
    (40, lambda c, lang: [("iban", _account(c, lang))]),
    (40, lambda c, lang: [("iban", _in_fours(_account(c, lang)))]),
    (7, lambda c, lang: [("iban", _in_fours(_account(c, lang)).replace(" ", NBSP))]),
    (6, lambda c, lang: [("iban", _in_fours(_account(c, lang)).replace(" ", "-"))]),
    (7, lambda c, lang: [("iban", _in_fours(_account(c, lang)).lower())]),
))  # fmt: skip

CARDS: Final = (
    "4111111111111111", "4242424242424242", "4012888888881881", "4000056655665556", "5555555555554444",
    "5105105105105100", "2223003122003222", "5200828282828210", "378282246310005", "371449635398431",
    "6011111111111117", "6011000990139424", "30569309025904", "38520000023237", "3530111333300000",
    "3566002020360505", "6200000000000005", "6759649826438453",
)  # fmt: skip
CUTS: Final = {14: (0, 4, 10, 14), 15: (0, 4, 10, 15), 16: (0, 4, 8, 12, 16)}


def _grouped(chance: random.Random, mark: str) -> Parts:
    number = chance.choice(CARDS)
    return [("card", mark.join(number[start:stop] for start, stop in itertools.pairwise(CUTS[len(number)])))]


card: Final = styled((
    (40, lambda c, _: [("card", c.choice(CARDS))]),
    (30, lambda c, _: _grouped(c, " ")),
    (15, lambda c, _: _grouped(c, "-")),
    (15, lambda c, _: _grouped(c, NBSP)),
))  # fmt: skip

#: Language -> published examples, each with what stands before it.
NATIONAL: Final = {
    "en": (
        ("SSN ", "219-09-4321"), ("NHS number ", "943 476 5919"), ("", "131052-308T"), ("", "811228-9874"),
        ("", "93.05.18-223.61"), ("", "756.9217.0769.85"),
    ),
    "de": (("", "86 095 742 719"), ("", "47 036 892 816"), ("", "756.9217.0769.85"), ("IdNr. ", "86095742719")),
    "fr": (("", "2 55 08 14 168 025 38"), ("", "255081416802538"), ("", "93.05.18-223.61")),
    "es": (("", "12345678Z"), ("", "X1234567L"), ("", "12345678-Z"), ("", "Z1234567R"), ("", "00000000T")),
    "it": (("", "RSSMRA85T10A562S"), ("", "RCCMNL83S18D969H"), ("", "rssmra85t10a562s")),
    "nl": (("", "123456782"), ("", "111222333"), ("", "1234.56.782")),
    "pt": (("", "501964843"), ("", "123456789"), ("CPF ", "111.444.777-35"), ("CPF ", "123.456.789-09")),
}  # fmt: skip


def national_id(chance: random.Random, lang: str) -> Parts:
    """A published example of a number by which a state knows a person."""
    before, number = chance.choice(NATIONAL[lang])
    return [("", before), ("national-id", number)]


def _jwt(chance: random.Random) -> str:
    head, claims = {"alg": "HS256"}, {"sub": drawn(chance, string.digits, 10), "iat": 1516239022}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, claims)]
    return ".".join((*parts, drawn(chance, URLSAFE, 43)))


def _key_block(chance: random.Random) -> str:
    name = chance.choice(("RSA ", "EC ", "OPENSSH ", "")) + "PRIVATE KEY"
    lines = "\n".join(drawn(chance, ALNUM + "+/", 64) for _ in range(chance.randint(3, 12)))
    return f"-----BEGIN {name}-----\n{lines}\n{drawn(chance, ALNUM + '+/', 22)}==\n-----END {name}-----"


def _slack(chance: random.Random) -> str:
    return "-".join(("xo" + "xb", *(drawn(chance, string.digits, 12) for _ in range(2)), drawn(chance, ALNUM, 24)))


#: Makers of tokens. Prefixes are cut in two, so that no file of ours looks like a leak to a scanner.
TOKENS: Final[tuple[Callable[[random.Random], str], ...]] = (
    lambda c: "AK" + "IA" + drawn(c, string.ascii_uppercase + "234567", 16),
    lambda c: "gh" + c.choice(("p_", "o_", "s_")) + drawn(c, ALNUM, 36),
    lambda c: "github" + "_pat_" + drawn(c, ALNUM, 22) + "_" + drawn(c, ALNUM, 59),
    lambda c: "glp" + "at-" + drawn(c, URLSAFE, 20),
    _slack,
    lambda c: c.choice(("sk", "rk")) + c.choice(("_live_", "_test_")) + drawn(c, ALNUM, 24),
    lambda c: "AI" + "za" + drawn(c, URLSAFE, 35),
    lambda c: "s" + "k-" + drawn(c, ALNUM, 20) + "T3Blb" + "kFJ" + drawn(c, ALNUM, 20),
    lambda c: "s" + "k-proj-" + drawn(c, URLSAFE, 74) + "T3Blb" + "kFJ" + drawn(c, URLSAFE, 74),
    lambda c: "h" + "f_" + drawn(c, string.ascii_letters, 34),
    lambda c: "np" + "m_" + drawn(c, ALNUM, 36),
    lambda c: "SG" + "." + drawn(c, URLSAFE, 22) + "." + drawn(c, URLSAFE, 43),
    lambda c: "GOC" + "SPX-" + drawn(c, URLSAFE, 28),
    lambda c: "dop" + "_v1_" + drawn(c, HEX, 64),
    lambda c: "py" + "pi-AgEIcHlwaS5vcmc" + drawn(c, URLSAFE, 70),
    lambda c: drawn(c, "123456789", 10) + ":AA" + drawn(c, URLSAFE, 33),
    _jwt,
)
PASSWORD: Final = {"de": "Passwort", "fr": "mot de passe", "es": "contraseña", "nl": "wachtwoord", "pt": "senha"}
SETTINGS: Final = ("DB_PASSWORD=", "API_KEY=", "export SECRET_KEY=", "auth_token: ")
FIELDS: Final = ("apiKey", "client_secret", "password")

#: A key, a token or a password, as it stands in a configuration or a command.
secret: Final = styled((
    (55, lambda c, _: [("secret", c.choice(TOKENS)(c))]),
    (7, lambda c, _: [("", "\n"), ("secret", _key_block(c)), ("", "\n")]),
    (8, lambda c, _: [("", c.choice(SETTINGS)), ("secret", drawn(c, ALNUM, 32))]),
    (8, lambda c, _: [("", f'{{"{c.choice(FIELDS)}": "'), ("secret", drawn(c, ALNUM, 28)), ("", '"}')]),
    (6, lambda c, _: [("", "Authorization: Bearer "), ("secret", drawn(c, URLSAFE, 40))]),
    (6, lambda c, _: [("", "https://"), ("secret", f"kim:{drawn(c, ALNUM, 14)}"), ("", "@db.example.org/x")]),
    (5, lambda c, _: [("", "https://example.org/v1?access_token="), ("secret", drawn(c, ALNUM, 32)), ("", "&page=2")]),
    (5, lambda c, lang: [("", PASSWORD.get(lang, "password") + ": "), ("secret", drawn(c, ALNUM, 16) + "7q")]),
))  # fmt: skip

MAKERS: Final[dict[str, Callable[[random.Random, str], Parts]]] = {
    "email": email, "phone": phone, "phone_bare": bare_phone, "ip": ip, "iban": iban, "card": card,
    "national_id": national_id, "secret": secret,
}  # fmt: skip
