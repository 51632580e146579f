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
    """Files whose judgement has begun, with `begin`; what had no such start is judged by `each`, a `map`."""

    def __init__(self, begin: Begin, each: Callable[..., Iterable[Judged]]) -> None:
        #: What `verify` has to compare files by.
        self.seed = new_seed()
        self._begin, self._each = begin, each
        self._begun: dict[Path, tuple[DataFile, Callable[[], Judged]]] = {}

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
        """Begin with a file of which the manifest will say `stated`, and of whose rows a `witness` may know."""
        file = DataFile(path, stated, publish, private, self.seed, witness=witness, own=True)
        outcome = self._begin(judge_file, file)
        if outcome is not None:
            self._begun[path] = file, outcome

    def map(self, function: Callable[[DataFile], Judged], files: Sequence[DataFile], /) -> Iterator[Judged]:
        """What `function` makes of each file, in their order: `Each`, for `verify`."""
        begun = [self._outcome(function, file) for file in files]
        rest = iter(self._each(function, [file for file, outcome in zip(files, begun, strict=True) if not outcome]))
        return (outcome() if outcome else next(rest) for outcome in begun)

    def _outcome(self, function: Callable[[DataFile], Judged], file: DataFile) -> Callable[[], Judged] | None:
        if function is not judge_file:
            return None
        # Given away once: whoever compares the files takes their judgements apart.
        known, outcome = self._begun.pop(file.path, (None, None))
        return outcome if known == file else None
