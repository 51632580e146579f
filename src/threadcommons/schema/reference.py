"""The reference validator, made strict and bounded.

Only a value that was refused comes here, so `judge` imports this when it first has to explain one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import jsonschema
from jsonschema import validators
from referencing import Registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def reference_validator(declared: Any) -> Any:
    """The explaining validator as this project sets it up: strict, bounded, and with an empty registry."""
    return _Reference(declared, registry=Registry(), format_checker=_Reference.FORMAT_CHECKER)


def _pattern(validator: Any, wanted: str, value: Any, _schema: Any) -> Iterator[Any]:
    strict = wanted.removesuffix("$") + r"\Z" if wanted.endswith("$") else wanted
    if validator.is_type(value, "string") and not re.search(strict, value):
        yield jsonschema.ValidationError(f"does not match {wanted}")


def _format(validator: Any, wanted: str, value: Any, declared: dict[str, Any]) -> Iterable[Any] | None:
    """The library takes a format that it has no judge for as kept; which it has depends on what is installed."""
    if wanted not in validator.format_checker.checkers:
        raise LookupError(f"nothing here can judge the format {wanted}")
    found: Iterable[Any] | None = _KEYWORDS["format"](validator, wanted, value, declared)
    return found


def _bounded(keyword: Callable[..., Iterable[Any] | None]) -> Callable[..., Iterator[Any]]:
    """`keyword`, except for a value over its size: fault enough, and looking into it may take for ever."""

    def judged(validator: Any, wanted: Any, value: Any, declared: dict[str, Any]) -> Iterator[Any]:
        limit = "maxLength" if isinstance(value, str) else "maxItems" if isinstance(value, list) else ""
        most = declared.get(limit)
        if most is None or len(value) <= most:
            yield from keyword(validator, wanted, value, declared) or ()

    return judged


_KEYWORDS: Final = jsonschema.Draft202012Validator.VALIDATORS
_STRICT: Final = {
    "items": _KEYWORDS["items"],
    "uniqueItems": _KEYWORDS["uniqueItems"],
    "format": _format,
    "pattern": _pattern,
}
_Reference: Final = validators.extend(
    jsonschema.Draft202012Validator,
    {key: _bounded(keyword) for key, keyword in _STRICT.items()},
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _checker, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)
