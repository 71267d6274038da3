"""Workers: a few processes that grade one notebook at a time each, watched from outside.

Each worker is a process of its own, so that neither a crash nor a hang in one reaches the caller or another job, and
so that what nbgrader changes in a process (folder, environment) stays there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext, suppress

from autograder.grading.jobs import Job, Outcome
from autograder.grading.warm.shared import LOST, SharedWarmth

# What a worker needs beside the notebook's own time: to start, to start the kernel, to judge, to read and to write.
OVERHEAD_SECONDS = 330.0

_ENVIRONMENT = {
    "NBGRADER_EXECUTION": "autograde",
    # Several kernels share the cores; threads on top make all of them slower.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


class _Worker:
    """One process, started when it is first needed and again after it died."""

    def __init__(self, warmth: SharedWarmth, folder: str) -> None:
        self.warmth = warmth
        self.folder = folder
        self.process: subprocess.Popen[str] | None = None
        self.closed = False

    def run(self, job: Job) -> Outcome:
        line = json.dumps(job.to_dict()) + "\n"
        limit = float(job.settings.get("GradeExecute", {}).get("notebook_seconds", 300.0)) + OVERHEAD_SECONDS
        deaths = 0
        # A worker that died while it was idle is no fault of the job. Nor is the death of the warm process, which
        # no submission can reach; but what seems to bring it each time must not be tried for ever.
        for _ in range(4):
            answer, timed_out = self._ask(line, limit, sandboxed(job))
            if answer.endswith("\n"):
                return Outcome.from_dict(json.loads(answer))
            code = self._exit_code()
            self.stop()
            if self.closed:
                break
            if timed_out:
                return Outcome(None, [], [f"The grader did not answer within {limit:g} seconds and was stopped."])
            if code == LOST:
                self.warmth.forget_dead()
                continue
            deaths += 1
            if deaths == 2:
                break
        return Outcome(
            None, [], ["The process that grades died twice on this notebook; look at its code before a rerun."]
        )

    def _ask(self, line: str, limit: float, in_sandbox: bool) -> tuple[str, bool]:
        process = self.process = self.process or _start(self.warmth if in_sandbox else None, self.folder)
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        alarm = threading.Timer(limit, give_up)
        alarm.daemon = True
        alarm.start()
        try:
            process.stdin.write(line)
            process.stdin.flush()
            return process.stdout.readline(), late.is_set()
        except (OSError, ValueError):
            return "", late.is_set()
        finally:
            alarm.cancel()

    def _exit_code(self) -> int | None:
        """How a process ended that has closed its output."""
        try:
            return self.process.wait(1.0) if self.process else None
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


def sandboxed(job: Job) -> bool:
    """Whether a job is to be run in a sandbox: always, unless its settings say otherwise."""
    return bool(job.settings.get("GradeExecute", {}).get("sandbox") != "none")


def _start(warmth: SharedWarmth | None, folder: str) -> subprocess.Popen[str]:
    nothing: tuple[str, list[int]] = ("{}", [])
    inherited: AbstractContextManager[tuple[str, list[int]]] = warmth.connections() if warmth else nullcontext(nothing)
    with inherited as (argument, numbers):
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "autograder.grading.worker", argument],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=numbers,
            env={**os.environ, **_ENVIRONMENT, "TMPDIR": folder},
            text=True,
            encoding="utf-8",
        )


def run_all(jobs: Iterable[Job], workers: int = 2) -> Iterator[tuple[Job, Outcome]]:
    """Run jobs in worker processes; yield each with its outcome as it is done, in the caller's thread.

    Only a few jobs are in memory at a time.

    Raises
    ------
    GradingError
        If there can be no sandbox here, and a job is to be run in one.
    """
    warmth = SharedWarmth()
    # Workers are killed rather than asked to end, so what they write must be removed from here.
    folder = tempfile.mkdtemp(prefix="grading-")
    idle = [_Worker(warmth, folder) for _ in range(workers)]
    every = list(idle)
    queue = iter(jobs)
    running: dict[Future[Outcome], tuple[Job, _Worker]] = {}
    threads = ThreadPoolExecutor(workers)
    try:
        while True:
            while idle and (job := next(queue, None)) is not None:
                worker = idle.pop()
                running[threads.submit(worker.run, job)] = (job, worker)
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                job, worker = running.pop(future)
                idle.append(worker)
                yield job, future.result()
    finally:
        # Also on Ctrl-C: the threads wait for the processes, so the processes go first.
        for worker in every:
            worker.closed = True
            worker.stop()
        threads.shutdown()
        warmth.close()
        shutil.rmtree(folder, ignore_errors=True)
