"""What the gradebook says of every student and lesson."""

from __future__ import annotations

from dataclasses import dataclass

from nbgrader.api import Gradebook


@dataclass(frozen=True)
class Grade:
    """What a student has for a lesson.

    Attributes
    ----------
    student, lesson : str
    points : float or None
        With the late penalty taken off; None where nothing was handed in.
    max_points : float
    penalty : float
        What being late has cost.
    waiting : bool
        A person has not yet marked all of it; what is not marked counts nothing.
    """

    student: str
    lesson: str
    points: float | None
    max_points: float
    penalty: float = 0.0
    waiting: bool = False


def read_grades(db_url: str, course_id: str) -> list[Grade]:
    """Read all grades, sorted by student and lesson."""
    grades = []
    with Gradebook(db_url, course_id) as gradebook:
        students = sorted(student.id for student in gradebook.students)
        for assignment in gradebook.assignments:
            submitted = {one.student.id: one for one in gradebook.assignment_submissions(assignment.name)}
            for student in students:
                one = submitted.get(student)
                if one is None:
                    grades.append(Grade(student, assignment.name, None, float(assignment.max_score)))
                    continue
                penalty = float(one.late_submission_penalty or 0)
                points = max(0.0, float(one.score) - penalty)
                waiting = bool(one.needs_manual_grade)
                grades.append(Grade(student, assignment.name, points, float(assignment.max_score), penalty, waiting))
    return sorted(grades, key=lambda grade: (grade.student, grade.lesson))
