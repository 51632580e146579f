"""The engine of one machine: processes that share a store on disk."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, wait
from typing import TYPE_CHECKING, Final

from ..errors import TaskLost
from .pool import WorkerLost

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from .pool import Pool
    from .task import Receipt, Store, Task

#: How often a task whose process died is tried in all.
TRIES: Final = 3
#: Bytes that are worked through sooner than processes are started.
LIGHT: Final = 1 << 22


def run_local(tasks: Sequence[Task], store: Store, pool: Pool) -> Iterator[Receipt]:
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
    if min(pool.size, len(todo)) > 1 and sum(task.weight for task in todo) >= LIGHT:
        yield from _in_processes(todo, store, pool)
    else:
        yield from map(store.perform, todo)


def _in_processes(tasks: Sequence[Task], store: Store, pool: Pool) -> Iterator[Receipt]:
    waiting: dict[Future[Receipt], tuple[Task, int]] = {
        pool.submit(store.perform, task): (task, 1) for task in tasks
    }
    try:
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                task, tries = waiting.pop(future)
                try:
                    yield future.result()
                except WorkerLost:
                    waiting[pool.submit(store.perform, task)] = (task, _once_more(task, tries))
    finally:  # after an error nobody waits for what has not begun
        for future in waiting:
            future.cancel()


def _once_more(task: Task, tries: int) -> int:
    if tries == TRIES:
        raise TaskLost(f"a task died {TRIES} times", where=task.function, hint="is there enough memory?")
    return tries + 1
