"""Posts of earlier releases are recognised by id, by their words, and by nearly their words; nothing else is."""

import random
import subprocess
import sys

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons.dedup import Policy, known, recognised

from . import plain
from .corpus import corpora, frame, sketched
from .planted import changed, planted

LONG = "this is what was said at length by one of them in the first place and nobody else said it like that before today"
OTHER = "that which another one had to say about it some time later when all of the rest of them were gone for the night"
CLOSE = LONG.replace("today", "now")
SMALL = Policy(min_words=4, shingle=2, threshold=0.6, permutations=30)


def released(folder, *files):
    """Parquet files as in a release: (id, text) each, null where a text is withheld."""
    paths = []
    for number, rows in enumerate(files):
        path = folder / f"posts-{number}.parquet"
        data = pl.DataFrame(rows, schema={"id": pl.String, "text": pl.String}, orient="row")
        data.with_columns(license=pl.lit("CC0-1.0")).write_parquet(path, row_group_size=2)
        paths.append(path)
    return paths


def found(paths, new, policy=None):
    policy = policy or Policy()
    posts = frame([(id_, None, None, None, None, text) for id_, text in new])
    table = recognised(sketched(posts, policy), known(paths, policy), lambda rows: posts["text"][rows])
    return {posts["id"][row]: (id_, how, index) for row, id_, how, index in table.iter_rows()}


def test_by_id_by_words_and_by_nearly_the_words(tmp_path):
    paths = released(tmp_path, [("a", LONG), ("b", OTHER)], [("c", None), ("d", "yes")])
    new = [("a", "edited since"), ("x", LONG.upper()), ("y", CLOSE), ("c", OTHER), ("z", "yes"), ("w", "nothing of the kind")]
    assert found(paths, new) == {
        "a": ("a", "id", None),
        "x": ("a", "exact", 1.0),
        "y": ("a", "near", plain.jaccard(LONG, CLOSE, 3)),
        "c": ("c", "id", None),
    }


def test_what_is_off_is_not_looked_for(tmp_path):
    paths = released(tmp_path, [("a", LONG)])
    new = [("a", LONG), ("x", LONG), ("y", CLOSE)]
    assert set(found(paths, new, Policy(near="off"))) == {"a", "x"}
    assert set(found(paths, new, Policy(exact="off", near="off"))) == {"a"}


def test_a_likeness_at_the_threshold_is_enough(tmp_path):
    """Of ten pairs of words six are in both."""
    paths = released(tmp_path, [("a", "one two three four five six seven eight nine")])
    assert found(paths, [("x", "one two three four five six seven ten eleven")], SMALL) == {"x": ("a", "near", 0.6)}
    assert found(paths, [("x", "one two three four five six ten eleven twelve")], SMALL) == {}


def test_of_several_the_likest_then_the_lowest_id_is_told(tmp_path):
    far = LONG.replace("this is", "that was")
    paths = released(tmp_path, [("e", CLOSE), ("c", LONG)], [("b", LONG), ("d", far)])
    assert found(paths, [("x", LONG), ("y", f"{LONG} again")]) == {
        "x": ("b", "exact", 1.0),
        "y": ("b", "near", plain.jaccard(LONG, f"{LONG} again", 3)),
    }


@pytest.mark.parametrize(("old", "new"), [([], [("a", LONG)]), ([("a", LONG)], []), ([], [])])
def test_nothing_is_recognised_among_nothing(tmp_path, old, new):
    assert found(released(tmp_path, old), new) == {}
    assert found([], new) == {}


@settings(max_examples=40, deadline=None, database=None, derandomize=True)
@given(corpora(), corpora(), st.randoms(use_true_random=False))
def test_it_is_what_the_plain_rules_say_in_any_order(tmp_path_factory, old, new, chance):
    folder = tmp_path_factory.mktemp("known")
    earlier = [(f"old-{id_}" if chance.random() < 0.7 else id_, text) for id_, text in old.select("id", "text").iter_rows()]
    cut = chance.randrange(len(earlier) + 1)
    later = list(new.select("id", "text").iter_rows())
    told = found(released(folder, earlier[:cut], earlier[cut:]), later, SMALL)
    mixed = chance.sample(earlier, len(earlier))
    assert found(released(folder, mixed[cut:], mixed[:cut]), chance.sample(later, len(later)), SMALL) == told
    assert told == plainly(earlier, later)


def plainly(earlier, later):
    """What is recognised, pair by pair. Pairs that are alike and share no band are missed, as the rules have it."""
    seen = {id_: (text, *plain.sketch(text, SMALL)) for id_, text in earlier}
    told = {}
    for id_, text in later:
        digest, bands, short = plain.sketch(text, SMALL)
        same = [other for other, (_, theirs, _, _) in seen.items() if digest and theirs == digest]
        near = [
            (-plain.jaccard(text, words, SMALL.shingle), other)
            for other, (words, _, theirs, also) in sorted(seen.items())
            if not short and not also and any(a == b for a, b in zip(bands, theirs, strict=True))
        ]
        if id_ in seen:
            told[id_] = (id_, "id", None)
        elif same:
            told[id_] = (min(same), "exact", 1.0)
        elif near and -min(near)[0] >= SMALL.threshold:
            told[id_] = (min(near)[1], "near", -min(near)[0])
    return told


def test_a_release_of_many_is_read_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["threadcommons.dedup.known"], "_ROWS", 100)
    monkeypatch.setattr(sys.modules["threadcommons.dedup.likeness"], "_TEXTS", 50)
    chance = random.Random(3)
    texts = planted(600, 11, copies=0, alike=0)
    paths = released(tmp_path, [(f"old{at:03}", text) for at, text in enumerate(texts)])
    told = found(paths, [(f"new{at:03}", changed(chance, text, 1)) for at, text in enumerate(texts)])
    alike = {id_: index for id_, (_, _, index) in told.items()}
    assert all(told[id_][0] == id_.replace("new", "old") for id_ in told)
    wanted = sum(len(text.split()) >= 32 for text in texts)
    assert len(alike) > 0.95 * wanted > 100


SCRIPT = """
import sys, pathlib, polars
from threadcommons.dedup import Policy, clusters, known, recognised, sketch
texts = polars.Series(["one two three four five six seven eight nine ten eleven twelve", "東京 \\u2026 > x"] * 3)
posts = polars.from_arrow(sketch(texts, Policy())).with_columns(
    id=polars.Series(list("abcdef")), created_at=polars.lit(None, polars.Datetime("us", "UTC")),
    parent_id=polars.lit(None, polars.String), quoted_id=polars.lit(None, polars.String))
assert clusters(posts, Policy(), lambda rows: texts[rows]).found.height == 2
assert recognised(posts, known([pathlib.Path(sys.argv[1])], Policy()), lambda rows: texts[rows]).height == 1
print(sorted({"pandas", "datasets"} & set(sys.modules)))
"""


def test_nothing_slow_is_imported(tmp_path):
    (path,) = released(tmp_path, [("a", LONG)])
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(path)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_what_compiles_is_imported_by_those_alone_who_compare_texts():
    script = "import sys, threadcommons.dedup; print(sorted({'numba', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")
