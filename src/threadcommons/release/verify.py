"""Is everything in a release what its manifest says?

Three rounds: the manifest, the files, the tables. Each begins only when the one before found that there is
something to stand on. Whatever is wrong is a finding; nothing that a release could hold makes this raise.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from ..errors import BadRelease, BadUsage
from ..files import shown
from ..findings import Finding, Place, in_order
from ..manifest import NAME
from .agree import table_faults
from .balance import ledger_faults
from .captured import captured_faults
from .counts import count_faults
from .inventory import take_inventory
from .opened import open_release
from .promised import promise_faults
from .shape import misshapen
from .tables import examine, look_closely

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .inventory import Render
    from .opened import Release
    from .tables import Each, Examined

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def verify(
    release: Path,
    *,
    root_digest: str | None = None,
    render: Render | None = None,
    root: Path | None = None,
    each: Each = map,
    seed: int | None = None,
) -> list[Finding]:
    """Everything that is wrong with the release in folder `release`, in order of place; empty when nothing is.

    `root_digest` is the SHA-256 that its manifest must have: without it a release that was forged as a
    whole, descriptions and digests included, agrees with itself. `render` writes path -> bytes of the
    descriptions from a manifest; without it they are held against the bag alone. `root` is the dataset
    package that the release was built from: with it, the captured statements there are compared as well. `each`
    is a `map` that may work on several files at once. `seed` is what hashes are made with by which files are compared;
    whoever gives one has drawn it anew.

    Raises BadUsage for a root digest that is none: a part of one would say of every copy that it is not to be trusted.
    """
    wanted = None if root_digest is None else _digest_in(root_digest)
    try:
        opened = open_release(release)
    except (BadRelease, OSError) as reason:
        return [Finding("release.not-a-release", Place(file=NAME), getattr(reason, "what", str(reason)))]
    rows = partial(_rows_faults, each=each, seed=seed)
    return in_order([*_faults(opened, wanted, render, rows), *_evidence_faults(opened, root)])


def _digest_in(text: str) -> str:
    digest = text.strip().lower().removeprefix("sha256:")
    if not _DIGEST.fullmatch(digest):
        raise BadUsage(
            f"{shown(text)!r} is no SHA-256", where="root digest", hint="it has 64 hexadecimal digits; give all of them"
        )
    return digest


def _evidence_faults(release: Release, root: Path | None) -> Iterator[Finding]:
    if root is not None and not any(misshapen(release.manifest)):
        yield from captured_faults(release.manifest, root)


def _faults(
    release: Release, root_digest: str | None, render: Render | None, rows: Callable[[Release], Iterator[Finding]]
) -> Iterator[Finding]:
    manifest = release.manifest
    if root_digest is not None and root_digest != manifest.root_digest:
        yield Finding("release.root-differs", Place(file=NAME), f"it is {manifest.root_digest}")
    broken = list(misshapen(manifest))
    yield from broken
    if broken:
        return
    if manifest["private"]:
        yield Finding("release.private", Place(file=NAME))
    if not manifest["authors"].get("durable", True):
        yield Finding("privacy.key-lost", Place(file=NAME))
    inventory = take_inventory(release, render)
    yield from inventory.findings
    if not inventory.whole:
        return
    yield from rows(release)


def _rows_faults(release: Release, each: Each, seed: int | None) -> Iterator[Finding]:
    """What is wrong with rows, and between tables; these are looked at closely where they do not seem to agree."""
    examined = examine(release, each, seed)
    yield from examined.findings
    if not examined.whole or next(_compared(release, examined), None) is None:
        return
    del examined
    closely = look_closely(release, each)
    yield from closely.findings
    if closely.whole:
        yield from _compared(release, closely)


def _compared(release: Release, examined: Examined) -> Iterator[Finding]:
    for compare in _COMPARED:
        yield from compare(release.manifest, examined.frames)


#: What holds the tables against the manifest and against each other.
_COMPARED: Final = (ledger_faults, table_faults, count_faults, promise_faults)
