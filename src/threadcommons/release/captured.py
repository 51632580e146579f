"""Are the captured statements that licences rest on still there, and still the ones that the release was built on?

A release carries their digests, not the statements themselves: those stay with the dataset package.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..digest import sha256_file
from ..files import shown, why_unsafe
from ..findings import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..manifest import Manifest


#: A source and a captured statement in it, as source.toml may name them; nothing else is looked up.
_NAMED: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}/evidence/[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def captured_faults(manifest: Manifest, root: Path) -> Iterator[Finding]:
    """Evidence files of the manifest that the dataset package at `root` does not have, or has differently."""
    for entry in manifest["evidence_files"]:
        name = f"{entry['source']}/{entry['file']}"
        place, path = Place(shown(entry["source"]), shown(entry["file"])), root / "raw" / name
        if not _NAMED.fullmatch(name) or not path.is_file() or why_unsafe(path):
            yield Finding("evidence.file-missing", place, f"a file with sha256 {entry['sha256']} was here")
        elif (digest := sha256_file(path)) != entry["sha256"]:
            yield Finding("evidence.file-changed", place, f"sha256 is {digest}; {entry['sha256']} is right")
