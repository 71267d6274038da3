"""A limit stops what it surrounds, and nothing after it, however unlucky the moment."""

from __future__ import annotations

import gc
import signal
import sys
import threading
import time
from collections.abc import Callable

import pytest

from autograder.checking import timelimit
from autograder.checking.timelimit import TimeLimit, time_limit

pytestmark = pytest.mark.timeout(120)  # What is to be stopped would go on for ever.


def stopped(call: Callable[[], object], seconds: float = 0.02) -> bool:
    try:
        with time_limit(seconds):
            call()
    except TimeLimit:
        return True
    return False


def endless() -> None:
    while True:
        pass


def swallows_everything() -> None:
    while True:
        try:  # noqa: SIM105
            time.sleep(0.001)
        except:  # noqa: E722
            pass


@pytest.mark.parametrize("call", [endless, swallows_everything, lambda: time.sleep(300)])
def test_what_does_not_end_is_stopped(call: Callable[[], object]) -> None:
    assert stopped(call)


def test_what_ends_in_time_is_left_alone() -> None:
    assert not stopped(lambda: None, seconds=60)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_off_the_main_thread() -> None:
    results = []

    def both() -> None:
        results.extend([stopped(endless), stopped(lambda: None, seconds=60)])

    thread = threading.Thread(target=both)
    thread.start()
    thread.join()
    assert results == [True, False]


def test_it_leaves_signals_and_tracing_as_they_were() -> None:
    before = signal.getsignal(signal.SIGALRM), sys.gettrace()
    assert stopped(swallows_everything)
    assert (signal.getsignal(signal.SIGALRM), sys.gettrace()) == before


def test_shots_that_fall_on_the_beginning_or_the_end_do_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a busy machine: the first shots are over before the block begins, and more come while it is left."""
    monkeypatch.setattr(timelimit, "_REPEAT_SECONDS", 0.0001)
    for spins in range(300):
        try:
            with time_limit(0.0001):
                for _ in range(50 * spins):
                    pass
        except TimeLimit:
            pass
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    # Nothing comes afterwards, nor when what is left over is collected.
    gc.collect()
    time.sleep(0.05)
