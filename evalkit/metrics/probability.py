"""Metrics of predicted probabilities: how good are they as statements about chance?

A model that says 0.9 and is wrong should pay more than one that says 0.6. Log-loss and the Brier score are *proper*
scores: on average nobody does better than by saying what they believe. Whether the probabilities mean what they say is
the subject of `evalkit.metrics.calibration`.

Names, arguments, values, errors and warnings are those of scikit-learn 1.9.

>>> truth = [0, 0, 1, 1]
>>> log_loss(truth, [0.1, 0.4, 0.35, 0.8]) > log_loss(truth, [0.1, 0.2, 0.7, 0.8])
True
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from evalkit._core.forecasts import Forecast, Part, Probabilities, check_binary_forecast, check_forecast
from evalkit._core.inputs import Array, InvalidParameterError, check_lengths, to_array
from evalkit._core.warn import UndefinedMetricWarning, warn

EPS = float(np.finfo(np.float64).eps)  # a probability of 0 or 1 is moved this far, 2.2e-16, before its logarithm


def log_loss(
    y_true: Any,
    y_proba: Any = None,
    *,
    normalize: bool = True,
    sample_weight: Any = None,
    labels: Any = None,
    y_pred: Any = "deprecated",
) -> float:
    """Return the mean of −ln p, where p is the probability that was given to the true class. Also cross-entropy.

    0 is perfect; always saying 1/K costs ln K; a confident mistake costs up to 36.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, K)
        True labels, or one indicator per class.
    y_proba : array-like of shape (n,) or (n, K)
        Probabilities, one column per class in the sorted order of the labels. With two classes, the probability of
        the second one is enough.
    normalize : bool
        Return the mean; if false, the sum.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.
    labels : array-like of shape (K,), optional
        All classes. Needed where `y_true` does not contain each of them.
    y_pred : array-like
        The old name of `y_proba`.

    Returns
    -------
    float
        In nats: natural logarithms.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, the labels do not fit the columns, or a value is no probability.
    ZeroDivisionError
        If the weights add up to zero.

    Warns
    -----
    UserWarning
        If the probabilities of a row do not add up to one, or `labels` is not sorted.

    Notes
    -----
    Probabilities are kept within [2.2e-16, 1 − 2.2e-16], so that one mistake made with certainty does not make the
    loss infinite. The bounds and the sum are those of float64 for every input; scikit-learn's depend on the type, and
    its loss of a float32 certainty differs. `evalkit.streaming.LogLoss` adds up the same losses in batches.

    :Formula: mean of −ln p
    :Range: 0 upwards; lower is better
    :Misleads when: one row was predicted wrongly with near certainty: it outweighs all others

    References
    ----------
    I. J. Good, "Rational decisions", Journal of the Royal Statistical Society B 14 (1952).

    Examples
    --------
    The seven samples of the course:

    >>> truth = ["P", "N", "N", "P", "P", "P", "N"]
    >>> round(log_loss(truth, [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5]), 4)
    0.4958

    One column per class, in the sorted order of the labels:

    >>> round(log_loss(["ham", "spam"], [[0.9, 0.1], [0.3, 0.7]]), 4)
    0.231
    """
    forecast = check_forecast(y_true, _renamed(y_proba, y_pred), sample_weight, labels)
    losses = forecast.mean_of(log_losses)
    return losses.mean() if normalize else losses.total.high


def log_likelihood(
    y_true: Any, y_proba: Any, *, normalize: bool = False, sample_weight: Any = None, labels: Any = None
) -> float:
    """Return the sum of ln p, the logarithm of the probability that the model gave to all that happened.

    It is minus the sum of `log_loss`, whose bounds it shares. Larger is better, and 0 is best.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, K)
        True labels, or one indicator per class.
    y_proba : array-like of shape (n,) or (n, K)
        The probability of the positive class, or of every class in the sorted order of the labels.
    normalize : bool, default False
        Return the mean per row instead of the sum.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    labels : array-like of shape (K,), optional
        All classes. Needed where `y_true` does not contain each of them.

    Returns
    -------
    float
        In nats: natural logarithms.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, the labels do not fit the columns, or a value is no probability.
    ZeroDivisionError
        If the weights add up to zero.

    Warns
    -----
    UserWarning
        If the probabilities of a row do not add up to one, or `labels` is not sorted.

    Notes
    -----
    :Formula: Σ ln p
    :Range: at most 0; higher is better
    :Misleads when: data sets of other sizes are compared: every row takes something off

    References
    ----------
    R. A. Fisher, "On the mathematical foundations of theoretical statistics", Philosophical Transactions of the Royal
    Society A 222 (1922).

    Examples
    --------
    The probability of three right guesses at a fair coin is 1/8:

    >>> round(math.exp(log_likelihood([0, 1, 1], [0.5, 0.5, 0.5])), 12)
    0.125
    """
    return -log_loss(y_true, y_proba, normalize=normalize, sample_weight=sample_weight, labels=labels)


def brier_score_loss(
    y_true: Any,
    y_proba: Any,
    *,
    sample_weight: Any = None,
    pos_label: Any = None,
    labels: Any = None,
    scale_by_half: bool | Literal["auto"] = "auto",
) -> float:
    """Return the mean squared difference between probabilities and what happened (1 for the true class, else 0).

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, K)
        True labels, or one indicator per class.
    y_proba : array-like of shape (n,) or (n, K)
        The probability of the positive class, or of every class in the sorted order of the labels.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    pos_label : label, optional
        The positive class, if `y_proba` has one column. By default 1, or the larger of two numbers.
    labels : array-like of shape (K,), optional
        All classes. Needed where `y_true` does not contain each of them.
    scale_by_half : bool or "auto", default "auto"
        Halve the sum over the classes, so that the score lies in [0, 1] instead of [0, 2]. "auto" does so for two
        classes, where it gives the familiar (y − p)².

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, the labels do not fit the columns, or a value is no probability.
    ZeroDivisionError
        If the weights add up to zero.

    Warns
    -----
    UserWarning
        If the probabilities of a row do not add up to one, or `labels` is not sorted.

    Notes
    -----
    :Formula: mean of (p − o)² for two classes, where o is 1 if it happened and else 0
    :Range: 0 to 1 for two classes; lower is better
    :Misleads when: positives are rare: always saying their share is near 0 already (compare `d2_brier_score`)

    References
    ----------
    G. W. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78 (1950).

    Examples
    --------
    The seven samples of the course:

    >>> truth = ["P", "N", "N", "P", "P", "P", "N"]
    >>> round(brier_score_loss(truth, [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5], pos_label="P"), 4)
    0.1661

    Three classes:

    >>> round(brier_score_loss([1, 0, 2], [[0.2, 0.7, 0.1], [0.6, 0.2, 0.2], [0.6, 0.1, 0.3]]), 4)
    0.4133
    """
    if not (isinstance(scale_by_half, bool | np.bool_) or scale_by_half == "auto"):
        raise InvalidParameterError(
            f"The 'scale_by_half' parameter must be a bool or 'auto'. Got {scale_by_half!r} instead."
        )
    forecast = _either(y_true, y_proba, sample_weight, pos_label, labels)
    score = forecast.mean_of(squared_distances).mean()
    if scale_by_half == "auto":
        scale_by_half = forecast.proba.ndim == 1 or forecast.proba.shape[1] < 3
    return score / 2 if scale_by_half else score


# -------------------------------------------------------------------------------- compared with knowing only the shares
def d2_log_loss_score(
    y_true: Any,
    y_proba: Any = None,
    *,
    sample_weight: Any = None,
    labels: Any = None,
    y_pred: Any = "deprecated",
) -> float:
    """Return the share of log-loss that a model saves: 1 − its log-loss / that of always saying the class shares.

    1 is perfect, 0 no better than the shares of the classes, and below 0 is worse.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, K)
        True labels, or one indicator per class.
    y_proba : array-like of shape (n,) or (n, K)
        The probability of the positive class, or of every class in the sorted order of the labels.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    labels : array-like of shape (K,), optional
        All classes. Needed where `y_true` does not contain each of them.
    y_pred : array-like
        The old name of `y_proba`.

    Returns
    -------
    float
        At most 1.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, the labels do not fit the columns, or a value is no probability.
    ZeroDivisionError
        If the weights add up to zero.

    Warns
    -----
    UndefinedMetricWarning
        If there are fewer than two rows. The value is then nan.
    UserWarning
        If the probabilities of a row do not add up to one, or `labels` is not sorted.

    Notes
    -----
    :Range: at most 1, which is perfect; 0 is no better than the constant, and below 0 it is worse
    :Misleads when: data sets are compared: each is measured against a constant of its own

    References
    ----------
    D. McFadden, "Conditional logit analysis of qualitative choice behavior" (1974): it is his pseudo-R².

    Examples
    --------
    >>> d2_log_loss_score([0, 0, 1, 1], [0.5, 0.5, 0.5, 0.5])
    0.0
    """
    y_proba = _renamed(y_proba, y_pred)
    if _too_few_rows(y_true, y_proba, sample_weight):
        return math.nan
    forecast = check_forecast(y_true, y_proba, sample_weight, labels)
    loss, reference = (each.mean_of(log_losses).total.high for each in (forecast, forecast.of_class_shares()))
    return 1 - loss / reference


def d2_brier_score(
    y_true: Any, y_proba: Any, *, sample_weight: Any = None, pos_label: Any = None, labels: Any = None
) -> float:
    """Return the share of Brier score that a model saves: 1 − its score / that of always saying the class shares.

    1 is perfect, 0 no better than the shares of the classes, and below 0 is worse; −inf or nan if there is one class
    only. Also called the Brier skill score.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, K)
        True labels, or one indicator per class.
    y_proba : array-like of shape (n,) or (n, K)
        The probability of the positive class, or of every class in the sorted order of the labels.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    pos_label : label, optional
        The positive class, if `y_proba` has one column. By default 1, or the larger of two numbers.
    labels : array-like of shape (K,), optional
        All classes. Needed where `y_true` does not contain each of them.

    Returns
    -------
    float
        At most 1.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, the labels do not fit the columns, or a value is no probability.
    ZeroDivisionError
        If the weights add up to zero.

    Warns
    -----
    UndefinedMetricWarning
        If there are fewer than two rows. The value is then nan.
    UserWarning
        If the probabilities of a row do not add up to one, or `labels` is not sorted.

    Notes
    -----
    :Range: at most 1, which is perfect; 0 is no better than the constant, and below 0 it is worse
    :Misleads when: data sets are compared: each is measured against a constant of its own

    References
    ----------
    D. S. Wilks, Statistical Methods in the Atmospheric Sciences, chapter on forecast verification.

    Examples
    --------
    >>> round(d2_brier_score([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3]), 4)
    0.85
    """
    if _too_few_rows(y_true, y_proba, sample_weight):
        return math.nan
    forecast = _either(y_true, y_proba, sample_weight, pos_label, labels)
    score, reference = (each.mean_of(squared_distances).total.high for each in (forecast, forecast.of_class_shares()))
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(1 - np.float64(score) / reference)


# ------------------------------------------------------------------------------------------------ the score of each row
def log_losses(part: Part) -> Array:
    """Return −ln p of each row, where p is the probability given to its true class, kept away from 0 and 1."""
    if part.truth.ndim == 2:
        return np.asarray(-(np.log(np.clip(part.proba, EPS, 1 - EPS)) * part.truth).sum(axis=1))
    given = part.of_truth()
    np.clip(given, EPS, 1 - EPS, out=given)
    return np.negative(np.log(given, out=given), out=given)


def squared_distances(part: Part) -> Array:
    """Return the squared differences of all classes together; with two classes both differ by the same amount."""
    if part.proba.ndim == 1:
        distance: Array = part.proba - part.truth
        np.square(distance, out=distance)
        return np.multiply(distance, 2, out=distance)
    difference = part.proba.copy()
    if part.truth.ndim == 2:
        difference -= part.truth
    else:
        difference[np.arange(len(difference)), part.truth] -= 1
    return np.asarray(np.einsum("ij,ij->i", difference, difference))


# ------------------------------------------------------------------------------------------------------------- helpers
def _either(y_true: Any, y_proba: Any, sample_weight: Any, pos_label: Any, labels: Any) -> Forecast:
    """Read a single column as the probability of the positive class and several columns as one per class."""
    proba = Probabilities.of(y_proba)
    if proba.one_column:
        return check_binary_forecast(y_true, proba, sample_weight, pos_label, any_numbers=True)
    return check_forecast(y_true, proba, sample_weight, labels)


def _too_few_rows(y_true: Any, y_proba: Any, sample_weight: Any) -> bool:
    arrays = {"y_proba": y_proba, "y_true": y_true, "sample_weight": sample_weight}
    n_rows = check_lengths(**{name: to_array(a, name) for name, a in arrays.items() if a is not None})
    if n_rows == 1:
        warn("D^2 score is not well-defined with less than two samples.", UndefinedMetricWarning)
    return n_rows == 1


def _renamed(y_proba: Any, y_pred: Any) -> Any:
    """Accept the old name of `y_proba`, with the warning scikit-learn gives."""
    if isinstance(y_pred, str) and y_pred == "deprecated":
        return y_proba
    if y_proba is not None:
        raise ValueError("Cannot use both `y_pred` and `y_proba`. `y_pred` is deprecated, use `y_proba` instead.")
    warn(
        "`y_pred` was renamed to `y_proba` in version 1.9 and will be removed in 1.11. Use `y_proba` instead.",
        FutureWarning,
    )
    return y_pred
