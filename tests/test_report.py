import json

import pytest

from threadcommons.findings import Finding, Place, codes
from threadcommons.report import FORMAT, as_json, as_text

WRONG = Finding(
    "post.wrong-type", Place("open-floor", "posts.jsonl", offset=120, line=3, pointer="/author/name"), "found null"
)
UNSIGNED = Finding("source.unsigned", Place("open-floor"))

#: Characters that could forge a line, turn text around, paint a terminal or hide.
HOSTILE = "a\nb\r\x1b[31m\u202egnp.exe\u2066\u200b\u2028\x00\x85\ud800\U000e0041"


def test_people_read_file_code_place_fault_and_remedy():
    assert as_text([WRONG, UNSIGNED]) == (
        "open-floor\n"
        "  warning source.unsigned: No contributor has signed off.\n"
        "    What to do: Add signed_off_by and attests to source.toml.\n"
        "\n"
        "open-floor/posts.jsonl\n"
        "  error post.wrong-type: A value has the wrong type.\n"
        "    line 3, byte 120, /author/name: found null\n"
        "    What to do: Write the type that is named.\n"
        "\n"
        "1 error, 1 warning\n"
    )


def test_nothing_found_is_said():
    assert as_text([]) == "no findings\n"
    assert json.loads(as_json([], "0.1.0"))["findings"] == []


def test_what_belongs_to_no_file_has_a_heading_too():
    assert as_text([Finding("release.not-a-release")]).startswith("as a whole\n  error release.not-a-release: ")


def test_the_first_byte_and_a_fault_without_detail_are_told():
    assert "\n    byte 0\n" in as_text([Finding("record.nul", Place("a", "b", offset=0))])


def test_of_one_code_only_so_many_are_told_and_all_are_counted():
    many = [Finding("record.nul", Place("a", "b", offset=n)) for n in range(1000)]
    many += [Finding("record.nul", Place("a", "c", offset=n)) for n in range(21)]
    many += [Finding("record.json-syntax", Place("a", "b", offset=7))]
    text = as_text(many)
    assert text.count("    byte ") == 20 + 20 + 1
    assert "    byte 19\n    and 980 more\n" in text
    assert "    and 1 more\n" in text
    assert text.endswith("\n1022 errors\n")
    assert " more\n" not in as_text(many[:20])
    assert as_text(many[:2], most=1).count("    byte ") == 1


def test_a_hundred_thousand_findings_make_a_short_text():
    many = [Finding("post.wrong-type", Place("a", "b", line=n), "must be string") for n in range(100_000)]
    assert len(as_text(many)) < 2000


def test_the_order_of_arrival_does_not_show():
    many = [
        Finding(code, Place(s, f, offset=n))
        for code in ("record.nul", "post.too-long")
        for s in "ba"
        for f in "yx"
        for n in (2, 1)
    ]
    assert as_text(many) == as_text(many[::-1]) == as_text(many + many)
    assert as_json(many, "1") == as_json(many[::-1], "1") == as_json(many + many, "1")


@pytest.mark.parametrize(
    "finding",
    [
        Finding("source.bad-name", Place(source=HOSTILE)),
        Finding("source.bad-name", Place("a", file=HOSTILE)),
        Finding("post.unknown-key", Place("a", "b", pointer=f"/{HOSTILE}")),
        Finding("post.unknown-key", Place("a", "b"), detail=HOSTILE),
    ],
)
def test_nothing_from_the_data_forges_a_line_or_hides(finding):
    for text in (as_text([finding]), as_json([finding], "0.1.0")):
        assert text.replace("\n", "").isprintable()
        assert "\\u202e" in text.replace("\\\\", "\\")
    assert len(as_text([finding]).split("\n")) <= 7


def test_machines_read_versions_counts_and_everything():
    many = [WRONG, UNSIGNED, *(Finding("record.nul", Place("a", "b", offset=n)) for n in range(50))]
    report = json.loads(as_json(many, "0.1.0"))
    assert list(report) == ["format", "version", "counts", "findings"]
    assert (report["format"], report["version"]) == (FORMAT, "0.1.0") == ("threadcommons-findings/1", "0.1.0")
    assert report["counts"] == {"error": 51, "warning": 1}
    assert len(report["findings"]) == 52
    assert report["findings"][-1] == {
        "code": "post.wrong-type", "severity": "error", "source": "open-floor", "file": "posts.jsonl", "offset": 120, "line": 3,
        "pointer": "/author/name", "detail": "found null", "means": codes()["post.wrong-type"].means,
        "todo": codes()["post.wrong-type"].todo,
    }  # fmt: skip


def test_counts_of_nothing_are_nought():
    assert json.loads(as_json([], "1"))["counts"] == {"error": 0, "warning": 0}
    assert as_json([], "1").endswith('\n  "findings": []\n}\n'), "people read it too, and a text ends with its line"
