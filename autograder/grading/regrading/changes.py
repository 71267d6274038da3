"""Whose grade changes, by how much in which exercise, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from nbgrader.api import MissingEntry

from autograder.grading.course import Course, Lesson
from autograder.grading.keeping.gradebook import Writer, open_gradebook
from autograder.grading.keeping.records import Records
from autograder.grading.results import CellResult, Lateness, SubmissionResult

# What a grade depends on beside the check of an exercise, by the names of `Seen.parts`.
_REASONS = {
    "submission": "the submission was changed",
    "files": "the files beside the notebook were changed",
    "seed": "the secret was renewed, which draws other cases",
    "settings": "the settings of grading were changed",
    "grader": "the autograder, or what it knows of the exercises, was changed",
}


@dataclass(frozen=True)
class State:
    """What a course knows of a submission.

    Attributes
    ----------
    result : SubmissionResult
        With the marks that people gave, and with what being late costs.
    parts : dict of str to str
        What the result depends on, a short hash each.
    checks : dict of str to str
        The sources of the lesson's graded cells, by name.
    """

    result: SubmissionResult
    parts: Mapping[str, str]
    checks: Mapping[str, str]


@dataclass(frozen=True)
class CellChange:
    """How one graded cell changes; None in the place of points that a person has yet to give."""

    grade_id: str
    before: float | None
    after: float | None
    max_before: float
    max_after: float
    why: list[str]


@dataclass(frozen=True)
class GradeChange:
    """How one grade changes.

    Attributes
    ----------
    student, lesson : str
    before, after : SubmissionResult
    cells : list of CellChange
    why : list of str
        What is not about one cell.
    """

    student: str
    lesson: str
    before: SubmissionResult
    after: SubmissionResult
    cells: list[CellChange] = field(default_factory=list)
    why: list[str] = field(default_factory=list)


def states(course: Course, lessons: Mapping[str, Lesson]) -> dict[tuple[str, str], State]:
    """What a course knows of each submission that was graded, by student and lesson."""
    records, found = Records(course.hidden), {}
    with open_gradebook(course) as writer:
        for lesson in lessons.values():
            checks = _checks(writer, lesson)
            for student in records.students(lesson.name):
                result = records.read(student, lesson.name)
                if result is not None:
                    parts = records.parts(student, lesson.name)
                    found[student, lesson.name] = State(writer.with_manual_scores(result, lesson), parts, checks)
    return found


def _checks(writer: Writer, lesson: Lesson) -> dict[str, str]:
    try:
        notebook = writer.gradebook.find_notebook(lesson.topic, lesson.name)
    except MissingEntry:
        return {}
    return {cell.name: cell.source for cell in notebook.source_cells}


def changes(before: Mapping[tuple[str, str], State], after: Mapping[tuple[str, str], State]) -> Iterator[GradeChange]:
    """Each grade that is another one, by lesson and student."""
    for student, lesson in sorted(before.keys() & after.keys(), key=lambda one: (one[1], one[0])):
        old, new = before[student, lesson], after[student, lesson]
        cells = [change for change in _cells(old, new) if change is not None]
        why = list(chain(_status(old.result, new.result), _late(old.result, new.result)))
        if cells or why or abs(old.result.grade - new.result.grade) > 1e-6:
            yield GradeChange(student, lesson, old.result, new.result, cells, why)


def _cells(old: State, new: State) -> Iterator[CellChange | None]:
    were = {cell.grade_id: cell for cell in old.result.cells}
    are = {cell.grade_id: cell for cell in new.result.cells}
    for name in dict.fromkeys([*were, *are]):
        was, now = were.get(name), are.get(name)
        if was is None or now is None:
            known = was or now
            assert known is not None
            gone = now is None
            points, most = (known.points, known.max_points)
            yield CellChange(
                name,
                points if gone else 0.0,
                0.0 if gone else points,
                most if gone else 0.0,
                0.0 if gone else most,
                ["the lesson no longer has it" if gone else "it is new in the lesson"],
            )
        elif _stands(was) != _stands(now):
            yield CellChange(name, was.points, now.points, was.max_points, now.max_points, _why(was, now, old, new))


def _stands(cell: CellResult) -> tuple[float | None, float, bool]:
    points = None if cell.points is None else round(cell.points, 6)
    return points, cell.max_points, cell.needs_manual


def _why(was: CellResult, now: CellResult, old: State, new: State) -> list[str]:
    """Everything that has changed about a cell. What of it made the difference, only a grading of each could tell."""
    said = []
    if was.max_points != now.max_points:
        said.append(f"it is worth {now.max_points:g} points, and was worth {was.max_points:g}")
    name = was.grade_id
    if old.checks.get(name) != new.checks.get(name):
        said.append("its check was changed")
    if now.needs_manual and not was.needs_manual:
        said.append("it was marked by hand, for another text: the mark waits for a person")
    if not old.parts:
        return [*said, "it was graded by an earlier version, which did not note what it depended on"]
    said += [reason for part, reason in _REASONS.items() if old.parts.get(part) != new.parts.get(part)]
    if not said and old.parts.get("lesson") != new.parts.get("lesson"):
        said.append("the lesson was changed in another cell")
    return said or ["the answer does not do the same each time"]


def _status(old: SubmissionResult, new: SubmissionResult) -> Iterator[str]:
    if old.status != new.status and "quarantined" in (old.status, new.status):
        yield f"{new.status}, was {old.status}: {' '.join(new.reasons or old.reasons)}"


def _late(old: SubmissionResult, new: SubmissionResult) -> Iterator[str]:
    """Why another number of points is taken off for being late."""
    was, now = old.late, new.late
    if _penalty(was) == _penalty(now):
        return
    said = f"{_penalty(now):g} points off for being late, instead of {_penalty(was):g}: "
    if was is None or now is None:
        yield said + ("it has a due date now" if was is None else "it has no due date any more")
    elif was.due != now.due:
        yield said + f"it is due {_day(now.due)}, instead of {_day(was.due)}{_extended(now)}"
    elif was.handed_in != now.handed_in:
        yield said + f"handed in {_day(now.handed_in)}, instead of {_day(was.handed_in)}"
    elif old.points != new.points:
        yield said + "it is never more than what was earned"
    else:
        yield said + "the rule in policy.toml was changed, or marks were given since"


def _penalty(late: Lateness | None) -> float:
    return round(late.penalty, 6) if late else 0.0


def _extended(late: Lateness) -> str:
    return f" (extended: {late.extension})" if late.extension else ""


def _day(time: str | None) -> str:
    return time.replace("T", " ")[:16] if time else "at a time that is not known"


def summary(found: Iterable[GradeChange], graded: int) -> str:
    """How many grades change, in a sentence."""
    found = list(found)
    up = sum(one.after.grade > one.before.grade for one in found)
    down = sum(one.after.grade < one.before.grade for one in found)
    if not found:
        return f"Nothing changes: all {graded} graded submissions keep what they have."
    same = len(found) - up - down
    return f"{len(found)} of {graded} submissions change: {up} get more points, {down} fewer, {same} as many."
