"""Grade anew beside the gradebook, write it, take it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.grading.course import Course, GradingError, only_grader
from autograder.grading.grade import grade_course
from autograder.grading.regrading.beside import gradebook_of, hand_over, make_beside
from autograder.grading.regrading.changes import GradeChange, changes, states
from autograder.grading.regrading.kept import Kept, refuse_half_restored
from autograder.grading.results import SubmissionResult


@dataclass(frozen=True)
class Trial:
    """A grading beside the gradebook.

    Attributes
    ----------
    root : Path
        The course beside.
    changes : list of GradeChange
    graded : int
        How many submissions were graded before, and are compared.
    new : list of SubmissionResult
        Those that were not graded before.
    failed : list of SubmissionResult
        Those that could not be graded; they would keep what they have.
    grades : dict
        What counts then, by student and lesson.
    """

    root: Path
    changes: list[GradeChange]
    graded: int
    new: list[SubmissionResult] = field(default_factory=list)
    failed: list[SubmissionResult] = field(default_factory=list)
    grades: dict[tuple[str, str], float] = field(default_factory=dict)


def try_regrade(
    course_dir: Path,
    lessons: Sequence[str] | None = None,
    students: Sequence[str] | None = None,
    *,
    db: str | None = None,
    sandbox: str = "bwrap",
    **options: Any,
) -> Trial:
    """Grade a course anew beside its gradebook, and compare. Nothing that was graded is changed.

    Parameters
    ----------
    course_dir, lessons, students, db, sandbox, **options
        As for `autograder.grading.grade_course`.

    Raises
    ------
    GradingError
        If nothing was graded yet, or grading cannot start or go on.
    """
    course = Course(course_dir, db=db, sandbox=sandbox)
    known = course.lessons()
    # Two trials at once would take the course beside away from each other.
    with only_grader(course.hidden / "beside-lock"):
        with only_grader(course.hidden / "lock"):
            refuse_half_restored(course)
            if not (course.hidden / "records").is_dir():
                raise GradingError("Nothing was graded yet: run autograder grade first.")
            before = states(course, known)
            root = make_beside(course)
        report = grade_course(root, lessons, students, db=gradebook_of(root), sandbox=sandbox, **options)
        after = states(Course(root, db=gradebook_of(root)), known)
    looked_at = {(one.student, one.lesson): one for one in report.submissions}
    before = {who: state for who, state in before.items() if who in looked_at}
    return Trial(
        root,
        list(changes(before, after)),
        len(before),
        [one for who, one in looked_at.items() if who in after and who not in before],
        [one for one in report.submissions if one.status == "failed"],
        {who: state.result.grade for who, state in after.items()},
    )


def apply(
    trial: Trial,
    course_dir: Path,
    lessons: Sequence[str] | None = None,
    students: Sequence[str] | None = None,
    *,
    db: str | None = None,
    **options: Any,
) -> list[str]:
    """Write what a trial has found, after a copy of all that is written over was kept.

    Returns
    -------
    list of str
        What an instructor should know, a sentence each.
    """
    course = Course(course_dir, db=db)
    kept = Kept(course)
    with only_grader(course.hidden / "lock"):
        if not (trial.changes or trial.new or kept.is_interrupted):
            # What is kept is worth more than a copy of what is there.
            return []
        said = [kept.begin()]
        hand_over(trial.root, course)
    report = grade_course(course_dir, lessons, students, db=db, **options)
    for one in report.submissions:
        if one.grade != trial.grades.get((one.student, one.lesson), one.grade):
            said.append(f"{one.student}, {one.lesson}: {one.grade:g} points, for it was changed in between.")
        if one.status == "failed":
            said.append(f"{one.student}, {one.lesson}: {' '.join(one.reasons)}")
    with only_grader(course.hidden / "lock"):
        kept.done()
    return list(filter(None, said))


def undo(course_dir: Path, *, db: str | None = None) -> str:
    """Put back what the last `apply`, or the last undo, has written over; return since when that was kept."""
    course = Course(course_dir, db=db)
    with only_grader(course.hidden / "lock"):
        return Kept(course).undo()
