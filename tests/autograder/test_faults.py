"""The grader, its workers, the warm processes and the database are killed at random moments; no grade is lost."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from grading_samples import ACCURACY_INSTEAD, LESSON, answered, delete, hand_in, insert, make_course
from nbgrader.api import Gradebook
from postgres_server import Server, programs

from autograder.grading import GradingError, grade_course
from autograder.grading.trusted import course_secret

MOMENTS = 12, 8
STUDENTS = [f"student-{i}" for i in range(6)]
# What is handed in changes all the time, so that there is always something to grade.
WORK = [
    answered(),
    answered(precision=ACCURACY_INSTEAD),
    answered(delete("check_double")),
    answered(double="def double(x):\n    return 2"),
    answered(insert("text-2", "import os; os._exit(1)")),
]
VICTIMS = ("grader", "worker", "warm process", "database")


def grade(root: Path, db: str) -> None:
    """Grade, in a process of its own."""
    with suppress(GradingError):
        grade_course(root, db=db)


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["autograder.grading.engine"])
    return context


def children(parent: int) -> Iterator[tuple[int, str]]:
    """The processes that a process has started, with their command lines."""
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int(entry.joinpath("stat").read_text().rpartition(")")[2].split()[1]) == parent:
                yield int(entry.name), entry.joinpath("cmdline").read_text().replace("\0", " ")


class Sqlite:
    """The usual database. It has no server to kill, so another program locks it, and stays."""

    def __init__(self, root: Path) -> None:
        self.path = root / "gradebook.db"
        # The usual five seconds of patience, many times over, would be most of this test.
        self.url = f"sqlite:///{self.path}?timeout=1"

    @contextmanager
    def down(self) -> Iterator[None]:
        with ExitStack() as stack:
            other = sqlite3.connect(self.path, isolation_level=None, timeout=0.2)
            stack.callback(other.close)
            with suppress(sqlite3.OperationalError):
                # Where the grader itself holds the lock in this very moment, this is no fault.
                other.execute("BEGIN EXCLUSIVE")
            yield

    def remove(self) -> None:
        pass


class Postgres:
    """A server, which is killed."""

    def __init__(self, root: Path) -> None:
        self.server = Server()
        self.url = self.server.url

    @contextmanager
    def down(self) -> Iterator[None]:
        self.server.kill()
        yield
        self.server.start()

    def remove(self) -> None:
        self.server.remove()


def strike(victim: str, grader: BaseProcess) -> bool:
    """Kill a victim as soon as it lives. False if the grader ends before."""
    words = {"grader": "forkserver", "worker": "autograder.grading.worker", "warm process": "bwrap"}
    while grader.is_alive():
        assert grader.pid is not None
        lines = {grader.pid: words["grader"]} if victim == "grader" else dict(children(grader.pid))
        for pid, line in lines.items():
            if words[victim] in line:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    return True
        time.sleep(0.02)
    return False


def scores(url: str) -> dict[tuple[str, str], tuple[float | None, float, bool]]:
    with Gradebook(url, "evalkit") as gradebook:
        return {
            (submission.student.id, grade.name): (grade.auto_score, grade.score, grade.needs_manual_grade)
            for submission in gradebook.assignment_submissions(LESSON)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "moments"),
    [
        (Sqlite, MOMENTS[0]),
        pytest.param(
            Postgres,
            MOMENTS[1],
            marks=pytest.mark.skipif(programs() is None, reason="no PostgreSQL server is installed"),
        ),
    ],
)
def test_kills_at_random_moments_change_no_grade(
    tmp_path: Path, processes: ForkServerContext, kind: type[Sqlite] | type[Postgres], moments: int
) -> None:
    rng = random.Random(20)
    root = make_course(tmp_path / "course")
    course_secret(root / ".grading" / "secret")
    work = dict.fromkeys(STUDENTS, 0)
    for student in STUDENTS:
        hand_in(root, student, WORK[0])
    database = kind(root)

    def start() -> BaseProcess:
        """Two students hand in something else, and grading starts."""
        for student in rng.sample(STUDENTS, 2):
            work[student] = (work[student] + rng.randrange(1, len(WORK))) % len(WORK)
            hand_in(root, student, WORK[work[student]])
        grader = processes.Process(target=grade, args=(root, database.url))
        grader.start()
        return grader

    try:
        grade_course(root, db=database.url)
        began = time.monotonic()
        start().join()
        usual = time.monotonic() - began
        struck = dict.fromkeys(VICTIMS, 0)
        for moment in range(moments):
            victim = VICTIMS[moment % len(VICTIMS)]
            grader = start()
            grader.join(rng.uniform(0, 0.8 * usual))
            with ExitStack() as stack:
                if victim == "database":
                    stack.enter_context(database.down())
                    struck[victim] += grader.is_alive()
                else:
                    struck[victim] += strike(victim, grader)
                grader.join(120)
                assert grader.exitcode is not None
        assert all(struck.values()), struck
        # After everything that happened, one run with no more faults.
        report = grade_course(root, db=database.url)
        found = scores(database.url)
    finally:
        database.remove()
    calm = tmp_path / "calm"
    for name in ("source", "submitted"):
        shutil.copytree(root / name, calm / name)
    shutil.copy(root / "nbgrader_config.py", calm)
    (calm / ".grading").mkdir()
    shutil.copy(root / ".grading" / "secret", calm / ".grading")
    undisturbed = grade_course(calm)
    assert report.to_dict() == undisturbed.to_dict()
    assert found == scores(f"sqlite:///{calm}/gradebook.db")
