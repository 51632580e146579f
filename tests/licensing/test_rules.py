"""Rule packs, against the real exports and against their schema; and packs that others bring."""

import datetime
import re
import tomllib
from collections import Counter
from html import unescape
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest

from threadcommons.licensing import Claims, decide, parse, rulebook, rulebook_with, unknown
from threadcommons.licensing.rules import _judge

EXPORTS = Path(__file__).resolve().parents[2].parent / "shared" / "exports" / "stackexchange"
PACKS = {
    entry.name: entry.read_text(encoding="utf-8")
    for entry in (files("threadcommons.licensing") / "rules").iterdir()
    if entry.name.endswith(".toml")
}
needs_exports = pytest.mark.skipif(not EXPORTS.is_dir(), reason="the real exports lie outside the repository")


def rows(site, name="Posts.xml"):
    for line in (EXPORTS / site / name).read_text(encoding="utf-8-sig").splitlines():
        if "<row " in line:
            yield {key: unescape(value) for key, value in re.findall(r'(\w+)="([^"]*)"', line)}


def day(text):
    return datetime.date.fromisoformat(text[:10]) if text else None


def judged(row, field=True):
    return decide(
        Claims(
            "stackexchange",
            record=row.get("ContentLicense") if field else None,
            created_at=day(row["CreationDate"]),
            edited_at=day(row.get("LastEditDate")),
        )
    )


@needs_exports
@pytest.mark.parametrize(
    ("site", "number", "wanted"),
    [
        ("datascience.meta.stackexchange.com", 624, {"CC-BY-SA-3.0": 350, "CC-BY-SA-4.0": 274}),
        ("genai.stackexchange.com", 473, {"CC-BY-SA-4.0": 473}),
    ],
)
def test_the_licence_field_of_real_dumps_wins(site, number, wanted):
    decisions = [judged(row) for row in rows(site)]
    assert len(decisions) == number
    assert Counter(decision.license for decision in decisions) == wanted
    assert {decision.basis for decision in decisions} == {"record"}
    assert {decision.release for decision in decisions} == {"published"}
    assert not [decision.problems for decision in decisions if decision.problems]


@needs_exports
def test_the_rule_by_date_agrees_with_the_field_in_622_of_624_rows():
    site = "datascience.meta.stackexchange.com"
    differing = [row["Id"] for row in rows(site) if judged(row).license != judged(row, field=False).license]
    assert differing == ["2188", "2292"]


@needs_exports
def test_the_rule_by_date_agrees_with_the_field_in_all_rows_of_the_younger_site():
    assert not [
        row["Id"] for row in rows("genai.stackexchange.com") if judged(row).license != judged(row, field=False).license
    ]


@needs_exports
@pytest.mark.parametrize(
    ("site", "name", "wanted"),
    [
        ("3dprinting.meta.stackexchange.com", "Posts.xml", {"CC-BY-SA-3.0": 250, "CC-BY-SA-4.0": 173}),
        ("quantumcomputing.stackexchange.com", "Posts.xml", {"CC-BY-SA-3.0": 898, "CC-BY-SA-4.0": 1088}),
        ("quantumcomputing.stackexchange.com", "Comments.xml", {"CC-BY-SA-3.0": 1344, "CC-BY-SA-4.0": 2068}),
    ],
)
def test_a_dump_without_the_field_is_judged_by_date_and_says_so(site, name, wanted):
    decisions = [judged(row) for row in rows(site, name)]
    assert Counter(decision.license for decision in decisions) == wanted
    assert {(decision.basis, decision.confidence) for decision in decisions} == {("platform", "inferred")}


@needs_exports
def test_the_traps_of_the_synthetic_site():
    found = {(row["Id"], row.get("ContentLicense")): judged(row) for row in rows("synthetic.example.org")}
    assert found["1", "CC BY-SA 2.5"].license == "CC-BY-SA-2.5"
    assert found["3", "CC BY-SA 4.0"].license == "CC-BY-SA-4.0"
    assert not found["3", "CC BY-SA 4.0"].problems
    assert found["4", "CC BY-SA 3.0"].license == "CC-BY-SA-3.0"
    assert (found["30", None].license, found["30", None].basis) == ("CC-BY-SA-4.0", "platform")
    assert (found["31", "CC BY-SA 9.9"].license, found["31", "CC BY-SA 9.9"].reason) == (
        "NOASSERTION",
        "license.unknown-id",
    )
    assert found["32", "CC BY-SA 4.0"].license == "CC-BY-SA-4.0"
    assert [problem.code for problem in found["32", "CC BY-SA 4.0"].problems] == ["license.later-than-post"]


@pytest.mark.parametrize(
    ("when", "wanted"),
    [
        ("2008-09-15", "CC-BY-SA-2.5"),
        ("2011-04-07", "CC-BY-SA-2.5"),
        ("2011-04-08", "CC-BY-SA-3.0"),
        ("2018-05-01", "CC-BY-SA-3.0"),
        ("2018-05-02", "CC-BY-SA-4.0"),
        ("2025-01-01", "CC-BY-SA-4.0"),
    ],
)
def test_stack_exchange_by_date(when, wanted):
    found = decide(Claims("askubuntu.com", created_at=day(when)))
    assert (found.license, found.basis, found.rule.partition(".")[0], found.rule_version) == (
        wanted,
        "platform",
        "stackexchange",
        "1",
    )


@pytest.mark.parametrize(
    ("when", "wanted"),
    [
        ("2005-01-01", "CC-BY-SA-3.0"),
        ("2023-05-31", "CC-BY-SA-3.0"),
        ("2023-06-07", "CC-BY-SA-3.0 AND CC-BY-SA-4.0"),
        ("2023-07-01", "CC-BY-SA-4.0"),
    ],
)
def test_wikimedia_by_date(when, wanted):
    assert decide(Claims("en.wikipedia.org", created_at=day(when))).license == wanted


@pytest.mark.parametrize("platform", ["stackexchange", "wikipedia"])
def test_without_a_date_there_is_no_rule(platform):
    found = decide(Claims(platform))
    assert (found.license, found.release, found.reason) == ("NOASSERTION", "withheld", "license.no-rule-for-date")
    assert decide(Claims("wikipedia", created_at=day("1999-01-01"))).reason == "license.no-rule-for-date"


def test_a_rule_for_all_days_needs_no_date():
    always = 'id = "board"\nversion = "1"\ntitle = "B"\nplatforms = ["board"]\naccepts = ["platform"]\n[[rule]]\nid = "all"\nlicense = "CC0-1.0"\n'
    always += 'basis = "b"\nevidence = "https://example.org"\nconfidence = "inferred"\n'
    rules, problems = rulebook_with({"board.toml": always})
    assert (decide(Claims("board"), rules).license, problems) == ("CC0-1.0", ())
    dated, _ = rulebook_with({"board.toml": always + 'from = "0001-01-02"\n'})
    assert decide(Claims("board"), dated).release == "withheld"


def test_a_declaration_cannot_take_the_place_of_an_unknown_date():
    found = decide(Claims("stackexchange", declared="CC-BY-SA-4.0", declared_evidence="terms"))
    assert found.release == "withheld"


@pytest.mark.parametrize(
    "platform",
    [
        "x",
        "twitter",
        "bluesky",
        "mastodon",
        "reddit",
        "hackernews",
        "hn",
        "telegram",
        "discord",
        "slack",
        "lemmy",
        "github",
        "mbox",
        "zulip",
        "discourse",
    ],
)
class TestRefusals:
    def test_the_platform_gives_nobody_a_licence(self, platform):
        found = decide(Claims(platform, created_at=day("2020-01-01")))
        assert (found.license, found.license_class) == ("LicenseRef-platform-terms-only", "unknown")
        assert (found.basis, found.release, found.reason) == ("platform", "withheld", "license.platform-refuses")
        assert found.rule.endswith(".refusal")

    def test_the_author_can(self, platform):
        found = decide(Claims(platform, author="CC-BY-4.0"))
        assert (found.license, found.basis, found.release) == ("CC-BY-4.0", "author", "published")

    def test_a_declaration_without_evidence_cannot(self, platform):
        assert decide(Claims(platform, declared="CC0-1.0")).release == "withheld"


@pytest.mark.parametrize("platform", ["x", "reddit", "hackernews", "bluesky"])
def test_no_declaration_speaks_for_the_members_of_these(platform):
    found = decide(Claims(platform, declared="CC0-1.0", declared_evidence="terms"))
    assert (found.release, found.reason) == ("withheld", "license.not-for-platform")


@pytest.mark.parametrize("platform", ["hackernews", "x", "reddit", "github"])
def test_a_licence_column_added_to_a_format_without_one_proves_nothing(platform):
    found = decide(Claims(platform, record="CC-BY-3.0", created_at=day("2020-01-01")))
    assert (found.release, found.reason) == ("withheld", "license.not-for-platform")


@pytest.mark.parametrize("name", sorted(PACKS))
def test_a_pack_keeps_the_schema(name):
    table = tomllib.loads(PACKS[name])
    assert _judge().faults(table) == []
    assert name == f"{table['id']}.toml"


def test_the_schema_is_sound():
    draft = jsonschema.Draft202012Validator
    assert list(draft(draft.META_SCHEMA).iter_errors(_judge().declared)) == []


def test_no_platform_belongs_to_two_packs():
    for pack in rulebook().packs:
        for name in (pattern.replace("*", "en") for pattern in pack.platforms):
            assert [other.id for other in rulebook().packs if other.covers(name)] == [pack.id], name


def test_each_day_has_one_rule_and_each_rule_a_licence():
    for pack in rulebook().packs:
        assert not any(unknown(parse(rule.license)) for rule in pack.rules)
        spans = sorted((rule.start, rule.end) for rule in pack.rules)
        for (_, end), (start, _) in pairwise(spans):
            after = datetime.date.fromisoformat(end) + datetime.timedelta(days=1)
            assert after.isoformat() == start


class TestOtherPacks:
    TEXT = (
        'id = "stackexchange"\nversion = "2"\ntitle = "other"\nplatforms = ["stackexchange"]\naccepts = ["platform"]\n'
        '[[rule]]\nid = "all"\nuntil = 2030-01-01\nlicense = "CC-BY-NC-4.0"\nbasis = "x"\nevidence = "https://x.example/"\nconfidence = "inferred"\n'
    )

    def test_they_replace_the_pack_of_the_same_id(self):
        rules, problems = rulebook_with({"other.toml": self.TEXT})
        found = decide(Claims("stackexchange", created_at=day("2019-01-01")), rules)
        assert (found.license, found.rule_version, problems) == ("CC-BY-NC-4.0", "2", ())
        assert decide(Claims("stackexchange", created_at=day("2019-01-01"))).license == "CC-BY-SA-4.0"
        assert rules.versions["stackexchange"] == "2"
        assert rules.versions["x"] == "1"

    @pytest.mark.parametrize(
        "text",
        [
            "not toml",
            'id = "a"',
            TEXT.replace("CC-BY-NC-4.0", "CC-BY-NC"),
            TEXT.replace('version = "2"', 'version = "2"\nextra = 1'),
            TEXT.replace("2030-01-01", '"soon"'),
            TEXT.replace("inferred", "certain"),
        ],
    )
    def test_a_bad_one_is_left_out_and_reported(self, text):
        rules, problems = rulebook_with({"bad.toml": text})
        assert {problem.code for problem in problems} == {"rules.bad-pack"}
        assert rules.versions == rulebook().versions

    def test_two_rules_for_one_day_are_reported(self):
        twice = self.TEXT + self.TEXT[self.TEXT.index("[[rule]]") :].replace('"all"', '"more"')
        _, problems = rulebook_with({"twice.toml": twice})
        assert [problem.code for problem in problems] == ["rules.overlap"]
