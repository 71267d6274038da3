"""Turn the values of a column into whole numbers 0, 1, 2 …, numbered when first met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evalkit.tables.files import TableError

if TYPE_CHECKING:
    import pyarrow as pa

Codes = NDArray[np.int64]

MOST_LABELS = 1000
MOST_GROUPS = 10_000


class Codebook:
    """The values met so far, and their codes.

    Arrow finds the distinct values of a batch at the speed of the machine; only those are looked at in Python.

    Parameters
    ----------
    limit : int
        The most values there may be: the tables that are indexed by codes must stay small.
    hint : str
        What to say to someone whose column holds more.
    """

    def __init__(self, limit: int, hint: str) -> None:
        self.values: list[Any] = []
        self._codes: dict[Any, int] = {}
        self._limit = limit
        self._hint = hint

    def code(self, value: Any) -> int:
        """Return the code of a value, a new one if it is met for the first time."""
        code = self._codes.setdefault(value, len(self.values))
        if code == len(self.values):
            self.values.append(value)
        return code

    def encode(self, array: pa.Array, column: str) -> Codes:
        """Return the codes of the values of an Arrow array. Missing values get the code of None."""
        import pyarrow as pa

        encoded = array if isinstance(array, pa.DictionaryArray) else array.dictionary_encode(null_encoding="encode")
        values = [None if value != value else value for value in encoded.dictionary.to_pylist()]  # NaN is missing too
        if len(values) > self._limit:  # a dictionary may hold values that do not occur
            used = np.unique(encoded.indices.drop_null().to_numpy(zero_copy_only=False))
            if len(used) > self._limit:
                raise TableError(f"Column {column} holds more than {self._limit:,} different values: {self._hint}.")
        indices = encoded.indices
        if indices.null_count:
            indices = indices.fill_null(len(values))
            values.append(None)
        index = indices.to_numpy(zero_copy_only=False)
        occurs = np.bincount(index, minlength=len(values)) > 0
        place = np.array([self.code(v) if o else -1 for v, o in zip(values, occurs, strict=True)], np.int64)
        if len(self.values) > self._limit:
            raise TableError(f"Column {column} holds more than {self._limit:,} different values: {self._hint}.")
        codes: Codes = place[index]
        return codes


def floats(array: pa.Array, column: str, start: int) -> NDArray[np.float64]:
    """Return a column as float64, none of them missing or infinite."""
    import pyarrow as pa

    check_present(array, column, start)
    numbers: NDArray[np.float64] = array.cast(pa.float64()).to_numpy(zero_copy_only=False)
    if not np.isfinite(numbers.sum()):  # no temporary array
        infinite = np.flatnonzero(~np.isfinite(numbers))
        if len(infinite):
            raise TableError(
                f"Column {column} holds infinity, first in row {start + int(infinite[0])} (the first row is 0)."
            )
    return numbers


def check_present(array: pa.Array, column: str, start: int) -> None:
    """Raise if a value is missing or NaN. `start` is the row of the file that the array begins with."""
    import pyarrow.compute as pc
    import pyarrow.types as types

    is_float = types.is_floating(array.type)
    if not array.null_count and not is_float:
        return
    missing = pc.is_null(array, nan_is_null=True).to_numpy(zero_copy_only=False)
    if missing.any():
        row = start + int(np.argmax(missing))
        raise TableError(f"Column {column} has missing values or NaN, first in row {row} (the first row is 0).")
