"""Whether there is a reader for a source, and whether it can use what source.toml says to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..findings import Finding, Place
from ..sources import READERS, lacks_consent, options_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..sources import Declaration


def reader_problems(declaration: Declaration) -> Iterator[Finding]:
    """What keeps a source from being read as declared: no such reader, bad options, open questions about columns."""
    reader = READERS.get(declaration.format)
    if reader is None:
        known = ", ".join(sorted(READERS))
        yield Finding(
            "source.unknown-format",
            Place(declaration.source, "source.toml", pointer="/format"),
            f"there are {known}",
        )
        return
    if lacking := lacks_consent(declaration):
        yield lacking
    for option, problem in options_problems(reader, declaration.options):
        where = option if option.partition("/")[0] == "mapping" else f"reader/{option}"
        code = "source.mapping-open" if option.startswith("mapping/todo/") else "source.bad-option"
        yield Finding(code, Place(declaration.source, "source.toml", pointer=f"/{where}"), problem)
