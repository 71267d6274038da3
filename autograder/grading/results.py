"""What grading gives: plain data about each submission, and what the whole class got wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal["graded", "repaired", "quarantined", "failed"]


#: In a sandbox, but no control group counted the memory that the kernel of the system holds for it.
UNCOUNTED = "bubblewrap without control groups"


@dataclass(frozen=True)
class CellResult:
    """One graded cell.

    Attributes
    ----------
    grade_id : str
        nbgrader's name of the cell.
    points : float or None
        What it earned; None while a person has yet to grade it.
    max_points : float
        What it is worth.
    needs_manual : bool
        Whether a person has to look at it.
    error : str or None
        Why it could not be run to its end, in words.
    verdict : dict or None
        What `autograder.check` said, as `Verdict.to_dict` writes it.
    empty : bool
        Whether it is an answer for a person that was left as it was handed out, and so counts zero.
    """

    grade_id: str
    points: float | None
    max_points: float
    needs_manual: bool = False
    error: str | None = None
    verdict: dict[str, Any] | None = None
    empty: bool = False


@dataclass(frozen=True)
class Lateness:
    """When a submission was due and handed in, as the gradebook has it.

    Attributes
    ----------
    due : str
        For this student, as an ISO time with its offset.
    handed_in : str or None
        None if that is not known.
    seconds_late : float
        Beyond its due date; 0 if it came in time.
    extension, reason : str
        What the student was given beyond the class, and why; the reason is for instructors.
    penalty : float
        The points that are taken off.
    words : str
        All but the reason, in a sentence.
    """

    due: str
    handed_in: str | None
    seconds_late: float
    extension: str
    reason: str
    penalty: float
    words: str

    @property
    def notable(self) -> bool:
        """Whether anything about it is out of the ordinary."""
        return bool(self.extension or self.seconds_late)


@dataclass(frozen=True)
class SubmissionResult:
    """One submission of one lesson.

    Attributes
    ----------
    student, lesson : str
        Whose it is, and of what.
    status : {"graded", "repaired", "quarantined", "failed"}
        ``repaired``: graded from a copy that was put in order first. ``quarantined``: it cannot be graded, it counts
        zero until a person decides. ``failed``: the grader could not do its work; run it again.
    reasons : list of str
        Everything that an instructor should know, a sentence each.
    points, max_points : float
        What is earned so far, before anything is taken off for being late, and what the lesson is worth.
    needs_manual : bool
        Whether a cell waits for a person.
    cells : list of CellResult
        In the order of the lesson.
    sandbox : str
        In what the notebook was run: ``"bubblewrap"``, `UNCOUNTED`, ``"none"``, or empty where nothing was run.
    draws : list of str
        The names of the secrets with which its cases were drawn: the earlier ones, then the one that counts.
    late : Lateness or None
        None where no due date is known.
    """

    student: str
    lesson: str
    status: Status
    reasons: list[str]
    points: float
    max_points: float
    needs_manual: bool
    cells: list[CellResult] = field(default_factory=list)
    sandbox: str = ""
    draws: list[str] = field(default_factory=list)
    late: Lateness | None = None

    @property
    def is_graded(self) -> bool:
        """Whether its points say something about its author; what was set aside says nothing."""
        return self.status in ("graded", "repaired")

    @property
    def grade(self) -> float:
        """The points that count: what is earned, less what being late costs."""
        return round(max(0.0, self.points - (self.late.penalty if self.late else 0.0)), 6)

    def __str__(self) -> str:
        head = f"{self.student}, {self.lesson}: {self.grade:g} of {self.max_points:g} points, {self.status}"
        return f"{head}. {' '.join(self.reasons)}" if self.reasons else head

    def by_hand(self) -> str:
        """Which answers wait for a person, and which count zero because nothing was written; empty if none does."""
        waiting = [cell for cell in self.cells if cell.needs_manual]
        empty = [cell.grade_id for cell in self.cells if cell.empty and not cell.needs_manual]
        said = []
        if waiting:
            points = sum(cell.max_points for cell in waiting)
            said.append(f"{', '.join(c.grade_id for c in waiting)}: {points:g} points to mark")
        if empty:
            said.append(f"{', '.join(empty)}: left empty")
        return "; ".join(said)

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return {**asdict(self), "grade": self.grade}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SubmissionResult:
        """The inverse of `to_dict`."""
        data = {name: value for name, value in data.items() if name != "grade"}
        late = data.get("late")
        cells = [CellResult(**cell) for cell in data["cells"]]
        return cls(**{**data, "cells": cells, "late": Lateness(**late) if late else None})

    @classmethod
    def of(
        cls,
        student: str,
        lesson: str,
        status: Status,
        reasons: Iterable[str],
        cells: Iterable[CellResult],
        sandbox: str = "",
        draws: Iterable[str] = (),
    ) -> SubmissionResult:
        """The result that the cells add up to."""
        cells = list(cells)
        return cls(
            student=student,
            lesson=lesson,
            status=status,
            reasons=list(reasons),
            points=round(sum(cell.points or 0.0 for cell in cells), 6),
            max_points=round(sum(cell.max_points for cell in cells), 6),
            needs_manual=any(cell.needs_manual for cell in cells),
            cells=cells,
            sandbox=sandbox,
            draws=list(draws),
        )


@dataclass(frozen=True)
class ExerciseSummary:
    """How the class did on one exercise.

    Attributes
    ----------
    exercise, lesson : str
        Which.
    submissions, solved : int
        Graded submissions, and those of them with full points.
    misconceptions : list of dict
        The most frequent first: ``id``, ``hint``, ``students``.
    """

    exercise: str
    lesson: str
    submissions: int
    solved: int
    misconceptions: list[dict[str, Any]]


@dataclass(frozen=True)
class GradeReport:
    """The results of a whole course run, sorted by lesson and student.

    Attributes
    ----------
    course : str
        nbgrader's name of the course.
    submissions : list of SubmissionResult
        Each submission.
    unjudged : dict of str to dict of str to str
        By lesson, the tests that could only be run in the submissions' own processes, each with the reason.
    remarks : list of str
        What an instructor should know about the whole course, a sentence each.

    Examples
    --------
    >>> result = SubmissionResult.of("ada", "03_precision_recall", "graded", [], [CellResult("check_recall", 2.0, 3.0)])
    >>> report = GradeReport("evalkit", [result])
    >>> report.counts()["graded"], report.submissions[0].points
    (1, 2.0)
    """

    course: str
    submissions: list[SubmissionResult]
    unjudged: dict[str, dict[str, str]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many submissions have each status."""
        found = Counter(result.status for result in self.submissions)
        return {
            "graded": found["graded"],
            "repaired": found["repaired"],
            "quarantined": found["quarantined"],
            "failed": found["failed"],
        }

    def draws_in_words(self) -> list[str]:
        """What has to be known where not all points come from the same cases, a sentence each."""
        again = [result for result in self.submissions if len(result.draws) > 1]
        said = []
        if again:
            said.append(
                f"The cases were drawn anew: {len(again)} of these submissions had been graded on cases that another "
                "secret drew, so their points may differ from those of before."
            )
        for lesson in sorted({result.lesson for result in self.submissions}):
            drawn = Counter(r.draws[-1] for r in self.submissions if r.lesson == lesson and r.draws)
            if len(drawn) > 1:
                counts = " and ".join(str(count) for _, count in drawn.most_common())
                said.append(
                    f"In {lesson}, {counts} submissions stand on cases that different secrets drew. Grade the whole "
                    "lesson, so that equal answers earn equal points."
                )
        return said

    def exercises(self) -> list[ExerciseSummary]:
        """Per exercise, who solved it and which misconceptions are the most frequent."""
        found: dict[tuple[str, str], list[tuple[str, CellResult]]] = defaultdict(list)
        for result in self.submissions:
            if result.is_graded:
                for cell in result.cells:
                    if cell.verdict is not None or cell.grade_id.startswith("check_"):
                        found[result.lesson, cell.grade_id.removeprefix("check_")].append((result.student, cell))
        return [
            ExerciseSummary(
                exercise=exercise,
                lesson=lesson,
                submissions=len(cells),
                solved=sum((cell.points or 0.0) >= cell.max_points for _, cell in cells),
                misconceptions=_misconceptions((student, cell.verdict) for student, cell in cells if cell.verdict),
            )
            for (lesson, exercise), cells in found.items()
        ]

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data; what report.json holds."""
        return {
            "course": self.course,
            "counts": self.counts(),
            "unjudged": self.unjudged,
            "remarks": self.remarks,
            "submissions": [result.to_dict() for result in self.submissions],
            "exercises": [asdict(summary) for summary in self.exercises()],
        }


def _misconceptions(found: Iterable[tuple[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    students: dict[str, list[str]] = defaultdict(list)
    hints: dict[str, str] = {}
    for student, verdict in found:
        for name, hint in zip(verdict["misconceptions"], verdict["hints"], strict=False):
            students[name].append(student)
            hints[name] = hint
    frequent_first = sorted(students, key=lambda name: (-len(students[name]), name))
    return [{"id": name, "hint": hints[name], "students": sorted(students[name])} for name in frequent_first]
