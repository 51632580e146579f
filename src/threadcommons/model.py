"""The nouns that every floor shares. Frozen values, no behaviour beyond what they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from .archives import Member

Fate = Literal["row", "withheld", "duplicate", "quarantined", "excluded", "withdrawn"]
FATES: Final[tuple[Fate, ...]] = ("row", "withheld", "duplicate", "quarantined", "excluded", "withdrawn")

LICENSE_CLASSES: Final = (
    "public-domain",
    "permissive",
    "reciprocal",
    "noncommercial",
    "noderivatives",
    "restricted",
    "unknown",
)

NOASSERTION: Final = "NOASSERTION"
#: What the ledger tells of a row that says again what it answers or quotes, or what was left out, before the ids of
#: those; none has a blank.
AGAIN: Final = "says again "
#: Rules that leave out what has no words, so that nobody can repeat them.
WORDLESS: Final = ("quality.empty", "quality.nothing-visible")
#: Columns that speak of the published text -> what they are where the text is withheld: told of the text as read.
AS_READ: Final = {
    "text_sha256": "read_sha256",
    "n_chars": "read_chars",
    "n_words": "read_words",
    "lang": "read_lang",
}


@dataclass(frozen=True, order=True)
class Span:
    """Bytes `[offset, offset + length)` of an export."""

    offset: int
    length: int

    @property
    def stop(self) -> int:
        """First byte after the span."""
        return self.offset + self.length


@dataclass(frozen=True)
class Export:
    """One file as the platform gave it.

    `path` is where it lies on this machine and never reaches an output; `source` and `name` are what it is
    called. A file that is not `stored` is stood for by `<name>.pointers.jsonl` beside its declaration.

    What lies inside a container is an export too, called `<container>!/<member>`: `path` is the container's, digest and
    size are those of the member's own bytes, and `container` is the digest of the file.
    """

    source: str
    name: str
    path: Path
    sha256: str
    size: int
    stored: bool = True
    retrieved_at: str | None = None
    member: Member | None = None
    container: str | None = None


@dataclass(frozen=True)
class Limits:
    """What one record may cost. Bytes and levels of nesting."""

    record_bytes: int = 16 * 1024 * 1024
    depth: int = 64


@dataclass(frozen=True)
class Defaults:
    """What a source says of all its posts, for those that say nothing themselves."""

    platform: str
    lang: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
