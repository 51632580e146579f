"""Invented posts drawn by hypothesis: copies, near copies, chains of small changes, answers and quotes."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import polars as pl
from hypothesis import strategies as st

from threadcommons.dedup import clusters, place_of, sketch

from .planted import changed

START = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = {
    "id": pl.String,
    "created_at": pl.Datetime("us", "UTC"),
    "author": pl.String,
    "parent_id": pl.String,
    "quoted_id": pl.String,
    "text": pl.String,
}


@st.composite
def corpora(draw, most=12):
    """Posts with few words from few, so that all degrees of likeness occur, linked at random."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    count = draw(st.integers(0, most))
    linked = draw(st.sampled_from([0.0, 0.3]))
    texts = []
    for _ in range(count):
        kind = chance.random()
        if texts and kind < 0.3:
            texts.append(chance.choice(texts))
        elif texts and kind < 0.75:
            texts.append(changed(chance, chance.choice(texts), chance.randrange(1, 4)))
        else:
            texts.append(" ".join(chance.choices("abcdefghij", k=chance.choice([0, 2, 6, 12, 20]))))
    ids = chance.sample([f"p{number:02}" for number in range(most)], count)
    times = [None if chance.random() < 0.2 else START + timedelta(days=chance.randrange(4)) for _ in ids]

    def link():
        return chance.choice([*ids, "gone"]) if chance.random() < linked else None

    return frame([(id_, time, chance.choice("AB"), link(), link(), text) for id_, time, text in zip(ids, times, texts, strict=True)])


def frame(posts):
    return pl.DataFrame(posts, schema=COLUMNS, orient="row")


def sketched(posts, policy, cuts=()):
    """Posts with their sketches, made in several batches."""
    where = posts.select(place_of(pl.col("author"), pl.col("parent_id"))).to_series()
    edges = [0, *sorted(cuts), len(posts)]
    parts = [sketch(posts["text"][a:b], policy, where[a:b]) for a, b in pairwise(edges)]
    return pl.concat([posts, pl.concat([pl.from_arrow(part) for part in parts])], how="horizontal")


def clustered(posts, policy, cuts=()):
    """{id: (id of the one that stands for it, how, Jaccard index)} and {id: id of the first of its cluster}."""
    found = clusters(sketched(posts, policy, cuts), policy, lambda rows: posts["text"][rows])
    ids = posts["id"].to_list()
    stands = {ids[row]: (ids[survivor], how, index) for row, survivor, how, index in found.found.iter_rows()}
    return stands, {ids[row]: ids[cluster] for row, cluster in found.together.iter_rows()}


def shuffled(posts, chance):
    return posts[chance.sample(range(len(posts)), len(posts))] if len(posts) else posts
