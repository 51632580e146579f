"""What single meets come to; the laws that hold for any of them are in `test_laws.py`."""

import pytest

from threadcommons.licensing import meet, merged, not_looser, outlets, parse


@pytest.mark.parametrize(
    ("labels", "label"),
    [
        ([], "NOASSERTION"),
        (["CC0-1.0", "CC-BY-4.0"], "CC-BY-4.0"),
        (["CC-BY-4.0", "CC-BY-SA-4.0"], "CC-BY-4.0 AND CC-BY-SA-4.0"),
        (["CC-BY-2.5", "CC-BY-3.0"], "CC-BY-3.0"),
        (["CC-BY-ND-4.0", "CC-PDDC"], "CC-BY-ND-4.0"),
        (["CC0-1.0", "CC-PDM-1.0"], "CC-PDM-1.0 AND CC0-1.0"),
        (["CC0-1.0", "NONE"], "NONE"),
        (["NONE", "NOASSERTION"], "NONE"),
        (["CC0-1.0", "made up"], "NOASSERTION"),
        (["ODbL-1.0"], "ODbL-1.0"),
        (["ODbL-1.0", "ODbL-1.0"], "ODbL-1.0"),
        (["ODbL-1.0", "CC0-1.0"], "NOASSERTION"),
        (["ODbL-1.0", "NONE"], "NONE"),
        (["ODbL-1.0 AND LicenseRef-DbCL-1.0", "CC0-1.0"], "LicenseRef-DbCL-1.0 AND ODbL-1.0"),
    ],
)
def test_labels_meet_in_what_holds_for_all(labels, label):
    assert meet(*labels) == meet(*reversed(labels)) == label


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["CC-BY-4.0", "CC-BY-SA-3.0"], ("CC-BY-4.0 AND CC-BY-SA-3.0", "reciprocal", ("CC-BY-SA-4.0",), True)),
        (["CC-BY-SA-4.0"], ("CC-BY-SA-4.0", "reciprocal", ("CC-BY-SA-4.0", "GPL-3.0-only", "LAL-1.3"), True)),
        (["CC-BY-SA-4.0", "CC-BY-NC-4.0"], ("CC-BY-NC-4.0 AND CC-BY-SA-4.0", "noncommercial", (), False)),
        (["CC0-1.0", "NONE"], ("NONE", "unknown", (), False)),
    ],
)
def test_what_is_made_of_several_posts_has_a_class_and_outlets(labels, found):
    whole = merged(labels)
    assert (whole.license, whole.license_class, whole.outlets, whole.mergeable) == found


@pytest.mark.parametrize(
    ("label", "other", "strict"),
    [
        ("CC-BY-4.0", "CC-BY-4.0", True),
        ("CC-BY-SA-4.0", "CC0-1.0", True),
        ("CC0-1.0", "CC-BY-4.0", False),
        ("CC-BY-SA-4.0", "CC-BY-4.0", False),
        ("CC-BY-4.0 AND CC-BY-SA-4.0", "CC-BY-4.0", True),
        ("NOASSERTION", "CC-BY-NC-4.0", True),
        ("NOASSERTION", "NONE", True),
        ("CC-BY-NC-4.0", "NOASSERTION", False),
        ("CC-BY-ND-4.0", "NOASSERTION", False),
        ("CC-BY-ND-4.0", "ODbL-1.0", False),
        ("ODbL-1.0 AND LicenseRef-DbCL-1.0", "ODbL-1.0", False),
        ("ODbL-1.0", "ODbL-1.0", True),
    ],
)
def test_a_label_is_at_least_as_strict_where_it_asks_for_all_and_leads_nowhere_else(label, other, strict):
    assert not_looser(label, other) is strict


def test_what_is_unknown_leads_nowhere():
    assert outlets(parse("NONE")) == outlets(parse("made up")) == frozenset()
