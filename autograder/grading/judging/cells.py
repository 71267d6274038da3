"""What a notebook holds for the judge: the learner's cells in order, and the tests that stand after them."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from autograder.checking.exercise import Exercise
from autograder.exercises import get, ids
from autograder.grading.judging.parsing import MAX_CHARACTERS, parse, readable
from autograder.grading.judging.surroundings import written_with

# Cell magics that run the cell below them as it is.
_RUNS_PYTHON = ("time", "timeit", "capture", "prun")
# Those that do something on which an answer may depend. The others show something, or are in another language.
_ACTS = ("writefile", "file", "bash", "sh", "script", "!")
# IPython reads the whole cell again for each magic in it.
_MAGIC = re.compile(r"^[ \t]*[%!?]|[?]\s*$|=\s*[%!]", re.MULTILINE)
MAX_MAGICS = 40


@dataclass(frozen=True)
class Cell:
    """A cell of the learner: its place in the notebook, its name if it has one, its source as Python, and whether that
    is short enough to be read without being run."""

    index: int
    name: str
    source: str
    readable: bool = True

    def __str__(self) -> str:
        return f"Cell {self.name}" if self.name else f"Cell number {self.index + 1}"


@dataclass(frozen=True)
class Test:
    """A test cell that consists of checks of one exercise, what it is worth in this course, and how many of the
    learner's cells stand before it."""

    __test__ = False  # no test of pytest

    index: int
    grade_id: str
    exercise: Exercise
    points: float
    after: int


@dataclass(frozen=True)
class Contents:
    """A notebook, read.

    Attributes
    ----------
    cells : list of Cell
        The learner's code cells; those that are tests are left out.
    tests : list of Test
        The tests that can be judged outside.
    unjudged : dict of str to str
        The grade ids of the other tests, each with the reason.
    written_with : str
        The version of Python that saved the notebook, if it says so.
    """

    cells: list[Cell]
    tests: list[Test]
    unjudged: dict[str, str]
    written_with: str = ""


def read_notebook(notebook: Mapping[str, Any]) -> Contents:
    """The contents of a notebook that intake has put in order, so that its tests are the lesson's own."""
    contents = Contents([], [], {}, written_with(notebook))
    tested = set()
    for index, cell in enumerate(notebook["cells"]):
        meta = cell["metadata"].get("nbgrader", {})
        if cell["cell_type"] != "code":
            continue
        source = str(cell["source"])
        if meta.get("grade") and not meta.get("solution"):
            exercise = checked_exercise(source)
            if exercise is None:
                contents.unjudged[str(meta["grade_id"])] = "it is not just a check of one exercise"
            elif exercise.id in tested:
                contents.unjudged[str(meta["grade_id"])] = f"an earlier cell checks {exercise.id} already"
            elif type(exercise).observe is not Exercise.observe and not exercise.probe:
                contents.unjudged[str(meta["grade_id"])] = f"{exercise.id} looks at answers in a way of its own"
            else:
                tested.add(exercise.id)
                points = float(meta.get("points", exercise.points))
                contents.tests.append(Test(index, str(meta["grade_id"]), exercise, points, len(contents.cells)))
        elif "skip-execution" not in cell["metadata"].get("tags", []):
            contents.cells.append(Cell(index, str(meta.get("grade_id", "")), as_python(source)))
    short = readable(cell.source for cell in contents.cells)
    contents.cells[:] = [replace(cell, readable=each) for cell, each in zip(contents.cells, short, strict=True)]
    return contents


def checked_exercise(source: str) -> Exercise | None:
    """The exercise that a test cell checks; None if the cell does anything else, too."""
    tree = parse(source)
    if tree is None:
        return None
    checked = {_checked(statement) for statement in tree.body}
    if len(checked) != 1:
        return None
    exercise_id = checked.pop()
    return get(exercise_id) if exercise_id in ids() else None


def _checked(statement: ast.stmt) -> str | None:
    match statement:
        case ast.Expr(ast.Call(ast.Name("check"), [ast.Constant(str(exercise_id)), ast.Name(name)])):
            known = exercise_id in ids() and get(exercise_id).function_name == name
            return exercise_id if known else None
    return None


def as_python(source: str) -> str:
    """The source of a cell as Python: IPython's magics become calls, a cell in another language becomes nothing.

    Examples
    --------
    >>> as_python("%%time\\nx = 1")
    '\\nx = 1'
    """
    first, _, rest = source.lstrip().partition("\n")
    if first.startswith("%%"):
        name, _, line = first[2:].strip().partition(" ")
        if name.startswith("!"):
            name, line = "!", ""
        if name in _ACTS:
            return f"get_ipython().run_cell_magic({name!r}, {line!r}, {rest!r})"
        # The line is left empty, so that the others keep their numbers.
        return f"\n{as_python(rest)}" if name in _RUNS_PYTHON else ""
    return _without_magics(source) if parse(source) is None else source


def _without_magics(source: str) -> str:
    if len(source) > MAX_CHARACTERS or len(_MAGIC.findall(source)) > MAX_MAGICS:
        # Too long to be read; the observer runs it as it is.
        return source
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return str(TransformerManager().transform_cell(source))
    except Exception:
        # Whatever it is, it is no Python; the observer says so.
        return source
