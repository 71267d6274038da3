"""The area under the ROC curve of every slice, from the rows per slice and bin of the score."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from evalkit._core.inputs import Array
from evalkit._core.score_bins import BITS, BinTable
from evalkit.report._score_counts import ScoreCounts

MOST_PLACES = 1 << 21  # pairs of a slice and a bin: each takes 16 bytes for each class it holds
WAITING = 1 << 20  # counts that wait until they are put in order together


class GroupAreas:
    """Rows by slice, bin of the score and class.

    A table holds them as long as it has room for all bins of all slices. Otherwise only the pairs of slice and bin that
    occur are kept. Where these are too many, the slices are given up: all rows are then counted as one.
    """

    def __init__(self) -> None:
        self._table: BinTable | None = BinTable(0)  # a column for each slice and class
        # A key is (slice, bin, class) in one number, so that sorting takes nothing along.
        self._keys, self._counts = np.empty(0, np.int64), np.empty(0, np.int64)
        self._waiting: list[tuple[Array, Array]] = []
        self.given_up = False

    def update(self, group: Array, is_positive: Array, bins: Array) -> None:
        """Count rows: the slice, the class and the bin of the score of each, of shape (n,), n ≥ 1."""
        if self._table is not None:
            if self.given_up:
                self._table.add(bins, is_positive)
                return
            if self._table.add(bins, 2 * group + is_positive, 2 * (int(group.max()) + 1), most=2 * MOST_PLACES):
                return
        self._leave_table()
        keys = group.astype(np.int64) << BITS
        keys |= bins
        keys <<= 1
        keys |= is_positive
        keys.sort()
        starts = _starts(keys)
        self._waiting.append((keys[starts], np.diff(starts, append=len(keys))))
        if sum(len(each) for each, _ in self._waiting) > WAITING:
            self._put_in_order()

    def _leave_table(self) -> None:
        """Turn what the table holds into keys."""
        if self._table is not None:
            place, column = np.nonzero(self._table.counts)
            keys = (((column >> 1) << BITS) + place + self._table.first << 1) + (column & 1)
            self._waiting.append((keys, self._table.counts[place, column].astype(np.int64)))
            self._table = None

    def _put_in_order(self) -> None:
        keys = np.concatenate([self._keys, *(each for each, _ in self._waiting)])
        counts = np.concatenate([self._counts, *(each for _, each in self._waiting)])
        self._waiting = []
        order = np.argsort(keys, kind="stable")  # of runs that are sorted, which it merges
        keys, counts = keys[order], counts[order]
        starts = _starts(keys)
        self._keys, self._counts = keys[starts], np.add.reduceat(counts, starts) if len(starts) else counts
        if len(_starts(self._keys >> 1)) > MOST_PLACES:
            self._table = BinTable(2)
            self._table.put(*self._of_all_slices())
            self.given_up, self._keys, self._counts = True, np.empty(0, np.int64), np.empty(0, np.int64)

    def filled(self) -> tuple[Array, Array]:
        """Return the bins that hold a row of any slice, in order, and their rows of either class, shape (bins, 2)."""
        if self._waiting:
            self._put_in_order()
        if self._table is None:
            return self._of_all_slices()
        bins, counts = self._table.filled()
        return bins, counts.reshape(len(bins), -1, 2).sum(axis=1)

    def _of_all_slices(self) -> tuple[Array, Array]:
        """Do it from the keys."""
        rows = np.zeros((1 << BITS, 2), np.int64)
        np.add.at(rows, (self._keys >> 1 & (1 << BITS) - 1, self._keys & 1), self._counts)
        bins = np.flatnonzero(rows.any(axis=1))
        return bins, rows[bins]

    def counts(self, groups: int) -> list[ScoreCounts | None]:
        """Return the rows per bin of each of so many slices; None where one class has no rows, or all were given up."""
        if self.given_up:
            return [None] * groups
        self._leave_table()
        self._put_in_order()
        places = self._keys >> 1
        starts = _starts(places)
        rows = np.zeros((len(starts), 2), np.int64)
        rows[np.repeat(np.arange(len(starts)), np.diff(starts, append=len(places))), self._keys & 1] = self._counts
        places = places[starts]
        found: list[ScoreCounts | None] = []
        for first, stop in pairwise(np.searchsorted(places, np.arange(groups + 1) << BITS).tolist()):
            negative, positive = rows[first:stop][::-1].T
            bins = (places[first:stop][::-1] & ((1 << BITS) - 1)).astype(np.float64)
            both = len(bins) and negative.sum() and positive.sum()
            found.append(ScoreCounts(bins, negative, positive) if both else None)
        return found


def _starts(ordered: Array) -> Array:
    """Where each of the values in order, none of them negative, is met first."""
    return np.flatnonzero(np.diff(ordered, prepend=-1))
