"""Tasks named by what they do, and receipts that prove what came of them.

A task is a function, its parameters, and the digests of everything it reads. All of that makes up the task's
digest, so the same task is never done twice: its receipt lies in the store under that digest. A receipt is
believed only after the marks of the outputs that it names were taken again, so a torn or altered output is
simply computed anew.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import orjson

from ..digest import canonical_json, digest_of
from ..files import fresh_folder, list_files

if TYPE_CHECKING:
    from pathlib import Path

RECEIPT: Final = "receipt.json"
#: Key of a receipt that holds the digest of all its other keys: facts have no file of their own to be held against.
SEAL: Final = "seal"


@dataclass(frozen=True)
class Task:
    """What to do.

    `function` ("module:name") gets `params` and an empty folder, and returns facts (JSON) about its outputs.

    `reads` holds the digests of all bytes that the function reads; `local` holds paths and the like that say
    where those bytes lie on this machine and therefore do not belong to the digest.
    """

    function: str
    params: dict[str, Any]
    reads: dict[str, str]
    code: str
    local: dict[str, Any] = field(default_factory=dict, compare=False)
    #: About how many bytes it works through; an engine may do light work without starting a process.
    weight: int = field(default=1 << 30, compare=False)

    @property
    def digest(self) -> str:
        """The name of the task: equal tasks have equal digests anywhere."""
        return digest_of([self.function, self.params, self.reads, self.code])


@dataclass(frozen=True)
class Receipt:
    """What came of a task: facts that its function returned, and its output files with sizes and marks."""

    digest: str
    facts: dict[str, Any]
    outputs: dict[str, dict[str, Any]]
    folder: Path

    def path(self, name: str) -> Path:
        """Where one output lies."""
        return self.folder / name


@dataclass(frozen=True)
class Store:
    """Receipts and outputs by task digest, below one folder."""

    root: Path

    def find(self, digest: str) -> Receipt | None:
        """The verified receipt of a task.

        Or None when it was not done or its outputs are not what it says.
        """
        folder = self.root / digest
        stated = _stated(folder)
        if stated is None or stated["digest"] != digest:
            return None
        found = {path.relative_to(folder).as_posix() for path in list_files(folder)} - {RECEIPT}
        if found != set(stated["outputs"]):
            return None
        same = all(_is(folder / name, output) for name, output in stated["outputs"].items())
        return Receipt(digest, stated["facts"], stated["outputs"], folder) if same else None

    def perform(self, task: Task) -> Receipt:
        """Do a task: outputs written aside, the receipt last, renamed.

        Nothing is synced. After a power cut a receipt or an output may be torn, and `find` does not believe it then.
        """
        aside = fresh_folder(self.root / f"{task.digest}.aside")
        module, name = task.function.split(":")
        facts = getattr(import_module(module), name)(task.params, task.local, aside)
        outputs = {
            path.relative_to(aside).as_posix(): {"bytes": path.stat().st_size, "mark": _mark(path)}
            for path in list_files(aside)
        }
        stated = {"digest": task.digest, "facts": facts, "outputs": outputs}
        (aside / RECEIPT).write_bytes(canonical_json({**stated, SEAL: digest_of(stated)}))
        folder = self.root / task.digest
        if folder.exists():
            shutil.rmtree(folder)
        aside.rename(folder)
        return Receipt(task.digest, facts, outputs, folder)

    def keep_only(self, digests: set[str]) -> None:
        """Forget everything but these tasks; leftovers of killed runs go with it."""
        for folder in sorted(self.root.iterdir()) if self.root.is_dir() else []:
            if folder.is_dir() and folder.name not in digests:
                shutil.rmtree(folder)


def _stated(folder: Path) -> dict[str, Any] | None:
    """What the receipt in a folder says, or None when there is none that says what it was written to say."""
    try:
        stated = orjson.loads((folder / RECEIPT).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    whole = isinstance(stated, dict) and stated.pop(SEAL, None) == digest_of(stated)
    return stated if whole else None


def _is(path: Path, output: dict[str, Any]) -> bool:
    return path.is_file() and path.stat().st_size == output["bytes"] and _mark(path) == output["mark"]


def _mark(path: Path) -> str:
    from .marks import mark  # libraries that processes need not load before they begin

    return mark(path)
