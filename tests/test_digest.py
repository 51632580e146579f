import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadcommons.digest import canonical_json, digest_of, digest_of_lines, sha256, sha256_file

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def reordered(value):
    """The same value with the keys of every object in reverse order."""
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(list(value))}
    return [reordered(child) for child in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_the_published_test_vectors(kind):
    assert sha256(kind(b"")) == EMPTY
    assert sha256(kind(b"abc")) == ABC


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_a_file_has_the_digest_of_its_bytes(tmp_path, size):
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    (tmp_path / "file").write_bytes(data)
    assert sha256_file(tmp_path / "file") == hashlib.sha256(data).hexdigest()


def test_a_missing_file_has_none(tmp_path):
    with pytest.raises(FileNotFoundError):
        sha256_file(tmp_path / "nothing")


def test_one_spelling():
    value = {"b": [1, True, None], "a": {"\u00e9": "\u2028/'"}}
    assert canonical_json(value) == '{"a":{"\u00e9":"\u2028/\'"},"b":[1,true,null]}'.encode()


@given(PLAIN)
def test_equal_values_have_equal_bytes_and_are_read_back(value):
    data = canonical_json(value)
    assert canonical_json(reordered(value)) == data
    assert json.loads(data) == value
    assert b"\n" not in data
    assert digest_of(value) == hashlib.sha256(data).hexdigest()


@given(PLAIN, PLAIN)
def test_different_values_have_different_digests(one, other):
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (digest_of(one) == digest_of(other)) == same


@pytest.mark.parametrize("value", [{1: "a"}, {"a": {1, 2}}, {"a": b"x"}, "\ud800", 2**64])
def test_what_has_no_single_spelling_is_refused(value):
    with pytest.raises(TypeError):
        canonical_json(value)


def test_lines_are_ended_and_not_joined():
    assert digest_of_lines([]) == EMPTY
    assert digest_of_lines(["a", "b"]) == hashlib.sha256(b"a\nb\n").hexdigest()
    assert digest_of_lines(["ab"]) != digest_of_lines(["a", "b"])
    assert digest_of_lines(iter(["a"])) == digest_of_lines(["a"])
    assert digest_of_lines(["a", "b"]) != digest_of_lines(["b", "a"])


def test_no_hash_seed_changes_a_digest():
    code = "from threadcommons.digest import digest_of; print(digest_of({k: [k] for k in {'one', 'two', 'three', 'four', 'five'}}))"
    source = str(Path(__file__).resolve().parents[1] / "src")
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": source, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(told) == 1
