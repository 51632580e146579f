"""What the tasks of these tests do. `local["done"]` names a file that gets one line each time a task is really done."""

import os
import signal
import sys
import time
from pathlib import Path

from threadcommons.errors import Unbalanced


def _note(local, line):
    if "done" in local:
        with Path(local["done"]).open("a") as log:
            log.write(f"{line}\n")


def copy(params, local, folder):
    """Two outputs and a fact that depend on the parameters alone."""
    _note(local, params["number"])
    (folder / "text.txt").write_text(f"number {params['number']}\n" * 100)
    (folder / "inner").mkdir()
    (folder / "inner" / "more.bin").write_bytes(bytes(range(256)) * params["number"])
    return {"number": params["number"], "square": params["number"] ** 2}


def die_once(params, local, folder):
    """Kill the own process the first time; the marker that it happened lies outside of the store."""
    marker = Path(local["marker"])
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return copy(params, local, folder)


def die(_params, local, folder):
    """Kill the own process, after having written half an output."""
    (folder / "half.txt").write_text("half")
    _note(local, "died")
    os.kill(os.getpid(), signal.SIGKILL)


def fail(params, local, folder):
    """Raise what the parameters ask for, after having written half an output."""
    (folder / "half.txt").write_text("half")
    _note(local, "failed")
    if params["error"] == "ours":
        raise Unbalanced("12 bytes unaccounted", where="raw/thread", hint="report it")
    if params["error"] == "theirs":
        raise ZeroDivisionError("a plain error of the language")
    raise OSError(28, "No space left on device", "part.parquet")


def linger(params, local, folder):
    """Say which process it is, then work for a while."""
    _note(local, os.getpid())
    time.sleep(params["seconds"])
    return copy({"number": params["number"]}, {}, folder)


# -- jobs of a pool, which are functions like any other --------------------------------------------------------------


def told(*values):
    """The arguments, and which process got them."""
    return os.getpid(), values


def modules():
    """Names of what the process has imported."""
    return sorted(sys.modules)


def parent():
    """Which process the own one came of."""
    return os.getppid()


def ask_polars():
    """Have polars start threads, of which a process that comes of this one has none."""
    import polars as pl

    pl.DataFrame({"a": [1, 2, 1]}).lazy().group_by("a").len().collect()


def long_import():
    """Take longer than anybody wants to wait."""
    time.sleep(60)


def counted(numbers):
    """What only a process can answer in which polars works."""
    import polars as pl

    return dict(sorted(pl.DataFrame({"a": numbers}).lazy().group_by("a").len().collect().iter_rows()))


def talk(words):
    """Say something where the answers go, and listen where the jobs come from."""
    sys.stdout.write(words)
    sys.stdout.flush()
    os.write(1, words.encode())
    return sys.stdin.read()


def sleep(seconds, finished):
    """Work for a while, and leave a file when it is done."""
    time.sleep(seconds)
    finished.touch()


def end(how):
    """Kill the own process, or leave it as a library might."""
    os.kill(os.getpid(), signal.SIGKILL) if how == "killed" else os._exit(3)


def unspeakable(what):
    """Raise, or return, something that cannot be sent."""
    if what == "result":
        return lambda: None

    class Hidden(Exception):
        """Nobody else can import it."""

    raise Hidden("eleven posts")


def end_over(_item):
    """Die over whatever it is."""
    end("killed")


def divide(item):
    """Fail over the first item, since its number is 0."""
    return 1 / item.number


def surroundings(name):
    """What a variable of the surroundings says."""
    return os.environ.get(name)
