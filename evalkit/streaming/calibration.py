"""Calibration: does a prediction of 70 % come true in 70 % of the cases?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from evalkit._core.codes import chunks
from evalkit._core.inputs import Array
from evalkit._core.sums import two_sum
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.streaming._rows import Classes, binary, probabilities, same_length
from evalkit.streaming.accumulator import Accumulator


@dataclass(frozen=True)
class CalibrationCurve:
    """A reliability diagram in numbers. Bins without rows are left out of the arrays.

    Attributes
    ----------
    prob_true : array of shape (bins,)
        The share of rows in the bin that came true.
    prob_pred : array of shape (bins,)
        The mean predicted probability in the bin.
    count : array of shape (bins,)
        The rows in the bin.
    expected_calibration_error : float
        The mean of |prob_true − prob_pred| over the rows.
    maximum_calibration_error : float
        The largest |prob_true − prob_pred| of a bin.
    """

    prob_true: Array
    prob_pred: Array
    count: Array
    expected_calibration_error: float
    maximum_calibration_error: float


class Calibration(Accumulator):
    """Rows, predicted probability and truth in bins of equal width, for the positive class.

    Parameters
    ----------
    n_bins : int
        The number of bins between 0 and 1.
    labels : (negative, positive)
        The two labels; the second is the positive class.

    Notes
    -----
    A bin includes its right edge, and the first bin 0, as in `sklearn.calibration.calibration_curve`, so that a
    probability of exactly 1 is in the last bin. Memory: four numbers per bin.

    References
    ----------
    M. P. Naeini, G. F. Cooper and M. Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning",
    AAAI (2015).

    Examples
    --------
    >>> curve = Calibration(n_bins=3).update([0, 0, 0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.65, 0.7]).compute()
    >>> curve.prob_true.tolist(), curve.count.tolist()
    ([0.0, 0.5, 1.0], [3, 2, 1])
    >>> round(curve.expected_calibration_error, 4)
    0.1583
    """

    inputs = ("truth", "score")

    def __init__(self, n_bins: int = 10, labels: Any = (0, 1)) -> None:
        if n_bins < 1:
            raise ValueError(f"n_bins must be at least 1, got {n_bins}.")
        self._classes = self._check_classes(labels)
        self._edges = np.linspace(0.0, 1.0, n_bins + 1)
        self._count = np.zeros(n_bins, np.int64)
        self._true = np.zeros(n_bins, np.int64)
        self._predicted = np.zeros(n_bins)
        self._predicted_low = np.zeros(n_bins)  # what did not fit in `_predicted`

    def _check_classes(self, labels: Any) -> Classes:
        return binary(labels)

    def _confidence(self, y_true: Any, y_proba: Any) -> tuple[Array, Array]:
        """Return how likely the model found its claim, and whether the claim was true; both of shape (n,)."""
        return probabilities(y_proba, 2), self._classes.positives(y_true)

    def update(self, y_true: Any, y_proba: Any) -> Self:
        """Take in true labels of shape (n,) and the probabilities of the positive class, of shape (n,).

        Raises
        ------
        ValueError
            If a probability is not between 0 and 1, lengths differ, or a label is not among `labels`.
        """
        confidence, came_true = self._confidence(y_true, y_proba)
        n_rows, n_bins = same_length(came_true, confidence, "y_proba"), len(self._count)
        for rows in chunks(n_rows):
            p = confidence[rows]
            bins = self._bins(p)
            added = np.bincount(bins, weights=p, minlength=n_bins)
            bins *= 2
            bins += came_true[rows]
            rows_and_hits = np.bincount(bins, minlength=2 * n_bins).reshape(n_bins, 2)
            self._count += rows_and_hits.sum(axis=1)
            self._true += rows_and_hits[:, 1]
            self._predicted, self._predicted_low = two_sum(self._predicted, self._predicted_low, added)
        return self

    def _bins(self, p: Array) -> Array:
        """Return the bin of each probability: guessed by multiplication, then put right against the edges."""
        bins = (p * (len(self._count) - 1e-9)).astype(np.int64)
        bins += p > self._edges[1:][bins]
        bins -= p <= self._edges[bins]
        return np.maximum(bins, 0, out=bins)

    def merge(self, other: Self) -> Self:
        """Return the sums over the rows of both."""
        self._check_same_kind(other)
        merged = self.empty()
        merged._count = self._count + other._count
        merged._true = self._true + other._true
        merged._predicted, merged._predicted_low = two_sum(
            self._predicted, self._predicted_low + other._predicted_low, other._predicted
        )
        return merged

    def compute(self) -> CalibrationCurve:
        """Return the curve and the calibration errors.

        Warns
        -----
        UndefinedMetricWarning
            If there are no rows. The errors are then nan.
        """
        filled = self._count > 0
        count = self._count[filled]
        prob_true, prob_pred = self._true[filled] / count, self._predicted[filled] / count
        if not len(count):
            warn("No rows yet: the calibration error is not defined.", UndefinedMetricWarning)
            return CalibrationCurve(prob_true, prob_pred, count, math.nan, math.nan)
        gap = np.abs(prob_true - prob_pred)
        return CalibrationCurve(prob_true, prob_pred, count, float(gap @ count / count.sum()), float(gap.max()))

    def _settings(self) -> dict[str, Any]:
        return {"n_bins": len(self._count), "labels": list(self._classes.labels)}

    def _state(self) -> dict[str, Any]:
        return {
            "count": self._count.tolist(),
            "true": self._true.tolist(),
            "predicted": [self._predicted.tolist(), self._predicted_low.tolist()],
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self._count = np.array(state["count"], np.int64)
        self._true = np.array(state["true"], np.int64)
        self._predicted, self._predicted_low = np.array(state["predicted"], np.float64)


class TopLabelCalibration(Calibration):
    """Calibration of the label with the highest probability: is it right as often as it says?

    Parameters
    ----------
    n_bins : int
        The number of bins between 0 and 1.
    labels : sequence of K labels
        The labels in the order of the columns of `y_proba`.

    References
    ----------
    C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern neural networks", ICML (2017).

    Examples
    --------
    >>> calibration = TopLabelCalibration(n_bins=10, labels=["cat", "dog", "owl"])
    >>> proba = [[0.8, 0.1, 0.1], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8]]
    >>> curve = calibration.update(["cat", "owl", "owl"], proba).compute()
    >>> curve.prob_true.tolist(), round(curve.expected_calibration_error, 4)
    ([0.0, 1.0], 0.3333)
    """

    def __init__(self, n_bins: int = 15, labels: Any = (0, 1)) -> None:
        super().__init__(n_bins, labels)

    def _check_classes(self, labels: Any) -> Classes:
        return Classes(labels)

    def _confidence(self, y_true: Any, y_proba: Any) -> tuple[Array, Array]:
        proba = probabilities(y_proba, len(self._classes))
        if proba.ndim == 1:
            raise ValueError(f"y_proba must have shape (n, {len(self._classes)}), a column per label.")
        codes = self._classes.codes(y_true, "y_true")
        same_length(codes, proba, "y_proba")
        if not len(codes):
            return np.empty(0), np.empty(0, bool)
        return proba.max(axis=1), proba.argmax(axis=1) == codes
