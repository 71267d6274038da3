"""The area under the ROC curve in little memory, with a bound on the error.

Bins of equal width fail on skewed scores: when most of them lie between 0 and 0.001, one bin holds nearly all. The bins
here follow the floating-point numbers themselves. The bits of a float32, read as a whole number after flipping the sign
of negative ones, have the order of the numbers; their top 20 bits cut the number line into bins that are 1/2048 of a
power of two wide, narrow where the numbers are small.

Pairs of rows in different bins are ordered rightly. Pairs in the same bin are counted as ties, one half each, so each
is wrong by at most one half. Adding these halves up gives the bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from evalkit._core.codes import chunks
from evalkit._core.counts import add_one_at
from evalkit._core.inputs import Array
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.streaming._rows import binary, finite, same_length
from evalkit.streaming.accumulator import Accumulator

BITS = 20
LARGEST_INT64 = (1 << 63) - 1
LARGEST_FLOAT32 = np.array(np.finfo(np.float32).max)


@dataclass(frozen=True)
class AUCEstimate:
    """An area under the ROC curve and how far from the exact one it can be.

    The exact value lies in [`value − error_bound`, `value + error_bound`]. The bound is careful: it holds even if every
    pair of rows that shares a bin were counted wrongly, and it counts true ties as possible errors.
    """

    value: float
    error_bound: float

    def __float__(self) -> float:
        return self.value

    def _repr_html_(self) -> str:
        return f"<span>Area under the ROC curve {self.value:.6g}, at most {self.error_bound:.2g} off</span>"


class BinnedAUC(Accumulator):
    """The area under the ROC curve from counts in at most 2²⁰ bins.

    Parameters
    ----------
    labels : (negative, positive)
        As for `ExactAUC`: the second is the positive class.

    Notes
    -----
    Memory does not grow with the number of rows: 16 bytes per bin between the smallest and the largest score, about
    0.7 MB for probabilities above 10⁻⁶ and at most 16 MB. The value and the bound are the same to the last bit for any
    partition in any order.

    Scores far from zero and close together (97.1, 97.2 …) share few bins. The bound tells: when it is too wide, use
    `ExactAUC`.

    Examples
    --------
    >>> auc = BinnedAUC(labels=("N", "P"))
    >>> _ = auc.update(["P", "N", "N", "P", "P", "P", "N"], [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5])
    >>> estimate = auc.compute()
    >>> round(estimate.value, 4), estimate.error_bound
    (0.8333, 0.0)
    """

    inputs = ("truth", "score")

    def __init__(self, labels: Any = (0, 1)) -> None:
        self._classes = binary(labels)
        self._first = 0  # the bin of the first row of the table
        self._table = np.zeros((0, 2), np.int64)  # bins × (negative, positive)

    def update(self, y_true: Any, y_score: Any) -> Self:
        """Take in true labels and scores, each of shape (n,). A higher score means more likely positive.

        Raises
        ------
        ValueError
            If a score is NaN or infinite, the lengths differ, or a label is not among `labels`.
        """
        score = finite(y_score, "y_score")
        positive = self._classes.positives(y_true)
        same_length(positive, score, "y_score")
        for rows in chunks(len(score)):
            bins = score_bins(score[rows])
            self._cover(int(bins.min()), int(bins.max()) + 1)
            bins -= self._first
            bins *= 2
            bins += positive[rows]
            add_one_at(self._table.reshape(-1), bins)
        return self

    def _cover(self, first: int, stop: int) -> None:
        """Make room in the table for the bins from `first` up to `stop`."""
        old_first, old_stop = self._first, self._first + len(self._table)
        if len(self._table):
            if old_first <= first and stop <= old_stop:
                return
            first, stop = min(first, old_first), max(stop, old_stop)
        table = np.zeros((stop - first, 2), np.int64)
        table[old_first - first : old_stop - first] = self._table if len(self._table) else 0
        self._first, self._table = first, table

    def merge(self, other: Self) -> Self:
        """Return the counts of the rows of both."""
        self._check_same_kind(other)
        merged = self.empty()
        for part in (self, other):
            if len(part._table):
                merged._cover(part._first, part._first + len(part._table))
        for part in (self, other):
            start = part._first - merged._first
            if len(part._table):
                merged._table[start : start + len(part._table)] += part._table
        return merged

    def compute(self) -> AUCEstimate:
        """Return the area and its error bound.

        Warns
        -----
        UndefinedMetricWarning
            If one of the classes has no rows. Value and bound are then nan.
        """
        counts = self._table[self._table.any(axis=1)]
        negatives, positives = (int(total) for total in counts.sum(axis=0))
        if not negatives or not positives:
            warn("Only one class has rows: the area under the ROC curve is not defined.", UndefinedMetricWarning)
            return AUCEstimate(math.nan, math.nan)
        if 2 * negatives * positives > LARGEST_INT64:
            counts = counts.astype(object)  # Python's whole numbers have no limit
        negative, positive = counts.T
        below = np.cumsum(negative) - negative
        together = int((positive * negative).sum())
        pairs = 2 * negatives * positives
        return AUCEstimate((2 * int((positive * below).sum()) + together) / pairs, together / pairs)

    def counts(self) -> tuple[Array, Array, Array]:
        """Return the rows per bin of the score, from the highest scores to the lowest.

        Returns
        -------
        threshold : array of shape (bins,)
            The lower edge of each bin that holds a row.
        negative, positive : arrays of shape (bins,)
            Its rows of either class.
        """
        filled = np.flatnonzero(self._table.any(axis=1))[::-1]
        negative, positive = self._table[filled].T
        return _lower_edge(filled + self._first), negative, positive

    def _settings(self) -> dict[str, Any]:
        return {"labels": list(self._classes.labels)}

    def _state(self) -> dict[str, Any]:
        filled = np.flatnonzero(self._table.any(axis=1))
        negative, positive = self._table[filled].T.tolist()
        return {"bins": (filled + self._first).tolist(), "negative": negative, "positive": positive}

    def _restore(self, state: dict[str, Any]) -> None:
        if state["bins"]:
            self._cover(state["bins"][0], state["bins"][-1] + 1)
            rows = np.array(state["bins"]) - self._first
            self._table[rows] = np.array([state["negative"], state["positive"]], np.int64).T


def score_bins(score: Array) -> Array:
    """Return the bin of each score: the top bits of its order-preserving float32 pattern, int64.

    Rounding to float32 never swaps two scores, so it can only make ties, which the bound covers.
    """
    with np.errstate(over="ignore"):  # a number beyond float32 becomes infinity, which keeps its place at the end
        single = score.astype(np.float32)
    single += np.float32(0)  # turns −0.0 into 0.0: the same number must have the same bits
    pattern = single.view(np.int32)
    # Positive numbers: set the sign bit. Negative numbers: flip all bits, since they grow downwards.
    ordered = pattern.view(np.uint32) ^ ((pattern >> 31).view(np.uint32) | np.uint32(1 << 31))
    return (ordered >> np.uint32(32 - BITS)).astype(np.int64)


def _lower_edge(bins: Array) -> Any:
    """Return the smallest score of each bin: undo what `score_bins` does to the bits of a float32."""
    ordered = (bins.astype(np.uint64) << np.uint64(32 - BITS)).astype(np.uint32)
    not_negative = ordered >> np.uint32(31) == 1
    magnitude = np.where(not_negative, ordered, ~ordered) & np.uint32(0x7FFFFFFF)
    # Scores too large for float32 lie in the bin of infinity. The largest number below it will do for figures.
    edge = np.minimum(magnitude, LARGEST_FLOAT32.view(np.uint32)).view(np.float32).astype(np.float64)
    return np.where(not_negative, edge, -edge)
