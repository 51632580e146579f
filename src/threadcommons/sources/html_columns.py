"""HTML to plain text for many pages at once: those of plain paragraphs, which most are.

`html.to_text` has the last word on every page. A page of which this is sure has the same text there, and no link, no
picture and no mention. The loops are compiled; where there is too little to load them for, no page is sure.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

from .typed import worth_compiling


def plain_pages(html: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The texts of pages, and where they are surely that (bool); no page is null."""
    pages = html.to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, data = pages.buffers()
    if not worth_compiling(data.size if data else 0):
        return html, html.is_null()
    from .html_scan import plain_texts  # noqa: PLC0415  (compiled code that only those load who read much)

    places = np.frombuffer(offsets, np.int64)[pages.offset : pages.offset + len(pages) + 1]
    ends, texts, sure = plain_texts(np.frombuffer(data or b"", np.uint8), places)
    shown = pa.LargeStringArray.from_buffers(len(pages), pa.py_buffer(ends), pa.py_buffer(texts))
    return pl.Series(pl.from_arrow(shown)), pl.Series(sure)
