"""Why we cannot go on.

Something wrong with the *data* is a finding (`threadcommons.findings`), collected and never raised. What is
raised stands here, all of it, under one root. Every error says in one line what happened, where, and what to
do.
"""

from __future__ import annotations


class ThreadCommonsError(Exception):
    """Root of all errors of this package.

    `what` happened, `where` (a path relative to what the user named, or a key), and `hint`: what to do about
    it.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.what}{hint}"


class NoPackage(ThreadCommonsError, FileNotFoundError):
    """There is no dataset package here: no `build/recipe.toml` in this folder or above."""


class BadRecipe(ThreadCommonsError, ValueError):
    """The recipe cannot be read or holds a key or value that the schema does not know."""


class BadSources(ThreadCommonsError, ValueError):
    """A contribution cannot be built as it is; `check` lists the findings."""


class UnsafeFile(ThreadCommonsError, OSError):
    """A file is a link, a device or shared by hard links, and is not opened."""


class Unbalanced(ThreadCommonsError, ArithmeticError):
    """The ledger does not account for every byte and every record, so nothing is committed."""


class BrokenPromise(ThreadCommonsError, ValueError):
    """The recipe promises a licence that the rows do not allow."""


class VersionExists(ThreadCommonsError, FileExistsError):
    """Another release already stands under this version; releases are immutable."""


class BadRelease(ThreadCommonsError, ValueError):
    """A folder is not a release, or not one that can be trusted."""


class NotFound(ThreadCommonsError, LookupError):
    """What was asked for is not in the release."""


class TaskLost(ThreadCommonsError, RuntimeError):
    """A task died more often than it may be tried again."""


class BadUsage(ThreadCommonsError, ValueError):
    """The call itself makes no sense: an option that excludes another, a name that cannot be used."""


class BadDerived(ThreadCommonsError, ValueError):
    """A derived dataset cannot be read."""


class TooLarge(ThreadCommonsError, OverflowError):
    """More than the limits allow: rows, bytes, time, or texts that are all alike."""


class BadContainer(ThreadCommonsError, ValueError):
    """What comes out of a container is not what its survey found."""
