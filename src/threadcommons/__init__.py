"""Threads in, open and reciprocal datasets out: every row carries its papers.

The verbs of the library are those of the command line:

    import threadcommons as tc

    tc.add("posts.jsonl", "my-thread", title="A thread on clocks", platform="forum")
    for finding in tc.check().findings:
        print(finding.code, finding.place, finding.detail)
    release = tc.build().path
    posts = tc.load(release)

Importing the package loads none of the libraries behind it; a verb brings what it needs when it is first
used.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str

    from .api import (
        add,
        build,
        card,
        check,
        cite,
        combine,
        credits,  # noqa: A004  (the verb of the command line)
        formats,
        hydrate,
        init,
        licenses,
        load,
        reciprocity,
        relicense,
        trace,
        verify,
        why,
    )

__all__ = [
    "add",
    "build",
    "card",
    "check",
    "cite",
    "combine",
    "credits",
    "formats",
    "hydrate",
    "init",
    "licenses",
    "load",
    "reciprocity",
    "relicense",
    "trace",
    "verify",
    "why",
]


class _Verb(ModuleType):
    """A subpackage that has the name of a verb, such as `build`: it stays a module, and called it is the verb."""

    def __call__(self, *args: Any, **named: Any) -> Any:
        return getattr(import_module(".api", __name__), self.__name__.rpartition(".")[2])(*args, **named)


class _Package(ModuleType):
    """This package. Importing a subpackage binds it here, where it must not hide the verb of its name."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in __all__ and isinstance(value, ModuleType):
            value.__class__ = _Verb
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    """A verb, or the version; loaded when it is asked for."""
    if name == "__version__":
        return import_module("importlib.metadata").version(__name__)  # half the cost of a small process
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(".api", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
