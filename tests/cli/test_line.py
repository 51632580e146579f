"""From an export to a release, and every question about it, with the commands alone."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

POSTS = b"""\
{"native_id": "1", "kind": "question", "markup": "plain", "text": "Is the bridge open?", "author": {"name": "Ann"}}
{"native_id": "2", "parent": "1", "kind": "answer", "markup": "plain", "text": "Only for feet.", "author": {"name": "Ben"}}
{"native_id": "3", "kind": "post", "markup": "plain", "text": "No licence for this one.", "license": "LicenseRef-mine"}
{"native_id": "4", "kind": "post", "markup": "plain", "text": "Broken", "unknown": 1}
"""
THREAD = b"""\
The ferry leaves when it is full.

@ann that takes hours

@ben it takes as long as it takes
"""


@pytest.fixture
def filled(package, tmp_path, command):
    """The package with a jsonl source under CC BY-SA and a thread of which only pointers are kept."""
    posts, thread = tmp_path / "posts.jsonl", tmp_path / "thread.txt"
    posts.write_bytes(POSTS)
    thread.write_bytes(THREAD)
    line = ["add", posts, "--source", "bridge", "--title", "A bridge", "--platform", "board", "--license", "CC-BY-SA-4.0"]
    more = ["--stated-by", "the board", "--evidence-url", "https://example.org/terms", "--sign-off", "Ann <a@example.org>"]
    assert command(*line, *more)[0] == 0
    line = ["add", thread, "--source", "ferry", "--title", "A ferry", "--platform", "copied-thread", "--pointers-only"]
    assert command(*line)[0] == 0
    return package


RELEASE = "build/out/0.1.0"


def test_the_whole_line(filled, tmp_path, command):
    code, said, complained = command("check")
    assert (code, complained) == (1, "")
    assert "post.unknown-key" in said
    assert "line 4" in said

    code, said, complained = command("build")
    assert (code, complained) == (0, "")
    assert "folder       build/out/0.1.0" in said
    digest = re.search(r"sha256:([0-9a-f]{64})", said)[1]
    assert "from datasets import load_dataset" in said
    assert "tc.load('build/out/0.1.0')" in said
    code, said, _ = command("build", "--timings")
    assert (code, "stood there already" in said, "seconds" in said) == (0, True, True)
    built = json.loads(command("build", "--json")[1])
    assert (built["root_digest"], built["made"], built["counts"]["rows"]) == (digest, False, 9)
    assert (built["counts"]["published"], built["counts"]["withheld"]) == (5, 4)
    assert (filled / "build/manifests/0.1.0.json").read_bytes() == (filled / RELEASE / "manifest.json").read_bytes()

    assert command("verify", RELEASE, "--root-digest", digest) == (
        0, f"{RELEASE} is what its manifest says, sha256:{digest}\n", "",
    )  # fmt: skip
    assert command("verify", RELEASE, "--root-digest", "0" * 64)[0] == 1

    for what, fate in (("board:1", "row"), ("board:3", "withheld"), ("bridge/posts.jsonl:400", "quarantined")):
        code, said, _ = command("why", RELEASE, what)
        assert (code, re.search(r"(?m)^fate +(\w+)$", said)[1]) == (0, fate)
    code, said, complained = command("why", RELEASE, "board:nothing")
    assert (code, said, complained.count("\n")) == (3, "", 1)

    code, said, _ = command("trace", RELEASE, "board:2")
    assert code == 0
    assert re.search(r"(?m)^verdict +same$", said)
    ferry = json.loads((filled / "raw/ferry/thread.txt.pointers.jsonl").read_text().splitlines()[0])
    row = json.loads(command("why", RELEASE, f"ferry/thread.txt:{ferry['offset']}", "--json")[1])["entries"][0]["id"]
    code, said, complained = command("trace", RELEASE, row)
    assert (code, complained.count("\n")) == (3, 1)
    assert "not at hand" in said
    assert command("trace", RELEASE, row, "--export", tmp_path / "thread.txt")[0] == 0

    code, said, _ = command("card")
    assert (code, "written anew" in said) == (0, True)
    assert (filled / "dataset_card.md").read_bytes() == (filled / RELEASE / "README.md").read_bytes()
    assert command("card", "--check")[0] == 0
    for style in ("bibtex", "cff", "csl-json", "datacite", "text"):
        code, said, _ = command("cite", RELEASE, "--style", style)
        assert (code, digest in said) == (0, True)
    assert command("cite", RELEASE, "--style", "limerick")[0] == 2

    code, said, _ = command("credits", RELEASE)
    assert (code, "Ann" in said, "Ben" in said) == (0, True, True)
    assert said.rstrip("\n") == (filled / RELEASE / "NOTICE.md").read_text().rstrip("\n")
    assert [line.split(",")[0] for line in command("credits", RELEASE, "--csv")[1].splitlines()] == ["id", "board:1", "board:2"]
    assert {entry["creator"] for entry in json.loads(command("credits", RELEASE, "--json")[1])["credits"]} == {"Ann", "Ben"}

    out = tmp_path / "private"
    code, said, _ = command("hydrate", RELEASE, "--export", tmp_path / "thread.txt", "--out", out)
    assert (code, "3 texts were filled in" in said) == (0, True)
    assert command("verify", out)[0] == 0
    assert "ferry leaves" not in command("trace", RELEASE, row, "--export", tmp_path / "thread.txt")[1]


ROOT = Path(__file__).resolve().parents[2]
DUMP = """\
<?xml version="1.0" encoding="utf-8"?>
<posts>
  <row Id="1" PostTypeId="1" CreationDate="2019-01-01T00:00:00.000" Body="&lt;p&gt;Which way does a clock run?&lt;/p&gt;" ContentLicense="CC BY-SA 4.0" />
</posts>
"""


def test_the_readme_makes_a_dataset_as_it_is_written(tmp_path):
    """Where nobody can be asked, too."""
    (block,) = re.findall(r"## Make your own\n\n```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (tmp_path / "Downloads").mkdir()
    (tmp_path / "Downloads/Posts.xml").write_text(DUMP)
    script = f'threadcommons() {{ "{sys.executable}" -m threadcommons "$@"; }}\n{block}'
    line = ["bash", "-euc", script]
    home = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(line, cwd=tmp_path, env=home, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "rows         4" in done.stdout


def test_a_build_tells_what_became_no_row(filled, command):
    assert "\n  left out     quarantined: 1\n" in command("build")[1]


def test_a_build_of_which_all_became_rows_has_left_nothing_out(package, command):
    assert "left out" not in command("build")[1]


@pytest.mark.parametrize(("held_out", "splits"), [(2000, {"train"}), (5000, {"test", "validation"})])
def test_the_split_that_a_build_shows_is_there_and_is_train_where_there_is_one(package, tmp_path, command, held_out, splits):
    lines = [json.dumps({"native_id": f"{n}", "kind": "post", "markup": "plain", "text": f"word {n}"}) for n in range(40)]
    (tmp_path / "posts.jsonl").write_text("\n".join(lines))
    assert command("add", tmp_path / "posts.jsonl", "--source", "many", "--title", "Many", "--platform", "board")[0] == 0
    recipe = package / "build/recipe.toml"
    recipe.write_text(f"{recipe.read_text()}\n[splits]\ntest = {held_out}\nvalidation = {held_out}\n")
    code, said, complained = command("build")
    assert code == 0, complained
    assert re.search(r"split='(\w+)'", said)[1] in splits
    assert list((package / RELEASE / "data/posts").glob("*/test-*.parquet"))


def test_a_private_build_goes_where_nothing_is_committed(filled, tmp_path, command):
    code, said, complained = command("build", "--hydrate", f"ferry={tmp_path / 'thread.txt'}")
    assert (code, complained) == (0, "")
    assert "folder       build/out/private/0.1.0" in said
    assert not (filled / "build/manifests").exists()
    assert "/build/out/" in (filled / ".gitignore").read_text()


def test_a_version_can_be_given_and_a_place(package, tmp_path, command):
    code, _said, _ = command("build", "--version", "3.2.1", "--out", tmp_path / "elsewhere", "--workers", "1")
    assert code == 0
    assert (tmp_path / "elsewhere/3.2.1/manifest.json").is_file()
    assert command("verify", tmp_path / "elsewhere/3.2.1")[0] == 0
    assert not (package / "build/manifests").exists()


@pytest.mark.parametrize("version", ["../9.9.9", "1.0", "v1.0.0", "01.0.0", "1.0.0-rc1", "1.0.0\n", "", ".", "/tmp"])
def test_what_is_no_version_is_refused_and_nothing_is_written(package, command, version):
    before = sorted(package.rglob("*"))
    code, said, complained = command("build", "--version", version)
    assert (code, said, complained.count("\n")) == (2, "", 1)
    assert "MAJOR.MINOR.PATCH" in complained
    assert sorted(package.rglob("*")) == before


def test_the_root_can_be_named_from_anywhere(package, tmp_path, command, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command("check", "--root", package)[0] == 0
    code, said, _ = command("build", "--root", package)
    assert (code, "folder       package/build/out/0.1.0" in said) == (0, True)


def test_a_damaged_release_is_refused_with_the_place(package, command):
    command("build")
    card = package / RELEASE / "README.md"
    card.write_text(card.read_text() + "\nAnd it is all public domain.\n")
    code, said, complained = command("verify", RELEASE)
    assert (code, complained) == (1, "")
    assert "README.md" in said


def test_a_changed_card_fails_the_check_and_is_not_rewritten(package, command):
    command("build")
    command("card")
    card = package / "dataset_card.md"
    card.write_text(card.read_text().replace("rows", "cows", 1))
    before = card.read_bytes()
    code, said, _ = command("card", "--check")
    assert (code, "card.differs" in said, card.read_bytes()) == (1, True, before)
    assert command("card")[0] == 0
    assert command("card", "--check")[0] == 0


def test_hand_written_parts_of_the_card_stay(package, command):
    card = package / "dataset_card.md"
    words = "These are *our* words, with a `#` and a | in them.\n"
    card.write_text(card.read_text().replace("<!-- hand-written: about -->\n", f"<!-- hand-written: about -->\n{words}"))
    command("build")
    command("card")
    assert words in card.read_text()
    assert card.read_bytes() == (package / RELEASE / "README.md").read_bytes()


def test_the_newest_receipt_is_taken_by_number_and_not_by_letter(package, command):
    for version in ("0.9.0", "0.10.0"):
        recipe = package / "build/recipe.toml"
        recipe.write_text(re.sub(r'version = "[\d.]+"', f'version = "{version}"', recipe.read_text()))
        assert command("build")[0] == 0
    assert "version 0.10.0" in command("card")[1]


def test_formats_and_licences_are_explained(command):
    code, said, _ = command("formats", "thread-text")
    assert (code, "option notices" in said) == (0, True)
    code, said, _ = command("licenses", "--class", "reciprocal")
    assert (code, "CC-BY-SA-4.0" in said, "CC0-1.0" in said) == (0, True, False)
    assert command("licenses", "explain", "by-sa 4.0 or so")[0] == 1
    code, said, _ = command("licenses", "combine", "CC-BY-SA-4.0", "CC-BY-NC-4.0")
    assert (code, "in conflict" in said) == (1, True)
