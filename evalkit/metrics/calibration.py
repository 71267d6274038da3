"""Calibration: of all the times the model said 70 %, was it right 70 % of the time?

Forecasts are sorted into bins by their confidence. In each bin the mean confidence is compared with the share that came
true. The pairs make the *reliability diagram* (`calibration_curve`), their mean distance weighted by the size of the
bins the *expected calibration error*. Three sums per bin are all it takes, so `CalibrationBins` can be added up over
batches and machines.

A bin holds the confidences above its lower edge up to and including its upper edge; the first bin also holds 0. A
confidence of exactly 1 thus belongs to the last bin.

References
----------
M. P. Naeini, G. F. Cooper and M. Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning", AAAI
2015. C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern neural networks", ICML 2017.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from evalkit._core.codes import bincount, counts_and_sums
from evalkit._core.extras import needs
from evalkit._core.forecasts import Forecast, Part, Probabilities, check_binary_forecast, check_forecast
from evalkit._core.html import columns_table
from evalkit._core.inputs import Array, InvalidParameterError, check_choice
from evalkit._core.sums import two_sum

if TYPE_CHECKING:
    import pandas as pd

MOST_NARROW = 64  # bins: two numbers for each fit into eight bits
NEAR = 1e-9  # of the width of a bin; many times what rounding can do
N_BINS = 15  # as Guo et al., wherever scikit-learn has no default of its own


@dataclass(frozen=True, eq=False)
class CalibrationBins:
    """Sums per bin of confidence, each of shape (bins,).

    Parameters
    ----------
    edges : array of shape (bins + 1,)
        Ascending, within [0, 1].
    weights : array
        The number of rows in each bin, or the sum of their weights.
    confidences : array
        The sum of their confidences.
    hits : array
        The number (or weight) of those that came true.
    confidences_low : array, optional
        What did not fit into `confidences`: with it the sums do not depend on the order of the rows.
    """

    edges: Array
    weights: Array
    confidences: Array
    hits: Array
    confidences_low: Array | float = 0.0

    @classmethod
    def empty(cls, edges: Array) -> CalibrationBins:
        """Return bins that hold nothing yet."""
        return cls(edges, *np.zeros((4, len(edges) - 1)))

    def update(self, confidence: Array, hit: Array, weight: Array | None = None) -> CalibrationBins:
        """Return the bins with more rows: their confidence in [0, 1], whether each came true, and their weight.

        Raises
        ------
        ValueError
            If a confidence is above 1 or below 0, or NaN.
        """
        if len(confidence) and not 0 <= np.min(confidence) <= np.max(confidence) <= 1:
            raise ValueError(
                f"confidence must lie between 0 and 1, got numbers from {np.min(confidence)} to {np.max(confidence)}."
            )
        return self._with(confidence, hit, weight)

    def _with(self, confidence: Array, hit: Array, weight: Array | None) -> CalibrationBins:
        """Do it with confidences that have been checked."""
        index, bins = _bin_of(confidence, self.edges), len(self.weights)
        if weight is None:  # the common case: rows and hits are counted at once
            cells = 2 * index  # a cell for the misses of each bin and one for its hits
            cells += np.asarray(hit, bool)
            rows, total = counts_and_sums(cells, confidence, 2 * bins)
            misses, hits = rows.reshape(bins, 2).T
            return self + CalibrationBins(self.edges, misses + hits, total.reshape(bins, 2).sum(axis=1), hits)

        def per_bin(values: Array) -> Array:
            return bincount(index, weights=values, minlength=bins)

        sums = (per_bin(weight), per_bin(weight * confidence), per_bin(weight * hit))
        return self + CalibrationBins(self.edges, *sums)

    def add(self, forecast: Forecast) -> CalibrationBins:
        """Return the bins with the rows of a forecast."""
        bins = self
        for part in forecast.parts():
            bins = bins.add_part(part)
        return bins

    def add_part(self, part: Part) -> CalibrationBins:
        """Return the bins with the rows of a part of a forecast.

        With one column of probabilities, the confidence is that of the positive class and a hit is a positive row;
        with several, the confidence is the largest and a hit is a row whose label has it.
        """
        if part.proba.ndim == 1:
            return self._with(part.proba, part.truth, part.weight)
        return self._with(part.proba.max(axis=1), part.proba.argmax(axis=1) == part.truth, part.weight)

    def __add__(self, other: object) -> CalibrationBins:
        """Add the sums of two sets of bins with the same edges."""
        if not isinstance(other, CalibrationBins):
            return NotImplemented
        if self.edges is not other.edges and not np.array_equal(self.edges, other.edges):
            raise ValueError("Cannot add bins with different edges.")
        confidences, low = two_sum(
            self.confidences, np.add(self.confidences_low, other.confidences_low), other.confidences
        )
        weights, hits = self.weights + other.weights, self.hits + other.hits
        return CalibrationBins(self.edges, weights, confidences, hits, low)

    def __radd__(self, other: int) -> CalibrationBins:
        """Let `sum` begin with 0."""
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def _columns(self) -> dict[str, Array]:
        full = self.weights != 0
        share, confidence = self.curve()
        edges = {"above": self.edges[:-1][full], "up to": self.edges[1:][full]}
        return edges | {"rows": self.weights[full], "mean confidence": confidence, "share of hits": share}

    def to_frame(self) -> pd.DataFrame:
        """Return a table of pandas with a row for each bin that is not empty."""
        needs("pandas")
        import pandas as pd

        return pd.DataFrame(self._columns())

    def _repr_html_(self) -> str:
        columns = {name: values.tolist() for name, values in self._columns().items()}
        return columns_table(f"Calibration: expected error {self.expected_error():.4f}", columns)

    def curve(self) -> tuple[Array, Array]:
        """Return the share that came true and the mean confidence of each bin that is not empty."""
        full = self.weights != 0
        return self.hits[full] / self.weights[full], self.confidences[full] / self.weights[full]

    def expected_error(self) -> float:
        """Return the mean distance of share and confidence, weighted by the size of the bins; nan if all are empty."""
        total = self.weights.sum()
        return float(np.abs(self.hits - self.confidences).sum() / total) if total else math.nan

    def maximum_error(self) -> float:
        """Return the largest distance of share and confidence of a bin; nan if all are empty."""
        share, confidence = self.curve()
        return float(np.abs(share - confidence).max()) if len(share) else math.nan


def calibration_curve(
    y_true: Any,
    y_prob: Any,
    *,
    pos_label: Any = None,
    n_bins: int = 5,
    strategy: Literal["uniform", "quantile"] = "uniform",
) -> tuple[Array, Array]:
    """Return the reliability diagram of a binary classifier, as `sklearn.calibration.calibration_curve` does.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels, at most two different ones.
    y_prob : array-like of shape (n,)
        The probability of the positive class.
    pos_label : label, optional
        The positive class. By default 1, if the labels are 0 and 1 or −1 and 1.
    n_bins : int
        5, as scikit-learn; calibration errors take 15 bins.
    strategy : {"uniform", "quantile"}
        Bins of the same width, or bins with about the same number of rows (which needs a sorted copy of `y_prob`).

    Returns
    -------
    prob_true : array of shape (bins that are not empty,)
        The share of positives in each bin: the height of the curve.
    prob_pred : array of the same shape
        The mean probability in each bin: its place on the horizontal axis.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, there are more than two labels, or a value is no probability.

    Examples
    --------
    >>> share, confidence = calibration_curve([0, 0, 0, 1, 1, 1], [0.0, 0.1, 0.2, 0.8, 0.9, 1.0], n_bins=2)
    >>> share, confidence.round(3)
    (array([0., 1.]), array([0.1, 0.9]))
    """
    check_choice(strategy, "strategy", ("uniform", "quantile"))
    edges = uniform_edges(n_bins)
    forecast = check_binary_forecast(y_true, y_prob, None, pos_label)
    if strategy == "quantile":
        for _ in forecast.parts():  # NaN must be found before it is sorted
            pass
        edges = np.percentile(forecast.proba, edges * 100)
    return CalibrationBins.empty(edges).add(forecast).curve()


def expected_calibration_error(
    y_true: Any,
    y_proba: Any,
    *,
    n_bins: int = N_BINS,
    pos_label: Any = None,
    labels: Any = None,
    sample_weight: Any = None,
) -> float:
    """Return the mean distance of confidence and share of hits over bins of the same width, in [0, 1].

    With one column, the confidence is the probability of the positive class and a hit is a positive row (Naeini et
    al.). With several, the confidence is that of the class with the largest probability (the first of them in a tie)
    and a hit is a row where this class is the true one (Guo et al.).

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels.
    y_proba : array-like of shape (n,) or (n, K)
        The probability of the positive class, or of every class in the sorted order of the labels.
    n_bins : int
        15, as Guo et al.; the value depends on it, so state it.
    pos_label : label, optional
        The positive class, if `y_proba` has one column. By default 1, if the labels are 0 and 1 or −1 and 1.
    labels : array-like of shape (K,), optional
        All classes, if `y_proba` has several columns and `y_true` does not contain each class.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, the labels do not fit the columns, or a value is no probability.

    Notes
    -----
    :Formula: Σ over the bins of (rows in the bin / rows) × |mean confidence − share of hits|
    :Range: 0 to 1; lower is better
    :Misleads when: a model always says the base rate: that is calibrated and tells no two rows apart; and other
        numbers of bins give other values

    References
    ----------
    Those of the module `evalkit.metrics.calibration`.

    Examples
    --------
    Said 0.75 four times and right three times is as it should be; said 0.9 twice and right once is off by 0.4:

    >>> expected_calibration_error([1, 1, 1, 0], [0.75, 0.75, 0.75, 0.75])
    0.0
    >>> round(expected_calibration_error([1, 0], [0.9, 0.9]), 12)
    0.4

    Three classes; the model is sure and right, then sure and wrong:

    >>> expected_calibration_error([0, 1, 2, 0], [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]])
    0.25
    """
    edges = uniform_edges(n_bins)
    proba = Probabilities.of(y_proba)
    if proba.one_column:
        forecast = check_binary_forecast(y_true, proba, sample_weight, pos_label)
    else:
        forecast = check_forecast(y_true, proba, sample_weight, labels)
        if forecast.y_true.ndim == 2:
            raise ValueError(f"y_true should be a 1d array, got an array of shape {forecast.y_true.shape} instead.")
    return CalibrationBins.empty(edges).add(forecast).expected_error()


def uniform_edges(n_bins: Any) -> Array:
    """Return the edges of bins of the same width between 0 and 1."""
    if isinstance(n_bins, bool) or not isinstance(n_bins, Integral) or n_bins < 1:
        raise InvalidParameterError(f"The 'n_bins' parameter must be an int of at least 1. Got {n_bins!r} instead.")
    return np.linspace(0, 1, int(n_bins) + 1)


def _bin_of(confidence: Array, edges: Array) -> Array:
    """Return the number of inner edges below each confidence, in as few bits as will do."""
    inner_edges, bins = edges[1:-1], len(edges) - 1
    if bins > MOST_NARROW or len(confidence) < 500:
        return np.searchsorted(inner_edges, confidence)
    if np.array_equal(edges, uniform_edges(bins)):
        place = np.multiply(confidence, bins, dtype=np.float64)
        index = place.astype(np.uint8)  # without the fraction
        place -= index
        # Rounding can carry a confidence next to an edge across it. And what is on an edge belongs below it.
        unsure = np.flatnonzero((place < NEAR) | (place > 1 - NEAR))
        if len(unsure) < len(confidence) / 8:
            index[unsure] = np.searchsorted(inner_edges, confidence[unsure])
            return index
    below = np.zeros(len(confidence), np.uint8)  # for few edges, faster than a binary search in each row
    for edge in inner_edges:
        below += (confidence > edge).view(np.uint8)
    return below
