"""Words that came together from several posts go out only as one work that could be released."""

import pytest

from threadcommons.licensing import CLASSES, joined

OPEN = ("public-domain", "permissive", "reciprocal")


@pytest.mark.parametrize(
    ("own", "repeats", "quoted", "kept_back", "reason"),
    [
        ("CC0-1.0", [], [], None, None),
        ("CC0-1.0", ["CC-BY-4.0"], ["CC-BY-SA-4.0"], None, None),
        ("CC0-1.0", ["NOASSERTION"], [], None, "license.part-unknown"),
        ("CC0-1.0", ["ODbL-1.0"], [], None, "license.part-unknown"),
        ("CC0-1.0", [], ["NOASSERTION"], None, "license.carries-withheld"),
        ("CC0-1.0", ["CC0-1.0"], [], "wish.honoured", "wish.honoured"),
        ("CC-BY-SA-4.0", [], ["CC-BY-NC-4.0"], None, "license.parts-conflict"),
        ("CC-BY-SA-4.0", ["GFDL-1.3-only"], [], None, "license.parts-conflict"),
        ("CC0-1.0", [], ["CC-BY-NC-4.0"], None, "license.class-not-published"),
        ("CC0-1.0", [], ["CC-BY-ND-4.0"], None, "license.parts-conflict"),
    ],
)
def test_words_that_come_together_go_out_only_where_all_parts_may(own, repeats, quoted, kept_back, reason):
    assert joined(own, repeats, quoted, OPEN, None, kept_back).reason == reason


def test_a_choice_that_is_stated_opens_what_the_offer_allows():
    offer = "CC-BY-NC-4.0 OR CC-BY-SA-4.0"
    assert joined(offer, [], ["CC-BY-4.0"], OPEN).reason == "license.parts-conflict"
    taken = joined(offer, [], ["CC0-1.0"], OPEN, {offer: "CC-BY-SA-4.0"})
    assert (taken.reason, taken.license, taken.license_class) == (None, offer, "reciprocal")


@pytest.mark.parametrize(
    ("own", "repeats", "quoted", "reason"),
    [
        ("CC-BY-ND-4.0", [], [], None),
        ("CC-BY-ND-4.0", ["CC-BY-ND-4.0"], [], None),
        ("CC-BY-ND-4.0", ["CC0-1.0"], ["CC0-1.0"], None),
        ("CC-BY-ND-4.0", [], ["CC-BY-ND-4.0"], "license.parts-conflict"),
        ("CC-BY-ND-4.0", ["CC-BY-4.0"], [], "license.parts-conflict"),
        ("CC0-1.0", ["CC-BY-ND-4.0"], [], "license.parts-conflict"),
        ("CC0-1.0", [], ["CC-BY-NC-4.0"], None),
    ],
)
def test_neither_repeats_under_one_licence_nor_what_asks_nothing_are_parts(own, repeats, quoted, reason):
    assert joined(own, repeats, quoted, CLASSES).reason == reason


@pytest.mark.parametrize(
    ("parts", "kept_back", "reason"),
    [
        ((["NOASSERTION"], ["NOASSERTION"]), "wish.honoured", "license.part-unknown"),
        (([], ["NOASSERTION"]), "wish.honoured", "wish.honoured"),
        (([], ["NOASSERTION"]), None, "license.carries-withheld"),
        (([], ["CC-BY-NC-4.0"]), None, "license.parts-conflict"),
        (([], []), None, "license.class-not-published"),
    ],
)
def test_of_several_reasons_the_first_is_told(parts, kept_back, reason):
    assert joined("CC-BY-SA-4.0", *parts, (), None, kept_back).reason == reason


@pytest.mark.parametrize(
    ("own", "quoted", "found"),
    [
        ("CC0-1.0", [], ("CC0-1.0", "public-domain", False, False)),
        ("CC0-1.0", ["CC-BY-4.0"], ("CC-BY-4.0", "permissive", False, True)),
        ("CC-BY-4.0", ["CC-BY-SA-4.0"], ("CC-BY-4.0 AND CC-BY-SA-4.0", "reciprocal", True, True)),
    ],
)
def test_what_any_part_asks_holds_for_the_whole(own, quoted, found):
    whole = joined(own, [], quoted, OPEN)
    assert (whole.license, whole.license_class, whole.share_alike, whole.credit) == found
