"""Ask an observer what a submission's functions do: a fork of a warm process, or a process without a sandbox.

In the sandbox no ready-made metric can be found. The observer's program is `observer`.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import autograder
from autograder.checking.timelimit import CLOCK_PER_PROCESSOR
from autograder.grading.judging.answer import MAX_ANSWER_BYTES, ObserverError, parse_answer
from autograder.grading.judging.imports import imports_of
from autograder.grading.judging.request import OBSERVER, processor_seconds, write_files
from autograder.grading.sandbox import bubblewrap, host
from autograder.grading.sandbox.limits import Limits
from autograder.grading.versions import files_behind

# For Python to start, and for what the calls of the functions take beyond their limits.
GRACE_SECONDS = 10.0
BYTES_AT_ONCE = 1 << 20


def warm_observer(
    imports: Iterable[str] = (), limits: Limits | None = None, files: Mapping[str, bytes] | None = None
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """An observer for `trusted_verdicts`: a new fork of a warm process for each request.

    Parameters
    ----------
    imports : iterable of str
        The modules that the lesson imports.
    limits : Limits, optional
        What the submission may use up.
    files : mapping of str to bytes, optional
        What lies beside the notebook. Each process gets copies of its own.
    """
    hidden = {name.partition(".")[0] for name in bubblewrap.READY_MADE}
    known = {name for name in imports if name.partition(".")[0] not in hidden}

    def observe(request: dict[str, Any]) -> dict[str, Any]:
        # Few exercises need what the lesson as a whole needs.
        wanted = sorted(known.intersection(imports_of(request["cells"])))
        question, answer = os.pipe(), os.pipe()
        try:
            client = host.client("observe")
            child = client.start(
                "observe", imports=wanted, limits=limits, files=files, channels=[question[0], answer[1]]
            )
        except BaseException:
            os.close(question[1])
            os.close(answer[0])
            raise
        finally:
            os.close(question[0])
            os.close(answer[1])
        try:
            data = _exchange(os.fdopen(question[1], "wb"), answer[0], request)
        finally:
            os.close(answer[0])
            child.kill()
            child.wait(5.0)
            if client.lost:
                # No fault of the submission, and nothing is known about it.
                raise host.WarmError("The warm process has ended.")
        if child.why:
            raise ObserverError(child.why)
        return parse_answer(data)

    return observe


def process_observer(
    prefix: Sequence[str] = (), files: Mapping[str, bytes] | None = None
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """An observer for `trusted_verdicts`: a new process of its own for each request.

    Parameters
    ----------
    prefix : sequence of str
        What stands before the command, such as a call of bubblewrap. Without it the submission runs unprotected.
    files : mapping of str to bytes, optional
        What lies beside the notebook. Each process gets copies of its own, in a folder that is removed afterwards.
    """
    command = [*prefix, sys.executable, "-m", OBSERVER]

    def observe(request: dict[str, Any]) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="observed-", ignore_cleanup_errors=True) as folder:
            write_files(folder, files or {})
            return _observe_in(command, folder, request)

    return observe


def _observe_in(command: Sequence[str], folder: str, request: dict[str, Any]) -> dict[str, Any]:
    # Found by its place in the package, wherever it runs.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if Path(path).is_absolute())}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            # A process that was left behind may hold the pipe open.
            return parse_answer(_exchange(process.stdin, process.stdout.fileno(), request, process.poll))
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()


def observer_files() -> list[Path]:
    """The files of this package that the observer needs. A sandbox should show no others: they hold the answers."""
    files = set(files_behind([OBSERVER]).values())
    package = Path(str(autograder.__file__)).parent
    folders = {folder for file in files for folder in file.parents if folder.is_relative_to(package)}
    return sorted(files | {folder / "__init__.py" for folder in folders})


def wall_seconds(request: dict[str, Any]) -> float:
    """After how many seconds by the clock the process of a request has to be killed."""
    return CLOCK_PER_PROCESSOR * processor_seconds(request) + GRACE_SECONDS


def _exchange(
    question: IO[bytes], answer: int, request: dict[str, Any], ended: Callable[[], int | None] = lambda: None
) -> bytes:
    """Ask, and read no more than an answer may have, until the answer or, by what `ended` says, the process is over."""
    limit = wall_seconds(request)
    deadline = time.monotonic() + limit
    # The observer reads everything before any code of the submission runs.
    with suppress(BrokenPipeError), question:
        question.write(json.dumps(request).encode())
    data = b""
    while len(data) <= MAX_ANSWER_BYTES:
        if select.select([answer], [], [], 0.1)[0]:
            part = os.read(answer, BYTES_AT_ONCE)
            if not part:
                break
            data += part
        elif ended() is not None:
            break
        if time.monotonic() > deadline:
            raise ObserverError(f"did not answer within {limit:g} seconds and was stopped")
    return data
