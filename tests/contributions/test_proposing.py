"""What `add` writes about the columns of a table, and what it leaves open."""

import tomllib

import pytest

from threadcommons.contributions import Answers, add, check, open_questions, proposal_of

TABLE = b"id,user,when,body\n1,ann,02/03/2020 10:00,Some words\n2,bo,04/05/2020 11:00,More of them\n"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "posts.csv"
    path.write_bytes(TABLE)
    return path


def said(**more):
    return Answers(title="A board", platform="board", **more)


def codes(findings):
    return [finding.code for finding in findings]


def declared(folder):
    return tomllib.loads((folder / "source.toml").read_text())


def test_the_proposal_is_written_with_its_open_questions(package, table):
    added = add(package, [table], "talk", said(mapping={"created_at": {"column": "when", "formats": ["%d/%m/%Y %H:%M"], "zone": "UTC"}}))
    written = declared(added.folder)
    assert written["reader"] == {"layout": "csv", "columns": ["id", "user", "when", "body"], "header": True, "delimiter": ","}
    assert written["mapping"]["text"] == "body"
    assert "todo" not in written["mapping"]
    assert "source.mapping-open" not in codes(added.findings)
    assert check(package).counts[0].posts == 2


def test_a_question_stops_a_build_until_it_is_answered(package, tmp_path):
    plain = tmp_path / "posts.csv"
    plain.write_bytes(TABLE.replace(b"when", b"created"))
    added = add(package, [plain], "talk", said())
    assert [todo["key"] for todo in declared(added.folder)["mapping"]["todo"]] == ["created_at.formats", "created_at.zone"]
    assert codes(added.findings).count("source.mapping-open") == 2
    found = check(package).findings
    assert codes(found).count("source.mapping-open") == 2
    assert {finding.place.pointer for finding in found if finding.code == "source.mapping-open"} == {
        "/mapping/todo/0",
        "/mapping/todo/1",
    }


def test_an_answer_takes_its_question_away(package, tmp_path):
    plain = tmp_path / "posts.csv"
    plain.write_bytes(TABLE.replace(b"when", b"created"))
    answers = said(mapping={"created_at.zone": "+01:00", "created_at.formats": "%d/%m/%Y %H:%M", "author_id": "user"})
    look = proposal_of("table", [plain], {})
    assert open_questions(answers, look) == []
    assert [todo["key"] for todo in open_questions(said(), look)] == ["created_at.formats", "created_at.zone"]
    mapping = declared(add(package, [plain], "talk", answers).folder)["mapping"]
    assert mapping["created_at"] == {"column": "created", "formats": ["%d/%m/%Y %H:%M"], "zone": "+01:00"}
    assert mapping["author_id"] == "user"
    assert "todo" not in mapping


def test_options_that_were_told_go_before_what_was_concluded(package, tmp_path):
    bare = tmp_path / "posts.tsv"
    bare.write_bytes(b"".join(b"m%d\tann\t%d\tthese are words %d\n" % (n, 1372096774 + n, n) for n in range(9)))
    asked = declared(add(package, [bare], "asked", said()).folder)
    assert [todo["key"] for todo in asked["mapping"]["todo"]] == ["reader.columns"]
    told = declared(add(package, [bare], "told", said(options={"columns": ["id", "user", "created", "body"]})).folder)
    assert told["reader"]["columns"] == ["id", "user", "created", "body"]
    assert told["mapping"]["author"] == "user"
    assert "todo" not in told["mapping"]


def test_other_formats_have_no_mapping(package, tmp_path, lines, post):
    path = tmp_path / "posts.jsonl"
    path.write_bytes(lines(post(native_id="a")))
    assert "mapping" not in declared(add(package, [path], "talk", said()).folder)
    assert proposal_of("jsonl", [path], {}) is None


def test_a_second_export_keeps_the_mapping_that_is_there(package, table, tmp_path):
    first = add(package, [table], "talk", said(mapping={"created_at.zone": "UTC"}))
    before = declared(first.folder)["mapping"]
    more = tmp_path / "more.csv"
    more.write_bytes(TABLE.replace(b"1,ann", b"3,ann").replace(b"2,bo", b"4,bo"))
    again = add(package, [more], "talk", Answers())
    assert declared(again.folder)["mapping"] == before
    assert len(declared(again.folder)["export"]) == 2


def test_what_is_not_read_is_said(package, tmp_path):
    path = tmp_path / "posts.csv"
    path.write_bytes(TABLE.replace(b"user", b"email"))
    assert "email" in add(package, [path], "talk", said()).unread
