"""Grades as tables: for a spreadsheet, for Canvas, for Moodle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from autograder.collecting.platforms import Handed
from autograder.collecting.roster import Roster, read_table
from autograder.errors import UserError
from autograder.exporting.cells import csv_text, harmless
from autograder.exporting.grades import Grade

_POINTS_POSSIBLE = "    Points Possible"


def spreadsheet(grades: Iterable[Grade], roster: Roster) -> str:
    """One line for each student and lesson; of students who are not in the class list only the id is known."""
    people = {student.id: student for student in roster.students}
    about_student, about_grade = "id last_name first_name email", "points max_points late_penalty waits_for_a_person"
    lines: list[list[str]] = [[*about_student.split(), "lesson", *about_grade.split()]]
    for grade in grades:
        person = people.get(grade.student)
        about = (person.last_name, person.first_name, person.email) if person else ("", "", "")
        lines.append(
            [
                *map(harmless, (grade.student, *about, grade.lesson)),
                _number(grade.points),
                _number(grade.max_points),
                _number(grade.penalty),
                "yes" if grade.waiting else "no",
            ]
        )
    return csv_text(lines)


def canvas(grades: Iterable[Grade], roster: Roster, template: Path) -> str:
    """The grades in the lines of Canvas's own export, as its import wants them.

    Parameters
    ----------
    grades : iterable of Grade
    roster : Roster
        By which the lines of the template are recognised.
    template : Path
        What *Grades, Export* of Canvas gives. A column whose name begins with that of a lesson is filled; for another
        lesson Canvas makes a new assignment.
    """
    rows = read_table(template)
    kept = [name for name in ("Student", "ID", "SIS User ID", "SIS Login ID", "Section") if name in rows[0]]
    if not {"Student", "ID"} <= set(kept):
        raise UserError(f"{template} is no export of Canvas: it has no columns Student and ID. Export it in Grades.")
    found = {(grade.student, grade.lesson): grade for grade in grades}
    most = {lesson: found[student, lesson].max_points for student, lesson in found}
    column = {lesson: next((name for name in rows[0] if name.startswith(lesson)), lesson) for lesson in sorted(most)}
    lines = [[*kept, *column.values()], [_POINTS_POSSIBLE, *[""] * (len(kept) - 1), *map(_number, _each(most, column))]]
    for row in rows:
        if row["Student"].strip() == _POINTS_POSSIBLE.strip() or not row["ID"]:
            continue
        who = Handed(file="", name=row["Student"], number=row["ID"], logins=(row.get("SIS Login ID", ""),))
        student, _ = roster.find(who)
        theirs = [found.get((student or "", lesson)) for lesson in column]
        points = [grade.points if grade else None for grade in theirs]
        lines.append([*(row[name] for name in kept), *map(_number, points)])
    return csv_text(lines)


def _each(most: dict[str, float], column: Iterable[str]) -> list[float]:
    return [most[lesson] for lesson in column]


def moodle(grades: Iterable[Grade], roster: Roster, worksheet: Path, lesson: str) -> str:
    """The grades of one lesson in the lines of Moodle's grading worksheet, with all that it holds besides.

    Where the assignment has another highest grade in Moodle, points are scaled to it.
    """
    rows = read_table(worksheet)
    if not {"Identifier", "Grade"} <= set(rows[0]):
        raise UserError(
            f"{worksheet} is no grading worksheet of Moodle: it has no columns Identifier and Grade. Switch "
            "'Offline grading worksheet' on in the assignment's settings, and download it there."
        )
    found = {grade.student: grade for grade in grades if grade.lesson == lesson}
    lines = [list(rows[0])]
    for row in rows:
        student, _ = roster.find(Handed(file=""), row)
        grade = found.get(student or "")
        if grade is not None and grade.points is not None:
            highest = _parsed(row.get("Maximum Grade") or row.get("Maximum grade") or "") or grade.max_points
            row["Grade"] = _number(grade.points * highest / grade.max_points)
        lines.append(list(row.values()))
    return csv_text(lines)


def moodle_import(grades: Sequence[Grade], roster: Roster) -> str:
    """A line for each student with an e-mail address, a column for each lesson: for Moodle's *Grades, Import*."""
    lessons = sorted({grade.lesson for grade in grades})
    found = {(grade.student, grade.lesson): grade.points for grade in grades}
    lines = [["Email address", *lessons]]
    for student in roster.students:
        if student.email:
            lines.append([student.email, *(_number(found.get((student.id, lesson))) for lesson in lessons)])
    return csv_text(lines)


def _parsed(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _number(value: float | None) -> str:
    """As every platform reads it, whatever the country: a point, and nothing where there is nothing."""
    return "" if value is None else f"{round(value, 4):g}"
