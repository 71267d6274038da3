"""The area under the ROC curve, exact, of scores that arrive in batches.

The area is the chance that a positive row has a higher score than a negative one, where a tie counts one half (the
Mann–Whitney statistic). No batch can be summed up in a few numbers without an error, because its scores must be
compared with those of every other batch; so this accumulator keeps all scores and sorts them once, when it is asked.
`BinnedAUC` keeps counts instead and says how wrong it can be.
"""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from evalkit._core.inputs import Array
from evalkit._core.order import SortedScores
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.streaming._rows import binary, finite, same_length
from evalkit.streaming.accumulator import Accumulator

SMALL_RUNS = 4096  # runs of fewer rows than this are joined when that many have piled up

Run = tuple[Array, Array]  # scores, and whether each row is positive


class ExactAUC(Accumulator):
    """The exact area under the ROC curve, ties included.

    Parameters
    ----------
    labels : (negative, positive)
        The two labels; the second is the positive class.

    Notes
    -----
    Memory grows with the number of rows: 5 bytes per row with float32 scores, 9 with float64, and as much again while
    `compute` sorts. Merging joins lists of runs and copies no scores.

    Pairs of rows are counted in whole numbers and divided once, so any partition in any order gives the same bits. No
    score is transformed, and nothing is decided by looking at one batch: logits are as good as probabilities.

    References
    ----------
    J. A. Hanley and B. J. McNeil, "The meaning and use of the area under a receiver operating characteristic (ROC)
    curve", Radiology 143 (1982).

    Examples
    --------
    >>> auc = ExactAUC(labels=("N", "P"))
    >>> auc = auc.update(["P", "N", "N"], [0.6, 0.2, 0.55]).update(["P", "P", "P", "N"], [0.9, 0.4, 0.8, 0.5])
    >>> round(auc.compute(), 4)
    0.8333
    """

    inputs = ("truth", "score")

    def __init__(self, labels: Any = (0, 1)) -> None:
        self._classes = binary(labels)
        self._runs: list[Run] = []
        self._area: float | None = None  # remembered until the next rows

    def update(self, y_true: Any, y_score: Any) -> Self:
        """Take in true labels and scores, each of shape (n,). A higher score means more likely positive.

        Raises
        ------
        ValueError
            If a score is NaN or infinite, the lengths differ, or a label is not among `labels`.
        """
        score = _as_float(finite(y_score, "y_score"))
        positive = self._classes.positives(y_true)
        if same_length(positive, score, "y_score"):
            self._runs.append((score.copy(), positive.copy()))  # the caller may use the arrays again
            self._join_small()
            self._area = None
        return self

    def _join_small(self) -> None:
        """Join the last runs if many small ones have piled up, as they do when rows come one by one."""
        n_runs = len(self._runs)
        if n_runs >= SMALL_RUNS and n_runs % SMALL_RUNS == 0 and len(self._runs[-SMALL_RUNS][0]) < SMALL_RUNS:
            self._runs[-SMALL_RUNS:] = [_joined(self._runs[-SMALL_RUNS:])]

    def merge(self, other: Self) -> Self:
        """Return an accumulator of the rows of both. The runs are shared, not copied: none is ever changed."""
        self._check_same_kind(other)
        merged = self.empty()
        merged._runs = self._runs + other._runs
        return merged

    def compute(self) -> float:
        """Return the area, between 0 and 1.

        Warns
        -----
        UndefinedMetricWarning
            If one of the classes has no rows. The value is then nan.
        """
        if self._area is None:
            score, positive = _joined(self._runs)
            if not positive.any() or positive.all():
                warn("Only one class has rows: the area under the ROC curve is not defined.", UndefinedMetricWarning)
                return math.nan
            self._runs = [(score, positive)]
            self._area = SortedScores.of(positive, True, score).area()
        return self._area

    def _settings(self) -> dict[str, Any]:
        return {"labels": list(self._classes.labels)}

    def _state(self) -> dict[str, Any]:
        score, positive = _joined(self._runs)
        return {"negative": np.sort(score[~positive]).tolist(), "positive": np.sort(score[positive]).tolist()}

    def _restore(self, state: dict[str, Any]) -> None:
        for name in ("negative", "positive"):
            score = np.array(state[name], np.float64)
            if len(score):
                self._runs.append((score, np.full(len(score), name == "positive")))


def _as_float(score: Array) -> Array:
    """Return floating-point scores. Whole numbers become float64, if that keeps them apart."""
    if score.dtype.kind == "f":
        return score
    if score.dtype.itemsize == 8 and len(score) and max(-int(score.min()), int(score.max())) > 1 << 53:
        raise ValueError("y_score holds whole numbers above 2**53, which float64 cannot tell apart.")
    return score.astype(np.float64)


def _joined(runs: list[Run]) -> Run:
    """Return all rows as one run."""
    if not runs:
        return np.empty(0), np.empty(0, bool)
    if len(runs) == 1:
        return runs[0]
    return np.concatenate([score for score, _ in runs]), np.concatenate([positive for _, positive in runs])
