"""The laws of the algebra, and broken twins of it that must be caught.

Each law is held against as many random cases as LICENCE_CASES says: 1,000 in `make test`, 10,000 in `make stress`,
which runs this file too. A law is a function of the implementation, so that the same law judges ours and a twin that
is broken on purpose.
"""

import os
import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.licensing import (
    CLASSES,
    NOASSERTION,
    Claims,
    closure,
    decide,
    duties,
    facts,
    grantable,
    license_class,
    meet,
    merge,
    merged,
    not_looser,
    outlets,
    parse,
    releasable,
    targets,
)

CASES = int(os.environ.get("LICENCE_CASES", "1000"))
COMMON = [
    "CC0-1.0", "CC-PDM-1.0", "PDDL-1.0", "MIT", "Apache-2.0", "CC-BY-2.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-1.0", "CC-BY-SA-2.5",
    "CC-BY-SA-3.0", "CC-BY-SA-3.0-DE", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-ND-4.0", "CC-BY-NC-ND-4.0", "LAL-1.3",
    "GPL-3.0-only", "GFDL-1.3-or-later", "ODbL-1.0", "ODbL-1.0 AND LicenseRef-DbCL-1.0", "CDLA-Permissive-2.0", "CDLA-Sharing-1.0", "C-UDA-1.0",
]  # fmt: skip
COMPOUND = [
    "CC-BY-4.0 AND CC-BY-SA-4.0", "CC-BY-SA-3.0 OR GFDL-1.3-or-later", "MIT OR CC-BY-4.0", "(CC0-1.0 OR MIT) AND CC-BY-SA-4.0",
    "GPL-2.0-only WITH Classpath-exception-2.0", "CC BY-SA 4.0", "gpl-3.0",
]  # fmt: skip
UNKNOWN = ["NOASSERTION", "NONE", "LicenseRef-platform-terms-only", "", "all rights reserved", "CC-BY", "AAL"]
KNOWN = [*COMMON, *COMPOUND, *(spdx for spdx, known in facts().items() if known.kind != "value")]
LABELS = [*KNOWN, *UNKNOWN]

label = st.sampled_from([*COMMON * 8, *LABELS])
labels = st.lists(label, min_size=1, max_size=4)
thorough = settings(max_examples=CASES, deadline=None, database=None, derandomize=True)


def drawn(seed, least=1, most=6):
    """`CASES` lists of labels, the same in every run."""
    chance = random.Random(seed)
    for _ in range(CASES):
        source = COMMON if chance.random() < 0.6 else LABELS
        yield chance, [chance.choice(source) for _ in range(chance.randint(least, most))]


# -- laws ----------------------------------------------------------------------------------------------------------


def never_looser(implementation, some):
    """The result asks for all that each input asks for, leads nowhere that one of them does not, and is of no looser class."""
    result = implementation(*some)
    for one in some:
        assert CLASSES.index(license_class(result)) >= CLASSES.index(license_class(one))
        assert releasable(one) or not releasable(result)
        if releasable(result):
            assert duties(one) <= duties(result)
            assert outlets(parse(result)) <= outlets(parse(one))


def order_and_grouping_do_not_matter(implementation, some):
    flat = implementation(*some)
    assert implementation(*reversed(some)) == flat
    for cut in range(1, len(some)):
        assert implementation(implementation(*some[:cut]), implementation(*some[cut:])) == flat


def again_changes_nothing(implementation, some):
    flat = implementation(*some)
    assert implementation(flat) == implementation(flat, flat) == implementation(flat, *some) == flat


def the_unknown_absorbs(implementation, some):
    if any(license_class(one) == "unknown" for one in some):
        assert license_class(implementation(*some)) == "unknown"


def a_row_more_never_allows_more(make, rows, extra):
    before = make(rows)
    after = make({**rows, extra: (1, ["new"])})
    assert set(after.allowed) <= set(before.allowed)
    assert after.publishable <= before.publishable
    assert set(after.database_licenses) <= set(before.database_licenses)


def counted(some, first=0):
    rows = {}
    for number, one in enumerate(some, start=first):
        count, ids = rows.get(one, (0, []))
        rows[one] = (count + 1, [*ids, f"row-{number:03}"])
    return rows


# -- the meet ------------------------------------------------------------------------------------------------------


@thorough
@given(labels)
def test_meet_is_never_looser_and_the_unknown_absorbs(some):
    never_looser(meet, some)
    the_unknown_absorbs(meet, some)
    assert all(not_looser(meet(*some), one) for one in some)


@thorough
@given(labels)
def test_meet_is_commutative_associative_and_idempotent(some):
    order_and_grouping_do_not_matter(meet, some)
    again_changes_nothing(meet, some)


def test_meet_says_exactly_what_its_inputs_say_together():
    asked = 0
    for _, some in drawn(1):
        known = [parse(one) for one in some]
        if all(releasable(one) for one in known):
            result = merged(some)
            assert result.duties == frozenset().union(*(duties(one) for one in known))
            assert set(result.outlets) == grantable().intersection(*(outlets(one) for one in known))
            asked += 1
    assert asked > CASES // 2


def test_random_merge_trees_are_never_looser_and_all_alike():
    for chance, some in drawn(2, most=9):
        pool = list(some)
        while len(pool) > 1:
            chance.shuffle(pool)
            pool.append(meet(*(pool.pop() for _ in range(min(len(pool), chance.randint(2, 3))))))
        result = meet(*pool)
        assert result == meet(*some)
        never_looser(lambda *_, found=result: found, some)


def test_a_duplicate_more_never_loosens_a_label():
    for _, some in drawn(3, least=2):
        assert not_looser(meet(*some), meet(*some[:-1]))


def test_merging_posts_never_enlarges_what_may_be_made_of_them():
    for _, some in drawn(4, least=2):
        apart = closure(counted(some))
        together = closure({meet(*some): (1, ["merged"])})
        assert set(together.allowed) <= set(apart.allowed)


def test_every_pair_of_listed_licences_meets_lawfully():
    ids = list(facts())
    for one, two in product(ids, ids):
        result = meet(one, two)
        assert result == meet(two, one)
        assert not_looser(result, one)
        assert not_looser(result, two)


def test_no_label_at_all_is_unknown():
    assert meet() == NOASSERTION
    assert merged([]).license_class == "unknown"


# -- the closure ---------------------------------------------------------------------------------------------------


@thorough
@given(labels, label)
def test_closure_is_monotone(some, extra):
    a_row_more_never_allows_more(closure, counted(some), extra)


def test_closure_does_not_depend_on_order_or_shards():
    for chance, some in drawn(12, most=12):
        cut = chance.randint(0, len(some))
        whole = closure(counted(some))
        backwards = closure(dict(reversed(counted(some).items())))
        shards = [closure(counted(some[:cut])), closure(counted(some[cut:], first=cut))]
        assert whole == backwards == merge(*shards) == merge(*reversed(shards)), some
        assert merge(whole) == whole == merge(whole, closure({}))
        assert whole.rows == len(some)


def test_the_allowed_set_is_what_every_row_allows():
    for _, some in drawn(5):
        known = [parse(one) for one in some]
        terms = {term for one in known for term in one.terms}
        understood = all(one.valid and license_class(one) != "unknown" for one in known)
        wanted = {spdx for spdx in grantable() if understood and all(spdx in targets(term) for term in terms)}
        assert set(closure(counted(some)).allowed) == wanted, some


# -- the decision --------------------------------------------------------------------------------------------------


def test_a_decision_is_never_looser_than_any_statement():
    published = 0
    for chance, some in drawn(6, most=3):
        record, author, declared = [*some, None, None][:3]
        platform = chance.choice(["irc", "x", "mastodon"])
        found = decide(Claims(platform, record, author, declared=declared, declared_evidence="terms", publish=CLASSES))
        if found.release == "published":
            said = [one for one in (record, author, declared) if one is not None and one.strip()]
            never_looser(lambda *_, found=found.license: found, said)
            published += 1
    assert published > CASES // 5


def test_a_wish_can_only_narrow():
    tokens = [
        "noai",
        "visibility=public",
        "opt-out",
        "bluesky.bulkdataset=true",
        "never-heard-of",
        "mastodon.indexable=true",
    ]
    for chance, some in drawn(7, most=2):
        wishes = tuple(chance.sample(tokens, chance.randint(0, 3)))
        claims = {"platform": "irc", "record": some[0], "author": some[-1]}
        without, with_wishes = decide(Claims(**claims)), decide(Claims(**claims, wishes=wishes))
        assert with_wishes.license == without.license
        assert (with_wishes.release == "published") <= (without.release == "published")
        if set(wishes) & {"noai", "opt-out", "never-heard-of"}:
            assert with_wishes.release == "withheld"


# -- broken twins --------------------------------------------------------------------------------------------------


def loosest(*some):
    """Keeps the more permissive label of two duplicates."""
    return min((parse(one).license for one in some), key=lambda one: CLASSES.index(license_class(one)))


def by_class_alone(*some):
    """Keeps the label of the strictest class, and forgets that two licences of one class may exclude each other."""
    return max((parse(one).license for one in sorted(some)), key=lambda one: CLASSES.index(license_class(one)))


def first_one(*some):
    """Gives a thread the licence of its question."""
    return parse(some[0]).license


def skipping_the_unknown(*some):
    """Leaves out what it does not understand."""
    return meet(*([one for one in some if license_class(one) != "unknown"] or some))


TWINS = [loosest, by_class_alone, first_one, skipping_the_unknown]


@pytest.mark.parametrize("twin", TWINS)
def test_a_broken_meet_is_caught(twin):
    def run():
        for _, some in drawn(8, least=2):
            never_looser(twin, some)
            the_unknown_absorbs(twin, some)
            order_and_grouping_do_not_matter(twin, some)

    with pytest.raises(AssertionError):
        run()


@pytest.mark.parametrize("twin", [loosest, by_class_alone, first_one])
def test_max_instead_of_meet_is_looser(twin):
    def run():
        for _, some in drawn(9, least=2):
            never_looser(twin, some)

    with pytest.raises(AssertionError):
        run()


class UnionClosure:
    """A closure that allows what any row allows."""

    def __init__(self, rows):
        known = closure(rows)
        self.publishable, self.database_licenses = known.publishable, known.database_licenses
        self.allowed = set().union(*(part.outlets for part in known.parts))


class SkippingClosure:
    """A closure that passes over rows whose licence it does not know."""

    def __init__(self, rows):
        self.publishable = True
        self.database_licenses = ()
        self.allowed = closure({one: count for one, count in rows.items() if license_class(one) != "unknown"}).allowed


def test_a_closure_that_takes_the_union_is_caught():
    def run():
        for chance, some in drawn(10):
            a_row_more_never_allows_more(UnionClosure, counted(some), chance.choice(COMMON))

    with pytest.raises(AssertionError):
        run()


def test_a_closure_that_passes_over_the_unknown_is_caught():
    def run():
        for _, some in drawn(11):
            unknown = any(license_class(one) == "unknown" for one in some)
            assert not (unknown and SkippingClosure(counted(some)).allowed)

    for _, some in drawn(11):
        assert not (any(license_class(one) == "unknown" for one in some) and closure(counted(some)).allowed)
    with pytest.raises(AssertionError):
        run()
