"""Each rule of the table contract, broken one at a time in an otherwise good row."""

import copy
import datetime
import subprocess
import sys
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from threadcommons.schema import arrow_schema, contract_failures, schema
from threadcommons.schema.contract import _contract, _rules
from threadcommons.schema.pandera_alone import SchemaErrors

SOURCE_TREE = Path(__file__).resolve().parents[2] / "src"
RULES = tuple(_rules("row"))


@pytest.fixture(scope="module")
def rows(valid_values):
    """The valid example rows: published, withheld, and one with every list and struct filled."""

    def typed(row):
        times = {
            key: row[key] and datetime.datetime.fromisoformat(row[key])
            for key in ("created_at", "edited_at", "retrieved_at")
        }
        return {**row, **times}

    return [typed(row) for row in valid_values["row"]]


@pytest.fixture(scope="module")
def full(rows):
    """A published row in which every list and struct holds something."""
    return {**rows[2], "id": "forum.example:full"}


def table(rows, name="row"):
    loose = pa.schema([field.with_nullable(nullable=True) for field in arrow_schema(name)])
    return pa.Table.from_pylist(list(rows), schema=loose)


def numbered(row, count):
    return [{**row, "id": f"forum.example:{number}"} for number in range(count)]


def test_the_valid_examples_keep_the_contract(rows):
    assert contract_failures(table({**row, "id": f"a:{n}"} for n, row in enumerate(rows))) == []


# -- rules on values: the breaking value follows from the words of the rule -----------------------

BREAKS = {
    "must not be null": lambda _: None,
    "must be one of ": lambda _: "something else",
    "must match ": lambda _: "0" * 64 + "\n",
    "must be at least ": lambda words: int(words.split()[-1]) - 1,
    "must have at least ": lambda words: "a" * (int(words.split()[-2]) - 1),
    "must have at most ": lambda words: "\u00e9" * (int(words.split()[-2]) + 1),
}
ON_VALUES = [rule for rule in RULES if ": must" in rule and not rule.endswith("must not repeat")]


def broken_value(rule):
    words = rule.split(": ", 1)[1]
    return next(make(words) for start, make in BREAKS.items() if words.startswith(start))


def with_value(row, place, value):
    """`row` with the value at a place such as `media[].type` replaced."""
    changed = copy.deepcopy(row)
    node, *steps = changed, *place.replace("[]", ".0").split(".")
    for step in steps[:-1]:
        node = node[int(step)] if isinstance(node, list) else node[step]
    node[int(steps[-1]) if isinstance(node, list) else steps[-1]] = value
    return changed


def test_each_value_that_breaks_a_rule_is_named_with_its_row(full):
    """One row for each rule, good but for one value; each rule names its own row and no other."""
    rows = [with_value({**full, "id": f"bad {rule}"}, rule.split(":")[0], broken_value(rule)) for rule in ON_VALUES]
    failures = contract_failures(table([*numbered(full, 2), *rows]))
    expected = {f"{rule}; broken by 1 rows: {row['id'] or ''}" for rule, row in zip(ON_VALUES, rows, strict=True)}
    assert expected - set(failures) == set()
    assert len(expected) == len(ON_VALUES) > 100


def test_lengths_are_characters_and_not_bytes(full):
    assert contract_failures(table([{**full, "source": "\u00e9" * 64, "title": "\U0001f4a1" * 1024}])) == []


def test_every_rule_of_the_schema_is_there():
    """Walked anew from the schema, so that a keyword without a rule is seen."""

    def stated(node):
        own = node.keys() & {
            "enum",
            "minimum",
            "maximum",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "uniqueItems",
            "pattern",
        }
        inner = [*node.get("properties", {}).values(), *([node["items"]] if "items" in node else [])]
        nulls = "null" not in node["type"]
        return len(own) + nulls + sum(map(stated, inner))

    assert sum(map(stated, schema("row")["properties"].values())) == len(ON_VALUES)


# -- rules between columns ------------------------------------------------------------------------

WITHHELD = {
    "release": "withheld", "text": None, "title": None, "author": None, "rights_holder": None, "attribution": None, "links": [],
    "media": [], "quality_flags": [], "redactions": [], "modified": False, "merged_from": [],
}  # fmt: skip
ACROSS = {
    "withheld means no text": {**WITHHELD, "text": "still here"},
    "withheld means no title": {**WITHHELD, "title": "still here"},
    "withheld means no author": {**WITHHELD, "author": "still-here"},
    "withheld means no rights_holder": {**WITHHELD, "rights_holder": "still here"},
    "withheld means no attribution": {**WITHHELD, "attribution": "still here"},
    "withheld means no links": {**WITHHELD, "links": ["https://still.example"]},
    "withheld means no media": {**WITHHELD, "media": [{"type": "image", "url": None, "alt": "still here"}]},
    "withheld means no quality_flags": {**WITHHELD, "quality_flags": ["run"]},
    "withheld means no redactions": {
        **WITHHELD,
        "redactions": [{"kind": "email", "start": 0, "length": 7}],
        "modified": True,
    },
    "published means licensed": {"license": "LicenseRef-Unheard-Of", "license_class": "unknown"},
    "published means with evidence": {"license_evidence": None},
    "no licence means unknown": {
        **WITHHELD,
        "license": "NOASSERTION",
        "license_class": "permissive",
        "share_alike": False,
        "license_basis": "platform",
    },
    "no basis means unknown": {"license_basis": "none"},
    "reciprocal means share-alike": {"license_class": "reciprocal", "share_alike": False},
    "root means no parent": {"parent_state": "root", "parent_id": "forum.example:1"},
    "share-alike means that the class says so": {"license_class": "permissive", "share_alike": True},
    "a parent is another post": {"parent_state": "present", "parent_id": "forum.example:bad"},
    "n_chars is that of the text": {"n_chars": 1},
    "redactions lie within the text": {"redactions": [{"kind": "email", "start": 5000, "length": 7}], "modified": True},
    "merged means modified": {"merged_from": ["forum.example:other"], "modified": False, "redactions": []},
    "redacted means modified": {"merged_from": [], "redactions": [{"kind": "email", "start": 0, "length": 7}], "modified": False},
}


@pytest.mark.parametrize("rule", ACROSS)
def test_columns_that_contradict_each_other_are_named_with_their_row(rule, full):
    bad = {**full, **ACROSS[rule], "id": "forum.example:bad"}
    assert contract_failures(table([*numbered(full, 2), bad])) == [f"{rule}; broken by 1 rows: forum.example:bad"]


ASKING = {
    "release": [
        "withheld means no text", "withheld means no author", "withheld means no links", "withheld means no media",
        "withheld means no quality_flags", "withheld means no redactions",
    ],
    "license": ["published means licensed", "no licence means unknown"],
    "license_class": ["published means licensed", "share-alike means that the class says so"],
    "license_basis": ["no basis means unknown"],
    "share_alike": ["reciprocal means share-alike"],
    "modified": ["merged means modified", "redacted means modified"],
}  # fmt: skip


@pytest.mark.parametrize("column", ASKING)
def test_a_null_in_a_column_of_the_licence_breaks_the_rules_that_ask_it(column, full):
    """What is not known never counts as fine."""
    row = {
        **full,
        "license_class": "reciprocal",
        "redactions": [{"kind": "email", "start": 0, "length": 7}],
        column: None,
    }
    failures = contract_failures(table([row]))
    assert [rule for rule in ACROSS if f"{rule}; broken by 1 rows: forum.example:full" in failures] == ASKING[column]


def test_published_without_text_is_named(full):
    assert contract_failures(table([{**full, "text": None}])) == [
        "withheld means no text; broken by 1 rows: forum.example:full"
    ]


def test_published_as_noassertion_is_named(full):
    row = {**full, "license": "NOASSERTION", "license_class": "unknown", "license_basis": "none"}
    assert contract_failures(table([row])) == ["published means licensed; broken by 1 rows: forum.example:full"]


def test_every_rule_between_columns_was_broken_above():
    assert set(RULES) - set(ON_VALUES) == ACROSS.keys() | {"id: must not repeat"}


def test_an_id_that_stands_twice_is_named_as_often(full):
    assert contract_failures(table([full, full])) == [
        "id: must not repeat; broken by 2 rows: forum.example:full, forum.example:full"
    ]


# -- the shape of the table -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda t: t.drop_columns(["license"]), ["column license is missing"]),
        (lambda t: t.append_column("score", pa.array([1])), ["column score is not declared"]),
        (lambda t: t.append_column("license", t["license"]), ["column license stands there more than once"]),
        (lambda t: t.select([*t.column_names[1:], "id"]), ["the columns do not stand in the declared order"]),
        (
            lambda t: t.set_column(3, "url", t["url"].cast(pa.large_string())),
            ["column url has type large_string; string is declared"],
        ),
        (
            lambda t: t.set_column(9, "position", t["position"].cast(pa.string())),
            ["column position has type string; int64 is declared"],
        ),
    ],
)
def test_a_table_of_another_shape_is_told_and_its_values_left_alone(change, told, full):
    assert contract_failures(change(table([full]))) == told


def test_an_empty_table_keeps_the_contract():
    assert contract_failures(arrow_schema("row").empty_table()) == []


# -- why it is done this way ------------------------------------------------------------------------


def test_a_lazy_frame_would_have_missed_it(full):
    """Pandera looks at the names of a lazy frame's columns only: the same rows pass, and fail once collected."""
    frame = pl.from_arrow(table([{**full, "license": None, "share_alike": None}]))
    assert _contract("row").validate(frame.lazy(), lazy=True).collect().equals(frame)
    with pytest.raises(SchemaErrors):
        _contract("row").validate(frame, lazy=True)
    assert "license: must not be null; broken by 1 rows: forum.example:full" in contract_failures(
        table([{**full, "license": None}])
    )


def test_a_hundred_thousand_bad_rows_get_a_short_answer(full):
    one = table([{**full, "license": None, "license_class": "free", "text": None, "row_sha256": "?", "position": -1}])
    bad = pa.concat_tables([one] * 100_000).combine_chunks()
    failures = contract_failures(bad)
    assert "license: must not be null; broken by 100000 rows: " + "forum.example:full, " * 5 + "..." in failures
    assert len(failures) < 15
    assert sum(map(len, failures)) < 5000


def test_the_first_rows_are_named_in_their_order(full):
    bad = [{**row, "position": -1} for row in numbered(full, 8)]
    names = ", ".join(f"forum.example:{n}" for n in range(5))
    assert contract_failures(table(bad)) == [f"position: must be at least 0; broken by 8 rows: {names}, ..."]


# -- the other tables -------------------------------------------------------------------------------

ENTRY = {
    "source": "s",
    "file": "f",
    "offset": 0,
    "length": 9,
    "gap_framing": 0,
    "gap_blank": 1,
    "fate": "quarantined",
    "code": "record.nul",
}


def test_a_ledger_has_many_entries_without_an_id_and_none_twice():
    entries = [{**ENTRY, "offset": offset} for offset in (0, 10, 20)]
    assert contract_failures(table(entries, "ledger"), "ledger") == []
    failures = contract_failures(table([*entries, ENTRY], "ledger"), "ledger")
    assert failures == ["source, file, offset: must not repeat; broken by 2 rows: s f 0, s f 0"]


def test_messages_of_a_conversation_are_checked_inside():
    message = {
        "id": "a:1",
        "parent_id": None,
        "author": None,
        "role": "user",
        "content": None,
        "gist": None,
        "created_at": None,
        "license": None,
    }
    whole = {
        "conversation_id": "a:1", "platform": "a", "title": None, "licenses": ["CC0-1.0"], "license": "CC0-1.0",
        "license_class": "public-domain", "adaptation_licenses": ["CC0-1.0"], "n_posts": 1, "messages": [message],
    }  # fmt: skip
    failures = contract_failures(table([whole], "conversation"), "conversation")
    assert failures == ["messages[].license: must not be null; broken by 1 rows: a:1"]


#: Judges a table, then tells what that did to the environment, and how pandas gets a time inside a list.
SURROUNDINGS = """
import datetime, gc, os
import polars, pyarrow as pa
before = dict(os.environ)
from threadcommons.schema import arrow_schema, contract_failures
assert contract_failures(arrow_schema("row").empty_table()) == []
print(sorted(os.environ.items() ^ before.items()))
noon = datetime.datetime(2026, 5, 1, 12, tzinfo=datetime.UTC)
times = pa.array([[{"at": noon}]], pa.list_(pa.struct([("at", pa.timestamp("us", "UTC"))])))
print(times.to_pandas()[0][0]["at"] == noon)
print(gc.isenabled())
"""


def test_judging_a_table_leaves_the_process_as_it_was():
    """Pandera sets a variable for Spark that takes the time zone from what pyarrow gives to pandas."""
    told = subprocess.run(
        [sys.executable, "-c", SURROUNDINGS], env={"PYTHONPATH": str(SOURCE_TREE)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.splitlines() == ["[]", "True", "True"]
