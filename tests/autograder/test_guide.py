"""The guide for whoever teaches a lesson has its minutes, every misconception, and every question of the quiz."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from grading_samples import LESSON, make_course
from typer.testing import CliRunner

from autograder.authoring.quiz_bank import load_quiz
from autograder.authoring.source import source_notebook
from autograder.cli import app
from autograder.exercises import LESSONS, get
from autograder.exporting.guide import lesson_guide

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("lesson", LESSONS)
def test_guide_holds_what_the_lesson_says(lesson: str) -> None:
    folder = ROOT / "solutions" / lesson
    (source,) = folder.glob("*.py")
    quiz = load_quiz(folder / "quiz.yml")
    cells = source_notebook(source).cells
    guide = lesson_guide(lesson, cells, quiz)
    first_page = re.search(r"Minutes\*\*:? ?\|? (\d+): reading (\d+), exercises (\d+), quiz (\d+)", cells[0].source)
    assert first_page is not None
    total, reading, exercises, minutes = first_page.groups()
    assert f"About {total} minutes: reading {reading}, exercises {exercises}, quiz {minutes}." in guide
    stated = [int(row[1] or 0) for row in re.findall(r"^\| .+ \| (\d+) \| (\d*) \|$", guide, re.MULTILINE)]
    assert sum(stated) == int(exercises)
    for name in LESSONS[lesson]:
        assert all(known.hint in guide for known in get(name).misconceptions.values())
    assert guide.count("**right**") >= len(quiz.questions)
    assert "<!--" not in guide
    assert "taught in: \n" not in guide
    written = [
        cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "markdown"
    ]
    assert guide.count("**A model answer**") == len(written)
    # Above each stands the question, with the points that the answer is worth.
    questions = [part.rpartition("\n## ")[2] for part in guide.split("**A model answer**")[:-1]]
    for cell, question in zip(written, questions, strict=True):
        assert f"{cell.metadata.nbgrader.points} points" in question


def test_command_names_the_lessons_that_there_are(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    assert CliRunner().invoke(app, ["guide", str(course)]).exit_code == 0
    assert "precision(y_true, y_pred)" in (course / "guide" / f"{LESSON}.md").read_text(encoding="utf-8")
    said = " ".join(CliRunner().invoke(app, ["guide", str(course), "--lesson", "x"]).output.split())
    assert f"There is no lesson 'x'; there are: {LESSON}" in said
