"""GitHub: names as people write them, and no code, mail or event among the words."""

from __future__ import annotations

import json

import pytest

from threadcommons.sources import READERS
from threadcommons.sources.github import READER

from .reading import damaged, expected, export_of, head_of, read_text, reading, shared, silent

REPO = "https://github.com/some-org/soups"
ISSUE = {"html_url": f"{REPO}/issues/1", "number": 1, "title": "Salt", "body": "How much?", "user": {"login": "some-one", "type": "User"}, "created_at": "2024-04-01T10:00:00Z"}
COMMENT = {"html_url": f"{REPO}/issues/1#issuecomment-31", "body": "A little.", "user": {"login": "other"}, "created_at": "2024-04-01T11:00:00Z"}


def one(folder, thing, **more):
    found = read_text(READER, folder, json.dumps([thing | more]))
    return found.posts[0] if found.posts else found.refusals[0].code


@pytest.mark.parametrize("name", ["issues.json", "issue_comments.json", "pull_review_comments.json", "discussions_graphql.json"])
def test_the_shared_files(name):
    path = shared(f"github/{name}")
    found = reading(READER, export_of(path))
    counts = next(entry["counts"] for entry in expected("github") if entry["path"] == f"github/{name}")
    assert len(found.records) == counts["records"]
    assert silent(found)
    assert not any(code.startswith("post.") for code in found.codes)
    assert [key for key, reader in READERS.items() if reader.recognise(head_of(path)) and not reader.last] == ["github"]


@pytest.mark.parametrize("name", ["issues/1.json", "pulls/3.json"])
def test_the_shared_backup(name):
    found = reading(READER, export_of(shared(f"github/backup/{name}")))
    assert silent(found)
    assert found.posts
    assert found.posts[0]["parent_state"] == "root"
    assert found.codes["record.notice"] >= 1


def test_comments_are_on_their_issue(tmp_path):
    issue, comment = one(tmp_path, ISSUE), one(tmp_path, COMMENT)
    assert (issue["native_id"], issue["conversation"], issue["parent_state"], issue["title"]) == ("some-org/soups#1", "some-org/soups#1", "root", "Salt")
    assert (comment["native_id"], comment["conversation"], comment["parent"], comment["kind"]) == ("some-org/soups#1/issuecomment-31", "some-org/soups#1", "some-org/soups#1", "comment")
    review = one(tmp_path, COMMENT, html_url=f"{REPO}/pull/3#discussion_r15", in_reply_to_id=14)
    assert (review["native_id"], review["parent"]) == ("some-org/soups#3/discussion_r15", "some-org/soups#3/discussion_r14")


def test_machines_and_ghosts(tmp_path):
    assert {"name": "bot", "value": "true", "annotator": "github", "method": "platform-mark"} in one(tmp_path, ISSUE, user={"login": "x[bot]", "type": "Bot"})["labels"]
    assert "author" not in one(tmp_path, ISSUE, user={"login": "ghost"})
    assert "author" not in one(tmp_path, ISSUE, user=None)


def test_mail_in_an_answer_is_cut(tmp_path):
    text = one(tmp_path, COMMENT, body="Yes.\r\n\r\nOn Monday, some-one wrote:\r\n> How much?\r\n> Tell.\r\n\r\n-- \r\nOther\r\nother@example.org")["text"]
    assert text == "Yes.\n\n[…]"
    kept = one(tmp_path, COMMENT, body="> How much?\n\nA little.\n-- \nOther")["text"]
    assert kept == "> How much?\n\nA little.\n-- \nOther"


def test_discussions_keep_their_tree(tmp_path):
    def node(number, *below, **more):
        own = {"url": f"{REPO}/discussions/5#discussioncomment-{number}", "body": f"number {number}", "author": {"login": "some-one"}}
        return own | {"replies": {"nodes": list(below)}} | more

    top = {"url": f"{REPO}/discussions/5", "title": "T", "body": "B", "comments": {"nodes": [node(1, node(2)), node(3, isMinimized=True)]}}
    found = read_text(READER, tmp_path, json.dumps({"data": {"repository": {"discussions": {"nodes": [top]}}}}))
    assert {post["native_id"].rpartition("-")[2]: post.get("parent") for post in found.posts} == {
        "org/soups#5": None, "1": "some-org/soups#5", "2": "some-org/soups#5/discussioncomment-1",
    }  # fmt: skip
    assert found.codes == {"record.deleted": 1}


@pytest.mark.parametrize(("more", "code"), [({"body": "", "title": None}, "empty-text"), ({"html_url": "https://example.org"}, "missing-field"), ({"event": "labeled"}, "notice"), ({"isMinimized": True}, "deleted"), ({"body": 5}, "bad-field")])
def test_what_is_no_text(tmp_path, more, code):
    assert one(tmp_path, ISSUE, **more) == f"record.{code}"


def test_accidents_lose_no_byte(tmp_path):
    still = sum(len(read_text(READER, tmp_path, data).posts) for data in damaged([json.dumps([ISSUE, COMMENT]).encode()], 100, 5))
    assert still > 15


@pytest.mark.parametrize("body", ["Soup.\r\n\r\n> typed as a quote\r\n", "  Soup\r\n", "a\rb\n"])
def test_what_was_typed_keeps_its_ends_of_lines(body, tmp_path):
    assert one(tmp_path, COMMENT, body=body)["text"] == body
