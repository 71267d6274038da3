"""Grading on a cluster: the same grades as on one machine, also when machines go down on the way."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from grading_samples import ACCURACY_INSTEAD, LESSON, TOPIC, answered, delete, hand_in, insert, make_course

from autograder.grading import GradingError, SubmissionResult, grade_course
from autograder.grading.jobs import Job, Outcome
from autograder.grading.judging.secret import course_secret
from autograder.grading.running import cluster

distributed = pytest.importorskip("distributed")

CLASS = {
    "ada": answered(),
    "accuracy": answered(precision=ACCURACY_INSTEAD),
    "deleted": answered(delete("check_double")),
    "dead": answered(insert("text-2", "import os; os._exit(1)")),
    "slow-1": answered(insert("text-2", "import time; time.sleep(2)")),
    "slow-2": answered(insert("text-2", "import time; time.sleep(2)")),
}


def job(text: str = "x = 1") -> Job:
    return Job("ada", LESSON, TOPIC, {"cells": [{"cell_type": "code", "source": text}]}, {"a.bin": b"\x00"}, {})


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Any]:
    """Two worker processes, each one thread."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            local_directory=str(tmp_path / "scratch"),
        ) as started:
            yield started


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # what a dying worker says is not ours
def test_same_grades_as_on_one_machine_while_a_worker_is_killed(tmp_path: Path, machines: Any) -> None:
    here = make_course(tmp_path / "here")
    for student, notebook in CLASS.items():
        hand_in(here, student, notebook)
    # Both draw the same hidden cases.
    course_secret(here / ".grading" / "secret")
    there = tmp_path / "there"
    shutil.copytree(here, there)
    killed: list[int] = []

    def kill_one(result: SubmissionResult) -> None:
        if not killed:
            killed.append(next(iter(machines.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    on_cluster = grade_course(there, progress=kill_one, cluster=machines.scheduler_address)
    assert killed
    assert on_cluster.to_dict() == grade_course(here).to_dict()
    assert {result.student: result.points for result in on_cluster.submissions} == {
        "ada": 5, "accuracy": 2.25, "deleted": 5, "dead": 3, "slow-1": 5, "slow-2": 5,
    }  # fmt: skip


@pytest.mark.slow
def test_no_cluster_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_course(tmp_path / "course")
    hand_in(root, "ada", answered())
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1.0)
    with pytest.raises(GradingError, match=r"There is no Dask scheduler at tcp://127\.0\.0\.1:9\. Start one with"):
        grade_course(root, cluster="tcp://127.0.0.1:9")


def test_worker_with_another_version_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = cluster.pack(job())
    monkeypatch.setattr(cluster, "grader_version", lambda sources: "another")
    with pytest.raises(cluster.VersionError, match="install the same one"):
        cluster.run_packed(packed)


def test_jobs_travel_as_bytes_and_outcomes_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Job] = []

    def run(self: object, job: Job) -> Outcome:
        seen.append(job)
        return Outcome(None, [], ["done"])

    monkeypatch.setattr(cluster._Runners, "run", run)
    packed = cluster.pack(job())
    assert isinstance(packed, bytes)
    answer = cluster.run_packed(packed)
    assert seen == [job()]
    assert isinstance(answer, str)
    # The names of our classes are in nothing that is unpickled.
    assert b"autograder" not in pickle.dumps(packed)


def test_runner_stays_for_the_next_job(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def run_all(jobs, workers):  # type: ignore[no-untyped-def]
        started.append(workers)
        for given in jobs:
            yield given, Outcome(None, [], [given.student])

    monkeypatch.setattr(cluster, "run_all", run_all)
    runners = cluster._Runners()
    assert [runners.run(job()).remarks for _ in range(3)] == [["ada"]] * 3
    assert started == [1]


@pytest.mark.slow
def test_cluster_is_not_loaded_without_need() -> None:
    loads = (
        "import sys; import autograder.grading.engine; sys.exit('autograder.grading.running.cluster' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", loads], check=False).returncode == 0
