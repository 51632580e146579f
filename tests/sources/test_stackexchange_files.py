"""The dumps of Stack Exchange as whole files: all shared exports, cut short, and damaged."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from threadcommons.digest import digest_of
from threadcommons.model import Export, Limits
from threadcommons.sources.base import Head, Parsed, Refusal, judged
from threadcommons.sources.rows import attributes
from threadcommons.sources.stackexchange import READER, Context, context, parse, recognise

from .reading import accounted

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
EXPORTS = SHARED / "exports/stackexchange"
SITE = "example.org"

# --- All shared exports ---


def shared() -> list[dict[str, Any]]:
    if not EXPORTS.exists():
        return []
    listed = json.loads((SHARED / "exports/expected.json").read_text(encoding="utf-8"))["exports"]
    return [entry for entry in listed if entry["format"] == "stackexchange"]


FILES = pytest.mark.parametrize(
    "entry", shared() or [None], ids=lambda entry: entry["path"][14:] if entry else "absent"
)


def opened(entry: dict[str, Any] | None) -> tuple[bytes, Context]:
    if entry is None:
        pytest.skip("the shared exports are not beside this repository")
    path = SHARED / "exports" / entry["path"]
    beside = [Export("s", one.name, one, "0" * 64, one.stat().st_size) for one in sorted(path.parent.iterdir())]
    export = next(one for one in beside if one.name == path.name)
    return path.read_bytes(), context(export, beside, {"site": path.parent.name})


def outcomes(data: bytes, found: Context) -> Iterator[tuple[bytes, Parsed]]:
    """Every record with what became of it, as the driver has it; the account must balance."""
    for batch in accounted(READER, data, found):
        posts = dict(zip(batch.posts["record"].to_pylist(), batch.posts.to_pylist(), strict=True))
        for index, (offset, length) in enumerate(
            zip(batch.cut.offsets.tolist(), batch.cut.lengths.tolist(), strict=True)
        ):
            yield data[offset : offset + length], posts.get(index) or batch.refused[index]


@FILES
def test_counts_are_those_of_the_export(entry: dict[str, Any] | None) -> None:
    data, found = opened(entry)
    assert entry is not None
    read_rows = list(outcomes(data, found))
    rows = [cells for record, _ in read_rows if isinstance(cells := attributes(record), dict)]
    posts = [outcome for _, outcome in read_rows if isinstance(outcome, dict)]
    refused = Counter(outcome.code for _, outcome in read_rows if isinstance(outcome, Refusal))
    kinds = Counter(post["kind"] for post in posts)
    expected = entry["counts"]
    assert len(rows) == expected["records"]
    if found.table == "posts":
        assert (kinds["question"], kinds["answer"]) == (expected["questions"], expected["answers"])
        assert refused.total() == refused["record.not-a-post"] + refused["record.bad-field"] == expected["other_types"]
        assert refused["record.bad-field"] == (1 if entry["synthetic"] else 0)
        unnamed = [cells for cells in rows if "OwnerUserId" not in cells]
        assert len(unnamed) == expected["no_owner_id"]
        edited = [cells for cells in rows if "LastEditDate" in cells]
        assert len(edited) == expected["edited"]
    elif found.table == "comments":
        assert kinds == {"comment": expected["records"]}
        assert (
            sum("id" not in (post["author"] or {}) or post["author"]["id"] is None for post in posts)
            == expected["no_user_id"]
        )
    elif found.table == "posthistory":
        versions = [cells for cells in rows if cells["PostHistoryTypeId"] in set("123456789")]
        assert refused == {"record.superseded": len(versions), "record.notice": len(rows) - len(versions)}
    else:
        assert refused == {"record.not-a-post": expected["records"]}
    licences = Counter(cells.get("ContentLicense", "none") for cells in rows)
    assert licences == expected.get("licences", licences)
    stated = Counter(post["license"] for post in posts)
    wanted = Counter(
        attributes(record).get("ContentLicense") for record, outcome in read_rows if isinstance(outcome, dict)
    )
    assert stated == wanted


@FILES
def test_every_row_read_again_from_its_span_is_the_same(entry: dict[str, Any] | None) -> None:
    data, found = opened(entry)
    for part in READER.cut(data, 0, len(data), Limits()):
        for offset, length in zip(part.offsets.tolist(), part.lengths.tolist(), strict=True):
            record = data[offset : offset + length]
            again = next(READER.cut(record, 0, len(record), Limits()))
            assert (again.offsets.tolist(), again.lengths.tolist()) == ([0], [length])
            assert parse(record, offset, found) == parse(record, 0, found)


@FILES
def test_every_post_keeps_the_contract(entry: dict[str, Any] | None) -> None:
    data, found = opened(entry)
    for record, _ in outcomes(data, found):
        parsed = parse(record, 0, found)
        assert parsed == judged(parsed)


@FILES
def test_exports_are_recognised(entry: dict[str, Any] | None) -> None:
    data, found = opened(entry)
    reason = recognise(Head("unnamed", data[:65536], len(data)))
    assert reason is not None
    assert f"<{found.table}>" in reason


@FILES
def test_nothing_private_comes_out(entry: dict[str, Any] | None) -> None:
    data, found = opened(entry)
    out = repr((found, [outcome for _, outcome in outcomes(data, found)]))
    assert "CANARY" not in out
    assert "AboutMe" not in out


def test_the_export_does_hold_what_must_not_come_out() -> None:
    if not EXPORTS.exists():
        pytest.skip("the shared exports are not beside this repository")
    held = b"".join(path.read_bytes() for path in sorted((EXPORTS / "synthetic.example.org").iterdir()))
    assert held.count(b"PRIVATE-CANARY-") > 0
    assert held.count(b"OTHERS-CANARY-") > 0


def test_the_golden_digests_hold() -> None:
    """What the reader makes of the shared exports, so that no change of it goes unnoticed."""
    golden = json.loads((Path(__file__).parents[1] / "golden/stackexchange-posts.json").read_text(encoding="utf-8"))
    if not EXPORTS.exists():
        pytest.skip("the shared exports are not beside this repository")
    for entry in shared():
        data, found = opened(entry)
        parsed = [parse(record, 0, found) for record, _ in outcomes(data, found)]
        posts = [one for one in parsed if isinstance(one, dict)]
        assert {"posts": len(posts), "sha256": digest_of(posts)} == golden[entry["path"].removeprefix("stackexchange/")]


# --- Damage ---

ROW = '<row Id="%d" PostTypeId="2" ParentId="1" CreationDate="2011-04-08T00:00:00.000" Score="3" Body="%s" />'
BODIES = ["&lt;p&gt;So.&lt;/p&gt;&#xA;", "a &gt; b /&gt; 'c'", "é — 地図 🗺️"]
ROWS = [(ROW % (number, body)).encode() for number, body in enumerate(BODIES, start=2)]
BEGIN = b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\r\n<posts>\r\n<!-- c -->\r\n  '
SMALL = BEGIN + b"\r\n  ".join(ROWS) + b"\r\n</posts>\r\n"
POSTS = Context("posts", SITE)


def test_a_file_cut_off_at_any_byte_loses_none() -> None:
    for size in range(len(SMALL)):
        seen = list(outcomes(SMALL[:size], POSTS))
        good = [record for record, outcome in seen if isinstance(outcome, dict)]
        bad = [outcome.code for _, outcome in seen if isinstance(outcome, Refusal)]
        assert good == ROWS[: SMALL[:size].count(b" />")]
        assert bad in ([], ["record.truncated"], ["record.xml-syntax"])
        assert bad != ["record.xml-syntax"] or size < 3  # half of a byte order mark


ACCIDENTS = [
    b"<", b">", b"/>", b'"', b"'", b"&", b"&#0;", b"\0", b"\xff", b"<!DOCTYPE x>", b"<!--", b"-->", b"]]>", b"<row ", b"=", b"\n", b"",
]  # fmt: skip


def damaged(data: bytes, chance: random.Random) -> bytes:
    """`data` with one to five small accidents."""
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(data) + 1)
        until = min(len(data), at + chance.choice([0, 1, 1, 3, 50]))
        data = data[:at] + chance.choice([*ACCIDENTS, bytes([chance.randrange(256)])]) + data[until:]
    return data


def test_two_thousand_damaged_files_are_accounted_for_to_the_byte() -> None:
    chance = random.Random(20240401)
    files = [SMALL, SMALL.replace(b"posts>", b"comments>")]
    if EXPORTS.exists():
        files += [path.read_bytes() for path in sorted((EXPORTS / "synthetic.example.org").iterdir())]
    tables = ["posts", "comments", "users", "votes"]
    codes: Counter[str] = Counter()
    for number in range(2000):
        data = damaged(files[number % len(files)], chance)
        for record, outcome in outcomes(data, Context(tables[number % 7 % 4], SITE)):
            assert record
            codes[outcome.code if isinstance(outcome, Refusal) else "post"] += 1
    assert codes["post"] > 500
    assert {"record.xml-syntax", "record.dtd", "record.nul", "record.invalid-utf8", "record.truncated"} <= codes.keys()


@pytest.mark.parametrize(
    "broken",
    [
        b'<row Id="1', b"<row Id='1' Body='<p>'/>", b"<row Id=1/>", b"<row", b"<row Id='1'>", b'<row Id="1" Body="&nbsp;"/>',
        b"\xff", b"<row Id='1' Body='\xff'/>", b"</p>",
    ],
)  # fmt: skip
def test_one_broken_row_spoils_no_other(broken: bytes) -> None:
    data = BEGIN + b"\n".join([*ROWS, broken, *ROWS]) + b"\n</posts>"
    seen = list(outcomes(data, POSTS))
    assert [record for record, outcome in seen if isinstance(outcome, dict)] == ROWS * 2
    assert [record for record, outcome in seen if isinstance(outcome, Refusal)] == [broken]
