"""The warm processes that the workers of a run share: started when they are first needed, and again if they die."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from autograder.grading.sandbox import host

_KINDS: tuple[host.Kind, ...] = ("kernel", "observe")


class WarmProcesses:
    """One warm process of each kind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processes: dict[host.Kind, host.WarmProcess] = {}
        self._closed = False

    def start(self, imports: Iterable[str]) -> None:
        """Start them now, and let the one for kernels load what these will need. What fails is said by who connects."""
        with self._lock, suppress(OSError, RuntimeError):
            for kind in _KINDS:
                self._begin(kind, imports if kind == "kernel" else ())

    @contextmanager
    def connections(self, imports: Iterable[str] = ()) -> Iterator[tuple[str, list[int]]]:
        """For a new worker: its argument, and the sockets that it must get, in the order of the argument.

        Parameters
        ----------
        imports : iterable of str
            What kernels will need; loaded while the worker is still busy with other things.

        Raises
        ------
        GradingError
            If there can be no sandbox here.
        """
        argument: dict[host.Kind, str] = {}
        sockets = []
        try:
            with self._lock:
                # Both start before either is waited for.
                for kind in _KINDS:
                    self._begin(kind)
                for kind, process in self._processes.items():
                    sockets.append(process.connect())
                    if kind == "kernel":
                        host.prefetch(sockets[-1], imports)
                    argument[kind] = process.folder
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

    def _begin(self, kind: host.Kind, imports: Iterable[str] = ()) -> None:
        if not self._closed and (kind not in self._processes or not self._processes[kind].alive):
            self._drop(kind)
            self._processes[kind] = host.WarmProcess(kind, imports)

    def _drop(self, kind: host.Kind) -> None:
        if (process := self._processes.pop(kind, None)) is not None:
            process.close()

    def close(self) -> None:
        """End them, with everything in them."""
        with self._lock:
            self._closed = True
            for kind in list(self._processes):
                self._drop(kind)


def adopt(argument: str, numbers: list[int]) -> None:
    """In the worker: use what it got."""
    for number, (kind, folder) in zip(numbers, json.loads(argument).items(), strict=True):
        host.adopt(kind, number, folder)
