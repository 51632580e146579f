"""Ids as numbers say the same as the ids themselves, and what idle processes do is what one process does alone."""

import random

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons import licensing
from threadcommons.build import crediting, numbers
from threadcommons.build.crediting import also, ready
from threadcommons.build.numbers import NUMBER, Names, counted, hashes_of, listed, numbered, places
from threadcommons.build.outputs import DRAFTS, SKETCHES
from threadcommons.build.sketches import fetching, schema_of, sketches
from threadcommons.engine import Pool, Receipt
from threadcommons.licensing import credits as credits_
from threadcommons.texts import Texts
from threadcommons.writer import hashes

quick = settings(max_examples=150, deadline=None, database=None, derandomize=True)
some_id = st.one_of(st.none(), st.sampled_from(["", "a", "a:1", "a:10", "a:2", "é", "🍲", "z"]), st.text(max_size=6))
columns = st.lists(st.lists(st.tuples(some_id, some_id), max_size=9), min_size=1, max_size=4)


def table(rows):
    return pa.table([pa.array(list(side), pa.string()) for side in (zip(*rows, strict=True) if rows else ((), ()))], ["id", "other"])


@quick
@given(columns)
def test_numbers_are_as_exact_as_ids_and_in_their_order(parts):
    found, names = numbered([counted(table(rows)) for rows in parts])
    rows = [row for part in parts for row in part]
    assert names.ids.to_list() == sorted({one for row in rows for one in row if one is not None})
    told = found.select(names.told(found[name]) for name in found.columns)
    assert told.rows() == rows
    assert found.dtypes == [NUMBER, NUMBER]


def test_ids_in_many_pieces_have_one_number_each():
    pieces = pa.chunked_array([pa.array(["c", "a"]), pa.array([], pa.string()), pa.array(["b", "c"])])
    found, names = numbered([counted(pa.table({"id": pieces})), counted(table([("a", None)]).select(["id"]))])
    assert (found["id"].to_list(), names.ids.to_list()) == ([2, 0, 1, 2, 0], ["a", "b", "c"])


@quick
@given(st.lists(st.tuples(some_id, some_id), max_size=12))
def test_ids_of_one_table_are_counted_once_and_stand_where_they_stood(rows):
    found = counted(table(rows))
    found.ids.validate(full=True)
    ids = found.ids.to_pylist()
    assert sorted(ids) == sorted({one for row in rows for one in row if one is not None})
    assert [tuple(None if at is None else ids[at] for at in places) for places in found.places.rows()] == rows
    assert found.places.columns == ["id", "other"]


def test_an_id_that_is_not_among_the_names_has_no_number():
    names = Names(pl.Series(["a", "c", "f"]))
    assert names.numbers(pl.Series("of", ["f", "b", None, "a"])).to_list() == [2, None, None, 0]


keys = st.lists(st.integers(0, 30), unique=True, max_size=12)
asked = st.lists(st.one_of(st.none(), st.integers(0, 40)), max_size=20)


@quick
@given(asked, keys)
def test_places_are_where_a_number_stands(some, among):
    found = places(pl.Series(some, dtype=NUMBER), pl.Series(among, dtype=NUMBER))
    assert found.to_list() == [among.index(one) if one in among else None for one in some]


@quick
@given(st.lists(st.integers(0, 40), max_size=20), keys, st.randoms(use_true_random=False))
def test_lists_stand_beside_their_numbers(some, among, chance):
    lists = [[f"x{chance.randrange(9)}" for _ in range(chance.randrange(3))] for _ in among]
    beside = pl.DataFrame({"id": among, "list": lists}, schema={"id": NUMBER, "list": pl.List(pl.String)})
    found = listed(pl.Series(some, dtype=NUMBER), beside)
    found.validate(full=True)
    assert found.to_pylist() == [lists[among.index(one)] if one in among else [] for one in some]


@pytest.mark.parametrize("size", [1, 2])
def test_hashes_are_those_of_each_id_whoever_takes_them(monkeypatch, size):
    monkeypatch.setattr(numbers, "_AT_ONCE", 7)
    names = Names(pl.Series([f"forum:{number:02}" for number in range(30)]))
    with Pool(size) as pool:
        found = [np.concatenate(list(hashes_of(names, given))).tolist() for given in (None, pool)]
    assert found == [hashes(names.ids).tolist()] * 2


# -- words ---------------------------------------------------------------------------------------------------------


def drafts_in(folder, texts, hidden):
    """The files of a task with these texts, of which every third is withheld."""
    folder.mkdir()
    words = pl.Series(texts, dtype=pl.String)
    shown = pl.Series([None if place in hidden else text for place, text in enumerate(texts)], dtype=pl.String)
    drafts = pl.DataFrame({"text": shown, "place": pl.Series([None] * len(texts), dtype=pl.String)})
    for name, made in ((DRAFTS, pa.table({"text": shown.to_arrow().cast(pa.string())})), (SKETCHES, sketches(drafts, Texts(words), {}).cast(schema_of({})))):
        with pa.OSFile(str(folder / name), "wb") as out, pa.ipc.new_file(out, made.schema) as writer:
            writer.write_table(made)
    return folder


def test_words_are_the_same_whoever_fetches_them(tmp_path):
    chance = random.Random(4)
    vocabulary = [f"word{number}" for number in range(300)]
    texts = [[" ".join(chance.choices(vocabulary, k=20)) for _ in range(12)] for _ in range(3)]
    folders = [drafts_in(tmp_path / str(task), some, {0, 3, 6, 9}) for task, some in enumerate(texts)]
    posts = pl.DataFrame({"task": np.repeat(np.arange(3), 12), "draft": np.tile(np.arange(12), 3)})
    files = [[folder / name for folder in folders] for name in (DRAFTS, SKETCHES)]
    rows = np.array([0, 1, 5, 11, 24, 27, 30])
    with Pool(2) as pool:
        pool.submit(len, ()).result()
        alone, helped = (fetching(posts, *files, {}, given)(rows) for given in (None, pool))
    assert alone.values.tolist() == helped.values.tolist()
    assert alone.sizes.tolist() == helped.sizes.tolist() == [18] * len(rows)
    assert fetching(posts, *files, {})(rows[:0]).sizes.tolist() == []


# -- credit --------------------------------------------------------------------------------------------------------


def credit_by_credit(rows, repeats, lines):
    """What `also` finds, one row after the other."""
    carried = {row["id"]: row["carries"] for row in rows if row["carries"] is not None}
    of = {row["id"]: lines[row["draft"]] for row in rows}
    found = {}
    for row in rows:
        copies = [lines[one["draft"]] for one in repeats if one["id"] == row["id"] and one["credit"]]
        chain = licensing.chain(row["id"], carried)
        said = licensing.also(of[row["id"]], copies, [(f"p{other:02}", of[other]) for other in chain])
        if said is not None and row["release"] == "published":
            found[row["id"]] = said
    return found


@pytest.mark.parametrize(("seed", "length", "most"), [*((seed, 3, 10) for seed in range(12)), (3, 20_000, 10), (4, 3, 1)])
def test_credits_are_gathered_as_the_licences_ask(tmp_path, monkeypatch, seed, length, most):
    for place in (crediting, credits_):
        monkeypatch.setattr(place, "MOST", most)
    chance = random.Random(seed)
    names = Names(pl.Series([f"p{number:02}" for number in range(40)]))
    lines = [chance.choice([None, "", *(f"by {who} {who * length}" for who in "ABC")]) for _ in range(90)]
    made = pa.table({"credit": [chance.random() < 0.8 for _ in lines], "attribution": pa.array(lines, pa.string())})
    told = [line if asks and line else None for line, asks in zip(lines, made["credit"].to_pylist(), strict=True)]
    with pa.OSFile(str(tmp_path / DRAFTS), "wb") as out, pa.ipc.new_file(out, made.schema) as writer:
        writer.write_table(made)
    rows = [
        {"id": id_, "task": 0, "draft": id_, "release": chance.choice(["published", "published", "withheld"]),
         "carries": other if (other := chance.choice([*[None] * 30, *range(40)])) != id_ else None}
        for id_ in range(40)
    ]  # fmt: skip
    repeats = [{"id": chance.randrange(20), "task": 0, "draft": draft, "credit": chance.random() < 0.8} for draft in range(40, 90)]
    schema = {"id": NUMBER, "task": pl.UInt32, "draft": pl.UInt32, "release": pl.String, "carries": NUMBER}
    found = also(
        pl.DataFrame(rows, schema=schema),
        pl.DataFrame(repeats, schema={**{name: schema[name] for name in ("id", "task", "draft")}, "credit": pl.Boolean}),
        names,
        [Receipt("", {}, {}, tmp_path)],
    )
    assert dict(found.rows()) == credit_by_credit(rows, repeats, told)


def test_a_credit_is_ready_with_what_was_changed_or_is_the_licence_alone():
    rows = pl.DataFrame({"attribution": ["by A", "by B", None], "license": ["MIT", "MIT", "CC0-1.0"], "changed": [False, True, False]})
    told = rows.select(ready(pl.col("changed"))).to_series().to_list()
    assert told == ["by A", f"by B; changed: {licensing.CHANGED}", "CC0-1.0"]
