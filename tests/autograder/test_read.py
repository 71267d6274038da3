"""Reading a submission, with a lesson of plain dicts: which notebook counts, which files, and how much is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autograder.grading.course import Lesson
from autograder.grading.intake import parse, read
from autograder.grading.intake.read import MAX_SENTENCES, read_submission

MARKS = {"grade_id": "why", "grade": True, "solution": True, "locked": False, "task": False, "points": 1}
WHY = {"cell_type": "markdown", "id": "why", "source": "Write here.", "metadata": {"nbgrader": MARKS}}
MASTER = {"cells": [WHY], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
LESSON = Lesson("03_lesson", "lesson", MASTER, ["Write here."])


def notebook(*cells: dict[str, Any]) -> str:
    return json.dumps({**MASTER, "cells": list(cells or (WHY,))})


def test_a_submission_is_its_notebook_and_the_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "lesson.ipynb").write_text(notebook())
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_bytes(b"1\n")
    found = read_submission(tmp_path, LESSON)
    assert found.notebook == MASTER
    assert found.files == {"data/a.csv": b"1\n"}
    assert found.content == (tmp_path / "lesson.ipynb").read_bytes()
    assert (found.repairs, found.remarks, found.unreadable) == ([], [], False)


def test_the_notebook_with_the_right_name_counts_among_others(tmp_path: Path) -> None:
    for name in ("a.ipynb", "lesson.ipynb", "lesson-copy.ipynb"):
        (tmp_path / name).write_text(notebook(WHY | {"source": name}))
    found = read_submission(tmp_path, LESSON)
    assert found.notebook is not None
    assert found.notebook["cells"][0]["source"] == "lesson.ipynb"
    assert (found.repairs, found.files) == ([], {})


@pytest.mark.parametrize(("count", "said"), [(3, "0.ipynb, 1.ipynb, 2.ipynb."), (4, "0.ipynb, 1.ipynb, 2.ipynb ….")])
def test_of_several_wrong_names_three_are_told_and_none_is_guessed(tmp_path: Path, count: int, said: str) -> None:
    for i in range(count):
        (tmp_path / f"{i}.ipynb").write_text(notebook())
    found = read_submission(tmp_path, LESSON)
    assert found.notebook is None
    assert found.repairs[0].endswith(said)


def test_an_empty_folder_and_one_with_a_time_stamp_alone_are_empty(tmp_path: Path) -> None:
    for name in (None, "timestamp.txt"):
        if name:
            (tmp_path / name).write_text("2026-01-01")
        assert read_submission(tmp_path, LESSON).repairs == [
            "The notebook lesson.ipynb is missing; the folder is empty."
        ]


@pytest.mark.parametrize(
    ("more", "last"), [(0, "cell 7"), (1, "And 1 more of this kind."), (3, "And 3 more of this ki")]
)
def test_of_many_repairs_the_first_are_told_and_the_rest_is_counted(tmp_path: Path, more: int, last: str) -> None:
    count = MAX_SENTENCES + more
    cells = [
        WHY | {"id": f"cell {i}", "metadata": {"nbgrader": MARKS | {"grade_id": f"cell {i}"}}} for i in range(count)
    ]
    lesson = Lesson("03_lesson", "lesson", MASTER | {"cells": cells}, ["Write here."] * count)
    changed = [cell | {"cell_type": "code"} for cell in cells]
    (tmp_path / "lesson.ipynb").write_text(notebook(*changed))
    repairs = read_submission(tmp_path, lesson).repairs
    assert len(repairs) == MAX_SENTENCES + (more > 0)
    assert last in repairs[-1]


def test_sizes_end_where_they_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = notebook()
    (tmp_path / "lesson.ipynb").write_text(text)
    monkeypatch.setattr(parse, "MAX_NOTEBOOK_BYTES", len(text))
    assert read_submission(tmp_path, LESSON).notebook is not None
    monkeypatch.setattr(parse, "MAX_NOTEBOOK_BYTES", len(text) - 1)
    assert read_submission(tmp_path, LESSON).notebook is None

    monkeypatch.setattr(parse, "MAX_NOTEBOOK_BYTES", len(text))
    monkeypatch.setattr(read, "MAX_OTHER_BYTES", 10)
    for name, size in (("a", 4), ("b", 7), ("c", 6)):
        (tmp_path / name).write_bytes(b"x" * size)
    found = read_submission(tmp_path, LESSON)
    # What is left out takes no room.
    assert sorted(found.files) == ["a", "c"]
    assert found.remarks == ["b was left out: the files beside the notebook are too large."]

    monkeypatch.setattr(read, "MAX_OTHER_FILES", 2)
    assert read_submission(tmp_path, LESSON).remarks == found.remarks
    (tmp_path / "d").touch()
    monkeypatch.setattr(read, "MAX_OTHER_BYTES", 100)
    found = read_submission(tmp_path, LESSON)
    assert sorted(found.files) == ["a", "b"]
    assert found.remarks == ["There are more than 2 files beside the notebook; the rest was left out."]


def test_files_that_do_not_count_are_left_out_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "lesson.ipynb").write_text(notebook())
    for name in ("a.log", "b.py"):
        (tmp_path / name).touch()
    found = read_submission(tmp_path, LESSON, ["*.log"])
    assert set(found.files) == {"b.py"}
    assert found.remarks == []


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "lesson.ipynb").write_bytes(b"\xef\xbb\xbf" + notebook().encode())
    assert read_submission(tmp_path, LESSON).notebook == MASTER


def test_what_the_machine_refuses_is_no_fault_of_the_student(tmp_path: Path) -> None:
    found = read_submission(tmp_path / "nowhere", LESSON)
    assert found.unreadable
    assert found.notebook is None
    assert found.repairs == ["The submission cannot be read (No such file or directory); allow it, then grade again."]
