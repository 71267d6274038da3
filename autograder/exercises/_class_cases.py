"""Labels with given counts, and tables of several classes that tell the averages apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def from_table(rng: np.random.Generator, table: Any, labels: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """True and predicted labels, in random order, with the counts of a table: rows the truth, columns the prediction.

    >>> from_table(np.random.default_rng(0), [[0, 2], [0, 0]], ["cat", "dog"])
    (array(['cat', 'cat'], dtype='<U3'), array(['dog', 'dog'], dtype='<U3'))
    """
    counts, names = np.asarray(table), np.asarray(labels)
    rows, columns = np.indices(counts.shape)
    order = rng.permutation(int(counts.sum()))
    y_true = np.repeat(names[rows.ravel()], counts.ravel())
    y_pred = np.repeat(names[columns.ravel()], counts.ravel())
    return y_true[order], y_pred[order]


def from_counts(
    rng: np.random.Generator, tp: int, fn: int, fp: int, tn: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """0/1 labels and predictions, in random order, with these counts."""
    return from_table(rng, [[tn, fp], [fn, tp]], [0, 1])


def three_uneven_classes(rng: np.random.Generator) -> NDArray[np.int64]:
    """A table of three classes of different size, the smallest mostly taken for the largest."""
    a, b, c = rng.integers(0, 3, size=3)
    return np.array([[18 + a, 2, 1], [4, 7 + b, 2], [4, 1 + c, 2]])


def never_predicted(rng: np.random.Generator) -> NDArray[np.int64]:
    """A table in which the third class occurs in the truth and is never predicted."""
    a, b = rng.integers(0, 3, size=2)
    return np.array([[9 + a, 3, 0], [1, 8 + b, 0], [2, 3, 0]])


def never_true(rng: np.random.Generator) -> NDArray[np.int64]:
    """A table in which the third class is predicted and never occurs in the truth."""
    a, b = rng.integers(0, 3, size=2)
    return np.array([[8 + a, 1, 2], [3, 6 + b, 3], [0, 0, 0]])


def once_each(rng: np.random.Generator) -> NDArray[np.int64]:
    """A table in which one class is predicted once, rightly, one occurs once, and one occurs once and is missed."""
    a, b = rng.integers(0, 4, size=2)
    return np.array([[7 + a, 2, 0, 1, 0], [3, 5 + b, 0, 0, 0], [2, 0, 1, 0, 0], [0, 0, 0, 1, 0], [1, 0, 0, 0, 0]])
