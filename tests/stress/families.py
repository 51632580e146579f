"""Which damaged exports are made for which readers, by families of formats. Holds no tests.

A kind is one way of reading: a reader with its options, the file that is read, and the files beside it that the reader
looks into. Its seeds are good: the shared exports, cut into pieces so small that an accident hits something, and what
is made here.
"""

import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from threadcommons.sources import Reader, reader_for

from ..archives.making import COMPRESS, NUMBERS, Item, Part, long_name, pax, tar_of, zip_of
from ..sources.test_bluesky import DID, a_record
from ..sources.test_bluesky_repository import encoded, framed, linked, node, varint
from .damage import (
    mutated_bytes,
    mutated_container,
    mutated_json,
    mutated_json_lines,
    mutated_lines,
    mutated_mail,
    mutated_value,
)

EXPORTS = Path(__file__).resolve().parents[2].parent / "shared" / "exports"

Files = dict[str, bytes]


@dataclass(frozen=True)
class Kind:
    """One way of reading: `reader` reads the file `name` of a set of files; `seeds` are such sets."""

    reader: Reader
    name: str
    seeds: tuple[Files, ...]
    #: What happens to a file besides blind accidents: (its bytes, chance) -> bytes and how many records were hit.
    damage: Callable[[bytes, random.Random], tuple[bytes, int]]
    options: dict = field(default_factory=dict)

    def make(self, chance: random.Random) -> tuple[Files, int]:
        """A damaged set, and how many records of it were hit: mostly of the file that is read, now and then beside it."""
        files, hit = dict(chance.choice(self.seeds)), 1
        beside = sorted(files.keys() - {self.name})
        victim = chance.choice(beside) if beside and chance.random() < 0.2 else self.name
        how = chance.randrange(20)
        if how >= 8:
            files[victim], hit = self.damage(files[victim], chance)
        if how < 10:
            files[victim] = mutated_bytes([files[victim], chance.choice(self.seeds)[self.name]], chance)
        return files, hit if victim == self.name else 1


# -- seeds ----------------------------------------------------------------------------------------------------------

_PIECES, _PIECE_BYTES, _ITEMS = 12, 6_000, 5


def _shared(pattern):
    return [path.read_bytes() for path in sorted(EXPORTS.glob(pattern)) if path.is_file() and path.stat().st_size]


def _documents(pattern):
    """Documents of which only a few items of each long list are left, several of each."""
    chance = random.Random(pattern)
    return [piece for data in _shared(pattern) for piece in _pruned_ways(data, chance)]


def _pruned_ways(data, chance):
    if len(data) < _PIECE_BYTES:
        return [data]
    begin = min(at for at in (data.find(b"{"), data.find(b"[")) if at >= 0)
    try:
        value = json.loads(data[begin:].rstrip().rstrip(b";"))
    except ValueError:  # several that follow each other
        return [data]
    return [data[:begin] + json.dumps(_pruned(value, chance)).encode() for _ in range(_PIECES)]


def _pruned(value, chance):
    if isinstance(value, list):
        at = chance.randrange(max(1, len(value) - _ITEMS + 1))
        return [_pruned(item, chance) for item in value[at : at + _ITEMS]]
    if isinstance(value, dict):
        keys = list(value) if len(value) <= 60 else chance.sample(list(value), _ITEMS)
        return {key: _pruned(value[key], chance) for key in keys}
    return value


def _lines(pattern, head=0):
    """Files in pieces of whole lines, each after the first `head` lines of its file."""
    return [piece for data in _shared(pattern) for piece in _line_pieces(data, head)]


def _line_pieces(data, head):
    lines = data.splitlines(keepends=True)
    first, pieces = b"".join(lines[:head]), [b""]
    for line in lines[head:]:
        if len(pieces[-1]) + len(line) > _PIECE_BYTES and pieces[-1]:
            pieces.append(b"")
        pieces[-1] += line
    return [first + piece for piece in pieces[:_PIECES]]


def _beside(pattern, **others):
    """The files that a reader looks into, under the names that they have in an export."""
    found = {name.replace("__", "/"): _shared(pattern_)[0] for name, pattern_ in others.items() if _shared(pattern_)}
    return found | ({} if pattern is None else {Path(pattern).name: _shared(pattern)[0]})


def _kind(name, file, seeds, damage, beside=None, **options):
    sets = tuple({**(beside or {}), file: seed} for seed in seeds if seed)
    return [Kind(reader_for(name, options), file, sets, damage, options)] if sets else []


# -- families -------------------------------------------------------------------------------------------------------

_SITE = {"site": "forum.example.org"}
_MAPPING = {
    "native_id": "id", "conversation": "thread", "parent": "reply_to", "author": "user", "text": "body", "lang": "lang", "license": "license",
    "created_at": {"column": "created", "unit": "s"},
}  # fmt: skip
_COLUMNS = ["id", "thread", "reply_to", "user", "created", "lang", "license", "body"]
_POST = b'{"native_id": "p1", "kind": "post", "markup": "plain", "text": "Soup \\u00e9 \xf0\x9f\x8d\xb2", "labels": [{"name": "a", "value": "b", "annotator": "c", "method": "d"}], "links": ["https://example.org/"]}\n'
_TABLE = b"id,thread,reply_to,user,created,lang,license,body\r\n" + b"".join(
    b'g%d,t1,,user,1372096774,en,CC0-1.0,"Soup, ""hot"",\r\nand bread"\r\n' % number for number in range(5)
)


def _made_jsonl():
    return [_POST * 4, b"\xef\xbb\xbf" + _POST + b"\r\n\r\n" + _POST.replace(b"p1", b"p2")]


def json_lines():
    """One JSON value a line."""
    lines = mutated_json_lines
    tables = [_json_table(), *_shared("generic/posts.jsonl")]
    return [
        *_kind("jsonl", "a.jsonl", _made_jsonl(), lines),
        *_kind("jetstream", "v1.jsonl", _lines("jetstream/v1.jsonl") + _lines("jetstream/v2.jsonl"), lines),
        *_kind("reddit", "RC_2025-01.ndjson", _lines("pushshift/R*.ndjson"), lines),
        *_kind("wikiconv", "a.jsonl", _lines("wikiconv/*.jsonl"), lines),
        *_kind("convokit", "utterances.jsonl", _lines("convokit/*/utterances.jsonl"), lines),
        *_kind("chat", "a.jsonl", _lines("openai-messages/*.jsonl"), lines),
        *_kind("x-v1", "a.jsonl", _lines("x-v1.1/tweet_parser/original*.json"), lines),
        *_kind("x-api", "a.jsonl", _lines("x-v2/*.jsonl"), lines, _beside(None, **{"compliance.jsonl": "x-v2/compliance.jsonl"})),
        *_kind("hackernews", "a.jsonl", _lines("hn/*.jsonl"), lines),
        *_kind("table", "a.jsonl", tables, lines, layout="jsonl", mapping=_MAPPING),
    ]


def _json_table():
    return b"".join(
        json.dumps(dict(zip(_COLUMNS, [f"g{n}", "t", None, "u", 1372096774, "en", "CC0-1.0", "Soup."], strict=True))).encode() + b"\n" for n in range(5)
    )


def json_documents():
    """One JSON document a file, or one behind a name."""
    whole = mutated_json
    slack = _beside(None, **{"channels.json": "slack/archive/channels.json", "users.json": "slack/archive/users.json"})
    x = _beside(None, **{"data__manifest.js": "x-archive/archive/data/manifest.js", "data__account.js": "x-archive/archive/data/account.js", "data__note-tweet.js": "x-archive/archive/data/note-tweet.js"})
    nested = [json.dumps({"items": [json.loads(line) for line in _json_table().splitlines()]}).encode()]
    return [
        *_kind("bluesky", "a.json", _documents("bluesky/*/*.json"), whole),
        *_kind("discourse", "a.json", _documents("discourse/synthetic/*.json") + _documents("discourse/real/*.json"), whole, **_SITE),
        *_kind("discord", "a.json", _documents("discord/[cf]*.json"), whole),
        *_kind("github", "a.json", _documents("github/*.json") + _documents("github/backup/*/*.json"), whole),
        *_kind("hackernews", "a.json", _documents("hn/algolia*.json") + _documents("hn/firebase/*.json"), whole),
        *_kind("lemmy", "a.json", _documents("lemmy/*/*.json"), whole),
        *_kind("mastodon-api", "a.json", _documents("mastodon-api/synthetic/*.json"), whole),
        *_kind("mastodon-archive", "outbox.json", _documents("mastodon-archive/archive/outbox.json"), whole, _beside("mastodon-archive/archive/actor.json")),
        *_kind("slack", "general/2024-05-01.json", _documents("slack/archive/general/2024*.json"), whole, slack),
        *_kind("telegram", "result.json", _documents("telegram/result.json") + _documents("telegram/result_full*.json"), whole),
        *_kind("zulip", "1-a/b.json", _documents("zulip/zulip_json/*/*.json"), whole, **_SITE),
        *_kind("sgd", "dev_dialogues_007.json", _documents("sgd/dev*.json"), whole),
        *_kind("topical-chat", "test_rare.json", _documents("topical-chat/*.json"), whole),
        *_kind("chat", "a.json", _documents("openai-messages/*array.json") + _documents("sharegpt/*.json"), whole),
        *_kind("x-v1", "a.json", _documents("x-v1.1/tweet-updates/[ai]*.json"), whole),
        *_kind("x-archive", "data/tweets.js", _documents("x-archive/archive/data/tweets*.js"), whole, x),
        *_kind("x-archive", "data/note-tweet.js", _documents("x-archive/archive/data/note-tweet.js"), whole, x),
        *_kind("x-archive", "data/js/tweets/2014_03.js", _documents("x-archive/old-2014/data/js/tweets/*.js"), whole),
        *_kind("table", "a.json", nested, whole, layout="json", records="/items", mapping=_MAPPING),
    ]


def xml():
    """Tables of a Stack Exchange dump."""
    row = b'<row Id="3" PostTypeId="1" CreationDate="2020-05-06T07:08:09.000" Body="&lt;p&gt;Soup&lt;/p&gt;" OwnerUserId="1" ContentLicense="CC BY-SA 4.0" />\r\n'
    posts = [b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\r\n<posts>\r\n' + row * 4 + b"</posts>"]
    users = {"Users.xml": b'<users>\n<row Id="1" DisplayName="Ann" AboutMe="x" />\n</users>'}
    site = {"site": "synthetic.example.org"}
    name = "stackexchange"
    return [
        *_kind(name, "Posts.xml", posts + _lines("stackexchange/[sg]*/Posts.xml", 2), mutated_lines, users, **site),
        *_kind(name, "Comments.xml", _lines("stackexchange/*/Comments.xml", 2), mutated_lines, users, **site),
    ]


def tables():
    """Delimited text and Parquet."""
    table = {"layout": "csv", "columns": _COLUMNS, "mapping": _MAPPING}
    semicolon, tabs = _lines("generic/posts.semicolon.csv", 1), _lines("generic/posts.headerless.tsv")
    return [
        *_kind("table", "a.csv", [_TABLE, *_lines("generic/posts.utf8-bom.csv", 1), *_lines("generic/posts.mixed*.csv", 1)], mutated_lines, **table),
        *_kind("table", "b.csv", [_TABLE, *_lines("generic/posts.cp1252.csv", 1)], mutated_lines, **table, encoding="windows-1252"),
        *_kind("table", "c.csv", [_TABLE.replace(b",", b";"), *semicolon], mutated_lines, **table, delimiter=";"),
        *_kind("table", "a.tsv", [_TABLE.replace(b",", b"\t"), *tabs], mutated_lines, **table, delimiter="\t", quote="", header=False),
        *_kind("gitter", "elixir.tsv", _lines("gitter/*.tsv"), mutated_lines),
        *_kind("table", "a.parquet", list(_parquet_seeds()), _mutated_parquet, layout="parquet", mapping=_MAPPING) * 2,
    ]


def _parquet_of(rows, **how):
    out = io.BytesIO()
    pq.write_table(pa.table({name: [row.get(name) for row in rows] for name in _COLUMNS}), out, **how)
    return out.getvalue()


_ROWS = [json.loads(line) for line in _json_table().splitlines()]


def _parquet_seeds():
    yield _parquet_of(_ROWS, compression="none", use_dictionary=False)
    yield _parquet_of(_ROWS * 9, compression="zstd", row_group_size=11)
    yield _parquet_of(_ROWS, compression="snappy", data_page_version="2.0", write_page_index=True)


_CELLS = [None, "", "x" * 3000, -1, 2**62, 0.5, float("nan"), True, b"\xff", [1, [2]], {"a": None}, "\0", "1e400", "[deleted]"]


def _mutated_parquet(data, chance):
    """A file with other cells, and columns of other types; where Arrow can write none, one with other bytes."""
    rows = [dict(row) for row in _ROWS]
    for _ in range(chance.randint(1, 3)):
        name, cell = chance.choice(_COLUMNS), chance.choice(_CELLS)
        for row in rows if chance.random() < 0.5 else [chance.choice(rows)]:
            row[name] = cell
    try:
        return _parquet_of(rows, compression=chance.choice(["none", "gzip"]), row_group_size=chance.choice([1, 2, 99])), 1
    except (pa.ArrowException, OverflowError):
        return mutated_bytes([data], chance), 1


def mail():
    """Messages of mailing lists."""
    html = b'From a@b  Wed Jan  3 09:00:00 2024\nFrom: =?utf-8?B?w5xzZXI=?= <a@b>\nMessage-ID: <1@b>\nContent-Type: multipart/mixed; boundary="=x"\n\n--=x\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<p>So=C3=BCp</p><blockquote>a</blockquote>\n--=x--\n\n'
    return [
        *_kind("mbox", "list.mbox", [html * 2, *_lines("mbox/*.mbox")], mutated_mail),
        *_kind("mbox", "2019-March.txt", _lines("mbox/2*.txt"), mutated_mail, charset="latin-1"),
    ]


def logs():
    """Lines of talk, and text as somebody copied it."""
    notes = {"2008-01-02.train-c.annotation.txt": b"1000 1001 -\n1001 1001 -\n3 2 -\n"}
    thread = [b"First words.\nMore.\n\n@a Second.\n@b @c Third.\n\nFirst words.\n", b"\xef\xbb\xbfOne\r\n\r\nTwo\r\n", *_lines("copied-thread/thread.txt")]
    return [
        *_kind("irc", "2008-01-02.train-c.ascii.txt", _lines("irc/train/2008-01-02*.ascii.txt"), mutated_lines, notes),
        *_kind("irc", "2008-01-02.log", _lines("irc/dev/*.ascii.txt"), mutated_lines),
        *_kind("thread-text", "thread.txt", thread, mutated_lines),
    ]


# -- repositories ---------------------------------------------------------------------------------------------------

_CBOR_VALUES = (None, True, 0, -1, 2**63, "", "\0", "x" * 3000, [], {}, [[]], "2024-02-30T25:61:61Z", "did:plc:", b"\xff", ["x"] * 50, 0.5, {"$type": "app.bsky.embed.record"})


_LETTERS = "abcdefgh"


def _bent(value, chance, share):
    return mutated_value(value, chance, _CBOR_VALUES, 3) if chance.random() < share else value


def _mutated_repository(_data, chance):
    """A repository whose records, tree or commit hold other values, each block under its right digest."""
    bent = [chance.random() < 0.8 for _ in range(len(_LETTERS))]
    try:
        leaves = {f"app.bsky.feed.post/3lfjrhevtk22{letter}": linked(_bent(_record(letter), chance, 1.0 if hit else 0.0)) for letter, hit in zip(_LETTERS, bent, strict=True)}
        tree = linked(_bent(node([(name, cid, None) for name, (cid, _) in leaves.items()]), chance, 0.2))
        commit = linked(_bent({"did": DID, "version": 3, "rev": "3lfnwyzsk2223", "prev": None, "data": tree[0], "sig": b"\0" * 64}, chance, 0.1))
        head = encoded({"roots": [commit[0]], "version": 1})
    except (ValueError, OverflowError, TypeError):  # a value that the encoder does not have
        return mutated_bytes([_repository()], chance), 1
    return varint(len(head)) + head + b"".join(framed(cid, data) for cid, data in [commit, tree, *leaves.values()]), max(1, sum(bent))


def _record(letter):
    facets = [{"index": {"byteStart": 0, "byteEnd": 4}, "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.org/"}]}]
    embed = {"$type": "app.bsky.embed.images", "images": [{"alt": "bread"}]}
    uri = f"at://{DID}/app.bsky.feed.post/3lfjrhevtk22a"
    return a_record(f"Soup {letter}", facets=facets, embed=embed, reply={"root": {"uri": uri}, "parent": {"uri": uri}}, langs=["en"])


@cache
def _repository():
    return _mutated_repository(b"", _Calm())[0]


class _Calm:
    """A chance that changes nothing."""

    def random(self):
        return 2.0


def repositories():
    """CAR files."""
    return _kind("bluesky", "repo.car", [_repository(), *_shared("bluesky/synthetic/repo.car")], _mutated_repository)


# -- containers -----------------------------------------------------------------------------------------------------

_CHANCE = random.Random(20261123)
_TEXTS = [b"".join(_POST.replace(b"p1", b"%x" % _CHANCE.getrandbits(64)) for _ in range(count)) for count in (0, 1, 9)]


def containers():
    """Zips, tars and compressed files, with posts in them."""
    texts = list(enumerate(_TEXTS))
    zip_ = zip_of([Part(f"{method}-{n}.jsonl", text, method=method) for method in NUMBERS for n, text in texts], large=True)
    tar = tar_of([Item(f"{n}.jsonl", text, before=ahead) for n, text in texts for ahead in ([], [pax(path=f"pax-{n}.jsonl")], [long_name(f"long-{n}.jsonl")])])
    streams = [pack(_TEXTS[2]) * 2 for pack in COMPRESS.values()] + [pack(tar) for pack in COMPRESS.values()]
    seeds = [[zip_], [tar], streams, _shared("x-archive/*.zip")]
    names = ["jsonl", "jsonl", "jsonl", "x-archive"]
    return list(chain.from_iterable(_kind(name, "export.bin", some, mutated_container) for name, some in zip(names, seeds, strict=True)))


FAMILIES = {
    "json lines": json_lines, "json documents": json_documents, "xml": xml, "tables": tables, "mail": mail, "logs": logs, "repositories": repositories, "containers": containers,
}  # fmt: skip
