"""Writing TOML.

The standard library reads it only, and source.toml needs comments, which no library for data writes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ..errors import BadUsage

if TYPE_CHECKING:
    from collections.abc import Mapping

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_SHORT: Final = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def literal(value: Any) -> str:
    """A value as TOML on one line: text, whole number, boolean, or lists and tables of them.

    Raises BadUsage for what TOML cannot hold: a lone surrogate, a whole number beyond 64 bits.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return str(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(pair(key, item) for key, item in value.items()) + "}"
    raise BadUsage(
        f"a value of type {type(value).__name__} cannot be written as TOML",
        hint="write text, whole numbers, true or false",
    )


def pair(key: str, value: Any) -> str:
    """`key = value`, the key quoted where it must be."""
    return f"{name(key)} = {literal(value)}"


def name(key: str) -> str:
    """A key as TOML spells it."""
    return key if _BARE.fullmatch(key) else _text(key)


def block(header: str, table: Mapping[str, Any]) -> str:
    """A header with the pairs below it, ended by a line feed."""
    return "\n".join([header, *(pair(key, value) for key, value in table.items())]) + "\n"


def _text(value: str) -> str:
    return '"' + "".join(map(_character, value)) + '"'


def _character(ch: str) -> str:
    """Visible characters as they are; everything else by number, so that nothing can hide."""
    if ch in _SHORT:
        return _SHORT[ch]
    if ch.isprintable():
        return ch
    if "\ud800" <= ch <= "\udfff":
        raise BadUsage("a value holds half a character (a lone surrogate)", hint="give it as UTF-8")
    return f"\\U{ord(ch):08X}"
