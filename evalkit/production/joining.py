"""Two runs side by side, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evalkit.production.alignment import aligned
from evalkit.production.runs import Run

if TYPE_CHECKING:
    import pyarrow as pa


def joined(baseline: Run, candidate: Run) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Yield the parts of both runs side by side, by id, in the order of the baseline."""
    if _same_order(baseline, candidate):
        yield from zip(baseline.tables(), candidate.tables(), strict=True)
        return
    order = (table.column("id").combine_chunks() for table in baseline.tables(["id"]))
    yield from zip(baseline.tables(), aligned(order, candidate.tables(), baseline.rows), strict=True)


def _same_order(baseline: Run, candidate: Run) -> bool:
    if baseline.rows != candidate.rows or baseline.manifest["part_rows"] != candidate.manifest["part_rows"]:
        return False
    return all(one == two for one, two in zip(baseline.tables(["id"]), candidate.tables(["id"]), strict=True))
