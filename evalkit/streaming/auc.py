"""The area under the ROC curve, exact, of scores that arrive in batches.

The area is the chance that a positive row has a higher score than a negative one, where a tie counts one half (the
Mann–Whitney statistic). No batch can be summed up in a few numbers without an error, because its scores must be
compared with those of every other batch; so this accumulator keeps all scores, sorted. `BinnedAUC` keeps counts instead
and says how wrong it can be.
"""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from evalkit._inputs import Array
from evalkit._warnings import UndefinedMetricWarning, warn
from evalkit.metrics._encoders import CHUNK, chunks
from evalkit.streaming._rows import binary, finite, same_length
from evalkit.streaming.accumulator import Accumulator

SMALL_RUNS = 4096  # runs shorter than a chunk that may pile up before they are joined


class ExactAUC(Accumulator):
    """The exact area under the ROC curve, ties included.

    Parameters
    ----------
    labels : (negative, positive)
        The two labels; the second is the positive class.

    Notes
    -----
    Memory grows with the number of rows: 4 bytes per float32 score, 8 per float64. Merging joins lists of runs and
    copies no scores. `compute` sorts each class once and remembers the sorted run.

    The statistic is added up in whole numbers and divided once, so any partition in any order gives the same bits. No
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
        self._runs: tuple[list[Array], list[Array]] = ([], [])  # of the negative and of the positive class

    def update(self, y_true: Any, y_score: Any) -> Self:
        """Take in true labels and scores, each of shape (n,). A higher score means more likely positive.

        Raises
        ------
        ValueError
            If a score is NaN or infinite, the lengths differ, or a label is not among `labels`.
        """
        score = _as_float(finite(y_score, "y_score", ndim=1))
        positive = self._classes.positives(y_true)
        same_length(positive, score, "y_score")
        for runs, rows in zip(self._runs, (~positive, positive), strict=True):
            run = score[rows]
            if len(run):
                runs.append(run)
                _join_small(runs)
        return self

    def merge(self, other: Self) -> Self:
        """Return an accumulator of the rows of both. The runs are shared, not copied: none is ever changed."""
        self._check_same_kind(other)
        merged = self.empty()
        for runs, mine, others in zip(merged._runs, self._runs, other._runs, strict=True):
            runs.extend(mine + others)
            _join_small(runs)
        return merged

    def compute(self) -> float:
        """Return the area, between 0 and 1.

        Warns
        -----
        UndefinedMetricWarning
            If one of the classes has no rows. The value is then nan.
        """
        negative, positive = (_sorted(runs) for runs in self._runs)
        if not len(negative) or not len(positive):
            warn("Only one class has rows: the area under the ROC curve is not defined.", UndefinedMetricWarning)
            return math.nan
        return _twice_wins(positive, negative) / (2 * len(positive) * len(negative))

    def _settings(self) -> dict[str, Any]:
        return {"labels": list(self._classes.labels)}

    def _state(self) -> dict[str, Any]:
        negative, positive = (_sorted(runs) for runs in self._runs)
        return {"negative": negative.tolist(), "positive": positive.tolist()}

    def _restore(self, state: dict[str, Any]) -> None:
        for runs, name in zip(self._runs, ("negative", "positive"), strict=True):
            if state[name]:
                runs.append(np.array(state[name], np.float64))


def _as_float(score: Array) -> Array:
    """Return floating-point scores. Whole numbers become float64, if that keeps them apart."""
    if score.dtype.kind == "f":
        return score
    if score.dtype.itemsize == 8 and len(score) and max(-int(score.min()), int(score.max())) > 1 << 53:
        raise ValueError("y_score holds whole numbers above 2**53, which float64 cannot tell apart.")
    return score.astype(np.float64)


def _join_small(runs: list[Array]) -> None:
    """Join the last runs if many small ones piled up, as they do when rows come one by one."""
    if len(runs) >= SMALL_RUNS and len(runs) % SMALL_RUNS == 0 and len(runs[-SMALL_RUNS]) < CHUNK // 16:
        runs[-SMALL_RUNS:] = [np.concatenate(runs[-SMALL_RUNS:])]


def _sorted(runs: list[Array]) -> Array:
    """Return all scores of a class in ascending order, and keep them as the only run."""
    if not runs:
        return np.empty(0)
    joined = np.concatenate(runs) if len(runs) > 1 else runs[0]
    if len(runs) > 1 or not _is_sorted(joined):
        joined = np.sort(joined)
        runs[:] = [joined]
    return joined


def _is_sorted(values: Array) -> bool:
    return bool((values[1:] >= values[:-1]).all())


def _twice_wins(positive: Array, negative: Array) -> int:
    """Return twice the number of pairs in which the positive row has the higher score; a tie adds one.

    Both arrays are sorted, so a chunk of positives needs to be looked up in a short stretch of negatives only.
    """
    twice = 0
    for rows in chunks(len(positive)):
        chunk = positive[rows]
        start, stop = np.searchsorted(negative, chunk[0]), np.searchsorted(negative, chunk[-1], side="right")
        near = negative[start:stop]
        below = np.searchsorted(near, chunk)
        twice += 2 * (int(start) * len(chunk) + int(below.sum()))
        if len(near):
            tied = chunk[near[np.minimum(below, len(near) - 1)] == chunk]
            twice += int(np.searchsorted(near, tied, side="right").sum() - np.searchsorted(near, tied).sum())
    return twice
