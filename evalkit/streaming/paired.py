"""Two models on the same rows, counted: which rows does the second one break, and which does it fix?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from evalkit._core.codes import bincount
from evalkit._core.html import columns_table
from evalkit._core.inputs import Array
from evalkit.paired import paired_difference_interval
from evalkit.streaming._rows import number_column, same_length
from evalkit.streaming.accumulator import Accumulator
from evalkit.uncertainty import Interval, McNemar, mcnemar

WRONG, RIGHT, MISSING = 0, 1, 2  # what a model made of a row


@dataclass(frozen=True)
class PairedTable:
    """How many rows two models get right, wrong, or have no answer for.

    Attributes
    ----------
    cells : tuple of tuple of int
        Rows by what the first model made of them (wrong, right, no answer) and, within that, the second.
    """

    cells: tuple[tuple[int, int, int], ...]

    def _repr_html_(self) -> str:
        names = ("wrong", "right", "no answer")
        columns = {"first model \\ second model": names} | dict(zip(names, zip(*self.cells, strict=True), strict=True))
        return columns_table("Two models on the same rows", columns)

    @property
    def both_right(self) -> int:
        return self.cells[RIGHT][RIGHT]

    @property
    def both_wrong(self) -> int:
        return self.cells[WRONG][WRONG]

    @property
    def broken(self) -> int:
        """Rows that only the first model gets right."""
        return self.cells[RIGHT][WRONG]

    @property
    def fixed(self) -> int:
        """Rows that only the second model gets right."""
        return self.cells[WRONG][RIGHT]

    @property
    def lost(self) -> int:
        """Rows that only the first model has an answer for, right or wrong."""
        return self.cells[RIGHT][MISSING] + self.cells[WRONG][MISSING]

    @property
    def lost_right(self) -> int:
        """Rows that the first model gets right and the second has no answer for."""
        return self.cells[RIGHT][MISSING]

    @property
    def regained(self) -> int:
        """Rows that only the second model has an answer for."""
        return self.cells[MISSING][RIGHT] + self.cells[MISSING][WRONG]

    @property
    def neither(self) -> int:
        """Rows that no model has an answer for."""
        return self.cells[MISSING][MISSING]

    @property
    def compared(self) -> int:
        """Rows that both models have an answer for."""
        return self.both_right + self.both_wrong + self.broken + self.fixed

    @property
    def rows(self) -> int:
        return sum(map(sum, self.cells))

    @property
    def difference(self) -> float:
        """The accuracy of the second model minus that of the first, on the rows that both have an answer for."""
        return (self.fixed - self.broken) / self.compared if self.compared else float("nan")

    def interval(self, level: float = 0.95) -> Interval:
        """Return Tango's interval of the difference."""
        return paired_difference_interval(self.broken, self.fixed, self.compared, level)

    def test(self) -> McNemar:
        """Return McNemar's test, mid-p."""
        return mcnemar(self.broken, self.fixed, method="mid-p")

    def lost_as_broken(self) -> PairedTable:
        """Return the table as if the second model had given a wrong answer wherever it gave none."""
        cells = [list(row) for row in self.cells]
        for first in (WRONG, RIGHT):
            cells[first][WRONG] += cells[first][MISSING]
            cells[first][MISSING] = 0
        return PairedTable(tuple((a, b, c) for a, b, c in cells))

    def __add__(self, other: PairedTable) -> PairedTable:
        """Return the counts of the rows of both."""
        return paired_table(np.array(self.cells) + np.array(other.cells))


def paired_table(cells: Array) -> PairedTable:
    """Return the table of 9 counts, of shape (9,) or (3, 3)."""
    return PairedTable(tuple((a, b, c) for a, b, c in cells.reshape(3, 3).tolist()))


class PairedCounts(Accumulator):
    """Count the rows that two models get right or wrong. `compute()` returns a `PairedTable`.

    Examples
    --------
    >>> counts = PairedCounts().update([True, True, False], [True, False, True]).update([1, 1], [0, float("nan")])
    >>> table = counts.compute()
    >>> table.broken, table.fixed, table.lost
    (2, 1, 1)
    """

    inputs = ("first", "second")

    def __init__(self) -> None:
        self._cells: Array = np.zeros(9, np.int64)

    def update(self, first: Any, second: Any) -> Self:
        """Count a batch: whether each model gets each row right (1 or 0), nan where it has no answer; shape (n,).

        Raises
        ------
        ValueError
            If the lengths differ, or a value is none of these.
        """
        one, two = _states(first, "first"), _states(second, "second")
        same_length(one, two, "second")
        self._cells = self._cells + bincount(one * 3 + two, minlength=9)
        return self

    def merge(self, other: Self) -> Self:
        """Return the counts of the rows of both."""
        self._check_same_kind(other)
        merged = self.empty()
        merged._cells = self._cells + other._cells
        return merged

    def compute(self) -> PairedTable:
        """Return the counts."""
        return paired_table(self._cells)

    def _settings(self) -> dict[str, Any]:
        return {}

    def _state(self) -> dict[str, Any]:
        return {"cells": self._cells.tolist()}

    def _restore(self, state: dict[str, Any]) -> None:
        self._cells = np.array(state["cells"], np.int64)


def _states(values: Any, name: str) -> Array:
    given = number_column(values, name)
    if given.dtype == bool:
        return given.astype(np.int64)
    missing = np.isnan(given) if given.dtype.kind == "f" else np.zeros(len(given), bool)
    if not (missing | (given == 0) | (given == 1)).all():
        raise ValueError(f"{name} must hold 1 (right), 0 (wrong) or nan (no answer).")
    return np.where(missing, MISSING, np.nan_to_num(given)).astype(np.int64)
