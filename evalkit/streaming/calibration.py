"""Calibration: does a prediction of 70 % come true in 70 % of the cases?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from evalkit._core.forecasts import Forecast
from evalkit._core.html import columns_table
from evalkit._core.inputs import Array
from evalkit.metrics.calibration import N_BINS, CalibrationBins, uniform_edges
from evalkit.streaming._rows import Classes, binary, probabilities, same_length
from evalkit.streaming.accumulator import SumAccumulator, undefined


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

    @classmethod
    def of(cls, bins: CalibrationBins) -> Self:
        """Return the curve of rows without weights that were counted in bins."""
        count = bins.weights[bins.weights > 0].astype(np.int64)
        return cls(*bins.curve(), count, bins.expected_error(), bins.maximum_error())

    def _repr_html_(self) -> str:
        columns = {"mean confidence": self.prob_pred, "share of hits": self.prob_true, "rows": self.count}
        caption = f"Calibration: expected error {self.expected_calibration_error:.4f}"
        return columns_table(caption, {name: values.tolist() for name, values in columns.items()})


class Calibration(SumAccumulator[CalibrationBins]):
    """Rows, predicted probability and truth in bins of equal width, for the positive class.

    The values are those of `evalkit.calibration_curve` and `evalkit.expected_calibration_error`, which read the same
    `CalibrationBins`.

    Parameters
    ----------
    n_bins : int
        The number of bins between 0 and 1: 15, as for `evalkit.expected_calibration_error`.
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

    def __init__(self, n_bins: int = N_BINS, labels: Any = (0, 1)) -> None:
        self._sum = CalibrationBins.empty(uniform_edges(n_bins))
        self._classes = self._check_classes(labels)

    def _check_classes(self, labels: Any) -> Classes:
        return binary(labels)

    def _forecast(self, y_true: Any, y_proba: Any) -> Forecast:
        """Return whether each row is positive and the probability that it is; both of shape (n,)."""
        proba, _ = probabilities(y_proba, 2)
        if proba.ndim == 2:
            raise ValueError(f"y_proba must have shape (n,), the probability of the positive class; got {proba.shape}.")
        return Forecast(self._classes.positives(y_true), proba)

    def update(self, y_true: Any, y_proba: Any) -> Self:
        """Take in true labels of shape (n,) and the probabilities of the positive class, of shape (n,).

        Raises
        ------
        ValueError
            If a probability is not between 0 and 1, lengths differ, or a label is not among `labels`.
        """
        forecast = self._forecast(y_true, y_proba)
        same_length(forecast.y_true, forecast.proba, "y_proba")
        self._sum = self._sum.add(forecast)
        return self

    def compute(self) -> CalibrationCurve:
        """Return the curve and the calibration errors.

        Warns
        -----
        UndefinedMetricWarning
            If there are no rows. The errors are then nan.
        """
        if not self._sum.weights.any():
            undefined("the calibration error is")
        return CalibrationCurve.of(self._sum)

    def _settings(self) -> dict[str, Any]:
        return {"n_bins": len(self._sum.weights), "labels": list(self._classes.labels)}

    def _state(self) -> dict[str, Any]:
        bins = self._sum
        return {
            "count": bins.weights.astype(np.int64).tolist(),
            "true": bins.hits.astype(np.int64).tolist(),
            "predicted": np.array([bins.confidences, bins.confidences_low]).tolist(),
        }

    def _restore(self, state: dict[str, Any]) -> None:
        count, true = (np.array(state[name], np.float64) for name in ("count", "true"))
        predicted, low = np.array(state["predicted"], np.float64)
        self._sum = CalibrationBins(self._sum.edges, count, predicted, true, low)


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

    def _check_classes(self, labels: Any) -> Classes:
        return Classes(labels)

    def _forecast(self, y_true: Any, y_proba: Any) -> Forecast:
        """Return the position of the true label, shape (n,), and the probabilities, shape (n, K)."""
        proba, tolerance = probabilities(y_proba, len(self._classes))
        if proba.ndim == 1:
            raise ValueError(f"y_proba must have shape (n, {len(self._classes)}), a column per label.")
        return Forecast(self._classes.codes(y_true, "y_true"), proba, tolerance=tolerance)
