"""Counts of predicted labels: the summary behind accuracy, precision, recall and all their relatives."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from evalkit._core.codes import ROWS_AT_ONCE, OutOfRange, RangeEncoder, codes_of
from evalkit._core.counts import add_one_at, counter_for
from evalkit._core.inputs import Array
from evalkit.metrics.counting import ConfusionMatrix
from evalkit.streaming._rows import Classes, column, same_length
from evalkit.streaming.accumulator import Accumulator


class LabelCounts(Accumulator):
    """Count (true label, predicted label) pairs. `compute()` returns a `ConfusionMatrix`.

    Parameters
    ----------
    labels : sequence of K labels, optional
        All labels there are, in the order wanted; with two, the positive class comes last.
    num_classes : int, optional
        The same as `labels=range(num_classes)`. With neither, labels are learnt from the data and sorted.

    Notes
    -----
    Counts are whole numbers: they stay exact up to 9·10¹⁸ rows, where a float32 counter stops at 16,777,216. Memory:
    4 K² bytes up to two billion rows, then 8 K².

    Examples
    --------
    >>> counts = LabelCounts(labels=["cat", "dog"])
    >>> counts.update(["cat", "dog"], ["cat", "cat"]).update(["dog"], ["dog"]).compute().table
    array([[1, 0],
           [1, 1]])
    """

    def __init__(self, labels: Any = None, num_classes: int | None = None) -> None:
        self._classes = None if labels is None and num_classes is None else Classes(labels, num_classes)
        self._learnt: ConfusionMatrix | None = None
        size = 0 if self._classes is None else len(self._classes)
        self._table = np.zeros((size, size), counter_for(0))
        self._n_rows = 0  # in the table while it is int32

    def update(self, y_true: Any, y_pred: Any) -> Self:
        """Count a batch of true and predicted labels, each of shape (n,).

        Raises
        ------
        ValueError
            If the lengths differ, a label is missing, or a label is not among `labels`.
        """
        true, pred = column(y_true, "y_true"), column(y_pred, "y_pred")
        if not same_length(true, pred, "y_pred"):
            return self
        whole_numbers = true.dtype.kind in "biu" and pred.dtype.kind in "biu"
        if (
            self._classes is not None
            and self._classes.range is not None
            and whole_numbers
            and len(true) <= ROWS_AT_ONCE
        ):
            self._count_few(true, pred, self._classes, self._classes.range)
        elif self._classes is None:
            batch = ConfusionMatrix.from_labels(true, pred)
            self._learnt = batch if self._learnt is None else self._learnt + batch
        else:
            self._table = self._table + ConfusionMatrix.from_labels(true, pred, self._classes.labels).table
        return self

    def _count_few(self, true: Array, pred: Array, classes: Classes, encoder: RangeEncoder) -> None:
        """Count a small batch of labels that are whole numbers in a row: code = true · K + predicted."""
        try:
            buffer = np.empty(len(true), np.int64)
            pairs = codes_of(encoder, true, buffer, "y_true") * encoder.size
            pairs += codes_of(encoder, pred, buffer, "y_pred")
        except OutOfRange:
            classes.raise_for_unknown(true, "y_true")
            classes.raise_for_unknown(pred, "y_pred")
        self._n_rows += len(pairs)
        if counter_for(self._n_rows) is np.int64:
            self._table = self._table.astype(np.int64, copy=False)
        add_one_at(self._table.reshape(-1), pairs)

    def merge(self, other: Self) -> Self:
        """Return the counts of the rows of both."""
        self._check_same_kind(other)
        merged = self.empty()
        if self._classes is None:
            parts = [part for part in (self._learnt, other._learnt) if part is not None]
            merged._learnt = parts[0] + parts[1] if len(parts) == 2 else parts[0] if parts else None
        else:
            merged._table = self._table.astype(np.int64) + other._table
        return merged

    def compute(self) -> ConfusionMatrix:
        """Return the counts. With no rows, every rate of the matrix is nan.

        Raises
        ------
        ValueError
            If there were neither `labels` nor rows, so that the labels are not known.
        """
        if self._classes is not None:
            return ConfusionMatrix(self._table, self._classes.labels)
        if self._learnt is None:
            raise ValueError("No rows yet, and no labels: the shape of the matrix is not known.")
        return self._learnt

    def _settings(self) -> dict[str, Any]:
        return {"labels": None if self._classes is None else list(self._classes.labels)}

    def _state(self) -> dict[str, Any]:
        return {"matrix": None if self._classes is None and self._learnt is None else self.compute().to_dict()}

    def _restore(self, state: dict[str, Any]) -> None:
        matrix = None if state["matrix"] is None else ConfusionMatrix.from_dict(state["matrix"])
        if self._classes is None:
            self._learnt = matrix
        elif matrix is not None:
            self._table = matrix.table.copy()
