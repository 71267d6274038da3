"""A gradebook in PostgreSQL, on a real server: the same grades as in SQLite, and nothing lost when the server goes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from grading_samples import ACCURACY_INSTEAD, answered, delete, hand_in, make_course, scores
from postgres_server import Server, programs
from sqlalchemy import create_engine, inspect
from test_regrade import edit_source

from autograder.commands.mark import mark_course
from autograder.grading import GradingError, SubmissionResult, grade_course
from autograder.grading.judging.secret import course_secret
from autograder.grading.regrading import regrade

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("kept_pool"),
    pytest.mark.skipif(programs() is None, reason="the programs of a PostgreSQL server are not installed"),
]
pytest.importorskip("psycopg")


@pytest.fixture
def server() -> Iterator[Server]:
    started = Server()
    yield started
    started.remove()


@pytest.fixture
def course(tmp_path: Path) -> Path:
    root = make_course(tmp_path / "course")
    hand_in(root, "ada", answered())
    hand_in(root, "accuracy", answered(delete("check_double"), precision=ACCURACY_INSTEAD))
    hand_in(root, "empty", "")
    course_secret(root / ".grading" / "secret")
    return root


def test_same_gradebook_as_in_sqlite(server: Server, course: Path, tmp_path: Path) -> None:
    twin = tmp_path / "twin"
    shutil.copytree(course, twin)
    report = grade_course(course, db=server.url)
    assert not (course / "gradebook.db").exists()
    assert report.to_dict() == grade_course(twin).to_dict()
    assert scores(server.url) == scores(f"sqlite:///{twin}/gradebook.db")
    assert scores(server.url)["ada", "check_precision"] == (3, 3, False)
    # What a person grades is in the report of the next run.
    typed = iter(["3.5", "", "3.5", ""])
    mark_course(course, db=server.url, ask=lambda prompt: next(typed))
    ada = next(result for result in grade_course(course, db=server.url).submissions if result.student == "ada")
    assert (ada.points, ada.needs_manual) == (8.5, False)
    # Another check: shown, written, taken back.
    before = scores(server.url)
    edit_source(course, "check_double", "double(21) == 42", "double(21) == 43")
    trial = regrade.try_regrade(course, db=server.url)
    assert [(one.student, one.after.grade - one.before.grade) for one in trial.changes][-1] == ("ada", -2)
    assert scores(server.url) == before
    assert regrade.apply(trial, course, db=server.url) == []
    assert scores(server.url)["ada", "check_double"] == (0, 0, False)
    regrade.undo(course, db=server.url)
    assert scores(server.url) == before


def test_nbgraders_own_commands_go_on_with_it(server: Server, course: Path) -> None:
    config = course / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\nc.CourseDirectory.db_url = {server.url!r}\n")
    grade_course(course)
    command = [sys.executable, "-m", "nbgrader", "export", "--to", "grades.csv"]
    subprocess.run(command, cwd=course, check=True, capture_output=True, timeout=300)
    rows = (course / "grades.csv").read_text().splitlines()
    columns = rows[0].split(",")
    found = {
        row.split(",")[columns.index("student_id")]: float(row.split(",")[columns.index("score")]) for row in rows[1:]
    }
    assert found == {"ada": 5, "accuracy": 2.25, "empty": 0}
    engine = create_engine(server.url)
    assert "alembic_version" in inspect(engine).get_table_names()
    engine.dispose()


def test_server_that_goes_down_in_the_middle_costs_nothing(server: Server, course: Path) -> None:
    for student in ("ben", "cid", "dan"):
        hand_in(course, student, answered())
    done: list[str] = []

    def kill(result: SubmissionResult) -> None:
        done.append(result.student)
        if len(done) == 2:
            server.kill()

    report = grade_course(course, db=server.url, progress=kill)
    failed = [result for result in report.submissions if result.status == "failed"]
    assert len(failed) == 4
    for result in failed:
        assert "The gradebook did not take the result" in result.reasons[0]
        assert "It is kept, and entered when you grade again" in result.reasons[0]
    with pytest.raises(GradingError, match=r"postgresql\+psycopg://grader@.*cannot be used: .*grade again"):
        grade_course(course, db=server.url)
    server.start()
    report = grade_course(course, db=server.url)
    assert {r.student: r.points for r in report.submissions} == {
        "ada": 5, "accuracy": 2.25, "empty": 0, "ben": 5, "cid": 5, "dan": 5,
    }  # fmt: skip


def test_unusable_addresses_are_said_without_the_password(course: Path) -> None:
    with pytest.raises(GradingError, match=r"postgresql\+psycopg://me:\*\*\*@localhost:1/x cannot be used") as caught:
        grade_course(course, db="postgresql+psycopg://me:secret@localhost:1/x")
    assert "secret" not in str(caught.value)
    with pytest.raises(GradingError, match="cannot be used"):
        grade_course(course, db="no address")
    with pytest.raises(GradingError, match=r"needs the package psycopg2: run pip install"):
        grade_course(course, db="postgresql+psycopg2://localhost/x")
