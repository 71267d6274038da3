"""Ask an answer of ours a question, quickly, and see whether it is right.

Thousands of questions are asked of one answer. So a function is called directly, on copies of the values, with one time
limit for many calls, and its value is turned into plain data only where it is not simply equal to the right one. What
needs a probe is asked through it, as the exercise does.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from autograder.checking.compare import same, same_outcome
from autograder.checking.exercise import Answer, Exercise
from autograder.checking.observe import Observation
from autograder.checking.plain import NotPlainError, from_plain, to_plain
from autograder.checking.timelimit import TimeLimit, time_limit
from autograder.proving.wider import wider_inputs

#: Ours come to an end in far less; a mutant that does not is wrong.
SECONDS = 0.2
SECONDS_OF_NETWORKS = 2.0
_SECONDS_OF_MANY = 2.0
#: Of how many wider inputs one at least must be a question on which all right answers agree.
_TRIES = 200

#: Plain arguments, and what the right answer does.
Question = tuple[list[Any], Observation]
#: Arguments as an answer is given them, and the right value.
Direct = tuple[list[Any], Any]


def differs(exercise: Exercise, answer: Answer, question: Question) -> bool:
    """Whether an answer to a question is wrong."""
    args, expected = question
    return not same_outcome(expected, seen(exercise, answer, args), exercise.tolerance)


def seen(exercise: Exercise, answer: Answer, args: list[Any]) -> Observation:
    """What an answer does in one case, as the exercise observes it."""
    if exercise.probe:
        look = import_module(exercise.probe).observe
        seconds = SECONDS_OF_NETWORKS if has_networks(exercise) else SECONDS
        observed: Observation = look(answer, [args], seconds=seconds)[0]
        return observed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _called(answer, [from_plain(argument) for argument in args])


def _called(answer: Answer, values: list[Any]) -> Observation:
    try:
        with time_limit(SECONDS):
            return {"status": "returned", "value": to_plain(answer(*values))}
    except TimeLimit:
        return {"status": "timeout"}
    except NotPlainError as error:
        return {"status": "not-plain", "what": str(error)}
    except Exception as error:
        return {"status": "raised", "error": {"type": type(error).__name__, "message": ""}}


def has_networks(exercise: Exercise) -> bool:
    """Whether answering takes torch."""
    if not exercise.probe:
        return False
    file = Path(str(import_module(exercise.probe).__file__))
    return "import torch" in file.read_text(encoding="utf-8")


def wider_questions(exercise: Exercise) -> Iterator[Any]:
    """Wider draws on which all right answers agree, for `wrong_on_some`."""
    refused = 0
    for args in wider_inputs(exercise):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            question = _probed(exercise, args) if exercise.probe else _direct(exercise, args)
        refused = 0 if question else refused + 1
        if question:
            yield question
        elif refused > _TRIES:
            raise RuntimeError(f"exercise {exercise.id!r}: on {_TRIES} wider draws its right answers did not agree")


def _probed(exercise: Exercise, values: list[Any]) -> Question | None:
    args: list[Any] = [to_plain(value) for value in values]
    question = args, seen(exercise, exercise.reference, args)
    if question[1]["status"] != "returned":
        return None
    return None if any(differs(exercise, right, question) for right in exercise.variants.values()) else question


def _direct(exercise: Exercise, values: list[Any]) -> Direct | None:
    try:
        expected = exercise.reference(*_copied(values))
        to_plain(expected)
        question = values, expected
        return question if all(_right(exercise, one, question) for one in exercise.variants.values()) else None
    except Exception:
        return None


def wrong_on_some(exercise: Exercise, answer: Answer, asked: Sequence[Any]) -> bool:
    """Whether an answer is wrong on one of some wider questions."""
    if exercise.probe:
        return any(differs(exercise, answer, question) for question in asked)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with time_limit(_SECONDS_OF_MANY):
                return not all(_right(exercise, answer, question) for question in asked)
        except TimeLimit:
            # One of them, or all together?
            plain = [(values, {"status": "returned", "value": to_plain(expected)}) for values, expected in asked]
            return any(
                not same_outcome(expected, _called(answer, _copied(values)), exercise.tolerance)
                for values, expected in plain
            )


def _right(exercise: Exercise, answer: Answer, question: Direct) -> bool:
    values, expected = question
    try:
        value = answer(*_copied(values))
        return _equal(expected, value) or same(to_plain(expected), to_plain(value), exercise.tolerance)
    except Exception:
        return False


def _copied(values: list[Any]) -> list[Any]:
    return [value.copy() if isinstance(value, np.ndarray) else deepcopy(value) for value in values]


def _equal(one: Any, other: Any) -> bool:
    """Whether two values are surely the same, as far as that can be seen without plain data."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        alike = one.dtype == other.dtype or (one.dtype.kind in "iuf" and other.dtype.kind in "iuf")
        return alike and one.shape == other.shape and bool((one == other).all())
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_equal(value, other[key]) for key, value in one.items())
    return isinstance(one, (int, float, str, np.number)) and bool(one == other)
