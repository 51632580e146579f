"""Judging contributions: what is found, where, and what is not."""

import shutil

import pytest

from threadcommons.contributions import check
from threadcommons.errors import BadUsage, NoPackage
from threadcommons.report import MOST, as_text


def codes(checked):
    return [finding.code for finding in checked.findings]


def places(checked):
    return [(finding.code, finding.place.line, finding.place.offset, finding.place.pointer) for finding in checked.findings]


def test_a_good_source_has_no_findings(package, bring, post, lines):
    bring("one", {"posts.jsonl": lines(post(native_id="a"), post(native_id="b"))})
    checked = check(package)
    assert checked.ok
    assert checked.findings == ()
    (count,) = checked.counts
    assert (count.records, count.posts, count.publishable, count.refused) == (2, 2, 2, {})
    assert count.accounted == count.bytes


def test_a_fault_has_its_line_byte_and_pointer(package, bring, post, lines):
    good = lines(post(native_id="a"))
    bring("one", {"posts.jsonl": good + b"\n\n" + good.replace(b'"a"', b'"b"') + lines(post(kind="gossip")) + b"[1]\n"})
    start = 2 * len(good) + 2
    bad = len(lines(post(kind="gossip")))
    assert places(check(package)) == [
        ("post.not-in-list", 5, start, "/kind"),
        ("record.not-object", 6, start + bad, ""),
    ]


def test_the_detail_says_what_would_be_right_and_not_what_was_said(package, bring, post, lines):
    bring("one", {"posts.jsonl": lines(post(markup="pigeon post", text="a secret word"))})
    (finding,) = check(package).findings
    assert "plain" in finding.detail
    assert "secret" not in finding.detail
    assert finding.todo


def test_every_byte_is_accounted_for_when_records_are_broken(package, bring, post, lines):
    bring("one", {"posts.jsonl": lines(post()) + b"{\n\x00\xff\xfe\n  \t\n" + lines(post(native_id="x")) + b"{tail"})
    (count,) = check(package).counts
    assert count.accounted == count.bytes
    assert count.records == count.posts + sum(count.refused.values())


def test_many_faults_are_counted_and_the_first_told(package, bring, lines):
    bring("one", {"posts.jsonl": lines(*[{"text": "x"}] * 250)})
    checked = check(package)
    assert codes(checked) == ["post.missing-key"] * MOST
    assert checked.findings[0].detail == f"250 in all, the first {MOST - 1} are listed"
    assert [finding.place.line for finding in checked.findings[1:]] == list(range(1, MOST))
    assert checked.counts[0].refused == {"post.missing-key": 250}
    assert "\n    and " not in as_text(checked.findings)


def test_as_many_as_a_report_tells_are_all_told(package, bring, lines):
    bring("one", {"posts.jsonl": lines(*[{"text": "x"}] * MOST)})
    assert [finding.place.line for finding in check(package).findings] == list(range(1, MOST + 1))


def test_conflicts_are_counted_in_the_same_way(package, bring, post, lines):
    bring("one", {"posts.jsonl": lines(*[post(native_id="a", text=f"Words {n}.") for n in range(101)])})
    found = check(package).findings
    assert (len(found), found[0].detail) == (MOST, f"100 in all, the first {MOST - 1} are listed")


def test_an_unknown_format_or_option_is_a_finding(package, bring, post, lines):
    bring("one", {"posts.jsonl": lines(post())}, format="papyrus")
    bring("two", {"posts.jsonl": lines(post())}, reader={"notices": [1]})
    assert [(finding.place.source, finding.code, finding.place.pointer) for finding in check(package).findings] == [
        ("one", "source.unknown-format", "/format"),
        ("two", "source.bad-option", "/reader/notices"),
    ]


# -- repeated ids ---------------------------------------------------------------------------------


def test_the_same_id_with_other_words_is_a_conflict(package, bring, post, lines):
    first = lines(post(native_id="a"))
    bring("one", {"posts.jsonl": first + lines(post(native_id="a", text="Other words."))})
    checked = check(package)
    assert places(checked) == [("id.conflict", 2, len(first), "/native_id")]
    assert checked.findings[0].detail == "another post with this id stands in raw/one/posts.jsonl at byte 0"
    assert (checked.counts[0].posts, checked.counts[0].refused) == (1, {"id.conflict": 1})


def test_the_conflict_may_be_with_another_source(package, bring, post, lines):
    bring("one", {"posts.jsonl": lines(post(native_id="a"))})
    bring("two", {"posts.jsonl": lines(post(native_id="b"), post(native_id="a", lang="de"))})
    assert [(finding.place.source, finding.place.line, finding.code) for finding in check(package).findings] == [
        ("two", 2, "id.conflict")
    ]


def test_the_same_post_again_is_no_conflict(package, bring, post, lines):
    bring("one", {"posts.jsonl": lines(post(native_id="a"), post(native_id="a"))})
    bring("two", {"posts.jsonl": lines(post(native_id="a"))})
    assert check(package).findings == ()


def test_ids_of_different_platforms_have_nothing_to_do_with_each_other(package, bring, post, lines):
    bring("one", {"posts.jsonl": lines(post(native_id="a"))})
    bring("two", {"posts.jsonl": lines(post(native_id="a", text="Other words."))}, platform="elsewhere")
    assert check(package).findings == ()


def test_not_even_where_each_platform_repeats_its_own(package, bring, post, lines):
    """Then all four are looked at closely."""
    mine, theirs = post(native_id="a"), post(native_id="a", text="Other words.")
    bring("one", {"posts.jsonl": lines(mine, mine)})
    bring("two", {"posts.jsonl": lines(theirs, theirs)}, platform="elsewhere")
    assert check(package).findings == ()


def test_conflicts_are_found_across_batches(package, bring, post, lines):
    from threadcommons.sources.base import BATCH_RECORDS

    many = lines(*[post(native_id=f"n{number}") for number in range(BATCH_RECORDS + 5)])
    bring("one", {"posts.jsonl": many + lines(post(native_id="n3", text="Other words."))})
    assert places(check(package)) == [("id.conflict", BATCH_RECORDS + 6, len(many), "/native_id")]


# -- licences -------------------------------------------------------------------------------------


def test_a_licence_nobody_knows_is_told_once_with_its_count(package, bring, post, lines):
    bring("one", {"posts.jsonl": lines(post(), *[post(native_id=f"n{n}", license="CC-BY-99.0") for n in range(3)])})
    checked = check(package)
    assert [(found.code, found.place.line, found.detail) for found in checked.findings] == [
        ("license.unknown-id", 2, "3 posts, first record: CC-BY-99.0")
    ]
    assert not checked.ok
    assert checked.counts[0].publishable == 1


def test_a_class_that_the_recipe_holds_back_is_not_publishable(package, bring, post, lines):
    bring("one", {"posts.jsonl": lines(post(license="CC-BY-NC-4.0"), post(native_id="b", license="CC-BY-SA-4.0"))})
    checked = check(package)
    assert (checked.counts[0].posts, checked.counts[0].publishable) == (2, 1)


def test_no_declared_licence_is_needed_where_every_post_has_its_own(package, bring, post, lines):
    bring("one", {"posts.jsonl": lines(post(license="CC0-1.0"))}, license=None)
    assert codes(check(package)) == []
    bring("two", {"posts.jsonl": lines(post(license="CC0-1.0"), post(native_id="b"))}, license=None)
    assert codes(check(package)) == ["source.no-license"]


def test_no_declared_licence_is_needed_where_the_platform_gives_one(package, bring):
    row = '<row Id="{}" PostTypeId="1" Body="&lt;p&gt;x&lt;/p&gt;" CreationDate="2020-01-0{}T00:00:00.000" OwnerDisplayName="a"{} />'
    dump = "<posts>\n" + row.format(1, 1, "") + "\n" + row.format(2, 2, ' ContentLicense="CC BY-SA 4.0"') + "\n</posts>\n"
    bring("one", {"Posts.xml": dump.encode()}, license=None, format="stackexchange", platform="stackexchange", reader={"site": "x.example.org"})
    checked = check(package)
    assert "source.no-license" not in codes(checked)
    assert (checked.counts[0].posts, checked.counts[0].publishable) == (2, 2)


def test_a_declaration_without_evidence_is_an_error_and_publishes_nothing(package, bring, post, lines):
    bring("one", {"posts.jsonl": lines(post())}, license={"declared": "CC0-1.0"})
    checked = check(package)
    assert codes(checked) == ["evidence.missing"]
    assert checked.counts[0].publishable == 0


def test_where_only_pointers_are_there_nothing_is_publishable(package, bring):
    bring("one", {})
    folder = package / "raw/one"
    (folder / "t.txt.pointers.jsonl").write_text('{"offset": 0, "length": 2, "what": "post", "text_sha256": "%s", "kind": "post", "n_chars": 2, "n_words": 1}\n' % ("0" * 64))
    text = (folder / "source.toml").read_text().replace("# [[export]]", '[[export]]\nfile = "t.txt"\nstored = false\nbytes = 2\nsha256 = "' + "0" * 64 + '"')
    (folder / "source.toml").write_text(text.replace('format = "jsonl"', 'format = "thread-text"').replace("export = []\n", ""))
    checked = check(package)
    assert checked.ok, checked.findings
    assert (checked.counts[0].posts, checked.counts[0].publishable) == (1, 0)


# -- which sources --------------------------------------------------------------------------------


def test_one_source_is_named_by_its_folder_its_file_or_its_name(package, bring, post, lines, monkeypatch):
    bring("one", {"posts.jsonl": lines(post())})
    bring("two", {"posts.jsonl": b"{\n"})
    monkeypatch.chdir(package)
    for path in ("raw/one", "raw/one/posts.jsonl", "one", package / "raw" / "one"):
        checked = check(package, [type(package)(path)])
        assert checked.sources == ("one",)
        assert checked.findings == ()
    assert codes(check(package, [package / "raw/two"])) == ["record.truncated"]


@pytest.mark.parametrize("path", ["nothing", "raw", "build/recipe.toml", "..", "/", "raw/../build", "raw/README.md"])
def test_a_path_that_is_no_source_is_refused(package, monkeypatch, path):
    monkeypatch.chdir(package)
    with pytest.raises(BadUsage):
        check(package, [type(package)(path)])


def test_a_source_that_the_recipe_excludes_is_left_alone_unless_named(package, bring):
    bring("bad", {"posts.jsonl": b"{\n"})
    recipe = package / "build/recipe.toml"
    recipe.write_text(recipe.read_text() + '\n[sources]\nexclude = ["bad"]\n')
    assert check(package).sources == ()
    assert check(package, [package / "raw/bad"]).sources == ("bad",)


def test_a_folder_without_a_recipe_is_no_package(tmp_path):
    with pytest.raises(NoPackage):
        check(tmp_path)


def test_nothing_is_written(package, bring, post, lines, tree):
    bring("one", {"posts.jsonl": lines(post()) + b"{"})
    before = tree(package)
    check(package)
    assert tree(package) == before


# -- pointers beside an export that is there ------------------------------------------------------


def test_pointers_that_do_not_fit_the_bytes_are_found(package, bring):
    text = b"A post.\n\nAnother one.\n"
    pointer = '{"offset": %d, "length": %d, "what": "post", "text_sha256": "%s", "kind": "post", "n_chars": 2, "n_words": 1}\n'
    folder = bring("one", {"t.txt": text}, format="thread-text")
    beside = folder / "t.txt.pointers.jsonl"
    beside.write_text(pointer % (0, 7, "0" * 64) + pointer % (3, 4, "0" * 64) + "nonsense\n")
    assert codes(check(package)) == ["pointer.digest-differs", "pointer.overlap", "pointer.syntax"]
    shutil.rmtree(folder)
