"""`x-api`: posts of X as version 2 of its interface gives them: pages of responses, or posts alone, mostly by twarc2.

A page is one line or one document. Beside the posts that were asked for it brings posts that these refer to; each is
read as a post of its own, since it is often the beginning of the conversation. Names of authors, media and polls stand
elsewhere on the page. Compliance files say what was deleted or withheld since; they hold for all exports of a source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .base import SOLID, Head, Parsed, Reader, Refusal
from .documents import Item, Known, cut_document, cut_documents
from .fields import addresses, at_iso, label, language, unescaped
from .lines import divide_lines, line_around, whole_lines
from .strict_json import decoded
from .tweets import OTHERS_WORDS, PRIVATE, REPOST, SUPERSEDED, WITHHELD, account, digits, page, related, written_out
from .typed import typed, worth_compiling
from .x_api_columns import COUNTERS, Page, meant, plain_posts, posts_of_pages, references, soundness
from .x_compliance import Gone, gone_in
from .x_tweets import Attached, Media, Poll, Tweet, User, Variant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from ..model import Export, Limits
    from .base import Cut
    from .posts import Post

# --- What is decoded of a page ---


class _Problem(msgspec.Struct):
    resource_id: str | None = None
    type: str | None = None


class _Includes(msgspec.Struct):
    users: list[User] | None = None
    tweets: list[msgspec.Raw] | None = None
    media: list[Media] | None = None
    polls: list[Poll] | None = None


class _Page(msgspec.Struct):
    data: msgspec.Raw = msgspec.Raw(b"null")
    includes: _Includes | None = None
    errors: list[_Problem] | None = None
    id: str | None = None


class _PlainPage(_Page):
    """A page with a list of posts, or a post by itself."""

    data: list[msgspec.Raw] | None = None  # type: ignore[assignment]  # looked into at once


_TWEET: Final = msgspec.json.Decoder(Tweet)
_PAGE: Final = msgspec.json.Decoder(_Page)
_PLAIN_PAGE: Final = msgspec.json.Decoder(_PlainPage)
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])

# --- Recognition ---

_BEGINS: Final = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*(?:\[[ \t\r\n]*)?\{")
_SIGNS: Final[tuple[tuple[tuple[bytes, ...], str], ...]] = (
    # Counts, lists and accounts come from such addresses too; only posts have a text.
    ((rb'"https://api\.(?:twitter|x)\.com/2/', rb'"text"[ ]*:[ ]*"'), "addresses of version 2 of X's interface"),
    ((rb'"edit_history_tweet_ids"[ ]*:',), "posts of version 2 of X's interface with their edit history"),
    ((rb'"conversation_id"[ ]*:[ ]*"[0-9]+"', rb'"author_id"[ ]*:[ ]*"[0-9]+"'), "posts of version 2 of X's interface"),
    ((rb'"newest_id"[ ]*:[ ]*"[0-9]+"', rb'"result_count"[ ]*:'), "a page of version 2 of X's interface"),
    ((rb'"(?:redacted_at|reason)"[ ]*:', rb'"action"[ ]*:', rb'"id"[ ]*:[ ]*"[0-9]+"'), "a compliance file of X"),
)


def recognise(head: Head) -> str | None:
    """Why a file holds posts of version 2: names and spellings that only these have."""
    if not _BEGINS.match(head.start):
        return None
    return next((why for signs, why in _SIGNS if all(re.search(sign, head.start) for sign in signs)), None)


# --- Cutting ---


def find(view: memoryview) -> Iterable[Item]:
    """The posts of a page; a line that is no page is a post itself."""
    found = _PAGE.decode(view)
    data = _posts(found.data)
    if data is None and _is_alone(found):
        return [Item((0, len(view)))]
    hint, brought = _around(found), (found.includes and found.includes.tweets) or ()
    return [Item(raw, hint) for raw in (*(data or ()), *brought)]


def _is_alone(page: _Page) -> bool:
    """Whether what has no posts is no page."""
    return page.includes is None and not (page.errors and page.id is None)


def _around(page: _Page) -> Page:
    """What a page says of its posts together."""
    includes = page.includes or _Includes()
    return Page(
        {user.id: user for user in includes.users or ()},
        {medium.media_key: medium for medium in includes.media or () if medium.media_key},
        {poll.id: poll for poll in includes.polls or () if poll.id},
        {one.resource_id: _state(one) for one in page.errors or () if one.resource_id},
    )


def _pages(lines: list[bytes]) -> Known | None:
    """The posts of lines that are pages or posts; None where there is too little to load compiled code for."""
    if not worth_compiling(sum(map(len, lines))):
        return None
    from .json_sound import listed  # compiled code that only those load who read much

    pages = typed(lines, _PLAIN_PAGE.decode)
    return posts_of_pages(lines, listed(lines, (b"data",), (b"includes", b"tweets")), list(map(_told, pages)))


def _told(page: _PlainPage | None) -> tuple[int, Page | None]:
    """How many posts a page has, and what it says of them; -1 for what is none, 0 for a post by itself."""
    if page is None:
        return -1, None
    if page.data is None and _is_alone(page):
        return 0, None
    return len(page.data or ()) + len((page.includes and page.includes.tweets) or ()) or -1, _around(page)


def _posts(data: msgspec.Raw) -> list[msgspec.Raw] | None:
    begins = bytes(memoryview(data)[:1])
    return _LIST.decode(data) if begins == b"[" else [data] if begins == b"{" else None


def _state(problem: _Problem) -> str:
    return "deleted" if (problem.type or "").endswith("/resource-not-found") else "not_collected"


def _in_list(view: memoryview) -> Iterator[Item]:
    return map(Item, _LIST.decode(view))


def _document(data: Any, start: int, stop: int) -> bytes | None:
    """How a range begins that is one document: with a bracket; None where lines are documents."""
    solid = SOLID.search(data, start + 3 * (data[start : start + 3] == b"\xef\xbb\xbf"), stop)
    if not solid:
        return None
    first = bytes(data[solid.start() : min(stop, solid.start() + 256)]).split(b"\n", 1)[0].rstrip()
    return first[:1] if first == b"{" or first[:1] == b"[" else None


def cut(data: Any, start: int, stop: int, limits: Limits) -> Iterator[Cut]:
    """Cut pages into posts, whether a page is a line or a document of its own."""
    begins = _document(data, start, stop)
    if begins:
        yield from cut_document(data, start, stop, limits, find if begins == b"{" else _in_list)
    else:
        yield from cut_documents(data, start, stop, limits, find, _pages)


def divide(data: Any, size: int) -> list[int]:
    """Between lines; one document is not divided."""
    return [0, size] if _document(data, 0, size) else divide_lines(data, size)


def unit(data: Any, size: int, offset: int) -> tuple[int, int]:
    """The line, or the document."""
    return (0, size) if _document(data, 0, size) else line_around(data, size, offset)


# --- Records to posts ---


@dataclass(frozen=True)
class Context:
    """What all exports of the source say together."""

    gone: Gone = field(default_factory=Gone)


def context(export: Export, exports: Sequence[Export], _options: dict[str, Any]) -> Context:
    """The context of an export; compliance files may be any of the others. Raises UnsafeFile or OSError."""
    return Context(gone_in(tuple(sorted({export, *exports}, key=lambda one: one.name))))


_NOT_A_POST: Final = Refusal("excluded", "record.not-a-post")
_DELETED: Final = Refusal("excluded", "record.deleted")
_NO_PAGE: Final = Page()


def parse(record: bytes, hint: Page | None, context: Context) -> Parsed:
    """One post as a post as claimed."""
    tweet = decoded(record, _TWEET.decode)
    if isinstance(tweet, Refusal):
        return tweet
    if (tweet.action or tweet.username) and tweet.text is None:
        return _NOT_A_POST
    around, own = hint or _NO_PAGE, digits(tweet.id)
    if own is None:
        return Refusal("quarantined", "record.missing-field", "/id", "no id of decimal digits")
    if tweet.text is None:
        return Refusal("quarantined", "record.missing-field", "/text", "the post has no text")
    moment = at_iso(tweet.created_at)
    if tweet.created_at is not None and moment is None:
        return Refusal("quarantined", "record.bad-field", "/created_at", "not a time of this platform")
    user = tweet.author or around.users.get(tweet.author_id or "")
    to = references(tweet)
    refusal = _unwanted(tweet, own, user, to, context.gone)
    return refusal or _post(tweet, own, moment, user, to, (around, context.gone))


def _unwanted(
    tweet: Tweet, own: str, user: User | None, to: Mapping[str | None, str | None], gone: Gone
) -> Refusal | None:
    if own in gone.deleted or tweet.author_id in gone.deleted:
        return _DELETED
    if user and user.protected:
        return PRIVATE
    if digits(to.get("retweeted")) or REPOST.match(tweet.text or ""):
        return OTHERS_WORDS
    history = tweet.edit_history_tweet_ids or [own]
    return SUPERSEDED if own in gone.latest or own != history[-1] else None


def _post(
    tweet: Tweet, own: str, moment: str | None, user: User | None, to: Mapping[str | None, str | None],
    known: tuple[Page, Gone],
) -> Post:  # fmt: skip
    around, gone = known
    handle = user.username if user else None
    post: Post = {"native_id": own, "url": page(own, handle)}
    if conversation := digits(tweet.conversation_id):
        post["conversation"] = conversation
    if moment:
        post["created_at"] = moment
        if len(tweet.edit_history_tweet_ids or ()) > 1:
            post["edited_at"] = moment
    if by := account(user.name, user.id, handle) if user else account(None, digits(tweet.author_id), None):
        post["author"] = by
    if spoken := language(tweet.lang):
        post["lang"] = spoken
    answered = digits(to.get("replied_to"))
    addressed = None if own == tweet.conversation_id else digits(tweet.in_reply_to_user_id)
    quoted = digits(to.get("quoted"))
    post |= related(answered=answered, addressed=addressed, quoted=quoted, latest=gone.latest)
    state = ("deleted" if answered in gone.deleted else around.absent.get(answered)) if answered else None
    if state:
        post["parent_state"] = state
    polls = list(_polls(tweet.attachments, around)) if tweet.attachments else []
    if labels := [*_labels(tweet), *(_votes(poll) for poll in polls)]:
        post["labels"] = labels
    if tweet.withheld or (user and user.withheld) or own in gone.withheld or tweet.author_id in gone.withheld:
        post["wishes"] = [WITHHELD]
    return post | _words(tweet, own, around, polls)


def _words(tweet: Tweet, own: str, around: Page, polls: Sequence[Poll]) -> Post:
    """Text, links and media; the answers of a poll follow the text, each on its line."""
    note = tweet.note_tweet
    text = (note and note.text) or tweet.text or ""
    text, links = written_out(unescaped(text), meant(tweet, own)) if "t.co/" in text else (unescaped(text), [])
    answers = [f"- {option.label}" for poll in polls for option in poll.options or () if option.label]
    words: Post = {"text": "\n\n".join([text, "\n".join(answers)]) if answers else text, "markup": "plain"}
    if links:
        words["links"] = links
    attached = tweet.attachments
    if attached and (attached.media or attached.media_keys):
        media = attached.media or [around.media[key] for key in attached.media_keys or () if key in around.media]
        words["media"] = [_medium(one) for one in media]
    return words


def _polls(attached: Attached, around: Page) -> Iterator[Poll]:
    if attached.poll:
        yield attached.poll
    else:
        yield from (around.polls[id_] for id_ in attached.poll_ids or () if id_ in around.polls)


_KINDS: Final = {"photo": "image", "video": "video", "animated_gif": "video"}


def _medium(medium: Media) -> dict[str, str | None]:
    playable = [one for one in medium.variants or () if one.url and one.content_type == "video/mp4"]
    sharpest = max(playable, key=lambda one: one.bit_rate or 0, default=Variant())
    url = next(iter(addresses([medium.url, sharpest.url, medium.preview_image_url])), None)
    return {"type": _KINDS.get(medium.type or "", "file"), "url": url, "alt": medium.alt_text}


def _labels(tweet: Tweet) -> Iterator[dict[str, str]]:
    counts = tweet.public_metrics or {}
    for counter, name in COUNTERS.items():
        if counts.get(counter) is not None:
            yield label(name, counts[counter], "x", "platform-counter")
    if tweet.possibly_sensitive:
        yield label("sensitive", "true", "x", "platform-mark")


def _votes(poll: Poll) -> dict[str, str]:
    """Votes for the answers of a poll, in their order."""
    votes = " ".join("-" if option.votes is None else str(option.votes) for option in poll.options or ())
    return label("poll-votes", votes, "x", "platform-counter")


def bulk(records: list[bytes], indexes: list[int], context: Context, hints: Sequence[Page | None]) -> pa.Table:
    """The plain ones of many posts in columns."""
    return plain_posts(records, indexes, [hint or _NO_PAGE for hint in hints], soundness(hints), context.gone)


READER: Final = Reader(
    name="x-api",
    version="1",
    title="posts of X, formerly Twitter, from version 2 of its interface: pages, flattened posts, compliance files",
    fills=(
        "native_id", "conversation", "parent", "parent_state", "quoted", "kind", "author", "text", "markup", "lang",
        "created_at", "edited_at", "url", "links", "media", "labels", "wishes",
    ),
    limits=(
        "Pages as lines or documents, posts alone as lines or an array. Posts that a page brings along are read too; "
        "of flattened posts only the outer one is. Reposts, earlier versions and protected accounts are left out, and "
        "so is what a compliance file of the source says was deleted. Places are not read. The answers of a poll "
        "follow its text."
    ),
    license_rule=(
        "No licence follows from the platform, and its terms let little more than ids be passed on; what an author "
        "wrote the author can license, with a statement as evidence in source.toml."
    ),
    recognise=recognise,
    cut=cut,
    parse=parse,
    bulk=bulk,
    divide=divide,
    unit=unit,
    hinted=True,
    whole=lambda buffer: 0 if _document(buffer, 0, len(buffer)) else whole_lines(buffer),
    context=context,
    needs=lambda name, names: sorted(other for other in names if other != name),
)  # fmt: skip
