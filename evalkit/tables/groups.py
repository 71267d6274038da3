"""Sums per group of rows: one small table, whatever the number of rows, from which the metrics of each group follow.

There is one sum for shares of labels (`GroupShares`) and one for the errors of predicted numbers (`GroupErrors`). Both
are immutable: made from the codes of the rows' groups, added with `+`, and read group by group. A code is given once
and for all, so the sums of two batches may know different numbers of groups; those that one of them does not know yet
count as empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, Protocol, Self, TypeVar

import numpy as np

from evalkit._core.codes import bincount
from evalkit._core.inputs import Array
from evalkit._core.sums import two_sum
from evalkit.tables.codes import MOST_GROUPS, Codebook, Codes, places_in
from evalkit.uncertainty import Interval, mean_interval, wilson_interval

if TYPE_CHECKING:
    import pyarrow as pa

ShareName = Literal["accuracy", "recall", "precision", "specificity"]

# The cell of a row in the table of its group, as three bits: is it positive, was it called positive, is it right?
IS_POSITIVE, CALLED, RIGHT = (np.array([cell & bit > 0 for cell in range(8)]) for bit in (4, 2, 1))

# For each share: which rows are right, and of which rows it is the share.
SHARES: dict[ShareName, tuple[Array, Array]] = {
    "accuracy": (RIGHT, np.ones(8, bool)),
    "recall": (IS_POSITIVE & CALLED, IS_POSITIVE),
    "precision": (IS_POSITIVE & CALLED, CALLED),
    "specificity": (~IS_POSITIVE & ~CALLED, ~IS_POSITIVE),
}


class Share(NamedTuple):
    """A number of rows out of others, such as the hits out of the positives: a recall."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share; nan where there is nothing to divide by."""
        return self.hits / self.of if self.of else float("nan")

    def interval(self, level: float = 0.95) -> Interval | None:
        """Return Wilson's interval; None where there is nothing to divide by."""
        return wilson_interval(self.hits, self.of, level) if self.of else None


@dataclass(frozen=True)
class GroupShares:
    """Rows of each group by whether they are positive, called positive, and right.

    Attributes
    ----------
    cells : array of shape (groups, 8)
    """

    cells: Array

    @classmethod
    def empty(cls) -> Self:
        """Return the sums of no rows and no groups."""
        return cls(np.zeros((0, 8), np.int64))

    @classmethod
    def of(cls, codes: Codes, n_groups: int, cells: Array) -> Self:
        """Count rows by group and by cell, as `label_cells` gives it; both of shape (n,)."""
        counts = bincount(places_in((n_groups, 8), codes, cells), minlength=8 * n_groups)
        return cls(counts.reshape(n_groups, 8))

    def __add__(self, other: Self) -> Self:
        one, two = _same_groups(self, other)
        return type(self)(one.cells + two.cells)

    @property
    def rows(self) -> Array:
        """The rows of each group, shape (groups,)."""
        rows: Array = self.cells.sum(axis=1)
        return rows

    def shares(self, name: ShareName) -> list[Share]:
        """Return a share of each group."""
        hits, of = (self.cells[:, chosen].sum(axis=1).tolist() for chosen in SHARES[name])
        return [Share(*counts) for counts in zip(hits, of, strict=True)]


def label_cells(is_positive: Array, called: Array, right: Array) -> Array:
    """Return the cell of each row from three arrays of truth values, all of shape (n,)."""
    cells: Array = 4 * is_positive.view(np.int8) + 2 * called.view(np.int8) + right.view(np.int8)
    return cells


@dataclass(frozen=True)
class GroupErrors:
    """Errors of the rows of each group: their sums, and how much their sizes vary. All arrays have shape (groups,).

    Attributes
    ----------
    rows : array
    error, absolute : array
        Σ error and Σ |error|.
    mean, mean_low : array
        The mean of |error| is `mean + mean_low`, where `mean_low` is what did not fit in a float64.
    spread : array
        The sum of the squared distances of |error| from its mean. Σ error² − n · mean² would subtract two huge, nearly
        equal numbers where the errors are large and alike.

    References
    ----------
    T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample variance", The American Statistician
    37 (1983).
    """

    rows: Array
    error: Array
    absolute: Array
    mean: Array
    mean_low: Array
    spread: Array

    @classmethod
    def empty(cls) -> Self:
        """Return the sums of no rows and no groups."""
        return cls(np.zeros(0, np.int64), *np.zeros((5, 0)))

    @classmethod
    def of(cls, codes: Codes, n_groups: int, error: Array) -> Self:
        """Sum up errors of shape (n,), group by group."""

        def total(values: Array) -> Array:
            return bincount(codes, weights=values, minlength=n_groups)

        rows = bincount(codes, minlength=n_groups)
        distance = np.abs(error)
        absolute = total(distance)
        # Distances from any value of the group are small where all are alike, and zero where they are equal.
        origin = np.zeros(n_groups)
        origin[codes] = distance
        distance -= np.take(origin, codes)
        offset = total(distance) / np.maximum(rows, 1)
        distance -= np.take(offset, codes)
        spread = total(np.square(distance, out=distance))
        return cls(rows, total(error), absolute, *two_sum(origin, np.zeros(n_groups), offset), spread)

    def __add__(self, other: Self) -> Self:
        one, two = _same_groups(self, other)
        rows = one.rows + two.rows
        share = two.rows / np.maximum(rows, 1)
        # A group that is new has no mean to start from but the other one.
        mean, mean_low = np.where(one.rows, (one.mean, one.mean_low), (two.mean, two.mean_low))
        difference = (two.mean - mean) + (two.mean_low - mean_low)
        return type(self)(
            rows,
            one.error + two.error,
            one.absolute + two.absolute,
            *two_sum(mean, mean_low, difference * share),
            one.spread + two.spread + difference * difference * one.rows * share,
        )

    def mean_absolute_errors(self) -> list[Interval]:
        """Return the mean absolute error of each group, with the 95 % interval of a mean."""
        means = (self.absolute / self.rows).tolist()
        sums = zip(means, self.spread.tolist(), self.rows.tolist(), strict=True)
        return [mean_interval(mean, spread, rows) for mean, spread, rows in sums]


Known = TypeVar("Known", GroupShares, GroupErrors)


def _same_groups(one: Known, other: Known) -> tuple[Known, Known]:
    """Return both sums with as many groups as the larger one has."""
    n_groups = max(len(one.rows), len(other.rows))

    def padded(values: Array) -> Array:
        missing = np.zeros((n_groups - len(values), *values.shape[1:]), values.dtype)
        return np.concatenate([values, missing]) if len(missing) else values

    def widened(sums: Known) -> Known:
        return type(sums)(*map(padded, vars(sums).values()))

    return widened(one), widened(other)


class GroupSums(Protocol):
    """Sums per group, of whatever is known of a row."""

    @classmethod
    def of(cls, codes: Codes, n_groups: int, values: Any, /) -> Self:
        """Sum up the values of rows whose groups have these codes."""

    def __add__(self, other: Self) -> Self: ...


Sums = TypeVar("Sums", bound=GroupSums)


class GroupedColumn(Generic[Sums]):
    """A column of a file by whose values the rows are grouped, and the sums of its groups so far.

    Rows without a value are a group of their own.

    Parameters
    ----------
    column : str
    empty : GroupShares, GroupErrors, or the like
        The sums of no rows.
    """

    def __init__(self, column: str, empty: Sums) -> None:
        self.column = column
        self.sums: Sums = empty
        self._book = Codebook(MOST_GROUPS, "slice by a column with fewer")

    @property
    def names(self) -> list[str]:
        """The groups, in the order of their codes."""
        return ["(missing)" if value is None else str(value) for value in self._book.values]

    def update(self, array: pa.Array, values: Any) -> Codes:
        """Add up the values of a batch, and return the code of the group of each row; all of shape (n,)."""
        codes = self._book.encode(array, self.column)
        self.sums = self.sums + type(self.sums).of(codes, len(self._book.values), values)
        return codes
