"""A command in a fresh process, with what it took: seconds of the clock and the processors, and peak memory.

Memory is that of the whole process tree: the proportional set sizes of all processes of the command's session, added
up four times a second, so that pages which forked workers share count once. Where the kernel does not tell them,
memory is not a number.
"""

from __future__ import annotations

import math
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EVERY: Final = 0.25
PROC: Final = Path("/proc")
#: Where the session stands in /proc/PID/stat, counted behind the name, which may hold blanks.
_SESSION: Final = 3


@dataclass(frozen=True)
class Run:
    """What one run took: seconds, seconds, MB; and what it printed."""

    wall: float
    cpu: float
    peak: float
    printed: str


class Failed(Exception):
    """A command did not end well, or not in time."""


def run(line: Sequence[str | Path], log: Path, environment: Mapping[str, str], timeout: float) -> Run:
    """Runs a command and waits for it. What it says on stderr goes to `log`, which is written anew.

    Raises:
        Failed: the exit code is not 0, or `timeout` seconds went by; then the command and its processes are ended.
    """
    watch = _Watch()
    with log.open("wb") as errors:
        begun = time.perf_counter()
        child = subprocess.Popen(
            list(map(str, line)), stdout=subprocess.PIPE, stderr=errors, env=os.environ | environment,
            start_new_session=True,
        )  # fmt: skip
        watch.start(child.pid)
        late = threading.Timer(timeout, lambda: os.killpg(child.pid, signal.SIGKILL))
        late.start()
        try:
            assert child.stdout is not None  # noqa: S101  (it was asked for)
            printed = child.stdout.read().decode()
            _, status, used = os.wait4(child.pid, 0)
        finally:
            late.cancel()
        wall = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    peak = watch.stop()
    if child.returncode:
        raise Failed(f"exit code {child.returncode} after {wall:.0f} s")
    return Run(wall, used.ru_utime + used.ru_stime, peak, printed)


class _Watch:
    """Looks at the memory of a session until told to stop."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._peak = math.nan
        self._thread: threading.Thread | None = None

    def start(self, session: int) -> None:
        self._thread = threading.Thread(target=self._look, args=(session,), daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """The most that was seen, in MB."""
        self._done.set()
        if self._thread is not None:
            self._thread.join()
        return self._peak

    def _look(self, session: int) -> None:
        while not self._done.wait(EVERY):
            total = sum(memory(process) for process in members(session))
            if total:
                self._peak = total / 1e6 if math.isnan(self._peak) else max(self._peak, total / 1e6)


def members(session: int) -> list[Path]:
    """The processes of a session, as their folders in /proc; none where there is no /proc."""
    found = []
    for process in PROC.glob("[0-9]*"):
        try:
            fields = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        if int(fields[_SESSION]) == session:
            found.append(process)
    return found


def memory(process: Path) -> int:
    """Bytes that a process holds, shared pages in proportion; 0 when it has ended."""
    try:
        lines = (process / "smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
