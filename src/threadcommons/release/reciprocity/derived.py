"""A derived dataset, opened with care: its rows, and its papers.

It is a file or a folder of a stranger. Links are not followed, nothing is run and nothing fetched; what cannot be read
is named, and what asks for too much is refused. Rows are parsed in a process of its own (see `reading`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl

from ...errors import BadDerived, NotFound, TooLarge
from ...files import shown, why_unsafe
from .papers import Papers, read_papers
from .reading import AT, FORMATS, PACKED, PIECES, REPORT, ROLES, Job

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Limits:
    """What a stranger's dataset may cost. Bytes, seconds of work, numbers."""

    files: int = 20_000
    rows: int = 5_000_000
    #: Of one file as it lies there, and of all text together as it is unpacked.
    file_bytes: int = 16 << 30
    text_bytes: int = 4 << 30
    memory: int = 6 << 30
    seconds: int = 1800


USUAL: Final = Limits()


_PIECE: Final = pl.Schema({"file": pl.Int64(), "line": pl.Int64(), **dict.fromkeys(ROLES, pl.List(pl.String))})


@dataclass(frozen=True)
class File:
    """A file of rows. `fault` names what kept it from being read to its end; None when nothing did."""

    name: str
    rows: int
    fault: str | None = None


@dataclass(frozen=True)
class Derived:
    """A derived dataset: what it is called, its files of rows, its papers, and its pieces.

    `pieces` has the columns `piece` (their numbers), `file` (index into `files`), `line` (the row in it, from 0), and a
    list of texts for each of `reading.ROLES`. `unread` names everything that was there and could not be read as rows or
    as papers.
    """

    name: str
    files: tuple[File, ...]
    unread: tuple[str, ...]
    papers: Papers
    pieces: pl.DataFrame

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return sum(file.rows for file in self.files)


#: Endings of what holds no rows and is not worth a word.
_NO_DATA: Final = frozenset({".md", ".txt", ".cff", ".yml", ".yaml", ".toml", ".py", ".ipynb", ".gitattributes"})
#: JSON files that describe a dataset and hold no rows of it.
_DESCRIPTIONS: Final = frozenset({"croissant.json", "dataset_infos.json", "dataset_info.json", "datapackage.json"})
_DESCRIPTIONS_ENDING: Final = ("manifest.json", "state.json", "config.json", "package.json")


def open_derived(path: Path, text: Sequence[str] = (), limits: Limits = USUAL) -> Derived:
    """Read a derived dataset; `text` names the columns that hold its texts, where names and looks do not tell.

    Raises NotFound when there is nothing to read, BadDerived when reading it ended the process that did it, TooLarge
    beyond the limits.
    """
    folder, names, odd = _listed(path, limits)
    data = [name for name in names if _holds_rows(name)]
    if not data:
        endings = ", ".join([*FORMATS, *(f"{ending} packed as {' or '.join(PACKED)}" for ending in (".jsonl", ".csv"))])
        hint = "links are not followed: download the files themselves" if odd else f"read are {endings}"
        raise NotFound("there is no file of rows here", where=shown(path.name), hint=hint)
    files, pieces = _read(folder, data, text, limits)
    papers = read_papers(folder if path.is_dir() else None, names)
    others = [name for name in names if name not in data and not _known(name)]
    unread = {*odd, *others, *papers.unread, *(file.name for file in files if file.fault)}
    return Derived(path.resolve().name, tuple(files), tuple(sorted(unread)), papers, pieces)


def _listed(path: Path, limits: Limits) -> tuple[Path, list[str], list[str]]:
    """The folder, the names of plain files below it, and of what is none; all sorted. Raises NotFound or TooLarge."""
    if not os.path.lexists(path):
        raise NotFound("there is nothing here", where=shown(path.name), hint="name a file or a folder")
    if not path.is_dir() or path.is_symlink():
        return path.parent, *_sorted_out(path.parent, [path.name], limits)
    found: list[str] = []
    for here, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(here, name).relative_to(path).as_posix() for name in names if not name.startswith(".")]
        found += [Path(here, name).relative_to(path).as_posix() for name in folders if Path(here, name).is_symlink()]
        if len(found) > limits.files:
            raise TooLarge(f"more than {limits.files} files", where=shown(path.name), hint="name a part of the folder")
    return path, *_sorted_out(path, found, limits)


def _sorted_out(folder: Path, names: Sequence[str], limits: Limits) -> tuple[list[str], list[str]]:
    odd = {name for name in names if why_unsafe(folder / name)}
    plain = sorted(set(names) - odd)
    for name in plain:
        if (folder / name).stat().st_size > limits.file_bytes:
            raise TooLarge(f"the file has more than {limits.file_bytes} bytes", where=shown(name), hint="name a part")
    return plain, sorted(odd)


def _holds_rows(name: str) -> bool:
    path = Path(name.lower())
    if path.name in _DESCRIPTIONS or path.name.endswith(_DESCRIPTIONS_ENDING):
        return False
    *_, inner, last = ["", "", *path.suffixes]
    return last in FORMATS or (last in PACKED and inner in FORMATS and inner != ".parquet")


def _known(name: str) -> bool:
    """Whether a file without rows is of a kind that holds none."""
    path = Path(name.lower())
    return path.suffix in _NO_DATA or not path.suffix or path.name in _DESCRIPTIONS or path.suffix == ".json"


def _read(folder: Path, names: list[str], text: Sequence[str], limits: Limits) -> tuple[list[File], pl.DataFrame]:
    """Have the files read by another process, and take over what it found."""
    with tempfile.TemporaryDirectory() as out:
        job = Job(str(folder), names, list(text), asdict(limits), out)
        _run(job, limits)
        report = _report(job)
        found = Path(out, PIECES)
        pieces = pl.read_ndjson(found, schema=_PIECE) if found.stat().st_size else pl.DataFrame(schema=_PIECE)
    files = [File(entry["name"], entry["rows"], entry["fault"]) for entry in report]
    return files, pieces.with_row_index("piece").cast({"piece": pl.Int64})


def _run(job: Job, limits: Limits) -> None:
    script = Path(__file__).with_name("reading.py")
    told = orjson.dumps({**asdict(job), "path": [entry for entry in sys.path if entry]})
    command = [sys.executable, "-P", str(script)]
    try:
        done = subprocess.run(command, input=told, capture_output=True, timeout=limits.seconds, check=False)  # noqa: S603  (our own script)
    except subprocess.TimeoutExpired:
        at = _at(job)
        raise TooLarge(f"reading took more than {limits.seconds} seconds", where=at, hint="name a part of it") from None
    if done.returncode or not Path(job.out, REPORT).is_file():
        raise BadDerived(
            "the file ended the process that read it",
            where=_at(job),
            hint="it is damaged, or larger than it looks",
        )


def _report(job: Job) -> list[dict[str, Any]]:
    report = orjson.loads(Path(job.out, REPORT).read_bytes())
    if "refused" in report:
        raise TooLarge(report["refused"], where=_at(job), hint="name a part of it")
    return list(report["files"])


def _at(job: Job) -> str:
    """The file that was being read."""
    place = Path(job.out, AT)
    number = place.read_text(encoding="ascii") if place.is_file() else ""
    return shown(job.files[int(number)]) if number.isdigit() else ""
