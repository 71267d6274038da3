"""The one writer: it merges outcomes into nbgrader's gradebook, by nbgrader's own rules, and reads what is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbgrader
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from nbgrader import utils
from nbgrader.api import Base, Gradebook, GradeCell, MissingEntry
from nbgrader.converters import GenerateAssignment, NbGraderException
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import parse_utc
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from autograder.collecting.roster import Student
from autograder.exporting.cells import harmless
from autograder.grading.course import Course, GradingError, Lesson
from autograder.grading.intake.folders import composed
from autograder.grading.keeping.page_notes import Notes, page_notes
from autograder.grading.late.lateness import lateness
from autograder.grading.late.policy import Policy, read_policy
from autograder.grading.late.rules import set_dates
from autograder.grading.orders import Summary
from autograder.grading.results import CellResult, Lateness, SubmissionResult


@dataclass(frozen=True)
class Standing:
    """What the gradebook says of one cell of one student."""

    auto: float | None
    score: float
    manual: bool
    needs_manual: bool


class Writer:
    """An open gradebook. Use `open_gradebook`."""

    def __init__(self, course: Course, gradebook: Any, policy: Policy | None = None) -> None:
        self.course = course
        self.gradebook = gradebook
        self.policy = policy

    def register(self, lesson: Lesson) -> None:
        """Let the gradebook know the lesson as it now is in ``source/``, and when it is due."""
        if not self._knows(lesson):
            self._generate(lesson)
        if self.policy is not None:
            set_dates(self.gradebook, self.policy, self.gradebook.find_assignment(lesson.name))

    def _generate(self, lesson: Lesson) -> None:
        coursedir = type(self.course.nbgrader)(config=self.course.config, log=self.course.log)
        coursedir.assignment_id = lesson.name
        generate = GenerateAssignment(config=self.course.config, log=self.course.log, coursedir=coursedir)
        generate.force = True
        try:
            generate.start()
        except NbGraderException as error:
            raise GradingError(
                f"nbgrader refuses the lesson {lesson.name}. If cells were added or removed after submissions were "
                f"graded, first run: nbgrader db assignment remove {lesson.name} --force"
            ) from error
        self.gradebook.db.expire_all()

    def _knows(self, lesson: Lesson) -> bool:
        try:
            notebook = self.gradebook.find_notebook(lesson.topic, lesson.name)
        except MissingEntry:
            return False
        stored = {cell.name: (cell.source, cell.checksum, cell.locked) for cell in notebook.source_cells}
        wanted = {}
        for cell in lesson.notebook.cells:
            meta = cell.metadata.get("nbgrader", {})
            if meta.get("grade_id"):
                wanted[meta["grade_id"]] = (cell.source, meta["checksum"], utils.is_locked(cell))
        points = {cell.name: cell.max_score for cell in [*notebook.grade_cells, *notebook.task_cells]}
        return stored == wanted and points == {name: points for name, (points, _) in lesson.graded().items()}

    def merge(self, student: str, lesson: Lesson, summary: Summary | None, stamp: str) -> None:
        """Write the grades of one submission; without a summary all cells get zero.

        They are one transaction: the gradebook has all of them or none. What is written is what nbgrader's
        SaveAutoGrades reads from the executed notebook, which stays out of this process.
        """
        standing = self.standing(student, lesson)
        with self._transaction() as inside:
            self.gradebook.update_or_create_student(student)
            when = {"timestamp": parse_utc(stamp)} if stamp else {}
            submission = self.gradebook.update_or_create_submission(lesson.name, student, **when)
            if self.policy is not None:
                set_dates(self.gradebook, self.policy, submission.assignment, submission)
            row = self.gradebook.find_submission_notebook(lesson.topic, lesson.name, student)
            if summary is None:
                for grade in row.grades:
                    grade.auto_score = 0
                    grade.needs_manual_grade = False
                row.late_submission_penalty = None
                return
            points = {cell.grade_id: cell.points for cell in summary.cells}
            for grade in row.grades:
                if grade.name in points and isinstance(grade.cell, GradeCell):
                    grade.auto_score = points[grade.name]
                    grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
                    # nbgrader wants a person to look at every mark again; here only where the text is another.
                    if grade.manual_score is not None and grade.name in summary.same_text:
                        grade.needs_manual_grade = standing[grade.name].needs_manual
            for comment in row.comments:
                if comment.name in summary.unanswered:
                    comment.auto_comment = "No response." if summary.unanswered[comment.name] else None
            # The row's score is counted by the database.
            inside.flush()
            inside.expire_all()
            self._late_penalty(student, lesson.name, lesson.topic, row)

    def students(self) -> list[str]:
        """Everybody whom the gradebook knows."""
        return [str(student.id) for student in self.gradebook.students]

    def fill_in_names(self, listed: Iterable[Student]) -> None:
        """Tell the gradebook what the class list says of its students: formgrader and nbgrader's exports show it.

        That export is opened in spreadsheets, in which a name must be no formula, and it quotes nothing, so that a
        comma in a name would move all that follows into other columns.
        """
        try:
            rows = {student.id: student for student in self.gradebook.students}
            for student in listed:
                row = rows.get(composed(student.id))
                for name in ("first_name", "last_name", "email", "lms_user_id"):
                    value = " ".join(re.split(r"[,\s]+", getattr(student, name).replace('"', "'"))).strip()
                    if row is not None and value and getattr(row, name) != harmless(value):
                        setattr(row, name, harmless(value))
            if self.gradebook.db.dirty:
                self.gradebook.db.commit()
        except SQLAlchemyError:
            # A gradebook that is away is told where grades are written; the names wait for the next grading.
            self.give_up()

    def give_up(self) -> None:
        """Leave the gradebook as it was before what went wrong."""
        with suppress(SQLAlchemyError):
            self.gradebook.db.rollback()

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        """What nbgrader commits in here, and it commits each cell, is kept as a whole at the end, or not at all."""
        outside = self.gradebook.db
        # A connection of this process that still reads would keep the other from writing.
        outside.rollback()
        with self.gradebook.engine.begin() as connection:
            # nbgrader reads through objects that it has not added yet; flushing them there would be too early.
            inside = Session(connection, autoflush=False, join_transaction_mode="rollback_only")
            self.gradebook.db = inside
            try:
                yield inside
                inside.commit()
            finally:
                self.gradebook.db = outside
                inside.close()

    def follow_policy(self, student: str, lesson: str, topic: str) -> None:
        """Bring the late penalty up to date with the policy, and with the marks that people have given since."""
        row = self.gradebook.find_submission_notebook(topic, lesson, student)
        if self.policy is not None:
            set_dates(self.gradebook, self.policy, row.assignment.assignment, row.assignment)
        self._late_penalty(student, lesson, topic, row)
        if self.gradebook.db.dirty:
            self.gradebook.db.commit()

    def _late_penalty(self, student: str, lesson: str, topic: str, row: Any) -> None:
        """As nbgrader's AssignLatePenalties has it, which would open the gradebook a second time."""
        penalty, late = None, row.assignment.total_seconds_late
        if late > 0:
            step = AssignLatePenalties(config=self.course.config, log=self.course.log)
            step.gradebook = self.gradebook
            step.notebook_id, step.assignment_id, step.student_id = topic, lesson, student
            step.init_plugin()
            penalty = step.plugin_inst.late_submission_penalty(student, row.score, late)
            if penalty is not None:
                penalty = step._check_late_penalty(row, penalty)
        if (row.late_submission_penalty or 0) != (penalty or 0):
            row.late_submission_penalty = penalty

    def standing(self, student: str, lesson: Lesson) -> dict[str, Standing]:
        """What the gradebook says of each graded cell; empty for a submission that it does not know."""
        try:
            notebook = self.gradebook.find_submission_notebook(lesson.topic, lesson.name, student)
        except MissingEntry:
            return {}
        return {
            grade.name: Standing(
                auto=grade.auto_score,
                score=grade.score,
                manual=grade.manual_score is not None or bool(grade.extra_credit),
                needs_manual=bool(grade.needs_manual_grade),
            )
            for grade in notebook.grades
        }

    def with_manual_scores(self, result: SubmissionResult, lesson: Lesson) -> SubmissionResult:
        """The result with what people have graded since, and with what it costs to be late."""
        standing = self.standing(result.student, lesson)

        def now(cell: CellResult) -> CellResult:
            stands = standing.get(cell.grade_id)
            if stands is None or not (stands.manual or cell.needs_manual):
                return cell
            # A mark that waits for another look was given to another text.
            points = stands.score if stands.manual and not stands.needs_manual else cell.points
            empty = cell.empty and not stands.manual
            return replace(cell, points=points, needs_manual=stands.needs_manual, empty=empty)

        cells = map(now, result.cells)
        new = SubmissionResult.of(
            result.student, result.lesson, result.status, result.reasons, cells, result.sandbox, result.draws
        )
        return replace(new, late=self.lateness(result.student, lesson))

    def lateness(self, student: str, lesson: Lesson) -> Lateness | None:
        """When a submission was due and handed in; None if it has no due date, or the gradebook does not know it."""
        try:
            row = self.gradebook.find_submission_notebook(lesson.topic, lesson.name, student)
        except MissingEntry:
            return None
        return lateness(self.policy, row)

    def for_page(self, student: str, lesson: Lesson) -> tuple[Notes, dict[str, Any]]:
        """Scores and comments by cell, as nbgrader's feedback notes them; and what the page shows on top."""
        row = self.gradebook.find_submission_notebook(lesson.topic, lesson.name, student)
        return page_notes(row, lateness(self.policy, row))


@contextmanager
def open_gradebook(course: Course) -> Iterator[Writer]:
    """Open the course's gradebook, and create it first if need be. Raises GradingError if it cannot be used."""
    policy = read_policy(course.root)
    try:
        create_gradebook(course.db_url)
        with Gradebook(course.db_url, course.course_id) as gradebook:
            yield Writer(course, gradebook, policy)
    except SQLAlchemyError as error:
        raise GradingError(
            f"The gradebook {without_password(course.db_url)} cannot be used: {reason(error)}. If another program has "
            "it open, close that; if it is damaged, put a copy of it back or move it away; then grade again. What was "
            "graded is kept and need not be run again."
        ) from error
    except ModuleNotFoundError as error:
        raise GradingError(
            f"The gradebook {without_password(course.db_url)} needs the package {error.name}: "
            "run pip install 'evalkit-course[postgres]', then grade again."
        ) from error


def without_password(db_url: str) -> str:
    """The address of a database as a message can show it."""
    try:
        return make_url(db_url).render_as_string()
    except SQLAlchemyError:
        return "database"


def reason(error: Exception) -> str:
    """The core of an error, in one line."""
    # nbgrader hands on the text of an error, which begins with its class.
    return re.sub(r"^\(\w+\.\w+\) ", "", str(getattr(error, "orig", None) or error).split("\n")[0]).rstrip(".")


def create_gradebook(db_url: str) -> None:
    """Make the tables of an empty gradebook.

    nbgrader would do it, but it calls the command ``alembic`` for it, which is not found unless the virtual
    environment is active.
    """
    engine = create_engine(db_url)
    try:
        with engine.begin() as connection:
            if inspect(connection).get_table_names():
                return
            Base.metadata.create_all(connection)
            settings = AlembicConfig(str(Path(nbgrader.__file__).parent / "alembic.ini"))
            settings.set_main_option("script_location", str(Path(nbgrader.__file__).parent / "alembic"))
            version = ScriptDirectory.from_config(settings).get_current_head()
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})
    finally:
        engine.dispose()
