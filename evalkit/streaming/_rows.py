"""Checks of a batch that the accumulators share, on top of `evalkit._core.inputs`."""

from __future__ import annotations

from typing import Any

import numpy as np

from evalkit._core.codes import NotWhole, OutOfRange, RangeEncoder
from evalkit._core.forecasts import Probabilities
from evalkit._core.inputs import Array, check_finite, check_lengths, check_text, numbers, to_array


def column(values: Any, name: str) -> Array:
    """Return a 1-D array; a column vector (n, 1) means the same as (n,)."""
    return _flat(to_array(values, name), name)


def _flat(array: Array, name: str) -> Array:
    if array.ndim == 2 and array.shape[1] == 1:
        array = array.reshape(-1)
    if array.ndim != 1:
        raise ValueError(f"{name} must be 1-D, got shape {array.shape}.")
    return array


def number_column(values: Any, name: str) -> Array:
    """Return a 1-D array of numbers, not yet checked for NaN and infinity."""
    return _flat(numbers(values, name), name)


def finite(values: Any, name: str) -> Array:
    """Return a 1-D array of finite numbers."""
    array = number_column(values, name)
    check_sum(array, name)
    return array


def check_sum(array: Array, name: str, start: int = 0) -> None:
    """Raise if a number is NaN or infinite, in one pass without a temporary array: either would show in the sum."""
    if array.dtype.kind == "f":
        with np.errstate(over="ignore", invalid="ignore"):
            total = array.sum()
        if not np.isfinite(total):
            check_finite(array, name, start)


class Classes:
    """A fixed list of labels, and the position of each row's label in it."""

    def __init__(self, labels: Any, num_classes: int | None = None) -> None:
        if num_classes is not None:
            if labels is not None:
                raise ValueError("Give labels or num_classes, not both.")
            labels = range(num_classes)
        array = column(list(labels), "labels")
        self.labels = tuple(array.tolist())
        if len(self.labels) < 2:
            raise ValueError(f"labels must hold at least two labels, got {list(self.labels)}.")
        if len(set(self.labels)) < len(self.labels):
            raise ValueError(f"labels must all be different, got {list(self.labels)}.")
        self._array = array
        self._order = np.argsort(array)
        consecutive = array.dtype.kind in "iu" and bool((np.diff(array.astype(object)) == 1).all())
        self.range = RangeEncoder(self.labels[0], self.labels[-1]) if consecutive else None

    def __len__(self) -> int:
        return len(self.labels)

    def codes(self, values: Any, name: str) -> Array:
        """Return the position in `labels` of each label, shape (n,).

        Raises
        ------
        ValueError
            If a label is not in the list, naming it and its index.
        """
        array = column(values, name)
        if not len(array):
            return np.empty(0, np.int64)
        if (array.dtype.kind in "OUT") != (self._array.dtype.kind in "OUT"):
            raise ValueError(
                "Mix of label input types (string and number); "
                f"{name} starts with {array[0]!r}, labels with {self.labels[0]!r}."
            )
        if self.range is not None and array.dtype.kind in "biuf":
            codes = np.empty(len(array), np.int64)
            try:
                self.range.encode(array, codes, name)
            except (OutOfRange, NotWhole):
                self.raise_for_unknown(array, name)
            return codes
        if array.dtype.kind == "O":
            place = {label: code for code, label in enumerate(self.labels)}
            try:
                return np.fromiter(map(place.__getitem__, array.tolist()), np.int64, len(array))
            except (KeyError, TypeError):  # the latter where an object cannot be a key
                self.raise_for_unknown(array, name)
        ordered = self._array[self._order]
        position = np.minimum(np.searchsorted(ordered, array), len(ordered) - 1)
        if (ordered[position] != array).any():
            self.raise_for_unknown(array, name)
        found: Array = self._order[position]
        return found

    def raise_for_unknown(self, array: Array, name: str) -> None:
        """Raise, naming the first label of `array` that is not in the list."""
        check_finite(array, name)
        if array.dtype.kind == "O":
            check_text(array, name)
        known = set(self.labels)
        for index, label in enumerate(array.tolist()):
            if label not in known:
                raise ValueError(f"{name} contains {label!r} at index {index}, which is not in labels.")

    def positives(self, values: Any, name: str = "y_true") -> Array:
        """Return whether each row has the second of two labels, the positive class; bool, shape (n,)."""
        if type(values) is np.ndarray and values.dtype == bool and self.labels == (0, 1):
            return column(values, name)
        positive: Array = self.codes(values, name) == 1
        return positive


def binary(labels: Any) -> Classes:
    """Return the two classes of a binary problem; the second is the positive class."""
    classes = Classes(labels)
    if len(classes) != 2:
        raise ValueError(f"labels must be [negative, positive], got {list(classes.labels)}.")
    return classes


def same_length(y_true: Array, other: Array, name: str) -> int:
    """Return the number of rows, or raise if the two arguments differ in it."""
    if len(y_true) == len(other):
        return len(y_true)
    return check_lengths(**{"y_true": y_true, name: other})


def probabilities(values: Any, num_classes: int) -> Probabilities:
    """Return numbers of shape (n,), of the positive class, or (n, num_classes); not yet checked to lie in [0, 1]."""
    array, tolerance = Probabilities.of(values)
    if num_classes == 2 and (array.ndim == 1 or array.shape[1:] == (1,)):
        return Probabilities(array.reshape(-1), tolerance)
    if array.ndim != 2 or array.shape[1] != num_classes:
        raise ValueError(f"y_proba must have shape (n, {num_classes}), a column per label; got {array.shape}.")
    return Probabilities(array, tolerance)
