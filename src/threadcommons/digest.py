"""Digests and the one JSON spelling that they are taken over."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_BLOCK = 1 << 20


def sha256(data: bytes | bytearray | memoryview) -> str:
    """SHA-256 of `data` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes, read in blocks of one mebibyte. Raises OSError."""
    with path.open("rb") as stream:
        digest = hashlib.sha256()
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def canonical_json(value: Any) -> bytes:
    """`value` as UTF-8 JSON with sorted keys and no white space: equal values give equal bytes.

    Only text, whole numbers, booleans, null, lists and objects with text keys are meant to pass through here;
    floats are avoided because their shortest spelling is a matter of taste between languages.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest_of(value: Any) -> str:
    """SHA-256 over the canonical JSON of `value`."""
    return sha256(canonical_json(value))


def digest_of_lines(lines: Iterable[str]) -> str:
    """SHA-256 over `lines`, each ended by a line feed; the caller fixes their order."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()
