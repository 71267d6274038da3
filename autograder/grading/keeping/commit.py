"""The way of a submission: read, run, merged into the gradebook, its page made, and recorded that all stands.

The order is what makes a crash harmless. An outcome is in the journal before anything else is touched, and the record
that it stands comes last. In between, at whatever moment the grader dies, the next run finds an outcome without a
record and commits it again, which changes nothing where it had been done.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import replace
from typing import Any

from nbgrader.api import InvalidEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder.grading.course import Course, Lesson, MachineError
from autograder.grading.intake.submission import Tasks
from autograder.grading.keeping.gradebook import Writer, reason
from autograder.grading.keeping.records import Records
from autograder.grading.orders import (
    LATER,
    Answer,
    Order,
    Seen,
    Summary,
    Task,
    page_order,
    read_order,
    recall_order,
    run_order,
)
from autograder.grading.results import CellResult, Status, SubmissionResult

# A gradebook that did not answer is left alone for a while: each try can wait for seconds.
PAUSE_SECONDS = 15.0

#: None: the result has to wait for the gradebook.
Steps = Generator[Order, Answer, SubmissionResult | None]


class Committer:
    """The one who writes, in this order."""

    def __init__(self, course: Course, writer: Writer, tasks: Tasks) -> None:
        self.writer = writer
        self.tasks = tasks
        self.records = Records(course.hidden)
        self._waiting: list[tuple[str, str]] = []
        self._away_since: float | None = None
        self._why = ""

    def way(self, student: str, lesson: Lesson) -> Steps:
        """The way of one submission: it yields what a worker has to do, and gets the worker's answer."""
        task = self.tasks.task(student, lesson)
        answer = yield read_order(task)
        if "trouble" in answer or "unsaved" in answer:
            return _failed(student, lesson, [_trouble("It could not be read", answer)])
        seen = Seen(**answer)
        if seen.unreadable:
            return _failed(student, lesson, seen.repairs)
        recorded = self.records.read(student, lesson.name, seen.key)
        if recorded is not None and (done := (yield from self._standing(task, seen, recorded, lesson))) is not None:
            return done
        summary = None
        if seen.large:
            yield LATER
        if seen.gradable:
            answer = yield recall_order(task, seen.key)
            if not answer.get("outcome"):
                answer = yield run_order(task, seen.key)
            if "fault" in answer:
                raise MachineError(answer["fault"])
            if "unsaved" in answer:
                return _failed(student, lesson, [_unsaved(answer["unsaved"])])
            if "trouble" in answer:
                return _failed(student, lesson, [answer["trouble"]])
            summary = Summary.from_dict(answer["outcome"])
        return (yield from self._commit(task, seen, summary, lesson))

    def take_waiting(self) -> list[tuple[str, str]]:
        """The submissions that waited for the gradebook; each is to go its way again."""
        waiting, self._waiting = self._waiting, []
        self._away_since = None
        return waiting

    def still_away(self, student: str, lesson: Lesson) -> SubmissionResult | None:
        """The result of a submission that had to wait once more; None if it has not."""
        if not self._waiting:
            return None
        self._waiting.clear()
        why = f"The gradebook did not take the result ({self._why}). It is kept, and entered when you grade again."
        return _failed(student, lesson, [why])

    def recorded(self, student: str, lesson: Lesson) -> SubmissionResult | None:
        """What an earlier run found out."""
        result = self.records.read(student, lesson.name)
        return None if result is None else self.writer.with_manual_scores(result, lesson)

    def _standing(self, task: Task, seen: Seen, result: SubmissionResult, lesson: Lesson) -> Steps:
        """The recorded result, if the gradebook and the autograded notebook still agree with it."""
        try:
            standing = self.writer.standing(result.student, lesson)
            if {cell.grade_id: cell.points for cell in result.cells} != {name: s.auto for name, s in standing.items()}:
                return None
            if result.status != "quarantined":
                self.writer.follow_policy(result.student, lesson.name, lesson.topic)
            answer = yield from self._page(task, seen.key, result, lesson, write=False)
            if "unsaved" in answer or "trouble" in answer:
                # The notebook is gone or damaged; the journal has it.
                return None
            return self.writer.with_manual_scores(result, lesson)
        except (SQLAlchemyError, InvalidEntry):
            # It is tried once more, with all that has to be done where it does not answer.
            self.writer.give_up()
            return None

    def _commit(self, task: Task, seen: Seen, summary: Summary | None, lesson: Lesson) -> Steps:
        student = task.student
        if self._away_since is not None and time.monotonic() - self._away_since < PAUSE_SECONDS:
            self._waiting.append((student, lesson.name))
            return None
        before = self.records.read(student, lesson.name)
        result = _result(student, lesson, seen, summary, [*(before.draws if before else []), task.draw])
        try:
            self.records.forget(student, lesson.name)
            self.writer.merge(student, lesson, summary, seen.stamp)
            answer = yield from self._page(task, seen.key, result, lesson, write=True)
            if "unsaved" in answer:
                return _failed(student, lesson, [_unsaved(answer["unsaved"])])
            if "trouble" in answer:
                return _failed(student, lesson, [_trouble("Its page could not be written", answer)])
            result = replace(result, reasons=[*result.reasons, *answer["remarks"]])
            self.records.write(seen.key, result, seen.parts)
            done = self.writer.with_manual_scores(result, lesson)
        except (SQLAlchemyError, InvalidEntry) as error:
            # Locked, full, or its server is gone: what has been run is in the journal and can wait.
            self.writer.give_up()
            self._away_since, self._why = time.monotonic(), reason(error)
            self._waiting.append((student, lesson.name))
            return None
        except Exception as error:
            # A full disk: this submission waits for the next run, the others go on.
            self.writer.give_up()
            return _failed(student, lesson, [_unsaved(reason(error))])
        self._away_since = None
        return done

    def _page(
        self, task: Task, key: str, result: SubmissionResult, lesson: Lesson, *, write: bool
    ) -> Generator[Order, Answer, Answer]:
        """Have the page for the student written as the gradebook stands now."""
        shown: dict[str, Any]
        if result.status == "quarantined":
            totals = {"score": 0.0, "max_score": result.max_points, "late_penalty": 0}
            shown = {"refused": result.reasons, "totals": totals}
        else:
            notes, totals = self.writer.for_page(result.student, lesson)
            shown = {"notes": notes, "totals": totals}
        answer = yield page_order(task, key, write=write, plain=False, **shown)
        if "trouble" in answer and "changed" not in answer:
            # What would not be drawn is written down.
            answer = yield page_order(task, key, write=write, plain=True, **shown)
        return answer


def _result(student: str, lesson: Lesson, seen: Seen, summary: Summary | None, draws: list[str]) -> SubmissionResult:
    reasons = [*seen.repairs, *seen.remarks]
    if summary is None:
        cells = [CellResult(name, 0.0, points) for name, (points, _) in lesson.graded().items()]
        return SubmissionResult.of(student, lesson.name, "quarantined", reasons, cells)
    status: Status = "repaired" if seen.repairs else "graded"
    reasons += summary.remarks
    # Each secret once, the one that counts last.
    draws = list(dict.fromkeys(reversed(draws)))[::-1]
    return SubmissionResult.of(student, lesson.name, status, reasons, summary.cells, summary.sandbox, draws)


def _failed(student: str, lesson: Lesson, reasons: list[str]) -> SubmissionResult:
    cells = [CellResult(name, None, points) for name, (points, _) in lesson.graded().items()]
    return SubmissionResult.of(student, lesson.name, "failed", reasons, cells)


def _unsaved(why: str) -> str:
    return f"The result could not be saved ({why}); grade again."


def _trouble(what: str, answer: Answer) -> str:
    why = answer.get("trouble") or answer.get("unsaved")
    return f"{what}: {why}"
