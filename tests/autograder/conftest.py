"""A course that was graded once, for the tests of what happens when it is graded again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from grading_samples import answered, hand_in, make_course
from hypothesis import HealthCheck, settings

from autograder.grading import engine, grade_course
from autograder.grading.intake import submission

# How long an example takes says how busy the machine is, and nothing about the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

RUN_ALL = engine.run_all


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
def graded_course(graded_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, for one test."""
    # The sources of the package may change while the tests run; here they shall count as unchanged.
    monkeypatch.setattr(submission, "grader_version", lambda sources: "fixed")
    shutil.copytree(graded_once, tmp_path / "course")
    return tmp_path / "course"


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The students whose notebooks are really run."""
    students: list[str] = []

    def run_all(*given):  # type: ignore[no-untyped-def]
        for job, outcome in RUN_ALL(*given):
            students.append(job.student)
            yield job, outcome

    monkeypatch.setattr(engine, "run_all", run_all)
    return students
