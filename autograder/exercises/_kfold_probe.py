"""What can be said of folds without knowing how they were shuffled.

There are many right answers, one for each way to shuffle, so what is compared are the properties that all of them
share. This module runs where the learner's code runs, and imports nothing of the course but the plain observer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograder.checking.observe import observe as observe_plain


def observe(function: Callable[..., Any], inputs: Sequence[list[Any]], *, seconds: float = 2.0) -> list[dict[str, Any]]:
    """Observe the properties of the folds that a function makes, in place of the folds."""
    return observe_plain(lambda n, k, seed: properties(function, n, k, seed), inputs, seconds=seconds)


def properties(function: Callable[..., Any], n: int, k: int, seed: int) -> dict[str, Any] | None:
    """What the exercise asks for, as names and values that a learner can read."""
    answer = function(n, k, seed)
    if answer is None:
        return None
    folds = _plain(answer)
    tests = [test for _, test in folds]
    tested = [i for test in tests for i in test]
    return {
        "number of folds": len(folds),
        "test sizes": sorted((len(test) for test in tests), reverse=True),
        "every sample tested exactly once": sorted(tested) == list(range(n)),
        "samples in train and test of one fold": max((len(set(a) & set(b)) for a, b in folds), default=0),
        "train sizes": sorted(len(train) for train, _ in folds),
        "shuffled": tested != sorted(tested) and any(list(test) != _run(test) for test in tests),
        "same seed, same folds": _plain(function(n, k, seed)) == folds,
        "other seed, other folds": _sets(_plain(function(n, k, seed + 1))) != _sets(folds),
    }


def _plain(answer: Any) -> list[tuple[list[int], list[int]]]:
    """The folds as lists of Python integers. Raises ValueError with words for the learner."""
    try:
        folds = [([int(i) for i in train], [int(i) for i in test]) for train, test in answer]
    except (TypeError, ValueError):
        raise ValueError("The answer must be a list of pairs (train, test), each two arrays of indices.") from None
    return folds


def _run(indices: list[int]) -> list[int]:
    """The indices in order and without gaps: what a fold looks like that was cut without shuffling."""
    start = min(indices, default=0)
    return list(range(start, start + len(indices)))


def _sets(folds: list[tuple[list[int], list[int]]]) -> list[list[int]]:
    return sorted(sorted(test) for _, test in folds)
