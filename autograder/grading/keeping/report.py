"""report.json, and report.html: one page, readable without colour, with the keyboard, and by a screen reader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from jinja2 import Environment, FileSystemLoader

from autograder.grading.course import Course
from autograder.grading.keeping.feedback import TEMPLATES
from autograder.grading.results import UNCOUNTED, GradeReport, SubmissionResult


def report_json(report: GradeReport) -> Iterator[str]:
    """What `GradeReport.to_dict` gives, as JSON, a line for each submission, in pieces: a class can be large."""

    def line(data: Any) -> str:
        return json.dumps(data, ensure_ascii=False)

    yield f'{{"course": {line(report.course)},\n"counts": {line(report.counts())},\n'
    yield f'"unjudged": {line(report.unjudged)},\n"submissions": ['
    for i, result in enumerate(report.submissions):
        yield f"{',' if i else ''}\n{line(result.to_dict())}"
    yield '\n],\n"exercises": ['
    for i, summary in enumerate(report.exercises()):
        yield f"{',' if i else ''}\n{line(asdict(summary))}"
    yield "\n]}\n"


def report_page(report: GradeReport, course: Course) -> str:
    """The report as a page that needs nothing else."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["identity"] = id
    lessons = sorted({result.lesson for result in report.submissions if result.max_points})
    return environment.get_template("report.html.j2").render(
        report=report,
        UNCOUNTED=UNCOUNTED,
        lessons=lessons,
        students=_by_student(report, lessons),
        notable=[result for result in report.submissions if result.reasons or result.status != "graded"],
        links={id(result): _feedback_link(result, course) for result in report.submissions},
    )


def _by_student(report: GradeReport, lessons: list[str]) -> list[dict[str, Any]]:
    """A row for each student: the result of each lesson, or None where nothing was handed in."""
    found = {(result.student, result.lesson): result for result in report.submissions}
    rows = []
    for student in sorted({result.student for result in report.submissions}):
        results = [found.get((student, lesson)) for lesson in lessons]
        rows.append({"name": student, "results": results, "points": sum(r.points for r in results if r)})
    return rows


def _feedback_link(result: SubmissionResult, course: Course) -> str | None:
    folder = course.folder("feedback") / result.student / result.lesson
    page = next(iter(sorted(folder.glob("*.html"))), None)
    return page.relative_to(course.root).as_posix() if page else None
