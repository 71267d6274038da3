"""A small course for the tests of grading: one lesson, and submissions of it with all kinds of faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

LESSON, TOPIC = "03_precision_recall", "precision_recall"

RIGHT_PRECISION = "def precision(y_true, y_pred):\n    return float(y_true @ y_pred) / max(int(y_pred.sum()), 1)"
ACCURACY_INSTEAD = "def precision(y_true, y_pred):\n    return float(np.mean(y_true == y_pred))"
RIGHT_DOUBLE = "def double(x):\n    return 2 * x"

CONFIG = """
from autograder import nbgrader_config

c = get_config()
c.merge(nbgrader_config())
c.Execute.timeout = 3
"""

Edit = Callable[[NotebookNode], Any]


def _meta(grade_id: str, *, grade: bool, solution: bool, points: float | None = None) -> dict[str, Any]:
    meta = {"grade": grade, "grade_id": grade_id, "locked": not solution, "solution": solution, "task": False}
    return {"nbgrader": meta | {"schema_version": 3} | ({} if points is None else {"points": points})}


def source() -> NotebookNode:
    """The lesson as its author has it: two exercises with tests, and a written answer."""
    hidden = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
    solution = "    ### BEGIN SOLUTION\n{}\n    ### END SOLUTION"
    answer, other = (text.split("\n") for text in (RIGHT_PRECISION, RIGHT_DOUBLE))
    double_tests = "assert double(1) == 2\n" + hidden.format("assert double(21) == 42, 'doubling 21 goes wrong'")
    check_tests = 'check("precision", precision)\n' + hidden.format('check("precision", precision, seed=7)')
    exercise, test = {"grade": False, "solution": True}, {"grade": True, "solution": False}
    cells = [
        new_markdown_cell("# Lesson", id="title"),
        new_code_cell("import numpy as np\nfrom autograder import check", id="imports"),
        new_markdown_cell("### Exercise: precision", id="text-1"),
        new_code_cell(
            f"{answer[0]}\n{solution.format(answer[1])}", id="precision", metadata=_meta("precision", **exercise)
        ),
        new_code_cell(check_tests, id="check_precision", metadata=_meta("check_precision", **test, points=3)),
        new_markdown_cell("### Exercise: double", id="text-2"),
        new_code_cell(f"{other[0]}\n{solution.format(other[1])}", id="double", metadata=_meta("double", **exercise)),
        new_code_cell(double_tests, id="check_double", metadata=_meta("check_double", **test, points=2)),
        new_markdown_cell("A model answer.", id="why", metadata=_meta("why", grade=True, solution=True, points=4)),
        new_code_cell("print('the end')", id="tail"),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def make_course(root: Path, config: str = CONFIG) -> Path:
    """A course with the lesson, and no submissions."""
    folder = root / "source" / LESSON
    folder.mkdir(parents=True)
    nbformat.write(source(), folder / f"{TOPIC}.ipynb")
    (folder / "data.csv").write_text("a,b\n1,2\n")
    (root / "submitted").mkdir()
    (root / "nbgrader_config.py").write_text(config)
    return root


def answered(*edits: Edit, precision: str = RIGHT_PRECISION, double: str = RIGHT_DOUBLE) -> NotebookNode:
    """What a student hands in: the released notebook with answers, edited."""
    notebook = source()
    for cell in notebook.cells:
        cell.source = cell.source.split("### BEGIN HIDDEN")[0].rstrip()
    named(notebook, "precision").source = precision
    named(notebook, "double").source = double
    named(notebook, "why").source = "Because a false alarm costs time."
    for edit in edits:
        edit(notebook)
    return notebook


def named(notebook: NotebookNode, name: str) -> NotebookNode:
    """The cell with that id."""
    return next(cell for cell in notebook.cells if cell.id == name)


def hand_in(root: Path, student: str, content: NotebookNode | str | bytes, name: str = f"{TOPIC}.ipynb") -> Path:
    """Put a submission into the course."""
    path = root / "submitted" / student / LESSON / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, NotebookNode):
        content = nbformat.writes(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def delete(name: str) -> Edit:
    """Delete a cell."""
    return lambda notebook: notebook.cells.remove(named(notebook, name))


def change(name: str, text: str) -> Edit:
    """Overwrite a cell."""
    return lambda notebook: named(notebook, name).update(source=text)


def insert(before: str, text: str) -> Edit:
    """Insert a code cell before another."""
    return lambda notebook: notebook.cells.insert(
        notebook.cells.index(named(notebook, before)), new_code_cell(text, id=f"before-{before}")
    )


def copy(name: str, text: str | None = None) -> Edit:
    """Put a copy of a cell at the end, as copy and paste does it: another id, the same metadata."""

    def edit(notebook: NotebookNode) -> None:
        cell = nbformat.from_dict(named(notebook, name))
        cell.update(id=f"copy-{len(notebook.cells)}", source=cell.source if text is None else text)
        notebook.cells.append(cell)

    return edit


def scores(url: str) -> dict[tuple[str, str], tuple[float | None, float, bool]]:
    """What a gradebook says of each cell of each student."""
    with Gradebook(url, "evalkit") as gradebook:
        return {
            (submission.student.id, grade.name): (grade.auto_score, grade.score, grade.needs_manual_grade)
            for submission in gradebook.assignment_submissions(LESSON)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }
