"""Bad words about licences, brought as real sources: each gets a finding that says what to write, and nothing gets loose.

All cases stand in one package, a source each; it is checked once and built once.
"""

import sys

import pytest

from threadcommons import api, licensing
from threadcommons.digest import sha256
from threadcommons.errors import BadSources
from threadcommons.findings import codes
from threadcommons.licensing import license_class, not_looser

from .licensed import EVERY, Package, post

TERMS = b"What is written here may be passed on, as the terms of this place say.\n"
SAID = {"id": "terms", "kind": "source-declaration", "who": "the place"}
BY_TERMS = {"evidence": [{**SAID, "file": "evidence/terms.txt", "sha256": sha256(TERMS)}]}

#: Source -> what its record states, more keys of the post, keys of source.toml; the code, the licence, and the release.
CASES = {
    "unknown-id": ("CC-BY-9.9", {}, {}, "license.unknown-id", "NOASSERTION", "withheld"),
    "unknown-reference": ("LicenseRef-mine", {}, {}, "license.unknown-id", "NOASSERTION", "withheld"),
    "not-listed": ("AAL", {}, {}, "license.not-listed", "NOASSERTION", "withheld"),
    "deprecated-id": ("GPL-3.0", {}, {}, "license.deprecated-id", "GPL-3.0-only", "published"),
    "other-spelling": ("cc by-sa 4.0", {}, {}, "license.other-spelling", "CC-BY-SA-4.0", "published"),
    "free-prose": ("All rights reserved; ask me first.", {}, {}, "license.not-an-expression", "NOASSERTION", "withheld"),
    "more-prose": ("please ask me before you copy this", {}, {}, "license.unknown-id", "NOASSERTION", "withheld"),
    "one-word": ("Unspecified", {}, {}, "license.unknown-id", "NOASSERTION", "withheld"),
    "no-version": ("CC BY-SA", {}, {}, "license.no-version", "NOASSERTION", "withheld"),
    "none": ("NONE", {}, {}, "license.missing", "NONE", "withheld"),
    "none-among-others": ("MIT AND NONE", {}, {}, "license.value-in-expression", "NOASSERTION", "withheld"),
    "exception": ("GPL-2.0-only WITH Whatever", {}, {}, "license.unknown-exception", "NOASSERTION", "withheld"),
    "no-text": ("GPL-2.0-only WITH Classpath-exception-2.0", {}, {}, "license.text-missing", "GPL-2.0-only WITH Classpath-exception-2.0", "published"),
    "database": ("ODbL-1.0", {}, {}, "license.contents-not-covered", "ODbL-1.0", "withheld"),
    "offer": ("CC-BY-NC-4.0 OR CC-BY-4.0", {}, {}, "license.choice-not-stated", "CC-BY-4.0 OR CC-BY-NC-4.0", "withheld"),
    "by-sa-2-address": ("https://creativecommons.org/licenses/by-sa/2.0/", {}, {}, "license.other-spelling", "CC-BY-SA-2.0", "published"),
    "by-sa-2-plain": ("http://creativecommons.org/licenses/by-sa/2.0", {}, {}, "license.other-spelling", "CC-BY-SA-2.0", "published"),
    "by-sa-2-deed": ("https://www.creativecommons.org/licenses/by-sa/2.0/deed.de", {}, {}, "license.other-spelling", "CC-BY-SA-2.0", "published"),
    "by-sa-2-code": ("creativecommons.org/licenses/by-sa/2.0/legalcode", {}, {}, "license.other-spelling", "CC-BY-SA-2.0", "published"),
    "by-sa-2-part": ("licenses/by-sa/2.0", {}, {}, "license.not-an-expression", "NOASSERTION", "withheld"),
    "by-sa-9-address": ("https://creativecommons.org/licenses/by-sa/9.0/", {}, {}, "license.unknown-id", "NOASSERTION", "withheld"),
    "too-young": ("CC-BY-4.0", {"created_at": "2005-03-01T00:00:00Z"}, {}, "license.later-than-post", "CC-BY-4.0", "published"),
    "conflict": ("CC0-1.0", {}, {"license": {"declared": "CC-BY-4.0", **BY_TERMS}}, "license.conflict", "CC-BY-4.0", "published"),
    "conflict-strict": ("CC-BY-4.0", {}, {"license": {"declared": "CC0-1.0", **BY_TERMS}}, None, "CC-BY-4.0", "published"),
    "conflict-share-alike": (
        "CC-BY-SA-4.0", {}, {"license": {"declared": "CC-BY-NC-4.0", **BY_TERMS}}, "license.conflict-unresolved", "NOASSERTION", "withheld",
    ),
    "conflict-unknown": (
        "CC0-1.0", {}, {"license": {"declared": "as you like", **BY_TERMS}}, "license.unknown-id", "NOASSERTION", "withheld",
    ),
    "declared-database": (
        None, {}, {"license": {"declared": "CC0-1.0", "scope": "database", **BY_TERMS}}, "license.database-declaration", "NOASSERTION", "withheld",
    ),
    "claimed": (None, {}, {"license": {"declared": "CC0-1.0", "evidence": [SAID]}}, "evidence.nothing-to-read", "NOASSERTION", "withheld"),
    "linked": (
        None, {}, {"license": {"declared": "CC0-1.0", "evidence": [{**SAID, "url": "https://example.org/terms"}]}},
        "evidence.not-captured", "CC0-1.0", "published",
    ),
    "claimed-by-author": (
        None, {}, {"license": {"evidence": [{**SAID, "kind": "author-statement", "license": "CC0-1.0", "authors": ["*"]}]}},
        "evidence.nothing-to-read", "NOASSERTION", "withheld",
    ),
    "stackexchange": (None, {}, {}, "license.no-rule-for-date", "NOASSERTION", "withheld"),
    "reddit": ("CC0-1.0", {}, {}, "license.not-for-platform", "LicenseRef-platform-terms-only", "withheld"),
    "hackernews": (None, {}, {}, "license.platform-refuses", "LicenseRef-platform-terms-only", "withheld"),
    "noncommercial": ("CC-BY-NC-4.0", {}, {}, "license.class-not-published", "CC-BY-NC-4.0", "withheld"),
    "wish": ("CC0-1.0", {"wishes": ["noai"]}, {}, "wish.honoured", "CC0-1.0", "withheld"),
    "wish-of-source": ("CC0-1.0", {}, {"wishes": ["no-archive-please"]}, "wish.unknown", "CC0-1.0", "withheld"),
    "no-creator": ("CC-BY-4.0", {"author": None}, {}, "credit.no-creator", "CC-BY-4.0", "published"),
    "no-address": ("CC-BY-4.0", {"url": None}, {}, "credit.no-source-link", "CC-BY-4.0", "published"),
    "no-title": ("CC-BY-SA-4.0", {"title": None}, {}, "credit.no-title", "CC-BY-SA-4.0", "published"),
    "unsigned": ("CC0-1.0", {}, {"signed_off_by": None, "attests": None}, "source.unsigned", "CC0-1.0", "published"),
    "sound": ("CC-BY-4.0", {}, {}, None, "CC-BY-4.0", "published"),
}  # fmt: skip


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """Findings by source, and rows by source: checked and built once."""
    package = Package(tmp_path_factory.mktemp("bad") / "package")
    for source, (stated, more, keys, *_) in CASES.items():
        captured = {"terms.txt": TERMS} if "evidence/terms.txt" in str(keys) else {}
        package.source(source, [post(source, stated, **more)], evidence=captured, **keys)
    findings = {source: [] for source in CASES}
    for finding in api.check(root=package.root).findings:
        findings[finding.place.source].append(finding)
    manifest = package.build().manifest
    return findings, package.rows(), manifest


@pytest.mark.parametrize("source", CASES)
def test_a_finding_says_what_is_wrong_where_and_what_to_write(judged, source):
    findings, _, _ = judged
    wanted = CASES[source][3]
    told = [finding for finding in findings[source] if finding.code != "source.no-license"]
    assert (wanted in {finding.code for finding in told}) if wanted else told == []
    for finding in told:
        assert finding.place.file in ("posts.jsonl", "source.toml")
        assert finding.place.file == "source.toml" or (finding.place.line, finding.place.offset) == (1, 0)
        assert finding.todo.endswith(".")


@pytest.mark.parametrize("source", CASES)
def test_nothing_becomes_permissive_by_accident(judged, source):
    _, rows, _ = judged
    stated, _, keys, _, license_, release = CASES[source]
    row = rows[source]
    assert (row["license"], row["release"]) == (license_, release)
    assert (row["text"] is None) == (release == "withheld")
    declared = keys.get("license", {}).get("declared")
    for said in (stated, declared):
        if said is not None and license_class(said) != "unknown" and source != "declared-database":
            assert not_looser(row["license"], said)


#: Codes of single posts whose cause is told once, of their source as a whole.
SAID_OF_THE_SOURCE = {"license.missing", "license.source-without-evidence"}


def test_what_keeps_a_text_back_stands_in_the_ledger_under_the_same_code(judged):
    findings, _, manifest = judged
    withheld = [source for source, case in CASES.items() if case[5] == "withheld"]
    assert manifest["counts"]["withheld"] == len(withheld) == sum(manifest["codes"].values())
    assert set(manifest["codes"]) <= {finding.code for source in withheld for finding in findings[source]} | SAID_OF_THE_SOURCE


def test_credits_that_lack_something_are_counted_in_the_release(judged):
    _, _, manifest = judged
    lacking = {code: count for code, count in manifest["warnings"].items() if code.startswith("credit.")}
    assert lacking == {"credit.no-title": 1, "credit.no-creator": 1, "credit.no-creator-link": 1, "credit.no-source-link": 1}


def test_every_code_of_the_licensing_floor_is_explained_in_the_one_table():
    groups = {name.partition(".")[0] for name in codes()}
    assert {"license", "wish", "rules", "closure", "credit", "evidence"} <= groups


def test_many_posts_with_one_problem_are_one_finding_with_their_number(tmp_path):
    package = Package(tmp_path / "package")
    package.source("talk", [post("ok"), *[post(f"p{number}", "CC-BY-9.9") for number in range(250)]])
    (found,) = [finding for finding in api.check(root=package.root).findings if finding.code == "license.unknown-id"]
    assert (found.place.line, found.detail) == (2, "250 posts, first record: CC-BY-9.9")


def test_a_record_with_two_licences_is_quarantined(tmp_path):
    package = Package(tmp_path / "package")
    folder = package.source("talk", [post("a")])
    data = (folder / "posts.jsonl").read_bytes()
    twice = data + data.replace(b'"license": "CC0-1.0"', b'"license": "CC-BY-NC-4.0", "license": "CC0-1.0"').replace(b'"a"', b'"b"')
    package.source("talk", [])
    (folder / "posts.jsonl").write_bytes(twice)
    text = (folder / "source.toml").read_text()
    (folder / "source.toml").write_text(text.replace(sha256(b""), sha256(twice)).replace("bytes = 0", f"bytes = {len(twice)}"))
    assert "record.duplicate-key" in package.codes()
    package.build()
    assert list(package.rows()) == ["a"]


def test_a_card_with_two_licences_is_a_finding(tmp_path):
    package = Package(tmp_path / "package")
    package.source("talk", [post("a", "CC-BY-SA-4.0")])
    package.build()
    api.card(root=package.root)
    card = package.root / "dataset_card.md"
    assert package.check() == []
    assert '\nlicense: "cc-by-sa-4.0"\n' in card.read_text()
    card.write_text(card.read_text().replace("\nlicense: ", '\nlicense: "cc0-1.0"\nlicense: ', 1))
    ((code, detail),) = package.check()
    assert code == "card.front-matter"
    assert "a key stands twice" in detail
    assert {finding.code for finding in api.card(root=package.root, check=True).findings} == {"card.front-matter", "card.differs"}
    assert not api.check(root=package.root).ok


@pytest.mark.parametrize(("license_", "code"), [("CC BY-SA", "license.no-version"), ("as you like", "license.unknown-id"), ("NONE", "license.missing")])
def test_annotations_under_a_licence_that_nobody_knows_are_not_built(tmp_path, license_, code):
    package = Package(tmp_path / "package")
    package.source("talk", [post("a")], annotations={"license": license_, "by": "us"})
    (found,) = [finding for finding in api.check(root=package.root).findings if finding.code == code]
    assert (found.place.file, found.place.pointer, found.detail) == ("source.toml", "/annotations/license", license_)
    with pytest.raises(BadSources, match=rf"raw/talk/source\.toml: {code}"):
        package.build()
    assert not package.release.exists()


def test_annotations_bring_the_text_of_their_licence_and_who_wrote_them(tmp_path):
    package = Package(tmp_path / "package")
    package.source("talk", [post("a"), post("b", None)], annotations={"license": "CC BY-SA 4.0", "by": "Those who labelled"})
    release = package.build().path
    assert sorted(path.name for path in (release / "LICENSES").iterdir()) == ["CC-BY-SA-4.0.txt", "CC0-1.0.txt"]
    assert "* talk: Those who labelled, under [CC\\-BY\\-SA\\-4\\.0]" in (release / "NOTICE.md").read_text()
    assert api.verify(release) == []


def test_an_offer_that_the_recipe_publishes_in_part_is_still_judged_by_its_strictest_reading(tmp_path):
    package = Package(tmp_path / "package")
    package.recipe(("permissive",))
    package.source("talk", [post("a", "CC-BY-4.0 OR CC-BY-NC-4.0"), post("b", "CC-BY-4.0")])
    package.build()
    assert package.rows()["a"]["release"] == "withheld"
    package.recipe(EVERY)
    assert package.build(version="1.0.1").manifest["counts"]["published"] == 2


def test_a_build_with_a_permissive_default_is_caught(tmp_path, monkeypatch):
    """The broken twin: whatever is not understood counts as public domain."""

    def stays_back(folder):
        package = Package(folder)
        package.source("talk", [post("a", "All rights reserved; ask me first."), post("b", "CC BY-SA"), post("c", None)])
        package.build()
        assert {row["release"] for row in package.rows().values()} == {"withheld"}

    stays_back(tmp_path / "ours")
    understood = licensing.chosen

    def permissive(text, choices):
        found = understood(text, choices)
        return found if found.valid else licensing.parse("CC0-1.0")

    monkeypatch.setattr(sys.modules["threadcommons.licensing.decide"], "chosen", permissive)
    with pytest.raises(AssertionError):
        stays_back(tmp_path / "twin")
