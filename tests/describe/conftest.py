"""A small real release: Parquet files written with our schemas, and the manifest that states them."""

from __future__ import annotations

import copy
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from threadcommons.describe import render_all
from threadcommons.digest import sha256, sha256_file
from threadcommons.manifest import Manifest, manifest_of
from threadcommons.schema import arrow_schema, columns_of, features_yaml, with_features

REPOSITORY = Path(__file__).resolve().parents[2]
SUITES = REPOSITORY.parent / "shared" / "suites"

# Read when `datasets` is first imported: nothing here may reach for the network.
os.environ.update({"HF_HUB_OFFLINE": "1", "HF_UPDATE_DOWNLOAD_COUNTS": "0", "HF_HUB_DISABLE_TELEMETRY": "1"})

WHEN = datetime(2024, 5, 6, 7, 8, 9, 10, tzinfo=UTC)
MACHINE = {
    "model": "example-model 1", "provider": "example provider", "weights": "open", "routing": "direct",
    "interventions": "undisclosed", "access": "public",
}  # fmt: skip
#: (id, class, licence, language, split, extra columns)
POSTS: list[tuple[str, str, str, str | None, str, dict[str, Any]]] = [
    ("forum:1", "public-domain", "CC0-1.0", "en", "train", {"title": "What shall we cook?", "generator": MACHINE}),
    ("forum:2", "public-domain", "CC0-1.0", "de", "train", {"text": "Suppe – für alle 🍲", "parent_id": "forum:1"}),
    (
        "forum:3",
        "permissive",
        "CC-BY-4.0",
        "en",
        "train",
        {"author": "Ada", "labels": [("stance", "for"), ("theme", "food")]},
    ),
    ("forum:4", "reciprocal", "CC-BY-SA-4.0", "fr", "train", {"links": ["https://example.org/a"], "edited_at": WHEN}),
    (
        "forum:5",
        "reciprocal",
        "CC-BY-SA-4.0",
        "en",
        "test",
        {"redactions": [("email", 3, 7)], "quality_flags": ["bidi"]},
    ),
    ("quiet:1", "unknown", "NOASSERTION", None, "train", {"text": None, "gist": "Somebody asks for soup."}),
]
LICENSES: dict[str, dict[str, Any]] = {
    "CC-BY-4.0": {"name": "Creative Commons Attribution 4.0 International", "hub": "cc-by-4.0",
                  "duties": ["attribution", "notice"]},
    "CC-BY-SA-4.0": {"name": "Creative Commons Attribution Share Alike 4.0 International", "hub": "cc-by-sa-4.0",
                     "duties": ["attribution", "notice", "share-alike:works"]},
    "CC0-1.0": {"name": "Creative Commons Zero v1.0 Universal", "hub": "cc0-1.0", "duties": []},
    "NOASSERTION": {"name": "No licence known", "hub": None, "duties": []},
}  # fmt: skip
CONFIGS = [
    ("posts", "row", "Every row; text is null where it is withheld."),
    ("public_domain", "row", "Rows that ask nothing."),
    ("permissive", "row", "Rows that ask for credit."),
    ("reciprocal", "row", "Rows whose adaptations are shared alike."),
    ("conversations", "conversation", "Whole threads as messages."),
    ("credits", "credit", "Who must be credited."),
    ("ledger", "ledger", "The fate of every record."),
    ("evidence", "evidence", "Why each licence is believed."),
]


@dataclass(frozen=True)
class Release:
    folder: Path
    manifest: Manifest


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def filled(schema: str, given: dict[str, Any]) -> dict[str, Any]:
    """A row of that schema: what is given, none where a column may be null, and the emptiest value elsewhere."""
    return {
        field.name: given.get(field.name, None if field.nullable else emptiest(field.type))
        for field in arrow_schema(schema)
    }


def emptiest(kind: pa.DataType) -> Any:
    if pa.types.is_list(kind):
        return []
    return {pa.string(): "none", pa.int64(): 0, pa.bool_(): False}.get(kind, WHEN)


def row(id_: str, class_: str, license_: str, lang: str | None, extra: dict[str, Any], position: int) -> dict[str, Any]:
    withheld = class_ == "unknown"
    labels = [
        {"name": name, "value": value, "annotator": "the project", "method": "codebook 1"}
        for name, value in extra.get("labels", [])
    ]
    redactions = [
        {"kind": kind, "start": start, "length": length} for kind, start, length in extra.get("redactions", [])
    ]
    return filled("row", {
        "id": id_, "platform": id_.split(":", maxsplit=1)[0], "native_id": id_.split(":")[1], "conversation_id": id_.split(":", maxsplit=1)[0] + ":1",
        "parent_state": "present" if "parent_id" in extra else "root", "kind": "post", "position": position, "lang": lang,
        "text": f"The words of {id_}.", "text_sha256": digest(id_), "markup": "plain", "created_at": WHEN, "links": [], "media": [],
        "license": license_, "license_class": class_, "license_basis": "none" if withheld else "source",
        "license_evidence": None if withheld else "declaration", "share_alike": class_ == "reciprocal", "modified": bool(redactions),
        "release": "withheld" if withheld else "published", "source": id_.split(":", maxsplit=1)[0], "source_file": "posts.jsonl",
        "source_sha256": digest("export"), "source_offset": 100 * position, "source_length": 90, "reader": "jsonl/1",
        "merged_from": [], "n_chars": 20, "n_words": 4, "quality_flags": [], "row_sha256": digest("row" + id_),
        **extra, "labels": labels, "redactions": redactions,
    })  # fmt: skip


def tables() -> dict[str, list[dict[str, Any]]]:
    """Path -> rows of each data file."""
    found: dict[str, list[dict[str, Any]]] = {}
    for position, (id_, class_, license_, lang, split, extra) in enumerate(POSTS):
        found.setdefault(f"data/posts/{class_}/{split}-00000-of-00001.parquet", []).append(
            row(id_, class_, license_, lang, extra, position)
        )
    message = {
        "id": "forum:1",
        "parent_id": None,
        "author": None,
        "content": "Words.",
        "gist": None,
        "created_at": WHEN,
        "license": "CC0-1.0",
    }
    found["data/conversations/train-00000-of-00001.parquet"] = [
        filled("conversation", {"conversation_id": "forum:1", "platform": "forum", "licenses": ["CC-BY-4.0", "CC0-1.0"],
                                "n_posts": 2, "messages": [message, {**message, "id": "forum:2", "parent_id": "forum:1"}]})
    ]  # fmt: skip
    found["data/credits/train-00000-of-00001.parquet"] = [
        filled("credit", {"id": "forum:3", "creator": "Ada", "license": "CC-BY-4.0", "notice": "Ada, CC BY 4.0"})
    ]  # fmt: skip
    found["data/ledger/train-00000-of-00001.parquet"] = [
        filled("ledger", {"source": "forum", "file": "posts.jsonl", "length": 90, "gap_framing": 1, "fate": "row", "id": "forum:1"})
    ]  # fmt: skip
    found["data/evidence/train-00000-of-00001.parquet"] = [
        filled("evidence", {"id": "declaration", "source": "forum", "kind": "source-declaration", "who": "the forum"})
    ]  # fmt: skip
    return found


def schema_of(path: str) -> pa.Schema:
    names = {"posts": "row", "conversations": "conversation", "credits": "credit"}
    part = path.split("/")[1]
    return with_features(arrow_schema(names.get(part, part)))


def write_file(folder: Path, path: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Write one data file; its entry in the manifest."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(rows, schema=schema_of(path))
    pq.write_table(table, target, compression="zstd")
    return {
        "path": path, "bytes": target.stat().st_size, "sha256": sha256_file(target), "rows": len(rows),
        "config": path.split("/")[1], "split": target.name.split("-")[0], "num_bytes": table.nbytes,
    }  # fmt: skip


def configs_of(files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [config_of(*entry, files) for entry in CONFIGS]


def config_of(name: str, schema: str, description: str, files: list[dict[str, Any]]) -> dict[str, Any]:
    place = {"posts": "data/posts/*"}.get(
        name, f"data/posts/{name.replace('_', '-')}" if schema == "row" else f"data/{name}"
    )
    mine = [file for file in files if file["path"].startswith(place.removesuffix("*"))]
    splits = [
        {"name": split, "pattern": f"{place}/{split}-*.parquet", "files": [file["path"] for file in mine if file["split"] == split],
         "rows": sum(file["rows"] for file in mine if file["split"] == split),
         "num_bytes": sum(file["num_bytes"] for file in mine if file["split"] == split)}
        for split in sorted({file["split"] for file in mine})
    ]  # fmt: skip
    return {"name": name, "description": description, "default": name == "posts", "schema": schema, "splits": splits,
            "columns": columns_of(schema), "features": features_yaml(arrow_schema(schema))}  # fmt: skip


def counted_by(pick: Any) -> dict[Any, int]:
    counted: dict[Any, int] = {}
    for post in POSTS:
        counted[pick(post)] = counted.get(pick(post), 0) + 1
    return dict(sorted(counted.items(), key=lambda item: (item[0] is None, str(item[0]))))


def by_license() -> list[dict[str, Any]]:
    classes = {license_: class_ for _, class_, license_, *_ in POSTS}
    return [
        {"license": name, "name": LICENSES[name]["name"], "class": classes[name], "hub": LICENSES[name]["hub"], "rows": rows,
         "url": None if name == "NOASSERTION" else f"https://spdx.org/licenses/{name}",
         "published": 0 if name == "NOASSERTION" else rows, "duties": LICENSES[name]["duties"],
         "text_file": None if name == "NOASSERTION" else f"LICENSES/{name}.txt"}
        for name, rows in counted_by(lambda post: post[2]).items()
    ]  # fmt: skip


def source_of(name: str, title: str, rows: int, published: int, declared: str | None) -> dict[str, Any]:
    return {
        "source": name, "title": title, "description": f"All about {title.lower()}.", "platform": name, "format": "jsonl",
        "declared": declared, "rows": rows, "published": published, "withheld": rows - published, "records": rows + 1, "bytes": 600,
        "fates": {"row": published, "withheld": rows - published, "quarantined": 1}, "licenses": {"NOASSERTION" if declared is None else declared: rows},
        "annotations": {"license": "CC-BY-SA-4.0", "by": "the project"}, "rights_holder": "the cooks", "attribution": None,
    }  # fmt: skip


def export_of(source: str, records: int) -> dict[str, Any]:
    return {
        "source": source, "file": "posts.jsonl", "sha256": digest("export" + source), "bytes": 600, "stored": source == "forum",
        "retrieved_at": "2024-06-01T00:00:00Z" if source == "forum" else None, "origin": "the platform's own export",
        "reader": "jsonl/1", "records": records, "record_bytes": 590, "framing_bytes": 9, "blank_bytes": 1, "tail_framing": 1,
        "tail_blank": 0, "fates": {"row": records},
    }  # fmt: skip


def closures() -> dict[str, Any]:
    """What the licences allow together: one answer, many, and none."""
    part = {"license": "CC-BY-SA-4.0", "rows": 2, "class": "reciprocal"}
    clash = {"licenses": [{"license": name, "rows": 1, "examples": ["forum:4"]} for name in ("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0")],
             "split_by": "license", "groups": []}  # fmt: skip
    answers: dict[str, tuple[list[str], Any, str | None]] = {
        "posts": ([], clash, None),
        "public_domain": ([f"CC-{number}" for number in range(20)], None, None),
        "reciprocal": (["CC-BY-SA-4.0"], None, "CC-BY-SA-4.0"),
    }
    return {
        name: {"rows": 2, "licenses": [part], "collection": {"publishable": True, "database_license": database},
               "adaptation": {"allowed": allowed, "conflict": conflict}}
        for name, (allowed, conflict, database) in answers.items()
    }  # fmt: skip


def facts_of(files: list[dict[str, Any]], documents: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "dataset": {
            "name": "soup-talk", "title": "Soup Talk", "version": "1.2.3", "released": "2024-07-08",
            "description": "Conversations about soup, from two forums, with a licence on every post.",
            "creators": ["The Soup Project", "Friends of Broth"], "homepage": "https://example.org/soup",
            "contact": "Write to soup@example.org.", "keywords": ["soup", "cooking"], "tasks": ["text-generation"],
        },
        "publish": {"classes": ["public-domain", "permissive", "reciprocal"], "promise": {"reciprocal": "CC-BY-SA-4.0", "posts": "collection"}},
        "authors": {"policy": "credit"},
        "judged": {
            "privacy": {"all": {"email": "redact", "handle": "keep"}, "sources": {}},
            "dedup": {"exact": "merge", "near": "merge", "threshold": 80, "shingle": 3, "permutations": 60, "min_words": 12},
            "quality": {}, "splits": {"test": 500},
        },
        "previous": [], "by_flag": [], "by_redaction": [{"kind": "email", "rows": 1}],
        "tool": {"name": "threadcommons", "version": "0.1.0"}, "environment": {"pyarrow": "26"},
        "recipe_sha256": digest("recipe"), "schema_sha256": digest("schema"), "rows_digest": digest("rows"),
        "counts": {"rows": 6, "published": 5, "withheld": 1, "records": 8, "conversations": 2, "bytes": 1200, "exports": 2,
                   "sources": 2, "credits": 1, "evidence": 1},
        "fates": {"row": 5, "withheld": 1, "quarantined": 2}, "codes": {"record.json-syntax": 2}, "warnings": [],
        "by_source": [source_of("forum", "The forum", 5, 5, "CC0-1.0"), source_of("quiet", "The quiet corner", 1, 0, None)],
        "by_license": by_license(),
        "by_class": [{"class": name, "rows": rows, "published": rows} for name, rows in counted_by(lambda post: post[1]).items()],
        "by_language": [{"lang": name, "rows": rows} for name, rows in counted_by(lambda post: post[3]).items()],
        "by_basis": [{"basis": "none", "rows": 1}, {"basis": "source", "rows": 5}],
        "by_year": [{"year": 2024, "rows": 6}],
        "generators": [{"model": "example-model 1", "provider": "example provider", "weights": "open", "rows": 1}],
        "labels": [{"name": "stance", "values": {"for": 1}}, {"name": "theme", "values": {"food": 1}}],
        "exports": [export_of("forum", 5), export_of("quiet", 1)], "evidence_files": [], "closure": closures(),
        "configs": configs_of(files), "files": files, "documents": documents, "private": False,
        "card": {"about": "Soup is *important*.\r\n\r\nTrailing spaces stay:  \n"},
    }  # fmt: skip


def make_release(folder: Path, changes: dict[str, Any] | None = None) -> Release:
    """Write a whole release to `folder`, as a build leaves it. `changes` overwrite columns of every post."""
    found = tables()
    for path, rows in found.items():
        if path.startswith("data/posts/"):
            found[path] = [{**row, **(changes or {})} for row in rows]
    files = sorted((write_file(folder, path, rows) for path, rows in found.items()), key=lambda file: file["path"])
    notes = {f"LICENSES/{name}.txt": f"The text of {name}.\n".encode() for name in LICENSES if name != "NOASSERTION"}
    documents = {**notes, "NOTICE.md": b"# Notice\n\nAda, CC BY 4.0\n"}
    listed = [{"path": path, "bytes": len(data), "sha256": sha256(data)} for path, data in sorted(documents.items())]
    manifest = manifest_of(facts_of(files, listed))
    for path, data in {**documents, **render_all(manifest)}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return Release(folder, manifest)


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A whole release on disk; tests only read it."""
    return make_release(tmp_path_factory.mktemp("describe") / "soup-talk")


@pytest.fixture
def another_release(tmp_path: Path) -> Callable[..., Release]:
    """Makes further releases, all in folders of the same name, for tests that change or compare them."""
    made = count(1)
    return lambda **changes: make_release(tmp_path / str(next(made)) / "soup-talk", changes)


@pytest.fixture
def facts(release: Release) -> dict[str, Any]:
    """The facts of that release, to change at will."""
    return copy.deepcopy(release.manifest.facts)


@pytest.fixture(scope="session")
def naughty() -> list[str]:
    """515 strings that have broken programs before."""
    path = SUITES / "naughty-strings" / "blns.json"
    if not path.is_file():
        pytest.skip("the naughty strings are not beside the repository")
    strings: list[str] = json.loads(path.read_bytes())
    assert len(strings) == 515
    return strings


@pytest.fixture
def small(facts: dict[str, Any]) -> dict[str, Any]:
    """The same facts with one config of three columns: as much structure, quicker to render and parse."""
    config = facts["configs"][0]
    wanted = ("id", "labels", "generator")
    config["columns"] = [column for column in config["columns"] if column["name"] in wanted]
    config["features"] = [feature for feature in config["features"] if feature["name"] in wanted]
    facts["configs"] = [config]
    return facts
