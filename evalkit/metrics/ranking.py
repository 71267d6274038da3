"""How well do scores rank the positive rows above the negative ones?

The area under the ROC curve is the chance that a random positive has a higher score than a random negative, a tie
counting half. Average precision is the precision found at each positive, from the highest score downwards, averaged;
unlike the area it notices when positives are rare. Neither needs a threshold, and neither cares for the scale of the
scores.

Names, arguments, values, errors and warnings are those of scikit-learn 1.9.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import Any, overload

import numpy as np

from evalkit._core.forecasts import sum_tolerance
from evalkit._core.inputs import Array, InvalidParameterError, check_choice, check_finite
from evalkit._core.order import area_under_roc, count_at_thresholds
from evalkit._core.scored import (
    average_columns,
    check_class_order,
    check_known,
    check_scored,
    column,
    describe,
    distinct_labels,
    encode,
    is_number,
    positive_label,
    row_weights,
)
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.metrics.curves import precision_and_recall

SUM_TOLERANCE = 1e-5 + 1e-8  # how far a row may be from adding up to one, as in scikit-learn; more in half precision
AVERAGES = ("micro", "macro", "samples", "weighted", None)


@overload
def roc_auc_score(
    y_true: Any, y_score: Any, *, average: None, sample_weight: Any = ..., max_fpr: float | None = ...,
    multi_class: str = ..., labels: Any = ...,
) -> Array: ...  # fmt: skip
@overload
def roc_auc_score(
    y_true: Any, y_score: Any, *, average: str = ..., sample_weight: Any = ..., max_fpr: float | None = ...,
    multi_class: str = ..., labels: Any = ...,
) -> float: ...  # fmt: skip
def roc_auc_score(
    y_true: Any,
    y_score: Any,
    *,
    average: str | None = "macro",
    sample_weight: Any = None,
    max_fpr: float | None = None,
    multi_class: str = "raise",
    labels: Any = None,
) -> Any:
    """Return the area under the ROC curve: the chance that a positive outranks a negative, ties counting half.

    Without weights the pairs are counted in whole numbers, so the value is exact. 10 million rows take one sort.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, K)
        True labels, or indicators of a multi-label problem. Of two labels the greater is the positive class.
    y_score : array-like of shape (n,) or (n, K)
        The higher, the more positive; any scale. For more than two classes probabilities, whose rows add up to 1, with
        the columns in the order of `labels`.
    average : {"micro", "macro", "samples", "weighted"} or None
        For several classes or labels: how to average their areas; None returns them all.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.
    max_fpr : float in (0, 1], optional
        Look only at false positive rates up to this; the area is rescaled so that 0.5 is chance and 1 perfect.
    multi_class : {"raise", "ovr", "ovo"}
        For more than two classes: each class against the rest, or each against each other.
    labels : array-like of shape (K,), optional
        The classes, in order, when some may be missing from `y_true`.

    Returns
    -------
    float, or array of shape (K,) if `average` is None

    Raises
    ------
    ValueError
        If a score is NaN or infinite, lengths differ, the input is empty, or labels, scores and options do not fit.

    Warns
    -----
    UndefinedMetricWarning
        If only one class occurs. The value is then nan.

    Notes
    -----
    :Formula: P(a positive scores higher than a negative) + P(both score the same) / 2
    :Range: 0 to 1; higher is better; 0.5 is chance
    :Misleads when: positives are rare: a small false positive rate is many false alarms

    References
    ----------
    J. Hanley and B. McNeil, "The meaning and use of the area under a receiver operating characteristic curve",
    Radiology 143 (1982). D. McClish, "Analyzing a portion of the ROC curve", Medical Decision Making 9 (1989), for
    `max_fpr`. D. Hand and R. Till, "A simple generalisation of the area under the ROC curve for multiple class
    classification problems", Machine Learning 45 (2001), for "ovo".

    Examples
    --------
    >>> y_true, y_score = [1, 0, 0, 1, 1, 1, 0], [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5]
    >>> round(roc_auc_score(y_true, y_score), 4)  # 10 of the 12 pairs are in the right order
    0.8333
    >>> probabilities = [[0.8, 0.1, 0.1], [0.2, 0.5, 0.3], [0.3, 0.4, 0.3], [0.1, 0.2, 0.7]]
    >>> round(roc_auc_score([0, 1, 2, 2], probabilities, multi_class="ovr"), 4)
    0.9583
    """
    check_choice(average, "average", AVERAGES)
    check_choice(multi_class, "multi_class", ("raise", "ovr", "ovo"))
    if max_fpr is not None and not (is_number(max_fpr) and 0 < max_fpr <= 1):
        raise InvalidParameterError(
            f"The 'max_fpr' parameter must be a float in the range (0.0, 1.0] or None. Got {max_fpr!r} instead."
        )
    y, scores = check_scored(y_true, y_score)
    kind, classes = describe(y)
    if kind == "multiclass" or (kind == "binary" and scores.ndim == 2 and scores.shape[1] > 2):
        if max_fpr is not None and max_fpr != 1:
            raise ValueError(
                "Partial AUC computation not available in multiclass setting, 'max_fpr' must be set to `None`, "
                f"received `max_fpr={max_fpr}` instead"
            )
        tolerance = max(SUM_TOLERANCE, sum_tolerance(y_score, scores))
        return _multiclass_area(y, scores, classes, labels, multi_class, average, sample_weight, tolerance)
    weight = row_weights(sample_weight, y)
    if kind == "binary":
        return _area(y, classes[-1], column(scores, "y_score"), weight, max_fpr, len(classes) == 2)
    if kind != "multilabel-indicator":
        raise ValueError(f"{kind} format is not supported")

    def area(indicator: Array, label_scores: Array, label_weight: Array | None) -> float:
        return _area(indicator, True, label_scores, label_weight, max_fpr, 0 < indicator.sum() < len(indicator))

    check_finite(scores, "y_score")
    return average_columns(area, y == positive_label(y.ravel(), None), scores, average, weight)


@overload
def average_precision_score(
    y_true: Any, y_score: Any, *, average: None, pos_label: Any = ..., sample_weight: Any = ...,
) -> Array: ...  # fmt: skip
@overload
def average_precision_score(
    y_true: Any, y_score: Any, *, average: str = ..., pos_label: Any = ..., sample_weight: Any = ...,
) -> float: ...  # fmt: skip
def average_precision_score(
    y_true: Any, y_score: Any, *, average: str | None = "macro", pos_label: Any = 1, sample_weight: Any = None
) -> Any:
    """Return average precision: the precision at each threshold, weighted by the recall that it adds.

    The precision–recall curve is summed as steps; joining its points by lines would be too optimistic.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, K)
        True labels of two or more classes, or indicators of a multi-label problem.
    y_score : array-like of shape (n,) or (n, K)
        The higher, the more positive; any scale.
    pos_label : number, str or bool
        The positive class of a binary problem.
    average, sample_weight
        As for `roc_auc_score`.

    Returns
    -------
    float, or array of shape (K,) if `average` is None

    Raises
    ------
    ValueError
        As `roc_auc_score`, and if `pos_label` is not among the labels.

    Warns
    -----
    UserWarning
        If there is no positive row. The value is then 0.

    Notes
    -----
    :Formula: Σ (Rₙ − Rₙ₋₁) Pₙ over the thresholds, with recall R and precision P
    :Range: 0 to 1; higher is better; without skill about the share of positives
    :Misleads when: data sets with other shares of positives are compared

    References
    ----------
    M. Zhu, "Recall, precision and average precision", University of Waterloo, working paper 2004-09 (2004).

    Examples
    --------
    >>> y_true, y_score = [1, 0, 0, 1, 1, 1, 0], [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5]
    >>> round(average_precision_score(y_true, y_score), 4)
    0.9167
    """
    check_choice(average, "average", AVERAGES)
    y, scores = check_scored(y_true, y_score)
    kind, classes = describe(y)
    weight = row_weights(sample_weight, y)
    if kind == "binary":
        if len(classes) == 2 and pos_label not in classes.tolist():
            raise ValueError(f"pos_label={pos_label} is not a valid label. It should be one of {classes}")
        return _average_precision(y, positive_label(y, pos_label), column(scores, "y_score"), weight)
    if kind not in ("multiclass", "multilabel-indicator"):
        raise ValueError(f"{kind} format is not supported")
    if pos_label != 1:
        raise ValueError(
            f"Parameter pos_label is fixed to 1 for {kind} y_true. Do not set pos_label or set pos_label to 1."
        )
    if kind == "multiclass":
        if scores.shape != (len(y), len(classes)):
            raise _needs_columns(scores)
        indicators = y[:, np.newaxis] == classes
    else:
        indicators = y == 1

    def precision(indicator: Array, label_scores: Array, label_weight: Array | None) -> float:
        return _average_precision(indicator, True, label_scores, label_weight)

    check_finite(scores, "y_score")
    return average_columns(precision, indicators, scores, average, weight)


def _average_precision(y_true: Array, positive: Any, scores: Array, weight: Array | None) -> float:
    precision, recall = precision_and_recall(count_at_thresholds(y_true, positive, scores, weight))
    return float(np.diff(recall, prepend=0.0) @ precision)


def _area(
    y_true: Array, positive: Any, scores: Array, weight: Array | None, max_fpr: float | None, both_classes: bool
) -> float:
    """Return the whole or the partial area under the ROC curve of a binary problem."""
    if weight is not None:
        both_classes = weight[y_true == positive].any() and weight[y_true != positive].any()
    if not both_classes:
        warn("Only one class is present in y_true. ROC AUC score is not defined in that case.", UndefinedMetricWarning)
        return math.nan
    if max_fpr is None or max_fpr == 1:
        return area_under_roc(y_true, positive, scores, weight)
    counts = count_at_thresholds(y_true, positive, scores, weight)
    fpr = np.append(0.0, counts.fps) / counts.fps[-1]
    tpr = np.append(0.0, counts.tps) / counts.tps[-1]
    stop = np.searchsorted(fpr, max_fpr, side="right")
    last = np.interp(max_fpr, fpr[stop - 1 : stop + 1], tpr[stop - 1 : stop + 1])
    fpr, tpr = np.append(fpr[:stop], max_fpr), np.append(tpr[:stop], last)
    partial = float(np.diff(fpr) @ (tpr[1:] + tpr[:-1]) / 2)
    by_chance = max_fpr**2 / 2
    return 0.5 * (1 + (partial - by_chance) / (max_fpr - by_chance))


# ------------------------------------------------------------------------------------------------ more than two classes
def _multiclass_area(
    y: Array,
    scores: Array,
    present: Array,
    labels: Any,
    multi_class: str,
    average: str | None,
    sample_weight: Any,
    tolerance: float,
) -> Any:
    """Check what only a multi-class problem asks for, and average over classes or pairs of classes."""
    if multi_class == "raise":
        raise ValueError("multi_class must be in ('ovo', 'ovr')")
    if scores.ndim != 2:
        raise _needs_columns(scores)
    check_finite(scores, "y_score")
    if (np.abs(scores.sum(axis=1, dtype=np.float64) - 1) > tolerance).any():
        raise ValueError(
            "Target scores need to be probabilities for multiclass roc_auc, i.e. they should sum up to 1.0 over classes"
        )
    choices = ("macro", "weighted", None) if multi_class == "ovo" else ("micro", "macro", "weighted", None)
    if average not in choices:
        raise ValueError(f"average must be one of {choices} for multiclass problems")
    if multi_class == "ovo" and average is None:
        raise NotImplementedError("average=None is not implemented for multi_class='ovo'.")
    if labels is None:
        classes = present
        if len(classes) != scores.shape[1]:
            raise ValueError("Number of classes in y_true not equal to the number of columns in 'y_score'")
    else:
        classes = check_class_order(labels, present)
        if len(classes) != scores.shape[1]:
            raise ValueError(
                f"Number of given labels, {len(classes)}, not equal to the number of columns in 'y_score', "
                f"{scores.shape[1]}"
            )
        check_known(present, classes)
    if multi_class == "ovo":
        if sample_weight is not None:
            raise ValueError(
                "sample_weight is not supported for multiclass one-vs-one ROC AUC, 'sample_weight' must be None in "
                "this case."
            )
        return _pairwise_area(encode(y, classes), scores, average)

    def area(indicator: Array, class_scores: Array, weight: Array | None) -> float:
        return _area(indicator, True, class_scores, weight, None, 0 < indicator.sum() < len(indicator))

    return average_columns(area, y[:, np.newaxis] == classes, scores, average, row_weights(sample_weight, y))


def _pairwise_area(codes: Array, scores: Array, average: str | None) -> float:
    """Average the areas of all pairs of classes, each pair seen from both sides."""
    rows = {code: scores[codes == code] for code in distinct_labels(codes).tolist()}
    areas, sizes = [], []
    for a, b in combinations(rows, 2):
        both = np.concatenate([rows[a], rows[b]])
        is_a = np.arange(len(both)) < len(rows[a])
        areas.append((area_under_roc(is_a, True, both[:, a]) + area_under_roc(is_a, False, both[:, b])) / 2)
        sizes.append(len(both))
    return float(np.average(areas, weights=sizes if average == "weighted" else None))


def _needs_columns(scores: Array) -> ValueError:
    return ValueError(
        "`y_score` needs to be of shape `(n_samples, n_classes)`, since `y_true` contains multiple classes. Got "
        f"`y_score.shape={scores.shape}`."
    )
