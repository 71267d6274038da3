"""The sums over rows from which the errors of predicted numbers follow, in few passes. An error is `y_true − y_pred`.

The spread of values needs their distances from the mean, which is known only when all have been read. Distances from a
guess of the mean do as well: with the total T and the sum of squares S of n such distances,

    mean = guess + T / n        spread = S − T² / n

and the subtraction costs at most one bit while T² / n is at most half of S. Where it is more, the guess was poor: the
total now tells the mean of the rows, and the distances are taken again.

`RowSums` are the sums over one array of rows, about a guess. `ErrorSums` are those of any number of arrays. Numbers
whose squares do not fit in float64 (beyond 1e154) make a sum infinite, and no error: what does not need it keeps its
value.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from evalkit._core.codes import chunks
from evalkit._core.inputs import Array, check_finite, total_weight
from evalkit._core.sums import NO_MOMENTS, ZERO, DoubleDouble, Moments

ROWS_AT_ONCE = 160_000  # a working array of 1.3 MB stays in the cache, and Python's work hardly shows
ROWS_FOR_A_GUESS = 1000
ROWS_OF_A_DOT = 10_000  # the longest dot product for which the linear algebra library starts no threads
Pair = tuple[float, float]  # of the truth and of the error


NONE = slice(0, 0)


class Wanted(NamedTuple):
    """What to sum up; sums that are not wanted stay 0. The slices are of the rows 0 truth, 1 error and 2 |error|."""

    totals: slice = NONE
    squares: slice = NONE
    absolute: bool = False  # Σ |error| and nothing else: pairwise, so that half of it is exactly the pinball loss
    largest: bool = False


ALL = Wanted(slice(0, 3), slice(0, 2), largest=True)
TRUTH_AND_ERROR = Wanted(slice(0, 2), slice(0, 2))
SQUARES = Wanted(squares=slice(1, 2))  # of the error, about 0: enough for its mean square, but not for its spread
ABSOLUTE = Wanted(absolute=True)
LARGEST = Wanted(largest=True)


class RowSums(NamedTuple):
    """Sums over an array of rows."""

    near: Pair  # what the distances are taken from
    weight: float  # of the rows: their number without weights
    truth: float  # Σ (y_true − near)
    error: float  # Σ (error − near)
    absolute: float  # Σ |error|
    truth_squares: float  # Σ (y_true − near)²
    error_squares: float  # Σ (error − near)²
    largest: float  # max |error|

    @classmethod
    def of(
        cls,
        y_true: Array,
        y_pred: Array,
        weight: Array | None = None,
        wanted: Wanted = ALL,
        near: Pair = (0.0, 0.0),
    ) -> RowSums:
        """Sum up two arrays of shape (n,), n ≥ 1, given guesses of the means.

        Raises
        ------
        ValueError
            If a number is NaN or infinite.
        ZeroDivisionError
            If the weights add up to zero.
        """
        total = len(y_true) if weight is None else total_weight(weight, len(y_true))
        if len(y_true) > ROWS_AT_ONCE:  # the first rows tell more about the means than a guess
            near = cls.of(y_true[:ROWS_FOR_A_GUESS], y_pred[:ROWS_FOR_A_GUESS], None, wanted, near).near
        sums = _sum_up(y_true, y_pred, weight, total, wanted, near)
        poor = sums._poor()
        if poor or not math.isfinite(sums.absolute + sums.largest):
            check_finite(y_true, "y_true")
            check_finite(y_pred, "y_pred")
        if poor and wanted is not SQUARES:
            first = _first(y_true, y_pred)
            means = (sums.near[0] + sums.truth / total, sums.near[1] + sums.error / total)
            sums = _sum_up(y_true, y_pred, weight, total, wanted, _finite(means, first))
            if sums._poor():
                # The values differ by less than their mean had to be rounded. Any of them is a better guess, and exact
                # where all are equal.
                sums = _sum_up(y_true, y_pred, weight, total, wanted, _finite(first, (0.0, 0.0)))
        return sums

    def _poor(self) -> bool:
        """Whether a guess of a mean was so far off that the spread would lose digits, or did not fit in float64."""
        half = 0.5 * self.weight
        return not (
            math.isfinite(self.truth_squares + self.error_squares)
            and self.truth * self.truth <= half * self.truth_squares
            and self.error * self.error <= half * self.error_squares
        )


@dataclass(frozen=True, slots=True)
class ErrorSums:
    """What all errors of predicted numbers follow from. Sums that were not wanted are 0.

    >>> monday = ErrorSums.of(np.array([3, -0.5]), np.array([2.5, 0.0]))
    >>> tuesday = ErrorSums.of(np.array([2.0, 7.0]), np.array([2.0, 8.0]))
    >>> both = monday + tuesday
    >>> both.count, both.mean_absolute_error(), both.mean_squared_error(), both.largest
    (4, 0.5, 0.375, 1.0)
    """

    truth: Moments = NO_MOMENTS
    error: Moments = NO_MOMENTS
    absolute: DoubleDouble = ZERO
    largest: float = 0.0

    @classmethod
    def of(cls, y_true: Array, y_pred: Array, weight: Array | None = None, wanted: Wanted = ALL) -> ErrorSums:
        """Sum up two arrays of shape (n,), n ≥ 1. The errors are those of `RowSums.of`."""
        return cls.of_parts([RowSums.of(y_true, y_pred, weight, wanted)])

    @classmethod
    def of_parts(cls, parts: Iterable[RowSums]) -> ErrorSums:
        """Add up the sums of several arrays: those about the same guess all at once, which is much faster."""
        result = cls()
        for near, group in groupby(parts, key=lambda sums: sums.near):
            _, weight, truth, error, absolute, truth_squares, error_squares, largest = zip(*group, strict=True)
            count = sum(weight)
            result += cls(
                Moments.from_distances(count, near[0], _total(truth), _total(truth_squares)),
                Moments.from_distances(count, near[1], _total(error), _total(error_squares)),
                DoubleDouble(_total(absolute)),
                max(largest),
            )
        return result

    def __add__(self, other: ErrorSums) -> ErrorSums:
        return ErrorSums(
            self.truth + other.truth,
            self.error + other.error,
            self.absolute.plus(*other.absolute),
            max(self.largest, other.largest),
        )

    @property
    def count(self) -> float:
        """The number of rows, or the sum of their weights."""
        return self.error.count

    def mean_absolute_error(self) -> float:
        """Return the mean of |error|."""
        return self.absolute.high / self.count

    def mean_squared_error(self) -> float:
        """Return the mean of error²; infinite where it is too large for float64."""
        return self.error.squares() / self.count


# --------------------------------------------------------------------------------------------------- one pass over rows
class _Scratch(threading.local):
    """Working arrays of a thread, which begin where a cache line does: most passes are then a tenth faster."""

    def __init__(self) -> None:
        line = 64 // 8  # numbers
        memory = np.empty(6 * ROWS_AT_ONCE + line)  # takes up room only as far as it is used
        start = -(memory.ctypes.data // 8) % line
        self.rows, self.weighted = memory[start : start + 6 * ROWS_AT_ONCE].reshape(2, 3, ROWS_AT_ONCE)
        self.narrow = np.empty(ROWS_AT_ONCE, np.float32)
        self.ones = np.ones(ROWS_OF_A_DOT)  # multiplying by these adds up faster than a sum


_scratch = _Scratch()


@np.errstate(over="ignore", invalid="ignore")
def _sum_up(y_true: Array, y_pred: Array, weight: Array | None, total: float, wanted: Wanted, near: Pair) -> RowSums:
    n_rows = len(y_true)
    if n_rows <= ROWS_AT_ONCE:
        return RowSums(near, total, *_sum_up_few(y_true, y_pred, weight, wanted, near))
    parts = [
        _sum_up_few(y_true[rows], y_pred[rows], None if weight is None else weight[rows], wanted, near)
        for rows in chunks(n_rows, ROWS_AT_ONCE)
    ]
    *columns, largest = zip(*parts, strict=True)
    truth, error, absolute, truth_squares, error_squares = map(_total, columns)
    return RowSums(near, total, truth, error, absolute, truth_squares, error_squares, max(largest))


def _sum_up_few(
    y_true: Array, y_pred: Array, weight: Array | None, wanted: Wanted, near: Pair
) -> tuple[float, float, float, float, float, float]:
    """Return all but the first two fields of `RowSums`, for at most `ROWS_AT_ONCE` rows."""
    n_rows = len(y_true)
    scratch = _scratch
    totals, squares, largest = [0.0, 0.0, 0.0], [0.0, 0.0], 0.0
    values = scratch.rows[:, :n_rows]
    truth, error, absolute = values
    if wanted.totals.stop:
        truth[:] = y_true
        if near[0]:
            truth -= near[0]
    _subtract(y_true, y_pred, error)
    if wanted.absolute or wanted.largest:
        np.abs(error, out=absolute)
    if wanted.largest:
        largest = float(np.maximum.reduce(absolute))
    if wanted.absolute:
        totals[2] = float(np.add.reduce(absolute if weight is None else np.multiply(absolute, weight, out=absolute)))
    if wanted.squares.stop:
        if near[1]:
            error -= near[1]
        if weight is not None:
            used = wanted.totals if wanted.totals.stop else wanted.squares
            np.multiply(values[used], weight, out=scratch.weighted[used, :n_rows])
        values = _in_blocks(scratch.rows, n_rows)
        weighted = values if weight is None else _in_blocks(scratch.weighted, n_rows)
        if wanted.totals.stop:
            totals[wanted.totals] = _dots(weighted[wanted.totals], scratch.ones[: values.shape[-1]])
        squares[wanted.squares] = _dots(weighted[wanted.squares], values[wanted.squares])
    return totals[0], totals[1], totals[2], squares[0], squares[1], largest


def _in_blocks(rows: Array, n_rows: int) -> Array:
    """Return the first `n_rows` columns in blocks for one dot product each; zeros fill up the last."""
    if n_rows <= ROWS_OF_A_DOT:
        return rows[:, :n_rows]
    n_blocks = -(-n_rows // ROWS_OF_A_DOT)
    rows[:, n_rows : n_blocks * ROWS_OF_A_DOT] = 0
    return rows[:, : n_blocks * ROWS_OF_A_DOT].reshape(len(rows), n_blocks, ROWS_OF_A_DOT)


def _dots(a: Array, b: Array) -> Any:
    """Return Σ aᵢ bᵢ of each row, or row of blocks."""
    dots = np.vecdot(a, b)
    return (dots if dots.ndim == 1 else dots.sum(axis=1)).tolist()


def _subtract(y_true: Array, y_pred: Array, out: Array) -> None:
    """Write the errors to `out`: of two float32 numbers as such, as scikit-learn does, and of all others as float64."""
    if y_true.dtype == y_pred.dtype == np.float32:
        # Widened afterwards: doing both in one call is slower.
        out[:] = np.subtract(y_true, y_pred, out=_scratch.narrow[: len(out)])
    else:
        np.subtract(y_true, y_pred, out=out, dtype=np.float64)


@np.errstate(over="ignore")
def _first(y_true: Array, y_pred: Array) -> Pair:
    error = np.empty(1)
    _subtract(y_true[:1], y_pred[:1], error)
    return float(y_true[0]), float(error[0])


def _total(values: tuple[float, ...]) -> float:
    """Add up without rounding, where the terms and the sum are finite."""
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):
        return sum(values)


def _finite(values: Pair, otherwise: Pair) -> Pair:
    first, second = (a if math.isfinite(a) else b for a, b in zip(values, otherwise, strict=True))
    return first, second
