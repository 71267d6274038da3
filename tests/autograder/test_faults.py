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
from typing import NamedTuple

import pytest
from grading_samples import ACCURACY_INSTEAD, answered, delete, hand_in, insert, make_course, scores
from postgres_server import Server, programs
from warm_kernels import need_bubblewrap

from autograder.grading import GradingError, grade_course
from autograder.grading.judging.secret import course_secret

# Twenty in all.
MOMENTS = {"sqlite": 12, "postgresql": 8}
STUDENTS = [f"student-{i}" for i in range(5)]
# What is handed in changes all the time, so that there is always something to grade.
WORK = [
    answered(),
    answered(precision=ACCURACY_INSTEAD),
    answered(delete("check_double")),
    answered(double="def double(x):\n    return 2"),
    answered(insert("text-2", "import os; os._exit(1)")),
]
VICTIMS = ("grader", "worker", "process of the workers", "warm process", "database")


def grade(root: Path, db: str) -> None:
    """Grade, in a process of its own."""
    with suppress(GradingError):
        grade_course(root, db=db)


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["autograder.grading.engine"])
    return context


class Process(NamedTuple):
    pid: int
    parent: int
    command: str


def running() -> Iterator[Process]:
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent = int(entry.joinpath("stat").read_text().rpartition(")")[2].split()[1])
            yield Process(int(entry.name), parent, entry.joinpath("cmdline").read_text())


def find(victim: str, grader: int) -> int | None:
    """The process to kill; None if it does not live."""
    if victim == "grader":
        return grader
    everything = list(running())
    mothers = [p.pid for p in everything if p.parent == grader and "autograder.grading.running.worker" in p.command]
    found = {
        "worker": [p.pid for p in everything if p.parent in mothers],
        "process of the workers": mothers,
        "warm process": [p.pid for p in everything if p.parent == grader and "bwrap" in p.command],
    }
    return next(iter(found[victim]), None)


def strike(victim: str, grader: BaseProcess) -> bool:
    """Kill a victim as soon as it lives. False if the grader ends before."""
    assert grader.pid is not None
    while grader.is_alive():
        pid = find(victim, grader.pid)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                return True
        time.sleep(0.02)
    return False


class Sqlite:
    """The usual database. It has no server to kill, so another program locks it, and stays."""

    def __init__(self, root: Path) -> None:
        self.path = root / "gradebook.db"
        # The usual five seconds of patience, many times over, would be most of this test.
        self.url = f"sqlite:///{self.path}?timeout=0.5"

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


class Course:
    """A course whose students hand in something else before each run."""

    def __init__(self, root: Path, url: str, processes: ForkServerContext) -> None:
        self.root = root
        self.url = url
        self.processes = processes
        self.rng = random.Random(20)
        self.work = dict.fromkeys(STUDENTS, 0)
        for student in STUDENTS:
            hand_in(root, student, WORK[0])

    def start(self) -> BaseProcess:
        """Two students hand in something else, and grading starts."""
        for student in self.rng.sample(STUDENTS, 2):
            self.work[student] = (self.work[student] + self.rng.randrange(1, len(WORK))) % len(WORK)
            hand_in(self.root, student, WORK[self.work[student]])
        grader = self.processes.Process(target=grade, args=(self.root, self.url))
        grader.start()
        return grader

    def suffer(self, victim: str, latest: float, database: Sqlite | Postgres) -> bool:
        """Grade, and lose a process at a random moment. False if the grading was done before that."""
        grader = self.start()
        grader.join(self.rng.uniform(0, latest))
        with ExitStack() as stack:
            if victim == "database":
                stack.enter_context(database.down())
                struck = grader.is_alive()
            else:
                struck = strike(victim, grader)
            grader.join(120)
            assert grader.exitcode is not None, victim
        return struck


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        "sqlite",
        pytest.param(
            "postgresql", marks=pytest.mark.skipif(programs() is None, reason="no PostgreSQL server is installed")
        ),
    ],
)
def test_kills_at_random_moments_change_no_grade(tmp_path: Path, processes: ForkServerContext, kind: str) -> None:
    need_bubblewrap()
    root = make_course(tmp_path / "course")
    course_secret(root / ".grading" / "secret")
    database = Sqlite(root) if kind == "sqlite" else Postgres(root)
    try:
        course = Course(root, database.url, processes)
        grade_course(root, db=database.url)
        began = time.monotonic()
        course.start().join()
        usual = time.monotonic() - began
        for moment in range(MOMENTS[kind]):
            victim = VICTIMS[moment % len(VICTIMS)]
            # A moment that came too late is no test; then an earlier one is taken.
            assert any(course.suffer(victim, usual * part, database) for part in (0.8, 0.4, 0.0)), victim
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
