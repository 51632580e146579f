from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from threadcommons.describe import DOCUMENTS, bag, render, render_all
from threadcommons.digest import digest_of, sha256
from threadcommons.manifest import manifest_of, parse_manifest

SCRIPT = """
import sys
from threadcommons.describe import render_all
from threadcommons.manifest import parse_manifest
from threadcommons.digest import digest_of, sha256
made = render_all(parse_manifest(open(sys.argv[1], "rb").read()))
print(digest_of({path: sha256(data) for path, data in made.items()}))
"""


def test_the_descriptions_are_a_function_of_the_bytes_of_the_manifest(release: Any) -> None:
    read_back = parse_manifest((release.folder / "manifest.json").read_bytes())
    made = render_all(read_back)
    assert made.keys() >= set(DOCUMENTS)
    for path, data in made.items():
        assert (release.folder / path).read_bytes() == data, path


def test_the_same_bytes_in_any_surroundings(release: Any, tmp_path: Path) -> None:
    made = render_all(release.manifest)
    digests = {digest_of({path: sha256(data) for path, data in made.items()})}
    for seed, zone, locale, place in (("0", "UTC", "C", tmp_path), ("7", "Asia/Tokyo", "de_DE.UTF-8", Path("/"))):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        command = [sys.executable, "-c", SCRIPT, str(release.folder / "manifest.json")]
        ended = subprocess.run(command, env=environment, cwd=place, check=True, capture_output=True, text=True)
        digests.add(ended.stdout.strip())
    assert len(digests) == 1


def test_every_description_names_the_same_numbers(release: Any) -> None:
    made = render(release.manifest)
    croissant = json.loads(made["croissant.json"])
    digest = release.manifest["content_digest"]
    assert digest in made["README.md"].decode()
    assert digest in made["CITATION.cff"].decode()
    root = release.manifest.root_digest
    assert all(root.encode() in made[path] for path in ("README.md", "CITATION.cff", "croissant.json"))
    for path in ("README.md", "CITATION.cff"):
        assert f'"{croissant["version"]}"'.encode() in made[path]


def test_one_changed_row_changes_every_description_that_names_data(facts: dict[str, Any]) -> None:
    before = render(manifest_of(facts))
    facts["files"][0]["sha256"] = "f" * 64
    after = render(manifest_of(facts))
    assert {path for path in DOCUMENTS if before[path] != after[path]} == {
        "README.md",
        "croissant.json",
        "CITATION.cff",
    }


def test_the_bag_covers_the_descriptions_and_the_documents(release: Any) -> None:
    made = render_all(release.manifest)
    documents = {document["path"]: document["sha256"] for document in release.manifest["documents"]}
    plain = {path: sha256(made[path]) for path in ("manifest.json", *DOCUMENTS)}
    assert bag(release.manifest, {**plain, **documents}).items() <= made.items()


def test_nothing_of_a_release_is_a_program_or_hidden(release: Any) -> None:
    for path in release.folder.rglob("*"):
        assert not path.name.startswith((".", "__"))
        assert path.is_dir() or path.suffix in {".md", ".json", ".cff", ".txt", ".parquet"}
