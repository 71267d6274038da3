"""One count, many metrics.

Everything that can be said about predicted labels follows from counts. This module reads the rows once, chunk by chunk,
and returns either

* `PairCounts`: how often each (true label, predicted label) pair occurs, the K × K table; or
* `ClassCounts`: three numbers per class (hits, truths, predictions), which is all that precision, recall and
  accuracy need, and which stays small when there are a hundred thousand classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from evalkit._core.codes import ROWS_AT_ONCE, WIDEST_RANGE, Chunk, Codes, Encoder, bincount, chunks, coded
from evalkit._core.inputs import Array, Targets, check_labels
from evalkit._core.threads import at_once, halves, two_threads

WIDEST_FOR_TWO = 256  # a wider table is filled by one thread
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


Counts = TypeVar("Counts", PairCounts, ClassCounts)


def count_pairs(targets: Targets) -> PairCounts:
    """Count all pairs of labels. Work: one pass, on two threads when it pays. Memory: the table and a chunk."""
    parts = _of_halves(_count_pairs, targets, WIDEST_RANGE)
    if parts is None:
        return _count_pairs(targets)
    labels, places = _all_labels(targets, [part.labels for part in parts])
    table = np.zeros((len(labels), len(labels)), np.int64)
    for part, place in zip(parts, places, strict=True):
        if len(place) == len(labels):  # as a rule every half has all labels, and the large table needs no indexing
            table += part.table
        else:
            table[np.ix_(place, place)] += part.table
    return PairCounts(_typed(targets, labels, np.asarray(table.any(axis=1))), table)


def _count_pairs(targets: Targets) -> PairCounts:
    for chunk in coded(targets, WIDEST_RANGE):
        if chunk.rows.start == 0:
            tally = _PairTally(targets, chunk.encoder)
        tally.add(chunk)
    return tally.counts()


def count_classes(targets: Targets) -> ClassCounts:
    """Count hits, truths and predictions of each class, through the table of pairs where that is small.

    Weights are always added up class by class, in the order of the rows: the sums are then the same to the last bit as
    those of scikit-learn (up to 65,536 rows), and reports print the same digits.
    """
    parts = _of_halves(_count_classes, targets, ROWS_AT_ONCE)
    if parts is None:
        return _count_classes(targets)
    labels, places = _all_labels(targets, [part.labels for part in parts])
    table = np.zeros((3, len(labels)), np.int64)
    for part, place in zip(parts, places, strict=True):
        table[:, place] += np.stack([part.hits, part.truths, part.predictions])
    hits, truths, predictions = table
    return ClassCounts(_typed(targets, labels, truths > 0), hits, truths, predictions, rows=truths.sum())


def _of_halves(count: Callable[[Targets], Counts], targets: Targets, widest: int) -> Sequence[Counts] | None:
    """Return the counts of both halves of the rows, or None where one count of all rows is to be made.

    That is where it does not pay; where weights are added up, whose sums depend on the order; for Python objects, which
    only one thread at a time can look at; and where something is wrong, so that the error speaks of all rows.

    It does not pay where most of the time goes into a large table, because only one thread at a time can add to places
    of a table. So it is with whole numbers that are their own codes: up to `widest` of them, from lowest to highest.
    """
    n_rows, kinds = len(targets.y_true), targets.y_true.dtype.kind + targets.y_pred.dtype.kind
    if targets.sample_weight is not None or set(kinds) & set("OT") or not two_threads(n_rows):
        return None
    first = targets.y_true[:ROWS_AT_ONCE]
    if first.dtype.kind in "iu" and WIDEST_FOR_TWO <= int(first.max()) - int(first.min()) < widest:
        return None
    parts = [Targets(targets.y_true[rows], targets.y_pred[rows], None, targets.multilabel) for rows in halves(n_rows)]
    try:
        return at_once(count, parts)
    except ValueError:
        return None


def _all_labels(targets: Targets, found: Sequence[Array]) -> tuple[Array, list[Array]]:
    """Return all labels in order, and the place of those of each part."""
    labels = np.unique(np.concatenate(found))
    return labels, [np.searchsorted(labels, part) for part in found]


def _count_classes(targets: Targets) -> ClassCounts:
    tally: _PairTally | _ClassTally
    for chunk in coded(targets, ROWS_AT_ONCE):
        if chunk.rows.start == 0:
            small = targets.sample_weight is None and chunk.encoder.size <= LARGEST_TABLE
            tally = _PairTally(targets, chunk.encoder) if small else _ClassTally(targets, chunk.encoder)
        elif isinstance(tally, _PairTally) and chunk.encoder.size > LARGEST_TABLE:
            tally = tally.per_class()
        tally.add(chunk)
    return (tally.per_class() if isinstance(tally, _PairTally) else tally).counts()


class _PairTally:
    """Pairs counted so far: row `t * width + p` of the flat table is the pair (t, p)."""

    def __init__(self, targets: Targets, encoder: Encoder) -> None:
        self._targets = targets
        self._encoder = encoder
        n_rows, width = len(targets.y_true), encoder.size
        self._table = np.zeros((width, width), counter_for(n_rows))
        self._weights = None if targets.sample_weight is None else np.zeros((width, width))
        self._index = np.empty(min(ROWS_AT_ONCE, n_rows), np.int64)

    def add(self, chunk: Chunk) -> None:
        """Count a chunk."""
        width = len(self._table)
        if self._encoder.size > width:
            width = max(self._encoder.size, 2 * width)
            self._table = _enlarged(self._table, width, width)
            self._weights = None if self._weights is None else _enlarged(self._weights, width, width)
        index = self._index[: len(chunk.true)]
        np.multiply(chunk.true, width, out=index)
        np.add(index, chunk.pred, out=index)
        add_one_at(self._table.reshape(-1), index)
        if self._weights is not None and self._targets.sample_weight is not None:
            _add_weights(self._weights.reshape(-1), index, self._targets.sample_weight[chunk.rows])

    def per_class(self) -> _ClassTally:
        """Return the counts of each class, to which more may be added. They are not weighted."""
        tally = _ClassTally(self._targets, self._encoder)
        size = self._encoder.size
        table = self._table[:size, :size].astype(np.int64, copy=False)
        of_pairs = (table.diagonal(), table.sum(axis=1), table.sum(axis=0))
        for counts, values in zip(tally.table, of_pairs, strict=True):
            counts[: len(table)] = values
        return tally

    def counts(self) -> PairCounts:
        """Return the table of the labels that occur, sorted."""
        size = self._encoder.size
        table = self._table[:size, :size].astype(np.int64, copy=False)
        in_truth, in_pred = np.asarray(table.any(axis=1)), np.asarray(table.any(axis=0))
        labels, keep = _occurring(self._targets, self._encoder, in_truth, in_pred)
        counts = table if self._weights is None else self._weights[:size, :size]
        if not np.array_equal(keep, np.arange(size)):
            counts = counts[np.ix_(keep, keep)]
        return PairCounts(labels, counts)


class _ClassTally:
    """Hits, truths and predictions so far, a row of a table each."""

    def __init__(self, targets: Targets, encoder: Encoder) -> None:
        self._targets = targets
        self._encoder = encoder
        self.table = np.zeros((3, encoder.size), np.int64)
        self._weights = None if targets.sample_weight is None else np.zeros(self.table.shape)

    def add(self, chunk: Chunk) -> None:
        """Count a chunk."""
        width = self.table.shape[1]
        if self._encoder.size > width:
            width = max(self._encoder.size, 2 * width)
            self.table = _enlarged(self.table, 3, width)
            self._weights = None if self._weights is None else _enlarged(self._weights, 3, width)
        hit = chunk.true == chunk.pred
        for counts, codes in zip(self.table, (chunk.true[hit], chunk.true, chunk.pred), strict=True):
            add_one_at(counts, codes)
        if self._weights is not None and self._targets.sample_weight is not None:
            weight = self._targets.sample_weight[chunk.rows]
            weighted = ((chunk.true[hit], weight[hit]), (chunk.true, weight), (chunk.pred, weight))
            for sums, (codes, of_codes) in zip(self._weights, weighted, strict=True):
                _add_weights(sums, codes, of_codes)

    def counts(self) -> ClassCounts:
        """Return the counts of the classes that occur, sorted."""
        size = self._encoder.size
        labels, keep = _occurring(self._targets, self._encoder, self.table[1, :size] > 0, self.table[2, :size] > 0)
        hits, truths, predictions = (self.table if self._weights is None else self._weights)[:, keep]
        return ClassCounts(labels, hits, truths, predictions, rows=truths.sum())


def _occurring(targets: Targets, encoder: Encoder, in_truth: Array, in_pred: Array) -> tuple[Array, Array]:
    """Return the labels that occur, sorted, and their codes.

    Labels have the type of `y_true`, or one that is wide enough for both arguments if `y_pred` adds labels.
    """
    present = np.flatnonzero(in_truth | in_pred)
    labels = _typed(targets, encoder.labels()[present], in_truth[present])
    order = np.argsort(labels)
    return labels[order], present[order]


def _typed(targets: Targets, labels: Array, in_truth: Array) -> Array:
    """Return labels with the type that they should have."""
    if labels.dtype.kind == "U":
        return labels
    y_true, y_pred = targets.y_true.dtype, targets.y_pred.dtype
    return labels.astype(y_true if in_truth.all() else np.result_type(y_true, y_pred))


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
    for rows in chunks(n_rows, max(1, ROWS_AT_ONCE // n_columns)):
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
        flat += bincount(index, weights=weight, minlength=len(flat))
    else:
        np.add.at(flat, index, weight)
