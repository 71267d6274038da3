"""Work on two processor cores at once, where it pays. NumPy lets another thread run while it works on an array.

The environment variable EVALKIT_THREADS=1 switches it off. What is computed is the same to the last bit: only whole
numbers are added up in parts, and what a thread adds up alone it adds up in order.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

WORTH_THREADS = 1 << 20  # rows; below, starting a thread takes a part of what it saves

Item = TypeVar("Item")
Result = TypeVar("Result")


def two_threads(n_rows: int) -> bool:
    """Whether two threads should share the work on so many rows."""
    if n_rows < WORTH_THREADS or os.environ.get("EVALKIT_THREADS") == "1":
        return False
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return available > 1


def halves(n_rows: int) -> tuple[slice, slice]:
    """Cut so many rows in two."""
    middle = n_rows // 2
    return slice(0, middle), slice(middle, n_rows)


def at_once(function: Callable[[Item], Result], items: Iterable[Item]) -> Sequence[Result]:
    """Return what a function gives for each of two items, worked out at the same time. An error is raised as it is."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(function, items))


class SecondThread:
    """A thread that does what it is given, in order. Where that does not pay, all is done at once, in the same thread.

    Parameters
    ----------
    n_rows : int
        How much work there is.
    """

    def __init__(self, n_rows: int) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._pool = ThreadPoolExecutor(1) if two_threads(n_rows) else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def submit(self, function: Callable[..., Result], *arguments: Any) -> Future[Result]:
        """Give the thread work. Its `result()` waits until it is done, and raises what went wrong."""
        if self._pool is not None:
            return self._pool.submit(function, *arguments)
        from concurrent.futures import Future

        done: Future[Result] = Future()
        done.set_result(function(*arguments))
        return done

    def read_ahead(self, items: Iterator[Item]) -> Iterator[Item]:
        """Yield the items; the thread makes the next one while one is in use."""
        if self._pool is None:
            yield from items
            return
        following = self.submit(next, items, None)
        while (item := following.result()) is not None:
            following = self.submit(next, items, None)
            yield item
