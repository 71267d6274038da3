"""What a rule looks at: a lesson in all its parts, each made when it is first asked for."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import nbformat
from nbformat import NotebookNode

from autograder import exercises
from autograder.authoring.build import release_lessons, write_lesson
from autograder.authoring.prose import Execution, with_probes
from autograder.authoring.quiz_bank import ChoiceQuestion, NumericQuestion, load_quiz
from autograder.authoring.source import source_notebook
from autograder.checking.exercise import Exercise
from autograder.grading.judging.imports import imports_of

SECONDS_A_CELL = 600
#: What runs: the source notebook, with its solutions, or the one that students get.
Part = Literal["source", "release"]
# A lesson that trains networks for the eye does so in a moment: one epoch, of rows from all over the data.
_IN_A_MOMENT = """
import functools as _functools

import torch as _torch

import evalkit.training as _training
import evalkit.vision.experiment as _experiment
import evalkit.vision.experiment.train as _of_experiments


def _in_one_epoch(train):
    return _functools.wraps(train)(lambda *args, **options: train(*args, **{**options, "epochs": 1}))


def _of_few_rows(fit, rows=512):
    @_functools.wraps(fit)
    def fitted(model, train, valid, **options):
        tensors = isinstance(train, tuple) and all(isinstance(part, _torch.Tensor) for part in train)
        if tensors and len(train[0]) > rows:
            some = _torch.linspace(0, len(train[0]) - 1, rows).long()
            train = tuple(part[some] for part in train)
        return fit(model, train, valid, **options)

    return fitted


_training.fit = _of_experiments.fit = _in_one_epoch(_of_few_rows(_training.fit))
_experiment.run = _in_one_epoch(_experiment.run)
"""


@dataclass(frozen=True)
class Rule:
    """A sentence that holds for every lesson, and the function that yields a sentence for each place where it does not.

    Attributes
    ----------
    subject : str
        What it is about: one of the headings of the list.
    says : str
    broken : callable
        From a `Material`.
    """

    subject: str
    says: str
    broken: Callable[[Material], Iterable[str]]


@dataclass
class Section:
    """A heading, the prose up to the next one, and the cells with a grade among it."""

    heading: str
    prose: str = ""
    graded: list[NotebookNode] = field(default_factory=list)

    def names(self, *, grade: bool) -> list[str]:
        """The grade ids of exercises (no grade of their own) or of written answers (with one)."""
        metas = [cell.metadata.nbgrader for cell in self.graded]
        return [meta.grade_id for meta in metas if meta.solution and bool(meta.grade) == grade]


class Material:
    """A lesson: its source and what is made of it.

    Parameters
    ----------
    source : Path
        ``solutions/NN_topic/topic.py``.
    """

    def __init__(self, source: Path) -> None:
        self.source = source
        self.lesson = source.parent.name
        self.root = source.parents[2]
        self._begun: dict[Part, Future[NotebookNode]] = {}

    @cached_property
    def notebook(self) -> NotebookNode:
        """The source notebook, with solutions and hidden tests. Raises SourceError."""
        return source_notebook(self.source)

    @cached_property
    def text(self) -> str:
        """All prose."""
        return "\n\n".join(cell.source for cell in self.notebook.cells if cell.cell_type == "markdown")

    @cached_property
    def sections(self) -> list[Section]:
        """The lesson divided at its headings; what stands before the first is the first."""
        parts = [Section("")]
        for cell in self.notebook.cells:
            if "nbgrader" in cell.metadata:
                parts[-1].graded.append(cell)
            elif cell.cell_type == "markdown":
                fenced = False
                for line in cell.source.splitlines():
                    fenced ^= line.startswith("```")
                    if re.match(r"#{1,6} ", line) and not fenced:
                        parts.append(Section(line))
                    else:
                        parts[-1].prose += line + "\n"
        return parts

    def section(self, heading: str) -> str:
        """The prose of the first section with a heading, all below it included; empty if there is none."""
        return self.text.partition(f"\n{heading}\n")[2].partition("\n## ")[0]

    @cached_property
    def objectives(self) -> list[str]:
        """The ids of its objectives, such as ``PR.1``."""
        return re.findall(r"^- \*\*([A-Z]{2}\.\d+)\*\* \S", self.section("## Objectives"), re.MULTILINE)

    @cached_property
    def exercises(self) -> list[Exercise]:
        """Its exercises. Raises ExerciseError."""
        return exercises.of_lesson(self.lesson) if self.lesson in exercises.lessons() else []

    @cached_property
    def questions(self) -> Sequence[ChoiceQuestion | NumericQuestion]:
        """The questions of its quiz; none if it has no quiz. Raises QuizError."""
        bank = self.source.with_name("quiz.yml")
        return load_quiz(bank).questions if bank.is_file() else []

    @cached_property
    def executed(self) -> NotebookNode:
        """The source notebook after a run, with a probe for each number in the prose."""
        return self._run("source")

    @cached_property
    def unanswered(self) -> NotebookNode:
        """The notebook that students get after a run."""
        return self._run("release")

    @contextmanager
    def running(self, part: Part) -> Iterator[None]:
        """Run a notebook beside what is done in the block: a second core is there for it.

        Whoever asks for the run waits for its end. When the block ends before the run does, nobody needs it.
        """
        with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(1) as pool:
            execution = self._execution(part, Path(scratch))
            self._begun[part] = pool.submit(execution.run)
            try:
                yield
            finally:
                execution.end()

    def _run(self, part: Part) -> NotebookNode:
        if part in self._begun:
            return self._begun[part].result()
        with tempfile.TemporaryDirectory() as scratch:
            return self._execution(part, Path(scratch)).run()

    def _execution(self, part: Part, course: Path) -> Execution:
        path = write_lesson(self.source, course / "source" / self.lesson)
        notebook = with_probes(self.notebook)
        if part == "release":
            path = release_lessons(course) / self.lesson / path.name
            notebook = quickly(nbformat.read(path, as_version=4))
        return Execution(notebook, path.parent, timeout=SECONDS_A_CELL)


def quickly(notebook: NotebookNode) -> NotebookNode:
    """A notebook whose networks are trained in a moment: whether it runs to its end does not depend on how long."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    first = [nbformat.v4.new_code_cell(_IN_A_MOMENT)] if "evalkit.vision" in imports_of(code) else []
    return nbformat.from_dict({**notebook, "cells": [*first, *notebook.cells]})


def outputs(notebook: NotebookNode) -> list[Any]:
    """All outputs of a notebook, in order."""
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def results(notebook: NotebookNode) -> dict[str, float]:
    """By the grade id of each test cell the number that it shows, which is the score by nbgrader's rule."""
    return {
        cell.metadata.nbgrader.grade_id: float(output.data["text/plain"])
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
        for output in cell.outputs
        if output.output_type == "execute_result"
    }
