"""Have a container looked at by a process with limits, and believe what it says only as far as it adds up.

Whatever happens to that process becomes a refusal with a code: it runs out of memory or time, dies, talks nonsense.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any, Final, cast

from ..errors import BadUsage
from ..files import open_plain, shown
from .facts import DEFAULT, from_dict, refused
from .faults import Fault
from .kinds import HEAD, kind
from .looking import file_digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .facts import Limits, Survey

#: What a fresh interpreter runs. It gets the paths of this one, and nothing else of its surroundings.
_BOOT: Final = (
    "import sys, json; job = json.loads(sys.argv[1]); sys.path[:] = job['path']; "
    "from threadcommons.archives.child import main; main(job)"
)
#: The longest answer: names may grow threefold by escaping, and each entry has its figures.
_ANSWER: Final = (3, 1024)
_BLOCK: Final = 1 << 16


def survey(path: Path, opens: Sequence[str], limits: Limits = DEFAULT, *, streams: bool = True) -> Survey:
    """What the container at `path` holds. It takes one pass over the file.

    Only members whose whole name matches one of the regular expressions `opens` (RE2) are read; of a tar all is
    decompressed, of a zip nothing else. A compressed file that is no tar holds one member, named like the file without
    its suffix, and is read in any case. Where members cannot be read as streams, less may come out of each.

    Raises BadUsage for a file that is no container and for bad expressions, UnsafeFile, OSError.
    """
    handle = open_plain(path)
    try:
        size = os.fstat(handle).st_size
        what = kind(os.pread(handle, HEAD, 0))
        if what is None:
            raise BadUsage("the file is no container", where=shown(path.name), hint="read it as it is")
        job = {
            "handle": handle,
            "parent": os.getpid(),
            "opens": list(opens),
            "streams": streams,
            "limits": asdict(limits),
            "stem": PurePath(path.name).stem,
            "path": [str(PurePath(os.path.abspath(entry))) for entry in sys.path],  # noqa: PTH100  (of a path that may be "")
        }
        try:
            return _believed(_ask(job, limits, size), size)
        except Fault as fault:
            return refused(what, size, file_digest(handle, size), fault.code, fault.detail)
    finally:
        os.close(handle)


def _believed(answer: bytes, size: int) -> Survey:
    """The survey in an answer. Raises Fault, or BadUsage if that is the answer."""
    try:
        value = json.loads(answer)
        usage = value.get("usage") if isinstance(value, dict) else None
        found = None if usage else from_dict(value)
    except (ValueError, TypeError, RecursionError):
        raise _died("its answer is none") from None
    if found is None:
        raise BadUsage(f"not a regular expression: {shown(str(usage))}", hint="write one that RE2 understands")
    if found.layers[0].size != size:
        raise _died("its answer is about another file")
    return found


def _died(detail: str) -> Fault:
    return Fault("container.crashed", f"the process that looked at it: {detail}")


def _ask(job: dict[str, Any], limits: Limits, size: int) -> bytes:
    """The answer of a process of its own. Raises Fault."""
    command = [sys.executable, "-I", "-S", "-c", _BOOT, json.dumps(job)]
    most = _ANSWER[0] * limits.directory + _ANSWER[1] * (limits.members + 1)
    deadline = time.monotonic() + limits.clock_seconds(size)
    with subprocess.Popen(  # noqa: S603  (this very interpreter, with a constant text)
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(job["handle"],),
    ) as process:
        try:
            answer = _hear(cast("IO[bytes]", process.stdout), most, deadline)
            ended = process.wait(max(0.0, deadline - time.monotonic()))
        except (TimeoutError, subprocess.TimeoutExpired):
            raise Fault("container.too-slow", f"more than {limits.clock_seconds(size)} seconds") from None
        finally:
            process.kill()
    if ended == -signal.SIGXCPU:
        raise Fault("container.too-slow", f"more than {limits.cpu_seconds(size)} seconds of computing")
    if ended:
        raise _died(f"it ended with {ended}")
    return answer


def _hear(stream: IO[bytes], most: int, deadline: float) -> bytes:
    """An answer to its end. Raises TimeoutError, or Fault for one that has no end."""
    answer = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while len(answer) <= most:
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            block = os.read(stream.fileno(), _BLOCK)
            if not block:
                return bytes(answer)
            answer += block
    raise _died("its answer has no end")
