"""Closure and promise: what may be published together, what may be made of it, and what is said when not."""

import time

import pytest

from threadcommons.licensing import closure, grantable, keeps, merge
from threadcommons.licensing.closure import Part

MILLION = 1_000_000


def rows(**numbers):
    """Licence -> number of rows, with ids made up for the first few of them."""
    return {one: (number, [f"{one}#{index}" for index in range(min(number, 9))]) for one, number in numbers.items()}


STACK_EXCHANGE = rows(**{"CC-BY-SA-2.5": 3, "CC-BY-SA-3.0": 5, "CC-BY-SA-4.0": 9})


class TestAdaptation:
    def test_a_mix_of_versions_has_one_common_licence(self):
        assert closure(STACK_EXCHANGE).allowed == ("CC-BY-SA-4.0",)

    def test_the_newest_version_alone_also_leads_out(self):
        assert closure(rows(**{"CC-BY-SA-4.0": 1})).allowed == ("CC-BY-SA-4.0", "GPL-3.0-only", "LAL-1.3")

    def test_version_1_0_goes_with_nothing_later(self):
        found = closure(rows(**{"CC-BY-SA-1.0": 2, "CC-BY-SA-4.0": 9}))
        assert found.allowed == ()
        assert [part.license for part in found.conflict.parts] == ["CC-BY-SA-1.0", "CC-BY-SA-4.0"]

    def test_no_rows_or_rows_without_duties_allow_everything(self):
        assert set(closure({}).allowed) == set(closure(rows(**{"CC0-1.0": 4})).allowed) == grantable()

    def test_a_common_licence_of_rows_that_need_each_other(self):
        assert closure(rows(**{"CC-BY-4.0": 1, "CC-BY-SA-3.0": 1, "CC0-1.0": 7})).allowed == ("CC-BY-SA-4.0",)
        assert closure(rows(**{"CC-BY-SA-4.0": 1, "LAL-1.3": 1})).allowed == ("CC-BY-SA-4.0", "LAL-1.3")
        assert closure(rows(**{"CC-BY-SA-4.0": 1, "GPL-3.0-only": 1})).allowed == ("GPL-3.0-only",)
        assert closure(rows(**{"CC-BY-4.0": 1, "CC-BY-NC-4.0": 1})).allowed == ("CC-BY-NC-4.0", "CC-BY-NC-SA-4.0")

    @pytest.mark.parametrize(
        ("one", "two"),
        [
            ("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0"),
            ("CC-BY-SA-4.0", "CC-BY-NC-4.0"),
            ("CC-BY-SA-4.0", "ODbL-1.0"),
            ("CC-BY-SA-3.0", "GFDL-1.3-or-later"),
            ("CC-BY-SA-3.0", "GPL-3.0-only"),
            ("CC-BY-4.0", "GPL-3.0-only"),
            ("CC-BY-SA-4.0", "CDLA-Sharing-1.0"),
            ("CC0-1.0", "CC-BY-ND-4.0"),
            ("CC0-1.0", "NOASSERTION"),
            ("CC0-1.0", "made up"),
        ],
    )
    def test_these_go_into_nothing_together(self, one, two):
        found = closure({one: (5, ["a"]), two: (1, ["z"])})
        assert not found.allowed
        assert "z" in {id_ for part in found.conflict.parts for id_ in part.examples}

    def test_a_conflict_names_the_smallest_set_and_the_split_by_class_that_resolves_it(self):
        found = closure(rows(**{"CC-BY-SA-4.0": 40, "CC-BY-4.0": 30, "CC0-1.0": 20, "CC-BY-NC-4.0": 2})).conflict
        assert [(part.license, part.rows) for part in found.parts] == [("CC-BY-NC-4.0", 2), ("CC-BY-SA-4.0", 40)]
        assert found.by == "class"
        assert [(group.name, group.rows) for group in found.groups] == [
            ("public-domain", 20),
            ("permissive", 30),
            ("reciprocal", 40),
            ("noncommercial", 2),
        ]
        assert all(group.allowed for group in found.groups)

    def test_where_classes_do_not_resolve_it_licences_are_grouped(self):
        found = closure(
            rows(**{"CC-BY-SA-4.0": 40, "CC-BY-SA-3.0": 30, "GFDL-1.3-only": 5, "CC-BY-ND-4.0": 1})
        ).conflict
        assert found.by == "license"
        assert [group.licenses for group in found.groups] == [
            ("CC-BY-SA-3.0", "CC-BY-SA-4.0"),
            ("GFDL-1.3-only",),
            ("CC-BY-ND-4.0",),
        ]
        assert [bool(group.allowed) for group in found.groups] == [True, True, False]

    def test_a_choice_is_used_only_where_it_is_stated(self):
        offer = {"CC-BY-SA-3.0 OR GFDL-1.3-or-later": (2, ["a", "b"])}
        assert closure(offer).allowed == ()
        assert "CC-BY-SA-4.0" in closure(offer, {"CC-BY-SA-3.0 OR GFDL-1.3-or-later": "CC-BY-SA-3.0"}).allowed


class TestCollection:
    def test_rows_that_cannot_be_merged_may_stand_side_by_side(self):
        found = closure(
            rows(**{"CC-BY-SA-4.0": 1, "CC-BY-NC-4.0": 1, "CC-BY-ND-4.0": 1, "GFDL-1.3-only": 1, "CC-BY-SA-1.0": 1})
        )
        assert found.publishable
        assert keeps(found, "collection") == ()

    @pytest.mark.parametrize("license_", ["NOASSERTION", "NONE", "LicenseRef-platform-terms-only", "nonsense", "AAL"])
    def test_what_is_unknown_may_not(self, license_):
        found = closure({"CC0-1.0": (7, ["a"]), license_: (2, ["x", "y"])})
        assert not found.publishable
        assert [(fault.code, fault.rows, fault.examples) for fault in keeps(found, "collection")] == [
            ("closure.unknown-licence", 2, ("x", "y"))
        ]

    def test_a_database_licence_alone_does_not_cover_posts(self):
        assert [fault.code for fault in keeps(closure(rows(**{"ODbL-1.0": 3})), "collection")] == [
            "closure.contents-not-covered"
        ]
        assert closure(rows(**{"ODbL-1.0 AND LicenseRef-DbCL-1.0": 3})).publishable

    def test_the_database_layer_carries_what_the_sources_ask(self):
        assert closure(STACK_EXCHANGE).database_license == "CC-BY-SA-4.0"
        assert closure(rows(**{"CC-BY-SA-3.0": 3, "CC-BY-4.0": 1})).database_license is None
        assert closure(rows(**{"ODbL-1.0 AND LicenseRef-DbCL-1.0": 3})).database_license == "ODbL-1.0"

    def test_by_sa_and_odbl_never_share_a_database(self):
        found = closure({"CC-BY-SA-4.0": (9, ["a"]), "ODbL-1.0 AND LicenseRef-DbCL-1.0": (2, ["b"])})
        assert not found.publishable
        assert found.database_license is None
        (fault,) = keeps(found, "collection")
        assert (fault.code, fault.rows, fault.examples) == ("closure.database-layer", 11, ("a", "b"))


class TestPromise:
    def test_a_promise_that_holds(self):
        assert keeps(closure(STACK_EXCHANGE), "CC-BY-SA-4.0") == ()
        assert keeps(closure(STACK_EXCHANGE), "CC BY-SA 4.0") == ()
        assert keeps(closure({}), "CC-BY-4.0") == ()

    def test_one_that_does_not_names_rows_and_a_way_out(self):
        (first, second) = keeps(closure(STACK_EXCHANGE), "CC-BY-SA-2.5")
        assert first.code == second.code == "closure.promise-not-kept"
        assert (first.rows, second.rows) == (5, 9)
        assert "CC-BY-SA-3.0#0" in first.found
        assert "promise one of CC-BY-SA-4.0 instead of CC-BY-SA-2.5" in first.todo

    @pytest.mark.parametrize(
        "promise", ["", "NONE", "CC-PDM-1.0", "CC-BY-4.0 AND MIT", "CC-BY-4.0 OR MIT", "something", "CC-BY-SA"]
    )
    def test_a_promise_that_nobody_could_keep(self, promise):
        assert [fault.code for fault in keeps(closure(STACK_EXCHANGE), promise)] == ["closure.promise-unknown"]

    def test_one_row_among_a_million_is_named_within_two_seconds(self):
        counts = {"CC-BY-SA-3.0": (MILLION // 2, ["a", "b"]), "CC-BY-SA-4.0": (MILLION // 2 - 1, ["c", "d"])}
        start = time.thread_time()
        found = closure({**counts, "CC-BY-NC-4.0": (1, ["the-one"])})
        (fault,) = keeps(found, "CC-BY-SA-4.0")
        assert time.thread_time() - start < 2
        assert found.rows == MILLION
        assert (fault.code, fault.rows, fault.examples) == ("closure.promise-not-kept", 1, ("the-one",))
        assert "the-one" in fault.found
        assert "noncommercial" in fault.todo
        assert keeps(closure(counts), "CC-BY-SA-4.0") == ()

    def test_a_million_rows_counted_in_a_thousand_shards_are_the_same(self):
        shard = closure({"CC-BY-SA-3.0": (500, ["a"]), "CC-BY-SA-4.0": (500, ["b"])})
        start = time.thread_time()
        found = merge(*[shard] * 1000)
        assert time.thread_time() - start < 2
        assert found == closure({"CC-BY-SA-3.0": (MILLION // 2, ["a"]), "CC-BY-SA-4.0": (MILLION // 2, ["b"])})


def test_examples_are_few_and_the_same_in_any_order():
    ids = [f"row-{number:02}" for number in range(30)]
    (part,) = merge(*(closure({"CC0-1.0": (1, [id_])}) for id_ in reversed(ids))).parts
    assert (part.rows, part.examples) == (30, tuple(ids[:5]))


def test_for_the_manifest_it_is_plain():
    found = closure(rows(**{"CC-BY-SA-4.0": 2, "CC-BY-NC-4.0": 1})).as_dict()
    assert found["rows"] == 3
    assert found["collection"] == {"publishable": True, "database_license": "CC-BY-SA-4.0"}
    assert found["adaptation"]["allowed"] == []
    assert found["adaptation"]["conflict"]["split_by"] == "class"
    assert [entry["license"] for entry in found["licenses"]] == ["CC-BY-NC-4.0", "CC-BY-SA-4.0"]


def test_a_conflict_in_the_manifest_names_its_rows_and_the_ways_to_split():
    found = closure({"CC-BY-SA-4.0": (2, ["b", "a"]), "CC-BY-NC-4.0": (1, ["c"])}).as_dict()
    assert found["licenses"] == [
        {"license": "CC-BY-NC-4.0", "rows": 1, "class": "noncommercial"},
        {"license": "CC-BY-SA-4.0", "rows": 2, "class": "reciprocal"},
    ]
    assert found["adaptation"]["conflict"] == {
        "licenses": [
            {"license": "CC-BY-NC-4.0", "rows": 1, "examples": ["c"]},
            {"license": "CC-BY-SA-4.0", "rows": 2, "examples": ["a", "b"]},
        ],
        "split_by": "class",
        "groups": [
            {"name": "reciprocal", "licenses": ["CC-BY-SA-4.0"], "rows": 2, "allowed": ["CC-BY-SA-4.0", "GPL-3.0-only", "LAL-1.3"]},
            {"name": "noncommercial", "licenses": ["CC-BY-NC-4.0"], "rows": 1, "allowed": ["CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"]},
        ],
    }
    assert closure(rows(**{"CC-BY-4.0": 1})).as_dict()["adaptation"]["conflict"] is None


def test_groups_of_licences_begin_with_the_most_rows_and_are_called_by_their_licences():
    some = {"CC-BY-SA-4.0": 2, "CC-BY-SA-3.0": 2, "GFDL-1.3-only": 2, "CC-BY-ND-4.0": 9, "MIT": 1}
    found = closure(rows(**some)).conflict
    assert [(group.name, group.rows) for group in found.groups] == [
        ("CC-BY-ND-4.0", 9), ("CC-BY-SA-3.0+CC-BY-SA-4.0", 4), ("GFDL-1.3-only", 2), ("MIT", 1),
    ]  # fmt: skip
    assert [part.license for part in found.parts] == ["GFDL-1.3-only", "MIT"]


def test_licences_of_one_class_that_exclude_each_other_are_not_split_by_class():
    found = closure(rows(**{"CC-BY-SA-3.0": 2, "GFDL-1.3-only": 1})).conflict
    assert (found.by, [group.name for group in found.groups]) == ("license", ["CC-BY-SA-3.0", "GFDL-1.3-only"])


@pytest.mark.parametrize("license_", ["CC-BY-ND-4.0", "NOASSERTION"])
def test_a_licence_that_leads_nowhere_is_a_conflict_by_itself(license_):
    found = closure({license_: (1, ["a"])}).conflict
    assert ([part.license for part in found.parts], found.by, found.groups[0].allowed) == ([license_], "license", ())


def test_a_licence_without_rows_is_not_there():
    assert closure({"CC-BY-NC-4.0": (0, ["a"]), "MIT": (1, ["b"])}) == closure({"MIT": (1, ["b"])})
    assert closure({"MIT": (0, [])}) == closure({})


def test_spellings_of_one_licence_are_counted_together_and_a_choice_apart():
    assert closure({"MIT OR CC-BY-4.0": (1, ["a"]), "CC-BY-4.0 OR MIT": (2, ["b"])}).parts == (Part("CC-BY-4.0 OR MIT", 3, ("a", "b")),)
    taken = closure({"MIT OR CC-BY-4.0": (1, ["a"])}, {"CC-BY-4.0 OR MIT": "MIT"})
    whole = merge(taken, closure({"MIT OR CC-BY-4.0": (2, ["b"])}))
    assert whole.parts == (Part("CC-BY-4.0 OR MIT", 2, ("b",)), Part("CC-BY-4.0 OR MIT", 1, ("a",), "MIT"))
    assert (whole.parts[1].license_class, whole.parts[1].outlets) == ("permissive", frozenset({"MIT"}))
