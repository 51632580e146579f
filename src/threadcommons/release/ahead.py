"""Data files of a release that is still being written, judged as soon as each of them stands.

What is judged ahead counts only for the very file that the manifest states in the end; that the file on disk is still
that one is for the inventory to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .tables import DataFile, judge_file, new_seed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from .tables import Judged

    #: Begins a function with one file: what gives the outcome, or None where nothing was begun.
    Begin = Callable[[Callable[[DataFile], Judged], DataFile], Callable[[], Judged] | None]


class Ahead:
    """Files that were told of, whose judgement has begun where `begin` could; the rest is judged by `each`, a `map`."""

    def __init__(self, begin: Begin, each: Callable[..., Iterable[Judged]]) -> None:
        #: What `verify` has to compare files by.
        self.seed = new_seed()
        self._begin, self._each = begin, each
        self._told: dict[Path, tuple[DataFile, Callable[[], Judged] | None]] = {}

    def judge(
        self,
        path: Path,
        stated: dict[str, Any],
        publish: dict[str, Any],
        /,
        *,
        private: bool,
        witness: str | None = None,
    ) -> None:
        """Begin with a file of which the manifest will say `stated`, and of whose rows a `witness` may know.

        Digests of a private copy are those of the rows without what was filled in, so they are taken in any case.
        """
        known = None if private else witness
        file = DataFile(path, stated, publish, private, self.seed, witness=known, own=True)
        self._told[path] = file, self._begin(judge_file, file)

    def map(self, function: Callable[[DataFile], Judged], files: Sequence[DataFile], /) -> Iterator[Judged]:
        """What `function` makes of each file, in their order: `Each`, for `verify`."""
        known = [self._known(function, file) for file in files]
        rest = iter(self._each(function, [file for file, outcome in known if not outcome]))
        return (outcome() if outcome else next(rest) for _, outcome in known)

    def _known(
        self, function: Callable[[DataFile], Judged], file: DataFile
    ) -> tuple[DataFile, Callable[[], Judged] | None]:
        """The file as it was told of, with all that is known of its rows, and the outcome that was begun."""
        if function is not judge_file:
            return file, None
        # Given away once: whoever compares the files takes their judgements apart.
        told, outcome = self._told.pop(file.path, (None, None))
        return (told, outcome) if told is not None and told == file else (file, None)
