"""What is done to words and told of them, through real builds: redaction, measures, language, rules."""

from pathlib import Path

import polars as pl
import pytest

from threadcommons import api
from threadcommons.build import build, columns, words, write_task
from threadcommons.describe import render_all
from threadcommons.digest import sha256
from threadcommons.engine import Pool
from threadcommons.errors import NotFound
from threadcommons.privacy import TOKENS

from .conftest import ROOMY, Package, post
from .test_build import digests, everything

#: Personal data of invented people: who has what -> as it stands in the posts.
DATA = {
    "published": "kim.sample@example.org",
    "card": "4111 1111 1111 1111",
    "iban": "DE89 3704 0044 0532 0130 00",
    "title": "tess.title@example.org",
    "link": "lena.link@example.org",
    "picture": "alma.alt@example.org",
    "address of a picture": "mia.media@example.org",
    "withheld": "lou.hidden@example.org",
    "quoting": "pat.quoting@example.org",
    "copied": "ann.twice@example.org",
}
LEFT = {"flagged": "eve.flagged@example.org", "kept": "+1 212 555 0123"}
LONG = "there was once a well by the mill that nobody had looked into for as long as anybody could remember, until today"
TURNED = "\u202e"
TEXTS = {
    "a": f"🍵 Täglich: {DATA['published']}, 🍵 card {DATA['card']} or IBAN {DATA['iban']}, and {DATA['published']} again.",
    "b": "Nothing is hidden here: only the well and the mill by the river.",
    "c": "See the link for more about the well, if you like.",
    "e": f"{LONG}{TURNED}, says {DATA['copied']}",
    "short": "ok",
    "run": "a" * 300,
    "q1": f"Hidden words of {DATA['withheld']} and of nobody else.",
    "q2": f"> Hidden words of {DATA['withheld']} and of nobody else.\n\nAgreed{TURNED}, says {DATA['quoting']}",
    "q3": "Verborgene Worte, von denen nur die Sprache gesagt wird.",
    "q4": "b" * 300,
    "n1": f"{LONG}{TURNED}, says {DATA['copied']}",
    "f1": f"Write to {LEFT['flagged']} or call me at {LEFT['kept']} about the well.",
    "f2": "LOUD WORDS ABOUT THE WELL AND THE MILL",
}
JUDGED = """
[privacy.sources.field]
email = "flag"
phone = "keep"
[quality.rules.mostly-upper-case]
action = "off"
[quality.sources.quiet.single-character]
action = "flag"
threshold = 0.5
[quality.sources.field.mostly-upper-case]
action = "exclude"
threshold = 0.8
"""
WITHHELD = {"q1", "q2", "q3", "q4", "e"}


def told(native_id, license_="CC0-1.0", **more):
    return post(native_id, TEXTS[native_id], license_, **more)


def package_at(root, names=("talk", "quiet", "near", "field")):
    """A package whose sources stand in folders called `names`; their platforms are always the same."""
    package = Package(root, **ROOMY)
    path = package.root / "build/recipe.toml"
    path.write_text(path.read_text() + JUDGED.replace("sources.quiet", f"sources.{names[1]}").replace("sources.field", f"sources.{names[3]}"))
    plain = {"type": "image", "url": "https://example.org/1.png", "alt": "the well"}
    picture = {**plain, "alt": f"{DATA['picture']} at the well"}
    address = {**plain, "url": f"https://example.org/2.png?of={DATA['address of a picture']}", "alt": None}
    sources = {
        "talk": [
            told("a", "CC-BY-4.0", title=f"Ask {DATA['title']}", author={"name": "Bo"}, media=[plain, picture, address], created_at="2020-01-01T00:00:00Z"),
            told("b", lang="fr", media=[plain]),
            told("c", links=["https://example.org/", f"mailto:{DATA['link']}"]),
            told("e", created_at="2019-01-01T00:00:00Z"),
            told("short"),
            told("run"),
        ],
        "quiet": [told("q1", None), told("q2", quoted="q1", parent="q1", kind="quote"), told("q3", None, lang="de"), told("q4", None)],
        "near": [told("n1", "CC-BY-NC-4.0", created_at="2021-01-01T00:00:00Z")],
        "field": [told("f1"), told("f2")],
    }  # fmt: skip
    for name, (platform, posts) in zip(names, sources.items(), strict=True):
        folder = package.source(platform, posts)
        folder.rename(folder.with_name(name))
    return package


def careless(package):
    """A build that nobody verifies: what a fault would let out."""
    return build(package.root, render=render_all, verify=lambda _staged: [])


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    package = package_at(tmp_path_factory.mktemp("words") / "package")
    return package, package.build(workers=1)


@pytest.fixture
def fresh(tmp_path):
    return package_at(tmp_path / "package")


def rows_of(package):
    return {row["native_id"]: row for row in package.table().to_dicts()}


# -- redaction -----------------------------------------------------------------------------------------------------


def tokens_stand_where_they_are_recorded(rows):
    for row in rows.values():
        text, spans = row["text"] or "", row["redactions"]
        for span in spans:
            assert text[span["start"] : span["start"] + span["length"]] == TOKENS[span["kind"]]
        assert len(spans) == sum(text.count(token) for token in set(TOKENS.values()))
        assert [span["start"] for span in spans] == sorted(span["start"] for span in spans)
        assert row["modified"] or not spans


def test_redactions_are_recorded_at_their_places_in_the_published_text(built):
    rows = rows_of(built[0])
    tokens_stand_where_they_are_recorded(rows)
    assert [span["kind"] for span in rows["a"]["redactions"]] == ["email", "card", "iban", "email"]
    assert {name for name, row in rows.items() if row["redactions"]} == {"a"}
    assert {name for name, row in rows.items() if row["modified"]} == {"a", "c", "e"}, "e because another one was merged into it"


def test_places_of_the_text_as_read_are_caught(fresh, monkeypatch):
    right = words.privacy.redact

    def shifted(texts, policy):
        done = right(texts, policy)
        moved = done.redactions.list.eval(
            pl.element().struct.with_fields(start=pl.field("start") + pl.field("start").gt(10).cast(pl.Int64))
        )
        return words.privacy.redacting.Redacted(done.texts, moved, done.flags, done.changed)

    monkeypatch.setattr(words.privacy, "redact", shifted)
    careless(fresh)
    with pytest.raises(AssertionError):
        tokens_stand_where_they_are_recorded(rows_of(fresh))


def nothing_personal_is_told(release):
    seen = everything(release)
    for data in DATA.values():
        assert data.encode() not in seen, data


def test_nothing_personal_stands_anywhere_in_the_release(built):
    nothing_personal_is_told(built[1].path)
    row = rows_of(built[0])["a"]
    assert row["title"] == "Ask [email]"
    assert row["attribution"].startswith('"Ask [email]", by Bo')
    assert [one["alt"] for one in row["media"]] == ["the well", "[email] at the well", None]
    assert [one["url"] for one in row["media"]][:2] == ["https://example.org/1.png"] * 2
    assert rows_of(built[0])["c"]["links"][0] == "https://example.org/"


@pytest.mark.parametrize("forgotten", ["media", "links"])
def test_a_place_that_is_forgotten_is_caught(fresh, monkeypatch, forgotten):
    def unchanged(column, _):
        return column, pl.repeat(value=False, n=len(column), eager=True)

    if forgotten == "links":
        monkeypatch.setattr(words.privacy, "redact_links", lambda *given: words.privacy.redacting.Links(*unchanged(*given)))
    else:
        monkeypatch.setattr(words, "_media", unchanged)
    with pytest.raises(AssertionError):
        nothing_personal_is_told(careless(fresh).path)


def test_a_recipe_can_leave_a_kind_in_one_source_and_tell_it(built):
    row = rows_of(built[0])["f1"]
    assert row["text"] == TEXTS["f1"]
    assert row["quality_flags"] == ["privacy.email"]
    assert not row["modified"]


def test_flags_and_redactions_are_counted_in_the_manifest(built):
    package, made = built
    table = package.table()
    flags = table["quality_flags"].explode(empty_as_null=False).value_counts().sort("quality_flags")
    kinds = table["redactions"].explode(empty_as_null=False).struct.field("kind").value_counts().sort("kind")
    assert [tuple(entry.values()) for entry in made.manifest["by_flag"]] == flags.rows() == [("privacy.email", 1)]
    assert [tuple(entry.values()) for entry in made.manifest["by_redaction"]] == kinds.rows() == [("card", 1), ("email", 2), ("iban", 1)]
    assert api.verify(made.path) == []


# -- what is told of withheld words --------------------------------------------------------------------------------


def withheld_rows_speak_of_the_text_as_read(rows):
    """Digest and counts are those of the record; nothing else is told of words that nobody may read."""
    assert {name for name, row in rows.items() if row["release"] == "withheld"} == WITHHELD
    for name in WITHHELD:
        row, read = rows[name], TEXTS[name]
        assert (row["text"], row["redactions"], row["quality_flags"]) == (None, [], [])
        assert (row["text_sha256"], row["n_chars"], row["n_words"]) == (sha256(read.encode()), len(read), len(read.split()))
        assert row["lang"] == ("de" if name == "q3" else None)
        assert row["modified"] == bool(row["merged_from"])


def test_digest_and_counts_of_withheld_rows_speak_of_the_text_as_read(built):
    withheld_rows_speak_of_the_text_as_read(rows_of(built[0]))


def test_digests_and_counts_of_published_rows_speak_of_the_published_text(built):
    for row in rows_of(built[0]).values():
        if row["text"] is not None:
            assert row["text_sha256"] == sha256(row["text"].encode())
            assert (row["n_chars"], row["n_words"]) == (len(row["text"]), len(row["text"].split()))


@pytest.mark.parametrize("kept", [("quality_flags",), ("redactions",), ("text_sha256", "n_chars", "n_words"), ("lang",)])
def test_a_column_that_tells_what_was_taken_out_is_caught(fresh, monkeypatch, kept):
    """A row that is withheld only in the exchange still has what was said of its published form, unless it is taken."""
    right = write_task.withholding
    monkeypatch.setattr(write_task, "withholding", lambda: {name: column for name, column in right().items() if name not in kept})
    careless(fresh)
    with pytest.raises(AssertionError):
        withheld_rows_speak_of_the_text_as_read(rows_of(fresh))


def those_who_hold_the_exports_fill_them_in(package, release, out):
    exports = sorted((package.root / "raw").glob("*/posts.jsonl"))
    done = api.hydrate(release, exports, out)
    assert (done.filled, done.left, done.findings) == (len(WITHHELD), 0, ())
    filled = pl.read_parquet(sorted(Path(done.path).glob("data/posts/**/*.parquet")))
    texts = {row["native_id"]: row["text"] for row in filled.to_dicts()}
    assert {name: texts[name] for name in WITHHELD} == {name: TEXTS[name] for name in WITHHELD}


def test_hydrating_still_proves_withheld_words(built, tmp_path):
    those_who_hold_the_exports_fill_them_in(*built[:1], built[1].path, tmp_path / "private")


def test_a_digest_of_redacted_words_cannot_be_hydrated(fresh, tmp_path, monkeypatch):
    right = columns.withholding
    for module in (columns, write_task):
        monkeypatch.setattr(module, "withholding", lambda: {name: column for name, column in right().items() if name != "text_sha256"})
    release = careless(fresh).path
    with pytest.raises(AssertionError):
        those_who_hold_the_exports_fill_them_in(fresh, release, tmp_path / "private")


def test_every_row_is_derived_again_to_the_last_column(built):
    package, made = built
    for row in package.table().to_dicts():
        found = api.trace(made.path, row["id"], root=package.root)
        assert (found.verdict, found.differing) == ("same", ()), row["id"]


def test_a_trace_sees_a_flag_that_no_record_explains(fresh, monkeypatch):
    right = words.measured

    def more(*given):
        return right(*given).with_columns(quality_flags=pl.lit(["emoji-heavy"], pl.List(pl.String)))

    with monkeypatch.context() as patch:
        patch.setattr(columns, "measured", more)
        release = careless(fresh).path
    assert api.trace(release, "talk:b", root=fresh.root).differing == ("quality_flags", "row_sha256")


# -- the same for any number of workers, and any names of sources --------------------------------------------------


def test_workers_change_no_byte(built, fresh, monkeypatch):
    monkeypatch.setattr("threadcommons.engine.local.LIGHT", 0)
    with Pool(2) as pool:
        again = build(fresh.root, pool=pool, render=render_all, verify=lambda _staged: [])
        assert pool.begun
    assert digests(again.path) == digests(built[1].path)


def without_names(package):
    """What was decided, apart from what is named after a source's folder."""
    named = ("source", "license_evidence", "row_sha256")
    return [package.table("posts").drop(named).sort("id").to_dicts(), package.table("ledger").drop("source").sort("id", "offset").to_dicts()]


def test_the_order_of_sources_changes_no_decision(built, tmp_path):
    other = package_at(tmp_path / "package", ("zulu", "lima", "alpha", "kilo"))
    other.build(workers=1)
    assert without_names(other) == without_names(built[0])


def test_a_decision_by_order_would_be_seen(built, tmp_path, monkeypatch):
    """The broken twin: who comes first in the plan stays, not who wrote first."""
    right = pl.DataFrame.sort

    def unsorted(self, *by, **how):
        return self if by == ("created_at", "id") else right(self, *by, **how)

    monkeypatch.setattr(pl.DataFrame, "sort", unsorted)
    other = package_at(tmp_path / "package", ("zulu", "lima", "alpha", "kilo"))
    careless(other)
    assert without_names(other) != without_names(built[0])


# -- language and rules --------------------------------------------------------------------------------------------


def languages_are_stated_or_told(rows):
    assert rows["b"]["lang"] == "fr", "what a source states holds"
    assert rows["f1"]["lang"] == "en"
    assert rows["short"]["lang"] == "und"
    assert rows["q1"]["lang"] is None


def test_languages_are_those_stated_or_else_told_from_published_words(built):
    languages_are_stated_or_told(rows_of(built[0]))


def test_a_language_that_is_always_guessed_is_caught(fresh, monkeypatch):
    right = words.quality.measures
    monkeypatch.setattr(words.quality, "measures", lambda *given: right(*given).with_columns(lang=pl.lit("en")))
    careless(fresh)
    with pytest.raises(AssertionError):
        languages_are_stated_or_told(rows_of(fresh))


def rules_hold_as_the_recipe_says(release, rows):
    """By default, by the recipe for all sources, by the recipe for one; `why` has measure and threshold."""
    assert not {"run", "f2"} & set(rows)
    run, loud = (api.why(release, name)[0] for name in ("run", "f2"))
    assert (run["fate"], run["code"], run["detail"]) == ("excluded", "quality.single-character", "run_share 1.0, threshold 0.9")
    assert (loud["fate"], loud["code"]) == ("excluded", "quality.mostly-upper-case")
    measure, _, threshold = loud["detail"].partition(", threshold ")
    assert measure.startswith("upper_share ")
    assert (float(measure.split()[1]), threshold) == (1.0, "0.8")
    assert "q4" in rows, "this source only wants it flagged"


def test_rules_exclude_and_a_recipe_overrides_them_for_one_source(built):
    rules_hold_as_the_recipe_says(built[1].path, rows_of(built[0]))


def test_a_recipe_that_is_read_for_no_source_in_particular_is_caught(fresh, monkeypatch):
    right = words._rules
    monkeypatch.setattr(words, "_rules", lambda table, _source: right(table, ""))
    release = careless(fresh).path
    with pytest.raises(AssertionError):
        rules_hold_as_the_recipe_says(release, rows_of(fresh))


def test_why_tells_the_measure_beside_the_threshold_of_each_flag(package):
    package.source("talk", [told("f2")])
    flags = api.why(package.build(workers=1).path, "f2")[0]["measured"]
    assert list(flags) == ["mostly-upper-case"]
    assert flags["mostly-upper-case"].endswith("(upper_share 1, above 0.7)")


def test_why_counts_what_was_taken_out_of_a_text_by_kind(package):
    words = "Write to ada@example.org or eve@example.org, or call +44 20 7946 0123."
    package.source("talk", [post("w1", words), post("w2", "Nothing to take out here.")])
    release = package.build(workers=1).path
    (touched,), (untouched,) = api.why(release, "w1"), api.why(release, "w2")
    assert touched["redacted"] == {"email": 2, "phone": 1}
    assert touched["modified"] is True
    assert not {"redacted", "redactions", "modified"} & set(untouched)


def test_beyond_the_end_of_exports_with_one_name_why_tells_the_size_of_each(package):
    package.source("long", [post("l1", "Two posts are longer."), post("l2", "So this one is longer.")])
    package.source("short", [post("s1", "One is not.")])
    sizes = {name: (package.root / f"raw/{name}/posts.jsonl").stat().st_size for name in ("long", "short")}
    with pytest.raises(NotFound) as told:
        api.why(package.build(workers=1).path, f"posts.jsonl:{sizes['long']}")
    assert told.value.hint == ", ".join(f"{name}/posts.jsonl has {size} bytes" for name, size in sizes.items())


def test_one_character_hundreds_of_times_is_left_out_whatever_its_title(package):
    package.source("talk", [post("a", "ha" * 9, title="A title"), post("b", "h" * 200, title="A title"), post("c", "h" * 199, title="A title")])
    release = package.build(workers=1).path
    assert [api.why(release, name)[0]["fate"] for name in ("a", "b", "c")] == ["row", "excluded", "row"]


@pytest.mark.parametrize(("phone", "same"), [("redact", "duplicate.exact"), ("flag", None)])
def test_posts_that_differ_in_a_number_are_the_same_once_it_is_taken_out(package, phone, same):
    words = "Please ring about the flat near the station on 020 7946 {} before the end of the week, thanks."
    package.source("talk", [post("a", words.format("0123")), post("b", words.format("0999"))])
    package.recipe("[limits]", f'[privacy]\nphone = "{phone}"\n[dedup]\nnear = "off"\n[limits]')
    assert api.why(package.build(workers=1).path, "b")[0].get("code") == same


def test_a_post_that_is_a_title_alone_stays_and_is_answered(package):
    root = {**post("root", ""), "title": "A tide clock", "links": ["https://example.org/clock"]}
    blank = {**post("blank", ""), "title": " \u2026 "}
    package.source("links", [root, blank, {**post("below", "It runs slow."), "kind": "reply", "parent": "root"}])
    package.build(workers=1)
    rows = rows_of(package)
    assert set(rows) == {"root", "below"}
    assert (rows["root"]["text"], rows["root"]["title"]) == ("", "A tide clock")
    assert rows["below"]["parent_state"] == "present"
