"""`irc`: lines, days and annotated replies."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from threadcommons.model import Export, Limits
from threadcommons.sources import READERS, again, irc
from threadcommons.sources.base import Head, Parsed, Refusal
from threadcommons.sources.irc import Context, context, needs, parse, recognise

from .reading import accounted

READER = READERS["irc"]
EXPORTS = Path(__file__).resolve().parents[2].parent / "shared/exports"
LOG = b"""\
[23:58] <ann> early words
[23:59] <bo[1]> ann: an answer
=== cy has joined #maps
[00:00]  * cy waves
[23:59] <late> a line that came late
[00:01] <ann>\x20
[00:02] <bo[1]> two answers
"""


def exports(folder: Path, **files: bytes) -> list[Export]:
    found = []
    for name, data in files.items():
        path = folder / name
        path.write_bytes(data)
        found.append(Export("s", name, path, "0" * 64, len(data)))
    return found


def opened(folder: Path, name: str, options: dict[str, Any] | None = None, **files: bytes) -> tuple[bytes, Context]:
    every = exports(folder, **files)
    export = next(one for one in every if one.name == name)
    wanted = needs(name, [one.name for one in every])
    return files[name], context(export, [one for one in every if one.name in wanted], options or {})


def outcomes(data: bytes, found: Context) -> list[Parsed]:
    parsed: list[Parsed] = []
    for batch in accounted(READER, data, found):
        posts = {row.pop("record"): row for row in batch.posts.to_pylist()}
        for index in range(len(batch.cut)):
            span = int(batch.cut.offsets[index]), int(batch.cut.lengths[index])
            alone = again(READER, data, len(data), span, found, Limits())
            assert index not in posts or (isinstance(alone, dict) and alone["text"] == posts[index]["text"])
            parsed.append(posts.get(index) or batch.refused[index])
    return parsed


def times(parsed: list[Parsed]) -> list[str]:
    return [one["created_at"].isoformat()[:16] for one in parsed if isinstance(one, dict)]


# --- Shared exports ---


def test_counts_are_those_of_the_export() -> None:
    if not (EXPORTS / "irc").exists():
        pytest.skip("the shared exports are not beside this repository")
    listed = json.loads((EXPORTS / "expected.json").read_text(encoding="utf-8"))["exports"]
    counts = next(entry["counts"] for entry in listed if entry["path"] == "irc/")
    found: Counter[str] = Counter()
    for folder in sorted((EXPORTS / "irc").iterdir()):
        paths = sorted(folder.glob("*.txt")) if folder.is_dir() else []
        every = [Export("s", path.name, path, "0" * 64, path.stat().st_size) for path in paths]
        for export in every:
            data = export.path.read_bytes()
            assert recognise(Head("unnamed", data[:65536], len(data)))
            beside = [one for one in every if one.name in needs(export.name, [other.name for other in every])]
            log = context(export, beside, {})
            if log.log is None:
                assert {one.code for one in outcomes(data, log) if isinstance(one, Refusal)} == {"record.not-a-post"}
                continue
            found["files"] += 1
            found["several"] += sum(len({*above} - {at}) > 1 for at, above in log.answers.items())
            found["self"] += sum(at in above for at, above in log.answers.items())
            found["links"] += sum(map(len, log.answers.values()))
            parsed = outcomes(data, log)
            found["records"] += len(parsed)
            found["midnights"] += bool(log.days)
            found.update(one.code for one in parsed if isinstance(one, Refusal))
            posts = [one for one in parsed if isinstance(one, dict)]
            found["actions"] += sum(any(one["name"] == "action" for one in post["labels"] or ()) for post in posts)
            found["posts"] += len(posts)
            assert all(post["created_at"] is not None for post in posts)
    assert found["files"] == counts["files"]
    assert found["records"] == counts["records"]
    assert found["record.notice"] == counts["system_lines"]
    assert found["actions"] == counts["actions"]
    assert found["posts"] + found["record.empty-text"] == counts["messages"] + counts["actions"]
    assert (found["links"], found["self"]) == (counts["links"], counts["self_links"])
    assert found["several"] == counts["lines_with_several_parents"]
    assert found["midnights"] == 6


# --- Lines ---


def test_lines_become_messages_actions_and_events(tmp_path: Path) -> None:
    parsed = outcomes(*opened(tmp_path, "2020-01-02.txt", **{"2020-01-02.txt": LOG}))
    assert [one.code if isinstance(one, Refusal) else one["text"] for one in parsed] == [
        "early words", "ann: an answer", "record.notice", "waves", "a line that came late", "record.empty-text", "two answers",
    ]  # fmt: skip
    action = parsed[3]
    assert isinstance(action, dict)
    assert action["author"]["name"] == "cy"
    assert [one["name"] for one in action["labels"]] == ["action"]


def test_nicknames_may_hold_brackets_and_bars() -> None:
    for nick in (b"bo[1]", b"a|b", b"x^y", b"_-`{}"):
        made = parse(b"[01:02] <" + nick + b"> x", 0, Context("l"))
        assert isinstance(made, dict)
        assert made["author"]["name"] == nick.decode()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"no clock", "record.not-this-format"),
        (b"[25:99] x", "record.not-this-format"),
        (b"[01:02] <a> \xff", "record.invalid-utf8"),
        (b"[01:02] <a> \0", "record.nul"),
        (b"[01:02] -!- cy has quit", "record.notice"),
    ],
)
def test_other_lines_say_why(line: bytes, code: str) -> None:
    parsed = parse(line, 0, Context("l"))
    assert isinstance(parsed, Refusal)
    assert parsed.code == code


def test_programs_are_disclosed_where_they_are_named() -> None:
    made = parse(b"[01:02] <ubotu> hi", 0, Context("l", bots=frozenset({"ubotu"})))
    assert isinstance(made, dict)
    assert made["generator"]["model"] == "undisclosed"


# --- Days ---


def test_midnight_has_passed_when_the_clock_goes_back(tmp_path: Path) -> None:
    parsed = outcomes(*opened(tmp_path, "2020-01-02.txt", **{"2020-01-02.txt": LOG}))
    assert times(parsed)[:3] == ["2020-01-02T23:58", "2020-01-02T23:59", "2020-01-03T00:00"]
    assert times(parsed)[-1] == "2020-01-03T00:02"


def test_a_clock_that_goes_back_a_little_is_no_midnight(tmp_path: Path) -> None:
    log = b"[10:05] <a> x\n[10:03] <b> y\n[10:06] <c> z\n"
    assert {day[:10] for day in times(outcomes(*opened(tmp_path, "2020-01-02.txt", **{"2020-01-02.txt": log})))} == {
        "2020-01-02"
    }


def test_quiet_days_are_counted_too(tmp_path: Path) -> None:
    log = b"[01:00] <a> x\n[20:00] <a> x\n[00:10] <a> x\n" + b"[00:20] <a> x\n" * 30 + b"[22:00] <a> x\n[03:00] <a> x\n"
    days = [one[:10] for one in times(outcomes(*opened(tmp_path, "2020-01-02.txt", **{"2020-01-02.txt": log})))]
    assert (days[0], days[2], days[-1]) == ("2020-01-02", "2020-01-03", "2020-01-04")


def test_the_date_in_the_name_is_that_of_the_first_annotated_line(tmp_path: Path) -> None:
    files = {"2020-01-02.ascii.txt": LOG, "2020-01-02.annotation.txt": b"3 6 -\n6 6 - \n"}
    assert times(outcomes(*opened(tmp_path, "2020-01-02.ascii.txt", **files)))[0] == "2020-01-01T23:58"


def test_zones_and_names_without_a_date(tmp_path: Path) -> None:
    east = outcomes(*opened(tmp_path, "20200102.log", {"zone": "+02:00"}, **{"20200102.log": LOG}))
    assert times(east)[0] == "2020-01-02T21:58"
    undated = outcomes(*opened(tmp_path, "maps.log", **{"maps.log": LOG}))
    assert all(one["created_at"] is None for one in undated if isinstance(one, dict))
    assert READER.faults({"zone": "Europe/Berlin"})


# --- Replies ---


def test_annotations_name_the_parent(tmp_path: Path) -> None:
    files = {"a.ascii.txt": LOG, "a.annotation.txt": b"0 0 -\n0 1 -\n2 3 - \n1 6 -\n0 6 -\n99999 6 -\nbroken\n"}
    data, found = opened(tmp_path, "a.ascii.txt", **files)
    one, two, _, three, four, _, five = outcomes(data, found)
    for parsed in (one, two, three, four, five):
        assert isinstance(parsed, dict)
    starts = [0, *(at + 1 for at, byte in enumerate(LOG) if byte == 10)]
    assert (one["native_id"], one["parent_state"], one["kind"]) == ("a@0", "root", "post")
    assert (two["parent"], two["kind"]) == ("a@0", "reply")
    assert (three["parent"], three["parent_state"]) == (None, "not_collected")
    assert (four["parent"], four["parent_state"]) == (None, "unknown")
    assert five["parent"] == f"a@{starts[1]}"
    assert [one["value"] for one in five["labels"]] == ["a@0"]


def test_ids_stay_when_a_log_grows(tmp_path: Path) -> None:
    before = outcomes(*opened(tmp_path, "a.txt", **{"a.txt": LOG}))
    after = outcomes(*opened(tmp_path, "a.txt", **{"a.txt": LOG + b"[00:03] <ann> more\n"}))
    ids = [[one["native_id"] for one in parsed if isinstance(one, dict)] for parsed in (before, after)]
    assert ids[0] == ids[1][:-1]


def test_needs_are_the_annotations_of_the_same_log() -> None:
    names = ["d/a.ascii.txt", "d/a.annotation.txt", "e/a.annotation.txt", "d/b.annotation.txt"]
    assert needs("d/a.ascii.txt", names) == ["d/a.annotation.txt"]
    assert needs("d/a.annotation.txt", names) == []


# --- Recognition and damage ---


def test_other_texts_are_no_logs() -> None:
    for start in (
        b"",
        b"[10:00] meeting\n" * 9,
        b"1 2\n3 4\n5 6\n",
        b"- a\n- b\n",
        b"[10:00] <a> x\n",
        b"[1, 2]\n" * 5,
    ):
        assert recognise(Head("2020-01-02.ascii.txt", start, len(start))) is None


def test_mutations_are_accounted_for(tmp_path: Path) -> None:
    chance = random.Random(50)
    still = 0
    for _ in range(200):
        log, links = bytearray(LOG), bytearray(b"0 0 -\n0 1 -\n1 6 -\n")
        for data in (log, links):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(6)] = bytes(chance.choices(b"\0\xff\n[]<>:09* =", k=chance.randrange(6)))
        for name in ("a.ascii.txt", "a.annotation.txt"):
            found = outcomes(*opened(tmp_path, name, **{"a.ascii.txt": bytes(log), "a.annotation.txt": bytes(links)}))
            still += sum(isinstance(parsed, dict) for parsed in found)
    assert still > 600


# --- Many lines at once ---

CLOCKS = ("[23:58]", "[00:01]", "[12:00]", "[12:00:59]", "[24:00]", "[29:59]", "[12:60]", "[1:00]", "(12:00)", "")
NAMES = (" <ann>", " <bo[1]>", "  * cy", " * cy", " <Änn>", " <a b>", " <>", " <" + "n" * 65 + ">", " <" + "n" * 64 + ">", " ===", " <--", " <-->", "")
TEXTS = (" words", " Wörter  ", " ", "  ", "", " \u3000", " \x1f", " x\0y", " > x <y>", " \r x", "words", " \ufeff", " \x85")


def a_log(chance: random.Random, count: int) -> bytes:
    lines = ["".join(map(chance.choice, (CLOCKS, NAMES, TEXTS))).encode() if chance.random() < 0.7 else b"[11:5%d] <ann> words" % (number % 10) for number in range(count)]
    return b"\n".join(line[:3] + b"\xff" + line[4:] if chance.random() < 0.02 else line for line in lines)


@pytest.mark.parametrize("options", [{}, {"bots": ["ann"]}, {"zone": "+05:30"}, {"zone": "nowhere"}], ids=str)
@pytest.mark.parametrize("name", ["2016-02-22.txt", "maps.log", "2999-12-30.txt", "1000-01-01.txt"])
def test_many_lines_at_once_become_what_each_becomes_alone(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    data = a_log(random.Random(7), 3000)
    links = b"".join(b"%d %d -\n" % (number // 2, number) for number in range(0, 3000, 30))
    for files in ({}, {name.rpartition(".")[0] + ".annotation.txt": links}):
        _, found = opened(tmp_path, name, options, **{name: data}, **files)
        ways = [list(accounted(replace(READER, columns=way), data, found)) for way in (READER.columns, None)]
        for fast, slow in zip(*ways, strict=True):
            assert fast.refused == slow.refused
            assert fast.posts.schema == slow.posts.schema
            assert fast.posts.to_pylist() == slow.posts.to_pylist()


def test_plain_lines_are_read_at_once() -> None:
    data, many = b"[11:59] <ann> words\n" * 300, np.arange(300)
    lines = (many * 20, np.full(300, 19), many)
    assert irc.columns(data, *lines, Context("maps")).num_rows == 300
    assert irc.columns(data, *lines, Context(None)).num_rows == 0
    assert irc.columns(data, *(column[:9] for column in lines), Context("maps")).num_rows == 0


def midnights(data: bytes) -> list[int]:
    """Midnights as they are told line by line."""
    found, before, since = [], 0, 20
    for line in re.finditer(rb"^\[([0-2][0-9]):([0-5][0-9])", data, re.MULTILINE):
        minute, since = int(line[1]) * 60 + int(line[2]), since + 1
        if before - minute > 12 * 60:
            found.append(line.start())
            since = 0
        elif minute - before > 12 * 60 and since < 20:
            continue
        before = minute
    return found


@pytest.mark.parametrize("size", [7, 100, 8 << 20])
def test_midnights_are_those_that_are_told_line_by_line(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(irc, "_AT_ONCE", size)
    chance, told = random.Random(11), 0
    for _ in range(300):
        hours = chance.choice([(0, 23), (0, 12, 13, 23), range(30), (0, 1), (11, 12, 13)])
        lines = [b"[%02d:%02d] <a> b" % (chance.choice(hours), chance.choice((0, 1, 59))) if chance.random() < 0.9 else b"x" for _ in range(chance.randrange(80))]
        data = b"\n".join(lines)[: chance.choice((None, -8, -12))]
        told += len(midnights(data))
        assert irc._midnights(data) == midnights(data)
    assert told > 100
