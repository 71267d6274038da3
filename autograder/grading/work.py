"""The work that a submission makes: what was handed in, and the hash of all that its grade depends on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from autograder.grading.course import Course, GradingError, Lesson, fingerprint
from autograder.grading.intake.read import Intake, read_submission
from autograder.grading.jobs import Job
from autograder.grading.judging.imports import imports_of
from autograder.grading.judging.secret import case_seed, course_secret
from autograder.grading.versions import grader_version


@dataclass(frozen=True)
class Work:
    """A submission on its way.

    Attributes
    ----------
    student, lesson
        Whose it is, and of what.
    intake : Intake
        What was handed in.
    seed : int
        From which the hidden cases are drawn.
    key : str
        Changes whenever something changes that can change the grade.
    """

    student: str
    lesson: Lesson
    intake: Intake = field(repr=False)
    seed: int
    key: str

    @property
    def files(self) -> dict[str, bytes]:
        """What lies beside the notebook. The lesson's files win over the student's."""
        return {**self.intake.files, **self.lesson.files}


class Desk:
    """Reads submissions and makes jobs of them."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.settings = course.settings()
        try:
            self.secret = course_secret(course.hidden / "secret")
        except ValueError as error:
            raise GradingError(
                f"{error}. Put a copy of it back; or delete it, and everything is graded anew, on other hidden cases."
            ) from error

    def read(self, student: str, lesson: Lesson) -> Work:
        """Read a submission."""
        folder = self.course.folder("submitted") / student / lesson.name
        intake = read_submission(folder, lesson, self.course.nbgrader.ignore)
        content = hashlib.sha256(intake.content).hexdigest()
        # The same cases for everyone, so that equal answers earn equal points.
        seed = case_seed(self.secret, lesson.name)
        parts = {
            "student": student,
            "content": content,
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in intake.files.items()},
            "repairs": intake.repairs,
            "lesson": lesson.fingerprint,
            "settings": self.settings,
            "seed": seed,
            "grader": grader_version(lesson.code),
        }
        return Work(student, lesson, intake, seed, fingerprint(parts))

    def job(self, work: Work) -> Job:
        """What a worker needs to grade it."""
        assert work.intake.notebook is not None
        return Job(
            student=work.student,
            lesson=work.lesson.name,
            topic=work.lesson.topic,
            notebook=work.intake.notebook,
            files=work.files,
            settings=self.settings,
            imports=imports_of(work.lesson.code),
            seed=work.seed,
        )
