"""True and predicted numbers, checked and read in chunks: what every regression metric starts from.

The rows are read once, in chunks that fit in the processor's cache, and added up in float64 whatever their type. A sum
that is not finite betrays NaN and infinity, so checking the input costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit._core.codes import chunks
from evalkit._core.error_sums import ROWS_OF_A_DOT, ErrorSums, Wanted
from evalkit._core.inputs import (
    Array,
    check_choice,
    check_finite,
    check_lengths,
    check_sample_weight,
    numbers,
    to_array,
    total_weight,
)
from evalkit._core.warn import warn

# A working array of 2 MB stays in the cache, and Python's work per chunk hardly shows.
NUMBERS_AT_ONCE = 1 << 18
AVERAGES = ("raw_values", "uniform_average")


@dataclass(frozen=True)
class Pairs:
    """True and predicted numbers of shape (n, outputs), or (n,) for a single output, and the weights of the rows."""

    y_true: Array
    y_pred: Array
    weight: Array | None

    def total_weight(self) -> float:
        """Return the sum of the weights, n without weights."""
        return total_weight(self.weight, len(self.y_true))

    def chunks(self) -> Iterator[slice]:
        """Cut the rows into pieces of about `NUMBERS_AT_ONCE` numbers."""
        return chunks(len(self.y_true), max(1, NUMBERS_AT_ONCE * len(self.y_true) // self.y_true.size))

    def errors(self) -> Iterator[tuple[Array, slice]]:
        """Yield the errors of each chunk as float64. The array is used again for the next chunk.

        Two float32 numbers are subtracted as such (as scikit-learn does) and their errors added up as float64.
        Integers become float64 first, because their difference may not fit.
        """
        single = self.y_true.dtype == self.y_pred.dtype == np.float32
        buffer = narrow = np.empty(0)
        for rows in self.chunks():
            true, pred = self.y_true[rows], self.y_pred[rows]
            if not len(buffer):
                buffer = np.empty(true.shape)
                narrow = np.empty(true.shape, np.float32) if single else buffer
            error = buffer[: len(true)]
            with np.errstate(invalid="ignore"):  # infinity minus infinity is found by the sum
                difference = np.subtract(true, pred, out=narrow[: len(true)], dtype=narrow.dtype)
            if single:  # subtracting and widening in one call is slower: NumPy then goes through a small buffer
                np.copyto(error, difference)
            yield error, rows

    def sums(self, wanted: Wanted) -> list[ErrorSums]:
        """Return the sums of each output; `wanted` says which, see `evalkit._core.error_sums`."""
        columns = np.atleast_2d(self.y_true.T), np.atleast_2d(self.y_pred.T)
        try:
            return [ErrorSums.of(true, pred, self.weight, wanted) for true, pred in zip(*columns, strict=True)]
        except ValueError:
            check_finite(self.y_true, "y_true")  # names row and output
            check_finite(self.y_pred, "y_pred")
            raise

    def sum(self, values: Array, rows: slice) -> Array:
        """Add up the values of a chunk, with weights if there are any."""
        # `weight @ values` could start threads, see `dot`.
        total = values.sum(axis=0) if self.weight is None else np.einsum("i,i...->...", self.weight[rows], values)
        return self.checked(np.asarray(total), rows)

    def sum_of_squares(self, values: Array, rows: slice) -> Array:
        """Add up the squares of the values of a chunk, with weights if there are any. `values` is overwritten."""
        if self.weight is None and values.ndim == 1:
            return self.checked(np.asarray(dot(values, values)), rows)
        return self.sum(np.square(values, out=values), rows)

    def checked(self, total: Array, rows: slice) -> Array:
        """Return `total`; look for NaN and infinity in a chunk whose sum is not finite."""
        if not (math.isfinite(total) if total.ndim == 0 else np.isfinite(total).all()):
            check_finite(self.y_true[rows], "y_true", rows.start)
            check_finite(self.y_pred[rows], "y_pred", rows.start)
        return total


def dot(a: Array, b: Array) -> float:
    """Return Σ aᵢ bᵢ of two contiguous 1-D arrays in the calling thread: the sum of the dot products of blocks.

    The linear algebra library starts threads for longer ones. On a busy machine, threads wait for each other a hundred
    times longer than the sum takes.
    """
    if len(a) <= ROWS_OF_A_DOT:
        return float(a @ b)
    whole = len(a) // ROWS_OF_A_DOT * ROWS_OF_A_DOT
    blocks = a[:whole].reshape(-1, 1, ROWS_OF_A_DOT) @ b[:whole].reshape(-1, ROWS_OF_A_DOT, 1)
    return float(blocks.sum() + a[whole:] @ b[whole:])


# ------------------------------------------------------------------------------------------------------ input, output
def check_pairs(
    y_true: Any, y_pred: Any, sample_weight: Any, multioutput: Any, choices: tuple[str | None, ...]
) -> Pairs:
    """Convert and check the arguments of a regression metric."""
    true, pred = numbers(y_true, "y_true"), numbers(y_pred, "y_pred")
    weight = None if sample_weight is None else to_array(sample_weight, "sample_weight")
    n_rows = check_lengths(y_true=true, y_pred=pred, sample_weight=weight)
    for array, name in ((true, "y_true"), (pred, "y_pred")):
        if array.ndim > 2:
            raise ValueError(f"Found array with dim {array.ndim}, while dim <= 2 is required ({name}).")
        if array.size == 0:
            raise ValueError(
                f"Found array with 0 sample(s) (shape={array.shape}) while a minimum of 1 is required ({name})."
            )
    outputs = [array.shape[1] if array.ndim == 2 else 1 for array in (true, pred)]
    if outputs[0] != outputs[1]:
        raise ValueError(f"y_true and y_pred have different number of output ({outputs[0]}!={outputs[1]})")
    if outputs[0] == 1:
        true, pred = true.reshape(-1), pred.reshape(-1)
    if isinstance(multioutput, str) or multioutput is None:
        check_choice(multioutput, "multioutput", choices)
    else:
        _check_output_weights(numbers(multioutput, "multioutput"), outputs[0])
    return Pairs(true, pred, check_sample_weight(weight, n_rows))


def _check_output_weights(weights: Array, n_outputs: int) -> None:
    if n_outputs == 1:
        raise ValueError("Custom weights are useful only in multi-output cases (multioutput).")
    if len(weights) != n_outputs:
        raise ValueError(
            f"There must be equally many custom weights ({len(weights)}) as outputs ({n_outputs}) (multioutput)."
        )
    check_finite(weights, "multioutput")


def combine(values: Array, multioutput: Any) -> Any:
    """Return the values of all outputs, or their mean as the caller wants it."""
    values = np.atleast_1d(values)
    if isinstance(multioutput, str) and multioutput == "raw_values":
        return values
    weights = None if isinstance(multioutput, str) or multioutput is None else np.asarray(multioutput)
    return float(np.average(values, weights=weights))


def explained(residual: Any, spread: Any, multioutput: Any = "uniform_average", force_finite: bool = True) -> Any:
    """Return 1 − residual / spread of all outputs, or their mean as the caller wants it.

    With `force_finite`, perfect predictions are worth 1 and others 0 where there is no spread.
    """
    residual, spread = np.atleast_1d(residual), np.atleast_1d(spread)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = 1 - residual / spread
    if force_finite:
        scores = np.where(residual == 0, 1.0, np.where(spread == 0, 0.0, scores))
    if isinstance(multioutput, str) and multioutput == "variance_weighted":
        with np.errstate(invalid="ignore"):
            return float(np.average(scores, weights=spread if spread.any() else None))
    return combine(scores, multioutput)


def warn_if_infinite(*sums: Any) -> None:
    """Warn once if a sum of errors, or of their squares, was too large for float64 (NumPy's warning, in words)."""
    if not all(np.isfinite(values).all() for values in sums):
        warn("Errors, or their squares, are too large for float64: their sum is infinite.", RuntimeWarning)
