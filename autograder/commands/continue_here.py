"""Put the code that a learner wrote on the site into the notebooks, to go on in JupyterLab.

The code is a stranger's as far as this command knows: it becomes the text of answer cells, and nothing runs it here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder import exercises
from autograder.commands.browser_progress import Progress
from autograder.errors import UserError
from autograder.proving.answers import file_bytes, find_cell

BEFORE = "# What stood here before `autograder progress --replace`:"


@dataclass(frozen=True)
class Placed:
    """What became of the code of an exercise: ``written``, ``same``, ``kept`` (the notebook's own), or ``replaced``."""

    exercise: str
    notebook: Path
    what: str


def continue_in_notebooks(progress: Progress, folder: Path, *, replace: bool = False) -> list[Placed]:
    """Put each exercise's code into its cell.

    Nothing is written unless all notebooks can be read. An answer that a cell holds already stays; with `replace` it is
    put below the new one, as a comment.

    Parameters
    ----------
    progress : Progress
        What the site exported. Exercises that this course has not are left out.
    folder : Path
        The folder of the lessons, or of one lesson.
    replace : bool
        Put the site's code also where the notebook has an answer of its own.

    Raises
    ------
    UserError
        If the folder holds no notebook of an exercise in the file, or one that is damaged.
    """
    placed, changed = list[Placed](), dict[Path, NotebookNode]()
    for lesson, names in exercises.lessons().items():
        codes = {name: progress.code[name].text for name in names if name in progress.code}
        path = next(_places(folder, lesson), None)
        if not codes or path is None:
            continue
        notebook = _read(path)
        for name, code in codes.items():
            try:
                cell = find_cell(notebook, name)
            except KeyError:
                raise UserError(f"{path} has no cell for {name}: fetch the notebook again, or put it back.") from None
            placed.append(Placed(name, path, _place(cell, code, replace=replace)))
            if placed[-1].what in ("written", "replaced"):
                changed[path] = notebook
    if progress.code and not placed:
        raise UserError(
            f"{folder} holds no notebook for what the file has code for, such as lessons/01_confusion_matrix/"
            "confusion_matrix.ipynb: name the folder of the lessons."
        )
    for path, notebook in changed.items():
        # In one step: the notebook is the old one or the new one.
        part = path.with_name(f".{path.name}.part")
        part.write_bytes(file_bytes(notebook))
        part.replace(path)
    return placed


def _places(folder: Path, lesson: str) -> Iterator[Path]:
    """Where a lesson's notebook may lie: in a folder of lessons, or in the lesson's own."""
    for place in (folder / lesson / f"{lesson[3:]}.ipynb", folder / f"{lesson[3:]}.ipynb"):
        if place.is_file():
            yield place


def _read(path: Path) -> NotebookNode:
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        nbformat.validate(notebook)
    except (ValueError, AttributeError, KeyError, TypeError, nbformat.ValidationError):
        raise UserError(f"{path} is not a notebook: save it again in JupyterLab, or fetch it again.") from None
    return notebook


def _place(cell: NotebookNode, code: str, *, replace: bool) -> str:
    own = cell.source
    if own.strip() == code.strip():
        return "same"
    untouched = _is_as_released(cell)
    if not untouched and not replace:
        return "kept"
    commented = "\n".join(f"# {line}".rstrip() for line in own.splitlines())
    cell.source = code.rstrip() if untouched else f"{code.rstrip()}\n\n\n{BEFORE}\n{commented}"
    # What the cell showed was of other code.
    cell.outputs, cell.execution_count = [], None
    return "written" if untouched else "replaced"


def _is_as_released(cell: NotebookNode) -> bool:
    """Whether nobody has written into an answer cell: nbgrader released it with its sum."""
    from nbgrader.utils import compute_checksum

    return not cell.source.strip() or cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)
