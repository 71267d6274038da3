"""Medians, quantiles and extremes: what is the error of a typical row, of the worst row, of a predicted quantile?

A mean is at the mercy of its largest terms. The median error looks at the row in the middle, and the pinball loss is
smallest for a model that predicts the quantile asked for rather than the mean.

Names, arguments, values, errors and warnings are those of scikit-learn 1.9.
"""

from __future__ import annotations

import math
from typing import Any, Literal, overload

import numpy as np

from evalkit._core.error_sums import LARGEST
from evalkit._core.errors import AVERAGES, Pairs, check_pairs, combine, explained, warn_if_infinite
from evalkit._core.inputs import Array, InvalidParameterError
from evalkit._core.warn import UndefinedMetricWarning, warn


@overload
def median_absolute_error(
    y_true: Any, y_pred: Any, *, multioutput: Literal["raw_values"], sample_weight: Any = ...,
) -> Array: ...  # fmt: skip
@overload
def median_absolute_error(
    y_true: Any, y_pred: Any, *, multioutput: Any = ..., sample_weight: Any = ...,
) -> float: ...  # fmt: skip
def median_absolute_error(
    y_true: Any, y_pred: Any, *, multioutput: Any = "uniform_average", sample_weight: Any = None
) -> Any:
    """Return the median of |y_true − y_pred|, in the unit of `y_true`: half of the rows are closer than that.

    All errors are kept to find the one in the middle, so it needs 8 bytes of memory per row, and with weights about 30.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, outputs)
        True and predicted numbers.
    multioutput : {"raw_values", "uniform_average"} or array-like of shape (outputs,), default "uniform_average"
        One value per output, their plain mean, or their mean with these weights.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.

    Returns
    -------
    float, or array of shape (outputs,) for "raw_values"

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, or a value is NaN or infinite.
    ZeroDivisionError
        If the weights add up to zero.

    Notes
    -----
    :Formula: median of |y_true − y_pred|
    :Range: 0 upwards, in the unit of `y_true`; lower is better
    :Misleads when: the worse half matters: it may be off by anything

    Examples
    --------
    >>> median_absolute_error([3, -0.5, 2, 7], [2.5, 0.0, 2, 100])
    0.5
    """
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, AVERAGES)
    errors = np.empty(pairs.y_true.shape)
    for error, rows in pairs.errors():
        np.abs(error, out=errors[rows])
        pairs.checked(errors[rows].max(axis=0), rows)
    if pairs.weight is None:
        return combine(np.median(errors, axis=0, overwrite_input=True), multioutput)
    return combine(_quantiles(errors, pairs.weight, 0.5), multioutput)


def max_error(y_true: Any, y_pred: Any) -> float:
    """Return the largest |y_true − y_pred|, in the unit of `y_true`.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted numbers.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, a value is NaN or infinite, or there are several outputs.

    Notes
    -----
    :Formula: max |y_true − y_pred|
    :Range: 0 upwards, in the unit of `y_true`; lower is better
    :Misleads when: one row is wrong in the data: nothing else is seen

    Examples
    --------
    >>> max_error([3, 2, 7, 1], [4, 2, 7, 1.5])
    1.0
    """
    pairs = check_pairs(y_true, y_pred, None, "uniform_average", AVERAGES)
    if pairs.y_true.ndim > 1:
        raise ValueError("Multioutput not supported in max_error")
    largest = pairs.sums(LARGEST)[0].largest
    warn_if_infinite(largest)
    return largest


@overload
def mean_pinball_loss(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., alpha: float = ..., multioutput: Literal["raw_values"],
) -> Array: ...  # fmt: skip
@overload
def mean_pinball_loss(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., alpha: float = ..., multioutput: Any = ...,
) -> float: ...  # fmt: skip
def mean_pinball_loss(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, alpha: float = 0.5, multioutput: Any = "uniform_average"
) -> Any:
    """Return the mean cost of errors when being too low costs `alpha` per unit and being too high 1 − `alpha`.

    The constant with the smallest loss is the `alpha` quantile of `y_true`. With 0.5 the loss is half of the mean
    absolute error.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, outputs)
        True and predicted numbers.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    alpha : float from 0 to 1, default 0.5
        The quantile that `y_pred` predicts.
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
    :Formula: mean of max(α (y − ŷ), (α − 1) (y − ŷ))
    :Range: 0 upwards; lower is better
    :Misleads when: losses for other quantiles are compared

    References
    ----------
    R. Koenker and G. Bassett, "Regression quantiles", Econometrica 46 (1978).

    Examples
    --------
    >>> mean_pinball_loss([10, 10], [8, 14], alpha=0.75)
    1.25
    """
    _check_alpha(alpha)
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, AVERAGES)
    return combine(_pinball(pairs, alpha) / pairs.total_weight(), multioutput)


@overload
def d2_pinball_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., alpha: float = ..., multioutput: Literal["raw_values"],
) -> Array: ...  # fmt: skip
@overload
def d2_pinball_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., alpha: float = ..., multioutput: Any = ...,
) -> float: ...  # fmt: skip
def d2_pinball_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, alpha: float = 0.5, multioutput: Any = "uniform_average"
) -> Any:
    """Return the share of pinball loss that a model saves: 1 − its loss / that of the constant `alpha` quantile.

    What R² is for squared errors. 1 is perfect, 0 no better than the quantile.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, outputs)
        True and predicted numbers.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    alpha : float from 0 to 1, default 0.5
        The quantile that `y_pred` predicts.
    multioutput : {"raw_values", "uniform_average"} or array-like of shape (outputs,), default "uniform_average"
        One value per output, their plain mean, or their mean with these weights.

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

    Notes
    -----
    :Range: at most 1, which is perfect; 0 is no better than the constant, and below 0 it is worse
    :Misleads when: data sets are compared: each is measured against a constant of its own

    References
    ----------
    R. Koenker and J. A. F. Machado, "Goodness of fit and related inference processes for quantile regression", Journal
    of the American Statistical Association 94 (1999).

    Examples
    --------
    >>> d2_pinball_score([1, 2, 3], [1, 3, 3])
    0.5
    """
    _check_alpha(alpha)
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, AVERAGES)
    if len(pairs.y_true) < 2:
        warn("D^2 score is not well-defined with less than two samples.", UndefinedMetricWarning)
        return math.nan
    loss = _pinball(pairs, alpha)
    best = _quantiles(pairs.y_true.astype(np.float64), pairs.weight, alpha)
    constant = Pairs(pairs.y_true, np.broadcast_to(best, pairs.y_true.shape), pairs.weight)
    return explained(loss, _pinball(constant, alpha), multioutput, force_finite=True)


@overload
def d2_absolute_error_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Literal["raw_values"],
) -> Array: ...  # fmt: skip
@overload
def d2_absolute_error_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Any = ...,
) -> float: ...  # fmt: skip
def d2_absolute_error_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = "uniform_average"
) -> Any:
    """Return the share of absolute error that a model saves: 1 − its error / that of always predicting the median.

    It is `d2_pinball_score` for the quantile 0.5.

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

    Notes
    -----
    :Range: at most 1, which is perfect; 0 is no better than the constant, and below 0 it is worse
    :Misleads when: data sets are compared: each is measured against a constant of its own

    Examples
    --------
    >>> d2_absolute_error_score([1, 2, 3], [1, 3, 3])
    0.5
    """
    return d2_pinball_score(y_true, y_pred, sample_weight=sample_weight, multioutput=multioutput)


def _pinball(pairs: Pairs, alpha: float) -> Array:
    """Return the sum of losses of each output."""
    total = np.zeros(())
    for error, rows in pairs.errors():
        total = total + pairs.sum(np.maximum(alpha * error, (alpha - 1) * error), rows)
    return total


def _check_alpha(alpha: Any) -> None:
    if isinstance(alpha, str) or not 0 <= alpha <= 1:
        raise InvalidParameterError(f"The 'alpha' parameter must be a float from 0 to 1. Got {alpha!r} instead.")


def _quantiles(values: Array, weight: Array | None, level: float) -> Array:
    """Return the quantile of each column, weighted if there are weights.

    It is the smallest value at which the weights so far reach `level` of the total. Where they reach it exactly, every
    number up to the next value would do as well, and the middle is returned (R. J. Hyndman and Y. Fan, "Sample
    quantiles in statistical packages", The American Statistician 50 (1996), definition 2).
    """
    if values.ndim == 2:
        return np.array([_quantiles(column, weight, level) for column in values.T])
    if weight is None:
        target = level * len(values)
        place = max(math.ceil(target) - 1, 0)
        surplus = place + 1 - target
    else:
        values, weight = values[weight != 0], weight[weight != 0]  # a row without weight is no row
        order = np.argsort(values)
        values, reached = values[order], np.cumsum(weight[order], dtype=np.float64)
        target = level * reached[-1]
        place = min(int(np.searchsorted(reached, target)), len(values) - 1)
        surplus = reached[place] - target
    after = min(place + 1, len(values) - 1)
    if weight is None:
        values = np.partition(values, [place, after])
    exactly = surplus <= np.finfo(np.float64).eps
    return np.asarray((values[place] + values[after]) / 2 if exactly else values[place])
