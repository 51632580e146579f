"""`sgd`, `topical-chat` and `gitter`: collections whose shape is fixed."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from threadcommons.licensing import decide
from threadcommons.licensing.decide import Claims
from threadcommons.model import Export, Limits
from threadcommons.sources import READERS, again, head_of, recognise
from threadcommons.sources.base import Head, Parsed, Refusal

from .reading import accounted

EXPORTS = Path(__file__).resolve().parents[2].parent / "shared/exports"
FORMATS = ("sgd", "topical-chat", "gitter")
SGD = orjson.dumps(
    [
        {
            "dialogue_id": "7_00001",
            "services": ["Events_1"],
            "turns": [
                {
                    "speaker": "USER",
                    "utterance": "Where?",
                    "frames": [{"service": "E", "actions": [{"act": "REQUEST", "slot": "city"}]}],
                },
                {"speaker": "SYSTEM", "utterance": "There.", "frames": []},
            ],
        }
    ]
)
TOPICAL = orjson.dumps(
    {
        "t_00000000-0000-0000-0000-000000000000": {
            "article_url": "https://example.org/a",
            "config": "A",
            "content": [
                {
                    "message": "Hello!",
                    "agent": "agent_1",
                    "sentiment": "Happy",
                    "knowledge_source": ["FS1", "FS2"],
                    "turn_rating": "Good",
                },
                {"message": "Hi.", "agent": "agent_2"},
            ],
        }
    },
    option=orjson.OPT_INDENT_2,
)
ID = b"56d5592fe610378809c460e4"
ROW = ID + b"\tFreeCodeCamp/x\t2016-12-16T01:35:56.952Z\t" + ID + b"\tann\t" + ID
GITTER = ROW + b"\tplain words\r\n" + ROW[:-1] + b'5\t"two\nlines and a\ttab"\r\n' + ROW[:-1] + b"6\t\r\n"


def outcomes(
    name: str, data: bytes, export: str = "dev_dialogues_001.json", options: dict[str, Any] | None = None
) -> list[Parsed]:
    reader = READERS[name]
    found = reader.context(Export("s", export, Path(export), "0" * 64, len(data)), [], options or {})
    parsed: list[Parsed] = []
    for batch in accounted(reader, data, found):
        posts = {row.pop("record"): row for row in batch.posts.to_pylist()}
        chance = random.Random(len(batch.cut))
        for index in chance.sample(range(len(batch.cut)), min(4, len(batch.cut))):
            span = int(batch.cut.offsets[index]), int(batch.cut.lengths[index])
            alone = again(reader, data, len(data), span, found, Limits())
            assert index not in posts or (isinstance(alone, dict) and alone["text"] == posts[index]["text"])
        parsed += [posts.get(index) or batch.refused[index] for index in range(len(batch.cut))]
    return parsed


# --- Shared exports ---


def shared() -> list[dict[str, Any]]:
    if not EXPORTS.exists():
        return []
    listed = json.loads((EXPORTS / "expected.json").read_text(encoding="utf-8"))["exports"]
    return [entry for entry in listed if entry["format"] in FORMATS]


FILES = pytest.mark.parametrize("entry", shared() or [None], ids=lambda entry: entry["path"] if entry else "absent")


@FILES
def test_counts_are_those_of_the_export(entry: dict[str, Any] | None) -> None:
    if entry is None:
        pytest.skip("the shared exports are not beside this repository")
    path, counts = EXPORTS / entry["path"], entry["counts"]
    parsed = outcomes(entry["format"], path.read_bytes(), path.name)
    posts = [one for one in parsed if isinstance(one, dict)]
    assert len(parsed) == counts["records"]
    assert Counter(one.code for one in parsed if isinstance(one, Refusal)).keys() <= {"record.empty-text"}
    roots = sum(post["parent_state"] == "root" for post in posts)
    if "empty_text" in counts:
        assert len(parsed) - len(posts) == counts["empty_text"]
        assert sum("\n" in post["text"] for post in posts) == counts["multi_line"]
        assert sum("\t" in post["text"] for post in posts) == counts["tab_in_text"]
        assert len(posts) - len({post["native_id"] for post in posts}) == counts["repeated_ids"]
    else:
        assert roots == counts.get("dialogues", counts.get("conversations"))
        assert {post["conversation"] for post in posts if post["parent"]} <= {post["native_id"] for post in posts}
    if "speakers" in counts:
        assert Counter(post["author"]["name"] for post in posts).keys() == counts["speakers"].keys()


@FILES
def test_exports_are_recognised_as_exactly_what_they_are(entry: dict[str, Any] | None) -> None:
    if entry is None:
        pytest.skip("the shared exports are not beside this repository")
    assert [reader.name for reader, _ in recognise(EXPORTS / entry["path"])] == [entry["format"]]
    assert READERS[entry["format"]].recognise(head_of(EXPORTS / entry["path"]))


# --- Each format ---


def test_a_turn_of_sgd_needs_the_split_to_be_told_from_others() -> None:
    one, two = outcomes("sgd", SGD)
    assert isinstance(one, dict)
    assert isinstance(two, dict)
    assert (one["native_id"], two["parent"]) == ("dev/7_00001/0", "dev/7_00001/0")
    assert [(label["name"], label["value"]) for label in one["labels"]] == [
        ("services", "Events_1"),
        ("acts", "REQUEST city"),
    ]
    assert one["author"]["id"] == "dev/7_00001/USER"
    (named, _), (told, _) = (outcomes("sgd", SGD, "x/test/d.json"), outcomes("sgd", SGD, "d.json", {"split": "train"}))
    assert isinstance(named, dict)
    assert isinstance(told, dict)
    assert (named["native_id"][:5], told["native_id"][:6]) == ("test/", "train/")
    assert READERS["sgd"].faults({"split": "all"})


def test_workers_of_topical_chat_are_others_in_every_conversation() -> None:
    one, two = outcomes("topical-chat", TOPICAL)
    assert isinstance(one, dict)
    assert isinstance(two, dict)
    assert one["author"]["id"] == "t_00000000-0000-0000-0000-000000000000/agent_1"
    assert [label["value"] for label in one["labels"]] == ["Happy", "Good", "FS1 FS2"]
    assert (two["kind"], two["labels"]) == ("reply", None)


def test_a_row_of_gitter_may_span_lines_and_hold_tabs() -> None:
    one, two, three = outcomes("gitter", GITTER)
    assert isinstance(one, dict)
    assert isinstance(two, dict)
    assert isinstance(three, Refusal)
    assert two["text"] == "two\nlines and a\ttab"
    assert one["url"] == f"https://gitter.im/FreeCodeCamp/x?at={ID.decode()}"
    assert three.code == "record.empty-text"
    bot = outcomes("gitter", GITTER, options={"bots": ["ann"]})[0]
    assert isinstance(bot, dict)
    assert bot["generator"]["model"] == "undisclosed"


def test_a_row_of_gitter_that_is_none_says_why() -> None:
    codes = [
        one.code for one in outcomes("gitter", ROW + b"\tx\ty\n" + ROW[:-1] + b"Z\tx\n") if isinstance(one, Refusal)
    ]
    assert codes == ["record.bad-row", "record.bad-field"]


@pytest.mark.parametrize("license_", ["BSD-3-Clause", "ODbL-1.0 AND LicenseRef-DbCL-1.0", "CC0-1.0"])
def test_no_source_can_settle_under_which_licence_gitter_rooms_are(license_: str) -> None:
    """Two publishers say two things of the same messages, and neither wrote them: unknown, with a finding, never a choice."""
    decision = decide(Claims("gitter", declared=license_, declared_evidence="repository"))
    assert (decision.release, decision.license_class) == ("withheld", "unknown")
    assert {problem.code for problem in decision.problems} == {"license.not-for-platform", "license.platform-refuses"}
    own = decide(Claims("gitter", author="CC-BY-4.0"))
    assert (own.release, own.license) == ("published", "CC-BY-4.0")


@pytest.mark.parametrize("platform", ["irc", "sgd", "topical-chat"])
def test_other_collections_need_their_licence_declared(platform: str) -> None:
    assert decide(Claims(platform)).release == "withheld"
    declared = decide(Claims(platform, declared="CC-BY-SA-4.0", declared_evidence="repository"))
    assert (declared.release, declared.license) == ("published", "CC-BY-SA-4.0")


# --- Damage and recognition ---


@pytest.mark.parametrize(("name", "whole"), [("sgd", SGD), ("topical-chat", TOPICAL), ("gitter", GITTER)])
def test_mutations_are_accounted_for(name: str, whole: bytes) -> None:
    chance = random.Random(60)
    still = 0
    for _ in range(100):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(9)] = bytes(chance.choices(b'\0\xff"{}[],:\\\n\t', k=chance.randrange(4)))
        still += sum(isinstance(parsed, dict) for parsed in outcomes(name, bytes(data)))
    assert still > 5


def test_a_conversation_that_stands_twice_spoils_its_document() -> None:
    doubled = TOPICAL[: TOPICAL.rindex(b"}")] + b"," + TOPICAL[TOPICAL.index(b'"') :]
    (only,) = outcomes("topical-chat", doubled)
    assert isinstance(only, Refusal)
    assert only.code == "record.duplicate-key"


def test_other_files_are_none_of_these() -> None:
    for start in (
        b"",
        b"[]",
        b"{}",
        b'[{"dialogue_id": "1"}]',
        b'{"t_1": {"content": []}}',
        b"a\tb\tc\td\te\tf\tg\n" * 5,
        ROW + b"\tone row\r\n",
    ):
        for name in FORMATS:
            assert READERS[name].recognise(Head("dialogues.json", start, len(start))) is None
