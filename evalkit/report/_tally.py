"""Rows per score and class: exactly, as long as there are few different scores; else in the bins of `BinTable`."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from evalkit._core.codes import Codes
from evalkit._core.inputs import Array
from evalkit._core.score_bins import BinTable, lower_edges, score_bins
from evalkit.report._score_counts import ScoreCounts

MOST_SCORES = 1 << 17


class RowsByBin(Protocol):
    """What counts rows by the bin of their score and by their class."""

    def filled(self) -> tuple[Array, Array]:
        """Return the bins that hold a row, in order, shape (bins,), and the rows of either class, shape (bins, 2)."""


class ScoreTally:
    """How many rows of either class have each score.

    Parameters
    ----------
    elsewhere : RowsByBin, optional
        Where the rows of each bin are counted anyway.
    """

    def __init__(self, elsewhere: RowsByBin | None = None) -> None:
        self._scores: Array = np.empty(0)
        self._counts = np.zeros((0, 2), np.int64)
        own = BinTable(2)  # a column for each class
        self._own = own if elsewhere is None else None
        self._bins: RowsByBin = own if elsewhere is None else elsewhere
        self.exact = True

    def update(self, is_positive: Array, score: Array, bins: Codes | None = None) -> None:
        """Count rows, all arrays of shape (n,), n ≥ 1. The bins of the scores need not be found if they are known."""
        if self._own is not None:
            self._own.add(score_bins(score) if bins is None else bins, is_positive)
        if not self.exact:
            return
        found = [_distinct(np.compress(rows, score)) for rows in (~is_positive, is_positive)]
        scores = np.unique(np.concatenate([self._scores, *(values for values, _ in found)]))
        if len(scores) > MOST_SCORES:
            self.exact, self._scores, self._counts = False, np.empty(0), np.zeros((0, 2), np.int64)
            return
        counts = np.zeros((len(scores), 2), np.int64)
        counts[np.searchsorted(scores, self._scores)] = self._counts
        for k, (values, rows) in enumerate(found):
            counts[np.searchsorted(scores, values), k] += rows
        self._scores, self._counts = scores, counts

    def counts(self) -> ScoreCounts:
        """Return the rows per score, or per bin, from the highest to the lowest."""
        if not self.exact:
            bins, counts = self._bins.filled()
            negative, positive = counts[::-1].T
            return ScoreCounts(lower_edges(bins[::-1]), negative, positive, exact=False)
        negative, positive = self._counts[::-1].T
        return ScoreCounts(self._scores[::-1], negative, positive, exact=True)


def _distinct(score: Array) -> tuple[Array, Array]:
    """Return the different scores in order, and how many rows have each."""
    ordered = np.sort(score)
    ordered += 0.0  # −0.0 is 0.0, wherever it was put among them
    starts = np.flatnonzero(np.diff(ordered, prepend=-np.inf))
    return ordered[starts], np.diff(starts, append=len(ordered))
