"""The journal: nothing that was run is lost, nothing half done is taken for done, and nobody else grades meanwhile."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from grading_samples import LESSON, TOPIC, answered, hand_in
from nbgrader.api import Gradebook
from sqlalchemy.exc import OperationalError

from autograder.grading import GradingError, grade_course
from autograder.grading.course import only_grader
from autograder.grading.jobs import Outcome
from autograder.grading.keeping import commit, gradebook
from autograder.grading.keeping.files import write_whole
from autograder.grading.keeping.records import Records
from autograder.grading.results import CellResult, SubmissionResult

pytestmark = pytest.mark.slow

NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
OUTCOME = Outcome(NOTEBOOK, [CellResult("check_double", 2.0, 2.0)], ["half a character: \ud800"])
RESULT = SubmissionResult.of("ada", LESSON, "graded", [], OUTCOME.cells, "bubblewrap")


@pytest.fixture
def course(graded_course: Path) -> Path:
    return graded_course


def points(course: Path) -> dict[str, float]:
    """What the gradebook says."""
    with Gradebook(f"sqlite:///{course}/gradebook.db", "evalkit") as open_book:
        return {s.student.id: s.score for s in open_book.assignment_submissions(LESSON)}


def forget_everything_but_the_journal(course: Path) -> None:
    for name in ("gradebook.db", "autograded", "feedback", ".grading/records"):
        path = course / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_entries_are_for_their_work_only(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.keep("ada", LESSON, "key", OUTCOME)
    records.write("key", RESULT, {"seed": "1"})
    assert records.outcome("ada", LESSON, "key") == OUTCOME
    assert records.read("ada", LESSON, "key") == RESULT
    assert records.outcome("ada", LESSON, "other work") is None
    assert records.read("ada", LESSON, "other work") is None
    assert records.read("ada", LESSON) == RESULT
    records.forget("ada", LESSON)
    assert records.read("ada", LESSON) is None


@pytest.mark.parametrize("damage", ["cut", "flip", "not gzip", "not ours", "empty"])
def test_damaged_entry_is_no_entry(tmp_path: Path, damage: str) -> None:
    records = Records(tmp_path)
    records.keep("ada", LESSON, "key", OUTCOME)
    (path,) = (tmp_path / "journal").rglob("*.gz")
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(
        {
            "cut": whole[:middle],
            "flip": whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :],
            "not gzip": b"key",
            "not ours": gzip.compress(json.dumps({"key": "key", "outcome": {"cells": 3}}).encode()),
            "empty": b"",
        }[damage]
    )
    assert records.outcome("ada", LESSON, "key") is None


def test_file_is_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_whole(path, "before")

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "after")
    assert path.read_text() == "before"
    monkeypatch.undo()
    write_whole(path, "\ud800 after")
    assert path.read_text() == "\\ud800 after"


def test_everything_comes_back_from_the_journal(course: Path, ran: list[str]) -> None:
    before = points(course)
    forget_everything_but_the_journal(course)
    grade_course(course)
    assert ran == []
    assert points(course) == before == {"ada": 5, "ben": 5}
    assert (course / "feedback" / "ada" / LESSON / f"{TOPIC}.html").is_file()


def test_damaged_journal_and_gradebook_mean_another_run(course: Path, ran: list[str]) -> None:
    (course / ".grading" / "journal" / LESSON / "ada.json.gz").write_bytes(b"")
    (course / ".grading" / "records" / LESSON / "ada.json").write_text('{"half writ')
    shutil.rmtree(course / "autograded" / "ben")
    (course / ".grading" / "journal" / LESSON / "ben.json.gz").write_bytes(b"")
    grade_course(course)
    assert sorted(ran) == ["ada", "ben"]
    assert points(course) == {"ada": 5, "ben": 5}


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (Records, "forget"),
        (gradebook.Writer, "merge"),
        (gradebook.Writer, "_late_penalty"),
        (commit.Committer, "_page"),
        (Records, "write"),
    ],
)
def test_end_at_any_step_is_made_good_by_the_next_run(
    course: Path, ran: list[str], monkeypatch: pytest.MonkeyPatch, place: type, name: str
) -> None:
    """As if the power went: what comes after the step never happens."""
    hand_in(course, "ada", answered(double="def double(x):\n    return 3 * x"))

    class PowerCutError(BaseException):
        pass

    def cut(*args: Any, **more: Any) -> None:
        raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(place, name, cut)
        with pytest.raises(PowerCutError):
            grade_course(course, students=["ada"])
    # Before the transaction is through, the gradebook has the old grades, all of them.
    expected = 3 if name in ("_page", "write") else 5
    assert points(course) == {"ada": expected, "ben": 5}
    grade_course(course)
    assert points(course) == {"ada": 3, "ben": 5}
    # What it ran was written down before anything else was touched.
    assert ran == ["ada"]


def test_locked_gradebook_loses_no_outcome(course: Path, ran: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(course, "ada", answered(double="def double(x):\n    return 3 * x"))
    merge = gradebook.Writer.merge
    tries = []

    def locked(self, *rest):  # type: ignore[no-untyped-def]
        tries.append(rest[0])
        if len(tries) == 1:
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        merge(self, *rest)

    monkeypatch.setattr(gradebook.Writer, "merge", locked)
    ada, ben = grade_course(course).submissions
    assert (ada.status, ada.points, ben.points) == ("graded", 3, 5)
    assert (tries, ran) == (["ada", "ada"], ["ada"])


def test_gradebook_that_stays_away_is_named_and_costs_no_second_run(
    course: Path, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(course, "ada", answered(double="def double(x):\n    return 3 * x"))

    def gone(*args: Any) -> None:
        raise OperationalError("UPDATE", {}, Exception("server closed the connection unexpectedly"))

    with monkeypatch.context() as patch:
        patch.setattr(gradebook.Writer, "merge", gone)
        ada, ben = grade_course(course).submissions
    assert (ada.status, ben.status) == ("failed", "graded")
    assert ada.reasons == [
        "The gradebook did not take the result (server closed the connection unexpectedly). It is kept, and entered "
        "when you grade again."
    ]
    assert grade_course(course).submissions[0].points == 3
    assert ran == ["ada"]


def test_second_grader_is_refused_with_a_sentence(course: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom autograder.grading.course import only_grader\n"
        "with only_grader(Path(sys.argv[1])):\n    print('locked', flush=True)\n    time.sleep(60)"
    )
    lock = course / ".grading" / "lock"
    with subprocess.Popen([sys.executable, "-c", program, str(lock)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(GradingError, match=f"is being graded already, by process {other.pid} on "):
            grade_course(course)
        other.kill()
        other.wait()
    # However the other one ended, nothing has to be tidied up.
    assert len(grade_course(course).submissions) == 2


def test_lock_is_given_back(tmp_path: Path) -> None:
    lock = tmp_path / "hidden" / "lock"
    for _ in range(2):
        with only_grader(lock):
            second = only_grader(lock)
            with pytest.raises(GradingError, match=f"by process {os.getpid()} on "):
                second.__enter__()


def test_late_penalty_is_in_the_same_transaction(course: Path) -> None:
    config = course / "nbgrader_config.py"
    config.write_text(
        f"{config.read_text()}\nfrom nbgrader.plugins import BasePlugin\n\n\n"
        "class OnePoint(BasePlugin):\n"
        "    def late_submission_penalty(self, student, score, seconds):\n        return 1.0\n\n\n"
        "c.AssignLatePenalties.plugin_class = OnePoint\n"
    )
    with Gradebook(f"sqlite:///{course}/gradebook.db", "evalkit") as open_book:
        open_book.update_or_create_assignment(LESSON, duedate="2026-01-01 00:00:00")
    (course / "submitted" / "ada" / LESSON / "timestamp.txt").write_text("2026-01-03 00:00:00 UTC")
    grade_course(course)
    with Gradebook(f"sqlite:///{course}/gradebook.db", "evalkit") as open_book:
        row = open_book.find_submission_notebook(TOPIC, LESSON, "ada")
        assert (row.score, row.late_submission_penalty) == (5, 1)
    assert "4 of 9 points" in (course / "feedback" / "ada" / LESSON / f"{TOPIC}.html").read_text()
