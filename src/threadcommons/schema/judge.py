"""Checks records against a JSON Schema: fast for the good ones, thorough for the bad.

Two libraries share the work. jsonschema-rs decides, in bulk; jsonschema, the reference, explains what it
refused (see `reference`). Neither may reach outside: a `$ref` that is not in the file is an error, never a request.

Both must say the same of every value, and where the libraries differ the strict reading holds here: `$` in a
pattern means the end of the text and not the line feed before it, and 1.0 is no whole number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import jsonschema_rs

from .declare import schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: JSON Schema keyword -> the last part of a finding code.
KEYWORD_CODES: dict[str, str] = {
    "required": "missing-key",
    "additionalProperties": "unknown-key",
    "type": "wrong-type",
    "enum": "not-in-list",
    "const": "not-in-list",
    "minLength": "too-short",
    "minItems": "too-short",
    "maxLength": "too-long",
    "pattern": "bad-pattern",
    "format": "bad-format",
    "minimum": "out-of-range",
    "maximum": "out-of-range",
    "maxItems": "too-many",
    "uniqueItems": "repeated-item",
}

#: Keywords by which a part of a schema means something else where it stands alone.
_BEYOND: Final = frozenset({"$ref", "$dynamicRef", "$id"})
#: How many reasons of one value are told, how many of its unknown keys, and how much of a key or number.
_MOST: Final = 100
_NAMED: Final = 5
_SHOWN: Final = 60


@dataclass(frozen=True)
class Fault:
    """One way to break a schema: kind (see `KEYWORD_CODES`), JSON Pointer, and what would be right."""

    kind: str
    pointer: str
    detail: str


@dataclass(frozen=True)
class Judge:
    """Says whether a value keeps one schema, and if not, why."""

    name: str
    declared: Any = field(hash=False, repr=False)
    bulk: Any
    #: Whether the schema has whole numbers, so that a 1.0 could pass for one.
    counts: bool = False

    @cached_property
    def reference(self) -> Any:
        """The explaining validator. Importing its library takes longer than judging a thousand good posts."""
        from .reference import reference_validator

        return reference_validator(self.declared)

    def accepts(self, value: Any) -> bool:
        """Whether `value` (plain JSON types) keeps the schema. Tens of thousands of posts a second and more."""
        try:
            return bool(self.bulk.is_valid(value)) and not (self.counts and _has_whole_float(value))
        except ValueError:  # too deep, or no JSON type at all (a date of TOML): the reference says where
            return False

    @cached_property
    def _members(self) -> dict[str, Judge]:
        """A judge of each member of an object, where each can be judged by itself."""
        declared = self.declared.get("properties", {}) if isinstance(self.declared, dict) else {}
        return {name: judge_of(child) for name, child in declared.items() if not _mentions(child, _BEYOND)}

    def _explained(self, value: Any) -> Any:
        """The errors that the reference finds in `value`; it is not asked about members that are as they should be."""
        if not isinstance(value, dict) or not self._members:
            return self.reference.iter_errors(value)
        sound = [name for name, member in self._members.items() if name in value and member.accepts(value[name])]
        asked = {**self.declared, "properties": {**self.declared["properties"], **dict.fromkeys(sound, True)}}
        # For a schema that names its dialect, the library would take its own validator of that dialect.
        asked.pop("$schema", None)
        return self.reference.evolve(schema=asked).iter_errors(value)

    def faults(self, value: Any) -> list[Fault]:
        """The faults of `value`, by pointer, at most a hundred. Slow; meant for what `accepts` refused.

        What `accepts` refuses has at least one fault, even if the reference should find none.
        """
        errors = islice(_leaves(self._explained(value)), _MOST)
        found = {fault for error in errors for fault in _faults(error)}
        found = found or {_bare(error, value) for error in islice(self.bulk.iter_errors(value), _MOST)}
        return sorted(found, key=lambda fault: (fault.pointer, fault.kind, fault.detail))


@cache
def judge(name: str) -> Judge:
    """The judge of schema `name`."""
    return judge_of(schema(name), name)


def judge_of(declared: dict[str, Any], name: str = "") -> Judge:
    """The judge of a schema given as a dictionary. Raises ValueError for one that reaches outside."""
    return Judge(name, declared, bulk_validator(declared), counts=_mentions_integer(declared))


def bulk_validator(declared: Any, *, formats: bool = True, registry: Any = None) -> Any:
    """The fast validator as this project sets it up: linear patterns, formats asserted, offline."""
    return jsonschema_rs.Draft202012Validator(
        declared,
        validate_formats=formats,
        ignore_unknown_formats=not formats,
        pattern_options=jsonschema_rs.RegexOptions(),
        registry=registry,
        offline=True,
    )


def explain(name: str, value: Any) -> list[Fault]:
    """All faults of `value` under schema `name`."""
    contract = judge(name)
    return [] if contract.accepts(value) else contract.faults(value)


def _has_whole_float(value: Any) -> bool:
    """Whether a number such as 1.0 stands in it, which could pass for a whole one; 0.5 cannot."""
    if isinstance(value, dict):
        return any(map(_has_whole_float, value.values()))
    if isinstance(value, list):
        return any(map(_has_whole_float, value))
    return isinstance(value, float) and value.is_integer()


def _mentions(node: Any, keywords: frozenset[str]) -> bool:
    """Whether one of some keywords stands anywhere in a schema."""
    if isinstance(node, dict):
        return not keywords.isdisjoint(node) or any(_mentions(child, keywords) for child in node.values())
    return isinstance(node, list) and any(_mentions(child, keywords) for child in node)


def _mentions_integer(node: Any) -> bool:
    if isinstance(node, dict):
        return "integer" in (node.get("type") or ()) or any(map(_mentions_integer, node.values()))
    return isinstance(node, list) and any(map(_mentions_integer, node))


# -- errors of the libraries as faults ----------------------------------------


def _leaves(errors: Any) -> Iterator[Any]:
    """The innermost reasons: for a combined rule, those of its parts."""
    for error in errors:
        if error.context:
            yield from _leaves(error.context)
        else:
            yield error


def _faults(error: Any) -> Iterator[Fault]:
    """One fault for each key that is missing or too much, or the one of the value itself."""
    kind = KEYWORD_CODES.get(error.validator, "bad-value")
    keys = _keys_at_fault(error)
    for key in keys:
        named = [key] if len(key) <= _SHOWN else []
        yield Fault(kind, _pointer([*error.absolute_path, *named]), _detail_of_key(error, key))
    if not keys:
        yield Fault(kind, _pointer(error.absolute_path), _detail(error))


def _bare(error: Any, value: Any) -> Fault:
    """A fault that only the bulk validator saw, in all that was judged: of a NaN, that JSON has no such number."""
    keyword = str(error.schema_path[-1]) if error.schema_path else ""
    for step in error.instance_path:
        value = value[step]
    odd = isinstance(value, float) and not isfinite(value)
    detail = f"must be a number that JSON has; found {_seen(value)}" if odd else f"breaks {keyword}"
    return Fault(KEYWORD_CODES.get(keyword, "bad-value"), _pointer(error.instance_path), detail)


def _pointer(path: Iterable[str | int]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _keys_at_fault(error: Any) -> list[str]:
    """The keys that are missing, or the first of those that are too much."""
    if error.validator == "required":
        return [key for key in error.validator_value if key not in error.instance]
    if error.validator == "additionalProperties":
        return sorted(set(error.instance) - set(error.schema.get("properties", ())))[:_NAMED]
    return []


def _detail_of_key(error: Any, key: str) -> str:
    if error.validator == "required":
        described = error.schema.get("properties", {}).get(key, {}).get("description", "")
        return f"{key!r} is missing" + (f"; {described}" if described else "")
    if len(key) > _SHOWN:
        return f"an unknown key of {len(key)} characters"
    return f"no such key {key!r}{_nearest(key, error.schema)}"


def _detail(error: Any) -> str:
    """What would be right, from the schema; the value itself is shown only as its type and length."""
    tell = EXPECTED.get(error.validator)
    described = error.schema.get("description", "") if isinstance(error.schema, dict) else ""
    expected = tell(error.validator_value) if tell else f"breaks {error.validator}"
    return f"{expected}; found {_seen(error.instance)}" + (f"; {described}" if described else "")


#: JSON Schema keyword -> words for what it wants.
EXPECTED: Final[dict[str, Callable[[Any], str]]] = {
    "type": lambda kinds: f"must be {kinds if isinstance(kinds, str) else ' or '.join(kinds)}",
    "enum": lambda allowed: "must be one of " + ", ".join(map(str, allowed)),
    "const": lambda only: f"must be {only!r}",
    "minLength": lambda least: f"must have at least {least} characters",
    "maxLength": lambda most: f"must have at most {most} characters",
    "minItems": lambda least: f"must have at least {least} items",
    "maxItems": lambda most: f"must have at most {most} items",
    "uniqueItems": lambda _: "must not repeat an item",
    "pattern": lambda form: f"must match {form}",
    "format": lambda form: f"must be a valid {form}",
    "minimum": lambda least: f"must be at least {least}",
    "maximum": lambda most: f"must be at most {most}",
}


def _nearest(key: str, declared: dict[str, Any]) -> str:
    close = _closest(key, tuple(declared.get("properties", ())))
    return f" (did you mean {close!r}?)" if close is not None else ""


@lru_cache(maxsize=1024)
def _closest(key: str, known: tuple[str, ...]) -> str | None:
    """The key among those known that looks most like this one. Whoever misspells one does so in many records."""
    from difflib import get_close_matches  # only needed when somebody misspelt a key

    return next(iter(get_close_matches(key, known, n=1)), None)


def _seen(value: Any) -> str:
    """A value by type and size, so that no word of a post slips into a message."""
    if isinstance(value, str):
        return f"text of {len(value)} characters"
    if isinstance(value, list):
        return f"a list of {len(value)} items"
    if isinstance(value, dict):
        return f"an object of {len(value)} keys"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return f"{value!r}"[:_SHOWN] if isinstance(value, int | float) else f"a {type(value).__name__}"
