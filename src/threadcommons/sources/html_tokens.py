"""HTML cut into text and tags, and its character references resolved.

The tokens are our own rather than those of `html.parser`: that one needs quadratic time on unclosed tags and
comments, and what it makes of broken markup differs between releases of Python, so that equal input would not give
equal bytes. Ours are those of a browser, with one difference: where markup never ends, a browser hides the rest of
the page, and here it is text.
"""

from __future__ import annotations

import re
import sys
from html.entities import html5
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Text as written, and the tag after it: `/` for an end tag, the name in lower case, the attributes as written.
Token = tuple[str, str, str, str]

# Every repetition is possessive or cannot begin where the one before it could go on, so that no pattern reads the
# same characters in two ways.
_TAG: Final = re.compile(
    r"""
    <(/?)([a-zA-Z][^\t\n\f\r\ />]*+)
    ((?:
        [\t\n\f\r\ /]++
      | [^\t\n\f\r\ />=][^\t\n\f\r\ />=]*+
        (?:[\t\n\f\r\ ]*+=[\t\n\f\r\ ]*+(?:"[^"]*+"|'[^']*+'|[^\t\n\f\r\ >"'][^\t\n\f\r\ >]*+|(?=>)))?
    ){0,256})>
    | <!--(?:-?>|[\s\S]*?--!?>)                 # a comment
    | <(?:!(?!--)|\?|/(?![a-zA-Z]))[^>]*+>     # what browsers treat as one
    | (<)(?=[a-zA-Z/!?])                        # markup that never ends
    """,
    re.VERBOSE,
)
_ENDLESS: Final = 4
#: For the rest of a page after markup that never ends: there no tag holds an angle bracket, not even in quotes.
_PLAIN_TAG: Final = re.compile(r"<(/?)([a-zA-Z][^\t\n\f\r /<>]*+)([^<>]*+)>|<!--[^<>]*?-->")
_ATTRIBUTE: Final = re.compile(
    r"""
    ([^\t\n\f\r\ />=][^\t\n\f\r\ />=]*+)
    (?:[\t\n\f\r\ ]*+=[\t\n\f\r\ ]*+(?:"([^"]*+)"|'([^']*+)'|([^\t\n\f\r\ >"'][^\t\n\f\r\ >]*+))?)?
    """,
    re.VERBOSE,
)
#: Elements whose content is neither markup nor meant for people, and what ends them.
_RAW: Final = {
    tag: re.compile(rf"</{tag}(?=[\t\n\f\r />])", re.IGNORECASE) for tag in ("script", "style")
}


def tokens(html: str) -> Iterator[Token]:
    """Text and tags in order; comments, scripts and styles are left out. The last token has no tag."""
    tag, at, raw = _TAG, 0, dict(_RAW)
    while True:
        resume = None
        for match in tag.finditer(html, at):
            before = html[at : match.start()]
            at = match.end()
            if match.lastindex == _ENDLESS:
                tag, resume = _PLAIN_TAG, match.start()
                ...
