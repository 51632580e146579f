"""Containers of exports: zip, tar, and streams compressed by gzip, bzip2, xz or zstd.

An archive of a stranger is looked at once, by a process with limits (`survey`), and read afterwards, member by member,
as streams (`open_member`, `iter_members`). Nothing is ever extracted: a member's name is data and never becomes a path.
Every byte of the file stays accounted for: it belongs to a member, to a record that says why it is not read, or to the
framing. Containers inside containers are members like others.
"""

from .facts import DEFAULT, INNER, Layer, LayerRecord, Limits, Member, Survey, from_dict
from .kinds import HEAD, STREAMS, kind
from .reading import iter_members, open_member
from .surveying import survey

__all__ = [
    "DEFAULT",
    "HEAD",
    "INNER",
    "STREAMS",
    "Layer",
    "LayerRecord",
    "Limits",
    "Member",
    "Survey",
    "from_dict",
    "iter_members",
    "kind",
    "open_member",
    "survey",
]
