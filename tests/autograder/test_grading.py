"""Grading: every fault is injected for real, all in one class, which is graded once."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import nbformat
import pytest
from grading_samples import (
    ACCURACY_INSTEAD,
    LESSON,
    TOPIC,
    answered,
    change,
    copy,
    delete,
    hand_in,
    insert,
    make_course,
)

from autograder.grading import GradeReport, SubmissionResult, grade_course
from autograder.grading.course import Course
from autograder.grading.keeping.gradebook import open_gradebook
from autograder.grading.reporting.prints import path_of, read_prints

pytestmark = pytest.mark.slow

WARNS = "import warnings\ndef double(x):\n    warnings.warn('old-fashioned')\n    return 2 * x"
PRINTS_TO_STDERR = "import sys; print('oh', file=sys.stderr)"
KILLS_PARENT = "import os; os.kill(os.getppid(), 9)"
STUBBORN = "import time\nwhile True:\n    try:\n        time.sleep(1)\n    except KeyboardInterrupt:\n        pass"
FORGED = "from IPython import get_ipython\nimport sys\ndef double(x):\n    sys.displayhook(2.0)\n    return 0"

# student -> what is handed in, the points of check_precision and check_double, the status, and what the reasons say.
CLASS = {
    "ada": (answered(), 3, 2, "graded", ""),
    "accuracy": (answered(precision=ACCURACY_INSTEAD), 0.25, 2, "graded", ""),
    "warning": (answered(insert("imports", PRINTS_TO_STDERR), double=WARNS), 3, 2, "graded", ""),
    "syntax": (answered(precision="def precision(:"), 0, 2, "graded", "with SyntaxError: invalid syntax (line 1)."),
    "loop": (answered(insert("text-2", "while True: pass")), 3, 2, "graded", "Cell number 6 ran longer than 3 seconds"),
    "loop-in-test": (
        answered(double="def double(x):\n    while True: pass"),
        3, 0, "graded", "Cell check_double ran longer than 3 seconds and was stopped.",
    ),
    "stubborn": (answered(insert("double", STUBBORN)), 3, 0, "graded", "could not be interrupted, and was killed"),
    "dead": (answered(insert("text-2", "import os; os._exit(1)")), 3, 0, "graded", "ended the Python process"),
    "exit": (answered(insert("text-2", "import sys; sys.exit()")), 3, 2, "graded", "SystemExit"),
    "asks": (answered(insert("text-2", "input()")), 3, 2, "graded", "StdinNotImplementedError"),
    "flood": (answered(insert("text-2", "for i in range(50_000): print('spam' * 5)")), 3, 2, "graded", "was cut off"),
    "forged": (answered(double=FORGED), 3, 0, "graded", "AssertionError"),
    "renamed-check": (answered(insert("text-1", "check = lambda *a, **k: None")), 3, 2, "graded", ""),
    "too-much": (answered(insert("text-1", "check = lambda *a, **k: 99")), 3, 2, "graded", ""),
    "deleted": (answered(delete("check_double")), 3, 2, "repaired", "check_double was deleted; it was put back"),
    "duplicated": (answered(copy("check_double")), 3, 2, "repaired", "check_double was there 2 times"),
    "edited": (
        answered(change("check_double", "pass"), double="def double(x):\n    return 2"),
        3, 0, "repaired", "check_double was edited",
    ),
    "not-json": ("{oh no", 0, 0, "quarantined", "not valid JSON"),
    "empty": ("", 0, 0, "quarantined", "is empty"),
    "no-notebook": (None, 0, 0, "quarantined", "is missing; the folder is empty"),
    "murderer": (answered(insert("imports", KILLS_PARENT)), 3, 2, "graded", ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_course(tmp_path_factory.mktemp("course"))
    for student, (content, *_) in CLASS.items():
        if content is None:
            (root / "submitted" / student / LESSON).mkdir(parents=True)
        else:
            hand_in(root, student, content)
    (root / "submitted" / "ada" / "3_precision").mkdir()
    return root


@pytest.fixture(scope="module")
def graded(course: Path) -> tuple[GradeReport, list[SubmissionResult]]:
    surroundings = Path.cwd(), dict(os.environ), signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    files = {path: path.read_bytes() for path in (course / "submitted").rglob("*") if path.is_file()}
    seen: list[SubmissionResult] = []
    report = grade_course(course, progress=seen.append)
    assert surroundings == (
        Path.cwd(), dict(os.environ), signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    )  # fmt: skip
    assert files == {path: path.read_bytes() for path in (course / "submitted").rglob("*") if path.is_file()}
    return report, seen


@pytest.fixture(scope="module")
def results(graded: tuple[GradeReport, list[SubmissionResult]]) -> dict[str, SubmissionResult]:
    return {result.student: result for result in graded[0].submissions if result.lesson == LESSON}


@pytest.mark.parametrize("student", CLASS)
def test_points_status_and_reason(results: dict[str, SubmissionResult], student: str) -> None:
    _, precision, double, status, reason = CLASS[student]
    result = results[student]
    points = {cell.grade_id: cell.points for cell in result.cells}
    assert (points["check_precision"], points["check_double"], result.status) == (precision, double, status)
    assert reason in " ".join(result.reasons)
    # What the lesson itself lacks, and what the judge found odd, is told of good work, too.
    told = [r for r in result.reasons if "judged outside" not in r and " uses " not in r]
    assert reason or not told or student in ("renamed-check", "too-much")
    assert result.max_points == 9
    assert result.points == (precision or 0) + (double or 0)


def test_gradebook_says_the_same(course: Path, results: dict[str, SubmissionResult]) -> None:
    with open_gradebook(Course(course)) as writer:
        lesson = Course(course).lessons()[LESSON]
        for result in results.values():
            standing = writer.standing(result.student, lesson)
            assert {name: s.auto for name, s in standing.items()} == {c.grade_id: c.points for c in result.cells}
            assert {name: s.needs_manual for name, s in standing.items()} == {
                c.grade_id: c.needs_manual for c in result.cells
            }


def test_written_answer_waits_for_a_person(results: dict[str, SubmissionResult]) -> None:
    why = {student: result.cells[-1] for student, result in results.items()}
    assert (why["ada"].grade_id, why["ada"].points, why["ada"].needs_manual) == ("why", None, True)
    assert results["ada"].needs_manual
    assert (why["empty"].points, results["empty"].needs_manual) == (0, False)


def test_verdicts_and_misconceptions(
    graded: tuple[GradeReport, list[SubmissionResult]], results: dict[str, SubmissionResult]
) -> None:
    verdict = results["accuracy"].cells[0].verdict
    assert verdict is not None
    assert verdict["misconceptions"] == ["accuracy"]
    summary = next(item for item in graded[0].exercises() if item.exercise == "precision")
    assert [(item["id"], item["students"]) for item in summary.misconceptions] == [("accuracy", ["accuracy"])]
    graded_students = [result for result in results.values() if result.status in ("graded", "repaired")]
    assert summary.submissions == len(graded_students)
    assert summary.solved == sum(result.cells[0].points == 3 for result in graded_students)


def test_error_of_a_test_cell(results: dict[str, SubmissionResult]) -> None:
    errors = {student: result.cells[1].error for student, result in results.items() if result.cells}
    assert errors["ada"] is None
    assert (errors["stubborn"] or "").startswith("NotRun")
    assert (errors["loop-in-test"] or "").startswith(("KeyboardInterrupt", "CellTimeoutError"))
    # check() is judged outside the notebook, where nobody can give it another meaning.
    assert results["renamed-check"].cells[0].error is None
    assert results["too-much"].cells[0].error is None


def test_unknown_lesson_is_reported(graded: tuple[GradeReport, list[SubmissionResult]]) -> None:
    (result,) = [result for result in graded[0].submissions if result.lesson == "3_precision"]
    assert (result.student, result.status, result.max_points) == ("ada", "quarantined", 0)
    assert "There is no lesson '3_precision'" in result.reasons[0]


def test_progress_sees_every_result_once(graded: tuple[GradeReport, list[SubmissionResult]]) -> None:
    report, seen = graded
    assert len(seen) == len(CLASS) + 1
    assert sorted(seen, key=lambda r: (r.lesson, r.student)) == report.submissions


def test_a_flood_is_cut_off(course: Path) -> None:
    path = course / "autograded" / "flood" / LESSON / f"{TOPIC}.ipynb"
    assert path.stat().st_size < 100_000
    assert path.read_text().count("spam") > 1000


def test_feedback_shows_messages_but_no_hidden_source(course: Path) -> None:
    pages = {path.parent.parent.name: path.read_text() for path in (course / "feedback").rglob("*.html")}
    assert set(pages) == set(CLASS)
    for page in pages.values():
        assert "seed" not in page
        assert "== 42" not in page
        assert "double(21)" not in page
    assert "You counted every correct prediction" in pages["accuracy"]
    assert "doubling 21 goes wrong" in pages["edited"]
    assert "It costs no points" in pages["warning"]
    assert "3 of 3 points" in pages["ada"]
    assert "not valid JSON" in pages["not-json"]


def test_report_files(course: Path, graded: tuple[GradeReport, list[SubmissionResult]]) -> None:
    assert json.loads((course / "report.json").read_text()) == json.loads(json.dumps(graded[0].to_dict()))
    page = (course / "report.html").read_text()
    for student, (*_, status, reason) in CLASS.items():
        assert student in page
        assert status in page
        assert not reason or reason.split("'")[0] in page
    assert 'lang="en"' in page
    assert len(re.findall(r"<table [^>]*aria-labelledby=", page)) == page.count("<table") > 3
    assert "+ by hand" in page
    for link in {part.split('"')[0] for part in page.split('href="feedback/')[1:]}:
        assert (course / "feedback" / link).is_file()


def test_fingerprints_are_taken_of_what_students_wrote(
    course: Path, graded: tuple[GradeReport, list[SubmissionResult]]
) -> None:
    taken = {
        result.student: read_prints(path_of(course / ".grading", result.student, LESSON))
        for result in graded[0].submissions
    }
    assert taken["not-json"] == {}
    assert set(taken["ada"]) <= {"precision", "double"}
    assert "precision" in taken["accuracy"]
    lines = (course / "report.csv").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith(f"{LESSON},misconception,accuracy in precision,") for line in lines)


def test_autograded_notebooks_are_what_nbgrader_leaves(course: Path) -> None:
    notebook = nbformat.read(course / "autograded" / "ada" / LESSON / f"{TOPIC}.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert (course / "autograded" / "ada" / LESSON / "data.csv").is_file()
    assert any("seed=7" in cell.source for cell in notebook.cells)
