"""`autograder check`: what a student's notebook would score on the visible checks."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from tiny_course import tiny_course, tiny_root  # noqa: F401 - fixtures

from autograder import exercises
from autograder.commands.notebook_check import BY_HAND, NotebookCheck, Row, check_notebook
from autograder.errors import UserError
from autograder.grading.judging import verdicts
from autograder.proving.answers import file_bytes, fill_in, find_cell, read

pytestmark = pytest.mark.slow

LESSON = "03_precision_recall"
Edit = Callable[[nbformat.NotebookNode], object]


@pytest.fixture
def lesson(tiny_course: Path, tmp_path: Path) -> Path:  # noqa: F811
    """A released lesson, in a student's folder."""
    return Path(shutil.copy(tiny_course / "release" / LESSON / "precision_recall.ipynb", tmp_path / "mine.ipynb"))


def answered(path: Path, *edits: Edit) -> Path:
    """Answer everything right, then edit."""
    notebook = read(path)
    for exercise in exercises.of_lesson(LESSON):
        fill_in(notebook, exercise, next(iter(exercise.variants.values())))
    for edit in edits:
        edit(notebook)
    path.write_bytes(file_bytes(notebook))
    return path


def put(grade_id: str, source: str) -> Edit:
    return lambda notebook: find_cell(notebook, grade_id).update(source=source)


def row(result: NotebookCheck, exercise: str) -> Row:
    return next(row for row in result.rows if row.exercise == exercise)


def test_everything_right(lesson: Path) -> None:
    before = answered(lesson).read_bytes()
    result = check_notebook(lesson)
    total = sum(exercise.points for exercise in exercises.of_lesson(LESSON))
    assert (result.lesson, result.points, result.max_points, result.remarks) == (LESSON, total, total, [])
    assert [row.exercise for row in result.rows] == [*exercises.LESSONS[LESSON], "why"]
    assert result.rows[-1] == Row("why", None, 2.0, BY_HAND)
    assert lesson.read_bytes() == before
    assert list(lesson.parent.iterdir()) == [lesson]


def test_mistakes_of_several_kinds_in_one_notebook(lesson: Path) -> None:
    exercise = exercises.get("recall")
    name, misconception = next(iter(exercise.misconceptions.items()))
    answered(
        lesson,
        lambda notebook: fill_in(notebook, exercise, misconception.answer),
        put("precision", "def precision(y_true, y_pred)\n    return 0"),
        put("check_caught", "caught(0.5, 10)"),
        lambda notebook: notebook.cells.remove(find_cell(notebook, "check_precision_recall_at")),
    )
    result = check_notebook(lesson)
    assert row(result, "recall").hint == misconception.hint, name
    assert row(result, "recall").points < exercise.points
    assert row(result, "precision").points == 0
    assert row(result, "precision").hint.startswith("Your answer stopped with SyntaxError")
    assert "gave no result" in row(result, "caught").hint
    assert "check cell is missing" in row(result, "precision_recall_at").hint


def test_a_stub_is_not_written_yet(lesson: Path) -> None:
    result = check_notebook(lesson)
    assert result.points == 0
    assert all("have not written this function yet" in row.hint for row in result.rows[:-1])


def test_a_check_cell_that_stands_twice(lesson: Path) -> None:
    def twice(notebook: nbformat.NotebookNode) -> None:
        twin = nbformat.from_dict({**find_cell(notebook, "check_recall"), "id": "twin"})
        notebook.cells.append(twin)

    result = check_notebook(answered(lesson, twice))
    assert row(result, "recall").points == exercises.get("recall").points
    assert row(result, "recall").hint == "Its check cell stands 2 times: delete all but one."


def test_outputs_of_an_earlier_run_do_not_count(lesson: Path) -> None:
    from nbclient import NotebookClient

    answered(lesson)
    notebook = NotebookClient(read(lesson), kernel_name="python3").execute()
    find_cell(notebook, "caught").source = ""
    lesson.write_bytes(file_bytes(notebook))
    assert row(check_notebook(lesson), "caught").points == 0


def test_a_cell_that_never_ends(lesson: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The grade would wait for a minute and a half.
    monkeypatch.setattr(verdicts, "SLICE_SECONDS", 2.0)
    monkeypatch.setattr(verdicts, "NOTEBOOK_SECONDS", 3.0)
    answered(lesson, put("recall", "while True:\n    pass"))
    number = read(lesson).cells.index(find_cell(read(lesson), "recall")) + 1
    result = check_notebook(lesson, cell_seconds=3)
    assert result.remarks[0].startswith(f"Cell {number} ran longer than 3 seconds")
    assert row(result, "precision").points == exercises.get("precision").points
    assert row(result, "recall").hint.startswith("Your answer took too long and was stopped.")
    assert row(result, "caught").hint == "The check did not run."


def test_a_cell_that_ends_python(lesson: Path) -> None:
    answered(lesson, put("recall", "import os\nos._exit(1)"))
    result = check_notebook(lesson)
    assert "ended the whole Python process" in result.remarks[0]
    assert row(result, "precision").points == exercises.get("precision").points
    assert row(result, "recall").points == 0


def test_files_beside_the_notebook_can_be_read(lesson: Path) -> None:
    (lesson.parent / "data.txt").write_text("0.5")
    answered(lesson, put("caught", "with open('data.txt') as file:\n    half = float(file.read())\n"))
    assert "NameError" in row(check_notebook(lesson), "caught").hint
    (lesson.parent / "data.txt").unlink()
    assert "FileNotFoundError" in row(check_notebook(lesson), "caught").hint


@pytest.mark.parametrize("text", ["", "not JSON", "[]", "{}", '{"cells": 3, "nbformat": 4, "nbformat_minor": 5}'])
def test_a_file_that_is_not_a_notebook(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lesson.ipynb"
    path.write_text(text)
    with pytest.raises(UserError, match="is not a notebook"):
        check_notebook(path)


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "lesson.ipynb"
    path.write_bytes(b"\x89PNG\xff")
    with pytest.raises(UserError, match="is not a notebook"):
        check_notebook(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no file"):
        check_notebook(tmp_path / "lesson.ipynb")


def test_a_notebook_of_another_course(tmp_path: Path) -> None:
    path = tmp_path / "other.ipynb"
    marker = tmp_path / "executed"
    cell = nbformat.v4.new_code_cell(f"open({str(marker)!r}, 'w')")
    path.write_bytes(file_bytes(nbformat.v4.new_notebook(cells=[cell])))
    with pytest.raises(UserError, match="belongs to no lesson"):
        check_notebook(path)
    assert not marker.exists()
