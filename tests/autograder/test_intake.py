"""Intake: whatever was handed in becomes a notebook in good order, or a sentence that says why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from grading_samples import LESSON, TOPIC, answered, change, copy, delete, hand_in, insert, make_course, named
from hypothesis import given, settings
from hypothesis import strategies as st
from json_values import json_values
from nbformat import NotebookNode

from autograder.grading.course import Course, Lesson
from autograder.grading.intake.parse import MAX_NOTEBOOK_BYTES
from autograder.grading.intake.read import Received, read_submission


@pytest.fixture(scope="module")
def lesson(tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    return Course(make_course(tmp_path_factory.mktemp("course"))).lessons()[LESSON]


def intake(
    tmp_path: Path, lesson: Lesson, content: NotebookNode | str | bytes, name: str = f"{TOPIC}.ipynb"
) -> Received:
    path = hand_in(tmp_path, "ada", content, name)
    return read_submission(path.parent, lesson)


def names(notebook: dict[str, Any] | None) -> list[str]:
    assert notebook is not None
    return [cell["id"] for cell in notebook["cells"]]


def cell_of(taken: Received, name: str) -> dict[str, Any]:
    assert taken.notebook is not None
    return next(c for c in taken.notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def test_honest_work_is_not_repaired(tmp_path: Path, lesson: Lesson) -> None:
    taken = intake(tmp_path, lesson, answered())
    assert taken.repairs == []
    assert names(taken.notebook) == [cell.id for cell in lesson.notebook.cells]
    assert "seed=7" in cell_of(taken, "check_precision")["source"]
    assert "SOLUTION" not in cell_of(taken, "precision")["source"]


def test_students_file_is_never_changed(tmp_path: Path, lesson: Lesson) -> None:
    path = hand_in(tmp_path, "ada", answered(delete("check_double"), copy("precision")))
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert read_submission(path.parent, lesson).repairs
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{not json", "precision_recall.ipynb is not valid JSON"),
        ("", "precision_recall.ipynb is empty."),
        ("  \n", "precision_recall.ipynb is empty."),
        (b"\xff\xfe\x00PK", "not text in UTF-8"),
        ("[1, 2]", "it has no list of cells"),
        ('{"cells": 3}', "it has no list of cells"),
        ('{"cells": ["x"]}', "it has no list of cells"),
        ("[" * 100_000, "nested too deeply"),
        ('{"cells": ' + "9" * 5000 + "}", "too large a number"),
        (
            b"{" + b" " * (MAX_NOTEBOOK_BYTES + 1) + b"}",
            "too large: 20 MB without the outputs, where 20 MB are allowed.",
        ),
    ],
)
def test_what_cannot_be_read_is_quarantined(tmp_path: Path, lesson: Lesson, content: str | bytes, reason: str) -> None:
    taken = intake(tmp_path, lesson, content)
    assert taken.notebook is None
    assert len(taken.repairs) == 1
    assert reason in taken.repairs[0]


def test_missing_notebook(tmp_path: Path, lesson: Lesson) -> None:
    taken = intake(tmp_path, lesson, "hello", name="answers.docx")
    assert taken.notebook is None
    assert taken.repairs == ["The notebook precision_recall.ipynb is missing; the folder holds only answers.docx."]


def test_link_is_not_followed(tmp_path: Path, lesson: Lesson) -> None:
    secret = tmp_path / "secret.ipynb"
    nbformat.write(answered(), secret)
    folder = tmp_path / "submitted"
    folder.mkdir()
    (folder / f"{TOPIC}.ipynb").symlink_to(secret)
    (folder / "notes.txt").symlink_to(secret)
    taken = read_submission(folder, lesson)
    assert taken.notebook is None
    assert "link" in taken.repairs[0]
    assert taken.files == {}
    assert taken.remarks == ["notes.txt is not a regular file; it was left out."]


def test_wrong_name_is_graded(tmp_path: Path, lesson: Lesson) -> None:
    taken = intake(tmp_path, lesson, answered(), name="Precision Recall (1).ipynb")
    assert taken.repairs == [
        "The notebook is named Precision Recall (1).ipynb; it was graded as precision_recall.ipynb."
    ]
    assert names(taken.notebook)


def test_two_wrong_names_are_not_guessed(tmp_path: Path, lesson: Lesson) -> None:
    hand_in(tmp_path, "ada", answered(), name="a.ipynb")
    taken = intake(tmp_path, lesson, answered(double="def double(x):\n    return 3"), name="b.ipynb")
    assert taken.notebook is None
    assert "which of these is meant: a.ipynb, b.ipynb" in taken.repairs[0]


@pytest.mark.parametrize("name", ["check_precision", "check_double", "why"])
def test_deleted_graded_cell_comes_back_in_its_place(tmp_path: Path, lesson: Lesson, name: str) -> None:
    taken = intake(tmp_path, lesson, answered(delete(name)))
    assert names(taken.notebook) == [cell.id for cell in lesson.notebook.cells]
    assert len(taken.repairs) == 1
    assert f"{name} was deleted; it was put back" in taken.repairs[0]
    if name != "why":
        assert cell_of(taken, name)["source"] == named(lesson.notebook, name).source


def test_put_back_test_runs_after_what_was_written_in_its_place(tmp_path: Path, lesson: Lesson) -> None:
    edits = insert("text-2", "def precision(y_true, y_pred): ..."), delete("precision"), delete("check_precision")
    taken = intake(tmp_path, lesson, answered(*edits))
    order = names(taken.notebook)
    assert order.index("before-text-2") < order.index("check_precision") < order.index("text-2")
    # The empty answer cell would hide the function that the student defined elsewhere.
    assert "precision" not in order
    assert cell_of(taken, "precision")["id"] == "before-text-2"
    assert taken.repairs[0] == "The answer cell precision had no mark; it was found by its text or its place."


def test_all_graded_cells_deleted(tmp_path: Path, lesson: Lesson) -> None:
    taken = intake(tmp_path, lesson, answered(*map(delete, ["check_precision", "check_double", "why"])))
    assert names(taken.notebook) == [cell.id for cell in lesson.notebook.cells]
    assert "none of the lesson's graded cells" in taken.repairs[0]


def test_notebook_of_another_lesson_gets_all_tests(tmp_path: Path, lesson: Lesson) -> None:
    taken = intake(tmp_path, lesson, nbformat.v4.new_notebook())
    assert names(taken.notebook) == ["check_precision", "check_double", "why"]
    assert "may belong to another lesson" in taken.repairs[0]


def test_duplicated_test_is_removed(tmp_path: Path, lesson: Lesson) -> None:
    taken = intake(tmp_path, lesson, answered(copy("check_precision"), copy("check_precision", "pass")))
    sources = [cell["source"] for cell in taken.notebook["cells"]]  # type: ignore[index]
    assert sources.count(named(lesson.notebook, "check_precision").source) == 1
    assert "The test cell check_precision was there 3 times; one was kept." in taken.repairs


def test_duplicated_answer_keeps_the_students_work(tmp_path: Path, lesson: Lesson) -> None:
    stub = lesson.released[3]
    assert "NotImplementedError" in stub
    taken = intake(tmp_path, lesson, answered(copy("precision", stub)))
    assert "NotImplementedError" not in json.dumps(taken.notebook)
    assert "y_true @ y_pred" in cell_of(taken, "precision")["source"]


def test_second_attempt_counts_and_first_stays(tmp_path: Path, lesson: Lesson) -> None:
    taken = intake(tmp_path, lesson, answered(copy("why", "On second thought.")))
    assert cell_of(taken, "why")["source"] == "On second thought."
    assert "Because a false alarm" in json.dumps(taken.notebook)


def test_edited_test_is_restored(tmp_path: Path, lesson: Lesson) -> None:
    taken = intake(tmp_path, lesson, answered(change("check_double", "pass")))
    assert cell_of(taken, "check_double")["source"] == named(lesson.notebook, "check_double").source
    assert taken.repairs == ["The test cell check_double was edited; the original was put back."]


def test_blanks_are_no_edit(tmp_path: Path, lesson: Lesson) -> None:
    text = named(answered(), "check_double").source
    assert intake(tmp_path, lesson, answered(change("check_double", f"{text}  \r\n\n"))).repairs == []


def test_metadata_of_the_lesson_wins(tmp_path: Path, lesson: Lesson) -> None:
    def meddle(notebook: NotebookNode) -> None:
        named(notebook, "check_double").metadata.nbgrader.update(points=100, grade=False, locked=False, checksum="x")
        named(notebook, "precision").metadata.nbgrader.update(grade=True, points=50)
        named(notebook, "tail").metadata.nbgrader = {"grade": True, "grade_id": "bonus", "points": 9}

    taken = intake(tmp_path, lesson, answered(meddle))
    assert (
        cell_of(taken, "check_double")["metadata"]["nbgrader"]
        == named(lesson.notebook, "check_double").metadata.nbgrader
    )
    assert cell_of(taken, "precision")["metadata"]["nbgrader"]["grade"] is False
    assert "bonus" not in json.dumps(taken.notebook)


def test_tag_cannot_keep_a_test_from_running(tmp_path: Path, lesson: Lesson) -> None:
    taken = intake(
        tmp_path, lesson, answered(lambda nb: named(nb, "check_double").metadata.update(tags=["skip-execution"]))
    )
    assert "tags" not in cell_of(taken, "check_double")["metadata"]


def test_lost_metadata_is_found_by_id(tmp_path: Path, lesson: Lesson) -> None:
    def strip(notebook: NotebookNode) -> None:
        for cell in notebook.cells:
            cell.metadata = NotebookNode()

    taken = intake(tmp_path, lesson, answered(strip))
    assert taken.repairs == []
    assert cell_of(taken, "check_precision")["metadata"]["nbgrader"]["points"] == 3


def test_lost_ids_are_no_loss(tmp_path: Path, lesson: Lesson) -> None:
    notebook = answered(delete("check_precision"))
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        del cell["id"]
    taken = intake(tmp_path, lesson, json.dumps(notebook))
    order = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in taken.notebook["cells"]]  # type: ignore[index]
    assert [name for name in order if name] == ["precision", "check_precision", "double", "check_double", "why"]


def test_cell_turned_into_text_is_turned_back(tmp_path: Path, lesson: Lesson) -> None:
    taken = intake(tmp_path, lesson, answered(lambda nb: named(nb, "precision").update(cell_type="markdown")))
    assert cell_of(taken, "precision")["cell_type"] == "code"
    assert taken.repairs == ["The answer cell precision was turned into a markdown cell; it was turned back."]


def test_old_format_is_read(tmp_path: Path, lesson: Lesson) -> None:
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {},
        "worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"], "outputs": [], "metadata": {}}]}],
    }
    taken = intake(tmp_path, lesson, json.dumps(old))
    assert taken.notebook is not None
    assert any(cell["source"] == "x = 1" for cell in taken.notebook["cells"])


JSON = json_values(["code", "precision", "why"])


@pytest.mark.slow
@settings(max_examples=150)
@given(cells=st.lists(JSON, max_size=4))
def test_no_json_can_break_intake(lesson: Lesson, tmp_path_factory: pytest.TempPathFactory, cells: list[Any]) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / f"{TOPIC}.ipynb").write_text(json.dumps({"cells": cells}))
    taken = read_submission(folder, lesson)
    if taken.notebook is not None:
        notebook = nbformat.from_dict(taken.notebook)
        nbformat.validate(notebook)
        graded = [c.metadata.nbgrader.grade_id for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade")]
        assert sorted(graded) == ["check_double", "check_precision", "why"]
