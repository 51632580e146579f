"""The golden table of licence pairs. Rewrite it after a change of the rules, and review the difference:

python tests/licensing/test_pairs.py
"""

import csv
import io
import tomllib
from pathlib import Path

import pytest

from threadcommons.licensing import ADAPTATION, PRODUCED_WORK, allowed, fact, facts, grantable, rule_for, targets
from threadcommons.licensing.relate import edges, rules

GOLDEN = Path(__file__).parents[1] / "golden"
PAIRS = GOLDEN / "licence-pairs.csv"
STATEMENTS = tomllib.loads((GOLDEN / "licence-statements.toml").read_text(encoding="utf-8"))


def table():
    """All pairs of the licences in licence-statements.toml, judged by the rules, as CSV."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["from", "to", "allowed", "rule"])
    for origin in STATEMENTS:
        for target in STATEMENTS:
            rule = rule_for(origin, target)
            out.writerow([origin, target, "no" if rule is None else "yes", "" if rule is None else rule.id])
    return text.getvalue()


def test_the_rules_give_the_golden_table():
    rewrite = "review the rules, then: python tests/licensing/test_pairs.py"
    assert PAIRS.read_text(encoding="utf-8") == table(), rewrite


def test_the_golden_table_holds_more_than_900_pairs_and_all_rules_of_adaptation():
    rows = list(csv.DictReader(PAIRS.open(encoding="utf-8")))
    assert len(rows) == len(STATEMENTS) ** 2 >= 900
    used = {row["rule"] for row in rows} - {""}
    elsewhere = {"odbl-produced-work", "cc-by-nc-sa-later"} - used
    assert used | elsewhere == set(rules())


@pytest.mark.parametrize("origin", STATEMENTS)
def test_the_rules_agree_with_what_the_publishers_say(origin):
    said = STATEMENTS[origin]["to"]
    wanted = set(STATEMENTS) & grantable() if said == "any" else set(said)
    assert targets(origin) & set(STATEMENTS) == wanted


def test_every_rule_says_why_and_where_that_stands():
    assert all(rule.basis and rule.source for rule in rules().values())
    assert "{title}" in rules()["odbl-produced-work"].notice


@pytest.mark.parametrize("spdx", [spdx for spdx, known in facts().items() if "no-derivatives" in known.duties])
def test_nothing_leaves_a_no_derivatives_licence(spdx):
    assert not targets(spdx)


@pytest.mark.parametrize("spdx", [spdx for spdx, known in facts().items() if known.kind != "licence"])
def test_nothing_is_released_under_a_mark_or_a_value(spdx):
    assert not any(spdx in targets(origin) for origin in facts())


def test_values_lead_nowhere():
    assert not any(targets(spdx) for spdx, known in facts().items() if known.kind == "value")


def test_what_is_not_listed_leads_nowhere():
    assert not targets("LicenseRef-mine")
    assert not targets("GPL-2.0-only WITH Classpath-exception-2.0")
    assert not allowed("CC-BY-4.0", "LicenseRef-mine")


@pytest.mark.parametrize(
    ("origin", "target"),
    [
        ("CC-BY-SA-4.0", "CC-BY-4.0"),
        ("CC-BY-SA-2.0", "CC-BY-2.0"),
        ("CC-BY-SA-1.0", "CC-BY-SA-2.0"),
        ("CC-BY-SA-4.0", "CC-BY-SA-3.0"),
        ("CC-BY-SA-3.0", "GPL-3.0-only"),
        ("CC-BY-4.0", "GPL-3.0-only"),
        ("GPL-3.0-only", "CC-BY-SA-4.0"),
        ("CC-BY-SA-4.0", "GPL-3.0-or-later"),
        ("CC-BY-SA-4.0", "CC-BY-NC-SA-4.0"),
        ("CC-BY-NC-SA-4.0", "CC-BY-SA-4.0"),
        ("CC-BY-SA-4.0", "ODbL-1.0"),
        ("ODbL-1.0", "CC-BY-SA-4.0"),
        ("GFDL-1.3-or-later", "CC-BY-SA-3.0"),
        ("CC-BY-SA-3.0", "GFDL-1.3-or-later"),
        ("CC-BY-NC-4.0", "CC-BY-4.0"),
        ("CC-BY-SA-3.0", "LAL-1.3"),
        ("CC-BY-NC-SA-2.0-DE", "CC-BY-NC-SA-2.0"),
        ("GFDL-1.3-only", "GFDL-1.3-or-later"),
    ],
)
def test_no_way_leads_there(origin, target):
    assert not allowed(origin, target)


def test_edges_do_not_add_up_to_chains():
    assert allowed("CC-BY-4.0", "CC-BY-SA-4.0")
    assert allowed("CC-BY-SA-4.0", "GPL-3.0-only")
    assert not allowed("CC-BY-4.0", "GPL-3.0-only")


def test_a_work_produced_from_odbl_is_another_use():
    assert allowed("ODbL-1.0", "CC-BY-4.0", PRODUCED_WORK)
    assert not allowed("ODbL-1.0", "CC-BY-4.0", ADAPTATION)
    assert not allowed("CC-BY-SA-4.0", "CC-BY-4.0", PRODUCED_WORK)


def test_an_edge_never_drops_share_alike_noncommercial_or_limits():
    """Only the licences that say so themselves may lead to one that asks for less."""
    lasting, every = {"share-alike", "noncommercial", "use-limited"}, list(edges())

    def asked(spdx):
        return {duty.partition(":")[0] for duty in fact(spdx).duties}

    assert len(every) > 1000
    assert [(origin, target) for origin, target in every if (asked(origin) - asked(target)) & lasting] == []


if __name__ == "__main__":
    PAIRS.write_text(table(), encoding="utf-8")
