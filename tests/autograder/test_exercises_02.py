"""The exercises of lesson 02: what is special to them."""

from __future__ import annotations

import numpy as np
import pytest

from autograder import exercises

LESSON = exercises.of_lesson("02_accuracy_paradox")
SEEDS = range(21)


def test_reference_values_worked_out_by_hand():
    answers = {exercise.id: exercise.reference for exercise in LESSON}
    y_true = np.array([0, 0, 0, 1])
    y_pred = np.array([0, 0, 1, 1])
    assert answers["accuracy"](y_true, y_pred) == 0.75
    assert answers["balanced_accuracy"](y_true, y_pred) == pytest.approx((2 / 3 + 1) / 2)
    assert answers["majority_baseline"](np.array([2, 1, 2, 1]), 3).tolist() == [1, 1, 1]
    assert answers["max_prevalence"](0.98, 0.12) == pytest.approx(0.02 / 0.88)
    assert answers["max_prevalence"](0.9, 1.0) == 1.0


@pytest.mark.parametrize("accuracy", [0.5, 0.9, 0.98])
@pytest.mark.parametrize("recall", [0.0, 0.12, 0.6])
def test_max_prevalence_is_the_largest_share_that_counts_allow(accuracy, recall):
    # By counting: of 1,000 samples, p are positive; the missed ones alone must not exceed the errors there are.
    n = 1000
    errors = round((1 - accuracy) * n)
    allowed = [p for p in range(n + 1) if p * (1 - recall) <= errors + 1e-9]
    bound = exercises.get("max_prevalence").reference(accuracy, recall)
    assert max(allowed) / n == pytest.approx(bound, abs=1 / n)
