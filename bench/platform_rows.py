"""Exports of platforms as they look, with invented content: generators for `bench_sources.py`.

Each takes batches of rows (see `bench_sources.rows`) and yields the pieces of a file: a head, bodies, no tail. What a
platform's export repeats in every record (profiles, settings, empty lists) is there too, since readers have to pass it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape as in_xml

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Batches = "Iterator[list[dict[str, Any]]]"

#: Numbers of posts on a page of an interface, and lengths of what people write where it is short.
_PAGE: Final = 20
_SHORT: Final = 200
_CHAT: Final = 120


def lines_of(shape: Callable[[int, dict[str, Any]], Any]) -> Callable[[Batches], Iterator[bytes]]:
    """A file of JSON lines, one a row; `shape` makes it from the number and the row."""

    def make(batches: Batches) -> Iterator[bytes]:
        for batch in batches:
            yield b"".join(orjson.dumps(shape(int(row["id"][1:]), row)) + b"\n" for row in batch)

    return make


def document_of(head: bytes, shape: Callable[[int, dict[str, Any]], Any]) -> Callable[[Batches], Iterator[bytes]]:
    """One JSON document: a head that opens a list, then an item a row."""

    def make(batches: Batches) -> Iterator[bytes]:
        comma = head
        for batch in batches:
            yield comma + b",".join(orjson.dumps(shape(int(row["id"][1:]), row)) for row in batch)
            comma = b","

    return make


# --- Lines ---


def reddit_comment(number: int, row: dict[str, Any]) -> dict[str, Any]:
    """A comment of a monthly dump."""
    return {
        "author": row["user"], "author_flair_css_class": None, "author_flair_text": None, "body": row["body"],
        "can_gild": True, "controversiality": 0, "created_utc": row["sent"], "distinguished": None, "edited": False,
        "gilded": 0, "id": f"{number:x}", "is_submitter": False, "link_id": f"t3_{number // 20:x}",
        "parent_id": f"t1_{number - 1:x}" if row["reply_to"] else f"t3_{number // 20:x}",
        "permalink": f"/r/maps/comments/{number // 20:x}/a_title/{number:x}/", "retrieved_on": row["sent"] + 900,
        "score": number % 90, "stickied": False, "subreddit": "maps", "subreddit_id": "t5_2qh33",
    }  # fmt: skip


def utterance(number: int, row: dict[str, Any]) -> dict[str, Any]:
    """An utterance of a corpus."""
    return {
        "id": row["id"], "conversation_id": row["thread"], "text": row["body"], "speaker": row["user"],
        "meta": {"score": number % 90, "parsed": None}, "reply-to": row["reply_to"] or None, "timestamp": row["sent"],
        "vectors": [],
    }  # fmt: skip


def hn_item(number: int, row: dict[str, Any]) -> dict[str, Any]:
    """A comment as the interface gives it."""
    return {
        "by": row["user"], "id": number + 1, "kids": [number + 2, number + 3], "parent": max(1, number), "text":
        escape(row["body"]).replace("\n", "<p>"), "time": row["sent"], "type": "comment",
    }  # fmt: skip


def talk_action(number: int, row: dict[str, Any]) -> dict[str, Any]:
    """An action on a talk page."""
    id_ = f"{number + 1000}.0.0"
    return {
        "user_id": f"{number % 977 + 1}", "cleaned_content": row["body"], "user_text": row["user"],
        "timestamp": "2010-02-13T21:06:20Z", "content": row["body"], "parent_id": None, "replyTo_id":
        f"{number + 999}.0.0" if row["reply_to"] else None, "page_id": f"{number // 20}", "indentation": number % 5,
        "authors": [[f"{number % 977 + 1}", row["user"]]], "conversation_id": f"{number // 20 * 20 + 1000}.0.0",
        "page_title": "Talk:Maps", "type": "ADDITION", "id": id_, "ancestor_id": id_, "rev_id": number + 1000,
    }  # fmt: skip


_CID: Final = "bafyreiguky6s4k5gxsv5cmnc6kiayjx4wbjle4pcwkvj6t2x3ztkg7fbw4"
_POSTS: Final = f"at://did:plc:{'a' * 24}/app.bsky.feed.post"
_MADE: Final = 1740787202_000000
_LETTERS: Final = "234567abcdefghijklmnopqrstuvwxyz"


def _key(number: int) -> str:
    """A key that holds the time at which it was made."""
    clock = (_MADE + number) << 10
    return "".join(_LETTERS[clock >> shift & 31] for shift in range(60, -5, -5))


def stream_event(number: int, row: dict[str, Any]) -> dict[str, Any]:
    """A post as it passes by in the stream."""
    record: dict[str, Any] = {
        "$type": "app.bsky.feed.post", "text": row["body"][:_SHORT], "createdAt": "2025-03-01T00:00:02.000Z",
        "langs": ["en"],
    }  # fmt: skip
    if row["reply_to"]:
        root, parent = (f"{_POSTS}/{_key(at)}" for at in (number // 20 * 20, number - 1))
        record["reply"] = {"root": {"uri": root, "cid": _CID}, "parent": {"uri": parent, "cid": _CID}}
    commit = {
        "rev": _key(number), "operation": "create", "collection": "app.bsky.feed.post", "rkey": _key(number),
        "record": record, "cid": _CID,
    }  # fmt: skip
    return {
        "did": f"did:plc:{number % 977:024d}", "time_us": row["sent"] * 1_000_000, "kind": "commit", "commit": commit
    }  # fmt: skip


def _tweet_v2(number: int, row: dict[str, Any]) -> dict[str, Any]:
    id_ = str(1576000000000000000 + number)
    more = {
        "referenced_tweets": [{"type": "replied_to", "id": str(1576000000000000000 + number - 1)}],
        "in_reply_to_user_id": str(1100000000000000000 + (number - 1) % 977),
    } if row["reply_to"] else {}  # fmt: skip
    return {
        "id": id_, "author_id": str(1100000000000000000 + number % 977),
        "conversation_id": str(1576000000000000000 + number // 20 * 20), "created_at": "2022-10-01T09:05:00.000Z",
        "text": f"{row['body'][:_SHORT]} https://t.co/EXAMPLE{number % 1000:03d}", "lang": "en",
        "edit_history_tweet_ids": [id_],
        "edit_controls": {
            "edits_remaining": "5", "is_edit_eligible": False, "editable_until": "2022-10-01T09:35:00.000Z",
        },
        "entities": {"urls": [{
            "start": 200, "end": 223, "url": f"https://t.co/EXAMPLE{number % 1000:03d}",
            "expanded_url": f"https://example.org/{number}", "display_url": f"example.org/{number}",
        }]},
        "public_metrics": {"retweet_count": 0, "reply_count": 1, "like_count": number % 90, "quote_count": 0},
        "possibly_sensitive": False, "reply_settings": "everyone", "source": "Twitter Web App", **more,
    }  # fmt: skip


def _user_v2(number: int) -> dict[str, Any]:
    return {
        "id": str(1100000000000000000 + number), "name": f"User {number}", "username": f"user_{number}",
        "created_at": "2019-02-28T10:00:00.000Z", "protected": False, "verified": False, "description": "Maps, mostly.",
        "url": "", "profile_image_url": "https://pbs.twimg.com/profile_images/1/EXAMPLE_normal.jpg",
        "public_metrics": {"followers_count": 3, "following_count": 4, "tweet_count": 5, "listed_count": 0},
    }  # fmt: skip


def x_pages(batches: Batches) -> Iterator[bytes]:
    """Pages of version 2 as lines, each with its posts and their authors."""
    for batch in batches:
        lines = []
        for first in range(0, len(batch), _PAGE):
            some = [(int(row["id"][1:]), row) for row in batch[first : first + _PAGE]]
            page = {
                "data": [_tweet_v2(number, row) for number, row in some],
                "includes": {"users": [_user_v2(number) for number in sorted({number % 977 for number, _ in some})]},
                "meta": {"newest_id": "1", "oldest_id": "2", "result_count": _PAGE, "next_token": "b26v89c19zqg"},
            }  # fmt: skip
            lines.append(orjson.dumps(page) + b"\n")
        yield b"".join(lines)


def tweet_v1(number: int, row: dict[str, Any]) -> dict[str, Any]:
    """A post of version 1.1 with the profile that comes with each."""
    id_, by = 1576000000000000000 + number, number % 977
    above = id_ - 1 if row["reply_to"] else None
    return {
        "created_at": "Sat Oct 01 09:05:00 +0000 2022", "id": id_, "id_str": str(id_),
        "full_text": row["body"][:_SHORT],
        "truncated": False, "display_text_range": [0, _SHORT],
        "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []},
        "source": '<a href="https://mobile.example.org" rel="nofollow">Web App</a>', "in_reply_to_status_id": above,
        "in_reply_to_status_id_str": above and str(above), "in_reply_to_user_id": None, "in_reply_to_user_id_str": None,
        "in_reply_to_screen_name": None, "geo": None, "coordinates": None, "place": None, "contributors": None,
        "user": {
            "id": 1100000000000000000 + by, "id_str": str(1100000000000000000 + by), "name": f"User {by}",
            "screen_name": row["user"], "location": "", "description": "Maps, mostly.", "url": None,
            "entities": {"description": {"urls": []}}, "protected": False, "followers_count": 3, "friends_count": 4,
            "listed_count": 0, "created_at": "Thu Feb 28 10:00:00 +0000 2019", "favourites_count": 5,
            "utc_offset": None, "time_zone": None, "geo_enabled": False, "verified": False, "lang": None,
            "contributors_enabled": False, "is_translator": False, "is_translation_enabled": False,
            "profile_background_color": "F5F8FA", "profile_background_tile": False, "default_profile": True,
            "profile_image_url_https": "https://pbs.twimg.com/profile_images/1/EXAMPLE_normal.jpg", "following": None,
        },
        "is_quote_status": False, "retweet_count": 0, "favorite_count": number % 90, "favorited": False,
        "retweeted": False, "lang": "en",
    }  # fmt: skip


def chat_row(number: int, row: dict[str, Any]) -> dict[str, Any]:
    """A conversation with a model, two turns."""
    said = [{"role": "user", "content": row["body"][:_CHAT]}, {"role": "assistant", "content": row["body"]}]
    return {"messages": said, "id": f"row-{number}", "source": "synthetic"}


# --- Documents ---


def telegram_message(number: int, row: dict[str, Any]) -> dict[str, Any]:
    """A message of a public group."""
    text = row["body"][:_CHAT]
    more = {"reply_to_message_id": number} if row["reply_to"] else {}
    return {
        "id": number + 1, "type": "message", "date": "2024-10-26T09:00:00", "date_unixtime": str(row["sent"]),
        "from": row["user"], "from_id": f"user{1000 + number % 977}", **more, "text": text,
        "text_entities": [{"type": "plain", "text": text}],
    }  # fmt: skip


def discord_message(number: int, row: dict[str, Any]) -> dict[str, Any]:
    """A message of a channel, with all that the exporter writes."""
    id_ = 1302210596560699393 + number
    answered = {"messageId": str(id_ - 1), "channelId": "920000000000000001", "guildId": "930000000000000001"}
    return {
        "id": str(id_), "type": "Reply" if row["reply_to"] else "Default", "timestamp": "2024-11-02T10:00:00.123+00:00",
        "timestampEdited": None, "callEndedTimestamp": None, "isPinned": False, "content": row["body"][:_CHAT],
        "author": {
            "id": str(900000000000000000 + number % 977), "name": row["user"], "discriminator": "0000",
            "nickname": row["user"], "color": None, "isBot": False,
            "roles": [{"id": "910000000000000001", "name": "walker", "color": "#3498DB", "position": 1}],
            "avatarUrl": "https://cdn.discordapp.com/embed/avatars/0.png",
        },
        "attachments": [], "embeds": [], "stickers": [], "reactions": [], "mentions": [], "inlineEmojis": [],
        **({"reference": answered} if row["reply_to"] else {}),
    }  # fmt: skip


def slack_message(number: int, row: dict[str, Any]) -> dict[str, Any]:
    """A message of a day of a channel."""
    return {
        "client_msg_id": f"00000000-0000-4000-8000-{number:012d}", "type": "message", "user": f"U{number % 977:08d}",
        "text": row["body"][:_CHAT], "ts": f"{row['sent']}.{number % 1000000:06d}", "team": "T00000001",
        "blocks": [{"type": "rich_text", "block_id": "aB1", "elements": [{
            "type": "rich_text_section", "elements": [{"type": "text", "text": row["body"][:_CHAT]}],
        }]}],
    }  # fmt: skip


def zulip_message(number: int, row: dict[str, Any]) -> dict[str, Any]:
    """A message of a topic."""
    return {
        "id": number + 500000, "sender_id": number % 977, "sender_full_name": row["user"], "timestamp": row["sent"],
        "content": f"<p>{escape(row['body'][:_CHAT])}</p>", "reactions": [],
    }  # fmt: skip


# --- Text and elements ---


def mail(batches: Batches) -> Iterator[bytes]:
    """Messages of a list, one in three with a quote."""
    for batch in batches:
        for row in batch:
            number = int(row["id"][1:])
            quote = f"On Monday, somebody wrote:\n> {row['body'][:70]}\n> more\n\n" if number % 3 == 0 else ""
            above = f"In-Reply-To: <m{number - 1}@x>\n" if row["reply_to"] else ""
            lines = "\n".join(row["body"][at : at + 72] for at in range(0, len(row["body"]), 72))
            yield (
                f"From ann at x.example  Wed Jan  3 09:00:00 2024\nFrom: ann at x.example ({row['user']})\n"
                f"Date: Wed, 03 Jan 2024 09:00:00 +0000\nSubject: [list] A thing\n{above}Message-ID: <m{number}@x>\n\n"
                f"{quote}{lines}\n\n{lines}\n\n-- \n{row['user']}\n\n"
            ).encode()


def log(batches: Batches) -> Iterator[bytes]:
    """Lines of a channel."""
    for batch in batches:
        yield "".join(
            f"[{row['sent'] // 600 % 24:02d}:{row['sent'] // 10 % 60:02d}] <{row['user']}> "
            f"{row['body'][:90].split(chr(10))[0]}\n"
            for row in batch
        ).encode()


_ESCAPES: Final = {'"': "&quot;", "\n": "&#xA;"}


def dump(batches: Batches) -> Iterator[bytes]:
    """Posts.xml of a dump; without its end, which readers do not need."""
    yield b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\r\n<posts>\r\n'
    for batch in batches:
        yield "".join(
            f'  <row Id="{row["id"][1:]}" PostTypeId="1" CreationDate="2020-05-06T07:08:09.000" Score="3" '
            f'Body="{in_xml("<p>" + row["body"] + "</p>", _ESCAPES)}" OwnerUserId="7" Title="A thing" Tags="|a|b|" '
            f'ContentLicense="CC BY-SA 4.0" />\r\n'
            for row in batch
        ).encode()
