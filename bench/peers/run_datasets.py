"""`datasets` with jsonschema and datasketch, one process for each processor in each `map`.

1. read: lines as text, since its JSON reader stops at a bad line and infers types
2. check: json.loads and the schema of a post by jsonschema, compiled once in each process
3. measure: length, mean word length, shares of letters and symbols, repeated words and word pairs
4. redact: e-mail addresses, telephone numbers, IP addresses, by regular expressions
5. exact: whole texts, the first is kept
6. near: MinHash of 128 permutations, 16 bands of 8, shingles of 3 words; a post is dropped when the index knows one
   like it, pairs are not compared
7. write: to_parquet, which compresses with its own default; it takes no other
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import datasets
import numpy as np
from datasets import Features, List, Value, load_dataset
from datasketch import MinHash, MinHashLSH
from jsonschema import Draft202012Validator
from told import Told, asked

PROCESSES = os.cpu_count() or 1
PERMUTATIONS, BANDS, ROWS, SHINGLE = 128, 16, 8, 3
TEXT = Value("string")
POST = Features(
    {
        **dict.fromkeys(("native_id", "conversation", "parent", "parent_state", "kind", "title", "text"), TEXT),
        "author": dict.fromkeys(("name", "id", "url"), TEXT),
        **dict.fromkeys(("markup", "lang", "created_at", "url", "license"), TEXT),
        "links": List(TEXT),
        "labels": List(dict.fromkeys(("name", "value", "annotator", "method"), TEXT)),
    }
)
PERSONAL = (
    re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"),
    re.compile(r"(?<![\w+])\+[1-9][0-9]{0,2}(?:[ .-]?[0-9]{2,4}){2,4}\b"),
    re.compile(r"\b(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\b"),
)


@cache
def validator(path: str) -> Draft202012Validator:
    """The schema of a post, compiled once in each process."""
    schema = json.loads(Path(path).read_bytes())
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def check(batch: dict, path: str) -> dict:
    """The posts of some lines that are JSON and valid."""
    posts = []
    for line in batch["text"]:
        try:
            post = json.loads(line)
        except ValueError:
            continue
        if validator(path).is_valid(post):
            posts.append(post)
    return {name: [post.get(name) for post in posts] for name in POST}


def measure(text: str) -> dict:
    """Some measures of one text."""
    words = text.split()
    pairs = Counter(pairwise(words))
    n_words, n_chars = max(1, len(words)), max(1, len(text))
    return {
        "n_chars": len(text),
        "n_words": len(words),
        "mean_word_length": sum(map(len, words)) / n_words,
        "letter_share": sum(map(str.isalpha, text)) / n_chars,
        "symbol_share": (text.count("#") + text.count("…")) / n_words,
        "repeated_word_share": 1 - len(set(words)) / n_words,
        "top_pair_share": max(pairs.values(), default=0) / n_words,
    }


def redact(text: str) -> dict:
    """The text with a mark in place of what is personal."""
    for pattern in PERSONAL:
        text = pattern.sub("[redacted]", text)
    return {"text": text}


def sketch(batch: dict) -> dict:
    """MinHash signatures of some texts."""
    shingles = []
    for text in batch["text"]:
        words = text.lower().split()
        several = range(max(1, len(words) - SHINGLE + 1))
        shingles.append({" ".join(words[at : at + SHINGLE]).encode() for at in several})
    made = MinHash.bulk(shingles, num_perm=PERMUTATIONS)
    return {"signature": np.stack([one.hashvalues for one in made])}


def unlike(posts: datasets.Dataset) -> list[int]:
    """Places of the posts that are like none before them."""
    index = MinHashLSH(num_perm=PERMUTATIONS, params=(BANDS, ROWS))
    kept, scheme = [], MinHash(num_perm=PERMUTATIONS).scheme
    signatures = posts.map(
        sketch, batched=True, num_proc=PROCESSES, remove_columns=posts.column_names, desc="near"
    ).with_format("numpy")
    at = 0
    for batch in signatures.iter(10_000):
        for values in batch["signature"]:
            one = MinHash(num_perm=PERMUTATIONS, hashvalues=values, scheme=scheme)
            if not index.query(one):
                index.insert(at, one)
                kept.append(at)
            at += 1
    return kept


def first(texts: datasets.Column) -> list[int]:
    """Places of the texts that did not occur before."""
    seen, kept = set(), []
    for at, text in enumerate(texts):
        digest = hashlib.sha256(text.encode()).digest()
        if digest not in seen:
            seen.add(digest)
            kept.append(at)
    return kept


def main() -> None:
    """Runs the steps one after the other."""
    path, schema, folder = asked()
    told = Told(("datasets", "jsonschema", "datasketch", "pyarrow"))
    datasets.disable_progress_bars()
    with told.step("read"):
        posts = load_dataset("text", data_files=str(path), split="train", cache_dir=str(folder / "cache"))
    with told.step("check"):
        posts = posts.map(
            check, batched=True, num_proc=PROCESSES, remove_columns=["text"], features=POST,
            fn_kwargs={"path": str(schema)},
        )  # fmt: skip
    told.kept["check"] = posts.num_rows
    with told.step("measure"):
        posts = posts.map(measure, input_columns="text", num_proc=PROCESSES)
    told.kept["measure"] = posts.num_rows
    with told.step("redact"):
        posts = posts.map(redact, input_columns="text", num_proc=PROCESSES)
    with told.step("exact"):
        posts = posts.select(first(posts["text"])).flatten_indices(num_proc=PROCESSES)
    told.kept["exact"] = posts.num_rows
    with told.step("near"):
        posts = posts.select(unlike(posts)).flatten_indices(num_proc=PROCESSES)
    told.kept["near"] = posts.num_rows
    with told.step("write"):
        posts.to_parquet(str(folder / "posts.parquet"))
    told.kept["write"] = posts.num_rows
    told.say()


if __name__ == "__main__":
    main()
