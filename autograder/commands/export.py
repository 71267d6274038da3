"""What `autograder export` writes, and where."""

from __future__ import annotations

from pathlib import Path

from autograder.collecting.roster import Roster, Student, read_roster
from autograder.errors import UserError
from autograder.exporting import tables
from autograder.exporting.grades import Grade, read_grades
from autograder.grading.course import Course
from autograder.grading.intake.folders import composed
from autograder.grading.keeping.files import write_whole
from autograder.grading.keeping.penalties import follow_policy_everywhere


def export_grades(
    course_dir: Path, *, to: str, template: Path | None, lesson: str | None, out: Path | None, db: str | None
) -> tuple[Path, list[Grade]]:
    """Write the grades of a course into a file; return it, and the grades.

    Raises
    ------
    UserError
        If there is no gradebook, or the template or the lesson is missing.
    """
    course = Course(course_dir, db=db)
    if db is None and not (course.root / "gradebook.db").exists() and course.db_url.startswith("sqlite"):
        raise UserError(f"There is no gradebook in {course_dir}: grade first, autograder grade.")
    follow_policy_everywhere(course)
    grades = [one for one in read_grades(course.db_url, course.course_id) if lesson in (None, one.lesson)]
    if not grades:
        raise UserError("There are no grades yet." if lesson is None else f"There are no grades of {lesson}.")
    class_list = course.root / "students.csv"
    known = read_roster(class_list) if class_list.exists() else []
    ids = {student.id for student in known}
    roster = Roster([*known, *(Student(name) for name in {grade.student for grade in grades} - ids)])
    grades = sorted([*grades, *_handed_in_nothing(grades, known)], key=lambda grade: (grade.student, grade.lesson))
    path = out or course.root / ("grades.csv" if to == "csv" else f"grades-{to}.csv")
    write_whole(path, "\ufeff" + _text(to, grades, roster, template, lesson))
    return path, grades


def _handed_in_nothing(grades: list[Grade], known: list[Student]) -> list[Grade]:
    """A line without points for each student of the class list whom the gradebook does not know."""
    graded = {grade.student for grade in grades}
    lessons = {grade.lesson: grade.max_points for grade in grades}
    absent = [student.id for student in known if composed(student.id) not in graded]
    return [Grade(student, lesson, None, most) for student in absent for lesson, most in lessons.items()]


def _text(to: str, grades: list[Grade], roster: Roster, template: Path | None, lesson: str | None) -> str:
    if to == "canvas":
        if template is None:
            raise UserError("Canvas wants its own lines back: export them in Grades, and say --template FILE.")
        return tables.canvas(grades, roster, template)
    if to == "moodle" and template is not None:
        if lesson is None:
            raise UserError("A worksheet of Moodle is of one assignment: say of which, --lesson NAME.")
        return tables.moodle(grades, roster, template, lesson)
    return tables.moodle_import(grades, roster) if to == "moodle" else tables.spreadsheet(grades, roster)
