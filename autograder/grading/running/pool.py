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
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from autograder import exercises
from autograder.grading.jobs import Job, Outcome
from autograder.grading.orders import LATER, Answer, Order, Way, job_order
from autograder.grading.private_folder import PrivateFolder, remove_abandoned
from autograder.grading.running.new_process import NewProcess, NewProcesses
from autograder.grading.sandbox import groups, here
from autograder.grading.sandbox.warm import WarmProcesses

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
                env={**os.environ, **_ENVIRONMENT, **exercises.environment(), "TMPDIR": self._folder},
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


class Worker:
    """One process, started when it is first needed and again after it died."""

    def __init__(self, pool: Pool) -> None:
        self.fork_server = pool.fork_server
        self.warm = pool.warm
        self.process: Process | NewProcess | None = None
        self.connected = False
        self.closed = threading.Event()

    def ask(self, order: Order) -> Answer:
        """Have an order carried out."""
        line = json.dumps({"do": order.do, "data": order.data, "walled": order.walled}) + "\n"
        deaths = 0
        # A worker that died while it was idle is no fault of the order. Nor is the death of the warm process, which
        # no submission can reach; but what seems to bring it each time must not be tried for ever.
        for _ in range(4):
            process = self._process_for(order)
            if self.closed.is_set():
                self.stop()
                break
            text, timed_out = self._exchange(process, line, order.seconds)
            answer = json.loads(text) if text.endswith("\n") else None
            if answer is not None:
                found: Answer = answer
                return found
            self.stop()
            if self.closed.is_set():
                break
            if timed_out:
                return {"trouble": f"The grader did not answer within {order.seconds:g} seconds and was stopped."}
            if text:
                self.warm.forget_dead()
                continue
            deaths += 1
            if deaths == 2:
                break
        return {"trouble": "The process that grades died twice on this notebook; look at its code before a rerun."}

    def _process_for(self, order: Order) -> Process | NewProcess:
        """The process, connected to what the order needs. Reading needs no sandbox, and does not wait for one."""
        needs_warm = order.imports is not None
        if self.process is not None and needs_warm and not self.connected:
            self.stop()
        if self.process is None:
            self.process = _start(self.fork_server, self.warm if needs_warm else None, order.imports or [])
            self.connected = needs_warm
        return self.process

    @staticmethod
    def _exchange(process: Process | NewProcess, line: str, limit: float) -> tuple[str, bool]:
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

    def end(self) -> None:
        """End it for good; whoever waits for its answer waits no longer."""
        self.closed.set()
        self.stop()

    def stop(self) -> None:
        """End the process."""
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
        self.folder = Path(self._folder.path)
        self.fork_server: ForkServer | NewProcesses = (
            ForkServer(self._folder.path)
            if here.has_forks()
            else NewProcesses({**_ENVIRONMENT, **exercises.environment(), "TMPDIR": self._folder.path})
        )
        self.warm = WarmProcesses()

    def close(self) -> None:
        """End all of it."""
        self.fork_server.close()
        self.warm.close()
        self._folder.remove()


def _start(
    fork_server: ForkServer | NewProcesses, warm: WarmProcesses | None, imports: list[str]
) -> Process | NewProcess:
    nothing: tuple[str, list[int]] = ("{}", [])
    inherited: AbstractContextManager[tuple[str, list[int]]] = (
        warm.connections(imports) if warm else nullcontext(nothing)
    )
    with inherited as (argument, numbers):
        return fork_server.fork(argument, numbers)


class Asked(Protocol):
    """Who carries out orders."""

    def ask(self, order: Order) -> Answer:
        """Have an order carried out."""

    def end(self) -> None:
        """End for good."""


def drive(ways: Iterable[Way], workers: Sequence[Asked]) -> Generator[Any, None, None]:
    """Drive submissions along their ways; yield what each ends with as soon as it ends, in the caller's thread.

    Only as many are under way as there are workers; each keeps its worker to the end, unless it lets the others go
    first. The workers are ended.

    Parameters
    ----------
    ways : iterable of Way
        Taken one by one.
    workers : sequence
        Who carries out the orders.

    Raises
    ------
    GradingError
        If there can be no sandbox here, and a notebook is to be run in one.
    """
    queue = iter(ways)
    later: list[Way] = []
    idle = list(workers)
    threads = ThreadPoolExecutor(len(workers))
    running: dict[Future[Answer], tuple[Way, Asked]] = {}
    with ExitStack() as stack:
        stack.callback(_end, workers, threads)
        while True:
            while idle and (way := next(queue, None) or (later.pop(0) if later else None)) is not None:
                worker = idle.pop()
                running[threads.submit(worker.ask, next(way))] = way, worker
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                way, worker = running.pop(future)
                try:
                    order = way.send(future.result())
                except StopIteration as end:
                    idle.append(worker)
                    yield end.value
                    continue
                if order is LATER:
                    # It stands where it waits for an empty answer, as at its beginning.
                    later.append(way)
                    idle.append(worker)
                else:
                    running[threads.submit(worker.ask, order)] = way, worker


def run_all(
    jobs: Iterable[Job], workers: int = 2, pool: Pool | None = None
) -> Generator[tuple[Job, Outcome], None, None]:
    """Run jobs that came from elsewhere; yield each with its outcome as it is done. Without a job nothing is started.

    Raises
    ------
    GradingError
        If there can be no sandbox here, and a job is to be run in one; or if a lesson itself does not run here.
    """
    queue = iter(jobs)
    first = next(queue, None)
    if first is None:
        return
    with ExitStack() as stack:
        if pool is None:
            pool = Pool()
            stack.callback(pool.close)
        yield from drive(map(_way, chain([first], queue)), [Worker(pool) for _ in range(workers)])


def _way(job: Job) -> Generator[Order, Answer, tuple[Job, Outcome]]:
    answer = yield job_order(job)
    if "trouble" in answer or "unsaved" in answer:
        return job, Outcome(None, [], [answer.get("trouble") or answer["unsaved"]])
    outcome = Outcome.from_dict(answer)
    if outcome.fault:
        from autograder.grading.course import MachineError

        raise MachineError(outcome.fault)
    return job, outcome


def _end(workers: Iterable[Asked], threads: ThreadPoolExecutor) -> None:
    """End the workers; on Ctrl-C, too. The threads wait for the processes, so the processes go first."""
    for worker in workers:
        worker.end()
    threads.shutdown()
