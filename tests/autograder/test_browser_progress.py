"""`autograder progress`: what the file of the site says, and its code in the notebooks; nothing of is lost."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbgrader.utils import compute_checksum
from typer.testing import CliRunner, Result

from autograder import cli
from autograder.authoring.quiz_bank import QuizError, load_quizzes
from autograder.commands.continue_here import BEFORE
from autograder.console import number
from autograder.exercises import LESSONS, lessons, of_lesson
from autograder.grading.keeping.outline import outline
from autograder.proving.answers import find_cell
from evalkit import mcnemar, root_mean_squared_error, wilson_interval

ROOT = Path(__file__).parents[2]
NOW = "2026-11-30T19:52:55.242Z"
CODE = "def recall(y_true, y_pred):\n    return 'é😀'"


def item(right: bool, points: float, most: float, *objectives: str) -> dict[str, Any]:
    return {
        "objectives": objectives, "right": right, "points": points, "max": most, "tries": 1, "first": NOW, "last": NOW,
    }  # fmt: skip


DOCUMENT = {
    "format": "evalkit-course-progress",
    "version": 1,
    "items": {
        "03_precision_recall/quiz/PR-q1": item(True, 1, 1, "PR.1"),
        "03_precision_recall/quiz/PR-q3": item(False, 0, 1, "PR.2"),
        "03_precision_recall/explore/threshold/goal-1": item(True, 1, 1, "PR.10", "PR.2"),
        "03_precision_recall/exercise/recall": item(False, 1.5, 3, "PR.2"),
        "03_precision_recall/exercise/of_another_version": item(True, 9, 9, "PR.9"),
        "99_of_another_version/quiz/q1": item(True, 1, 1),
    },
    "code": {"recall": {"text": CODE, "at": NOW}, "of_another_version": {"text": "1/0", "at": NOW}},
    "read": {"03_precision_recall": NOW},
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "progress.json"
    path.write_text(json.dumps(DOCUMENT))
    return path


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """Lesson 03 in a folder of lessons, its file for the browser beside it."""
    shutil.copytree(ROOT / "lessons" / "03_precision_recall", tmp_path / "lessons" / "03_precision_recall")
    return tmp_path / "lessons" / "03_precision_recall" / "precision_recall.ipynb"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, ["progress", *map(str, arguments)])


def said(result: Result) -> str:
    return " ".join(result.output.split())


def answer(notebook: Path) -> nbformat.NotebookNode:
    return find_cell(nbformat.read(notebook, as_version=4), "recall")


def write_own(notebook: Path, source: str) -> None:
    read = nbformat.read(notebook, as_version=4)
    cell = find_cell(read, "recall")
    cell.source, cell.execution_count = source, 7
    cell.outputs = [nbformat.v4.new_output("stream", text="old")]
    nbformat.write(read, notebook)


def test_the_table_counts_what_this_course_has(file: Path) -> None:
    result = run(file)
    assert result.exit_code == 0
    tasks = of_lesson("03_precision_recall")
    points = number(sum(task.points for task in tasks))
    assert f"03 2026-11-30 1 1 0 of {len(tasks)} 1.5 of {points} PR.1 PR.2 PR.10" in said(result)
    assert f"Begun: 1 of {len(lessons())} lessons." in said(result)
    assert "another_version" not in result.output


def test_code_goes_into_the_untouched_cell_and_nothing_else_changes(file: Path, notebook: Path) -> None:
    before = nbformat.read(notebook, as_version=4)
    result = said(run(file, "--into", notebook.parents[1]))
    assert f"recall is in {notebook}." in result
    assert f"No notebook in {notebook.parents[1]} has a cell for: of_another_version." in result
    after = nbformat.read(notebook, as_version=4)
    assert find_cell(after, "recall").source == CODE
    find_cell(before, "recall").source = CODE
    assert after == before
    written = notebook.read_bytes()
    assert f"recall stands in {notebook} already." in said(run(file, "--into", notebook.parent))  # the lesson's folder
    assert notebook.read_bytes() == written
    assert [path.name for path in notebook.parent.iterdir() if path.name.startswith(".")] == []


def test_an_answer_of_the_notebook_stays_or_becomes_a_comment(file: Path, notebook: Path) -> None:
    write_own(notebook, "def recall(y_true, y_pred):\n\n    return 1.0")
    mine = notebook.read_bytes()
    result = run(file, "--into", notebook.parents[1])
    assert (result.exit_code, notebook.read_bytes()) == (0, mine)
    assert "recall was left out" in said(result)
    assert "--replace" in said(result)
    assert "as a comment" in said(run(file, "--into", notebook.parents[1], "--replace"))
    cell = answer(notebook)
    assert cell.source == f"{CODE}\n\n\n{BEFORE}\n# def recall(y_true, y_pred):\n#\n#     return 1.0"
    compile(cell.source, "cell", "exec")
    assert (cell.outputs, cell.execution_count) == ([], None)  # they were of other code


def test_code_is_text_and_never_runs(tmp_path: Path, notebook: Path) -> None:
    code = f"open({str(tmp_path / 'ran')!r}, 'w')\n!touch {tmp_path / 'ran'}\n\x1b[2J"
    file = tmp_path / "progress.json"
    file.write_text(json.dumps({**DOCUMENT, "code": {"recall": {"text": code, "at": NOW}}}))
    result = run(file, "--into", notebook.parents[1])
    assert answer(notebook).source == code
    assert not (tmp_path / "ran").exists()
    assert "\x1b" not in result.output


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"cells": []}', "is not a file of progress that the site has written."),
        (json.dumps({**DOCUMENT, "version": 2}), "was written by another version of the course"),
        (json.dumps({**DOCUMENT, "read": {"03_x": 1}}), "is damaged: read → 03_x: "),
        (json.dumps({**DOCUMENT, "\x1b[2J": 1}), "is damaged: "),
        (json.dumps(DOCUMENT) + " " * 4_000_000, "is not a file of progress"),
    ],
    ids=["notebook", "version", "damaged", "escape", "large"],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(file: Path, notebook: Path, text: str, sentence: str) -> None:
    file.write_text(text)
    before = notebook.read_bytes()
    result = run(file, "--into", notebook.parents[1])
    assert result.exit_code == 2
    assert sentence in said(result)
    assert "\x1b" not in result.output
    assert notebook.read_bytes() == before


def test_folders_and_notebooks_that_are_not_there_are_named(file: Path, notebook: Path, tmp_path: Path) -> None:
    assert "There is no file" in said(run(tmp_path / "none.json"))
    assert "holds no notebook for what the file has code for" in said(run(file, "--into", tmp_path / "none"))
    for damaged in ("{", json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []})):
        notebook.write_text(damaged)
        result = run(file, "--into", notebook.parents[1])
        assert (result.exit_code, notebook.read_text()) == (2, damaged)
        assert str(notebook) in said(result)
    file.write_text(json.dumps({**DOCUMENT, "code": {}}))
    assert "The file holds no code." in said(run(file, "--into", notebook.parents[1]))


def test_released_answer_cells_carry_the_sum_that_tells_whether_they_were_touched() -> None:
    for lesson, names in LESSONS.items():
        released = nbformat.read(ROOT / "lessons" / lesson / f"{lesson[3:]}.ipynb", as_version=4)
        for name in names:
            cell = find_cell(released, name)
            assert cell.metadata.nbgrader.checksum == compute_checksum(cell), name


PLACEMENT = ROOT / "docs" / "site" / "placement.yml"
UNKNOWN = "I do not know yet."


def test_the_placement_quiz_asks_ten_questions_each_of_another_lesson_and_of_an_objective_there() -> None:
    quizzes = load_quizzes(PLACEMENT)
    lessons = [quiz.lesson for quiz in quizzes]
    assert len(lessons) == 10
    assert lessons == sorted(set(lessons))
    for quiz in quizzes:
        (question,) = quiz.questions
        released = nbformat.read(ROOT / "lessons" / quiz.lesson / f"{quiz.lesson[3:]}.ipynb", as_version=4)
        assert question.objective in outline(released.cells).objectives


def test_no_right_answer_of_the_placement_quiz_is_given_away_by_its_place_or_its_length() -> None:
    asked = [quiz.questions[0] for quiz in load_quizzes(PLACEMENT) if quiz.questions[0].type == "single"]
    places, longest = list[int](), 0
    for question in asked:
        *choices, unknown = question.answers
        assert (unknown.text, unknown.correct, len(choices)) == (UNKNOWN, False, 4)
        right = next(place for place, choice in enumerate(choices) if choice.correct)
        places.append(right)
        longest += len(choices[right].text) == max(len(choice.text) for choice in choices)
    assert set(places) == {0, 1, 2, 3}
    assert max(map(places.count, places)) <= 2
    assert longest <= len(asked) / 3


def test_a_placement_quiz_is_checked_as_a_bank_is(tmp_path: Path) -> None:
    bank = tmp_path / "placement.yml"
    bank.write_text("lesson: 01_x")
    with pytest.raises(QuizError, match="must be a list of quizzes"):
        load_quizzes(bank)
    bank.write_text("- lesson: 01_x\n  questions:\n    - {id: q1, type: single}\n")
    with pytest.raises(QuizError, match="question q1: objective: is missing"):
        load_quizzes(bank)


def test_the_numbers_of_the_placement_quiz_hold() -> None:
    answers = {quiz.lesson[:2]: quiz.questions[0] for quiz in load_quizzes(PLACEMENT)}
    scores, truth = np.array([0.9, 0.6, 0.6, 0.2]), np.array([1, 0, 0, 1])
    assert answers["01"].answer == np.sum((scores >= 0.6) & (truth == 0))
    assert (1 - 20 / 1_000, 1 - (5 + 30) / 1_000) == (0.98, 0.965)
    assert answers["03"].answer == 30 / (30 + 20)
    assert answers["04"].answer == pytest.approx(np.mean([0.95, 0.90, 0.10]))
    assert answers["04"].mistakes[0].value == pytest.approx(np.average([0.95, 0.90, 0.10], weights=[900, 90, 10]))
    zeros, mostly_one = np.zeros(13), np.array([40.0, *[1.0] * 12])
    assert mostly_one.mean() == 4
    assert root_mean_squared_error(zeros, mostly_one) > root_mean_squared_error(zeros, np.full(13, 4.0)) == 4
    low, high = wilson_interval(8, 10)
    assert 0.45 < low < 0.55
    assert 0.92 < high < 0.95
    assert answers["11"].answer == 40 / 100
    assert mcnemar(5, 4, method="exact").p_value == 1
