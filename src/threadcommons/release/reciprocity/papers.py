"""What a derived dataset says of itself as a whole: the licences that it states, and the people that it names.

Only what stands where programs look for it counts as a statement: the front matter of the card, a licence file, and the
`license` of a citation, Croissant or data package file. Prose is searched for names of people, licences and the
release; what it says of a licence can raise a doubt, and is never read as a statement.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl
import yaml

from ... import dedup, licensing
from ...files import open_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

#: Bytes of one paper, and of a block of YAML.
_LONGEST: Final = 4 << 20
_YAML_LONGEST: Final = 64 << 10
_FRONT_MATTER: Final = re.compile(r"\A\ufeff?---\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
#: Files that say which licence holds, and files that name people; the second also in folders below.
_LICENSE_FILE: Final = re.compile(r"(?:licen[cs]e|copying|unlicense)(?:[.-][a-z0-9.-]*)?", re.IGNORECASE)
NAMING: Final = re.compile(r"notice|credit|attribution|author|contributor|acknowledg", re.IGNORECASE)
_CARD: Final = "readme.md"
_ADDRESS: Final = re.compile(r"https?://")
_PROSE: Final = frozenset({"", ".md", ".txt", ".rst", ".cff", ".html"})
_TAG: Final = re.compile(r"SPDX-License-Identifier:[ \t]*([^\r\n*]+)")
#: How long a licence file may be to be read as a name or an address, and how like an official text a longer one is.
_SHORT: Final = 300
_ALIKE: Final = 0.75


@dataclass(frozen=True)
class Statement:
    """One statement of a licence for the dataset.

    `written` is as it stands there; `licenses` what was understood, NOASSERTION for what was not. More than one means
    that each holds for a part. One in a folder below speaks for a part, too, and nobody can tell for which.
    """

    where: str
    written: tuple[str, ...]
    licenses: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether it speaks for the whole dataset."""
        return "/" not in self.where


@dataclass(frozen=True)
class Papers:
    """The statements of a dataset and the words of its card and notices, without case and marks."""

    statements: tuple[Statement, ...] = ()
    words: str = ""
    unread: tuple[str, ...] = ()

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.words.split())

    @cached_property
    def _addresses(self) -> tuple[str, ...]:
        return tuple(sorted(word for word in self._known if _ADDRESS.match(word)))

    @cached_property
    def _hosts(self) -> frozenset[str]:
        return frozenset(host_of(address) for address in self._addresses)

    @cached_property
    def _licenses(self) -> frozenset[str]:
        return frozenset(licensing.parse(address).license for address in self._addresses)

    def says(self, phrase: str) -> bool:
        """Whether the card or a notice has these plain words, one after the other."""
        return bool(phrase) and self._known.issuperset(phrase.split()) and f" {phrase} " in self.words

    def speaks_of(self, spdx: str) -> bool:
        """Whether they name or link a licence, in whatever prose."""
        known = licensing.fact(spdx)
        return spdx in self._licenses or any(self.says(plain(name)) for name in (spdx, known.name if known else ""))

    def links_near(self, address: str) -> bool:
        """Whether they link anything on the host of an address."""
        return host_of(address) in self._hosts

    def links_to(self, name: str) -> bool:
        """Whether an address in them has this name as a part of its path."""
        part = re.compile(rf"/{re.escape(name.casefold())}(?:[/#?]|$)")
        return any(part.search(address) for address in self._addresses)


def read_papers(folder: Path | None, names: Sequence[str]) -> Papers:
    """The papers among the files `names` of a folder; a single file has none. What is odd in them raises nothing."""
    if folder is None:
        return Papers()
    statements: list[Statement] = []
    unread, words = [], []
    naming = [name for name in names if NAMING.search(Path(name).name) and Path(name).suffix.lower() in _PROSE]
    for name in sorted({*naming, *(name for name in names if _reader(name))}):
        text = _text(folder / name)
        if text is None:
            unread.append(name)
            continue
        statements += _stated(name, text)
        if name in naming or Path(name).name.lower() == _CARD:
            words.append(plain(text))
    return Papers(tuple(statements), f" {' '.join(words)} ", tuple(unread))


def _stated(name: str, text: str) -> Iterator[Statement]:
    """Statements in one file; several where it contradicts itself."""
    reader = _reader(name)
    for written in reader(text) if reader else []:
        names = tuple(dict.fromkeys(written))
        yield Statement(name, names, tuple(licensing.parse(one).license for one in names))


# -- readers: text -> the statements in it, each one name or several ------------------------------


def _card(text: str) -> list[tuple[str, ...]]:
    """`license` of the front matter; `license_name` says what `other` means."""
    block = _FRONT_MATTER.match(text)
    found = _yaml_values(block[1] if block else "", ("license", "licence", "license_name"))
    stated = [values for key, values in found if key != "license_name"]
    names = [values for key, values in found if key == "license_name"]
    return [names[0] if names and values == ("other",) else values for values in stated] or names


def _citation(text: str) -> list[tuple[str, ...]]:
    return [values for _, values in _yaml_values(text, ("license",))]


def _description(text: str) -> list[tuple[str, ...]]:
    """`license` or `licenses` of a JSON file that describes a dataset: names, addresses, or objects that have them."""
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        return []
    stated = [told.get(key) for key in ("license", "licenses")] if isinstance(told, dict) else []
    listed = [value if isinstance(value, list) else [value] for value in stated if value]
    return [names for names in (tuple(_named(one) for one in values) for values in listed) if names]


def _license_file(text: str) -> list[tuple[str, ...]]:
    tags = tuple(dict.fromkeys(tag.strip() for tag in _TAG.findall(text)))
    short = " ".join(text.split())
    return [tags or (short if len(short) <= _SHORT else license_of_text(text) or "a text of its own",)]


def _named(value: Any) -> str:
    if isinstance(value, dict):
        value = next((value[key] for key in ("@id", "name", "path", "url") if value.get(key)), "")
    return value if isinstance(value, str) else ""


_READERS: Final[dict[str, Callable[[str], list[tuple[str, ...]]]]] = {
    _CARD: _card,
    "citation.cff": _citation,
    "croissant.json": _description,
    "datapackage.json": _description,
    "dataset_info.json": _description,
}


def _reader(name: str) -> Callable[[str], list[tuple[str, ...]]] | None:
    """How a file states a licence; None for one that states none."""
    last = Path(name).name
    return _license_file if _LICENSE_FILE.fullmatch(last) else _READERS.get(last.lower())


def _yaml_values(source: str, keys: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Every value of the given keys of a mapping, also of one that stands there twice; nothing is constructed."""
    if len(source) > _YAML_LONGEST:
        return []
    try:
        node = yaml.compose(source, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return []
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    found = ((str(key.value), _scalars(value)) for key, value in pairs if isinstance(key, yaml.ScalarNode))
    return [(key, values) for key, values in found if key in keys and values]


def _scalars(node: yaml.Node) -> tuple[str, ...]:
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return tuple(str(item.value) for item in items if isinstance(item, yaml.ScalarNode) and item.value)


def host_of(address: str) -> str:
    """The host of a web address, "" where there is none."""
    return address.casefold().partition("://")[2].partition("/")[0].removeprefix("www.")


# -- texts ----------------------------------------------------------------------------------------


def license_of_text(text: str) -> str | None:
    """The licence whose official text this is, give or take a heading; None when it is nobody's."""
    official = _official()
    pairs = official.contained_in(official.ranked(dedup.shingles(dedup.tokens([text]))), _ALIKE, 1)
    alike = pairs.filter(dedup.jaccard() >= _ALIKE).sort(-dedup.jaccard(), pl.col("a"))
    return None if alike.is_empty() else _texts()[alike["a"][0]][0]


@cache
def _texts() -> list[tuple[str, str]]:
    """(SPDX id, official text), in the order of the facts."""
    known = ((spdx, licensing.full_text(spdx)) for spdx in licensing.facts())
    return [(spdx, text) for spdx, text in known if text]


@cache
def _official() -> dedup.Index:
    return dedup.index(dedup.shingles(dedup.tokens([text for _, text in _texts()])))


def plain(text: str) -> str:
    """A text without case and marks, one space between its words."""
    return str(plain_all([text])[0])


def plain_all(texts: Iterable[str]) -> pl.Series:
    """The same for many texts. A mention is the name that it mentions."""
    return dedup.normalised(dedup.tokens(texts)).str.replace_all("@", "")


def _text(path: Path) -> str | None:
    """What a paper says; None when it is too long to be one, or cannot be opened."""
    try:
        with os.fdopen(open_plain(path), "rb") as stream:
            data = stream.read(_LONGEST + 1)
    except OSError:
        return None
    return data.decode("utf-8", "replace") if len(data) <= _LONGEST else None
