"""Metrics of predicted numbers: how far off are the predictions?

The error of a row is `y_true - y_pred`. The mean absolute error treats all of them alike, the mean squared error makes
a large one count for more, its root brings that back to the unit of the data, and R² compares it with a model that
always predicts the mean.

Each function sums up its rows once and reads the sums. How that is done is told in `evalkit._core.error_sums`;
`evalkit.streaming.Regression` adds up the same sums, and gives the same values, at the edges too. Where errors or their
squares are too large for float64 (numbers beyond 1e154), the values are scikit-learn's: an infinite mean squared error
and R² of nan, with a `RuntimeWarning`, while the mean absolute error of the same rows keeps its value.

Names, arguments, values, errors and warnings are those of scikit-learn 1.9.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, overload

import numpy as np

from evalkit._core.error_sums import ABSOLUTE, SQUARES, TRUTH_AND_ERROR, ErrorSums
from evalkit._core.errors import AVERAGES, check_pairs, combine, explained, warn_if_infinite
from evalkit._core.inputs import Array
from evalkit._core.warn import UndefinedMetricWarning, warn


@overload
def mean_absolute_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Literal["raw_values"],
) -> Array: ...  # fmt: skip
@overload
def mean_absolute_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Any = ...,
) -> float: ...  # fmt: skip
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

    Warns
    -----
    RuntimeWarning
        If errors (or, for the other metrics, their squares) are too large for float64. The value is then infinite.

    Notes
    -----
    :Formula: mean of |y_true − y_pred|
    :Range: 0 upwards, in the unit of `y_true`; lower is better
    :Misleads when: few large errors cost more than many small ones: they are averaged away

    Examples
    --------
    >>> mean_absolute_error([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])
    0.5
    """
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, AVERAGES)
    return combine(_of_outputs(ErrorSums.mean_absolute_error, pairs.sums(ABSOLUTE)), multioutput)


@overload
def mean_squared_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Literal["raw_values"],
) -> Array: ...  # fmt: skip
@overload
def mean_squared_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Any = ...,
) -> float: ...  # fmt: skip
def mean_squared_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = "uniform_average"
) -> Any:
    """Return the mean of (y_true − y_pred)², in the squared unit of `y_true`.

    One large error outweighs many small ones.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, outputs)
        True and predicted numbers.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    multioutput : {"raw_values", "uniform_average"} or array-like of shape (outputs,), default "uniform_average"
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

    Warns
    -----
    RuntimeWarning
        If errors, or their squares, are too large for float64. The value is then infinite.

    Notes
    -----
    :Formula: mean of (y_true − y_pred)²
    :Range: 0 upwards, in the squared unit of `y_true`; lower is better
    :Misleads when: one outlier outweighs all other rows

    Examples
    --------
    >>> mean_squared_error([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])
    0.375
    """
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, AVERAGES)
    return combine(_of_outputs(ErrorSums.mean_squared_error, pairs.sums(SQUARES)), multioutput)


@overload
def root_mean_squared_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Literal["raw_values"],
) -> Array: ...  # fmt: skip
@overload
def root_mean_squared_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Any = ...,
) -> float: ...  # fmt: skip
def root_mean_squared_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = "uniform_average"
) -> Any:
    """Return the root of the mean squared error, back in the unit of `y_true`.

    With several outputs the root of each is
    taken before they are averaged.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, outputs)
        True and predicted numbers.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    multioutput : {"raw_values", "uniform_average"} or array-like of shape (outputs,), default "uniform_average"
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

    Warns
    -----
    RuntimeWarning
        If errors, or their squares, are too large for float64. The value is then infinite.

    Notes
    -----
    :Formula: √(mean of (y_true − y_pred)²)
    :Range: 0 upwards, in the unit of `y_true`; lower is better
    :Misleads when: one outlier outweighs all other rows

    Examples
    --------
    >>> root_mean_squared_error([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])
    0.6123724356957945
    """
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, AVERAGES)
    return combine(np.sqrt(_of_outputs(ErrorSums.mean_squared_error, pairs.sums(SQUARES))), multioutput)


@overload
def r2_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Literal["raw_values"],
    force_finite: bool = ...,
) -> Array: ...  # fmt: skip
@overload
def r2_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Any = ..., force_finite: bool = ...,
) -> float: ...  # fmt: skip
def r2_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = "uniform_average",
    force_finite: bool = True,
) -> Any:  # fmt: skip
    """Return the coefficient of determination: 1 − squared error / squared error of always predicting the mean.

    1 is perfect, 0 no better than the mean, and a model worse than the mean is below zero.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, outputs)
        True and predicted numbers.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    multioutput : {"raw_values", "uniform_average", "variance_weighted"}, None or array-like of shape (outputs,)
        One value per output, their plain mean (also None), their mean weighted by the spread of each output, or by the
        weights given. By default "uniform_average".
    force_finite : bool, default True
        When `y_true` is constant, return 1 for perfect predictions and 0 for others instead of nan and −inf.

    Returns
    -------
    float, or array of shape (outputs,) for "raw_values"
        At most 1.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, or a value is NaN or infinite.
    ZeroDivisionError
        If the weights add up to zero.

    Warns
    -----
    UndefinedMetricWarning
        If there are fewer than two rows. The value is then nan.
    RuntimeWarning
        If squared errors or distances are too large for float64. The value is then nan, or −inf.

    Notes
    -----
    The spread keeps its digits when the mean is large, where the one-pass formula Σy² − (Σy)²/n loses all of them: the
    distances are taken from near the mean, in a second pass where need be.

    :Range: at most 1; 0 is no better than always predicting the mean, and below 0 is worse
    :Misleads when: `y_true` varies little, or one outlier makes it vary: the same errors give another value

    References
    ----------
    T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample variance", The American Statistician
    37 (1983).

    Examples
    --------
    >>> round(r2_score([3, -0.5, 2, 7], [2.5, 0.0, 2, 8]), 4)
    0.9486
    """
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, (*AVERAGES, "variance_weighted", None))
    if len(pairs.y_true) < 2:
        warn("R^2 score is not well-defined with less than two samples.", UndefinedMetricWarning)
        return math.nan
    sums = pairs.sums(TRUTH_AND_ERROR)
    return _explained([part.error.squares() for part in sums], sums, multioutput, force_finite)


@overload
def explained_variance_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Literal["raw_values"],
    force_finite: bool = ...,
) -> Array: ...  # fmt: skip
@overload
def explained_variance_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Any = ..., force_finite: bool = ...,
) -> float: ...  # fmt: skip
def explained_variance_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = "uniform_average",
    force_finite: bool = True,
) -> Any:  # fmt: skip
    """Return 1 − variance of the errors / variance of `y_true`.

    R² for a model whose constant offset is forgiven: predictions that are all 5 too high explain everything.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, outputs)
        True and predicted numbers.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    multioutput : {"raw_values", "uniform_average", "variance_weighted"} or array-like of shape (outputs,)
        One value per output, their plain mean, their mean weighted by the spread of each output, or by the
        weights given. By default "uniform_average".
    force_finite : bool, default True
        When `y_true` is constant, return 1 for perfect predictions and 0 for others instead of nan and −inf.

    Returns
    -------
    float, or array of shape (outputs,) for "raw_values"
        At most 1. Unlike R², it has a value for a single row.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, or a value is NaN or infinite.
    ZeroDivisionError
        If the weights add up to zero.

    Notes
    -----
    :Formula: 1 − variance of the errors / variance of `y_true`
    :Range: at most 1; higher is better
    :Misleads when: all predictions are off by the same amount: it does not see that, and `r2_score` does

    Examples
    --------
    >>> explained_variance_score([1, 2, 3], [6, 7, 8])
    1.0
    >>> round(explained_variance_score([3, -0.5, 2, 7], [2.5, 0.0, 2, 8]), 4)
    0.9572
    """
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, (*AVERAGES, "variance_weighted"))
    sums = pairs.sums(TRUTH_AND_ERROR)
    return _explained([part.error.spread.high for part in sums], sums, multioutput, force_finite)


def _explained(residual: list[float], sums: list[ErrorSums], multioutput: Any, force_finite: bool) -> Any:
    """Return the share of the spread of `y_true` that is not left over as `residual`, of each output or averaged."""
    spread = [part.truth.spread.high for part in sums]
    warn_if_infinite(residual, np.where(np.equal(residual, 0), 0, spread))  # perfect is 1, whatever the spread
    return explained(residual, spread, multioutput, force_finite)


def _of_outputs(read: Callable[[ErrorSums], float], sums: list[ErrorSums]) -> Array:
    """Return the value of each output; warn if one is infinite."""
    values = np.array([read(part) for part in sums])
    warn_if_infinite(values)
    return values
