"""Six situations, every duty, and the words: a breach is said of what is one, and of nothing else."""

import sys

import polars as pl
import pytest
from derivatives import SITUATIONS, Plan, Situation, Text, make_derived

from threadcommons import licensing
from threadcommons.findings import codes
from threadcommons.release.reciprocity import judgement, reciprocity
from threadcommons.release.reciprocity.judgement import VERDICTS, reasons
from threadcommons.release.reciprocity.report import CALLED
from threadcommons.release.reciprocity.taken import Taken

ROWS = 150


def breaches(outcome):
    return {finding.code for finding in outcome.breaches}


def answers(outcome):
    """Reason -> number of rows."""
    return {one.reason.name: one.rows for one in outcome.judgements}


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("edits", [0.0, 0.15])
def test_the_six_situations(situation, edits, derive, world):
    folder, _ = derive(Plan(ROWS, 0.5, edits, situation))
    outcome = reciprocity(folder, world.release)
    assert breaches(outcome) == SITUATIONS[situation].breaches
    assert bool(outcome.breaches) == (outcome.verdict == "breach")
    asked = sum(rows for name, rows in outcome.licenses if licensing.duties(name))
    assert (
        sum(rows for name, rows in answers(outcome).items() if name.startswith(("license.", "share-alike."))) == asked
    )
    assert sum(rows for name, rows in answers(outcome).items() if name.startswith("credit.")) == asked


@pytest.mark.parametrize("situation", SITUATIONS)
def test_without_overlap_nobody_is_accused_of_anything(situation, derive, world):
    folder, _ = derive(Plan(ROWS, 0.0, 0.0, situation))
    outcome = reciprocity(folder, world.release)
    assert (outcome.verdict, outcome.judgements, outcome.findings) == ("nothing-found", (), [])
    for words in (outcome.as_text(), outcome.as_markdown()):
        assert "nothing found" in words
        assert "breach" not in words


def test_what_is_honoured_in_every_respect_is_called_so(derive, world):
    folder, _ = derive(Plan(ROWS, 0.5, 0.0, "collection"))
    outcome = reciprocity(folder, world.release)
    assert outcome.verdict == "honoured"
    assert set(answers(outcome)) == {"license.same", "share-alike.same", "credit.named", "provenance.kept"}


def test_a_release_honours_itself(world):
    outcome = reciprocity(world.release, world.release)
    assert outcome.verdict == "honoured"
    assert outcome.found == sum(post.published for post in world.posts)


# -- licence --------------------------------------------------------------------------------------


def rows_of(posts, **more):
    return [{"text": str(post.text), "author": post.author, "url": post.url, **more} for post in posts]


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        (None, "unstated"), ("other", "unknown"), ("unknown", "unknown"), ("cc", "unknown"), ("[mit, cc-by-sa-4.0]", "several"),
        ("odbl", "database"), ("cc-by-sa-4.0", "same"), ("gpl-3.0", "allowed"), ("mit", "against"), ("cc0-1.0", "against"),
        ("cc-by-nc-sa-4.0", "against"), ("mit\nlicense: cc-by-sa-4.0", "torn"), ("&a cc-by-sa-4.0\nlicence: *a", "same"),
    ],
)  # fmt: skip
def test_what_a_card_states_over_rows_to_be_shared_alike(card, reason, world, compare):
    outcome = compare(rows_of(world.of("CC-BY-SA-4.0", 5)), card=card)
    assert answers(outcome) == {f"share-alike.{reason}": 5, "credit.named": 5, "provenance.kept": 5}
    assert breaches(outcome) == ({"reciprocity.share-alike"} if reason == "against" else set())


@pytest.mark.parametrize(
    ("card", "reason"),
    [("mit", "unlisted"), ("cc-by-nc-4.0", "allowed"), ("cc0-1.0", "against"), ("cc-by-4.0", "same")],
)
def test_what_a_card_states_over_rows_to_be_credited(card, reason, world, compare):
    outcome = compare(rows_of(world.of("CC-BY-4.0", 5)), card=card)
    assert answers(outcome) == {f"license.{reason}": 5, "credit.named": 5, "provenance.kept": 5}
    assert breaches(outcome) == ({"reciprocity.license"} if reason == "against" else set())


def test_rows_that_ask_nothing_can_be_used_by_anybody_for_anything(world, compare):
    outcome = compare([{"text": str(post.text)} for post in world.of("CC0-1.0", 5)], card="mit")
    assert (outcome.verdict, outcome.judgements, outcome.free) == ("honoured", (), 5)


@pytest.mark.parametrize(
    ("papers", "reason"),
    [
        ({}, "against"),
        ({"data/LICENSE": "CC-BY-SA-4.0"}, "torn"),
        ({"data/LICENSE": "my own words"}, "torn"),
        ({"code/LICENSE": "MIT"}, "against"),
        ({"NOTICE": "The posts stand under CC BY-SA 4.0."}, "torn"),
        ({"NOTICE": "See <https://creativecommons.org/licenses/by-sa/4.0/legalcode>."}, "torn"),
        ({"NOTICE": "Creative Commons Attribution Share-Alike 4.0 International"}, "torn"),
        ({"NOTICE": "The posts stand under CC BY 4.0, see https://creativecommons.org/licenses/by/4.0/"}, "against"),
    ],
)
def test_whatever_speaks_of_the_right_licence_keeps_from_an_accusation(papers, reason, world, compare):
    outcome = compare(rows_of(world.of("CC-BY-SA-4.0", 3)), card="mit", papers=papers)
    assert answers(outcome)[f"share-alike.{reason}"] == 3


def test_a_licence_beside_the_row_goes_before_that_of_the_whole(world, compare):
    own = rows_of(world.of("CC-BY-SA-4.0", 3), license="https://creativecommons.org/licenses/by-sa/4.0")
    wrong = rows_of(world.of("CC-BY-SA-4.0", 2, skip=3), license="CC0-1.0")
    mute = rows_of(world.of("CC-BY-SA-4.0", 1, skip=5), license="see below")
    bare = rows_of(world.of("CC-BY-SA-4.0", 1, skip=6))
    outcome = compare([*own, *wrong, *mute, *bare], card="mit")
    expected = {"share-alike.same": 3, "share-alike.against": 2 + 1, "share-alike.unknown": 1}
    assert {name: rows for name, rows in answers(outcome).items() if name.startswith("share")} == expected


def test_a_copy_under_another_licence_is_not_excused_by_one_under_its_own(world, compare):
    post = world.of("CC-BY-SA-4.0", 1)
    assert breaches(compare([*rows_of(post, license="CC-BY-SA-4.0"), *rows_of(post, license="MIT")])) == {
        "reciprocity.share-alike"
    }


def test_a_table_beside_the_rows_states_their_licences_too(world, compare):
    posts = world.of("CC-BY-SA-4.0", 3)
    table = "id,license,author,url\n" + "".join(
        f"{post.id},{post.license},{post.author},{post.url}\n" for post in posts
    )
    outcome = compare(
        [{"id": post.id, "text": str(post.text)} for post in posts], card="mit", papers={"credits.csv": table}
    )
    assert answers(outcome) == {"share-alike.same": 3, "credit.named": 3, "provenance.kept": 3}


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("LICENSE", "CC-BY-SA-4.0", "same"),
        ("LICENSE.md", "https://creativecommons.org/publicdomain/zero/1.0/", "against"),
        ("LICENSE", "SPDX-License-Identifier: MIT\n\nSome words.", "against"),
        ("LICENSE.txt", "All rights are mine, ask me. " * 20, "unknown"),
        ("CITATION.cff", "cff-version: 1.2.0\nlicense: CC-BY-SA-4.0\n", "same"),
        ("croissant.json", '{"license": ["https://spdx.org/licenses/CC-BY-SA-4.0"]}', "same"),
        ("datapackage.json", '{"licenses": [{"name": "CC0-1.0"}]}', "against"),
        ("croissant.json", '{"license": ', "unstated"),
        ("data/LICENSE", "MIT", "torn"),
        ("data/LICENSE", "CC-BY-SA-4.0", "same"),
        ("data/README.md", "---\nlicense: other\n---\n", "unknown"),
        ("COPYING", "", "unknown"),
    ],
)
def test_other_papers_state_licences_too(name, text, reason, world, compare):
    outcome = compare(rows_of(world.of("CC-BY-SA-4.0", 3)), papers={name: text})
    assert answers(outcome)[f"share-alike.{reason}"] == 3


@pytest.mark.parametrize(
    "spdx", ["CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-SA-4.0", "CC0-1.0", "MIT", "Apache-2.0", "GPL-3.0-only"]
)
def test_a_licence_file_is_known_by_its_text(spdx, world, compare):
    text = f"A dataset\nCopyright 2026 somebody\n\n{licensing.full_text(spdx)}"
    outcome = compare(rows_of(world.of("CC0-1.0", 1)), papers={"LICENSE": text})
    assert outcome.compared.statements[0].licenses == (spdx,)


# -- credit ---------------------------------------------------------------------------------------


def bare(posts, **more):
    return [{"text": str(post.text), **more} for post in posts]


def test_nobody_is_named_and_nothing_leads_anywhere(world, compare):
    outcome = compare(bare(world.of("CC-BY-4.0", 4)), card="cc-by-4.0")
    assert breaches(outcome) == {"reciprocity.credit"}
    assert answers(outcome) == {"credit.missing": 4, "provenance.lost": 4, "license.same": 4}


CREDITS = {
    "somebody else": ({"author": "somebody else"}, {}, "others"),
    "a link to the release": (
        {},
        {"THANKS.md": "", "NOTICE": "Made with https://example.org/data/market-square"},
        "elsewhere",
    ),
    "its title": ({}, {"README.md": "# Ours\n\nTaken from *The Market Square*, thank you!"}, "elsewhere"),
    "a link to the site": ({}, {"README.md": "From [the square](https://www.example.org/)."}, "elsewhere"),
    "another site": ({}, {"README.md": "From https://example.net/square/1"}, "missing"),
    "another file": ({}, {"NOTICE": "Made by us."}, "missing"),
}


@pytest.mark.parametrize(("column", "papers", "reason"), CREDITS.values(), ids=CREDITS)
def test_what_may_be_a_credit_is_no_breach(column, papers, reason, world, compare):
    outcome = compare(bare(world.of("CC-BY-4.0", 3), **column), papers=papers)
    assert answers(outcome)[f"credit.{reason}"] == 3


def test_names_without_links_and_links_without_names_are_told_apart(world, compare):
    posts = world.of("CC-BY-4.0", 3)
    assert (
        answers(compare([{"text": str(post.text), "author": f"by {post.author.upper()}!"} for post in posts]))[
            "credit.no-link"
        ]
        == 3
    )


def test_a_link_without_a_name_can_be_enough(world, compare):
    posts = world.of("CC-BY-4.0", 3)
    assert (
        answers(compare([{"text": str(post.text), "source_url": post.url} for post in posts]))["credit.elsewhere"] == 3
    )


def test_names_in_a_notice_count(world, compare):
    posts = world.of("CC-BY-4.0", 3)
    notice = "".join(f"* [{post.author}]({post.url})\n" for post in posts)
    assert answers(compare(bare(posts), papers={"NOTICE.md": notice}))["credit.named"] == 3


def test_a_name_inside_another_word_is_no_credit(world, compare):
    posts = world.of("CC-BY-4.0", 1)
    outcome = compare(bare(posts), papers={"CREDITS.txt": f"xx{posts[0].author}xx"})
    assert breaches(outcome) == {"reciprocity.credit"}


def test_credits_that_cannot_be_read_are_no_breach(world, compare, tmp_path):
    (tmp_path / "elsewhere.txt").write_text("names")
    outcome = compare(bare(world.of("CC-BY-4.0", 2)))
    assert breaches(outcome) == {"reciprocity.credit"}
    (tmp_path / "theirs" / "CREDITS.txt").symlink_to(tmp_path / "elsewhere.txt")
    outcome = reciprocity(tmp_path / "theirs", world.release)
    assert answers(outcome)["credit.unread"] == 2
    assert "CREDITS.txt" in outcome.compared.unread


# -- changes, provenance, chance ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        ({"modified": True}, "told"),
        ({"changes": "shortened"}, "told"),
        ({"modified": False}, "untold"),
        ({"modified": "no"}, "untold"),
        ({}, "untold"),
    ],
)
def test_changed_rows_are_marked_or_not(mark, reason, world, compare):
    posts = world.of("CC-BY-SA-4.0", 3)
    shorter = [
        {"text": str(cut(post.text, post.text.words[:-5])), "author": post.author, "url": post.url, **mark}
        for post in posts
    ]
    outcome = compare(shorter, card="cc-by-sa-4.0")
    assert answers(outcome)[f"changes.{reason}"] == 3
    assert outcome.breaches == ()


def cut(text, words):
    return Text(text.language, words)


@pytest.mark.parametrize("pointer", ["id", "native_id", "url"])
def test_any_pointer_keeps_the_provenance(pointer, world, compare):
    rows = [
        {"text": str(post.text), "author": post.author, "key_id": getattr(post, pointer)}
        for post in world.of("CC-BY-SA-4.0", 3)
    ]
    assert answers(compare(rows))["provenance.kept"] == 3


def test_little_that_is_alike_accuses_nobody(world, compare):
    """Sixteen words in common are likely no chance; but likely is not enough."""
    few = [" ".join(post.text.words[:18]) for post in world.of("CC-BY-SA-4.0", 9) if post.text.language == "latin"][:1]
    outcome = compare([{"text": text} for text in few], card="mit")
    assert outcome.found == 1
    assert not outcome.certain
    assert answers(outcome) == {"share-alike.chance": 1, "credit.chance": 1, "changes.untold": 1, "provenance.lost": 1}
    assert outcome.breaches == ()
    assert "could be chance" in outcome.as_text()


# -- words ----------------------------------------------------------------------------------------


def test_every_reason_has_a_verdict_and_a_code_that_weighs_as_much():
    weight = {"breach": "error", "unverified": "warning", "honoured": None}
    for reason in reasons().values():
        assert reason.verdict in VERDICTS
        assert (codes()[reason.code].severity if reason.code else None) == weight[reason.verdict]
        assert not reason.says.endswith(".")
        assert "violat" not in reason.says


def test_could_not_verify_is_never_called_a_breach():
    unverified = [reason for reason in reasons().values() if reason.verdict == "unverified"]
    assert len(unverified) > 15
    assert not any("breach" in reason.says or "violat" in codes()[reason.code].means for reason in unverified)
    assert CALLED["unverified"] == "could not verify"


def test_every_answer_that_can_be_given_has_words():
    known = reasons()
    relations = (
        "same",
        "allowed",
        "database",
        "unlisted",
        "several",
        "torn",
        "unknown",
        "unstated",
        "against",
        "changed",
        "chance",
    )
    assert {f"{duty}.{one}" for duty in ("license", "share-alike") for one in relations} <= set(known)
    assert {name.partition(".")[0] for name in known} == {"license", "share-alike", "credit", "changes", "provenance"}


# -- broken twins ---------------------------------------------------------------------------------


def twin(monkeypatch, **changes):
    for name, value in changes.items():
        monkeypatch.setattr(sys.modules[judgement.__name__], name, value)


def test_a_twin_that_takes_the_unknown_for_compatible_is_caught(monkeypatch, derive, world):
    original = judgement.of_statements
    twin(
        monkeypatch,
        of_statements=lambda row, stated: (
            "allowed" if original(row, stated) in ("unstated", "unknown") else original(row, stated)
        ),
    )
    folder, _ = derive(Plan(ROWS, 0.5, 0.0, "silent"))
    assert "share-alike.unstated" not in answers(reciprocity(folder, world.release))
    monkeypatch.undo()
    assert "share-alike.unstated" in answers(reciprocity(folder, world.release))


def test_a_twin_that_takes_the_unknown_for_a_breach_is_caught(monkeypatch, derive, world):
    original = judgement.of_statements
    twin(
        monkeypatch,
        of_statements=lambda row, stated: "against" if original(row, stated) == "unstated" else original(row, stated),
    )
    folder, _ = derive(Plan(ROWS, 0.5, 0.0, "silent"))
    assert breaches(reciprocity(folder, world.release)) != SITUATIONS["silent"].breaches


def test_a_twin_that_accuses_without_overlap_is_caught(monkeypatch, tmp_path, world):
    """One that judges the rows that a release offers instead of those that were found."""
    package = sys.modules[reciprocity.__module__]
    original = package.find_taken

    def everything(offered, derived, rule):
        found = original(offered, derived, rule)
        rows = offered.rows.select("row", evidence=pl.lit(1, pl.Int64))
        spread = rows.with_columns(
            piece=pl.lit(0, pl.Int64),
            shared=pl.lit(99, pl.Int64),
            changed=pl.lit(value=False),
        )
        return Taken(spread, rows, found.pointed, found.short, certain=True)

    make_derived(tmp_path / "unrelated", world.posts, Plan(ROWS, 0.0, 0.0, "permissive"))
    assert reciprocity(tmp_path / "unrelated", world.release).breaches == ()
    monkeypatch.setattr(package, "find_taken", everything)
    assert reciprocity(tmp_path / "unrelated", world.release).breaches != ()


def test_the_situations_are_six_and_say_what_they_are():
    assert len(SITUATIONS) == 6
    assert all(isinstance(situation, Situation) for situation in SITUATIONS.values())
