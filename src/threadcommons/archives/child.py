"""The process that looks: it gives up all it could do harm with, reads a job, answers, and ends.

It is started with a job and with the file already open: it knows no path. Once it begins to read
the stranger's bytes it can open nothing, write nothing but its answer, start nothing, and has its limits from the
system.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from typing import TYPE_CHECKING, Any, Final

import re2

from .facts import Limits
from .kinds import HEAD, kind
from .looking import look
from .rules import Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Seconds between the signal that can be told apart and the one that cannot.
_GRACE: Final = 5

#: A codec is loaded from a file the first time, which is too late in there.
for _codec in ("ascii", "cp437", "unicode_escape"):
    "".encode(_codec)


def main(job: Mapping[str, Any]) -> None:
    """Answer one job on the standard output: a survey, or `{"usage": what is wrong with the call}`."""
    limits = Limits(**job["limits"])
    size = os.fstat(job["handle"]).st_size
    what = kind(os.pread(job["handle"], HEAD, 0))
    give_up_rights(limits, size, what)
    end_with(job["parent"])
    try:
        rules = Rules(job["opens"], limits, streams=job["streams"])
    except re2.error as error:
        answer = {"usage": str(error)}
    else:
        answer = look(job["handle"], size, what or "", job["stem"], rules).as_dict()
    sys.stdout.buffer.write(json.dumps(answer).encode("ascii"))
    sys.stdout.buffer.flush()
    os._exit(0)  # while an interpreter is taken down, the alarm of `end_with` would have its plain meaning


def give_up_rights(limits: Limits, size: int, what: str | None) -> None:
    """Bound memory and CPU time; from here on nothing can be opened, written to a file, or started."""
    window = limits.window if what == "zstd" else 0
    seconds = limits.cpu_seconds(size)
    _bound(resource.RLIMIT_AS, limits.memory + window, limits.memory + window)
    _bound(resource.RLIMIT_CPU, seconds, seconds + _GRACE)
    for kind_of_harm in (resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE):
        _bound(kind_of_harm, 0, 0)


def end_with(parent: int) -> None:
    """End soon after the process that asked has ended: nobody hears the answer any more."""

    def look_up(*_: object) -> None:
        if os.getppid() != parent:
            os._exit(1)

    signal.signal(signal.SIGALRM, look_up)
    signal.setitimer(signal.ITIMER_REAL, 0.2, 1)


def _bound(which: int, soft: int, hard: int) -> None:
    """Lower a limit. One that was lower stays; one that this system does not know is left to the others."""
    before = resource.getrlimit(which)[1]
    if before != resource.RLIM_INFINITY:
        soft, hard = min(soft, before), min(hard, before)
    try:
        resource.setrlimit(which, (soft, hard))
    except (OSError, ValueError):
        if sys.platform.startswith("linux"):
            raise
