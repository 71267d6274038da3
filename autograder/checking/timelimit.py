"""Stop a call that takes too long, without a second process.

A limit counts the processor time of the call, so that an answer is as good on a busy machine as on a quiet one. What
sleeps or waits uses none: the clock counts, too, at a third. Imports are free. They are not the learner's work, and the
first ``import sklearn`` takes longer than any answer; by the clock they count all the same.

On the main thread of a Unix process an alarm signal interrupts the call, sleeping included. Elsewhere (Windows, or a
notebook that runs cells on another thread) a watchdog thread raises the exception in the calling thread, which Python
notices at its next bytecode. Both fire again and again, so that a bare ``except:`` in a loop does not swallow the only
shot. On the main thread, from the second shot on, the exception is also raised at the next line that runs: inside the
``except:`` block, where its own ``try`` cannot catch it.

In a web page Python has neither signals nor threads. There the turns of loops and the calls look at the clock, now and
then. What stays inside C is not stopped by it, nor is what catches the one shot: the page ends the whole process
(`static/practice.js`).

Where the block is being left no shot may hit: it would skip the cleaning up, and the alarm would go on for ever.
"""

from __future__ import annotations

import builtins
import ctypes
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from time import monotonic
from types import FrameType
from typing import Any, Self

#: How many seconds of the clock count like one of the processor.
CLOCK_PER_PROCESSOR = 3
_REPEAT_SECONDS = 0.02
_SHORTEST_SECONDS = 0.001
# Reading the clock takes longer than most turns.
_TURNS_PER_LOOK = 32
# A web page has no clock of the processor's time, but runs the call on a thread of its own.
_processor_time: Callable[[], float] = getattr(time, "thread_time", monotonic)
# How deep this module's functions call each other, and be interrupted by each other.
_OWN_CALLS = 8


class TimeLimit(BaseException):
    """Raised inside a call that ran past its limit. Not an Exception, so ``except Exception`` does not catch it."""


def time_limit(seconds: float) -> Limit:
    """Raise `TimeLimit` inside the ``with`` block once it has used `seconds` seconds of processor time.

    Parameters
    ----------
    seconds : float
        The limit. By the clock it is `CLOCK_PER_PROCESSOR` times as much.

    Returns
    -------
    Limit
        A context manager. Its ``used()`` says how much of the limit was used.

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
    if sys.platform == "emscripten":
        return _Looks(seconds)
    on_main_thread = threading.current_thread() is threading.main_thread()
    return _Alarm(seconds) if on_main_thread and hasattr(signal, "setitimer") else _Watchdog(seconds)


class Limit(AbstractContextManager["Limit"]):
    """How much of a limit has been used, by the thread that made it."""

    def __init__(self, seconds: float, processor: Callable[[], float] = _processor_time) -> None:
        self.seconds = seconds
        self.processor = processor
        self.caller = threading.get_ident()
        self.imports = 0.0
        self.import_began: float | None = None
        self.import_before = builtins.__import__

    def __enter__(self) -> Self:
        self.import_before, builtins.__import__ = builtins.__import__, self._import
        self.processor_began, self.clock_began = self.processor(), monotonic()
        return self

    def __exit__(self, *error: object) -> None:
        builtins.__import__ = self.import_before

    def used(self) -> float:
        """The seconds that count."""
        return max(self._processor_used(), (monotonic() - self.clock_began) / CLOCK_PER_PROCESSOR)

    def earliest(self) -> float:
        """After how many seconds by the clock the limit can be reached at the earliest."""
        clock = CLOCK_PER_PROCESSOR * self.seconds - (monotonic() - self.clock_began)
        return min(self.seconds - self._processor_used(), clock)

    def _processor_used(self) -> float:
        now = self.processor() if self.import_began is None else self.import_began
        return now - self.processor_began - self.imports

    def _import(self, *what: Any, **more: Any) -> Any:
        if self.import_began is not None or threading.get_ident() != self.caller:
            return self.import_before(*what, **more)
        self.import_began = self.processor()
        try:
            return self.import_before(*what, **more)
        finally:
            self.imports += self.processor() - self.import_began
            self.import_began = None


class _Alarm(Limit):
    """By a signal. A class rather than a generator: between its methods and the block no Python code runs."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.shots = 0

    def __enter__(self) -> Self:
        super().__enter__()
        self.handler_before, self.trace_before = signal.signal(signal.SIGALRM, self._stop), sys.gettrace()
        signal.setitimer(signal.ITIMER_REAL, self.seconds, _REPEAT_SECONDS)
        return self

    def __exit__(self, *error: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.settrace(self.trace_before)
        signal.signal(signal.SIGALRM, self.handler_before)
        super().__exit__()

    def _stop(self, signum: int, frame: FrameType | None) -> None:
        if _is_left(frame):
            return
        if not self.shots and (wait := self.earliest()) > 0:
            signal.setitimer(signal.ITIMER_REAL, max(wait, _SHORTEST_SECONDS), _REPEAT_SECONDS)
            return
        self.shots += 1
        if self.shots > 1 and frame is not None:
            frame.f_trace = _at_next_line
            sys.settrace(_at_next_line)
        raise TimeLimit


def _at_next_line(frame: FrameType, event: str, argument: Any) -> Any:
    if _is_left(frame):
        return None
    if event == "line":
        raise TimeLimit
    return _at_next_line


class _Looks(Limit):
    """By a look at the clock where a loop goes round and a call begins, which costs less than at each line."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.turns = 0

    def __enter__(self) -> Self:
        super().__enter__()
        _watch_turns(self._look)
        return self

    def __exit__(self, *error: object) -> None:
        _watch_turns(None)
        super().__exit__()

    def _look(self, *_: object) -> None:
        self.turns += 1
        if self.turns % _TURNS_PER_LOOK == 0 and self.earliest() <= 0 and not _is_left(sys._getframe(1)):
            raise TimeLimit


def _watch_turns(look: Callable[..., None] | None) -> None:
    """Call a function at each turn of a loop and at each call, or no longer."""
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined]  # Python 3.12, which every page has
    events = monitoring.events.JUMP, monitoring.events.PY_START, monitoring.events.PY_RESUME
    tool = monitoring.DEBUGGER_ID
    if look is not None:
        monitoring.use_tool_id(tool, __name__)
    for event in events:
        monitoring.register_callback(tool, event, look)
    monitoring.set_events(tool, sum(events) if look is not None else 0)
    if look is None:
        monitoring.free_tool_id(tool)


class _Watchdog(Limit):
    """By a thread."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds, _clock_of_this_thread())
        self.done = threading.Event()
        # Held while the exception is being set, so that it can never be set after the block has been left.
        self.setting = threading.Lock()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        super().__enter__()
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        # A shot that was set just before may arrive in here; after `done` there is none.
        while not self.done.is_set() or self.thread.is_alive():
            try:
                with self.setting:
                    self.done.set()
                self.thread.join()
            except TimeLimit:
                continue
        super().__exit__()

    def _watch(self) -> None:
        wait = self.seconds
        while wait > 0 and not self.done.wait(max(wait, _SHORTEST_SECONDS)):
            wait = self.earliest()
        while not self.done.wait(_REPEAT_SECONDS):
            with self.setting:
                frame = sys._current_frames().get(self.caller)
                if not self.done.is_set() and not _is_left(frame):
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.caller), ctypes.py_object(TimeLimit))


def _clock_of_this_thread() -> Callable[[], float]:
    """The processor time of this thread, to be read from another one; where that cannot be had, the clock."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return monotonic
    clock = time.pthread_getcpuclockid(threading.get_ident())
    return lambda: time.clock_gettime(clock)


def _is_left(frame: FrameType | None) -> bool:
    """Whether the block is being left in a frame, be it that a function of this module was called from there."""
    for _ in range(_OWN_CALLS):
        if frame is None or frame.f_code in _CLEANING_UP:
            return frame is not None
        frame = frame.f_back
    return False


# The beginning, too: a limit of next to nothing is over before the block has begun.
_CLEANING_UP = tuple(
    method.__code__ for kind in (Limit, _Alarm, _Looks, _Watchdog) for method in (kind.__enter__, kind.__exit__)
)
