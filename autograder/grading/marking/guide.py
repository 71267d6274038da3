"""What a marker has to see beside an answer: the question with its rubric, and the model answer of the source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.authoring.prose import strip_comments

_HEADING = re.compile(r"^#{1,6} \S", re.MULTILINE)


@dataclass(frozen=True)
class Guide:
    """How to mark one question.

    Attributes
    ----------
    grade_id : str
    points : float
        What it is worth.
    question : str
        The text above the answer, with the rubric, as Markdown.
    model : str
        The answer in the lesson's source; empty if there is none.
    code : bool
        Whether an answer is code and not prose.
    """

    grade_id: str
    points: float
    question: str
    model: str
    code: bool = False


def guides(source: NotebookNode) -> dict[str, Guide]:
    """The guide to each answer of a lesson that a person marks, by nbgrader's name of its cell, in order.

    Parameters
    ----------
    source : NotebookNode
        The lesson as its author has it, with model answers.
    """
    found = {}
    for place, cell in enumerate(source.cells):
        meta = cell.metadata.get("nbgrader", {})
        if meta.get("grade") and meta.get("solution"):
            name = str(meta["grade_id"])
            question = _question(source.cells[:place])
            model = strip_comments(cell.source).strip()
            found[name] = Guide(name, float(meta["points"]), question, model, cell.cell_type == "code")
    return found


def read_guides(path: Path) -> dict[str, Guide]:
    """The guides of a source notebook; none if it cannot be read."""
    try:
        return guides(nbformat.read(path, as_version=4))
    except (OSError, ValueError):
        return {}


def _question(above: list[NotebookNode]) -> str:
    """The prose right above an answer, from the last heading on."""
    texts: list[str] = []
    for cell in reversed(above):
        if cell.cell_type != "markdown" or cell.metadata.get("nbgrader", {}).get("grade_id"):
            break
        texts.insert(0, strip_comments(cell.source).strip())
        if _HEADING.search(cell.source):
            break
    return "\n\n".join(texts)
