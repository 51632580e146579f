"""No rule about licences stands outside the licensing floor: no code elsewhere decides by the name of one."""

import ast
from pathlib import Path

import pytest

from threadcommons.licensing import CLASSES, duties, facts

SOURCE = Path(__file__).resolve().parents[2] / "src" / "threadcommons"
FILES = sorted(path for path in SOURCE.rglob("*.py") if "licensing" not in path.relative_to(SOURCE).parts)
IDS = {spdx.casefold() for spdx in facts()} - {"noassertion", "none"}
DUTIES = {duty for spdx in facts() for duty in duties(spdx)}
#: Words that are duties, classes or ids, and everyday words as well.
EVERYDAY = {"attribution", "notice", "unknown", "restricted"}

#: Where the name of a licence, class or duty stands in code elsewhere, and what it does there.
KNOWN = {
    "build/facts.py": "what the card says of each class",
    "contributions/init.py": "the licence of the example that init writes",
    "describe/cite.py": "the ids that CITATION.cff can spell",
    "describe/terms.py": "how the card is named whose licences are all open",
    "model.py": "the names of the classes, which rows are checked against",
    "release/reciprocity/judgement.py": "a question to the duties that the licensing floor has found",
    "schema/contract.py": "that class and share_alike of a row do not contradict each other",
}


def named(tree):
    """Constants of code that are the id, class or duty of a licence; neither docstrings nor help."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            word = node.value.casefold()
            if word not in EVERYDAY and (word in IDS or word in CLASSES or word in DUTIES):
                yield node.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_no_licence_is_named_in_code_elsewhere(path):
    found = sorted(set(named(ast.parse(path.read_text(encoding="utf-8")))))
    assert not found or path.relative_to(SOURCE).as_posix() in KNOWN


def test_the_list_of_exceptions_is_no_longer_than_needed():
    naming = {path.relative_to(SOURCE).as_posix() for path in FILES if any(named(ast.parse(path.read_text(encoding="utf-8"))))}
    assert naming == set(KNOWN)


def test_a_rule_that_hides_in_an_if_would_be_found():
    code = "def published(license_):\n    return license_ in ('CC-BY-4.0', 'mit') or license_ == 'permissive'\n"
    assert sorted(set(named(ast.parse(code)))) == ["CC-BY-4.0", "mit", "permissive"]
