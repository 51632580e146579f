"""What a source says about the licence of its posts, and whose word that is: the `[license]` table of source.toml.

Evidence of kind `source-declaration` supports what is declared for all posts. Evidence of kind `author-statement`
is the word of authors about their own posts, and covers the posts of those whom it names. A sign-off supports no
licence: whoever passes posts on cannot license them. Where evidence supports another licence than the one that
is declared, both are taken to apply, so evidence never makes a declaration looser.

A statement can be read somewhere: in a captured file, or at least at an address. One that can be read nowhere is only
claimed. It proves nothing, and can still make a licence stricter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from .expression import parse, unknown
from .facts import NOASSERTION
from .meet import merged
from .problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: Stands for the name of an author where a statement covers every post of a source.
EVERYBODY: Final = "*"
_BY_SOURCE: Final = "source-declaration"
_BY_AUTHOR: Final = "author-statement"


class Word(NamedTuple):
    """A licence as somebody states it, the id of the evidence for it, and whether that can be read anywhere."""

    license: str
    evidence: str
    proved: bool = True


@dataclass(frozen=True)
class Declared:
    """The `[license]` table, understood."""

    #: What holds for posts that state no licence, and the id of what supports it; None where nothing does.
    license: str | None = None
    evidence: str | None = None
    scope: Literal["posts", "database"] = "posts"
    #: Author, as the export names them -> what they say about their own posts.
    authors: Mapping[str, Word] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def word_of(self, author: str | None) -> Word | None:
        """What covers the posts of an author; None where nobody stated anything about them."""
        if author is None:
            return None
        found = [word for name in (author, EVERYBODY) if (word := self.authors.get(name)) is not None]
        return _as_one(found) if found else None


def declared(table: Mapping[str, Any]) -> Declared:
    """What a `[license]` table says. Pure; a table that says nothing gives no licence and no evidence."""
    stated, entries = table.get("declared"), table.get("evidence", [])
    support = [entry for entry in entries if entry["kind"] == _BY_SOURCE]
    license_ = stated and _strictest([stated, *(entry["license"] for entry in support if "license" in entry)])
    other = [Problem("evidence.other-licence", f"{stated} is declared; together {license_}")]
    return Declared(
        license=license_,
        evidence=next((entry["id"] for entry in support if _readable(entry)), None) if stated else None,
        scope=table.get("scope", "posts"),
        authors=_authors(entries, stated),
        problems=(*(other if license_ != stated else ()), *_claimed(entries)),
    )


def ungranted(written: str) -> Problem | None:
    """Why nobody can rely on what contributors state as the licence of their own annotations; None where they can."""
    expression = parse(written)
    return Problem(expression.problem or "license.missing", written) if unknown(expression) else None


def _authors(entries: Iterable[Mapping[str, Any]], stated: str | None) -> dict[str, Word]:
    """What each author says. A statement that names nobody covers nobody."""
    said: dict[str, list[Word]] = {}
    for entry in entries:
        license_ = entry.get("license", stated)
        if entry["kind"] == _BY_AUTHOR and license_:
            for name in entry.get("authors", ()):
                said.setdefault(name, []).append(Word(license_, entry["id"], _readable(entry)))
    return {name: _as_one(words) for name, words in said.items()}


def _readable(entry: Mapping[str, Any]) -> bool:
    """Whether a statement can be read: captured, or at an address."""
    return "file" in entry or "url" in entry


def _claimed(entries: Iterable[Mapping[str, Any]]) -> Iterator[Problem]:
    """Statements that cannot be read at all, or not for sure in the words that were believed."""
    for entry in entries:
        if entry["kind"] in (_BY_SOURCE, _BY_AUTHOR) and "file" not in entry:
            code = "evidence.not-captured" if _readable(entry) else "evidence.nothing-to-read"
            yield Problem(code, f"{entry['id']}: {entry['who']}")


def _as_one(words: list[Word]) -> Word:
    """All of what is said; the evidence is that of the word which says as much as all others together.

    One proved word is enough, because all together are never looser than it.
    """
    label, proved = _strictest([word.license for word in words]), any(word.proved for word in words)
    strict = next((word for word in words if word.license == label), words[0])
    return Word(label, strict.evidence, proved)


def _strictest(stated: list[str]) -> str:
    """The meet of some statements, in the words of one that says it all.

    What is not understood stays as it is; where nothing satisfies all of them, there is no licence.
    """
    dark = [text for text in stated if not parse(text).valid]
    whole = merged(stated)
    if dark or not (whole.mergeable or any(parse(text).license == whole.license for text in stated)):
        return dark[0] if dark else NOASSERTION
    return next((text for text in stated if parse(text).license == whole.license), whole.license)
