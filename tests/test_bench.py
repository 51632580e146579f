"""What the benchmark beside peers stands on: its posts, how it measures a process, how it counts. Never its speed."""

import math
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from threadcommons import api
from threadcommons.schema import judge

BENCH = Path(__file__).resolve().parents[1] / "bench"
sys.path[:0] = [str(BENCH)]

import bench_build  # noqa: E402  (a script of bench/, found only once its folder is on the path)
import corpus  # noqa: E402  (the same)
import environments  # noqa: E402  (the same)
import running  # noqa: E402  (the same)

COUNT = 6_000


@pytest.fixture(scope="module")
def spoken():
    return list(corpus.spoken(COUNT))


def shares(spoken):
    """The shares of posts that say what another says, that nearly do, and that hold something personal."""
    seen, openings, again, nearly = set(), Counter(), 0, 0
    for said in spoken:
        text = said.text()
        # Words drawn anew do not agree in twenty places with those of a long post; a copy with one in forty changed does.
        marks = {said.words[at : at + 20] for at in (0, 20)} if len(said.words) >= 40 else set()
        again += text in seen
        nearly += text not in seen and any(openings[mark] for mark in marks)
        seen.add(text)
        openings.update(marks)
    return again / len(spoken), nearly / len(spoken), sum(bool(said.more) for said in spoken) / len(spoken)


def test_the_shares_are_those_that_are_stated(spoken):
    again, nearly, personal = shares(spoken)
    assert again == pytest.approx(0.05, abs=0.01)
    assert nearly == pytest.approx(0.05, abs=0.015)
    assert personal == pytest.approx(0.01, abs=0.005)


def test_posts_without_copies_would_be_noticed(monkeypatch):
    monkeypatch.setattr(corpus, "_REPEATED", 0.0)
    monkeypatch.setattr(corpus, "_NEARLY", 0.0)
    again, nearly, _ = shares(list(corpus.spoken(COUNT)))
    assert again < 0.005
    assert nearly < 0.005


def test_lengths_are_log_normal_and_scripts_are_several(spoken):
    logs = sorted(math.log(len(said.words)) for said in spoken)
    assert sum(len(said.words) for said in spoken) / COUNT == pytest.approx(51, rel=0.1)
    assert logs[COUNT // 2] == pytest.approx(math.log(51) - corpus._SPREAD**2 / 2, abs=0.1)
    assert (logs[COUNT * 84 // 100] - logs[COUNT * 16 // 100]) / 2 == pytest.approx(corpus._SPREAD, abs=0.08)
    found = Counter(said.script for said in spoken)
    for number, script in enumerate(corpus.SCRIPTS):
        assert found[number] / COUNT == pytest.approx(script.share, abs=0.02)


def test_words_follow_zipf():
    """The tenth word is a tenth as frequent as the first; the last of the vocabulary is no heap of what lies beyond it."""
    first = [said.words for said in corpus.spoken(COUNT) if said.script == 0 and not said.more]
    found = Counter(word for words in first for word in words)
    common = corpus.SCRIPTS[0].common
    assert found[common[0]] / found[common[9]] == pytest.approx(10, rel=0.2)


def test_the_same_number_gives_the_same_bytes():
    code = "import sys; sys.path[:0] = [sys.argv[1]]; import corpus; sys.stdout.buffer.write(b'\\n'.join(corpus.lines(500)))"
    line = [sys.executable, "-c", code, str(BENCH)]
    told = {subprocess.run(line, capture_output=True, check=True, env={"PYTHONHASHSEED": seed}).stdout for seed in ("1", "2")}
    assert told == {b"\n".join(corpus.lines(500))}


def test_one_line_in_a_hundred_is_broken_and_the_others_are_posts():
    lines = corpus.lines(COUNT)
    assert len(lines) == COUNT
    assert not any(b"\n" in line for line in lines)
    fine = sum(is_post(line) for line in lines)
    assert 1 - fine / COUNT == pytest.approx(0.01, abs=0.005)


def is_post(line):
    """Whether a line is JSON that names no key twice, and a post."""
    try:
        return judge("post").accepts(bench_build.once(line))
    except ValueError:
        return False


# -- measuring a process -------------------------------------------------------------------------------------------


def ran(tmp_path, code, timeout=60.0):
    return running.run([sys.executable, "-c", code], tmp_path / "log", {}, timeout)


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="this system does not tell what a process holds")
def test_memory_is_that_of_all_processes_of_a_command(tmp_path):
    hold = "held = bytearray(b'x') * 60_000_000"
    child = f"{hold}; print('held', flush=True); input()"
    both = (
        f"import subprocess, sys, time; {hold}; tell = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        f"with subprocess.Popen([sys.executable, '-c', {child!r}], **tell) as one:\n"
        "    one.stdout.readline(); time.sleep(1); one.stdin.write(b'\\n')"
    )
    alone, together = ran(tmp_path, f"import time; {hold}; time.sleep(1)"), ran(tmp_path, both)
    assert 60 < alone.peak < 110
    assert 120 < together.peak < 220


def test_seconds_of_the_processors_count_children_too(tmp_path):
    work = "import time\nwhile time.process_time() < 0.5: pass"
    told = ran(tmp_path, f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}]); print('done')")
    assert told.printed == "done\n"
    assert 0.45 < told.cpu < 3
    assert told.wall > 0.4


@pytest.mark.parametrize(("code", "timeout"), [("raise SystemExit(3)", 60.0), ("import time; time.sleep(600)", 0.5)])
def test_who_fails_or_does_not_end_is_no_result(code, timeout, tmp_path):
    with pytest.raises(running.Failed, match="exit code"):
        ran(tmp_path, code, timeout)


# -- counting ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    root = tmp_path_factory.mktemp("bench") / "package"
    corpus.package(root, 300)
    return api.build(root=root).manifest


def test_what_our_steps_kept_adds_up(manifest):
    steps = bench_build.steps_of(manifest)
    assert steps["read"] == 300 > steps["check"] >= steps["measure"] > steps["exact"] > steps["near"] == steps["write"]


def test_a_fate_that_is_not_counted_would_be_noticed(manifest):
    forgetful = {**{key: manifest[key] for key in ("fates", "counts")}, "codes": {}}
    steps = bench_build.steps_of(forgetful)
    assert steps["near"] != steps["write"]


def test_every_peer_has_its_script_and_its_lock():
    for side in bench_build.SIDES:
        assert (bench_build.PEERS / side.script).is_file()
        assert side.environment is None or environments.lock_of(side.environment).is_file()
    assert {side.environment for side in bench_build.SIDES} - {None} == set(environments.NAMES)


def test_the_locks_name_no_index_and_no_link():
    for name in environments.NAMES:
        lines = environments.lock_of(name).read_text().splitlines()
        assert any(line.startswith("    --hash=sha256:") for line in lines)
        assert not [line for line in lines if "://" in line or line.startswith("-")]
