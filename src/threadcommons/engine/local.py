"""The engine of one machine: processes that share a store on disk."""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Final

from ..errors import TaskLost

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .task import Receipt, Store, Task

#: How often a task whose process died is tried in all.
TRIES: Final = 3
#: Bytes that are worked through sooner than processes are started.
LIGHT: Final = 1 << 22


def run_local(tasks: Sequence[Task], store: Store, workers: int | None = None) -> Iterator[Receipt]:
    """Receipts of all `tasks`, in any order. What the store already holds is verified and not done again.

    Errors that a task raises are raised here. A task whose process dies is tried again, up to `TRIES` times
    in all, then TaskLost is raised.
    """
    store.root.mkdir(parents=True, exist_ok=True)
    todo = []
    for task in tasks:
        receipt = store.find(task.digest)
        if receipt:
            yield receipt
        else:
            todo.append(task)
    count = min(workers or os.cpu_count() or 1, len(todo))
    if count <= 1 or sum(task.weight for task in todo) < LIGHT:
        for task in todo:
            yield store.perform(task)
        return
    for attempt in range(1, TRIES + 1):
        lost: list[Task] = []
        yield from _run_pool(todo, store, count, lost)
        if not lost:
            return
        if attempt == TRIES:
            raise TaskLost(
                f"{len(lost)} tasks died {TRIES} times",
                where=lost[0].function,
                hint="is there enough memory?",
            )
        todo = lost


def _run_pool(tasks: Sequence[Task], store: Store, count: int, lost: list[Task]) -> Iterator[Receipt]:
    """One pool's worth of work; tasks that it took down with it are appended to `lost`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([task.function.split(":")[0] for task in tasks[:1]])
    with ProcessPoolExecutor(count, mp_context=context, initializer=_die_with_parent) as pool:
        waiting = {pool.submit(store.perform, task): task for task in tasks}
        try:
            for future in as_completed(waiting):
                try:
                    yield future.result()
                except BrokenProcessPool:
                    lost.append(waiting[future])
        finally:  # after an error nobody waits for what has not begun
            pool.shutdown(wait=False, cancel_futures=True)


def _die_with_parent() -> None:
    """A worker whose parent is gone must not go on writing.

    The next run may already be at work in the same store.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
