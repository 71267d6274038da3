"""Notebooks that came back from a service without marks and ids: every cell of every lesson is found again."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from json_values import json_values
from messy import colab, deepnote, without_ids

from autograder.grading.course import Lesson
from autograder.grading.intake import lost_marks
from autograder.grading.intake.repair import repair
from autograder.grading.intake.weight import without_outputs

ROOT = Path(__file__).parents[2]
LESSONS = sorted((ROOT / "lessons").glob("*/*.ipynb"))
Notebook = dict[str, Any]


def lesson_of(path: Path) -> tuple[Lesson, Notebook]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return Lesson(path.parent.name, path.stem, notebook, [cell["source"] for cell in notebook["cells"]]), notebook


def marks(notebook: Notebook) -> list[str]:
    found = (cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in notebook["cells"])
    return [name for name in found if name]


def answered(notebook: Notebook) -> Notebook:
    """Every answer is written: the written ones in two paragraphs, which name their cell."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("solution") and cell["cell_type"] == "code":
            cell["source"] = cell["source"].replace("raise NotImplementedError()", "return 1")
        elif mark.get("solution"):
            cell["source"] = f"The answer to {mark['grade_id']}.\n\nAnd more of it."
    return notebook


@pytest.mark.parametrize("service", [without_ids, colab, deepnote])
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_marked_cell_of_every_lesson_is_found_again(path: Path, service: Callable[[Notebook], None]) -> None:
    lesson, notebook = lesson_of(path)
    stripped = answered(notebook)
    service(stripped)
    assert marks(stripped) == []
    made, done = repair(stripped["cells"], lesson)
    assert marks(made) == marks(notebook)
    (sentence,) = done
    assert sentence.startswith(f"{len(marks(notebook))} cells had no marks")
    for cell in made["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("solution") and mark.get("grade"):
            assert cell["source"].startswith(f"The answer to {mark['grade_id']}.")


def written() -> tuple[Lesson, Notebook, int]:
    """The lesson with a written answer, its notebook with answers, and where that one is."""
    lesson, notebook = lesson_of(next(path for path in LESSONS if path.stem == "precision_recall"))
    answers = answered(notebook)
    (place,) = [i for i, cell in enumerate(answers["cells"]) if cell["source"].startswith("The answer to")]
    return lesson, answers, place


def test_one_answer_without_a_mark_is_found_where_it_should_be() -> None:
    lesson, notebook, place = written()
    name = notebook["cells"][place]["metadata"]["nbgrader"]["grade_id"]
    notebook["cells"][place].update(id="another", metadata={})
    made, done = repair(notebook["cells"], lesson)
    assert made["cells"][place]["metadata"]["nbgrader"]["grade_id"] == name
    assert done == [f"The answer cell {name} had no mark; it was found by its text or its place."]


@pytest.mark.parametrize("instead", [[], ["code"], ["far"]])
def test_where_no_text_stands_in_its_place_a_person_sees_that_the_answer_is_missing(instead: list[str]) -> None:
    lesson, notebook, place = written()
    del notebook["cells"][place]
    mine = {"id": "mine", "source": "x = 1", "metadata": {}}
    if instead == ["code"]:
        notebook["cells"].insert(place, mine | {"cell_type": "code"})
    elif instead == ["far"]:
        notebook["cells"].insert(0, mine | {"cell_type": "markdown"})
    made, done = repair(notebook["cells"], lesson)
    (back,) = [cell for cell in made["cells"] if cell["source"].startswith("_This answer cell was missing")]
    assert done == [f"The answer cell {back['metadata']['nbgrader']['grade_id']} was deleted; it was put back."]


def test_nobody_searches_among_thousands_of_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson, notebook, _ = written()
    without_ids(notebook)
    monkeypatch.setattr(lost_marks, "MAX_CELLS", len(notebook["cells"]) - 1)
    assert "none of the lesson's graded cells" in repair(notebook["cells"], lesson)[1][0]


@given(
    sources=st.lists(
        st.text() | st.sampled_from(['"outputs": [', '\\"outputs\\": [1, "]', '"widgets": {']), max_size=4
    ),
    left=json_values(["outputs", "]", '"', "\\"]),
    indent=st.sampled_from([None, 1]),
)
def test_only_what_cells_left_is_cut_out(sources: list[str], left: Any, indent: int | None) -> None:
    def made(outputs: list[Any], widgets: dict[str, Any]) -> Notebook:
        cells = [{"source": [text], "outputs": outputs, "metadata": {"a": text}} for text in sources]
        return {"metadata": {"widgets": widgets, "b": sources}, "cells": cells}

    text = json.dumps(made([left, {"text": sources}], {"state": left}), indent=indent)
    assert json.loads(without_outputs(text.encode())) == made([], {})


def test_an_output_without_an_end_stays() -> None:
    damaged = b'{"cells": [{"outputs": [[1, "]"], "source": "x"'
    assert without_outputs(damaged) == damaged
