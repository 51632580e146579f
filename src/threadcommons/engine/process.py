"""A process that does jobs, as its pool sees it: what it is asked through, what it answers through, how it ends."""

from __future__ import annotations

import pickle
import selectors
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: What reading from a process, or writing to it, raises when it has died.
GONE: Final = (OSError, EOFError, pickle.UnpicklingError)


def readable(stream: IO[bytes] | int, seconds: float | None = None) -> bool:
    """Whether there is something to read, or nobody left to write, before so many seconds have passed."""
    with selectors.DefaultSelector() as selector:  # `select` itself cannot do it where a process has many files open
        selector.register(stream, selectors.EVENT_READ)
        return bool(selector.select(seconds))


@dataclass(frozen=True)
class Process:
    """A process that runs `threadcommons.engine.worker.serve`.

    `kill` ends it at once and may be called when it has ended; `wait` returns when it has.
    """

    pid: int
    requests: IO[bytes]
    answers: IO[bytes]
    kill: Callable[[], Any]
    wait: Callable[[], Any]

    def heard(self) -> bytes:
        """Its next message."""
        message: bytes = pickle.load(self.answers)  # noqa: S301  (from our own process)
        return message

    def speaks_within(self, seconds: float) -> bool:
        """Whether it says something, or is gone, before so many seconds have passed."""
        return readable(self.answers, seconds)

    def asked(self, request: bytes) -> tuple[bool, Any]:
        """Give it a job and wait for its answer: (True, what came of it) or (False, the error)."""
        pickle.dump(request, self.requests)
        self.requests.flush()
        answer = self.heard()
        try:
            spoken: tuple[bool, Any] = pickle.loads(answer)  # noqa: S301  (from our own process)
        except Exception as error:  # noqa: BLE001  (whoever waits for the answer shall hear of it)
            return False, error
        return spoken

    def dismiss(self) -> None:
        """Tell it that nothing more will be asked, which it takes for the end, also of what it is at."""
        with suppress(OSError):  # it has ended, and what was still to be sent goes nowhere
            self.requests.close()

    def ended(self) -> None:
        """Wait until it has ended, and leave nothing open."""
        self.dismiss()
        self.wait()
        with suppress(OSError):  # nobody reads from it any more
            self.answers.close()

    def high_water(self) -> int:
        """The most memory that it had so far, in bytes; 0 where the system does not tell (it has no /proc)."""
        with suppress(OSError):  # there is no such file, or no such process any more
            for line in Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
        return 0
