"""Pointers stand for an export that is not here: the same records at the same bytes, and not one of its words."""

import json
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.model import Export
from threadcommons.sources import READERS, batch_of, read_pointers
from threadcommons.sources.base import BOM, Refusal
from threadcommons.sources.pointers import outcome

TEXT = b"First words.\n\nSecond words.\nFirst words.\n"
DIGEST = sha256(TEXT).hexdigest()
EXPORT = Export("kettle", "thread.txt", Path("thread.txt"), DIGEST, len(TEXT), stored=False)
OWN = DIGEST[:32]


def pointer(offset, length, what="post", **more):
    text = TEXT[offset : offset + length]
    told = {"kind": "post", "n_chars": len(text.decode()), "n_words": len(text.split())} if what == "post" else {}
    return {"offset": offset, "length": length, "what": what, "text_sha256": sha256(text).hexdigest()} | told | more


GOOD = [pointer(0, 12), pointer(14, 13, parent=0, kind="reply"), pointer(28, 12, "repeat", of=0)]


def lines(*pointers):
    return b"".join(json.dumps(one).encode() + b"\n" for one in pointers)


def read(data, export=EXPORT):
    found, findings = read_pointers(data, export)
    return found, [(finding.code, finding.place.line, finding.place.pointer) for finding in findings]


# -- reading ------------------------------------------------------------------------------------------------------


def test_good_pointers_come_back_as_they_are():
    assert read(lines(*GOOD)) == (GOOD, [])
    assert read(BOM + b"\r\n" + lines(*GOOD).replace(b"\n", b"\r\n\n")) == (GOOD, [])
    assert read(b"") == ([], [])


BAD = {
    "no JSON": (b"soup\n", ("pointer.syntax", 1, "")),
    "no object": (b"[]\n", ("pointer.syntax", 1, "")),
    "cut off": (lines(GOOD[0])[:-3], ("pointer.syntax", 1, "")),
    "not UTF-8": (b'{"gist": "\xff"}', ("pointer.syntax", 1, "")),
    "UTF-16": ('{"offset": 0}'.encode("utf-16"), ("pointer.syntax", 1, "")),
    "half a character": (lines(GOOD[0] | {"gist": "\ud800"}), ("pointer.syntax", 1, "")),
    "NaN": (b'{"offset": NaN}', ("pointer.syntax", 1, "")),
    "endless nesting": (b"[" * 100_000, ("pointer.syntax", 1, "")),
    "a number of 5,000 digits": (b'{"offset": ' + b"9" * 5_000 + b"}", ("pointer.syntax", 1, "")),
    "a key twice": (lines(GOOD[0]).replace(b'{"offset": 0', b'{"offset": 0, "offset": 0'), ("pointer.syntax", 1, "")),
    "a key too many": (lines(GOOD[0] | {"text": "First words."}), ("pointer.syntax", 1, "/text")),
    "a key missing": (lines({key: value for key, value in GOOD[0].items() if key != "kind"}), ("pointer.syntax", 1, "/kind")),
    "of is missing": (lines(GOOD[0], {key: value for key, value in GOOD[2].items() if key != "of"}), ("pointer.syntax", 2, "/of")),
    "a negative offset": (lines(GOOD[0] | {"offset": -1}), ("pointer.syntax", 1, "/offset")),
    "a fraction": (lines(GOOD[0] | {"offset": 0.0}), ("pointer.syntax", 1, "/offset")),
    "no length": (lines(GOOD[0] | {"length": 0}), ("pointer.syntax", 1, "/length")),
    "an overlap": (lines(GOOD[0], pointer(11, 3)), ("pointer.overlap", 2, "")),
    "out of order": (lines(GOOD[1] | {"parent": 14}, GOOD[0]), ("pointer.overlap", 2, "")),
    "the same twice": (lines(GOOD[0], GOOD[0]), ("pointer.overlap", 2, "")),
    "beyond the end": (lines(pointer(28, 12) | {"length": 14}), ("pointer.outside", 1, "")),
    "far beyond the end": (lines(GOOD[0] | {"offset": 2**53 - 1}), ("pointer.outside", 1, "")),
    "a parent that is none": (lines(GOOD[0], GOOD[1] | {"parent": 3}), ("pointer.dangling", None, "/parent")),
    "a quote of a repeat": (lines(GOOD[0] | {"quoted": 28}, GOOD[2]), ("pointer.dangling", None, "/quoted")),
    "a repeat of a notice": (lines(pointer(0, 12, "notice"), GOOD[2]), ("pointer.dangling", None, "/of")),
}  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), BAD.values(), ids=BAD)
def test_each_fault_has_a_code_and_a_place(data, expected):
    found, findings = read(data)
    assert findings == [expected]
    batch_of(found, EXPORT)  # what is left can be read


def test_a_fault_does_not_spoil_the_lines_after_it():
    found, findings = read(lines(GOOD[0]) + b"soup\n" + lines(GOOD[1]))
    assert found == GOOD[:2]
    assert findings == [("pointer.syntax", 2, "")]


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.lists(st.one_of(st.sampled_from(GOOD), st.sampled_from(GOOD).flatmap(lambda good: st.fixed_dictionaries(
    {}, optional={key: st.one_of(st.just(value), st.integers(-2, 50), st.text(max_size=4), st.none()) for key, value in good.items()}
)), st.binary(max_size=20)), max_size=6))  # fmt: skip
def test_whatever_stands_there_ends_in_records_that_tile_the_export_or_in_findings(some):
    data = b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in some)
    found, findings = read(data)
    assert len(found) + len(findings) >= len({line for line in data.split(b"\n") if line.strip()} - {BOM})
    batch = batch_of(found, EXPORT)
    assert batch.cut.unaccounted() == 0
    assert batch.posts.num_rows + len(batch.refused) == len(batch.cut)


# -- as records ---------------------------------------------------------------------------------------------------


def test_a_pointer_is_the_post_that_it_stands_for():
    assert outcome(GOOD[1], DIGEST) == {
        "kind": "reply", "markup": "plain", "conversation": f"{OWN}@0", "parent": f"{OWN}@0",
        "n_chars": 13, "n_words": 2, "text_sha256": GOOD[1]["text_sha256"],
    }  # fmt: skip
    assert outcome(GOOD[2], DIGEST) == Refusal("duplicate", "", of=f"{OWN}@0")
    assert outcome(pointer(0, 12, "notice"), DIGEST) == Refusal("excluded", "record.notice")


def test_without_the_export_there_are_places_counts_and_digests_and_no_text():
    batch = batch_of(GOOD, EXPORT)
    assert batch.cut.unaccounted() == 0
    assert batch.cut.blank.tolist() == [0, 2, 1]
    assert batch.cut.tail_blank == 1
    assert batch.posts["text"].null_count == batch.posts.num_rows == 2
    assert batch.posts["n_chars"].to_pylist() == [12, 13]
    assert batch.posts["text_sha256"].to_pylist() == [GOOD[0]["text_sha256"], GOOD[1]["text_sha256"]]
    assert set(batch.refused) == {2}


def from_the_file(offset, length):
    return {"kind": "comment", "markup": "html", "text": TEXT[offset : offset + length].decode()}


def test_with_the_export_the_text_comes_from_there_and_the_rest_from_the_pointers():
    batch = batch_of(GOOD, EXPORT, from_the_file)
    assert batch.posts["text"].to_pylist() == ["First words.", "Second words."]
    assert batch.posts["kind"].to_pylist() == ["post", "reply"]
    assert batch.posts.drop_columns(["text"]).equals(batch_of(GOOD, EXPORT).posts.drop_columns(["text"]))


def test_text_that_is_not_the_one_described_is_quarantined():
    batch = batch_of([pointer(0, 12) | {"text_sha256": "0" * 64}, GOOD[1]], EXPORT, from_the_file)
    assert batch.refused[0].code == "pointer.digest-differs"
    assert batch.posts["text"].to_pylist() == ["Second words."]


def test_what_the_reader_cannot_read_stays_refused():
    refused = batch_of(GOOD, EXPORT, lambda _offset, _length: Refusal("quarantined", "record.nul")).refused
    assert [refused[index].code for index in (0, 1)] == ["record.nul"] * 2


# -- the founding thread ------------------------------------------------------------------------------------------


def test_the_pointers_of_the_founding_thread_tile_its_file(founding, founding_pointers):
    found, findings = read_pointers(founding_pointers, founding)
    assert findings == []
    assert len(found) == 28
    data = founding.path.read_bytes()
    batch = batch_of(found, founding)
    assert batch.cut.unaccounted() == 0
    assert sum(len(data[one["offset"] : one["offset"] + one["length"]].split()) for one in found) == len(data.split())
    for one in found:
        record = data[one["offset"] : one["offset"] + one["length"]]
        assert sha256(record).hexdigest() == one["text_sha256"]
        assert record == record.strip()
        if one["what"] == "post":
            assert (one["n_chars"], one["n_words"]) == (len(record.decode()), len(record.decode().split()))


def test_who_holds_the_file_gets_its_text_byte_for_byte(founding, founding_pointers):
    found, _ = read_pointers(founding_pointers, founding)
    data, reader = founding.path.read_bytes(), READERS["thread-text"]
    context = reader.context(founding, [founding], {})
    batch = batch_of(found, founding, lambda offset, length: reader.parse(data[offset : offset + length], offset, context))
    posts = [one for one in found if one["what"] == "post"]
    assert batch.posts["text"].to_pylist() == [data[one["offset"] : one["offset"] + one["length"]].decode() for one in posts]
    assert batch.posts["gist"].to_pylist() == [one["gist"] for one in posts]


def test_no_sentence_of_the_founding_thread_stands_in_this_repository(founding):
    """Six of its words in a row would be a sentence, or most of one."""
    repository = Path(__file__).resolve().parents[2]
    if not (repository / ".git").exists():
        pytest.skip("without git nobody knows which files belong to the repository")
    words = founding.path.read_text(encoding="utf-8").lower().split()
    theirs = {" ".join(words[at : at + 6]) for at in range(len(words) - 5)}
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=repository, capture_output=True, check=True).stdout
    for path in (repository / name for name in listed.decode().split("\0") if name):
        if path.is_file():
            ours = path.read_text(encoding="utf-8", errors="replace").lower().split()
            taken = theirs.intersection(" ".join(ours[at : at + 6]) for at in range(len(ours) - 5))
            assert not taken, path.relative_to(repository)
