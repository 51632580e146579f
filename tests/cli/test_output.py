"""Where things are printed, in which colours, and what cannot hide."""

import json
import os
import pty
import subprocess
import sys

import pytest

from threadcommons.cli.output import facts, table

CODE = """
import sys, time
from threadcommons.cli.output import say, working
with working("thinking hard"):
    time.sleep(float(sys.argv[1]))
say("done")
"""


def on_a_terminal(line, env=None):
    """What a person at a terminal sees of both streams; stdin is no terminal."""
    leader, follower = pty.openpty()
    settings = {"stdin": subprocess.DEVNULL, "stdout": follower, "stderr": follower, "env": {**os.environ, **(env or {})}}
    process = subprocess.Popen(line, **settings)
    os.close(follower)
    seen = b""
    while True:
        try:
            more = os.read(leader, 4096)
        except OSError:
            break
        if not more:
            break
        seen += more
    process.wait(timeout=60)
    os.close(leader)
    return seen.decode()


def test_progress_shows_on_a_terminal_when_it_takes_long():
    assert "thinking hard" in on_a_terminal([sys.executable, "-c", CODE, "2.5"], {"TERM": "xterm"})


def test_no_progress_for_a_quick_job():
    assert on_a_terminal([sys.executable, "-c", CODE, "0.2"], {"TERM": "xterm"}).strip() == "done"


def test_no_progress_where_nobody_watches():
    done = subprocess.run([sys.executable, "-c", CODE, "1.5"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_colour_is_for_terminals_only(package, process):
    (package / "raw/first-thread/posts.jsonl").write_bytes(b"{}\n")
    line = [sys.executable, "-m", "threadcommons", "check"]
    assert "\x1b[31merror" in on_a_terminal(line, {"TERM": "xterm"})
    assert "\x1b[" not in on_a_terminal(line, {"NO_COLOR": "1", "TERM": "dumb"})
    assert "\x1b" not in process("check").stdout


def test_errors_go_to_stderr_and_results_to_stdout(package, process):
    good = process("check")
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout
    bad = process("cite", "nowhere")
    assert (bad.returncode, bad.stdout) == (3, "")
    assert bad.stderr


@pytest.mark.parametrize("hidden", ["\x1b[31m", "\u202e", "\n", "\u200b", "\x00", "\U000e0041"])
def test_nothing_hides_in_tables_and_facts(hidden):
    for text in (table([[f"a{hidden}b", 1]], ("name", "number")), facts({f"k{hidden}": [f"v{hidden}"]})):
        assert hidden not in text.replace("\x1b[1m", "").replace("\x1b[0m", "").removeprefix("\n").split("\n", 1)[-1] or hidden == "\n"
        assert text.count("\n") == (1 if text.startswith("\x1b") else 0)


def test_columns_stand_under_their_heads_also_with_wide_characters():
    lines = table([["港の話", 1_234_567], ["a", 2]], ("title", "posts")).split("\n")
    assert lines[1] == "港の話  1,234,567"
    assert lines[2] == "a               2"


def test_json_is_ascii_and_names_its_shape(package, command):
    declared = package / "raw/first-thread/source.toml"
    declared.write_text(declared.read_text().replace('title = "A first thread"', 'title = "Ein \u00dcberfluss"\nnonsense = 1'))
    code, said, _ = command("check", "--json")
    assert code == 1
    assert said.isascii()
    report = json.loads(said)
    assert report["format"] == "threadcommons-findings/1"
    assert [finding["code"] for finding in report["findings"]] == ["source.unknown-key"]


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        (["check", "--json"], "threadcommons-findings/1"),
        (["formats", "--json"], "threadcommons-formats/1"),
        (["licenses", "--json"], "threadcommons-licenses/1"),
        (["licenses", "explain", "CC0-1.0", "--json"], "threadcommons-license/1"),
        (["licenses", "combine", "CC0-1.0", "CC-BY-4.0", "--json"], "threadcommons-combined/1"),
    ],
)
def test_answers_for_machines_say_what_they_are(package, command, arguments, shape):
    code, said, complained = command(*arguments)
    assert (code, complained) == (0, "")
    assert json.loads(said)["format"] == shape
