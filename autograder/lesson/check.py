"""`check`: what a test cell of a lesson calls."""

from __future__ import annotations

import os
import sys
import textwrap

from autograder.checking.exercise import inputs_of
from autograder.checking.judge import judge, verdict_for_error
from autograder.checking.verdict import Verdict
from autograder.exercises import get


def check(exercise_id: str, function: object, *, seed: int = 0) -> Verdict:
    """Grade a function, and say why an answer is wrong.

    Parameters
    ----------
    exercise_id : str
        Which exercise it answers.
    function : callable
        The learner's function. Anything else earns nothing and a hint.
    seed : int
        Which inputs to use. Another seed gives other inputs for the same cases.

    Returns
    -------
    Verdict
        The points, as a number, with the cases, the hints and the misconceptions that it recognised.

    Raises
    ------
    KeyError
        If there is no exercise of that id.

    Examples
    --------
    >>> from autograder import check
    >>> verdict = check("precision", lambda y_true, y_pred: 0.5)
    >>> verdict.passed, verdict.max_points
    (False, 3.0)
    """
    verdict = _verdict(exercise_id, function, seed)
    if os.environ.get("NBGRADER_EXECUTION") == "validate" and not verdict.passed:
        _tell_validator(verdict)
    return verdict


def _tell_validator(verdict: Verdict) -> None:
    """Say what is wrong where nbgrader's *Validate* looks for it: it shows errors, and of partial credit only its name.

    What is written to stderr counts there as an error, which the answer has.
    """
    lines = [textwrap.fill(line, 80, subsequent_indent="    ") for line in str(verdict).splitlines()]
    print("\n".join(lines), file=sys.stderr)


def _verdict(exercise_id: str, function: object, seed: int) -> Verdict:
    exercise = get(exercise_id)
    key = exercise.answer_key(seed)
    if not callable(function):
        return verdict_for_error(
            key,
            f"{exercise.function_name} is not a function but a value of type {type(function).__name__}.",
            f"Pass the function itself, without calling it: check({exercise_id!r}, {exercise.function_name}).",
        )
    observations = exercise.observe(function, inputs_of(exercise.draw(seed)))
    verdict = judge(key, observations)
    if verdict.passed:
        return verdict
    # The misconceptions are run only when there is something to explain.
    return judge(key, observations, exercise.wrong_answers(seed))
