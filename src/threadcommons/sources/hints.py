"""Hints of many records, most of which stand in columns and become objects only where one is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np


@dataclass(frozen=True)
class Hints(Sequence[Any]):
    """One hint a record: `places` (int64) says where in `known` it stands, -1 that `others` has it by record."""

    known: Sequence[Any]
    places: np.ndarray
    others: Mapping[int, Any]

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> Hints: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return self.taken(np.arange(len(self))[index])
        place = int(self.places[index])
        return self.others[index] if place < 0 else self.known[place]

    def taken(self, records: np.ndarray) -> Hints:
        """The hints of some records (int64), in the order given."""
        places = self.places[records]
        others = {at: self.others[int(records[at])] for at in np.flatnonzero(places < 0).tolist()}
        return Hints(self.known, places, others)
