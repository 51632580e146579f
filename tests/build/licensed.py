"""A dataset package in which licences matter, made on the spot and built for real. Holds no tests."""

import json
import os
import tomllib

# Read when `datasets` is first imported: nothing here may reach for the network.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import polars as pl

from threadcommons import api
from threadcommons.contributions.source_file import written
from threadcommons.digest import sha256
from threadcommons.recipe import plain, recipe_of

OPEN = ("public-domain", "permissive", "reciprocal")
EVERY = (*OPEN, "noncommercial", "noderivatives", "restricted")

RECIPE = """\
schema = 1
[dataset]
name = "licensed"
title = "Licensed"
description = "Invented posts under many licences."
version = "1.0.0"
released = "2026-01-31"
creators = ["The makers of these tests"]
contact = "Open an issue."
[publish]
classes = {classes}
rules = {rules}
{publish}
[authors]
policy = "credit"
[shards]
rows = 1000
row_group = 500
[limits]
record_bytes = 65536
depth = 32
"""


def recipe_text(classes=OPEN, publish="", rules=()):
    """A recipe that publishes `classes`; `publish` are more lines of its table."""
    return RECIPE.format(classes=json.dumps(list(classes)), publish=publish, rules=json.dumps(sorted(rules)))


def recipe(classes=OPEN, publish=""):
    """The same, read."""
    return recipe_of(plain(tomllib.loads(recipe_text(classes, publish))))


def post(native_id, license_="CC0-1.0", quoted=None, **more):
    """A post by an author of its own. One that quotes carries the words of the post that it quotes."""
    words = f"> words of {quoted}\n\nand words of {native_id}" if quoted else f"words of {native_id}"
    found = {
        "native_id": native_id,
        "kind": "post",
        "markup": "plain",
        "text": words,
        "license": license_,
        "quoted": quoted,
        "author": {"name": f"Author {native_id}", "url": f"https://example.org/~{native_id}"},
        "url": f"https://example.org/{native_id}",
        "title": f"About {native_id}",
        **more,
    }
    return {key: value for key, value in found.items() if value is not None}


class Package:
    """A dataset package below a folder, and what it builds."""

    def __init__(self, root):
        self.root = root
        (root / "build/rules").mkdir(parents=True)
        (root / "raw").mkdir()
        self.recipe()

    def recipe(self, classes=OPEN, publish="", rules=None):
        """Write the recipe anew; `rules` are rule packs, file name -> text."""
        for name, text in (rules or {}).items():
            (self.root / "build/rules" / name).write_text(text)
        (self.root / "build/recipe.toml").write_text(recipe_text(classes, publish, rules or ()))

    def source(self, name, posts, *, evidence=None, **keys):
        """A source of canonical posts; `evidence` are captured statements, file name -> bytes; None takes a key away."""
        folder = self.root / "raw" / name
        (folder / "evidence").mkdir(parents=True, exist_ok=True)
        data = b"".join(json.dumps(one).encode() + b"\n" for one in posts)
        (folder / "posts.jsonl").write_bytes(data)
        for file, words in (evidence or {}).items():
            (folder / "evidence" / file).write_bytes(words)
        table = {
            "schema": 1,
            "title": f"The {name}",
            "format": "jsonl",
            "platform": name,
            "signed_off_by": ["A tester <tester@example.org>"],
            "attests": "I made these posts up and may offer them.",
            "export": [{"file": "posts.jsonl", "sha256": sha256(data), "bytes": len(data)}],
            **keys,
        }
        (folder / "source.toml").write_text(written({key: value for key, value in table.items() if value is not None}))
        return folder

    @property
    def release(self):
        """The folder of the release, built or not."""
        return self.root / "build/out/1.0.0"

    def build(self, **options):
        """Build and verify it."""
        return api.build(root=self.root, workers=1, **options)

    def check(self):
        """Findings: (code, detail) in order of place."""
        return [(finding.code, finding.detail) for finding in api.check(root=self.root).findings]

    def codes(self):
        """The codes of the findings, each once."""
        return sorted({code for code, _ in self.check()})

    def table(self, config="posts"):
        """A table of the release."""
        return pl.read_parquet(sorted(self.release.glob(f"data/{config}/**/*.parquet")))

    def rows(self):
        """The rows by their native id."""
        return {row["native_id"]: row for row in self.table().to_dicts()}
