"""Metrics of predicted numbers: how far off are the predictions?

The error of a row is `y_true - y_pred`. The mean absolute error treats all of them alike, the mean squared error makes
a large one count for more, its root brings that back to the unit of the data, and R² compares it with a model that
always predicts the mean.

The rows are read once, in chunks that fit in the processor's cache, and added up in float64 whatever their type. A sum
that is not finite betrays NaN and infinity, so checking the input costs nothing.

Names, arguments, values, errors and warnings are those of scikit-learn 1.9.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit._inputs import Array, check_choice, check_finite, check_lengths, check_sample_weight, numbers, to_array
from evalkit._warnings import UndefinedMetricWarning, warn
from evalkit.metrics._encoders import chunks

CHUNK = 1 << 15  # numbers: the working array of 256 kB stays in the second-level cache
AVERAGES = ("raw_values", "uniform_average")


def mean_absolute_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = "uniform_average"
) -> Any:
    """Return the mean of |y_true − y_pred|, in the unit of `y_true`.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, outputs)
        True and predicted numbers.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.
    multioutput : {"raw_values", "uniform_average"} or array-like of shape (outputs,)
        One value per output, their plain mean, or their mean with these weights.

    Returns
    -------
    float, or array of shape (outputs,) for "raw_values"

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, or a value is NaN or infinite.
    ZeroDivisionError
        If the weights add up to zero.

    Examples
    --------
    >>> mean_absolute_error([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])
    0.5
    """
    pairs = _check(y_true, y_pred, sample_weight, multioutput, AVERAGES)
    total = np.asarray(sum(pairs.sum(np.abs(error, out=error), rows) for error, rows in pairs.errors()))
    return _combine(total / pairs.total_weight(), multioutput)


def mean_squared_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = "uniform_average"
) -> Any:
    """Return the mean of (y_true − y_pred)², in the squared unit of `y_true`.

    One large error outweighs many small ones.

    The parameters, return value and errors are those of `mean_absolute_error`.

    Examples
    --------
    >>> mean_squared_error([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])
    0.375
    """
    pairs = _check(y_true, y_pred, sample_weight, multioutput, AVERAGES)
    return _combine(pairs.squared_error() / pairs.total_weight(), multioutput)


def root_mean_squared_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = "uniform_average"
) -> Any:
    """Return the root of the mean squared error, back in the unit of `y_true`.

    The parameters, return value and errors are those of `mean_absolute_error`. With several outputs the root of each is
    taken before they are averaged.

    Examples
    --------
    >>> root_mean_squared_error([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])
    0.6123724356957945
    """
    pairs = _check(y_true, y_pred, sample_weight, multioutput, AVERAGES)
    return _combine(np.sqrt(pairs.squared_error() / pairs.total_weight()), multioutput)


def r2_score(
    y_true: Any,
    y_pred: Any,
    *,
    sample_weight: Any = None,
    multioutput: Any = "uniform_average",
    force_finite: bool = True,
) -> Any:
    """Return the coefficient of determination: 1 − squared error / squared error of always predicting the mean.

    1 is perfect, 0 no better than the mean, and a model worse than the mean is below zero.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, outputs)
        True and predicted numbers.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.
    multioutput : {"raw_values", "uniform_average", "variance_weighted"}, None or array-like of shape (outputs,)
        One value per output, their plain mean (also None), their mean weighted by the spread of each output, or by the
        weights given.
    force_finite : bool
        When `y_true` is constant, return 1 for perfect predictions and 0 for others instead of nan and −inf.

    Returns
    -------
    float, or array of shape (outputs,) for "raw_values"

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, or a value is NaN or infinite.

    Warns
    -----
    UndefinedMetricWarning
        If there are fewer than two rows. The value is then nan.

    Notes
    -----
    The spread takes two passes, first the mean and then the distances from it: the one-pass formula Σy² − (Σy)²/n loses
    all digits when the mean is large.

    References
    ----------
    T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample variance", The American Statistician
    37 (1983).

    Examples
    --------
    >>> round(r2_score([3, -0.5, 2, 7], [2.5, 0.0, 2, 8]), 4)
    0.9486
    """
    pairs = _check(y_true, y_pred, sample_weight, multioutput, (*AVERAGES, "variance_weighted", None))
    if len(pairs.y_true) < 2:
        warn("R^2 score is not well-defined with less than two samples.", UndefinedMetricWarning)
        return math.nan
    residual, spread = pairs.squared_error(), pairs.spread()
    if force_finite:
        # The exceptions, in scikit-learn's order: perfect predictions are worth 1 and constant data 0.
        scores = np.where(
            residual == 0, 1.0, np.where(spread == 0, 0.0, 1 - residual / np.where(spread == 0, 1, spread))
        )
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            scores = 1 - residual / spread
    if isinstance(multioutput, str) and multioutput == "variance_weighted":
        return float(np.average(scores, weights=spread if spread.any() else None))
    return _combine(scores, multioutput)


# ------------------------------------------------------------------------------------------------------------- the sums
@dataclass(frozen=True)
class _Pairs:
    """True and predicted numbers of shape (n, outputs), or (n,) for a single output, and the weights of the rows."""

    y_true: Array
    y_pred: Array
    weight: Array | None

    def total_weight(self) -> float:
        """Return the sum of the weights, n without weights."""
        if self.weight is None:
            return float(len(self.y_true))
        total = float(self.weight.sum(dtype=np.float64))
        if total == 0:
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        return total

    def chunks(self) -> Iterator[slice]:
        """Cut the rows into pieces of about `CHUNK` numbers."""
        return chunks(len(self.y_true), max(1, CHUNK * len(self.y_true) // self.y_true.size))

    def errors(self) -> Iterator[tuple[Array, slice]]:
        """Yield the errors of each chunk as float64. The array is used again for the next chunk.

        Two float32 numbers are subtracted as such (as scikit-learn does) and their errors added up as float64.
        Integers become float64 first, because their difference may not fit.
        """
        buffer = None
        both = {self.y_true.dtype, self.y_pred.dtype}
        dtype = np.float32 if both == {np.dtype(np.float32)} else np.float64
        for rows in self.chunks():
            true, pred = self.y_true[rows], self.y_pred[rows]
            if buffer is None:
                buffer = np.empty(true.shape)
            yield np.subtract(true, pred, out=buffer[: len(true)], dtype=dtype), rows

    def squared_error(self) -> Array:
        """Return the sum of weighted squared errors of each output."""
        return np.asarray(sum(self.sum_of_squares(error, rows) for error, rows in self.errors()))

    def spread(self) -> Array:
        """Return the sum of weighted squared distances of `y_true` from its mean, of each output.

        Distances are taken from the first row, so that a constant output has a spread of exactly zero.
        """
        origin = self.y_true[0].astype(np.float64)

        def shifted(rows: slice) -> Array:
            return np.asarray(np.subtract(self.y_true[rows], origin, dtype=np.float64))

        total = sum(self.sum(shifted(rows), rows) for rows in self.chunks())
        mean = total / self.total_weight()
        return np.asarray(sum(self.sum_of_squares(shifted(rows) - mean, rows) for rows in self.chunks()))

    def sum(self, values: Array, rows: slice) -> Array:
        """Add up the values of a chunk, with weights if there are any."""
        total = values.sum(axis=0) if self.weight is None else self.weight[rows] @ values
        return self._checked(np.asarray(total), rows)

    def sum_of_squares(self, values: Array, rows: slice) -> Array:
        """Add up the squares of the values of a chunk, with weights if there are any."""
        if self.weight is not None:
            return self.sum(np.square(values), rows)
        total = values @ values if values.ndim == 1 else np.einsum("ij,ij->j", values, values)
        return self._checked(np.asarray(total), rows)

    def _checked(self, total: Array, rows: slice) -> Array:
        """Look for NaN and infinity in a chunk whose sum is not finite."""
        if not np.isfinite(total).all():
            check_finite(self.y_true[rows], "y_true", rows.start)
            check_finite(self.y_pred[rows], "y_pred", rows.start)
        return total


# ------------------------------------------------------------------------------------------------------ input, output
def _check(y_true: Any, y_pred: Any, sample_weight: Any, multioutput: Any, choices: tuple[str | None, ...]) -> _Pairs:
    """Convert and check the arguments of a regression metric."""
    true, pred = numbers(y_true, "y_true"), numbers(y_pred, "y_pred")
    weight = None if sample_weight is None else to_array(sample_weight, "sample_weight")
    n_rows = check_lengths(y_true=true, y_pred=pred, sample_weight=weight)
    for array, name in ((true, "y_true"), (pred, "y_pred")):
        if array.ndim > 2:
            raise ValueError(f"Found array with dim {array.ndim}, while dim <= 2 is required ({name}).")
        if array.size == 0:
            raise ValueError(
                f"Found array with 0 sample(s) (shape={array.shape}) while a minimum of 1 is required ({name})."
            )
    outputs = [array.shape[1] if array.ndim == 2 else 1 for array in (true, pred)]
    if outputs[0] != outputs[1]:
        raise ValueError(f"y_true and y_pred have different number of output ({outputs[0]}!={outputs[1]})")
    if outputs[0] == 1:
        true, pred = true.reshape(-1), pred.reshape(-1)
    if isinstance(multioutput, str) or multioutput is None:
        check_choice(multioutput, "multioutput", choices)
    else:
        _check_output_weights(numbers(multioutput, "multioutput"), outputs[0])
    return _Pairs(true, pred, check_sample_weight(weight, n_rows))


def _check_output_weights(weights: Array, n_outputs: int) -> None:
    if n_outputs == 1:
        raise ValueError("Custom weights are useful only in multi-output cases (multioutput).")
    if len(weights) != n_outputs:
        raise ValueError(
            f"There must be equally many custom weights ({len(weights)}) as outputs ({n_outputs}) (multioutput)."
        )
    check_finite(weights, "multioutput")


def _combine(values: Array, multioutput: Any) -> Any:
    """Return the values of all outputs, or their mean as the caller wants it."""
    values = np.atleast_1d(values)
    if isinstance(multioutput, str) and multioutput == "raw_values":
        return values
    weights = None if isinstance(multioutput, str) or multioutput is None else np.asarray(multioutput)
    return float(np.average(values, weights=weights))
