"""What `autograder grade` prints of a class: a table, and a sentence for each thing that somebody should know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from autograder.console import number
from autograder.grading.reporting.shared import shared

if TYPE_CHECKING:
    from autograder.grading.results import SubmissionResult


def title(results: Sequence[SubmissionResult]) -> str | None:
    """The lesson, if all have one."""
    lessons = {result.lesson for result in results}
    return lessons.pop() if len(lessons) == 1 else None


def rows(results: Sequence[SubmissionResult]) -> list[tuple[str, ...]]:
    """The table, with its heading; without the lesson, where all have one."""
    heading = ("Student", "Lesson", "Points", "Status", "By hand")
    lines = [
        (
            result.student,
            result.lesson,
            f"{number(result.grade)} of {number(result.max_points)}",
            result.status,
            result.by_hand(),
        )
        for result in results
    ]
    if title(results) is None:
        return [heading, *lines]
    return [(line[0], *line[2:]) for line in (heading, *lines)]


def sentences(results: Sequence[SubmissionResult]) -> Iterator[str]:
    """What happened to whom. A sentence that many have in common comes once."""
    common, own = shared(results)
    for result, reasons in own:
        late = [result.late.words] if result.late and result.late.notable else []
        for sentence in [*reasons, *late]:
            yield f"{result.student}, {result.lesson}: {sentence}"
    yield from map(str, common)
