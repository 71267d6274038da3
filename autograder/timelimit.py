"""Stop a call that takes too long, without a second process.

On the main thread of a Unix process an alarm signal interrupts the call, sleeping included. Elsewhere (Windows, or a
notebook that runs cells on another thread) a watchdog thread raises the exception in the calling thread, which Python
notices at its next bytecode. Both fire again and again, so that a bare ``except:`` in a loop does not swallow the only
shot.
"""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_REPEAT_SECONDS = 0.02


class TimeLimit(BaseException):
    """Raised inside a call that ran past its limit. Not an Exception, so ``except Exception`` does not catch it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
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
    if on_main_thread and hasattr(signal, "setitimer"):
        with _by_alarm(seconds):
            yield
    else:
        with _by_watchdog(seconds):
            yield


@contextmanager
def _by_alarm(seconds: float) -> Iterator[None]:
    def stop(signum: int, frame: FrameType | None) -> None:
        raise TimeLimit

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, _REPEAT_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _by_watchdog(seconds: float) -> Iterator[None]:
    caller = ctypes.c_ulong(threading.get_ident())
    done = threading.Event()
    # Held while the exception is being set, so that it can never arrive after the block has been left.
    setting = threading.Lock()

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            with setting:
                if not done.is_set():
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(caller, ctypes.py_object(TimeLimit))
            wait = _REPEAT_SECONDS

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        with setting:
            done.set()
        thread.join()
