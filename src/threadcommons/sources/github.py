"""`github`: issues, pull requests, their comments and discussions, as GitHub's interfaces and backups give them.

A post is called as people refer to it: `owner/name#12`, and a comment on it by the anchor of its address,
`owner/name#12/issuecomment-31`. So comments find what they are on in whatever file that stands.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from .base import Head, Parsed, Reader, Refusal
from .document_or_lines import cut_either, divide_either, unit_either
from .documents import Item, own_piece, place_in
from .fields import at_iso, author, label
from .html import LEFT_OUT
from .strict_json import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .posts import Post

_SITE: Final = "https://github.com"

# --- What is decoded ---


class Account(msgspec.Struct):
    """Who wrote it: the name and whether it is a machine."""

    login: str | None = None
    type: str | None = None
    typename: str | None = msgspec.field(default=None, name="__typename")


class Text(msgspec.Struct):
    """An issue, a pull request, a comment, an event, a discussion; the fields of either interface that are used."""

    html_url: str | None = None
    url: str | None = None
    issue_url: str | None = None
    number: int | None = None
    title: str | None = None
    body: str | None = None
    user: Account | None = None
    author: Account | None = None
    created_at: str | None = None
    createdAt: str | None = None  # noqa: N815  (the interface's own spelling)
    submitted_at: str | None = None
    updated_at: str | None = None
    lastEditedAt: str | None = None  # noqa: N815  (the same)
    in_reply_to_id: int | None = None
    event: str | None = None
    state: str | None = None
    isMinimized: bool | None = None  # noqa: N815  (the same)
    isAnswer: bool | None = None  # noqa: N815  (the same)
    upvoteCount: int | None = None  # noqa: N815  (the same)


class _Nodes(msgspec.Struct):
    nodes: list[msgspec.Raw] | None = None


class _Below(msgspec.Struct):
    comments: _Nodes | None = None
    replies: _Nodes | None = None


class _Repository(msgspec.Struct):
    discussions: _Nodes | None = None
    discussion: msgspec.Raw = msgspec.Raw(b"null")


class _Answer(msgspec.Struct):
    repository: _Repository | None = None


class _Document(msgspec.Struct):
    data: _Answer | None = None
    issue: msgspec.Raw = msgspec.Raw(b"null")
    pull: msgspec.Raw = msgspec.Raw(b"null")
    events: list[msgspec.Raw] | None = None
    comments: msgspec.Raw = msgspec.Raw(b"null")
    #: What a search found.
    found: list[msgspec.Raw] | None = msgspec.field(name="items", default=None)
    html_url: str | None = None


_TEXT: Final = msgspec.json.Decoder(Text)
_BELOW: Final = msgspec.json.Decoder(_Below)
_DOCUMENT: Final = msgspec.json.Decoder(_Document)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])

# --- Recognition ---

_REST: Final = rb'"(?:html_url|url)"\s*:\s*"https://(?:api\.)?github\.com/(?:repos/)?[^"/]+/[^"/]+/(?:issues|pulls?|discussions)/'
_BODY: Final = rb'"body"\s*:\s*(?:"|null)'


def recognise(head: Head) -> str | None:
    """Why a file is of GitHub: addresses of issues, pull requests or discussions, and bodies."""
    if not re.match(rb"(?:\xef\xbb\xbf)?\s*[\[{]", head.start):
        return None
    fits = re.search(_REST, head.start) and re.search(_BODY, head.start)
    return "addresses of GitHub's issues, pull requests or discussions" if fits else None


# --- Cutting ---


class Hint(NamedTuple):
    """What a comment of a discussion is on: the name of the post above it."""

    above: str | None = None
    text: Text | None = None


def find(view: memoryview) -> Iterable[Item] | Refusal:
    """The texts of a document: entries of a list, what a backup is about and what happened, all of an answer."""
    if bytes(view[:1]) == b"[":
        return [Item(raw, Hint()) for raw in _LIST.decode(view)]
    document = _DOCUMENT.decode(view)
    if document.found is not None:
        return [Item(raw, Hint()) for raw in document.found]
    if document.data and document.data.repository:
        return list(_discussions(view, document.data.repository))
    wholes = [raw for raw in (document.issue, document.pull) if _is(raw, b"{")]
    if wholes:
        comments = _LIST.decode(document.comments) if _is(document.comments, b"[") else []
        return [Item(raw, Hint()) for raw in (*wholes, *(document.events or ()), *comments)]
    return [Item((0, len(view)), Hint())] if document.html_url else _NOT_GITHUB


_NOT_GITHUB: Final = Refusal("quarantined", "record.not-this-format", detail="no issues, comments or discussions in it")


def _is(raw: msgspec.Raw, mark: bytes) -> bool:
    return bytes(memoryview(raw)[:1]) == mark


def _discussions(view: memoryview, repository: _Repository) -> Iterator[Item]:
    """Discussions, their comments and the replies to these, each with the longest piece of its own bytes."""
    tops = [*(repository.discussions.nodes or () if repository.discussions else ())]
    tops += [repository.discussion] if _is(repository.discussion, b"{") else []
    waiting: list[tuple[int, int, str | None]] = [(*_span(view, raw), None) for raw in tops]
    while waiting:
        at, end, above = waiting.pop()
        node = view[at:end]
        text, lists = _TEXT.decode(node), _BELOW.decode(node)
        raws = [raw for one in (lists.comments, lists.replies) if one for raw in one.nodes or ()]
        below = [_span(view, raw) for raw in raws]
        yield Item(own_piece(at, end, below), Hint(above, text))
        name = _named(text)
        waiting += [(begin, stop, name or above) for begin, stop in below]


def _span(view: memoryview, raw: msgspec.Raw) -> tuple[int, int]:
    at, length = place_in(view, raw)
    return at, at + length


# --- Posts ---

_DELETED: Final = Refusal("excluded", "record.deleted")
_NOTICE: Final = Refusal("excluded", "record.notice")
_NO_TEXT: Final = Refusal("excluded", "record.empty-text")
_NO_PLACE: Final = Refusal("quarantined", "record.missing-field", "/html_url", "the text has no address of GitHub")
#: Events that bring words of a person; all others are told by the platform.
_SPOKEN: Final = frozenset({"commented", "reviewed", "line-commented", "commit-commented"})

_PLACE: Final = re.compile(
    r"https://(?:api\.)?github\.com/(?:repos/)?(?P<repo>[^/#?]+/[^/#?]+)/(?:issues|pulls?|discussions)/(?P<number>[0-9]+)"
    r"(?:#(?P<anchor>[a-z_]+-?r?[0-9]+))?"
)


def parse(record: bytes, hint: Hint | None, _context: Any) -> Parsed:
    """One text as a post as claimed."""
    hint = hint or Hint()
    text = hint.text if hint.text is not None else decoded(record, _TEXT.decode)
    if isinstance(text, Refusal):
        return text
    if text.event is not None and text.event not in _SPOKEN:
        return _NOTICE
    if text.isMinimized:
        return _DELETED
    own = _named(text)
    if own is None:
        return _NO_TEXT if text.event is not None and not text.body else _NO_PLACE
    words = _without_mail(text.body or "")
    if not words.strip() and not text.title:
        return _NO_TEXT
    return _post(text, own, words, hint)


def _named(text: Text) -> str | None:
    """The name of a text, from the addresses that it brings."""
    found = next((f for one in (text.html_url, text.url) if one and (f := _PLACE.fullmatch(one))), None)
    if not found:
        return None
    on = f"{found['repo']}#{found['number']}"
    return f"{on}/{found['anchor']}" if found["anchor"] else on


def _post(text: Text, own: str, words: str, hint: Hint) -> Post:
    repository, _, rest = own.partition("#")
    number, _, anchor = rest.partition("/")
    on = f"{repository}#{number}"
    post: Post = {"native_id": own, "conversation": on, "text": words, "markup": "markdown"}
    if not anchor:
        post |= {"kind": "post", "parent_state": "root"} | ({"title": text.title[:1024]} if text.title else {})
    else:
        parent = f"{on}/discussion_r{text.in_reply_to_id}" if text.in_reply_to_id else hint.above or on
        post |= {"kind": "comment", "parent": parent}
    return post | _rest(text)


def _rest(text: Text) -> Post:
    address = next((one for one in (text.html_url, text.url) if one and one.startswith(_SITE)), None)
    created = at_iso(text.created_at or text.createdAt or text.submitted_at)
    edited = at_iso(text.lastEditedAt)
    who = text.user or text.author or Account()
    login = None if who.login in {None, "ghost"} else who.login
    machine = "Bot" in {who.type, who.typename} or (login or "").endswith(_BOT)
    page = f"{_SITE}/apps/{login.removesuffix(_BOT)}" if login and login.endswith(_BOT) else f"{_SITE}/{login}"
    marks = {
        "bot": (machine or None, "platform-mark"), "accepted-answer": (text.isAnswer or None, "platform-mark"),
        "score": (text.upvoteCount, "platform-counter"), "state": (text.state, "platform-mark"),
    }  # fmt: skip
    rest: Post = {
        "url": address, "created_at": created, "edited_at": edited,
        "author": author(login, login, page) if login else None,
        "labels": [label(name, value, "github", how) for name, (value, how) in marks.items() if value is not None],
    }  # fmt: skip
    return {key: value for key, value in rest.items() if value}


#: What the logins of apps end with.
_BOT: Final = "[bot]"
_MAIL: Final = re.compile(r"^On [^\n]{3,200} wrote:[ \t]*\n(?:[ \t]*\n)*(?:>[^\n]*(?:\n|\Z))+", re.MULTILINE)
_SIGNATURE: Final = re.compile(r"^-- ?\n(?:[^\n]*\n?){1,10}\Z", re.MULTILINE)


def _without_mail(words: str) -> str:
    """What was typed, where an answer came by mail: without the mail that it quotes and the signature under it."""
    plain = words.replace("\r\n", "\n")
    cut = _MAIL.sub(LEFT_OUT + "\n", plain)
    # What did not come by mail stays as it is, ends of lines included.
    return words if cut == plain else _SIGNATURE.sub("", cut).rstrip()


READER: Final = Reader(
    name="github",
    version="1",
    title="issues, pull requests, comments and discussions of GitHub",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "kind", "author", "title", "text", "markup",
        "created_at", "edited_at", "url", "labels",
    ),
    limits=(
        "Lists of issues and comments, answers of the GraphQL interface about discussions, and backups with one issue "
        "or pull request a file. Events without words, commits, hunks of code, and what was minimised are left out, "
        "and so are quoted mail and signatures in answers that came by mail. Machines are marked."
    ),
    license_rule=(
        "Comments belong to those who wrote them; the licence of a repository does not cover them. Only the authors "
        "can license them, or a rule that the project states, declared with evidence."
    ),
    recognise=recognise,
    cut=partial(cut_either, find=find),
    divide=divide_either,
    unit=unit_either,
    parse=parse,
    hinted=True,
    opens=(r"(?i).*\.(?:jsonl?|ndjson)",),
)  # fmt: skip
