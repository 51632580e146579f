"""Two hundred files that are wrong or called wrongly, and of each what it may be taken for at most. Holds no tests.

They come from a seed: small good exports under wrong names, cut short, in other encodings, between other bytes; and
files that are no exports, many of them close to one. "Don't know" is always a right answer. What is a table of posts
whatever else it may be can be taken for a `table`.
"""

import bz2
import gzip
import io
import json
import lzma
import random
import zipfile
from dataclasses import dataclass

DID, SHA, WHEN = "did:plc:abcdefghijklmnopqrstuvwx", "a" * 64, "2024-03-01T12:00:00Z"


@dataclass(frozen=True)
class Wrong:
    """A file, what is wrong with it, and the formats that it may be taken for."""

    name: str
    data: bytes
    what: str
    allowed: frozenset[str]


def _json(value):
    return json.dumps(value, indent=1).encode()


def _lines(*values):
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


_RECORD = {"$type": "app.bsky.feed.post", "text": "Soup", "createdAt": WHEN}
_VIEW = {"uri": f"at://{DID}/app.bsky.feed.post/3k2yihcrp6f2c", "cid": "bafyreia", "author": {"did": DID, "handle": "a.example.org"}, "record": _RECORD, "indexedAt": WHEN}
_TWEET = {"id_str": "12", "id": "12", "created_at": "Sat Nov 09 12:14:18 +0000 2024", "full_text": "Soup", "lang": "en", "entities": {"urls": []}, "source": "x", "retweeted": False}
_STATUS = {
    "id": "1", "uri": "https://m.example.org/users/a/statuses/1", "url": "https://m.example.org/@a/1", "created_at": WHEN, "content": "<p>Soup</p>", "visibility": "public",
    "spoiler_text": "", "sensitive": False, "language": "en", "in_reply_to_id": None, "account": {"id": "1", "acct": "a", "username": "a", "display_name": "A", "url": "https://m.example.org/@a"},
    "media_attachments": [], "mentions": [], "tags": [], "emojis": [], "reblog": None, "reblogs_count": 0,
}  # fmt: skip
_NOTE = {"id": "https://m.example.org/users/a/statuses/1", "type": "Note", "content": "<p>Soup</p>", "published": WHEN, "attributedTo": "https://m.example.org/users/a", "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": []}
_OUTBOX = {"@context": "https://www.w3.org/ns/activitystreams", "id": "outbox.json", "type": "OrderedCollection", "totalItems": 1, "orderedItems": [{"id": "x", "type": "Create", "actor": "https://m.example.org/users/a", "published": WHEN, "to": _NOTE["to"], "cc": [], "object": _NOTE}]}
_DISCORD = {"guild": {"id": "1", "name": "Bread"}, "channel": {"id": "2", "type": "GuildTextChat", "category": "c", "name": "n", "topic": None}, "dateRange": {"after": None, "before": None}, "exportedAt": WHEN, "messages": [{"id": "3", "type": "Default", "timestamp": WHEN, "timestampEdited": None, "isPinned": False, "content": "Soup", "author": {"id": "4", "name": "a", "discriminator": "0000", "nickname": "a", "isBot": False}, "attachments": [], "embeds": [], "stickers": [], "reactions": [], "mentions": []}], "messageCount": 1}
_TOPIC_POST = {"id": 5, "name": "A", "username": "a", "created_at": WHEN, "cooked": "<p>Soup</p>", "post_number": 1, "post_type": 1, "updated_at": WHEN, "reply_to_post_number": None, "topic_id": 7, "topic_slug": "soup", "user_id": 1, "version": 1, "hidden": False, "trust_level": 1}
_COMMENT = {"author": "a", "body": "Soup", "created_utc": 1709294400, "id": "kabc", "link_id": "t3_b", "parent_id": "t3_b", "subreddit": "soup", "subreddit_id": "t5_2", "name": "t1_kabc", "score": 1, "edited": False, "permalink": "/r/soup/comments/b/x/kabc/"}
_ISSUE = {"url": "https://api.github.com/repos/o/r/issues/1", "repository_url": "https://api.github.com/repos/o/r", "html_url": "https://github.com/o/r/issues/1", "id": 1, "node_id": "I_1", "number": 1, "title": "Soup", "user": {"login": "a", "id": 1, "type": "User"}, "labels": [], "state": "open", "comments": 0, "created_at": WHEN, "updated_at": WHEN, "closed_at": None, "author_association": "NONE", "body": "Cold."}
_LEMMY = {"comments": [{"comment": {"id": 1, "creator_id": 2, "post_id": 3, "content": "Soup.", "removed": False, "deleted": False, "published": WHEN, "ap_id": "https://l.example/comment/1", "local": True, "path": "0.1", "distinguished": False, "language_id": 37}, "creator": {"id": 2, "name": "b", "actor_id": "https://l.example/u/b", "deleted": False}, "post": {"id": 3, "name": "Soup?", "ap_id": "https://l.example/post/3"}, "community": {"id": 4, "name": "soup", "actor_id": "https://l.example/c/soup", "visibility": "Public"}, "counts": {"score": 1}}]}
_WIKI = {"user_id": "517", "cleaned_content": "Soup.\n", "user_text": "A", "timestamp": WHEN, "content": "Soup.\n", "parent_id": None, "replyTo_id": None, "page_id": "5", "indentation": 0, "authors": [["517", "A"]], "conversation_id": "1.0.0", "page_title": "Talk:Soup", "type": "ADDITION", "id": "1.0.0", "ancestor_id": "1.0.0", "rev_id": "1"}
_TELEGRAM = {"name": "Soup", "type": "public_supergroup", "id": 1234567, "messages": [{"id": 1, "type": "message", "date": "2024-03-01T12:00:00", "date_unixtime": "1709294400", "from": "A", "from_id": "user1", "text": "Soup", "text_entities": [{"type": "plain", "text": "Soup"}]}]}
_SGD = [{"dialogue_id": "1_00000", "services": ["Events_1"], "turns": [{"frames": [{"actions": [], "service": "Events_1", "slots": []}], "speaker": "USER", "utterance": "Soup?"}]}]
_TOPICAL = {"t_c04d2b82-ecc0-4128-b5de-91bb3211fe47": {"article_url": "https://example.org/", "config": "D", "content": [{"message": "Soup?", "agent": "agent_1", "sentiment": "Happy", "knowledge_source": ["FS3"], "turn_rating": "Good"}], "conversation_rating": {"agent_1": "Good", "agent_2": "Good"}}}
_GITTER = b"54d4a1d6db8155e6700f853b\tbread/soup\t2015-10-24T23:57:46.217Z\t562bf55a16b6c7089cb8%04x\ta\t54b5a1d6db8155e6700f8%03x\tSoup\r\n"
_MAIL = b"From ann@example.org  Wed Jan  3 09:00:00 2024\nFrom: Ann <ann@example.org>\nMessage-ID: <a@x>\nDate: Wed, 03 Jan 2024 09:00:00 +0000\nSubject: Soup\n\nIt is cold.\n\n"
_ROW = b'  <row Id="%d" PostTypeId="1" CreationDate="2020-05-06T07:08:09.000" Score="1" Body="&lt;p&gt;Soup&lt;/p&gt;" OwnerUserId="1" ContentLicense="CC BY-SA 4.0" />\r\n'
_TABLE = "id,thread,reply_to,user,created,lang,license,body\r\n" + "".join(f'g{n},t1,,user_{n % 3},{1372096774 + n},en,CC0-1.0,"Which soup is older, {n}?"\r\n' for n in range(12))

#: Format -> the right name of a small good export of it, and its bytes.
GOOD = {
    "bluesky": ("thread.json", _json({"thread": {"$type": "app.bsky.feed.defs#threadViewPost", "post": _VIEW, "replies": []}})),
    "chat": ("rows.jsonl", _lines(*[{"messages": [{"role": "user", "content": "Soup?"}, {"role": "assistant", "content": "Yes."}]}] * 3)),
    "convokit": ("utterances.jsonl", _lines(*[{"id": f"u{n}", "speaker": "a", "conversation_id": "u0", "reply-to": None, "timestamp": n, "text": "Soup", "meta": {}} for n in range(3)])),
    "discord": ("channel.json", _json(_DISCORD)),
    "discourse": ("topic.json", _json({"post_stream": {"posts": [_TOPIC_POST], "stream": [5]}, "id": 7, "title": "Soup", "fancy_title": "Soup", "posts_count": 1, "slug": "soup", "category_id": 1, "archetype": "regular"})),
    "github": ("issues.json", _json([_ISSUE])),
    "gitter": ("room.tsv", b"".join(_GITTER % (n, n) for n in range(6))),
    "hackernews": ("items.jsonl", _lines(*[{"by": "a", "id": 8000 + n, "parent": 7999, "text": "Soup", "time": 1709294400, "type": "comment"} for n in range(3)])),
    "irc": ("2024-03-01.log", b"".join(b"[12:%02d] <ann> Soup number %d\n" % (n, n) for n in range(20))),
    "jetstream": ("stream.jsonl", _lines(*[{"did": DID, "time_us": 1709294400000000 + n, "kind": "commit", "commit": {"rev": "3k", "operation": "create", "collection": "app.bsky.feed.post", "rkey": "3k2yihcrp6f2c", "record": _RECORD, "cid": "bafyreia"}} for n in range(3)])),
    "jsonl": ("posts.jsonl", _lines(*[{"native_id": f"p{n}", "kind": "post", "markup": "plain", "text": "Soup"} for n in range(3)])),
    "lemmy": ("comments.json", _json(_LEMMY)),
    "mastodon-api": ("statuses.json", _json([_STATUS])),
    "mastodon-archive": ("outbox.json", _json(_OUTBOX)),
    "mbox": ("list.mbox", _MAIL * 2),
    "reddit": ("RC_2024-03.ndjson", _lines(_COMMENT, _COMMENT | {"id": "kabd", "name": "t1_kabd"})),
    "sgd": ("dialogues_001.json", _json(_SGD)),
    "slack": ("2024-05-01.json", _json([{"type": "message", "user": "U0000001", "text": "Soup", "ts": "1714550400.000100", "client_msg_id": "x", "team": "T1"}])),
    "stackexchange": ("Posts.xml", b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\r\n<posts>\r\n' + b"".join(_ROW % n for n in range(4)) + b"</posts>"),
    "table": ("posts.csv", _TABLE.encode()),
    "telegram": ("result.json", _json(_TELEGRAM)),
    "topical-chat": ("train.json", _json(_TOPICAL)),
    "wikiconv": ("conversations.jsonl", _lines(_WIKI, _WIKI)),
    "x-api": ("tweets.jsonl", _lines(*[{"data": [{"id": "12", "author_id": "7", "conversation_id": "12", "created_at": WHEN, "text": "Soup", "lang": "en", "edit_history_tweet_ids": ["12"]}], "includes": {"users": [{"id": "7", "username": "a", "name": "A"}]}, "meta": {"result_count": 1, "newest_id": "12", "oldest_id": "12"}}] * 2)),
    "x-archive": ("tweets.js", b"window.YTD.tweets.part0 = " + _json([{"tweet": _TWEET}])),
    "x-v1": ("tweets.jsonl", _lines(*[_TWEET | {"id": 12, "user": {"id_str": "7", "screen_name": "a", "name": "A", "protected": False}}] * 2)),
    "zulip": ("topic.json", _json([{"id": 500000, "sender_full_name": "A", "content": "<p>Soup</p>", "timestamp": 1714550400}] * 2)),
}  # fmt: skip

# -- good exports that something was done to ------------------------------------------------------------------------

_NAMES = ("export", "export.csv", "photo.jpg", "Posts.xml.json", "outbox.json.bak", "tweets.js.txt", "list.mbox.zst", "a.parquet", "result.html", "messages.mbox", "data.bin", ".json", "archive.zip")
_ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037")
_PACKS = {".gz": lambda data: gzip.compress(data, mtime=0), ".bz2": bz2.compress, ".xz": lzma.compress}


def _text_as(encoding):
    return lambda data, _chance: data.decode("utf-8", "surrogateescape").encode(encoding, "replace")


#: What was done -> how; the truth stays what the good export was, as far as anybody can still tell.
_DONE = {
    "called otherwise": lambda data, _chance: data,
    "called twice over": lambda data, _chance: data,
    "cut short": lambda data, chance: data[: chance.randrange(1, len(data))],
    "without its head": lambda data, chance: data[chance.randrange(1, len(data) // 2) :],
    "after two byte order marks": lambda data, _chance: b"\xef\xbb\xbf" * 2 + data,
    "in other letters": lambda data, chance: _text_as(chance.choice(_ENCODINGS))(data, chance),
    "with a NUL": lambda data, _chance: data[:9] + b"\0" + data[9:],
    "packed, under a name for something else": lambda data, chance: chance.choice(list(_PACKS.values()))(data),
    "packed and cut": lambda data, chance: gzip.compress(data, mtime=0)[: -chance.randrange(1, 40)],
    "behind an error of a server": lambda data, _chance: b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + data,
    "as a string in JSON": lambda data, _chance: json.dumps(data.decode("utf-8", "replace")).encode(),
    "inside a page": lambda data, _chance: b"<!DOCTYPE html><html><body><pre>" + data + b"</pre></body></html>",
}  # fmt: skip
#: What nobody can know any more: a log behind a header is a log with an odd first line, but a page is a page.
_NOTHING_LEFT = frozenset({"as a string in JSON", "inside a page"})


def _spoiled(chance, count):
    formats, done = sorted(GOOD), sorted(_DONE)
    for number in range(count):
        format_, what = formats[number % len(formats)], done[(number + number // len(formats)) % len(done)]
        name, data = GOOD[format_]
        name = name if what not in {"called otherwise", "called twice over"} else chance.choice(_NAMES)
        truth = frozenset() if what in _NOTHING_LEFT else frozenset({format_})
        # What is left of some formats is still a table or a line of one.
        yield Wrong(name, _DONE[what](data, chance), f"{format_}, {what}", truth | ({"table"} if truth else set()))


# -- files that are no exports --------------------------------------------------------------------------------------

_PAGE = b"<!DOCTYPE html>\n<html><head><title>%s</title></head><body><h1>%s</h1><p>Try again later.</p></body></html>\n"
_NONE = {
    "empty.json": b"", "blank.csv": b"\n\n  \r\n\t\n", "bom.txt": b"\xef\xbb\xbf", "zeros.bin": bytes(4096), "ones.jsonl": b"\xff" * 2000, "newlines.mbox": b"\n" * 5000,
    "null.json": b"null", "list.json": b"[]", "object.json": b"{}", "number.json": b"42", "string.json": b'"posts"', "lists.json": b"[[[[[]]]]]", "deep.json": b"[" * 3000,
    "404.json": _PAGE % (b"404 Not Found", b"Not Found"), "posts.xml": _PAGE % (b"429", b"Too Many Requests"), "thread.html": _PAGE % (b"Just a moment...", b"Checking your browser"),
    "login.json": b'{"error": "login_required", "message": "Please log in", "status": 401}', "limit.json": b'{"errors": [{"code": 88, "message": "Rate limit exceeded"}]}', "gone.json": b'{"detail": "Not found."}',
    "photo.json": b"\x89PNG\r\n\x1a\n" + bytes(200), "photo.csv": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(300), "paper.txt": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", "tool.bin": b"\x7fELF\x02\x01\x01" + bytes(200),
    "song.mbox": b"ID3\x04" + bytes(100), "base.db": b"SQLite format 3\0" + bytes(100), "half.zip": b"PK\x03\x04\x14\x00\x00\x00\x08\x00", "half.gz": b"\x1f\x8b\x08\x00\x00", "half.zst": b"\x28\xb5\x2f\xfd\x04", "half.parquet": b"PAR1\x15\x04", "twice.parquet": b"PAR1" * 9,
    "package.json": _json({"name": "soup", "version": "1.0.0", "description": "Soup", "author": "A", "scripts": {"test": "x"}, "dependencies": {"a": "^1"}}),
    "map.geojson": _json({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "Point", "coordinates": [1.5, 2.5]}, "properties": {"name": "Pot"}}]}),
    "book.ipynb": _json({"cells": [{"cell_type": "code", "source": ["print(1)"], "outputs": [], "metadata": {}}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}),
    "schema.json": _json({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {"text": {"type": "string"}}}),
    "openapi.json": _json({"openapi": "3.1.0", "info": {"title": "Soup", "version": "1"}, "paths": {"/posts": {"get": {"responses": {}}}}}),
    "trace.har": _json({"log": {"version": "1.2", "creator": {"name": "x"}, "entries": [{"request": {"url": "https://example.org/"}, "response": {"status": 200}}]}}),
    "coco.json": _json({"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"id": 1, "image_id": 1, "category_id": 3, "bbox": [0, 0, 1, 1]}], "categories": []}),
    "playlist.json": _json({"tracks": [{"id": 1, "title": "Soup", "artist": "A", "duration": 100}]}), "bookmarks.json": _json({"roots": {"bar": {"children": [{"name": "a", "url": "https://example.org"}]}}}),
    "metrics.jsonl": _lines(*[{"ts": 1709294400 + n, "cpu": 0.5, "host": "h1"} for n in range(9)]), "events.jsonl": _lines(*[{"event": "click", "x": n, "y": 2} for n in range(9)]),
    "numbers.csv": b"a,b,c\n" + b"1,2,3\n" * 20, "prices.csv": b"date,open,close\n" + b"2024-03-01,1.5,1.6\n" * 20, "people.csv": b"first,last,age\n" + b"A,B,33\n" * 9, "one.csv": b"id\n1\n2\n3\n", "semicolons.csv": b"x;y\n1,5;2,5\n" * 9,
    "matrix.tsv": b"1\t2\t3\n" * 30, "passwd.tsv": b"root:x:0:0:root:/root:/bin/sh\n" * 9, "access.log": b'192.0.2.1 - - [01/Mar/2024:12:00:00 +0000] "GET / HTTP/1.1" 200 512 "-" "curl/8"\n' * 20,
    "syslog.log": b"Mar  1 12:00:00 host cron[1]: (root) CMD (x)\n" * 20, "build.log": b"[12:00] step one of many\n[12:01] done with it\n" * 10, "subtitles.txt": b"1\n00:00:01,000 --> 00:00:02,000\nSoup?\n\n" * 9,
    "script.py": b"import os\n\n\ndef soup():\n    return os.name\n", "style.css": b"body { color: red }\n", "query.sql": b"INSERT INTO posts (id, text) VALUES (1, 'Soup');\n" * 9, "notes.md": b"# Soup\n\n* hot\n* cold\n",
    "config.yaml": b"posts:\n  - id: 1\n    text: soup\n", "config.toml": b'[posts]\nid = 1\ntext = "soup"\n', "config.ini": b"[posts]\nid=1\n", "letter.eml": b"From: Ann <ann@example.org>\nSubject: Soup\n\nIt is cold.\n", "from.txt": b"From the beginning there was soup.\nAnd: more.\n", "cards.vcf": b"BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nEND:VCARD\n" * 3, "days.ics": b"BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n",
    "feed.xml": b'<?xml version="1.0"?><rss version="2.0"><channel><title>Soup</title><item><title>a</title></item></channel></rss>', "drawing.xml": b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>', "wiki.xml": b'<mediawiki xml:lang="en"><page><title>Soup</title><revision><id>1</id><text>Hot</text></revision></page></mediawiki>',
    "sitemap.xml": b"<urlset><url><loc>https://example.org/</loc></url></urlset>", "rows.xml": b'<rows><row id="1" text="Soup"/></rows>', "posts2.xml": b'<posts><post id="1">Soup</post></posts>', "users2.xml": b'<users><row id="1" name="a"/></users>', "badroot.xml": b'<Posts><row Id="1" PostTypeId="1"/></Posts>', "dtd.xml": b'<!DOCTYPE posts [<!ENTITY a "b">]><posts><row Id="1" PostTypeId="1" /></posts>',
    "app.js": b"window.YTD = window.YTD || {};\n", "other.js": b"window.data = [{}]\n", "module.js": b"export default [1, 2, 3];\n",
}  # fmt: skip
#: Close to an export, and none: what is missing is what makes it one. Rows of posts among them are a table at most.
_NEAR = {
    "slackish.json": _json([{"type": "message", "text": "Soup", "ts": 5}]), "discordish.json": _json({"guild": "Bread", "messages": []}), "telegramish.json": _json({"name": "Soup", "messages": [{"id": 1, "text": "Soup"}]}),
    "redditish.jsonl": _lines(*[{"author": "a", "body": "Soup", "id": "k"}] * 3), "hnish.json": _json({"by": "a", "text": "Soup"}), "chatish.jsonl": _lines(*[{"messages": ["Soup?", "Yes."]}] * 3), "chatish2.json": _json({"conversation": [{"speaker": "a", "line": "Soup"}]}),
    "countish.jsonl": _lines({"data": [{"end": WHEN, "start": WHEN, "tweet_count": 5}], "meta": {"total_tweet_count": 5}, "__twarc": {"url": "https://api.twitter.com/2/tweets/counts/recent?query=soup", "version": "2.8.0"}}),
    "listish.jsonl": _lines({"data": [{"id": "1", "name": "Soups"}], "meta": {"result_count": 1}, "__twarc": {"url": "https://api.twitter.com/2/users/1/owned_lists", "version": "2.8.0"}}),
    "searchish.json": _json({"posts": [_TOPIC_POST | {"blurb": "Soup"}], "topics": [], "grouped_search_result": {"term": "soup"}}),
    "tweetish.jsonl": _lines(*[{"id": n, "tweet": "Soup"} for n in range(3)]), "statusish.json": _json([{"id": "1", "content": "<p>Soup</p>", "account": "a"}]), "outboxish.json": _json({"type": "OrderedCollection", "orderedItems": 5}), "noteish.json": _json({"type": "Note", "content": "Soup"}),
    "issueish.json": _json([{"number": 1, "title": "Soup", "body": "Cold."}]), "gitlabish.json": _json([{"iid": 1, "title": "Soup", "description": "Cold.", "author": {"username": "a"}, "web_url": "https://gitlab.example.org/a/b/-/issues/1"}]), "wordpressish.json": _json([{"id": 1, "date": WHEN, "title": {"rendered": "Soup"}, "content": {"rendered": "<p>Hot</p>"}, "author": 1}]),
    "phpbbish.json": _json({"posts": [{"post_id": 1, "post_text": "Soup", "poster": "a"}]}), "lemmyish.json": _json({"comments": [{"comment": {"content": "Soup"}}]}), "zulipish.json": _json([{"id": 1, "sender": "A", "content": "Soup", "timestamp": 5}]), "atprotoish.json": _json({"uri": "at://x", "value": {"text": "Soup"}}),
    "firehoseish.jsonl": _lines(*[{"did": DID, "kind": "commit"}] * 3), "wikiish.jsonl": _lines(*[{"page_title": "Soup", "content": "Hot", "type": "EDIT"}] * 3), "convoish.jsonl": _lines(*[{"id": "1", "text": "Soup"}] * 3), "sgdish.json": _json([{"dialogue_id": "1", "turns": []}]), "topicalish.json": _json({"c_1": {"content": [{"message": "Soup", "agent": "a"}]}}),
    "gitterish.tsv": b"room\t2024\tid\tuser\ta\tA\tSoup\n" * 6, "ircish.log": b"<ann> Soup\n<bob> Yes\n" * 10, "mailish.mbox": b"From ann@example.org\nSoup\n", "mailish2.mbox": b"From ann Wed Jan  3 09:00:00 2024\nno header line here\n", "metacritic.jsonl": _lines({"review": "Soup", "stars": 5}, {"review": "Bread", "stars": 4}),
}  # fmt: skip


def _zipped(chance):
    for name, inner in (("report.docx", {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"}), ("tool.jar", {"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n"}), ("photos.zip", {"a.jpg": b"\xff\xd8\xff"}), ("empty.zip", {})):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as box:
            for member, data in inner.items():
                box.writestr(zipfile.ZipInfo(member), data)
        yield Wrong(name, out.getvalue(), "a zip of something else", frozenset())
    yield Wrong("random.bin", chance.randbytes(4000), "chance", frozenset())


def wrong_files(count=200, seed=20261129):
    """So many wrong or misnamed files, the same for a seed."""
    chance = random.Random(seed)
    others = [Wrong(name, data, "no export", frozenset()) for name, data in _NONE.items()]
    near = [Wrong(name, data, "nearly one", frozenset({"table"})) for name, data in _NEAR.items()]
    fixed = [*others, *near, *_zipped(chance)]
    return [*fixed, *_spoiled(chance, count - len(fixed))]
