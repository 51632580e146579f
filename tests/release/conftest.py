"""A dataset package made on the spot and built for real: three sources, every fate, several files to a table."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")

from threadcommons import describe
from threadcommons.build import build
from threadcommons.contributions import Answers, add
from threadcommons.digest import sha256_file
from threadcommons.manifest import Manifest, manifest_of, parse_manifest
from threadcommons.release import verify

RECIPE = """\
schema = 1

[dataset]
name = "small-talk"
title = "Small talk"
description = "Invented posts that meet every fate."
version = "1.2.3"
released = "2026-01-31"
creators = ["The makers of these tests"]
contact = "Open an issue."
homepage = "https://example.org/small-talk"

[publish]
classes = ["public-domain", "permissive", "reciprocal"]

[authors]
policy = "credit"

[shards]
rows = {rows}
row_group = {row_group}

[limits]
record_bytes = 100000
depth = 32
"""

LICENSES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", None, "CC-BY-NC-4.0")

THREAD = """\
A kettle that sings should be allowed to choose its tune.

@kettle I disagree, mine only knows one and it is a march.
@kettle @march Then teach it another, with patience and tea.

A kettle that sings should be allowed to choose its tune.
"""


@dataclass(frozen=True)
class Package:
    """A dataset package, the export that it does not store, and its release."""

    root: Path
    thread: Path
    release: Path


def render(manifest: Manifest) -> dict[str, bytes]:
    """What `describe.render_all` gives: a pure function, asked here by build, forger and verify for the same manifest."""
    return dict(_rendered(manifest.data))


@lru_cache(maxsize=16)
def _rendered(data: bytes) -> dict[str, bytes]:
    return describe.render_all(parse_manifest(data))


def _post(number: int, **more: Any) -> dict[str, Any]:
    """One of ten conversations of five posts each, in which each post answers the one before."""
    conversation, step = divmod(number, 5)
    post = {
        "native_id": f"p{number}",
        "conversation": f"c{conversation}",
        "kind": "reply" if step else "post",
        "author": {"name": f"voice {number % 7}"},
        "text": f"Remark {number} \u2014 gr\u00fc\u00dfe \U0001f375 {'tea ' * (number % 4)}",
        "markup": "plain",
        "lang": ("en", "de", "fr")[number % 3],
        "created_at": f"2025-0{1 + number % 9}-11T08:{number:02}:00Z",
        "url": f"https://example.org/posts/{number}",
    }
    post |= {"parent": f"p{number - 1}"} if step else {"title": f"About tea, part {conversation}"}
    post |= {"license": license_} if (license_ := LICENSES[number % len(LICENSES)]) else {}
    return post | more


def _letters() -> bytes:
    """Fifty posts; one stands there twice, one id says two things, two lines are broken, blank lines between."""
    posts = [_post(number) for number in range(50)]
    posts[10] |= {"labels": [{"name": "mood", "value": "calm", "annotator": "us", "method": "codebook-1/machine"}]}
    posts[11] |= {
        "generator": {
            "model": "m-1", "provider": "nobody", "weights": "open",
            "routing": "direct", "interventions": "none", "access": "public",
        }
    }  # fmt: skip
    posts[12] |= {"quoted": "p2", "kind": "quote"}
    posts[13] |= {"parent": "gone"}
    posts[16] |= {"quoted": "p3", "kind": "quote"}
    posts[17] |= {"quoted": "p16", "kind": "quote"}
    posts[30] |= {"wishes": ["do-not-publish"]}
    posts[31] |= {"quoted": "p30", "kind": "quote"}
    posts[32] |= {"quoted": "p31", "kind": "quote"}
    lines = [json.dumps(post, ensure_ascii=False).encode() for post in posts]
    lines += [lines[7], json.dumps(_post(8, text="something else"), ensure_ascii=False).encode()]
    lines += [b'{"native_id": "broken"', b'{"kind": "post", "markup": "plain", "text": "x", "colour": 1}']
    return b"\n\n".join([b"\n".join(lines[:20]), b"\n".join(lines[20:])]) + b"\n\n"


def _notes() -> bytes:
    posts = [
        _post(number, native_id=f"n{number}", conversation=f"n{number // 5}", license=None) for number in range(50, 55)
    ]
    for post in posts:
        post.pop("license"), post.pop("url"), post.pop("parent", None)
    return b"".join(json.dumps(post).encode() + b"\n" for post in posts)


#: Rows to a file and to a group of rows: so few that a handful of posts makes several of both.
SHARDS = (25, 20)


def make_package(
    root: Path,
    sources: dict[str, tuple[Path, Answers, str, bool]],
    recipe: str = "",
    shards: tuple[int, int] = SHARDS,
) -> None:
    """A package made of exports; `recipe` is what its recipe says besides."""
    (root / "build").mkdir(parents=True)
    rows, row_group = shards
    (root / "build" / "recipe.toml").write_text(RECIPE.format(rows=rows, row_group=row_group) + recipe)
    (root / "raw").mkdir()
    for source, (path, answers, format_, stored) in sources.items():
        added = add(root, [path], source, answers, format=format_, stored=stored)
        assert added.done, added.findings


def build_package(root: Path, *made_of: Any) -> Path:
    """The release of a package that `make_package` makes."""
    make_package(root, *made_of)
    return build(root, render=render, verify=lambda release: verify(release, render=render)).path


@pytest.fixture(scope="session")
def package(tmp_path_factory) -> Package:
    folder = tmp_path_factory.mktemp("small-talk")
    files = {
        "letters.jsonl": _letters(),
        "notes.jsonl": _notes(),
        "thread.txt": THREAD.encode(),
        "said.txt": b"Take them, all of them.\n",
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    signed = {"sign_off": "A tester <tester@example.org>", "retrieved_at": "2026-01-30T12:00:00Z"}
    declared = {"license": "CC0-1.0", "stated_by": "The writer", "evidence_file": folder / "said.txt"}
    root = folder / "package"
    release = build_package(
        root,
        {
            "letters": (
                folder / "letters.jsonl",
                Answers(title="Letters", platform="post-office", **signed),
                "jsonl",
                True,
            ),
            "notes": (
                folder / "notes.jsonl",
                Answers(title="Notes", platform="drawer", **signed, **declared),
                "jsonl",
                True,
            ),
            "square": (folder / "thread.txt", Answers(title="Square", platform="town", **signed), "thread-text", False),
        },
    )
    return Package(root, folder / "thread.txt", release)


@pytest.fixture
def copy(package, tmp_path) -> Path:
    """A copy of the release, to be damaged."""
    return Path(shutil.copytree(package.release, tmp_path / "1.2.3"))


@pytest.fixture(scope="session")
def descriptions():
    """What the release's descriptions must be: path -> bytes, from a manifest."""
    return render


@pytest.fixture
def restate(descriptions):
    """Forges a release: its manifest states what the caller wants, and digests, descriptions and bag follow suit."""

    def forge(release: Path, **changes: Any) -> Manifest:
        facts = json.loads((release / "manifest.json").read_bytes()) | changes
        for file in [*facts["files"], *facts["documents"]]:
            path = release / file["path"]
            file |= {"bytes": path.stat().st_size, "sha256": sha256_file(path)}
        manifest = parse_manifest(manifest_of(facts).data)
        for name, data in descriptions(manifest).items():
            (release / name).write_bytes(data)
        return manifest

    return forge
