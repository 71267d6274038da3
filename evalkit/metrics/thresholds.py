"""What happens at every threshold: the binary confusion matrix, or any metric of labels.

A score becomes a decision by a threshold: rows with a score at or above it are called positive. Only the distinct
scores need to be looked at, because between two of them nothing changes.

Names, arguments, values and errors are those of scikit-learn 1.9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from evalkit._core.inputs import Array
from evalkit._core.order import ThresholdCounts, count_at_thresholds
from evalkit._core.scored import check_scored, column, positive_label, row_weights


def confusion_matrix_at_thresholds(
    y_true: Any, y_score: Any, *, pos_label: Any = None, sample_weight: Any = None
) -> tuple[Array, Array, Array, Array, Array]:
    """Return the four counts of the binary confusion matrix at every threshold.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels of two classes.
    y_score : array-like of shape (n,)
        The higher, the more positive. Any scale.
    pos_label : number, str or bool, optional
        The positive class. By default 1, if the labels are 0 and 1 or −1 and 1.
    sample_weight : array-like of shape (n,), optional
        The weight of each row. A row of weight 0 makes no threshold.

    Returns
    -------
    tns, fps, fns, tps : float arrays of shape (t,)
        True negatives, false positives, false negatives and true positives when `y_score >= threshold` is positive.
    thresholds : array of shape (t,)
        The distinct scores, from the highest to the lowest.

    Raises
    ------
    ValueError
        If there are more than two classes or `pos_label` is needed, lengths differ, the input is empty, or a score is
        NaN or infinite.

    Examples
    --------
    >>> tns, fps, fns, tps, thresholds = confusion_matrix_at_thresholds([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> thresholds
    array([0.8 , 0.4 , 0.35, 0.1 ])
    >>> tps, fps
    (array([1., 1., 2., 2.]), array([0., 1., 1., 2.]))
    """
    counts = check_and_count(y_true, y_score, pos_label, sample_weight)
    fps, tps = counts.fps, counts.tps
    return fps[-1] - fps, fps, tps[-1] - tps, tps, counts.thresholds


def check_and_count(y_true: Any, y_score: Any, pos_label: Any, sample_weight: Any) -> ThresholdCounts:
    """Check the inputs of a curve and count at every threshold (internal)."""
    labels, scores = check_scored(y_true, y_score)
    positive = positive_label(labels, pos_label)
    scores = column(scores, "y_score")
    return count_at_thresholds(labels, positive, scores, row_weights(sample_weight, labels))


def metric_at_thresholds(
    y_true: Any,
    y_score: Any,
    metric_func: Callable[..., Any],
    *,
    sample_weight: Any = None,
    metric_params: dict[str, Any] | None = None,
) -> tuple[Array, Array]:
    """Return the value of any metric of labels at every threshold, for example to choose one.

    Work: one call of the metric per distinct score.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels.
    y_score : array-like of shape (n,)
        Scores; `y_score >= threshold` is predicted 1, other rows 0.
    metric_func : callable
        Called as `metric_func(y_true, y_pred, **metric_params)`.
    sample_weight : array-like of shape (n,), optional
        Passed on to the metric. Rows of weight 0 are left out.
    metric_params : dict, optional

    Returns
    -------
    values : array of shape (t,), or (t, m) for a metric that returns m numbers
    thresholds : array of shape (t,)
        The distinct scores, from the highest to the lowest.

    Raises
    ------
    ValueError
        If lengths differ, the input is empty, or a score is NaN or infinite.

    Examples
    --------
    >>> from evalkit import accuracy_score
    >>> values, thresholds = metric_at_thresholds([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], accuracy_score)
    >>> values, thresholds
    (array([0.75, 0.5 , 0.75, 0.5 ]), array([0.8 , 0.4 , 0.35, 0.1 ]))
    """
    labels, scores = check_scored(y_true, y_score)
    labels, scores = column(labels, "y_true"), column(scores, "y_score")
    weight = row_weights(sample_weight, labels)
    parameters = dict(metric_params or {})
    if weight is not None:
        rows = weight != 0
        labels, scores = labels[rows], scores[rows]
        parameters["sample_weight"] = weight[rows]
    thresholds = count_at_thresholds(labels, labels[0], scores).thresholds
    values = [metric_func(labels, (scores >= threshold).astype(np.int32), **parameters) for threshold in thresholds]
    return np.asarray(values), thresholds
