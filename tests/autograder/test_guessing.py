"""Answers that do not answer: by the number of the call, by what another seed asked, or rounded to two digits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from itertools import chain, cycle
from typing import Any

import numpy as np
import pytest
from known_answers import asked, torch_on_one_thread  # noqa: F401 - a fixture
from test_every_exercise import EACH, EXERCISES, HIDDEN

from autograder.checking.judge import judge
from autograder.checking.plain import to_plain
from autograder.grading.judging.secret import case_seed

pytestmark = pytest.mark.slow

A_THIRD = 1 / 3 - 1e-9
#: What somebody can look up: the answers to the seeds that anybody can try.
PUBLIC = range(6)
#: Their answers are whole numbers, names or whole objects, which rounding leaves as they are.
NOTHING_TO_ROUND = {
    "confusion_counts", "threshold_labels", "confusion_table", "one_vs_rest", "majority_baseline", "diagnose",
    "best_epoch", "early_stop", "kfold_indices", "find_leaks", "ResidualBlock", "has_identity_path", "make_network",
    "most_confused", "worst_mistakes", "fingerprint", "row_diff",
}  # fmt: skip

#: An answer that is a network computes something. Whoever hands in a right one by another way than the text's has it
#: right: there is no result that could be looked up.
NETWORKS = ("ResidualBlock", "make_network")
RESULTS = [each for each in EACH if each.values[0] not in NETWORKS]


@cache
def given(exercise_id: str, seed: int) -> list[tuple[Any, Any]]:
    """The arguments and the answer of each call of the oracle, in order; an error in place of the answer it raises."""
    calls: list[tuple[Any, Any]] = []

    def reference(*arguments: Any) -> Any:
        key = _key(arguments)
        try:
            answer = EXERCISES[exercise_id].reference(*arguments)
        except Exception as error:
            calls.append((key, error))
            raise
        calls.append((key, answer))
        return answer

    EXERCISES[exercise_id].observe(reference, asked(exercise_id, seed)[0])
    return calls


def _key(values: Iterable[Any], otherwise: str = "something") -> str:
    """Something by which to look up a call, or an answer. What is no plain data cannot be looked up."""
    try:
        return repr([to_plain(value) for value in values])
    except TypeError:
        return otherwise


def saying(answers: Iterable[Any]) -> Callable[..., Any]:
    """A function that gives these answers one after the other, whatever it is asked."""
    left = iter(answers)

    def answer(*_: Any) -> Any:
        said = next(left)
        if isinstance(said, Exception):
            raise said
        return said

    return answer


def share(exercise_id: str, answer: Callable[..., Any], seed: int) -> float:
    """The share of the points that an answer earns."""
    inputs, key = asked(exercise_id, seed)
    exercise = EXERCISES[exercise_id]
    return float(judge(key, exercise.observe(answer, inputs))) / exercise.points


@pytest.mark.parametrize("exercise_id", RESULTS)
def test_the_answers_of_another_seed_by_the_number_of_the_call_earn_less_than_a_third(exercise_id):
    """Strictly so where it counts, with the seed that grades; and on the average over other seeds."""
    others = (101, 102) if EXERCISES[exercise_id].probe else range(101, 111)
    for public in PUBLIC:
        answers = [answer for _, answer in given(exercise_id, public)]
        earned = [share(exercise_id, saying(cycle(answers)), seed) for seed in (HIDDEN[exercise_id], *others)]
        assert earned[0] < A_THIRD, public
        assert np.mean(earned) < 0.25, public


@pytest.mark.parametrize("exercise_id", RESULTS)
def test_one_answer_to_everything_earns_less_than_a_third(exercise_id):
    """Also if it is made to look like several, by another answer first."""
    answers = [answer for seed in (0, 1) for _, answer in given(exercise_id, seed)]
    # The same answer to two questions need be tried but once. What has no plain form is known by its place.
    for answer in {_key([answer], str(place)): answer for place, answer in enumerate(answers)}.values():
        assert share(exercise_id, saying(cycle([answer])), HIDDEN[exercise_id]) < A_THIRD
        assert share(exercise_id, saying(chain(["another answer"], cycle([answer]))), HIDDEN[exercise_id]) < A_THIRD


@pytest.mark.parametrize("exercise_id", RESULTS)
def test_the_answers_of_public_seeds_by_their_inputs_earn_less_than_a_third(exercise_id):
    known = dict(chain.from_iterable(given(exercise_id, seed) for seed in PUBLIC))
    known.pop("something", None)

    def answer(*arguments: Any) -> Any:
        return known.get(_key(arguments))

    assert share(exercise_id, answer, HIDDEN[exercise_id]) < A_THIRD


def rounded(value: Any) -> Any:
    """The same with numbers of two digits."""
    if isinstance(value, (list, tuple)):
        return type(value)(map(rounded, value))
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, (float, np.floating)):
        return round(float(value), 2)
    if hasattr(value, "detach"):
        return np.round(value.detach().numpy(), 2)
    return np.round(value, 2) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


@pytest.mark.parametrize("exercise_id", EACH)
def test_rounding_to_two_digits_earns_less_than_a_third(exercise_id):
    exercise = EXERCISES[exercise_id]

    def answer(*arguments: Any) -> Any:
        return rounded(exercise.reference(*arguments))

    for seed in [HIDDEN[exercise_id], *range(2 if exercise.probe else 20)]:
        earned = share(exercise_id, answer, seed)
        assert earned == 1 if exercise_id in NOTHING_TO_ROUND else earned < A_THIRD, seed


@pytest.mark.parametrize("exercise_id", EACH)
def test_the_order_of_the_cases_is_drawn(exercise_id):
    """By the secret of the course, as the grade draws it."""
    lesson = EXERCISES[exercise_id].lesson
    seeds = [case_seed(bytes([secret] * 32), lesson) for secret in range(6)]
    orders = {tuple(case.name for case in EXERCISES[exercise_id].draw(seed)) for seed in seeds}
    assert len(orders) > 1
    assert len(set(map(frozenset, orders))) == 1
