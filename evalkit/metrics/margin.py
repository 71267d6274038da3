"""The hinge loss: did the right class win, and by a margin?

It judges scores that are no probabilities, such as those of a support vector machine. A right answer costs nothing only
if its score is ahead by 1 or more.

>>> hinge_loss([0, 1, 1], [-2.0, 0.5, -1.0])
0.8333333333333334
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evalkit._core.inputs import Array, check_finite, check_labels
from evalkit._core.scored import (
    check_known,
    check_scored,
    column,
    distinct_labels,
    encode,
    row_weights,
)


def hinge_loss(y_true: Any, pred_decision: Any, *, labels: Any = None, sample_weight: Any = None) -> float:
    """Return the mean of max(0, 1 − margin): how far each score falls short of a clear win for the true class.

    With two classes the margin is the score, with its sign changed where the true label is the first class. With more,
    it is the score of the true class minus the best score of another.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels.
    pred_decision : array-like of shape (n,) or (n, K)
        Scores, as from `decision_function`: above zero for the second of two classes in sorted order, and one column
        per class, in sorted order, where there are more.
    labels : array-like of shape (K,), optional
        All classes. Needed where `y_true` does not contain each of them.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.

    Returns
    -------
    float
        In units of the score; 0 is best.

    Raises
    ------
    ValueError
        If the input is empty or not finite, lengths differ, the columns do not fit the classes, a label is unknown, or
        only one class is known.

    Notes
    -----
    Where `y_true` holds only one class, scikit-learn takes it for the first, even if `labels` says that it is the
    second. Here `labels` decides, and without it such input is an error.

    :Formula: mean of max(0, 1 − margin)
    :Range: 0 upwards; lower is better
    :Misleads when: scores are on another scale: it moves although no label changes

    References
    ----------
    K. Crammer and Y. Singer, "On the algorithmic implementation of multiclass kernel-based vector machines", Journal of
    Machine Learning Research 2 (2001).

    Examples
    --------
    >>> hinge_loss(["cat", "dog"], [-0.5, 3.0])
    0.25
    >>> hinge_loss(["cat", "dog", "owl"], [[2.0, 0.5, 0.1], [0.3, 0.9, 0.0], [1.0, 0.0, 0.5]])
    0.6333333333333333
    """
    truth, scores = check_scored(y_true, pred_decision)
    truth = column(truth, "y_true")
    check_finite(scores, "pred_decision")
    weight = row_weights(sample_weight, truth)
    present = distinct_labels(truth)
    classes = present if labels is None else np.unique(check_labels(labels, present))
    check_known(present, classes)
    if len(classes) == 1:
        raise ValueError(f"y_true holds one class only, {classes[0]!r}: pass all classes as labels.")
    codes = encode(truth, classes)
    margin = _two_classes(codes, scores) if len(classes) == 2 else _many_classes(codes, scores, len(classes), labels)
    return float(np.average(np.maximum(0.0, 1.0 - margin), weights=weight))


def _two_classes(codes: Array, scores: Array) -> Array:
    return np.where(codes == 1, 1.0, -1.0) * column(scores, "pred_decision")


def _many_classes(codes: Array, scores: Array, n_classes: int, labels: Any) -> Array:
    if scores.ndim != 2 or scores.shape[1] != n_classes:
        if scores.ndim == 2 and labels is None:
            raise ValueError(
                f"pred_decision has {scores.shape[1]} columns for {n_classes} classes. "
                "Please include all labels in y_true or pass labels as third argument"
            )
        # scikit-learn's words, the missing space included: somebody may match them.
        cause = (
            "cannot be 1d arraywith a multiclass target."
            if scores.ndim == 1
            else "is not consistent with the number of classes. With a multiclass target,"
        )
        raise ValueError(
            f"The shape of pred_decision {cause} pred_decision shape must be (n_samples, n_classes), that is "
            f"({len(codes)}, {n_classes}). Got: {scores.shape}"
        )
    rows = np.arange(len(codes))
    others = np.array(scores, dtype=float)
    others[rows, codes] = -np.inf
    return np.asarray(scores[rows, codes] - others.max(axis=1))
