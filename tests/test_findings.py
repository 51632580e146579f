"""The table of codes, and the values that carry them."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from threadcommons.findings import Finding, Place, codes, in_order
from threadcommons.report import GROUPS, findings_doc

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "threadcommons"

#: Texts that look like codes and are names of files.
FILE_NAMES = {"source.toml", "card.md", "post.schema", "source.schema", "release.json", "rules.toml"}


def code_like(tree):
    """(line, text) of every constant text that has the form of a code of one of our groups."""
    groups = {name.split(".")[0] for name in codes()}
    form = re.compile(rf"(?:{'|'.join(sorted(groups))})\.[a-z0-9]+(?:-[a-z0-9]+)*")
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [(node.lineno, node.value) for node in found if form.fullmatch(node.value) and node.value not in FILE_NAMES]


def unknown_codes(sources):
    """Places in {name: source text} that use a code which the table does not have."""
    used = [(name, line, code) for name, text in sources.items() for line, code in code_like(ast.parse(text))]
    return [f"{name}:{line} {code}" for name, line, code in used if code not in codes()]


def test_every_code_in_the_source_is_in_the_table():
    sources = {path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    assert sum(len(code_like(ast.parse(text))) for text in sources.values()) > 10
    assert unknown_codes(sources) == []


def test_a_code_that_is_not_in_the_table_is_seen():
    assert unknown_codes({"a.py": "x = 1\nyield Refusal('quarantined', 'record.smells-bad')"}) == [
        "a.py:2 record.smells-bad"
    ]
    assert unknown_codes({"a.py": "x = 'record.nul', 'source.toml', 'record of a post.nothing'"}) == []


@pytest.mark.parametrize("code", codes().values(), ids=lambda code: code.name)
def test_every_code_says_what_it_means_and_what_to_do(code):
    assert re.fullmatch(r"[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*", code.name)
    assert code.severity in ("error", "warning")
    for sentence in (code.means, code.todo):
        assert sentence.endswith(".")
        assert len(sentence) > 10
        assert sentence == " ".join(sentence.split())


def test_the_table_has_no_other_keys():
    table = tomllib.loads((PACKAGE / "findings.toml").read_text(encoding="utf-8"))
    keys = {key for entries in table.values() for entry in entries.values() for key in entry}
    assert keys == {"means", "todo", "severity"}
    assert [f"{group}.{name}" for group, entries in table.items() for name in entries] == list(codes())


def test_every_group_has_a_heading():
    assert list(dict.fromkeys(name.split(".")[0] for name in codes())) == list(GROUPS)


def test_the_page_is_up_to_date():
    again = (
        "python -c \"from threadcommons.report import findings_doc; print(findings_doc(), end='')\" > docs/findings.md"
    )
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    assert page == findings_doc(), f"write it anew:\n    {again}"


def test_the_page_tells_every_code_once():
    page = findings_doc()
    assert [name for name in codes() if page.count(f"\n| `{name}` | ") != 1] == []
    rows = [line for line in page.split("\n") if line.startswith("| `")]
    assert len(rows) == len(codes())
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in rows)


def test_a_finding_without_a_known_code_cannot_be_made():
    with pytest.raises(KeyError, match=r"post\.nonsense"):
        Finding("post.nonsense")


def test_a_finding_knows_its_severity_and_remedy():
    finding = Finding("source.unsigned", Place("a", "source.toml"))
    assert finding.severity == "warning"
    assert finding.todo == codes()["source.unsigned"].todo
    assert Finding("record.nul").severity == "error"


def test_for_machines_only_what_is_known_is_told():
    finding = Finding("post.wrong-type", Place("a", "b.jsonl", offset=0, line=1, pointer="/text"), "must be string")
    code = codes()["post.wrong-type"]
    assert finding.as_dict() == {
        "code": "post.wrong-type", "severity": "error", "source": "a", "file": "b.jsonl", "offset": 0, "line": 1, "pointer": "/text",
        "detail": "must be string", "means": code.means, "todo": code.todo,
    }  # fmt: skip
    assert Finding("record.nul").as_dict().keys() == {"code", "severity", "detail", "means", "todo"}


def test_findings_stand_in_one_order_and_each_once():
    wanted = [
        Finding("source.unsigned", Place("a")),
        Finding("source.bad-value", Place("a", "source.toml", line=9)),
        Finding("record.nul", Place("a", "x", offset=2)),
        Finding("record.too-long", Place("a", "x", offset=2)),
        Finding("record.nul", Place("a", "x", offset=10)),
        Finding("record.nul", Place("b"), "first"),
        Finding("record.nul", Place("b"), "second"),
    ]
    assert in_order([*reversed(wanted), *wanted]) == wanted
    assert in_order([]) == []
