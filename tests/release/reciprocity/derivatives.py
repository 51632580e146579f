"""A release of invented posts, and datasets derived from it in every way that somebody could: all from a seed.

The language is invented too, and as repetitive as a real one: words follow each other by habit, a few are everywhere, and
some posts are only what everybody says. So texts that have nothing to do with each other share many short phrases, and
finding the ones that do is no matter of looking up odd words.
"""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from threadcommons import describe
from threadcommons.build import build
from threadcommons.contributions import Answers, add
from threadcommons.manifest import Manifest, parse_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RECIPE = """\
schema = 1

[dataset]
name = "market-square"
title = "The market square"
description = "Invented posts in an invented language."
version = "1.0.0"
released = "2026-01-31"
creators = ["The makers of these tests"]
contact = "Open an issue."
homepage = "https://example.org/market-square"

[publish]
classes = ["public-domain", "permissive", "reciprocal"]

[authors]
policy = "credit"

[shards]
rows = 100000
row_group = 4096

[limits]
record_bytes = 100000
depth = 32
"""

#: How often each licence is given; the last two are withheld.
LICENSES = {"CC0-1.0": 20, "CC-BY-4.0": 30, "CC-BY-SA-4.0": 30, "CC-BY-SA-3.0": 10, "CC-BY-NC-4.0": 5, None: 5}

#: What everybody says: never evidence.
COMMON = (
    "yes", "No.", "Thanks!", "Thank you very much for your answer, it works now.", "I have the same problem, did you find a solution?",
    "+1", "This worked for me.", "Could you please post the whole error message?", "same here", "What do you mean by that?", "ありがとう", "好的，谢谢！",
)  # fmt: skip
SIGNATURE = "Sent from a small machine in my pocket, so please excuse that I am brief and that my spelling is odd"

#: Words that are everywhere.
SMALL = (
    "the", "of", "and", "to", "a", "in", "that", "it", "is", "was", "for", "on", "with", "as", "be", "at", "by", "this", "had",
    "not", "are", "but", "from", "or", "have", "an", "they", "which", "one", "you",
)  # fmt: skip


class Language:
    """Says things: each word is mostly followed by one of a few that usually follow it."""

    def __init__(self, seed: int, words: list[str], gap: str = " ", often: tuple[str, ...] = ()) -> None:
        chance = Random(seed)
        self.words, self.gap = words, gap
        self.after: dict[str, list[str]] = {}
        for word in [*words, *often]:
            self.after[word] = chance.choices(words, k=14) + (chance.choices(often, k=6) if often else [])
            chance.shuffle(self.after[word])

    def say(self, chance: Random, length: int) -> list[str]:
        said = [chance.choice(self.words)]
        while len(said) < length:
            follows = self.after[said[-1]]
            said.append(follows[min(len(follows) - 1, int(chance.expovariate(0.15)))])
        return said

    def word(self, chance: Random) -> str:
        return chance.choice(self.words)


def coined(seed: int, count: int, parts: list[str], shortest: int, longest: int) -> list[str]:
    chance = Random(seed)
    return sorted({"".join(chance.choices(parts, k=chance.randint(shortest, longest))) for _ in range(count)})


def _syllables(first: str, second: str) -> list[str]:
    return [one + two for one in first for two in second]


LANGUAGES = {
    "latin": Language(1, coined(1, 4000, _syllables("bdfgklmnprstvz", "aeiouéü"), 2, 4), often=SMALL),
    "cyrillic": Language(2, coined(2, 2500, _syllables("бвгдклмнпрст", "аеиоу"), 2, 4)),
    "han": Language(3, coined(3, 2500, [chr(0x4E00 + 7 * number) for number in range(900)], 1, 2), gap=""),
    "thai": Language(4, coined(4, 1500, _syllables("กขคงจชดตทนบปพมยรลวสห", "ะาิีุู"), 1, 2), gap=""),
}
SHARES = {"latin": 78, "cyrillic": 10, "han": 7, "thai": 5}
#: Scripts without spaces need more words to say as much as the shortest text that counts.
SHORTEST = {"latin": 13, "cyrillic": 13, "han": 30, "thai": 16}


@dataclass(frozen=True)
class Text:
    """Words of one language, and how they are put together."""

    language: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        gap = LANGUAGES[self.language].gap
        return gap.join(self.words)


@dataclass(frozen=True)
class Post:
    """A post of the release. `short` ones are what everybody says; `quotes` is the post whose words it begins with."""

    id: str
    native_id: str
    text: Text
    author: str
    url: str
    license: str | None
    short: bool = False
    quotes: str | None = None

    @property
    def published(self) -> bool:
        return self.license not in (None, "CC-BY-NC-4.0")


def _text(chance: Random) -> Text:
    language = chance.choices(list(SHARES), list(SHARES.values()))[0]
    shortest = SHORTEST[language]
    return Text(language, tuple(LANGUAGES[language].say(chance, chance.randint(shortest, 6 * shortest))))


def make_posts(count: int, seed: int = 7) -> list[Post]:
    """Posts of which some are short, some quote an earlier one, and some carry the same signature."""
    chance = Random(seed)
    posts: list[Post] = []
    for number in range(count):
        text, short, origin = _text(chance), chance.random() < 0.12, None
        if short:
            text = Text("latin", tuple(chance.choice(COMMON).split(" ")))
        elif chance.random() < 0.08 and text.language == "latin":
            text = Text("latin", (*text.words, *SIGNATURE.split(" ")))
        elif posts and chance.random() < 0.1:
            quoted = chance.choice(posts[-50:])
            if quoted.text.language == text.language and not quoted.short:
                text, origin = Text(text.language, (*quoted.text.words[:20], *text.words)), quoted.quotes or quoted.id
        license_ = chance.choices(list(LICENSES), list(LICENSES.values()))[0]
        author = f"{LANGUAGES['latin'].word(chance)} {LANGUAGES['latin'].word(chance)}"
        url = f"https://example.org/square/{number}"
        posts.append(Post(f"square:s{number}", f"s{number}", text, author, url, license_, short, origin))
    return posts


def make_release(folder: Path, posts: list[Post]) -> Path:
    """A real release of these posts; its folder."""
    (folder / "build").mkdir(parents=True)
    (folder / "build" / "recipe.toml").write_text(RECIPE)
    (folder / "raw").mkdir()
    export = folder / "posts.jsonl"
    export.write_text("".join(json.dumps(_record(post), ensure_ascii=False) + "\n" for post in posts), encoding="utf-8")
    answers = Answers(
        title="Square", platform="square", sign_off="A tester <tester@example.org>", retrieved_at="2026-01-30T12:00:00Z"
    )
    added = add(folder, [export], "square", answers, format="jsonl", stored=True)
    assert added.done, added.findings
    return build(folder, render=_render, verify=lambda _: []).path


def _render(manifest: Manifest) -> dict[str, bytes]:
    return describe.render_all(parse_manifest(manifest.data))


def _record(post: Post) -> dict[str, Any]:
    record = {
        "native_id": post.native_id, "kind": "post", "author": {"name": post.author}, "text": str(post.text), "markup": "plain",
        "created_at": "2025-03-04T05:06:07Z", "url": post.url,
    }  # fmt: skip
    return record | ({"license": post.license} if post.license else {})


# -- edits ----------------------------------------------------------------------------------------


def _places(chance: Random, words: tuple[str, ...], rate: float) -> set[int]:
    return set(chance.sample(range(len(words)), int(rate * len(words))))


def substitute(chance: Random, text: Text, rate: float) -> Text:
    """So many words are others."""
    places = _places(chance, text.words, rate)
    other = LANGUAGES[text.language].word
    return Text(text.language, tuple(other(chance) if at in places else word for at, word in enumerate(text.words)))


def delete(chance: Random, text: Text, rate: float) -> Text:
    """So many words are missing."""
    places = _places(chance, text.words, rate)
    return Text(text.language, tuple(word for at, word in enumerate(text.words) if at not in places))


def insert(chance: Random, text: Text, rate: float) -> Text:
    """So many words are new."""
    places = _places(chance, text.words, rate)
    other = LANGUAGES[text.language].word
    longer = ([word, other(chance)] if at in places else [word] for at, word in enumerate(text.words))
    return Text(text.language, tuple(word for some in longer for word in some))


def truncate(_chance: Random, text: Text, rate: float) -> Text:
    """The end is missing."""
    return Text(text.language, text.words[: len(text.words) - int(rate * len(text.words))])


def shout(_chance: Random, text: Text, _rate: float) -> Text:
    """Another case."""
    return Text(text.language, tuple(word.upper() for word in text.words))


def punctuate(chance: Random, text: Text, _rate: float) -> Text:
    """Other marks and other spaces."""
    return Text(text.language, tuple(word + chance.choice(["", ",", " -", "!\n", "...", "  "]) for word in text.words))


def mix(chance: Random, text: Text, rate: float) -> Text:
    """A third of the edits of each kind."""
    for edit in (substitute, delete, insert):
        text = edit(chance, text, rate / 3)
    return shout(chance, punctuate(chance, text, rate), rate) if rate else text


EDITS: tuple[Callable[[Random, Text, float], Text], ...] = (substitute, delete, insert, truncate, shout, punctuate, mix)

# -- derived datasets -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Situation:
    """What a derived dataset says: the licence of its card, and which columns it keeps."""

    card: str | None
    keeps: tuple[str, ...]
    #: The codes of the breaches that it commits when it takes anything that asks something.
    breaches: frozenset[str] = frozenset()


CREDITED = ("author", "url", "modified")
SITUATIONS = {
    "honest": Situation("cc-by-sa-4.0", CREDITED),
    "permissive": Situation("mit", CREDITED, frozenset({"reciprocity.share-alike"})),
    "silent": Situation(None, CREDITED),
    "noncommercial": Situation("cc-by-nc-4.0", CREDITED, frozenset({"reciprocity.share-alike"})),
    "nameless": Situation("cc-by-sa-4.0", (), frozenset({"reciprocity.credit"})),
    "collection": Situation("other", ("id", "license", *CREDITED)),
}
SHAPES = ("parquet", "jsonl", "csv", "tsv", "messages", "jsonl.gz")


@dataclass
class Truth:
    """What a derived dataset really took: ids of posts, and of those among them that are long enough to be told.

    Whoever takes a post takes the words that it quotes; when nothing else is left of it, these are what can be found.
    """

    taken: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Plan:
    """A derived dataset to make."""

    rows: int
    overlap: float
    edits: float
    situation: str
    shape: str = "parquet"
    seed: int = 1


def make_derived(folder: Path, posts: list[Post], plan: Plan) -> Truth:
    """Write a derived dataset to `folder`; what it took."""
    chance = Random(f"{plan.seed}/{plan.overlap}/{plan.edits}/{plan.situation}")
    offered = [post for post in posts if post.published]
    chance.shuffle(offered)
    truth, rows = Truth(), list[dict[str, Any]]()
    wanted = round(plan.rows * plan.overlap)
    while len(rows) < wanted and offered:
        rows.append(_taken(chance, offered, plan, truth))
    while len(rows) < (plan.rows if plan.overlap < 1 else 0):
        rows.append(_unrelated(chance, len(rows)))
    chance.shuffle(rows)
    kept = {"text", *SITUATIONS[plan.situation].keeps}
    write(
        folder,
        [{key: value for key, value in row.items() if key in kept} for row in rows],
        plan.shape,
        SITUATIONS[plan.situation].card,
    )
    return truth


def _taken(chance: Random, offered: list[Post], plan: Plan, truth: Truth) -> dict[str, Any]:
    """One row made from a post, or now and then from two or three under one licence."""
    first = offered.pop()
    posts = [first]
    if plan.edits and chance.random() < 0.1:
        alike = [post for post in offered[-30:] if post.license == first.license][: chance.randint(1, 2)]
        for post in alike:
            offered.remove(post)
        posts += alike
    edit = chance.choice(EDITS)
    texts = [str(edit(chance, post.text, plan.edits) if plan.edits else post.text) for post in posts]
    truth.taken |= {post.id for post in posts} | {post.quotes for post in posts if post.quotes}
    truth.told |= {post.id for post in posts if not post.short}
    return {
        "id": first.id, "text": "\n\n".join(texts), "author": " and ".join(post.author for post in posts),
        "url": " ".join(post.url for post in posts), "license": first.license, "modified": bool(plan.edits),
    }  # fmt: skip


def _unrelated(chance: Random, number: int) -> dict[str, Any]:
    short = chance.random() < 0.3
    text = chance.choice(COMMON) if short else str(_text(chance)) + (f" {SIGNATURE}" if chance.random() < 0.1 else "")
    return {
        "id": f"elsewhere:{number}", "text": text, "author": "somebody else", "url": f"https://example.net/{number}",
        "license": "CC0-1.0", "modified": False,
    }  # fmt: skip


def write(folder: Path, rows: list[dict[str, Any]], shape: str, card: str | None) -> None:
    """Rows as a folder of one file, with a card that states a licence or none."""
    (folder / "data").mkdir(parents=True)
    said = f"license: {card}\n" if card else ""
    (folder / "README.md").write_text(f"---\n{said}language: en\n---\n# A dataset\n\nMany texts.\n")
    WRITERS[shape](folder / "data" / f"train.{'parquet' if shape == 'messages' else shape}", rows)


def _write_parquet(path: Path, rows: list[dict[str, Any]]) -> None:
    pq.write_table(pa.Table.from_pylist(rows), path)


def _write_messages(path: Path, rows: list[dict[str, Any]]) -> None:
    """As conversations for training: a question that everybody asks, and the text as the answer."""
    asked = [{"role": "user", "content": "What do you think of this?"}]
    chats = [{"messages": [*asked, {"role": "assistant", "content": row.pop("text")}], **row} for row in rows]
    pq.write_table(pa.Table.from_pylist(chats), path)


def _lines(rows: list[dict[str, Any]]) -> Iterator[bytes]:
    yield from (json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def _write_jsonl(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_bytes(b"".join(_lines(rows)))


def _write_gzip(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_bytes(gzip.compress(b"".join(_lines(rows)), mtime=0))


def _write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), delimiter="\t" if path.suffix == ".tsv" else ",")
        writer.writeheader()
        writer.writerows(rows)


WRITERS: dict[str, Callable[[Path, list[dict[str, Any]]], None]] = {
    "parquet": _write_parquet, "messages": _write_messages, "jsonl": _write_jsonl, "jsonl.gz": _write_gzip,
    "csv": _write_table, "tsv": _write_table,
}  # fmt: skip
