"""What is found of each kind, and what only looks like it."""

import pytest

from threadcommons.privacy import KINDS, Policy, cleaned
from threadcommons.privacy.kinds import hits
from threadcommons.privacy.shadow import shadow_of

WITHOUT_HANDLES = [kind for kind in KINDS if kind != "handle"]
#: Cut in two, so that no file of ours looks like a leak to a scanner.
GITHUB = "gh" + "p_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3hJ6"
KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "Ab3dEf6h" * 8 + "\n" + "Zz9+/x8Q" * 8 + "\nab12==\n-----END RSA PRIVATE KEY-----"


def found(text, kinds=WITHOUT_HANDLES):
    return [(hit.kind, text[hit.start : hit.stop]) for hit in hits(shadow_of(text), kinds)]


FOUND = {
    "email": [
        ("write to a.b@example.org.", "a.b@example.org"),
        ("<kim+list@mail.example.net>", "kim+list@mail.example.net"),
        ("mailto:kim@example.org?subject=x", "kim@example.org"),
        ("…kim@example.org", "kim@example.org"),
        ("- -kim@example.org", "kim@example.org"),
        ("büro@bücher.example!", "büro@bücher.example"),
        ("x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
        ("邮箱kim@example.org谢谢", "kim@example.org"),
        ("用户@例子.测试", "用户@例子.测试"),
        ("https://example.org/?mail=kim%40example.net&x=1", "kim%40example.net"),
        ("kim&#64;example.org", "kim&#64;example.org"),
        ("kim [at] example [dot] org", "kim [at] example [dot] org"),
        ("kim(at)example.org", "kim(at)example.org"),
        ("kim at example dot org", "kim at example dot org"),
        ("kim arroba example punto es", "kim arroba example punto es"),
        ("kim chiocciola example punto it", "kim chiocciola example punto it"),
        ("kim [ät] example [punkt] de", "kim [ät] example [punkt] de"),
        ("kim@example [dot] org", "kim@example [dot] org"),
        ("a@example.org,b@example.org", "a@example.org", "b@example.org"),
        ("*kim@example.org*, __noa@example.org__", "kim@example.org", "__noa@example.org"),
        ("https://example.org/?text=to%20kim%40example.net", "20kim%40example.net"),
        ("https://example.org/?mail=kim%2Blist%40example.net&x=1", "kim%2Blist%40example.net"),
    ],
    "phone": [
        ("+49 30 23125 000", "+49 30 23125 000"),
        ("(+44 20 7946 0123)", "+44 20 7946 0123"),
        ("+44 (0)20 7946 0123, or later", "+44 (0)20 7946 0123"),
        ("0044 20 7946 0123", "0044 20 7946 0123"),
        ("tel:+442079460123", "+442079460123"),
        ("+1 212 555 0123 at 5", "+1 212 555 0123"),
        ("+1 555 0123", "+1 555 0123"),
        ("(212) 555-0123", "(212) 555-0123"),
        ("212.555.0123", "212.555.0123"),
        ("01 99 00 12 34", "01 99 00 12 34"),
        ("030/23125-000", "030/23125-000"),
        ("910 00 00 12", "910 00 00 12"),
        ("(11) 90000-0123", "(11) 90000-0123"),
        ("Tel.:0301234567", "0301234567"),
        ("☎️ 0301234567", "0301234567"),
        ("call me 2125550123 now", "2125550123"),
        ("Bitte 0301234567 anrufen", "0301234567"),
        ("Tel. 01 99 00 12 34 oder 0199001235", "01 99 00 12 34", "0199001235"),
        ("mi número es 600 000 012", "600 000 012"),
        ("+٤٩ ٣٠ ٢٣١٢٥ ٠٠٠", "+٤٩ ٣٠ ٢٣١٢٥ ٠٠٠"),
        ("_+49 30 23125 000_ or __030 23125 000__", "+49 30 23125 000", "030 23125 000"),
        ("tel:+49%2030%2012%2034%2056", "+49%2030%2012%2034%2056"),
        ("https://example.org/?phone=%2B493023125000&x=1", "%2B493023125000"),
        ("https://example.org/?text=call%20%2b49%2030%2023125000%20now", "%2b49%2030%2023125000"),
    ],
    "ip": [
        ("from 192.0.2.7.", "192.0.2.7"),
        ("_192.0.2.7_ __198.51.100.3__", "192.0.2.7", "198.51.100.3"),
        ("http://198.51.100.3:8080/x", "198.51.100.3"),
        ("203[.]0[.]113[.]9", "203[.]0[.]113[.]9"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("2001:0DB8:0000:0000:0000:0000:0000:0001/128", "2001:0DB8:0000:0000:0000:0000:0000:0001"),
        ("192.0.2.7/24", ),
        ("ping 1.2.3.4", "1.2.3.4"),
    ],
    "iban": [
        ("IBAN DE89 3704 0044 0532 0130 00 and", "DE89 3704 0044 0532 0130 00"),
        ("gb29nwbk60161331926819", "gb29nwbk60161331926819"),
        ("_DE89 3704 0044 0532 0130 00_", "DE89 3704 0044 0532 0130 00"),
        ("(MT84-MALT-0110-0001-2345-MTLC-AST0-01S)", "MT84-MALT-0110-0001-2345-MTLC-AST0-01S"),
    ],
    "card": [
        ("4111 1111 1111 1111 12/28", "4111 1111 1111 1111"),
        ("card=5555555555554444;", "5555555555554444"),
        ("3782-822463-10005", "3782-822463-10005"),
        ("30569309025904", "30569309025904"),
        ("_4111111111111111_", "4111111111111111"),
    ],
    "national-id": [
        ("RSSMRA85T10A562S", "RSSMRA85T10A562S"), ("x1234567l", "x1234567l"), ("12345678Z,", "12345678Z"), ("DNI 12.345.678-Z", "12.345.678-Z"), ("2 55 08 14 168 025 38", "2 55 08 14 168 025 38"),
        ("86 095 742 719", "86 095 742 719"), ("93.05.18-223.61", "93.05.18-223.61"), ("131052-308T", "131052-308T"), ("811228-9874", "811228-9874"),
        ("756.9217.0769.85", "756.9217.0769.85"), ("111.444.777-35", "111.444.777-35"), ("BSN 111222333", "111222333"), ("NIF: 501964843", "501964843"),
        ("NHS 943 476 5919", "943 476 5919"), ("SSN 219-09-4321", "219-09-4321"), ("PESEL 44051401359", "44051401359"),
    ],
    "secret": [
        (f"token {GITHUB}.", GITHUB),
        (f"x\n{KEY}\ny", KEY),
        ("DB_PASSWORD=Kj8mQ2xT9vB4nL7c", "Kj8mQ2xT9vB4nL7c"),
        ('{"apiKey": "Kj8mQ2xT9vB4nL7cPq"}', "Kj8mQ2xT9vB4nL7cPq"),
        ("Authorization: Bearer Kj8mQ2xT9vB4nL7cPq0r", "Kj8mQ2xT9vB4nL7cPq0r"),
        ("https://kim:s3cretPw9@db.example.org/", "kim:s3cretPw9"),
        ("?access_token=Kj8mQ2xT9vB4nL7c&x=1", "Kj8mQ2xT9vB4nL7c"),
        ("contraseña: Kj8mQ2xT9vB4nL7c", "Kj8mQ2xT9vB4nL7c"),
        ("**Password:** Kj8mQ2xT9vB4nL7c", "Kj8mQ2xT9vB4nL7c"),
        ("**token**: Kj8mQ2xT9vB4nL7c", "Kj8mQ2xT9vB4nL7c"),
    ],
    "postal": [
        ("12 Example Street, Springfield, IL 62701", "12 Example Street, Springfield, IL 62701"),
        ("Musterstraße 12, 12345 Münster-Süd.", "Musterstraße 12, 12345 Münster-Süd"), ("12 rue des Lilas, 75002 L'Île - ", "12 rue des Lilas, 75002 L'Île"), ("Calle Mayor 12, 28013 Madrid", ...), ("Via Roma 12, 00184 Roma", ...),
        ("Dorpsstraat 12, 1234 AB Dorp", ...), ("Rua das Flores 12, 1200-109 Lisboa", ...), ("12 Example Road, Exampleton, AB1 2CD", ...), ("Postfach 1234, 12345 Musterstadt", ...),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("kind", "case"), [(kind, case) for kind, cases in FOUND.items() for case in cases])
def test_what_is_there_is_found_and_nothing_more_of_it(kind, case):
    text, *expected = case
    if expected == [...]:
        assert [name for name, _ in found(text)] == [kind]
    else:
        assert found(text) == ([(kind, one) for one in expected] if expected or "/24" not in text else [("ip", "192.0.2.7")])


HANDLES = [
    ("hi @kim, @kim@host.example and u/kim_99", ["@kim", "@kim@host.example", "u/kim_99"]), ("a@b x.@kim", []), ("@@kim -@kim https://x.example/@kim", []), ("u/ab u/abc /u/noa x/u/noa", ["u/abc", "/u/noa"]),
    (f"u/{20 * 'a'} u/{21 * 'b'} @{64 * 'c'} @{65 * 'd'}", [f"u/{20 * 'a'}", f"@{64 * 'c'}"]), ("_@kim_ //u/kim", ["@kim_"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), HANDLES)
def test_handles_are_found(text, expected):
    assert [name for kind, name in found(text, KINDS) if kind == "handle"] == expected


NOTHING = [
    # files, packages, code, remotes
    "icon@2x.png", "vue@3.4.21", "@angular/core@12.0.0", "q@k.transpose(1)", "git@github.com:a/b.git", "root@localhost", "@media (min-width: 3px)", "a@b", "ssh kim@server",
    "https://example.org/@48.8566,2.3522,15z", "@kim@mastodon.example", "but at that point it's over", "a state at some point in time", "look at the dot org", "option (a) example.org",
    # days, moments, amounts, measures
    "2024-05-01 12:30:45", "01.02.2024", "20240501", "1714560000", "1714560000000", "331 449 281 inhabitants", "1.234.567,89 €", "1,234,567", "$212.555.0123", "3840 x 2160", "12:34:56", "48.85661, 2.35222",
    "1990-1995", "2019 2020 2021 2022", "01 02 03 04 05 06", "10-12-14-16", "020 7946 0123 0207 9460 1230 2079 4601 2302 0794 6012 3020", "02139-4307", "call 911 or 112",
    # numbers of things
    "ISBN 978-3-16-148410-0", "ISBN 0-306-40615-2", "doi:10.1000/182", "order 114-1234567-1234567", "Bestellnummer 0123456789", "commande 0123456789", "envío 006072482074", "#0123456789", "PO-2024-00123",
    "order 4111111111111111", "4111111111111112", "4006381333931", "412345678901234567", "https://example.org/p/4111111111111111/", "1Z999AA10123456784", "00340434161094022115", "GB82WEST12345698765433",
    # versions, private networks, masks, other hex
    "v1.2.3.4", "version 10.0.19.45", "Chrome/120.0.60.109", "firmware 2.4.1.7", "section 3.2.1.4", "Eclipse 3.3.1.1", "6.20.155.1+ubuntu", "192.168.1.1", "10.0.0.1", "127.0.0.1", "172.16.4.2", "255.255.255.0", "8.8.8.8",
    "169.254.3.4", "100.64.0.1", "1.3.6.1.4.1.311", "192.0.2.0/24", "::1", "fe80::1", "fd00::abc", "std::vector", "aa:bb:cc:dd:ee:ff", "20:01:0d:b8:00:00:00:01", "Foo::Bar", "2001:db8::/32", "999.1.1.1", "01.02.03.04",
    "770ffd4c9e2a770ffd4c9e2a770ffd4c9e2a0000", "550e8400-e29b-41d4-a716-446655440000", "#ff8800", "commit 8e73a2f",
    # ids that fail, or that nothing but digits tells
    "12345678A", "12.345.678-A", "RSSMRA85T10A562T", "86 095 742 718", "111.444.777-36", "111222333", "111222333 is no BSN", "BSN: 111222334", "943 476 5919 km", "NHS, and after it many other words of no interest: 943 476 5919", "NHS\n943 476 5919", "219-09-4321", "44051401359",
    # words about secrets, and examples of them
    "password: must have twelve characters", "token = tokenizer.encode(text)", "secret = os.environ.get('X1')", "api_key = YOUR_API_KEY_123", "sk-learn-is-a-library-for-machines", "-----BEGIN PRIVATE KEY----- is how it starts", "https://user:password@example.org/",
    "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx", "the secret: nobody knows", "mot de passe : à choisir soi-même", "github_pat_", "key=value", "?token=1", "eyJhbGciOiJIUzI1NiJ9",
    # places that are no addresses
    "10 Downing Street", "He moved in 2019, 12345 people came", "12 rue Morgue", "page 12, 12345 words",
]  # fmt: skip


@pytest.mark.parametrize("text", NOTHING)
def test_what_only_looks_like_it_is_left(text):
    assert found(text) == []
    assert found(f"well, {text} (or so)") == []


@pytest.mark.parametrize("text", ["a4111111111111111", "41111111111111110", "xAKIAABCDEFGHIJ234567", "192.0.2.7.8", "x_192.0.2.7", "192.0.2.7__x", "a_4111111111111111", "4111111111111111_a", "DE893704004405320130000", "x+49 30 23125 000", "+493023125000%", "kim@example.orgé1"])
def test_nothing_is_found_inside_something_longer(text):
    assert found(text) == []


def test_one_place_has_one_kind():
    assert found("https://kim:s3cretPw9@db.example.org/") == [("secret", "kim:s3cretPw9")]
    assert found("4111 1111 1111 1111") == [("card", "4111 1111 1111 1111")]


def test_a_kind_that_is_kept_is_still_no_other_kind():
    text = "my number, +49 30 23125 000, and the card 378282246310005"
    assert cleaned(text, Policy(card="keep")).text == "my number, [phone], and the card 378282246310005"


def test_a_name_stays_and_its_value_goes():
    assert cleaned("DB_PASSWORD=Kj8mQ2xT9vB4nL7c", Policy()).text == "DB_PASSWORD=[secret]"
    assert cleaned("mailto:kim@example.org", Policy()).text == "mailto:[email]"


def test_what_is_flagged_stays_and_is_told():
    done = cleaned("Musterstraße 12, 12345 Musterstadt, kim@example.org", Policy())
    assert done.text == "Musterstraße 12, 12345 Musterstadt, [email]"
    assert done.flags == ("privacy.postal",)
    assert cleaned(done.text, Policy(postal="redact")).text == "[address], [email]"


@pytest.mark.parametrize("text", ["anrufencall me a.b@example.orgx12:30NHS 943 476 5919", "x" * 9 + "phone" + " " * 26 + "0301234567"])
def test_the_rest_of_a_longer_word_is_no_word(text):
    assert [kind for kind, _ in found(text) if kind == "phone"] == []


def test_a_name_of_two_hosts_is_no_address():
    assert found("@用户@例子.测试") == found("@kim@host.example") == []
