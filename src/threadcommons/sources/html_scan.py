"""The compiled part of `html_columns`: one pass over the bytes of many pages, of which most are plain paragraphs.

A page is plain if it holds no tags but those of paragraphs and of emphasis, no references but those to marks that HTML
needs itself, and no white space that a browser would show in another way than it stands there.
"""

from __future__ import annotations

import sys
from typing import Any, Final

import numpy as np

from ..kernels import compiled, part

#: Tags that leave no trace, behind `<` or `</`, and references, behind `&`, with what they mean.
_TRACELESS: Final = ("i>", "em>", "b>", "strong>", "code>")
_PARAGRAPH: Final = "p>"
_REFERENCES: Final = {
    "amp;": "&", "lt;": "<", "gt;": ">", "quot;": '"', "#x27;": "'", "#39;": "'", "#x2F;": "/", "#34;": '"',
}  # fmt: skip
_LONGEST: Final = max(map(len, (*_TRACELESS, *_REFERENCES)))


def _table(words: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Words as rows of bytes (uint8), and their lengths (int64)."""
    rows = [list(word.encode().ljust(_LONGEST)) for word in words]
    return np.array(rows, np.uint8), np.array([len(word) for word in words], np.int64)


_TAGS, _TAG_SIZES = _table((_PARAGRAPH, *_TRACELESS))
_NAMES, _NAME_SIZES = _table(tuple(_REFERENCES))
_MEANT: Final = np.array([ord(mark) for mark in _REFERENCES.values()], np.uint8)
_LESS, _SLASH, _AND, _BLANK, _FEED = b"</& \n"
#: What bytes are: such as can be seen, spaces, and marks at which something is to be done.
_SEEN, _SPACE, _MARK = range(3)
_KINDS: Final = np.array(
    [_SPACE if byte == _BLANK else _MARK if byte in b"<&\n\t\r\f" else _SEEN for byte in range(256)]
)


def plain_texts(data: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offsets (int64) and bytes (uint8) of the texts of pages, and which are sure (bool); others are empty.

    Page `i` is `data[offsets[i]:offsets[i + 1]]`, in UTF-8.
    """
    ends, sure = np.zeros(len(offsets), np.int64), np.zeros(len(offsets) - 1, np.bool_)
    out = np.empty(int(offsets[-1] - offsets[0]), np.uint8)
    _scan(data, offsets, out, ends, sure)
    return ends, out[: ends[-1]], sure


def compile_all() -> None:
    """Compile what pages are read with. It is kept, so that the next process need not."""
    plain_texts(np.frombuffer(b"x", np.uint8), np.frombuffer(bytes(8) + (1).to_bytes(8, sys.byteorder), np.int64))


@compiled
def _scan(data: Any, offsets: Any, out: Any, ends: Any, sure: Any) -> None:
    for index in range(len(sure)):
        size = _page(data, offsets[index], offsets[index + 1], out[ends[index] :])
        sure[index] = size >= 0
        ends[index + 1] = ends[index] + max(size, 0)


@part
def _page(data: Any, at: Any, end: Any, out: Any) -> Any:
    """How long the text of a page is, which is written to `out`; -1 if it is not sure."""
    size, uneven = 0, 0
    # What stood last: a space, the beginning of a paragraph, which is like one, or what can be seen.
    last = _SPACE
    while at < end:
        byte = data[at]
        kind = _KINDS[byte]
        if kind != _MARK:
            uneven |= kind & last
            out[size] = byte
            size, at, last = size + 1, at + 1, kind
        elif byte == _AND:
            name = _which(data, at + 1, end, _NAMES, _NAME_SIZES)
            if name < 0:
                return -1
            out[size] = _MEANT[name]
            size, at, last = size + 1, at + 1 + _NAME_SIZES[name], _SEEN
        elif byte == _LESS:
            at += 2 if at + 1 < end and data[at + 1] == _SLASH else 1
            tag = _which(data, at, end, _TAGS, _TAG_SIZES)
            if tag < 0:
                return -1
            at += _TAG_SIZES[tag]
            if tag == 0:
                uneven |= last
                out[size], out[size + 1] = _FEED, _FEED
                size, last = size + 2, _SPACE
        else:
            return -1
    return -1 if uneven or (last and size) else size


@part
def _which(data: Any, at: Any, end: Any, words: Any, sizes: Any) -> Any:
    """The number of the word that stands at `at`; -1 for none of them."""
    for word in range(len(sizes)):
        size = sizes[word]
        if at + size <= end and _is_at(data, at, words[word], size):
            return word
    return -1


@part
def _is_at(data: Any, at: Any, word: Any, size: Any) -> Any:
    for place in range(size):
        if data[at + place] != word[place]:
            return False
    return True
