"""What an X account archive as a whole knows: whose it is, which posts replaced which, and where long posts continue.

Long posts stand twice in an archive: cut among the others, and whole in a file of notes that does not say which post
each belongs to. A note belongs to the one post that was written in the same second and begins with the same 60
characters. Where two fit, or none, nothing is guessed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import msgspec

from .fields import at_iso, at_twitter, unescaped
from .opening import open_export
from .tweets import Around, Tweet, account, digits, versions
from .x_files import elements, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..model import Export

# --- What is decoded; fields that are not named here are passed over unread. ---


class NoteLink(msgspec.Struct):
    """A shortened link of a note."""

    short: str | None = msgspec.field(name="shortUrl", default=None)
    expanded: str | None = msgspec.field(name="expandedUrl", default=None)


class NoteCore(msgspec.Struct):
    """The words of a note; nothing is escaped in them."""

    text: str | None = None
    urls: list[NoteLink] | None = None


class Lifecycle(msgspec.Struct):
    """Whether a note still stands."""

    name: str | None = None


class Note(msgspec.Struct):
    """A long post as a whole."""

    id: str | None = msgspec.field(name="noteTweetId", default=None)
    created_at: str | None = msgspec.field(name="createdAt", default=None)
    lifecycle: Lifecycle | None = None
    core: NoteCore | None = None

    @property
    def stands(self) -> bool:
        """Whether it was not deleted."""
        return self.lifecycle is None or self.lifecycle.name in {None, "Active"}


class Element(msgspec.Struct):
    """An element of a file; older archives do not wrap their posts."""

    tweet: Tweet | None = None
    note: Note | None = msgspec.field(name="noteTweet", default=None)


class _Account(msgspec.Struct):
    username: str | None = None
    account_id: str | None = msgspec.field(name="accountId", default=None)
    display_name: str | None = msgspec.field(name="accountDisplayName", default=None)


class _AccountElement(msgspec.Struct):
    account: _Account | None = None


class _UserDetails(msgspec.Struct):
    screen_name: str | None = None
    id: str | int | None = None
    full_name: str | None = None


class _UserInfo(msgspec.Struct):
    user_name: str | None = msgspec.field(name="userName", default=None)
    account_id: str | None = msgspec.field(name="accountId", default=None)
    display_name: str | None = msgspec.field(name="displayName", default=None)


class _Manifest(msgspec.Struct):
    user: _UserInfo | None = msgspec.field(name="userInfo", default=None)


ELEMENT: Final = msgspec.json.Decoder(Element)
TWEET: Final = msgspec.json.Decoder(Tweet)
_ACCOUNTS: Final = msgspec.json.Decoder(list[_AccountElement])
_DETAILS: Final = msgspec.json.Decoder(_UserDetails)
_MANIFEST: Final = msgspec.json.Decoder(_Manifest)

# --- The archive ---

#: How many characters of a note and of the cut post must be the same.
SHARED_START: Final = 60

#: Second and beginning.
_Key = tuple[str, str]


@dataclass(frozen=True)
class Archive:
    """What the files of one archive know together. Of texts, nothing is kept."""

    around: Around = field(default_factory=Around)
    #: For the id of a note, the post that it continues, without its words.
    whole: Mapping[str, Tweet] = field(default_factory=dict)
    #: Ids of posts whose whole text stands in a note, and of those that are cut while no note can be told to be theirs.
    continued: frozenset[str] = frozenset()
    cut_off: frozenset[str] = frozenset()
    #: Items of each file, by its name without folders.
    counted: Mapping[str, int] = field(default_factory=dict)
    #: Ids of posts in files other than the table.
    listed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Seen:
    """What is remembered of one post while the files are gone through."""

    id: str
    versions: tuple[str, ...]
    key: _Key | None
    tweet: Tweet | None


@lru_cache(maxsize=2)
def archive_of(exports: tuple[Export, ...]) -> Archive:
    """What is known of the archive that these files belong to. Raises UnsafeFile or OSError."""
    kinds = {export: _kind(export) for export in exports if export.stored}
    parts = (element for export in _of(kinds, "notes") for element in _elements(export))
    notes = [element.note for element in parts if element and element.note]
    wanted = {key for note in notes if note.stands and (key := _note_key(note))}
    tabled = bool(_of(kinds, "table"))
    fits: dict[_Key, dict[str, Tweet]] = defaultdict(dict)
    latest: dict[str, str] = {}
    listed: set[str] = set()
    counted = {export.name: sum(1 for _ in _elements(export)) for export in _of(kinds, "notes", "community", "account")}
    for export in _of(kinds, "tweets"):
        counted[export.name] = 0
        for element in _elements(export):
            counted[export.name] += 1
            tweet = element and element.tweet
            own = tweet and digits(tweet.id_str, tweet.id)
            if not tweet or not own:
                continue
            latest |= dict.fromkeys(versions(tweet, own)[:-1], versions(tweet, own)[-1])
            if tabled:
                listed.add(own)
            if wanted and (key := _tweet_key(tweet)) in wanted:
                fits[key][own] = msgspec.structs.replace(tweet, full_text="", text=None)
    whole = _joined(notes, fits)
    continued = frozenset(digits(tweet.id_str, tweet.id) or "" for tweet in whole.values())
    handle, by = _owner(kinds)
    return Archive(
        Around(by, handle, latest, quotes_are_links=True),
        whole,
        continued,
        frozenset(own for found in fits.values() for own in found) - continued,
        {PurePosixPath(name).name: count for name, count in counted.items()},
        frozenset(listed),
    )


def _of(kinds: Mapping[Export, str | None], *wanted: str) -> list[Export]:
    return [export for export, kind in kinds.items() if kind in wanted]


def _kind(export: Export) -> str | None:
    with open_export(export) as (data, _):
        return kind_of(data)[0]


def _elements(export: Export) -> Iterator[Element | None]:
    """The elements of a file that is one list; None for one that is not understood, nothing for such a file."""
    with open_export(export) as (data, size), memoryview(data) as whole, whole[kind_of(data)[1] : size] as view:
        try:
            raws = elements(view)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return
        try:
            yield from map(_element, raws)
        finally:
            raws.clear()  # views into the file, which is about to be closed


def _element(raw: msgspec.Raw) -> Element | None:
    try:
        found = ELEMENT.decode(raw)
        return found if found.tweet or found.note else Element(TWEET.decode(raw))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


# --- Notes and the posts that they continue ---


def _joined(notes: Sequence[Note], fits: Mapping[_Key, Mapping[str, Tweet]]) -> dict[str, Tweet]:
    """The post of each note, where exactly one post and one note fit together."""
    by_id = {note.id: note for note in notes if note.stands and note.id}
    keys = {id_: key for id_, note in by_id.items() if (key := _note_key(note))}
    crowd = Counter(keys.values())
    alone = {id_: key for id_, key in keys.items() if crowd[key] == 1 and len(fits.get(key, {})) == 1}
    return {id_: next(iter(fits[key].values())) for id_, key in alone.items()}


def _note_key(note: Note) -> _Key | None:
    moment, text = at_iso(note.created_at), note.core and note.core.text
    return (moment[:19], text[:SHARED_START]) if moment and text else None


def _tweet_key(tweet: Tweet) -> _Key | None:
    moment, text = at_twitter(tweet.created_at), tweet.full_text or tweet.text
    return (moment[:19], unescaped(text)[:SHARED_START]) if moment and text else None


# --- Whose it is ---


def _owner(kinds: Mapping[Export, str | None]) -> tuple[str | None, dict[str, str] | None]:
    """Handle and author: the manifest says it, else the account's own file."""
    for export in [*_of(kinds, "manifest"), *_of(kinds, "account")]:
        with open_export(export) as (data, size):
            begin = kind_of(data)[1]
            found = _named(bytes(data[begin:size]).rstrip(b"; \t\r\n"))
        if found and (by := account(*found)):
            return found[2], by
    return None, None


def _named(document: bytes) -> tuple[str | None, str | None, str | None] | None:
    """Name, id and handle, in whichever of three files this is."""
    for decode in (_of_manifest, _of_account, _of_details):
        try:
            if found := decode(document):
                return found
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue
    return None


def _of_manifest(document: bytes) -> tuple[str | None, str | None, str | None] | None:
    user = _MANIFEST.decode(document).user
    return (user.display_name, digits(user.account_id), user.user_name) if user else None


def _of_account(document: bytes) -> tuple[str | None, str | None, str | None] | None:
    own = next((element.account for element in _ACCOUNTS.decode(document) if element.account), None)
    return (own.display_name, digits(own.account_id), own.username) if own else None


def _of_details(document: bytes) -> tuple[str | None, str | None, str | None] | None:
    own = _DETAILS.decode(document)
    return (own.full_name, digits(own.id), own.screen_name) if own.screen_name or own.full_name else None
