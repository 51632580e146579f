"""What the commands say of licences and evidence."""

import json
import tomllib

import pytest

from threadcommons.contributions import Answers
from threadcommons.contributions.papers import table_of
from threadcommons.errors import BadUsage


def test_explain_says_what_is_asked_where_it_leads_and_why(command):
    code, said, _ = command("licenses", "explain", "CC BY-SA 3.0")
    assert code == 0
    assert "license        CC-BY-SA-3.0" in said
    assert "Not an SPDX id, but a known name or address of one" in said
    assert "adaptation of CC-BY-SA-3.0" in said
    assert "section 4(b)" in said


def test_explain_tells_what_to_write_instead(command):
    code, said, _ = command("licenses", "explain", "CC BY-SA")
    assert code == 1
    assert "license.no-version" in said
    assert "CC-BY-SA-4.0, not CC-BY-SA" in said


def test_combine_answers_for_side_by_side_merged_and_one_thing(command):
    code, said, _ = command("licenses", "combine", "CC-BY-4.0", "CC-BY-SA-3.0")
    assert code == 0
    assert "merged into one     CC-BY-4.0 AND CC-BY-SA-3.0 (reciprocal)" in said
    assert said.endswith("one thing from all  CC-BY-SA-4.0\n")


@pytest.mark.parametrize(
    ("licenses", "told"),
    [
        (["CC-BY-SA-4.0", "CC-BY-NC-4.0"], ["under no licence", "in conflict", "split by", "withheld"]),
        (["CC-BY-SA-4.0", "ODbL-1.0 AND LicenseRef-DbCL-1.0"], ["none satisfies all", "withheld"]),
        (["CC0-1.0", "as you like"], ["not understood: as you like", "Write an SPDX id"]),
    ],
)
def test_combine_names_the_clash(command, licenses, told):
    code, said, _ = command("licenses", "combine", *licenses)
    assert code == 1
    assert [words for words in told if words not in said] == []


def test_combine_for_machines(command):
    found = json.loads(command("licenses", "combine", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "--json")[1])
    assert found["format"] == "threadcommons-combined/1"
    assert found["adaptation"]["conflict"]["split_by"] == "class"
    assert found["merged"]["mergeable"] is False


def test_a_class_that_there_is_not_is_wrong_usage(command):
    assert command("licenses", "--class", "freeware")[0] == 2
    assert "CC-BY-NC-4.0" in command("licenses", "--class", "noncommercial")[1]


def test_an_archive_of_own_posts_is_added_with_the_word_of_its_author(package, tmp_path, command):
    posts, page = tmp_path / "outbox.jsonl", tmp_path / "profile.html"
    post = {"kind": "post", "markup": "plain", "text": "Mine.", "author": {"name": "seven"}}
    other = {"kind": "reply", "markup": "plain", "text": "Not mine.", "author": {"name": "eight"}}
    posts.write_text(f"{json.dumps(post)}\n{json.dumps(other)}\n")
    page.write_text("I share what I write under CC BY-SA 4.0.")
    line = ["add", posts, "--source", "mine", "--title", "Mine", "--platform", "mastodon", "--license", "CC-BY-SA-4.0"]
    line += ["--stated-by", "seven, in the profile", "--author", "seven", "--evidence-file", page, "--sign-off", "Seven <s@example.org>"]
    assert command(*line)[0] == 0
    license_ = tomllib.loads((package / "raw/mine/source.toml").read_text())["license"]
    (entry,) = license_["evidence"]
    assert "declared" not in license_
    assert (entry["kind"], entry["authors"], entry["license"]) == ("author-statement", ["seven"], "CC-BY-SA-4.0")
    code, said, _ = command("check", "raw/mine")
    assert code == 0
    assert "license.platform-refuses" in said
    assert command("build")[0] == 0
    assert command("verify", "build/out/0.1.0")[0] == 0
    (package / "raw/mine/evidence/profile.html").write_text("All rights reserved.")
    code, said, _ = command("verify", "build/out/0.1.0")
    assert code == 1
    assert "evidence.file-changed" in said
    assert command("check", "raw/mine")[0] == 1


def test_credits_for_some_rows_only(package, tmp_path, command):
    posts = tmp_path / "posts.jsonl"
    lines = [{"native_id": f"{n}", "kind": "post", "markup": "plain", "text": "t", "license": "CC-BY-4.0", "author": {"name": f"Voice {n}"}} for n in range(3)]
    posts.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert command("add", posts, "--source", "talk", "--title", "Talk", "--platform", "talk")[0] == 0
    assert command("build")[0] == 0
    (tmp_path / "used.txt").write_text("talk:1\n\ntalk:2\n")
    code, said, _ = command("credits", "build/out/0.1.0", "--ids", tmp_path / "used.txt")
    assert (code, [n for n in range(3) if f"Voice {n}" in said]) == (0, [1, 2])
    assert len(json.loads(command("credits", "build/out/0.1.0", "--ids", tmp_path / "used.txt", "--json")[1])["credits"]) == 2
    (tmp_path / "used.txt").write_text("talk:7\n")
    assert command("credits", "build/out/0.1.0", "--ids", tmp_path / "used.txt")[0] == 3


@pytest.fixture
def talked(package, tmp_path, command):
    """A release with credits that lack something, in two languages."""
    lines = [
        {"native_id": "full", "lang": "de", "title": "T", "url": "https://example.org/1", "author": {"name": "Ada", "url": "https://example.org/~ada"}},
        {"native_id": "bare", "lang": "en", "author": {"name": "Ben"}},
        {"native_id": "odd", "lang": "en", "title": "T", "url": "mailto:c@example.org", "author": {"name": "Cleo", "url": "https://example.org/~cleo"}},
        {"native_id": "free", "lang": "de", "license": "CC0-1.0"},
    ]  # fmt: skip
    whole = [{"kind": "post", "markup": "plain", "text": "t", "license": "CC-BY-4.0", **line} for line in lines]
    posts = tmp_path / "talk.jsonl"
    posts.write_text("".join(f"{json.dumps(line)}\n" for line in whole))
    assert command("add", posts, "--source", "talk", "--title", "Talk", "--platform", "talk")[0] == 0
    assert command("build")[0] == 0
    return "build/out/0.1.0"


def test_credits_say_on_the_side_what_they_lack(talked, command):
    code, said, aside = command("credits", talked)
    assert (code, [name for name in ("Ada", "Ben", "Cleo") if name in said]) == (0, ["Ada", "Ben", "Cleo"])
    assert [line.partition(". ")[0] for line in aside.splitlines()] == [
        "warning: credit.no-creator-link: 1 of 3 credits: talk:bare",
        "warning: credit.no-source-link: 2 of 3 credits: talk:bare, talk:odd",
        "warning: credit.no-title: 1 of 3 credits: talk:bare",
    ]
    told = json.loads(command("credits", talked, "--json")[1])
    assert [finding["code"] for finding in told["findings"]] == ["credit.no-creator-link", "credit.no-source-link", "credit.no-title"]
    assert "talk:full" in command("credits", talked, "--csv")[1]


def test_credits_for_rows_of_which_something_holds(talked, tmp_path, command):
    code, said, aside = command("credits", talked, "--where", "lang = 'de' AND license = 'CC-BY-4.0'")
    assert (code, aside) == (0, "")
    assert [name for name in ("Ada", "Ben", "Cleo") if name in said] == ["Ada"]
    (tmp_path / "used.txt").write_text("talk:full\ntalk:odd\n")
    said = command("credits", talked, "--where", "lang = 'en'", "--ids", tmp_path / "used.txt")[1]
    assert [name for name in ("Ada", "Ben", "Cleo") if name in said] == ["Cleo"]
    code, said, aside = command("credits", talked, "--where", "lang == 'en'")
    assert (code, said) == (2, "")
    assert aside.startswith("error: --where: a text in single quotes was expected, not =")


def test_a_statement_of_an_author_needs_a_licence_and_somebody_who_says_so():
    with pytest.raises(BadUsage, match="no licence"):
        table_of(Answers(title="t", platform="p", authors=["seven"]), "jsonl", [], None)
    with pytest.raises(BadUsage, match="who states"):
        table_of(Answers(title="t", platform="p", authors=["seven"], license="CC0-1.0"), "jsonl", [], None)
