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
    """

    grade_id: str
    points: float | None
    max_points: float
    needs_manual: bool = False
    error: str | None = None
    verdict: dict[str, Any] | None = None


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
        What is earned so far, and what the lesson is worth.
    needs_manual : bool
        Whether a cell waits for a person.
    cells : list of CellResult
        In the order of the lesson.
    sandbox : str
        In what the notebook was run: ``"bubblewrap"``, `UNCOUNTED`, ``"none"``, or empty where nothing was run.
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

    def __str__(self) -> str:
        head = f"{self.student}, {self.lesson}: {self.points:g} of {self.max_points:g} points, {self.status}"
        return f"{head}. {' '.join(self.reasons)}" if self.reasons else head

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SubmissionResult:
        """The inverse of `to_dict`."""
        return cls(**{**data, "cells": [CellResult(**cell) for cell in data["cells"]]})

    @classmethod
    def of(
        cls,
        student: str,
        lesson: str,
        status: Status,
        reasons: Iterable[str],
        cells: Iterable[CellResult],
        sandbox: str = "",
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

    def counts(self) -> dict[str, int]:
        """How many submissions have each status."""
        found = Counter(result.status for result in self.submissions)
        return {
            "graded": found["graded"],
            "repaired": found["repaired"],
            "quarantined": found["quarantined"],
            "failed": found["failed"],
        }

    def exercises(self) -> list[ExerciseSummary]:
        """Per exercise, who solved it and which misconceptions are the most frequent."""
        found: dict[tuple[str, str], list[tuple[str, CellResult]]] = defaultdict(list)
        for result in self.submissions:
            if result.status in ("graded", "repaired"):
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
