"""Stop a call that takes too long, without a second process.

On the main thread of a Unix process an alarm signal interrupts the call, sleeping included. Elsewhere (Windows, or a
notebook that runs cells on another thread) a watchdog thread raises the exception in the calling thread, which Python
notices at its next bytecode. Both fire again and again, so that a bare ``except:`` in a loop does not swallow the only
shot. On the main thread, from the second shot on, the exception is also raised at the next line that runs: inside the
``except:`` block, where its own ``try`` cannot catch it.

Where the block is being left no shot may hit: it would skip the cleaning up, and the alarm would go on for ever.
"""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any

_REPEAT_SECONDS = 0.02


class TimeLimit(BaseException):
    """Raised inside a call that ran past its limit. Not an Exception, so ``except Exception`` does not catch it."""


def time_limit(seconds: float) -> AbstractContextManager[None]:
    """Raise `TimeLimit` inside the ``with`` block once it has run for `seconds` seconds.

    Examples
    --------
    >>> try:
    ...     with time_limit(0.05):
    ...         while True:
    ...             pass
    ... except TimeLimit:
    ...     print("stopped")
    stopped
    """
    on_main_thread = threading.current_thread() is threading.main_thread()
    return _Alarm(seconds) if on_main_thread and hasattr(signal, "setitimer") else _Watchdog(seconds)


class _Alarm(AbstractContextManager[None]):
    """By a signal. A class rather than a generator: between its methods and the block no Python code runs."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.shots = 0

    def __enter__(self) -> None:
        self.handler_before, self.trace_before = signal.signal(signal.SIGALRM, self._stop), sys.gettrace()
        signal.setitimer(signal.ITIMER_REAL, self.seconds, _REPEAT_SECONDS)

    def __exit__(self, *error: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.settrace(self.trace_before)
        signal.signal(signal.SIGALRM, self.handler_before)

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        if frame is not None and frame.f_code in _CLEANING_UP:
            return
        self.shots += 1
        if self.shots > 1 and frame is not None:
            frame.f_trace = _at_next_line
            sys.settrace(_at_next_line)
        raise TimeLimit


def _at_next_line(frame: FrameType, event: str, argument: Any) -> Any:
    if frame.f_code in _CLEANING_UP:
        return None
    if event == "line":
        raise TimeLimit
    return _at_next_line


class _Watchdog(AbstractContextManager[None]):
    """By a thread."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.caller = threading.get_ident()
        self.done = threading.Event()
        # Held while the exception is being set, so that it can never be set after the block has been left.
        self.setting = threading.Lock()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *error: object) -> None:
        # A shot that was set just before may arrive in here; after `done` there is none.
        while not self.done.is_set() or self.thread.is_alive():
            try:
                with self.setting:
                    self.done.set()
                self.thread.join()
            except TimeLimit:
                continue

    def _watch(self) -> None:
        wait = self.seconds
        while not self.done.wait(wait):
            with self.setting:
                frame = sys._current_frames().get(self.caller)
                if not self.done.is_set() and (frame is None or frame.f_code not in _CLEANING_UP):
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.caller), ctypes.py_object(TimeLimit))
            wait = _REPEAT_SECONDS


# The beginning, too: a limit of next to nothing is over before the block has begun.
_CLEANING_UP = tuple(
    method.__code__ for method in (_Alarm.__enter__, _Alarm.__exit__, _Watchdog.__enter__, _Watchdog.__exit__)
)
