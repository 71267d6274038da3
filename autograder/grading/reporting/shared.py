"""Sentences that many submissions have in common, such as new points of a test: they are said once, not to each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from autograder.grading.results import SubmissionResult

# From so many students on.
COMMON = 4


@dataclass(frozen=True)
class Shared:
    """A sentence about several submissions of a lesson."""

    lesson: str
    sentence: str
    students: list[str]

    def __str__(self) -> str:
        return f"{len(self.students)} students, {self.lesson}: {self.sentence} ({', '.join(self.students)})"


def shared(results: Iterable[SubmissionResult]) -> tuple[list[Shared], list[tuple[SubmissionResult, list[str]]]]:
    """Part the reasons of all results into those that many share and, for each result, those of its own."""
    results = list(results)
    said: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for sentence in dict.fromkeys(result.reasons):
            said.setdefault((result.lesson, sentence), []).append(result.student)
    own = [
        (result, [one for one in dict.fromkeys(result.reasons) if len(said[result.lesson, one]) < COMMON])
        for result in results
    ]
    common = [Shared(*key, students) for key, students in said.items() if len(students) >= COMMON]
    return common, own
