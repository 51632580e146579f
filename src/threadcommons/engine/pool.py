"""Processes that do what they are told.

Those of `multiprocessing` run the caller's main program again, so a plain script that builds a release would
build it in each of them. These know nothing of who started them: they get functions by name and arguments.
"""

from __future__ import annotations

import os
import pickle
import resource
import subprocess
import sys
import threading
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from .worker import import_all

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

#: Modules are looked for where the caller looks for them, and nowhere else: not in the current folder either.
_PROGRAM: Final = "import sys; sys.path[:] = {path!r}; from {module} import serve; serve({ahead!r})"
#: What reading from a process, or writing to it, raises when it has died.
_GONE: Final = (OSError, EOFError, pickle.UnpicklingError)


#: What `ru_maxrss` counts in: KiB, but on macOS bytes.
_MAXRSS: Final = 1 if sys.platform == "darwin" else 1024


class WorkerLost(Exception):
    """A process died over a job."""


class Pool:
    """At most `size` processes (one per processor by default), started when there is work for them.

    Meant for a `with` statement; at its end all processes are ended, also those at work. `ahead` names modules
    that a first process begins to import as soon as the statement is entered, while the caller is busy with
    something else. It is not started when the caller has these modules already, and not in a pool of one, because
    then the caller does the work itself. `later` names those that processes import when told to use the time.
    """

    def __init__(self, size: int | None = None, ahead: Sequence[str] = (), later: Sequence[str] = ()) -> None:
        self.size: Final = (size or os.cpu_count() or 1) if sys.executable else 1
        self._ahead, self._later = ahead, later
        self._jobs: SimpleQueue[tuple[bytes, Future[Any]] | None] = SimpleQueue()
        self._guard = threading.Lock()
        self._pending = 0
        self._closed = False
        self._threads: list[threading.Thread] = []
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        if self.size > 1 and not sys.modules.keys() >= set(self._ahead):
            self._hire(self._ahead)
        return self

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._closed = True
            for process in self._processes:
                process.kill()
        for _thread in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        for process in self._processes:
            process.communicate()

    @property
    def begun(self) -> bool:
        """Whether there are processes already."""
        return bool(self._threads)

    @property
    def complete(self) -> bool:
        """Whether all processes are there, so that a job more starts none."""
        return len(self._threads) == self.size

    def use_the_time(self) -> None:
        """Have the processes that there are import what is needed later: for when they wait for the caller."""
        for _thread in self._threads if self._later else ():
            self.submit(import_all, self._later)

    def peak_memory(self) -> int:
        """The most memory that the caller and each process had so far, added up, in bytes.

        Processes whose system does not tell (it has no /proc) count nothing.
        """
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS
        return own + sum(_high_water(process.pid) for process in self._processes)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have a process call `function`, which it imports by its name. The outcome is WorkerLost if it dies."""
        request, future = pickle.dumps((function, arguments)), Future[Any]()
        with self._guard:
            if self._closed:
                raise RuntimeError("the pool is closed")
            self._pending += 1
            if len(self._threads) < min(self._pending, self.size):
                self._hire()
        future.add_done_callback(self._settled)
        self._jobs.put((request, future))
        return future

    def _settled(self, _: Future[Any]) -> None:
        with self._guard:
            self._pending -= 1

    def _hire(self, ahead: Sequence[str] = ()) -> None:
        """One process more, and the thread that talks with it."""
        self._threads.append(threading.Thread(target=self._work, args=(ahead,)))
        self._threads[-1].start()

    def _work(self, ahead: Sequence[str]) -> None:
        """Give jobs to a process, as soon as it is ready for them; if it dies, to a new one."""
        process = self._start(ahead)
        while job := self._jobs.get():
            request, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                fine, outcome = _conversation(process, request)
            except _GONE:
                process = self._start(ahead)
                fine, outcome = False, WorkerLost()
            (future.set_result if fine else future.set_exception)(outcome)

    def _start(self, ahead: Sequence[str]) -> subprocess.Popen[bytes] | None:
        """A process, once it is ready; None when the system gives us none, or the pool is closed."""
        program = _PROGRAM.format(path=list(map(str, sys.path)), module=f"{__package__}.worker", ahead=list(ahead))
        with suppress(*_GONE):
            with self._guard:
                if self._closed:
                    return None
                process = subprocess.Popen(  # noqa: S603  (this Python, with our program)
                    [sys.executable, "-P", "-c", program],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=_share_of(self.size) | os.environ,
                )
                self._processes.append(process)
            _heard(process)
            return process
        return None


#: What says to libraries how many threads they may work with: polars, and Arrow.
_THREADS: Final = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS")


def _share_of(size: int) -> dict[str, str]:
    """Surroundings in which each of so many processes uses its share of the processors, unless the user says else."""
    return dict.fromkeys(_THREADS, str(max(1, (os.cpu_count() or 1) // size)))


def _high_water(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _heard(process: subprocess.Popen[bytes]) -> bytes:
    """The next message of a process."""
    assert process.stdout is not None  # noqa: S101  (it is a pipe)
    message: bytes = pickle.load(process.stdout)  # noqa: S301  (from our own process)
    return message


def _conversation(process: subprocess.Popen[bytes] | None, request: bytes) -> tuple[bool, Any]:
    """Give a process a job and wait for its answer: (True, what came of it) or (False, the error)."""
    if process is None:
        raise EOFError
    assert process.stdin is not None  # noqa: S101  (it is a pipe)
    pickle.dump(request, process.stdin)
    process.stdin.flush()
    answer = _heard(process)
    try:
        spoken: tuple[bool, Any] = pickle.loads(answer)  # noqa: S301  (from our own process)
    except Exception as error:  # noqa: BLE001  (whoever waits for the answer shall hear of it)
        return False, error
    return spoken
