"""Grading again: what changed is graded again, the rest is kept, and a person's grades are never lost."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import nbformat
import pytest
from grading_samples import ACCURACY_INSTEAD, LESSON, TOPIC, answered, change, hand_in, make_course
from nbgrader.api import Gradebook

from autograder.commands.secret import renew, secret_in_use
from autograder.grading import (
    GradeReport,
    GradingError,
    SubmissionResult,
    engine,
    grade,
    grade_course,
    write_config,
)
from autograder.grading.course import only_grader
from autograder.grading.jobs import Job, Outcome
from autograder.grading.sandbox import host

pytestmark = pytest.mark.slow


@pytest.fixture
def course(graded_course: Path) -> Path:
    return graded_course


def points(report: GradeReport) -> dict[str, float]:
    return {result.student: result.points for result in report.submissions}


def test_unchanged_work_is_not_run_again(course: Path, ran: list[str]) -> None:
    before = (course / "report.json").read_bytes()
    pages = {path: path.stat().st_mtime_ns for path in (course / "feedback").rglob("*.html")}
    seen: list[SubmissionResult] = []
    assert points(grade_course(course, progress=seen.append)) == {"ada": 5, "ben": 5}
    assert ran == []
    assert len(seen) == 2
    assert (course / "report.json").read_bytes() == before
    assert pages == {path: path.stat().st_mtime_ns for path in (course / "feedback").rglob("*.html")}


def test_no_sandbox_is_started_where_nothing_seems_new(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host.WarmProcess, "__init__", lambda *_: pytest.fail("was started"))
    assert points(grade_course(course)) == {"ada": 5, "ben": 5}
    hand_in(course, "ben", answered(precision=ACCURACY_INSTEAD))
    assert grade._imports_of_new_work(course, None, None) == ["numpy", "autograder"]
    assert grade._imports_of_new_work(course, None, ["ada"]) is None
    assert grade._imports_of_new_work(course, ["another"], None) is None
    (course / "source" / LESSON / f"{TOPIC}.ipynb").write_text("no notebook")
    assert grade._imports_of_new_work(course, None, None) is None


def test_changed_work_is_graded_again(course: Path, ran: list[str]) -> None:
    hand_in(course, "ben", answered(precision=ACCURACY_INSTEAD))
    assert points(grade_course(course)) == {"ada": 5, "ben": 2.25}
    assert ran == ["ben"]
    assert (
        "You counted every correct prediction" in (course / "feedback" / "ben" / LESSON / f"{TOPIC}.html").read_text()
    )


def test_changed_lesson_is_graded_again(course: Path, ran: list[str]) -> None:
    path = course / "source" / LESSON / f"{TOPIC}.ipynb"
    path.write_text(path.read_text().replace("assert double(21) == 42", "assert double(21) == 43"))
    assert points(grade_course(course)) == {"ada": 3, "ben": 3}
    assert sorted(ran) == ["ada", "ben"]


def test_lost_gradebook_is_filled_again_without_a_run(course: Path, ran: list[str]) -> None:
    (course / "gradebook.db").unlink()
    assert points(grade_course(course)) == {"ada": 5, "ben": 5}
    assert ran == []
    with Gradebook(f"sqlite:///{course}/gradebook.db", "evalkit") as gradebook:
        assert gradebook.find_submission(LESSON, "ada").score == 5


def test_lost_or_damaged_autograded_notebook_comes_back_without_a_run(course: Path, ran: list[str]) -> None:
    paths = [course / "autograded" / student / LESSON / f"{TOPIC}.ipynb" for student in ("ada", "ben")]
    whole = [path.read_bytes() for path in paths]
    shutil.rmtree(course / "autograded" / "ada")
    paths[1].write_bytes(whole[1][:100])
    grade_course(course)
    assert ran == []
    assert [path.read_bytes() for path in paths] == whole


def test_manual_grades_and_comments_survive(course: Path, ran: list[str]) -> None:
    with Gradebook(f"sqlite:///{course}/gradebook.db", "evalkit") as gradebook:
        grade = gradebook.find_grade("why", TOPIC, LESSON, "ada")
        grade.manual_score, grade.needs_manual_grade = 3.5, False
        gradebook.find_comment("why", TOPIC, LESSON, "ada").manual_comment = "Well argued <3"
        gradebook.db.commit()
    report = grade_course(course)
    assert ran == []
    assert points(report) == {"ada": 8.5, "ben": 5}
    ada = report.submissions[0]
    assert (ada.cells[-1].points, ada.needs_manual) == (3.5, False)
    page = (course / "feedback" / "ada" / LESSON / f"{TOPIC}.html").read_text()
    assert "Well argued &lt;3" in page
    assert "8.5 of 9 points" in page
    assert "not graded yet" not in page
    assert "worth 4 points, not graded yet" in (course / "feedback" / "ben" / LESSON / f"{TOPIC}.html").read_text()
    # New work is graded anew; the mark stays with the text that it was given to.
    hand_in(course, "ada", answered(precision=ACCURACY_INSTEAD))
    ada = grade_course(course).submissions[0]
    assert (ada.points, ada.cells[-1].points, ada.needs_manual) == (5.75, 3.5, False)
    # Another text waits for a person again: the old mark and comment are in the gradebook, and not on the page.
    hand_in(course, "ada", answered(change("why", "Something else."), precision=ACCURACY_INSTEAD))
    for _ in range(2):
        ada = grade_course(course).submissions[0]
        assert (ada.points, ada.needs_manual) == (2.25, True)
    page = (course / "feedback" / "ada" / LESSON / f"{TOPIC}.html").read_text()
    assert "worth 4 points, not graded yet" in page
    assert "2.25 of 9 points" in page
    assert "Well argued" not in page
    with Gradebook(f"sqlite:///{course}/gradebook.db", "evalkit") as gradebook:
        assert gradebook.find_grade("why", TOPIC, LESSON, "ada").manual_score == 3.5
        assert gradebook.find_comment("why", TOPIC, LESSON, "ada").manual_comment == "Well argued <3"


def test_work_that_cannot_be_read_any_more(course: Path) -> None:
    path = hand_in(course, "ada", "{")
    assert points(grade_course(course)) == {"ada": 0, "ben": 5}
    assert not (course / "autograded" / "ada" / LESSON).exists()
    with Gradebook(f"sqlite:///{course}/gradebook.db", "evalkit") as gradebook:
        assert gradebook.find_submission(LESSON, "ada").score == 0
    path.write_text(nbformat.writes(answered()))
    assert points(grade_course(course)) == {"ada": 5, "ben": 5}


def test_result_that_cannot_be_saved_does_not_stop_the_others(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for student in ("ada", "ben"):
        hand_in(course, student, answered(double="def double(x):\n    return x + x"))
    merge = engine.Writer.merge

    def full_disk(self, student, *rest):  # type: ignore[no-untyped-def]
        if student == "ada":
            raise OSError(28, "No space left on device")
        merge(self, student, *rest)

    monkeypatch.setattr(engine.Writer, "merge", full_disk)
    ada, ben = grade_course(course).submissions
    assert (ada.status, ben.status) == ("failed", "graded")
    assert "No space left on device" in ada.reasons[0]
    monkeypatch.undo()
    assert points(grade_course(course)) == {"ada": 5, "ben": 5}


def test_interrupt_loses_nothing_that_is_done(course: Path, ran: list[str]) -> None:
    hand_in(course, "ada", answered(double="def double(x):\n    return x + x"))

    def interrupt(result: SubmissionResult) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade_course(course, students=["ada"], progress=interrupt)
    assert points(grade_course(course)) == {"ada": 5, "ben": 5}
    assert ran == ["ada"]


def test_selection(course: Path) -> None:
    assert points(grade_course(course, students=["ben"])) == {"ben": 5}
    # The report of the course still tells of everyone.
    report = json.loads((course / "report.json").read_text())
    assert [result["student"] for result in report["submissions"]] == ["ada", "ben"]
    assert points(grade_course(course, lessons=[LESSON])) == {"ada": 5, "ben": 5}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lessons": ["04_nothing"]}, "There is no lesson '04_nothing'; there are: 03_precision_recall."),
        ({"students": ["nobody"]}, "There is no submission of 'nobody' in submitted/."),
    ],
)
def test_unknown_selection(course: Path, options: dict[str, list[str]], message: str) -> None:
    with pytest.raises(GradingError) as caught:
        grade_course(course, **options)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_set_up_problems_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(GradingError, match="There is no folder"):
        grade_course(tmp_path / "nowhere")
    with pytest.raises(GradingError, match="There is no lesson in"):
        grade_course(tmp_path)
    root = make_course(tmp_path / "course")
    (root / "nbgrader_config.py").write_text("c = (")
    with pytest.raises(GradingError, match=r"nbgrader_config\.py cannot be read: SyntaxError"):
        grade_course(root)
    (root / "nbgrader_config.py").unlink()
    (root / "gradebook.db").write_text("This is not a database, but it is long enough to be looked at." * 20)
    with pytest.raises(GradingError, match=r"gradebook\.db cannot be used: file is not a database"):
        grade_course(root)


def test_locked_gradebook_is_named(course: Path) -> None:
    with sqlite3.connect(course / "gradebook.db", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(GradingError, match=r"database is locked\. If another program has it open"):
            grade_course(course)
        other.execute("ROLLBACK")
    other.close()


def test_cells_cannot_vanish_from_a_graded_lesson(course: Path) -> None:
    path = course / "source" / LESSON / f"{TOPIC}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id != "why"]
    nbformat.write(notebook, path)
    with pytest.raises(GradingError, match=f"nbgrader db assignment remove {LESSON} --force"):
        grade_course(course)


def test_write_config_keeps_what_is_there(tmp_path: Path) -> None:
    path = write_config(tmp_path)
    assert "nbgrader_config(" in path.read_text()
    path.write_text("mine")
    assert write_config(tmp_path).read_text() == "mine"


def test_jobs_and_outcomes_are_json() -> None:
    job = Job("ada", LESSON, TOPIC, {"cells": []}, {"a.bin": b"\x00\xff"}, {"Execute": {"timeout": 3}})
    assert Job.from_dict(json.loads(json.dumps(job.to_dict()))) == job
    outcome = Outcome(None, [], ["why"])
    assert Outcome.from_dict(json.loads(json.dumps(outcome.to_dict()))) == outcome


def test_a_new_secret_grades_all_anew_and_says_so(course: Path, ran: list[str]) -> None:
    before = secret_in_use(course)
    said = renew(course)
    assert "the same for the whole class" in said
    assert secret_in_use(course) != before
    first = grade_course(course, students=["ada"])
    # One of two: their points come from different cases.
    assert ran == ["ada"]
    assert first.draws_in_words()[0].startswith("The cases were drawn anew: 1 of these submissions had been graded")
    assert f"In {LESSON}, 1 and 1 submissions stand on cases" in (course / "report.html").read_text()
    report = grade_course(course)
    assert sorted(ran) == ["ada", "ben"]
    assert points(report) == {"ada": 5, "ben": 5}
    (sentence,) = report.draws_in_words()
    assert "2 of these submissions" in sentence
    assert sentence in (course / "report.html").read_text()
    assert {len(result.draws) for result in report.submissions} == {2}
    assert len({tuple(result.draws) for result in report.submissions}) == 1


def test_a_secret_is_not_changed_while_somebody_grades(course: Path) -> None:
    with only_grader(course / ".grading" / "lock"), pytest.raises(GradingError, match="being graded already"):
        renew(course)


def test_a_damaged_secret_can_be_replaced(course: Path) -> None:
    (course / ".grading" / "secret").write_text("abcd")
    with pytest.raises(GradingError, match="autograder secret --new"):
        secret_in_use(course)
    renew(course)
    assert secret_in_use(course).startswith("The cases are drawn with the secret ")
