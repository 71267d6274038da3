"""The settings that nbgrader works by, for the command line, the formgrader and the build alike."""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets.config import Config

from autograder.authoring.prose import join_stray_items, strip_comments, tie_percent_signs
from autograder.authoring.tags import KEPT

CELL_SECONDS = 30
ANSWER_HERE = "*Your answer goes here: double-click on this line, write, and press Shift + Enter.*"


class TidyRelease(NbGraderPreprocessor):
    """Leave in a released notebook what students need: no prose comments, no metadata of machines and editors."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Tidy the notebook before nbgrader computes its checksums."""
        nb.metadata = NotebookNode({key: nb.metadata[key] for key in ("kernelspec",) if key in nb.metadata})
        for cell in nb.cells:
            kept = {key: cell.metadata[key] for key in (*KEPT, "nbgrader") if key in cell.metadata}
            cell.metadata = NotebookNode(kept)
            if cell.cell_type == "markdown":
                cell.source = tie_percent_signs(join_stray_items(strip_comments(cell.source)))
        return nb, resources


def course_config(source: str = "solutions", release: str = "lessons") -> Config:
    """nbgrader's configuration, with the folders that hold the sources and the released notebooks.

    With these settings plain ``nbgrader autograde`` gives the scores that ``autograder grade`` gives.
    """
    c = Config()
    c.CourseDirectory.course_id = "evalkit"
    c.CourseDirectory.source_directory = source
    c.CourseDirectory.release_directory = release
    # An empty box in a notebook does not show that one can write into it.
    c.ClearSolutions.text_stub = ANSWER_HERE
    # The sources beside the notebooks hold the solutions: they never travel.
    c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "*.pyc", "feedback", "*.py", "quiz.yml"]
    c.GenerateAssignment.preprocessors = [TidyRelease, *GenerateAssignment.preprocessors.default()]
    # A deleted test cell comes back, so that the points of the exercise are not lost with it.
    c.OverwriteCells.add_missing_cells = True
    # nbgrader takes all points of a test cell that writes to stderr. A warning is no error, so stderr is not looked at.
    c.IgnorePattern.enabled = True
    c.IgnorePattern.pattern = r"\A"
    c.Execute.timeout = CELL_SECONDS
    c.Execute.interrupt_on_timeout = True
    # On a busy machine an output may come late; without this the whole submission would fail.
    c.Execute.iopub_timeout = CELL_SECONDS
    return c
