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
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Final

from .nursery import POSSIBLE, Nursery
from .process import GONE, Process
from .worker import import_all

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

#: Modules are looked for where the caller looks for them, and nowhere else: not in the current folder either.
_PROGRAM: Final = "import sys; sys.path[:] = {path!r}; from {module} import {begin}; {begin}({ahead!r})"
#: What `ru_maxrss` counts in: KiB, but on macOS bytes.
_MAXRSS: Final = 1 if sys.platform == "darwin" else 1024


class WorkerLost(Exception):
    """A process died over a job."""


class Pool:
    """At most `size` processes (one per processor by default), started when there is work for them.

    Meant for a `with` statement; at its end all processes are ended, also those at work. `ahead` names modules, and
    functions to call as "module:function", that a process begins to load as soon as the statement is entered, while the
    caller is busy with something else. Where the system can do it, all others come of that one and need not load them
    again. It is not started when the caller has these modules already, and not in a pool of one, because then the
    caller does the work itself. `later` names what is loaded when the pool is told to use the time.
    """

    def __init__(self, size: int | None = None, ahead: Sequence[str] = (), later: Sequence[str] = ()) -> None:
        self.size: Final = (size or os.cpu_count() or 1) if sys.executable else 1
        self._ahead, self._later = ahead, later
        self._jobs: SimpleQueue[tuple[bytes, Future[Any]] | None] = SimpleQueue()
        self._guard = threading.Lock()
        self._pending = 0
        self._closed = False
        self._threads: list[threading.Thread] = []
        self._processes: list[Process] = []
        self._nursery: Nursery | None = None
        self._teacher: threading.Thread | None = None
        self._taught = False
        self._peak = 0

    def __enter__(self) -> Self:
        if self.size > 1 and not sys.modules.keys() >= {name.partition(":")[0] for name in self._ahead}:
            self._begin()
            if self._nursery is None:
                self._hire()
        return self

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._closed = True
            for process in self._processes:
                process.kill()
        for _thread in self._threads:
            self._jobs.put(None)
        if self._nursery is not None:
            self._nursery.close()
        for thread in (*self._threads, *filter(None, [self._teacher])):
            thread.join()
        for process in self._processes:
            process.ended()

    @property
    def begun(self) -> bool:
        """Whether there is a process already."""
        return bool(self._threads) or self._nursery is not None

    @property
    def complete(self) -> bool:
        """Whether all processes are there, so that a job more starts none."""
        return len(self._threads) == self.size

    def fill(self) -> None:
        """Start all processes now, for work that is to come. In a pool of one the caller does it."""
        with self._guard:
            while len(self._threads) < self.size > 1:
                self._hire()

    def use_the_time(self) -> None:
        """Have loaded what is needed later, for when processes wait for the caller. What goes on is not disturbed."""
        later, self._later = (self._later, ()) if self._threads else ((), self._later)
        if later and self._nursery is not None:
            self._teacher = threading.Thread(target=self._teach, args=(self._nursery, later))
            self._teacher.start()
        else:
            for _thread in self._threads if later else ():
                self.submit(import_all, later)

    def peak_memory(self) -> int:
        """The most memory that the caller and each process had so far, added up, in bytes.

        What processes share counts for each. Those whose system does not tell count nothing.
        """
        with self._guard:
            self._peak = max(self._peak, sum(process.high_water() for process in self._processes))
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS + self._peak

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

    def _begin(self) -> None:
        """Start the process that others come of, if there is something to share and the system can do it."""
        if POSSIBLE and self._ahead and not self.begun:
            with suppress(OSError):  # then each is started by itself
                self._nursery = Nursery(_program("nursery", "tend", self._ahead), _surroundings(self.size))

    def _hire(self) -> None:
        """One process more, and the thread that talks with it."""
        self._begin()
        self._threads.append(threading.Thread(target=self._work))
        self._threads[-1].start()

    def _work(self) -> None:
        """Give jobs to a process, as soon as it is ready for them; if it dies, to a new one."""
        knows, process = self._taught, self._start()
        while job := self._jobs.get():
            request, future = job
            if not future.set_running_or_notify_cancel():
                continue
            if self._taught > knows:
                process, knows = self._replaced(process), True
            try:
                fine, outcome = _asked(process, request)
            except GONE:
                process = self._start()
                fine, outcome = False, WorkerLost()
            (future.set_result if fine else future.set_exception)(outcome)

    def _start(self) -> Process | None:
        """A process that is ready; None when the system gives us none, or the pool is closed."""
        if self._nursery is not None:
            with suppress(*GONE):  # then one is started that comes of no other
                return self._admitted(self._nursery.child())
        with suppress(*GONE):  # then there is none
            process = self._admitted(_started(self._ahead, self.size))
            if process is not None:
                process.heard()
            return process
        return None

    def _admitted(self, process: Process) -> Process | None:
        """The process as one of ours; ended, if the pool is closed."""
        with self._guard:
            if not self._closed:
                self._processes.append(process)
                return process
        process.kill()
        process.ended()
        return None

    def _teach(self, nursery: Nursery, later: Sequence[str]) -> None:
        """Let those that come from now on have what is needed later."""
        with suppress(OSError):  # who divides is gone, so that nobody comes of it any more
            nursery.teach(later)
            self._taught = True

    def _replaced(self, process: Process | None) -> Process | None:
        """A process that has what was learnt meanwhile, in the place of an idle one."""
        if process is None:
            return self._start()
        self.peak_memory()
        process.dismiss()
        new = self._start()
        with self._guard:
            self._processes.remove(process)
        process.ended()
        return new


def _program(module: str, begin: str, ahead: Sequence[str]) -> list[str]:
    """The command line of a process of ours."""
    path = list(map(str, sys.path))
    text = _PROGRAM.format(path=path, module=f"{__package__}.{module}", begin=begin, ahead=list(ahead))
    return [sys.executable, "-P", "-c", text]


#: What says to libraries how many threads they may work with: polars, Arrow, and what numpy calculates with.
_THREADS: Final = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def _surroundings(size: int) -> dict[str, str]:
    """Surroundings in which each of so many processes uses its share of the processors, unless the user says else."""
    return dict.fromkeys(_THREADS, str(max(1, (os.cpu_count() or 1) // size))) | os.environ


def _started(ahead: Sequence[str], size: int) -> Process:
    """A process that begins to load what is named, and will say when it is ready."""
    made = subprocess.Popen(  # noqa: S603  (this Python, with our program)
        _program("worker", "serve_with", ahead),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_surroundings(size),
    )
    assert made.stdin is not None  # noqa: S101  (it is a pipe)
    assert made.stdout is not None  # noqa: S101  (it is a pipe)
    return Process(made.pid, made.stdin, made.stdout, made.kill, made.wait)


def _asked(process: Process | None, request: bytes) -> tuple[bool, Any]:
    if process is None:
        raise EOFError
    return process.asked(request)
