"""What a whole notebook would score on its visible checks: a student's look before handing in.

The answers are judged as the grader judges them: each with what it needs of the notebook, in a process of its own that
has copies of the files beside the notebook, and no metric library. Then the notebook runs once, from top to bottom, in
a fresh kernel, to see that it does. The file stays as it is, and nothing but its own cells is executed.
"""

from __future__ import annotations

import ast
import logging
import platform
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder import exercises
from autograder.checking.exercise import Exercise
from autograder.checking.verdict import MIME_TYPE, Verdict
from autograder.commands.own_observer import own_observer
from autograder.errors import UserError
from autograder.grading.judging.cells import as_python, checked_exercise
from autograder.grading.judging.imports import imports_of
from autograder.grading.judging.learner import VISIBLE_SEED
from autograder.grading.judging.surroundings import is_newer, written_with
from autograder.grading.judging.verdicts import trusted_verdicts

CELL_SECONDS = 60
BY_HAND = "graded by hand"
# As the grader takes files along.
MAX_FILES = 1_000
MAX_BYTES = 50_000_000
_LEFT_OUT = {"__pycache__", "feedback", "node_modules"}


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
    """Judge the answers of a notebook of the course on the inputs of its visible checks, and run it once.

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
    tasks = exercises.of_lesson(lesson)
    remarks = _other_python(notebook)
    # Before the notebook runs: what it writes beside itself is not handed in.
    files = files_beside(path)
    needed = _named_files(notebook, files)
    if needed:
        remarks.append(f"Hand in with the notebook what its cells name: {', '.join(needed)}.")
    remarks += _foreign_packages(notebook, files)
    as_graded = _as_graded(notebook, tasks)
    verdicts = trusted_verdicts(as_graded, lesson, VISIBLE_SEED, own_observer(files))
    remarks += _run(notebook, path.parent, cell_seconds)
    rows = [_row(notebook, exercise, verdicts.get(exercise.id)) for exercise in tasks]
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


def files_beside(path: Path) -> dict[str, bytes]:
    """The files that would be handed in with a notebook, as the grader takes them along."""
    files: dict[str, bytes] = {}
    room = MAX_BYTES
    for place in sorted(path.parent.rglob("*")):
        inside = place.relative_to(path.parent)
        hidden = any(part.startswith(".") or part in _LEFT_OUT for part in inside.parts)
        if hidden or place.is_symlink() or not place.is_file() or place.suffix == ".ipynb":
            continue
        if len(files) == MAX_FILES or place.stat().st_size > room:
            break
        files[inside.as_posix()] = place.read_bytes()
        room -= len(files[inside.as_posix()])
    return files


def _named_files(notebook: NotebookNode, files: Iterable[str]) -> list[str]:
    """Which of the files beside a notebook its cells name, as a file or as a module."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    names = []
    for file in files:
        name = Path(file)
        module = rf"^\s*(?:import|from)\s+(?:\w+\s*,\s*)*{re.escape(name.stem)}\b"
        if name.name in code or (name.suffix == ".py" and re.search(module, code, re.MULTILINE)):
            names.append(file)
    return names


def _foreign_packages(notebook: NotebookNode, files: Iterable[str]) -> list[str]:
    """That a cell imports a package which the course does not ask for."""
    wanted = {re.split(r"[^\w-]", line)[0].lower().replace("_", "-") for line in requires("evalkit-course") or ()}
    known = {module for module, names in packages_distributions().items() if wanted & _as_written(names)}
    own = {Path(file).parts[0].removesuffix(".py") for file in files}
    code = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    modules = {name.partition(".")[0] for name in imports_of(as_python(source) for source in code)}
    foreign = sorted(modules - known - own - sys.stdlib_module_names - {"autograder", "evalkit"})
    if not foreign:
        return []
    return [
        f"Not among the packages of the course: {', '.join(foreign)}. The grader may not have it; ask, or do without."
    ]


def _as_written(names: Iterable[str]) -> set[str]:
    return {name.lower().replace("_", "-") for name in names}


def _other_python(notebook: NotebookNode) -> list[str]:
    """That a cell cannot be read here, where the notebook was saved by a newer Python."""
    written = written_with(notebook)
    here = platform.python_version()
    if not is_newer(written, here):
        return []
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code" and _is_wrong_python(cell.source):
            return [
                f"Cell {number} cannot be read by Python {here}, with which it was checked; the notebook was saved by "
                f"Python {written}. The grader may have the older one, too: write it without the newer syntax."
            ]
    return []


def _is_wrong_python(source: str) -> bool:
    if re.search(r"^\s*[%!]", source, re.MULTILINE):
        return False
    try:
        ast.parse(source)
    except SyntaxError:
        return True
    return False


def _as_graded(notebook: NotebookNode, tasks: Iterable[Exercise]) -> dict[str, Any]:
    """A copy in the shape in which the grader judges it: each test once, as the lesson has it, in its place."""
    copy: NotebookNode = nbformat.from_dict(notebook)
    for cell in copy.cells:
        # A student's tags do not count.
        cell.metadata.pop("tags", None)
    for exercise in tasks:
        name, tested = exercise.id, f"check_{exercise.id}"
        for cell in copy.cells:
            if _grade_id(cell) in (name, tested):
                cell.cell_type = "code"
        tests = [cell for cell in copy.cells if _grade_id(cell) == tested]
        copy.cells = [cell for cell in copy.cells if not any(cell is other for other in tests[:-1])]
        if not tests:
            tests = [new_code_cell(metadata={"nbgrader": {"grade_id": tested, "points": exercise.points}})]
            copy.cells.insert(_place(copy.cells, name), tests[0])
        tests[-1].metadata.nbgrader.update(grade=True, solution=False)
        if checked_exercise(tests[-1].source) != exercise:
            tests[-1].source = f'check("{name}", {exercise.function_name})'
    return dict(copy)


def _place(cells: list[NotebookNode], name: str) -> int:
    """Where a lost test belongs: before the next cell of the lesson after its answer, otherwise at the end."""
    answers = [i for i, cell in enumerate(cells) if _grade_id(cell) == name]
    after = answers[-1] + 1 if answers else len(cells)
    return next((i for i in range(after, len(cells)) if _grade_id(cells[i])), len(cells))


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


def _row(notebook: NotebookNode, exercise: Exercise, graded: Verdict | None) -> Row:
    tests = [cell for cell in notebook.cells if _grade_id(cell) == f"check_{exercise.id}"]
    said = []
    if not tests:
        said.append("Its check cell is missing: copy it back from a fresh copy of the lesson.")
    elif len(tests) > 1:
        said.append(f"Its check cell stands {len(tests)} times: delete all but one.")
    if graded is None:
        # The exercise looks at answers in a way of its own: then the notebook's own check is what counts.
        shown = _verdict(tests[0], exercise.id) if tests else None
        points, hints = (shown["points"], shown["hints"]) if shown else (0.0, [_why_no_verdict(notebook, tests)])
        return Row(exercise.id, float(points), exercise.points, " ".join([*said, *hints]))
    if tests:
        here = _verdict(tests[-1], exercise.id)
        if here is None:
            said.append(_why_no_verdict(notebook, tests))
        elif float(here["points"]) * graded.max_points > float(graded) * exercise.points + 1e-6:
            said.append(
                f"In the notebook the check gives {here['points']:g} of {exercise.points:g} points; the grader will "
                "not, because it judges the function with what it needs and nothing else:"
            )
            said += [case.message for case in graded.cases if not case.passed][:1]
    return Row(exercise.id, float(graded), graded.max_points, " ".join([*said, *graded.hints]))


def _verdict(cell: NotebookNode, exercise_id: str) -> Mapping[str, Any] | None:
    for output in cell.get("outputs", []):
        verdict = output.get("data", {}).get(MIME_TYPE)
        if verdict is not None and verdict["exercise"] == exercise_id:
            return dict(verdict)
    return None


def _why_no_verdict(notebook: NotebookNode, tests: list[NotebookNode]) -> str:
    # The mistake is in the answer more often than in the test, which then only complains that a name is missing.
    if not tests:
        return "The check did not run."
    test = tests[-1]
    answers = [cell for cell in notebook.cells if _grade_id(cell) == _grade_id(test).removeprefix("check_")]
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
