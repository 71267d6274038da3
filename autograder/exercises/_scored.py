"""Labels with scores: inputs that the exercises on ranking share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scored = tuple[NDArray[np.int64], NDArray[np.float64]]


def scored(rng: np.random.Generator, positives: int, negatives: int, lift: float = 1.2, decimals: int = 2) -> Scored:
    """0/1 labels and distinct scores from 0.10 to 0.89, with two or more decimals each, in random order.

    Positives tend to score higher by `lift` (lower if it is negative). The ranking is never perfect, either way: at
    least one positive stands above a negative, and one below.
    """
    y_true = np.repeat([1, 0], [positives, negatives])
    while True:
        steps = np.sort(rng.choice(np.arange(10, 90), len(y_true), replace=False)).astype(float)
        # A last digit that is no zero.
        steps += sum(rng.integers(1, 10, len(y_true)) / 10**place for place in range(1, decimals - 1))
        ranks = np.argsort(np.argsort(rng.normal(lift * y_true, 1.0)))
        values = (steps[ranks] / 100).round(decimals)
        high, low = values[y_true == 1], values[y_true == 0]
        if high.max() > low.min() and high.min() < low.max():
            break
    order = rng.permutation(len(y_true))
    return y_true[order].astype(np.int64), values[order]


def tied(rng: np.random.Generator, positives: int, negatives: int) -> Scored:
    """The same with many equal scores, some of them shared by positives and negatives."""
    y_true = np.repeat([1, 0], [positives, negatives])
    while True:
        values = np.where(y_true == 1, rng.integers(4, 9, len(y_true)), rng.integers(2, 8, len(y_true))) / 10
        high, low = values[y_true == 1], values[y_true == 0]
        if len(np.intersect1d(high, low)) >= 2 and len(np.unique(high)) >= 3 and len(np.unique(low)) >= 3:
            break
    order = rng.permutation(len(y_true))
    return y_true[order].astype(np.int64), values[order]
