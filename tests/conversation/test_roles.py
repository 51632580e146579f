"""Who speaks: a post that states a generator is the assistant's, every other one the user's."""

import polars as pl

from threadcommons.conversation import role


def test_a_stated_generator_makes_the_assistant():
    posts = pl.DataFrame(
        {"generator": [None, {"model": "m", "provider": None}, {"model": None, "provider": None}]},
        schema={"generator": pl.Struct({"model": pl.String, "provider": pl.String})},
    )
    assert posts.select(role=role())["role"].to_list() == ["user", "assistant", "assistant"]
