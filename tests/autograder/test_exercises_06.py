"""The exercises of lesson 06: what is special to them."""

from __future__ import annotations

import numpy as np
import pytest
from known_answers import check_reference, reference_answer
from sklearn import metrics

from autograder.exercises import of_lesson

LESSON = "06_regression_errors"
SEEDS = range(21)
EXERCISES = {exercise.id: exercise for exercise in of_lesson(LESSON)}


# scikit-learn's answer to the same question, computed by other code than the oracle's.
PEERS = {
    "mae": metrics.mean_absolute_error,
    "mse": metrics.mean_squared_error,
    "rmse": metrics.root_mean_squared_error,
    "r2": metrics.r2_score,
}


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_reference_agrees_with_scikit_learn(exercise_id):
    check_reference(exercise_id, PEERS[exercise_id], SEEDS)


def test_references_on_the_two_couriers_of_the_lesson():
    promised = np.zeros(10)
    steady, erratic = np.full(10, 4.0), np.array([40.0] + [0.0] * 9)
    assert reference_answer("mae", steady, promised) == reference_answer("mae", erratic, promised) == pytest.approx(4)
    assert reference_answer("rmse", steady, promised) == pytest.approx(4)
    assert reference_answer("rmse", erratic, promised) == pytest.approx(4 * np.sqrt(10))
    assert reference_answer("mse", erratic, promised) == pytest.approx(160)


def test_r2_where_the_truth_is_constant():
    assert reference_answer("r2", [3.0, 3.0], [3.0, 3.0]) == 1.0
    assert reference_answer("r2", [3.0, 3.0], [3.0, 4.0]) == 0.0


def test_r2_of_the_mean_is_zero_and_a_worse_model_is_below():
    assert reference_answer("r2", [1.0, 2.0, 6.0], [3.0, 3.0, 3.0]) == pytest.approx(0)
    assert reference_answer("r2", [1.0, 2.0, 6.0], [6.0, 2.0, 1.0]) < 0


@pytest.mark.parametrize("seed", SEEDS)
def test_the_case_called_worse_than_the_mean_is(seed):
    scores = {case.name: metrics.r2_score(*case.args) for case in EXERCISES["r2"].draw(seed)}
    assert scores["worse than the mean"] < 0 < scores["a fair model"]
