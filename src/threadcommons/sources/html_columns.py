"""HTML to plain text for many pages at once.

`html.to_text` has the last word on every page. The compiled loops say of which pages they are sure: those of plain
paragraphs, which most are, and most others as well. Where there is too little to load them for, no page is sure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from .html import Media, address_of, to_text
from .html_tokens import decoded_value
from .typed import worth_compiling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .html_layout import Laid


class Pages(NamedTuple):
    """Pages as plain text, and what each shows besides: as `html.Text` has it, without mentions."""

    text: pl.Series
    links: list[Sequence[str]]
    media: list[Sequence[Media]]


def plain_pages(html: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The texts of pages, and where they are surely that (bool): pages of plain paragraphs. No page is null."""
    data, places = _buffers(html)
    if not worth_compiling(len(data)):
        return html, html.is_null()
    from .html_scan import plain_texts  # compiled code that only those load who read much

    ends, texts, sure = plain_texts(data, places)
    return _texts(ends, texts), pl.Series(sure)


def pages(html: pl.Series, *, base: str, without: frozenset[str] = frozenset()) -> Pages:
    """What `to_text` makes of each page; none is null."""
    text, sure = plain_pages(html)
    found = Pages(text, [()] * len(html), [()] * len(html))
    others = (~sure).arg_true()
    if len(others) and without <= _KNOWN:
        found, others = _laid_out(found, html, others, base, quotes=not without)
    if not len(others):
        return found
    careful = [to_text(page, base=base, without=without) for page in html.gather(others)]
    for place, page in zip(others, careful, strict=True):
        found.links[place], found.media[place] = page.links, page.media
    return found._replace(text=found.text.scatter(others, [page.text for page in careful]))


#: What the compiled loops know how to leave out.
_KNOWN: Final = frozenset({"blockquote"})


def _laid_out(
    found: Pages, html: pl.Series, others: pl.Series, base: str, *, quotes: bool
) -> tuple[Pages, pl.Series]:
    """`found` with those of the `others` that the compiled loops can lay out, and the places of those they cannot."""
    data, places = _buffers(html.gather(others))
    if not worth_compiling(len(data)):
        return found, others
    from .html_layout import laid_out  # compiled code that only those load who read much

    laid = laid_out(data, places, quotes=quotes)
    at = others.to_list()
    for page, (links, media) in shown_on(data, laid, base).items():
        found.links[at[page]], found.media[at[page]] = tuple(links), tuple(media)
    return found._replace(text=found.text.scatter(others, _texts(laid.offsets, laid.texts))), others.filter(
        ~pl.Series(laid.sure)
    )


def shown_on(data: NDArray[np.uint8], laid: Laid, base: str) -> dict[int, tuple[dict[str, None], list[Media]]]:
    """Distinct addresses and media of pages that were laid out, by number of the page."""
    found: dict[int, tuple[dict[str, None], list[Media]]] = {}
    for page, is_picture, begin, end, *words in laid.shown.tolist():
        links, media = found.setdefault(page, ({}, []))
        address = address_of(_value(data, begin, end), base)
        if is_picture:
            media.append({"type": "image", "url": address, "alt": None if words[0] < 0 else _value(data, *words)})
        elif address:
            links[address] = None
    return found


def _value(data: NDArray[np.uint8], begin: int, end: int) -> str:
    return decoded_value(data[begin:end].tobytes().decode())


def _buffers(html: pl.Series) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes of all pages, and where each begins and ends."""
    array = html.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = array.buffers()
    places = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return np.frombuffer(data or b"", np.uint8), places


def _texts(ends: NDArray[np.int64], texts: NDArray[np.uint8]) -> pl.Series:
    shown = pa.LargeStringArray.from_buffers(len(ends) - 1, pa.py_buffer(ends), pa.py_buffer(texts))
    return pl.Series(pl.from_arrow(shown))
