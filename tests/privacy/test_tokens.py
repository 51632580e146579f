"""Which values that a name announces are secrets, and which are words, examples or names."""

import pytest

from threadcommons.privacy.kinds import hits
from threadcommons.privacy.shadow import shadow_of
from threadcommons.privacy.tokens import bits_per_letter


def found(text):
    return [text[hit.start : hit.stop] for hit in hits(shadow_of(text), ["secret"])]


@pytest.mark.parametrize("example", ["example", "your", "xxxx", "changeme", "placeholder", "redacted", "secret", "password", "process.env", "os.environ", "token", "insert", "1234567"])
def test_an_example_is_no_secret(example):
    for written in (example, example.upper()):
        assert found(f"api_key={written}_Kj8mQ2xT9v") == []
        assert found(f"api_key={written[1:]}_Kj8mQ2xT9v") == [f"{written[1:]}_Kj8mQ2xT9v"]


@pytest.mark.parametrize(("value", "expected"), [
    ("Kj8mQ2xT", True), ("Kj8mQ2x", False),  # eight letters at least
    ("kj8mq2xt", False), ("KJ8MQ2XT", False), ("kj8!mq2x", True), ("KJ8!MQ2X", True), ("12345!78", False), ("8382745162738495", False), ("8!3#2$7%4^5&1*6-90", False), ("Kj8mQ2xK", True), ("Ab1cAb1c", False),  # three classes of letters, if it is short
    ("kj8mq2xt9vb4nl7", False), ("kj8mq2xt9vb4nl7c", True), ("ab1ab1ab1ab1ab1ab1", False), ("Ab1!Ab1!", False),  # two, if it is long; rich in any case
    ("KjmQxTvBnLcPrSwZyKaH", True), ("KjmQxTvBnLcPrSwZyKa", False), ("abcDEFghiJKLmnoPQRsU", True), ("abcDEFghiJKLmnoPQRst", False), ("a.B.c.D.e.F.g.H.i.J.k.L", False), ("correcthorsebatterystaple", False), ("CORRECTHORSEBATTERYSTAPLE", False), ("CorrectHorseBatteryStaple", False),  # without a digit
    ("/Kj8mQ2xT9vB4nL7c", False), (".Kj8mQ2xT9vB4nL7c", False), ("$Kj8mQ2xT9vB4nL7c", False), ("#Kj8mQ2xT9vB4nL7c", True), ("a://Kj8mQ2xT9vB4", False),
])  # fmt: skip
def test_what_nobody_would_guess_is_a_secret(value, expected):
    assert found(f'password="{value}"') == ([value] if expected else [])


@pytest.mark.parametrize("trailing", [".", ",", ";", ":", "!", "?", "-", "...", "?!"])
def test_what_ends_the_sentence_is_none_of_it(trailing):
    assert found(f"password: Kj8mQ2xT9vB4nL7c{trailing}") == ["Kj8mQ2xT9vB4nL7c"]
    assert found(f"password: Kj8mQ2xT9vB4nL7c=={trailing}") == ["Kj8mQ2xT9vB4nL7c=="]


@pytest.mark.parametrize(("credentials", "expected"), [
    ("kim:s3cretPw9", True), ("kim:abc", True), ("kim:ab", False), ("anna:anna2024", True), ("Admin:admin", False), ("postgres:postgres", False), ("aa:aaa", False), *((f"kim:{word}", False) for word in ("user", "username", "login", "name", "pass", "password", "PASSWD", "pwd", "secret")),
    ("kim:$PASSWORD", False), ("kim:{password}", False), ("kim:***", False), (":s3cretPw9", False), ("user:s3cretPw9", True),
])  # fmt: skip
def test_credentials_in_an_address(credentials, expected):
    assert found(f"see postgres://{credentials}@db.example.org/x") == ([credentials] if expected else [])


def test_a_token_is_found_alone_and_not_inside_something_longer():
    token = "AKIA" + "ABCDEFGHIJ234567"
    assert found(f"({token})") == found(f"_{token}_") == [token]
    assert found(f"x{token}") == found(f"{token}x") == found(f"x_{token}") == []


def test_information_is_that_of_letters_drawn_from_the_value():
    assert bits_per_letter(b"") == bits_per_letter(b"aaaa") == 0
    assert bits_per_letter(b"abab") == 1
    assert bits_per_letter(b"abcdefgh") == 3
    assert bits_per_letter(b"aaab") == pytest.approx(0.8113, abs=1e-4)
