"""Posts that stay although they say what they answer: whose words they carry, so that licences can meet.

The law is held against as many cases as DEDUP_CASES says: 50 in `make test`, 10,000 in `make stress`.
"""

import os
import random
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.dedup import Policy, clustering, clusters

from .corpus import START, frame, shuffled, sketched

CASES = int(os.environ.get("DEDUP_CASES", "50"))
LONG = "this is what was said at length by one of them in the first place and nobody else said it like that before today"
SAID = (LONG, LONG, f"{LONG} indeed", f"well {LONG}")
IDS = [f"p{number}" for number in range(7)]


def company(chance):
    """Posts that all say nearly the same, and answer and quote each other by chance; the first given names nobody."""
    ids = chance.sample(IDS, chance.randint(2, len(IDS)))
    when = [chance.choice([None, *(START + timedelta(days=day) for day in range(3))]) for _ in ids]
    links = [(None, None)] + [tuple(chance.choice([None, None, *ids]) for _ in range(2)) for _ in ids[1:]]
    texts = [chance.choice(SAID) for _ in ids]
    return frame([(id_, at, None, *link, text) for id_, at, link, text in zip(ids, when, links, texts, strict=True)])


def found_in(posts):
    """{id: id of the one that stays in its place} and {id: ids of those whose words it says again}."""
    found = clusters(sketched(posts, Policy()), Policy(), lambda rows: posts["text"][rows])
    ids = posts["id"].to_list()
    stands = {id_: id_ for id_ in ids} | {ids[row]: ids[other] for row, other in found.found.select("row", "survivor").iter_rows()}
    again = {}
    for row, other in found.answers.iter_rows():
        again.setdefault(ids[row], set()).add(ids[other])
    return stands, again


def reached(start, again):
    """Whose words a post has, from one to the next."""
    seen, waiting = set(), [start]
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            waiting += again.get(at, ())
    return seen


def nobody_says_it_without_who_said_it_first(posts):
    """Whoever stays has the words of every post that names nobody: it stands for that one, or leads to who does."""
    stands, again = found_in(posts)
    for origin in posts.filter(pl.col("parent_id").is_null() & pl.col("quoted_id").is_null())["id"]:
        for id_ in set(stands.values()):
            assert stands[origin] in reached(id_, again), (origin, id_)


chances = st.randoms(use_true_random=False)


@settings(max_examples=CASES, deadline=None, database=None, derandomize=True)
@given(chances)
def test_nobody_says_it_without_who_said_it_first(chance):
    nobody_says_it_without_who_said_it_first(company(chance))


@settings(max_examples=CASES, deadline=None, database=None, derandomize=True)
@given(chances)
def test_the_order_of_rows_makes_no_difference(chance):
    posts = company(chance)
    assert found_in(shuffled(posts, chance)) == found_in(posts)


def test_answers_lead_one_way_and_copies_of_those_who_do_not_answer_both_ways():
    later = START + timedelta(days=1)
    answer = frame([("a", START, None, None, None, LONG), ("b", later, None, "a", None, LONG)])
    assert found_in(answer)[1] == {"b": {"a"}}
    twice = frame([*answer.rows(), ("c", later, None, "a", None, LONG)])
    assert found_in(twice) == ({"a": "a", "b": "b", "c": "b"}, {"b": {"a"}, "c": {"a"}})
    copied = frame([("a", later, None, None, None, LONG), ("b", START, None, "a", None, LONG), ("c", later, None, None, None, LONG)])
    assert found_in(copied) == ({"a": "a", "b": "b", "c": "b"}, {"a": {"b"}, "b": {"a"}})


def one_way(some, standing, *more):
    """Answers alone, as if nobody had come to stand for anybody."""
    right = ANSWERS(some, standing, *more)
    links = {(int(some.rows[one]), int(some.rows[standing[other]])) for one, other in zip(*some.links, strict=True)}
    return right.filter(pl.Series([pair in links for pair in right.rows()], dtype=pl.Boolean))


ANSWERS = clustering._answers
TWINS = {
    "nothing": lambda *given: ANSWERS(*given).clear(),
    "one of several": lambda *given: ANSWERS(*given).unique("row", keep="first"),
    "one way": one_way,
    "links alone": lambda some, standing, label, _apart: ANSWERS(some, standing, label, []),
}


@pytest.fixture(scope="module")
def companies():
    """A hundred of them, each of which keeps the law."""
    found = [company(random.Random(seed)) for seed in range(100)]
    hold(found)
    return found


@pytest.mark.parametrize("twin", TWINS)
def test_words_without_their_origin_are_caught(twin, companies, monkeypatch):
    monkeypatch.setattr(clustering, "_answers", TWINS[twin])
    with pytest.raises(AssertionError):
        hold(companies)


def hold(companies):
    for posts in companies:
        nobody_says_it_without_who_said_it_first(posts)
