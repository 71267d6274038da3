"""The area under the ROC curve in little memory, with a bound on the error.

Bins of equal width fail on skewed scores: when most of them lie between 0 and 0.001, one bin holds nearly all. The bins
here are those of `evalkit._core.score_bins`: 1/2048 of a power of two wide, narrow where the numbers are small.

Pairs of rows in different bins are ordered rightly. Pairs in the same bin are counted as ties, one half each, so each
is wrong by at most one half. Adding these halves up gives the bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from evalkit._core.inputs import Array
from evalkit._core.score_bins import BinTable, lower_edges, score_bins
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.streaming._rows import binary, finite, same_length
from evalkit.streaming.accumulator import Accumulator

LARGEST_INT64 = (1 << 63) - 1


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
        self._bins = BinTable(2)  # a column for negative and one for positive rows

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
        if len(score):
            self._bins.add(score_bins(score), positive)
        return self

    def merge(self, other: Self) -> Self:
        """Return the counts of the rows of both."""
        self._check_same_kind(other)
        merged = self.empty()
        merged._bins = self._bins + other._bins
        return merged

    def compute(self) -> AUCEstimate:
        """Return the area and its error bound.

        Warns
        -----
        UndefinedMetricWarning
            If one of the classes has no rows. Value and bound are then nan.
        """
        _, counts = self._bins.filled()
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
        bins, counts = self._bins.filled()
        negative, positive = counts[::-1].T
        return lower_edges(bins[::-1]), negative, positive

    def _settings(self) -> dict[str, Any]:
        return {"labels": list(self._classes.labels)}

    def _state(self) -> dict[str, Any]:
        bins, counts = self._bins.filled()
        negative, positive = counts.T.tolist()
        return {"bins": bins.tolist(), "negative": negative, "positive": positive}

    def _restore(self, state: dict[str, Any]) -> None:
        if state["bins"]:
            counts = np.array([state["negative"], state["positive"]], np.int64).T
            self._bins.put(np.array(state["bins"]), counts)
