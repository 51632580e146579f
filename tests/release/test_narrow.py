"""Tables are compared by numbers. What these suspect is looked at by its values, and only that look is told."""

from __future__ import annotations

import pickle
import random
from importlib import import_module

import polars as pl
import pyarrow as pa
import pytest

from threadcommons.licensing.closing import closures_of
from threadcommons.release import open_release
from threadcommons.release.agree import table_faults
from threadcommons.release.balance import _gaps as gap_faults
from threadcommons.release.balance import ledger_faults
from threadcommons.release.counts import count_faults
from threadcommons.release.keys import Keys
from threadcommons.release.narrow import Reading, narrow
from threadcommons.release.opened import frame_of, pieces
from threadcommons.release.promised import closures_in, promise_faults
from threadcommons.release.tables import examine, look_closely
from threadcommons.schema import arrow_schema

verifying = import_module("threadcommons.release.verify")
SEED = 20260131
FAULTS = (ledger_faults, table_faults, count_faults, promise_faults)


@pytest.fixture(scope="module")
def release(package):
    return open_release(package.release)


@pytest.fixture(scope="module")
def frames(release):
    return examine(release).frames


def suspected(manifest, frames):
    return any(True for faults in FAULTS for _ in faults(manifest, frames))


def test_a_sound_release_needs_no_close_look(package, descriptions, monkeypatch):
    monkeypatch.setattr(verifying, "look_closely", lambda *_: pytest.fail("it was looked at closely"))
    assert verifying.verify(package.release, render=descriptions) == []


def test_a_close_look_finds_nothing_in_a_sound_release_either(release):
    assert not suspected(release.manifest, look_closely(release).frames)


def same_for_all(_keys, *names):
    return [pl.lit(7, pl.UInt64).alias(name) for name in names]


def never_the_same(_keys, **_columns):
    return pl.lit(random.getrandbits(60), pl.UInt64).alias("row")


@pytest.mark.parametrize(("makes", "chance"), [("of", same_for_all), ("row", never_the_same)])
def test_numbers_that_agree_or_differ_by_chance_are_no_finding(
    package, release, descriptions, monkeypatch, makes, chance
):
    exact = getattr(Keys, makes)
    monkeypatch.setattr(Keys, makes, lambda keys, *a, **k: (exact if keys.closely else chance)(keys, *a, **k))
    assert suspected(release.manifest, examine(release).frames)
    assert verifying.verify(package.release, render=descriptions) == []


#: Columns of narrow frames by which a finding only says how many there are, or which, or where.
NAMING = {
    ("kinds", "ids"), ("documents", "ids"), ("exports", "ids"), ("exports", "rows"), ("papers", "ids"), ("papers", "rows"),
    ("fates", "offset"),
}  # fmt: skip
#: Frames of which some columns are only told or whose rows are at fault when they fit; those of which other frames have all.
OTHERS = {"carried", "evidence"}
ACCUSED = {"quoted", "again", "conversations", "spans"}


def another(value):
    if value in ("present", "withheld"):
        return "withheld" if value == "present" else "present"
    kinds = {bool: lambda: not value, int: lambda: value + 1, str: lambda: f"{value}x"}
    return kinds.get(type(value), lambda: [*value[:-1], value[-1] ^ 1])()


def with_another(frame, column, row):
    """The frame with another value in one place, or None where the column has no other there."""
    values = frame[column]
    if values[row] is None:
        return None
    plain = values.cast(pl.String) if values.dtype in (pl.Categorical, pl.Enum) else values
    kept = plain.to_list()
    kept[row] = another(kept[row])
    return frame.with_columns(pl.Series(column, kept, plain.dtype).cast(values.dtype))


def test_every_value_that_travels_is_compared(release, frames):
    """Of each column, at least one value cannot be changed without a suspicion."""
    for name, frame in frames.items():
        for column in frame.columns if len(frame) and name not in OTHERS else ():
            if (name, column) in NAMING:
                continue
            changes = (with_another(frame, column, row) for row in range(len(frame)))
            found = (suspected(release.manifest, {**frames, name: other}) for other in changes if other is not None)
            assert any(found), f"{name}.{column}"


def test_no_row_that_does_not_travel_goes_unnoticed(release, frames):
    for name, frame in frames.items():
        if len(frame) and name not in OTHERS | ACCUSED and "ids" not in frame.columns:
            assert suspected(release.manifest, {**frames, name: frame[:-1]}), name


def test_a_quick_look_holds_no_text_of_single_rows(frames):
    """But ids, for what stands in their order."""
    texts = {
        (name, column)
        for name in ("posts", "rows", "due", "merged", "quoted", "carried", "digests", "conversations", "messages",
                     "credits", "entries", "again", "told")
        for column, kind in frames[name].schema.items()
        if kind == pl.String
    }  # fmt: skip
    assert texts == {("digests", "id")}


def test_counts_of_a_file_do_not_carry_the_columns_that_they_were_taken_from(release):
    count, path = 5_000, release.path / release.files_of("posts")[0]["path"]
    ids = pa.array([f"somewhere:a-rather-long-name-{row:09d}" for row in range(count)])
    first = next(pieces(path)).take([0] * count)
    rows = first.set_column(first.schema.get_field_index("id"), first.schema.field("id"), ids)
    found = narrow("posts", frame_of(rows), Reading(Keys(SEED), {}, "train"))
    assert sum(found["kinds"]["rows"]) == count
    assert len(pickle.dumps([found[name] for name in ("kinds", "exports", "papers")])) < 20_000


@pytest.mark.parametrize("look", [examine, look_closely])
def test_closures_of_what_was_counted_are_those_of_the_rows(release, look):
    columns = ["id", "conversation_id", "license", "license_class", "release"]
    choices = release.manifest["publish"]["choices"]
    assert closures_in(look(release).frames, choices) == closures_of(release.frame("posts", columns), choices)


def ledger_of(chance):
    """Entries of two exports that follow each other, but for a few."""
    rows, end = [], 0
    for number in range(chance.randrange(2, 40)):
        begins = number == 20
        gap, length = chance.randrange(3), chance.randrange(1, 9)
        moved = chance.choice([-1, 1]) if chance.random() < 0.02 else 0
        offset = (0 if begins else end) + gap + moved
        rows.append({"source": "one", "file": f"{'b' if number >= 20 else 'a'}.txt", "offset": offset, "length": length,
                     "gap_framing": gap, "gap_blank": 0, "fate": "row", "id": f"x:{number}"})  # fmt: skip
        end = offset + length
    schema = arrow_schema("ledger")
    frame = pl.DataFrame(rows).with_columns(pl.lit(None).alias(name) for name in ("of", "code", "pointer", "detail"))
    return frame.select(schema.names).to_arrow().cast(schema)


def test_records_that_follow_each_other_travel_as_one_and_hide_no_break():
    chance, seen = random.Random(SEED), set()
    for _ in range(200):
        ledger = ledger_of(chance)
        cut = chance.randrange(ledger.num_rows + 1)
        pieces = [piece for piece in (ledger[:cut], ledger[cut:]) if piece.num_rows]
        quick, closely = (
            pl.concat([narrow("ledger", frame_of(piece), Reading(Keys(SEED, look), {}))["spans"] for piece in pieces])
            for look in (False, True)
        )
        found = [list(gap_faults(spans)) for spans in (quick, closely)]
        assert found[0] == found[1], f"seed {SEED}"
        assert len(closely) == ledger.num_rows
        assert len(quick) <= len(pieces) + 1 + len(found[1])
        seen.add(bool(found[1]))
    assert seen == {True, False}
