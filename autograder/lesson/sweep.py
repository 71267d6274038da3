"""The counts at every threshold that the explorer offers, as numbers and as texts.

Nothing is sampled: every count is of all rows. What is limited is the number of thresholds, at most about 170 round
numbers from below the lowest score to above the highest.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_STEPS = 160  # from the lowest to the highest score, before rounding outwards: one for every few pixels
BIN = 5  # steps that one bar of the histogram covers


@dataclass(frozen=True)
class Place:
    """The counts at one threshold, as numbers: what a goal of the explorer is judged by.

    `cheapest` says whether no other threshold offered costs less. Precision is 0 where nothing is called positive.
    """

    threshold: float
    tp: int
    fp: int
    fn: int
    tn: int
    cost: float
    cheapest: bool

    @property
    def precision(self) -> float:
        """TP / (TP + FP)."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        """TP / (TP + FN)."""
        return self.tp / (self.tp + self.fn)


@dataclass(frozen=True, eq=False)
class Sweep:
    """The counts at every threshold that the explorer offers.

    Attributes
    ----------
    labels : list of str
        The thresholds as text, rising by equal steps; at the last one nothing is called positive.
    tp, fp : list of int
        Positives and negatives with a score at or above each threshold.
    positives, negatives : int
        How many there are.
    cost_fp, cost_fn : float
        What one mistake of each kind costs.
    start : int
        The place of the threshold that is shown first.
    """

    labels: list[str]
    tp: list[int]
    fp: list[int]
    positives: int
    negatives: int
    cost_fp: float
    cost_fn: float
    start: int

    def at(self, place: int) -> dict[str, str]:
        """Return every text that depends on the threshold; `static/explorable.js` writes the same."""
        tp, fp = self.tp[place], self.fp[place]
        fn, tn = self.positives - tp, self.negatives - fp
        return {
            "threshold": self.labels[place],
            **{name: f"{count:,}" for name, count in (("tp", tp), ("fp", fp), ("fn", fn), ("tn", tn))},
            "precision": fixed(tp / (tp + fp)) if tp + fp else "undefined",
            "precision-of": f"{tp:,} / {tp + fp:,}",
            "recall": fixed(tp / self.positives),
            "recall-of": f"{tp:,} / {self.positives:,}",
            "fpr": fixed(fp / self.negatives),
            "fpr-of": f"{fp:,} / {self.negatives:,}",
            "f1": fixed(2 * tp / (2 * tp + fp + fn)),
            "f1-of": f"{2 * tp:,} / {2 * tp + fp + fn:,}",
            "cost": _amount(self.cost(place)),
            "cost-of": f"{fp:,} × {_amount(self.cost_fp)} + {fn:,} × {_amount(self.cost_fn)}",
            "sentence": (
                f"At threshold {self.labels[place]} the model says yes {_times(tp + fp)}: {tp:,} right, {fp:,} wrong. "
                f"It misses {fn:,} of {self.positives:,} positives."
            ),
        }

    def places(self) -> list[Place]:
        """Return the counts at every threshold."""
        costs = [self.cost(place) for place in range(len(self.labels))]
        return [
            Place(float(label), tp, fp, self.positives - tp, self.negatives - fp, cost, cost == min(costs))
            for label, tp, fp, cost in zip(self.labels, self.tp, self.fp, costs, strict=True)
        ]

    def cost(self, place: int) -> float:
        """Return the total cost of the mistakes at a threshold."""
        return self.fp[place] * self.cost_fp + (self.positives - self.tp[place]) * self.cost_fn


def sweep(y_true: Any, scores: Any, cost_fp: float = 1, cost_fn: float = 1) -> Sweep:
    """Count at round thresholds from at or below the lowest score to just above the highest.

    Errors are those of `show_explorer`.

    Examples
    --------
    >>> counts = sweep([1, 0, 0, 1], [0.9, 0.2, 0.6, 0.7])
    >>> counts.labels[60], counts.tp[60], counts.fp[60]
    ('0.60', 2, 1)
    """
    positive, values = checked(y_true, scores)
    for name, cost in (("cost_fp", cost_fp), ("cost_fn", cost_fn)):
        if not (np.isfinite(cost) and cost >= 0):
            raise ValueError(f"{name} must be a number from 0 on, got {cost!r}.")
    labels = _round_thresholds(values)
    thresholds = np.array([float(label) for label in labels])
    high, low = np.sort(values[positive]), np.sort(values[~positive])
    tp, fp = len(high) - np.searchsorted(high, thresholds), len(low) - np.searchsorted(low, thresholds)
    # 0.5 means something for probabilities; on any other scale begin with about as many yeses as there are positives.
    start = np.argmin(np.abs(thresholds - 0.5)) if _like_probabilities(values) else np.argmax(tp + fp <= len(high))
    return Sweep(
        labels=labels,
        tp=tp.tolist(),
        fp=fp.tolist(),
        positives=len(high),
        negatives=len(low),
        cost_fp=float(cost_fp),
        cost_fn=float(cost_fn),
        start=int(start),
    )


def checked(y_true: Any, scores: Any) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which labels are 1, and the scores. Errors are those of `show_explorer`."""
    labels, values = np.asarray(y_true), np.asarray(scores, dtype=np.float64)
    if labels.ndim != 1 or labels.shape != values.shape:
        raise ValueError(f"y_true and scores must be 1-D and equally long, got {labels.shape} and {values.shape}.")
    found = set(np.unique(labels).tolist())
    if found != {0, 1}:
        raise ValueError(f"y_true must hold the labels 0 and 1, both of them; it holds {sorted(found)}.")
    if not np.isfinite(values).all():
        raise ValueError("scores must be finite numbers: they hold NaN or infinity.")
    return labels == 1, values


def _like_probabilities(values: NDArray[np.float64]) -> bool:
    return bool(values.min() >= 0 and values.max() <= 1)


def _round_thresholds(values: NDArray[np.float64]) -> list[str]:
    """Return multiples of a round step as text, the first at or below the lowest value, the last above the highest.

    Their number is one more than a multiple of `BIN`, so that bars of that width fill the picture. Scores that look
    like probabilities get the whole range from 0 to 1. Each text reads back as the float nearest to it, so that a score
    which was written with as many digits is a tie and not a hair off.
    """
    low, high = Fraction(float(values.min())), Fraction(float(values.max()))
    first, last = (Fraction(0), Fraction(1)) if _like_probabilities(values) else (low, high)
    step = round_step((last - first) / MOST_STEPS or Fraction(1, 100))
    start, stop = floor(first / step / BIN) * BIN, ceil(last / step / BIN) * BIN
    if stop * step <= high:
        stop += BIN
    decimals = max(0, -floor(np.log10(float(step)) + 1e-9))
    return [f"{Decimal((step * k).numerator) / (step * k).denominator:.{decimals}f}" for k in range(start, stop + 1)]


def round_step(least: Fraction) -> Fraction:
    """Return the smallest of 1, 2, 5, 10, 20, … (and of their tenths and so on) that is not below a positive number.

    >>> round_step(Fraction(3, 100))
    Fraction(1, 20)
    """
    power: Fraction = Fraction(10) ** floor(np.log10(float(least)))
    return next(power * factor for factor in (1, 2, 5, 10, 20) if power * factor >= least)


def fixed(value: float) -> str:
    """Write three decimals, halves upwards, as JavaScript's toFixed does."""
    return str(Decimal(value).quantize(Decimal("0.001"), ROUND_HALF_UP))


def _amount(value: float) -> str:
    """Write a cost with thousands separators and at most two decimals."""
    text = f"{Decimal(value).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"
    return text.rstrip("0").rstrip(".")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def sample(counted: Sweep) -> list[int]:
    """Return about a dozen places, both ends among them, for a table."""
    return sorted({round(i * (len(counted.labels) - 1) / 10) for i in range(11)})
