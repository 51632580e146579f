"""Pseudonyms of authors, and the key that they hang on."""

import hashlib
import os

import polars as pl
import pytest

from threadcommons.errors import BadUsage, UnsafeFile
from threadcommons.privacy import Key, pseudonym, random_key, read_key

KEY = bytes(range(32))
HEX = KEY.hex()


def key_file(folder, text=HEX + "\n", mode=0o600):
    path = folder / "authors.key"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)
    return path


def names(*some):
    return pl.Series("author", some, dtype=pl.String)


def test_a_name_has_one_pseudonym_wherever_it_stands():
    one = pseudonym(names("kim", None, "noa", "kim"), KEY, "forum")
    assert one[0] == one[3] != one[2]
    assert one[1] is None
    assert one.name == "author"
    assert pseudonym(names("noa", "kim"), KEY, "forum").to_list() == [one[2], one[0]]


def test_pseudonyms_are_the_same_on_every_machine():
    assert pseudonym(names("kim", "zoë", ""), KEY, "forum").to_list() == EXPECTED


def keyed(key, message):
    """HMAC-SHA-256 by another implementation: hashlib with the two paddings of RFC 2104 written out."""

    def padded(byte):
        return bytes(one ^ byte for one in key.ljust(64, b"\0"))

    return hashlib.sha256(padded(0x5C) + hashlib.sha256(padded(0x36) + message).digest()).digest()


def by_hand(name, key, platform):
    parts = b"".join(len(part).to_bytes(8, "big") + part for part in (platform.encode(), name.encode()))
    digest, alphabet = keyed(key, b"threadcommons author pseudonym 1" + parts)[:10], "abcdefghijklmnopqrstuvwxyz234567"
    bits = int.from_bytes(digest, "big")
    return "user-" + "".join(alphabet[bits >> shift & 31] for shift in range(75, -1, -5))


EXPECTED = [by_hand(name, KEY, "forum") for name in ("kim", "zoë", "")]


def test_so_is_what_tells_a_key_from_others():
    """Releases name it, so that it can be told which of them were made with one key."""
    assert Key(KEY, durable=True).fingerprint == keyed(KEY, b"threadcommons author pseudonym key 1")[:16].hex()


def test_platform_and_key_tell_names_apart():
    base = pseudonym(names("kim"), KEY, "forum")[0]
    assert pseudonym(names("kim"), KEY, "board")[0] != base
    assert pseudonym(names("kim"), KEY[::-1], "forum")[0] != base
    assert pseudonym(names("mkim"), KEY, "foru")[0] != base


def test_no_unkeyed_hash_is_shown():
    shown = pseudonym(names("kim"), KEY, "forum")[0].removeprefix("user-")
    for text in ("kim", "forum:kim", "forum/kim", "forumkim"):
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
            digest = hashlib.new(name, text.encode()).digest()
            assert shown not in (digest.hex()[:16], __import__("base64").b32encode(digest).decode().lower()[:16])


def test_two_epochs_share_nothing():
    some = names(*(f"name{number}" for number in range(1000)))
    one, other = pseudonym(some, random_key().secret, "forum"), pseudonym(some, random_key().secret, "forum")
    assert one.n_unique() == other.n_unique() == 1000
    assert not set(one) & set(other)


@pytest.mark.parametrize("key", [b"", b"short", KEY[:31]])
def test_a_short_key_is_refused_where_it_is_used(key):
    with pytest.raises(BadUsage):
        pseudonym(names("kim"), key, "forum")


def test_no_names_are_no_trouble():
    assert pseudonym(names(), KEY, "forum").to_list() == []
    assert pseudonym(names(None), KEY, "forum").to_list() == [None]


def test_a_key_is_read_from_its_file(tmp_path):
    for text in (HEX, HEX + "\n", HEX.upper() + "\r\n"):
        key, findings = read_key(key_file(tmp_path, text))
        assert (key.secret, key.durable, findings) == (KEY, True, [])


def test_a_random_key_is_not_for_publishing():
    one, other = random_key(), random_key()
    assert not one.durable
    assert one.secret != other.secret
    assert len(one.secret) == 32


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602])
def test_a_key_that_others_can_read_is_told(tmp_path, mode):
    _, findings = read_key(key_file(tmp_path, mode=mode))
    assert [(finding.code, finding.severity) for finding in findings] == [("privacy.key-exposed", "warning")]


NO_LINE, REPEATED = "the key is not one line of hexadecimal digits", "the key repeats itself and was not drawn by chance"
BAD = {
    "empty": (b"", NO_LINE), "too short": (HEX[:62], "the key has 248 bits; 256 are needed"), "no hexadecimal": ("g" * 64, NO_LINE), "odd": (HEX + "a", NO_LINE),
    "NUL": (HEX + "\0", NO_LINE), "two lines": (f"{HEX}\n{HEX}", NO_LINE), "blanks": (" " + HEX, NO_LINE), "spaces inside": (HEX[:32] + " " + HEX[32:], NO_LINE),
    "raw bytes": (bytes(range(200, 232)), NO_LINE), "one byte over and over": ("ab" * 32, REPEATED), "zeros": ("0" * 64, REPEATED),
    "eleven bytes in turn": (HEX[:22] * 3, REPEATED), "too long": (HEX * 64 + "\n", "the file is too long to be a key"), "not ASCII": ("é" * 64, NO_LINE), "BOM": ("\ufeff" + HEX, NO_LINE),
}  # fmt: skip


@pytest.mark.parametrize("text", [HEX[:24] * 3, HEX * 64], ids=["twelve bytes in turn", "as long as can be"])
def test_a_key_may_repeat_itself_a_little_and_be_long(tmp_path, text):
    assert read_key(key_file(tmp_path, text))[0].secret == bytes.fromhex(text)


@pytest.mark.parametrize(("text", "what"), BAD.values(), ids=BAD)
def test_what_is_no_key_is_refused_and_not_shown(tmp_path, text, what):
    path = key_file(tmp_path, text)
    with pytest.raises(BadUsage) as told:
        read_key(path)
    assert told.value.what == what
    content = path.read_bytes().decode("utf-8", "replace").strip()
    assert len(content) < 8 or content[:8] not in str(told.value)
    assert str(tmp_path) not in str(told.value)


def test_a_key_inside_what_is_published_is_refused(tmp_path):
    inside = tmp_path / "package" / "build"
    inside.mkdir(parents=True)
    path = key_file(inside)
    with pytest.raises(BadUsage):
        read_key(path, [tmp_path / "elsewhere", tmp_path / "package"])
    assert read_key(path, [tmp_path / "elsewhere"])[0].durable


def test_links_are_not_followed(tmp_path):
    outside, inside = tmp_path / "outside", tmp_path / "package"
    outside.mkdir()
    inside.mkdir()
    link = outside / "link.key"
    link.symlink_to(key_file(outside))
    with pytest.raises(UnsafeFile):
        read_key(link)
    os.link(outside / "authors.key", outside / "twin.key")
    with pytest.raises(UnsafeFile):
        read_key(outside / "twin.key")


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_key(tmp_path / "none.key")


def test_the_key_is_in_no_message():
    key = random_key()
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)
