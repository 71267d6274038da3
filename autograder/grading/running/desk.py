"""What a worker does with a submission: read it, run it, write down what came out of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat

from autograder.grading.course import Lesson
from autograder.grading.intake.submission import Submission, read
from autograder.grading.jobs import Job, Outcome
from autograder.grading.keeping.records import Records
from autograder.grading.orders import Answer, Task
from autograder.grading.running.job import run_job
from autograder.grading.running.summary import summary


class ChangedError(Exception):
    """The submission is no longer what the coordinator knows."""

    def __init__(self) -> None:
        super().__init__("It was changed while it was being graded; grade again.")


class Desk:
    """A worker's desk. On it lie the lesson and the submission that it had last, and what came out of that."""

    def __init__(self) -> None:
        self._lesson: tuple[str, Lesson] | None = None
        self._submission: Submission | None = None
        self._outcome: Outcome | None = None
        self._orders: dict[str, Callable[[Mapping[str, Any]], Answer]] = {
            "read": self._read,
            "recall": self._recall,
            "run": self._run,
            "pack": self._pack,
            "unpack": self._unpack,
            "page": self._page,
            "job": self._job,
        }

    def do(self, do: str, data: Mapping[str, Any]) -> Answer:
        """Carry out an order. What fails for want of room or rights is said in the answer."""
        try:
            return self._orders[do](data)
        except ChangedError as error:
            return {"trouble": str(error)}
        except OSError as error:
            return {"unsaved": str(error.strerror or error)}

    def _job(self, data: Mapping[str, Any]) -> Answer:
        """Run a job that came from elsewhere."""
        return run_job(Job.from_dict(data["job"])).to_dict()

    def _read(self, data: Mapping[str, Any]) -> Answer:
        task = Task(**data["task"])
        self._outcome = None
        self._submission = read(task, self._lesson_of(task))
        return vars(self._submission.seen())

    def _lesson_of(self, task: Task) -> Lesson:
        if self._lesson is None or self._lesson[0] != task.lesson_file:
            data = json.loads(Path(task.lesson_file).read_text(encoding="utf-8"))
            self._lesson = task.lesson_file, Lesson.from_dict(data)
        return self._lesson[1]

    def _current(self, data: Mapping[str, Any]) -> Submission:
        """The submission of an order. Another worker may have read it: this one is new, or was busy."""
        if self._submission is None or self._submission.key != data["key"]:
            self._read(data)
        assert self._submission is not None
        if self._submission.key != data["key"]:
            raise ChangedError
        return self._submission

    def _recall(self, data: Mapping[str, Any]) -> Answer:
        self._outcome = self._journal(data)
        found = self._outcome and summary(self._outcome, Task(**data["task"]))
        return {"outcome": found and found.to_dict()}

    def _journal(self, data: Mapping[str, Any]) -> Outcome | None:
        task = Task(**data["task"])
        return Records(Path(task.hidden)).outcome(task.student, task.lesson, data["key"])

    def _run(self, data: Mapping[str, Any]) -> Answer:
        return self._keep(self._current(data), run_job(self._current(data).job()))

    def _pack(self, data: Mapping[str, Any]) -> Answer:
        """Make a file of a job, for the way to another machine."""
        from autograder.grading.running.cluster import pack

        Path(data["file"]).write_bytes(pack(self._current(data).job()))
        return {}

    def _unpack(self, data: Mapping[str, Any]) -> Answer:
        """Take in the outcome that came back."""
        path = Path(data["file"])
        return self._keep(self._current(data), Outcome.from_dict(json.loads(path.read_text(encoding="utf-8"))))

    def _keep(self, submission: Submission, outcome: Outcome) -> Answer:
        """Write an outcome down before anything else is done with it."""
        if outcome.fault:
            return {"fault": outcome.fault}
        if outcome.notebook is None:
            return {"trouble": " ".join(outcome.remarks)}
        task = submission.task
        Records(Path(task.hidden)).keep(task.student, task.lesson, submission.key, outcome)
        self._outcome = outcome
        return {"outcome": summary(outcome, task).to_dict()}

    def _page(self, data: Mapping[str, Any]) -> Answer:
        """Write the page for the student as the gradebook stands now, and first, if so ordered, what it is made of."""
        from autograder.grading.running.page import write_page

        task = Task(**data["task"])
        if data["write"]:
            self._write_autograded(data)
        lesson = self._lesson_of(task)
        own = {*lesson.released, *(str(cell["source"]) for cell in lesson.master["cells"])}
        return write_page(task, data, own)

    def _write_autograded(self, data: Mapping[str, Any]) -> None:
        """Put a new folder in the place of the old one, so that there is never half of one."""
        submission = self._current(data)
        folder = Path(submission.task.autograded)
        part = folder.with_name(f".{folder.name}.part")
        for path in (part, folder):
            if path.exists():
                shutil.rmtree(path)
        if submission.received.notebook is None:
            return
        outcome = self._outcome or self._journal(data)
        if outcome is None or outcome.notebook is None:
            raise OSError("the journal has lost it")
        # Half a character, which JSON can hold, is written as JSON writes it.
        text = f"{nbformat.writes(nbformat.from_dict(outcome.notebook))}\n".encode(errors="backslashreplace")
        for name, content in {**submission.files, f"{submission.task.topic}.ipynb": text}.items():
            path = part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        part.rename(folder)
