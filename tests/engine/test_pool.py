"""A pool's processes know nothing of the program that started them, answer each job, and are gone at its end."""

import contextlib
import dataclasses
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import work

from threadcommons.engine import Pool, nursery
from threadcommons.engine import pool as pools
from threadcommons.engine.pool import WorkerLost
from threadcommons.engine.process import Process
from threadcommons.errors import Unbalanced

from .conftest import until

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src"


#: Whether processes come of one that has loaded all, or are started one by one as on other systems.
WAYS = [pytest.param(True, marks=pytest.mark.skipif(not nursery.POSSIBLE, reason="no process divides here")), False]


@pytest.fixture(params=WAYS, ids=["divided", "started"])
def divided(request, monkeypatch):
    monkeypatch.setattr(pools, "POSSIBLE", request.param)
    return request.param


@pytest.fixture
def pool(divided):
    with Pool(2, ahead=("colorsys",)) as opened:
        yield opened
        assert (opened._nursery is not None) == divided


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def script(tmp_path, text, **options):
    """Run a script that imports our source and the functions of these tests."""
    place = tmp_path / "script.py"
    place.write_text(f"import sys\nsys.path += {[str(SOURCE), str(HERE)]!r}\n{text}")
    return subprocess.run([sys.executable, str(place)], capture_output=True, text=True, timeout=60, check=False, **options)


# -- jobs and answers ---------------------------------------------------------------------------------------------


def test_a_job_is_done_elsewhere_and_its_arguments_and_answer_arrive_whole(pool):
    values = ("\u00e9\ud83d\ude00".encode("utf-16-le", "surrogatepass"), {"a": [1, None, 2**80]}, "x" * 3_000_000)
    process, returned = pool.submit(work.told, *values).result()
    assert process != os.getpid()
    assert returned == values


def test_as_many_processes_as_asked_for_share_many_jobs(pool):
    seen = [future.result()[0] for future in [pool.submit(work.told, number) for number in range(40)]]
    assert 1 <= len(set(seen)) <= 2


def test_what_a_job_prints_is_no_answer_and_it_hears_nothing(divided, capfd):
    with Pool(2, ahead=("colorsys",)) as pool:
        assert pool.submit(work.talk, "three rivers").result() == ""
        assert pool.submit(work.told, 1).result()[1] == (1,)
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.count("three rivers") == 2


def test_an_error_is_raised_where_the_answer_is_waited_for_and_says_where_it_began(pool, tmp_path):
    with pytest.raises(ZeroDivisionError) as raised:
        pool.submit(divmod, 1, 0).result()
    assert "in a worker process" in raised.value.__notes__[0]
    with pytest.raises(Unbalanced) as ours:
        pool.submit(work.fail, {"error": "ours"}, {}, tmp_path).result()
    assert (ours.value.what, ours.value.where, ours.value.hint) == ("12 bytes unaccounted", "raw/thread", "report it")
    assert pool.submit(work.told, 1).result()[1] == (1,)


def test_what_cannot_be_sent_is_an_error_and_no_silence(pool):
    with pytest.raises(RuntimeError, match=r"Hidden: eleven posts"):
        pool.submit(work.unspeakable, "error").result()
    with pytest.raises(Exception, match="pickle"):
        pool.submit(work.unspeakable, "result").result()
    assert pool.submit(work.told, 1).result()[1] == (1,)


# -- processes that die -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["killed", "left"])
def test_a_process_that_dies_loses_its_own_job_and_no_other(pool, how):
    lost = pool.submit(work.end, how)
    kept = [pool.submit(work.told, number) for number in range(8)]
    with pytest.raises(WorkerLost):
        lost.result()
    assert [future.result()[1] for future in kept] == [(number,) for number in range(8)]


def test_an_interrupt_is_the_callers_to_handle(pool):
    process, _ = pool.submit(work.told).result()
    os.kill(process, signal.SIGINT)
    assert pool.submit(work.told).result()[0] == process


def test_at_the_end_all_processes_are_ended_and_none_is_waited_for(tmp_path, divided):
    finished = tmp_path / "finished"
    with Pool(2, ahead=("colorsys",)) as pool:
        processes = [pool.submit(work.told).result()[0]]
        slow = [pool.submit(work.sleep, 20, finished) for _ in range(3)]
        assert until(lambda: len(pool._processes) == 2)
        processes += [process.pid for process in pool._processes]
        processes += [pool._nursery._process.pid] if divided else []
    assert all(future.cancelled() or isinstance(future.exception(), WorkerLost) for future in slow)
    assert all(map(gone, processes))
    assert not finished.exists()
    with pytest.raises(RuntimeError):
        pool.submit(work.told)


# -- started ahead ------------------------------------------------------------------------------------------------


def test_modules_are_imported_ahead_of_the_first_job(divided):
    with Pool(2, ahead=("colorsys", "no.such.module", "work:parent", "work:no_such_function")) as pool:
        assert (pool.begun, len(pool._threads)) == (True, 0 if divided else 1)
        first = pool.submit(work.modules).result()
        assert len(pool._processes) == 1
    assert "colorsys" in first
    with Pool(2) as pool:
        assert not pool.begun
        assert "colorsys" not in pool.submit(work.modules).result()


def test_modules_for_later_are_imported_when_the_pool_is_told_to_use_the_time(divided):
    with Pool(2, ahead=("bisect",), later=("colorsys", "no.such.module")) as pool:
        assert "colorsys" not in pool.submit(work.modules).result()
        pool.use_the_time()
        pool.use_the_time()
        assert until(lambda: "colorsys" in pool.submit(work.modules).result())
        assert not divided or len(pool._processes) == 1
    with Pool(2, later=("colorsys",)) as pool:
        pool.use_the_time()
        assert not pool.begun


def test_a_pool_is_filled_before_there_is_work(divided):
    with Pool(2, ahead=("colorsys",)) as pool:
        pool.fill()
        assert pool.complete
        assert until(lambda: len(pool._processes) == 2)
    with Pool(1, ahead=("colorsys",)) as pool:
        pool.fill()
        assert not pool.begun


# -- processes that come of one ------------------------------------------------------------------------------------

dividing = pytest.mark.skipif(not nursery.POSSIBLE, reason="no process divides here")


@dividing
def test_all_come_of_one_that_has_loaded_what_they_need():
    with Pool(2, ahead=("polars", "work")) as pool:
        pool.fill()
        parents = {pool.submit(work.parent).result() for _ in range(8)}
        assert parents == {pool._nursery._process.pid}
        assert pool.submit(work.counted, [3, 1, 3]).result() == {1: 1, 3: 2}


@dividing
def test_what_is_learnt_later_is_in_new_processes_and_costs_no_job():
    with Pool(2, ahead=("bisect",), later=("colorsys",)) as pool:
        before, _ = pool.submit(work.told).result()
        pool.use_the_time()
        told = [pool.submit(work.told, number) for number in range(20)]
        assert [future.result()[1] for future in told] == [(number,) for number in range(20)]
        assert until(lambda: "colorsys" in pool.submit(work.modules).result())
        assert until(lambda: before not in {process.pid for process in pool._processes})
        assert not until(lambda: Path(f"/proc/{before}/exe").exists(), 0)
        assert pool.peak_memory() > 0


def they_are_started_one_by_one(pool):
    assert pool.submit(work.counted, [3, 1, 3]).result(timeout=60) == {1: 1, 3: 2}
    assert pool.submit(work.parent).result() == os.getpid()
    assert "colorsys" in pool.submit(work.modules).result()


@dividing
def test_without_the_one_they_are_started_one_by_one():
    with Pool(2, ahead=("polars", "colorsys")) as pool:
        pool._nursery._process.kill()
        they_are_started_one_by_one(pool)


@pytest.fixture
def divided_off(monkeypatch):
    """Number -> who ended it, for each process that comes of another. A watchdog ends those that nobody else ends.

    A pool waits for all of its processes, so that without a watchdog a silence without a limit would never be a failure.
    """
    right, ended, watchdogs = nursery.Nursery._divided, {}, []

    def end(process, who):
        ended.setdefault(process.pid, who)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)

    def watched(self):
        process = right(self)
        watchdogs.append(threading.Timer(2 * nursery.PATIENCE + 3, end, [process, "the watchdog"]))
        watchdogs[-1].start()
        return dataclasses.replace(process, kill=lambda: end(process, "the limit"))

    monkeypatch.setattr(nursery.Nursery, "_divided", watched)
    yield ended
    for watchdog in watchdogs:
        watchdog.cancel()


@dividing
def test_a_new_process_is_not_waited_for_when_it_says_nothing(monkeypatch, divided_off):
    """Threads that work are not in it, so that whoever asks them waits for ever; and no second one is made."""
    monkeypatch.setattr(nursery, "PATIENCE", 0.5)
    with Pool(2, ahead=("work:ask_polars", "colorsys")) as pool:
        they_are_started_one_by_one(pool)
        pool.fill()
        assert until(lambda: len(pool._processes) == 2)
    assert list(divided_off.values()) == ["the limit"]


@dividing
def test_a_silence_without_a_limit_is_caught(monkeypatch, divided_off):
    monkeypatch.setattr(nursery, "PATIENCE", 0.1)
    monkeypatch.setattr(Process, "speaks_within", lambda _self, _seconds: True)
    with Pool(2, ahead=("work:ask_polars", "colorsys")) as pool:
        they_are_started_one_by_one(pool)
    assert set(divided_off.values()) == {"the watchdog"}


@dividing
def test_it_is_no_matter_how_many_files_are_open():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.ExitStack() as opened:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 2048), hard))
        opened.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1100):
            opened.enter_context(Path(os.devnull).open("rb"))
        with Pool(2, ahead=("colorsys",)) as pool:
            assert pool.submit(work.parent).result(timeout=60) == pool._nursery._process.pid


@dividing
def test_who_divides_is_not_waited_for_when_nobody_needs_it():
    begun = time.monotonic()
    with Pool(2, ahead=("work:long_import",)) as pool:
        pool.fill()
    assert time.monotonic() - begun < 30


def test_processes_share_the_processors_unless_the_user_says_else(monkeypatch):
    monkeypatch.delenv("POLARS_MAX_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    with Pool(2, ahead=("colorsys",)) as pool:
        assert pool.submit(work.surroundings, "POLARS_MAX_THREADS").result() == str(max(1, os.cpu_count() // 2))
        assert pool.submit(work.surroundings, "OMP_NUM_THREADS").result() == "7"


def test_a_pool_of_one_starts_no_process_by_itself():
    with Pool(1, ahead=("colorsys",)) as pool:
        assert pool.size == 1
        assert pool._threads == []
    assert Pool().size == os.cpu_count()


# -- the caller's program -----------------------------------------------------------------------------------------


def test_a_script_without_a_guard_runs_once(tmp_path):
    done = script(
        tmp_path,
        """
import work
from threadcommons.engine import Pool
print("once")
with Pool(2) as pool:
    print(len({pool.submit(work.told, number).result()[1] for number in range(4)}))
""",
    )
    assert (done.returncode, done.stdout.split()) == (0, ["once", "4"]), done.stderr


def test_a_file_in_the_current_folder_does_not_stand_in_for_a_module(tmp_path):
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    for name in ("pickle", "threadcommons", "signal", "queue"):
        (hostile / f"{name}.py").write_text("print('taken over', flush=True)\nraise SystemExit(9)\n")
    text = "import work\nfrom threadcommons.engine import Pool\nwith Pool(2) as p:\n    print(p.submit(work.told, 5).result()[1])"
    done = script(tmp_path, text, cwd=hostile)
    assert (done.returncode, done.stdout.strip()) == (0, "(5,)"), done.stderr
    assert "taken over" not in done.stderr
