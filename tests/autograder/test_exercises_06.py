"""Lesson 06: every misconception loses points and is named, every variant earns full points, whatever the seed."""

from __future__ import annotations

import numpy as np
import pytest
from known_answers import verdict_on
from sklearn import metrics

from autograder import check
from autograder.exercises import of_lesson

LESSON = "06_regression_errors"
SEEDS = range(21)
EXERCISES = {exercise.id: exercise for exercise in of_lesson(LESSON)}
WRONG = [(exercise.id, name) for exercise in EXERCISES.values() for name in exercise.misconceptions]
RIGHT = [(exercise.id, name) for exercise in EXERCISES.values() for name in exercise.variants]


@pytest.mark.parametrize(("exercise_id", "name"), WRONG)
def test_misconception_loses_points_and_gets_its_own_hint(exercise_id, name):
    misconception = EXERCISES[exercise_id].misconceptions[name]
    for seed in SEEDS:
        verdict = verdict_on(exercise_id, misconception.answer, seed)
        assert verdict < verdict.max_points, f"seed {seed}: no points lost\n{verdict}"
        assert verdict.misconceptions == (name,), f"seed {seed}\n{verdict}"
        assert verdict.hints[0] == misconception.hint


@pytest.mark.parametrize(("exercise_id", "name"), RIGHT)
def test_variant_earns_full_points(exercise_id, name):
    for seed in SEEDS:
        verdict = verdict_on(exercise_id, EXERCISES[exercise_id].variants[name], seed)
        assert verdict.passed, f"seed {seed}\n{verdict}"
        assert verdict == verdict.max_points


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_check_itself_tells_right_from_wrong(exercise_id):
    exercise = EXERCISES[exercise_id]
    name, misconception = next(iter(exercise.misconceptions.items()))
    assert check(exercise_id, misconception.answer).misconceptions == (name,)
    assert check(exercise_id, next(iter(exercise.variants.values()))).passed


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_there_is_enough_to_tell_apart(exercise_id):
    exercise = EXERCISES[exercise_id]
    assert len(exercise.misconceptions) >= 4
    assert len(exercise.variants) >= 3
    assert 2 <= exercise.points <= 3


@pytest.mark.parametrize("exercise_id", EXERCISES)
@pytest.mark.parametrize("constant", [0.0, 0.5, 1.0, None])
def test_answers_that_compute_nothing_earn_nothing(exercise_id, constant):
    assert check(exercise_id, lambda *_: constant) == 0


# scikit-learn's answer to the same question, computed by other code than the oracle's.
PEERS = {
    "mae": metrics.mean_absolute_error,
    "mse": metrics.mean_squared_error,
    "rmse": metrics.root_mean_squared_error,
    "r2": metrics.r2_score,
}


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_reference_agrees_with_scikit_learn(exercise_id):
    for seed in SEEDS:
        for case in EXERCISES[exercise_id].draw(seed):
            expected = PEERS[exercise_id](*case.args)
            assert EXERCISES[exercise_id].reference(*case.args) == pytest.approx(expected), (seed, case.name)


def answers(exercise_id, y_true, y_pred):
    return EXERCISES[exercise_id].reference(np.array(y_true), np.array(y_pred))


def test_references_on_the_two_couriers_of_the_lesson():
    promised = np.zeros(10)
    steady, erratic = np.full(10, 4.0), np.array([40.0] + [0.0] * 9)
    assert answers("mae", steady, promised) == answers("mae", erratic, promised) == pytest.approx(4)
    assert answers("rmse", steady, promised) == pytest.approx(4)
    assert answers("rmse", erratic, promised) == pytest.approx(4 * np.sqrt(10))
    assert answers("mse", erratic, promised) == pytest.approx(160)


def test_r2_where_the_truth_is_constant():
    assert answers("r2", [3.0, 3.0], [3.0, 3.0]) == 1.0
    assert answers("r2", [3.0, 3.0], [3.0, 4.0]) == 0.0


def test_r2_of_the_mean_is_zero_and_a_worse_model_is_below():
    assert answers("r2", [1.0, 2.0, 6.0], [3.0, 3.0, 3.0]) == pytest.approx(0)
    assert answers("r2", [1.0, 2.0, 6.0], [6.0, 2.0, 1.0]) < 0


@pytest.mark.parametrize("seed", SEEDS)
def test_the_case_called_worse_than_the_mean_is(seed):
    scores = {case.name: metrics.r2_score(*case.args) for case in EXERCISES["r2"].draw(seed)}
    assert scores["worse than the mean"] < 0 < scores["a fair model"]
