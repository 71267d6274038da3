"""Results and graded notebooks, written down: nothing is run for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grading_samples import answered, named
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output

from autograder.checking.verdict import MIME_TYPE
from autograder.grading import CellResult, SubmissionResult
from autograder.grading.results import Status

WORTH = 3.0
LESSON = "03_precision_recall"


def submission(
    student: str,
    points: Sequence[float | None],
    *,
    held: Mapping[str, str] | None = None,
    status: Status = "graded",
    reasons: Sequence[str] = (),
    lesson: str = LESSON,
    names: Sequence[str] = ("precision", "recall", "caught", "precision_recall_at"),
) -> SubmissionResult:
    """A submission with these points; None waits for a person. ``held``: misconceptions by exercise."""
    cells = []
    for name, earned in zip(names, points, strict=False):
        misconception = (held or {}).get(name)
        verdict = {
            "exercise": name, "points": earned, "max_points": WORTH, "passed": earned == WORTH, "cases": [],
            "hints": [f"Say this of {misconception}."] if misconception else [],
            "misconceptions": [misconception] if misconception else [],
        }  # fmt: skip
        cells.append(CellResult(f"check_{name}", earned, WORTH, needs_manual=earned is None, verdict=verdict))
    return SubmissionResult.of(student, lesson, status, reasons, cells, "bubblewrap")


CASES = [
    {"name": "a plain mix", "points": 1.0, "max_points": 1.0, "message": "right"},
    {"name": "never a yes", "points": 0.0, "max_points": 2.0, "message": "precision([0], [0]) stopped <here>"},
]
VERDICT = {
    "exercise": "precision", "points": 1.0, "max_points": 3.0, "passed": False,
    "cases": CASES, "hints": ["Test for zero."], "misconceptions": ["zero-division"],
}  # fmt: skip
OBJECTIVES = "## Objectives\n\n- **PR.1** compute precision, and say\n  what it `asks`;\n- **PR.2** compute recall."
TOTALS = {"score": 1.0, "max_score": 9.0}


def graded_notebook(*, score: float = 1.0) -> NotebookNode:
    """A graded notebook, with objectives and a section above the first exercise."""
    notebook = answered()
    notebook.cells.insert(1, new_markdown_cell(OBJECTIVES, id="objectives"))
    notebook.cells.insert(2, new_markdown_cell("## Is a <b>yes</b> right?\n\nText.", id="section"))
    for name, points in (("check_precision", 3), ("check_double", 2), ("why", 4)):
        named(notebook, name).metadata.nbgrader.update(score=score if points == 3 else 0.0, points=points)
    named(notebook, "why").metadata.nbgrader.waiting = True
    test = named(notebook, "check_precision")
    test.source = 'check("precision", precision)'
    test.outputs = [new_output("execute_result", {"text/plain": "1.0", MIME_TYPE: VERDICT})]
    return notebook
