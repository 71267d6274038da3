"""The known answers to an exercise, worked out once for each seed and judged as `check` judges them."""

from __future__ import annotations

from functools import cache
from typing import Any

from autograder import exercises
from autograder.checking.exercise import Answer, inputs_of
from autograder.checking.judge import judge
from autograder.checking.verdict import Verdict


@cache
def recorded(exercise_id: str, seed: int) -> tuple[Any, Any, Any]:
    """What `check` works out anew in every call: inputs, answer key, and the answers of all misconceptions."""
    exercise = exercises.get(exercise_id)
    return inputs_of(exercise.draw(seed)), exercise.answer_key(seed), exercise.wrong_answers(seed)


def verdict_on(exercise_id: str, answer: Answer, seed: int) -> Verdict:
    """What `check` says of an answer."""
    inputs, key, wrong_answers = recorded(exercise_id, seed)
    return judge(key, exercises.get(exercise_id).observe(answer, inputs), wrong_answers)
