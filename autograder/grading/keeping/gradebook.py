"""The one writer: it merges outcomes into nbgrader's gradebook, by nbgrader's own rules, and reads what is there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
import nbgrader
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from nbgrader import utils
from nbgrader.api import Base, Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment, NbGraderException
from nbgrader.preprocessors import AssignLatePenalties, GetGrades, SaveAutoGrades
from nbgrader.utils import parse_utc
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from autograder.grading.course import Course, GradingError, Lesson
from autograder.grading.results import CellResult, SubmissionResult
from autograder.grading.running.job import without_stderr


@dataclass(frozen=True)
class Standing:
    """What the gradebook says of one cell of one student."""

    auto: float | None
    score: float
    manual: bool
    needs_manual: bool


class Writer:
    """An open gradebook. Use `open_gradebook`."""

    def __init__(self, course: Course, gradebook: Any) -> None:
        self.course = course
        self.gradebook = gradebook

    def register(self, lesson: Lesson) -> None:
        """Let the gradebook know the lesson as it now is in ``source/``, if it does not already."""
        if self._knows(lesson):
            return
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

    def merge(self, student: str, lesson: Lesson, notebook: dict[str, Any] | None, files: Mapping[str, bytes]) -> None:
        """Write the executed notebook and the grades of one submission; without a notebook all cells get zero.

        The grades are one transaction: the gradebook has all of them or none.
        """
        contents = {} if notebook is None else {**files, f"{lesson.topic}.ipynb": _bytes(notebook)}
        self._replace_folder(self.course.folder("autograded") / student / lesson.name, contents)
        stamp = files.get("timestamp.txt", b"").decode(errors="replace").strip()
        with self._transaction() as inside:
            self.gradebook.update_or_create_student(student)
            submission = self._submission(student, lesson, stamp)
            row = self.gradebook.find_submission_notebook(lesson.topic, lesson.name, student)
            if notebook is None:
                for grade in row.grades:
                    grade.auto_score = 0
                    grade.needs_manual_grade = False
                row.late_submission_penalty = None
                return
            saver = self._step(SaveAutoGrades, student, lesson)
            for i, cell in enumerate(nbformat.from_dict(notebook).cells):
                saver.preprocess_cell(without_stderr(cell), {}, i)
            # The row's score is counted by the database.
            inside.flush()
            inside.expire_all()
            self._late_penalty(student, submission, row)

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

    def _submission(self, student: str, lesson: Lesson, stamp: str) -> Any:
        try:
            when = {"timestamp": parse_utc(stamp)} if stamp else {}
        except (ValueError, OverflowError):
            # A timestamp that is no time.
            when = {}
        return self.gradebook.update_or_create_submission(lesson.name, student, **when)

    @staticmethod
    def _replace_folder(folder: Path, contents: Mapping[str, bytes]) -> None:
        """Put a new folder in the place of the old one, so that there is never half of one."""
        part = folder.with_name(f".{folder.name}.part")
        for path in (part, folder):
            if path.exists():
                shutil.rmtree(path)
        for name, data in contents.items():
            path = part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if contents:
            part.rename(folder)

    def _late_penalty(self, student: str, submission: Any, row: Any) -> None:
        """As nbgrader's AssignLatePenalties has it, which would open the gradebook a second time."""
        row.late_submission_penalty = None
        if submission.total_seconds_late > 0:
            step = AssignLatePenalties(config=self.course.config, log=self.course.log)
            step.init_plugin()
            penalty = step.plugin_inst.late_submission_penalty(student, row.score, submission.total_seconds_late)
            if penalty is not None:
                row.late_submission_penalty = step._check_late_penalty(row, penalty)

    def _step(self, kind: type, student: str, lesson: Lesson) -> Any:
        """One of nbgrader's steps, on the gradebook that is open already."""
        step = kind(config=self.course.config, log=self.course.log)
        step.gradebook = self.gradebook
        step.notebook_id, step.assignment_id, step.student_id = lesson.topic, lesson.name, student
        return step

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
        """The result with what people have graded since."""
        standing = self.standing(result.student, lesson)

        def now(cell: CellResult) -> CellResult:
            stands = standing.get(cell.grade_id)
            if stands is None or not (stands.manual or cell.needs_manual):
                return cell
            points = stands.score if stands.manual else cell.points
            return replace(cell, points=points, needs_manual=stands.needs_manual)

        cells = map(now, result.cells)
        return SubmissionResult.of(result.student, result.lesson, result.status, result.reasons, cells, result.sandbox)

    def add_grades(self, notebook: Any, student: str, lesson: Lesson) -> dict[str, Any]:
        """Note scores and comments in a notebook, as nbgrader's feedback does; return what the page shows on top."""
        getter = self._step(GetGrades, student, lesson)
        standing = self.standing(student, lesson)
        for i, cell in enumerate(notebook.cells):
            getter.preprocess_cell(cell, {}, i)
            if utils.is_grade(cell) or utils.is_task(cell):
                stands = standing[cell.metadata.nbgrader.grade_id]
                cell.metadata.nbgrader.waiting = stands.needs_manual and not stands.manual
        row = self.gradebook.find_submission_notebook(lesson.topic, lesson.name, student)
        penalty = row.late_submission_penalty or 0
        return {"score": row.score - penalty, "max_score": row.max_score, "late_penalty": penalty}


@contextmanager
def open_gradebook(course: Course) -> Iterator[Writer]:
    """Open the course's gradebook, and create it first if need be. Raises GradingError if it cannot be used."""
    try:
        _create(course.db_url)
        with Gradebook(course.db_url, course.course_id) as gradebook:
            yield Writer(course, gradebook)
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
    return str(getattr(error, "orig", None) or error).split("\n")[0].rstrip(".")


def _create(db_url: str) -> None:
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


def autograded_path(course: Course, student: str, lesson: Lesson) -> Path:
    """Where the executed notebook is."""
    return course.folder("autograded") / student / lesson.name / f"{lesson.topic}.ipynb"


def _bytes(notebook: dict[str, Any]) -> bytes:
    return f"{nbformat.writes(nbformat.from_dict(notebook))}\n".encode()
