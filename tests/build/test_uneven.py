"""What is mended or joined only where it has to be is what it would be if all were."""

import polars as pl
import pytest

from threadcommons.build.columns import _UNSEEN, _flat
from threadcommons.build.words import with_more

LINES = [
    "", " ", "  ", "a", "a b", " a", "a ", "a  b", "a\tb", "a\n", "\na", "a\u00a0b", "a\u2003b", "a\u2028b", "\u200ba", "a\u202eb",
    "a\x00b", "\u00ad", "\ue000", "\U000e0041", "\u0378", "caf\u00e9", "\U0001f375", "\ufeff", "\u3000x", "x \u200b", "a \u00a0 b", None,
]  # fmt: skip


@pytest.mark.parametrize("lines", [LINES, ["a b", None, "c"], [None], []])
def test_lines_are_flat_whether_looked_at_first_or_not(lines):
    texts = pl.Series("line", lines, dtype=pl.String)
    plain = texts.str.replace_all(_UNSEEN, "?").str.replace_all(r"\s+", " ").str.strip_chars()
    assert _flat(texts).to_list() == plain.to_list()
    assert texts.to_list() == lines


@pytest.mark.parametrize(
    "told", [[[], [], []], [["privacy.phone"], [], ["privacy.email", "privacy.phone"]], [[], ["privacy.card"], []]]
)
def test_flags_and_what_is_told_stand_in_one_order(told):
    kind = pl.List(pl.String)
    flags = pl.Series("quality_flags", [["run", "wordless"], [], ["all-caps", "zero-width"]], dtype=kind)
    joined = with_more(flags, pl.Series("told", told, dtype=kind))
    assert joined.to_list() == [sorted([*one, *other]) for one, other in zip(flags.to_list(), told, strict=True)]
    assert joined.dtype == kind
