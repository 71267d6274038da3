"""The exercises of lesson 05: what is special to them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from known_answers import reference_answer

from autograder.exercises import of_lesson

LESSON = "05_ranking_and_probability"
SEEDS = range(21)
EXERCISES = {exercise.id: exercise for exercise in of_lesson(LESSON)}


# The seven samples of lesson 01.
TRUTH = [1, 0, 0, 1, 1, 1, 0]
SCORES = [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5]


def test_reference_on_the_seven_samples_of_the_course():
    fpr, tpr = reference_answer("roc_points", TRUTH, SCORES)
    np.testing.assert_allclose(fpr, [0, 0, 0, 0, 1 / 3, 2 / 3, 2 / 3, 1])
    np.testing.assert_allclose(tpr, [0, 1 / 4, 2 / 4, 3 / 4, 3 / 4, 3 / 4, 1, 1])
    assert reference_answer("roc_auc", TRUTH, SCORES) == pytest.approx(10 / 12)
    assert reference_answer("precision_at_k", TRUTH, SCORES, 4) == 0.75
    assert reference_answer("log_loss", TRUTH, SCORES) == pytest.approx(0.4958, abs=5e-5)
    assert reference_answer("best_threshold", TRUTH, SCORES, 1, 1) == 0.6
    assert reference_answer("best_threshold", TRUTH, SCORES, 1, 3) == 0.4


def test_equal_scores_give_one_point_and_half_a_pair():
    fpr, tpr = reference_answer("roc_points", [1, 0, 0, 1], [0.5, 0.5, 0.5, 0.7])
    assert (fpr.tolist(), tpr.tolist()) == ([0, 0, 1], [0, 0.5, 1])
    assert reference_answer("roc_auc", [1, 0], [0.5, 0.5]) == 0.5


@pytest.mark.slow
def test_a_ranking_can_be_worse_than_chance():
    assert reference_answer("roc_auc", [1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4]) == 0.0
    for seed in SEEDS:
        worse = next(case for case in EXERCISES["roc_auc"].draw(seed) if case.name == "a ranking worse than chance")
        assert reference_answer("roc_auc", *worse.args) < 0.4


def test_log_loss_is_clipped_as_stated():
    assert reference_answer("log_loss", [1, 0], [0.0, 1.0]) == pytest.approx(-math.log(1e-15), rel=1e-4)
    assert reference_answer("log_loss", [1, 0], [1.0, 0.0]) == pytest.approx(1e-15, rel=0.2)


def test_best_threshold_takes_the_highest_of_the_cheapest_and_may_say_never():
    assert reference_answer("best_threshold", [0, 1], [0.3, 0.7], 1, 1) == 0.7
    # One miss, or one false alarm at 0.3.
    assert reference_answer("best_threshold", [1, 0], [0.3, 0.7], 1, 1) == math.inf
    assert reference_answer("best_threshold", [1, 0], [0.3, 0.7], 1, 2) == 0.3


@pytest.mark.parametrize("seed", SEEDS)
def test_no_case_of_precision_at_k_turns_on_a_tie(seed):
    for case in EXERCISES["precision_at_k"].draw(seed):
        _, scores, k = case.args
        assert 1 <= k <= len(scores) == len(np.unique(scores))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_cases_about_ties_have_ties(seed):
    for exercise_id in ("roc_points", "roc_auc"):
        tied = next(case for case in EXERCISES[exercise_id].draw(seed) if "same score" in case.name)
        y_true, scores = tied.args
        assert len(np.intersect1d(scores[y_true == 1], scores[y_true == 0])) >= 2
