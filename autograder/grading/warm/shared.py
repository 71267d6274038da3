"""The warm processes that the workers of a run share: started when they are first needed, and again if they die."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from autograder.grading.warm import host

# The exit code of a worker that found the warm process dead.
LOST = 75

_KINDS: tuple[host.Kind, ...] = ("kernel", "observe")


class SharedWarmth:
    """One warm process of each kind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: dict[host.Kind, host.WarmProcess] = {}
        self._closed = False

    @contextmanager
    def connections(self) -> Iterator[tuple[str, list[int]]]:
        """For a new worker: its argument, and the sockets that it must inherit.

        Raises
        ------
        GradingError
            If there can be no sandbox here.
        """
        argument, sockets = {}, []
        try:
            with self._lock:
                # Both start before either is waited for.
                for kind in _KINDS:
                    if not self._closed and (kind not in self._processes or not self._processes[kind].alive):
                        self._drop(kind)
                        self._processes[kind] = host.WarmProcess(kind)
                for kind, process in self._processes.items():
                    sockets.append(process.connect())
                    argument[kind] = [sockets[-1].fileno(), process.folder]
            yield json.dumps(argument), [connection.fileno() for connection in sockets]
        finally:
            for connection in sockets:
                connection.close()

    def forget_dead(self) -> None:
        """A worker has found one dead: see which."""
        with self._lock:
            for kind in list(self._processes):
                if not self._processes[kind].answers():
                    self._drop(kind)

    def _drop(self, kind: host.Kind) -> None:
        if (process := self._processes.pop(kind, None)) is not None:
            process.close()

    def close(self) -> None:
        """End them, with everything in them."""
        with self._lock:
            self._closed = True
            for kind in list(self._processes):
                self._drop(kind)


def adopt(argument: str) -> None:
    """In the worker: use what it inherited."""
    for kind, (number, folder) in json.loads(argument).items():
        host.adopt(kind, number, folder)
