"""True and predicted numbers that tell the errors of regression apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case

Pair = tuple[NDArray[np.float64], NDArray[np.float64]]


def pair(y_true: NDArray[np.float64], error: NDArray[np.float64]) -> Pair:
    """The truth, and the predictions that miss it by `error` = truth − prediction, with one decimal."""
    truth = np.round(y_true, 1)
    return truth, np.round(truth - error, 1)


def error_cases(
    rng: np.random.Generator, *, plain: float, large: float, cancelling: float, perfect: float
) -> list[Case]:
    """The four situations that tell mean errors apart; each keyword is the points of one."""
    n = int(rng.integers(8, 13))
    # Mostly too low here and too high below, so that a mean error which keeps its sign shows both ways.
    mostly_low = pair(rng.uniform(20, 60, n), rng.uniform(-3, 6, n))
    errors = rng.uniform(-2, 1, 9)
    errors[rng.integers(9)] = -rng.uniform(20, 30)
    one_large = pair(rng.uniform(-40, -5, 9), errors)
    halves = rng.uniform(1, 8, 4).round(1)
    cancel = pair(rng.uniform(5, 30, 8), rng.permutation(np.concatenate([halves, -halves])))
    hit = pair(rng.uniform(1, 9, 5), np.zeros(5))
    return [
        Case("a mix of errors", mostly_low, plain),
        Case("one large miss, and negative values", one_large, large),
        Case("errors that cancel out", cancel, cancelling),
        Case("every prediction is right", hit, perfect),
    ]
