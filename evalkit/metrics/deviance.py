"""Deviances: errors for counts, amounts and waiting times, where a large truth varies more than a small one.

A *Tweedie* deviance supposes that the variance grows like the mean to some `power`: 0 for the normal distribution (the
squared error), 1 for Poisson counts, 2 for gamma amounts, 3 for the inverse Gaussian.

Names, arguments, values, errors and warnings are those of scikit-learn 1.9.

References
----------
B. Jørgensen, "Exponential dispersion models", Journal of the Royal Statistical Society B 49 (1987).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evalkit._core.errors import AVERAGES, Pairs, check_pairs
from evalkit._core.inputs import Array, InvalidParameterError
from evalkit._core.warn import UndefinedMetricWarning, warn


def mean_tweedie_deviance(y_true: Any, y_pred: Any, *, sample_weight: Any = None, power: float = 0) -> float:
    """Return the mean Tweedie deviance; 0 is perfect.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted numbers. `y_pred` must be positive unless `power` is 0; `y_true` must not be negative from
        `power` 1 on, and positive from 2 on.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.
    power : float
        How the variance grows with the mean; at most 0 or at least 1.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, there are several outputs, or a value is not finite or out of range.
    ZeroDivisionError
        If the weights add up to zero.

    Notes
    -----
    :Formula: mean over the rows, for a truth y and a prediction m, of (y − m)² with `power` 0; of
        2 × (y × ln(y / m) − y + m) with 1, where 0 × ln 0 is 0; of 2 × (ln(m / y) + y / m − 1) with 2; and with another
        p of 2 × (max(y, 0)^(2 − p) / ((1 − p) × (2 − p)) − y × m^(1 − p) / (1 − p) + m^(2 − p) / (2 − p))
    :Range: 0 upwards; lower is better
    :Misleads when: values for other powers are put side by side

    Examples
    --------
    >>> round(mean_tweedie_deviance([2, 0, 1, 4], [0.5, 0.5, 2.0, 2.0], power=1), 4)
    1.426
    """
    _check_power(power)
    pairs = _one_output(y_true, y_pred, sample_weight, "mean_tweedie_deviance")
    return _total_deviance(pairs, power) / pairs.total_weight()


def mean_poisson_deviance(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
    """Return the mean deviance for counts: `mean_tweedie_deviance` with power 1.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True numbers, none of them negative.
    y_pred : array-like of shape (n,)
        Predicted numbers, all positive.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, there are several outputs, or a value is not finite or out of range.
    ZeroDivisionError
        If the weights add up to zero.

    Notes
    -----
    :Formula: 2 × mean of (y ln(y / ŷ) − y + ŷ)
    :Range: 0 upwards; lower is better
    :Misleads when: counts scatter more than a Poisson distribution says

    Examples
    --------
    >>> round(mean_poisson_deviance([2, 0, 1, 4], [0.5, 0.5, 2.0, 2.0]), 4)
    1.426
    """
    return mean_tweedie_deviance(y_true, y_pred, sample_weight=sample_weight, power=1)


def mean_gamma_deviance(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
    """Return the mean deviance for positive amounts: `mean_tweedie_deviance` with power 2.

    Only the ratio of truth and prediction matters, so the unit does not.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted numbers, all positive.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, there are several outputs, or a value is not finite or out of range.
    ZeroDivisionError
        If the weights add up to zero.

    Notes
    -----
    :Formula: 2 × mean of (ln(ŷ / y) + y / ŷ − 1)
    :Range: 0 upwards; lower is better
    :Misleads when: an error in euros matters: it sees the ratio only

    Examples
    --------
    >>> round(mean_gamma_deviance([2, 0.5, 1, 4], [0.5, 0.5, 2.0, 2.0]), 4)
    1.0569
    """
    return mean_tweedie_deviance(y_true, y_pred, sample_weight=sample_weight, power=2)


def d2_tweedie_score(y_true: Any, y_pred: Any, *, sample_weight: Any = None, power: float = 0) -> float:
    """Return the share of Tweedie deviance that a model saves: 1 − its deviance / that of always predicting the mean.

    With power 0 it is R².

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted numbers, in the range that `power` allows, see `mean_tweedie_deviance`.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    power : float, default 0
        How the variance grows with the mean; at most 0 or at least 1.

    Returns
    -------
    float
        At most 1.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, there are several outputs, or a value is not finite or out of range.
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
    >>> round(d2_tweedie_score([0.5, 1, 2.5, 7], [1, 1, 5, 3.5], power=1), 4)
    0.4879
    """
    _check_power(power)
    pairs = _one_output(y_true, y_pred, sample_weight, "d2_tweedie_score")
    if len(pairs.y_true) < 2:
        warn("D^2 score is not well-defined with less than two samples.", UndefinedMetricWarning)
        return math.nan
    deviance = _total_deviance(pairs, power)
    mean = sum(float(pairs.sum(pairs.y_true[rows].astype(np.float64), rows)) for rows in pairs.chunks())
    constant = Pairs(pairs.y_true, np.broadcast_to(mean / pairs.total_weight(), pairs.y_true.shape), pairs.weight)
    return 1 - deviance / _total_deviance(constant, power)


def _total_deviance(pairs: Pairs, power: float) -> float:
    total = 0.0
    for rows in pairs.chunks():
        true, pred = pairs.y_true[rows].astype(np.float64), pairs.y_pred[rows].astype(np.float64)
        with np.errstate(invalid="ignore"):
            pairs.checked(true.sum() + pred.sum(), rows)  # before infinity is told to be, say, not positive
        _check_domain(true, pred, power)
        total += float(pairs.sum(_deviances(true, pred, power), rows))
    return total


def _deviances(true: Array, pred: Array, power: float) -> Array:
    """Return the unit deviance of each row."""
    if power == 0:
        return np.asarray(np.square(true - pred))
    if power == 1:
        ratio = np.where(true > 0, true / pred, 1)  # 0 ln 0 is 0
        return np.asarray(2 * (true * np.log(ratio) - true + pred))
    if power == 2:
        return np.asarray(2 * (np.log(pred / true) + true / pred - 1))
    base = np.maximum(true, 0) if power < 0 else true
    return np.asarray(
        2
        * (
            np.power(base, 2 - power) / ((1 - power) * (2 - power))
            - true * np.power(pred, 1 - power) / (1 - power)
            + np.power(pred, 2 - power) / (2 - power)
        )
    )


def _check_domain(true: Array, pred: Array, power: float) -> None:
    needs = None
    if power < 0 and (pred <= 0).any():
        needs = "strictly positive y_pred."
    elif 1 <= power < 2 and ((true < 0).any() or (pred <= 0).any()):
        needs = "non-negative y and strictly positive y_pred."
    elif power >= 2 and ((true <= 0).any() or (pred <= 0).any()):
        needs = "strictly positive y and y_pred."
    if needs:
        raise ValueError(f"Mean Tweedie deviance error with power={power} can only be used on {needs}")


def _check_power(power: Any) -> None:
    if isinstance(power, str) or not (power <= 0 or power >= 1):
        raise InvalidParameterError(
            f"The 'power' parameter must be a float, at most 0 or at least 1. Got {power!r} instead."
        )


def _one_output(y_true: Any, y_pred: Any, sample_weight: Any, metric: str) -> Pairs:
    pairs = check_pairs(y_true, y_pred, sample_weight, "uniform_average", AVERAGES)
    if pairs.y_true.ndim > 1:
        raise ValueError(f"Multioutput not supported in {metric}")
    return pairs
