"""What the exit code says, and that nobody is shown a traceback unasked."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time

import click
import pytest

from threadcommons import api


def test_fine_is_0(package, command):
    assert command("check") == (0, command("check")[1], "")


def test_findings_are_1(package, command):
    (package / "raw/first-thread/posts.jsonl").write_bytes(b"{}\n")
    code, said, complained = command("check")
    assert (code, complained) == (1, "")
    assert "source.export-changed" in said


def test_warnings_alone_are_0(package, command):
    declared = package / "raw/first-thread/source.toml"
    declared.write_text(declared.read_text().replace("signed_off_by", "# signed_off_by"))
    code, said, _ = command("check")
    assert (code, "warning source.unsigned" in said) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bild"], "Did you mean 'build'?"),
        (["check", "--colour"], "No such option"),
        (["add", "x.jsonl"], "does not exist"),
        (["build", "--workers", "0"], "--workers"),
        (["build", "--hydrate", "nonsense"], "SOURCE=EXPORT"),
        (["check", "nowhere"], "this is no source"),
        (["formats", "papyrus"], "no reader is called"),
        (["check", "--root", "nowhere"], "does not exist"),
    ],
)
def test_wrong_usage_is_2_and_one_line_with_what_to_do(package, command, arguments, said):
    code, out, complained = command(*arguments)
    assert (code, out) == (2, "")
    assert complained.startswith("error: ")
    assert complained.count("\n") == 1
    assert said in complained
    assert complained.rstrip().endswith(")")


def test_no_command_shows_the_help_and_is_2(command):
    code, out, complained = command()
    assert (code, out) == (2, "")
    assert "Commands:" in complained


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "--root", "."], "error: build/recipe.toml: the recipe is missing (make a package with threadcommons init DIR)\n"),
        (["cite", "."], "there is no manifest.json here"),
        (["card", "--root", "."], ""),
    ],
)
def test_what_cannot_go_on_is_3_and_one_line(tmp_path, monkeypatch, command, arguments, said):
    monkeypatch.chdir(tmp_path)
    code, out, complained = command(*arguments)
    assert (code, out) == (3, "")
    assert complained.startswith("error: ")
    assert complained.count("\n") == 1
    assert said in complained


def test_outside_of_a_package_it_says_how_to_get_one(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    assert "threadcommons init DIR" in command("check")[2]


BROKEN = [
    (RuntimeError("what\nnow"), "RuntimeError: what\\nnow (a fault of the program: run it again with --debug"),
    (KeyError("x"), "KeyError: 'x' (a fault of the program"),
    (MemoryError(), "there is not enough memory"),
    (OSError(errno.ENOSPC, "No space left on device", "/some/file"), "/some/file: No space left on device (make room"),
    (RecursionError("maximum recursion depth exceeded"), "a fault of the program"),
]


@pytest.mark.parametrize(("error", "said"), BROKEN, ids=lambda value: type(value).__name__)
def test_whatever_breaks_is_3_and_one_line(package, command, monkeypatch, error, said):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr(api, "check", broken)
    code, out, complained = command("check")
    assert (code, out) == (3, "")
    assert complained.count("\n") == 1
    assert said in complained
    assert "Traceback" not in complained


def test_debug_shows_the_traceback_wherever_it_stands(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    for line in (["--debug", "check"], ["check", "--debug"]):
        code, _, complained = command(*line)
        assert code == 3
        assert "Traceback (most recent call last)" in complained
        assert "there is no dataset package here" in complained.splitlines()[-1]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort(), EOFError()])
def test_an_interrupt_is_130_without_noise(package, command, monkeypatch, error):
    def interrupted(*_, **__):
        raise error

    monkeypatch.setattr(api, "check", interrupted)
    code, out, complained = command("check")
    assert (code, out) == (130, "")
    assert complained.strip() == "error: interrupted; nothing half-done was left behind"


def test_control_c_ends_a_running_command(package):
    code = "import time; from threadcommons import api; api.check = lambda *a, **k: time.sleep(60); from threadcommons.cli import main; import sys; sys.argv = ['x', 'check']; print('ready', flush=True); main()"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, complained = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in complained


@pytest.mark.parametrize("arguments", [["licenses", "--json"], ["--help"], ["check"]])
def test_a_reader_who_goes_away_is_no_error(package, arguments):
    """The pipe is closed before anything is read."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "threadcommons", *arguments], stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode in (1, 141)


def test_a_reader_who_leaves_in_the_middle_is_no_error_either():
    """The pipe holds a page, so most of the answer is still to come when the reader goes.

    Unbuffered, Python itself does not notice that a part was never written.
    """
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    line = [sys.executable, "-m", "threadcommons", "licenses", "--json"]
    env = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    process = subprocess.Popen(line, stdout=writing, stderr=subprocess.PIPE, env=env)
    os.close(writing)
    assert os.read(reading, 2) == b"{\n"
    os.close(reading)
    _, complained = process.communicate(timeout=60)
    assert (process.returncode, complained) == (141, b"")


def test_names_cannot_forge_lines(package, command):
    code, _, complained = command("check", "raw/a\nerror: all is well\u202e")
    assert code == 2
    assert complained.count("\n") == 1
    assert "\u202e" not in complained
