"""Curves over all thresholds: ROC, precision–recall and detection error tradeoff.

A score becomes a decision by a threshold: rows with a score at or above it are called positive. Each distinct score
is a threshold, and each threshold a point: from strict (nothing is called positive) to lenient (everything is).

Names, arguments, values, errors and warnings are those of scikit-learn 1.9.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evalkit._core.inputs import Array, check_lengths, numbers
from evalkit._core.order import ThresholdCounts
from evalkit._core.scored import column
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.metrics.thresholds import check_and_count


def roc_curve(
    y_true: Any, y_score: Any, *, pos_label: Any = None, sample_weight: Any = None, drop_intermediate: bool = True
) -> tuple[Array, Array, Array]:
    """Return the ROC curve: the true positive rate against the false positive rate.

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
    drop_intermediate : bool, default True
        Leave out points in the middle of a straight piece: the curve looks the same and is shorter.

    Returns
    -------
    fpr, tpr : arrays of shape (t,)
        Share of the negatives and of the positives at or above each threshold, from 0 to 1.
    thresholds : float array of shape (t,)
        Falling. The first is infinity: nothing is called positive.

    Raises
    ------
    ValueError
        If there are more than two classes or `pos_label` is needed, lengths differ, the input is empty, or a score is
        NaN or infinite.

    Warns
    -----
    UndefinedMetricWarning
        If one class is missing. Its rate is then nan.

    References
    ----------
    T. Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27 (2006).

    Examples
    --------
    >>> fpr, tpr, thresholds = roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> fpr, tpr
    (array([0. , 0. , 0.5, 0.5, 1. ]), array([0. , 0.5, 0.5, 1. , 1. ]))
    >>> thresholds
    array([ inf, 0.8 , 0.4 , 0.35, 0.1 ])
    """
    counts = check_and_count(y_true, y_score, pos_label, sample_weight)
    if drop_intermediate and len(counts.fps) > 2:
        bends = (np.diff(counts.fps, 2) != 0) | (np.diff(counts.tps, 2) != 0)
        counts = _take(counts, np.concatenate([[True], bends, [True]]))
    counts = _from_nothing(counts)
    return (
        _rate(counts.fps, "No negative samples in y_true, false positive value should be meaningless"),
        _rate(counts.tps, "No positive samples in y_true, true positive value should be meaningless"),
        counts.thresholds,
    )


def precision_recall_curve(
    y_true: Any, y_score: Any, *, pos_label: Any = None, sample_weight: Any = None, drop_intermediate: bool = False
) -> tuple[Array, Array, Array]:
    """Return precision and recall at every threshold.

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
    drop_intermediate : bool, default False
        Leave out points between others of the same recall.

    Returns
    -------
    precision, recall : arrays of shape (t + 1,)
        At each threshold; at the end a last point with precision 1 and recall 0, which has no threshold.
    thresholds : array of shape (t,)
        Rising.

    Raises
    ------
    ValueError
        If there are more than two classes or `pos_label` is needed, lengths differ, the input is empty, or a score is
        NaN or infinite.

    Warns
    -----
    UserWarning
        If there is no positive row. Recall is then said to be 1.

    References
    ----------
    J. Davis and M. Goadrich, "The relationship between precision-recall and ROC curves", ICML 2006.

    Examples
    --------
    >>> precision, recall, thresholds = precision_recall_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> precision.round(2), recall
    (array([0.5 , 0.67, 0.5 , 1.  , 1.  ]), array([1. , 1. , 0.5, 0.5, 0. ]))
    >>> thresholds
    array([0.1 , 0.35, 0.4 , 0.8 ])
    """
    counts = check_and_count(y_true, y_score, pos_label, sample_weight)
    if drop_intermediate and len(counts.fps) > 2:
        counts = _take(counts, _changes(counts.tps))
    precision, recall = precision_and_recall(counts)
    return np.append(precision[::-1], 1.0), np.append(recall[::-1], 0.0), counts.thresholds[::-1]


def precision_and_recall(counts: ThresholdCounts) -> tuple[Array, Array]:
    """Return precision and recall at each threshold, in the order of the counts (internal)."""
    called = counts.fps + counts.tps
    precision = np.divide(counts.tps, called, out=np.zeros(len(called)), where=called != 0)
    if counts.tps[-1] == 0:
        warn("No positive class found in y_true, recall is set to one for all thresholds.")
        return precision, np.ones(len(called))
    return precision, counts.tps / counts.tps[-1]


def det_curve(
    y_true: Any, y_score: Any, pos_label: Any = None, sample_weight: Any = None, drop_intermediate: bool = False
) -> tuple[Array, Array, Array]:
    """Return the detection error tradeoff: false negative rate against false positive rate.

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
    drop_intermediate : bool, default False
        Leave out points between others of the same false negative rate.

    Returns
    -------
    fpr, fnr : arrays of shape (t,)
        Share of the negatives called positive, falling, and of the positives called negative, rising. Points at which
        one of the rates is 0 are left out, all but the innermost.
    thresholds : float array of shape (t,)
        Rising.

    Raises
    ------
    ValueError
        If only one class occurs or more than two, `pos_label` is needed, lengths differ, the input is empty, or a score
        is NaN or infinite.

    References
    ----------
    A. Martin and others, "The DET curve in assessment of detection task performance", Eurospeech 1997.

    Examples
    --------
    >>> fpr, fnr, thresholds = det_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> fpr, fnr
    (array([0.5, 0.5, 0. ]), array([0. , 0.5, 0.5]))
    >>> thresholds
    array([0.35, 0.4 , 0.8 ])
    """
    counts = _from_nothing(check_and_count(y_true, y_score, pos_label, sample_weight))
    if drop_intermediate and len(counts.fps) > 2:
        counts = _take(counts, _changes(counts.tps))
    fps, tps = counts.fps, counts.tps
    if fps[-1] == 0 or tps[-1] == 0:
        raise ValueError(
            "Only one class is present in y_true. Detection error tradeoff curve is not defined in that case."
        )
    inner = slice(np.searchsorted(fps, 0, side="right") - 1, np.searchsorted(tps, tps[-1]) + 1)
    fpr, fnr = fps[inner] / fps[-1], (tps[-1] - tps[inner]) / tps[-1]
    return fpr[::-1], fnr[::-1], counts.thresholds[inner][::-1]


def auc(x: Any, y: Any) -> float:
    """Return the area under a curve given by points, joined by straight lines.

    Parameters
    ----------
    x, y : array-like of shape (n,)
        The points; `x` must rise or fall throughout.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If there are fewer than two points, lengths differ, or `x` goes back and forth.

    Examples
    --------
    >>> auc([0, 0.5, 0.5, 1], [0.5, 0.5, 1, 1])
    0.75
    """
    told, ys = (column(numbers(values, name), name) for values, name in ((x, "x"), (y, "y")))
    xs, ys = told.astype(np.float64), ys.astype(np.float64)  # unsigned numbers have no negative differences
    if check_lengths(x=xs, y=ys) < 2:
        raise ValueError(f"At least 2 points are needed to compute area under curve, but x.shape = {xs.shape}")
    steps = np.diff(xs)
    falling = bool((steps < 0).any())
    if falling and (steps > 0).any():
        raise ValueError(f"x is neither increasing nor decreasing : {told}.")
    area = float(steps @ (ys[1:] + ys[:-1]) / 2)
    return -area if falling else area


# -------------------------------------------------------------------------------------------------------------- helpers
def _from_nothing(counts: ThresholdCounts) -> ThresholdCounts:
    """Begin with the threshold infinity, at which nothing is called positive."""
    starts = zip((0.0, 0.0, np.inf), (counts.fps, counts.tps, counts.thresholds), strict=True)
    return ThresholdCounts(*(np.concatenate([[start], values]) for start, values in starts))


def _take(counts: ThresholdCounts, keep: Array) -> ThresholdCounts:
    return ThresholdCounts(counts.fps[keep], counts.tps[keep], counts.thresholds[keep])


def _changes(values: Array) -> Array:
    """Mark the ends, and the entries that differ from one of their neighbours."""
    steps = np.diff(values) != 0
    return np.concatenate([[True], steps[:-1] | steps[1:], [True]])


def _rate(counts: Array, warning: str) -> Array:
    if counts[-1] <= 0:
        warn(warning, UndefinedMetricWarning)
        return np.full(len(counts), np.nan)
    return np.asarray(counts / counts[-1])
