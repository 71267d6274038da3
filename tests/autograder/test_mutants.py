"""Mutants are made as they say, and each exercise tells them from right answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from known_answers import torch_on_one_thread  # noqa: F401 - a fixture

from autograder import exercises
from autograder.exercises import caught, precision
from autograder.proving.mutants import changed_answers, mutants
from autograder.proving.survival import named_mutants, reasons, tally

pytestmark = pytest.mark.slow

QUICK = [exercise_id for exercise_id in exercises.ids() if not exercises.get(exercise_id).probe]


def answers(right: Any, *arguments: Any) -> dict[str, Any]:
    found = {}
    for mutant in mutants(right):
        try:
            found[mutant.name] = mutant.answer(*arguments)
        except Exception as error:
            found[mutant.name] = type(error)
    return found


def test_each_mutant_is_another_function_and_does_what_its_name_says() -> None:
    found = answers(caught.variant_all_but_missed, 0.25, 8)
    assert found["line 2: `positives * (1 - recall)` → `positives / (1 - recall)`"] == 8 - 8 / 0.75
    assert found["line 2: `1 - recall` → `1 + recall`"] == 8 - 10
    assert found["line 2: `1 - recall` → `recall - 1`"] == 8 + 6
    assert found["line 2: `1` → `2`"] == 8 - 14
    assert found["line 1: `missed = positives * (1 - recall)` → `pass`"] is NameError
    assert found["line 1: `recall, positives` → `positives, recall`"] == 0.25 - 0.25 * (1 - 8)


def test_loops_end_early_and_lines_are_left_out() -> None:
    y_true, y_pred = np.array([1, 0, 1]), np.array([1, 1, 1])
    found = answers(precision.variant_loop, y_true, y_pred)
    assert precision.variant_loop(y_true, y_pred) == 2 / 3
    assert found["line 4: `` → `break`"] == 1.0
    assert found["line 8: `tp += 1` → `tp = 1`"] == 1 / 3
    assert found["line 7: `t == 1` → `t != 1`"] == 1 / 3


def test_answers_are_rounded_and_scaled() -> None:
    found = {mutant.name: mutant.answer(1 / 3, 1) for mutant in changed_answers(caught.reference)}
    assert found == {
        "the answer rounded to 2 digits": 0.33,
        "the answer rounded to 4 digits": 0.3333,
        "the answer cut to a whole number": 0,
        "the answer times 100": 100 * (1 / 3),
    }


def test_an_exercise_that_asks_too_little_lets_mutants_survive() -> None:
    exercise = exercises.get("precision")
    blind = replace(exercise, cases=lambda rng: [replace(exercise.cases(rng)[0], points=3)], misconceptions={})
    left = tally(blind, seeds=range(3), draws=200).open
    assert "precision, loop, line 9: `called == 0` → `called != 0`" not in left
    assert "precision, loop, line 10: `0.0` → `1.0`" in left


@pytest.mark.parametrize("exercise_id", QUICK)
def test_every_ninth_mutant_loses_points_or_is_equivalent(exercise_id: str) -> None:
    """A sample; `autograder audit --mutants` looks at all, on more seeds and draws."""
    found = tally(exercises.get(exercise_id), seeds=range(4), draws=300, every=9)
    assert found.open == []
    assert found.caught > found.made / 2


def test_the_reasons_belong_to_mutants_that_there_are() -> None:
    known: dict[str, set[str]] = {}
    for name, reason in reasons().items():
        exercise_id = name.partition(", ")[0]
        if exercise_id not in known:
            known[exercise_id] = {full for full, _ in named_mutants(exercises.get(exercise_id))}
        assert name in known[exercise_id]
        assert len(reason) > 20
