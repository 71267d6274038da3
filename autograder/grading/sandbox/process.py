"""Start the observer as a process of its own, a new one for each request."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import autograder
from autograder.grading.judging.answer import MAX_ANSWER_BYTES, ObserverError, parse_answer

# For Python to start, and for what the calls of the functions take beyond their limits.
GRACE_SECONDS = 10.0


def process_observer(prefix: Sequence[str] = ()) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """An observer for `trusted_verdicts`.

    Parameters
    ----------
    prefix : sequence of str
        What stands before the command, such as a call of bubblewrap. Without it the submission runs unprotected.
    """
    command = [*prefix, sys.executable, "-m", "autograder.grading.sandbox.observer"]

    def ask(request: dict[str, Any]) -> dict[str, Any]:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        with process:
            try:
                return parse_answer(_exchange(process, json.dumps(request).encode(), wall_seconds(request)))
            finally:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.kill()

    return ask


def observer_files() -> list[Path]:
    """The files of this package that the observer needs. A sandbox should show no others: they hold the answers."""
    package = Path(str(autograder.__file__)).parent
    checking = (f"checking/{name}" for name in ("__init__", "observe", "plain", "timelimit"))
    sandbox = (f"grading/{name}" for name in ("__init__", "sandbox/__init__", "sandbox/observer"))
    return [package / f"{name}.py" for name in ("__init__", *checking, *sandbox)]


def wall_seconds(request: dict[str, Any]) -> float:
    """After how many seconds the process of a request has to be killed."""
    # `observe` gives all calls of a function together three times the limit of one.
    return float(request["seconds"] + sum(3 * task["seconds"] for task in request["tasks"]) + GRACE_SECONDS)


def _exchange(process: subprocess.Popen[bytes], question: bytes, limit: float) -> bytes:
    """Ask, and read no more than an answer may have. A process that was left behind may hold the pipe open."""
    assert process.stdin is not None
    assert process.stdout is not None
    deadline = time.monotonic() + limit
    with suppress(BrokenPipeError), process.stdin as stdin:
        stdin.write(question)
    data = b""
    while len(data) <= MAX_ANSWER_BYTES:
        if select.select([process.stdout], [], [], 0.1)[0]:
            chunk = os.read(process.stdout.fileno(), 1 << 20)
            if not chunk:
                break
            data += chunk
        elif process.poll() is not None:
            break
        if time.monotonic() > deadline:
            raise ObserverError(f"did not answer within {limit:g} seconds and was stopped")
    return data
