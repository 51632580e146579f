from __future__ import annotations

import pytest

from threadcommons.errors import NotFound
from threadcommons.release import open_release, why


def ledger(release):
    return open_release(release).frame("ledger", ["source", "file", "offset", "length", "fate", "id", "of", "code"])


def test_a_row_is_found_by_id_address_native_id_and_place(package):
    (by_id,) = why(package.release, "post-office:p2")
    assert by_id["fate"] == "row"
    assert by_id["license"] == "CC-BY-SA-4.0"
    assert by_id["license_evidence"] == "letters/record-field"
    assert why(package.release, "https://example.org/posts/2") == [by_id]
    assert why(package.release, "p2") == [by_id]
    inside = by_id["offset"] + by_id["length"] - 1
    assert why(package.release, f"letters.jsonl:{inside}") == [by_id]
    assert why(package.release, f"letters/letters.jsonl:{by_id['offset']}") == [by_id]


def test_a_withheld_row_says_what_keeps_it_back(package):
    (answer,) = why(package.release, "post-office:p3")
    assert (answer["fate"], answer["code"], answer["license"]) == ("withheld", "license.missing", "NOASSERTION")
    assert answer["means"]
    assert answer["todo"]


def test_a_duplicate_names_the_row_that_stands_for_it(package):
    answers = why(package.release, "p7")
    assert [answer["fate"] for answer in answers] == ["row", "duplicate"]
    assert answers[1]["of"] == "post-office:p7"
    assert "license" not in answers[1]


def test_a_conflict_is_told_with_the_row_that_was_first(package):
    answers = why(package.release, "post-office:p8")
    assert [(answer["fate"], answer.get("code")) for answer in answers] == [
        ("withheld", "license.missing"),
        ("quarantined", "id.conflict"),
    ]


def test_what_was_quarantined_is_found_by_place_with_its_pointer(package):
    entries = ledger(package.release).filter(code="post.unknown-key")
    (answer,) = why(package.release, f"letters.jsonl:{entries['offset'][0]}")
    assert (answer["fate"], answer["code"], answer["pointer"]) == ("quarantined", "post.unknown-key", "/colour")
    assert "id" not in answer


def test_every_byte_of_every_export_has_an_answer(package):
    for export in open_release(package.release).manifest["exports"]:
        place = f"{export['source']}/{export['file']}"
        owned, at = 0, 0
        while at < export["bytes"]:
            (answer,) = why(package.release, f"{place}:{at}")
            assert answer["offset"] <= at < answer["offset"] + answer["length"]
            assert answer["kind"] in ("record", "framing", "blank", "framing and blank")
            owned += answer["length"]
            at = answer["offset"] + answer["length"]
        assert owned == export["bytes"]


def test_bytes_between_records_are_answered_as_what_they_are(package):
    first, second = ledger(package.release).filter(file="letters.jsonl").sort("offset").head(2).iter_rows(named=True)
    (gap,) = why(package.release, f"letters.jsonl:{first['length']}")
    assert (gap["kind"], gap["offset"], gap["length"]) == ("blank", first["length"], second["offset"] - first["length"])
    assert "fate" not in gap


@pytest.mark.parametrize(
    "what", ["", "nobody", "post-office:p999", "https://example.org/none", "letters.jsonl", "other.jsonl:0", ":0"]
)
def test_what_is_not_there_comes_with_a_hint(package, what):
    with pytest.raises(NotFound, match=r"FILE:OFFSET with one of letters/letters\.jsonl"):
        why(package.release, what)


def test_an_offset_beyond_the_end_says_where_the_end_is(package):
    with pytest.raises(NotFound, match="ends before byte 99999999"):
        why(package.release, "letters.jsonl:99999999")


def test_the_end_is_told_of_the_export_that_is_meant(package):
    sizes = {export["source"]: export for export in open_release(package.release).manifest["exports"]}
    for source, export in sizes.items():
        with pytest.raises(NotFound) as told:
            why(package.release, f"{source}/{export['file']}:{export['bytes']}")
        assert f"{source}/{export['file']} has {export['bytes']} bytes" in told.value.hint


def test_a_row_says_where_its_parent_is(package):
    (root,), (answer,), (orphan,) = (why(package.release, f"post-office:p{number}") for number in (0, 2, 13))
    assert (root["parent_state"], "parent_id" in root) == ("root", False)
    assert (answer["parent_state"], answer["parent_id"]) == ("present", "post-office:p1")
    assert (orphan["parent_state"], orphan["parent_id"]) == ("not_collected", "post-office:gone")
    assert root["offset"] == 0, "a nought is a place"


def test_a_hostile_name_is_shown_escaped(package):
    with pytest.raises(NotFound) as caught:
        why(package.release, "x\x1b[31m\u202e\n")
    assert str(caught.value).isprintable()
