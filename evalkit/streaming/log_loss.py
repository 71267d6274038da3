"""Log-loss: the mean surprise, −log of the probability that the model gave to what was true."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from evalkit._core.codes import chunks
from evalkit._core.inputs import Array
from evalkit._core.sums import DoubleDouble
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.streaming._rows import Classes, probabilities, same_length
from evalkit.streaming.accumulator import Accumulator

SMALLEST = float(np.finfo(np.float64).eps)


class LogLoss(Accumulator):
    """The mean of −ln p, where p is the probability given to the true label; in nats.

    Parameters
    ----------
    labels : sequence of K labels
        The labels in the order of the columns of `y_proba`; with two, the second is the positive class.
    num_classes : int, optional
        The same as `labels=range(num_classes)`.

    Notes
    -----
    A true label with probability 0 would be infinitely surprising, so probabilities are kept in [ε, 1 − ε] with
    ε = 2.2·10⁻¹⁶ for input of any type. scikit-learn takes a larger ε for float32 input; the two differ only where a
    float32 probability is exactly 0 or 1. Memory: three numbers.

    References
    ----------
    C. M. Bishop, "Pattern Recognition and Machine Learning" (2006), equations 4.90 and 4.108.

    Examples
    --------
    >>> loss = LogLoss(labels=("N", "P"))
    >>> _ = loss.update(["P", "N", "N", "P", "P", "P", "N"], [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5])
    >>> round(loss.compute(), 4)
    0.4958
    """

    inputs = ("truth", "score")

    def __init__(self, labels: Any = None, num_classes: int | None = None) -> None:
        self._classes = Classes((0, 1) if labels is None and num_classes is None else labels, num_classes)
        self._count = 0
        self._total = DoubleDouble(0.0)

    def update(self, y_true: Any, y_proba: Any) -> Self:
        """Take in true labels of shape (n,) and probabilities of shape (n,), of the positive class, or (n, K).

        Raises
        ------
        ValueError
            If a probability is not between 0 and 1, lengths differ, or a label is not among `labels`.

        Warns
        -----
        UserWarning
            If the probabilities of a row do not add up to 1.
        """
        proba = probabilities(y_proba, len(self._classes))
        codes = self._classes.codes(y_true, "y_true")
        n_rows = same_length(codes, proba, "y_proba")
        if proba.ndim == 2:
            _warn_unless_one(proba)
        total = self._total
        for rows in chunks(n_rows):
            given = _probability_of_truth(codes[rows], proba[rows])
            np.clip(given, SMALLEST, 1 - SMALLEST, out=given)
            total = total.plus(-float(np.log(given, out=given).sum()))
        self._total = total
        self._count += n_rows
        return self

    def merge(self, other: Self) -> Self:
        """Return the sums over the rows of both."""
        self._check_same_kind(other)
        merged = self.empty()
        merged._count = self._count + other._count
        merged._total = self._total.plus(*other._total)
        return merged

    def compute(self) -> float:
        """Return the mean loss per row.

        Warns
        -----
        UndefinedMetricWarning
            If there are no rows. The value is then nan.
        """
        if not self._count:
            warn("No rows yet: log-loss is not defined.", UndefinedMetricWarning)
            return math.nan
        return self._total.high / self._count

    def _settings(self) -> dict[str, Any]:
        return {"labels": list(self._classes.labels)}

    def _state(self) -> dict[str, Any]:
        return {"count": self._count, "total": list(self._total)}

    def _restore(self, state: dict[str, Any]) -> None:
        self._count = state["count"]
        self._total = DoubleDouble(*state["total"])


def _probability_of_truth(codes: Array, proba: Array) -> Array:
    """Return the probability given to the true label of each row, float64."""
    if proba.ndim == 2:
        chosen: Array = proba[np.arange(len(codes)), codes].astype(np.float64)
        return chosen
    # |p − 0| for a positive row and |p − 1| for a negative one, without a branch.
    given: Array = np.subtract(proba, 1 - codes, dtype=np.float64)
    np.abs(given, out=given)
    return given


def _warn_unless_one(proba: Array) -> None:
    total = proba.sum(axis=1)
    if not np.allclose(total, 1, rtol=math.sqrt(np.finfo(total.dtype).eps)):
        warn("The y_proba values do not sum to one. Make sure to pass probabilities.")
