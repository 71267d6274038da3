"""What is summed up while two runs are gone through side by side: rows per cohort, and per cohort and source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from evalkit._core.codes import bincount
from evalkit._core.extras import needs
from evalkit._core.inputs import Array
from evalkit.paired import ClusteredMean
from evalkit.streaming.paired import MISSING, RIGHT, WRONG, PairedTable, paired_table
from evalkit.tables.codes import places_in

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 1 << 18
ROWS_PER_PARTITION = 1 << 20
MOST_PAIRS = 1 << 21  # of source and kind of row that are kept: 50 MB


@dataclass(frozen=True)
class GroupPairs:
    """Rows of each group by what two runs made of them, and the differences of their scores.

    Attributes
    ----------
    cells : array of shape (groups, 9)
        As in `PairedTable`.
    scored, total, squares : arrays of shape (groups,)
        Rows that both have a score for; Σ difference and Σ difference².
    """

    cells: Array
    scored: Array
    total: Array
    squares: Array

    @classmethod
    def empty(cls) -> Self:
        """Return the sums of no rows and no groups."""
        return cls(np.zeros((0, 9), np.int64), *np.zeros((3, 0)))

    @classmethod
    def of(cls, codes: Array, n_groups: int, values: tuple[Array, Array]) -> Self:
        """Count rows by group: the cell of each row, and the difference of its scores or nan."""
        cells, difference = values
        counts = bincount(places_in((n_groups, 9), codes, cells), minlength=9 * n_groups).reshape(n_groups, 9)
        known = ~np.isnan(difference)
        sums = (bincount(codes[known], w, n_groups) for w in _powers(difference[known]))
        return cls(counts, *sums)

    def __add__(self, other: Self) -> Self:
        n_groups = max(len(self.cells), len(other.cells))
        return type(self)(
            *(
                _padded(one, n_groups) + _padded(two, n_groups)
                for one, two in zip(vars(self).values(), vars(other).values(), strict=True)
            )
        )

    def table(self, group: int) -> PairedTable:
        return paired_table(self.cells[group])

    def scores(self, group: int) -> ClusteredMean:
        """Return the mean difference of the scores, every row being its own source."""
        n, total, squares = (float(v[group]) for v in (self.scored, self.total, self.squares))
        return ClusteredMean(int(n), int(n), total, squares, total, n)


def _powers(values: Array) -> tuple[Array, Array, Array]:
    return np.ones(len(values)), values, values * values


def _padded(values: Array, n_groups: int) -> Array:
    return np.concatenate([values, np.zeros((n_groups - len(values), *values.shape[1:]), values.dtype)])


def cells_of(baseline: pa.Table, candidate: pa.Table, evaluator: str) -> Array:
    """Return the cell of each row, as in `PairedTable`: what the baseline made of it, and what the candidate did."""
    one, two = (_states(table.column(f"{evaluator}.passed").combine_chunks()) for table in (baseline, candidate))
    return 3 * one + two


def _states(passed: pa.Array) -> Array:
    """Return right, wrong or missing for an Arrow array of truth values."""
    needs("pyarrow")
    import pyarrow as pa

    states = passed.cast(pa.int8()).fill_null(MISSING).to_numpy()
    assert (WRONG, RIGHT) == (0, 1)
    return np.asarray(states).astype(np.int64)


def measured(cells: Array) -> Array:
    """Return what each row adds to the difference: −1 if broken, 1 if fixed, else 0; nan if an answer is missing."""
    return np.array([0, 1, np.nan, -1, 0, np.nan, np.nan, np.nan, np.nan])[cells]


def at_worst(cells: Array) -> Array:
    """Return the same, where a row for which only the second run has no answer counts as a wrong answer."""
    return np.array([0, 1, 0, -1, 0, -1, np.nan, np.nan, np.nan])[cells]


def candidate_right(cells: Array, lost_as_broken: bool) -> Array:
    """Return 1 where the second run is right and 0 where it is wrong; nan where it has no answer that counts."""
    lost = 0 if lost_as_broken else np.nan
    return np.array([0, 1, lost, 0, 1, lost, 0, 1, np.nan])[cells]


@dataclass(frozen=True)
class BySource:
    """What is known of the rows of a group by the source that they share.

    Attributes
    ----------
    difference, candidate : pairs of ClusteredMean
        Of the difference in accuracy, and of the second run's accuracy: as measured, and with lost rows as broken ones.
    scores : ClusteredMean
        Of the difference of the scores.
    """

    difference: tuple[ClusteredMean, ClusteredMean]
    candidate: tuple[ClusteredMean, ClusteredMean]
    scores: ClusteredMean

    @property
    def sources(self) -> int:
        return self.difference[0].clusters


NOTHING = ClusteredMean(0, 0, 0.0, 0.0, 0.0, 0.0)


class SourceSums:
    """Differences per source and group, in a file until all are there: the rows of a source may lie far apart."""

    def __init__(self, groupings: int) -> None:
        self._file: Any = TemporaryFile()  # noqa: SIM115 - closed by `close`
        columns: list[Any] = [
            ("source", "<u8"),
            ("codes", "<i4", (groupings,)),
            ("cell", "u1"),
            ("kind", "<i4"),
            ("score", "<f8"),
        ]
        self._kind = np.dtype(columns)
        self._rows = 0

    def close(self) -> None:
        self._file.close()

    def update(self, source: Array, codes: Sequence[Array], values: tuple[Array, Array], kinds: Array) -> None:
        """Add rows: the hash of their source, the code of their group in each grouping, cell, difference, and kind."""
        records = np.empty(len(source), self._kind)
        records["source"] = source
        records["codes"] = np.stack(codes, axis=1)
        records["cell"], records["score"] = values
        records["kind"] = kinds
        self._file.write(records.tobytes())
        self._rows += len(source)

    def sums(self, sizes: Sequence[int]) -> list[list[BySource]]:
        """Return for each grouping and group, of which there are `sizes`, the sums by source."""
        found = [[[NOTHING] * 5 for _ in range(size)] for size in sizes]
        n_partitions = max(1, self._rows // ROWS_PER_PARTITION)
        for partition in range(n_partitions):
            records = self._partition(partition, n_partitions)
            _, source = np.unique(records["source"], return_inverse=True)
            cells = records["cell"]
            values = [measured(cells), at_worst(cells), *(candidate_right(cells, lost) for lost in (False, True))]
            for grouping, size in enumerate(sizes):
                code = records["codes"][:, grouping]
                ways = [_clustered(source, code, each, size) for each in (*values, records["score"])]
                found[grouping] = [
                    [old + new for old, new in zip(group, more, strict=True)]
                    for group, more in zip(found[grouping], zip(*ways, strict=True), strict=True)
                ]
        return [[BySource((a, b), (c, d), e) for a, b, c, d, e in grouping] for grouping in found]

    def kinds(self) -> tuple[Array, Array, Array] | None:
        """Return sources, kinds of rows, and how many rows of that kind the source has; None if there are too many."""
        found: list[Array] = []
        sources = 0
        n_partitions = max(1, self._rows // ROWS_PER_PARTITION)
        for partition in range(n_partitions):
            records = self._partition(partition, n_partitions)
            records = records[records["kind"] >= 0]
            _, source = np.unique(records["source"], return_inverse=True)
            pairs, rows = np.unique(source * np.int64(1 << 32) + records["kind"], return_counts=True)
            found.append(np.stack([(pairs >> 32) + sources, pairs & ((1 << 32) - 1), rows]))
            sources += int(source.max(initial=-1)) + 1
            if sum(each.shape[1] for each in found) > MOST_PAIRS:
                return None
        source, kind, rows = np.concatenate(found, axis=1)
        return source, kind, rows

    def _partition(self, partition: int, n_partitions: int) -> Array:
        self._file.seek(0)
        parts = [np.empty(0, self._kind)]
        while data := self._file.read(self._kind.itemsize * ROWS_AT_ONCE):
            block = np.frombuffer(data, self._kind)
            parts.append(block[block["source"] % np.uint64(n_partitions) == partition])
        return np.concatenate(parts)


def _clustered(source: Array, code: Array, value: Array, size: int) -> list[ClusteredMean]:
    """Return the sums of each group over its sources."""
    known = ~np.isnan(value)
    pair, place = np.unique(source[known] * np.int64(size) + code[known], return_inverse=True)
    totals, rows, group = bincount(place, value[known]), bincount(place).astype(float), pair % size

    def summed(values: Array) -> list[float]:
        return bincount(group, values, size).tolist() if len(group) else [0.0] * size

    columns = [totals, totals**2, totals * rows, rows**2]
    numbers = zip(summed(np.ones(len(group))), summed(rows), *map(summed, columns), strict=True)
    return [ClusteredMean(int(m), int(n), *rest) for m, n, *rest in numbers]
