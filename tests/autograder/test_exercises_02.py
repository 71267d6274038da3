"""The exercises of lesson 02: what is special to them."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

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
    assert answers["max_prevalence"](0.9, 1.0) == 0.9
    assert answers["max_prevalence"](0.6, 0.8) == pytest.approx(0.75)


def test_max_prevalence_is_the_largest_share_that_counts_allow():
    """By brute force: every table of 24 samples with at least one positive, and the accuracy and recall it gives."""
    n = 24
    largest: dict[tuple[Fraction, Fraction], Fraction] = {}
    for positives in range(1, n + 1):
        for tp, tn in product(range(positives + 1), range(n - positives + 1)):
            seen = Fraction(tp + tn, n), Fraction(tp, positives)
            largest[seen] = max(largest.get(seen, Fraction(0)), Fraction(positives, n))
    exercise = exercises.get("max_prevalence")
    for answer in (exercise.reference, *exercise.variants.values()):
        for (accuracy, recall), share in largest.items():
            bound = answer(float(accuracy), float(recall))
            assert share <= bound + 1e-9, (accuracy, recall)
            # Where a table of 24 samples can meet the bound exactly, one does.
            exact = exercise.reference(accuracy, recall) * n
            if exact == int(exact) and (exact * recall) == int(exact * recall):
                assert share == pytest.approx(bound), (accuracy, recall)
