"""Run jobs on a Dask cluster. Its workers need this package and bubblewrap, and nothing of the course.

A job travels as bytes and its outcome comes back as text, both JSON: nobody unpickles what a student made.
"""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from autograder.grading.course import GradingError
from autograder.grading.jobs import Job, Outcome
from autograder.grading.versions import grader_version

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 30.0
WORKER_SECONDS = 120.0


def run_on_cluster(jobs: Iterable[Job], address: str) -> Iterator[tuple[Job, Outcome]]:
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
    from distributed import as_completed

    queue = iter(jobs)
    with _connect(address) as client:
        running: dict[str, Job] = {}
        done = as_completed()
        while True:
            room = 2 * sum(client.nthreads().values()) - len(running)
            for job in _some(queue, max(room, 0 if running else 1)):
                future = client.submit(run_packed, pack(job), pure=False)
                running[future.key] = job
                done.add(future)
            if not running:
                return
            future = next(done)
            job = running.pop(future.key)
            yield job, _outcome(future, address)


def _some(queue: Iterator[Job], number: int) -> Iterator[Job]:
    for _ in range(number):
        if (job := next(queue, None)) is None:
            return
        yield job


def _connect(address: str) -> Client:
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise GradingError(
            "Grading on a cluster needs the package distributed: run pip install 'evalkit-course[scale]', "
            "then grade again."
        ) from error
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
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
    return client


def _outcome(future: Any, address: str) -> Outcome:
    from distributed import KilledWorker

    try:
        return Outcome.from_dict(json.loads(future.result()))
    except KilledWorker:
        return Outcome(None, [], ["Every machine that ran it went down; look at its code before a rerun."])
    except VersionError as error:
        raise GradingError(f"The cluster at {address} cannot grade for you: {error}") from error
    except Exception as error:
        if future.status in ("cancelled", "lost"):
            raise GradingError(
                f"The cluster at {address} went away. Grade again when it is back; what it has run is kept."
            ) from error
        return Outcome(None, [], [f"The cluster failed with {type(error).__name__}: {str(error)[:300]}"])


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
        raise VersionError("its workers have another version of this package. Install the same one on all machines.")
    return json.dumps(_runners.run(job).to_dict())


def _version(job: Job) -> str:
    return grader_version(str(cell["source"]) for cell in job.notebook["cells"] if cell["cell_type"] == "code")


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
        from autograder.grading.pool import run_all

        self._next: list[Job] = []
        self._outcomes = run_all(iter(self._next.pop, None), workers=1)

    def run(self, job: Job) -> Outcome:
        self._next.append(job)
        return next(self._outcomes)[1]


_runners = _Runners()
