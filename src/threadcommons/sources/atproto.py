"""Posts of Bluesky as its records spell them, whichever export they come in: text with marked ranges, replies, embeds.

Ids are the `at://` addresses of records, with the stable identifier (DID) of the account, so that a post has the same
id in a thread, a repository and a stream. Ranges are counted in bytes of UTF-8; those that make no sense are left
alone. Of quoted posts and of link cards only the address is kept.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args
from urllib.parse import quote

import msgspec

from .base import Parsed, Refusal
from .fields import addresses, at_iso, author, label, language, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .posts import Post

POST: Final = "app.bsky.feed.post"

_NAMED: Final = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,200})/([a-zA-Z0-9.-]{1,300})/([A-Za-z0-9._~:-]{1,512})")


class Record(msgspec.Struct):
    """A post as its author's software wrote it. What is nested is looked at with care: many programs write records."""

    type: str | None = msgspec.field(name="$type", default=None)
    text: str | None = None
    created_at: str | None = msgspec.field(name="createdAt", default=None)
    langs: Any = None
    facets: Any = None
    reply: Any = None
    embed: Any = None
    labels: Any = None


def named(uri: Any) -> tuple[str, str, str] | None:
    """Account, collection and key of the record that an address names."""
    found = _NAMED.fullmatch(uri) if isinstance(uri, str) else None
    return (found[1], found[2], found[3]) if found else None


def post_uri(uri: Any) -> str | None:
    """An address, if it is that of a post."""
    found = named(uri)
    return uri if found and found[1] == POST else None


def at(value: Any, *path: str) -> Any:
    """What stands at the end of a path of keys, or None where the path ends before."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def items(value: Any) -> list[Any]:
    """The objects of a list; nothing, where there is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def post_of(record: Record, did: str | None, key: str | None, name: str | None = None) -> Parsed:
    """One record as a post as claimed, or why it is none. Without `did` and `key` it has neither id nor author."""
    if record.text is None:
        return Refusal("quarantined", "record.missing-field", "/text", "the post has no text")
    moment = at_iso(record.created_at)
    if moment is None:
        code = "record.bad-field" if record.created_at else "record.missing-field"
        return Refusal("quarantined", code, "/createdAt", "no time that can be read")
    post: Post = {"markup": "plain", "created_at": moment}
    if did and key:
        post["native_id"] = f"at://{did}/{POST}/{key}"
        post["url"] = f"https://bsky.app/profile/{did}/post/{key}"
    if did and (by := by_account(did, name)):
        post["author"] = by
    if isinstance(record.langs, list) and record.langs and (lang := _language(record.langs[0])):
        post["lang"] = lang
    post |= _related(record, post.get("native_id"))
    post |= _words(record, did)
    post["labels"] = [*_self_labels(record), *_clock(moment, key)]
    if not post["labels"]:
        del post["labels"]
    shown = post["text"].strip() or post.get("media") or post.get("links") or post.get("quoted")
    return post if shown else Refusal("excluded", "record.empty-text")


def by_account(did: str, name: str | None) -> dict[str, str] | None:
    """An author as a post carries it."""
    return author(name, did, f"https://bsky.app/profile/{did}")


def _language(tag: Any) -> str | None:
    return language(tag) if isinstance(tag, str) else None


def _related(record: Record, own: str | None) -> dict[str, str]:
    """What a post is to others. Only posts can be quoted; lists, feeds and people can be shown too."""
    quoted = _quoted(record.embed) if record.embed else None
    known: dict[str, str | None]
    if record.reply:
        parent, root = post_uri(at(record.reply, "parent", "uri")), post_uri(at(record.reply, "root", "uri"))
        state = None if parent else "unknown"
        known = {"kind": "reply", "parent": parent, "parent_state": state, "quoted": quoted, "conversation": root}
    else:
        kind = "quote" if quoted else "post"
        known = {"kind": kind, "parent_state": "root", "quoted": quoted, "conversation": own}
    return {key: value for key, value in known.items() if value}


def _quoted(embed: Any) -> str | None:
    return post_uri(at(embed, "record", "uri")) or post_uri(at(embed, "record", "record", "uri"))


# --- Words ---


def _words(record: Record, did: str | None) -> Post:
    """Text, links and media."""
    text, links = written_out(record.text or "", record.facets) if record.facets else (record.text or "", [])
    embed = record.embed if isinstance(record.embed, dict) else None
    if embed is None:
        return {"text": text, "links": links} if links else {"text": text}
    card = at(embed, "external", "uri") or at(embed, "media", "external", "uri")
    listed = addresses([*links, card if isinstance(card, str) else None])
    media = [*_media(embed, did), *_media(at(embed, "media"), did)]
    words: Post = {"text": text, "links": listed, "media": media}
    return {key: value for key, value in words.items() if value != []}


#: What stands where a program shortened a link.
_CUT: Final = re.compile(r"(?:…|\.\.\.)\Z")
_SCHEME: Final = re.compile(r"\A(?:https?://)?(?:www\.)?")


def written_out(text: str, facets: Any) -> tuple[str, list[str]]:
    """A text with its shortened links written out, and the addresses that it links to.

    Words that were made a link stay; what is only a shortened address is replaced by the whole one.
    """
    links = sorted(_links(facets))
    if not links:
        return text, []
    raw, pieces, followed, done = text.encode(), [], [], 0
    for start, end, uri in links:
        # Ranges beyond the text, inside a character or inside another range are not followed.
        if start < done or end > len(raw) or _inside(raw, start) or _inside(raw, end):
            continue
        shown = raw[start:end].decode()
        stem = _SCHEME.sub("", _CUT.sub("", shown))
        shortened = bool(stem) and _SCHEME.sub("", uri).startswith(stem)
        pieces += [raw[done:start].decode(), uri if shortened else shown]
        followed.append(uri)
        done = end
    return "".join([*pieces, raw[done:].decode()]), addresses(followed)


def _links(facets: Any) -> Iterator[tuple[int, int, str]]:
    """Begin and end in bytes, and the address, of each range that is a link."""
    for facet in items(facets):
        start, end = at(facet, "index", "byteStart"), at(facet, "index", "byteEnd")
        if not (type(start) is int and type(end) is int and 0 <= start < end):
            continue
        for feature in items(at(facet, "features")):
            uri = feature.get("uri")
            if feature.get("$type") == "app.bsky.richtext.facet#link" and isinstance(uri, str) and uri:
                yield start, end, uri
                break


def _inside(raw: bytes, at_: int) -> bool:
    """Whether a place lies inside a character."""
    return at_ < len(raw) and raw[at_] & 0xC0 == 0x80  # noqa: PLR2004  (the mark of a byte that continues one)


def _media(embed: Any, did: str | None) -> Iterator[dict[str, str | None]]:
    """Pictures and films that are attached; nothing of a card."""
    for key in ("images", "items"):
        for picture in items(at(embed, key)):
            cid = _blob(picture.get("image"))
            url = f"https://cdn.bsky.app/img/feed_fullsize/plain/{did}/{cid}@jpeg" if did and cid else None
            yield {"type": "image", "url": url, "alt": _alt(picture)}
    if isinstance(at(embed, "video"), dict):
        cid = _blob(at(embed, "video"))
        url = f"https://video.bsky.app/watch/{quote(did, safe='')}/{cid}/playlist.m3u8" if did and cid else None
        yield {"type": "video", "url": url, "alt": _alt(embed)}


def _alt(picture: dict[str, Any]) -> str | None:
    alt = picture.get("alt")
    return alt if isinstance(alt, str) and alt else None


_CID: Final = re.compile(r"[A-Za-z0-9]{20,120}")


def _blob(blob: Any) -> str | None:
    """The digest by which a file is called; older records have it as text."""
    cid = at(blob, "ref", "$link") or at(blob, "cid")
    if isinstance(ref := at(blob, "ref"), bytes):
        cid = link_text(ref)
    return cid if isinstance(cid, str) and _CID.fullmatch(cid) else None


def link_text(cid: bytes) -> str | None:
    """A binary link as it is written in JSON."""
    import libipld  # needed for repositories alone

    try:
        return str(libipld.encode_cid(cid))
    except ValueError:
        return None


# --- Labels and wishes ---

#: What an author or a service says about who may see a post; it is a wish, not a judgement.
_HIDDEN: Final = "!no-unauthenticated"
HIDDEN: Final = "bluesky.no-unauthenticated=true"
#: What services put on posts that nobody is to see any more.
_GONE: Final = frozenset({"!takedown", "!hide", "!suspend"})


def self_label_values(labels: Any) -> list[str]:
    """The values of labels that an author put on something of their own."""
    found = (one.get("val") for one in items(at(labels, "values")))
    return [value for value in found if isinstance(value, str) and value]


def _self_labels(record: Record) -> Iterator[dict[str, str]]:
    for value in self_label_values(record.labels) if record.labels else ():
        if value != _HIDDEN:
            yield label("self-label", value, "bluesky", "author-mark")


def hidden(values: Iterable[str]) -> list[str]:
    """The wish that follows from labels, if any."""
    return [HIDDEN] if _HIDDEN in values else []


def gone(values: Iterable[str]) -> bool:
    """Whether a service took something away."""
    return not _GONE.isdisjoint(values)


_DECLARED: Final = ("bulkDataset", "publicAccessArchive", "syntheticContentGeneration", "protocolBridging")
_PREFERRED: Final = ("training", "inference", "embedding", "syntheticContent")
#: Records in which an account says what may be done with its posts.
INTENTS: Final = "org.user-intents.declaration"
PREFERENCE: Final = "community.lexicon.preference.ai"
VISIBILITY: Final = "app.bsky.actor.contentVisibilityDeclaration"
PROFILE: Final = "app.bsky.actor.profile"
WISHES: Final = frozenset({INTENTS, PREFERENCE, VISIBILITY, PROFILE})
#: The whole account, its posts, or a receiver that is named.
Reach = Literal["account", "posts", "somebody"]
REACHES: Final[tuple[Reach, ...]] = get_args(Reach)


class Said(NamedTuple):
    """What one record asks, as tokens of the licensing tables, and how far it reaches."""

    tokens: tuple[str, ...]
    reach: Reach = "account"


def said(collection: str, record: Any) -> Said | None:
    """What a record of an account asks, if it asks anything."""
    read = _READ.get(collection)
    tokens = tuple(read(record)) if read else ()
    scope, narrow = at(record, "scope", "$type"), at(record, "scope", "collection")
    if not tokens or (scope == f"{PREFERENCE}#collectionScope" and narrow != POST):
        return None
    reach: Reach = "account" if scope in {None, f"{PREFERENCE}#globalScope"} else "posts" if narrow else "somebody"
    return Said(tokens, reach)


def asked(all_said: Iterable[Said]) -> list[str]:
    """What an account asks with all its records together.

    What it says of posts goes before what it says of everything. What is said to somebody else counts where it forbids:
    a dataset for everybody would reach them too.
    """
    listed = sorted(all_said, key=lambda one: (REACHES.index(one.reach), one.tokens))
    meant = {token.partition("=")[0]: token for one in listed if one.reach != "somebody" for token in one.tokens}
    forbidden = {token for one in listed if one.reach == "somebody" for token in one.tokens if token.endswith("=false")}
    return sorted({*meant.values(), *forbidden})


def _of_intents(record: Any) -> Iterator[str]:
    for name in _DECLARED:
        if isinstance(allowed := at(record, name, "allow"), bool):
            yield f"bluesky.{name.lower()}={str(allowed).lower()}"


def _of_preference(record: Any) -> Iterator[str]:
    for name in _PREFERRED:
        if isinstance(allowed := at(record, "preferences", name, "allow"), bool):
            yield f"bluesky.ai.{name.lower()}={str(allowed).lower()}"


def _of_visibility(record: Any) -> Iterator[str]:
    if isinstance(hides := at(record, "hideFromAlgorithmicRecommendations"), bool):
        yield f"bluesky.hidefromalgorithmicrecommendations={str(hides).lower()}"


def _of_profile(record: Any) -> Iterator[str]:
    yield from hidden(self_label_values(at(record, "labels")))


_READ: Final[dict[str, Callable[[Any], Iterator[str]]]] = {
    INTENTS: _of_intents,
    PREFERENCE: _of_preference,
    VISIBILITY: _of_visibility,
    PROFILE: _of_profile,
}

# --- Clocks ---

#: Keys and revisions that spell a number of 64 bits, with the digits that sort as the number does.
_TID: Final = re.compile(r"[2-7a-j][2-7a-z]{12}")
_DIGITS: Final = str.maketrans("234567abcdefghijklmnopqrstuvwxyz", "0123456789abcdefghijklmnopqrstuv")
_DAY: Final = timedelta(days=1)
DAY_MICROSECONDS: Final = 86_400_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


def _clock(moment: str, key: str | None) -> Iterator[dict[str, str]]:
    """A label where the time that the author's program claims is far from that in the key, which is a clock too."""
    number = tid(key)
    if number is None:
        return
    days = date.fromisoformat(moment[:10]).toordinal() - _EPOCH_DAY - (number >> 10) // DAY_MICROSECONDS
    if days == 0:
        return
    keyed = time_of_key(key)
    if keyed and abs(datetime.fromisoformat(moment) - keyed) > _DAY and (shown := written(keyed)):
        yield label("time-of-key", shown, "bluesky", "record-key")


def time_of_key(key: str | None) -> datetime | None:
    """The moment at which a key was made, if it is one that holds a time."""
    number = tid(key)
    return None if number is None else _EPOCH + timedelta(microseconds=number >> 10)


def tid(key: str | None) -> int | None:
    """The number that a key or revision spells, if it does; it grows with time."""
    return int(key.translate(_DIGITS), 32) if key and _TID.fullmatch(key) else None
