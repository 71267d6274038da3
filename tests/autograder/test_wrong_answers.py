"""A wrong answer loses points, and nearly every one gets a hint of its own: about this slip, not slips at large."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from answer_bank import bank, named
from known_answers import recorded, torch_on_one_thread  # noqa: F401 - a fixture

from autograder import exercises
from autograder.checking.hints import general_hint
from autograder.checking.judge import judge
from autograder.checking.verdict import Verdict

WRONG = bank("wrong_answers")
QUICK = [parameter for parameter in WRONG if not parameter.marks]
SHARE_WITH_OWN_HINT = 0.9
SEED = 4


@cache
def judged(exercise_id: str, answer: Callable[..., Any]) -> tuple[Verdict, bool]:
    """The verdict, and whether its first hint is about this answer: more than where to look and what to try."""
    inputs, key, wrong_answers = recorded(exercise_id, SEED)
    observations = exercises.get(exercise_id).observe(answer, inputs)
    verdict = judge(key, observations, wrong_answers)
    right = [case.passed for case in verdict.cases]
    own = bool(verdict.misconceptions) or (
        bool(verdict.hints) and verdict.hints[0] != general_hint(key, observations, right)
    )
    return verdict, own


@pytest.mark.parametrize(("exercise_id", "answer"), WRONG)
def test_a_wrong_answer_loses_points_and_gets_a_hint(exercise_id: str, answer: Callable[..., Any]) -> None:
    verdict, _ = judged(exercise_id, answer)
    assert verdict < verdict.max_points
    assert verdict.hints


@pytest.mark.parametrize(
    "answers", [pytest.param(QUICK, id="quick"), pytest.param(WRONG, id="all", marks=pytest.mark.slow)]
)
def test_nearly_every_wrong_answer_gets_a_hint_of_its_own(answers: list[Any]) -> None:
    without = {
        name: judged(exercise_id, answer)[0].hints[0]
        for name, (exercise_id, answer) in named(answers).items()
        if not judged(exercise_id, answer)[1]
    }
    print(*(f"{name}: {hint}" for name, hint in without.items()), sep="\n")
    assert 1 - len(without) / len(answers) >= SHARE_WITH_OWN_HINT, sorted(without)


def test_the_bank_is_large_and_leaves_no_exercise_out() -> None:
    counts = Counter(parameter.values[0] for parameter in WRONG)
    assert len(WRONG) >= 250
    assert set(counts) == set(exercises.ids())
    assert min(counts.values()) >= 4
