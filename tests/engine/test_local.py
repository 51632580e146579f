"""The local engine: any number of workers gives the same receipts, lost tasks are tried again, errors arrive as they are."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import work

from threadcommons.engine import Pool, Store, Task, head_start, run_local, share
from threadcommons.engine.local import LIGHT, TRIES
from threadcommons.errors import TaskLost, Unbalanced

from .conftest import until

HERE = Path(__file__).parent
SOURCE = HERE.parents[1] / "src"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def log(tmp_path):
    return tmp_path / "done.txt"


def lines(log):
    return log.read_text().split() if log.exists() else []


def tasks(count, function="work:copy", weight=LIGHT, **local):
    return [Task(function, {"number": number}, {}, "code", local, weight) for number in range(count)]


def run(some, store, workers):
    """All receipts, from a pool of its own."""
    with Pool(workers) as pool:
        return list(run_local(some, store, pool))


def outcome(store):
    """Every byte that the store holds, by name."""
    files = [path for path in store.root.rglob("*") if path.is_file()]
    return {path.relative_to(store.root).as_posix(): path.read_bytes() for path in files}


# -- the same from any number of workers --------------------------------------------------------------------------


def test_receipts_and_bytes_do_not_depend_on_the_number_of_workers(tmp_path):
    found = []
    for workers in (1, 2, 8, None):
        store = Store(tmp_path / f"workers-{workers}")
        receipts = {receipt.digest: (receipt.facts, receipt.outputs) for receipt in run(tasks(12), store, workers)}
        assert len(receipts) == 12
        found.append((receipts, outcome(store)))
    assert all(other == found[0] for other in found)


def test_work_is_really_shared_among_processes_and_light_work_is_not(store, log):
    some = [
        Task("work:linger", {"number": number, "seconds": 0.2}, {}, "code", {"done": str(log)}, LIGHT) for number in range(4)
    ]
    assert len(run(some, store, 2)) == 4
    assert len(set(lines(log))) == 2
    assert str(os.getpid()) not in lines(log)
    log.unlink()
    light = [Task("work:linger", {"number": number, "seconds": 0}, {}, "light", {"done": str(log)}, 1) for number in range(4)]
    assert len(run(light, store, 2)) == 4
    assert set(lines(log)) == {str(os.getpid())}


@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_done_is_not_done_again(store, log, workers):
    first = {receipt.digest: receipt for receipt in run(tasks(4, done=str(log)), store, workers)}
    again = {receipt.digest: receipt for receipt in run(tasks(6, done=str(log)), store, workers)}
    assert sorted(lines(log)) == list("012345")
    assert first.items() <= again.items()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_damaged_output_costs_its_own_task_and_no_other(store, log, workers):
    receipts = {receipt.facts["number"]: receipt for receipt in run(tasks(4), store, workers)}
    damaged = receipts[2].path("text.txt")
    damaged.write_bytes(b"N" + damaged.read_bytes()[1:])
    again = {receipt.facts["number"]: receipt for receipt in run(tasks(4, done=str(log)), store, workers)}
    assert lines(log) == ["2"]
    assert again == receipts
    assert damaged.read_bytes().startswith(b"number 2")


def test_no_tasks_are_no_trouble(store):
    assert run([], store, 8) == []


# -- processes that die -------------------------------------------------------------------------------------------


def test_a_task_whose_process_is_killed_is_tried_again(store, tmp_path):
    undisturbed = Store(tmp_path / "undisturbed")
    some = tasks(6)
    run(some, undisturbed, 2)
    killer = Task("work:die_once", {"number": 9}, {}, "code", {"marker": str(tmp_path / "killed")}, LIGHT)
    receipts = {receipt.digest: receipt for receipt in run([*some, killer], store, 2)}
    assert (tmp_path / "killed").exists()
    assert receipts[killer.digest].facts["number"] == 9
    assert outcome(undisturbed).items() <= outcome(store).items()


def test_a_task_that_always_dies_is_given_up_and_said_to_be_lost(store, log):
    killer = Task("work:die", {}, {}, "code", {"done": str(log)}, LIGHT)
    with pytest.raises(TaskLost) as lost:
        run([killer, *tasks(1)], store, 2)
    assert lines(log) == ["died"] * TRIES
    assert lost.value.where == "work:die"
    assert lost.value.hint
    assert store.find(killer.digest) is None


# -- errors -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_our_errors_arrive_whole(store, workers):
    failing = Task("work:fail", {"error": "ours"}, {}, "code", {}, LIGHT)
    with pytest.raises(Unbalanced) as raised:
        run([failing, *tasks(1)], store, workers)
    assert (raised.value.what, raised.value.where, raised.value.hint) == ("12 bytes unaccounted", "raw/thread", "report it")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [("theirs", ZeroDivisionError, "a plain error of the language"), ("system", OSError, "No space left on device")],
)
def test_so_do_those_of_others(store, workers, kind, error, words):
    failing = Task("work:fail", {"error": kind}, {}, "code", {}, LIGHT)
    with pytest.raises(error, match=words):
        run([failing, *tasks(1)], store, workers)


@pytest.mark.parametrize("workers", [1, 2])
def test_after_an_error_no_new_task_is_begun(store, log, workers):
    failing = Task("work:fail", {"error": "theirs"}, {}, "code", {"done": str(log)}, LIGHT)
    slow = [Task("work:linger", {"number": n, "seconds": 0.1}, {}, "code", {"done": str(log)}, LIGHT) for n in range(40)]
    with pytest.raises(ZeroDivisionError):
        run([failing, *slow], store, workers)
    assert len(lines(log)) < 20


@pytest.mark.parametrize("workers", [1, 2])
def test_a_task_that_failed_is_tried_again_in_the_next_run(store, workers, log):
    failing = Task("work:fail", {"error": "ours"}, {}, "code", {"done": str(log)}, LIGHT)
    for _ in range(2):
        with pytest.raises(Unbalanced):
            run([failing, *tasks(1)], store, workers)
    assert lines(log) == ["failed"] * 2


# -- work without receipts ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """Something to work on that must arrive in another process."""

    number: int
    weight: int


def items(weight, count=6):
    return [Item(number, weight) for number in range(count)]


def numbers(outcomes):
    """What came of each item, and in how many processes; whether one of them is this."""
    found = list(outcomes)
    processes = {process for process, _ in found}
    return [item.number for _, (item,) in found], len(processes), os.getpid() in processes


def test_heavy_work_is_shared_and_comes_back_in_order():
    with Pool(2) as pool:
        order, processes, here = numbers(share(pool, work.told, items(LIGHT)))
    assert (order, here) == ([0, 1, 2, 3, 4, 5], False)
    assert 1 <= processes <= 2


def test_light_work_starts_no_process_and_takes_one_that_is_there():
    with Pool(2) as pool:
        assert numbers(share(pool, work.told, items(1))) == ([0, 1, 2, 3, 4, 5], 1, True)
        assert not pool.begun
    with Pool(2, ahead=("colorsys",)) as pool:
        assert numbers(share(pool, work.told, items(1))) == ([0, 1, 2, 3, 4, 5], 1, False)
        assert len(pool._processes) == 1
    with Pool(1) as pool:
        assert numbers(share(pool, work.told, items(LIGHT))) == ([0, 1, 2, 3, 4, 5], 1, True)


def test_shared_work_whose_process_dies_is_lost_and_its_errors_arrive():
    with Pool(2) as pool:
        with pytest.raises(TaskLost, match="died"):
            list(share(pool, work.end_over, items(LIGHT)))
        with pytest.raises(ZeroDivisionError):
            list(share(pool, work.divide, items(LIGHT)))


def test_a_head_start_is_for_processes_that_are_there():
    with Pool(1) as pool:
        assert head_start(pool, work.told, items(1)[0]) is None
    with Pool(2, ahead=("colorsys",)) as pool:
        assert head_start(pool, work.told, items(1)[0]) is None, "it would start the second"
        list(share(pool, work.told, items(LIGHT)))
        outcomes = [head_start(pool, work.told, item) for item in items(1)]
        order, _, here = numbers(outcome() for outcome in outcomes)
        assert (order, here, len(pool._processes)) == ([0, 1, 2, 3, 4, 5], False, 2)
        with pytest.raises(TaskLost, match="died"):
            head_start(pool, work.end_over, items(1)[0])()
        with pytest.raises(ZeroDivisionError):
            head_start(pool, work.divide, items(1)[0])()


# -- orphans ------------------------------------------------------------------------------------------------------

PARENT = """
import sys
from pathlib import Path
sys.path.append(sys.argv[1])
from threadcommons.engine import Pool, Store, Task, head_start, run_local, share
some = [Task("work:linger", {"number": n, "seconds": 60}, {}, "code", {"done": sys.argv[3]}, 1 << 30) for n in range(3)]
with Pool(3, ahead=eval(sys.argv[4])) as pool:
    list(run_local(some, Store(Path(sys.argv[2])), pool))
"""


def running(pid):
    """Whether a process is there and at work; one that only waits to be collected is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")
@pytest.mark.parametrize("ahead", [(), ("colorsys",)], ids=["started", "divided"])
def test_workers_die_with_their_parent(tmp_path, log, ahead):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    arguments = [sys.executable, str(script), str(HERE), str(tmp_path / "store"), str(log), repr(ahead)]
    with subprocess.Popen(arguments, env=os.environ | {"PYTHONPATH": str(SOURCE)}) as parent:
        assert until(lambda: len(lines(log)) == 3, 30)
        workers = [int(line) for line in lines(log)]
        assert all(map(running, workers))
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert until(lambda: not any(map(running, workers)), 2)
    assert not any(path.suffix != ".aside" for path in (tmp_path / "store").iterdir())
