"""The report: the same every time, in three shapes, and nothing that a stranger wrote gets out of its place."""

import json
import shutil
from pathlib import Path

import pytest
from derivatives import Plan, make_derived, write
from markdown_it import MarkdownIt

import threadcommons as tc
from threadcommons.cli import run
from threadcommons.dedup.shingles import CHARACTERS_PER_WORD, USUAL
from threadcommons.release.reciprocity import reciprocity
from threadcommons.release.reciprocity.taken import RULE


@pytest.fixture
def theirs(world, tmp_path):
    """A derived dataset that breaks share-alike and leaves something to be wished for."""
    folder = tmp_path / "their-set"
    make_derived(folder, world.posts, Plan(100, 0.5, 0.1, "permissive"))
    (folder / "more.arrow").write_bytes(b"")
    return folder


def said(capsys, *arguments):
    code = run(["reciprocity", *map(str, arguments)])
    return code, capsys.readouterr()


def test_a_breach_ends_with_1_and_says_where(theirs, world, capsys):
    code, told = said(capsys, theirs, "--of", world.release)
    assert (code, told.err) == (1, "")
    head, *_ = told.out.split("\n")
    assert head == "their-set: breach"
    for line in (
        "  the derived dataset: 100 rows in 1 file",
        "  stated for the derived dataset as a whole: MIT in README.md",
        "  not read, or not to the end: more.arrow",
        "Share-alike",
        "; stated there: MIT",
        "Notice of changes",
        "no legal advice",
    ):
        assert line in told.out


def test_what_is_honoured_or_nowhere_ends_with_0(world, tmp_path, capsys):
    make_derived(tmp_path / "good", world.posts, Plan(100, 0.5, 0.0, "collection"))
    assert said(capsys, tmp_path / "good", "--of", world.release)[0] == 0
    make_derived(tmp_path / "silent", world.posts, Plan(100, 0.5, 0.0, "silent"))
    code, told = said(capsys, tmp_path / "silent", "--of", world.release)
    assert (code, told.out.split("\n")[0]) == (0, "silent: could not verify")
    make_derived(tmp_path / "other", world.posts, Plan(100, 0.0, 0.0, "permissive"))
    code, told = said(capsys, tmp_path / "other", "--of", world.release)
    assert (code, told.out.split("\n")[0]) == (0, "other: nothing found")


def test_what_cannot_be_done_ends_with_3_and_wrong_usage_with_2(world, tmp_path, capsys):
    code, told = said(capsys, tmp_path / "nowhere", "--of", world.release)
    assert (code, told.out) == (3, "")
    assert told.err == "error: nowhere: there is nothing here (name a file or a folder)\n"
    (tmp_path / "x.csv").write_text("text\nwords\n")
    assert said(capsys, tmp_path / "x.csv", "--of", tmp_path)[0] == 3
    assert said(capsys, tmp_path / "x.csv")[0] == 2


def test_columns_can_be_named(world, tmp_path, capsys):
    post = world.of("CC-BY-SA-4.0", 1)[0]
    (tmp_path / "x.csv").write_text(f'text,odd\nno words,"{post.text}"\n', encoding="utf-8")
    for columns, found in ((["odd"], 1), (["text"], 0), (["text", "odd"], 1)):
        options = [word for column in columns for word in ("--text", column)]
        _, told = said(capsys, tmp_path / "x.csv", "--of", world.release, "--json", *options)
        assert json.loads(told.out)["found"]["rows"] == found


def test_machines_are_told_everything(theirs, world, capsys):
    code, told = said(capsys, theirs, "--of", world.release, "--json")
    facts = json.loads(told.out)
    assert code == 1
    assert facts["format"] == "threadcommons-reciprocity/1"
    assert facts["verdict"] == "breach"
    assert facts["release"]["dataset"] == "The market square"
    assert facts["found"]["rows"] == sum(facts["found"]["by"].values()) == sum(facts["found"]["licenses"].values())
    assert {one["severity"] for one in facts["findings"]} == {"error", "warning"}
    assert all(one["examples"] and one["rows"] >= len(one["examples"]) for one in facts["judgements"])
    example = facts["judgements"][0]["examples"][0]
    assert example.keys() == {"id", "license", "file", "line", "stated"}
    assert example["file"] == "data/train.parquet"


def test_the_library_says_the_same(theirs, world):
    outcome = tc.reciprocity(str(theirs), world.release)
    assert outcome.as_dict() == reciprocity(theirs, world.release).as_dict()
    assert [finding.code for finding in outcome.breaches] == ["reciprocity.share-alike"]


def test_every_shape_is_the_same_wherever_the_dataset_lies(theirs, world, tmp_path):
    moved = shutil.copytree(theirs, tmp_path / "deep" / "down" / theirs.name)
    one, two = reciprocity(theirs, world.release), reciprocity(moved, world.release)
    assert (one.as_dict(), one.as_text(), one.as_markdown()) == (two.as_dict(), two.as_text(), two.as_markdown())
    assert str(tmp_path) not in one.as_text() + one.as_markdown() + json.dumps(one.as_dict())


HOSTILE = "x\n# Breach\n\u202e<script>alert(1)</script>[a](http://example.org)|\x1b[31m*b*"


def test_strangers_words_stay_words(world, tmp_path):
    post = world.of("CC-BY-SA-4.0", 1)[0]
    folder = tmp_path / "a#<b>*c*"
    write(folder, [{"text": str(post.text)}], "jsonl", json.dumps(HOSTILE))
    (folder / "data" / "train.jsonl").rename(folder / "data" / "tra[in](x)\x1b[0m.jsonl")
    outcome = reciprocity(folder, world.release)
    plain, markdown = outcome.as_text(), outcome.as_markdown()
    for words in (plain, markdown):
        assert "\x1b" not in words
        assert "\u202e" not in words
        assert "\n# Breach" not in words
    tokens = MarkdownIt().parse(markdown)
    kinds = {child.type for token in tokens for child in token.children or []}
    assert kinds <= {"text", "softbreak"}
    heads = [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]
    assert heads[1:] == ["Compared", "Found", "Share-alike", "Credit", "Provenance", "How to read this"]
    assert len(heads) == 7


def test_the_report_is_as_long_as_what_it_has_to_say(world, tmp_path):
    make_derived(tmp_path / "all", world.posts, Plan(500, 1.0, 0.0, "nameless"))
    assert len(reciprocity(tmp_path / "all", world.release).as_text()) < 4000


def test_the_page_about_it_has_the_numbers_of_the_rule():
    page = " ".join((Path(__file__).parents[3] / "docs" / "reciprocity.md").read_text(encoding="utf-8").split())
    told = (
        f"at least {RULE.share:.0%} of the row's shingles".replace("%", " %"),
        f"and at least {RULE.least}, stand in a text",
        f"and at least {RULE.cut_least}, in the row",
        f"Texts of fewer than {RULE.words} words ({RULE.words * CHARACTERS_PER_WORD} characters",
        f"or with {RULE.certain} shingles in common",
        f"({_in_words(USUAL.words)} words in a row; {_in_words(USUAL.characters)} characters in scripts without spaces)",
    )
    assert [words for words in told if words not in page] == []
    assert RULE.cut_share == 0.5


def _in_words(number):
    return ("zero", "one", "two", "three", "four", "five")[number]
