"""`autograder regrade`: beside the gradebook first, then written, then taken back, whenever it is interrupted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from grading_samples import LESSON, TOPIC, answered, change, hand_in, scores
from nbgrader.api import Base, Gradebook
from sqlalchemy import create_engine, select
from test_late import POLICY, stamped
from typer.testing import CliRunner, Result

from autograder import cli
from autograder.grading import CellResult, GradingError, SubmissionResult, grade_course
from autograder.grading.course import Course
from autograder.grading.regrading import kept, regrade
from autograder.grading.regrading.changes import GradeChange, State, changes
from autograder.grading.results import Lateness


def run(course: Path, *words: str) -> Result:
    return CliRunner().invoke(cli.app, ["regrade", str(course), *words])


def snapshot(course: Path) -> dict[str, Any]:
    """All that grading has written: every file, and every row of the gradebook."""
    places = (
        "autograded",
        "feedback",
        "report.html",
        "report.json",
        "report.csv",
        ".grading/records",
        ".grading/journal",
    )
    files = [file for name in places for file in [course / name, *(course / name).rglob("*")] if file.is_file()]
    found: dict[str, Any] = {str(file.relative_to(course)): file.read_bytes() for file in files}
    engine = create_engine(f"sqlite:///{course / 'gradebook.db'}")
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            found[f"rows of {table.name}"] = sorted(map(str, connection.execute(select(table))))
    engine.dispose()
    return found


def edit_source(course: Path, name: str, old: str, new: str, **meta: Any) -> None:
    path = course / "source" / LESSON / f"{TOPIC}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cell = next(cell for cell in notebook.cells if cell.id == name)
    assert old in cell.source
    cell.source = cell.source.replace(old, new)
    cell.metadata.nbgrader.update(meta)
    nbformat.write(notebook, path)


def mark(course: Path, student: str, points: float) -> None:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "evalkit") as book:
        grade = book.find_grade("why", TOPIC, LESSON, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        book.db.commit()


@pytest.mark.slow
def test_changes_are_shown_then_written_then_taken_back(graded_course: Path, ran: list[str]) -> None:
    course = graded_course
    mark(course, "ada", 3)
    mark(course, "ben", 2)
    grade_course(course)
    before = snapshot(course)
    # The check is another one, and worth more; ben hands in another text; being late costs something.
    edit_source(course, "check_double", "double(21) == 42", "double('a') == 'b'", points=4)
    hand_in(course, "ben", answered(change("why", "Another text.")))
    stamped(course, {"ada": "2026-10-28 10:00:00"})
    (course / "policy.toml").write_text(POLICY, encoding="utf-8")

    shown = run(course).output
    assert f"ada, {LESSON}: 8 → 3.8 of 9 → 11" in shown
    assert "check_double: 2 → 0, because it is worth 4 points, and was worth 2; and its check was changed" in shown
    assert "2.2 points off for being late, instead of 0: it has a due date now" in shown
    assert "why: 2 → not marked of 4, because it was marked by hand, for another text" in shown
    assert "the submission was changed" in shown.partition("ben, ")[2]
    assert "2 of 2 submissions change: 0 get more points, 2 fewer, 0 as many." in shown
    assert "Nothing is written yet." in shown
    assert snapshot(course) == before
    assert sorted(ran) == ["ada", "ben"]

    # What the trial has run is not run again, neither by another trial nor when it is written.
    written = run(course, "--apply")
    assert written.exit_code == 0
    assert "The gradebook has it." in written.output
    assert sorted(ran) == ["ada", "ben"]
    after = snapshot(course)
    marks = scores(f"sqlite:///{course / 'gradebook.db'}")
    assert (marks["ada", "check_double"], marks["ada", "why"]) == ((0, 0, False), (None, 3, False))
    assert marks["ben", "why"] == (None, 2, True)
    assert "Nothing changes: all 2 graded submissions keep what they have." in run(course, "--apply").output

    assert "are what they were at 20" in run(course, "--undo").output
    assert snapshot(course) == before
    run(course, "--undo")
    assert snapshot(course) == after


PARTS = dict.fromkeys(("submission", "files", "time", "settings", "seed", "lesson", "grader"), "same")
LATE = Lateness("2026-10-26T23:59:00+01:00", "2026-10-28T11:00:00+01:00", 1.0, "", "", 1.0, "")


def state(points: float | None, late: Lateness | None = None, check: str = "check()", **parts: str) -> State:
    cells = [CellResult("check_double", points, 2.0, needs_manual=points is None)]
    result = SubmissionResult.of("ada", LESSON, "graded", [], cells)
    return State(replace(result, late=late), {**PARTS, **parts}, {"check_double": check})


def why(before: State, after: State) -> list[str]:
    who = ("ada", LESSON)
    return [reason for one in changes({who: before}, {who: after}) for reason in [*sum_of(one), *one.why]]


def sum_of(change: GradeChange) -> list[str]:
    return [reason for cell in change.cells for reason in cell.why]


@pytest.mark.parametrize(
    ("after", "reasons"),
    [
        (state(2, seed="other"), []),
        (state(1, seed="other"), ["the secret was renewed, which draws other cases"]),
        (state(1, submission="other"), ["the submission was changed"]),
        (state(1, check="another()", lesson="other"), ["its check was changed"]),
        (state(1, lesson="other"), ["the lesson was changed in another cell"]),
        (state(1, grader="other"), ["the autograder, or what it knows of the exercises, was changed"]),
        (state(1), ["the answer does not do the same each time"]),
        (state(None), ["it was marked by hand, for another text: the mark waits for a person"]),
        (state(2, LATE), ["1 points off for being late, instead of 0: it has a due date now"]),
    ],
)
def test_reason_is_what_has_changed(after: State, reasons: list[str]) -> None:
    assert why(state(2), after) == reasons


@pytest.mark.parametrize(
    ("late", "said"),
    [
        (
            {"due": "2026-10-27T23:59:00+01:00", "extension": "1 day"},
            "it is due 2026-10-27 23:59, instead of 2026-10-26",
        ),
        ({"handed_in": None}, "handed in at a time that is not known, instead of 2026-10-28 11:00"),
        ({}, "the rule in policy.toml was changed, or marks were given since"),
    ],
)
def test_reason_of_another_penalty(late: dict[str, Any], said: str) -> None:
    (found,) = why(state(2, LATE), state(2, replace(LATE, penalty=0.5, **late)))
    assert found.startswith(f"0.5 points off for being late, instead of 1: {said}")


@pytest.mark.slow
def test_interruption_loses_nothing(graded_course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = graded_course
    before = snapshot(course)
    edit_source(course, "check_double", "double(21) == 42", "double(21) == 43")

    trial = regrade.try_regrade(course)

    class PowerCutError(BaseException):
        pass

    def cut(*args: Any, **more: Any) -> None:
        raise PowerCutError

    def interrupted(place: Any, name: str, act: Callable[[], object]) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(place, name, cut)
            with pytest.raises(PowerCutError):
                act()

    def apply() -> list[str]:
        return regrade.apply(trial, course)

    # Before the copy is whole, nothing has been touched.
    interrupted(kept, "copy_gradebook", apply)
    assert snapshot(course) == before
    with pytest.raises(GradingError, match="nothing to undo"):
        regrade.undo(course)
    # When it is, whatever came after can be taken back, and a second try keeps no copy of half the work.
    interrupted(regrade, "grade_course", apply)
    interrupted(kept.Kept, "done", apply)
    assert snapshot(course) != before
    assert apply()[0].startswith("An earlier --apply was interrupted. --undo goes back to before that one, 20")
    after = snapshot(course)
    # An undo that has kept nothing yet has not begun.
    interrupted(kept, "copy_gradebook", lambda: regrade.undo(course))
    assert not kept.Kept(Course(course)).half_restored
    # One that did not end has to be ended first.
    interrupted(kept, "_remove", lambda: regrade.undo(course))
    with pytest.raises(GradingError, match="An undo was interrupted"):
        grade_course(course)
    regrade.undo(course)
    assert snapshot(course) == before
    regrade.undo(course)
    assert snapshot(course) == after


@pytest.mark.slow
def test_second_trial_at_once_is_refused(graded_course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(*args: Any, **more: Any) -> None:
        with pytest.raises(GradingError, match="is being graded already"):
            regrade.try_regrade(graded_course)
        raise InterruptedError

    monkeypatch.setattr(regrade, "grade_course", meanwhile)
    with pytest.raises(InterruptedError):
        regrade.try_regrade(graded_course)


def test_what_cannot_be_tried_is_said(graded_course: Path, tmp_path: Path) -> None:
    assert run(graded_course, "--undo").exit_code == 2
    assert run(graded_course, "--undo", "--apply").exit_code == 2
    with Gradebook(f"sqlite:///{graded_course / 'gradebook.db'}", "another") as book:
        book.add_assignment("theirs")
    with pytest.raises(GradingError, match=r"holds other courses too \(another\)"):
        kept.Kept(Course(graded_course)).begin()
    config = graded_course / "nbgrader_config.py"
    config.write_text(f"{config.read_text()}\nc.CourseDirectory.feedback_directory = '{tmp_path / 'elsewhere'}'\n")
    assert "put it into the course folder" in run(graded_course).output.replace("\n", " ")
