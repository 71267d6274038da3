"""Rows per score and class: exactly, as long as there are few different scores; else in the bins of `BinnedAUC`."""

from __future__ import annotations

import numpy as np

from evalkit._core.codes import bincount
from evalkit._core.inputs import Array
from evalkit.report._score_counts import ScoreCounts
from evalkit.streaming import BinnedAUC

MOST_SCORES = 1 << 17


class ScoreTally:
    """How many rows of either class have each score."""

    def __init__(self) -> None:
        self._scores: Array = np.empty(0)
        self._counts = np.zeros((0, 2), np.int64)
        self._bins = BinnedAUC()
        self.exact = True

    def update(self, is_positive: Array, score: Array) -> None:
        """Count rows, both arrays of shape (n,)."""
        self._bins.update(is_positive, score)
        if not self.exact:
            return
        score = score + 0.0  # −0.0 is 0.0
        place = self._place(score)
        new = self._scores[place] != score if len(self._scores) else np.ones(len(score), bool)
        if new.any():
            scores = np.union1d(self._scores, score[new])
            if len(scores) > MOST_SCORES:
                self.exact, self._scores, self._counts = False, np.empty(0), np.zeros((0, 2), np.int64)
                return
            counts = np.zeros((len(scores), 2), np.int64)
            counts[np.searchsorted(scores, self._scores)] = self._counts
            self._scores, self._counts = scores, counts
            place = self._place(score)
        self._counts += bincount(2 * place + is_positive, minlength=2 * len(self._scores)).reshape(-1, 2)

    def _place(self, score: Array) -> Array:
        return np.minimum(np.searchsorted(self._scores, score), max(len(self._scores) - 1, 0))

    def counts(self) -> ScoreCounts:
        """Return the rows per score, or per bin, from the highest to the lowest."""
        if not self.exact:
            return ScoreCounts(*self._bins.counts(), exact=False)
        negative, positive = self._counts[::-1].T
        return ScoreCounts(self._scores[::-1], negative, positive, exact=True)
