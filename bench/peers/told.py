"""What a peer's script tells: seconds of each step and how many posts it kept, as one line of JSON on stdout.

The scripts run in the peers' environments, so this uses the standard library alone.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Told:
    """What is found out while a script runs."""

    #: Packages whose versions count.
    packages: tuple[str, ...]
    seconds: dict[str, float] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Adds the seconds of a block to a step."""
        begun = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun

    def say(self) -> None:
        """Prints everything."""
        versions = {name: version(name) for name in self.packages}
        print(json.dumps({"seconds": self.seconds, "kept": self.kept, "versions": versions}))


def asked() -> tuple[Path, Path, Path]:
    """The arguments: a folder or file of posts, the schema of a post, an empty folder for everything that is made."""
    posts, schema, folder = map(Path, sys.argv[1:])
    return posts, schema, folder
