"""Names of members. They are data, never paths: compared and shown, not normalised, not opened, not joined."""

from __future__ import annotations

import re
from typing import Final

from ..files import shown

#: Bytes of a name, and of one part of it; no file system that an export comes from has longer ones.
LONGEST: Final = 1024
LONGEST_PART: Final = 255
#: Characters of a name that are kept for showing.
_SHOWN: Final = 255

#: Control characters, line and paragraph ends, bidi controls, and halves of surrogate pairs.
_HIDDEN: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_DRIVE: Final = re.compile(r"[A-Za-z]:")


def why_unsafe_name(name: str | None) -> str | None:
    """What is wrong with a name, or None. None stands for a name that cannot be decoded."""
    if name is None:
        return "the name is in no known encoding"
    return next((told for told, wrong in _WRONG if wrong(name)), None)


def shown_name(name: str | None) -> str:
    """A name fit for showing: escaped, and cut."""
    return shown(name[:_SHOWN]) if name else ""


_WRONG: Final = (
    ("the name is empty", lambda name: not name.strip("/")),
    ("the name is absolute", lambda name: name.startswith("/")),
    ("the name leads upwards", lambda name: ".." in name.split("/")),
    ("the name holds a backslash", lambda name: "\\" in name),
    ("the name begins with a drive", _DRIVE.match),
    ("the name holds control or bidi characters", _HIDDEN.search),
    ("the name is too long", lambda name: len(name.encode("utf-8", "surrogatepass")) > LONGEST),
    (
        "a part of the name is too long",
        lambda name: any(len(part.encode("utf-8", "surrogatepass")) > LONGEST_PART for part in name.split("/")),
    ),
)
