"""The report as one table: a line for each number or name, for whoever wants to count on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields

from autograder.exporting.cells import csv_text, harmless
from autograder.grading.reporting.lessons import LessonReport
from evalkit.uncertainty import Interval


@dataclass(frozen=True)
class Line:
    """A line of the table; what does not apply is empty."""

    lesson: str
    about: str
    item: str = ""
    value: float | str = ""
    low: float | str = ""
    high: float | str = ""
    students: int | str = ""
    text: str = ""


HEADING = tuple(field.name for field in fields(Line))


def report_table(lessons: Iterable[LessonReport]) -> str:
    """The lines of all lessons, as CSV.

    The column ``about`` says what a line is: handed_in, points (a bin of the distribution), difficulty,
    discrimination, misconception, objective, missing, late (with the points off), set_aside, remark, similar.
    """
    lines = (astuple(line) for lesson in lessons for line in _lines(lesson))
    return csv_text(
        [HEADING, *([harmless(cell) if isinstance(cell, str) else cell for cell in line] for line in lines)]
    )


def _lines(lesson: LessonReport) -> Iterator[Line]:
    name = lesson.name
    yield Line(name, "handed_in", value=len(lesson.results))
    if lesson.distribution:
        for number, count in enumerate(lesson.distribution.counts):
            yield Line(name, "points", f"from {10 * number} to {10 * (number + 1)} %", count)
    for item in lesson.items:
        yield _number(name, "difficulty", item.name, item.difficulty, item.students)
        yield _number(name, "discrimination", item.name, item.discrimination, item.students)
    for held in lesson.misconceptions:
        again = f"Teach again: {'; '.join(held.taught_in) or 'not known'}. ({', '.join(held.students)})"
        what = f"{held.id} in {held.exercise}"
        yield Line(name, "misconception", what, len(held.students), students=held.of, text=f"{held.hint} {again}")
    for objective in lesson.objectives:
        yield _number(name, "objective", f"{objective.id} {objective.text}", objective.share, "")
    for pair in lesson.similar:
        who, where = f"{pair.first} and {pair.second}", ", ".join(pair.where)
        yield Line(name, "similar", who, round(pair.share, 4), text=f"{pair.shared} fingerprints, in {where}")
    for student in lesson.missing:
        yield Line(name, "missing", student)
    for result in lesson.results:
        if result.late and result.late.notable:
            yield Line(name, "late", result.student, result.late.penalty, text=result.late.words)
        about = "remark" if result.is_graded else "set_aside"
        for reason in result.reasons:
            yield Line(name, about, result.student, text=reason)


def _number(lesson: str, about: str, item: str, value: Interval | str, students: int | str) -> Line:
    if isinstance(value, str):
        return Line(lesson, about, item, students=students, text=value)
    low, high = (round(end, 4) for end in value)
    return Line(lesson, about, item, round(value.estimate, 4), low, high, students)
