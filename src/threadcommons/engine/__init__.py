"""One verb: run these tasks and give me their receipts. It knows nothing of posts.

`share` is for work that leaves no receipt, in the same processes, and `head_start` for what of it can begin before the
rest is known.
"""

from .local import LIGHT, head_start, run_local, share
from .pool import Pool
from .task import Receipt, Store, Task

__all__ = ["LIGHT", "Pool", "Receipt", "Store", "Task", "head_start", "run_local", "share"]
