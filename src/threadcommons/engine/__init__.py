"""One verb: run these tasks and give me their receipts. It knows nothing of posts.

`share` is for work that leaves no receipt, in the same processes.
"""

from .local import LIGHT, run_local, share
from .pool import Pool
from .task import Receipt, Store, Task

__all__ = ["LIGHT", "Pool", "Receipt", "Store", "Task", "run_local", "share"]
