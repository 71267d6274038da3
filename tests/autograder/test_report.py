"""The report: JSON for programs, a page for people, and no doubt about what ran without a sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from grading_samples import LESSON, make_course

from autograder.grading import CellResult, GradeReport, GradingError, SubmissionResult, grade_course
from autograder.grading.course import Course
from autograder.grading.keeping.files import write_whole
from autograder.grading.keeping.report import report_json, report_page
from autograder.grading.results import UNCOUNTED

VERDICT = {
    "exercise": "precision", "points": 0.0, "max_points": 3.0, "passed": False,
    "cases": [], "hints": ["Divide by all that was called positive."], "misconceptions": ["recall"],
}  # fmt: skip
CELL = CellResult("check_precision", 0.0, 3.0, verdict=VERDICT)


def result(student: str, sandbox: str) -> SubmissionResult:
    return SubmissionResult.of(student, LESSON, "graded", [], [CELL], sandbox)


@pytest.mark.parametrize("students", [[], ["ada"], ["ada", "b\ud800n", "<cid>"]])
def test_json_is_the_report(tmp_path: Path, students: list[str]) -> None:
    report = GradeReport("course", [result(student, "bubblewrap") for student in students])
    write_whole(tmp_path / "report.json", report_json(report))
    assert json.loads((tmp_path / "report.json").read_text()) == json.loads(json.dumps(report.to_dict()))


def test_page_says_what_ran_without_a_sandbox(tmp_path: Path) -> None:
    course = Course(make_course(tmp_path / "course"))
    safe = report_page(GradeReport("course", [result("ada", "bubblewrap")]), course)
    assert "Every notebook ran in a sandbox" in safe
    assert "Not sandboxed" not in safe
    weaker = report_page(GradeReport("course", [result("ada", UNCOUNTED)]), course)
    assert "Memory was watched, not walled in" in weaker
    assert "Memory was watched" not in safe
    mixed = report_page(GradeReport("course", [result("ada", "bubblewrap"), result("ben", "none")]), course)
    assert "<strong>Not sandboxed:</strong> 1 of these submissions ran with all rights" in mixed
    assert mixed.count("<br>no sandbox") == 1
    assert "Every notebook ran in a sandbox" not in mixed


def test_sandbox_of_a_result_survives_the_record() -> None:
    assert SubmissionResult.from_dict(result("ada", "none").to_dict()).sandbox == "none"


def test_sandbox_has_two_names_only(tmp_path: Path) -> None:
    root = make_course(tmp_path / "course")
    assert Course(root).settings()["GradeExecute"]["sandbox"] == "bubblewrap"
    assert Course(root, sandbox="none").settings()["GradeExecute"]["sandbox"] == "none"
    with pytest.raises(GradingError, match="There is no sandbox 'maybe'; there are: bwrap, none"):
        Course(root, sandbox="maybe")


def test_tests_that_ran_inside_the_submissions_are_named_with_the_reason(tmp_path: Path) -> None:
    course = Course(make_course(tmp_path / "course"))
    unjudged = {LESSON: course.lessons()[LESSON].unjudged}
    assert unjudged == {LESSON: {"check_double": "it is not just a check of one exercise"}}
    report = GradeReport("course", [result("ada", "bubblewrap")], unjudged)
    page = report_page(report, course)
    assert f"<li>check_double of {LESSON}, because it is not just a check of one exercise</li>" in page
    assert json.loads("".join(report_json(report)))["unjudged"] == unjudged
    assert "Judged inside" not in report_page(GradeReport("course", [result("ada", "bubblewrap")]), course)


def test_folder_that_is_no_course_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(GradingError, match=r"There is no lesson in .*source\. Expected source/<lesson>/<topic>\.ipynb"):
        grade_course(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
