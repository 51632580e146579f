"""Front matter: one strict way to write it and one strict way to read it.

YAML means different things to different readers: `no` is a truth value to some, the last of two equal keys
wins for others. The writer therefore quotes every string and leaves plain ASCII only; the reader refuses
whatever two readers could understand differently, above all a repeated key, which can hide one licence
behind another.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

from ..errors import BadRelease

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_WIDTH: Final = 110
_PLAIN_KEY: Final = re.compile(r"[a-z][a-z0-9_-]+")
#: Words that a reader of YAML 1.1 takes for a truth value or for nothing.
_LOADED_WORDS: Final = frozenset({"yes", "no", "on", "off", "true", "false", "null"})
#: What is not written as it is: quotes, backslashes and all beyond printable ASCII.
_ESCAPED: Final = re.compile(r"[^ !#-\[\]-~]")
_SIZES: Final = ((0xFF, "x", 2), (0xFFFF, "u", 4), (0x10FFFF, "U", 8))

_BLOCK: Final = re.compile(r"\A---\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_LONGEST: Final = 1 << 20
_DEEPEST: Final = 32
_TAG: Final = "tag:yaml.org,2002:"


def front_matter(values: Mapping[str, Any]) -> str:
    """`values` as a block of front matter, with its two fences."""
    return f"---\n{dump(values)}---\n"


def dump(values: Mapping[str, Any]) -> str:
    """`values` as YAML: text quoted and in ASCII, on one line what fits there.

    Raises TypeError for anything but JSON's own types without floats, and for keys that are not plain names.
    """
    return _entries({_key(name): _written(value) for name, value in values.items()}, "")


def read_front_matter(card: str, where: str = "README.md") -> dict[str, Any]:
    """What the front matter of a card says, when every reader must agree on it. Raises BadRelease.

    Refused: no front matter, a repeated key, a key that is not text, anchors, aliases, tags, plain words
    that are not the same in YAML 1.1 and 1.2, nesting deeper than 32 levels.
    """
    block = _BLOCK.match(card)
    if block is None:
        raise BadRelease("there is no front matter", where=where, hint="start the file with a line of three dashes")
    return read_yaml(block[1], where)


def ambiguity(card: str) -> str | None:
    """Why two readers could understand the front matter of a card differently; None for a card that has none."""
    if not card.startswith("---"):
        return None
    try:
        read_front_matter(card)
    except BadRelease as reason:
        return reason.what
    return None


def read_yaml(source: str, where: str) -> dict[str, Any]:
    """One YAML mapping, as strictly as `read_front_matter` reads it. Raises BadRelease with the reason."""
    try:
        _refuse_indirection(source)
        value = _value(yaml.compose(source, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, _Refused) as reason:
        first = str(reason).splitlines()[0] if str(reason) else "not YAML"
        raise BadRelease(f"YAML refused: {first}", where=where, hint="quote text, and say each thing once") from reason
    if not isinstance(value, dict):
        raise BadRelease("YAML refused: not a mapping", where=where, hint="write keys and values")
    return value


class _Refused(Exception):
    """Why a YAML text is not read; never leaves this module."""


class _Written(NamedTuple):
    """A value on one line (`flow`), and what it is made of, should that line be too long."""

    flow: str
    parts: dict[str, _Written] | list[_Written] | None = None


def _written(value: Any) -> _Written:
    """Each value is spelt once, however many lists and mappings it lies in."""
    if isinstance(value, dict):
        entries = {_key(name): _written(item) for name, item in value.items()}
        return _Written("{" + ", ".join(f"{name}: {item.flow}" for name, item in entries.items()) + "}", entries)
    if isinstance(value, list):
        items = [_written(item) for item in value]
        return _Written("[" + ", ".join(item.flow for item in items) + "]", items)
    return _Written(_spelt(value))


def _spelt(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    raise TypeError(f"front matter has no way to write {type(value).__name__}")


def _entry(key: str, value: _Written, indent: str) -> str:
    head = f"{indent}{key}:"
    if not value.parts or len(head) + len(value.flow) < _WIDTH:
        return f"{head} {value.flow}\n"
    if isinstance(value.parts, list):
        return f"{head}\n" + "".join(_item(item, indent) for item in value.parts)
    return f"{head}\n{_entries(value.parts, indent + '  ')}"


def _item(value: _Written, indent: str) -> str:
    if not value.parts or not isinstance(value.parts, dict) or len(indent) + len(value.flow) < _WIDTH:
        return f"{indent}- {value.flow}\n"
    return f"{indent}- {_entries(value.parts, indent + '  ')[len(indent) + 2 :]}"


def _entries(values: Mapping[str, _Written], indent: str) -> str:
    return "".join(_entry(name, value, indent) for name, value in values.items())


def _key(name: str) -> str:
    """A key as it is. Keys are ours, never data, so one that some reader would take for something else is a bug."""
    if not _PLAIN_KEY.fullmatch(name) or name in _LOADED_WORDS:
        raise TypeError(f"not a key that all readers of YAML agree on: {name!r}")
    return name


def _quoted(value: str) -> str:
    """A double-quoted scalar. JSON's surrogate pairs would be two characters to YAML, hence long escapes."""
    return f'"{_ESCAPED.sub(_escaped, value)}"'


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    if character in ('"', "\\"):
        return "\\" + character
    point = ord(character)
    letter, digits = next((letter, digits) for limit, letter, digits in _SIZES if point <= limit)
    return f"\\{letter}{point:0{digits}x}"


def _refuse_indirection(source: str) -> None:
    """Anchors, aliases and tags mean more than they show; length and depth could exhaust the reader."""
    if len(source) > _LONGEST:
        raise _Refused(f"longer than {_LONGEST} characters")
    depth = 0
    for event in yaml.parse(source, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused("anchors and aliases are not read")
        if getattr(event, "tag", None):
            raise _Refused("tags are not read")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise _Refused(f"nested deeper than {_DEEPEST} levels")


def _value(node: yaml.Node | None) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item) for item in node.value]
    return _scalar(node) if isinstance(node, yaml.ScalarNode) else None


def _mapping(node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, item in node.value:
        key = _value(name)
        if not isinstance(key, str):
            raise _Refused(f"a key in line {name.start_mark.line + 1} is not text")
        if key in found:
            raise _Refused(f"a key stands twice, again in line {name.start_mark.line + 1}")
        found[key] = _value(item)
    return found


#: What a plain scalar may look like to be read as something other than text, and as what.
_PLAIN: Final[dict[str, tuple[re.Pattern[str], Callable[[str], Any]]]] = {
    "null": (re.compile(r"|~|null|Null|NULL"), lambda _: None),
    "bool": (re.compile(r"true|True|TRUE|false|False|FALSE"), lambda word: word.lower() == "true"),
    "int": (re.compile(r"0|-?[1-9][0-9]{0,18}"), int),
    "float": (re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][-+][0-9]+)?"), float),
}
#: Numbers of YAML 1.2 that YAML 1.1 takes for text.
_NUMBER_LATER: Final = re.compile(r"0o[0-7]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    if node.style is not None:
        return text
    kind = node.tag.removeprefix(_TAG)
    if kind == "str" and not _NUMBER_LATER.fullmatch(text):
        return text
    pattern, made = _PLAIN.get(kind, (None, None))
    if pattern is None or made is None or not pattern.fullmatch(text):
        raise _Refused(f"the plain word in line {node.start_mark.line + 1} means different things to different readers")
    return made(text)
