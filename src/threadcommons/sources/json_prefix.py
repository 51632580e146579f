"""The lists of objects in the beginning of a JSON document, which may end anywhere."""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}\[\],:]|[^\s{}\[\],:"]++', re.DOTALL)
_DEEPEST: Final = 64


def lists_of_objects(start: bytes) -> dict[str, list[bytes]]:
    """The whole objects of each list that is not inside of another list, by its JSON Pointer."""
    found: dict[str, list[bytes]] = {}
    above: list[tuple[bytes, str, int]] = []  # bracket, pointer of its value, where it begins
    key, before = "", b""
    for token in _TOKEN.finditer(start):
        text = token[0]
        if text in (b"{", b"["):
            if len(above) == _DEEPEST:
                break
            parent = above[-1] if above else None
            pointer = "" if parent is None else parent[1] if parent[0] == b"[" else f"{parent[1]}/{key}"
            above.append((text, pointer, token.start()))
        elif text in (b"}", b"]") and above:
            bracket, pointer, begin = above.pop()
            listed = bracket == b"{" and [one for one, *_ in above].count(b"[") == 1 and above[-1][0] == b"["
            if listed:
                found.setdefault(pointer, []).append(start[begin : token.end()])
        elif text == b":" and before[:1] == b'"':
            key = before[1:-1].decode("utf-8", "replace").replace("~", "~0").replace("/", "~1")
        before = text
    return found
