"""Why a licence is believed: the evidence table, the statements behind it, and what happens when one goes missing."""

import shutil

import polars as pl
import pytest

from threadcommons import api
from threadcommons.build import facts, tables
from threadcommons.digest import sha256
from threadcommons.errors import BadRelease, BadSources
from threadcommons.release import captured

from .licensed import Package, post

TERMS = b"Whoever writes here agrees that it may be passed on under CC BY 4.0.\n"
WORD = b"I waive all rights in what I wrote.\n"


def statement(kind, name="terms.txt", words=TERMS, **more):
    return {"id": name.partition(".")[0], "kind": kind, "who": "the place", "file": f"evidence/{name}", "sha256": sha256(words), **more}


@pytest.fixture
def package(tmp_path):
    return filled(Package(tmp_path / "package"))


def filled(made):
    """Every way in which a licence can be known: records, a platform's rule, a declaration, an author's statement."""
    made.source("board", [post("r", "CC-BY-SA-4.0")], signed_off_by=None, attests=None)
    made.source("stackexchange", [post("s", None, created_at="2015-06-01T00:00:00Z"), post("f", "CC BY-SA 4.0")])
    terms = statement("source-declaration", url="https://example.org/terms", captured_at="2026-01-01T00:00:00Z")
    made.source("forum", [post("d", None)], evidence={"terms.txt": TERMS}, license={"declared": "CC-BY-4.0", "evidence": [terms]})
    word = statement("author-statement", "word.txt", WORD, license="CC0-1.0", authors=["Author ann"])
    made.source("x", [post("ann", None), post("ben", None)], evidence={"word.txt": WORD}, license={"evidence": [word]})
    return made


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """The same after a build; nobody touches it."""
    made = filled(Package(tmp_path_factory.mktemp("evidence") / "package"))
    made.build()
    return made


@pytest.fixture
def built(package, once):
    """The same after a build, to be changed."""
    shutil.copytree(once.root, package.root, dirs_exist_ok=True)
    return package


def test_each_row_names_evidence_and_the_table_says_who_where_and_under_which_rule(once):
    package, rows = once, once.rows()
    named = {id_: (row["license"], row["license_basis"], row["license_evidence"]) for id_, row in rows.items()}
    assert named == {
        "r": ("CC-BY-SA-4.0", "record", "board/record-field"),
        "s": ("CC-BY-SA-3.0", "platform", "rule/stackexchange.date-3.0@1"),
        "f": ("CC-BY-SA-4.0", "record", "stackexchange/record-field"),
        "d": ("CC-BY-4.0", "source", "forum/terms"),
        "ann": ("CC0-1.0", "author", "x/word"),
        "ben": ("LicenseRef-platform-terms-only", "platform", "rule/x.refusal@1"),
    }
    table = {entry["id"]: entry for entry in package.table("evidence").to_dicts()}
    assert {row["license_evidence"] for row in rows.values()} <= set(table)
    assert {entry["kind"] for entry in table.values()} == {
        "record-field", "platform-rule", "source-declaration", "author-statement", "sign-off",
    }  # fmt: skip
    assert set(table) - {row["license_evidence"] for row in rows.values()} == {"stackexchange/sign-off", "forum/sign-off", "x/sign-off"}
    terms = table["forum/terms"]
    assert (terms["who"], terms["license"], terms["file"], terms["sha256"]) == ("the place", "CC-BY-4.0", "evidence/terms.txt", sha256(TERMS))
    assert (terms["url"], terms["captured_at"].isoformat()) == ("https://example.org/terms", "2026-01-01T00:00:00+00:00")
    assert table["stackexchange/record-field"]["rule"] == "stackexchange.field@1"
    ruled = table["rule/stackexchange.date-3.0@1"]
    assert (ruled["rule"], ruled["confidence"], ruled["source"]) == ("stackexchange.date-3.0@1", "inferred", None)
    assert ruled["url"].startswith("https://")
    assert table["forum/sign-off"]["note"] == "I made these posts up and may offer them."


def test_the_manifest_lists_the_captured_statements(once):
    listed = api.manifest(once.release)["evidence_files"]
    assert [(entry["source"], entry["file"], entry["bytes"]) for entry in listed] == [
        ("forum", "evidence/terms.txt", len(TERMS)),
        ("x", "evidence/word.txt", len(WORD)),
    ]


# -- statements of authors -----------------------------------------------------------------------------------------


def test_a_statement_covers_the_posts_of_those_whom_it_names_and_of_nobody_else(once):
    rows = once.rows()
    assert (rows["ann"]["release"], rows["ben"]["release"]) == ("published", "withheld")


AUTHORS = {
    "all": (["*"], "ann anon ben eve"),
    "address": (["https://example.org/~ben"], "ben"),
    "id": (["id-of-eve"], "eve"),
    "part": (["Author"], ""),
    "case": (["author ann"], ""),
    "several": (["Author ann", "Eve", "Nobody"], "ann eve"),
}


def test_authors_are_known_by_name_id_or_address_exactly(tmp_path):
    package = Package(tmp_path / "package")
    own = [post("ann", None), post("ben", None), post("eve", None, author={"name": "Eve", "id": "id-of-eve"})]
    for source, (authors, _) in AUTHORS.items():
        word = statement("author-statement", "word.txt", WORD, license="CC0-1.0", authors=authors)
        posts = [*own, post("anon", None, author=None)]
        package.source(source, posts, evidence={"word.txt": WORD}, license={"evidence": [word]})
    package.build()
    published = package.table().filter(pl.col("release") == "published").sort("native_id")
    found = {source: " ".join(published.filter(pl.col("source") == source)["native_id"]) for source in AUTHORS}
    assert found == {source: wanted for source, (_, wanted) in AUTHORS.items()}


def test_a_statement_that_names_nobody_covers_nobody_and_is_refused(package):
    word = statement("author-statement", "word.txt", WORD, license="CC0-1.0")
    package.source("x", [post("ann", None)], evidence={"word.txt": WORD}, license={"evidence": [word]})
    assert ("evidence.covers-nobody", "the place") in package.check()
    with pytest.raises(BadSources, match=r"evidence\.covers-nobody"):
        package.build()


def test_nobody_licenses_what_they_only_passed_on(package):
    word = statement("author-statement", "word.txt", WORD, license="CC0-1.0", authors=["*"])
    posts = [post("own", None), post("boost", None, kind="repost")]
    package.source("x", posts, evidence={"word.txt": WORD}, license={"evidence": [word]})
    package.build()
    rows = package.rows()
    assert (rows["own"]["release"], rows["boost"]["release"]) == ("published", "withheld")


def test_the_statement_of_one_author_does_not_loosen_what_the_source_declares(package):
    evidence = [
        statement("source-declaration"),
        statement("author-statement", "word.txt", WORD, license="CC0-1.0", authors=["Author dora"]),
    ]
    files = {"terms.txt": TERMS, "word.txt": WORD}
    package.source("forum", [post("dora", None), post("emil", None)], evidence=files, license={"declared": "CC-BY-4.0", "evidence": evidence})
    package.build()
    rows = package.rows()
    assert (rows["dora"]["license"], rows["emil"]["license"]) == ("CC-BY-4.0", "CC-BY-4.0")
    assert "license.conflict" in package.codes()


def test_two_statements_of_one_author_both_hold(package):
    evidence = [
        statement("author-statement", "word.txt", WORD, license="CC-BY-4.0", authors=["Author ann"]),
        {**statement("author-statement", "later.txt", TERMS, license="CC-BY-SA-4.0", authors=["*"]), "who": "ann"},
    ]
    files = {"word.txt": WORD, "later.txt": TERMS}
    package.source("x", [post("ann", None), post("ben", None)], evidence=files, license={"evidence": evidence})
    package.build()
    rows = package.rows()
    assert (rows["ann"]["license"], rows["ann"]["license_evidence"]) == ("CC-BY-4.0 AND CC-BY-SA-4.0", "x/word")
    assert (rows["ben"]["license"], rows["ben"]["license_evidence"]) == ("CC-BY-SA-4.0", "x/later")


# -- evidence that does not support what is declared ---------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sign-off", None])
def test_a_sign_off_alone_supports_no_licence(package, kind):
    evidence = [{"id": "me", "kind": kind, "who": "a contributor"}] if kind else []
    package.source("forum", [post("d", None)], evidence={}, license={"declared": "CC0-1.0", "evidence": evidence})
    shutil.rmtree(package.root / "raw/forum/evidence")
    assert ("evidence.missing", "CC0-1.0") in package.check()
    with pytest.raises(BadSources, match=r"evidence\.missing"):
        package.build()


#: Source -> what is declared, what its evidence supports, and what holds.
SUPPORTED = {
    "stricter": ("CC0-1.0", "CC-BY-4.0", "CC-BY-4.0"),
    "not-for-sale": ("CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-NC-4.0"),
    "apart": ("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0", "NOASSERTION"),
    "prose": ("CC0-1.0", "ask the owner", "NOASSERTION"),
    "database": ("BSD-3-Clause", "ODbL-1.0 AND LicenseRef-DbCL-1.0", "NOASSERTION"),
    "looser": ("CC-BY-4.0", "CC0-1.0", "CC-BY-4.0"),
}


def test_evidence_for_another_licence_makes_a_declaration_stricter_and_never_looser(tmp_path):
    package = Package(tmp_path / "package")
    for source, (declared, supported, _) in SUPPORTED.items():
        terms = statement("source-declaration", license=supported)
        license_ = {"declared": declared, "evidence": [terms]}
        package.source(source, [post(source, None)], evidence={"terms.txt": TERMS}, license=license_)
    package.build()
    assert {id_: row["license"] for id_, row in package.rows().items()} == {source: case[2] for source, case in SUPPORTED.items()}
    findings = api.check(root=package.root).findings
    told = {finding.place.source for finding in findings if finding.code == "evidence.other-licence"}
    assert told == {source for source, (declared, _, holds) in SUPPORTED.items() if holds != declared}


def test_a_declaration_that_nothing_supports_still_narrows_and_its_row_names_evidence(package):
    word = statement("author-statement", "word.txt", WORD, authors=["Author ann"])
    package.source(
        "forum", [post("emil", "CC0-1.0")], evidence={"word.txt": WORD}, license={"declared": "CC-BY-4.0", "evidence": [word]}
    )
    (package.root / "raw/forum/evidence/terms.txt").unlink()
    package.build()
    row = package.rows()["emil"]
    assert (row["license"], row["license_basis"], row["license_evidence"]) == ("CC-BY-4.0", "source", "forum/declared-alone")
    assert "forum/declared-alone" in package.table("evidence")["id"].to_list()


@pytest.mark.parametrize("id_", ["record-field", "sign-off", "declared-alone", "terms"])
def test_evidence_has_an_id_of_its_own(package, id_):
    entries = [statement("source-declaration"), {"id": id_, "kind": "sign-off", "who": "somebody"}]
    package.source("forum", [post("d", None)], evidence={"terms.txt": TERMS}, license={"declared": "CC-BY-4.0", "evidence": entries})
    assert ("evidence.id-twice", id_) in package.check()


# -- statements that change or go missing --------------------------------------------------------------------------


def removed(path):
    path.unlink()


def changed(path):
    path.write_bytes(TERMS.replace(b"BY", b"XY"))


def linked(path):
    path.rename(path.with_name("elsewhere.txt"))
    path.symlink_to("elsewhere.txt")


@pytest.mark.parametrize(("harm", "code"), [(removed, "file-missing"), (changed, "file-changed"), (linked, "file-missing")])
def test_a_dropped_or_changed_evidence_file_fails_check_build_and_verify(built, harm, code):
    package, release = built, built.release
    assert api.verify(release) == []
    harm(package.root / "raw/forum/evidence/terms.txt")
    assert f"evidence.{code}" in package.codes()
    assert not api.check(root=package.root).ok
    with pytest.raises(BadSources, match=rf"evidence\.{code}"):
        package.build(version="1.0.1")
    (found,) = api.verify(release)
    assert (found.code, found.place.source, found.place.file) == (f"evidence.{code}", "forum", "evidence/terms.txt")


def test_a_file_that_nothing_refers_to_is_a_finding(package):
    (package.root / "raw/forum/evidence/more.txt").write_bytes(b"more")
    assert "evidence.file-undeclared" in package.codes()


def test_a_release_elsewhere_is_held_against_the_package_that_is_named(built, tmp_path):
    away = shutil.copytree(built.release, tmp_path / "away")
    changed(built.root / "raw/forum/evidence/terms.txt")
    assert api.verify(away) == []
    assert [finding.code for finding in api.verify(away, root=built.root)] == ["evidence.file-changed"]


def test_a_release_that_lies_in_another_package_is_not_held_against_it(once, tmp_path):
    other = Package(tmp_path / "other")
    text = (other.root / "build/recipe.toml").read_text()
    (other.root / "build/recipe.toml").write_text(text.replace('name = "licensed"', 'name = "another"'))
    assert api.verify(shutil.copytree(once.release, other.root / "downloads/1.0.0")) == []


@pytest.mark.parametrize("file", ["../../build/recipe.toml", "evidence/../source.toml", "/etc/hostname", "evidence/a\nb"])
def test_a_forged_manifest_leads_to_no_other_file(package, file):
    forged = {"evidence_files": [{"source": "forum", "file": file, "sha256": "0" * 64, "bytes": 1}]}
    (found,) = captured.captured_faults(forged, package.root)
    assert (found.code, found.detail) == ("evidence.file-missing", f"a file with sha256 {'0' * 64} was here")


# -- broken twins --------------------------------------------------------------------------------------------------


def test_a_release_whose_rows_name_evidence_that_is_not_there_is_never_committed(package, monkeypatch):
    """The broken twin: an evidence table without what the rows refer to."""
    whole = tables.evidence_of
    monkeypatch.setattr(
        tables, "evidence_of", lambda *given: [entry for entry in whole(*given) if entry["kind"] != "platform-rule"]
    )
    with pytest.raises(BadRelease, match="name evidence that is not in the table"):
        package.build()
    assert not package.release.exists()


def test_a_release_without_a_captured_statement_in_its_manifest_is_never_committed(package, monkeypatch):
    monkeypatch.setattr(facts, "_evidence_files", lambda _plan: [])
    with pytest.raises(BadRelease, match="captured statements differ"):
        package.build()
