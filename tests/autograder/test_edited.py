"""A mistake that is written as its edit of a right answer."""

from __future__ import annotations

import inspect
import linecache
import traceback

import nbformat
import pytest

from autograder import exercises
from autograder.checking.exercise import Misconception
from autograder.exercises._edited import edited, mistake
from autograder.proving.answers import fill_in, find_cell

LIMIT = 10


def clipped(values):
    limit = LIMIT
    return [min(value, limit) for value in values]


def test_the_edits_are_made_and_nothing_else():
    wrong = edited(clipped, {"min(value": "max(value", "values]": "values[1:]]"})
    assert inspect.getsource(wrong) == (
        "def clipped(values):\n    limit = LIMIT\n    return [max(value, limit) for value in values[1:]]\n"
    )


def test_the_mistake_runs_with_the_names_of_its_module():
    right = clipped
    assert edited(clipped, {"min(": "max("})([3, 12]) == [10, 12]
    assert clipped([3, 12]) == [3, 10]
    assert globals()["clipped"] is right


def test_a_line_is_taken_out_with_its_break():
    wrong = edited(clipped, {"    limit = LIMIT\n": ""})
    assert inspect.getsource(wrong).splitlines()[1] == "    return [min(value, limit) for value in values]"
    with pytest.raises(NameError, match="limit"):
        wrong([3])


def test_an_edit_can_be_made_of_an_edit():
    first = edited(clipped, {"min": "max"})
    assert edited(first, {"LIMIT": "LIMIT + 5"})([3, 18]) == [15, 18]


def test_two_edits_of_one_answer_are_told_apart():
    first, second = edited(clipped, {"min": "max"}), edited(clipped, {"LIMIT": "3"})
    assert "max(" in inspect.getsource(first)
    assert "limit = 3" in inspect.getsource(second)


def test_a_mistake_is_an_edit_with_its_hint():
    wrong = mistake(clipped, {"min(": "max("}, "Take the smaller of the two.")
    assert isinstance(wrong, Misconception)
    assert (wrong.answer([3, 12]), wrong.hint) == ([10, 12], "Take the smaller of the two.")


@pytest.mark.parametrize(("old", "times"), [("sorted(", 0), ("value", 4), ("limit", 2)])
def test_an_edit_must_say_where_it_is_made(old, times):
    with pytest.raises(ValueError, match="must occur once") as info:
        edited(clipped, {old: "x"})
    assert str(info.value) == f"{old!r} must occur once in test_edited.clipped, but occurs {times} times"


def test_a_text_that_is_no_python_is_shown():
    with pytest.raises(SyntaxError) as info:
        edited(clipped, {"values]": "values"})
    assert info.value.filename == "<test_edited.clipped, edited: {'values]': 'values'}>"


def test_a_traceback_shows_the_line():
    wrong = edited(clipped, {"min(value": "min(value['a']"})
    with pytest.raises(TypeError) as info:
        wrong([3])
    linecache.checkcache()
    last = traceback.extract_tb(info.value.__traceback__)[-1]
    assert (last.filename, last.line) == (
        """<test_edited.clipped, edited: {'min(value': "min(value['a']"}>""",
        "return [min(value['a'], limit) for value in values]",
    )


def test_the_audit_can_paste_it_into_a_notebook():
    exercise = exercises.get("train_one_epoch")
    cell = nbformat.v4.new_code_cell("", metadata={"nbgrader": {"grade_id": exercise.id}})
    notebook = nbformat.v4.new_notebook(cells=[cell])
    fill_in(notebook, exercise, exercise.misconceptions["no-step"].answer)
    pasted = find_cell(notebook, exercise.id).source
    right = inspect.getsource(exercise.reference)
    assert pasted == right.replace("reference(", "train_one_epoch(").replace("        optimizer.step()\n", "").rstrip()
