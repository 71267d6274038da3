"""What `autograder regrade` says: whose grade changes, by how much in which exercise, and why."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.console import number
from autograder.grading.regrading.changes import CellChange, GradeChange, summary
from autograder.grading.regrading.regrade import Trial


def in_words(trial: Trial) -> Iterator[str]:
    """All that a trial has found, a line each."""
    for change in trial.changes:
        yield from _grade(change)
    for new in trial.new:
        yield f"{new.student}, {new.lesson}: {number(new.grade)} of {number(new.max_points)}, not graded before"
    for failed in trial.failed:
        why = " ".join(failed.reasons)
        yield f"{failed.student}, {failed.lesson}: could not be graded, and keeps what it has. {why}"
    yield summary(trial.changes, trial.graded)


def _grade(change: GradeChange) -> Iterator[str]:
    before, after = change.before, change.after
    most = number(after.max_points)
    if before.max_points != after.max_points:
        most = f"{number(before.max_points)} → {most}"
    yield f"{change.student}, {change.lesson}: {number(before.grade)} → {number(after.grade)} of {most}"
    for cell in change.cells:
        points = f"{_points(cell.before)} → {_points(cell.after)}{_most(cell)}"
        yield f"  {cell.grade_id}: {points}, because {'; and '.join(cell.why)}"
    for why in change.why:
        yield f"  {why}"


def _points(points: float | None) -> str:
    return "not marked" if points is None else number(points)


def _most(cell: CellChange) -> str:
    return "" if cell.max_before != cell.max_after else f" of {number(cell.max_after)}"
