"""What a whole notebook would score on its visible checks: a student's look before handing in.

The notebook runs once, in a fresh kernel, from top to bottom, as the grader will run it. The file stays as it is, and
nothing but its own cells is executed.
"""

from __future__ import annotations

import logging
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder import exercises
from autograder.checking.exercise import Exercise
from autograder.checking.verdict import MIME_TYPE
from autograder.errors import UserError

CELL_SECONDS = 60
BY_HAND = "graded by hand"


@dataclass(frozen=True)
class Row:
    """One exercise: its points (None where a person grades it), the points of a full answer, and what to do next."""

    exercise: str
    points: float | None
    max_points: float
    hint: str = ""


@dataclass(frozen=True)
class NotebookCheck:
    """How a notebook did: its lesson, a row for each exercise, and sentences about the run as a whole."""

    lesson: str
    rows: list[Row]
    remarks: list[str]

    @property
    def points(self) -> float:
        """The points of the visible checks."""
        return sum(row.points for row in self.rows if row.points is not None)

    @property
    def max_points(self) -> float:
        """What they are worth; written answers do not count."""
        return sum(row.max_points for row in self.rows if row.points is not None)


def check_notebook(path: Path, *, cell_seconds: int = CELL_SECONDS) -> NotebookCheck:
    """Run a notebook of the course and collect the verdicts of its visible checks.

    Parameters
    ----------
    path : Path
        The student's notebook.
    cell_seconds : int
        How long one cell may run. The run ends at a cell that takes longer.

    Raises
    ------
    UserError
        If the file is not there, is not a notebook or belongs to no lesson, or if Jupyter has no Python kernel.
    """
    notebook = _read(path)
    lesson = _lesson_of(notebook, path)
    remarks = _run(notebook, path.parent, cell_seconds)
    rows = [_row(notebook, exercise) for exercise in exercises.of_lesson(lesson)]
    return NotebookCheck(lesson, rows + _written(notebook), remarks)


def _read(path: Path) -> NotebookNode:
    if not path.is_file():
        raise UserError(f"There is no file {path}: check the name and the folder.")
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        nbformat.validate(notebook)
    except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError):
        # nbformat raises one or another, depending on what is wrong with the file.
        raise UserError(f"{path} is not a notebook: save it again in JupyterLab, as an .ipynb file.") from None
    return notebook


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _lesson_of(notebook: NotebookNode, path: Path) -> str:
    found = Counter(
        exercises.get(exercise_id).lesson
        for exercise_id in (_grade_id(cell).removeprefix("check_") for cell in notebook.cells)
        if exercise_id in exercises.ids()
    )
    if not found:
        raise UserError(
            f"{path} belongs to no lesson of the course: none of its cells is an exercise. "
            "Work in a copy of a notebook from lessons/."
        )
    return found.most_common(1)[0][0]


def _run(notebook: NotebookNode, folder: Path, cell_seconds: int) -> list[str]:
    """Run the notebook in place; return what stopped it, if anything did."""
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient import NotebookClient
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    # An output from an earlier run must never be taken for this one's.
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=cell_seconds,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
        log=_silent(),
    )
    try:
        # What the kernel itself logs is no news to a student.
        client.execute(stderr=subprocess.DEVNULL)
    except NoSuchKernel:
        raise UserError("Jupyter has no Python kernel: run `autograder doctor`, which says what to do.") from None
    except CellTimeoutError:
        return [
            f"Cell {_last(notebook)} ran longer than {cell_seconds} seconds and was stopped, and the cells after it "
            "did not run. Look for a loop that does not end."
        ]
    except DeadKernelError:
        return [
            f"Cell {_last(notebook)} ended the whole Python process, and the cells after it did not run. Look for "
            "os._exit, for memory without end, or for a crash in a library."
        ]
    return []


def _last(notebook: NotebookNode) -> int:
    """The number, counted from 1, of the last cell that was started."""
    started = [i for i, cell in enumerate(notebook.cells, 1) if "execution" in cell.metadata]
    return max(started, default=1)


def _silent() -> logging.Logger:
    logger = logging.Logger("notebook")
    logger.addHandler(logging.NullHandler())
    return logger


def _row(notebook: NotebookNode, exercise: Exercise) -> Row:
    tests = [cell for cell in notebook.cells if _grade_id(cell) == f"check_{exercise.id}"]
    if not tests:
        lost = "Its check cell is missing: copy it back from a fresh copy of the lesson."
        return Row(exercise.id, 0.0, exercise.points, lost)
    verdict = _verdict(tests[0], exercise.id)
    if verdict is None:
        return Row(exercise.id, 0.0, exercise.points, _why_no_verdict(notebook, tests[0], exercise.id))
    hint = " ".join(verdict["hints"])
    if len(tests) > 1:
        hint = f"Its check cell stands {len(tests)} times: delete all but the first. {hint}".rstrip()
    return Row(exercise.id, float(verdict["points"]), exercise.points, hint)


def _verdict(cell: NotebookNode, exercise_id: str) -> dict[str, Any] | None:
    for output in cell.get("outputs", []):
        verdict = output.get("data", {}).get(MIME_TYPE)
        if verdict is not None and verdict["exercise"] == exercise_id:
            return dict(verdict)
    return None


def _why_no_verdict(notebook: NotebookNode, test: NotebookNode, exercise_id: str) -> str:
    # The mistake is in the answer more often than in the test, which then only complains that a name is missing.
    answers = [cell for cell in notebook.cells if _grade_id(cell) == exercise_id]
    for cell, what in [(cell, "Your answer") for cell in answers] + [(test, "The check")]:
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                if output.ename == "KeyboardInterrupt":
                    return f"{what} took too long and was stopped."
                return f"{what} stopped with {output.ename}: {output.evalue}".rstrip(": ")
    if "execution" not in test.metadata:
        return "The check did not run."
    return "The check gave no result: copy its cell back from a fresh copy of the lesson."


def _written(notebook: NotebookNode) -> list[Row]:
    metas = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    return [
        Row(meta["grade_id"], None, float(meta.get("points", 0)), BY_HAND)
        for meta in metas
        if meta.get("grade") and meta.get("solution")
    ]
