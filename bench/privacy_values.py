"""Values for the labelled set: identifiers that nobody owns, and numbers and codes that identify nobody.

An identifier is a list of parts, each a kind (or "" for what is not part of it) and a text, so that its place in a post
is known without searching. Only what is reserved for examples occurs: domains of RFC 2606, addresses of RFC 5737 and
RFC 3849, numbers that the plans of several countries keep for films, or whose subscriber part is all zeros; test card
numbers of payment providers; IBANs of the registry's own examples; published examples of national ids. Secrets are drawn
afresh in the form that their issuers use and open nothing.
"""

from __future__ import annotations

import base64
import string
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    Parts = list[tuple[str, str]]

ALNUM: Final = string.ascii_letters + string.digits
HEX: Final = "0123456789abcdef"
URLSAFE: Final = ALNUM + "_-"

LOCALS: Final = (
    "robin.lang", "kim_77", "info", "a.b", "x", "sacha.petit+forum", "2fast", "post-box", "KimM", "team.roof", "noa1990",
    "j.doe", "contact", "hallo", "andrea-luce", "m.m.m", "r2d2", "bestellung", "abuse", "gil_dud", "büro", "zoë",
)  # fmt: skip
DOMAINS: Final = (
    "example.org", "example.com", "example.net", "mail.example.org", "post.sub-domain.example.net", "firma.example",
    "bücher.example", "xn--bcher-kva.example", "correo.test", "a.b.c.example", "EXAMPLE.ORG", "uni-nord.example",
)  # fmt: skip
#: Language -> (words for @, words for the dot) that people write instead.
SPOKEN: Final = {
    "en": (("at", "AT"), ("dot", "DOT")), "de": (("at", "ät"), ("punkt", "dot")), "fr": (("arobase", "at"), ("point",)),
    "es": (("arroba",), ("punto",)), "it": (("chiocciola", "at"), ("punto",)), "nl": (("apenstaartje", "at"), ("punt",)),
    "pt": (("arroba",), ("ponto",)),
}  # fmt: skip


def email(chance: random.Random, lang: str) -> Parts:
    """An e-mail address as people write it."""
    local, domain = chance.choice(LOCALS), chance.choice(DOMAINS)
    plain = f"{local}@{domain}"
    style = chance.random()
    if style < 0.66:
        return [("email", plain)]
    if style < 0.70:
        return [("email", plain.upper())]
    if style < 0.74:
        return [("", "mailto:"), ("email", plain)]
    if style < 0.77:
        return [("", "[mail]("), ("", "mailto:"), ("email", plain), ("", ")")]
    if style < 0.80:
        return [("email", plain.replace("@", "&#64;"))]
    if style < 0.84:
        return [("", "https://example.org/stop?u="), ("email", f"{chance.choice(LOCALS[:8])}%40example.net")]
    at, dot = (chance.choice(words) for words in SPOKEN[lang])
    local, domain = chance.choice(LOCALS[:9]), chance.choice(("example.org", "example.com", "mail.example.net"))
    if style < 0.89:
        open_, close = chance.choice(("[]", "()", "{}", "[]", "<>"))
        return [("email", f"{local} {open_}{at}{close} {domain.replace('.', f' {open_}{dot}{close} ')}")]
    if style < 0.95:
        return [("email", f"{local}{chance.choice(('(at)', '[at]', ' (at) ', ' [at] '))}{domain}")]
    return [("email", f"{local} {at} {domain.replace('.', f' {dot} ')}")]


#: Language -> forms of phone numbers; `#` is any digit. The first list is told by its form alone.
PHONES: Final = {
    "en": (
        ("+1 212 555 01##", "+1-415-555-01##", "(212) 555-01##", "212-555-01##", "+1 (604) 555-01##", "1-800-555-01##",
         "+44 20 7946 0###", "+44 (0)113 496 0###", "020 7946 0###", "+447700900###", "(0131) 496 0###", "0044 20 7946 0###",
         "07700 900###", "212.555.01##", "+61 491 570 1##", "+1.212.555.01##", "(415)555-01##"),
        ("2125550123", "07700900###", "02079460###", "1 415 555 01##", "212 555 01##"),
    ),
    "de": (
        ("+49 30 23125 ###", "030 23125-###", "030/23125###", "+49 (0)30 23125-###", "+493023125###", "(030) 23125 ###",
         "+49 89 99998 ###", "0221 4710 ###", "+49-40-66969-###", "0171 39200##", "+49 171 39200##", "0049 69 90009 ###",
         "089 / 99998-###", "+49.30.23125.###"),
        ("03023125###", "017139200##", "0171/39200##", "08999998###"),
    ),
    "fr": (
        ("01 99 00 ## ##", "+33 1 99 00 ## ##", "+33 (0)1 99 00 ## ##", "01.99.00.##.##", "+33639981###", "06 39 98 ## ##",
         "02-61-91-##-##", "0033 4 65 71 ## ##", "+33 6 39 98 ## ##", "04.65.71.##.##", "05 36 49 ## ##"),
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
        ("+351 910 000 0##", "+351 210 000 0##", "+351910000###", "00351 910 000 0##", "+351 91 000 00 ##", "+351-910-000-0##",
         "+55 11 0000-0###", "(11) 90000-0###", "+55 (11) 90000-0###", "+351 (210) 000 0##", "91 000 00 ##"),
        ("910000###", "910 000 0##", "210 000 0##", "210000###", "910-000-0##"),
    ),
}  # fmt: skip
ABROAD: Final = 0.25


def filled(chance: random.Random, form: str) -> str:
    """A form with its `#` replaced by digits, and now and then its spaces by other ones."""
    text = "".join(chance.choice(string.digits) if sign == "#" else sign for sign in form)
    swap = chance.random()
    if swap < 0.05:
        return text.replace(" ", "\u00a0")
    return text.replace("-", "\u2011") if swap < 0.07 else text


def phone(chance: random.Random, lang: str) -> Parts:
    """A phone number as it stands beside a word that says so."""
    if chance.random() < ABROAD:
        lang = chance.choice(sorted(PHONES))
        return bare_phone(chance, lang)
    sure, unsure = PHONES[lang]
    return [("phone", filled(chance, chance.choice((*sure, *unsure))))]


def bare_phone(chance: random.Random, lang: str) -> Parts:
    """A phone number that only its form tells."""
    if chance.random() < 0.05:
        return [("", "tel:"), ("phone", filled(chance, "+44207946####").replace("\u00a0", ""))]
    return [("phone", filled(chance, chance.choice(PHONES[lang][0])))]


NETS: Final = ("192.0.2.", "198.51.100.", "203.0.113.")


def ip(chance: random.Random, _lang: str) -> Parts:
    """An address out of the blocks for documentation."""
    style = chance.random()
    four = chance.choice(NETS) + str(chance.randint(1, 254))
    if style < 0.45:
        return [("ip", four)]
    if style < 0.53:
        return [("ip", four), ("", f":{chance.choice((22, 80, 443, 8080))}")]
    if style < 0.58:
        return [("", "http://"), ("ip", four), ("", "/login")]
    if style < 0.62:
        return [("ip", four.replace(".", "[.]"))]
    if style < 0.65:
        return [("ip", f"::ffff:{four}")]
    six = _six(chance)
    if style < 0.70:
        return [("", "["), ("ip", six), ("", "]:443")]
    return [("ip", six.upper() if style < 0.75 else six)]


def _six(chance: random.Random) -> str:
    groups = [f"{chance.randrange(1 << 16):x}" for _ in range(6)]
    style = chance.randrange(4)
    if style == 0:
        return f"2001:db8:{groups[0]}::{groups[1]}"
    if style == 1:
        return "2001:db8::" + ":".join(groups[: chance.randint(1, 4)])
    if style == 2:
        return "2001:0db8:" + ":".join(group.zfill(4) for group in groups)
    return "2001:db8:" + ":".join(groups)


IBANS: Final = (
    "DE89370400440532013000", "FR1420041010050500013M02606", "ES9121000418450200051332", "IT60X0542811101000000123456",
    "NL91ABNA0417164300", "PT50000201231234567890154", "GB29NWBK60161331926819", "AT611904300234573201",
    "CH9300762011623852957", "BE68539007547034", "PL61109010140000071219812874", "SE4550000000058398257466",
    "DK5000400440116243", "NO9386011117947", "FI2112345600000785", "IE29AIBK93115212345678", "LU280019400644750000",
    "CZ6508000000192000145399", "GR1601101250000000012300695", "HU42117730161111101800000000", "MT84MALT011000012345MTLCAST001S",
    "RO49AAAA1B31007593840000", "TR330006100519786457841326", "SA0380000000608010167519", "BR1800360305000010009795493C1",
    "LI21088100002324013AA", "EE382200221020145685", "SK3112000000198742637541",
)  # fmt: skip


def iban(chance: random.Random, lang: str) -> Parts:
    """An account number, most often of the language's own country."""
    own = [number for number in IBANS if number.startswith({"en": "GB"}.get(lang, lang.upper()))]
    number = chance.choice(own) if chance.random() < 0.4 else chance.choice(IBANS)
    style = chance.random()
    grouped = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    if style < 0.4:
        return [("iban", number)]
    if style < 0.8:
        return [("iban", grouped)]
    if style < 0.87:
        return [("iban", grouped.replace(" ", "\u00a0"))]
    return [("iban", grouped.replace(" ", "-") if style < 0.93 else grouped.lower())]


CARDS: Final = (
    "4111111111111111", "4242424242424242", "4012888888881881", "4000056655665556", "5555555555554444", "5105105105105100",
    "2223003122003222", "5200828282828210", "378282246310005", "371449635398431", "6011111111111117", "6011000990139424",
    "30569309025904", "38520000023237", "3530111333300000", "3566002020360505", "6200000000000005", "6759649826438453",
)  # fmt: skip


def card(chance: random.Random, _lang: str) -> Parts:
    """A test card number, plain or grouped as on the card."""
    number = chance.choice(CARDS)
    cuts = {14: (4, 10), 15: (4, 10)}.get(len(number), (4, 8, 12))
    if chance.random() < 0.4:
        return [("card", number)]
    edges = (0, *cuts, len(number))
    groups = [number[start:stop] for start, stop in zip(edges, edges[1:], strict=False)]
    return [("card", chance.choice((" ", " ", "-", "\u00a0")).join(groups))]


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


def drawn(chance: random.Random, alphabet: str, length: int) -> str:
    """Letters drawn one by one."""
    return "".join(chance.choice(alphabet) for _ in range(length))


def _jwt(chance: random.Random) -> str:
    def part(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    claims = f'{{"sub":"{drawn(chance, string.digits, 10)}","iat":1516239022}}'
    return f"{part(chr(123) + chr(34) + 'alg' + chr(34) + ':' + chr(34) + 'HS256' + chr(34) + chr(125))}.{part(claims)}.{drawn(chance, URLSAFE, 43)}"


def _key_block(chance: random.Random) -> str:
    name = chance.choice(("RSA ", "EC ", "OPENSSH ", ""))
    lines = "\n".join(drawn(chance, ALNUM + "+/", 64) for _ in range(chance.randint(3, 12)))
    last = drawn(chance, ALNUM + "+/", 22) + "=="
    return f"-----BEGIN {name}PRIVATE KEY-----\n{lines}\n{last}\n-----END {name}PRIVATE KEY-----"


#: Makers of tokens. Prefixes stand apart from bodies, so that no file of ours looks like a leak to a scanner.
TOKENS: Final[tuple[Callable[[random.Random], str], ...]] = (
    lambda c: "AKIA" + drawn(c, string.ascii_uppercase + "234567", 16),
    lambda c: c.choice(("gh" + "p_", "gh" + "o_", "gh" + "s_")) + drawn(c, ALNUM, 36),
    lambda c: "github" + "_pat_" + drawn(c, ALNUM, 22) + "_" + drawn(c, ALNUM, 59),
    lambda c: "glp" + "at-" + drawn(c, URLSAFE, 20),
    lambda c: f"xo{c.choice('xxx')}b-" + "-".join((drawn(c, string.digits, 12), drawn(c, string.digits, 12), drawn(c, ALNUM, 24))),
    lambda c: c.choice(("sk" + "_live_", "rk" + "_live_", "sk" + "_test_")) + drawn(c, ALNUM, 24),
    lambda c: "AI" + "za" + drawn(c, URLSAFE, 35),
    lambda c: "s" + "k-" + drawn(c, ALNUM, 20) + "T3Blb" + "kFJ" + drawn(c, ALNUM, 20),
    lambda c: "s" + "k-proj-" + drawn(c, URLSAFE, 74) + "T3Blb" + "kFJ" + drawn(c, URLSAFE, 74),
    lambda c: "h" + "f_" + drawn(c, string.ascii_letters, 34),
    lambda c: "np" + "m_" + drawn(c, ALNUM, 36),
    lambda c: "SG" + "." + drawn(c, URLSAFE, 22) + "." + drawn(c, URLSAFE, 43),
    lambda c: "GOC" + "SPX-" + drawn(c, URLSAFE, 28),
    lambda c: "dop" + "_v1_" + drawn(c, HEX, 64),
    lambda c: "py" + "pi-AgEIcHlwaS5vcmc" + drawn(c, URLSAFE, 70),
    lambda c: drawn(c, string.digits, 10) + ":AA" + drawn(c, URLSAFE, 33),
    _jwt,
)  # fmt: skip


def secret(chance: random.Random, lang: str) -> Parts:
    """A key, a token or a password, as it stands in a configuration or a command."""
    style = chance.random()
    if style < 0.55:
        return [("secret", chance.choice(TOKENS)(chance))]
    if style < 0.62:
        return [("", "\n"), ("secret", _key_block(chance)), ("", "\n")]
    strong = drawn(chance, ALNUM + "!$%+", chance.randint(14, 24)) + "7q"
    if style < 0.70:
        return [("", chance.choice(("DB_PASSWORD=", "API_KEY=", "export SECRET_KEY=", "auth_token: "))), ("secret", drawn(chance, ALNUM, 32))]
    if style < 0.78:
        return [("", f'{{"{chance.choice(("apiKey", "client_secret", "password"))}": "'), ("secret", drawn(chance, ALNUM, 28)), ("", '"}')]
    if style < 0.84:
        return [("", "Authorization: Bearer "), ("secret", drawn(chance, URLSAFE, 40))]
    if style < 0.90:
        return [("", "https://"), ("secret", f"kim:{drawn(chance, ALNUM, 14)}"), ("", "@db.example.org/x")]
    if style < 0.95:
        return [("", "https://api.example.org/v1?access_token="), ("secret", drawn(chance, ALNUM, 32)), ("", "&page=2")]
    word = {"de": "Passwort", "fr": "mot de passe", "es": "contraseña", "nl": "wachtwoord", "pt": "senha"}.get(lang, "password")
    return [("", f"{word}: "), ("secret", strong.replace("!", "x").replace("$", "y"))]


def handle(chance: random.Random, _lang: str) -> Parts:
    """A name by which a person is mentioned."""
    return [("handle", chance.choice(("otter_paws", "kettle99", "noa.codes", "r_lang")))]


MAKERS: Final[dict[str, Callable[[random.Random, str], Parts]]] = {
    "email": email, "phone": phone, "phone_bare": bare_phone, "ip": ip, "iban": iban, "card": card,
    "national_id": national_id, "secret": secret,
}  # fmt: skip
