"""`mbox`: where messages begin, whose words they carry, and what is never told."""

from __future__ import annotations

import json
import random
import re
import time
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadcommons.model import Limits
from threadcommons.sources import READERS, again, fields
from threadcommons.sources.base import Head, Parsed, Refusal
from threadcommons.sources.fields import at_mail, written
from threadcommons.sources.html import LEFT_OUT
from threadcommons.sources.mail_parts import part_of
from threadcommons.sources.mail_text import Own, own_words
from threadcommons.sources.mbox import Context, context, divide, parse, recognise, whole

from .reading import accounted

READER = READERS["mbox"]
SHARED = Path(__file__).resolve().parents[2].parent / "shared"
NAMES = ("list.mbox", "list.crlf.mbox", "2019-March.txt", "2023-July.txt")
HEAD = b"From ann@example.org  Wed Jan  3 09:00:00 2024\n"


def mail(body: bytes, **headers: str) -> bytes:
    said = {
        "From": "Ann <ann@example.org>",
        "Message-ID": "<a@x>",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return HEAD + b"".join(f"{name}: {value}\n".encode() for name, value in said.items() if value) + b"\n" + body


def made(record: bytes, charset: str | None = None) -> dict[str, Any]:
    parsed = parse(record, 0, Context(charset))
    assert isinstance(parsed, dict), parsed
    return parsed


def code(record: bytes) -> str:
    parsed = parse(record, 0, None)
    assert isinstance(parsed, Refusal), parsed
    return parsed.code


def outcomes(data: bytes, limits: Limits | None = None) -> list[tuple[bytes, Parsed]]:
    found: list[tuple[bytes, Parsed]] = []
    for batch in accounted(READER, data, Context(), limits):
        posts = {row.pop("record"): row for row in batch.posts.to_pylist()}
        for index in range(len(batch.cut)):
            at, size = int(batch.cut.offsets[index]), int(batch.cut.lengths[index])
            found.append((data[at : at + size], posts.get(index) or batch.refused[index]))
            alone = again(READER, data, len(data), (at, size), Context(), limits or Limits())
            assert index not in posts or (isinstance(alone, dict) and alone["text"] == posts[index]["text"])
    return found


# --- Shared exports ---


def shared(name: str) -> tuple[dict[str, Any], bytes]:
    path = SHARED / "exports/mbox" / name
    if not path.exists():
        pytest.skip("the shared exports are not beside this repository")
    listed = json.loads((SHARED / "exports/expected.json").read_text(encoding="utf-8"))["exports"]
    counts = next(entry["counts"] for entry in listed if entry["path"] == f"mbox/{name}")
    return counts, path.read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_counts_are_those_of_the_export(name: str) -> None:
    counts, data = shared(name)
    found = outcomes(data)
    assert len(found) == counts["records"]
    posts = [one for _, one in found if isinstance(one, dict)]
    # A message that names itself as its parent is counted there and is no reply here.
    loops = sum(b"In-Reply-To: <m025" in record for record, _ in found)
    if "in_reply_to" in counts:
        in_reply_to = sum(b"\nIn-Reply-To:" in record for record, _ in found)
        assert in_reply_to == counts["in_reply_to"]
        replies = [one for record, one in found if b"\nIn-Reply-To:" in record and isinstance(one, dict)]
        assert sum(one["parent"] is not None for one in replies) == in_reply_to - loops
    assert "CANARY" not in repr(posts)
    assert "@example.org" not in "".join(
        str(post["author"]) + post["text"] for post in posts if "log line" not in post["text"]
    )


@pytest.mark.parametrize("name", NAMES)
def test_exports_are_recognised(name: str) -> None:
    _, data = shared(name)
    assert recognise(Head("unnamed", data[:65536], len(data)))


def test_other_texts_are_no_mail() -> None:
    for start in (
        b"",
        b"From the north one sees hills.\n",
        b"Subject: x\n\ny",
        HEAD + b"not a header\n",
        b'{"From": "x"}',
    ):
        assert recognise(Head("list.mbox", start, len(start))) is None


# --- Where messages begin ---


def test_only_a_dated_line_above_a_header_begins_a_message() -> None:
    body = b"One.\nFrom here on, two.\n\nFrom ann@example.org  Wed Jan  3 09:00:00 2024\nno header\n"
    data = mail(body) + b"\n" + mail(b"Second.\n")
    assert [record.count(HEAD) for record, _ in outcomes(data)] == [2, 1]


@pytest.mark.parametrize(
    "line",
    [
        b"From ann@example.org Wed Jan 03 09:00 2024\n",
        b"From ann@example.org  Wed Jan  3 09:00:00 CET 2024\n",
        b"From ann@example.org  Wed Jan  3 09:00:00 +0100 2024\n",
        b"From ann@example.org Wed Jan  3 09:00:00 2024 +0000\r\n",
        b"From u@er_@ @end|ng |rom ex@mp|e.org  Sat Jul  1 06:30:00 2023\n",
        b"From - Wed Jan  3 09:00:00 2024\n",
    ],
)
def test_spellings_of_the_line_that_begins_a_message(line: bytes) -> None:
    assert len(outcomes(line + b"From: a\n\nx\n\n" + line + b"From: b\n\ny\n")) == 2


def test_what_stands_before_the_first_message_is_a_broken_record() -> None:
    found = outcomes(b"\xef\xbb\xbf\n stray words\n\n" + mail(b"x\n"))
    assert [one.code if isinstance(one, Refusal) else one["text"] for _, one in found] == [
        "record.not-this-format",
        "x",
    ]


def test_files_are_divided_and_streamed_at_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threadcommons.sources.mbox.RANGE_BYTES", 300)
    data = b"\n".join(mail(f"Number {number}\nFrom here.\n".encode()) for number in range(20))
    points = divide(data, len(data))
    assert len(points) > 5
    assert all(data[point:].startswith(HEAD) for point in points[:-1])
    assert data[whole(data) :].startswith(HEAD)
    assert whole(mail(b"alone\n")) == 0


def test_mutations_are_accounted_for() -> None:
    chance = random.Random(40)
    seeds = [
        mail(b"> q\nx\n\n-- \ns\n") + b"\n" + mail(b"y", Content_Type='multipart/mixed; boundary="B"'),
        mail(b"z").replace(b"\n", b"\r\n"),
    ]
    still = 0
    for _ in range(800):
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(30)] = bytes(
                chance.choices(b"\0\xff\n\r:<>=?From ", k=chance.randrange(12))
            )
        found = outcomes(bytes(data), Limits(record_bytes=chance.choice([60, 10_000])))
        still += sum(isinstance(parsed, dict) for _, parsed in found)
    assert still > 60


# --- Ids and replies ---


def test_in_reply_to_names_the_parent_else_the_last_of_the_references() -> None:
    both = made(mail(b"x", In_Reply_To="<p@x>", References="<r@x> <q@x>"))
    assert (both["parent"], both["conversation"], both["kind"]) == ("p@x", "r@x", "reply")
    only = made(mail(b"x", References="<r@x>\n <q@x>"))
    assert (only["parent"], only["conversation"]) == ("q@x", "r@x")
    mixed = made(mail(b"x", In_Reply_To="Ann's message of Monday <p@x>"))
    assert mixed["parent"] == "p@x"


def test_ids_that_are_missing_or_lead_to_themselves() -> None:
    assert "native_id" not in made(mail(b"x", Message_ID=""))
    looped = made(mail(b"x", In_Reply_To="<a@x>", References="<a@x>"))
    assert (looped["parent_state"], "parent" in looped, "conversation" in looped) == ("unknown", False, False)
    assert made(mail(b"x", Subject="AW: Re: maps"))["parent_state"] == "unknown"
    assert made(mail(b"x", Subject="Maps"))["parent_state"] == "root"


# --- Authors ---


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Ann B <ann@example.org>", "Ann B"),
        ('"B, Ann" <ann@example.org>', "B, Ann"),
        ("ann at example.org (Ann B)", "Ann B"),
        ("=?UTF-8?B?w5xzZXIgw4c=?= <c@example.org>", "Üser Ç"),
        ("c at example.org (=?ISO-8859-1?Q?=DCser_=C7?=)", "Üser Ç"),
        ("ann@example.org", None),
        ("<ann@example.org>", None),
        ("ann@example.org (ann at example.org)", None),
        ('"ann@example.org" <ann@example.org>', None),
        ("u@er_@ @end|ng |rom ex@mp|e.org (u@er_@ @end|ng |rom ex@mp|e.org)", None),
        ("=?no-such-charset?Q?=DC?= <c@example.org>", None),
        ("=?UTF-8?B?w5xzZXIgw4?= <c@example.org>", None),  # padding that is missing is an error of its own kind
        ("=?UTF-8?B?w?= <c@example.org>", None),
        ("", None),
    ],
)
def test_an_author_is_a_name_and_never_an_address(header: str, name: str | None) -> None:
    found = made(mail(b"x", From=header)).get("author")
    assert (found and found["name"]) == name


# --- Words ---


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Mine.\n", "Mine."),
        ("On Monday, Bo <bo@example.org> wrote:\n> theirs\n> more\n\nMine.\n", "[…]\n\nMine."),
        ("On Mon, 3 Jan 2024 at 09:00, Bo Long-Name\n<bo@example.org> wrote:\n\n> theirs\nMine.", "[…]\nMine."),
        ("Mine.\n\nOn Mon, Jan 3, 2024 at 9:00 AM, Bo Long-Name <bo at example.org\n> wrote:\n\n> theirs\n", "Mine.\n\n[…]"),
        ("On Monday 3 I took a < b\n> wrote:\n> theirs\n", "On Monday 3 I took a < b\n[…]"),
        ("Mine.\n> theirs\n\n> theirs again\nMine too.", "Mine.\n[…]\nMine too."),
        ("Mine.\n\n-- \nAnn\n+1 202 555 0143\n", "Mine.\n\n[…]"),
        ("Mine.\n\n-----Original Message-----\nFrom: Bo\n\ntheirs\n", "Mine.\n\n[…]"),
        ("Mine.\n\nFrom: Bo <bo@example.org>\nSent: Monday\nTo: Ann\n\ntheirs\n", "Mine.\n\n[…]"),
        ("Mine.\n" + "_" * 47 + "\nlist mailing list\nlist at example.org\n", "Mine.\n[…]"),
        ("Begin forwarded message:\n\ntheirs\n", "[…]"),
        (">From the south.\n>>From theirs\n", "From the south.\n[…]"),
        ("From: here on, mine.\n", "From: here on, mine."),
        ("Mine.\n\n\t[[alternative HTML version deleted]]\n", "Mine."),
        ("-- not a signature\nMine.\r\n", "-- not a signature\nMine."),
    ],
)
def test_words_of_others_are_left_out_with_a_mark(text: str, own: str) -> None:
    assert own_words(text).text == own


def test_a_message_without_words_of_its_own_is_no_post() -> None:
    assert code(mail(b"> only theirs\n")) == "record.others-words"
    assert code(mail(b"\n\n")) == "record.empty-text"
    assert code(mail(b"-- \nAnn\n")) == "record.empty-text"


def test_what_the_archive_took_out_is_listed() -> None:
    scrubbed = (
        b"See it.\n-------------- next part --------------\nA non-text attachment was scrubbed...\nName: map.png\n"
        b"Type: image/png\nSize: 12 bytes\nURL: <http://lists.example.org/a/map.png>\n"
    )
    post = made(mail(scrubbed))
    assert post["text"] == "See it.\n[…]"
    assert post["media"] == [{"type": "image", "url": "http://lists.example.org/a/map.png", "alt": "map.png"}]


@pytest.mark.parametrize("piece", ["On 1 <", "a", "a at ", "> ", "wrote "])
def test_long_lines_cost_no_more_than_their_length(piece: str) -> None:
    """Their square would take many seconds; as it is, it is a few thousandths of one."""
    line = piece * (40_000 // len(piece)) + ":"
    begun = time.process_time()
    own = own_words(f"{line}\n> theirs\nmine")
    parsed = parse(mail(b"x", From=line, Subject=line, References=line), 0, None)
    assert time.process_time() - begun < 1
    assert own.text.endswith(f"{LEFT_OUT}\nmine")
    assert isinstance(parsed, dict)
    assert parsed["text"] == "x"


# --- Charsets and parts ---


def test_texts_in_their_charset() -> None:
    assert made(mail("é".encode(), Content_Type="text/plain; charset=UTF-8"))["text"] == "é"
    assert made(mail(b"\xe9", Content_Type='text/plain; charset="iso-8859-1"'))["text"] == "é"
    assert made(mail(b"\x93q\x94", Content_Type="text/plain; charset=iso-8859-1"))["text"] == "“q”"
    assert made(mail("é".encode()))["text"] == "é"
    assert made(mail(b"plain", Content_Type="text/plain; charset=x-unknown"))["text"] == "plain"


def test_nothing_is_guessed_about_a_charset() -> None:
    for headers in (
        {},
        {"Content_Type": "text/plain; charset=UTF-8"},
        {"Content_Type": "text/plain; charset=x-unknown"},
    ):
        assert code(mail(b"caf\xe9", **headers)) == "record.bad-encoding"
        assert made(mail(b"caf\xe9", **headers), "cp1252")["text"] == "café"
    assert context(None, [], {"charset": "latin-1"}) == Context("iso8859-1")
    assert READER.faults({"charset": "no-such"})[0][0] == "charset"


def test_transfer_encodings() -> None:
    assert made(mail(b"Stra=C3=9Fe =\nhier", Content_Transfer_Encoding="quoted-printable"))["text"] == "Straße hier"
    assert made(mail(b"5Zyw\n5Zuz", Content_Transfer_Encoding="base64"))["text"] == "地図"
    assert made(mail(b"5Zyw5Zuz!x", Content_Transfer_Encoding="BASE64"))["text"].startswith("地図")


PARTS = b"preamble\n--B\nContent-Type: text/html\n\n<p>html</p><blockquote>theirs</blockquote>\n--B\nContent-Type: text/plain\n\nplain\n--B--\n"


def test_the_first_plain_part_is_read_and_html_only_alone() -> None:
    multipart = {"Content_Type": 'multipart/alternative; boundary="B"'}
    assert made(mail(PARTS, **multipart))["text"] == "plain"
    only = made(mail(PARTS.replace(b"text/plain", b"image/png"), **multipart))
    assert (only["text"], only["markup"]) == ("html\n\n[…]", "html")
    attached = PARTS.replace(
        b"Content-Type: text/plain\n", b"Content-Type: text/plain\nContent-Disposition: attachment\n"
    )
    assert made(mail(attached, **multipart))["markup"] == "html"
    nested = b"--A\nContent-Type: multipart/alternative; boundary=B\n\n" + PARTS + b"--A--"
    assert made(mail(nested, Content_Type="multipart/mixed; boundary=A"))["text"] == "plain"


def test_parts_without_end_or_number() -> None:
    deep = b"".join(b"--B%d\nContent-Type: multipart/mixed; boundary=B%d\n\n" % (n, n + 1) for n in range(500))
    assert code(mail(deep, Content_Type="multipart/mixed; boundary=B0")) == "record.empty-text"
    many = b"--B\nContent-Type: image/png\n\nx\n" * 5000 + b"--B\n\nplain\n"
    assert code(mail(many, Content_Type="multipart/mixed; boundary=B")) == "record.empty-text"


# --- Wishes, dates, machines ---


@pytest.mark.parametrize("headers", [{"X_No_Archive": "yes"}, {"X_No_Archive": "Yes"}, {"Archive": "no"}])
def test_who_asked_not_to_be_archived_is_not(headers: dict[str, str]) -> None:
    assert code(mail(b"x", **headers)) == "record.opted-out"
    assert code(mail(b"X-No-Archive: yes\n\nx")) == "record.opted-out"
    assert made(mail(b"x", X_No_Archive="no"))["text"] == "x"


def test_dates() -> None:
    assert made(mail(b"x", Date="Wed, 03 Jan 2024 09:00:00 +0100"))["created_at"] == "2024-01-03T08:00:00Z"
    assert made(mail(b"x", Date="07 Jan 24 13:00:00 EST"))["created_at"] == "2024-01-07T18:00:00Z"
    assert "created_at" not in made(mail(b"x", Date="Sometime in winter"))


def test_machines_are_disclosed() -> None:
    assert made(mail(b"x", Auto_Submitted="auto-generated"))["generator"]["model"] == "undisclosed"
    assert "generator" not in made(mail(b"x", Auto_Submitted="no"))


def test_refusals_say_no_word_of_a_message() -> None:
    for record in (mail(b"TELLTALE \xe9"), mail(b"> TELLTALE"), b"TELLTALE", mail(b"TELLTALE\0")):
        assert "TELLTALE" not in repr(parse(record, 0, None))


# --- Short ways are as good as the long ones ---

DAYS = ("Wed, ", "", "Mon, ", "mon, ", "Wed,  ", "Mittwoch, ")
ZONES = ("+0000", "-0000", "+0530", "-0800", "+1459", "+1500", "+2400", "+0075", "GMT", "EST", "", "-0130 (XYZ)", "+0000 (a b)", "+0000 (CET) x", " +0000")


def test_a_date_that_is_plain_is_the_one_that_the_library_reads() -> None:
    chance = random.Random(3)
    told = []
    for _ in range(20_000):
        year = chance.choice((24, 99, 999, 1000, 1970, 2024, 2999, 3000))
        clock = ":".join(f"{chance.randrange(most):02d}" for most in (26, 62, 62))
        day = f"{chance.randrange(33):{chance.choice(('', '02'))}d} {chance.choice(('Jan', 'Feb', 'Dec', 'dec', 'Foo', 'December'))}"
        text = f"{chance.choice(DAYS)}{day} {year} {clock} {chance.choice(ZONES)}"
        try:
            known = parsedate_to_datetime(text)
            expected = written(known if known.tzinfo else known.replace(tzinfo=UTC))
        except (TypeError, ValueError, OverflowError):
            expected = None
        assert at_mail(text) == expected, text
        told += [text] if expected and fields._MAIL.fullmatch(text) else []
    assert len(told) > 500


_HEADERS_END = re.compile(rb"\r?\n\r?\n|\A\r?\n")
lines = st.lists(
    st.sampled_from([b"\n", b"\r\n", b"\r", b"A: b", b"A: c", b"B:", b" x", b"\t", b":", b"\xc3\xa9", b"\xc3", b"\xff", b" ", b"\x0b"]), max_size=14
).map(b"".join)


@given(lines)
def test_headers_end_at_the_first_empty_line(entity: bytes) -> None:
    found = _HEADERS_END.search(entity)
    part = part_of(entity)
    assert part.body == (entity[found.end() :] if found else b"")
    alone = part_of(entity[: found.start()] + b"\n\n" if found else entity)
    assert part.headers == alone.headers


@given(st.lists(st.sampled_from([LEFT_OUT, "[", "]", "…", " ", "\n", "\u3000", "\x1f", "a"]), max_size=6).map("".join))
def test_nothing_is_left_where_only_marks_and_blanks_are(text: str) -> None:
    assert Own(text).empty == (not text.replace(LEFT_OUT, "").strip())
