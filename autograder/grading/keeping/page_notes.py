"""What the gradebook says on a page of feedback, whichever command makes the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from traitlets import Bool

from autograder.grading.late.lateness import lateness
from autograder.grading.late.policy import read_policy
from autograder.grading.results import Lateness

Notes = dict[str, dict[str, Any]]


def page_notes(row: Any, late: Lateness | None) -> tuple[Notes, dict[str, Any]]:
    """Scores and comments by cell, as nbgrader's feedback notes them; and what the page shows on top.

    A mark that waits for another look was given to another text; neither it nor its comment is shown.

    Parameters
    ----------
    row : SubmittedNotebook
        Of nbgrader's gradebook.
    late : Lateness or None
    """
    notes: Notes = {comment.name: {"comment": comment.comment} for comment in row.comments}
    stale = 0.0
    for grade in row.grades:
        waiting = bool(grade.needs_manual_grade)
        note = notes.setdefault(grade.name, {})
        note.update(score=grade.score, points=grade.max_score, waiting=waiting)
        if waiting:
            note["comment"] = None
            if grade.manual_score is not None or grade.extra_credit:
                stale += grade.score - (grade.auto_score or 0)
    penalty = row.late_submission_penalty or 0
    return notes, {
        "score": max(0.0, row.score - stale - penalty),
        "max_score": row.max_score,
        "late_penalty": penalty,
        "lateness": late.words if late else "",
    }


def note_cells(notebook: NotebookNode, notes: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the notes into the cells' nbgrader metadata, where the page's template reads them."""
    for cell in notebook.cells:
        meta = cell.metadata.get("nbgrader")
        if meta is not None:
            meta.update(notes.get(meta.grade_id, {}))


class NoteGrades(Preprocessor):
    """In the place of nbgrader's GetGrades, which shows an answer that nobody has marked yet as one without points."""

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Note scores and comments of a notebook, and its totals."""
        about = resources["nbgrader"]
        policy = read_policy(Path(self.config.get("CourseDirectory", {}).get("root") or Path()))
        with Gradebook(about["db_url"]) as gradebook:
            row = gradebook.find_submission_notebook(about["notebook"], about["assignment"], about["student"])
            notes, totals = page_notes(row, lateness(policy, row))
        note_cells(nb, notes)
        about.update(totals)
        return nb, resources
