"""`discourse`: topics of a Discourse forum as its JSON pages give them, and single posts.

A page does not say which site it is of, so the source has to. A post is called by site, topic and number in the topic,
`forum.example.org/t/77/3`, because that is how answers and quotes name it; so they resolve across pages.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from ..errors import BadSources
from .base import Head, Option, Parsed, Reader, Refusal
from .document_or_lines import cut_either, divide_either, unit_either
from .documents import Item
from .fields import at_iso, author, label
from .html import LEFT_OUT, to_text
from .strict_json import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..model import Export
    from .posts import Post

# --- What is decoded ---


class Message(msgspec.Struct):
    """One post of a topic; `topic_title` only where posts were saved one by one."""

    id: int | None = None
    topic_id: int | None = None
    topic_title: str | None = None
    username: str | None = None
    name: str | None = None
    cooked: str | None = None
    post_number: int | None = None
    reply_to_post_number: int | None = None
    post_type: int | None = None
    version: int | None = None
    hidden: bool | None = None
    user_deleted: bool | None = None
    deleted_at: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    accepted_answer: bool | None = None


class _Stream(msgspec.Struct):
    posts: list[msgspec.Raw] | None = None


class _Page(msgspec.Struct):
    post_stream: _Stream | None = None
    post_number: int | None = None
    id: int | None = None
    title: str | None = None
    archetype: str | None = None
    tags: list[str | dict[str, Any]] | None = None


_MESSAGE: Final = msgspec.json.Decoder(Message)
_PAGE: Final = msgspec.json.Decoder(_Page)

# --- Recognition ---

_TOPIC: Final = re.compile(rb'^(?:\xef\xbb\xbf)?\s*\{.*"post_stream"\s*:\s*\{', re.DOTALL)
#: One object; a search or a list of what is new has posts of many topics, and does not say which of them are private.
_OBJECT: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{(?!\s*"(?:latest_)?posts"\s*:\s*\[)')
_POST: Final = (rb'"cooked"\s*:\s*"', rb'"post_number"\s*:\s*[0-9]', rb'"topic_id"\s*:\s*[0-9]')


def recognise(head: Head) -> str | None:
    """Why a file is of a Discourse forum: the stream of posts that its topics have, or a post's fields."""
    if _TOPIC.match(head.start):
        return "a topic with a post_stream"
    single = _OBJECT.match(head.start) and all(re.search(sign, head.start) for sign in _POST)
    return "a post with cooked text, a number and its topic" if single else None


# --- Cutting ---


class Hint(NamedTuple):
    """What a page says of its topic."""

    topic: int | None = None
    title: str | None = None
    private: bool = False
    tags: tuple[str, ...] = ()


def find(view: memoryview) -> Iterable[Item] | Refusal:
    """The posts of a page, or the post that the document is."""
    page = _PAGE.decode(view)
    if page.post_stream is None:
        return [Item((0, len(view)), Hint())] if page.post_number is not None else _NOT_DISCOURSE
    tags = tuple(tag if isinstance(tag, str) else str(tag.get("name", "")) for tag in page.tags or ())
    hint = Hint(page.id, page.title, page.archetype == "private_message", tags)
    return [Item(raw, hint) for raw in page.post_stream.posts or ()]


_NOT_DISCOURSE: Final = Refusal("quarantined", "record.not-this-format", detail="neither a topic nor a post")

# --- Posts ---

_PRIVATE: Final = Refusal("excluded", "record.private")
_DELETED: Final = Refusal("excluded", "record.deleted")
_NOTICE: Final = Refusal("excluded", "record.notice")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_OTHERS_WORDS: Final = Refusal("excluded", "record.others-words")
_NO_PLACE: Final = Refusal("quarantined", "record.missing-field", "/post_number", "a post without topic or number")
#: Types of posts that are no contributions: what moderators do, what happens to the topic, whispers among staff.
_BY_TYPE: Final = {2: _NOTICE, 3: _NOTICE, 4: _PRIVATE}


def parse(record: bytes, hint: Hint | None, site: str) -> Parsed:
    """One post as claimed."""
    message = decoded(record, _MESSAGE.decode)
    if isinstance(message, Refusal):
        return message
    hint = hint or Hint()
    if hint.private:
        return _PRIVATE
    if message.post_type in _BY_TYPE:
        return _BY_TYPE[message.post_type]
    if message.hidden or message.user_deleted or message.deleted_at:
        return _DELETED
    topic = message.topic_id if message.topic_id is not None else hint.topic
    if topic is None or message.post_number is None:
        return _NO_PLACE
    return _post(message, hint, site, topic)


def _post(message: Message, hint: Hint, site: str, topic: int) -> Parsed:
    cooked = _CAPTION.sub("", _EMOJI.sub(_spelled, message.cooked or ""))
    page = to_text(cooked, base=f"https://{site}", without=frozenset({"aside"}))
    if not page.text.replace(LEFT_OUT, "").strip() and not page.media:
        return _OTHERS_WORDS if LEFT_OUT in page.text else _NO_TEXT
    own = partial("{}/t/{}/{}".format, site)
    post: Post = {"native_id": own(topic, message.post_number), "conversation": own(topic, 1), "text": page.text}
    post |= {"markup": "html", "url": f"https://{site}/t/{topic}/{message.post_number}"}
    if message.post_number == 1:
        post |= {"kind": "post", "parent_state": "root"}
        title = hint.title or message.topic_title
        post |= {"title": title[:1024]} if title else {}
    else:
        post |= {"kind": "reply", "parent": own(topic, message.reply_to_post_number or 1)}
    if quoted := _QUOTE.search(message.cooked or ""):
        post["quoted"] = own(int(quoted["topic"]), int(quoted["post"]))
    return post | _rest(message, hint, site, page)


def _rest(message: Message, hint: Hint, site: str, page: Any) -> Post:
    """Times, author, links, pictures and labels."""
    rest: Post = {}
    if created := at_iso(message.created_at):
        rest["created_at"] = created
    if (message.version or 1) > 1 and (edited := at_iso(message.updated_at)):
        rest["edited_at"] = edited
    if known := author(message.username, message.username, message.username and f"https://{site}/u/{message.username}"):
        rest["author"] = known
    if page.links:
        rest["links"] = list(page.links)
    if page.media:
        rest["media"] = list(page.media)
    tags = " ".join(hint.tags) if message.post_number == 1 else ""
    labels = {"tags": (tags, "platform-tags"), "accepted-answer": (message.accepted_answer or "", "platform-mark")}
    given = [label(name, value, "discourse", how) for name, (value, how) in labels.items() if value]
    return rest | ({"labels": given} if given else {})


#: What the forum writes below a picture that can be made larger: the name of its file, its size.
_CAPTION: Final = re.compile(r'<div class="meta">[^<]*+(?:<(?!/?div\b)[^<]*+)*</div>')
_EMOJI: Final = re.compile(r'<img\b[^<>]*\bclass="emoji[^"<>]*"[^<>]*>')
_ALT: Final = re.compile(r'\balt="([^"<>]*)"')


def _spelled(found: re.Match[str]) -> str:
    """A picture that stands for an emoji as its name."""
    alt = _ALT.search(found[0])
    return alt[1] if alt else ""


#: Whose words stand in a quote: its topic and number.
_QUOTE: Final = re.compile(
    r'<aside\b(?=[^<>]*\bclass="quote\b)(?=[^<>]*\bdata-post="(?P<post>[0-9]{1,9})")'
    r'(?=[^<>]*\bdata-topic="(?P<topic>[0-9]{1,9})")'
)
_SITE: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]{1,5})?(?:/[a-z0-9._/-]*[a-z0-9_-])?")


def context(export: Export, _exports: Sequence[Export], options: dict[str, Any]) -> str:
    """The site. Raises BadSources when the option is no host name."""
    site = str(options.get("site", ""))
    if not _SITE.fullmatch(site):
        hint = "write the host name alone, such as meta.discourse.org"
        raise BadSources("the option site of the reader is no host name", where=export.source, hint=hint)
    return site


READER: Final = Reader(
    name="discourse",
    version="1",
    title="topics and posts of a Discourse forum, as JSON",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "quoted", "kind", "author", "title", "text", "markup",
        "created_at", "edited_at", "url", "links", "media", "labels",
    ),
    limits=(
        "Regular posts. What moderators did, what happened to a topic, whispers, private messages and what is hidden "
        "or deleted are left out. Quotes and link previews are words of others: their place is marked. The cooked text "
        "is read; where a page brings raw as well, that is not. Topics longer than a page need all their pages."
    ),
    license_rule="Each site has its own terms; declare them in source.toml, with their text as evidence.",
    recognise=recognise,
    cut=partial(cut_either, find=find),
    divide=divide_either,
    unit=unit_either,
    parse=parse,
    context=context,
    hinted=True,
    opens=(r"(?i).*\.(?:jsonl?|ndjson)",),
    options=(Option("site", str, "Host name of the forum, such as meta.discourse.org.", required=True, words=True),),
)  # fmt: skip
