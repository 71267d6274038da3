"""Scores in bins that follow the floating-point numbers themselves, and rows counted per bin.

The bits of a float32, read as a whole number after flipping the sign of negative ones, have the order of the numbers;
their top 20 bits cut the number line into bins that are 1/2048 of a power of two wide, narrow where the numbers are
small.
"""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from evalkit._core.codes import Codes, chunks
from evalkit._core.counts import add_one_at, counter_for
from evalkit._core.inputs import Array

BITS = 20
ROWS_AT_ONCE = 1 << 17  # rows: their working arrays take a few megabytes, and a second thread is seldom met
LARGEST_FLOAT32 = np.array(np.finfo(np.float32).max)


class BinTable:
    """Rows by the bin of their score and by a second number, such as their class.

    The table grows with what it meets: it has a row for each bin from the lowest to the highest that was met.

    Attributes
    ----------
    first : int
        The bin of the first row.
    counts : array of shape (bins, columns)
    """

    def __init__(self, columns: int) -> None:
        self.first = 0
        self.counts = np.zeros((0, columns), counter_for(0))
        self._rows = 0

    def add(self, bins: Codes, column: Codes | Array, columns: int = 0, most: float = math.inf) -> bool:
        """Count rows, both arrays of shape (n,), n ≥ 1. The columns are below `columns`, or there are such already.

        Return False, and count nothing, where the table would then hold more than `most` counts.
        """
        if not self._cover(bins, columns, most):
            return False
        self._rows += len(bins)
        self.counts = self.counts.astype(counter_for(self._rows), copy=False)
        counts = self.counts.reshape(-1)
        for rows in chunks(len(bins), ROWS_AT_ONCE):
            place = bins[rows] - self.first
            place *= self.counts.shape[1]
            place += column[rows]
            add_one_at(counts, place)
        return True

    def _cover(self, bins: Codes, columns: int, most: float = math.inf) -> bool:
        """Make room for these bins and for so many columns, unless the table would hold too many counts."""
        first, stop = int(bins.min()), int(bins.max()) + 1
        rows, old_columns = self.counts.shape
        if rows:
            first, stop = min(first, self.first), max(stop, self.first + rows)
        columns = max(columns, old_columns)
        if (stop - first) * columns > most:
            return False
        if (first, stop, columns) != (self.first, self.first + rows, old_columns):
            counts = np.zeros((stop - first, columns), self.counts.dtype)
            if rows:
                counts[self.first - first : self.first - first + rows, :old_columns] = self.counts
            self.first, self.counts = first, counts
        return True

    def filled(self) -> tuple[Array, Array]:
        """Return the bins that hold a row, in order, shape (bins,), and their rows, shape (bins, columns)."""
        filled = np.flatnonzero(self.counts.any(axis=1))
        return filled + self.first, self.counts[filled].astype(np.int64)

    def put(self, bins: Codes, counts: Array) -> None:
        """Add counts, shape (n, columns), to different bins, shape (n,), n ≥ 1."""
        self._cover(bins, 0)
        self._rows += int(counts.sum())
        self.counts = self.counts.astype(counter_for(self._rows), copy=False)
        self.counts[bins - self.first] += counts

    def __add__(self, other: Self) -> Self:
        """Return the counts of the rows of both."""
        both = type(self)(self.counts.shape[1])
        for part in (self, other):
            bins, counts = part.filled()
            if len(bins):
                both.put(bins, counts)
        return both


def score_bins(score: Array) -> Codes:
    """Return the bin of each score: the top bits of its order-preserving float32 pattern, int64.

    Rounding to float32 never swaps two scores, so it can only make ties.
    """
    bins = np.empty(len(score), np.int64)
    for rows in chunks(len(score), ROWS_AT_ONCE):
        with np.errstate(over="ignore"):  # a number beyond float32 becomes infinity, which keeps its place at the end
            single = score[rows].astype(np.float32)
        single += np.float32(0)  # turns −0.0 into 0.0: the same number must have the same bits
        pattern = single.view(np.int32)
        if pattern.min() >= 0:  # no negative number, the usual case
            np.right_shift(pattern, 32 - BITS, out=bins[rows])
            bins[rows] += 1 << BITS - 1
            continue
        # Positive numbers: set the sign bit. Negative numbers: flip all bits, since they grow downwards.
        ordered = pattern.view(np.uint32) ^ ((pattern >> 31).view(np.uint32) | np.uint32(1 << 31))
        np.right_shift(ordered, np.uint32(32 - BITS), out=bins[rows])
    return bins


def lower_edges(bins: Array) -> Any:
    """Return the smallest score of each bin: undo what `score_bins` does to the bits of a float32."""
    ordered = (bins.astype(np.uint64) << np.uint64(32 - BITS)).astype(np.uint32)
    not_negative = ordered >> np.uint32(31) == 1
    magnitude = np.where(not_negative, ordered, ~ordered) & np.uint32(0x7FFFFFFF)
    # Scores too large for float32 lie in the bin of infinity. The largest number below it will do for figures.
    edge = np.minimum(magnitude, LARGEST_FLOAT32.view(np.uint32)).view(np.float32).astype(np.float64)
    return np.where(not_negative, edge, -edge)
