"""One verb: run these tasks and give me their receipts. It knows nothing of posts."""

from .local import run_local
from .task import Receipt, Store, Task

__all__ = ["Receipt", "Store", "Task", "run_local"]
