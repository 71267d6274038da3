"""Errors of predicted numbers, from a handful of sums."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Self

from evalkit._core.codes import chunks
from evalkit._core.error_sums import SumsOfRows, sum_up
from evalkit._core.errors import BLOCK
from evalkit._core.inputs import check_finite
from evalkit._core.sums import DoubleDouble, Moments, mean_of_squares
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.streaming._rows import number_column, same_length
from evalkit.streaming.accumulator import Accumulator

RECENT = 256  # chunks: adding up their sums together saves most of Python's work per chunk


@dataclass(frozen=True)
class RegressionSummary:
    """What the sums say, with scikit-learn's names and definitions. The error of a row is `y_true − y_pred`."""

    count: int
    mean_error: float
    mean_absolute_error: float
    mean_squared_error: float
    root_mean_squared_error: float
    max_error: float
    r2_score: float
    explained_variance_score: float


class Regression(Accumulator):
    """All that the usual regression metrics need: moments of the truth and of the error, Σ|error|, max |error|.

    Notes
    -----
    The spread of `y_true` comes from Chan's merge of means and squared distances, kept in pairs of float64: R² keeps
    its digits when the mean is a billion times the spread, where one-pass sums of squares lose all of them. Memory:
    thirteen numbers, and eight for each of the last few batches.

    Examples
    --------
    >>> summary = Regression().update([3, -0.5], [2.5, 0.0]).update([2, 7], [2, 8]).compute()
    >>> summary.mean_absolute_error, summary.mean_squared_error, round(summary.r2_score, 4)
    (0.5, 0.375, 0.9486)
    """

    inputs = ("truth", "pred")

    def __init__(self) -> None:
        self._truth = Moments()
        self._error = Moments()
        self._absolute = DoubleDouble(0.0)
        self._largest = 0.0
        self._recent: list[SumsOfRows] = []  # not yet part of the numbers above

    def update(self, y_true: Any, y_pred: Any) -> Self:
        """Take in true and predicted numbers, each of shape (n,).

        Raises
        ------
        ValueError
            If a number is NaN, infinite or too large to be squared, or the lengths differ.
        """
        true, pred = number_column(y_true, "y_true"), number_column(y_pred, "y_pred")
        n_rows = same_length(true, pred, "y_pred")
        added = []
        near = self._recent[-1].near if self._recent else (self._truth.near(), self._error.near())
        for rows in chunks(n_rows, BLOCK):
            sums = sum_up(true[rows], pred[rows], near)
            if sums is None:
                check_finite(true, "y_true")
                check_finite(pred, "y_pred")
                raise ValueError("y_true or y_pred holds numbers whose squares are too large for float64.")
            added.append(sums)
            near = sums.near
        self._recent += added
        if len(self._recent) >= RECENT:
            self._settle()
        return self

    def _settle(self) -> None:
        """Add the sums of the recent chunks to the moments."""
        for near, group in groupby(self._recent, key=lambda sums: sums.near):
            _, counts, truth, truth_squares, error, error_squares, absolute, largest = zip(*group, strict=True)
            count = sum(counts)
            self._add(
                Moments.from_distances(count, near[0], math.fsum(truth), math.fsum(truth_squares)),
                Moments.from_distances(count, near[1], math.fsum(error), math.fsum(error_squares)),
                DoubleDouble(math.fsum(absolute)),
                max(largest),
            )
        self._recent = []

    def _add(self, truth: Moments, error: Moments, absolute: DoubleDouble, largest: float) -> None:
        self._truth = self._truth.merge(truth)
        self._error = self._error.merge(error)
        self._absolute = self._absolute.plus(*absolute)
        self._largest = max(self._largest, largest)

    def merge(self, other: Self) -> Self:
        """Return the sums over the rows of both."""
        self._check_same_kind(other)
        merged = self.empty()
        for part in (self, other):
            part._settle()
            merged._add(part._truth, part._error, part._absolute, part._largest)
        return merged

    def compute(self) -> RegressionSummary:
        """Return all metrics.

        Warns
        -----
        UndefinedMetricWarning
            If there are no rows (everything is nan), or only one (R² and explained variance are nan).
        """
        self._settle()
        count = self._truth.count
        if not count:
            warn("No rows yet: regression metrics are not defined.", UndefinedMetricWarning)
            return RegressionSummary(0, *[math.nan] * 7)
        squared = mean_of_squares(self._error)
        r2 = explained = math.nan
        if count < 2:
            warn("R^2 score is not well-defined with less than two samples.", UndefinedMetricWarning)
        else:
            r2 = _one_minus(squared, self._truth.spread.high / count)
            explained = _one_minus(self._error.spread.high, self._truth.spread.high)
        return RegressionSummary(
            count=count,
            mean_error=self._error.mean.high,
            mean_absolute_error=self._absolute.high / count,
            mean_squared_error=squared,
            root_mean_squared_error=math.sqrt(squared),
            max_error=self._largest,
            r2_score=r2,
            explained_variance_score=explained,
        )

    def _settings(self) -> dict[str, Any]:
        return {}

    def _state(self) -> dict[str, Any]:
        self._settle()
        return {
            "truth": self._truth.to_list(),
            "error": self._error.to_list(),
            "absolute": list(self._absolute),
            "largest": self._largest,
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self._truth, self._error = Moments.from_list(state["truth"]), Moments.from_list(state["error"])
        self._absolute, self._largest = DoubleDouble(*state["absolute"]), state["largest"]


def _one_minus(residual: float, spread: float) -> float:
    """Return 1 − residual / spread; where the spread is 0, 1 for a perfect model and 0 for others, as scikit-learn."""
    if residual == 0:
        return 1.0
    return 1 - residual / spread if spread else 0.0
