"""Grade a course: intake, jobs, workers, one writer, feedback and report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path

from autograder import exercises
from autograder.grading.course import Course, GradingError, Lesson, only_grader, refuse_unknown
from autograder.grading.intake.folders import Refused, composed
from autograder.grading.intake.submission import Tasks
from autograder.grading.keeping.commit import Committer, Steps
from autograder.grading.keeping.files import write_whole
from autograder.grading.keeping.gradebook import Writer, open_gradebook
from autograder.grading.keeping.report import report_json, report_page
from autograder.grading.late.lateness import untimed
from autograder.grading.late.rules import strangers
from autograder.grading.regrading.kept import refuse_half_restored
from autograder.grading.reporting.lessons import class_list, members_of, reports_of
from autograder.grading.reporting.table import report_table
from autograder.grading.results import GradeReport, SubmissionResult
from autograder.grading.running.pool import Asked, Pool, Worker, drive

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
    pool: Pool,
) -> GradeReport:
    """Do what `autograder.grading.grade_course` promises, with a pool of workers that may be there already."""
    with _troubles_in_words():
        course = Course(course_dir, db=db, sandbox=sandbox)
        if cluster is not None and any(not each.package for each in exercises.own()):
            raise GradingError(
                f"The machines of the cluster do not have the exercises in {course.root / 'exercises'}: install these "
                'as a package on all of them (see "Exercises of your own" in CONTRIBUTING.md), or grade here.'
            )
        known = course.lessons()
        _refuse_without_exercises(
            course, [lesson for lesson in known.values() if lessons is None or lesson.name in lessons]
        )
        with only_grader(course.hidden / "lock"), open_gradebook(course) as writer:
            refuse_half_restored(course)
            submitted, refused = course.submissions()
            remarks = strangers(writer.policy, known, {student for student, _ in submitted})
            selected, refused = _select(course, known, submitted, refused, lessons, students)
            wanted = {lesson for _, lesson in selected}
            for lesson in known.values():
                if lesson.name in wanted:
                    writer.register(lesson)
            if expect is not None:
                expect(len(selected) + len(refused))
            # Before the notebooks: the report is written even if the gradebook goes away meanwhile.
            listed, unlisted = class_list(course.root)
            members = members_of(listed, {*writer.students(), *(student for student, _ in submitted)})
            remarks += unlisted
            run = _Run(course, writer, known, progress, pool)
            run.refuse(refused)
            run.grade(selected, workers, cluster)
            writer.fill_in_names(listed)
            whole = _report(course, [*run.results, *run.recorded(set(submitted) - set(selected))], known, remarks)
        write_whole(course.root / "report.json", report_json(whole))
        lesson_reports = reports_of(whole, known, members, course)
        write_whole(course.root / "report.csv", report_table(lesson_reports))
        write_whole(course.root / "report.html", report_page(whole, course, lesson_reports))
    return _report(course, run.results, known, remarks)


def _refuse_without_exercises(course: Course, lessons: list[Lesson]) -> None:
    """Where an exercise cannot be used its checks fail, and a whole class would lose its points."""
    if problems := exercises.problems(of_others=True):
        raise GradingError("\n".join(problems))
    known = set(exercises.ids())
    for lesson in lessons:
        for name in sorted(lesson.checked - known):
            raise GradingError(
                f"{course.folder('source').name}/{lesson.name} checks the exercise {name!r}, which is not here: put "
                f"its file into {course.root / 'exercises'}, or install the package that has it."
            )


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


def _report(
    course: Course, results: list[SubmissionResult], lessons: dict[str, Lesson], remarks: list[str]
) -> GradeReport:
    graded = {result.lesson for result in results if result.sandbox}
    unjudged = {name: lesson.unjudged for name, lesson in lessons.items() if name in graded and lesson.unjudged}
    results = sorted(results, key=lambda result: (result.lesson, result.student))
    return GradeReport(course.course_id, results, unjudged, [*remarks, *untimed(results)])


def _select(
    course: Course,
    known: dict[str, Lesson],
    submitted: list[tuple[str, str]],
    refused: list[Refused],
    lessons: Sequence[str] | None,
    students: Sequence[str] | None,
) -> tuple[list[tuple[str, str]], list[Refused]]:
    refuse_unknown(lessons or (), known)
    students = None if students is None else [composed(student) for student in students]
    handed_in = {student for student, _ in submitted} | {entry.student for entry in refused}
    for student in students or ():
        if student not in handed_in:
            raise GradingError(f"There is no submission of {student!r} in {course.folder('submitted').name}/.")

    def wanted(student: str, lesson: str) -> bool:
        return (lessons is None or not lesson or lesson in lessons) and (students is None or student in students)

    return [pair for pair in submitted if wanted(*pair)], [r for r in refused if wanted(r.student, r.lesson)]


class _Run:
    """One run over the course."""

    def __init__(
        self, course: Course, writer: Writer, lessons: dict[str, Lesson], progress: Progress | None, pool: Pool
    ) -> None:
        self.lessons = lessons
        self.pool = pool
        self.committer = Committer(course, writer, Tasks(course, pool.folder))
        self.progress = progress
        self.results: list[SubmissionResult] = []

    def refuse(self, refused: Iterable[Refused]) -> None:
        """Report the folders that cannot be a submission."""
        for student, lesson, why in refused:
            self._report(SubmissionResult.of(student, lesson, "quarantined", [why], []))

    def grade(self, selected: list[tuple[str, str]], workers: int, cluster: str | None) -> None:
        """Grade the selected submissions."""
        self._drive(self._ways(selected), workers, cluster)
        # Here, where all that is left is to write down what was run.
        for student, name in self.committer.take_waiting():
            self._drive(iter([self.committer.way(student, self.lessons[name])]), 1, None)
            self._report(self.committer.still_away(student, self.lessons[name]))

    def _drive(self, ways: Iterator[Steps], workers: int, cluster: str | None) -> None:
        with self._workers(workers, cluster) as asked, closing(drive(ways, asked)) as results:
            for result in results:
                self._report(result)

    def _workers(self, workers: int, cluster: str | None) -> AbstractContextManager[Sequence[Asked]]:
        if cluster is None:
            return nullcontext([Worker(self.pool) for _ in range(workers)])
        from autograder.grading.running.cluster import cluster_workers

        return cluster_workers(cluster, workers, self.pool)

    def recorded(self, others: Iterable[tuple[str, str]]) -> Iterator[SubmissionResult]:
        """What earlier runs found out about submissions that are not looked at now."""
        for student, name in others:
            if name in self.lessons and (result := self.committer.recorded(student, self.lessons[name])) is not None:
                yield result

    def _ways(self, selected: list[tuple[str, str]]) -> Iterator[Steps]:
        for student, name in selected:
            if name in self.lessons:
                yield self.committer.way(student, self.lessons[name])
                continue
            why = f"There is no lesson {name!r}; the folder must be one of: {', '.join(self.lessons)}."
            self._report(SubmissionResult.of(student, name, "quarantined", [why], []))

    def _report(self, result: SubmissionResult | None) -> None:
        """Take a result down, unless it has to wait for the gradebook."""
        if result is not None:
            self.results.append(result)
            if self.progress is not None:
                self.progress(result)
