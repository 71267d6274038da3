"""Is the right answer among the first k?

For a classifier with many classes: is the true class among the k best-scored classes of its row
(`top_k_accuracy_score`)? For a search or a review queue: how many of the k best-scored rows are positive
(`precision_at_k`)?

Nothing has to be sorted for that. The true class is among the first k if fewer than k classes beat it.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from evalkit._core.codes import chunks
from evalkit._core.inputs import (
    EMPTY,
    Array,
    InvalidParameterError,
    check_finite,
    numbers,
    to_array,
)
from evalkit._core.scored import (
    check_class_order,
    check_known,
    check_scored,
    column,
    describe,
    encode,
    positive_label,
    row_weights,
)
from evalkit._core.sums import WeightedMean
from evalkit._core.warn import UndefinedMetricWarning, warn

SCORES_AT_ONCE = 1 << 17  # with their comparison they stay in the second-level cache


def top_k_accuracy_score(
    y_true: Any,
    y_score: Any,
    *,
    k: int = 2,
    normalize: bool = True,
    sample_weight: Any = None,
    labels: Any = None,
) -> float:
    """Return the share of rows whose true class is among the k classes with the highest scores.

    Of equal scores those of the last classes (columns) count as higher, as in scikit-learn.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels.
    y_score : array-like of shape (n, K), or (n,) for two classes
        The scores of the classes, in the order of the labels.
    k : int
        How many classes to look at, at least 1.
    normalize : bool
        Return the share of rows; otherwise their number.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.
    labels : array-like of shape (K,), optional
        The classes in order, when some may be missing from `y_true`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If a score is NaN or infinite, lengths differ, the input is empty, or labels and scores do not fit.

    Warns
    -----
    UndefinedMetricWarning
        If k is not below the number of classes, so that every row counts as right.

    Notes
    -----
    With two classes and k = 1, a score above 0.5 means class 1; above 0, if the scores are not all between 0 and 1.
    `evalkit.streaming.TopK` cannot know that of batches to come and takes two columns of scores.

    :Formula: rows whose true class is among the k highest scores / rows
    :Range: 0 to 1; higher is better
    :Misleads when: k is near the number of classes

    References
    ----------
    O. Russakovsky and others, "ImageNet large scale visual recognition challenge", International Journal of Computer
    Vision 115 (2015), made the top-5 error known.

    Examples
    --------
    >>> y_score = [[0.5, 0.2, 0.2], [0.3, 0.4, 0.2], [0.2, 0.4, 0.3], [0.7, 0.2, 0.1]]
    >>> top_k_accuracy_score([0, 1, 2, 2], y_score, k=2)
    0.75
    """
    check_k(k)
    y, scores = check_scored(y_true, y_score)
    kind, present = describe(y)
    if kind == "binary" and labels is not None and len(labels) > 2:
        kind = "multiclass"
    if kind not in ("binary", "multiclass"):
        raise ValueError(f"y type must be 'binary' or 'multiclass', got '{kind}' instead.")
    if kind == "binary":
        if scores.ndim == 2 and scores.shape[1] != 1:
            raise ValueError(
                f"`y_true` is binary while y_score is 2d with {scores.shape[1]} classes. If `y_true` does not contain "
                "all the labels, `labels` must be provided."
            )
        scores = column(scores, "y_score")
    elif scores.ndim != 2:
        raise ValueError(
            "`y_score` needs to be of shape `(n_samples, n_classes)`, since `y_true` contains multiple classes. Got "
            f"`y_score.shape={scores.shape}`."
        )
    weight = row_weights(sample_weight, y)
    classes = _classes(labels, present, scores.shape[1] if scores.ndim == 2 else 2)
    warn_if_meaningless(k, len(classes))
    codes = encode(y, classes)
    hits = _hits_of_two(codes, scores, k) if kind == "binary" else hits_of(codes, scores, k)
    share = WeightedMean.of(hits, weight)
    return share.mean() if normalize else share.total.high


def precision_at_k(y_true: Any, y_score: Any, k: int, *, pos_label: Any = None) -> float:
    """Return the share of positives among the k rows with the highest scores.

    When rows with equal scores compete for the last places, each gets the same part of them: the value is the mean over
    all ways to order them, and does not depend on the order of the rows.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (queries, n)
        True labels of two classes. With two dimensions each row is a ranking of its own, and the mean is returned.
    y_score : array-like of the same shape
        The higher, the earlier in the ranking.
    k : int
        How many places to look at, from 1 to n.
    pos_label : number, str or bool, optional
        The positive class. By default 1, if the labels are 0 and 1 or −1 and 1.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ValueError
        If k is above n, shapes differ, the input is empty, or a score is NaN or infinite.

    Notes
    -----
    :Formula: positives among the k rows with the highest scores / k
    :Range: 0 to 1; higher is better
    :Misleads when: there are fewer than k positives: 1 cannot be reached

    References
    ----------
    C. Manning, P. Raghavan and H. Schütze, "Introduction to Information Retrieval", Cambridge University Press (2008),
    section 8.4.

    Examples
    --------
    >>> precision_at_k([1, 0, 1, 0, 0], [0.9, 0.8, 0.7, 0.2, 0.1], k=2)
    0.5
    >>> precision_at_k([1, 0, 0], [0.5, 0.5, 0.1], k=1)  # two rows share the first place
    0.5
    """
    check_k(k)
    y, scores = to_array(y_true, "y_true"), numbers(y_score, "y_score")
    if y.shape != scores.shape or y.ndim > 2:
        raise ValueError(f"y_true has shape {y.shape} but y_score has shape {scores.shape}.")
    if y.size == 0:
        raise ValueError(EMPTY)
    if k > y.shape[-1]:
        raise ValueError(f"k={k} places cannot be filled by {y.shape[-1]} rows.")
    positive = np.atleast_2d(y == positive_label(y.ravel(), pos_label))
    check_finite(scores, "y_score")
    scores = np.atleast_2d(scores)
    last = np.partition(scores, -k, axis=1)[:, [-k]]  # the k-th highest score
    above, tied = scores > last, scores == last
    places = k - above.sum(axis=1)  # left for the tied rows
    hits = (positive & above).sum(axis=1) + places * (positive & tied).sum(axis=1) / tied.sum(axis=1)
    return float(hits.mean() / k)


def check_k(k: Any) -> None:
    """Raise unless `k` is a whole number of at least 1."""
    if isinstance(k, bool) or not isinstance(k, Integral) or int(k) < 1:
        raise InvalidParameterError(f"The 'k' parameter must be an int in the range [1, inf). Got {k!r} instead.")


def warn_if_meaningless(k: int, n_classes: int) -> None:
    """Warn if every row counts as right, because k is not below the number of classes."""
    if k >= n_classes:
        warn(
            f"'k' ({k}) greater than or equal to 'n_classes' ({n_classes}) will result in a perfect score and is "
            "therefore meaningless.",
            UndefinedMetricWarning,
        )


def _classes(labels: Any, present: Array, n_columns: int) -> Array:
    """Return the classes that the columns of the scores stand for."""
    if labels is None:
        if len(present) != n_columns:
            raise ValueError(
                f"Number of classes in 'y_true' ({len(present)}) not equal to the number of classes in 'y_score' "
                f"({n_columns}). You can provide a list of all known classes by assigning it to the `labels` parameter."
            )
        return present
    classes = check_class_order(labels, present, ".")
    if len(classes) != n_columns:
        raise ValueError(
            f"Number of given labels ({len(classes)}) not equal to the number of classes in 'y_score' ({n_columns})."
        )
    check_known(present, classes, ".")
    return classes


def hits_of(codes: Array, scores: Array, k: int) -> Array:
    """Mark the rows in which fewer than k classes beat the true class."""
    n_rows, n_classes = scores.shape
    count_type = np.uint16 if n_classes < 1 << 16 else np.int64  # narrow counts are added up much faster
    hits = np.empty(n_rows, dtype=bool)
    size = max(1, SCORES_AT_ONCE // n_classes)
    buffer = np.empty((size, n_classes), dtype=bool)
    for rows in chunks(n_rows, size):
        block, code = scores[rows], codes[rows]
        with np.errstate(over="ignore", invalid="ignore"):
            if not np.isfinite(block.sum()):  # NaN and infinity spoil the sum; so can large numbers, hence the check
                check_finite(block, "y_score", rows.start)
        target = np.take_along_axis(block, code[:, np.newaxis], axis=1)
        better = np.greater(block, target, out=buffer[: len(block)]).view(np.uint8)
        beaten_by = better.sum(axis=1, dtype=count_type)
        # Ties only matter where the true class would otherwise be a hit: later columns with the same score go first.
        near = np.flatnonzero(beaten_by < k)
        equal = np.equal(block[near], target[near], out=buffer[: len(near)])
        tied = np.flatnonzero(equal.view(np.uint8).sum(axis=1, dtype=count_type) > 1)
        near, later = near[tied], np.arange(n_classes) > code[near[tied], np.newaxis]
        beaten_by[near] += (equal[tied] & later).sum(axis=1, dtype=count_type)
        hits[rows] = beaten_by < k
    return hits


def _hits_of_two(codes: Array, scores: Array, k: int) -> Array:
    """Mark the rows of a binary problem. For k = 1 a score above 0.5 means class 1; above 0 if not probabilities."""
    check_finite(scores, "y_score")
    if k > 1:
        return np.ones(len(scores), dtype=bool)
    threshold = 0.5 if scores.min() >= 0 and scores.max() <= 1 else 0
    return np.asarray((scores > threshold) == codes)
