"""What runs in a process of a `Pool`: takes one job after the other from its standard input and answers each.

A message is a pickled byte string; what is in it is unpickled only by the thread that does the work, since that may
import modules.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import traceback
from contextlib import suppress
from functools import partial
from importlib import import_module
from queue import SimpleQueue
from typing import TYPE_CHECKING, BinaryIO

from ..memory import collector_paused, give_back

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn


def serve(prepare: Callable[[], None]) -> NoReturn:
    """Prepare, then do jobs until nobody is left to give any."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the caller's to handle, and ends us through it
    requests, answers = _private_streams()
    jobs: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_listen, args=(requests, jobs), daemon=True).start()
    prepare()
    _say(b"ready", answers)
    while True:
        _say(_answer(jobs.get()), answers)
        give_back()  # the next job is another one, or does not come for long


def serve_with(ahead: Sequence[str]) -> NoReturn:
    """Import the modules named `ahead`, then do jobs."""
    serve(partial(import_all, ahead))


def import_all(modules: Sequence[str]) -> None:
    """Import modules, and call what "module:function" names. Whoever needs what fails will fail in words of its own."""
    with collector_paused():
        for name in modules:
            with suppress(Exception):  # a module may fail in any way
                module, _, function = name.partition(":")
                loaded = import_module(module)
                if function:
                    getattr(loaded, function)()


def prove() -> None:
    """Have the library that has threads of its own answer a question that takes them."""
    polars = sys.modules.get("polars")
    if polars is not None:
        polars.DataFrame({"a": [2, 1, 2]}).lazy().group_by("a").len().sort("a").collect()


def _say(message: bytes, answers: BinaryIO) -> None:
    pickle.dump(message, answers)
    answers.flush()


def _private_streams() -> tuple[BinaryIO, BinaryIO]:
    """The two ends of the conversation. What a library reads or prints must not get into it."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return requests, answers


def _listen(requests: BinaryIO, jobs: SimpleQueue[bytes]) -> None:
    """Hand on what comes in.

    When the caller is gone, end at once, in the middle of a job too: the next run may already be at work in the
    same store.
    """
    try:
        while True:
            jobs.put(pickle.load(requests))  # noqa: S301  (from the process that started this one)
    finally:
        os._exit(0)


def _answer(job: bytes) -> bytes:
    """What came of a job: (True, what it returned) or (False, the error that it raised), pickled."""
    try:
        function, arguments = pickle.loads(job)  # noqa: S301  (from the process that started this one)
        return pickle.dumps((True, function(*arguments)))
    except Exception as error:  # noqa: BLE001  (the caller raises it)
        error.add_note(f"in a worker process:\n{traceback.format_exc()}")
        return pickle.dumps((False, _portable(error)))


def _portable(error: Exception) -> Exception:
    """The error itself if it survives the journey, else one that says the same."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  (just pickled)
    except Exception:  # noqa: BLE001  (whatever its class does when it is pickled)
        stands_for = RuntimeError(f"{type(error).__name__}: {error}")
        stands_for.__notes__ = error.__notes__
        return stands_for
    return error
