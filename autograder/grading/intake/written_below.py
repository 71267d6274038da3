"""A written answer that stands in a new cell below the one that was meant for it.

Many add a cell in the place of overwriting "your answer goes here". A person would mark what they wrote.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Sequence

from nbformat import NotebookNode

# A cell that is longer is no answer that somebody wrote by hand, and is not read as Python.
MAX_CHARACTERS = 20_000


def take_in_answers(
    cells: Sequence[NotebookNode],
    is_own: Callable[[NotebookNode], bool],
    stub_of: Callable[[NotebookNode], str | None],
    say: Callable[[str], None],
) -> list[NotebookNode]:
    """The cells, with what was written right below an empty answer in its place.

    Parameters
    ----------
    cells : sequence of NotebookNode
        In order, each of the lesson's marked. The answers among them are changed in place.
    is_own : callable
        Whether a cell is the learner's, and none of the lesson.
    stub_of : callable
        What a cell held when it was handed out, if it is for a written answer; else None.
    say : callable
        Takes a sentence about each answer that was found.
    """
    kept: list[NotebookNode] = []
    answer, found = None, False
    for cell in cells:
        if answer is not None and is_own(cell) and _is_prose(cell):
            _append(answer, cell)
            if not found:
                say(f"The answer {answer.metadata.nbgrader.grade_id} stands in a cell of its own below; it counts.")
            found = True
            continue
        kept.append(cell)
        if cell.source.strip() or cell.metadata.get("nbgrader"):
            stub = stub_of(cell)
            empty = stub is not None and cell.source.strip() in ("", stub.strip())
            answer, found = (cell if empty else None), False
    return kept


def _append(answer: NotebookNode, cell: NotebookNode) -> None:
    answer.source = f"{answer.source}\n\n{cell.source}".strip()
    if cell.get("attachments"):
        answer.attachments = {**cell.attachments, **answer.get("attachments", {})}


def _is_prose(cell: NotebookNode) -> bool:
    """Whether a cell holds words: also a code cell that holds no code."""
    if not cell.source.strip():
        return False
    if cell.cell_type != "code":
        return True
    if len(cell.source) > MAX_CHARACTERS or cell.source.lstrip().startswith(("%", "!")):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            statements = ast.parse(cell.source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Words are no Python; but neither is code with a slip in it.
        return len(cell.source.split()) >= 3 and not any(sign in cell.source for sign in ("=", "def ", "import "))
    # Comments, or a text in quotes.
    return all(isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant) for s in statements)
