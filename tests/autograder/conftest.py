"""A course that was graded once, for the tests of what happens when it is graded again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from grading_samples import answered, hand_in, make_course

from autograder.grading import grade as start
from autograder.grading import grade_course
from autograder.grading.intake import submission
from autograder.grading.orders import Answer, Order
from autograder.grading.running import pool


@pytest.fixture(scope="session")
def started_pool() -> Iterator[pool.Pool]:
    """What a run starts first, started once. A run that kills some of it starts it anew."""
    with closing(pool.Pool()) as started:
        yield started


@pytest.fixture
def kept_pool(started_pool: pool.Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs begin with processes that are there. For tests of what grading does, not of how it starts and ends."""
    given = SimpleNamespace(**vars(started_pool), close=lambda: None)
    monkeypatch.setattr(start, "Pool", lambda: given)


@pytest.fixture(scope="session")
def graded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course after the first run. Not to be changed."""
    root = make_course(tmp_path_factory.mktemp("course"))
    for student in ("ada", "ben"):
        hand_in(root, student, answered())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(submission, "grader_version", lambda sources: "fixed")
        grade_course(root)
    return root


@pytest.fixture
def graded_course(graded_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept_pool: None) -> Path:
    """A copy of it, for one test."""
    # The sources of the package may change while the tests run; here they shall count as unchanged.
    monkeypatch.setattr(submission, "grader_version", lambda sources: "fixed")
    shutil.copytree(graded_once, tmp_path / "course")
    return tmp_path / "course"


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The students whose notebooks are really run."""
    students: list[str] = []
    ask = pool.Worker.ask

    def asked(self: pool.Worker, order: Order) -> Answer:
        if order.do == "run":
            students.append(order.data["task"]["student"])
        return ask(self, order)

    monkeypatch.setattr(pool.Worker, "ask", asked)
    return students
