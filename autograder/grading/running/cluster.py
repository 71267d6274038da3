"""Run jobs on a Dask cluster. Its workers need this package and bubblewrap, and nothing of the course.

A job travels as bytes and its outcome comes back as text, both JSON: nobody unpickles what a student made.
"""

from __future__ import annotations

import asyncio
import json
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import LifoQueue
from typing import Any

from autograder.grading.course import GradingError
from autograder.grading.jobs import Job, Outcome
from autograder.grading.orders import READ_SECONDS, Answer, Order
from autograder.grading.running.pool import Pool, Worker, run_all
from autograder.grading.versions import grader_version

CONNECT_SECONDS = 30.0
WORKER_SECONDS = 120.0
ATTEMPTS = 3
# How many jobs are at least on their way.
AT_A_TIME = 32


@contextmanager
def cluster_workers(address: str, workers: int, pool: Pool) -> Iterator[list[ClusterWorker]]:
    """Workers for `drive` that run notebooks on a cluster.

    What reads and writes the course is done by workers of this machine.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://10.0.0.5:8786``.
    workers : int
        How many submissions are read or written at a time on this machine.
    pool : Pool
        From which the workers of this machine come.

    Raises
    ------
    GradingError
        If there is no cluster at that address, or if it has no workers.
    """
    client, config = _connect(address)
    here: LifoQueue[Worker] = LifoQueue()
    for _ in range(workers):
        here.put(Worker(pool))
    # A job may bring data of megabytes; Dask would warn of each.
    with client, config({"distributed.admin.large-graph-warning-threshold": "1 GiB"}):
        # More than it has now: machines may join.
        count = max(AT_A_TIME, 2 * _threads(client, address))
        try:
            yield [ClusterWorker(client, address, here, pool.folder / f"job-{i}") for i in range(count)]
        finally:
            while not here.empty():
                here.get().end()


class ClusterWorker:
    """Carries orders out for one submission at a time: what is run, on a cluster; the rest by a worker of this machine.

    A machine of the cluster that goes down gives its jobs to the others.
    """

    def __init__(self, client: Any, address: str, here: LifoQueue[Worker], file: Path) -> None:
        self.client = client
        self.address = address
        self.here = here
        self.file = file
        self.ended = False

    def ask(self, order: Order) -> Answer:
        """Have an order carried out."""
        if order.do != "run":
            return self._ask_here(order)
        data = {**order.data, "file": str(self.file)}
        answer = self._ask_here(Order("pack", data, READ_SECONDS))
        for _ in range(ATTEMPTS):
            if answer or self.ended:
                break
            answer = self._run_there(data)
        self.file.unlink(missing_ok=True)
        return answer or {"trouble": f"The cluster lost it {ATTEMPTS} times; grade again."}

    def _ask_here(self, order: Order) -> Answer:
        worker = self.here.get()
        try:
            return worker.ask(order)
        finally:
            self.here.put(worker)

    def _run_there(self, data: dict[str, Any]) -> Answer:
        """Run the packed job; an empty answer if the machine went down."""
        future = self.client.submit(run_packed, self.file.read_bytes(), pure=False)
        with suppress(CancelledError, asyncio.CancelledError):
            future.exception()
        outcome = _outcome(future, self.address)
        if not isinstance(outcome, str):
            return outcome
        self.file.with_suffix(".done").write_text(outcome, encoding="utf-8")
        try:
            return self._ask_here(Order("unpack", {**data, "file": f"{self.file}.done"}, READ_SECONDS))
        finally:
            self.file.with_suffix(".done").unlink()

    def end(self) -> None:
        """Wait for nothing any more."""
        self.ended = True
        self.client.close()


def _threads(client: Any, address: str) -> int:
    try:
        return sum(client.nthreads().values())
    except OSError as error:
        raise _gone(address) from error


def _connect(address: str) -> tuple[Any, Any]:
    """A client, and what else of Dask is needed; Dask has no types."""
    try:
        import dask
        import distributed
    except ModuleNotFoundError as error:
        raise GradingError(
            "Grading on a cluster needs the package distributed: run pip install 'evalkit-course[scale]', "
            "then grade again."
        ) from error
    make: Any = distributed.Client
    try:
        client = make(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise GradingError(
            f"There is no Dask scheduler at {address}. Start one with `dask scheduler` and workers with "
            f"`dask worker {address}`, then grade again."
        ) from error
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except TimeoutError as error:
        client.close()
        raise GradingError(
            f"The cluster at {address} has no workers. Start some with `dask worker {address}`, then grade again."
        ) from error
    return client, dask.config.set


def _outcome(future: Any, address: str) -> str | Answer:
    """What came out, as text; an empty answer if the machine went down between the end of the job and its transport."""
    from distributed import KilledWorker

    if future.status in ("cancelled", "lost"):
        if future.client.status != "running":
            raise _gone(address)
        return {}
    try:
        return str(future.result())
    except KilledWorker:
        return {"trouble": "Every machine that ran it went down; look at its code before a rerun."}
    except (VersionError, GradingError) as error:
        raise GradingError(f"A worker of the cluster at {address} cannot grade. {error}") from error
    except Exception as error:
        return {"trouble": f"The cluster failed with {type(error).__name__}: {str(error)[:300]}"}


def _gone(address: str) -> GradingError:
    return GradingError(f"The cluster at {address} went away. Grade again when it is back; what it has run is kept.")


class VersionError(RuntimeError):
    """Another version of the grader could give other grades."""


def pack(job: Job) -> bytes:
    """A job for the way to a worker, with the version of the grader."""
    return zlib.compress(json.dumps({"job": job.to_dict(), "grader": _version(job)}).encode(), 1)


def run_packed(packed: bytes) -> str:
    """On a worker: run a job.

    Raises
    ------
    VersionError
        If this machine has another version of the grader.
    """
    data = json.loads(zlib.decompress(packed))
    job = Job.from_dict(data["job"])
    if data["grader"] != _version(job):
        raise VersionError(
            "It has another version of this package, of Python or of a library: install the same ones on all machines."
        )
    return json.dumps(_runners.run(job).to_dict())


def _version(job: Job) -> str:
    # What is the lesson's own in the notebook: its tests, which say what is checked, and its imports.
    tests = []
    for cell in job.notebook["cells"]:
        meta = cell.get("metadata", {}).get("nbgrader", {})
        if cell["cell_type"] == "code" and meta.get("grade") and not meta.get("solution"):
            tests.append(str(cell["source"]))
    return grader_version([*tests, *(f"import {name}" for name in job.imports)])


class _Runners:
    """The supervised processes that run notebooks on this machine; they stay, because it takes seconds to start one.

    Dask may run several jobs at a time in this process, each in a thread; each takes a runner for itself.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Runner] = []

    def run(self, job: Job) -> Outcome:
        with self._lock:
            runner = self._idle.pop() if self._idle else _Runner()
        outcome = runner.run(job)
        with self._lock:
            self._idle.append(runner)
        return outcome


class _Runner:
    """One process at a time, as `run_all` looks after it."""

    def __init__(self) -> None:
        self._next: list[Job] = []
        self._outcomes = run_all(iter(self._next.pop, None), workers=1)

    def run(self, job: Job) -> Outcome:
        self._next.append(job)
        return next(self._outcomes)[1]


_runners = _Runners()
