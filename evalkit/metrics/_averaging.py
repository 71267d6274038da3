"""From counts to precision, recall and F-scores, and from one score per class to their average."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from numbers import Real
from typing import Any, Literal

import numpy as np

from evalkit._core.counts import ClassCounts, count_classes, count_indicators
from evalkit._core.inputs import Array, InvalidParameterError, check_choice, check_labels, check_targets
from evalkit._core.warn import UndefinedMetricWarning, warn

Average = Literal["binary", "micro", "macro", "weighted", "samples"]
Scores = tuple[Any, Any, Any, Array | None]

ALL_METRICS = ("precision", "recall", "f-score")


def counts_to_average(
    y_true: Any, y_pred: Any, labels: Any, pos_label: Any, average: Average | None, sample_weight: Any
) -> tuple[ClassCounts, Array | None]:
    """Return the counts of the classes (or rows) that `average` asks for, and the weights of rows if it needs them."""
    check_choice(average, "average", ("binary", "micro", "macro", "weighted", "samples", None))
    if pos_label is not None and not isinstance(pos_label, Real | str | np.bool_):
        raise InvalidParameterError(f"The 'pos_label' parameter must be a label or None. Got {pos_label!r} instead.")
    if average == "binary":
        return positive_class(counts_per_class(y_true, y_pred, sample_weight), pos_label), None
    if pos_label is not None and pos_label != 1:
        warn(
            f"Note that pos_label (set to {pos_label!r}) is ignored when average != 'binary' (got {average!r}). "
            "You may use labels=[pos_label] to specify a single positive class."
        )
    samplewise = average == "samples"
    counts = counts_per_class(y_true, y_pred, sample_weight, labels, samplewise)
    return counts, np.asarray(sample_weight) if samplewise and sample_weight is not None else None


def counts_per_class(
    y_true: Any, y_pred: Any, sample_weight: Any = None, labels: Any = None, samplewise: bool = False
) -> ClassCounts:
    """Return the counts behind every metric that treats classes one against the rest (internal)."""
    targets = check_targets(y_true, y_pred, sample_weight)
    if labels is not None and not targets.multilabel:
        labels = check_labels(labels, targets.y_true)
    if samplewise and not targets.multilabel:
        raise ValueError("Samplewise metrics are not available outside of multilabel classification.")
    counts = count_indicators(targets, labels, samplewise) if targets.multilabel else count_classes(targets)
    if samplewise:
        return counts
    if targets.sample_weight is not None:
        # scikit-learn gets the sums back from the four cells; doing the same gives the same last digit.
        counts = replace(
            counts,
            truths=counts.hits + (counts.truths - counts.hits),
            predictions=counts.hits + (counts.predictions - counts.hits),
        )
    elif not targets.multilabel and not counts.hits.any():
        # scikit-learn returns floats when no prediction is right, and its report then prints a support of "3.0".
        hits, truths, predictions = (c.astype(np.float64) for c in (counts.hits, counts.truths, counts.predictions))
        counts = replace(counts, hits=hits, truths=truths, predictions=predictions)
    if labels is None or targets.multilabel:
        return counts
    return counts.select(labels)


def positive_class(counts: ClassCounts, pos_label: Any) -> ClassCounts:
    """Return the counts of the positive class of a problem with at most two classes."""
    present = counts.labels.tolist()
    if counts.multilabel or len(present) > 2:
        choices = [None, "micro", "macro", "weighted", *(["samples"] if counts.multilabel else [])]
        raise ValueError(
            f"Target is {'multilabel-indicator' if counts.multilabel else 'multiclass'} but average='binary'. "
            f"Please choose another average setting, one of {choices!r}."
        )
    if pos_label not in present and len(present) == 2:
        raise ValueError(f"pos_label={pos_label} is not a valid label. It should be one of {counts.labels}")
    if pos_label is None:
        raise InvalidParameterError("pos_label=None names no class: pass the positive class as pos_label.")
    return counts.select([pos_label])


def average_counts(
    counts: ClassCounts,
    average: Average | None,
    beta: float,
    warn_for: Collection[str],
    zero_division: Any,
    row_weights: Array | None = None,
) -> Scores:
    """Turn counts into precision, recall, F-score and support (internal; the arguments are checked already)."""
    hits, truths, predictions = counts.hits, counts.truths, counts.predictions
    if average == "micro":
        hits, truths, predictions = (np.array([c.sum()]) for c in (hits, truths, predictions))

    def ratio(part: Array, whole: Array, metric: str, lacking: str) -> Array:
        return divide(part, whole, metric, lacking, average, warn_for, zero_division)

    precision = ratio(hits, predictions, "precision", "predicted")
    recall = ratio(hits, truths, "recall", "true")
    if beta == math.inf:
        f_score = recall
    elif beta == 0:
        f_score = precision
    else:
        # (1 + β²) P R / (β² P + R) in counts; unlike that formula it has a value when only P or only R is undefined.
        beta2 = float(beta) ** 2
        f_score = ratio((1 + beta2) * hits, beta2 * truths + predictions, "f-score", "true nor predicted")
    if average is None:
        return precision, recall, f_score, truths
    weights = truths if average == "weighted" else row_weights
    means = [mean_of_defined(values, weights) for values in (precision, recall, f_score)]
    return means[0], means[1], means[2], None


def check_zero_division(zero_division: Any) -> None:
    """Raise unless `zero_division` is "warn", 0, 1 or nan."""
    if isinstance(zero_division, str):
        accepted = zero_division == "warn"
    else:
        accepted = isinstance(zero_division, Real) and (zero_division in (0, 1) or math.isnan(zero_division))
    if not accepted:
        raise InvalidParameterError(
            f"The 'zero_division' parameter must be among {{0.0, 1.0}}, nan or 'warn'. Got {zero_division!r} instead."
        )


def check_beta(beta: Any) -> None:
    """Raise unless `beta` is a number from 0 to infinity."""
    if isinstance(beta, bool) or not isinstance(beta, Real) or not float(beta) >= 0:
        raise InvalidParameterError(
            f"The 'beta' parameter must be a float in the range [0.0, inf]. Got {beta!r} instead."
        )


def divide(
    part: Array,
    whole: Array,
    metric: str,
    lacking: str,
    average: Average | None,
    warn_for: Collection[str],
    zero_division: Any,
) -> Array:
    """Divide, put `zero_division` where there is nothing to divide by, and say so if asked to."""
    undefined = whole == 0
    result = np.asarray(part, dtype=np.float64) / np.where(undefined, 1, whole)
    if not undefined.any():
        return result
    silent = not isinstance(zero_division, str)
    result[undefined] = zero_division if silent else 0.0
    if not silent and metric in warn_for:
        entry, lacks = ("sample", "label") if average == "samples" else ("label", "sample")
        where = "due to" if len(result) == 1 else f"in {entry}s with"
        warn(
            f"{metric.capitalize()} is ill-defined and being set to 0.0 {where} no {lacking} {lacks}s. "
            "Use `zero_division` parameter to control this behavior.",
            UndefinedMetricWarning,
        )
    return result


def mean_of_defined(values: Array, weights: Array | None) -> float:
    """Average the defined values; weights that add up to zero are ignored."""
    defined = ~np.isnan(values)
    if not defined.any():
        return math.nan
    if weights is None or weights[defined].sum() == 0:
        return float(np.mean(values[defined]))
    return float(np.average(values[defined], weights=weights[defined]))
