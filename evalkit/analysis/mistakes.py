"""Mistakes: which two classes a model mixes up, and which single answers were the most wrong.

>>> print(most_confused([[45, 5], [3, 47]], ["cat", "dog"])[0])
cat called dog: 5 of 50 (10.0 %)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit._core.inputs import Array, check_finite, check_lengths, numbers, to_array

ROUNDING = 1e-5  # beyond 0 and 1, as a softmax in half precision may give


@dataclass(frozen=True)
class ConfusedPair:
    """One cell of a confusion matrix off its diagonal: a label, what it was taken for, and how often.

    `share` is the share of the samples of the true label.
    """

    true: Any
    predicted: Any
    count: float
    share: float

    def __str__(self) -> str:
        total = self.count / self.share
        return f"{self.true} called {self.predicted}: {self.count:g} of {total:g} ({100 * self.share:.1f} %)"


@dataclass(frozen=True)
class Mistake:
    """One wrong answer.

    Parameters
    ----------
    index : int
        The row.
    true, predicted : label
    probability_true, probability_predicted : float
        What the model gave to the true label, and to the one that it chose.
    """

    index: int
    true: Any
    predicted: Any
    probability_true: float
    probability_predicted: float

    def __str__(self) -> str:
        return f"row {self.index}: {self.true} called {self.predicted} with {100 * self.probability_predicted:.0f} %"


def most_confused(table: Any, labels: Any, n: int = 5) -> tuple[ConfusedPair, ...]:
    """Return the cells of a confusion matrix that hold the most mistakes, the largest first.

    Parameters
    ----------
    table : array-like of shape (K, K)
        Rows are the truth, columns the prediction.
    labels : sequence of K labels
        Of the rows and columns.
    n : int
        How many cells, at most.

    Returns
    -------
    tuple of ConfusedPair
        Cells that hold nothing are left out, so it can be shorter, or empty. Cats called dogs and dogs called cats are
        two cells. Of equal counts the first in reading order, row by row, comes first.

    Raises
    ------
    ValueError
        If the table is not square, does not fit the labels, or holds a negative number or one that is not finite.

    Examples
    --------
    >>> for pair in most_confused([[8, 2, 0], [5, 4, 1], [0, 0, 9]], ["cat", "dog", "fox"], n=2):
    ...     print(pair)
    dog called cat: 5 of 10 (50.0 %)
    cat called dog: 2 of 10 (20.0 %)
    """
    counts, names = numbers(table, "table"), list(labels)
    if counts.shape != (len(names), len(names)):
        raise ValueError(f"table must have a row and a column for each of {len(names)} labels, got {counts.shape}.")
    check_finite(counts, "table")
    if (counts < 0).any():
        raise ValueError("table must not hold negative numbers.")
    _check_n(n)
    wrong = np.where(np.eye(len(names), dtype=bool), 0, counts)
    order = np.argsort(-wrong.astype(np.float64), axis=None, kind="stable")[:n]
    rows, columns = np.unravel_index(order, wrong.shape)
    return tuple(
        ConfusedPair(names[i], names[j], counts[i, j].item(), float(counts[i, j] / counts[i].sum()))
        for i, j in zip(rows, columns, strict=True)
        if wrong[i, j] > 0
    )


def worst_mistakes(y_true: Any, y_proba: Any, n: int = 10, labels: Any = None) -> tuple[Mistake, ...]:
    """Return the wrong answers to which the model gave the least probability of being right, the worst first.

    They are the mistakes with the highest log loss.

    Parameters
    ----------
    y_true : array-like of shape (rows,)
        True labels.
    y_proba : array-like of shape (rows, K)
        The probability of each label. The highest is the prediction; of equal ones the first.
    n : int
        How many mistakes, at most.
    labels : sequence of K labels, optional
        Of the columns. By default 0, 1, 2 …

    Returns
    -------
    tuple of Mistake
        Shorter where there are fewer mistakes. Of equally bad ones the first row comes first.

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite or no probability (logits are not), or a true label has no column.

    Examples
    --------
    >>> proba = [[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.4, 0.6]]
    >>> for mistake in worst_mistakes([1, 1, 1, 0], proba, labels=[0, 1]):
    ...     print(mistake)
    row 0: 1 called 0 with 90 %
    row 1: 1 called 0 with 70 %
    row 3: 0 called 1 with 60 %
    """
    truth, proba = to_array(y_true, "y_true"), numbers(y_proba, "y_proba")
    if proba.ndim != 2 or truth.ndim != 1:
        raise ValueError(f"y_true must have shape (n,) and y_proba (n, K); got {truth.shape} and {proba.shape}.")
    check_lengths(y_true=truth, y_proba=proba)
    check_finite(proba, "y_proba")
    if proba.size and not -ROUNDING <= proba.min() <= proba.max() <= 1 + ROUNDING:
        raise ValueError(
            f"y_proba must hold probabilities, from 0 to 1, and holds values from {proba.min():g} to {proba.max():g}: "
            "if they are logits, take their softmax first, such as torch.softmax(logits, dim=1)."
        )
    _check_n(n)
    names = list(range(proba.shape[1])) if labels is None else list(labels)
    if len(names) != proba.shape[1]:
        raise ValueError(f"labels names {len(names)} columns, but y_proba has {proba.shape[1]}.")
    column = _columns(truth, names)
    called = proba.argmax(axis=1)
    right = proba[np.arange(len(truth)), column]
    wrong = np.flatnonzero(called != column)
    worst = wrong[np.argsort(right[wrong], kind="stable")][:n]
    return tuple(
        Mistake(int(i), names[column[i]], names[called[i]], float(right[i]), float(proba[i, called[i]])) for i in worst
    )


def _columns(truth: Array, names: list[Any]) -> Array:
    """The column of each true label."""
    place = {name: i for i, name in enumerate(names)}
    unknown = [label for label in dict.fromkeys(truth.tolist()) if label not in place]
    if unknown:
        raise ValueError(f"y_true holds {unknown[0]!r}, which no column of y_proba stands for: {names}.")
    return np.array([place[label] for label in truth.tolist()], dtype=np.int64)


def _check_n(n: int) -> None:
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}.")
