"""The words of one message that are its author's own.

A mail carries words of others: quoted lines, whole messages below one's own, the footer of the list. They are left out,
and so is the signature, which names and addresses its author; a mark stands for each stretch that is gone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .html import LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Sequence

Media = dict[str, str | None]

#: One level of the mark that archives put before a line that would look like the beginning of a message.
_ESCAPED: Final = re.compile(r"^>(>*From )", re.MULTILINE)
_ESCAPE: Final = ">From "
_QUOTED: Final = re.compile(r" {0,3}(?:>|\|(?= ?>))")
#: The line before a quote that says whose words follow. It ends with a colon and names a writer or an address.
_WROTE: Final = re.compile(
    r"(?:.*\b(?:wrote|writes|said|schrieb|schreibt|a écrit|écrivait|ha scritto|scrisse|escribió|escreveu|schreef|skrev|"
    r"napisał\(a\)|napisał|написал|пишет)\b.{0,80}|.*[\w.-]+(?:@| at )[\w.-]+.{0,80}):\s*",
    re.IGNORECASE,
)
#: How such a line begins when it goes on in the next one.
_SAID_WHEN: Final = re.compile(r"(?:On|Am|Le|Il|El|Em|Op|Den|W dniu) .*\d")
#: From here on there are only words of others: a message below one's own, or one that is passed on.
_THEIRS: Final = re.compile(
    r"-{2,} ?(?:Original Message|Ursprüngliche Nachricht|Message d'origine|Forwarded [Mm]essage.*|"
    r"Weitergeleitete Nachricht) ?-*\s*|Begin forwarded message:\s*"
)
#: From here on there are only words of the list's software.
_FOOTER: Final = re.compile(r"_{40,}\s*|-{4,} next part -{4,}\s*")
_REPLY_HEAD: Final = re.compile(r"(?:From|Von|De): .+")
_REPLY_SECOND: Final = re.compile(r"(?:Sent|Date|Gesendet|Datum|Envoyé|To|An): .+")
_SIGNATURE: Final = "-- "
#: What lines begin with that may be other than the author's own words.
_SUSPECT: Final = frozenset(" \t>|-_[BDFV")
_DELETED_HTML: Final = re.compile(r"\s*\[\[alternative HTML version deleted\]\]\s*")
_GONE: Final = "was scrubbed...\n"
_SCRUBBED: Final = re.compile(
    rf"(?:A non-text attachment|An embedded and charset-unspecified text) {re.escape(_GONE)}"
    r"((?:[A-Z][A-Za-z]*: .*\n?)*)"
)
_FIELD: Final = re.compile(r"^(Name|Type|URL): <?([^>\n]*)>?", re.MULTILINE)
_KINDS: Final = {"image": "image", "video": "video", "audio": "audio"}


@dataclass(frozen=True)
class Own:
    """What is left of a message: its author's words, whether others' words were in it, and files that came with it."""

    text: str
    others: bool = False
    media: tuple[Media, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing of the author's own is left."""
        return not _WORD.search(self.text) and not self.text.replace(LEFT_OUT, "").strip()


#: What neither is a blank nor may belong to a mark.
_WORD: Final = re.compile(rf"[^\s{re.escape(LEFT_OUT)}]")


def own_words(text: str) -> Own:
    """The author's own words of a plain message, and what the archive says of its attachments."""
    plain = text.replace("\r\n", "\n")
    if _ESCAPE in plain:
        plain = _ESCAPED.sub(r"\1", plain)
    lines = plain.split("\n")
    kept: list[str] = []
    others = False
    for number, line in enumerate(lines):
        if line[:1] not in _SUSPECT:
            kept.append(line)
            continue
        if _QUOTED.match(line):
            others = True
            _take_back_half(kept, line)
            _take_back(kept)
            _leave_out(kept)
        elif (theirs := _is_theirs(lines, number)) or line.rstrip("\r") == _SIGNATURE or _FOOTER.fullmatch(line):
            others = others or theirs
            _leave_out(kept)
            break
        elif not _DELETED_HTML.fullmatch(line):
            kept.append(line)
    media = tuple(_attached(found[1]) for found in _SCRUBBED.finditer(plain)) if _GONE in plain else ()
    return Own("\n".join(kept).strip("\n"), others, media)


def _is_theirs(lines: Sequence[str], number: int) -> bool:
    """Whether somebody else's message begins at this line."""
    line = lines[number]
    if _REPLY_HEAD.fullmatch(line):
        return any(_REPLY_SECOND.fullmatch(other) for other in lines[number + 1 : number + 3])
    return _THEIRS.fullmatch(line) is not None


def _take_back(kept: list[str]) -> None:
    """Drop the line, or the two, that say whose words are quoted, with blank lines behind them."""
    end = len(kept)
    while end and not kept[end - 1].strip():
        end -= 1
    begun = end > 1 and _SAID_WHEN.match(kept[end - 2])
    for lines in (2, 1) if begun else (1, 2):
        said = " ".join(kept[end - lines : end]) if end >= lines else ""
        if len(said) <= _LONGEST_SAYING and _WROTE.fullmatch(said):
            del kept[end - lines :]
            return


def _take_back_half(kept: list[str], quoted: str) -> None:
    """Drop a line that says whose words are quoted and was broken inside an address, so that the rest looks quoted."""
    before = kept[-1] if kept else ""
    broken = len(before) + len(quoted) <= _LONGEST_SAYING and _OPEN.match(before) and _CLOSED.match(quoted)
    if broken and _WROTE.fullmatch(before + quoted):
        kept.pop()


#: A line that ends within an address, and one that goes on behind it.
_OPEN: Final = re.compile(rf"{_SAID_WHEN.pattern}.*<[\w.+-]+(?:@| at )[\w.-]+$")
_CLOSED: Final = re.compile(r"> ?[^\W\d]")

#: More than anybody writes to say whose words follow.
_LONGEST_SAYING: Final = 240


def _leave_out(kept: list[str]) -> None:
    """One mark for a stretch; blank lines between two stretches belong to them."""
    while len(kept) > 1 and not kept[-1].strip() and LEFT_OUT in kept[-2:-1]:
        kept.pop()
    if not kept or kept[-1] != LEFT_OUT:
        kept.append(LEFT_OUT)


def _attached(fields: str) -> Media:
    """What the archive says of a file that it took out. Its name is kept as the alternative text."""
    said = dict(_FIELD.findall(fields))
    kind = _KINDS.get(said.get("Type", "").partition("/")[0], "file")
    return {"type": kind, "url": said.get("URL") or None, "alt": said.get("Name") or None}
