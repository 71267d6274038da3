"""Which answers wait for a person, in an order that is drawn once and says nothing about names."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    GradeCell,
    Notebook,
    SolutionCell,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from autograder.grading.course import Course, Lesson
from autograder.grading.judging.secret import case_seed, course_secret
from autograder.grading.locks import lock

MAX_NOTEBOOK_BYTES = 100_000_000


@dataclass(frozen=True)
class Mark:
    """What the gradebook says of an answer that a person marks.

    Attributes
    ----------
    points : float or None
        None where nobody has given any.
    waiting : bool
        It waits for a person. With points, these were given for another text.
    comment : str or None
    grade_row, comment_row : str
        Where the gradebook has it.
    """

    points: float | None
    waiting: bool
    comment: str | None
    grade_row: str
    comment_row: str

    @property
    def done(self) -> bool:
        """Whether a person has marked it as it stands."""
        return self.points is not None and not self.waiting


@dataclass(frozen=True)
class Answer:
    """One student's answer to one question.

    Attributes
    ----------
    number : int
        By which markers may speak of it. It is another one for each question.
    student : str
        Whose it is. Not to be shown.
    lesson : Lesson
    grade_id : str
    drawn : str
        What its place in the order was drawn as. Nobody can tell the student by it.
    """

    number: int
    student: str
    lesson: Lesson
    grade_id: str
    drawn: str


class Question:
    """All answers to one question.

    Parameters
    ----------
    course : Course
    gradebook : nbgrader.api.Gradebook
    lesson : Lesson
    grade_id : str
    """

    def __init__(self, course: Course, gradebook: Any, lesson: Lesson, grade_id: str) -> None:
        self.course = course
        self.gradebook = gradebook
        self.lesson = lesson
        self.grade_id = grade_id
        secret = course_secret(course.hidden / "secret")
        # Who hands in later takes a place between the others, whose order stays.
        drawn = sorted((case_seed(secret, lesson.name, grade_id, name), name) for name in self._marks())
        self.answers = [Answer(i, name, lesson, grade_id, f"{seed:x}") for i, (seed, name) in enumerate(drawn, 1)]

    def _marks(self, student: str | None = None) -> dict[str, Mark]:
        """What the gradebook says now, by student; others may have marked since it was last asked."""
        # Both are rows of one table, of two kinds.
        graded, written = aliased(GradeCell, flat=True), aliased(SolutionCell, flat=True)
        statement = (
            select(
                SubmittedAssignment.student_id,
                Grade.manual_score,
                Grade.needs_manual_grade,
                Comment.manual_comment,
                Grade.id,
                Comment.id,
            )
            .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
            .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
            .join(graded, graded.id == Grade.cell_id)
            .join(Comment, Comment.notebook_id == SubmittedNotebook.id)
            .join(written, written.id == Comment.cell_id)
            .where(Assignment.name == self.lesson.name, Notebook.name == self.lesson.topic)
            .where(graded.name == self.grade_id, written.name == self.grade_id)
        )
        if student is not None:
            statement = statement.where(SubmittedAssignment.student_id == student)
        session: Session = self.gradebook.db
        session.rollback()
        return {name: Mark(*row) for name, *row in session.execute(statement)}

    def mark(self, answer: Answer) -> Mark | None:
        """What the gradebook says now of one answer; None if it is no longer there."""
        return self._marks(answer.student).get(answer.student)

    def progress(self) -> tuple[int, int]:
        """How many answers are marked, and how many are to be marked; one that was left empty is neither."""
        marks = self._marks().values()
        marked = sum(mark.done for mark in marks)
        return marked, marked + sum(mark.waiting for mark in marks)

    def comments(self) -> list[str]:
        """The comments that were written to this question, the most frequent first."""
        found = Counter(mark.comment for mark in self._marks().values() if mark.comment and mark.done)
        return sorted(found, key=lambda text: (-found[text], text))

    def text(self, answer: Answer) -> str | None:
        """What the student wrote; None where it cannot be read."""
        path = self.course.folder("autograded") / answer.student / answer.lesson.name / f"{answer.lesson.topic}.ipynb"
        try:
            if path.stat().st_size > MAX_NOTEBOOK_BYTES:
                return None
            cells = json.loads(path.read_bytes())["cells"]
            return next(
                "".join(cell["source"])
                for cell in cells
                if cell["metadata"].get("nbgrader", {}).get("grade_id") == answer.grade_id
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration, RecursionError):
            return None

    @contextmanager
    def claim(self, answer: Answer) -> Iterator[bool]:
        """Take an answer, unless another marker has it before them. The system takes it back when a process ends."""
        path = self.course.hidden / "marking" / answer.lesson.name / answer.grade_id / answer.drawn
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            try:
                lock(file.fileno())
            except BlockingIOError:
                yield False
            else:
                yield True
