"""Dataset packages made on the spot: a recipe, sources with invented posts, and real exports where they are at hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

RECIPE = """\
schema = 1

[dataset]
name = "{name}"
title = "Invented talk"
description = "Posts that nobody wrote, for tests."
version = "{version}"
released = "2026-01-31"
creators = ["The makers of these tests"]
contact = "Open an issue."

[publish]
classes = {classes}

[authors]
policy = "{policy}"

[shards]
rows = {rows}
row_group = {row_group}

[limits]
record_bytes = {record_bytes}
depth = 32
"""
DECISIONS = {
    "name": "invented-talk",
    "version": "1.2.3",
    "classes": '["public-domain", "permissive", "reciprocal"]',
    "policy": "credit",
    "rows": 25,
    "row_group": 10,
    "record_bytes": 100_000,
}


@dataclass(frozen=True)
class Source:
    """One contribution to be: its exports by name, and what `source.toml` says of them."""

    exports: dict[str, bytes]
    format: str = "jsonl"
    platform: str = "square"
    #: Declared licence, and whether evidence supports it.
    license: str | None = None
    evidence: bool = True
    #: Lines for the table of options and for the end of the top table.
    reader: dict[str, str] = field(default_factory=dict)
    more: str = ""
    #: Pointers by export; an export with pointers is not stored unless `keep` says so.
    pointers: dict[str, bytes] = field(default_factory=dict)
    keep: bool = False


def make_package(root: Path, sources: dict[str, Source], **decisions: Any) -> Path:
    """Write a dataset package below `root`; `decisions` replace those of `DECISIONS`."""
    (root / "build").mkdir(parents=True)
    (root / "raw").mkdir()
    write_recipe(root, **decisions)
    for name, source in sources.items():
        write_source(root, name, source)
    return root


def write_recipe(root: Path, **decisions: Any) -> None:
    """Write the recipe of a package, again if it is there."""
    (root / "build" / "recipe.toml").write_text(RECIPE.format(**(DECISIONS | decisions)), encoding="utf-8")


def write_source(root: Path, name: str, source: Source) -> None:
    """Write one contribution of a package, again if it is there."""
    folder = root / "raw" / name
    folder.mkdir(exist_ok=True)
    for file, data in source.exports.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if file in source.pointers:
            (folder / f"{file}.pointers.jsonl").write_bytes(source.pointers[file])
        if file not in source.pointers or source.keep:
            path.write_bytes(data)
    (folder / "source.toml").write_text(_declaration(name, source), encoding="utf-8")


def _declaration(name: str, source: Source) -> str:
    lines = [
        "schema = 1",
        f'title = "The {name}"',
        f'format = "{source.format}"',
        f'platform = "{source.platform}"',
        'signed_off_by = ["A tester <tester@example.org>"]',
        'attests = "I made these posts up and may offer them."',
        source.more,
    ]
    if source.reader:
        lines += ["[reader]", *(f"{key} = {value}" for key, value in source.reader.items())]
    if source.license:
        lines += ["[license]", f'declared = "{source.license}"']
    if source.license and source.evidence:
        lines += ["[[license.evidence]]", 'id = "said"', 'kind = "source-declaration"', 'who = "the writers"', 'url = "https://example.org/terms"']
    for file, data in sorted(source.exports.items()):
        stored = str(file not in source.pointers or source.keep).lower()
        lines += ["[[export]]", f'file = "{file}"', f'sha256 = "{sha256(data).hexdigest()}"', f"bytes = {len(data)}", f"stored = {stored}"]
    return "\n".join(lines) + "\n"


# -- invented posts ---------------------------------------------------------------------------------------------------

LICENSES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", None, "CC-BY-NC-4.0")


def post(number: int, **more: Any) -> dict[str, Any]:
    """One of many conversations of five posts each, in which each post answers the one before.

    A value of None in `more` takes a key away.
    """
    conversation, step = divmod(number, 5)
    made = {
        "native_id": f"p{number}",
        "conversation": f"c{conversation}",
        "parent": f"p{number - 1}" if step else None,
        "kind": "reply" if step else "post",
        "author": {"name": f"voice {number % 7}"},
        "title": None if step else f"About tea, part {conversation}",
        "text": f"Remark {number} \u2014 gr\u00fc\u00dfe \U0001f375 {'tea ' * (number % 4)}",
        "markup": "plain",
        "lang": ("en", "de", "fr")[number % 3],
        "created_at": f"2025-0{1 + number % 9}-11T08:{number % 60:02}:00Z",
        "url": f"https://example.org/posts/{number}",
        "license": LICENSES[number % len(LICENSES)],
    } | more
    return {key: value for key, value in made.items() if value is not None}


def lines(*values: Any) -> bytes:
    """Values as JSON lines; bytes stay as they are."""
    return b"".join((one if isinstance(one, bytes) else json.dumps(one, ensure_ascii=False).encode()) + b"\n" for one in values)


THREAD = b"""\
A kettle that sings should be allowed to choose its tune.

@kettle I disagree, mine only knows one and it is a march.
@kettle @march Then teach it another, with patience and tea.

A kettle that sings should be allowed to choose its tune.
"""


def pointers_of(data: bytes, records: list[dict[str, Any]]) -> bytes:
    """A pointers file: digests and counts are filled in, `offset` and `length` say where."""
    whole = []
    for record in records:
        text = data[record["offset"] : record["offset"] + record["length"]]
        counts = {"n_chars": len(text.decode()), "n_words": len(text.split()), "kind": "post"} if record["what"] == "post" else {}
        whole.append(counts | {"text_sha256": sha256(text).hexdigest()} | record)
    return lines(*whole)


def small(count: int = 60) -> dict[str, Source]:
    """Three sources that meet every fate and need several tasks, several shards and all three kinds of reading."""
    letters = [post(number) for number in range(count)]
    broken = [b'{"native_id": "broken"', b'{"kind": "post", "markup": "plain", "text": "x", "colour": 1}', b"\xff\xfe", b""]
    notes = [post(number, native_id=f"n{number}", conversation=None, parent=None, license=None) for number in range(12)]
    first = THREAD.index(b"\n")
    again = THREAD.rindex(b"A kettle")
    places = [
        {"offset": 0, "length": first, "what": "post", "gist": "Kettles should be free."},
        {"offset": again, "length": first, "what": "repeat", "of": 0},
    ]
    return {
        "letters": Source({"letters.jsonl": lines(*letters, letters[7], post(8, text="something else"), *broken)}),
        "notes": Source({"notes.jsonl": lines(*notes), "more.jsonl": lines(post(90, parent="p0"))}, platform="drawer", license="CC0-1.0"),
        "pasted": Source({"thread.txt": THREAD}, format="thread-text", platform="town", pointers={"thread.txt": pointers_of(THREAD, places)}),
    }  # fmt: skip


def stack_exchange(exports: Path) -> dict[str, Source]:
    """A source for each site whose dump lies in `exports`."""
    return {
        site.name.split(".")[0]: Source(
            {path.name: path.read_bytes() for path in sorted(site.glob("*.xml"))},
            format="stackexchange",
            platform="stackexchange",
            reader={"site": f'"{site.name}"'},
        )
        for site in sorted(exports.iterdir())
        if site.is_dir()
    }
