"""The arrays that the loops over characters look into, from `characters.csv`, which `characters` makes.

Each line of the file tells of the code points from `first` on up to that of the next line: the bits of their classes,
above them the place of their script, and how far from them the one is that stands for them where case is ignored.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .scan import SIZE

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Characters(NamedTuple):
    """For each code point below SIZE the bits of its classes and script, and its small form."""

    classes: NDArray[np.uint32]
    folds: NDArray[np.uint32]


@cache
def characters() -> Characters:
    """What is known of all code points."""
    lines = files(__package__).joinpath("characters.csv").read_text(encoding="ascii").split()[1:]
    first, kinds, away = zip(*(line.split(",") for line in lines), strict=True)
    begins = np.array([int(point, 16) for point in first], dtype=np.int64)
    runs = np.diff(begins, append=SIZE)
    classes = np.array([int(bits, 16) for bits in kinds], dtype=np.uint32).repeat(runs)
    folds = np.arange(SIZE, dtype=np.int32) + np.array(away, dtype=np.int32).repeat(runs)
    return Characters(classes, folds.astype(np.uint32))
