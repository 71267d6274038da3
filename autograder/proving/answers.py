"""Write a submission: a released notebook with functions put in as a student would type them."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.checking.exercise import Answer, Exercise


def read(path: Path) -> NotebookNode:
    """A notebook from a file."""
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)


def file_bytes(notebook: NotebookNode) -> bytes:
    """The notebook as a file holds it."""
    return str(nbformat.writes(notebook) + "\n").encode()


def find_cell(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    """The first cell with a grade id. Raises KeyError if there is none."""
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id:
            return cell
    raise KeyError(f"the notebook has no cell {grade_id!r}")


def hidden_seeds(source: NotebookNode) -> dict[str, int]:
    """The seed of each exercise's hidden test, from a lesson's source notebook."""
    seeds = {}
    for cell in source.cells:
        hidden = re.search(r'check\("(\w+)", \w+, seed=(\d+)\)', cell.source)
        if hidden and cell.metadata.get("nbgrader", {}).get("grade"):
            seeds[hidden[1]] = int(hidden[2])
    return seeds


def fill_in(notebook: NotebookNode, exercise: Exercise, answer: Answer) -> None:
    """Put a function into a solution cell, under the name that the exercise asks for."""
    find_cell(notebook, exercise.id).source = source_as(answer, exercise.function_name)


def write_answers(notebook: NotebookNode) -> list[str]:
    """Put some text into the cells that a person grades; return their grade ids."""
    written = []
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("grade") and meta.get("solution"):
            cell.source = "It depends on what each kind of error costs, so I would ask about that first."
            written.append(str(meta["grade_id"]))
    return written


def source_as(answer: Answer, name: str) -> str:
    """The source of a function, its name replaced.

    Examples
    --------
    >>> from autograder.exercises.precision import wrong_accuracy
    >>> print(source_as(wrong_accuracy, "precision"))
    def precision(y_true, y_pred):
        return float(np.mean(y_true == y_pred))
    """
    return re.sub(r"\A(def|class) \w+", rf"\1 {name}", inspect.getsource(answer)).rstrip()
