"""Lesson 04: every misconception loses points and is named, every variant earns full points, whatever the seed."""

from __future__ import annotations

import numpy as np
import pytest
from known_answers import verdict_on
from sklearn import metrics
from sklearn.utils.class_weight import compute_class_weight

from autograder import check
from autograder.exercises import of_lesson

LESSON = "04_f1_and_averages"
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
    "f1": lambda t, p: metrics.f1_score(t, p, zero_division=0.0),
    "fbeta": lambda t, p, beta: metrics.fbeta_score(t, p, beta=beta, zero_division=0.0),
    "macro_f1": lambda t, p: metrics.f1_score(t, p, average="macro", zero_division=0.0),
    "weighted_f1": lambda t, p: metrics.f1_score(t, p, average="weighted", zero_division=0.0),
    "expected_cost": lambda t, p, cost_fp, cost_fn: np.mean(np.select([p > t, p < t], [cost_fp, cost_fn], 0.0)),
    "class_weights": lambda y: dict(
        zip(np.unique(y).tolist(), compute_class_weight("balanced", classes=np.unique(y), y=y), strict=True)
    ),
}


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_reference_agrees_with_scikit_learn(exercise_id):
    for seed in SEEDS:
        for case in EXERCISES[exercise_id].draw(seed):
            expected = PEERS[exercise_id](*case.args)
            assert EXERCISES[exercise_id].reference(*case.args) == pytest.approx(expected), (seed, case.name)


def answers(exercise_id, *args):
    return EXERCISES[exercise_id].reference(*(np.array(a) if isinstance(a, list) else a for a in args))


def test_references_on_the_nine_samples_of_the_lesson():
    truth = ["Red", "Black", "Red", "White", "White", "Red", "Black", "Red", "White"]
    predicted = ["Red", "White", "Black", "White", "Red", "Red", "Black", "White", "Red"]
    assert answers("macro_f1", truth, predicted) == pytest.approx((1 / 3 + 1 / 2 + 1 / 2) / 3)
    assert answers("weighted_f1", truth, predicted) == pytest.approx((3 / 3 + 2 / 2 + 4 / 2) / 9)


def test_an_empty_denominator_gives_zero_not_nan():
    assert answers("f1", [0, 0], [0, 0]) == 0.0
    assert answers("f1", [0, 1], [0, 0]) == 0.0
    assert answers("fbeta", [0, 0], [0, 1], 2.0) == 0.0


def test_macro_counts_classes_that_are_only_predicted():
    assert answers("macro_f1", [0, 0], [0, 1]) == pytest.approx((2 / 3 + 0) / 2)
    assert answers("weighted_f1", [0, 0], [0, 1]) == pytest.approx(2 / 3)


def test_cost_is_a_mean_per_sample():
    assert answers("expected_cost", [0, 1, 1, 0], [1, 0, 1, 0], 2.0, 10.0) == pytest.approx(3.0)


def test_class_weights_keep_the_mean_weight_of_a_sample_at_one():
    y = np.array(["a"] * 6 + ["b"] * 2)
    weights = answers("class_weights", y)
    assert weights == pytest.approx({"a": 8 / 12, "b": 2.0})
    assert np.mean([weights[label] for label in y]) == pytest.approx(1.0)
