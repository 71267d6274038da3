"""True and predicted numbers that tell the errors of regression apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case
from autograder.exercises._cases import needs_digits, until

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]


def pair(y_true: NDArray[np.float64], error: NDArray[np.float64]) -> Pair:
    """The truth, and the predictions that miss it by `error` = truth − prediction, with one decimal."""
    truth = np.round(y_true, 1)
    return truth, np.round(truth - error, 1)


def error_cases(
    rng: np.random.Generator, *, plain: float, large: float, cancelling: float, perfect: float
) -> list[Case]:
    """The four situations that tell mean errors apart; each keyword is the points of one."""

    def mix() -> Pair:
        # Mostly too low here and too high below, so that a mean error which keeps its sign shows both ways.
        n = int(rng.integers(8, 24))
        return pair(rng.uniform(20, 60, n), rng.uniform(-3, 6, n))

    def one_large() -> Pair:
        n = int(rng.integers(7, 15))
        errors = rng.uniform(-2, 1, n)
        errors[rng.integers(n)] = -rng.uniform(20, 30)
        return pair(rng.uniform(-40, -5, n), errors)

    def cancel() -> Pair:
        halves = rng.uniform(1, 8, int(rng.integers(3, 10))).round(1)
        errors = rng.permutation(np.concatenate([halves, -halves]))
        return pair(rng.uniform(5, 30, len(errors)), errors)

    def telling(y_true: NDArray[np.float64], y_pred: NDArray[np.float64]) -> bool:
        # Whichever mean error is asked for, a rounded one is not right.
        squares = (y_true - y_pred) ** 2
        return needs_digits(np.mean(np.sqrt(squares)), np.mean(squares), np.sqrt(np.mean(squares)))

    hit = pair(rng.uniform(1, 9, 5), np.zeros(5))
    return [
        Case("a mix of errors", until(telling, mix), plain),
        Case("one large miss, and negative values", until(telling, one_large), large),
        Case("errors that cancel out", until(telling, cancel), cancelling),
        Case("every prediction is right", hit, perfect),
    ]
