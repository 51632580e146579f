"""Bringing an export in from the command line."""

import json
import os
import pty
import subprocess
import sys
import tomllib

import pytest

POSTS = b'{"kind": "post", "markup": "plain", "text": "Hello."}\n'


@pytest.fixture
def export(tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_bytes(POSTS)
    return path


def test_what_was_added_why_and_what_is_next(package, export, command):
    code, said, complained = command("add", export, "--source", "talk", "--title", "A talk", "--platform", "forum")
    assert (code, complained) == (0, "")
    assert said.startswith("added raw/talk/posts.jsonl as jsonl: the first line is an object")
    assert "source.no-license" in said
    assert said.endswith("next: threadcommons check raw/talk\n")
    assert (package / "raw/talk/posts.jsonl").read_bytes() == POSTS


def test_what_is_still_open_is_said_and_is_no_failure(package, export, command):
    code, said, _ = command("add", export, "--source", "talk")
    assert code == 0
    assert "still open in raw/talk/source.toml" in said
    assert command("check", "raw/talk")[0] == 1


def test_an_unknown_file_is_1_and_hears_what_was_looked_for(package, tmp_path, command):
    strange = tmp_path / "strange.bin"
    strange.write_bytes(bytes(100))
    code, said, complained = command("add", strange, "--source", "talk")
    assert (code, complained) == (1, "")
    assert "source.format-mismatch" in said
    assert "a copied thread, as plain text" in said
    assert "--format NAME" in said
    assert not (package / "raw/talk").exists()


def test_a_link_is_refused(package, tmp_path, export, command):
    (tmp_path / "link.jsonl").symlink_to(export)
    code, said, _ = command("add", tmp_path / "link.jsonl", "--source", "talk")
    assert (code, "source.not-plain" in said) == (1, True)


def test_options_are_toml_or_text(package, tmp_path, command):
    thread = tmp_path / "thread.txt"
    thread.write_text("A thing.\n\n@a one\n\n@b two\n")
    line = ["add", thread, "--source", "talk", "--option", "notices=[1, 2]", "--option", "other=some text", "--title", "T"]
    assert command(*line, "--platform", "p")[0] == 0
    table = tomllib.loads((package / "raw/talk/source.toml").read_text())
    assert table["reader"] == {"notices": [1, 2], "other": "some text"}
    assert command("add", thread, "--source", "t2", "--option", "nonsense")[0] == 2


def test_json_says_the_same(package, export, command):
    code, said, _ = command("add", export, "--source", "talk", "--json")
    answer = json.loads(said)
    assert code == 0
    assert (answer["format"], answer["reader"], answer["exports"]) == ("threadcommons-added/1", "jsonl", ["posts.jsonl"])


def test_pointers_only_keeps_no_word(package, tmp_path, command):
    thread = tmp_path / "thread.txt"
    thread.write_text("The lighthouse has two lamps.\n\n@a only one works\n\n@b which one?\n")
    line = ["add", thread, "--source", "talk", "--pointers-only", "--title", "T", "--platform", "copied-thread"]
    assert command(*line)[0] == 0
    assert not (package / "raw/talk/thread.txt").exists()
    assert "lighthouse" not in "".join(path.read_text() for path in (package / "raw/talk").iterdir())
    assert command("check", "raw/talk")[0] == 0


def at_a_terminal(line, answers):
    """Run a command whose stdin is a terminal at which somebody types."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(line, stdin=follower, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    os.write(leader, answers.encode())
    said, asked = process.communicate(timeout=60)
    os.close(leader)
    os.close(follower)
    return process.returncode, said, asked


def test_a_person_is_asked_for_what_was_not_said(package, export):
    line = [sys.executable, "-m", "threadcommons", "add", str(export), "--source", "talk", "--lang", "en"]
    answers = ["A talk", "forum", "CC-BY-4.0", "the forum", "https://example.org/terms", "", "", "Ann <ann@example.org>"]
    code, said, asked = at_a_terminal(line, "".join(f"{answer}\n" for answer in answers))
    assert code == 0, asked
    assert "Platform" in asked
    assert "Language" not in asked
    assert "Platform" not in said
    table = tomllib.loads((package / "raw/talk/source.toml").read_text())
    assert (table["title"], table["platform"], table["lang"]) == ("A talk", "forum", "en")
    assert table["license"]["evidence"][0]["who"] == "the forum"
    assert table["signed_off_by"] == ["Ann <ann@example.org>"]
    assert len(table["attests"]) > 20
    assert "origin" not in table["export"][0]


def test_questions_that_make_no_sense_are_not_asked(package, export):
    line = [sys.executable, "-m", "threadcommons", "add", str(export), "--source", "talk"]
    code, _, asked = at_a_terminal(line, "A talk\nforum\n" + "\n" * 5)
    assert code == 0, asked
    assert "Who states" not in asked
    line[-1] = "talk"
    more = export.with_name("more.jsonl")
    more.write_bytes(POSTS)
    code, _, asked = at_a_terminal([*line[:4], str(more), "--source", "talk"], "")
    assert (code, asked) == (0, "")


def test_end_of_input_at_a_question_adds_nothing(package, export):
    line = [sys.executable, "-m", "threadcommons", "add", str(export), "--source", "talk"]
    code, _, _ = at_a_terminal(line, "A talk\n\x04")
    assert code == 130
    assert not (package / "raw/talk").exists()


TABLE = b"id,user,created,body\n1,ann,13/03/2020 10:00,Some words\n2,bo,14/05/2020 11:00,More of them\n"


def test_a_table_is_mapped_from_the_command_line(package, tmp_path, command):
    table = tmp_path / "posts.csv"
    table.write_bytes(TABLE)
    line = ["add", table, "--source", "talk", "--title", "T", "--platform", "board"]
    code, said, complained = command(*line, "--map", "created_at.zone=UTC", "--map", 'lang={constant="en"}')
    assert (code, complained) == (0, "")
    assert "source.mapping-open" not in said
    mapping = tomllib.loads((package / "raw/talk/source.toml").read_text())["mapping"]
    assert mapping["created_at"] == {"column": "created", "formats": ["%d/%m/%Y %H:%M"], "zone": "UTC"}
    assert mapping["lang"] == {"constant": "en"}


def test_what_a_look_at_a_table_does_not_tell_is_said_where_nobody_can_be_asked(package, tmp_path, command):
    table = tmp_path / "posts.csv"
    table.write_bytes(TABLE)
    _, said, _ = command("add", table, "--source", "talk", "--title", "T", "--platform", "board")
    assert "source.mapping-open" in said
    assert "created_at.zone: Times of created such as 13/03/2020 10:00 name no zone." in said


def test_a_person_is_asked_about_columns(package, tmp_path):
    table = tmp_path / "posts.csv"
    table.write_bytes(TABLE)
    line = [sys.executable, "-m", "threadcommons", "add", str(table), "--source", "talk", "--title", "T", "--platform", "board"]
    code, _, asked = at_a_terminal(line, "\n" * 5 + "+02:00\n")
    assert code == 0, asked
    assert "name no zone" in asked
    mapping = tomllib.loads((package / "raw/talk/source.toml").read_text())["mapping"]
    assert mapping["created_at"]["zone"] == "+02:00"
    assert "todo" not in mapping
