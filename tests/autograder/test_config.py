"""The configuration of a course folder: it outlives the layout of this package."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config, PyFileConfigLoader

import autograder
from autograder.grading import write_config
from autograder.grading.keeping.feedback import FeedbackExporter, clean_html
from autograder.grading.keeping.formgrader import clean_markdown

# What `autograder grade` wrote into course folders before it wrote one name.
FIRST_LAYOUT = """
from autograder.authoring.release import course_config
from autograder.grading.feedback import feedback_config

c = get_config()
c.merge(course_config(source="source", release="release"))
c.merge(feedback_config())
"""


def loaded(path: Path) -> Config:
    return PyFileConfigLoader(path.name, path=str(path.parent)).load_config()


def test_written_configuration_names_no_module_of_ours(tmp_path: Path) -> None:
    tree = ast.parse(write_config(tmp_path).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["from autograder import nbgrader_config"]


def test_configuration_of_the_first_layout_still_says_the_same(tmp_path: Path) -> None:
    old = tmp_path / "old.py"
    old.write_text(FIRST_LAYOUT, encoding="utf-8")
    assert loaded(old) == loaded(write_config(tmp_path))


def test_names_in_strings_are_found(tmp_path: Path) -> None:
    # nbconvert imports the filters by their names, for our pages and for the formgrader's.
    config = loaded(write_config(tmp_path))
    for exporter in (FeedbackExporter(config=config), HTMLExporter(config=config)):
        assert exporter.environment.filters["clean_html"] is clean_html
    assert exporter.environment.filters["markdown2html"] is clean_markdown


@pytest.mark.parametrize("name", autograder.__all__)
def test_public_names_are_there(name: str) -> None:
    assert getattr(autograder, name).__name__ == name
