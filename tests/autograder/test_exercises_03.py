"""The exercises of lesson 03: what is special to them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from known_answers import reference_answer

from autograder.exercises import of_lesson

LESSON = "03_precision_recall"
SEEDS = range(21)
EXERCISES = {exercise.id: exercise for exercise in of_lesson(LESSON)}


def test_reference_on_the_six_samples_of_the_lesson():
    y_true, y_pred = [1, 1, 1, 0, 0, 0], [1, 1, 0, 1, 0, 0]
    assert reference_answer("precision", y_true, y_pred) == pytest.approx(2 / 3)
    assert reference_answer("recall", y_true, y_pred) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("recall", "positives", "found"), [(1.0, 5, 5), (0.3, 30, 9), (0.0, 14, 0)])
def test_reference_of_caught(recall, positives, found):
    assert reference_answer("caught", recall, positives) == pytest.approx(found)


def test_an_empty_denominator_gives_zero_not_nan():
    assert reference_answer("precision", [0, 1], [0, 0]) == 0.0
    assert reference_answer("recall", [0, 0], [0, 1]) == 0.0
    table = reference_answer("precision_recall_at", [0, 1], [0.2, 0.4], [0.5])
    assert table.tolist() == [[0.0, 0.0]]


def test_a_score_at_the_threshold_counts_as_positive():
    table = reference_answer("precision_recall_at", [1, 0, 1], [0.5, 0.4, 0.8], [0.5, math.nextafter(0.5, 1)])
    assert table.tolist() == [[1.0, 1.0], [1.0, 0.5]]


@pytest.mark.parametrize("seed", SEEDS)
def test_thresholds_that_are_no_ties_lie_clear_of_every_score(seed):
    """Only the case about ties may turn on one: in every other a slip in >= must cost nothing."""
    for case in EXERCISES["precision_recall_at"].draw(seed):
        _, scores, thresholds = case.args
        gap = np.abs(scores[:, np.newaxis] - thresholds).min()
        assert (gap == 0) if case.name == "scores exactly at a threshold" else (gap > 1e-3)
