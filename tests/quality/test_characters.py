"""What is kept of characters is what the engine says of them."""

from importlib.resources import files

import numpy as np

from threadcommons.quality.characters import characters_csv, classes, folds
from threadcommons.quality.scan import SIZE
from threadcommons.quality.table import characters


def test_the_kept_answer_is_that_of_the_engine():
    kept = files("threadcommons.quality").joinpath("characters.csv").read_text()
    assert kept == characters_csv(), "write what characters_csv() gives to src/threadcommons/quality/characters.csv"


def test_the_arrays_are_those_that_were_kept():
    assert len(characters().classes) == len(characters().folds) == SIZE
    assert np.array_equal(characters().classes, classes())
    assert np.array_equal(characters().folds, folds())
