"""Top-k accuracy: how often the true label is among the k labels with the highest scores."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from evalkit._core.codes import chunks
from evalkit._core.inputs import Array, numbers
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.streaming._rows import Classes, check_sum, same_length
from evalkit.streaming.accumulator import Accumulator

CHUNK = 1 << 17  # scores: comparing that many makes a small working array that stays in the cache


class TopK(Accumulator):
    """The share of rows whose true label is among the k labels with the highest scores.

    Parameters
    ----------
    k : int
    labels : sequence of K labels, optional
        The labels in the order of the columns of `y_score`.
    num_classes : int, optional
        The same as `labels=range(num_classes)`.

    Notes
    -----
    Nothing is sorted: the true label is among the top k when fewer than k scores are above its own. Of equal scores the
    one further to the right comes first, as in `sklearn.metrics.top_k_accuracy_score`. Memory: two counts.

    Examples
    --------
    >>> scores = [[0.5, 0.2, 0.2], [0.3, 0.4, 0.2], [0.2, 0.4, 0.3], [0.7, 0.2, 0.1]]
    >>> TopK(2, num_classes=3).update([0, 1, 2, 2], scores).compute()
    0.75
    """

    inputs = ("truth", "score")

    def __init__(self, k: int, labels: Any = None, num_classes: int | None = None) -> None:
        if labels is None and num_classes is None:
            raise ValueError("Give labels or num_classes.")
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}.")
        self._k = k
        self._classes = Classes(labels, num_classes)
        self._hits = 0
        self._count = 0

    def update(self, y_true: Any, y_score: Any) -> Self:
        """Take in true labels of shape (n,) and scores of shape (n, K).

        Raises
        ------
        ValueError
            If a score is NaN or infinite, the shape does not fit, or a label is not among `labels`.
        """
        score = numbers(y_score, "y_score")
        if score.shape[1:] != (len(self._classes),):
            raise ValueError(f"y_score must have shape (n, {len(self._classes)}), got {score.shape}.")
        codes = self._classes.codes(y_true, "y_true")
        n_rows = same_length(codes, score, "y_score")
        hits = 0
        for rows in chunks(n_rows, max(1, CHUNK // len(self._classes))):
            check_sum(score[rows], "y_score", rows.start)
            hits += int(np.count_nonzero(_rank(score[rows], codes[rows]) < self._k))
        self._hits += hits
        self._count += n_rows
        return self

    def merge(self, other: Self) -> Self:
        """Return the counts of the rows of both."""
        self._check_same_kind(other)
        merged = self.empty()
        merged._hits = self._hits + other._hits
        merged._count = self._count + other._count
        return merged

    def compute(self) -> float:
        """Return the share of hits.

        Warns
        -----
        UndefinedMetricWarning
            If there are no rows. The value is then nan.
        """
        if not self._count:
            warn("No rows yet: top-k accuracy is not defined.", UndefinedMetricWarning)
            return math.nan
        return self._hits / self._count

    def _settings(self) -> dict[str, Any]:
        return {"k": self._k, "labels": list(self._classes.labels)}

    def _state(self) -> dict[str, Any]:
        return {"hits": self._hits, "count": self._count}

    def _restore(self, state: dict[str, Any]) -> None:
        self._hits, self._count = state["hits"], state["count"]


def _rank(score: Array, codes: Array) -> Array:
    """Return how many labels of each row come before its true one, shape (n,)."""
    own = score[np.arange(len(codes)), codes][:, np.newaxis]
    rank = _count(score > own)
    tied = score == own
    if np.count_nonzero(tied) > len(codes):  # every row ties with itself; more means that some labels share a score
        rank = rank + _count(tied & (np.arange(score.shape[1]) > codes[:, np.newaxis]))
    return rank


def _count(cells: Array) -> Array:
    """Count the true cells of each row. Adding bytes to a small type is several times faster than `count_nonzero`."""
    dtype = np.uint16 if cells.shape[1] < 1 << 16 else np.int64
    counts: Array = cells.view(np.uint8).sum(axis=1, dtype=dtype)
    return counts
