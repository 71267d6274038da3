"""Settle a submission: write its outcome down, merge it into the gradebook, make its page, and record that all stands.

The order is what makes a crash harmless. An outcome is in the journal before anything else is touched, and the record
that it stands comes last. In between, at whatever moment the grader dies, the next run finds an outcome without a
record and settles it again, which changes nothing where it had been done.
"""

from __future__ import annotations

import time

import nbformat
from nbgrader.api import InvalidEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder.grading.course import Course, Lesson, fingerprint
from autograder.grading.feedback import FeedbackPages, refusal
from autograder.grading.jobs import Outcome
from autograder.grading.keeping.files import write_whole
from autograder.grading.keeping.gradebook import Writer, autograded_path, reason
from autograder.grading.keeping.records import Records
from autograder.grading.results import CellResult, Status, SubmissionResult
from autograder.grading.work import Desk, Work

# A gradebook that did not answer is left alone for a while: each try can wait for seconds.
PAUSE_SECONDS = 15.0


class UnknownOutcomeError(Exception):
    """Nothing is known of this work: its notebook has to be run."""


class Settler:
    """The one who writes."""

    def __init__(self, course: Course, writer: Writer, desk: Desk) -> None:
        self.course = course
        self.writer = writer
        self.desk = desk
        self.records = Records(course.hidden)
        self.pages = FeedbackPages()
        self._waiting: list[tuple[str, str]] = []
        self._away_since: float | None = None
        self._why = ""

    def settle_known(self, work: Work) -> SubmissionResult | None:
        """Settle what needs no job. None if it has to wait for the gradebook.

        Raises
        ------
        UnknownOutcomeError
            If its notebook has to be run.
        """
        if work.intake.unreadable:
            return self._failed(work, work.intake.repairs)
        student, lesson = work.student, work.lesson.name
        recorded = self.records.read(student, lesson, work.key)
        outcome = None if recorded else self.records.outcome(student, lesson, work.key)
        if recorded is None and outcome is None and work.intake.notebook is not None:
            raise UnknownOutcomeError
        return self._try(work, outcome, recorded)

    def settle_new(self, work: Work, outcome: Outcome) -> SubmissionResult | None:
        """Settle what came out of a job. None if it has to wait for the gradebook."""
        if outcome.notebook is None:
            return self._failed(work, outcome.remarks)
        try:
            self.records.keep(work.student, work.lesson.name, work.key, outcome)
        except OSError as error:
            return self._failed(work, [_unsaved(error)])
        return self._try(work, outcome)

    def take_waiting(self) -> list[tuple[str, str]]:
        """The submissions that waited for the gradebook; each is to be settled again."""
        waiting, self._waiting = self._waiting, []
        self._away_since = None
        return waiting

    def settle_again(self, work: Work) -> SubmissionResult:
        """Settle what had to wait; it waits no longer."""
        try:
            result = self.settle_known(work)
        except UnknownOutcomeError:
            return self._failed(work, ["It was changed while it was being graded; grade again."])
        if result is None:
            self._waiting.clear()
            why = f"The gradebook did not answer ({self._why}). The result is kept; it is entered when you grade again."
            return self._failed(work, [why])
        return result

    def recorded(self, student: str, lesson: Lesson) -> SubmissionResult | None:
        """What an earlier run found out."""
        result = self.records.read(student, lesson.name)
        return None if result is None else self.writer.with_manual_scores(result, lesson)

    def _try(
        self, work: Work, outcome: Outcome | None, recorded: SubmissionResult | None = None
    ) -> SubmissionResult | None:
        if self._away_since is not None and time.monotonic() - self._away_since < PAUSE_SECONDS:
            self._waiting.append((work.student, work.lesson.name))
            return None
        try:
            result = self._settle(work, outcome, recorded)
        except UnknownOutcomeError:
            raise
        except (SQLAlchemyError, InvalidEntry) as error:
            # Locked, full, or its server is gone: what has been run is in the journal and can wait.
            self.writer.give_up()
            self._away_since, self._why = time.monotonic(), reason(error)
            self._waiting.append((work.student, work.lesson.name))
            return None
        except Exception as error:
            # A full disk, a page that cannot be made: this submission waits for the next run, the others go on.
            self.writer.give_up()
            return self._failed(work, [_unsaved(error)])
        self._away_since = None
        return result

    def _settle(self, work: Work, outcome: Outcome | None, recorded: SubmissionResult | None) -> SubmissionResult:
        student, lesson, intake = work.student, work.lesson, work.intake
        if recorded is not None:
            if (done := self._standing(recorded, lesson)) is not None:
                return done
            outcome = self.records.outcome(student, lesson.name, work.key)
        if outcome is None and intake.notebook is not None:
            raise UnknownOutcomeError
        reasons = [*intake.repairs, *intake.remarks]
        if outcome is None:
            cells = [CellResult(name, 0.0, points) for name, (points, _) in lesson.graded().items()]
            result = SubmissionResult.of(student, lesson.name, "quarantined", reasons, cells)
        else:
            status: Status = "repaired" if intake.repairs else "graded"
            reasons += outcome.remarks
            result = SubmissionResult.of(student, lesson.name, status, reasons, outcome.cells, outcome.sandbox)
        self.records.forget(student, lesson.name)
        self.writer.merge(student, lesson, outcome.notebook if outcome else None, work.files)
        reported = self._with_feedback(result, lesson)
        self.records.write(work.key, result)
        return reported

    def _standing(self, result: SubmissionResult, lesson: Lesson) -> SubmissionResult | None:
        """The recorded result, if the gradebook and the autograded notebook still agree with it."""
        standing = self.writer.standing(result.student, lesson)
        if {cell.grade_id: cell.points for cell in result.cells} != {name: s.auto for name, s in standing.items()}:
            return None
        try:
            return self._with_feedback(result, lesson)
        except (OSError, ValueError):
            # The notebook is gone or damaged; the journal has it.
            return None

    def _with_feedback(self, result: SubmissionResult, lesson: Lesson) -> SubmissionResult:
        """Write the page for the student as the gradebook stands now; return the result as it stands now."""
        path = self.course.folder("feedback") / result.student / lesson.name / f"{lesson.topic}.html"
        if result.status == "quarantined":
            notebook = refusal(result.reasons)
            totals = {"score": 0.0, "max_score": result.max_points, "late_penalty": 0}
        else:
            notebook = nbformat.read(autograded_path(self.course, result.student, lesson), as_version=4)
            totals = self.writer.add_grades(notebook, result.student, lesson)
        # People grade and comment between two runs; a page is made again only where that changed it.
        mark = f"<!-- {fingerprint({'notebook': notebook, 'totals': totals, 'pages': self.pages.version})} -->\n"
        if not (path.is_file() and path.read_bytes().endswith(mark.encode())):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, self.pages.page(notebook, result.student, lesson.name, totals) + mark)
        return self.writer.with_manual_scores(result, lesson)

    def _failed(self, work: Work, reasons: list[str]) -> SubmissionResult:
        cells = [CellResult(name, None, points) for name, (points, _) in work.lesson.graded().items()]
        return SubmissionResult.of(work.student, work.lesson.name, "failed", reasons, cells)


def _unsaved(error: Exception) -> str:
    return f"The result could not be saved ({reason(error)}); grade again."
