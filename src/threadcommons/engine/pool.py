"""Processes that do what they are told.

Those of `multiprocessing` run the caller's main program again, so a plain script that builds a release would
build it in each of them. These know nothing of who started them: they get functions by name and arguments.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from typing import Self

#: Modules are looked for where the caller looks for them, and nowhere else: not in the current folder either.
_PROGRAM: Final = "import sys; sys.path[:] = {path!r}; from {module} import serve; serve({ahead!r})"


class WorkerLost(Exception):
    """A process died over a job."""


class Pool:
    """At most `size` processes (one per processor by default), started when there is work for them.

    Meant for a `with` statement; at its end all processes are ended, also those at work. `ahead` names modules
    that a first process begins to import as soon as the statement is entered, while the caller is busy with
    something else; a pool of one has no process, because then the caller does the work itself.
    """

    def __init__(self, size: int | None = None, ahead: Sequence[str] = ()) -> None:
        self.size: Final = (size or os.cpu_count() or 1) if sys.executable else 1
        self._ahead = tuple(ahead)
        self._threads = ThreadPoolExecutor(self.size)
        self._guard = threading.Lock()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._idle: list[subprocess.Popen[bytes]] = []
        self._closed = False

    def __enter__(self) -> Self:
        if self._ahead and self.size > 1:
            self._idle.append(self._start(self._ahead))
        return self

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._closed = True
            for process in self._processes:
                process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.communicate()

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have a process call `function`, which it imports by its name. The outcome is WorkerLost if it dies."""
        return self._threads.submit(self._done, pickle.dumps((function, arguments)))

    def _done(self, job: bytes) -> Any:
        """What came of a job; waits for it. Threads and processes are equally many, so there is always a free one."""
        with self._guard:
            process = self._idle.pop() if self._idle else None
        process = process or self._start()
        try:
            fine, outcome = _conversation(process, job)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            process.kill()
            raise WorkerLost from error
        with self._guard:
            self._idle.append(process)
        if fine:
            return outcome
        raise outcome

    def _start(self, ahead: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        program = _PROGRAM.format(path=list(map(str, sys.path)), module=f"{__package__}.worker", ahead=list(ahead))
        with self._guard:
            if self._closed:
                raise WorkerLost
            process = subprocess.Popen(  # noqa: S603  (this Python, with our program)
                [sys.executable, "-P", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            self._processes.append(process)
        return process


def _conversation(process: subprocess.Popen[bytes], job: bytes) -> tuple[bool, Any]:
    """Give a process a job and wait for its answer."""
    assert process.stdin is not None  # noqa: S101  (both are pipes)
    assert process.stdout is not None  # noqa: S101
    pickle.dump(job, process.stdin)
    process.stdin.flush()
    answer: tuple[bool, Any] = pickle.loads(pickle.load(process.stdout))  # noqa: S301  (from our own process)
    return answer
