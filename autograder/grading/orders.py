"""What the coordinator says to a worker and what it hears back: plain data, and small whatever was handed in.

The coordinator never opens what a student handed in, nor what came out of it. It says where things are; a worker
reads, runs and writes them, within limits of time and memory, and answers with what a report and a gradebook hold.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from autograder.grading.jobs import Job
from autograder.grading.results import CellResult

# By the clock. Reading a submission or making its page takes some hundredths of a second; what is known to take longer
# is bounded by its size. This is for what nobody knows, and must never strike because a machine is busy.
READ_SECONDS = 180.0
PAGE_SECONDS = 180.0
# What running a notebook needs beside the notebook's own time: to start the kernel, to judge, to read and to write.
OVERHEAD_SECONDS = 330.0


@dataclass(frozen=True)
class Task:
    """One submission as a worker finds it, and all that its grade depends on beside it.

    Attributes
    ----------
    student, lesson, topic : str
        Whose it is, of what, and the notebook's name without its ending.
    lesson_file : str
        Where the lesson is written down for the workers.
    submitted, autograded, page, hidden : str
        The folder that was handed in, the folder of the executed notebook, the page of feedback, the grader's own
        folder.
    ignore : list of str
        Patterns of files that do not count, as nbgrader has them.
    settings : dict
        The options of the steps, by the name of their class.
    imports : list of str
        The modules that the lesson imports, as its author wrote it.
    seed : int
        From which the hidden cases are drawn.
    draw : str
        The name of the secret from which the seed comes.
    versions : dict
        The hashes of the lesson and of the grader.
    """

    student: str
    lesson: str
    topic: str
    lesson_file: str
    submitted: str
    autograded: str
    page: str
    hidden: str
    ignore: list[str]
    settings: dict[str, Any]
    imports: list[str]
    seed: int
    draw: str
    versions: dict[str, str]


@dataclass(frozen=True)
class Seen:
    """What a worker says of a submission that it has read.

    Attributes
    ----------
    key : str
        Changes whenever something changes that can change the grade.
    gradable, unreadable : bool
        Whether there is a notebook to grade; whether the grader was kept from reading it.
    repairs, remarks : list of str
        What was put in order, or why there is nothing to grade; what else an instructor should know.
    stamp : str
        When it was handed in, if that is said.
    large : bool
        Whether it is so much larger than a lesson that the others go first.
    parts : dict of str to str
        What the key is made of, a short hash each, by which it is told later why a grade has changed.
    """

    key: str
    gradable: bool
    unreadable: bool
    repairs: list[str]
    remarks: list[str]
    stamp: str
    large: bool
    parts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Summary:
    """What the gradebook and the report need of an outcome.

    Attributes
    ----------
    cells : list of CellResult
        The graded cells.
    remarks : list of str
        What an instructor should know about the run.
    sandbox : str
        In what it was run.
    unanswered : dict of str to bool
        For each cell that a learner was to fill in, whether it is as it was.
    same_text : list of str
        The graded cells of which a person would look at the same text as in the submission before.
    """

    cells: list[CellResult]
    remarks: list[str]
    sandbox: str
    unanswered: dict[str, bool] = field(default_factory=dict)
    same_text: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The summary as JSON can hold it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Summary:
        """The inverse of `to_dict`."""
        return cls(**{**data, "cells": [CellResult(**cell) for cell in data["cells"]]})


@dataclass(frozen=True)
class Order:
    """What a worker is to do.

    Attributes
    ----------
    do : str
        The name of a method of `autograder.grading.running.desk.Desk`.
    data : dict
        What it needs for that, as JSON can hold it.
    seconds : float
        By the clock; then the worker is killed.
    imports : list of str or None
        What kernels in the sandbox will need; None where no sandbox is needed.
    walled : bool
        Whether the worker's memory is limited. A kernel without a sandbox is its child, and would have the same limit.
    """

    do: str
    data: dict[str, Any]
    seconds: float
    imports: list[str] | None = None
    walled: bool = True


#: What a way says to let the others go first. The answer is empty.
LATER = Order("later", {}, 0.0)

#: What a worker answered; or, where there is no answer, ``{"trouble": why}``.
Answer = dict[str, Any]

#: The way of one submission through the rooms: it says what a worker is to do next, gets the answer, and ends with a
#: result. All of it runs in the coordinator's one thread; only the orders are carried out elsewhere.
Way = Generator[Order, Answer, Any]


def read_order(task: Task) -> Order:
    """Read what was handed in."""
    return Order("read", {"task": asdict(task)}, READ_SECONDS)


def recall_order(task: Task, key: str) -> Order:
    """Look in the journal whether this very work was run before."""
    return Order("recall", {"task": asdict(task), "key": key}, READ_SECONDS)


def run_order(task: Task, key: str) -> Order:
    """Run the notebook, judge it, and write the outcome into the journal."""
    return _running("run", {"task": asdict(task), "key": key}, task.settings, task.imports)


def job_order(job: Job) -> Order:
    """Run a job that came from elsewhere."""
    return _running("job", {"job": job.to_dict()}, job.settings, job.imports)


def _running(do: str, data: dict[str, Any], settings: Mapping[str, Any], imports: list[str]) -> Order:
    options = settings.get("GradeExecute", {})
    seconds = float(options.get("notebook_seconds", 300.0)) + OVERHEAD_SECONDS
    walled = options.get("sandbox") != "none"
    return Order(do, data, seconds, imports if walled else None, walled)


def page_order(task: Task, key: str, **more: Any) -> Order:
    """Write the executed notebook and the page of feedback."""
    return Order("page", {"task": asdict(task), "key": key, **more}, PAGE_SECONDS)
