"""One count, many metrics.

Everything that can be said about predicted labels follows from counts. This module reads the rows once, chunk by chunk,
and returns either

* `PairCounts`: how often each (true label, predicted label) pair occurs, the K × K table; or
* `ClassCounts`: three numbers per class (hits, truths, predictions), which is all that precision, recall and
  accuracy need, and which stays small when there are a hundred thousand classes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from evalkit._core.codes import (
    CHUNK,
    WIDEST_RANGE,
    Codes,
    Encoder,
    NotWhole,
    OutOfRange,
    chunks,
    codes_of,
    make_encoder,
)
from evalkit._core.inputs import Array, Targets, check_labels, raise_for_targets

Counts = TypeVar("Counts")

LARGEST_TABLE = 2048  # classes; with more, metrics that do not need the pairs count per class only


@dataclass(frozen=True)
class PairCounts:
    """How often each pair of labels occurs: `table[i, j]` rows have truth `labels[i]` and prediction `labels[j]`."""

    labels: Array
    table: Array


@dataclass(frozen=True)
class ClassCounts:
    """Per class: rows that are truly it and called it (`hits`), truly it (`truths`), called it (`predictions`).

    For sample-wise metrics the same three numbers per row instead of per class. `rows` is the number of rows, or
    the sum of their weights: an array when it differs from one entry to the next.
    """

    labels: Array
    hits: Array
    truths: Array
    predictions: Array
    rows: Array
    multilabel: bool = False

    def select(self, labels: Any) -> ClassCounts:
        """Return the counts of `labels`, in their order; a label that never occurred has zero counts."""
        chosen = np.asarray(labels)
        place = {label: i for i, label in enumerate(self.labels.tolist())}
        position = np.array([place.get(label, -1) for label in chosen.tolist()], dtype=np.int64)
        hits, truths, predictions = (
            np.where(position >= 0, counts[position], np.zeros(1, counts.dtype))
            for counts in (self.hits, self.truths, self.predictions)
        )
        return ClassCounts(chosen, hits, truths, predictions, self.rows)


class _TooManyLabels(Exception):
    """The table of pairs would be too large."""


def count_pairs(targets: Targets) -> PairCounts:
    """Count all pairs of labels. Work: one pass. Memory: the table and a chunk."""
    return _run(lambda encoder: _scan_pairs(targets, encoder, None), targets, WIDEST_RANGE)


def count_classes(targets: Targets) -> ClassCounts:
    """Count hits, truths and predictions of each class, through the table of pairs where that is small.

    Weights are always added up class by class, in the order of the rows: the sums are then the same to the last bit as
    those of scikit-learn (up to 65,536 rows), and reports print the same digits.
    """
    if targets.sample_weight is None:
        try:
            pairs = _run(lambda encoder: _scan_pairs(targets, encoder, LARGEST_TABLE), targets, WIDEST_RANGE)
        except _TooManyLabels:
            pass
        else:
            table = pairs.table
            return ClassCounts(pairs.labels, table.diagonal(), table.sum(axis=1), table.sum(axis=0), table.sum())
    return _run(lambda encoder: _scan_classes(targets, encoder), targets, CHUNK)


def _run(scan: Callable[[Encoder], Counts], targets: Targets, widest: int) -> Counts:
    """Run a counting loop, a second time if the range guessed from the first chunk was too small."""
    try:
        try:
            return scan(make_encoder(targets.y_true, targets.y_pred, widest=widest))
        except OutOfRange:
            return scan(make_encoder(targets.y_true, targets.y_pred, widest=widest, whole=True))
    except NotWhole:
        raise_for_targets(targets.y_true, targets.y_pred)


# ------------------------------------------------------------------------------------------------------- the two loops
def _scan_pairs(targets: Targets, encoder: Encoder, largest: int | None) -> PairCounts:
    """Count pairs: row `t * width + p` of a flat table is the pair (t, p)."""
    weight = targets.sample_weight
    width = max(encoder.size, 1)
    table = np.zeros((width, width), counter_for(len(targets.y_true)))
    weights = None if weight is None else np.zeros((width, width))
    true_buffer, pred_buffer, pairs = np.empty((3, min(CHUNK, len(targets.y_true))), np.int64)
    for rows in chunks(len(targets.y_true)):
        t = codes_of(encoder, targets.y_true[rows], true_buffer, "y_true")
        p = codes_of(encoder, targets.y_pred[rows], pred_buffer, "y_pred")
        if largest is not None and encoder.size > largest:
            raise _TooManyLabels
        if encoder.size > width:
            width = max(encoder.size, 2 * width)
            table = _enlarged(table, width, width)
            weights = None if weights is None else _enlarged(weights, width, width)
        index = pairs[: len(t)]
        np.multiply(t, width, out=index)
        np.add(index, p, out=index)
        add_one_at(table.reshape(-1), index)
        if weight is not None and weights is not None:
            _add_weights(weights.reshape(-1), index, weight[rows])
    return _tidy(targets, encoder, table, weights)


def _scan_classes(targets: Targets, encoder: Encoder) -> ClassCounts:
    """Count hits, truths and predictions of each class in three flat tables."""
    weight = targets.sample_weight
    width = max(encoder.size, 1)
    counts = np.zeros((3, width), np.int64)
    weights = None if weight is None else np.zeros(counts.shape)
    true_buffer, pred_buffer = np.empty((2, min(CHUNK, len(targets.y_true))), np.int64)
    for rows in chunks(len(targets.y_true)):
        t = codes_of(encoder, targets.y_true[rows], true_buffer, "y_true")
        p = codes_of(encoder, targets.y_pred[rows], pred_buffer, "y_pred")
        if encoder.size > width:
            width = max(encoder.size, 2 * width)
            counts = _enlarged(counts, 3, width)
            weights = None if weights is None else _enlarged(weights, 3, width)
        hit = t == p
        for row, chosen in enumerate((t[hit], t, p)):
            add_one_at(counts[row], chosen)
        if weight is not None and weights is not None:
            w = weight[rows]
            for row, (chosen, chosen_weight) in enumerate(((t[hit], w[hit]), (t, w), (p, w))):
                _add_weights(weights[row], chosen, chosen_weight)
    size = encoder.size
    present = np.flatnonzero(counts[1, :size] + counts[2, :size])
    labels = _label_values(targets, encoder.labels()[present], bool(counts[1, present].all()))
    order = np.argsort(labels)
    hits, truths, predictions = (counts if weights is None else weights)[:, present[order]]
    return ClassCounts(labels[order], hits, truths, predictions, rows=truths.sum())


def count_indicators(targets: Targets, labels: Any = None, samplewise: bool = False) -> ClassCounts:
    """Count the columns (or, with `samplewise`, the rows) of (n, K) indicators.

    Parameters
    ----------
    labels : array-like, optional
        The columns wanted, in order.
    """
    y_true, y_pred, weight = targets.y_true, targets.y_pred, targets.sample_weight
    n_rows, n_columns = y_true.shape
    columns = np.arange(n_columns) if labels is None else indicator_columns(labels, n_columns)
    dtype = np.dtype(np.int64) if weight is None else weight.dtype if samplewise else np.dtype(np.float64)
    counts = np.zeros((3, n_rows if samplewise else len(columns)), dtype)
    any_cell = False
    for rows in chunks(n_rows, max(1, CHUNK // n_columns)):
        true, pred = np.not_equal(y_true[rows], 0), np.not_equal(y_pred[rows], 0)
        if labels is not None:
            true, pred = true[:, columns], pred[:, columns]
        for row, cells in enumerate((true & pred, true, pred)):
            if samplewise:
                counts[row, rows] = cells.sum(axis=1) * (1 if weight is None else weight[rows])
            elif weight is None:
                counts[row] += cells.sum(axis=0)
            else:
                where, column = np.nonzero(cells)
                _add_weights(counts[row], column, weight[rows][where])
                any_cell = any_cell or len(where) > 0
    if weight is not None and weight.dtype.kind in "biu" and not samplewise and not any_cell:
        counts = counts.astype(np.int64)  # as in scikit-learn, whose sums over no cell at all stay whole
    if samplewise:
        total = len(columns) * (np.ones(n_rows, np.int64) if weight is None else weight)
    else:
        total = np.asarray(n_rows if weight is None else weight.sum())
    hits, truths, predictions = counts
    return ClassCounts(columns, hits, truths, predictions, total, multilabel=True)


def indicator_columns(labels: Any, n_columns: int) -> Array:
    """Check that `labels` are numbers of columns."""
    columns = check_labels(labels, np.arange(n_columns))
    for outside, sign in ((columns[columns >= n_columns], f"> {n_columns - 1}"), (columns[columns < 0], "< 0")):
        if outside.size:
            raise ValueError(
                f"All labels must be in [0, n labels) for multilabel targets. Got {outside[0]} {sign} (labels)"
            )
    return columns


# ------------------------------------------------------------------------------------------------------------- helpers
def _enlarged(table: Array, *shape: int) -> Array:
    """Copy `table` into the corner of a larger one."""
    larger = np.zeros(shape, table.dtype)
    larger[: table.shape[0], : table.shape[1]] = table
    return larger


def counter_for(n_rows: int) -> type[np.signedinteger[Any]]:
    """Return the type to count so many rows with."""
    # Where int32 cannot overflow, twice as much of a table fits into the processor's cache.
    return np.int32 if n_rows <= np.iinfo(np.int32).max else np.int64


def add_one_at(flat: Array, index: Codes) -> None:
    """Add one to `flat` at each index. (`bincount` is slower, above all for large tables.)"""
    np.add.at(flat, index, flat.dtype.type(1))


def _add_weights(flat: Array, index: Codes, weight: Array) -> None:
    """Add the weight to `flat` at each index."""
    if len(flat) <= 16 * len(index):
        flat += np.bincount(index, weights=weight, minlength=len(flat))
    else:
        np.add.at(flat, index, weight)


def _tidy(targets: Targets, encoder: Encoder, table: Array, weights: Array | None) -> PairCounts:
    """Keep the labels that occur, sorted."""
    size = encoder.size
    table = table[:size, :size].astype(np.int64, copy=False)
    in_truth = np.asarray(table.any(axis=1))
    present = np.flatnonzero(in_truth | table.any(axis=0))
    labels = _label_values(targets, encoder.labels()[present], bool(in_truth[present].all()))
    order = np.argsort(labels)
    keep = present[order]
    counts = table if weights is None else weights[:size, :size]
    if not np.array_equal(keep, np.arange(len(table))):
        counts = counts[np.ix_(keep, keep)]
    return PairCounts(labels[order], counts)


def _label_values(targets: Targets, labels: Array, all_in_truth: bool) -> Array:
    """Give labels the type of the data: that of `y_true`, or wide enough for both if `y_pred` adds labels."""
    if labels.dtype.kind == "U":
        return labels
    y_true, y_pred = targets.y_true.dtype, targets.y_pred.dtype
    return labels.astype(y_true if all_in_truth else np.result_type(y_true, y_pred))
