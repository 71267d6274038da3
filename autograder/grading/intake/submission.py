"""A submission: what was handed in, the hash of all that its grade depends on, and the job that it makes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.utils import parse_utc

from autograder.grading.course import Course, GradingError, Lesson, fingerprint
from autograder.grading.intake.folders import TIME_STAMP, folder_of
from autograder.grading.intake.read import Received, read_submission
from autograder.grading.jobs import Job
from autograder.grading.judging.figures import without_figures
from autograder.grading.judging.imports import imports_of
from autograder.grading.judging.parsing import readable
from autograder.grading.judging.secret import case_seed, course_secret, secret_name
from autograder.grading.keeping.files import write_whole
from autograder.grading.orders import Seen, Task
from autograder.grading.versions import grader_version

_STAMP_CHARACTERS = 100
# Half as much again as the longest lesson.
LARGE_CHARACTERS = 60_000
LARGE_FILES = 100


@dataclass(frozen=True)
class Submission:
    """A submission, read by a worker.

    Attributes
    ----------
    task : Task
        Whose it is and of what, and where it is.
    lesson : Lesson
        The lesson that it answers.
    received : Received
        What was handed in, read.
    key : str
        Changes whenever something changes that can change the grade.
    parts : dict of str to str
        What the key is made of, a short hash each.
    """

    task: Task
    lesson: Lesson
    received: Received = field(repr=False)
    key: str
    parts: dict[str, str]

    @property
    def files(self) -> dict[str, bytes]:
        """What lies beside the notebook. The lesson's files win over the student's."""
        return {**self.received.files, **self.lesson.files}

    def seen(self) -> Seen:
        """What the coordinator needs to know of it."""
        return Seen(
            key=self.key,
            gradable=self.received.notebook is not None,
            unreadable=self.received.unreadable,
            repairs=self.received.repairs,
            remarks=self.received.remarks,
            stamp=_stamp(self.files.get(TIME_STAMP, b"")),
            large=self._large(),
            parts=self.parts,
        )

    def _large(self) -> bool:
        cells = (self.received.notebook or {"cells": []})["cells"]
        sources = [str(cell["source"]) for cell in cells]
        size = sum(map(len, sources)) + sum(len(json.dumps(cell.get("attachments", {}))) for cell in cells)
        code = [source for cell, source in zip(cells, sources, strict=True) if cell["cell_type"] == "code"]
        return size > LARGE_CHARACTERS or len(self.received.files) > LARGE_FILES or not all(readable(code))

    def job(self) -> Job:
        """What it takes to grade it."""
        assert self.received.notebook is not None
        return Job(
            student=self.task.student,
            lesson=self.task.lesson,
            topic=self.task.topic,
            notebook=self.received.notebook,
            files=self.files,
            settings=self.task.settings,
            imports=self.task.imports,
            seed=self.task.seed,
            # A test that runs in the notebook may need anything in it.
            own=self.lesson.own,
            own_files=list(self.lesson.files),
            figures={} if self.lesson.unjudged else without_figures(self.received.notebook, set(self.lesson.released)),
        )


def read(task: Task, lesson: Lesson) -> Submission:
    """Read a submission. In a worker: it costs what was handed in."""
    received = read_submission(Path(task.submitted), lesson, task.ignore)
    parts = {
        "student": task.student,
        "content": hashlib.sha256(received.content).hexdigest(),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in received.files.items()},
        "repairs": received.repairs,
        "settings": task.settings,
        "seed": task.seed,
        **task.versions,
    }
    return Submission(task, lesson, received, fingerprint(parts), _short(parts))


def _short(parts: dict[str, Any]) -> dict[str, str]:
    """The parts of a key, by what an instructor knows."""
    others = {name: digest for name, digest in parts["files"].items() if name != TIME_STAMP}
    # What was repaired depends on the lesson, too; why there is nothing to repair, on the submission alone.
    nothing = parts["content"] == hashlib.sha256(b"").hexdigest()
    known = {
        "submission": parts["repairs"] if nothing else parts["content"],
        "files": others,
        "time": parts["files"].get(TIME_STAMP, ""),
        **{name: parts[name] for name in ("settings", "seed", "lesson", "grader")},
    }
    return {name: fingerprint({name: part})[:16] for name, part in known.items()}


def _stamp(data: bytes) -> str:
    """When a submission was handed in, as nbgrader reads it; empty if it is no time."""
    text = data[: _STAMP_CHARACTERS + 1].decode(errors="replace").strip()
    try:
        return parse_utc(text).isoformat() if 0 < len(text) <= _STAMP_CHARACTERS else ""
    except (ValueError, OverflowError, TypeError):
        return ""


class Tasks:
    """Makes the tasks of a course, and writes its lessons down for the workers.

    Parameters
    ----------
    course : Course
    folder : Path
        For the lessons.
    """

    def __init__(self, course: Course, folder: Path) -> None:
        self.course = course
        self.folder = folder
        self.settings = course.settings()
        # The sources of lessons never travel; a student's own modules do.
        self.ignore = [pattern for pattern in course.nbgrader.ignore if pattern != "*.py"]
        self._lessons: dict[str, Path] = {}
        try:
            self.secret = course_secret(course.hidden / "secret")
        except ValueError as error:
            raise GradingError(
                f"{error}. Put a copy of it back; or run autograder secret --new, and everything is graded anew, on "
                "other hidden cases."
            ) from error

    def task(self, student: str, lesson: Lesson) -> Task:
        """What a worker has to know to look after a submission."""
        place = Path(student, lesson.name)
        return Task(
            student=student,
            lesson=lesson.name,
            topic=lesson.topic,
            lesson_file=str(self._lesson_file(lesson)),
            submitted=str(folder_of(self.course.folder("submitted"), student, lesson.name)),
            autograded=str(self.course.folder("autograded") / place),
            page=str(self.course.folder("feedback") / place / f"{lesson.topic}.html"),
            hidden=str(self.course.hidden),
            ignore=self.ignore,
            settings=self.settings,
            imports=imports_of(lesson.code),
            # The same cases for everyone, so that equal answers earn equal points.
            seed=case_seed(self.secret, lesson.name),
            draw=secret_name(self.secret),
            versions={"lesson": lesson.fingerprint, "grader": grader_version(lesson.code)},
        )

    def _lesson_file(self, lesson: Lesson) -> Path:
        if lesson.name not in self._lessons:
            path = self.folder / f"lesson-{len(self._lessons)}.json"
            write_whole(path, json.dumps(lesson.to_dict()))
            self._lessons[lesson.name] = path
        return self._lessons[lesson.name]
