"""Texts as in a forum, made from a seed, with copies and near copies planted among them."""

import random

import numpy as np

#: How many words of a copy are changed: none, or these shares of them, at least one.
RATES = (0.0, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12)


def changed(chance, text, changes):
    """A text with some words of it replaced, left out or added."""
    words = text.split()
    for _ in range(changes):
        at = chance.randrange(len(words) + 1)
        words[at : at + chance.randrange(2)] = [f"new{chance.randrange(10**6)}"] if chance.random() < 0.7 else []
    return " ".join(words)


def planted(count, seed, copies=0.05, alike=0.05, words=51):
    """As many texts by Zipf, their lengths log-normal; a share of exact copies, and one of copies with words changed."""
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
            texts.append(changed(chance, before, max(1, int(len(before.split()) * chance.choice(RATES)))))
        else:
            some = [known[word] for word in picked[at : at + length]]
            some[0] = some[0].capitalize()
            some[chance.randrange(length)] += chance.choice([",", ".", "!", "?", ""])
            texts.append(" ".join(some))
        at += length
    return texts
