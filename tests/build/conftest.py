"""A small dataset package that meets every fate, made on the spot and built for real."""

import json

import polars as pl
import pytest

from threadcommons import api
from threadcommons.digest import sha256

RECIPE = """\
schema = 1
[dataset]
name = "small"
title = "Small"
description = "Invented posts."
version = "1.0.0"
released = "2026-01-31"
creators = ["The makers of these tests"]
contact = "Open an issue."
[publish]
classes = ["public-domain", "permissive", "reciprocal"]
[authors]
policy = "credit"
[shards]
rows = {rows}
row_group = {row_group}
[limits]
record_bytes = 4096
depth = 32
"""


def post(native_id, text, license_="CC0-1.0", **more):
    """One canonical post; a licence of None leaves the key out."""
    stated = {"license": license_} if license_ else {}
    return {"native_id": native_id, "kind": "post", "markup": "plain", "text": text, **stated, **more}


#: For packages of dozens of posts that are asked time and again: every question opens all files.
ROOMY = {"rows": 40, "row_group": 20}


class Package:
    """A dataset package below a temporary folder."""

    version = "1.0.0"

    def __init__(self, root, rows=8, row_group=4):
        """As it stands, few posts make several files of several groups."""
        self.root = root
        (root / "build").mkdir(parents=True)
        (root / "build/recipe.toml").write_text(RECIPE.format(rows=rows, row_group=row_group))

    def source(self, name, posts, extra="", raw=b""):
        """A source of canonical posts; `raw` is appended to the export as it is."""
        data = b"".join(json.dumps(one).encode() + b"\n" for one in posts) + raw
        return self.declare(name, {"posts.jsonl": data}, extra)

    def declare(self, name, exports, extra="", format_="jsonl", pointers=None):
        """A source of any exports; those for which `pointers` has a file are not stored."""
        pointers = pointers or {}
        folder = self.root / "raw" / name
        folder.mkdir(parents=True, exist_ok=True)
        text = f'schema = 1\ntitle = "{name}"\nformat = "{format_}"\nplatform = "{name}"\n{extra}\n'
        for file, data in exports.items():
            kept, stands = (f"{file}.pointers.jsonl", pointers[file]) if file in pointers else (file, data)
            (folder / kept).write_bytes(stands)
            stored = str(file not in pointers).lower()
            text += f'[[export]]\nfile = "{file}"\nsha256 = "{sha256(data)}"\nbytes = {len(data)}\nstored = {stored}\n'
        (folder / "source.toml").write_text(text)
        return folder

    def recipe(self, before, after):
        path = self.root / "build/recipe.toml"
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after))

    def build(self, **options):
        return api.build(root=self.root, **options)

    def table(self, config="posts"):
        release = self.root / "build/out/1.0.0"
        return pl.read_parquet(sorted(release.glob(f"data/{config}/**/*.parquet")))


@pytest.fixture
def package(tmp_path):
    return Package(tmp_path / "package")


@pytest.fixture
def small(package):
    """Two sources: licensed talk with all that can go wrong in it, and posts that nobody licensed."""
    talk = [
        post("a", "Which way to the well?", title="The well", author={"name": "Ada of the tests"}),
        post("b", "Past the mill.", "CC-BY-4.0", parent="a", kind="reply", author={"name": "Bo of the tests"}),
        post("c", "> Past the mill.\n\nNo, before it.", "CC-BY-SA-4.0", parent="b", quoted="b", kind="quote"),
        post("b", "Past the mill.", "CC-BY-4.0", parent="a", kind="reply", author={"name": "Bo of the tests"}),
        post("a", "Something else under the same id.", title="The well"),
        post("d", "For friends, not for sale.", "CC-BY-NC-4.0", parent="zz", kind="reply"),
        post("e", "", "CC0-1.0", parent="a", kind="reply"),
    ]
    package.source("talk", talk, raw=b'{"kind": "post", "kind": "post"}\nnot json\n\n   \n{"cut')
    secret = {"name": "Nobody Named", "url": "https://example.org/secret-profile"}
    package.source(
        "quiet",
        [
            post("q1", "Words that nobody licensed.", None, title="Secret heading", author=secret),
            post("q2", "> Words that nobody licensed.\n\nQuite.", "CC0-1.0", quoted="q1", kind="quote", parent="q1"),
        ],
    )
    return package
