"""Errors of predicted numbers, from a handful of sums."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

from evalkit._core.error_sums import ErrorSums, RowSums
from evalkit._core.errors import explained, warn_if_infinite
from evalkit._core.html import value_table
from evalkit._core.sums import DoubleDouble, Moments, to_json
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.streaming._rows import number_column, same_length
from evalkit.streaming.accumulator import SumAccumulator, undefined

RECENT = 256  # batches: adding up their sums together saves most of Python's work per batch


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

    def _repr_html_(self) -> str:
        return value_table("Errors of predicted numbers", vars(self))


class Regression(SumAccumulator[ErrorSums]):
    """All that the usual regression metrics need: moments of the truth and of the error, Σ|error|, max |error|.

    The values and warnings are those of the functions of `evalkit.metrics.regression`, which read the same sums.

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
        self._settled = ErrorSums()
        self._recent: list[RowSums] = []  # not yet part of the sums above

    def update(self, y_true: Any, y_pred: Any) -> Self:
        """Take in true and predicted numbers, each of shape (n,).

        Raises
        ------
        ValueError
            If a number is NaN or infinite, or the lengths differ.
        """
        true, pred = number_column(y_true, "y_true"), number_column(y_pred, "y_pred")
        if same_length(true, pred, "y_pred"):
            settled = self._settled
            near = self._recent[-1].near if self._recent else (settled.truth.near(), settled.error.near())
            self._recent.append(RowSums.of(true, pred, near=near))
            if len(self._recent) >= RECENT:
                self._sum = self._sum  # settles
        return self

    @property
    def _sum(self) -> ErrorSums:
        """The sums of all rows so far."""
        if self._recent:
            self._settled += ErrorSums.of_parts(self._recent)
            self._recent = []
        return self._settled

    @_sum.setter
    def _sum(self, value: ErrorSums) -> None:
        self._settled, self._recent = value, []

    def compute(self) -> RegressionSummary:
        """Return all metrics.

        Warns
        -----
        UndefinedMetricWarning
            If there are no rows (everything is nan), or only one (R² is nan).
        RuntimeWarning
            If errors or squares are too large for float64. What follows from them is then infinite or nan.
        """
        sums = self._sum
        if not sums.count:
            return RegressionSummary(0, *[undefined("regression metrics are")] * 7)
        squared, spread = sums.error.squares(), sums.truth.spread.high
        warn_if_infinite(squared, spread if squared else 0.0)
        r2 = explained(squared, spread)
        if sums.count < 2:
            warn("R^2 score is not well-defined with less than two samples.", UndefinedMetricWarning)
            r2 = math.nan
        return RegressionSummary(
            count=int(sums.count),
            mean_error=sums.error.mean.high,
            mean_absolute_error=sums.mean_absolute_error(),
            mean_squared_error=sums.mean_squared_error(),
            root_mean_squared_error=math.sqrt(sums.mean_squared_error()),
            max_error=sums.largest,
            r2_score=r2,
            explained_variance_score=explained(sums.error.spread.high, spread),
        )

    def _settings(self) -> dict[str, Any]:
        return {}

    def _state(self) -> dict[str, Any]:
        sums = self._sum
        return {
            "truth": sums.truth.to_list(),
            "error": sums.error.to_list(),
            "absolute": [to_json(number) for number in sums.absolute],
            "largest": to_json(sums.largest),
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self._sum = ErrorSums(
            Moments.from_list(state["truth"]),
            Moments.from_list(state["error"]),
            DoubleDouble(*map(float, state["absolute"])),
            float(state["largest"]),
        )
