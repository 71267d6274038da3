"""Read the source of a lesson, ``solutions/NN_topic/topic.py``, as the notebook that nbgrader calls the source."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from autograder.authoring.tags import expand
from autograder.errors import UserError

# Fixed, so that the machine on which a lesson is built leaves no trace in it.
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


class SourceError(UserError, ValueError):
    """A lesson source has problems: one sentence each, with file, line and cell."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def lesson_sources(root: Path) -> list[Path]:
    """The source of each lesson under ``root/solutions``, in the order of the course.

    Raises
    ------
    SourceError
        If a lesson's folder lacks its source.
    """
    folders = sorted(folder for folder in (root / "solutions").glob("[0-9][0-9]_*") if folder.is_dir())
    sources = [folder / f"{folder.name[3:]}.py" for folder in folders]
    missing = [source for source in sources if not source.is_file()]
    if missing:
        raise SourceError(
            [f"{place(source)} is missing: a lesson is solutions/NN_topic/topic.py" for source in missing]
        )
    return sources


def place(path: Path) -> str:
    """How messages name a file of a lesson: from the folder above the lesson's on."""
    return "/".join(path.parts[-3:])


def source_notebook(path: Path) -> NotebookNode:
    """The complete notebook of a lesson, with solutions, hidden tests and nbgrader's metadata.

    Every cell has an id that depends on nothing but the source, so the same source gives the same bytes anywhere.

    Raises
    ------
    SourceError
        If a tag, an exercise or a test cell is not as it should be. All problems of the lesson are named at once.
    """
    text = path.read_text(encoding="utf-8")
    lesson = path.parent.name
    cells = jupytext.reads(text, fmt="py:percent").cells
    places = _places(text, len(cells), place(path))
    problems = []
    for cell, where in zip(cells, places, strict=True):
        problems += [f"{where}: {problem}" for problem in expand(cell, lesson)]
    problems += _pairing_problems(cells, places, place(path))
    problems += _quiz_problems(cells, path)
    if problems:
        raise SourceError(problems)
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": dict(KERNEL)}, cells=_identified(cells, lesson))
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return notebook


def _places(text: str, count: int, file: str) -> list[str]:
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if re.match(r"# ?%%", line)]
    if len(lines) != count:
        # Something stands before the first marker: jupytext makes a cell of it that has no marker.
        return [f"{file} (cell {number})" for number in range(1, count + 1)]
    return [f"{file}:{line} (cell {number})" for number, line in enumerate(lines, start=1)]


def grade_id(cell: NotebookNode) -> str | None:
    """The name by which nbgrader knows the cell, or None."""
    name = cell.metadata.get("nbgrader", {}).get("grade_id")
    return str(name) if name else None


def _pairing_problems(cells: list[NotebookNode], places: list[str], file: str) -> Iterator[str]:
    """Each id once; each exercise has a test cell, which follows it."""
    names = [grade_id(cell) for cell in cells]
    for repeated, times in Counter(name for name in names if name).items():
        if times > 1:
            where = places[names.index(repeated)]
            yield f"{where}: the id {repeated!r} stands {times} times in this lesson; once is right"
    for name, cell, where in zip(names, cells, places, strict=True):
        # A cell from nbgrader's toolbar may be of any design; ours come in pairs.
        if name is None or cell.cell_type != "code":
            continue
        meta = cell.metadata.nbgrader
        if meta.get("solution") and not meta.get("grade") and f"check_{name}" not in names[names.index(name) :]:
            yield f'{where}: exercise {name!r} has no test cell after it; add one that starts with # %% check="{name}"'
        if name.startswith("check_") and name.removeprefix("check_") not in names:
            yield f'{where}: nothing to test; add a cell that starts with # %% exercise="{name.removeprefix("check_")}"'
    if not cells:
        yield f"{file}: no cells; a cell starts with # %%"


def _quiz_problems(cells: list[NotebookNode], path: Path) -> Iterator[str]:
    from autograder.authoring.quiz_bank import QuizError, load_quiz

    calls = [cell.source.strip() for cell in cells if cell.cell_type == "code" and cell.source.startswith("show_quiz(")]
    bank = path.with_name("quiz.yml")
    if calls and not bank.is_file():
        yield f"{place(path)}: the lesson shows a quiz, but {place(bank)} is missing"
    if not bank.is_file():
        return
    shown = calls.count(f'show_quiz("{path.parent.name}")')
    if shown != 1:
        yield f'{place(path)}: one cell must show the quiz: # %% quiz="{path.parent.name}"; {shown} do'
    try:
        alone = [question.id for question in load_quiz(bank).questions if question.block]
    except QuizError:
        return  # the build says what is wrong with the bank
    for question in alone:
        times = calls.count(f'show_quiz("{path.parent.name}", "{question}")')
        if times != 1:
            yield f'{place(path)}: one cell must show the question: # %% quiz="{question}"; {times} do'
    if len(calls) > shown + len(alone):
        yield f"{place(path)}: a cell shows a question that {place(bank)} does not have, or not with block: true"


def _identified(cells: list[NotebookNode], lesson: str) -> list[NotebookNode]:
    """The cells with ids: the grade id where nbgrader knows the cell, else made from lesson and position."""
    identified = []
    for position, cell in enumerate(cells):
        name = grade_id(cell) or ""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
            name = hashlib.sha256(f"{lesson}/{position}".encode()).hexdigest()[:8]
        new = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
        identified.append(new(cell.source, id=name, metadata=cell.metadata))
    return identified
