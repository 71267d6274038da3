"""Workers: a few processes that grade one notebook at a time each, watched from outside.

Each worker is a process of its own, so that neither a crash nor a hang in one reaches the caller or another job, and
so that what nbgrader changes in a process (folder, environment) stays there.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from itertools import chain

from autograder.grading.jobs import Job, Outcome
from autograder.grading.private_folder import PrivateFolder, remove_abandoned
from autograder.grading.sandbox import groups
from autograder.grading.sandbox.warm import WarmProcesses

# What a worker needs beside the notebook's own time: to start, to start the kernel, to judge, to read and to write.
OVERHEAD_SECONDS = 330.0

_ENVIRONMENT = {
    "NBGRADER_EXECUTION": "autograde",
    # Several kernels share the cores; threads on top make all of them slower.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


class Process:
    """A worker process, seen from the supervisor. It is not its child, so it is known by a descriptor."""

    def __init__(self, pid: int, jobs: int, answers: int) -> None:
        self.pid = pid
        self.stdin = os.fdopen(jobs, "w", encoding="utf-8")
        self.stdout = os.fdopen(answers, encoding="utf-8")
        try:
            self._descriptor: int | None = os.pidfd_open(pid)
        except ProcessLookupError:
            self._descriptor = None

    def kill(self) -> None:
        """End it at once."""
        if self._descriptor is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)

    def wait(self) -> None:
        """Wait until it has ended, and forget it."""
        if self._descriptor is not None:
            select.select([self._descriptor], [], [])
            os.close(self._descriptor)
            self._descriptor = None


class ForkServer:
    """The process that workers are forked from; started at once, and again if it dies."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._closed = False
        self._start()

    def _start(self) -> None:
        self._control, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with inside:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "autograder.grading.running.worker", str(inside.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[inside.fileno()],
                env={**os.environ, **_ENVIRONMENT, "TMPDIR": self._folder},
            )

    def fork(self, argument: str, connections: list[int]) -> Process:
        """A new worker, which inherits the connections."""
        with self._lock:
            for _ in range(2):
                jobs, ours, answers, theirs = *os.pipe(), *os.pipe()
                try:
                    socket.send_fds(self._control, [argument.encode()], [jobs, theirs, *connections])
                    pid = self._control.recv(16)
                except OSError:
                    pid = b""
                os.close(jobs)
                os.close(theirs)
                if pid:
                    return Process(int(pid), ours, answers)
                os.close(ours)
                os.close(answers)
                if self._closed:
                    break
                self._stop()
                self._start()
        raise RuntimeError("the process that workers are forked from has ended")

    def close(self) -> None:
        """End it for good; the workers are ended one by one."""
        self._closed = True
        self._stop()

    def _stop(self) -> None:
        self._control.close()
        self._process.kill()
        self._process.wait()


class _Worker:
    """One process, started when it is first needed and again after it died."""

    def __init__(self, fork_server: ForkServer, warm: WarmProcesses) -> None:
        self.fork_server = fork_server
        self.warm = warm
        self.process: Process | None = None
        self.closed = threading.Event()

    def run(self, job: Job) -> Outcome:
        line = json.dumps(job.to_dict()) + "\n"
        limit = float(job.settings.get("GradeExecute", {}).get("notebook_seconds", 300.0)) + OVERHEAD_SECONDS
        deaths = 0
        # A worker that died while it was idle is no fault of the job. Nor is the death of the warm process, which
        # no submission can reach; but what seems to bring it each time must not be tried for ever.
        for _ in range(4):
            self.process = self.process or _start(self.fork_server, self.warm if sandboxed(job) else None, job.imports)
            if self.closed.is_set():
                self.stop()
                break
            answer, timed_out = self._ask(self.process, line, limit)
            outcome = json.loads(answer) if answer.endswith("\n") else None
            if outcome is not None:
                return Outcome.from_dict(outcome)
            self.stop()
            if self.closed.is_set():
                break
            if timed_out:
                return Outcome(None, [], [f"The grader did not answer within {limit:g} seconds and was stopped."])
            if answer:
                self.warm.forget_dead()
                continue
            deaths += 1
            if deaths == 2:
                break
        return Outcome(
            None, [], ["The process that grades died twice on this notebook; look at its code before a rerun."]
        )

    @staticmethod
    def _ask(process: Process, line: str, limit: float) -> tuple[str, bool]:
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

    def stop(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                pipe.close()


class Pool:
    """What the workers of a run share: the process that they are forked from, the warm processes, a folder."""

    def __init__(self) -> None:
        remove_abandoned()
        groups.remove_abandoned()
        # Workers are killed rather than asked to end, so what they write must be removed from here.
        self._folder = PrivateFolder()
        self.fork_server = ForkServer(self._folder.path)
        self.warm = WarmProcesses()

    @classmethod
    def started(cls, imports: Iterable[str]) -> Pool:
        """A pool that loads already what notebooks will need."""
        pool = cls()
        pool.warm.start(imports)
        return pool

    def close(self) -> None:
        """End all of it."""
        self.fork_server.close()
        self.warm.close()
        self._folder.remove()


def sandboxed(job: Job) -> bool:
    """Whether a job is to be run in a sandbox: always, unless its settings say otherwise."""
    return bool(job.settings.get("GradeExecute", {}).get("sandbox") != "none")


def _start(fork_server: ForkServer, warm: WarmProcesses | None, imports: list[str]) -> Process:
    nothing: tuple[str, list[int]] = ("{}", [])
    inherited: AbstractContextManager[tuple[str, list[int]]] = (
        warm.connections(imports) if warm else nullcontext(nothing)
    )
    with inherited as (argument, numbers):
        return fork_server.fork(argument, numbers)


def run_all(
    jobs: Iterable[Job], workers: int = 2, pool: Pool | None = None
) -> Generator[tuple[Job, Outcome], None, None]:
    """Run jobs in worker processes; yield each with its outcome as it is done, in the caller's thread.

    Only a few jobs are in memory at a time. Without a job nothing is started.

    Parameters
    ----------
    jobs : iterable of Job
        Taken one by one.
    workers : int
        How many are run at a time.
    pool : Pool, optional
        What has been started already; it is the caller's to close.

    Raises
    ------
    GradingError
        If there can be no sandbox here, and a job is to be run in one.
    """
    queue = iter(jobs)
    first = next(queue, None)
    if first is None:
        return
    queue = chain([first], queue)
    with ExitStack() as stack:
        if pool is None:
            pool = Pool()
            stack.callback(pool.close)
        idle = [_Worker(pool.fork_server, pool.warm) for _ in range(workers)]
        threads = ThreadPoolExecutor(workers)
        stack.callback(_end, list(idle), threads)
        running: dict[Future[Outcome], tuple[Job, _Worker]] = {}
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


def _end(workers: list[_Worker], threads: ThreadPoolExecutor) -> None:
    """End the workers; on Ctrl-C, too. The threads wait for the processes, so the processes go first."""
    for worker in workers:
        worker.closed.set()
        worker.stop()
    threads.shutdown()
