"""A written answer in a new cell below the one that was meant for it counts, and is seen by the person who grades."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from nbgrader.utils import compute_checksum
from test_repair import Cells, at, cell, names, repaired, submitted

from autograder.grading import CellResult, SubmissionResult
from autograder.grading.running.job import grade_cell

STUB = "Write here."
TEXT = "Because a false alarm costs an hour."
SAID = ["The answer why stands in a cell of its own below; it counts."]


def with_below(*below: Any, why: str = STUB) -> Cells:
    """The lesson with an empty answer, and new cells right below."""
    cells = submitted(why=why)
    place = at(cells, "why") + 1
    cells[place:place] = below
    return cells


@pytest.mark.parametrize(
    ("below", "kind"),
    [
        (TEXT, "markdown"),
        (TEXT, "raw"),
        # A new cell is a code cell, until somebody turns it into text.
        (TEXT, "code"),
        (f"# {TEXT}", "code"),
        (f'"""{TEXT}"""', "code"),
    ],
)
@pytest.mark.parametrize("why", [STUB, "", f"{STUB}\n"])
def test_words_below_an_empty_answer_are_the_answer(below: str, kind: str, why: str) -> None:
    found, done = repaired(with_below(cell("mine", below, kind), why=why))
    answer = found[at(found, "why")]
    assert answer["source"] == f"{why}\n\n{below}".strip()
    assert names(found) == names(submitted())
    assert done == SAID


def test_several_cells_below_are_one_answer_pictures_included() -> None:
    picture = {**cell("b", "![](p.png)", "markdown"), "attachments": {"p.png": {"image/png": "AAAA"}}}
    found, done = repaired(with_below(cell("a", "First.", "markdown"), cell("e", "", "code"), picture))
    answer = found[at(found, "why")]
    assert answer["source"] == f"{STUB}\n\nFirst.\n\n![](p.png)"
    assert answer["attachments"] == {"p.png": {"image/png": "AAAA"}}
    assert done == SAID


@pytest.mark.parametrize(
    "below",
    [
        cell("mine", "print(single(3))"),
        cell("mine", "x = single(3"),
        cell("mine", "%timeit single(3)"),
        cell("mine", "", "markdown"),
    ],
)
def test_code_below_an_empty_answer_stays_where_it_is(below: Any) -> None:
    found, done = repaired(with_below(below))
    assert found[at(found, "why")]["source"] == STUB
    assert "mine" in names(found)
    assert done == []


def test_below_a_written_answer_a_cell_is_a_cell_of_its_own() -> None:
    found, done = repaired(with_below(cell("mine", "A note.", "markdown"), why=TEXT))
    assert found[at(found, "why")]["source"] == TEXT
    assert "mine" in names(found)
    assert done == []


@pytest.mark.parametrize("new_id", ["title", "other"])
def test_the_text_of_the_lesson_is_nobodys_answer(new_id: str) -> None:
    """Some services give cells new ids; then they are known by their text."""
    cells = submitted(why=STUB)
    title = {**cells.pop(at(cells, "title")), "id": new_id}
    cells.insert(at(cells, "why") + 1, title)
    found, _ = repaired(cells)
    assert found[at(found, "why")]["source"] == STUB


def test_it_waits_for_a_person() -> None:
    (empty, _), (written, _) = (repaired(cells) for cells in (with_below(), with_below(cell("mine", TEXT, "markdown"))))
    stub, answer = (nbformat.from_dict(cells[at(cells, "why")]) for cells in (empty, written))
    for made in (stub, answer):
        made.metadata.nbgrader.checksum = compute_checksum(stub)
    assert grade_cell(stub) == CellResult("why", 0, 4.0, empty=True)
    assert grade_cell(answer) == CellResult("why", None, 4.0, needs_manual=True)


def result(*cells: CellResult) -> SubmissionResult:
    return SubmissionResult.of("ada", "03", "graded", [], cells)


def test_what_waits_is_told_from_what_counts_zero() -> None:
    waits = CellResult("why", None, 4.0, needs_manual=True)
    empty = CellResult("costs", 0.0, 2.0, empty=True)
    test = CellResult("check_a", 0.0, 3.0)
    assert result(test).by_hand() == ""
    assert result(test, waits).by_hand() == "why: 4 points to mark"
    assert result(test, empty).by_hand() == "costs: left empty"
    assert result(waits, empty).by_hand() == "why: 4 points to mark; costs: left empty"
