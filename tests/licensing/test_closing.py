"""Closures out of columns are those of a plain count, row by row, whether ids are texts or numbers."""

from collections import defaultdict

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.licensing import closure, license_class, meet
from threadcommons.licensing.closing import closures_of, config_of

quick = settings(max_examples=100, deadline=None, database=None, derandomize=True)
OFFER = "CC-BY-SA-3.0 OR GFDL-1.3-or-later"
LICENSES = ["CC0-1.0", "MIT", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "NOASSERTION", OFFER]
#: Ids in their order, in which the tenth stands before the second.
IDS = sorted([*(f"a:{number}" for number in range(13)), "", "a", "Z", "é", "é:1", "🍲"])

claims = st.tuples(st.sampled_from(IDS[8:]), st.sampled_from(LICENSES), st.sampled_from(["published"] * 3 + ["withheld"]))
posts = st.lists(st.sampled_from(IDS), unique=True).flatmap(
    lambda ids: st.tuples(*(claims.map(lambda said, id_=id_: (id_, *said)) for id_ in ids))
)
choices = st.sampled_from([None, {}, {OFFER: "GFDL-1.3-or-later"}])
COLUMNS = ("id", "conversation_id", "license", "release")


def frame(rows):
    columns = pl.DataFrame(list(rows), schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    classes = [license_class(one) for one in columns["license"]]
    return columns.with_columns(pl.Series("license_class", classes, dtype=pl.String))


def one_by_one(rows, chosen):
    """What `closures_of` finds, without columns."""
    rows = [row[:3] for row in rows if row[3] == "published"]
    configs = {"posts": [(id_, license_) for id_, _, license_ in rows]}
    for id_, _, license_ in rows:
        configs.setdefault(license_class(license_).replace("-", "_"), []).append((id_, license_))
    talks = defaultdict(list)
    for _, talk, license_ in rows:
        talks[talk].append(license_)
    configs["conversations"] = [(talk, meet(*some)) for talk, some in talks.items()]
    return {config: closure(counted(entries), chosen) for config, entries in configs.items()}


def counted(entries):
    ids = defaultdict(list)
    for id_, license_ in entries:
        ids[license_].append(id_)
    return {license_: (len(some), some) for license_, some in ids.items()}


@quick
@given(posts, choices)
def test_closures_out_of_columns_are_those_of_a_plain_count(rows, chosen):
    assert closures_of(frame(rows), chosen) == one_by_one(rows, chosen)


@quick
@given(posts, choices)
def test_numbers_in_the_order_of_ids_close_as_the_ids_do(rows, chosen):
    texts, names = frame(rows), pl.Series(IDS)
    numbers = texts.with_columns(pl.col("id", "conversation_id").replace_strict(names, range(len(names)), return_dtype=pl.UInt32))
    assert closures_of(numbers, chosen, lambda ids: names[ids]) == closures_of(texts, chosen)


def test_rows_are_named_by_the_smallest_of_their_ids():
    rows = [(id_, id_, "MIT", "published") for id_ in IDS[::-1]]
    smallest = ("", "Z", "a", "a:0", "a:1")
    numbered = frame(rows).with_columns(pl.Series(name, range(len(IDS) - 1, -1, -1)) for name in ("id", "conversation_id"))
    for some, told in ((frame(rows), pl.Series), (numbered, lambda ids: pl.Series(IDS)[ids])):
        found = closures_of(some, None, told)
        assert {config: [part.examples for part in one.parts] for config, one in found.items()} == {key: [smallest] for key in found}


def test_configs_come_in_one_order_and_are_there_without_rows():
    rows = [("a", "t", "CC-BY-SA-4.0", "published"), ("b", "t", "CC0-1.0", "published"), ("c", "u", "MIT", "withheld")]
    assert list(closures_of(frame(rows))) == ["posts", config_of("public-domain"), "reciprocal", "conversations"]
    assert closures_of(frame([])) == {"posts": closure({}), "conversations": closure({})}
