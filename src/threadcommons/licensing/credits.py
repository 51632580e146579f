"""Who must be named, and with what words: the credit of a row, what it lacks, and the `NOTICE` of many rows.

A licence that asks for credit asks for five things: the creator, the title where there is one, where the work
came from, the licence with a link to it, and what was changed. The notice is Markdown in which nothing that a
stranger wrote can become markup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any, Final

from .classes import demands_credit
from .expression import parse
from .facts import fact
from .problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

_MARKUP: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&])")
#: An address that can stand as a link: of the web, in visible ASCII. Anything else counts as missing.
LINK: Final = r"https?://[!-~]+"
#: Characters that no address may hold as they are (RFC 3986), and an ampersand that Markdown would not leave alone.
_UNFIT: Final = re.compile(r"[\\\"<>^`{|}]")
_ENTITY: Final = re.compile(r"&(?=#?[A-Za-z0-9]+;)")
_UNSEEN: Final = "?"


@dataclass(frozen=True)
class Credit:
    """What is known for naming one row. Texts as supplied; None where the source does not say."""

    id: str
    license: str
    creator: str | None = None
    creator_url: str | None = None
    title: str | None = None
    source_url: str | None = None
    modified: bool = False
    #: How the text was changed, in our words; asked for when it was.
    change: str | None = None
    #: Credit for what it repeats or quotes, as `also` writes it.
    also: str | None = None


#: Columns of the credits table that say what is known for naming a row.
_STATED: Final = ("id", "license", "creator", "creator_url", "title", "source_url", "modified", "also")


def credit_of(entry: Mapping[str, Any]) -> Credit:
    """The credit that an entry of the credits table states; columns as in schema/credit.schema.json."""
    return Credit(**{name: entry[name] for name in _STATED}, change=CHANGED)


#: What a credit line needs -> whether a credit lacks it. The order is that of the line.
_ELEMENTS: Final[tuple[tuple[str, Callable[[Credit], bool]], ...]] = (
    ("credit.no-title", lambda credit: not credit.title),
    ("credit.no-creator", lambda credit: not credit.creator),
    ("credit.no-creator-link", lambda credit: not _linkable(credit.creator_url)),
    ("credit.no-source-link", lambda credit: not _linkable(credit.source_url)),
    ("credit.no-license-link", lambda credit: not all(url for _, url in license_links(credit.license))),
    ("credit.no-change-notice", lambda credit: credit.modified and not credit.change),
)


#: What a release can say of how it changed a text.
CHANGED: Final = "redacted or merged; the columns redactions and merged_from tell where"

#: How many quotes within quotes are credited one by one; what lies deeper is credited where it was first quoted.
FAR: Final = 32
#: Characters of the lines for others, and copies that have a line, however short these are. With what stands between
#: them, and with a row's own line, all stay below the limit of the column `attribution`.
LONGEST: Final = 32_768
MOST: Final = 8_192

#: Elements whose absence shows in a column of the credit table: code -> column. The tool itself supplies the others.
SUPPLIED: Final = {
    "credit.no-title": "title",
    "credit.no-creator": "creator",
    "credit.no-creator-link": "creator_url",
    "credit.no-source-link": "source_url",
}
#: Those among them that are addresses.
LINKS: Final = frozenset({"credit.no-creator-link", "credit.no-source-link"})


def missing_elements(credit: Credit) -> tuple[Problem, ...]:
    """What a row's credit lacks. Nothing where the licence does not ask for credit."""
    if not demands_credit(credit.license):
        return ()
    return tuple(Problem(code, credit.id, rows=1, examples=(credit.id,)) for code, lacks in _ELEMENTS if lacks(credit))


def license_links(license_: str) -> tuple[tuple[str, str], ...]:
    """The licences of an expression with their addresses: ((SPDX id, URL), ...); an address may be empty."""
    known = ((spdx, fact(spdx)) for spdx in parse(license_).ids)
    return tuple((spdx, found.url if found is not None else "") for spdx, found in known)


def credit_line(credit: Credit) -> str:
    """One line of plain text that names creator, title, origin, licence and change."""
    creator = credit.creator or "unnamed creator"
    parts = [
        f'"{_flat(credit.title)}"' if credit.title else "",
        f"by {_flat(creator)}" + (f" <{credit.creator_url}>" if _linkable(credit.creator_url) else ""),
        f"from {credit.source_url}" if _linkable(credit.source_url) else "",
        f"under {credit.license}" + "".join(f" <{url}>" for _, url in license_links(credit.license) if url),
        f"changed: {_flat(credit.change or 'not stated')}" if credit.modified else "",
    ]
    return ", ".join(part for part in parts if part)


def chain(id_: str, taken: Mapping[str, str]) -> tuple[str, ...]:
    """Those whose words a post carries, the nearest first: `taken` maps a post to the one that it quotes.

    At most one more than `FAR`: where the chain is longer, the last one's own credit tells the rest.
    """
    found: list[str] = []
    at = taken.get(id_)
    while at is not None and at != id_ and at not in found and len(found) <= FAR:
        found.append(at)
        at = taken.get(at)
    return tuple(found)


def also(own: str | None, repeats: Iterable[str | None], quoted: Sequence[tuple[str, str | None]]) -> str | None:
    """The credit that stands after a post's own line: of its repeats, then of the posts quoted, (id, line) each.

    A line is None where that post's licence asks for no credit. What would be too much is credited where it stands:
    the lines are never longer than `LONGEST` by more than such remarks.
    """
    copies = sorted({line for line in repeats if line} - {own})
    kept = _fitting(copies[:MOST], LONGEST)
    lines = [*kept, *([f"and {len(copies) - len(kept)} more copies"] if len(kept) < len(copies) else [])]
    told = _fitting([f"quoting {line}" if line else "" for _, line in quoted[:FAR]], LONGEST - sum(map(len, lines)))
    lines += told
    lines += [f"quoting further, as credited for {id_}" for id_, _ in quoted[len(told) : len(told) + 1]]
    return "; ".join(line for line in lines if line) or None


def _fitting(lines: Sequence[str], room: int) -> list[str]:
    """The first lines, as many as have room."""
    ends = accumulate(len(line) for line in lines)
    return [line for line, end in zip(lines, ends, strict=True) if end <= room]


def notice(rows: Iterable[Credit]) -> str:
    """The Markdown `NOTICE` of some rows in any order: exactly the creators of those that ask for credit."""
    return "".join(notice_lines(sorted(rows, key=_order)))


def notice_lines(rows: Iterable[Credit]) -> Iterator[str]:
    """The same, line by line in constant memory, for rows sorted by licence, creator, creator URL and id."""
    yield "# Notice\n\nWho wrote what is passed on here under licences that ask for credit.\n"
    for license_, under in groupby(rows, key=lambda row: row.license):
        if not demands_credit(license_):
            continue
        yield f"\n## {_escaped(license_)}\n\nLicence text: {_licenses(license_)}.\n"
        for (creator, url), works in groupby(under, key=lambda row: (row.creator, row.creator_url)):
            yield f"\n* {_linked(creator or 'unnamed creator', url)}\n"
            yield from (f"    * {_work(row)}\n" for row in works)


def annotated(entries: Iterable[tuple[str, str, str]]) -> str:
    """The part of a `NOTICE` that names who wrote labels and gists: (source, author, licence) of each; "" for none.

    They are the work of contributors, not of those who wrote the posts.
    """
    owing = sorted({entry for entry in entries if demands_credit(entry[2])})
    lines = [f"* {_escaped(source)}: {_escaped(by)}, under {_licenses(license_)}\n" for source, by, license_ in owing]
    return "\n## Labels and gists\n\n" + "".join(lines) if lines else ""


def _licenses(license_: str) -> str:
    """The licences of an expression, each with its link."""
    links = license_links(license_)
    return " and ".join(f"[{_escaped(spdx)}]({url})" if url else _escaped(spdx) for spdx, url in links)


def _order(row: Credit) -> tuple[str, str, str, str]:
    return (row.license, row.creator or "", row.creator_url or "", row.id)


def _work(row: Credit) -> str:
    changed = f" (changed: {_escaped(row.change or 'not stated')})" if row.modified else ""
    others = f"; also {_escaped(row.also)}" if row.also else ""
    return _linked(row.title or row.id, row.source_url) + changed + others


def _linked(words: str, url: str | None) -> str:
    return f"[{_escaped(words)}](<{_destination(url)}>)" if url is not None and _linkable(url) else _escaped(words)


def _linkable(url: str | None) -> bool:
    return url is not None and re.fullmatch(LINK, url) is not None


def _destination(url: str) -> str:
    """An address between the angle brackets of a link: it leads to the same page, and nothing in it ends the link."""
    encoded = _UNFIT.sub(lambda found: f"%{ord(found[0]):02X}", url)
    return _ENTITY.sub("&amp;", encoded)


def _escaped(words: str) -> str:
    return _MARKUP.sub(r"\\\1", _flat(words))


def _flat(words: str) -> str:
    """One line of visible characters; what cannot be seen is shown as a question mark."""
    flat = " ".join(words.split())
    return flat if flat.isprintable() else "".join(letter if letter.isprintable() else _UNSEEN for letter in flat)
