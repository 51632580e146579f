"""HTML to plain text: one function for every platform that writes its posts in HTML.

What a person would see stays, in order and character for character; what surrounds it becomes white space or one
of three marks: `> ` before the lines of a quote, `- ` or `1. ` before the items of a list, a tab between the cells
of a table row. Code blocks keep their lines and indentation and get no mark. An empty line parts paragraphs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from .html_tokens import attributes_of, decoded, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .html_tokens import Token

Media = dict[str, str | None]

#: Stands where an element was left out on request.
LEFT_OUT: Final = "[…]"
#: A longer address is none that anybody could follow; the schema of a post has the same limit.
LONGEST_ADDRESS: Final = 4096
#: Quotes and lists nested deeper get no more marks, so that the text grows linearly with the page.
LONGEST_INDENT: Final = 24


class Mention(NamedTuple):
    """Somebody named in the text: the name as shown, and the address of the profile."""

    name: str
    url: str


class Text(NamedTuple):
    """A page as plain text, with what plain text cannot hold.

    `links` are the distinct addresses of links, in order, without those of mentions; `media` are objects as
    the schema of a post describes them (`type`, `url`, `alt`).
    """

    text: str
    links: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    mentions: tuple[Mention, ...] = ()


def to_text(html: str, *, base: str = "", without: frozenset[str] = frozenset()) -> Text:
    """`html` as plain text. Never raises; takes time and space linear in its length.

    Addresses that begin with one slash are completed with `base` (scheme and host, no slash at the end). The
    content of elements named in `without`, for example `blockquote`, is replaced by `LEFT_OUT`.
    """
    plain = None if without & _SIMPLE else _paragraphs(html)
    if plain is not None:
        return Text(plain)
    page, stream = _Page(base), tokens(html)
    for text, tag, attributes in stream:
        if text:
            page.text(text)
        act = _ACTS.get(tag)
        if act:
            act(page, tag, attributes)
        if tag in without:
            page.text(LEFT_OUT)
            _pass_over(stream, tag)
            _ACTS.get("/" + tag, _nothing)(page, "/" + tag, "")
    page.end_block()
    return Text("\n".join(page.lines), tuple(dict.fromkeys(page.links)), tuple(page.media), tuple(page.mentions))


#: Tags that stand for the end of a paragraph, or for nothing; most pages have no others.
_ENDS: Final = frozenset({"p", "/p"})
_SIMPLE: Final = frozenset({"p", "i", "em", "b", "strong", "code"})
_SIMPLE_TAG: Final = re.compile(rf"<(/?(?:{'|'.join(sorted(_SIMPLE))}))>")
_OTHER_TAG: Final = re.compile(rf"<(?!/?(?:{'|'.join(sorted(_SIMPLE))})>)")


def _paragraphs(html: str) -> str | None:
    """The text of a page of plain paragraphs, in the short way; None where anything else stands in it."""
    if _OTHER_TAG.search(html):
        return None
    texts = _SIMPLE_TAG.split(html)
    blocks, parts = [], []
    for text, tag in zip_longest(texts[::2], texts[1::2], fillvalue="p"):
        if text:
            parts.append(decoded(text))
        if tag in _ENDS and parts:
            blocks.append(_in_one_line(parts[0] if len(parts) == 1 else "".join(parts)))
            parts.clear()
    return "\n\n".join(filter(None, blocks))


def _pass_over(stream: Iterator[Token], tag: str) -> None:
    """Leave out everything up to the end of the element that has just begun."""
    depth = 1
    for _text, other, _attributes in stream:
        depth += (other == tag) - (other == "/" + tag)
        if not depth:
            break


#: White space that a browser shows as a space, several of it as one.
_BLANKS: Final = "\n\t\r\f"


def _in_one_line(text: str) -> str:
    """A text as a browser would show it in one line that is long enough."""
    for blank in _BLANKS:
        text = text.replace(blank, " ")
    while "  " in text:  # each round halves the runs
        text = text.replace("  ", " ")
    return text.strip(" ")


_COMMON_BLANKS: Final = ("\n", "\n\n", " ")
_NEW_LINE: Final = 1
_NEW_PARAGRAPH: Final = 2


@dataclass
class _Holder:
    """An open quote, list or item: what its lines begin with, and what the first would begin with outside."""

    tag: str
    prefix: str
    first_outside: str | None
    number: int = 1
    items: int = 0


@dataclass
class _Page:
    """Text as it is laid out: finished lines, and the parts of the block at hand.

    `first` is what the next line begins with when it opens a list item. `shared` is the depth down to which
    quotes and lists have stayed open since the last line: an empty line between blocks gets the marks of both.
    """

    base: str
    lines: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    media: list[Media] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    block: list[str] = field(default_factory=list)
    row: list[str] | None = None
    verbatim: int = 0
    holders: list[_Holder] = field(default_factory=list)
    opened: dict[str, int] = field(default_factory=dict)
    first: str | None = None
    gap: int = 0
    shared: int = 0
    player: str = "video"
    mention: tuple[str, int] | None = None

    def text(self, written: str) -> None:
        """Text between two tags. A block never begins with white space, unless it counts."""
        if self.parts or self.verbatim or written not in _COMMON_BLANKS:
            self.parts.append(decoded(written))

    # Lines

    def begin_block(self, gap: int) -> None:
        """End the block at hand and keep the next one apart, except at the very start of a list item."""
        self.end_block()
        if self.first is None:
            self.gap = max(self.gap, gap)

    def end_block(self) -> None:
        """Write the block at hand, if there is anything to be seen in it."""
        if not (self.parts or self.block or self.row):
            self.row = None
        elif self.row is not None:
            cells, self.row = [*self.row, self._collapsed()], None
            self.block = ["\t".join(cells)] if any(cells) else []
        elif self.verbatim:
            code = self._taken().replace("\r\n", "\n").replace("\r", "\n")
            self.block = code.split("\n") if code.strip("\t\n\f ") else []
        else:
            self.block.append(self._collapsed())
        if self.block:
            self._write(_without_empty_ends(self.block))
            self.block = []

    def _taken(self) -> str:
        """The parts at hand, joined; they are gone then."""
        self.end_link()
        taken = "".join(self.parts)
        self.parts.clear()
        return taken

    def _collapsed(self) -> str:
        """The parts at hand as one line."""
        return _in_one_line(self._taken())

    def _write(self, block: list[str]) -> None:
        if not block:
            return
        if self.lines and self.gap == _NEW_PARAGRAPH:
            self.lines.append(self._prefix(self.shared).rstrip(" "))
        prefix = self._prefix(len(self.holders))
        first = prefix if self.first is None else self.first
        self.lines.append(first + block[0])
        if len(block) > 1:
            empty = prefix.rstrip(" ")
            self.lines.extend(prefix + line if line else empty for line in islice(block, 1, None))
        self.first, self.gap, self.shared = None, 0, len(self.holders)

    def _prefix(self, depth: int) -> str:
        return self.holders[depth - 1].prefix if depth else ""

    # Blocks

    def part(self, gap: int) -> None:
        """Here one block ends and another begins; in a table cell there is room for one line only."""
        if self.row is None:
            self.begin_block(gap)
        else:
            self.parts.append(" ")

    def line_break(self) -> None:
        """A line break inside a block."""
        if self.verbatim or self.row is not None:
            self.parts.append("\n")
        else:
            self.block.append(self._collapsed())

    def code(self, change: int) -> None:
        """From here on white space counts, or no longer does."""
        self.begin_block(_NEW_PARAGRAPH)
        self.verbatim = max(0, self.verbatim + change)

    def begin_cell(self) -> None:
        """A cell of a table row; stray text before the first one is a line of its own."""
        if self.row is None:
            self.end_block()
            self.row = []
        else:
            self.row.append(self._collapsed())

    # Quotes and lists

    def begin_quote(self, tag: str) -> None:
        """A quote."""
        self.begin_block(_NEW_PARAGRAPH)
        self._hold(tag, "> ", "> ")

    def begin_list(self, tag: str, attributes: str) -> None:
        """A list; one inside an item follows its words without an empty line."""
        self.begin_block(_NEW_LINE if self._in_list() else _NEW_PARAGRAPH)
        if self._in_list() and self.first is None:
            self.gap = _NEW_LINE
        start = attributes_of(attributes).get("start", "")
        self._hold(tag, "", "", number=int(start) if re.fullmatch("[0-9]{1,6}", start) else 1)

    def begin_item(self, tag: str) -> None:
        """A list item, which ends the one before it."""
        self.begin_block(_NEW_LINE)
        if self.holders and self.holders[-1].tag == tag:
            self._release(tag)
        holder = self.holders[-1] if self.holders else None
        if holder and holder.items:
            self.gap = _NEW_LINE
        mark = f"{holder.number}. " if holder and holder.tag == "ol" else "- "
        if holder:
            holder.items += 1
            holder.number += 1
        self._hold(tag, mark, " " * len(mark))

    def end_holder(self, tag: str) -> None:
        """The end of a quote, list or item; one that was never begun is passed over."""
        if self.opened.get(tag):
            self.end_block()
            self._release(tag)
            self.begin_block(_NEW_LINE if self._in_list() and tag != "blockquote" else _NEW_PARAGRAPH)

    def _in_list(self) -> bool:
        return bool(self.holders) and self.holders[-1].tag != "blockquote"

    def _hold(self, tag: str, mark: str, indent: str, *, number: int = 1) -> None:
        """Put what follows into a holder: `mark` before its first line, `indent` before the others."""
        prefix = self._prefix(len(self.holders))
        self.holders.append(_Holder(tag, prefix, self.first, number))
        self.opened[tag] = self.opened.get(tag, 0) + 1
        if mark and len(prefix) + len(mark) <= LONGEST_INDENT:
            self.holders[-1].prefix = prefix + indent
            if tag == "li" or self.first is not None:
                self.first = (prefix if self.first is None else self.first) + mark

    def _release(self, tag: str) -> None:
        """Close holders up to the innermost of this kind."""
        while True:
            holder = self.holders.pop()
            self.opened[holder.tag] -= 1
            if self.first is not None:
                self.first = holder.first_outside
            if holder.tag == tag:
                break
        self.shared = min(self.shared, len(self.holders))

    # What plain text cannot hold

    def begin_link(self, attributes: str) -> None:
        """A link, or the name of somebody."""
        self.end_link()
        values = attributes_of(attributes)
        address = self._address(values.get("href", ""))
        kinds = values.get("class", "").split()
        if address and "mention" in kinds and "hashtag" not in kinds:
            self.mention = (address, len(self.parts))
        elif address:
            self.links.append(address)

    def end_link(self) -> None:
        """What was shown since a mention began is the name of the one mentioned."""
        if self.mention:
            address, start = self.mention
            self.mentions.append(Mention("".join(self.parts[start:]), address))
            self.mention = None

    def embed(self, tag: str, attributes: str) -> None:
        """A picture, film or sound. Little pictures that stand for a character are text."""
        values = attributes_of(attributes)
        self.player = _PLAYERS.get(tag, self.player)
        alt = values.get("alt")
        if alt and "emoji" in values.get("class", "").split():
            self.parts.append(alt)
        elif "src" in values:
            kind = "image" if tag == "img" else self.player
            self.media.append({"type": kind, "url": self._address(values["src"]), "alt": alt})

    def frame(self, attributes: str) -> None:
        """Another page shown inside this one."""
        address = self._address(attributes_of(attributes).get("src", ""))
        if address:
            self.links.append(address)

    def _address(self, written: str) -> str | None:
        return address_of(written, self.base)


def address_of(written: str, base: str) -> str | None:
    """An address made absolute as far as `base` allows, or None for one that is empty or too long."""
    if written.startswith("//"):
        written = "https:" + written
    elif written.startswith("/"):
        written = base + written
    return written if 0 < len(written) <= LONGEST_ADDRESS else None


def _without_empty_ends(block: list[str]) -> list[str]:
    """The lines of a block from the first to the last that is not empty."""
    if block[0] and block[-1]:
        return block
    filled = [number for number, line in enumerate(block) if line]
    return block[filled[0] : filled[-1] + 1] if filled else []


# --- What each tag does; all others stand inside a line and leave no trace. ---

_Act: TypeAlias = "Callable[[_Page, str, str], None]"
_PLAYERS: Final = {"video": "video", "audio": "audio", "picture": "image"}
#: Tags that stand between paragraphs, and between lines.
PARAGRAPHS: Final = (
    "p h1 h2 h3 h4 h5 h6 hr dl figure address article section aside header footer main nav form details"
)
LINES: Final = "div dt dd caption figcaption summary option legend fieldset"
_ROWS: Final = "tr thead tbody tfoot"


def _each(tags: str, act: _Act) -> dict[str, _Act]:
    return dict.fromkeys(tags.split(), act)


def _nothing(_page: _Page, _tag: str, _attributes: str) -> None:
    pass


def _around(tags: str, act: _Act) -> dict[str, _Act]:
    """The same at the start and at the end of an element."""
    return _each(tags, act) | _each(" ".join("/" + tag for tag in tags.split()), act)


_ACTS: Final[dict[str, _Act]] = {
    **_around(PARAGRAPHS, lambda page, _tag, _written: page.part(_NEW_PARAGRAPH)),
    **_around(LINES, lambda page, _tag, _written: page.part(_NEW_LINE)),
    **_around("table", lambda page, _tag, _written: page.begin_block(_NEW_PARAGRAPH)),
    **_around(_ROWS, lambda page, _tag, _written: page.begin_block(_NEW_LINE)),
    **_around("br", lambda page, _tag, _written: page.line_break()),
    **_each("pre", lambda page, _tag, _written: page.code(+1)),
    **_each("/pre", lambda page, _tag, _written: page.code(-1)),
    **_each("td th", lambda page, _tag, _written: page.begin_cell()),
    **_each("blockquote", lambda page, tag, _written: page.begin_quote(tag)),
    **_each("ul ol", lambda page, tag, written: page.begin_list(tag, written)),
    **_each("li", lambda page, tag, _written: page.begin_item(tag)),
    **_each("/blockquote /ul /ol /li", lambda page, tag, _written: page.end_holder(tag[1:])),
    **_each("a", lambda page, _tag, written: page.begin_link(written)),
    **_each("/a", lambda page, _tag, _written: page.end_link()),
    **_each("img video audio source picture", lambda page, tag, written: page.embed(tag, written)),
    **_each("iframe embed", lambda page, _tag, written: page.frame(written)),
}
