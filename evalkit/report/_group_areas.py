"""The area under the ROC curve of every slice, from the rows per slice and bin of the score."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from evalkit._core.codes import bincount
from evalkit._core.inputs import Array
from evalkit.report._score_counts import ScoreCounts
from evalkit.streaming.binned_auc import BITS, score_bins

MOST_PLACES = 1 << 21  # pairs of a slice and a bin: each takes 24 bytes
WAITING = 1 << 20  # pairs that wait until they are put in order together


class GroupAreas:
    """Rows of either class by slice and bin; given up where there are too many pairs."""

    def __init__(self) -> None:
        self._keys = np.empty(0, np.int64)
        self._counts = np.zeros((0, 2), np.int64)
        self._waiting: list[tuple[Array, Array]] = []
        self.given_up = False

    def update(self, group: Array, is_positive: Array, score: Array) -> None:
        """Count rows, all arrays of shape (n,)."""
        if self.given_up:
            return
        keys, place = np.unique((group << BITS) | score_bins(score), return_inverse=True)
        counts = bincount(2 * place + is_positive, minlength=2 * len(keys)).reshape(-1, 2)
        self._waiting.append((keys, counts))
        if sum(len(each) for each, _ in self._waiting) > WAITING:
            self._put_in_order()

    def _put_in_order(self) -> None:
        keys = np.concatenate([self._keys, *(each for each, _ in self._waiting)])
        counts = np.concatenate([self._counts, *(each for _, each in self._waiting)])
        self._waiting = []
        order = np.argsort(keys, kind="stable")
        keys, counts = keys[order], counts[order]
        starts = np.flatnonzero(np.diff(keys, prepend=-1))
        self._keys, self._counts = keys[starts], np.add.reduceat(counts, starts) if len(starts) else counts
        if len(self._keys) > MOST_PLACES:
            self.given_up, self._keys, self._counts = True, np.empty(0, np.int64), np.zeros((0, 2), np.int64)

    def counts(self, groups: int) -> list[ScoreCounts | None]:
        """Return the rows per bin of each of so many slices; None where one class has no rows, or all was given up."""
        self._put_in_order()
        ends = np.searchsorted(self._keys, np.arange(groups + 1) << BITS)
        found: list[ScoreCounts | None] = []
        for first, stop in pairwise(ends.tolist()):
            negative, positive = self._counts[first:stop][::-1].T
            bins = (self._keys[first:stop][::-1] & ((1 << BITS) - 1)).astype(np.float64)
            both = len(bins) and negative.sum() and positive.sum()
            found.append(ScoreCounts(bins, negative, positive) if both else None)
        return found
