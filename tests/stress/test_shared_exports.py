"""Every shared export taken through the real build: nothing lost, nothing out that must stay in, every row found again."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from threadcommons import api
from threadcommons.digest import sha256_file
from threadcommons.files import list_files

from ..build.conftest import Package
from .trials import EXPORTS

pytestmark = [
    pytest.mark.stress,
    pytest.mark.skipif(not EXPORTS.is_dir(), reason="the shared exports lie outside the repository"),
]

CANARIES = (b"PRIVATE-CANARY", b"DELETED-CANARY", b"OTHERS-CANARY")
#: How many rows of a source are cut from their exports again; `RECUT=1000 make stress` for the long run.
RECUT = int(os.environ.get("RECUT", "40"))
CONSENT = b"All members agreed in public on 2026-01-05."
SITE = '[reader]\nsite = "forum.example.org"\n'
COLUMNS = 'columns = ["id", "thread", "reply_to", "user", "created", "lang", "license", "body"]\n'
TABLE = """[reader]
layout = "{layout}"
{columns}[mapping]
native_id = "id"
conversation = "thread"
parent = "reply_to"
author = "user"
text = "body"
created_at = {{column = "created", unit = "s"}}
"""
#: Source -> format, files among the shared exports, and what source.toml says besides.
SOURCES = {
    "bluesky": ("bluesky", "bluesky/synthetic/*", ""),
    "bluesky-real": ("bluesky", "bluesky/real/*.json", ""),
    "chat-messages": ("chat", "openai-messages/*.json*", ""),
    "chat-dummy": ("chat", "sharegpt/dummy_conversation.json", ""),
    "chat-sharegpt": ("chat", "sharegpt/synthetic_variants.json", ""),
    "convokit": ("convokit", "convokit/corpus/utterances.jsonl", ""),
    "discord": ("discord", "discord/*.json", "consent"),
    "discourse": ("discourse", "discourse/synthetic/*.json", SITE),
    "github": ("github", "github/*.json", ""),
    "github-backup": ("github", "github/backup/**/*.json", ""),
    "gitter": ("gitter", "gitter/*.tsv", ""),
    "hackernews": ("hackernews", "hn/*.json*", ""),
    "irc": ("irc", "irc/**/*.txt", ""),
    "jetstream": ("jetstream", "jetstream/*.jsonl", ""),
    "lemmy": ("lemmy", "lemmy/1.0/*.json", ""),
    "mastodon-api": ("mastodon-api", "mastodon-api/synthetic/*.json", ""),
    "mastodon": ("mastodon-archive", "mastodon-archive/archive/*.json", ""),
    "mastodon-packed": ("mastodon-archive", "mastodon-archive/*.tar.gz", ""),
    "mbox": ("mbox", "mbox/*.mbox", ""),
    "pipermail": ("mbox", "mbox/2*", ""),
    "reddit": ("reddit", "pushshift/*.ndjson", ""),
    "reddit-packed": ("reddit", "pushshift/*.zst", ""),
    "reddit-older": ("reddit", "pushshift/*.[bx]z*", ""),
    "sgd": ("sgd", "sgd/*.json", ""),
    "slack": ("slack", "slack/archive/**/*.json", "consent"),
    "slack-packed": ("slack", "slack/*.zip", "consent"),
    "stackexchange": ("stackexchange", "stackexchange/quantumcomputing.stackexchange.com/*.xml", '[reader]\nsite = "quantumcomputing.stackexchange.com"\n'),
    "stackexchange-small": ("stackexchange", "stackexchange/synthetic.example.org/*.xml", SITE),
    "table-csv": ("table", "generic/posts.utf8-bom.csv", TABLE.format(layout="csv", columns=COLUMNS)),
    "table-jsonl": ("table", "generic/posts.jsonl", TABLE.format(layout="jsonl", columns="")),
    "table-tabs": ("table", "generic/posts.headerless.tsv", TABLE.format(layout="csv", columns=COLUMNS + 'header = false\ndelimiter = "\\t"\n')),
    "telegram": ("telegram", "telegram/*.json", "consent"),
    "thread-text": ("thread-text", "copied-thread/thread.txt", ""),
    "topical-chat": ("topical-chat", "topical-chat/*.json", ""),
    "wikiconv": ("wikiconv", "wikiconv/*.jsonl", ""),
    "x-api": ("x-api", "x-v2/*.jsonl", ""),
    "x-archive": ("x-archive", "x-archive/archive/data/*.js", ""),
    "x-packed": ("x-archive", "x-archive/*.zip", ""),
    "x-older": ("x-archive", "x-archive/old-2014/**/*.js", ""),
    "x-v1": ("x-v1", "x-v1.1/tweet_parser/*.json", ""),
    "zulip": ("zulip", "zulip/**/*.json", "consent\n" + SITE),
}


def declared(package: Package, name: str) -> bool:
    """Put the exports of a source into the package, as `add` would; whether this version reads its format."""
    format_, pattern, more = SOURCES[name]
    if format_ not in {one["name"] for one in api.formats()}:
        return False
    folder = package.root / "raw" / name
    base = EXPORTS / pattern.split("*", 1)[0].rpartition("/")[0]
    files = [path for path in sorted(EXPORTS.glob(pattern)) if path.is_file()]
    assert files, pattern
    text = f'schema = 1\ntitle = "{name}"\nformat = "{format_}"\nplatform = "{name}"\n'
    if more.startswith("consent"):
        (folder / "evidence").mkdir(parents=True)
        (folder / "evidence/consent.txt").write_bytes(CONSENT)
        digest = sha256_file(folder / "evidence/consent.txt")
        text += f'[license]\n[[license.evidence]]\nid = "agreed"\nkind = "consent"\nwho = "all"\nfile = "evidence/consent.txt"\nsha256 = "{digest}"\n'
        more = more.removeprefix("consent")
    text = text.replace("[license]", more + "[license]", 1) if "[license]" in text else text + more
    for path in files:
        target = folder / path.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        text += f'[[export]]\nfile = "{path.relative_to(base).as_posix()}"\nsha256 = "{sha256_file(path)}"\nbytes = {path.stat().st_size}\n'
    (folder / "source.toml").write_text(text, encoding="utf-8")
    return True


def leaks(package: Package) -> set[tuple[str, str]]:
    """Files of the build, caches included, with a word that may never come out; compressed ones are looked into."""
    found = set()
    for path in list_files(package.root / "build"):
        data = repr(pq.read_table(path).to_pylist()).encode() if path.suffix == ".parquet" else path.read_bytes()
        found |= {(path.relative_to(package.root).as_posix(), word.decode()) for word in CANARIES if word in data}
    return found


@pytest.mark.parametrize("name", SOURCES)
def test_a_shared_export_becomes_a_release(name, tmp_path):
    package = Package(tmp_path / "package")
    package.recipe("record_bytes = 4096", "record_bytes = 16777216")
    package.recipe("depth = 32", "depth = 64")
    package.recipe("rows = 8", "rows = 100000")
    package.recipe("row_group = 4", "row_group = 1000")
    if not declared(package, name):
        pytest.skip("no reader for it yet")
    package.source("ours", [{"native_id": "a", "kind": "post", "markup": "plain", "text": "Soup.", "license": "CC0-1.0"}])
    release = package.build().path
    manifest = api.manifest(release)
    lost = sum(abs(one["bytes"] - one["record_bytes"] - one["framing_bytes"] - one["blank_bytes"]) for one in manifest["exports"])
    fateless = sum(abs(one["records"] - sum(one["fates"].values())) for one in manifest["exports"])
    assert (lost, fateless) == (0, 0)
    assert not leaks(package)
    rows = pl.read_parquet(sorted((release / "data/posts").glob("*/*.parquet"))).filter(pl.col("source") == name)
    ids = rows["id"].sort().to_list()
    chosen = random.Random(7).sample(ids, min(RECUT, len(ids)))
    differing = [id_ for id_ in chosen if api.trace(release, id_, root=package.root).verdict != "same"]
    assert not differing
    print(f"\n{name}: {len(rows)} rows of {sum(e['records'] for e in manifest['exports'] if e['source'] == name)} records, {len(chosen)} traced, {lost} bytes unaccounted")


def test_a_leak_would_be_seen(tmp_path):
    package = Package(tmp_path / "package")
    package.source("ours", [{"native_id": "a", "kind": "post", "markup": "plain", "text": "PRIVATE-CANARY-1", "license": "CC0-1.0"}])
    package.build()
    assert {Path(name).suffix for name, _ in leaks(package)} >= {".parquet", ".arrow"}
