"""report.json, and report.html: one page, readable without colour, with the keyboard, and by a screen reader."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from jinja2 import Environment, FileSystemLoader

from autograder.exporting.slides import anchor_of
from autograder.grading.course import Course
from autograder.grading.keeping.feedback import TEMPLATES
from autograder.grading.reporting import figures
from autograder.grading.reporting.lessons import LessonReport
from autograder.grading.reporting.shared import shared
from autograder.grading.reporting.similar import LEAST_CLASS
from autograder.grading.reporting.statistics import MIN_STUDENTS
from autograder.grading.results import UNCOUNTED, GradeReport, SubmissionResult


def report_json(report: GradeReport) -> Iterator[str]:
    """What `GradeReport.to_dict` gives, as JSON, a line for each submission, in pieces: a class can be large."""

    def line(data: Any) -> str:
        return json.dumps(data, ensure_ascii=False)

    yield f'{{"course": {line(report.course)},\n"counts": {line(report.counts())},\n'
    yield f'"unjudged": {line(report.unjudged)},\n"remarks": {line(report.remarks)},\n"submissions": ['
    for i, result in enumerate(report.submissions):
        yield f"{',' if i else ''}\n{line(result.to_dict())}"
    yield '\n],\n"exercises": ['
    for i, summary in enumerate(report.exercises()):
        yield f"{',' if i else ''}\n{line(asdict(summary))}"
    yield "\n]}\n"


def report_page(report: GradeReport, course: Course, lesson_reports: Sequence[LessonReport] = ()) -> str:
    """The report as a page that needs nothing else."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["identity"] = id
    environment.filters["distribution_figure"] = figures.distribution_figure
    environment.filters["items_figure"] = figures.items_figure
    lessons = sorted({result.lesson for result in report.submissions if result.max_points})
    common, own = shared(report.submissions)
    return environment.get_template("report.html.j2").render(
        report=report,
        UNCOUNTED=UNCOUNTED,
        MIN_STUDENTS=MIN_STUDENTS,
        LEAST_CLASS=LEAST_CLASS,
        lesson_reports=lesson_reports,
        slides={one.name for one in lesson_reports if (course.root / "slides" / f"{one.name}.html").is_file()},
        anchor_of=anchor_of,
        lessons=lessons,
        students=_by_student(report, lessons),
        late=[result for result in report.submissions if result.late and result.late.notable],
        common=common,
        notable=[(result, reasons) for result, reasons in own if reasons or result.status in ("quarantined", "failed")],
        links={id(result): _feedback_link(result, course) for result in report.submissions},
    )


def _by_student(report: GradeReport, lessons: list[str]) -> list[dict[str, Any]]:
    """A row for each student: the result of each lesson, or None where nothing was handed in."""
    found = {(result.student, result.lesson): result for result in report.submissions}
    rows = []
    for student in sorted({result.student for result in report.submissions}):
        results = [found.get((student, lesson)) for lesson in lessons]
        rows.append({"name": student, "results": results, "points": sum(r.grade for r in results if r)})
    return rows


def _feedback_link(result: SubmissionResult, course: Course) -> str | None:
    folder = course.folder("feedback") / result.student / result.lesson
    page = next(iter(sorted(folder.glob("*.html"))), None)
    return page.relative_to(course.root).as_posix() if page else None
