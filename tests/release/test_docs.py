"""What the pages say of a release can be done to one."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def checker(tmp_path_factory) -> Path:
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "row-digest.md").read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path_factory.mktemp("checker") / "row_digest.py"
    path.write_text(code, encoding="utf-8")
    return path


def said(checker, release) -> str:
    """What the checker of the page says, run where this project cannot be imported."""
    return subprocess.run([sys.executable, "-I", checker, release], capture_output=True, text=True, check=True).stdout


def test_the_checker_of_the_page_agrees_with_us(package, checker):
    rows = sum(file["rows"] for file in manifest_files(package.release))
    assert said(checker, package.release) == f"{rows} of {rows} rows are what they claim; rows digest right\n"


def manifest_files(release):
    from threadcommons.release import open_release  # the checker must do without

    return open_release(release).files_of("posts")


def test_the_checker_of_the_page_sees_a_changed_row(copy, checker):
    import pyarrow.parquet as pq  # as above

    path = copy / manifest_files(copy)[0]["path"]
    table = pq.read_table(path)
    rows = table.to_pylist()
    rows[0]["license"] = "MIT"
    pq.write_table(type(table).from_pylist(rows, schema=table.schema), path, write_page_checksum=True)
    rows = sum(file["rows"] for file in manifest_files(copy))
    assert said(checker, copy).startswith(f"{rows - 1} of {rows} rows")


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="this machine has no sha256sum")
@pytest.mark.parametrize("name", ["manifest-sha256.txt", "tagmanifest-sha256.txt"])
def test_the_lists_of_the_bag_check_with_a_common_program(package, name):
    command = ["sha256sum", "--check", "--quiet", "--strict", name]
    assert subprocess.run(command, cwd=package.release, capture_output=True, check=False).returncode == 0


def test_links_of_the_pages_lead_somewhere():
    """Those of the card lead to files of a release, and are followed there."""
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.glob("*.md"), *ROOT.glob("*/README.md")]
    written = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:\s]+)(?:#\S*)?\)", page.read_text(encoding="utf-8"))]
    assert {DOCS / "verifying.md", DOCS / "README.md", ROOT / "README.md"} <= {page for page, _ in written}
    assert [(page.name, link) for page, link in written if not (page.parent / link).exists()] == []


def test_the_page_names_every_round_of_verify():
    page = (DOCS / "verifying.md").read_text(encoding="utf-8")
    assert all(word in page for word in ("**The manifest.**", "**The files.**", "**The tables.**"))
