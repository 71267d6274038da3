"""Rates beside precision and recall: overlap, specificity, and what a positive call is worth.

All of them are fractions of the same four counts. Names, arguments, values, errors and warnings are those of
scikit-learn 1.9; `specificity_score`, which it lacks, follows its `recall_score`.
"""

from __future__ import annotations

import math
from typing import Any, overload

import numpy as np

from evalkit._core.counts import count_classes
from evalkit._core.inputs import Array, InvalidParameterError, check_targets
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.metrics._averaging import Average, check_zero_division, counts_to_average, divide, mean_of_defined
from evalkit.metrics.counting import confusion_matrix


@overload
def jaccard_score(
    y_true: Any, y_pred: Any, *, labels: Any = ..., pos_label: Any = ..., average: None, sample_weight: Any = ...,
    zero_division: Any = ...,
) -> Array: ...  # fmt: skip
@overload
def jaccard_score(
    y_true: Any, y_pred: Any, *, labels: Any = ..., pos_label: Any = ..., average: Average = ...,
    sample_weight: Any = ..., zero_division: Any = ...,
) -> float: ...  # fmt: skip
def jaccard_score(
    y_true: Any, y_pred: Any, *, labels: Any = None, pos_label: Any = 1, average: Average | None = "binary",
    sample_weight: Any = None, zero_division: Any = "warn",
) -> Any:  # fmt: skip
    """Of the rows that are positive or called so, return the share that is both: TP / (TP + FP + FN).

    Also intersection over union.

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
    :Misleads when: positives are few: one row more or less moves it much

    References
    ----------
    P. Jaccard, "The distribution of the flora in the alpine zone", New Phytologist 11 (1912).

    Examples
    --------
    >>> jaccard_score([0, 1, 1, 1], [1, 1, 1, 0])
    0.5
    """
    check_zero_division(zero_division)
    counts, weights = counts_to_average(y_true, y_pred, labels, pos_label, average, sample_weight)
    union = counts.truths + counts.predictions - counts.hits
    return _averaged(counts.hits, union, counts.truths, "jaccard", "true or predicted", average, weights, zero_division)


@overload
def specificity_score(
    y_true: Any, y_pred: Any, *, labels: Any = ..., pos_label: Any = ..., average: None, sample_weight: Any = ...,
    zero_division: Any = ...,
) -> Array: ...  # fmt: skip
@overload
def specificity_score(
    y_true: Any, y_pred: Any, *, labels: Any = ..., pos_label: Any = ..., average: Average = ...,
    sample_weight: Any = ..., zero_division: Any = ...,
) -> float: ...  # fmt: skip
def specificity_score(
    y_true: Any, y_pred: Any, *, labels: Any = None, pos_label: Any = 1, average: Average | None = "binary",
    sample_weight: Any = None, zero_division: Any = "warn",
) -> Any:  # fmt: skip
    """Of the rows that are negative, return the share called negative: TN / (TN + FP). Also true negative rate.

    With several classes, the rows of all other classes are the negative ones. "weighted" weighs the classes by their
    true rows, as for recall.

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
    :Misleads when: little is called: calling nothing positive scores 1

    References
    ----------
    J. Yerushalmy, "Statistical problems in assessing methods of medical diagnosis", Public Health Reports 62 (1947).

    Examples
    --------
    >>> specificity_score([0, 0, 0, 0, 1], [0, 0, 0, 1, 1])
    0.75
    """
    check_zero_division(zero_division)
    counts, weights = counts_to_average(y_true, y_pred, labels, pos_label, average, sample_weight)
    negatives = counts.rows - counts.truths
    rejected = negatives - (counts.predictions - counts.hits)
    return _averaged(rejected, negatives, counts.truths, "specificity", "negative", average, weights, zero_division)


def class_likelihood_ratios(
    y_true: Any, y_pred: Any, *, labels: Any = None, sample_weight: Any = None, replace_undefined_by: Any = math.nan
) -> tuple[float, float]:
    """Return how many times likelier a positive, and a negative, call is for a positive row than for a negative one.

    LR+ = sensitivity / (1 − specificity) and LR− = (1 − sensitivity) / specificity. They do not depend on prevalence: a
    positive call multiplies the odds of being positive by LR+, a negative one by LR−.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        At most two different labels.
    labels : array-like of shape (2,), optional
        Negative and positive label. By default in sorted order.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.
    replace_undefined_by : {nan, 1.0} or dict {"LR+": float, "LR-": float}
        The value of a ratio whose denominator is zero: LR+ at least 1 and LR− from 0 to 1, or nan.

    Raises
    ------
    ValueError
        If there are not two labels, the input is empty or lengths differ.

    Warns
    -----
    UndefinedMetricWarning
        If a denominator is zero.

    Notes
    -----
    :Formula: LR+ = recall / (1 − specificity); LR− = (1 − recall) / specificity
    :Range: 0 upwards; a useful test has LR+ above 1 and LR− below 1
    :Misleads when: it is read as the chance that a call is right: that depends on the share of positives as
        well

    References
    ----------
    J. J. Deeks and D. G. Altman, "Diagnostic tests 4: likelihood ratios", BMJ 329 (2004).

    Examples
    --------
    >>> class_likelihood_ratios([0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 0])
    (2.0, 0.6666666666666666)
    """
    undefined = _undefined_ratios(replace_undefined_by)
    targets = check_targets(y_true, y_pred, sample_weight)
    if targets.multilabel or len(count_classes(targets).labels) > 2:
        kind = "multilabel-indicator" if targets.multilabel else "multiclass"
        raise ValueError(
            f"class_likelihood_ratios only supports binary classification problems, got targets of type: {kind}"
        )
    table = confusion_matrix(y_true, y_pred, labels=labels, sample_weight=sample_weight)
    if table.shape != (2, 2):
        raise ValueError(f"class_likelihood_ratios needs two labels and there are {len(table)} (labels).")
    tn, fp, fn, tp = table.ravel()
    positives, negatives = tp + fn, tn + fp
    advice = (
        "Use the `replace_undefined_by` param to control this behavior. To suppress this warning or turn it into an "
        "error, see Python's `warnings` module and `warnings.catch_warnings()`."
    )
    if positives == 0:
        warn(
            "No samples of the positive class are present in `y_true`. `positive_likelihood_ratio` and "
            f"`negative_likelihood_ratio` are both set to `np.nan`. {advice}",
            UndefinedMetricWarning,
        )
    if fp == 0:
        none_called = "No samples were predicted for the positive class and `positive_likelihood_ratio` is "
        ill_defined = "`positive_likelihood_ratio` is ill-defined and "
        warn(f"{none_called if tp == 0 else ill_defined}set to `np.nan`. {advice}", UndefinedMetricWarning)
    if tn == 0:
        warn(f"`negative_likelihood_ratio` is ill-defined and set to `np.nan`. {advice}", UndefinedMetricWarning)
    with np.errstate(invalid="ignore"):  # 0 / 0 without positive rows: nan
        positive = undefined[0] if fp == 0 else tp * negatives / (fp * positives)
        negative = undefined[1] if tn == 0 else fn * negatives / (tn * positives)
    return float(positive), float(negative)


# ------------------------------------------------------------------------------------------------------------- helpers
def _averaged(
    part: Array,
    whole: Array,
    support: Array,
    metric: str,
    lacking: str,
    average: Average | None,
    row_weights: Array | None,
    zero_division: Any,
) -> Any:
    """Divide the counts of each class (or row) and average as `average` says."""
    if average == "micro":
        part, whole = np.array([part.sum()]), np.array([whole.sum()])
    scores = divide(part, whole, metric, lacking, average, (metric,), zero_division)
    if average is None:
        return scores
    return mean_of_defined(scores, support if average == "weighted" else row_weights)


def _undefined_ratios(replace: Any) -> tuple[float, float]:
    """Return the values of LR+ and LR− where they are undefined."""
    if isinstance(replace, int | float) and (math.isnan(replace) or replace == 1):
        return float(replace), float(replace)
    if not isinstance(replace, dict):
        raise InvalidParameterError(
            f"The 'replace_undefined_by' parameter must be 1.0, nan or a dict. Got {replace!r} instead."
        )
    positive, negative = replace.get("LR+"), replace.get("LR-")
    if (
        not (isinstance(positive, int | float) and isinstance(negative, int | float))
        or positive < 1
        or negative < 0
        or negative > 1
    ):
        raise ValueError(
            "The dictionary passed as `replace_undefined_by` needs to be in the form `{'LR+': `value_1`, 'LR-': "
            "`value_2`}` where the value for `LR+` ranges from `1.0` to `np.inf` or is `np.nan` and the value for "
            f"`LR-` ranges from `0.0` to `1.0` or is `np.nan`; got `{replace}`."
        )
    return float(positive), float(negative)
