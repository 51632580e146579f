"""The dumps of Stack Exchange: what becomes of a row, and how its table and site are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from threadcommons.errors import BadSources
from threadcommons.model import Export
from threadcommons.schema import explain
from threadcommons.sources.base import Head, Parsed, Refusal
from threadcommons.sources.stackexchange import TABLES, Context, context, needs, parse, recognise

SITE = "example.org"

QUESTION = {
    "Id": "1", "PostTypeId": "1", "AcceptedAnswerId": "3", "CreationDate": "2010-11-02T10:00:00.000", "Score": "5",
    "Body": "<p>How?</p>", "OwnerUserId": "11", "Title": "How <b>?", "Tags": "|folding|maps|", "ContentLicense": "CC BY-SA 2.5",
}  # fmt: skip
ANSWER = {
    "Id": "3",
    "PostTypeId": "2",
    "ParentId": "1",
    "CreationDate": "2011-04-08T00:00:00.000",
    "Body": "<p>So.</p>",
}
COMMENT = {
    "Id": "7",
    "PostId": "3",
    "Score": "0",
    "Text": "*no*: <p>",
    "CreationDate": "2012-01-01T00:00:00.000",
    "UserId": "12",
}
USERS = {"11": "User A", "12": "User B", "13": " "}


def row(cells: dict[str, str | None]) -> bytes:
    present = {name: value for name, value in cells.items() if value is not None}
    return ("<row " + " ".join(f"{name}={quoteattr(value)}" for name, value in present.items()) + " />").encode()


def post(cells: dict[str, str | None], **changed: str | None) -> Parsed:
    parsed = parse(row({**cells, **changed}), 0, Context("posts" if "PostTypeId" in cells else "comments", SITE, USERS))
    assert isinstance(parsed, Refusal) or explain("post", parsed) == []
    return parsed


def made(cells: dict[str, str | None], **changed: str | None) -> dict[str, Any]:
    parsed = post(cells, **changed)
    assert isinstance(parsed, dict), parsed
    return parsed


def told(parsed: Parsed) -> tuple[str, str, str]:
    assert isinstance(parsed, Refusal)
    return parsed.fate, parsed.code, parsed.pointer


# --- One row ---


def test_a_question_is_the_root_of_its_conversation() -> None:
    assert post(QUESTION) == {
        "native_id": "example.org/1",
        "conversation": "example.org/1",
        "parent_state": "root",
        "kind": "question",
        "title": "How <b>?",
        "url": "https://example.org/q/1",
        "text": "How?",
        "markup": "html",
        "created_at": "2010-11-02T10:00:00.000Z",
        "author": {"name": "User A", "id": "example.org/11", "url": "https://example.org/users/11"},
        "labels": [
            {"name": "score", "value": "5", "annotator": "stackexchange", "method": "platform-counter"},
            {
                "name": "accepted-answer",
                "value": "example.org/3",
                "annotator": "stackexchange",
                "method": "platform-mark",
            },
            {"name": "tags", "value": "folding maps", "annotator": "stackexchange", "method": "platform-tags"},
        ],
        "license": "CC BY-SA 2.5",
    }


def test_an_answer_belongs_to_its_question() -> None:
    assert post(ANSWER, LastEditDate="2018-05-02T00:00:00.123") == {
        "native_id": "example.org/3",
        "conversation": "example.org/1",
        "parent": "example.org/1",
        "kind": "answer",
        "url": "https://example.org/a/3",
        "text": "So.",
        "markup": "html",
        "created_at": "2011-04-08T00:00:00.000Z",
        "edited_at": "2018-05-02T00:00:00.123Z",
    }


def test_a_comment_answers_its_post_and_keeps_its_own_notation() -> None:
    assert post(COMMENT, ContentLicense="CC BY-SA 3.0") == {
        "native_id": "example.org/c/7",
        "parent": "example.org/3",
        "kind": "comment",
        "url": "https://example.org/posts/comments/7",
        "text": "*no*: <p>",
        "markup": "markdown",
        "created_at": "2012-01-01T00:00:00.000Z",
        "author": {"name": "User B", "id": "example.org/12", "url": "https://example.org/users/12"},
        "labels": [{"name": "score", "value": "0", "annotator": "stackexchange", "method": "platform-counter"}],
        "license": "CC BY-SA 3.0",
    }


@pytest.mark.parametrize(
    ("user", "shown", "author"),
    [
        ("11", "old name", {"name": "User A", "id": "example.org/11", "url": "https://example.org/users/11"}),
        ("99", "old name", {"name": "old name", "id": "example.org/99", "url": "https://example.org/users/99"}),
        ("99", None, {"name": "user99", "id": "example.org/99", "url": "https://example.org/users/99"}),
        ("13", "", {"name": "user13", "id": "example.org/13", "url": "https://example.org/users/13"}),
        ("-1", None, {"name": "Community", "id": "example.org/-1", "url": "https://example.org/users/-1"}),
        (None, "user1234", {"name": "user1234"}),
        (None, " ", None),
        (None, None, None),
    ],
)
def test_authors_are_named_as_well_as_the_dump_can(user: str | None, shown: str | None, author: Any) -> None:
    for parsed in (
        post(ANSWER, OwnerUserId=user, OwnerDisplayName=shown),
        post(COMMENT, UserId=user, UserDisplayName=shown),
    ):
        assert isinstance(parsed, dict)
        assert parsed.get("author") == author


@pytest.mark.parametrize("tags", ["<a-b><c++>", "|a-b|c++|", "a-b c++"])
def test_tags_are_read_in_every_spelling(tags: str) -> None:
    parsed = made(QUESTION, Tags=tags)
    assert [label["value"] for label in parsed["labels"] if label["name"] == "tags"] == ["a-b c++"]


def test_a_closed_question_says_since_when() -> None:
    parsed = made(QUESTION, ClosedDate="2018-05-03T00:00:00.000", Tags="", Title="", AcceptedAnswerId=None)
    assert [(label["name"], label["value"]) for label in parsed["labels"]] == [
        ("score", "5"),
        ("closed", "2018-05-03T00:00:00.000Z"),
    ]
    assert "title" not in parsed


def test_links_and_pictures_are_named_and_completed() -> None:
    parsed = made(ANSWER, Body='<a href="/q/1">a</a><img src="https://example.org/i.png" alt="b">')
    assert parsed["links"] == ["https://example.org/q/1"]
    assert parsed["media"] == [{"type": "image", "url": "https://example.org/i.png", "alt": "b"}]


def test_a_licence_is_taken_as_it_is_written_and_never_inferred_here() -> None:
    assert made(ANSWER, ContentLicense="CC BY-SA 9.9")["license"] == "CC BY-SA 9.9"
    assert "license" not in made(ANSWER, ContentLicense="")


@pytest.mark.parametrize("kind", "345678")
def test_pages_about_the_site_are_left_out(kind: str) -> None:
    assert told(post(QUESTION, PostTypeId=kind, Body="")) == ("excluded", "record.not-a-post", "")


@pytest.mark.parametrize("kind", ["0", "9", "99", "-1", "01"])
def test_a_post_type_from_the_future_is_not_guessed_at(kind: str) -> None:
    assert told(post(QUESTION, PostTypeId=kind)) == ("quarantined", "record.bad-field", "/PostTypeId")


@pytest.mark.parametrize("body", [None, "", " \n", "<p></p>\n", "<!-- x -->", "<script>x</script>"])
def test_a_post_without_text_is_left_out(body: str | None) -> None:
    assert told(post(ANSWER, Body=body)) == ("excluded", "record.empty-text", "")
    assert told(post(COMMENT, Text=body and body[:0])) == ("excluded", "record.empty-text", "")


def test_a_picture_alone_is_a_post() -> None:
    parsed = made(ANSWER, Body='<p><img src="https://example.org/i.png"></p>')
    assert parsed["text"] == ""


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        *((QUESTION, name) for name in ("Id", "CreationDate", "PostTypeId")),
        *((ANSWER, name) for name in ("Id", "CreationDate", "PostTypeId", "ParentId")),
        *((COMMENT, name) for name in ("Id", "CreationDate", "PostId")),
    ],
)
def test_a_cell_that_is_needed_is_missed(cells: dict[str, str | None], name: str) -> None:
    table = "posts" if "PostTypeId" in cells else "comments"
    parsed = parse(row({**cells, name: None}), 0, Context(table, SITE))
    assert told(parsed) == ("quarantined", "record.missing-field", f"/{name}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Id", ""), ("Id", "1 "), ("Id", "x"), ("Id", "1.0"), ("Id", "٣"), ("Id", "9" * 19), ("ParentId", "1/2"), ("Score", "many"),
        ("OwnerUserId", "../1"), ("AcceptedAnswerId", ""), ("CreationDate", ""), ("CreationDate", "2011-04-08"),
        ("CreationDate", "2011-04-08T00:00:00.000Z"), ("CreationDate", "2011-04-08 00:00:00"), ("CreationDate", "2011-02-30T00:00:00.000"),
        ("CreationDate", "0000-01-01T00:00:00.000"), ("CreationDate", "2011-04-08T24:00:01.000"), ("CreationDate", "1302220800"),
        ("CreationDate", "٢٠١١-04-08T00:00:00.000"), ("LastEditDate", "yesterday"), ("ClosedDate", "2011-04-08T00:00:60.000"),
        ("CreationDate", "2011-04-08T00:00:00.0000000"),
    ],
)  # fmt: skip
def test_a_cell_of_another_form_is_not_bent_into_shape(name: str, value: str) -> None:
    assert told(post(ANSWER, **{name: value})) == ("quarantined", "record.bad-field", f"/{name}")


def test_what_a_refusal_says_holds_no_word_of_the_post() -> None:
    refused = post(ANSWER, Id="SECRET", Body="SECRET")
    assert "SECRET" not in repr(refused)


def test_a_row_that_is_no_xml_is_refused() -> None:
    assert told(parse(b"<row Id='1' Id='2'/>", 0, Context("posts", SITE))) == ("quarantined", "record.xml-syntax", "")


@pytest.mark.parametrize("table", [*sorted(TABLES.keys() - {"posts", "comments"}), "unknown"])
def test_rows_of_other_tables_are_left_out_unread(table: str) -> None:
    assert told(parse(b"\xff\0 not even xml", 0, Context(table, SITE))) == ("excluded", "record.not-a-post", "")


def test_quoted_blocks_are_left_out_unless_they_are_asked_for() -> None:
    cells = {**ANSWER, "Body": "<blockquote><p>theirs</p></blockquote><p>ours</p>"}
    kept = context(export("posts.xml"), [], {"site": SITE, "quotes": True})
    assert post(cells)["text"] == "> […]\n\nours"
    assert parse(row(cells), 0, Context("posts", SITE, without=kept.without))["text"] == "> theirs\n\nours"


# --- Context ---


def export(name: str, path: Path | None = None, *, stored: bool = True) -> Export:
    stored = stored and path is not None
    return Export("s", name, path or Path("/nowhere"), "0" * 64, path.stat().st_size if path else 0, stored=stored)


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("Posts.xml", ["Users.xml"]),
        ("Comments.xml", ["Users.xml"]),
        ("a/Posts.xml", ["a/Users.xml"]),
        ("a/dump-of-posts.xml", ["a/Users.xml"]),
        ("b/Posts.xml", ["b/old-users.xml"]),
        ("c/Posts.xml", []),
        ("Users.xml", []),
        ("Votes.xml", []),
    ],
)
def test_names_are_looked_up_in_the_table_of_users_beside(name: str, needed: list[str]) -> None:
    names = ["Users.xml", "a/Users.xml", "b/old-users.xml", "Posts.xml", "Comments.xml", "Votes.xml", "a/Posts.xml"]
    assert list(needs(name, names)) == needed


def test_the_table_is_told_by_its_content_and_only_then_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "download.xml"
    path.write_bytes(b'\xef\xbb\xbf<?xml version="1.0"?>\r\n<comments>\r\n  <row Id="1"/>')
    assert context(export("Posts.xml", path), [], {"site": SITE}).table == "comments"
    path.write_bytes(b'  <row Id="1"/>')
    assert context(export("Posts.xml", path), [], {"site": SITE}).table == "posts"
    assert context(export("sub/Comments.xml"), [], {"site": SITE}).table == "comments"
    assert context(export("thing.xml", path), [], {"site": SITE}).table == "thing"


@pytest.mark.parametrize(
    "site", ["", "https://example.org", "example.org/", "Example.org", "example", "a b.org", "é.org", "x.org\n"]
)
def test_a_site_that_is_no_host_name_stops_the_source(site: str) -> None:
    with pytest.raises(BadSources, match="host name"):
        context(export("Posts.xml"), [], {"site": site})


def test_only_ids_and_names_of_users_are_kept_and_broken_rows_do_no_harm(tmp_path: Path) -> None:
    users = tmp_path / "Users.xml"
    users.write_bytes(
        b'<users><row Id="1" DisplayName="A &lt;b&gt;" AboutMe="PRIVATE" Location="PRIVATE"/>\n<row Id="2" DisplayName="x />\n'
        b'<row Id="3"/><row Id="4" DisplayName="D"/></users>'
    )
    posts = export("Posts.xml")
    found = context(posts, [posts, export("Users.xml", users)], {"site": SITE})
    assert found.users == {"1": "A <b>", "4": "D"}
    users.write_bytes(b"")
    assert context(posts, [posts, export("Users.xml", users)], {"site": SITE}).users == {}
    assert context(posts, [posts, export("Users.xml", users, stored=False)], {"site": SITE}).users == {}


# --- Recognition ---


@pytest.mark.parametrize(
    "start",
    [
        b'<posts><row Id="1" PostTypeId="1" Body="cut off he',
        b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\r\n<posts>\r\n  <row PostTypeId=\'2\' Id="1"/>',
        b'<!-- a copy --> <votes> <row Id="1" PostId="2" VoteTypeId="3"/>',
        b'<?xml version="1.0"?><badges></badges>',
    ],
)
def test_a_dump_is_known_by_what_is_in_it(start: bytes) -> None:
    assert recognise(Head("download.bin", start, len(start)))


@pytest.mark.parametrize(
    "start",
    [
        b"", b" " * 65536, b"<posts>", b"<posts></posts>", b"<posts><row/></posts>", b'<posts user="a"><post href="b"/></posts>',
        b'<users><row Id="1" Name="x"/>', b'<html><row Id="1" PostTypeId="1"/>', b'{"posts": []}', b"\xff\xfe<\0p\0o\0s\0t\0s\0>\0",
        b"<!DOCTYPE posts><posts><row Id='1' PostTypeId='1'/>", b"<posts><row Title='Id=\"1\" PostTypeId=\"1\"'/>", b"<!--" * 16384,
        b"<posts>" + b"<row a='" * 9000, b"<comments><row Id='1' PostTypeId='2'/>",
    ],
)  # fmt: skip
def test_anything_else_is_not(start: bytes) -> None:
    assert recognise(Head("Posts.xml", start, len(start))) is None


@pytest.mark.parametrize(
    ("type_", "code"),
    [("1", "record.superseded"), ("5", "record.superseded"), ("9", "record.superseded"), ("10", "record.notice"), ("12", "record.notice"), ("99", "record.notice"), ("x", "record.not-a-post")],
)  # fmt: skip
def test_history_is_versions_and_events_and_never_a_text(type_: str, code: str) -> None:
    row = b'<row Id="1" PostHistoryTypeId="%s" PostId="1" Text="taken back" UserDisplayName="Ann" />' % type_.encode()
    found = parse(row, 0, Context("posthistory", "example.org"))
    assert isinstance(found, Refusal)
    assert (found.fate, found.code) == ("excluded", code)
    assert "taken back" not in repr(found)
