"""What a manifest must look like before anything in it is followed.

A damaged or forged manifest can still be canonical JSON. This is only what the checks rely on, so that each
of them may take it for granted; that the values are *true* is for the checks to say.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from ..findings import Finding, Place
from ..manifest import NAME
from ..model import FATES
from ..schema.declare import SCHEMAS
from ..schema.judge import Judge, judge_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..manifest import Manifest

_Node = dict[str, Any]


def _object(**keys: _Node) -> _Node:
    """An object that has at least these keys."""
    return {"type": "object", "required": sorted(keys), "properties": keys}


def _list(items: _Node) -> _Node:
    return {"type": "array", "items": items}


def _map(values: _Node) -> _Node:
    return {"type": "object", "additionalProperties": values}


_ANY: Final[_Node] = {"type": "object"}
_TEXT: Final[_Node] = {"type": "string"}
_MAYBE_TEXT: Final[_Node] = {"type": ["string", "null"]}
_FLAG: Final[_Node] = {"type": "boolean"}
_COUNT: Final[_Node] = {"type": "integer", "minimum": 0}
_SHA256: Final[_Node] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
#: No empty part, none that begins with a dot: such a name cannot lead out of the folder or hide in it.
_PATH: Final[_Node] = {
    "type": "string",
    "pattern": "^[A-Za-z0-9][A-Za-z0-9._+-]*(/[A-Za-z0-9][A-Za-z0-9._+-]*)*$",
}
_FATES: Final[_Node] = {
    "type": "object",
    "propertyNames": {"enum": list(FATES)},
    "additionalProperties": _COUNT,
}
_STORED: Final = {"path": _PATH, "bytes": _COUNT, "sha256": _SHA256}
_SPLIT: Final = _object(name=_TEXT, pattern=_TEXT, files=_list(_PATH), rows=_COUNT, num_bytes=_COUNT)

SHAPE: Final[_Node] = _object(
    dataset=_object(name=_TEXT, title=_TEXT, description=_TEXT, version=_TEXT, released=_TEXT),
    publish=_object(classes=_list(_TEXT), promise=_map(_TEXT), choices=_map(_TEXT)),
    environment=_map(_TEXT),
    schema_sha256=_SHA256,
    content_digest=_SHA256,
    rows_digest=_SHA256,
    counts=_map(_COUNT),
    fates=_FATES,
    codes=_map(_COUNT),
    warnings=_map(_COUNT),
    by_source=_list(_object(source=_TEXT, rows=_COUNT, fates=_FATES, licenses=_map(_COUNT))),
    by_license=_list(_object(license=_TEXT, rows=_COUNT, published=_COUNT)),
    by_class=_list(_object(rows=_COUNT, published=_COUNT)),
    by_language=_list(_object(lang=_MAYBE_TEXT, rows=_COUNT)),
    by_basis=_list(_object(basis=_TEXT, rows=_COUNT)),
    by_flag=_list(_object(flag=_TEXT, rows=_COUNT)),
    by_redaction=_list(_object(kind=_TEXT, rows=_COUNT)),
    judged=_object(privacy=_ANY, dedup=_ANY, quality=_ANY, splits=_map(_COUNT)),
    authors=_object(policy=_TEXT),
    by_year=_list(_object(rows=_COUNT)),
    generators=_list(_object(rows=_COUNT)),
    labels=_list(_object(name=_TEXT, values=_map(_COUNT))),
    exports=_list(
        _object(
            source=_TEXT, file=_TEXT, sha256=_SHA256, bytes=_COUNT, stored=_FLAG, reader=_TEXT, records=_COUNT,
            record_bytes=_COUNT, framing_bytes=_COUNT, blank_bytes=_COUNT, tail_framing=_COUNT, tail_blank=_COUNT,
            fates=_FATES,
        )
    ),
    evidence_files=_list(_object(source=_TEXT, file=_TEXT, sha256=_SHA256, bytes=_COUNT)),
    configs=_list(_object(name=_TEXT, default=_FLAG, schema={"enum": list(SCHEMAS)}, splits=_list(_SPLIT))),
    closure=_map({"type": "object"}),
    files=_list(_object(**_STORED, rows=_COUNT, num_bytes=_COUNT, config=_TEXT, split=_TEXT)),
    documents=_list(_object(**_STORED)),
    private=_FLAG,
)  # fmt: skip


def misshapen(manifest: Manifest) -> Iterator[Finding]:
    """What keeps the manifest from being followed; nothing when its shape is right."""
    if not _judge().accepts(manifest.facts):
        for fault in _judge().faults(manifest.facts):
            yield Finding("release.not-a-release", Place(file=NAME, pointer=fault.pointer), fault.detail)


@cache
def _judge() -> Judge:
    return judge_of(SHAPE, "manifest")
