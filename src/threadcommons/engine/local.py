"""The engine of one machine: processes that share a store on disk."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, wait
from typing import TYPE_CHECKING, Any, Final, Protocol

from ..errors import TaskLost
from .pool import WorkerLost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from .pool import Pool
    from .task import Receipt, Store, Task


class Weighed(Protocol):
    """Something to work on."""

    @property
    def weight(self) -> int:
        """About how many bytes there are to work through."""
        ...


#: How often a task whose process died is tried in all.
TRIES: Final = 3
#: Bytes that are worked through sooner than processes are started.
LIGHT: Final = 1 << 23


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
        pool.submit(store.perform, task): (task, 1) for task in sorted(tasks, key=_lightest_last)
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


def _lightest_last(item: Weighed) -> int:
    """Key of an order in which nobody waits long for a last heavy one."""
    return -item.weight


def _once_more(task: Task, tries: int) -> int:
    if tries == TRIES:
        raise TaskLost(f"a task died {TRIES} times", where=task.function, hint="is there enough memory?")
    return tries + 1


def share(pool: Pool, function: Callable[[Any], Any], items: Iterable[Weighed]) -> Iterator[Any]:
    """`map(function, items)` in the processes of a pool. No process is started for light work, and one does it all.

    Nothing is tried again: a process that dies raises TaskLost.
    """
    todo = list(items)
    light = sum(item.weight for item in todo) < LIGHT
    if pool.size == 1 or (light and not pool.begun):
        return map(function, todo)
    if light:
        return iter(_awaited(pool.submit(_all_of, function, todo), function))
    order = sorted(range(len(todo)), key=lambda place: _lightest_last(todo[place]))
    begun = {place: pool.submit(_all_of, function, [todo[place]]) for place in order}
    return (outcome for place in range(len(todo)) for outcome in _awaited(begun[place], function))


def head_start(pool: Pool, function: Callable[[Any], Any], item: Any) -> Callable[[], Any] | None:
    """Begin `function(item)` in a process of a pool: what gives its outcome, waiting for it if need be.

    None where it would take one process more, or the only one; then nothing was done.
    """
    if pool.size == 1 or not pool.complete:
        return None
    future = pool.submit(_all_of, function, [item])
    return lambda: _awaited(future, function)[0]


def _all_of(function: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    return list(map(function, items))


def _awaited(future: Future[list[Any]], function: Callable[[Any], Any]) -> list[Any]:
    try:
        return future.result()
    except WorkerLost as lost:
        raise TaskLost("a process died", where=function.__name__, hint="is there enough memory?") from lost
