"""The rates of a confusion matrix: every one a fraction of its counts.

A rate whose denominator is zero (precision, when nothing was predicted positive) is `nan`: it has no value, and nothing
is put in its place.

The names follow T. Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27 (2006).
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from evalkit._core.inputs import Array, check_choice

Normalize = Literal["true", "pred", "all"]
Label = str | int | float | bool


class Rates:
    """Rates of a table of counts, which `ConfusionMatrix` inherits. Rows are the truth, columns the prediction."""

    table: Array
    labels: tuple[Label, ...]

    # --------------------------------------------------------------------------------------- any number of classes
    @property
    def support(self) -> Array:
        """Rows of each true label, shape (K,)."""
        support: Array = self.table.sum(axis=1)
        return support

    @property
    def total(self) -> int | float:
        """All rows, or the sum of their weights."""
        return _number(self.table.sum())

    @property
    def accuracy(self) -> float:
        """The share of rows whose predicted label is the true one: the diagonal over everything."""
        return _ratio(self.table.trace(), self.table.sum())

    @property
    def error_rate(self) -> float:
        """The share of rows with a wrong label: 1 − accuracy."""
        return _ratio(self.table.sum() - self.table.trace(), self.table.sum())

    @property
    def balanced_accuracy(self) -> float:
        """The mean recall of the classes that have true rows."""
        support = self.support
        return float(np.mean(self.table.diagonal()[support != 0] / support[support != 0])) if support.any() else np.nan

    def normalize(self, by: Normalize) -> Array:
        """Return shares instead of counts, shape (K, K).

        Parameters
        ----------
        by : {"true", "pred", "all"}
            Each row sums to 1, so the diagonal is recall; each column sums to 1, so the diagonal is precision; or
            everything sums to 1. A row or column without counts stays 0.
        """
        check_choice(by, "by", ("true", "pred", "all"))
        return normalized(self.table, by)

    # ------------------------------------------------------------------------------ two classes: labels[1] is positive
    def _cell(self, row: int, column: int) -> int | float:
        if len(self.labels) != 2:
            raise ValueError(f"This needs two classes and there are {len(self.labels)}: ask one_vs_rest(label) first.")
        return _number(self.table[row, column])

    @property
    def tp(self) -> int | float:
        """True positives: positive, and called positive."""
        return self._cell(1, 1)

    @property
    def fp(self) -> int | float:
        """False positives: negative, but called positive."""
        return self._cell(0, 1)

    @property
    def fn(self) -> int | float:
        """False negatives: positive, but called negative."""
        return self._cell(1, 0)

    @property
    def tn(self) -> int | float:
        """True negatives: negative, and called negative."""
        return self._cell(0, 0)

    @property
    def precision(self) -> float:
        """Of the rows called positive, the share that is: TP / (TP + FP)."""
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        """Of the positive rows, the share that was found: TP / (TP + FN). Also sensitivity, true positive rate."""
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def specificity(self) -> float:
        """Of the negative rows, the share called negative: TN / (TN + FP). Also true negative rate."""
        return _ratio(self.tn, self.tn + self.fp)

    @property
    def false_positive_rate(self) -> float:
        """Of the negative rows, the share called positive: FP / (TN + FP) = 1 − specificity."""
        return _ratio(self.fp, self.tn + self.fp)

    @property
    def false_negative_rate(self) -> float:
        """Of the positive rows, the share missed: FN / (TP + FN) = 1 − recall."""
        return _ratio(self.fn, self.tp + self.fn)

    @property
    def negative_predictive_value(self) -> float:
        """Of the rows called negative, the share that is: TN / (TN + FN)."""
        return _ratio(self.tn, self.tn + self.fn)

    @property
    def prevalence(self) -> float:
        """The share of rows that are positive: (TP + FN) / all."""
        return _ratio(self.tp + self.fn, self.table.sum())

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall: 2 TP / (2 TP + FN + FP)."""
        return self.fbeta(1.0)

    def fbeta(self, beta: float) -> float:
        """Weigh recall `beta` times as much as precision: (1 + β²) TP / ((1 + β²) TP + β² FN + FP).

        C. J. van Rijsbergen, Information Retrieval (1979), chapter 7.
        """
        gain = (1 + beta**2) * self.tp
        return _ratio(gain, gain + beta**2 * self.fn + self.fp)


def normalized(table: Array, by: Normalize) -> Array:
    axis = {"true": 1, "pred": 0, "all": None}[by]
    with np.errstate(all="ignore"):
        shares: Array = np.nan_to_num(table / table.sum(axis=axis, keepdims=True))
    return shares


def _number(value: Any) -> int | float:
    number: int | float = value.item()
    return number


def _ratio(part: Any, whole: Any) -> float:
    return float(part / whole) if whole != 0 else float("nan")
