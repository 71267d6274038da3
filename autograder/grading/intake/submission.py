"""A submission: what was handed in, the hash of all that its grade depends on, and the job that it makes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from autograder.grading.course import Course, GradingError, Lesson, fingerprint
from autograder.grading.intake.read import Received, read_submission
from autograder.grading.jobs import Job
from autograder.grading.judging.imports import imports_of
from autograder.grading.judging.secret import case_seed, course_secret
from autograder.grading.versions import grader_version


@dataclass(frozen=True)
class Submission:
    """A submission on its way.

    Attributes
    ----------
    student, lesson
        Whose it is, and of what.
    received : Received
        What was handed in, read.
    seed : int
        From which the hidden cases are drawn.
    key : str
        Changes whenever something changes that can change the grade.
    """

    student: str
    lesson: Lesson
    received: Received = field(repr=False)
    seed: int
    key: str

    @property
    def files(self) -> dict[str, bytes]:
        """What lies beside the notebook. The lesson's files win over the student's."""
        return {**self.received.files, **self.lesson.files}


class SubmissionReader:
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

    def read(self, student: str, lesson: Lesson) -> Submission:
        """Read a submission."""
        folder = self.course.folder("submitted") / student / lesson.name
        received = read_submission(folder, lesson, self.course.nbgrader.ignore)
        content = hashlib.sha256(received.content).hexdigest()
        # The same cases for everyone, so that equal answers earn equal points.
        seed = case_seed(self.secret, lesson.name)
        parts = {
            "student": student,
            "content": content,
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in received.files.items()},
            "repairs": received.repairs,
            "lesson": lesson.fingerprint,
            "settings": self.settings,
            "seed": seed,
            "grader": grader_version(lesson.code),
        }
        return Submission(student, lesson, received, seed, fingerprint(parts))

    def job(self, submission: Submission) -> Job:
        """What a worker needs to grade it."""
        assert submission.received.notebook is not None
        return Job(
            student=submission.student,
            lesson=submission.lesson.name,
            topic=submission.lesson.topic,
            notebook=submission.received.notebook,
            files=submission.files,
            settings=self.settings,
            imports=imports_of(submission.lesson.code),
            seed=submission.seed,
        )
