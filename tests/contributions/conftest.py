"""Dataset packages to bring exports into."""

import json
import shutil

import pytest

from threadcommons.contributions import init
from threadcommons.contributions.source_file import written
from threadcommons.digest import sha256

SAID = b"Everything here may be passed on under CC0.\n"
CAPTURED = {"file": "evidence/said.txt", "sha256": sha256(SAID)}


@pytest.fixture
def package(tmp_path):
    """A new dataset package without its example."""
    folder = tmp_path / "package"
    init(folder)
    shutil.rmtree(folder / "raw" / "first-thread")
    return folder


@pytest.fixture
def bring(package):
    """Writes a source as a contributor would by hand: `bring(name, {file: bytes}, **keys of source.toml)`."""

    def write(source, files, **keys):
        folder = package / "raw" / source
        folder.mkdir()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        exports = [{"file": name, "sha256": sha256(data), "bytes": len(data)} for name, data in files.items()]
        table = {
            "schema": 1,
            "title": "A thread",
            "format": "jsonl",
            "platform": "forum",
            "signed_off_by": ["Somebody <somewhere>"],
            "attests": "These are the exports that I was given.",
            "license": {"declared": "CC0-1.0", "evidence": [{"id": "said", "kind": "author-statement", "who": "all", "authors": ["*"], **CAPTURED}]},
            "export": exports,
            **keys,
        }
        if CAPTURED["file"] in str(table["license"]):
            (folder / "evidence").mkdir()
            (folder / CAPTURED["file"]).write_bytes(SAID)
        (folder / "source.toml").write_text(written({key: value for key, value in table.items() if value is not None}))
        return folder

    return write


@pytest.fixture
def post():
    """A valid post with some keys changed; `None` takes a key away."""

    def make(**keys):
        whole = {"kind": "post", "markup": "plain", "text": "A small post.", **keys}
        return {key: value for key, value in whole.items() if value is not None}

    return make


@pytest.fixture
def lines():
    """Values as JSON lines."""
    return lambda *values: b"".join(json.dumps(value, ensure_ascii=False).encode() + b"\n" for value in values)


@pytest.fixture
def tree():
    """Every file below a folder with its bytes."""
    return lambda folder: {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
