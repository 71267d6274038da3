"""Run jobs on a Dask cluster. Its workers need this package and bubblewrap, and nothing of the course.

A job travels as bytes and its outcome comes back as text, both JSON: nobody unpickles what a student made.
"""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Generator, Iterable
from itertools import islice
from typing import Any

from autograder.grading.course import GradingError
from autograder.grading.jobs import Job, Outcome
from autograder.grading.versions import grader_version

CONNECT_SECONDS = 30.0
WORKER_SECONDS = 120.0
ATTEMPTS = 3


def run_on_cluster(jobs: Iterable[Job], address: str) -> Generator[tuple[Job, Outcome], None, None]:
    """Run jobs on the workers of a cluster; yield each with its outcome as it is done, in the caller's thread.

    A worker that dies gives its jobs to the others. Only a few jobs for each worker are on their way at a time.

    Parameters
    ----------
    jobs : iterable of Job
        Taken one by one.
    address : str
        Of the scheduler, such as ``tcp://10.0.0.5:8786``.

    Raises
    ------
    GradingError
        If there is no cluster at that address, if it has no workers, or if it goes away.
    """
    client, as_completed, config = _connect(address)
    queue = iter(jobs)
    running: dict[str, tuple[Job, int]] = {}
    # A job may bring data of megabytes; Dask would warn of each.
    with client, config({"distributed.admin.large-graph-warning-threshold": "1 GiB"}):
        done = as_completed([], loop=client.loop)

        def send(job: Job, attempt: int = 1) -> None:
            future = client.submit(run_packed, pack(job), pure=False)
            running[future.key] = job, attempt
            done.add(future)

        while True:
            for job in islice(queue, max(2 * _threads(client, address) - len(running), 0 if running else 1)):
                send(job)
            if not running:
                return
            future = next(done)
            job, attempt = running.pop(future.key)
            outcome = _outcome(future, address)
            if outcome is not None:
                yield job, outcome
            elif attempt < ATTEMPTS:
                send(job, attempt + 1)
            else:
                yield job, Outcome(None, [], [f"The cluster lost it {ATTEMPTS} times; grade again."])


def _threads(client: Any, address: str) -> int:
    try:
        return sum(client.nthreads().values())
    except OSError as error:
        raise _gone(address) from error


def _connect(address: str) -> tuple[Any, Any, Any]:
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
    return client, distributed.as_completed, dask.config.set


def _outcome(future: Any, address: str) -> Outcome | None:
    """What came out; None if the machine went down between the end of the job and the transport of its outcome."""
    from distributed import KilledWorker

    if future.status in ("cancelled", "lost"):
        if future.client.status != "running":
            raise _gone(address)
        return None
    try:
        return Outcome.from_dict(json.loads(future.result()))
    except KilledWorker:
        return Outcome(None, [], ["Every machine that ran it went down; look at its code before a rerun."])
    except (VersionError, GradingError) as error:
        raise GradingError(f"A worker of the cluster at {address} cannot grade. {error}") from error
    except Exception as error:
        return Outcome(None, [], [f"The cluster failed with {type(error).__name__}: {str(error)[:300]}"])


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
        from autograder.grading.running.pool import run_all

        self._next: list[Job] = []
        self._outcomes = run_all(iter(self._next.pop, None), workers=1)

    def run(self, job: Job) -> Outcome:
        self._next.append(job)
        return next(self._outcomes)[1]


_runners = _Runners()
