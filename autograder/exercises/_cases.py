"""Inputs that several exercises share."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case

T = TypeVar("T", bound=tuple[Any, ...])


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


def needs_digits(*values: Any, tolerance: float = 1e-5) -> bool:
    """Whether rounding to two digits would change each of these, a number or an array, by more than a tolerance.

    Of numbers up to 1 rounding to four digits must show, too.

    >>> needs_digits(1 / 3, [0.5, 2 / 3]), needs_digits(0.3333)
    (True, False)
    """

    def changes(value: NDArray[np.float64]) -> bool:
        by_two, by_four = (np.abs(value - np.round(value, digits)) for digits in (2, 4))
        return bool(np.any((by_two > tolerance * np.abs(value)) & ((by_four > 2e-6) | (np.abs(value) > 1))))

    return all(changes(np.asarray(value, dtype=float)) for value in values)


def until(accept: Callable[..., bool], draw: Callable[[], T]) -> T:
    """Draw until what is drawn, a tuple, is accepted as arguments."""
    while True:
        drawn = draw()
        if accept(*drawn):
            return drawn


def _counts(rng: np.random.Generator, positives: tuple[int, int], negatives: tuple[int, int]) -> Any:
    """True positives, misses, false alarms and true negatives for numbers of positives and negatives in these ranges.

    More false alarms than misses, so that exchanging them always shows, and no metric of them can be rounded unseen.
    """

    def draw() -> tuple[int, int, int, int]:
        p, n = int(rng.integers(*positives)), int(rng.integers(*negatives))
        fn = int(rng.integers(2, p // 2))
        fp = int(rng.integers(fn + 2, fn + 9))
        return p - fn, fn, fp, n - fp

    def telling(tp: int, fn: int, fp: int, tn: int) -> bool:
        shares = tp / (tp + fn), tp / (tp + fp), 2 * tp / (2 * tp + fn + fp)
        # No shares that are often met, such as 2/3: the answers of another seed shall not fit.
        return needs_digits(*shares) and len({tp, fn, fp, tn}) == 4 and gcd(tp, fn) == gcd(tp, fp) == 1

    return until(telling, draw)


def binary_label_cases(
    rng: np.random.Generator, *, plain: float, imbalanced: float, no_positives: float, never_yes: float, once: float
) -> list[Case]:
    """The five situations that tell metrics on 0/1 labels apart; each keyword is the points of one."""
    counts = _counts(rng, (13, 32), (29, 50))
    y_true, y_pred = np.repeat([1, 1, 0, 0], counts), np.repeat([1, 0, 1, 0], counts)
    order = rng.permutation(len(y_true))
    counts = _counts(rng, (7, 20), (110, 160))
    rare, rare_pred = np.repeat([1, 1, 0, 0], counts), np.repeat([1, 0, 1, 0], counts)
    rare_order = rng.permutation(len(rare))
    n = int(rng.integers(6, 14))
    quiet = np.zeros(n, np.int64)
    alarms = quiet.copy()
    alarms[rng.choice(n, size=2, replace=False)] = 1
    mixed = labels(rng, n, 0.4)
    single = rng.permutation(np.arange(int(rng.integers(5, 12))) == 0).astype(np.int64)
    return [
        Case("a mix of rights and wrongs", (y_true[order], y_pred[order]), plain),
        Case("few positives", (rare[rare_order], rare_pred[rare_order]), imbalanced),
        Case("no positives in the truth", (quiet, alarms), no_positives),
        Case("the model never says yes", (mixed, quiet.copy()), never_yes),
        Case("one positive, found by the only yes", (single, single.copy()), once),
    ]
