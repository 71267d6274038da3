"""The sums over a chunk of rows from which all errors of predicted numbers follow, in few passes.

The spread of values needs their distances from the mean, which is known only when all have been read. Distances from a
guess of the mean do as well: with the total T and the sum of squares S of n such distances,

    mean = guess + T / n        spread = S − T² / n

and the subtraction costs at most one bit while T² / n is at most half of S. Where it is more, the guess was poor: the
total now tells the mean of the chunk, and the distances are taken again.
"""

from __future__ import annotations

import math
import threading
from typing import NamedTuple

import numpy as np

from evalkit._core.errors import BLOCK
from evalkit._core.inputs import Array

Pair = tuple[float, float]  # of the truth and of the error


class SumsOfRows(NamedTuple):
    """Sums over the rows of a chunk. The error of a row is `y_true − y_pred`."""

    near: Pair  # what the distances are taken from
    n_rows: int
    truth: float  # Σ (y_true − near)
    truth_squares: float  # Σ (y_true − near)²
    error: float  # Σ (error − near)
    error_squares: float  # Σ (error − near)²
    absolute: float  # Σ |error|
    largest: float  # max |error|

    def poor(self) -> bool:
        """Whether a guess of a mean was so far off that the spread would lose digits."""
        n = self.n_rows
        return (
            self.truth * self.truth > 0.5 * n * self.truth_squares
            or self.error * self.error > 0.5 * n * self.error_squares
        )


class _Scratch(threading.local):
    """Working arrays of a thread, which begin where a cache line does: most passes are then a tenth faster."""

    def __init__(self) -> None:
        line = 64 // 8  # numbers
        memory = np.ones(4 * BLOCK + line)
        start = -(memory.ctypes.data // 8) % line
        self.rows = memory[start : start + 3 * BLOCK].reshape(3, BLOCK)
        self.ones = memory[start + 3 * BLOCK : start + 4 * BLOCK]  # multiplying by these adds up faster than a sum


_scratch = _Scratch()


@np.errstate(over="ignore", invalid="ignore")
def sum_up(y_true: Array, y_pred: Array, near: Pair) -> SumsOfRows | None:
    """Sum up a chunk: two arrays of shape (n,), 1 ≤ n ≤ `BLOCK`, and guesses of their means. None if not finite."""
    sums = _sum_up(y_true, y_pred, near)
    if sums.poor():
        sums = _sum_up(y_true, y_pred, (near[0] + sums.truth / sums.n_rows, near[1] + sums.error / sums.n_rows))
    if sums.poor():
        # The values differ by less than their mean had to be rounded. Any of them is a better guess, and exact where
        # all are equal.
        sums = _sum_up(y_true, y_pred, (float(y_true[0]), float(_errors(y_true[:1], y_pred[:1])[0])))
    return sums if math.isfinite(sums.truth_squares + sums.error_squares) else None


def _sum_up(y_true: Array, y_pred: Array, near: Pair) -> SumsOfRows:
    n_rows = len(y_true)
    rows, ones = _scratch.rows[:, :n_rows], _scratch.ones[:n_rows]
    truth, error = rows[0], rows[1]
    truth[:] = y_true
    error[:] = _errors(y_true, y_pred)
    largest = float(np.maximum.reduce(np.abs(error, out=rows[2])))
    if near[0]:
        truth -= near[0]
    if near[1]:
        error -= near[1]
    total, total_error, absolute = np.vecdot(rows, ones).tolist()
    squares, error_squares = np.vecdot(rows[:2], rows[:2]).tolist()
    return SumsOfRows(near, n_rows, total, squares, total_error, error_squares, absolute, largest)


def _errors(y_true: Array, y_pred: Array) -> Array:
    """Subtract; two float32 numbers as such, as scikit-learn does, and all others as float64."""
    if y_true.dtype == y_pred.dtype == np.float32:
        return y_true - y_pred
    return np.subtract(y_true, y_pred, dtype=np.float64)
