"""A limit stops what it surrounds, and nothing after it, however unlucky the moment."""

from __future__ import annotations

import builtins
import gc
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

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


@pytest.mark.skipif(sys.version_info < (3, 12), reason="a web page's Python is newer")
def test_where_there_are_neither_signals_nor_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a web page; there itself tests/browser/test_practice_page.py tries it."""
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.setattr(threading, "Thread", None)
    monkeypatch.setattr(signal, "setitimer", None)
    assert stopped(endless)
    assert stopped(lambda: [n + 1 for n in iter(int, 1)])
    assert not stopped(lambda: sum(range(1000)), seconds=60)
    assert sys.monitoring.get_tool(sys.monitoring.DEBUGGER_ID) is None


@pytest.mark.skipif(not hasattr(time, "pthread_getcpuclockid"), reason="needs a thread's own processor time")
@pytest.mark.parametrize("on_main_thread", [True, False])
def test_a_wait_for_the_processor_does_not_count(on_main_thread: bool) -> None:
    """The process is held up for longer than the limit, as on a busy machine, and goes on."""
    source = """
import os, subprocess, sys, threading
from autograder.checking import timelimit
from autograder.checking.timelimit import time_limit

timelimit.CLOCK_PER_PROCESSOR = 100

def call():
    with time_limit(0.3) as limit:
        helper = subprocess.Popen(
            ["sh", "-c", f"kill -STOP {os.getpid()}; sleep 0.6; kill -CONT {os.getpid()}"])
        helper.wait()
    print("done", limit.used() < 0.3)

thread = threading.Thread(target=call)
thread.start() if sys.argv[1] == "thread" else call()
"""
    where = "main" if on_main_thread else "thread"
    done = subprocess.run([sys.executable, "-c", source, where], capture_output=True, text=True, check=True)
    assert done.stdout == "done True\n"


def test_imports_are_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timelimit, "CLOCK_PER_PROCESSOR", 1000)
    (tmp_path / "takes_long.py").write_text("from time import thread_time\nwhile thread_time() < END: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(builtins, "END", time.thread_time() + 0.3, raising=False)

    def imports() -> None:
        import takes_long  # noqa: F401

    before = builtins.__import__
    with time_limit(0.15) as limit:
        imports()
    assert limit.used() < 0.15
    assert builtins.__import__ is before


def test_it_leaves_signals_and_tracing_as_they_were() -> None:
    before = signal.getsignal(signal.SIGALRM), sys.gettrace()
    assert stopped(swallows_everything)
    assert (signal.getsignal(signal.SIGALRM), sys.gettrace()) == before


@pytest.mark.slow
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
