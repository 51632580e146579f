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
from importlib.metadata import version
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
    "trace",
    "verify",
    "why",
]


class _Package(ModuleType):
    """This package, whose verb `build` must not be hidden by the subpackage of the same name.

    Importing a subpackage binds it as an attribute of its parent; for the name of a verb that is left out.
    The subpackage is still found by `from threadcommons.build import ...`.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    """A verb, or the version; loaded when it is asked for."""
    if name == "__version__":
        return version(__name__)
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(".api", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
