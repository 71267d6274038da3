"""Stop a call that takes too long, without a second process.

On the main thread of a Unix process an alarm signal interrupts the call, sleeping included. Elsewhere (Windows, or a
notebook that runs cells on another thread) a watchdog thread raises the exception in the calling thread, which Python
notices at its next bytecode. Both fire again and again, so that a bare ``except:`` in a loop does not swallow the only
shot. On the main thread, from the second shot on, the exception is also raised at the next line that runs: inside the
``except:`` block, where its own ``try`` cannot catch it.
"""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

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
    shots, over = 0, False

    def at_next_line(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            raise TimeLimit
        return at_next_line

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal shots
        if over:
            return
        shots += 1
        if shots > 1 and frame is not None:
            frame.f_trace = at_next_line
            sys.settrace(at_next_line)
        raise TimeLimit

    handler_before, trace_before = signal.signal(signal.SIGALRM, stop), sys.gettrace()
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, _REPEAT_SECONDS)
        try:
            yield
        finally:
            # From here on no shot may fire: it would skip the cleaning up below.
            over = True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.settrace(trace_before)
        signal.signal(signal.SIGALRM, handler_before)


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
