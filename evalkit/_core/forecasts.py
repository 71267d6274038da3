"""True labels and the probabilities that a model gave them, checked and read in chunks.

A *forecast* is a row of probabilities, one per class, whose columns follow the sorted labels. With two classes one
column says it all: the probability of the positive class.

Log-loss, the Brier score and calibration all read forecasts through this module. A chunk is converted to float64 and
checked while it is in the processor's cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from evalkit._core.codes import ROWS_AT_ONCE, bincount, chunks, make_encoder
from evalkit._core.counts import count_classes
from evalkit._core.inputs import (
    Array,
    InvalidParameterError,
    check_finite,
    check_labels,
    check_lengths,
    check_sample_weight,
    check_targets,
    numbers,
    precision_of,
    to_array,
    total_weight,
)
from evalkit._core.sums import WeightedMean
from evalkit._core.warn import warn


@dataclass(frozen=True)
class Part:
    """A chunk of forecasts: probabilities (rows,) or (rows, K) in float64 and the true class of each row.

    `truth` holds the column of the true class, shape (rows,); or, for multi-label truth, indicators (rows, K).
    """

    truth: Array
    proba: Array
    weight: Array | None

    def of_truth(self) -> Array:
        """Return the probability given to the class that was true, shape (rows,)."""
        if self.proba.ndim == 1:
            # |p − 0| for a positive row and |p − 1| for a negative one, without a branch.
            given: Array = self.proba - (self.truth == 0)
            return np.abs(given, out=given)
        chosen: Array = self.proba[np.arange(len(self.truth)), self.truth]
        return chosen


@dataclass(frozen=True)
class Forecast:
    """Checked arguments. `columns` says which column belongs to each label; None if `y_true` holds columns already.

    `tolerance` is how far the probabilities of a row may be from adding up to one.
    """

    y_true: Array
    proba: Array
    weight: Array | None = None
    columns: dict[Any, int] | None = None
    tolerance: float = 0.0

    def parts(self, rows_at_once: int = ROWS_AT_ONCE) -> Iterator[Part]:
        """Yield the chunks in order, each of so many rows if it has one column.

        Raises
        ------
        ValueError
            If a probability is NaN or outside [0, 1].
        """
        width = 1 if self.proba.ndim == 1 else self.proba.shape[1]
        indicators = self.y_true.ndim == 2
        column_of = None if indicators or self.columns is None else _ColumnFinder(self.y_true, self.columns)
        off = False
        for rows in chunks(len(self.proba), max(1, rows_at_once // width)):
            proba = self.proba[rows].astype(np.float64, copy=False)
            _check_range(proba, rows.start)
            if proba.ndim == 2:
                off = off or bool((np.abs(proba.sum(axis=1) - 1) > self.tolerance).any())
            truth = self.y_true[rows]
            if indicators:
                truth = truth != 0
            elif column_of is not None:
                truth = column_of(truth)
            yield Part(truth, proba, None if self.weight is None else self.weight[rows])
        if off:
            warn("The y_prob values do not sum to one. Make sure to pass probabilities.")

    def mean_of(self, score: Callable[[Part], Array]) -> WeightedMean:
        """Add up the score of every row, with weights if there are any."""
        result = WeightedMean()
        for part in self.parts():
            result += WeightedMean.of(score(part), part.weight)
        return result

    def of_class_shares(self) -> Forecast:
        """Return the forecast that gives every row the share of each class: one row, seen n times without a copy."""
        n_columns = 2 if self.proba.ndim == 1 else self.proba.shape[1]

        def always(row: Array) -> Forecast:
            values = row[1] if self.proba.ndim == 1 else row
            return replace(self, proba=np.broadcast_to(values, self.proba.shape))

        shares = np.zeros(n_columns)
        for part in always(np.full(n_columns, 1 / n_columns)).parts():  # any forecast will do: only the truth counts
            if part.truth.ndim == 2:
                shares += part.truth.sum(axis=0) if part.weight is None else part.weight @ part.truth
            else:
                shares += bincount(part.truth, weights=part.weight, minlength=n_columns)
        return always(shares / total_weight(self.weight, len(self.proba)))


def check_forecast(y_true: Any, y_proba: Any, sample_weight: Any, labels: Any) -> Forecast:
    """Check labels against one probability per class; a single column is the probability of the second class.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, or the labels do not fit the columns.
    """
    truth, (proba, tolerance), weight = _check_arrays(y_true, y_proba, sample_weight)
    try:
        targets = check_targets(truth, truth)
    except ValueError as error:
        if "multioutput" not in str(error):
            raise
        raise ValueError(f"Multioutput target data is not supported (y_true): {error}") from error
    n_columns = 2 if proba.ndim == 1 else proba.shape[1]
    if targets.multilabel:
        if labels is not None:
            raise ValueError("labels does not go with multi-label indicators in y_true, whose columns are the labels.")
        found = np.arange(truth.shape[1])
        if proba.ndim == 1:
            raise ValueError(f"y_true has {len(found)} columns and y_proba has one.")
    else:
        found = count_classes(targets).labels
    classes = found if labels is None else _sorted_labels(labels, found)
    if len(classes) == 1:
        raise ValueError(
            f"y_true contains only one label ({classes[0]}). Please provide the list of all expected class labels "
            "explicitly through the labels argument."
            if labels is None
            else f"The labels array needs to contain at least two labels, got {classes}."
        )
    if len(classes) != n_columns:
        raise ValueError(
            f"y_true and y_prob contain different number of classes: {len(classes)} vs {n_columns}. Please provide "
            f"the true labels explicitly through the labels argument. Classes found in y_true: {classes}"
            if labels is None
            else f"The number of classes in labels is different from that in y_prob. Classes found in labels: {classes}"
        )
    columns = {label: column for column, label in enumerate(classes.tolist())}
    return Forecast(targets.y_true, proba, weight, columns, tolerance)


def check_binary_forecast(
    y_true: Any, y_proba: Any, sample_weight: Any, pos_label: Any, any_numbers: bool = False
) -> Forecast:
    """Check labels against the probability of the positive class.

    With `any_numbers`, the larger of two numbers is the positive class when `pos_label` is None; otherwise the labels
    must then be 0 and 1, or −1 and 1.
    """
    truth, (proba, _), weight = _check_arrays(y_true, y_proba, sample_weight)
    if proba.ndim != 1:
        raise ValueError(f"y_proba should be a 1d array, got an array of shape {proba.shape} instead.")
    targets = check_targets(truth, truth)
    if targets.multilabel:
        raise ValueError(f"y_true should be a 1d array, got an array of shape {truth.shape} instead.")
    found = count_classes(targets).labels
    if len(found) > 2:
        raise ValueError(
            "Only binary classification is supported. The type of the target inferred from y_true is multiclass but "
            f"should be binary according to the shape of y_prob. Labels found: {found}."
        )
    positive = _positive_label(found, pos_label, any_numbers)
    columns = {label: int(label == positive) for label in found.tolist()}
    return Forecast(targets.y_true, proba, weight, columns)


# ---------------------------------------------------------------------------------------------------------- arguments
class Probabilities(NamedTuple):
    """Numbers of shape (n,) or (n, K), and how far those of a row may be from adding up to one.

    The tolerance follows the precision in which the numbers came: softmax in half precision adds up to 1.002.
    """

    values: Array
    tolerance: float

    @classmethod
    def of(cls, y_proba: Any, name: str = "y_proba") -> Probabilities:
        """Convert any array-like; what has been converted already is returned as it is."""
        if isinstance(y_proba, Probabilities):
            return y_proba
        array = numbers(y_proba, name)
        return cls(array, sum_tolerance(y_proba, array))

    @property
    def one_column(self) -> bool:
        """Whether there is one number per row."""
        return self.values.ndim == 1 or (self.values.ndim == 2 and self.values.shape[1] == 1)


def sum_tolerance(values: Any, array: Array) -> float:
    """Return how far a row of probabilities may be from adding up to one: scikit-learn's 1e-8 + √eps."""
    return 1e-8 + math.sqrt(precision_of(values, array))


def _check_arrays(y_true: Any, y_proba: Any, sample_weight: Any) -> tuple[Array, Probabilities, Array | None]:
    (proba, tolerance), truth = Probabilities.of(y_proba), to_array(y_true, "y_true")
    weight = None if sample_weight is None else to_array(sample_weight, "sample_weight")
    if proba.ndim > 2:
        raise ValueError(f"Found array with dim {proba.ndim}, while dim <= 2 is required (y_proba).")
    if proba.size == 0:
        raise ValueError(
            f"Found array with 0 sample(s) (shape={proba.shape}) while a minimum of 1 is required (y_proba)."
        )
    n_rows = check_lengths(y_proba=proba, y_true=truth, sample_weight=weight)
    if proba.ndim == 2 and proba.shape[1] == 1:
        proba = proba.reshape(-1)
    return truth, Probabilities(proba, tolerance), check_sample_weight(weight, n_rows)


def _check_range(proba: Array, start: int) -> None:
    """Raise unless all are probabilities. NaN fails every comparison, so one look at the extremes finds it, too."""
    low, high = proba.min(), proba.max()
    if low >= 0 and high <= 1:
        return
    check_finite(proba, "y_proba", start)
    what, extreme = ("greater than 1", high) if high > 1 else ("less than 0", low)
    row, *column = np.argwhere(proba == extreme)[0].tolist()
    where = ", ".join(map(str, (start + row, *column)))
    raise ValueError(f"y_prob contains values {what}: {extreme} (y_proba). It is at index {where}.")


def _sorted_labels(labels: Any, found: Array) -> Array:
    """Return the labels given, sorted as the columns are, and check that all labels found are among them."""
    given = check_labels(labels, found)
    classes: Array = np.unique(given)
    if len(classes) < len(given):
        raise ValueError(f"labels must all be different, got {given.tolist()}.")
    if (classes != given).any():
        warn(
            f"Labels passed were {labels}. But this function assumes labels are ordered lexicographically. "
            f"Pass the ordered labels={classes.tolist()} and ensure that the columns of y_prob correspond to this "
            "ordering."
        )
    unknown = set(found.tolist()) - set(classes.tolist())
    if unknown:
        raise ValueError(f"y_true contains values {unknown} not belonging to the passed labels {labels}.")
    return classes


def _positive_label(found: Array, pos_label: Any, any_numbers: bool) -> Any:
    if pos_label is None:
        values = found.tolist()
        if isinstance(values[0], str) or not (any_numbers or set(values) <= {0, 1} or set(values) <= {-1, 1}):
            listed = ", ".join(map(repr, values))
            raise ValueError(
                f"y_true takes value in {{{listed}}} and pos_label is not specified: either make y_true take value in "
                "{0, 1} or {-1, 1} or pass pos_label explicitly."
            )
        return 1 if set(values) <= {0, 1} or set(values) <= {-1, 1} else values[-1]
    if not isinstance(pos_label, Real | str | np.bool_):
        raise InvalidParameterError(f"The 'pos_label' parameter must be a label or None. Got {pos_label!r} instead.")
    if isinstance(pos_label, str) != isinstance(found.tolist()[0], str):
        raise ValueError(f"Mix of label input types (string and number): pos_label={pos_label!r}, y_true has {found}.")
    return pos_label


class _ColumnFinder:
    """Turns a chunk of labels into the columns of their classes."""

    def __init__(self, y_true: Array, columns: dict[Any, int]) -> None:
        self._columns = columns
        self._encoder = make_encoder(np.array(list(columns)), y_true)
        self._column_of_code = np.empty(0, np.int64)

    def __call__(self, chunk: Array) -> Array:
        codes = np.empty(len(chunk), np.int64)
        self._encoder.encode(chunk, codes, "y_true")
        if len(self._column_of_code) < self._encoder.size:
            # A range of whole numbers has gaps, labels that do not occur: their code is never looked up.
            known = self._encoder.labels().tolist()
            self._column_of_code = np.array([self._columns.get(label, -1) for label in known])
        return np.asarray(self._column_of_code[codes])
