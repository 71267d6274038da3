"""What the ranking metrics ask of their inputs: which labels occur, which is positive, a score per row or label."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

from evalkit._core.codes import chunks
from evalkit._core.inputs import (
    EMPTY,
    Array,
    InvalidParameterError,
    check_finite,
    check_labels,
    check_lengths,
    check_sample_weight,
    check_text,
    numbers,
    target_type,
    to_array,
)

WIDEST_RANGE = 1 << 16


def check_scored(y_true: Any, y_score: Any) -> tuple[Array, Array]:
    """Return labels and scores as arrays of the same, non-zero length. A column of labels (n, 1) becomes (n,).

    That the scores are finite is checked where they are read.
    """
    labels, scores = to_array(y_true, "y_true"), numbers(y_score, "y_score")
    if check_lengths(y_true=labels, y_score=scores) == 0:
        raise ValueError(EMPTY)
    return labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels, scores


def column(array: Array, name: str) -> Array:
    """Return an array of shape (n,) or (n, 1) as (n,)."""
    if array.ndim == 1:
        return array
    if array.ndim == 2 and array.shape[1] == 1:
        return array[:, 0]
    raise ValueError(f"y should be a 1d array, got an array of shape {array.shape} instead ({name}).")


def row_weights(sample_weight: Any, y_true: Array) -> Array | None:
    """Return one weight per row, or None."""
    if sample_weight is None:
        return None
    weight = to_array(sample_weight, "sample_weight")
    return check_sample_weight(weight, check_lengths(y_true=y_true, sample_weight=weight))


def is_number(value: Any) -> bool:
    """Whether an argument is a real number, and not True or False."""
    return isinstance(value, Real) and not isinstance(value, bool)


def describe(y_true: Array) -> tuple[str, Array]:
    """Return the type of the labels, in scikit-learn's words, and the distinct labels in order (empty if unknown)."""
    if y_true.ndim != 1 or (y_true.dtype.kind == "O" and not isinstance(y_true[0], str)):
        return target_type(y_true, "y_true"), np.empty(0)
    labels = distinct_labels(y_true)
    return target_type(labels, "y_true"), labels


def distinct_labels(y_true: Array) -> Array:
    """Return the distinct labels in order. One pass, without sorting, for two classes and for small whole numbers."""
    try:
        if (two := _two_labels(y_true)) is not None:
            return two
    except TypeError:  # a missing value among text cannot be compared
        check_text(y_true, "y_true")
        raise
    check_finite(y_true, "y_true")
    if y_true.dtype.kind in "iu":
        low, high = int(y_true.min()), int(y_true.max())
        if high - low < WIDEST_RANGE:
            present = np.zeros(high - low + 1, dtype=bool)
            present[y_true - low] = True
            return (np.flatnonzero(present) + low).astype(y_true.dtype)
    if y_true.dtype.kind == "O":
        check_text(y_true, "y_true")
    return np.unique(y_true)


def _two_labels(y_true: Array) -> Array | None:
    """Return the distinct labels in order if there are one or two, and None if there are more, or NaN."""
    first = [0]
    for rows in chunks(len(y_true)):
        others = y_true[rows] != y_true[0]
        if len(first) == 1 and others.any():
            first.append(rows.start + int(others.argmax()))
        if len(first) == 2 and (others & (y_true[rows] != y_true[first[1]])).any():
            return None
    return np.sort(y_true[first])


def positive_label(y_true: Array, pos_label: Any) -> Any:
    """Return the label of the positive class of a binary problem: 1 unless `pos_label` says otherwise.

    Raises
    ------
    ValueError
        If the labels are not those of a binary problem, or not 0 and 1 (or −1 and 1) while `pos_label` is None.
    """
    if pos_label is not None and not isinstance(pos_label, Real | str | np.bool_):
        raise InvalidParameterError(
            f"The 'pos_label' parameter must be a number, a str, a bool or None. Got {pos_label!r} instead."
        )
    kind, labels = describe(y_true)
    if kind != "binary" and not (kind == "multiclass" and pos_label is not None):
        raise ValueError(f"{kind} format is not supported")
    if pos_label is None:
        if labels.dtype.kind not in "biuf" or labels.tolist() not in ([0, 1], [-1, 1], [0], [-1], [1]):
            raise ValueError(
                f"y_true takes value in {{{', '.join(map(repr, labels.tolist()))}}} and pos_label is not specified: "
                "either make y_true take value in {0, 1} or {-1, 1} or pass pos_label explicitly."
            )
        return 1
    return pos_label


def check_class_order(labels: Any, present: Array, end: str = "") -> Array:
    """Return the `labels` argument, which names the columns of the scores: each once, in order, none missing.

    `end` closes the messages, which scikit-learn ends differently from one metric to the next.
    """
    known = check_labels(labels, present)
    classes = np.unique(known)
    if len(classes) != len(known):
        raise ValueError(f"Parameter 'labels' must be unique{end}")
    if not np.array_equal(classes, known):
        raise ValueError(f"Parameter 'labels' must be ordered{end}")
    return classes


def check_known(present: Array, classes: Array, end: str = "") -> None:
    """Raise if a label of `y_true` is not among the classes."""
    unknown = present[~np.isin(present, classes)]
    if len(unknown):
        raise ValueError(f"'y_true' contains labels not in parameter 'labels'{end}")


def encode(y_true: Array, classes: Array) -> Array:
    """Return the position of each label among the ordered `classes`, which hold them all."""
    if y_true.dtype.kind in "iu" and classes.dtype.kind in "iu" and classes[-1] - classes[0] + 1 == len(classes):
        return np.asarray(y_true - classes[0])
    return np.searchsorted(classes, y_true)


BinaryMetric = Callable[[Array, Array, Array | None], float]


def average_columns(
    metric: BinaryMetric, y_true: Array, scores: Array, average: str | None, weight: Array | None
) -> Any:
    """Score each label of a multi-label problem on its own and average.

    Parameters
    ----------
    metric : callable
        The binary metric, called with the rows that are positive, the scores and the weights.
    y_true : bool array of shape (n, K)
        Which labels each row has.
    scores : array of shape (n, K)
    average : {"micro", "macro", "weighted", "samples"} or None
        Pool all entries, or score each label (for "samples" each row) and take the mean, for "weighted" by the number
        of rows that have the label.
    weight : array of shape (n,), optional
    """
    if scores.shape != y_true.shape:
        raise ValueError(f"y_true has shape {y_true.shape} but y_score has shape {scores.shape}.")
    if average == "micro":
        return metric(y_true.ravel(), scores.ravel(), None if weight is None else np.repeat(weight, y_true.shape[1]))
    entry_weight = None
    if average == "weighted":
        entry_weight = y_true.sum(axis=0) if weight is None else weight @ y_true
        if entry_weight.sum() == 0:
            return 0.0
    if average == "samples":
        each, entry_weight = np.array([metric(t, s, None) for t, s in zip(y_true, scores, strict=True)]), weight
    else:
        each = np.array([metric(t, s, weight) for t, s in zip(y_true.T, scores.T, strict=True)])
    if average is None:
        return each
    if entry_weight is not None:
        each[entry_weight == 0] = 0  # an undefined score that does not count must not spoil the mean
    return float(np.average(each, weights=entry_weight))
