"""What is known of a container after it was looked at, and how much looking may cost.

Plain values that travel as JSON from the process that looked to the one that asked. What comes back is believed only
as far as it adds up (`checked`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Name of the layer that comes out of a compressed tar, after the name of its file.
INNER: Final = "!/"


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a container is refused. Sizes in bytes.

    Sizes alone do not stop a bomb, and neither does the ratio: they hold together with the time.
    """

    #: Members of a container, folders included.
    members: int = 65_535
    #: Names and other descriptions of members, together.
    directory: int = 32 << 20
    #: One extended header of a tar.
    header: int = 64 << 10
    #: What comes out of one member, of one that must be held as a whole, and of all.
    member: int = 256 << 30
    whole: int = 512 << 20
    total: int = 1 << 40
    #: Beyond so many bytes, at most `ratio` times what went in may come out, of a member and of all.
    free: int = 64 << 20
    ratio: int = 200
    #: The largest window of a zstd stream. Platforms' dumps have 2^31; a decoder needs that much memory.
    window: int = 1 << 31
    #: Address space of the process that looks, the window not counted.
    memory: int = 288 << 20
    #: Seconds of CPU: so many, and one more for each `pace` bytes of the file. By the clock, `patience` times as many.
    seconds: int = 30
    pace: int = 256 << 10
    patience: int = 4

    def cpu_seconds(self, size: int) -> int:
        """CPU time for looking at a file of `size` bytes."""
        return self.seconds + size // self.pace

    def clock_seconds(self, size: int) -> int:
        """Time after which nobody waits any longer."""
        return self.patience * self.cpu_seconds(size)


DEFAULT: Final = Limits()

Fate = Literal["excluded", "quarantined"]


@dataclass(frozen=True, slots=True)
class LayerRecord:
    """A span of a layer that is not read, and why.

    `name` is the member's, escaped and cut, for showing to the owner of the file; it may say something private, so
    `detail` never repeats it.
    """

    offset: int
    length: int
    fate: Fate
    code: str
    detail: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """A run of bytes with a digest of its own: the file (suffix ""), or the tar that comes out of it (suffix "!/").

    Records stand in order and never touch each other. What is neither in a record nor in a member is framing.
    """

    suffix: str
    size: int
    sha256: str
    records: tuple[LayerRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """What can be read: `size` bytes that come out of `stored` bytes at `layer_offset` of a layer by `method`."""

    name: str
    size: int
    sha256: str
    layer: str
    layer_offset: int
    stored: int
    method: str


@dataclass(frozen=True, slots=True)
class Survey:
    """All that a container holds. `members` stand in the order of their bytes."""

    kind: str
    layers: tuple[Layer, ...]
    members: tuple[Member, ...] = ()

    @property
    def refusal(self) -> LayerRecord | None:
        """Why the file as a whole is not read, or not to its end."""
        file = self.layers[0]
        return next((record for record in file.records if record.length == file.size), None)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: mappings and lists."""
        layers = [asdict(layer) | {"records": [asdict(record) for record in layer.records]} for layer in self.layers]
        return {"kind": self.kind, "layers": layers, "members": [asdict(member) for member in self.members]}


def refused(kind: str, size: int, sha256: str, code: str, detail: str = "") -> Survey:
    """The survey of a file that is not read at all."""
    return Survey(kind, (Layer("", size, sha256, (LayerRecord(0, size, "quarantined", code, detail),)),))


def from_dict(value: Any) -> Survey:
    """The inverse of `Survey.as_dict`. Raises ValueError for anything that is not exactly of that shape."""
    given = _fields(Survey, value)
    survey = Survey(given["kind"], tuple(map(_layer, given["layers"])), tuple(map(_member, given["members"])))
    checked(survey)
    return survey


def _layer(value: Any) -> Layer:
    given = _fields(Layer, value)
    return Layer(**given | {"records": tuple(map(_record, given["records"]))})


def _record(value: Any) -> LayerRecord:
    return LayerRecord(**_fields(LayerRecord, value))


def _member(value: Any) -> Member:
    return Member(**_fields(Member, value))


def _fields(kind: type, value: Any) -> dict[str, Any]:
    """The values for a dataclass, if there is exactly one of the right type for each of its fields."""
    wanted = {name: _TYPES.get(told, list) for name, told in kind.__annotations__.items()}
    if not isinstance(value, dict) or {name: type(item) for name, item in value.items()} != wanted:
        raise ValueError("not the shape of a survey")
    if any(isinstance(item, int) and item < 0 for item in value.values()):
        raise ValueError("a size below zero")
    return value


#: What the fields of plain values are; the others are lists.
_TYPES: Final[dict[str, type]] = {"int": int, "str": str, "Fate": str}


def checked(survey: Survey) -> None:
    """ValueError unless spans lie inside their layer, apart from each other, and no member is refused as well."""
    if [layer.suffix for layer in survey.layers] not in ([""], ["", INNER]):
        raise ValueError("a container has one layer, or two")
    if any(record.fate not in get_args(Fate) for layer in survey.layers for record in layer.records):
        raise ValueError("a record has no fate")
    for layer in survey.layers:
        spans = [(record.offset, record.length) for record in layer.records]
        # The single member of a compressed stream may be what could be saved of a file that is quarantined.
        if layer.suffix or survey.kind in _DIRECTORIES:
            spans += [(m.layer_offset, m.stored) for m in survey.members if m.layer == layer.suffix and m.stored]
        if any(record.length <= 0 for record in layer.records) or not _apart(sorted(spans), layer.size):
            raise ValueError("spans of a container overlap or lie outside")
    if any(member.layer not in {layer.suffix for layer in survey.layers} for member in survey.members):
        raise ValueError("a member lies in no layer")


_DIRECTORIES: Final = ("zip", "tar")


def _apart(spans: Iterable[tuple[int, int]], size: int) -> bool:
    at = 0
    for offset, length in spans:
        if offset < at:
            return False
        at = offset + length
    return at <= size
