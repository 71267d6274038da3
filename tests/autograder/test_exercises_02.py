"""Lesson 02: every misconception loses points and gets its own hint; every variant earns full points."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from autograder import exercises
from autograder.checking.exercise import inputs_of
from autograder.checking.judge import judge

LESSON = exercises.of_lesson("02_accuracy_paradox")
SEEDS = range(21)


@cache
def _recorded(exercise_id, seed):
    exercise = exercises.get(exercise_id)
    return exercise.answer_key(seed), exercise.wrong_answers(seed), inputs_of(exercise.draw(seed))


def _verdict(exercise, answer, seed):
    key, wrong_answers, inputs = _recorded(exercise.id, seed)
    return judge(key, exercise.observe(answer, inputs), wrong_answers)


def _pairs(attribute):
    return [
        pytest.param(exercise, name, id=f"{exercise.id}-{name}")
        for exercise in LESSON
        for name in getattr(exercise, attribute)
    ]


@pytest.mark.parametrize(("exercise", "name"), _pairs("misconceptions"))
def test_misconception_loses_points_and_gets_its_own_hint(exercise, name):
    misconception = exercise.misconceptions[name]
    for seed in SEEDS:
        verdict = _verdict(exercise, misconception.answer, seed)
        assert float(verdict) < exercise.points
        assert verdict.misconceptions == (name,)
        assert misconception.hint in verdict.hints


@pytest.mark.parametrize(("exercise", "name"), _pairs("variants"))
def test_variant_earns_full_points_and_no_hint(exercise, name):
    for seed in SEEDS:
        verdict = _verdict(exercise, exercise.variants[name], seed)
        assert float(verdict) == exercise.points
        assert verdict.hints == ()


@pytest.mark.parametrize("exercise", LESSON, ids=lambda exercise: exercise.id)
def test_there_is_enough_to_tell_graders_apart(exercise):
    assert len(exercise.misconceptions) >= 4
    assert len(exercise.variants) >= 3


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
