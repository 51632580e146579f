"""The manifest is the receipt of a release: its bytes are canonical, and their digest names the whole."""

import json
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.errors import BadRelease
from threadcommons.manifest import FORMAT, NAME, content_digest, manifest_of, parse_manifest, read_manifest

FILES = [
    {"path": "data/posts/permissive/train-00000-of-00001.parquet", "bytes": 12, "sha256": "ab" * 32, "rows": 3},
    {"path": "data/credits/train-00000-of-00001.parquet", "bytes": 7, "sha256": "cd" * 32, "rows": 1},
]
FACTS = {"dataset": {"title": "Soup – 🍲", "version": "1.2.3"}, "files": FILES, "counts": {"rows": 3}, "private": False}


@pytest.fixture
def manifest():
    return manifest_of(FACTS)


def test_it_states_the_facts_its_format_and_the_content_digest(manifest):
    assert {key: manifest[key] for key in FACTS} == FACTS
    assert manifest["format"] == FORMAT
    assert manifest["content_digest"] == content_digest(FILES)
    assert manifest.version == "1.2.3"


def test_its_name_is_the_digest_of_its_bytes(manifest):
    assert manifest.root_digest == sha256(manifest.data).hexdigest()


def test_the_bytes_do_not_depend_on_the_order_in_which_facts_are_stated(manifest):
    assert manifest_of(dict(reversed(FACTS.items()))).data == manifest.data
    assert b"\n" not in manifest.data[:-1]
    assert json.loads(manifest.data) == manifest.facts


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.dictionaries(st.text(max_size=6), st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)), max_leaves=8,
), max_size=4))  # fmt: skip
def test_what_is_written_is_read_again(more):
    written = manifest_of({**more, "files": [], "dataset": {"version": "1.0.0"}})
    assert parse_manifest(written.data) == written


def test_the_content_digest_covers_every_file_and_no_order():
    assert content_digest(FILES[::-1]) == content_digest(FILES)
    changes = [{"path": "data/x"}, {"bytes": 13}, {"sha256": "ef" * 32}]
    assert len({content_digest([FILES[0] | change, FILES[1]]) for change in changes} | {content_digest(FILES), content_digest(FILES[:1])}) == 5


BAD = {
    "nothing": lambda _: b"",
    "no JSON": lambda _: b"soup",
    "no object": lambda _: b"[]\n",
    "no UTF-8": lambda data: data.replace(b"Soup", b"S\xffup"),
    "another format": lambda data: data.replace(FORMAT.encode(), b"threadcommons-manifest/9"),
    "no format": lambda _: b"{}\n",
    "spaces": lambda data: json.dumps(json.loads(data)).encode() + b"\n",
    "another order": lambda data: json.dumps(dict(reversed(json.loads(data).items())), separators=(",", ":"), ensure_ascii=False).encode() + b"\n",
    "no line feed at the end": lambda data: data[:-1],
    "two": lambda data: data + b"\n",
    "escapes": lambda data: data.replace("–".encode(), b"\\u2013"),
    "a key twice": lambda data: data.replace(b'{"', b'{"private":true,"', 1),
    "a BOM": lambda data: b"\xef\xbb\xbf" + data,
    "endless nesting": lambda _: b"[" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD)
def test_anything_but_the_canonical_bytes_is_refused(manifest, spoil):
    with pytest.raises(BadRelease) as refused:
        parse_manifest(spoil(manifest.data), "1.2.3/manifest.json")
    assert refused.value.where == "1.2.3/manifest.json"


def test_it_is_read_from_the_folder_of_a_release(manifest, tmp_path):
    with pytest.raises(BadRelease) as refused:
        read_manifest(tmp_path)
    assert refused.value.where == tmp_path.name
    (tmp_path / NAME).write_bytes(manifest.data)
    assert read_manifest(tmp_path) == manifest
