"""Metrics of predicted labels: accuracy, precision, recall, F-scores.

Each is a fraction of counts. Of the rows *called* a class, how many are it (precision)? Of the rows that *are* the
class, how many were called it (recall)? An F-score is one number between the two. With more than two classes there is
one such number per class, and `average` says how they become one.

Names, arguments, values, errors and warnings are those of scikit-learn 1.9.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, overload

import numpy as np

from evalkit._core.codes import ROWS_AT_ONCE, chunks
from evalkit._core.counts import count_classes
from evalkit._core.inputs import Array, check_targets
from evalkit._core.warn import warn
from evalkit.metrics._averaging import (
    ALL_METRICS,
    Average,
    Scores,
    average_counts,
    check_beta,
    check_zero_division,
    counts_to_average,
)
from evalkit.metrics.counting import confusion_matrix


# ------------------------------------------------------------------------------------------------------------ accuracy
def accuracy_score(y_true: Any, y_pred: Any, *, normalize: bool = True, sample_weight: Any = None) -> float:
    """Return the share of rows whose predicted label is the true one.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, K)
        Labels, or multi-label indicators, where a row counts as right only if all K entries are.
    normalize : bool
        Return the share; if false, the number (or total weight) of right rows.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, or a label is missing.
    ZeroDivisionError
        If the weights add up to zero.

    Notes
    -----
    :Formula: rows whose label is right / rows
    :Range: 0 to 1; higher is better
    :Misleads when: one class is common: always naming it scores its share

    Examples
    --------
    >>> accuracy_score([0, 1, 2, 3], [0, 2, 1, 3])
    0.5
    """
    targets = check_targets(y_true, y_pred, sample_weight)
    if targets.multilabel:
        weight = targets.sample_weight
        right, total = 0.0, float(len(targets.y_true) if weight is None else weight.sum())
        for rows in chunks(len(targets.y_true), max(1, ROWS_AT_ONCE // targets.y_true.shape[1])):
            same = (targets.y_true[rows] == targets.y_pred[rows]).all(axis=1)
            right += float(same.sum() if weight is None else weight[rows] @ same)
    else:
        counts = count_classes(targets)
        right, total = float(counts.hits.sum()), float(counts.rows)
    if not normalize:
        return right
    if total == 0:
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    return right / total


def balanced_accuracy_score(y_true: Any, y_pred: Any, *, sample_weight: Any = None, adjusted: bool = False) -> float:
    """Return the mean recall of the classes, so that a rare class weighs as much as a common one.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted labels.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.
    adjusted : bool
        Rescale so that guessing scores 0 and perfection 1.

    Raises
    ------
    ValueError
        As `evalkit.confusion_matrix`.

    Notes
    -----
    :Formula: mean over the classes of TP / (TP + FN)
    :Range: 0 to 1; higher is better; with `adjusted` 0 is chance, and below 0 is worse
    :Misleads when: the rare class has few rows, so that each moves the value; and false alarms hardly count
        where negatives are many

    References
    ----------
    K. H. Brodersen et al., "The balanced accuracy and its posterior distribution", ICPR 2010.

    Examples
    --------
    >>> balanced_accuracy_score([0, 1, 0, 0, 1, 0], [0, 1, 0, 0, 0, 1])
    0.625
    """
    table = confusion_matrix(y_true, y_pred, sample_weight=sample_weight)
    support = table.sum(axis=1)
    if (support == 0).any():
        warn("y_pred contains classes not in y_true")
    recalls = table.diagonal()[support != 0] / support[support != 0]
    score = float(recalls.mean())
    if adjusted:
        chance = 1 / len(recalls)
        with np.errstate(all="ignore"):  # with one class there is nothing to guess between: nan or -inf
            return float(np.float64(score - chance) / (1 - chance))
    return score


# --------------------------------------------------------------------------------------- precision, recall and F-scores
@overload
def precision_score(
    y_true: Any, y_pred: Any, *, labels: Any = ..., pos_label: Any = ..., average: None, sample_weight: Any = ...,
    zero_division: Any = ...,
) -> Array: ...  # fmt: skip
@overload
def precision_score(
    y_true: Any, y_pred: Any, *, labels: Any = ..., pos_label: Any = ..., average: Average = ...,
    sample_weight: Any = ..., zero_division: Any = ...,
) -> float: ...  # fmt: skip
def precision_score(
    y_true: Any, y_pred: Any, *, labels: Any = None, pos_label: Any = 1, average: Average | None = "binary",
    sample_weight: Any = None, zero_division: Any = "warn",
) -> Any:  # fmt: skip
    """Of the rows called positive, return the share that is: TP / (TP + FP).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, K)
        True and predicted labels, or multi-label indicators.
    labels : array-like, optional
        The classes wanted, in order. By default all that occur, sorted.
    pos_label : label, default 1
        The positive class when `average` is "binary".
    average : {"binary", "micro", "macro", "weighted", "samples"} or None, default "binary"
        "binary": the score of `pos_label`. "micro": add the counts of all classes, then divide. "macro": the plain mean
        of the classes. "weighted": the mean weighted by support. "samples": the mean over the rows of multi-label
        indicators. None: one score per class.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    zero_division : {"warn", 0, 1, nan}, default "warn"
        The value of a score whose denominator is zero. "warn" means 0 and a warning; nan is left out of averages.

    Returns
    -------
    float, or array of shape (K,) if `average` is None
        From 0 to 1.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, a label is missing, or `average` does not suit the labels.

    Warns
    -----
    UndefinedMetricWarning
        If a denominator is zero and `zero_division` is "warn".

    Notes
    -----
    :Range: 0 to 1; higher is better
    :Misleads when: few rows are called: one sure call that is right scores 1, and misses count nowhere

    Examples
    --------
    >>> precision_score([0, 1, 1, 0], [1, 1, 1, 0])
    0.6666666666666666
    """
    return _scores(y_true, y_pred, 1.0, labels, pos_label, average, ("precision",), sample_weight, zero_division)[0]


@overload
def recall_score(
    y_true: Any, y_pred: Any, *, labels: Any = ..., pos_label: Any = ..., average: None, sample_weight: Any = ...,
    zero_division: Any = ...,
) -> Array: ...  # fmt: skip
@overload
def recall_score(
    y_true: Any, y_pred: Any, *, labels: Any = ..., pos_label: Any = ..., average: Average = ...,
    sample_weight: Any = ..., zero_division: Any = ...,
) -> float: ...  # fmt: skip
def recall_score(
    y_true: Any, y_pred: Any, *, labels: Any = None, pos_label: Any = 1, average: Average | None = "binary",
    sample_weight: Any = None, zero_division: Any = "warn",
) -> Any:  # fmt: skip
    """Of the rows that are positive, return the share that was called so: TP / (TP + FN).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, K)
        True and predicted labels, or multi-label indicators.
    labels : array-like, optional
        The classes wanted, in order. By default all that occur, sorted.
    pos_label : label, default 1
        The positive class when `average` is "binary".
    average : {"binary", "micro", "macro", "weighted", "samples"} or None, default "binary"
        "binary": the score of `pos_label`. "micro": add the counts of all classes, then divide. "macro": the plain mean
        of the classes. "weighted": the mean weighted by support. "samples": the mean over the rows of multi-label
        indicators. None: one score per class.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    zero_division : {"warn", 0, 1, nan}, default "warn"
        The value of a score whose denominator is zero. "warn" means 0 and a warning; nan is left out of averages.

    Returns
    -------
    float, or array of shape (K,) if `average` is None
        From 0 to 1.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, a label is missing, or `average` does not suit the labels.

    Warns
    -----
    UndefinedMetricWarning
        If a denominator is zero and `zero_division` is "warn".

    Notes
    -----
    :Range: 0 to 1; higher is better
    :Misleads when: much is called: calling everything positive scores 1, and false alarms count nowhere

    Examples
    --------
    >>> recall_score([0, 1, 1, 1], [1, 1, 1, 0])
    0.6666666666666666
    """
    return _scores(y_true, y_pred, 1.0, labels, pos_label, average, ("recall",), sample_weight, zero_division)[1]


@overload
def f1_score(
    y_true: Any, y_pred: Any, *, labels: Any = ..., pos_label: Any = ..., average: None, sample_weight: Any = ...,
    zero_division: Any = ...,
) -> Array: ...  # fmt: skip
@overload
def f1_score(
    y_true: Any, y_pred: Any, *, labels: Any = ..., pos_label: Any = ..., average: Average = ...,
    sample_weight: Any = ..., zero_division: Any = ...,
) -> float: ...  # fmt: skip
def f1_score(
    y_true: Any, y_pred: Any, *, labels: Any = None, pos_label: Any = 1, average: Average | None = "binary",
    sample_weight: Any = None, zero_division: Any = "warn",
) -> Any:  # fmt: skip
    """Return the harmonic mean of precision and recall: 2 TP / (2 TP + FN + FP).

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, K)
        True and predicted labels, or multi-label indicators.
    labels : array-like, optional
        The classes wanted, in order. By default all that occur, sorted.
    pos_label : label, default 1
        The positive class when `average` is "binary".
    average : {"binary", "micro", "macro", "weighted", "samples"} or None, default "binary"
        "binary": the score of `pos_label`. "micro": add the counts of all classes, then divide. "macro": the plain mean
        of the classes. "weighted": the mean weighted by support. "samples": the mean over the rows of multi-label
        indicators. None: one score per class.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    zero_division : {"warn", 0, 1, nan}, default "warn"
        The value of a score whose denominator is zero. "warn" means 0 and a warning; nan is left out of averages.

    Returns
    -------
    float, or array of shape (K,) if `average` is None
        From 0 to 1.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, a label is missing, or `average` does not suit the labels.

    Warns
    -----
    UndefinedMetricWarning
        If a denominator is zero and `zero_division` is "warn".

    Notes
    -----
    :Range: 0 to 1; higher is better
    :Misleads when: a false alarm and a miss do not cost the same; and true negatives count nowhere

    Examples
    --------
    >>> f1_score([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1], average=None)
    array([0.8, 0. , 0. ])
    """
    return _scores(y_true, y_pred, 1.0, labels, pos_label, average, ("f-score",), sample_weight, zero_division)[2]


@overload
def fbeta_score(
    y_true: Any, y_pred: Any, *, beta: float, labels: Any = ..., pos_label: Any = ..., average: None,
    sample_weight: Any = ..., zero_division: Any = ...,
) -> Array: ...  # fmt: skip
@overload
def fbeta_score(
    y_true: Any, y_pred: Any, *, beta: float, labels: Any = ..., pos_label: Any = ..., average: Average = ...,
    sample_weight: Any = ..., zero_division: Any = ...,
) -> float: ...  # fmt: skip
def fbeta_score(
    y_true: Any, y_pred: Any, *, beta: float, labels: Any = None, pos_label: Any = 1,
    average: Average | None = "binary", sample_weight: Any = None, zero_division: Any = "warn",
) -> Any:  # fmt: skip
    """Return the weighted harmonic mean of precision and recall, where recall matters `beta` times as much.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, K)
        True and predicted labels, or multi-label indicators.
    beta : float
        How much more recall matters than precision: 2 puts the weight on recall, 0.5 on precision. From 0 to infinity.
    labels : array-like, optional
        The classes wanted, in order. By default all that occur, sorted.
    pos_label : label, default 1
        The positive class when `average` is "binary".
    average : {"binary", "micro", "macro", "weighted", "samples"} or None, default "binary"
        "binary": the score of `pos_label`. "micro": add the counts of all classes, then divide. "macro": the plain mean
        of the classes. "weighted": the mean weighted by support. "samples": the mean over the rows of multi-label
        indicators. None: one score per class.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. By default each counts once.
    zero_division : {"warn", 0, 1, nan}, default "warn"
        The value of a score whose denominator is zero. "warn" means 0 and a warning; nan is left out of averages.

    Returns
    -------
    float, or array of shape (K,) if `average` is None
        From 0 to 1.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, a label is missing, or `average` does not suit the labels.

    Warns
    -----
    UndefinedMetricWarning
        If a denominator is zero and `zero_division` is "warn".

    Notes
    -----
    :Formula: (1 + β²) TP / ((1 + β²) TP + β² FN + FP)
    :Range: 0 to 1; higher is better
    :Misleads when: `beta` was not chosen from what mistakes cost

    References
    ----------
    C. J. van Rijsbergen, Information Retrieval (1979), chapter 7.

    Examples
    --------
    >>> fbeta_score([1, 1, 0, 0], [1, 0, 0, 0], beta=0.5)
    0.8333333333333334
    """
    return _scores(y_true, y_pred, beta, labels, pos_label, average, ("f-score",), sample_weight, zero_division)[2]


@overload
def precision_recall_fscore_support(
    y_true: Any, y_pred: Any, *, beta: float = ..., labels: Any = ..., pos_label: Any = ..., average: None = ...,
    warn_for: Collection[str] = ..., sample_weight: Any = ..., zero_division: Any = ...,
) -> tuple[Array, Array, Array, Array]: ...  # fmt: skip
@overload
def precision_recall_fscore_support(
    y_true: Any, y_pred: Any, *, beta: float = ..., labels: Any = ..., pos_label: Any = ..., average: Average,
    warn_for: Collection[str] = ..., sample_weight: Any = ..., zero_division: Any = ...,
) -> tuple[float, float, float, None]: ...  # fmt: skip
def precision_recall_fscore_support(
    y_true: Any,
    y_pred: Any,
    *,
    beta: float = 1.0,
    labels: Any = None,
    pos_label: Any = 1,
    average: Average | None = None,
    warn_for: Collection[str] = ALL_METRICS,
    sample_weight: Any = None,
    zero_division: Any = "warn",
) -> Scores:
    """Return precision, recall, F-score and support of each class, or their average, from one count.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, K)
        Labels, or multi-label indicators.
    beta : float
        How much more recall matters than precision in the F-score.
    labels : array-like, optional
        The classes wanted, in order. By default all that occur, sorted.
    pos_label : label
        The positive class when `average` is "binary".
    average : {"binary", "micro", "macro", "weighted", "samples"}, optional
        None: one score per class. "binary": the score of `pos_label`. "micro": add the counts of all classes, then
        divide. "macro": the plain mean of the classes. "weighted": the mean weighted by support. "samples": the
        mean over the rows of multi-label indicators.
    warn_for : collection of str
        The metrics whose undefined values are worth a warning.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.
    zero_division : {"warn", 0, 1, nan}
        The value of a score whose denominator is zero. "warn" means 0 and a warning; nan is left out of averages.

    Returns
    -------
    precision, recall, f_score : float, or array of shape (K,)
    support : array of shape (K,), or None with an average
        True rows of each class.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, a label is missing, or `average` does not suit the labels.

    Warns
    -----
    UndefinedMetricWarning
        If a denominator is zero and `zero_division` is "warn".

    Examples
    --------
    >>> truth = ["cat", "dog", "pig", "cat", "dog", "pig"]
    >>> called = ["cat", "pig", "dog", "cat", "cat", "dog"]
    >>> precision_recall_fscore_support(truth, called, average="macro")
    (0.2222222222222222, 0.3333333333333333, 0.26666666666666666, None)
    """
    return _scores(y_true, y_pred, beta, labels, pos_label, average, warn_for, sample_weight, zero_division)


def _scores(
    y_true: Any,
    y_pred: Any,
    beta: float,
    labels: Any,
    pos_label: Any,
    average: Average | None,
    warn_for: Collection[str],
    sample_weight: Any,
    zero_division: Any,
) -> Scores:
    """Check, count once, choose the classes, and divide."""
    check_zero_division(zero_division)
    check_beta(beta)
    counts, weights = counts_to_average(y_true, y_pred, labels, pos_label, average, sample_weight)
    return average_counts(counts, average, beta, warn_for, zero_division, weights)
