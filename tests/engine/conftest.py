"""The functions that tasks of these tests run, importable by the processes of the engine too."""

import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).parent))


def until(holds, seconds=20):
    """Whether something holds before so many seconds have passed: what never comes is a failure and no hang."""
    limit = time.monotonic() + seconds
    while not holds() and time.monotonic() < limit:
        time.sleep(0.02)
    return holds()
