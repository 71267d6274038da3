"""Inputs that several exercises share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case


def labels(rng: np.random.Generator, n: int, positive_rate: float) -> NDArray[np.int64]:
    """0/1 labels, with at least one of each where `n` allows it."""
    drawn = (rng.random(n) < positive_rate).astype(np.int64)
    if n >= 2:
        drawn[:2] = [0, 1]
    return np.asarray(rng.permutation(drawn))


def noisy(rng: np.random.Generator, y_true: NDArray[np.int64], miss: float, false_alarm: float) -> NDArray[np.int64]:
    """Predictions that miss a share of the positives and raise false alarms on a share of the negatives."""
    flip = rng.random(len(y_true)) < np.where(y_true == 1, miss, false_alarm)
    return np.where(flip, 1 - y_true, y_true).astype(np.int64)


def binary_label_cases(
    rng: np.random.Generator, *, plain: float, imbalanced: float, no_positives: float, never_yes: float
) -> list[Case]:
    """The four situations that tell metrics on 0/1 labels apart; each keyword is the points of one."""
    # Misses and false alarms are made unequal in number, so that exchanging them always shows.
    y_true = np.concatenate([np.ones(12, np.int64), np.zeros(16, np.int64)])
    y_pred = y_true.copy()
    y_pred[: rng.integers(2, 4)] = 0
    y_pred[12 : 12 + rng.integers(5, 8)] = 1
    order = rng.permutation(len(y_true))
    rare = np.concatenate([np.ones(5, np.int64), np.zeros(95, np.int64)])
    rare_pred = rare.copy()
    rare_pred[: rng.integers(1, 3)] = 0
    rare_pred[5 : 5 + rng.integers(6, 11)] = 1
    rare_order = rng.permutation(len(rare))
    n = int(rng.integers(6, 10))
    quiet = np.zeros(n, np.int64)
    alarms = quiet.copy()
    alarms[rng.choice(n, size=2, replace=False)] = 1
    mixed = labels(rng, n, 0.4)
    return [
        Case("a mix of rights and wrongs", (y_true[order], y_pred[order]), plain),
        Case("few positives", (rare[rare_order], rare_pred[rare_order]), imbalanced),
        Case("no positives in the truth", (quiet, alarms), no_positives),
        Case("the model never says yes", (mixed, quiet.copy()), never_yes),
    ]
