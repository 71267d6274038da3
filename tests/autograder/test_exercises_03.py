"""Lesson 03: every misconception loses points and is named, every variant earns full points, whatever the seed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from known_answers import recorded, verdict_on

from autograder import check
from autograder.exercises import of_lesson

LESSON = "03_precision_recall"
SEEDS = range(21)
EXERCISES = {exercise.id: exercise for exercise in of_lesson(LESSON)}
WRONG = [(exercise.id, name) for exercise in EXERCISES.values() for name in exercise.misconceptions]
RIGHT = [(exercise.id, name) for exercise in EXERCISES.values() for name in exercise.variants]


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_reference_answers_every_case_with_finite_numbers(exercise_id):
    for seed in SEEDS:
        inputs, key, _ = recorded(exercise_id, seed)
        for arguments, case in zip(inputs, key["cases"], strict=True):
            expected = case["expected"]
            assert expected["status"] == "returned", (seed, case["name"], expected)
            assert "nan" not in str(expected["value"]), (seed, case["name"], arguments)


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
def test_answers_that_compute_nothing_earn_nothing(exercise_id):
    constant = np.zeros((4, 2)) if exercise_id == "precision_recall_at" else 0.5
    assert check(exercise_id, lambda *_: constant) == 0
    assert check(exercise_id, lambda *_: None) == 0


def answers(exercise_id, *args):
    return EXERCISES[exercise_id].reference(*(np.array(a) if isinstance(a, list) else a for a in args))


def test_reference_on_the_six_samples_of_the_lesson():
    y_true, y_pred = [1, 1, 1, 0, 0, 0], [1, 1, 0, 1, 0, 0]
    assert answers("precision", y_true, y_pred) == pytest.approx(2 / 3)
    assert answers("recall", y_true, y_pred) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("recall", "positives", "found"), [(1.0, 5, 5), (0.3, 30, 9), (0.0, 14, 0)])
def test_reference_of_caught(recall, positives, found):
    assert answers("caught", recall, positives) == pytest.approx(found)


def test_an_empty_denominator_gives_zero_not_nan():
    assert answers("precision", [0, 1], [0, 0]) == 0.0
    assert answers("recall", [0, 0], [0, 1]) == 0.0
    table = answers("precision_recall_at", [0, 1], [0.2, 0.4], [0.5])
    assert table.tolist() == [[0.0, 0.0]]


def test_a_score_at_the_threshold_counts_as_positive():
    table = answers("precision_recall_at", [1, 0, 1], [0.5, 0.4, 0.8], [0.5, math.nextafter(0.5, 1)])
    assert table.tolist() == [[1.0, 1.0], [1.0, 0.5]]


@pytest.mark.parametrize("seed", SEEDS)
def test_thresholds_that_are_no_ties_lie_clear_of_every_score(seed):
    """Only the case about ties may turn on one: in every other a slip in >= must cost nothing."""
    for case in EXERCISES["precision_recall_at"].draw(seed):
        _, scores, thresholds = case.args
        gap = np.abs(scores[:, np.newaxis] - thresholds).min()
        assert (gap == 0) if case.name == "scores exactly at a threshold" else (gap > 1e-3)
