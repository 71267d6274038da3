"""Keep a few rows of very many: the worst ones, or an even sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from evalkit._core.inputs import Array


class TopRows:
    """The `size` rows with the highest value; of equal ones the earlier row.

    Memory: `size` rows. However the rows are cut into batches, the same ones are kept.

    Parameters
    ----------
    size : int
    columns : sequence of str
        What is remembered of a row, apart from its value and its number.
    """

    def __init__(self, size: int, columns: Any) -> None:
        self.size = size
        self.value: Array = np.empty(0)
        self.row: Array = np.empty(0, np.int64)
        self.columns: dict[str, Array] = {name: np.empty(0) for name in columns}

    @property
    def is_full(self) -> bool:
        """Whether there are as many rows as are kept."""
        return len(self.value) == self.size

    @property
    def least(self) -> float:
        """The lowest value kept: once it is full, only a row with a higher one is kept."""
        return float(self.value[-1])

    def update(self, value: Array, row: Array, **columns: Array) -> None:
        """Offer rows: their values, their numbers in the file and their columns, all of shape (n,)."""
        index = np.flatnonzero(value > self.least) if self.is_full else np.arange(len(value))
        if len(index) > self.size:
            offered = value[index]
            least = np.partition(offered, -self.size)[-self.size]
            above = index[offered > least]
            index = np.concatenate([above, index[offered == least][: self.size - len(above)]])
        if not len(index):
            return
        value, row = np.append(self.value, value[index]), np.append(self.row, row[index])
        best = np.lexsort((row, -value))[: self.size]
        self.value, self.row = value[best], row[best]
        self.columns = {name: np.append(old, columns[name][index])[best] for name, old in self.columns.items()}


def scattered(row: Array) -> Array:
    """Return a number in [0, 1) for each row number that looks random and is always the same (splitmix64).

    The rows with the highest numbers are an even sample of all rows.

    G. L. Steele, D. Lea and C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
    """
    z = (row.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    unit: Array = ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) / 2.0**53
    return unit
