"""What was taken is found, whatever was done to it, and what was not taken is not."""

from itertools import product
from random import Random

import pytest
from derivatives import COMMON, EDITS, SHAPES, SIGNATURE, SITUATIONS, Language, Plan, coined, make_derived

from threadcommons.contributions import Answers
from threadcommons.release.reciprocity import Rule, reciprocity
from threadcommons.release.reciprocity import offered as module
from threadcommons.release.reciprocity.derived import open_derived
from threadcommons.release.reciprocity.offered import open_offered
from threadcommons.release.reciprocity.taken import EVIDENCE, find_taken

from ..conftest import build_package

ROWS = 250
OVERLAPS = (0.0, 0.01, 0.1, 0.5, 1.0)
RATES = (0.0, 0.15, 0.3)


@pytest.fixture(scope="module")
def offered(world):
    return open_offered(world.release)


def ids_in(offered, folder, rule=None):
    taken = find_taken(offered, open_derived(folder), rule) if rule else find_taken(offered, open_derived(folder))
    return taken, set(taken.rows.join(offered.rows, on="row")["id"])


def plan_of(number, overlap, rate):
    """A plan for each overlap and rate; situations and shapes take turns."""
    situations, shapes = list(SITUATIONS), list(SHAPES)
    return Plan(ROWS, overlap, rate, situations[number % len(situations)], shapes[(number // 2) % len(shapes)])


PLANS = [plan_of(number, *case) for number, case in enumerate(product(OVERLAPS, RATES))]


@pytest.mark.parametrize(
    "plan", PLANS, ids=lambda plan: f"{plan.overlap:.0%}-{plan.edits:.0%}-{plan.situation}-{plan.shape}"
)
def test_precision_is_one_and_recall_is_high(plan, derive, offered):
    folder, truth = derive(plan)
    taken, found = ids_in(offered, folder)
    assert found <= truth.taken, "found what was not taken"
    if plan.edits <= 0.15:
        assert len(found & truth.told) >= 0.98 * len(truth.told)
    if plan.overlap == 0:
        assert found == set()
        assert not taken.certain


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_every_kind_of_edit_up_to_15_percent_is_seen_through(edit, world, compare):
    posts = [post for post in world.posts if post.published and not post.short][:150]
    chance = Random(9)
    outcome = compare([{"text": str(edit(chance, post.text, 0.15))} for post in posts])
    assert outcome.found == len(posts)


def test_posts_that_were_joined_or_cut_apart_are_found(world, compare):
    one, two, three = world.of("CC-BY-4.0", 3)
    longest = max(
        (post for post in world.posts if post.license == "CC-BY-SA-4.0"), key=lambda post: len(post.text.words)
    )
    halves = [longest.text.words[: len(longest.text.words) // 2], longest.text.words[len(longest.text.words) // 2 :]]
    pieces = [" ".join(words) for words in halves]
    outcome = compare([{"text": f"{one.text}\n{two.text}\n{three.text}"}, *({"text": piece} for piece in pieces)])
    assert dict(outcome.licenses) == {"CC-BY-4.0": 3, "CC-BY-SA-4.0": 1}


def test_what_a_post_quotes_is_not_counted_as_another_post(offered, world, tmp_path):
    quoted = {post.quotes for post in world.posts}
    taken = {post.id for post in world.posts if post.quotes and post.published and post.id not in quoted}
    assert len(taken) > 5
    rows = "".join(f'"{post.text}"\n' for post in world.posts if post.id in taken)
    (tmp_path / "quotes.csv").write_text(f"text\n{rows}", encoding="utf-8")
    assert ids_in(offered, tmp_path / "quotes.csv")[1] == taken


def test_each_row_counts_once_with_its_strongest_evidence(world, compare):
    one, two, three, four = world.of("CC-BY-4.0", 4)
    rows = [
        {"id": one.id, "text": str(one.text)}, {"text": str(one.text)}, {"text": str(one.text).upper()},
        {"text": str(two.text)}, {"text": str(two.text).upper()},
        {"text": str(three.text).upper()},
        {"text": " ".join(four.text.words[4:])}, {"text": " ".join(four.text.words[:-3])},
    ]  # fmt: skip
    assert compare(rows).evidence == tuple(zip(EVIDENCE, (1, 1, 1, 1), strict=True))


def test_a_pointer_beside_the_text_is_enough_even_for_a_short_or_much_edited_one(offered, world, compare):
    short = next(post for post in world.posts if post.published and str(post.text) == "same here")
    one, two = world.of("CC-BY-SA-4.0", 2)
    digest = offered.rows.filter(offered.rows["id"] == two.id)["row_sha256"][0]
    edited = [str(EDITS[0](Random(1), post.text, 0.3)) for post in (one, two)]
    rows = [
        {"id": short.id, "text": "Same HERE!"},
        {"link": one.url, "text": edited[0]},
        {"digest": digest, "text": edited[1]},
    ]
    assert dict(compare(rows).evidence)["id"] == 3


def test_how_much_must_be_alike(world, compare):
    """Windows of three: n words in a row share n - 2 shingles."""
    latin = [post for post in world.posts if post.published and post.text.language == "latin" and not post.short]
    short = next(post for post in latin if len(post.text.words) in (13, 14) and not post.quotes)
    long = next(post for post in world.of("CC-BY-4.0", 99) if post in latin and len(post.text.words) > 60)
    others = Language(98, coined(98, 3000, ["xa", "xo", "qui", "wem", "lun"], 2, 4)).say(Random(4), 40)
    few, enough = ({"text": " ".join([*short.text.words[:words], *others])} for words in (7, 8))
    cut, cut_enough = ({"text": " ".join([*long.text.words[-words:], *others[: words - 4]])} for words in (16, 17))
    assert [compare([row]).found for row in (few, enough, cut, cut_enough)] == [0, 1, 0, 1]


def test_a_pointer_without_the_text_takes_nothing(world, compare):
    one, two = world.of("CC-BY-SA-4.0", 2)
    outcome = compare(
        [
            {"id": one.id, "label": "calm"},
            {"id": two.id, "text": "This is a summary in words that are all my own, and nobody else's at all."},
        ]
    )
    assert (outcome.found, outcome.mentioned, outcome.verdict) == (0, 2, "nothing-found")
    assert outcome.findings == []


def test_a_pointer_to_the_parent_says_nothing_of_the_text(world, compare):
    one, two = world.of("CC-BY-SA-4.0", 2)
    outcome = compare([{"id": one.id, "parent_id": two.id, "text": str(one.text)}])
    assert (outcome.found, outcome.mentioned) == (1, 0)


def test_what_everybody_says_counts_for_nothing(compare):
    outcome = compare([{"text": text} for text in COMMON * 20])
    assert outcome.verdict == "nothing-found"
    assert outcome.short > 5
    assert outcome.findings == []
    assert "nothing to judge" in outcome.as_text()


def test_a_signature_that_many_posts_carry_counts_for_nothing(world, compare):
    others = Language(99, coined(99, 3000, ["xa", "xo", "qui", "wem", "lun"], 2, 4))
    chance = Random(2)
    outcome = compare([{"text": " ".join(others.say(chance, 20)) + f" {SIGNATURE}"} for _ in range(30)])
    assert outcome.verdict == "nothing-found"


BOTH_STAY = """
[dedup]
exact = "flag"
near = "flag"
"""


def test_a_text_that_several_rows_have_is_the_one_that_asks_least(tmp_path):
    words = "These are the very same words of more than a dozen, said by two people under two licences on one day."
    lines = [
        f'{{"native_id": "{name}", "kind": "post", "text": "{words}", "markup": "plain", "author": {{"name": "{name}"}}, "license": "{license_}"}}\n'
        for name, license_ in (("a", "CC-BY-SA-4.0"), ("b", "CC0-1.0"))
    ]
    (tmp_path / "posts.jsonl").write_text("".join(lines))
    signed = Answers(
        title="Twice", platform="twice", sign_off="A tester <tester@example.org>", retrieved_at="2026-01-30T12:00:00Z"
    )
    release = build_package(tmp_path / "package", {"twice": (tmp_path / "posts.jsonl", signed, "jsonl", True)}, BOTH_STAY)
    (tmp_path / "theirs.csv").write_text(f'text\n"{words}"\n')
    assert reciprocity(tmp_path / "theirs.csv", release).licenses == (("CC0-1.0", 1),)
    (tmp_path / "pointing.csv").write_text(f'id,text\ntwice:a,"{words}"\n')
    assert reciprocity(tmp_path / "pointing.csv", release).licenses == (("CC-BY-SA-4.0", 1),)


def test_withheld_rows_are_nobodys_to_find(world, compare):
    quoted = {post.quotes for post in world.posts}
    withheld = [post for post in world.posts if not post.published and not post.quotes and post.id not in quoted]
    assert len(withheld) > 10
    assert compare([{"id": post.id, "text": str(post.text)} for post in withheld]).found == 0


def test_the_order_of_rows_and_files_changes_nothing(world, tmp_path, derive):
    folder, _ = derive(Plan(ROWS, 0.5, 0.15, "nameless", "jsonl"))
    lines = (folder / "data" / "train.jsonl").read_bytes().splitlines(keepends=True)
    one = reciprocity(folder, world.release)
    (folder / "data" / "train.jsonl").write_bytes(b"".join(reversed(lines)))
    two = reciprocity(folder, world.release)
    assert (one.evidence, one.licenses, one.verdict, one.short) == (two.evidence, two.licenses, two.verdict, two.short)
    (folder / "data" / "train.jsonl").write_bytes(b"".join(lines))
    assert reciprocity(folder, world.release).as_dict() == one.as_dict()


# -- broken twins ---------------------------------------------------------------------------------


def test_a_twin_that_counts_short_texts_is_caught(offered, world, tmp_path):
    """What the tests on precision and on what everybody says would see."""
    folder = tmp_path / "unrelated"
    make_derived(folder, world.posts, Plan(ROWS, 0.0, 0.0, "nameless"))
    greedy = Rule(words=1, least=1, share=0.3)
    assert ids_in(offered, folder)[1] == set()
    assert ids_in(offered, folder, greedy)[1] != set()


def test_a_twin_that_takes_commonplaces_for_evidence_is_caught(offered, compare, monkeypatch):
    monkeypatch.setattr(module, "_FEW", 10**9)
    with pytest.raises(AssertionError):
        test_a_signature_that_many_posts_carry_counts_for_nothing(None, compare)
