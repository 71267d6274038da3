"""Count per slice of the data: one small table, whatever the number of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evalkit._core.inputs import Array
from evalkit.tables.codes import MOST_GROUPS, Codebook, Codes

if TYPE_CHECKING:
    import pyarrow as pa

# A row's cell in the table of its slice, as three bits: is it positive, was it called positive, is it right?
IS_POSITIVE, CALLED, RIGHT = (np.array([cell & bit > 0 for cell in range(8)]) for bit in (4, 2, 1))


class Groups:
    """Sums per value of a column. Rows without a value are a slice of their own.

    Parameters
    ----------
    column : str
    width : int
        How many sums there are per slice.
    """

    def __init__(self, column: str, width: int) -> None:
        self.column = column
        self._book = Codebook(MOST_GROUPS, "slice by a column with fewer")
        self._sums = np.zeros((0, width))

    @property
    def names(self) -> list[str]:
        """The slices, in the order of their codes."""
        return ["(missing)" if value is None else str(value) for value in self._book.values]

    @property
    def sums(self) -> Array:
        """The sums so far, shape (slices, width)."""
        return self._sums[: len(self._book.values)]

    def codes(self, array: pa.Array) -> Codes:
        """Return the slice of each row, shape (n,)."""
        codes = self._book.encode(array, self.column)
        if len(self._book.values) > len(self._sums):
            larger = np.zeros((2 * len(self._book.values), self._sums.shape[1]))
            larger[: len(self._sums)] = self._sums
            self._sums = larger
        return codes

    def count(self, codes: Codes, cell: Array) -> None:
        """Add 1 to the sum number `cell` of the slice of each row."""
        width = self._sums.shape[1]
        self._sums += np.bincount(codes * width + cell, minlength=self._sums.size).reshape(self._sums.shape)

    def add(self, codes: Codes, *values: Array) -> None:
        """Add values to the slice of each row, one array of shape (n,) per sum."""
        for place, value in enumerate(values):
            self._sums[:, place] += np.bincount(codes, weights=value, minlength=len(self._sums))


def label_cells(is_positive: Array, called: Array, right: Array) -> Array:
    """Return the cell of each row for `Groups.count` with a width of 8."""
    cells: Array = (4 * is_positive.view(np.int8) + 2 * called.view(np.int8) + right.view(np.int8)).astype(np.int64)
    return cells
