"""Invented posts: copies, near copies, chains of small changes, answers and quotes, from a seed or drawn by hypothesis."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import polars as pl
from hypothesis import strategies as st

from threadcommons.dedup import clusters, place_of, sketch

START = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = {
    "id": pl.String,
    "created_at": pl.Datetime("us", "UTC"),
    "author": pl.String,
    "parent_id": pl.String,
    "quoted_id": pl.String,
    "text": pl.String,
}


def changed(chance, text, changes):
    """A text with some words of it replaced, left out or added."""
    words = text.split()
    for _ in range(changes):
        at = chance.randrange(len(words) + 1)
        words[at : at + chance.randrange(2)] = [f"new{chance.randrange(10**6)}"] if chance.random() < 0.7 else []
    return " ".join(words)


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


def planted(count, seed, copies=0.05, alike=0.05, words=51):
    """Texts as in a forum, by Zipf, with a share of exact copies and one of copies with some words changed."""
    rng = np.random.default_rng(seed)
    chance = random.Random(seed)
    known = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 12))) for _ in range(30_000)]
    share = 1 / np.arange(1, len(known) + 1)
    lengths = np.maximum(1, rng.lognormal(np.log(words) - 0.32, 0.8, count).astype(int))
    picked = rng.choice(len(known), size=int(lengths.sum()), p=share / share.sum()).tolist()
    texts, at = [], 0
    for length in lengths.tolist():
        kind = chance.random()
        if texts and kind < copies:
            texts.append(chance.choice(texts))
        elif texts and kind < copies + alike:
            before = chance.choice(texts)
            texts.append(changed(chance, before, max(1, int(len(before.split()) * chance.choice([0, 0.01, 0.03, 0.06, 0.1])))))
        else:
            texts.append(" ".join(known[word] for word in picked[at : at + length]))
        at += length
    return texts
