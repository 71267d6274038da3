"""The exercises of lesson 04: what is special to them."""

from __future__ import annotations

import numpy as np
import pytest
from known_answers import check_reference, reference_answer
from sklearn import metrics
from sklearn.utils.class_weight import compute_class_weight

from autograder.exercises import of_lesson

LESSON = "04_f1_and_averages"
SEEDS = range(21)
EXERCISES = {exercise.id: exercise for exercise in of_lesson(LESSON)}


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


@pytest.mark.slow
@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_reference_agrees_with_scikit_learn(exercise_id):
    check_reference(exercise_id, PEERS[exercise_id], SEEDS)


def test_references_on_the_nine_samples_of_the_lesson():
    truth = ["Red", "Black", "Red", "White", "White", "Red", "Black", "Red", "White"]
    predicted = ["Red", "White", "Black", "White", "Red", "Red", "Black", "White", "Red"]
    assert reference_answer("macro_f1", truth, predicted) == pytest.approx((1 / 3 + 1 / 2 + 1 / 2) / 3)
    assert reference_answer("weighted_f1", truth, predicted) == pytest.approx((3 / 3 + 2 / 2 + 4 / 2) / 9)


def test_an_empty_denominator_gives_zero_not_nan():
    assert reference_answer("f1", [0, 0], [0, 0]) == 0.0
    assert reference_answer("f1", [0, 1], [0, 0]) == 0.0
    assert reference_answer("fbeta", [0, 0], [0, 1], 2.0) == 0.0


def test_macro_counts_classes_that_are_only_predicted():
    assert reference_answer("macro_f1", [0, 0], [0, 1]) == pytest.approx((2 / 3 + 0) / 2)
    assert reference_answer("weighted_f1", [0, 0], [0, 1]) == pytest.approx(2 / 3)


def test_cost_is_a_mean_per_sample():
    assert reference_answer("expected_cost", [0, 1, 1, 0], [1, 0, 1, 0], 2.0, 10.0) == pytest.approx(3.0)


def test_class_weights_keep_the_mean_weight_of_a_sample_at_one():
    y = np.array(["a"] * 6 + ["b"] * 2)
    weights = reference_answer("class_weights", y)
    assert weights == pytest.approx({"a": 8 / 12, "b": 2.0})
    assert np.mean([weights[label] for label in y]) == pytest.approx(1.0)
