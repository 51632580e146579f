"""One verb: run these tasks and give me their receipts. It knows nothing of posts."""

from .local import run_local
from .pool import Pool
from .task import Receipt, Store, Task

__all__ = ["Pool", "Receipt", "Store", "Task", "run_local"]
