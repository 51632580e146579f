"""A process that imports what all will need, once, and divides: those that come of it have it and import nothing.

To import is a fifth of what the processes of a build do, and each did it for itself.

Who divides must not be at work. A process gets the memory of the one that it comes from but none of its threads, and
would wait for ever for what one of these held. So nothing is done here but importing, and no module that is named to it
may ask polars anything when it is imported: threads that work begin with the first question; those that are there
before wait, and nobody misses them. Each new process proves that libraries answer in it before it is given a job. Where
one does not, or the system cannot do what this takes, processes are started one by one, as everywhere else.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import warnings
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from ..memory import collector_paused
from .process import Process, readable
from .worker import import_all, prove, serve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

#: Whether a system can do it. Others cannot fork, or their libraries do not bear it.
POSSIBLE: Final = sys.platform == "linux" and hasattr(os, "pidfd_open")
#: Seconds after which a new process that has said nothing will say nothing.
PATIENCE: Final = 20.0
#: The most bytes of a message.
_MOST: Final = 1 << 16
_DIVIDE: Final = b"divide"
_LEARNT: Final = b"learnt"


class Nursery:
    """The process that divides, seen from outside. Whatever it cannot do raises OSError."""

    def __init__(self, program: Sequence[str], surroundings: Mapping[str, str]) -> None:
        """Start it. `program` calls `tend`; its last argument will be the number of a socket."""
        self._guard, self._children, self._barren = threading.Lock(), 0, False
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  (this Python, with our program)
                [*program, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=surroundings,
                pass_fds=[theirs.fileno()],
            )

    def teach(self, modules: Sequence[str]) -> None:
        """Have it import more, for those that come later; back when it has."""
        with self._guard:
            self._control.send(pickle.dumps(tuple(modules)))
            self._heard()

    def child(self) -> Process:
        """A new process, which waits for jobs. Where one does not answer, no other is made."""
        if self._barren:
            raise ChildProcessError("one before did not answer")
        process = self._divided()
        if process.speaks_within(PATIENCE):
            process.heard()
            return process
        self._barren = True
        process.kill()
        process.ended()
        raise TimeoutError("a process that came of another does not answer")

    def close(self) -> None:
        """End it, and whoever waits for it. It waits for its children, which must have been told to end."""
        if not self._children:  # it may be at an import that nobody needs any more
            self._process.kill()
        with suppress(OSError):  # it is gone already
            self._control.shutdown(socket.SHUT_RDWR)
        self._process.wait()
        self._control.close()

    def _divided(self) -> Process:
        requested, requests = os.pipe()
        answers, answered = os.pipe()
        try:
            with self._guard:
                socket.send_fds(self._control, [_DIVIDE], [requested, answered])
                pid = int(self._heard())
                self._children += 1
            there = os.pidfd_open(pid)
        except BaseException:  # an interrupt too leaves nothing open
            os.close(requests)
            os.close(answers)
            raise
        finally:
            os.close(requested)
            os.close(answered)
        kill, wait = partial(_kill, there), partial(_wait, there)
        return Process(pid, os.fdopen(requests, "wb"), os.fdopen(answers, "rb"), kill, wait)

    def _heard(self) -> bytes:
        message = self._control.recv(_MOST)
        if not message:
            raise ConnectionError("the process that divides is gone")
        return message


def _kill(there: int) -> None:
    with suppress(ProcessLookupError):  # it has ended
        signal.pidfd_send_signal(there, signal.SIGKILL)


def _wait(there: int) -> None:
    """Until the process has ended; nobody asks a second time."""
    readable(there)
    os.close(there)


# -- inside -------------------------------------------------------------------------------------------------------


def tend(ahead: Sequence[str]) -> None:
    """Import the modules named `ahead`, then import or divide as told through the socket whose number was given.

    Ends when nobody is left to tell. The system knows of children that ended until then, so their numbers are given to
    nobody else.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the caller's to handle, and ends us through it
    # Newer Pythons warn of dividing beside threads: those here only wait, and each child proves that it lives.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    # A connection that is lost says what an empty message says: nobody is left.
    with collector_paused(), socket.socket(fileno=int(sys.argv[-1])) as control, suppress(ConnectionError):
        import_all(ahead)
        while True:
            message, streams, _, _ = socket.recv_fds(control, _MOST, 2)
            if not message:
                break
            if streams:
                control.send(str(_divide(control, *streams)).encode())
            else:
                import_all(pickle.loads(message))  # noqa: S301  (from the process that started this one)
                control.send(_LEARNT)
    with suppress(ChildProcessError):  # all have ended
        while True:
            os.wait()


def _divide(control: socket.socket, requested: int, answered: int) -> int:
    """The number of a new process, which hears and answers through the two streams."""
    gc.freeze()  # a collector that looks at what both have would copy it
    pid = os.fork()
    if not pid:
        _begin(control, requested, answered)
    os.close(requested)
    os.close(answered)
    return pid


def _begin(control: socket.socket, requested: int, answered: int) -> NoReturn:
    """Be the new process."""
    try:
        control.close()
        os.dup2(requested, 0)
        os.dup2(answered, 1)
        os.close(requested)
        os.close(answered)
        gc.enable()
        serve(prove)
    finally:
        os._exit(1)
