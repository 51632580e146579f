"""Splits, through real builds: whole conversations, together with what says the same, in files that load by name.

The law at the end is held against as many cases as CONVERSATION_CASES says: 200 in `make test`, 10,000 in `make stress`.
"""

import os
import random

# Read when `datasets` is first imported: nothing here may reach for the network.
os.environ.update({"HF_HUB_OFFLINE": "1", "HF_UPDATE_DOWNLOAD_COUNTS": "0", "HF_HUB_DISABLE_TELEMETRY": "1"})

import datasets
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadcommons import api
from threadcommons.build import exchange, parting
from threadcommons.conversation import HELD_OUT, TRAIN, splits

from .conftest import ROOMY, Package, post
from .test_words import careless

CASES = int(os.environ.get("CONVERSATION_CASES", "200"))
SPLITS = "[splits]\nvalidation = 2500\ntest = 2500\n"
FLAGGING = '[dedup]\nexact = "flag"\nnear = "flag"\n'
VOCABULARY = [f"word{number}" for number in range(400)]
LICENSES = ("CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", None)
THREADS = 60


def said(number):
    """Sixteen words that stand in no other post."""
    return " ".join(random.Random(number).sample(VOCABULARY, 16))


def pairs():
    """Ids of posts that say nearly the same, in conversations of their own: each thread's answer, and a root elsewhere."""
    return [(f"talk:r{number}", f"copy:c{number}") for number in range(THREADS)]


def package_of(root, more=SPLITS + FLAGGING):
    """Threads of three posts; the answer of each comes again, by one word longer, as a thread of its own."""
    package = Package(root, **ROOMY)
    path = package.root / "build/recipe.toml"
    path.write_text(path.read_text() + more)
    talk, copy = [], []
    for number in range(THREADS):
        license_ = LICENSES[number % 4]
        author = {"name": f"Voice {number % 7}"}
        talk += [
            post(f"t{number}", said(3 * number), license_, author=author),
            post(f"r{number}", said(3 * number + 1), license_, parent=f"t{number}", author=author),
            post(f"s{number}", said(3 * number + 2), license_, parent=f"r{number}", author=author),
        ]
        copy.append(post(f"c{number}", f"{said(3 * number + 1)} again", license_, author=author))
    package.source("talk", talk)
    package.source("copy", copy)
    return package


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    package = package_of(tmp_path_factory.mktemp("parting") / "package")
    return package, package.build(workers=1)


def split_of(package, config="posts", key="id"):
    """Key of each row -> the split of the file that it stands in."""
    release = package.root / "build/out/1.0.0"
    paths = sorted(release.glob(f"data/{config}/**/*.parquet"))
    return {value: path.name.partition("-")[0] for path in paths for value in pl.read_parquet(path, columns=[key])[key]}


def nothing_straddles(package):
    """Neither a conversation nor two posts that say the same; and there is something in each split."""
    found = split_of(package)
    table = package.table()
    for group in table.group_by("conversation_id").agg("id").to_dicts():
        assert len({found[id_] for id_ in group["id"]}) == 1
    for one, other in pairs():
        assert found[one] == found[other]
    assert set(found.values()) == {TRAIN, *HELD_OUT}


def test_neither_a_conversation_nor_a_pair_straddles_two_splits(built):
    package, _ = built
    nothing_straddles(package)
    near = package.table().filter(pl.col("quality_flags").list.contains("duplicate.near"))
    assert len(near) == sum(LICENSES[number % 4] is not None for number in range(THREADS)), "the pairs were found"


def test_the_split_of_a_conversation_is_that_of_its_posts(built):
    package, _ = built
    rows = split_of(package)
    conversations = split_of(package, "conversations", "conversation_id")
    table = package.table()
    assert conversations
    for id_, conversation in table.select("id", "conversation_id").iter_rows():
        assert conversations.get(conversation, rows[id_]) == rows[id_]


@pytest.mark.parametrize("fault", ["ties are forgotten", "posts by themselves"])
def test_a_leak_between_splits_is_caught(tmp_path, monkeypatch, fault):
    right = parting.parted
    if fault == "ties are forgotten":
        monkeypatch.setattr(exchange, "parted", lambda talks, ids, ties, shares: right(talks, ids, ties.clear(), shares))
    else:
        monkeypatch.setattr(exchange, "parted", lambda _talks, ids, ties, shares: right(ids, ids, ties, shares).rename("split"))
    package = package_of(tmp_path / "package")
    careless(package)
    with pytest.raises(AssertionError):
        nothing_straddles(package)


def test_merged_posts_tie_conversations_as_well(tmp_path):
    """Whoever answers a merged post goes where the survivor is: it is one conversation then."""
    package = package_of(tmp_path / "package", SPLITS)
    package.build(workers=1)
    found = split_of(package)
    ledger = package.table("ledger").filter(pl.col("fate") == "duplicate")
    assert len(ledger) == THREADS
    conversations = dict(package.table().select("id", "conversation_id").iter_rows())
    for number in range(THREADS):
        assert conversations[f"talk:s{number}"] == conversations[f"copy:c{number}"], "the lower id stays"
        assert found[f"talk:s{number}"] == found[f"copy:c{number}"]


@pytest.mark.parametrize("split", [TRAIN, *HELD_OUT])
def test_every_config_loads_by_split_with_the_rows_that_were_stated(built, split, tmp_path):
    package, made = built
    configs = {config["name"]: {one["name"]: one["rows"] for one in config["splits"]} for config in made.manifest["configs"]}
    assert {name for name, parts in configs.items() if len(parts) == 3} == {"posts", "public_domain", "permissive", "reciprocal", "conversations"}
    for name, parts in configs.items():
        if split in parts:
            loaded = datasets.load_dataset(str(made.path), name, split=split, cache_dir=str(tmp_path))
            assert loaded.num_rows == parts[split] > 0
    where = split_of(package)
    loaded = datasets.load_dataset(str(made.path), "posts", split=split, cache_dir=str(tmp_path))
    ours = api.load(made.path, split=split, cache_dir=tmp_path / "ours")
    assert set(loaded["id"]) == set(ours["id"]) == {id_ for id_, its in where.items() if its == split}


def test_no_id_stands_in_two_splits_and_all_are_there(built):
    package, made = built
    ids = [id_ for path in sorted(made.path.glob("data/posts/**/*.parquet")) for id_ in pl.read_parquet(path)["id"]]
    assert len(ids) == len(set(ids)) == 4 * THREADS
    splits = next(config for config in made.manifest["configs"] if config["name"] == "posts")["splits"]
    assert sum(split["rows"] for split in splits) == len(ids)
    assert api.verify(made.path, root=package.root) == []


def test_without_shares_all_is_for_training(tmp_path):
    package = package_of(tmp_path / "package", "")
    package.build(workers=1)
    assert set(split_of(package).values()) == {TRAIN}


def test_more_posts_move_no_conversation(built, tmp_path):
    """The rule needs no seed and no count: a release that grows keeps its test set apart."""
    package = package_of(tmp_path / "package")
    package.source("more", [post(f"m{number}", said(10_000 + number)) for number in range(40)])
    package.build(workers=1)
    before, after = split_of(built[0]), split_of(package)
    assert before == {id_: split for id_, split in after.items() if id_ in before}


@pytest.mark.parametrize("split", [TRAIN, "test"])
def test_rows_are_derived_again_in_every_split(built, split):
    package, made = built
    found = split_of(package)
    for id_ in [id_ for id_, its in found.items() if its == split][:4]:
        assert api.trace(made.path, id_, root=package.root).verdict == "same"


# -- any posts -----------------------------------------------------------------------------------------------------

some_id = st.sampled_from([f"p{number:02}" for number in range(24)])
homes = st.dictionaries(some_id, st.sampled_from([f"c{number}" for number in range(9)]), min_size=1, max_size=24)
shares = st.fixed_dictionaries({split: st.sampled_from([0, 2000, 5000]) for split in HELD_OUT})


def table_of(alike):
    return pl.DataFrame(alike, schema={"id": pl.String, "with": pl.String}, orient="row")


def parted_by_id(home, alike, held_out, part=parting.parted):
    ids = pl.Series(list(home), dtype=pl.String)
    return dict(zip(ids, part(pl.Series(list(home.values()), dtype=pl.String), ids, table_of(alike), held_out), strict=True))


def no_split_leaks(home, alike, held_out, chance, part=parting.parted):
    """Neither a conversation nor words that are there twice stand in two splits, and no order of anything decides."""
    found = parted_by_id(home, alike, held_out, part)
    assert set(found.values()) <= {TRAIN, *(split for split, share in held_out.items() if share)}
    by_home = {}
    for id_, conversation in home.items():
        assert by_home.setdefault(conversation, found[id_]) == found[id_]
    for one, other in alike:
        assert one not in found or other not in found or found[one] == found[other]
    mixed = dict(chance.sample(list(home.items()), len(home)))
    assert parted_by_id(mixed, chance.sample(alike, len(alike)), held_out, part) == found


@settings(max_examples=CASES, deadline=None, database=None, derandomize=True)
@given(homes, st.lists(st.tuples(some_id, some_id), max_size=12), shares, st.randoms(use_true_random=False))
def test_no_split_leaks(home, alike, held_out, chance):
    no_split_leaks(home, alike, held_out, chance)


def only_what_says_the_same_is_tied(home, alike, held_out, part=parting.parted):
    """Each row has the split of its conversation, tied to those that `alike` names and to no other one."""
    ties = [(home[one], home[other]) for one, other in alike if one in home and other in home]
    split_of = dict(splits(pl.Series(list(home.values())), ties, held_out).iter_rows())
    assert parted_by_id(home, alike, held_out, part) == {id_: split_of[conversation] for id_, conversation in home.items()}


@settings(max_examples=CASES, deadline=None, database=None, derandomize=True)
@given(homes, st.lists(st.tuples(some_id, some_id), max_size=4), shares)
def test_only_what_says_the_same_is_tied(home, alike, held_out):
    only_what_says_the_same_is_tied(home, alike, held_out)


def test_a_tie_too_many_is_caught():
    home = {f"p{number:02}": f"c{number}" for number in range(20)}
    everybody = table_of([(f"p{number:02}", "p00") for number in range(20)])
    only_what_says_the_same_is_tied(home, [], {"test": 5000})
    with pytest.raises(AssertionError):
        only_what_says_the_same_is_tied(home, [], {"test": 5000}, lambda talks, ids, _, shares: parting.parted(talks, ids, everybody, shares))


@pytest.mark.parametrize(
    "part",
    [
        lambda talks, ids, alike, held_out: parting.parted(talks, ids, alike.clear(), held_out),
        lambda _talks, ids, alike, held_out: parting.parted(ids, ids, alike, held_out),
        lambda talks, ids, alike, held_out: parting.parted(talks, ids, alike.head(1), held_out),
    ],
    ids=["ties are forgotten", "posts by themselves", "one tie is enough"],
)
def test_a_leak_is_caught(part):
    chance = random.Random(3)
    cases = [
        (
            {f"p{number:02}": f"c{chance.randrange(9)}" for number in range(20)},
            [(f"p{chance.randrange(20):02}", f"p{chance.randrange(20):02}") for _ in range(4)],
            {"validation": 2000, "test": 5000},
        )
        for _ in range(50)
    ]
    hold(cases, chance)
    with pytest.raises(AssertionError):
        hold(cases, chance, part)


def hold(cases, chance, part=parting.parted):
    for case in cases:
        no_split_leaks(*case, chance, part)
