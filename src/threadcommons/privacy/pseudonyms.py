"""Pseudonyms of authors: the same name has the same one as long as the key is the same, and nobody without it can tell.

A hash without a key would be undone by hashing all names there are. Ours is HMAC-SHA-256 under a key that no release
and no repository holds, over the platform and the name, so the same name on two platforms has two pseudonyms. Eighty
bits of it are shown: among ten million names two meet with a chance of one in twenty-four billion.

Pseudonymous is not anonymous. The words of a post can be looked for, and who holds the key can ask it for any name.
"""

from __future__ import annotations

import base64
import hmac
import secrets
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from ..errors import BadUsage
from ..files import read_plain, shown
from ..findings import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: Before what is shown of the hash.
PREFIX: Final = "user-"
#: Bytes of a key: of one that is made, and fewest of one that is read.
KEY_BYTES: Final = 32
#: Longest key file that is read, in bytes, and fewest different bytes of a key that chance has drawn.
_LONGEST: Final = 4096
_VARIED: Final = 12
_SHOWN_BYTES: Final = 10
#: What the key is used for, so that no other use of the same key can give the same hashes.
_PURPOSE: Final = b"threadcommons author pseudonym 1"
_FINGERPRINT: Final = b"threadcommons author pseudonym key 1"
_HOW_TO: Final = "make one with: openssl rand -hex 32 > FILE && chmod 600 FILE"


@dataclass(frozen=True)
class Key:
    """The key of a line of releases. A key that is not `durable` was drawn for one build and is lost after it.

    Pseudonyms under it can never be told apart again by those who publish, nor kept for the next release; a build with
    such a key is not for publishing. The key itself is in no message.
    """

    secret: bytes = field(repr=False)
    durable: bool

    @property
    def fingerprint(self) -> str:
        """What tells this key from others and nothing of it: 32 hexadecimal digits."""
        return hmac.digest(self.secret, _FINGERPRINT, "sha256")[:16].hex()


def random_key() -> Key:
    """A key for one build, from the system's own randomness."""
    return Key(secrets.token_bytes(KEY_BYTES), durable=False)


def read_key(path: Path, apart_from: Iterable[Path] = ()) -> tuple[Key, list[Finding]]:
    """The key in a file, and what is to be said about the file.

    The file holds one line of hexadecimal digits, at least 64 of them, and lies in none of the folders `apart_from`,
    which are those that are released or tracked. That others than its owner can read it is a finding. Raises BadUsage,
    UnsafeFile or OSError; no message shows any of what the file holds.
    """
    name = shown(path.name)
    place = path.resolve()
    if any(place.is_relative_to(folder.resolve()) for folder in apart_from):
        raise BadUsage(
            "the key lies inside what is published or tracked", where=name, hint="keep it outside the dataset package"
        )
    info = path.lstat()
    if info.st_size > _LONGEST:
        raise BadUsage("the file is too long to be a key", where=name, hint=_HOW_TO)
    secret = _secret_of(read_plain(path), name)
    open_to_all = info.st_mode & (stat.S_IRGRP | stat.S_IROTH | stat.S_IWGRP | stat.S_IWOTH)
    exposed = [Finding("privacy.key-exposed", Place(file=name), "others than its owner can read or change the file")]
    return Key(secret, durable=True), exposed if open_to_all else []


def _secret_of(data: bytes, name: str) -> bytes:
    line = data.removesuffix(b"\n").removesuffix(b"\r")
    try:
        secret = bytes.fromhex(line.decode("ascii")) if line.isalnum() else b""
    except (UnicodeDecodeError, ValueError):
        secret = b""
    if not secret:
        raise BadUsage("the key is not one line of hexadecimal digits", where=name, hint=_HOW_TO)
    if len(secret) < KEY_BYTES:
        raise BadUsage(f"the key has {8 * len(secret)} bits; 256 are needed", where=name, hint=_HOW_TO)
    if len(set(secret)) < _VARIED:
        raise BadUsage("the key repeats itself and was not drawn by chance", where=name, hint=_HOW_TO)
    return secret


def pseudonym(names: pl.Series, key: bytes, platform: str) -> pl.Series:
    """A pseudonym for each name, as `user-` and sixteen letters or digits; null for null.

    `names` are what the platform tells its people apart by, exactly as it writes them: two spellings are two people.
    Raises BadUsage for a key of fewer than 32 bytes.
    """
    if len(key) < KEY_BYTES:
        raise BadUsage(f"a key of {len(key)} bytes is too short", hint=_HOW_TO)
    distinct = names.drop_nulls().unique(maintain_order=True)
    shown_names = pl.Series([_shown(name, key, platform) for name in distinct], dtype=pl.String)
    return names.replace_strict(distinct, shown_names, default=None, return_dtype=pl.String)


def _shown(name: str, key: bytes, platform: str) -> str:
    """Length before each part: no two pairs of platform and name are spelled alike."""
    parts = (platform.encode(), name.encode())
    message = _PURPOSE + b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    digest = hmac.digest(key, message, "sha256")[:_SHOWN_BYTES]
    return PREFIX + base64.b32encode(digest).decode().lower()
