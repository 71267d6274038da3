"""Grade a course: intake, jobs, workers, one writer, feedback and report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.grading.course import Course, GradingError, Lesson, engine_fingerprint, fingerprint
from autograder.grading.feedback import FeedbackPages, refusal
from autograder.grading.gradebook import Writer, autograded_path, open_gradebook, reason
from autograder.grading.intake import Intake, read_submission
from autograder.grading.jobs import Job, Outcome
from autograder.grading.pool import run_all
from autograder.grading.records import Records, write_whole
from autograder.grading.report import report_page
from autograder.grading.results import CellResult, GradeReport, SubmissionResult
from autograder.grading.trusted import case_seed, course_secret
from autograder.grading.warm.imports import imports_of

Progress = Callable[[SubmissionResult], None]


def grade_course(
    course_dir: Path | str,
    lessons: Sequence[str] | None = None,
    students: Sequence[str] | None = None,
    *,
    progress: Progress | None = None,
    workers: int = 2,
) -> GradeReport:
    """Grade what is in ``submitted/``; write gradebook, autograded notebooks, feedback and report.

    A submission that cannot be graded stops nothing: the report says which, and why. Work that was graded before and
    has not changed since is not run again. The calling process keeps its folder, its environment and its signals.

    Parameters
    ----------
    course_dir : Path or str
        The course, with ``source/<lesson>/<topic>.ipynb`` and ``submitted/<student>/<lesson>/<topic>.ipynb``.
    lessons, students : sequence of str, optional
        Only these. Default: all.
    progress : callable, optional
        Called with each result as soon as it stands, in the caller's thread.
    workers : int
        How many notebooks are run at a time.

    Returns
    -------
    GradeReport
        The selected submissions. ``report.json`` and ``report.html`` hold the whole course: beside these, what earlier
        runs graded.

    Raises
    ------
    GradingError
        If grading cannot start; the message says what to do.
    """
    course = Course(course_dir)
    known = course.lessons()
    selected = _select(course, known, lessons, students)
    with open_gradebook(course) as writer:
        wanted = {lesson for _, lesson in selected}
        for lesson in known.values():
            if lesson.name in wanted:
                writer.register(lesson)
        run = _Run(course, writer, known, progress)
        run.grade(selected, workers)
        whole = _report(course, [*run.results, *run.recorded(set(course.submissions()) - set(selected))])
    write_whole(course.root / "report.json", json.dumps(whole.to_dict(), ensure_ascii=False, indent=1) + "\n")
    write_whole(course.root / "report.html", report_page(whole, course))
    return _report(course, run.results)


def _report(course: Course, results: list[SubmissionResult]) -> GradeReport:
    return GradeReport(course.course_id, sorted(results, key=lambda result: (result.lesson, result.student)))


def _select(
    course: Course, known: dict[str, Lesson], lessons: Sequence[str] | None, students: Sequence[str] | None
) -> list[tuple[str, str]]:
    submitted = course.submissions()
    for lesson in lessons or ():
        if lesson not in known:
            raise GradingError(f"There is no lesson {lesson!r}; there are: {', '.join(known)}.")
    handed_in = {student for student, _ in submitted}
    for student in students or ():
        if student not in handed_in:
            raise GradingError(f"There is no submission of {student!r} in {course.folder('submitted').name}/.")
    return [
        (student, lesson)
        for student, lesson in submitted
        if (lessons is None or lesson in lessons) and (students is None or student in students)
    ]


@dataclass(frozen=True)
class _Work:
    """A submission on its way."""

    student: str
    lesson: Lesson
    intake: Intake
    fingerprint: str


class _Run:
    """One run over the course."""

    def __init__(self, course: Course, writer: Writer, lessons: dict[str, Lesson], progress: Progress | None) -> None:
        self.course = course
        self.writer = writer
        self.lessons = lessons
        self.progress = progress
        self.records = Records(course.root)
        self.pages = FeedbackPages()
        self.settings = course.settings()
        self.engine = engine_fingerprint()
        self.secret = course_secret(course.root / ".grading" / "secret")
        self.results: list[SubmissionResult] = []
        self.underway: dict[tuple[str, str], _Work] = {}

    def grade(self, selected: list[tuple[str, str]], workers: int) -> None:
        """Grade the selected submissions."""
        for job, outcome in run_all(self._jobs(selected), workers):
            self._finish(self.underway.pop((job.student, job.lesson)), outcome)

    def recorded(self, others: Iterable[tuple[str, str]]) -> Iterator[SubmissionResult]:
        """What earlier runs found out about submissions that are not looked at now."""
        for student, name in others:
            result = self.records.read(student, name)
            if result is not None and name in self.lessons:
                yield self.writer.with_manual_scores(result, self.lessons[name])

    def _jobs(self, selected: list[tuple[str, str]]) -> Iterator[Job]:
        """The jobs that are left to do. What needs no job is settled on the way."""
        for student, name in selected:
            if name not in self.lessons:
                why = f"There is no lesson {name!r}; the folder must be one of: {', '.join(self.lessons)}."
                self._report(SubmissionResult.of(student, name, "quarantined", [why], []))
                continue
            work = self._read(student, self.lessons[name])
            done = self._done(work)
            if done is not None:
                self._report(done)
            elif work.intake.notebook is None:
                self._finish(work, None)
            else:
                self.underway[student, name] = work
                files = {**work.intake.files, **work.lesson.files}
                seed = case_seed(self.secret, name, hashlib.sha256(work.intake.content).hexdigest())
                imports = imports_of(cell.source for cell in work.lesson.notebook.cells if cell.cell_type == "code")
                yield Job(
                    student, name, work.lesson.topic, work.intake.notebook, files, self.settings, imports, seed
                )

    def _read(self, student: str, lesson: Lesson) -> _Work:
        folder = self.course.folder("submitted") / student / lesson.name
        intake = read_submission(folder, lesson, self.course.nbgrader.ignore)
        files = {name: hashlib.sha256(data).hexdigest() for name, data in intake.files.items()}
        content = hashlib.sha256(intake.content).hexdigest()
        parts = {
            "content": content,
            "files": files,
            "repairs": intake.repairs,
            "lesson": lesson.fingerprint,
            "settings": self.settings,
            "engine": self.engine,
        }
        return _Work(student, lesson, intake, fingerprint(parts))

    def _done(self, work: _Work) -> SubmissionResult | None:
        """The recorded result, if the gradebook and the autograded notebook still agree with it."""
        result = self.records.read(work.student, work.lesson.name, work.fingerprint)
        if result is None:
            return None
        standing = self.writer.standing(work.student, work.lesson)
        if {cell.grade_id: cell.points for cell in result.cells} != {name: s.auto for name, s in standing.items()}:
            return None
        if result.status != "quarantined" and not autograded_path(self.course, work.student, work.lesson).is_file():
            return None
        return self._with_feedback(result, work.lesson)

    def _finish(self, work: _Work, outcome: Outcome | None) -> None:
        """Settle a submission: merge, write feedback, record, report. Without an outcome it is quarantined."""
        student, lesson, intake = work.student, work.lesson, work.intake
        if outcome is None:
            cells = [CellResult(name, 0.0, points) for name, (points, _) in lesson.graded().items()]
            reasons = [*intake.repairs, *intake.remarks]
            result = SubmissionResult.of(student, lesson.name, "quarantined", reasons, cells)
        elif outcome.notebook is None:
            self._report(self._failed(work, outcome.remarks))
            return
        else:
            reasons = [*intake.repairs, *intake.remarks, *outcome.remarks]
            cells = outcome.cells
            result = SubmissionResult.of(
                student, lesson.name, "repaired" if intake.repairs else "graded", reasons, cells
            )
        try:
            self.records.forget(student, lesson.name)
            files = {**intake.files, **lesson.files}
            self.writer.merge(student, lesson, outcome.notebook if outcome else None, files)
            reported = self._with_feedback(result, lesson)
            self.records.write(work.fingerprint, result)
        except Exception as error:
            # A full disk, a locked database, a page that cannot be made: this submission waits, the others go on.
            self.writer.gradebook.db.rollback()
            reported = self._failed(work, [f"The result could not be saved ({reason(error)}); grade again."])
        self._report(reported)

    def _failed(self, work: _Work, reasons: list[str]) -> SubmissionResult:
        cells = [CellResult(name, None, points) for name, (points, _) in work.lesson.graded().items()]
        return SubmissionResult.of(work.student, work.lesson.name, "failed", reasons, cells)

    def _with_feedback(self, result: SubmissionResult, lesson: Lesson) -> SubmissionResult:
        """Write the page for the student as the gradebook stands now; return the result as it stands now."""
        path = self.course.folder("feedback") / result.student / lesson.name / f"{lesson.topic}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        if result.status == "quarantined":
            notebook = refusal(result.reasons)
            totals = {"score": 0.0, "max_score": result.max_points, "late_penalty": 0}
        else:
            notebook = nbformat.read(autograded_path(self.course, result.student, lesson), as_version=4)
            totals = self.writer.add_grades(notebook, result.student, lesson)
        # People grade and comment between two runs; a page is made again only where that changed it.
        mark = f"<!-- {fingerprint({'notebook': notebook, 'totals': totals, 'engine': self.engine})} -->\n"
        if not (path.is_file() and path.read_text(encoding="utf-8").endswith(mark)):
            write_whole(path, self.pages.page(notebook, result.student, lesson.name, totals) + mark)
        return self.writer.with_manual_scores(result, lesson)

    def _report(self, result: SubmissionResult) -> None:
        self.results.append(result)
        if self.progress is not None:
            self.progress(result)
