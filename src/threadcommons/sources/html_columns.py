"""HTML to plain text for many pages at once: those of plain paragraphs, which most are.

`html.to_text` has the last word on every page. A page of which this is sure has the same text there, and no link, no
picture and no mention.
"""

from __future__ import annotations

from typing import Final

import polars as pl

#: References that are resolved here, and what they mean.
_REFERENCES: Final = {
    "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&#39;": "'", "&#x2F;": "/", "&#34;": '"',
}  # fmt: skip
_REFERENCE: Final = "|".join(_REFERENCES)
#: Tags that leave no trace, and one that ends a paragraph.
_TRACELESS: Final = tuple(f"<{end}{tag}>" for tag in ("i", "em", "b", "strong", "code") for end in ("", "/"))
_END: Final = "<p>"
_TAG: Final = "</?(?:p|i|em|b|strong|code)>"
#: White space that a browser shows in another way, or not at all; asked one by one, which is fastest.
_UNEVEN: Final = ("\n", "\t", "\r", "\f", "  ", f" {_END}", f"{_END} ", _END + _END)


def plain_pages(html: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The text of pages, and where it is surely that; a page that is null has none and is not sure."""
    bare = html.str.replace_many([*_TRACELESS, "</p>"], [*("" for _ in _TRACELESS), _END])
    text = bare.str.replace_many([*_REFERENCES, _END], [*_REFERENCES.values(), "\n\n"])
    uneven = [bare.str.contains(one, literal=True) for one in _UNEVEN]
    uneven += [edge(one) for edge in (bare.str.starts_with, bare.str.ends_with) for one in (" ", _END)]
    sure = (
        (html.str.count_matches("<", literal=True) == html.str.count_matches(_TAG))
        & (html.str.count_matches("&", literal=True) == html.str.count_matches(_REFERENCE))
        & ~pl.any_horizontal(uneven)
    )
    return text, sure
