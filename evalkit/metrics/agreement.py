"""How often two sets of labels differ, and how much they agree beyond luck.

Two people who label at random agree now and then. Cohen's kappa and the Matthews correlation subtract that luck.

Names, arguments, values, errors and warnings are those of scikit-learn 1.9; `error_rate` is its `zero_one_loss`.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from evalkit._core.counts import count_classes, count_indicators
from evalkit._core.inputs import InvalidParameterError, check_choice, check_targets
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.metrics.classification import accuracy_score
from evalkit.metrics.counting import confusion_matrix


# -------------------------------------------------------------------------------------------------------------- errors
def zero_one_loss(y_true: Any, y_pred: Any, *, normalize: bool = True, sample_weight: Any = None) -> float:
    """Return the share of wrong rows: 1 − accuracy.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, K)
        True and predicted labels, or multi-label indicators.
    normalize : bool, default True
        Return the share; if false, the number (or total weight) of wrong rows.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, or a label is missing.
    ZeroDivisionError
        If the weights add up to zero.

    Notes
    -----
    :Range: 0 to 1; lower is better; with `normalize=False` the number of wrong rows
    :Misleads when: one class is common: always naming it is wrong for the others only

    Examples
    --------
    >>> zero_one_loss([0, 1, 2, 3], [0, 2, 1, 3])
    0.5
    >>> zero_one_loss([0, 1, 2, 3], [0, 2, 1, 3], normalize=False)
    2.0
    """
    right = accuracy_score(y_true, y_pred, normalize=normalize, sample_weight=sample_weight)
    if normalize:
        return 1 - right
    return float(len(y_true) if sample_weight is None else np.sum(sample_weight)) - right


def error_rate(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
    """Return the share of rows whose predicted label is wrong: 1 − accuracy.

    It is `zero_one_loss` by its everyday name.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, K)
        True and predicted labels, or multi-label indicators.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, or a label is missing.
    ZeroDivisionError
        If the weights add up to zero.

    Notes
    -----
    :Range: 0 to 1; lower is better
    :Misleads when: one class is common: always naming it is wrong for the others only

    Examples
    --------
    >>> error_rate(["cat", "dog", "dog", "cat"], ["cat", "dog", "cat", "cat"])
    0.25
    """
    return zero_one_loss(y_true, y_pred, sample_weight=sample_weight)


def hamming_loss(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
    """Return the share of wrong labels: of rows or, for multi-label indicators, of all n × K cells.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, K)
        True and predicted labels, or multi-label indicators.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, or a label is missing.
    ZeroDivisionError
        If the weights add up to zero.

    Notes
    -----
    :Formula: wrong labels / labels
    :Range: 0 to 1; lower is better
    :Misleads when: a row has few of many labels: naming none is right nearly everywhere

    References
    ----------
    R. W. Hamming, "Error detecting and error correcting codes", Bell System Technical Journal 29 (1950).

    Examples
    --------
    >>> hamming_loss([[0, 1], [1, 1]], [[0, 0], [1, 1]])
    0.25
    """
    targets = check_targets(y_true, y_pred, sample_weight)
    counts = count_indicators(targets) if targets.multilabel else count_classes(targets)
    if counts.rows == 0:
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    if not targets.multilabel:
        return float((counts.rows - counts.hits.sum()) / counts.rows)
    wrong = counts.truths + counts.predictions - 2 * counts.hits
    return float(wrong.sum() / (counts.rows * targets.y_true.shape[1]))


# ----------------------------------------------------------------------------------------------- agreement beyond luck
def matthews_corrcoef(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, replace_undefined_by: float = 0.0
) -> float:
    """Return the correlation of true and predicted labels, from −1 to 1; 0 is no better than chance.

    It uses all four cells of the table, so it is high only if both classes are predicted well.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted labels, two classes or more.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.
    replace_undefined_by : float
        The value if all rows have the same true label, or the same predicted one. There is no correlation then;
        scikit-learn says 0, and nan would be more honest.

    Raises
    ------
    ValueError
        As `evalkit.confusion_matrix`.

    Notes
    -----
    :Formula: (TP × TN − FP × FN) / √((TP + FP)(TP + FN)(TN + FP)(TN + FN)) for two classes
    :Range: −1 to 1; 0 is chance
    :Misleads when: one class is hardly ever true, or hardly ever called: a few rows move it much

    References
    ----------
    B. W. Matthews, "Comparison of the predicted and observed secondary structure of T4 phage lysozyme", Biochimica et
    Biophysica Acta 405 (1975); for many classes J. Gorodkin, "Comparing two K-category assignments by a K-category
    correlation coefficient", Computational Biology and Chemistry 28 (2004).

    Examples
    --------
    >>> round(matthews_corrcoef([1, 1, 1, 0], [1, 0, 1, 1]), 4)
    -0.3333
    >>> matthews_corrcoef([1, 1, 1], [1, 1, 0], replace_undefined_by=float("nan"))
    nan
    """
    table = confusion_matrix(y_true, y_pred, sample_weight=sample_weight)
    # Products of counts pass 2^53 at a hundred million rows, and differences of such numbers lose digits in float64.
    # As Python objects, whole numbers have no limit.
    truths, predictions = (table.sum(axis=axis).astype(object) for axis in (1, 0))
    hits, total = table.trace().item(), table.sum().item()
    covariance = hits * total - truths @ predictions
    variances = (total * total - truths @ truths) * (total * total - predictions @ predictions)
    return replace_undefined_by if variances == 0 else float(covariance / math.sqrt(variances))


def cohen_kappa_score(
    y1: Any,
    y2: Any,
    *,
    labels: Any = None,
    weights: Literal["linear", "quadratic"] | None = None,
    sample_weight: Any = None,
    replace_undefined_by: Any = math.nan,
) -> float:
    """Return how much two labellers agree beyond chance: 1 − disagreement / disagreement expected by chance.

    Parameters
    ----------
    y1, y2 : array-like of shape (n,)
        The labels of the first and of the second labeller. The value does not depend on their order.
    labels : array-like of shape (K,), optional
        The labels to look at; rows with others are left out. By default all that occur.
    weights : {"linear", "quadratic"}, optional
        Count a disagreement by the distance of the labels in the order of `labels`, or its square. By default all
        disagreements count the same.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.
    replace_undefined_by : float
        The value if chance alone makes everything agree.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, or no label of `labels` occurs in `y1`.

    Warns
    -----
    UndefinedMetricWarning
        If kappa is undefined.

    Notes
    -----
    :Range: at most 1; 0 is agreement by chance, and below 0 is less
    :Misleads when: one class is common: chance agrees often, and kappa is low although few rows differ

    References
    ----------
    J. Cohen, "A coefficient of agreement for nominal scales", Educational and Psychological Measurement 20 (1960).

    Examples
    --------
    >>> cohen_kappa_score(["yes", "yes", "no", "no"], ["yes", "no", "no", "no"])
    0.5
    """
    check_choice(weights, "weights", ("linear", "quadratic", None))
    if not isinstance(replace_undefined_by, int | float) or abs(replace_undefined_by) > 1:
        raise InvalidParameterError(
            f"The 'replace_undefined_by' parameter must be from -1 to 1, or nan. Got {replace_undefined_by!r} instead."
        )
    try:
        table = confusion_matrix(y1, y2, labels=labels, sample_weight=sample_weight).astype(np.float64)
    except ValueError as error:
        if labels is None or not str(error).startswith(("At least one label", "Mix of label input types")):
            raise type(error)(str(error).replace("y_true", "y1").replace("y_pred", "y2")) from None
        raise ValueError(
            "At least one label in `labels` must be present in `y1` (even though `cohen_kappa_score` is otherwise "
            "agnostic to the order of `y1` and `y2`)."
        ) from error
    total = table.sum()
    distance = np.abs(np.subtract.outer(np.arange(len(table)), np.arange(len(table)))).astype(np.float64)
    cost = distance != 0 if weights is None else distance if weights == "linear" else np.square(distance)
    if total == 0:
        return _undefined_kappa(
            "`y2` contains no labels that are present in both `y1` and `labels`.", replace_undefined_by
        )
    by_chance = (cost * np.outer(table.sum(axis=0), table.sum(axis=1)) / total).sum()
    if by_chance == 0:
        return _undefined_kappa("`y1`, `y2` and `labels` have only one label in common. ", replace_undefined_by, "the ")
    return float(1 - (cost * table).sum() / by_chance)


# ------------------------------------------------------------------------------------------------------------- helpers
def _undefined_kappa(why: str, replace: float, the: str = "") -> float:
    warn(
        f"{why}`cohen_kappa_score` is undefined and set to the value defined by {the}the `replace_undefined_by` param, "
        f"which is set to {replace}.",
        UndefinedMetricWarning,
    )
    return replace
