"""What is said where a promise does not hold: each row's licence, a few ids, and only ways out that lead out."""

import pytest

from threadcommons.licensing import closure, keeps

DATABASE = "ODbL-1.0 AND LicenseRef-DbCL-1.0"


def named(letter, count):
    return (count, [f"{letter}{number}" for number in range(count)])


@pytest.mark.parametrize(
    ("rows", "promise", "ways"),
    [
        (
            {"CC-BY-SA-4.0": named("a", 2), "CC-BY-4.0": named("b", 1)},
            "CC-BY-4.0",
            "leave the classes reciprocal out of this config; or promise one of CC-BY-SA-4.0 instead of CC-BY-4.0",
        ),
        (
            {"CC-BY-SA-4.0": named("a", 2), "CC-BY-SA-3.0": named("b", 1)},
            "CC-BY-SA-3.0",
            "take the rows under CC-BY-SA-4.0 out of this config; or promise one of CC-BY-SA-4.0 instead of CC-BY-SA-3.0",
        ),
        (
            {"CC-BY-SA-4.0": named("a", 2), "CC-BY-SA-3.0": named("b", 1), "CC-BY-NC-4.0": named("c", 1)},
            "CC-BY-SA-3.0",
            "take the rows under CC-BY-NC-4.0, CC-BY-SA-4.0 out of this config",
        ),
        (
            {"CC-BY-SA-4.0": named("a", 2), "CC-BY-NC-4.0": named("c", 1), "MIT": named("d", 1)},
            "MIT",
            "leave the classes noncommercial, reciprocal out of this config",
        ),
    ],
    ids=["a class", "licences of a class that stays", "no other promise", "two classes"],
)
def test_only_ways_that_lead_out_are_told(rows, promise, ways):
    assert {fault.todo for fault in keeps(closure(rows), promise)} == {f"{ways}; or promise only a collection"}


def test_of_many_promises_that_would_hold_a_few_are_told():
    (fault,) = keeps(closure({"CC-BY-1.0": named("a", 1)}), "CC0-1.0")
    assert len(fault.todo.split("promise one of ")[1].split(" instead of ")[0].split(", ")) == 8


@pytest.mark.parametrize(
    ("count", "ids", "said"),
    [
        (1, ["x"], "1 row under CC-BY-NC-4.0 may not go into something released under MIT (x)"),
        (2, ["x", "y"], "2 rows under CC-BY-NC-4.0 may not go into something released under MIT (x, y)"),
        (3, ["x", "y"], "3 rows under CC-BY-NC-4.0 may not go into something released under MIT (x, y, ...)"),
        (3, [], "3 rows under CC-BY-NC-4.0 may not go into something released under MIT"),
    ],
)
def test_rows_are_counted_and_named_as_far_as_they_are_known(count, ids, said):
    assert [fault.found for fault in keeps(closure({"CC-BY-NC-4.0": (count, ids)}), "MIT")] == [said]


def test_of_databases_that_exclude_each_other_only_their_rows_are_named():
    found = closure({"CC-BY-SA-4.0": named("b", 9), DATABASE: named("a", 6), "MIT": named("_", 1)})
    (fault,) = keeps(found, "collection")
    assert fault.found == "the source databases ask for CC-BY-SA-4.0 and ODbL-1.0"
    assert "of the rows under CC-BY-SA-4.0, LicenseRef-DbCL-1.0 AND ODbL-1.0: leave" in fault.todo
    assert (fault.rows, fault.examples) == (15, ("a0", "a1", "a2", "a3", "a4", "b0", "b1", "b2"))


@pytest.mark.parametrize(
    ("license_", "code"), [("NOASSERTION", "closure.unknown-licence"), ("ODbL-1.0", "closure.contents-not-covered")]
)
def test_what_may_not_be_published_breaks_every_promise(license_, code):
    found = closure({license_: named("a", 6)})
    assert [fault.code for fault in keeps(found, "CC-BY-4.0")] == [code, "closure.promise-not-kept"]
    assert [fault.found for fault in keeps(found, "collection")] == [f"6 rows under {license_} (a0, a1, a2, a3, a4, ...)"]
