"""Grade a course: intake, jobs, workers, one writer, feedback and report."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from autograder.grading.course import Course, GradingError, Lesson, only_grader
from autograder.grading.intake.folders import Refused
from autograder.grading.intake.submission import Submission, SubmissionReader
from autograder.grading.jobs import Job, Outcome
from autograder.grading.keeping.commit import Committer, UnknownOutcomeError
from autograder.grading.keeping.files import write_whole
from autograder.grading.keeping.gradebook import Writer, open_gradebook
from autograder.grading.keeping.report import report_json, report_page
from autograder.grading.results import GradeReport, SubmissionResult
from autograder.grading.running.pool import Pool, run_all

Progress = Callable[[SubmissionResult], None]


def grade(
    course_dir: Path | str,
    lessons: Sequence[str] | None,
    students: Sequence[str] | None,
    *,
    progress: Progress | None,
    expect: Callable[[int], None] | None,
    workers: int,
    sandbox: str,
    db: str | None,
    cluster: str | None,
    pool: Pool | None,
) -> GradeReport:
    """Do what `autograder.grading.grade_course` promises, with a pool of workers that may be there already."""
    with _troubles_in_words():
        course = Course(course_dir, db=db, sandbox=sandbox)
        known = course.lessons()
        with only_grader(course.hidden / "lock"), open_gradebook(course) as writer:
            submitted, refused = course.submissions()
            selected, refused = _select(course, known, submitted, refused, lessons, students)
            wanted = {lesson for _, lesson in selected}
            for lesson in known.values():
                if lesson.name in wanted:
                    writer.register(lesson)
            if expect is not None:
                expect(len(selected) + len(refused))
            run = _Run(course, writer, known, progress)
            run.refuse(refused)
            run.grade(selected, workers, cluster, pool)
            whole = _report(course, [*run.results, *run.recorded(set(submitted) - set(selected))], known)
        write_whole(course.root / "report.json", report_json(whole))
        write_whole(course.root / "report.html", report_page(whole, course))
    return _report(course, run.results, known)


@contextmanager
def _troubles_in_words() -> Iterator[None]:
    """Say what to do about a full disk, a missing right, a broken device."""
    try:
        yield
    except BrokenPipeError:
        # That is about the terminal, where somebody has seen enough.
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise GradingError(
            f"Grading cannot go on ({where}{error.strerror or error}). Make room or give the right, then grade again; "
            "what was graded is kept and need not be run again."
        ) from error


def _report(course: Course, results: list[SubmissionResult], lessons: dict[str, Lesson]) -> GradeReport:
    graded = {result.lesson for result in results if result.sandbox}
    unjudged = {name: lesson.unjudged for name, lesson in lessons.items() if name in graded and lesson.unjudged}
    return GradeReport(course.course_id, sorted(results, key=lambda result: (result.lesson, result.student)), unjudged)


def _select(
    course: Course,
    known: dict[str, Lesson],
    submitted: list[tuple[str, str]],
    refused: list[Refused],
    lessons: Sequence[str] | None,
    students: Sequence[str] | None,
) -> tuple[list[tuple[str, str]], list[Refused]]:
    for lesson in lessons or ():
        if lesson not in known:
            raise GradingError(f"There is no lesson {lesson!r}; there are: {', '.join(known)}.")
    handed_in = {student for student, _ in submitted} | {entry.student for entry in refused}
    for student in students or ():
        if student not in handed_in:
            raise GradingError(f"There is no submission of {student!r} in {course.folder('submitted').name}/.")

    def wanted(student: str, lesson: str) -> bool:
        return (lessons is None or not lesson or lesson in lessons) and (students is None or student in students)

    return [pair for pair in submitted if wanted(*pair)], [r for r in refused if wanted(r.student, r.lesson)]


class _Run:
    """One run over the course."""

    def __init__(self, course: Course, writer: Writer, lessons: dict[str, Lesson], progress: Progress | None) -> None:
        self.lessons = lessons
        self.reader = SubmissionReader(course)
        self.committer = Committer(course, writer, self.reader)
        self.progress = progress
        self.results: list[SubmissionResult] = []
        self.underway: dict[tuple[str, str], Submission] = {}

    def refuse(self, refused: Iterable[Refused]) -> None:
        """Report the folders that cannot be a submission."""
        for student, lesson, why in refused:
            self._report(SubmissionResult.of(student, lesson, "quarantined", [why], []))

    def grade(self, selected: list[tuple[str, str]], workers: int, cluster: str | None, pool: Pool | None) -> None:
        """Grade the selected submissions."""
        # Closed at once, whatever ends this: the workers must go before what they hang on.
        with closing(self._outcomes(self._jobs(selected), workers, cluster, pool)) as outcomes:
            for job, outcome in outcomes:
                self._report(self.committer.commit_new(self.underway.pop((job.student, job.lesson)), outcome))
        for student, lesson in self.committer.take_waiting():
            self._report(self.committer.commit_again(self.reader.read(student, self.lessons[lesson])))

    @staticmethod
    def _outcomes(
        jobs: Iterator[Job], workers: int, cluster: str | None, pool: Pool | None
    ) -> Generator[tuple[Job, Outcome], None, None]:
        if cluster is None:
            return run_all(jobs, workers, pool)
        from autograder.grading.running.cluster import run_on_cluster

        return run_on_cluster(jobs, cluster)

    def recorded(self, others: Iterable[tuple[str, str]]) -> Iterator[SubmissionResult]:
        """What earlier runs found out about submissions that are not looked at now."""
        for student, name in others:
            if name in self.lessons and (result := self.committer.recorded(student, self.lessons[name])) is not None:
                yield result

    def _jobs(self, selected: list[tuple[str, str]]) -> Iterator[Job]:
        """The jobs that are left to do. What needs no job is committed on the way."""
        for student, name in selected:
            if name not in self.lessons:
                why = f"There is no lesson {name!r}; the folder must be one of: {', '.join(self.lessons)}."
                self._report(SubmissionResult.of(student, name, "quarantined", [why], []))
                continue
            submission = self.reader.read(student, self.lessons[name])
            try:
                self._report(self.committer.commit_known(submission))
            except UnknownOutcomeError:
                self.underway[student, name] = submission
                yield self.reader.job(submission)

    def _report(self, result: SubmissionResult | None) -> None:
        """Take a result down, unless it has to wait for the gradebook."""
        if result is not None:
            self.results.append(result)
            if self.progress is not None:
                self.progress(result)
