"""Honest work, however it is written, earns outside what it earns in the notebook."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from grading_samples import ACCURACY_INSTEAD, LESSON, RIGHT_PRECISION, answered, delete, insert
from nbformat import NotebookNode
from trusted_samples import SEED, observer
from trusted_ways import WAYS

from autograder import check
from autograder.grading.judging.verdicts import Verdicts, trusted_verdicts

pytestmark = pytest.mark.slow


def judged(notebook: NotebookNode) -> Verdicts:
    return trusted_verdicts(notebook, LESSON, SEED, observer())


@pytest.mark.parametrize("way", WAYS)
def test_right_however_it_is_written(way: str) -> None:
    before, answer = WAYS[way]
    verdict = judged(answered(insert("precision", before), precision=answer))["precision"]
    assert verdict == 3, str(verdict)


def test_the_ways_are_right_answers_in_the_learners_own_process(monkeypatch: pytest.MonkeyPatch) -> None:
    # What one of them changes in NumPy is taken back.
    monkeypatch.setattr(np, "least", 1, raising=False)
    only_in_a_notebook = {"magics", "timed line", "slow experiment", "experiment that leaves", "warnings"}
    with np.errstate():
        for way in WAYS.keys() - only_in_a_notebook:
            names: dict[str, Any] = {"np": np, "print": lambda *_: None, "check": check}
            for source in WAYS[way]:
                exec(compile(source, "<cell>", "exec", dont_inherit=True), names)
            assert check("precision", names["precision"], seed=SEED) == 3, way


def test_a_definition_below_a_line_that_fails_counts() -> None:
    """A notebook would not run it; but the line may fail only because a library is out of sight."""
    notebook = answered(precision=f"accuracy = accuracy_score([1], [1])\n{RIGHT_PRECISION}")
    assert judged(notebook)["precision"] == 3


def test_an_answer_in_another_cell_counts() -> None:
    notebook = answered(delete("precision"), insert("check_precision", RIGHT_PRECISION))
    assert judged(notebook)["precision"] == 3


def test_own_assertions_of_the_lesson_are_left_to_the_notebook() -> None:
    verdicts = judged(answered())
    assert set(verdicts) == {"precision"}
    assert verdicts.unjudged == ["check_double"]
    assert verdicts.remarks == []


def test_a_cell_that_cannot_run_is_explained() -> None:
    verdict = judged(answered(precision="def precision(y_true, y_pred)\n    return 1"))["precision"]
    assert verdict == 0
    assert verdict.cases[0].message == "precision is not defined."
    assert verdict.hints[0] == "Your cell stopped with SyntaxError in line 1: expected ':'. Correct that first."


def test_an_answer_that_is_no_function_is_explained() -> None:
    verdict = judged(answered(precision="precision = 0.5"))["precision"]
    assert verdict == 0
    assert verdict.cases[0].message == "precision is not a function but a value of type float."


def test_use_of_a_library_is_explained() -> None:
    answer = "def precision(y_true, y_pred):\n    return metrics.precision_score(y_true, y_pred, zero_division=0.0)"
    verdicts = judged(answered(insert("precision", "from sklearn import metrics"), precision=answer))
    assert verdicts["precision"] == 0
    assert "scikit-learn cannot be used" in verdicts["precision"].hints[0]
    assert verdicts.remarks == ["Cell precision uses sklearn.metrics (line 2)."]


def test_use_of_a_library_is_explained_where_the_source_does_not_show_it() -> None:
    answer = "precision = __import__('evalkit').precision_score"
    verdict = judged(answered(precision=answer))["precision"]
    assert verdict == 0
    assert "evalkit cannot be used" in verdict.hints[0]


def test_the_same_notebook_and_seed_give_the_same_verdicts() -> None:
    notebook = answered(precision=ACCURACY_INSTEAD)
    first, second = judged(notebook), judged(notebook)
    assert first["precision"].to_dict() == second["precision"].to_dict()
    assert first["precision"].misconceptions == ("accuracy",)
