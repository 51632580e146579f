"""Markdown from templates, in which nothing that comes from data can become structure.

Escaping is the default: whatever a template prints is escaped unless it is `Raw`. So a forgotten filter
makes a card uglier, never dangerous.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

import jinja2

from ..files import shown

#: What can mean something in Markdown, HTML or a template language: marks wherever they stand, an underscore
#: unless it joins two letters, a colon unless a space follows, the dot of "www.", and what opens a list when
#: it comes first. Of a longer match only the last character is escaped.
_STRUCTURE: Final = re.compile(
    r"[!#$&*+<=>@\[\\\]^`{|}~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|^:|:(?! )|www\.|^-|^[0-9]+[.)](?=\s|$)",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"https?://[^\s]", re.IGNORECASE)
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*(/[A-Za-z0-9][A-Za-z0-9._+-]*)*")
_ADDRESS_CHARACTERS: Final = "%:/?#@!$'*+,;=~-._"
_NOTHING: Final = "\N{EN DASH}"


class Raw(str):
    """Text that is Markdown already and is printed as it is."""

    __slots__ = ()


def one_line(value: str) -> str:
    """`value` on one line, with every invisible character shown as an escape."""
    return shown(" ".join(value.split()))


def text(value: str) -> Raw:
    """`value` as the inline text it is, safe at any place of a paragraph, a heading or a table cell."""
    return Raw(_STRUCTURE.sub(lambda found: f"{found[0][:-1]}&#{ord(found[0][-1])};", one_line(value) or _NOTHING))


def code(value: str) -> Raw:
    """`value` as a code span, for table cells: a bar in it is escaped as tables want it."""
    plain = one_line(value) or _NOTHING
    longest = max((len(run) for run in re.findall("`+", plain)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if "`" in (plain[0], plain[-1]) else ""
    return Raw(f"{fence}{pad}{plain.replace('|', chr(92) + '|')}{pad}{fence}")


def link(label: str, target: str | None) -> Raw:
    """`label` linked to a web address or to a file beside the card; not linked where `target` is neither."""
    if target and (_ADDRESS.match(target) or _FILE.fullmatch(target)):
        return Raw(f"[{text(label)}](<{quote(target, safe=_ADDRESS_CHARACTERS)}>)")
    return text(label)


def printed(value: Any) -> str:
    """What a template prints for `value`: counts with separators, nothing as a dash, all text escaped."""
    if isinstance(value, Raw):
        return value
    if value is None:
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return text(str(value))


def fill(template: str, **values: Any) -> str:
    """The template of that name below `templates/`, filled. A value that it misses is an error."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> jinja2.Environment:
    folder = files(__package__).joinpath("templates")
    environment = jinja2.Environment(  # noqa: S701  (the output is Markdown, not HTML: `printed` escapes it)
        loader=jinja2.FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        undefined=jinja2.StrictUndefined,
        finalize=printed,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update({"code": code, "raw": Raw})
    environment.globals.update({"link": link})
    return environment
