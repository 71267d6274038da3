"""The minutes on a lesson's first page are those of the rule, and the path that they are for is short enough."""

import re
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.minutes import Minutes, lesson_minutes
from autograder.authoring.quiz_bank import load_quiz
from autograder.authoring.tags import FOLDED

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def minutes(source, notebook):
    return lesson_minutes(notebook, len(load_quiz(source.with_name("quiz.yml")).questions))


def test_the_stated_minutes_are_those_of_the_rule(text, lesson, minutes):
    said = f"{minutes.total}: reading {minutes.reading}, exercises {minutes.exercises}, quiz {minutes.quiz}"
    assert re.search(rf"\*\*Minutes\*\*[ |:]+{re.escape(said)}\b", text), f"say: Minutes {said}"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| {lesson[:2]} .*\| {minutes.total} \|$", readme, re.MULTILINE)


def test_the_core_path_fits_an_hour(minutes):
    assert minutes.total <= 60


def test_nothing_that_is_graded_or_asked_is_folded(notebook):
    """Sections "Going further" are folded, and hold no exercise and no question."""
    folded = 0
    for cell in notebook.cells:
        heading = re.match(r"(#+) ", cell.source) if cell.cell_type == "markdown" else None
        if heading and (not folded or len(heading[1]) <= folded):
            further = "Going further" in cell.source.splitlines()[0]
            assert further == cell.metadata.get(FOLDED, False)
            folded = len(heading[1]) if further else 0
        if folded:
            assert "nbgrader" not in cell.metadata
            assert "show_quiz" not in cell.source
            assert not re.search(r"^#{1,6} Exercise", cell.source, re.MULTILINE)


def test_the_rule_counts_what_is_read_and_leaves_out_what_is_folded():
    new = nbformat.v4
    cells = [
        new.new_markdown_cell("# Title\n\n" + "word " * 258),
        new.new_markdown_cell("<details><summary>Hint</summary>" + "word " * 500 + "</details>"),
        new.new_markdown_cell("## Going further: more\n\n" + "word " * 500),
        new.new_code_cell("x = 1\n" * 100),
        new.new_markdown_cell("### Exercise: f1\n\n*5 minutes, 3 points.* " + "word " * 500),
        new.new_markdown_cell("## Next"),
        new.new_code_cell("x = 1\n\n" * 40),
        new.new_code_cell("x = 1\n" * 100, metadata={"jupyter": {"source_hidden": True}}),
    ]
    assert lesson_minutes(new.new_notebook(cells=cells), questions=8) == Minutes(reading=4, exercises=5, quiz=4)
