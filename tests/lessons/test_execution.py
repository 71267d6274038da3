"""Every lesson runs, fast enough to wait for, and says what its code says."""

import re

import pytest

from autograder import exercises
from autograder.authoring.prose import mismatches

pytestmark = pytest.mark.slow


def outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def results(notebook):
    """Grade id -> the number that the test cell shows, which is the score by nbgrader's rule."""
    return {
        cell.metadata.nbgrader.grade_id: float(output.data["text/plain"])
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
        for output in cell.outputs
        if output.output_type == "execute_result"
    }


def test_it_does_not_keep_a_learner_waiting(executed):
    # A yardstick is about half a second of processor time: no cell takes 20 seconds, no lesson a minute and a half.
    code = (cell for cell in executed.cells if cell.cell_type == "code")
    spent = {cell.id: cell.metadata.get("yardsticks", 0) for cell in code}
    assert {cell: times for cell, times in spent.items() if times > 40} == {}
    assert sum(spent.values()) < 180


def test_it_warns_of_nothing(executed):
    noise = [output.text for output in outputs(executed) if output.output_type == "stream" and output.name == "stderr"]
    assert noise == []


def test_numbers_in_the_text_agree_with_the_code(executed, lesson):
    assert mismatches(executed, lesson) == []


def test_the_solutions_earn_full_points(executed, lesson):
    expected = {f"check_{exercise.id}": exercise.points for exercise in exercises.of_lesson(lesson)}
    assert results(executed) == expected


def test_figures_have_alt_text(executed):
    for output in outputs(executed):
        for kind in output.get("data", {}):
            if kind.startswith("image/"):
                alt = output.metadata.get(kind, {}).get("alt", "")
                assert len(alt.split()) >= 8, f"a figure whose alt text is {alt!r}"
        html = output.get("data", {}).get("text/html", "")
        assert re.findall(r"<img(?![^>]*\balt=)", html) == []


def test_there_is_at_least_one_figure(executed):
    assert any(kind.startswith("image/") for output in outputs(executed) for kind in output.get("data", {}))


def test_a_lesson_without_answers_runs_to_the_end_and_earns_nothing(executed_release, lesson):
    expected = {f"check_{exercise.id}": 0.0 for exercise in exercises.of_lesson(lesson)}
    assert results(executed_release) == expected
