"""Metrics of predicted numbers: how far off are the predictions?

The error of a row is `y_true - y_pred`. The mean absolute error treats all of them alike, the mean squared error makes
a large one count for more, its root brings that back to the unit of the data, and R² compares it with a model that
always predicts the mean.

How the rows are read and added up is told in `evalkit._core.errors`.

Names, arguments, values, errors and warnings are those of scikit-learn 1.9.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from evalkit._core.errors import AVERAGES, check_pairs, combine, explained
from evalkit._core.warn import UndefinedMetricWarning, warn


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
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, AVERAGES)
    total = np.asarray(sum(pairs.sum(np.abs(error, out=error), rows) for error, rows in pairs.errors()))
    return combine(total / pairs.total_weight(), multioutput)


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
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, AVERAGES)
    return combine(pairs.squared_error() / pairs.total_weight(), multioutput)


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
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, AVERAGES)
    return combine(np.sqrt(pairs.squared_error() / pairs.total_weight()), multioutput)


def r2_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = "uniform_average",
    force_finite: bool = True,
) -> Any:  # fmt: skip
    """Return the coefficient of determination: 1 − squared error / squared error of always predicting the mean.

    1 is perfect, 0 no better than the mean, and a model worse than the mean is below zero.

    The parameters, return value and errors are those of `mean_absolute_error`, except for

    Parameters
    ----------
    multioutput : {"raw_values", "uniform_average", "variance_weighted"}, None or array-like of shape (outputs,)
        One value per output, their plain mean (also None), their mean weighted by the spread of each output, or by the
        weights given.
    force_finite : bool
        When `y_true` is constant, return 1 for perfect predictions and 0 for others instead of nan and −inf.

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
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, (*AVERAGES, "variance_weighted", None))
    if len(pairs.y_true) < 2:
        warn("R^2 score is not well-defined with less than two samples.", UndefinedMetricWarning)
        return math.nan
    return explained(pairs.squared_error(), pairs.spread(), multioutput, force_finite)


def explained_variance_score(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, multioutput: Any = "uniform_average",
    force_finite: bool = True,
) -> Any:  # fmt: skip
    """Return 1 − variance of the errors / variance of `y_true`.

    R² for a model whose constant offset is forgiven: predictions that are all 5 too high explain everything.

    The parameters, return value and errors are those of `r2_score`, except that `multioutput` cannot be None and that
    a single row has a value.

    Examples
    --------
    >>> explained_variance_score([1, 2, 3], [6, 7, 8])
    1.0
    >>> round(explained_variance_score([3, -0.5, 2, 7], [2.5, 0.0, 2, 8]), 4)
    0.9572
    """
    pairs = check_pairs(y_true, y_pred, sample_weight, multioutput, (*AVERAGES, "variance_weighted"))
    return explained(pairs.error_spread(), pairs.spread(), multioutput, force_finite)
