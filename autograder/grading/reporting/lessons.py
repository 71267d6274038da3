"""What there is to say about a class, lesson by lesson."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder import exercises
from autograder.collecting.roster import Student, read_roster
from autograder.errors import UserError
from autograder.grading.course import Course, Lesson
from autograder.grading.intake.folders import composed
from autograder.grading.keeping.outline import Outline, outline
from autograder.grading.reporting.prints import known_grams, path_of, read_prints
from autograder.grading.reporting.similar import Pair, similar_pairs
from autograder.grading.reporting.statistics import (
    Distribution,
    ItemStatistics,
    distribution,
    item_statistics,
    mean_share,
    shares_of,
)
from autograder.grading.results import ExerciseSummary, GradeReport, SubmissionResult
from autograder.proving.known import Known, known_of
from evalkit.uncertainty import Interval


@dataclass(frozen=True)
class Held:
    """A misconception that was recognised.

    Attributes
    ----------
    id, exercise, hint : str
        Which, where, and what its holders were told.
    students : list of str
        Who holds it.
    of : int
        How many were graded on the exercise.
    taught_in : list of str
        The headings of the sections that lead up to the exercise.
    """

    id: str
    exercise: str
    hint: str
    students: list[str]
    of: int
    taught_in: list[str]


@dataclass(frozen=True)
class Objective:
    """A learning objective, the exercises that measure it, and the mean share of their points, or why there is none."""

    id: str
    text: str
    measured_by: list[str]
    share: Interval | str


@dataclass(frozen=True)
class LessonReport:
    """What there is to say about one lesson.

    Attributes
    ----------
    name : str
    results : list of SubmissionResult
        All that were handed in.
    graded : list of SubmissionResult
        Those of them that count below: what was set aside says nothing about the lesson.
    distribution : Distribution or None
    items : list of ItemStatistics
        The graded cells, in order.
    misconceptions : list of Held
        The most frequent first.
    objectives : list of Objective
        All that the lesson states.
    missing : list of str
        Who of the class has handed in nothing.
    similar : list of Pair
        Submissions with code in common that few others have.
    compared : int
        How many submissions had code to compare.
    grader : Known or None
        How the grader does on known answers to the lesson's exercises.
    """

    name: str
    results: list[SubmissionResult]
    graded: list[SubmissionResult]
    distribution: Distribution | None
    items: list[ItemStatistics]
    misconceptions: list[Held]
    objectives: list[Objective]
    missing: list[str]
    similar: list[Pair]
    compared: int
    grader: Known | None

    @property
    def set_aside(self) -> list[SubmissionResult]:
        """What was handed in and is not graded."""
        return [result for result in self.results if not result.is_graded]


def class_list(root: Path) -> tuple[list[Student], list[str]]:
    """The class list of a course.

    Returns
    -------
    listed : list of Student
    remarks : list of str
        A class list that cannot be read is no reason to stop grading; a remark says what is wrong with it.
    """
    path = root / "students.csv"
    if not path.exists():
        return [], []
    try:
        return read_roster(path), []
    except UserError as error:
        return [], [f"Who is missing is not known, for the class list cannot be used. {error}"]


def members_of(listed: Iterable[Student], known: Iterable[str]) -> list[str]:
    """Everybody who should hand in: the class list, and whom the gradebook knows beside it."""
    return sorted({composed(name) for name in (*(student.id for student in listed), *known)})


def reports_of(
    report: GradeReport, lessons: Mapping[str, Lesson], members: Iterable[str], course: Course
) -> list[LessonReport]:
    """Sum up each lesson of which something was handed in.

    Parameters
    ----------
    report : GradeReport
        All results of the course.
    lessons : mapping of str to Lesson
        The lessons of the course.
    members : iterable of str
        Everybody who should hand in.
    course : Course
        Where the fingerprints of what was handed in are.
    """
    found, everybody, summaries = [], list(members), report.exercises()
    for name in sorted({result.lesson for result in report.submissions} & set(lessons)):
        results = [result for result in report.submissions if result.lesson == name]
        graded = [result for result in results if result.is_graded]
        said = outline(lessons[name].master["cells"])
        there = {result.student for result in results}
        prints = {result.student: read_prints(path_of(course.hidden, result.student, name)) for result in graded}
        prints = {student: taken for student, taken in prints.items() if taken}
        found.append(
            LessonReport(
                name=name,
                results=results,
                graded=graded,
                distribution=distribution(graded),
                items=item_statistics(graded),
                misconceptions=_held(summaries, name, said),
                objectives=_objectives(graded, said),
                missing=[student for student in everybody if student not in there],
                similar=similar_pairs(prints, _known(course, lessons[name])),
                compared=len(prints),
                grader=known_of(_exercises(lessons[name])),
            )
        )
    return found


def _known(course: Course, lesson: Lesson) -> set[int]:
    """What the lesson gives its readers, its author's solutions, and the answers that the course knows."""
    return known_grams([*lesson.released, *lesson.code, *course.solutions(lesson)], _exercises(lesson))


def _exercises(lesson: Lesson) -> list[str]:
    """The exercises of this project that the lesson's tests check."""
    names = (grade_id.removeprefix("check_") for grade_id in lesson.graded() if grade_id.startswith("check_"))
    return [name for name in names if name in exercises.ids()]


def _held(summaries: Iterable[ExerciseSummary], lesson: str, said: Outline) -> list[Held]:
    found = [
        Held(
            id=item["id"],
            exercise=summary.exercise,
            hint=item["hint"],
            students=item["students"],
            of=summary.submissions,
            taught_in=[section.title for section in said.sections.get(f"check_{summary.exercise}", [])],
        )
        for summary in summaries
        if summary.lesson == lesson
        for item in summary.misconceptions
    ]
    return sorted(found, key=lambda held: (-len(held.students), held.exercise, held.id))


def _objectives(graded: Sequence[SubmissionResult], said: Outline) -> list[Objective]:
    """The objectives that the lesson states, and any others that its exercises name."""
    measured: dict[str, list[str]] = {name: [] for name in said.objectives}
    for grade_id in dict.fromkeys(cell.grade_id for result in graded for cell in result.cells):
        name = grade_id.removeprefix("check_")
        known = [exercises.get(name).objective] if grade_id.startswith("check_") and name in exercises.ids() else []
        for objective in said.named.get(grade_id) or known:
            measured.setdefault(objective, []).append(grade_id)
    return [
        Objective(
            id=objective,
            text=said.objectives.get(objective, ""),
            measured_by=[grade_id.removeprefix("check_") for grade_id in grade_ids],
            share=mean_share(shares_of(graded, grade_ids)) if grade_ids else "nothing that is graded measures it",
        )
        for objective, grade_ids in measured.items()
    ]
