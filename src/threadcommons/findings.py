"""What can be wrong with the data: one table of codes, and the value that says where.

A finding is collected, sorted and counted, never raised. `docs/findings.md` is generated from `CODES`.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Code:
    """One kind of fault: a stable name, its severity, what it means and what to do."""

    name: str
    severity: Severity
    means: str
    todo: str


@cache
def codes() -> dict[str, Code]:
    """The table of all codes, by name, in the order of `findings.toml`."""
    table = tomllib.loads(files(__package__).joinpath("findings.toml").read_text(encoding="utf-8"))
    return {
        f"{group}.{name}": Code(f"{group}.{name}", entry.get("severity", "error"), entry["means"], entry["todo"])
        for group, entries in table.items()
        for name, entry in entries.items()
    }


@dataclass(frozen=True)
class Place:
    """Where a fault is, as narrow as it is known. Offsets are bytes, lines count from 1."""

    source: str = ""
    file: str = ""
    offset: int | None = None
    line: int | None = None
    pointer: str = ""

    def sort_key(self) -> tuple[Any, ...]:
        """Order by source, file, place in the file and pointer; the unknown first."""
        return (self.source, self.file, -1 if self.offset is None else self.offset, self.line or 0, self.pointer)


@dataclass(frozen=True)
class Finding:
    """One fault in the data.

    `detail` says what was found and what would be right, without the words of a post.
    """

    code: str
    place: Place = Place()
    detail: str = ""

    def __post_init__(self) -> None:
        """A code that is not in the table would be a promise without an explanation."""
        if self.code not in codes():
            raise KeyError(f"finding code {self.code!r} is not in findings.toml")

    @property
    def severity(self) -> Severity:
        """`error` keeps the data from being built as it is; `warning` does not."""
        return codes()[self.code].severity

    @property
    def todo(self) -> str:
        """What to do about it."""
        return codes()[self.code].todo

    def as_dict(self) -> dict[str, Any]:
        """For machines: code, severity, place, detail, what it means and what to do."""
        code = codes()[self.code]
        place = {key: value for key, value in asdict(self.place).items() if value not in ("", None)}
        return {"code": self.code, "severity": code.severity, **place, "detail": self.detail,
                "means": code.means, "todo": code.todo}  # fmt: skip

    def sort_key(self) -> tuple[Any, ...]:
        """One total order for all reports."""
        return (*self.place.sort_key(), self.code, self.detail)


def in_order(findings: list[Finding]) -> list[Finding]:
    """Findings sorted by place and code, each once."""
    return sorted(set(findings), key=Finding.sort_key)
