"""Counting functions with scikit-learn's names. **Rows are the truth, columns the prediction.**

>>> confusion_matrix(["cat", "dog", "dog"], ["cat", "dog", "cat"])
array([[1, 0],
       [1, 1]])
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evalkit._core.counts import count_pairs
from evalkit._core.inputs import Array, check_choice, check_labels, check_targets
from evalkit._core.warn import warn
from evalkit.metrics._averaging import counts_per_class
from evalkit.metrics.matrix import ConfusionMatrix, select_table
from evalkit.metrics.rates import Normalize, normalized

__all__ = ["ConfusionMatrix", "confusion_matrix", "multilabel_confusion_matrix"]

EXACT = 1 << 53  # up to here float64, in which weights are added up, holds every whole number


def confusion_matrix(
    y_true: Any, y_pred: Any, *, labels: Any = None, sample_weight: Any = None, normalize: Normalize | None = None
) -> Array:
    """Count true against predicted labels, as `sklearn.metrics.confusion_matrix` does.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted labels.
    labels : array-like of shape (K,), optional
        The labels to keep, in the order wanted. **Rows with any other label are left out**, as in scikit-learn;
        `ConfusionMatrix.from_labels` raises instead. By default all labels that occur, sorted.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.
    normalize : {"true", "pred", "all"}, optional
        Divide by the row sums, the column sums or the total. An empty row or column gives zeros.

    Returns
    -------
    array of shape (K, K)
        Rows are the truth, columns the prediction. int64, or float64 with fractional weights or `normalize`.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, a label is missing, no label of `labels` occurs in `y_true`, or whole
        weights add up to more than 2⁵³.

    Examples
    --------
    >>> confusion_matrix([2, 0, 2, 2, 0, 1], [0, 0, 2, 2, 0, 2])
    array([[2, 0, 0],
           [0, 0, 1],
           [1, 0, 2]])
    >>> tn, fp, fn, tp = confusion_matrix([0, 1, 0, 1], [1, 1, 1, 0]).ravel().tolist()
    >>> tn, fp, fn, tp
    (0, 2, 1, 1)
    """
    check_choice(normalize, "normalize", ("true", "pred", "all", None))
    targets = check_targets(y_true, y_pred, sample_weight)
    if targets.multilabel:
        raise ValueError("multilabel-indicator is not supported")
    pairs = count_pairs(targets)
    table = pairs.table
    if labels is not None:
        chosen = check_labels(labels, pairs.labels).tolist()
        if not chosen:
            raise ValueError("'labels' should contain at least one label.")
        if len(set(chosen)) < len(chosen):
            raise ValueError(f"labels must all be different, got {chosen}.")
        if not np.isin(targets.y_true, chosen).any():
            raise ValueError("At least one label specified must be in y_true")
        table = select_table(pairs, chosen)
    if targets.sample_weight is not None and targets.sample_weight.dtype.kind in "biu":
        if table.max() > EXACT:
            raise ValueError(f"sample_weight adds up to more than {EXACT}, above which whole numbers lose digits.")
        table = table.astype(np.int64)  # whole weights give whole counts
    if normalize is not None:
        table = normalized(table, normalize)
    if table.shape == (1, 1):
        warn(
            "A single label was found in 'y_true' and 'y_pred'. For the confusion matrix to have the correct shape, "
            "use the 'labels' parameter to pass all known labels."
        )
    return table


def multilabel_confusion_matrix(
    y_true: Any, y_pred: Any, *, sample_weight: Any = None, labels: Any = None, samplewise: bool = False
) -> Array:
    """Return one 2 × 2 matrix [[TN, FP], [FN, TP]] per class, or per row, as scikit-learn's function does.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, K)
        Labels, or indicators that are non-zero where the row has the class.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.
    labels : array-like, optional
        The classes wanted, in order; for indicators, column numbers.
    samplewise : bool
        One matrix per row instead of per class; for indicators only.

    Returns
    -------
    array of shape (K, 2, 2) or (n, 2, 2)

    Raises
    ------
    ValueError
        As `confusion_matrix`; or if `samplewise` is asked of labels that are no indicators.

    Examples
    --------
    >>> multilabel_confusion_matrix([[1, 0, 1], [0, 1, 0]], [[1, 0, 0], [0, 1, 1]]).tolist()
    [[[1, 0], [0, 1]], [[1, 0], [0, 1]], [[0, 1], [1, 0]]]
    """
    counts = counts_per_class(y_true, y_pred, sample_weight, labels, samplewise)
    tp = counts.hits
    fp, fn = counts.predictions - tp, counts.truths - tp
    return np.stack([counts.rows - tp - fp - fn, fp, fn, tp], axis=-1).reshape(-1, 2, 2)
