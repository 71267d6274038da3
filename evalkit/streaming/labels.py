"""Counts of predicted labels: the summary behind accuracy, precision, recall and all their relatives."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from evalkit._inputs import Array
from evalkit.metrics._encoders import CHUNK, OutOfRange, RangeEncoder
from evalkit.metrics.counting import ConfusionMatrix
from evalkit.streaming._rows import Classes, column, same_length
from evalkit.streaming.accumulator import Accumulator

LARGEST_WAITING_ROOM = 1 << 20  # codes, 8 MB


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
    Counts are int64: they stay exact up to 9·10¹⁸ rows, where a float32 counter stops at 16,777,216. Memory: 8 K²
    bytes, and, for more than 256 classes, as much again for codes that wait until adding them to the table pays.

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
        self._table = np.zeros((size, size), np.int64)
        # A table that is larger than a batch is expensive to add up, so codes wait until there are many of them.
        room = min(size * size, LARGEST_WAITING_ROOM) if size * size > CHUNK else 0
        self._waiting = np.empty(room, np.int64)
        self._n_waiting = 0

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
        if self._classes is not None and self._classes.range is not None and whole_numbers and len(true) <= CHUNK:
            self._count_few(true, pred, self._classes, self._classes.range)
        elif self._classes is None:
            batch = ConfusionMatrix.from_labels(true, pred)
            self._learnt = batch if self._learnt is None else self._learnt + batch
        else:
            self._table += ConfusionMatrix.from_labels(true, pred, self._classes.labels).table
        return self

    def _count_few(self, true: Array, pred: Array, classes: Classes, encoder: RangeEncoder) -> None:
        """Count a small batch of labels that are whole numbers in a row: code = true · K + predicted."""
        try:
            pairs = _codes(true, encoder, "y_true") * encoder.size
            pairs += _codes(pred, encoder, "y_pred")
        except OutOfRange:
            classes.raise_for_unknown(true, "y_true")
            classes.raise_for_unknown(pred, "y_pred")
        if not len(self._waiting):
            self._table += np.bincount(pairs, minlength=self._table.size).reshape(self._table.shape)
            return
        if self._n_waiting + len(pairs) > len(self._waiting):
            self._flush()
        self._waiting[self._n_waiting : self._n_waiting + len(pairs)] = pairs
        self._n_waiting += len(pairs)

    def _flush(self) -> None:
        """Add the waiting codes to the table."""
        if self._n_waiting:
            codes = self._waiting[: self._n_waiting]
            self._table += np.bincount(codes, minlength=self._table.size).reshape(self._table.shape)
            self._n_waiting = 0

    def merge(self, other: Self) -> Self:
        """Return the counts of the rows of both."""
        self._check_same_kind(other)
        merged = self.empty()
        if self._classes is None:
            parts = [part for part in (self._learnt, other._learnt) if part is not None]
            merged._learnt = parts[0] + parts[1] if len(parts) == 2 else parts[0] if parts else None
        else:
            self._flush()
            other._flush()
            merged._table = self._table + other._table
        return merged

    def compute(self) -> ConfusionMatrix:
        """Return the counts. With no rows, every rate of the matrix is nan.

        Raises
        ------
        ValueError
            If there were neither `labels` nor rows, so that the labels are not known.
        """
        if self._classes is not None:
            self._flush()
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


def _codes(values: Array, encoder: RangeEncoder, name: str) -> Array:
    """Return the distance of whole numbers to the smallest label."""
    if encoder.low == 0 and values.dtype == np.int64:  # they are codes already, if they are in the range
        if values.view(np.uint64).max() >= encoder.size:
            raise OutOfRange
        return values
    codes = np.empty(len(values), np.int64)
    encoder.encode(values, codes, name)
    return codes
