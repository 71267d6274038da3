"""Errors relative to the size of the truth: being off by one matters more at 2 than at 2000.

Names, arguments, values, errors and warnings are those of scikit-learn 1.9.
"""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np

from evalkit._core.errors import AVERAGES, Pairs, check_pairs, combine
from evalkit._core.inputs import Array

SMALLEST = float(np.finfo(np.float64).eps)  # stands in for a true value of zero


@overload
def mean_absolute_percentage_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Literal["raw_values"],
) -> Array: ...  # fmt: skip
@overload
def mean_absolute_percentage_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Any = ...,
) -> float: ...  # fmt: skip
def mean_absolute_percentage_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = "uniform_average"
) -> Any:
    """Return the mean of |y_true − y_pred| / |y_true|: a fraction, not per cent.

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
    A true value of zero is replaced by 2.2e-16, so that an error there makes the score huge rather than infinite.

    :Formula: mean of |y_true − y_pred| / |y_true|
    :Range: 0 upwards; lower is better
    :Misleads when: a truth is near 0: it outweighs all others; and a prediction of 0 costs 1, while one that is too
        high has no limit

    References
    ----------
    J. S. Armstrong, Long-Range Forecasting (1985), who also says why it favours predictions that are too low.

    Examples
    --------
    >>> mean_absolute_percentage_error([100, 200], [90, 230])
    0.125
    """
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, AVERAGES)
    total = np.zeros(())
    for error, rows in pairs.errors():
        size = np.maximum(np.abs(pairs.y_true[rows].astype(np.float64)), SMALLEST)
        with np.errstate(invalid="ignore"):  # infinity is found by the sum
            shares = np.abs(error) / size
        total = total + pairs.sum(shares, rows)
    return combine(total / pairs.total_weight(), multioutput)


@overload
def mean_squared_log_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Literal["raw_values"],
) -> Array: ...  # fmt: skip
@overload
def mean_squared_log_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Any = ...,
) -> float: ...  # fmt: skip
def mean_squared_log_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = "uniform_average"
) -> Any:
    """Return the mean of (ln(1 + y_true) − ln(1 + y_pred))², for numbers that grow exponentially.

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
        If the input is empty, lengths differ, or a value is NaN, infinite, or −1 or less.
    ZeroDivisionError
        If the weights add up to zero.

    Notes
    -----
    :Formula: mean of (ln(1 + y_true) − ln(1 + y_pred))²
    :Range: 0 upwards; lower is better
    :Misleads when: too high and too low by the same amount cost the same: too low counts more here

    Examples
    --------
    >>> round(mean_squared_log_error([3, 5, 2.5, 7], [2.5, 5, 4, 8]), 4)
    0.0397
    """
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, AVERAGES)
    return combine(_squared_log_error(pairs, "Mean Squared Logarithmic Error"), multioutput)


@overload
def root_mean_squared_log_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Literal["raw_values"],
) -> Array: ...  # fmt: skip
@overload
def root_mean_squared_log_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = ..., multioutput: Any = ...,
) -> float: ...  # fmt: skip
def root_mean_squared_log_error(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = "uniform_average"
) -> Any:
    """Return the root of the mean squared logarithmic error: about the typical relative error when that is small.

    With several outputs the root of each is taken before they are averaged.

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
        If the input is empty, lengths differ, or a value is NaN, infinite, or −1 or less.
    ZeroDivisionError
        If the weights add up to zero.

    Notes
    -----
    :Formula: √(mean of (ln(1 + y_true) − ln(1 + y_pred))²)
    :Range: 0 upwards; lower is better
    :Misleads when: too high and too low by the same amount cost the same: too low counts more here

    Examples
    --------
    >>> round(root_mean_squared_log_error([3, 5, 2.5, 7], [2.5, 5, 4, 8]), 4)
    0.1993
    """
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, AVERAGES)
    return combine(np.sqrt(_squared_log_error(pairs, "Root Mean Squared Logarithmic Error")), multioutput)


def _squared_log_error(pairs: Pairs, metric: str) -> Array:
    """Return the mean for each output."""
    total = np.zeros(())
    for rows in pairs.chunks():
        logs = []
        for values in (pairs.y_true[rows], pairs.y_pred[rows]):
            if (values <= -1).any():
                pairs.checked(values.min(), rows)  # before minus infinity is told to be too small
                raise ValueError(f"{metric} cannot be used when targets contain values less than or equal to -1.")
            logs.append(np.log1p(values, dtype=np.float64))
        with np.errstate(invalid="ignore"):  # infinity is found by the sum
            difference = logs[0] - logs[1]
        total = total + pairs.sum_of_squares(difference, rows)
    return np.asarray(total / pairs.total_weight())
