"""Whose words a post carries."""

import polars as pl
import pytest

from threadcommons.conversation import carries


@pytest.mark.parametrize(
    ("kind", "text", "quoted", "parent", "wanted"),
    [
        ("post", "plain", None, None, None),
        ("post", "plain", "q", "p", None),
        ("quote", "plain", "q", "p", "q"),
        ("quote", "plain", None, "p", None),
        ("quote", None, "q", None, "q"),
        ("reply", "> said\n\nyes", "q", "p", "q"),
        ("reply", "yes\n> said", None, "p", "p"),
        ("reply", "5 > 3", None, "p", None),
        ("reply", ">no blank", None, "p", "p"),
        ("reply", ">> said before\n\nno", None, "p", "p"),
        ("reply", ">>said before", None, "p", "p"),
        ("reply", "   > set in", None, "p", "p"),
        ("reply", "> ", None, "p", "p"),
        ("reply", ">ñandú", None, "p", "p"),
        ("reply", ">>> print(1)\n1", None, "p", None),
        ("reply", ">:(", None, "p", None),
        ("reply", ">_<", None, "p", None),
        ("reply", "x\n>= 5", None, "p", None),
        ("reply", "     > code", None, "p", None),
        ("reply", "a -> b", None, "p", None),
        ("post", "> said", None, None, None),
        ("reply", None, None, "p", None),
    ],
)
def test_whose_words_a_post_carries(kind, text, quoted, parent, wanted):
    schema = dict.fromkeys(("kind", "text", "quoted_id", "parent_id"), pl.String)
    row = pl.DataFrame([(kind, text, quoted, parent)], schema=schema, orient="row")
    assert row.select(carries()).item() == wanted
