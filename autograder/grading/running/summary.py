"""What the coordinator needs of an outcome, found in the notebook that a worker has before it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbgrader import utils

from autograder.grading.jobs import Outcome
from autograder.grading.orders import Summary, Task


def summary(outcome: Outcome, task: Task) -> Summary:
    """The summary of an outcome with a notebook, before that is put in the place of an earlier one."""
    assert outcome.notebook is not None
    before, now = _marked_texts(_autograded(task)), _marked_texts(outcome.notebook)
    same = [name for name, text in now.items() if before.get(name) == text]
    return Summary(outcome.cells, outcome.remarks, outcome.sandbox, _unanswered(outcome.notebook), same)


def _autograded(task: Task) -> dict[str, Any]:
    """The executed notebook of an earlier submission; empty if there is none."""
    try:
        found: dict[str, Any] = json.loads(Path(task.autograded, f"{task.topic}.ipynb").read_bytes())
    except (OSError, ValueError):
        return {}
    return found


def _unanswered(notebook: Mapping[str, Any]) -> dict[str, bool]:
    """For each cell that a learner was to fill in, whether it is as it was: nbgrader notes that as "No response."."""
    found = {}
    for cell in map(nbformat.from_dict, notebook["cells"]):
        if utils.is_solution(cell) or utils.is_task(cell):
            meta = cell.metadata.nbgrader
            same = meta.get("checksum") == utils.compute_checksum(cell)
            found[str(meta.grade_id)] = same and not utils.is_task(cell)
    return found


def _marked_texts(notebook: Mapping[str, Any]) -> dict[str, list[str]]:
    """For each graded cell what a person looked at to mark it: its own text, or for a test all answers."""
    cells = [
        (cell.get("metadata", {}).get("nbgrader", {}), "".join(cell["source"])) for cell in notebook.get("cells", [])
    ]
    answers = [text for meta, text in cells if meta.get("solution")]
    return {
        meta["grade_id"]: [text] if meta.get("solution") or meta.get("task") else answers
        for meta, text in cells
        if meta.get("grade") or meta.get("task")
    }
