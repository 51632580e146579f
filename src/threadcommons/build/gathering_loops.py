"""The loops that bring texts from several parts of a column into another order."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kernels import compiled, copy_bytes, number_at


@compiled
def sizes(offsets: Any, parts: Any, within: Any, found: Any) -> None:
    """How many bytes each text has, behind a zero, so that the sums of `found` are where texts begin.

    `offsets` are the addresses of the offsets of each part; `parts` and `within` say where each text stands.
    """
    found[0] = 0
    for row in range(len(parts)):
        begins = offsets[parts[row]]
        found[row + 1] = number_at(begins, within[row] + 1) - number_at(begins, within[row])


@compiled
def letters(offsets: Any, places: Any, parts: Any, within: Any, ends: Any, out: Any) -> None:
    """Copies each text to `ends` behind the address `out`; `places` are the addresses of the letters of each part."""
    for row in range(len(parts)):
        start = places[parts[row]] + np.uint64(number_at(offsets[parts[row]], within[row]))
        copy_bytes(out + np.uint64(ends[row]), start, np.uint64(ends[row + 1] - ends[row]))
