"""Commit a result: write the outcome down, merge it into the gradebook, make its page, and record that all stands.

The order is what makes a crash harmless. An outcome is in the journal before anything else is touched, and the record
that it stands comes last. In between, at whatever moment the grader dies, the next run finds an outcome without a
record and commits it again, which changes nothing where it had been done.
"""

from __future__ import annotations

import time

import nbformat
from nbgrader.api import InvalidEntry
from sqlalchemy.exc import SQLAlchemyError

from autograder.grading.course import Course, Lesson, fingerprint
from autograder.grading.intake.submission import Submission, SubmissionReader
from autograder.grading.jobs import Outcome
from autograder.grading.keeping.feedback import FeedbackPages, refusal
from autograder.grading.keeping.files import write_whole
from autograder.grading.keeping.gradebook import Writer, autograded_path, reason
from autograder.grading.keeping.records import Records
from autograder.grading.results import CellResult, Status, SubmissionResult

# A gradebook that did not answer is left alone for a while: each try can wait for seconds.
PAUSE_SECONDS = 15.0


class UnknownOutcomeError(Exception):
    """Nothing is known of this submission: its notebook has to be run."""


class Committer:
    """The one who writes, in this order."""

    def __init__(self, course: Course, writer: Writer, reader: SubmissionReader) -> None:
        self.course = course
        self.writer = writer
        self.reader = reader
        self.records = Records(course.hidden)
        self.pages = FeedbackPages()
        self._waiting: list[tuple[str, str]] = []
        self._away_since: float | None = None
        self._why = ""

    def commit_known(self, submission: Submission) -> SubmissionResult | None:
        """Commit what needs no job. None if it has to wait for the gradebook.

        Raises
        ------
        UnknownOutcomeError
            If its notebook has to be run.
        """
        if submission.received.unreadable:
            return self._failed(submission, submission.received.repairs)
        student, lesson = submission.student, submission.lesson.name
        recorded = self.records.read(student, lesson, submission.key)
        outcome = None if recorded else self.records.outcome(student, lesson, submission.key)
        if recorded is None and outcome is None and submission.received.notebook is not None:
            raise UnknownOutcomeError
        return self._try(submission, outcome, recorded)

    def commit_new(self, submission: Submission, outcome: Outcome) -> SubmissionResult | None:
        """Commit what came out of a job. None if it has to wait for the gradebook."""
        if outcome.notebook is None:
            return self._failed(submission, outcome.remarks)
        try:
            self.records.keep(submission.student, submission.lesson.name, submission.key, outcome)
        except OSError as error:
            return self._failed(submission, [_unsaved(error)])
        return self._try(submission, outcome)

    def take_waiting(self) -> list[tuple[str, str]]:
        """The submissions that waited for the gradebook; each is to be committed again."""
        waiting, self._waiting = self._waiting, []
        self._away_since = None
        return waiting

    def commit_again(self, submission: Submission) -> SubmissionResult:
        """Commit what had to wait; it waits no longer."""
        try:
            result = self.commit_known(submission)
        except UnknownOutcomeError:
            return self._failed(submission, ["It was changed while it was being graded; grade again."])
        if result is None:
            self._waiting.clear()
            why = f"The gradebook did not answer ({self._why}). The result is kept; it is entered when you grade again."
            return self._failed(submission, [why])
        return result

    def recorded(self, student: str, lesson: Lesson) -> SubmissionResult | None:
        """What an earlier run found out."""
        result = self.records.read(student, lesson.name)
        return None if result is None else self.writer.with_manual_scores(result, lesson)

    def _try(
        self, submission: Submission, outcome: Outcome | None, recorded: SubmissionResult | None = None
    ) -> SubmissionResult | None:
        if self._away_since is not None and time.monotonic() - self._away_since < PAUSE_SECONDS:
            self._waiting.append((submission.student, submission.lesson.name))
            return None
        try:
            result = self._commit(submission, outcome, recorded)
        except UnknownOutcomeError:
            raise
        except (SQLAlchemyError, InvalidEntry) as error:
            # Locked, full, or its server is gone: what has been run is in the journal and can wait.
            self.writer.give_up()
            self._away_since, self._why = time.monotonic(), reason(error)
            self._waiting.append((submission.student, submission.lesson.name))
            return None
        except Exception as error:
            # A full disk, a page that cannot be made: this submission waits for the next run, the others go on.
            self.writer.give_up()
            return self._failed(submission, [_unsaved(error)])
        self._away_since = None
        return result

    def _commit(
        self, submission: Submission, outcome: Outcome | None, recorded: SubmissionResult | None
    ) -> SubmissionResult:
        student, lesson, received = submission.student, submission.lesson, submission.received
        if recorded is not None:
            if (done := self._standing(recorded, lesson)) is not None:
                return done
            outcome = self.records.outcome(student, lesson.name, submission.key)
        if outcome is None and received.notebook is not None:
            raise UnknownOutcomeError
        reasons = [*received.repairs, *received.remarks]
        if outcome is None:
            cells = [CellResult(name, 0.0, points) for name, (points, _) in lesson.graded().items()]
            result = SubmissionResult.of(student, lesson.name, "quarantined", reasons, cells)
        else:
            status: Status = "repaired" if received.repairs else "graded"
            reasons += outcome.remarks
            result = SubmissionResult.of(student, lesson.name, status, reasons, outcome.cells, outcome.sandbox)
        self.records.forget(student, lesson.name)
        self.writer.merge(student, lesson, outcome.notebook if outcome else None, submission.files)
        reported = self._with_feedback(result, lesson)
        self.records.write(submission.key, result)
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

    def _failed(self, submission: Submission, reasons: list[str]) -> SubmissionResult:
        cells = [CellResult(name, None, points) for name, (points, _) in submission.lesson.graded().items()]
        return SubmissionResult.of(submission.student, submission.lesson.name, "failed", reasons, cells)


def _unsaved(error: Exception) -> str:
    return f"The result could not be saved ({reason(error)}); grade again."
