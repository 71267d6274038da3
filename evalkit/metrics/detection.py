"""Average precision of ranked detections.

A detector lists boxes with scores. Go down the list from the highest score: each detection that matches a true object
raises the recall, each that matches nothing lowers the precision. Average precision (AP) is the area under the curve of
precision over recall, after each precision has been raised to the highest that is reached at the same or a greater
recall (the precision envelope), which takes out the saw teeth.

`evalkit.metrics.coco` finds the matches and averages AP over classes and overlaps.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from evalkit._core.inputs import Array, InvalidParameterError, check_finite, numbers
from evalkit._core.warn import UndefinedMetricWarning, warn


def average_precision(is_match: Any, n_truth: int, *, recall_points: int | None = None) -> float:
    """Return the average precision of detections that are sorted by falling score.

    Parameters
    ----------
    is_match : array-like of shape (n,)
        For each detection, highest score first: 1 or True where it matches a true object that no earlier detection
        has taken, 0 or False for a false alarm. May be empty.
    n_truth : int
        The number of true objects, found or not.
    recall_points : int, optional
        None (every point) takes the area under the precision envelope, as Pascal VOC has since 2010. 101 averages the
        envelope at the recalls 0, 0.01, …, 1 as COCO does, and 11 at 0, 0.1, …, 1 as VOC did in 2007.

    Returns
    -------
    float
        Between 0 and 1. 0 when nothing was detected.

    Raises
    ------
    ValueError
        If `is_match` is not one-dimensional or holds another value than 0 and 1, if more detections match than there
        are true objects, or if a number is out of its range.

    Warns
    -----
    UndefinedMetricWarning
        If there is no true object: recall is then 0/0 and the value nan.

    Notes
    -----
    Detections of equal score stay in the caller's order, and the value depends on it. `average_precision_score` differs
    in three ways: it has no envelope, it takes equal scores together, and it knows of no object that was never listed.

    :Formula: sum over the detections of (recall − recall before) × envelope, or with `recall_points` the mean of the
        envelope at those recalls; the envelope at a recall is the highest precision at this recall or a higher one, and
        0 where no detection reaches it
    :Range: 0 to 1; higher is better
    :Misleads when: values for other overlaps, or other ways to interpolate, are put side by side

    References
    ----------
    M. Everingham et al., "The Pascal Visual Object Classes Challenge: A Retrospective", International Journal of
    Computer Vision 111 (2015); T.-Y. Lin et al., "Microsoft COCO", ECCV 2014.

    Examples
    --------
    Four detections, three true objects of which one is missed. Precision at the two matches is 1 and 2/3.

    >>> round(average_precision([1, 0, 1, 0], n_truth=3), 4)
    0.5556
    >>> round(average_precision([1, 0, 1, 0], n_truth=3, recall_points=101), 4)
    0.5545
    """
    matches = _check_matches(is_match)
    total = _whole(n_truth, "n_truth", 0)
    if recall_points is not None:
        recall_points = _whole(recall_points, "recall_points", 2)
    found = int(matches.sum())
    if found > total:
        raise ValueError(f"is_match has {found} matches but n_truth is {total}: a true object is matched once only.")
    if total == 0:
        warn("Average precision is ill-defined and set to nan without true objects.", UndefinedMetricWarning)
        return math.nan
    if recall_points is None:
        # Each match moves the recall by 1 / total: the area is the sum of the envelope's heights at the matches.
        hits = np.cumsum(matches)
        return float(envelope(hits / np.arange(1, len(hits) + 1))[matches].sum() / total)
    return float(precision_at(matches, ~matches, total, np.linspace(0, 1, recall_points)).mean())


def envelope(precision: Array) -> Array:
    """Raise each precision to the highest one to its right, along the last axis."""
    raised: Array = np.maximum.accumulate(precision[..., ::-1], axis=-1)[..., ::-1]
    return raised


def precision_at(matches: Array, false_alarms: Array, n_truth: int, recalls: Array) -> Array:
    """Return the precision envelope at given recalls, 0 beyond the highest recall that is reached.

    Parameters
    ----------
    matches, false_alarms : boolean array of shape (..., n)
        Detections by falling score. One that is neither counts for nothing.
    n_truth : int
        The number of true objects, at least one.
    recalls : array of shape (r,)

    Returns
    -------
    array of shape (..., r)
    """
    hits = np.cumsum(matches, axis=-1)
    listed = hits + np.cumsum(false_alarms, axis=-1)
    curves, reached_recalls = envelope(hits / np.maximum(listed, 1)), hits / n_truth
    result = np.zeros((*hits.shape[:-1], len(recalls)))
    for index in np.ndindex(hits.shape[:-1]):
        curve, recall = curves[index], reached_recalls[index]
        first = np.searchsorted(recall, recalls)
        reached = first < len(recall)
        result[index][reached] = curve[first[reached]]
    return result


def _check_matches(is_match: Any) -> Array:
    matches = numbers(is_match, "is_match")
    if matches.ndim != 1:
        raise ValueError(f"is_match must be one-dimensional, got shape {matches.shape}.")
    check_finite(matches, "is_match")
    other = matches[(matches != 0) & (matches != 1)]
    if other.size:
        raise ValueError(f"is_match must hold 0 and 1, got {other[0].item()!r}.")
    return matches.astype(bool)


def _whole(value: Any, name: str, lowest: int) -> int:
    """Return `value` as a Python integer of at least `lowest`."""
    try:
        whole = operator.index(value)
    except TypeError:
        raise InvalidParameterError(f"{name} must be a whole number, got {value!r}.") from None
    if whole < lowest:
        raise ValueError(f"{name} must be at least {lowest}, got {whole}.")
    return whole
