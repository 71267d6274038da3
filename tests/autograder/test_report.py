"""The report: JSON for programs, a page for people, and no doubt about what ran without a sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from grading_samples import LESSON, make_course

from autograder.grading import CellResult, GradeReport, GradingError, SubmissionResult
from autograder.grading.course import Course
from autograder.grading.files import write_whole
from autograder.grading.report import report_json, report_page

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
