"""What nbgrader's formgrader shows of a submission: the same, but it does nothing, and the model answers beside it.

The formgrader draws a student's HTML in the browser of whoever grades, with that person's rights on the server.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.filters import markdown2html
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.coursedir import CourseDirectory
from traitlets import Bool
from traitlets.config import Config

from autograder.grading.keeping.feedback import clean_html
from autograder.grading.keeping.formulas import draw_formulas
from autograder.grading.marking.guide import Guide, read_guides

# What else there may be, a browser or a viewer would execute: scripts, SVG, widgets.
_DRAWN = ("text/html", "text/markdown", "text/latex", "text/plain", "image/png", "image/jpeg", "image/gif")


class DrawnOutputs(Preprocessor):
    """Keep of each output what is only drawn."""

    enabled = Bool(True).tag(config=True)

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Filter the outputs of one cell."""
        for output in cell.get("outputs", []):
            if "data" in output:
                output.data = NotebookNode({kind: output.data[kind] for kind in _DRAWN if kind in output.data})
        return cell, resources


class ModelAnswers(Preprocessor):
    """Put the model answer above each answer that a person marks. The question with its rubric stands above both.

    It is for the formgrader alone, which says whose submission it shows; a page for students has no such number.
    """

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Add the cells."""
        if "submission_id" not in resources:
            return nb, resources
        course = CourseDirectory(parent=self)
        folder = course.format_path(course.source_directory, ".", resources["assignment_id"])
        guides = read_guides(Path(folder, f"{resources['notebook_id']}.ipynb"))
        cells: list[NotebookNode] = []
        for cell in nb.cells:
            guide = guides.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
            if guide is not None and guide.model:
                cells.append(new_markdown_cell(_model_answer(guide)))
            cells.append(cell)
        nb.cells = cells
        return nb, resources


def _model_answer(guide: Guide) -> str:
    # The fence is longer than any in the code.
    model = f"``````python\n{guide.model}\n``````" if guide.code else guide.model
    title = f"Model answer, {guide.points:g} points (students do not see it)"
    # A grey box in the formgrader.
    opening = f'<details class="well" open>\n<summary><strong>{title}</strong></summary>'
    return f"{opening}\n\n{model}\n\n</details>"


def clean_markdown(source: str) -> str:
    """Markdown as HTML that does nothing. The formgrader's own template would let it do what it likes."""
    return draw_formulas(clean_html(markdown2html(source)))


def formgrader_config() -> Config:
    """The settings of the formgrader's exporter, which is nbconvert's for HTML."""
    c = Config()
    c.HTMLExporter.sanitize_html = True
    here = "autograder.grading.keeping.formgrader"
    c.HTMLExporter.preprocessors = [f"{here}.DrawnOutputs", f"{here}.ModelAnswers"]
    c.HTMLExporter.filters = {
        "clean_html": "autograder.grading.keeping.feedback.clean_html",
        "markdown2html": f"{here}.clean_markdown",
    }
    return c
