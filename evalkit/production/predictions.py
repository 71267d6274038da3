"""Predictions that were made elsewhere: evaluate a file of them as if this were the pipeline's run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit._core.extras import needs
from evalkit.production.alignment import aligned
from evalkit.production.rows import Rows, RowSource
from evalkit.production.runs import ROWS_PER_PART, Run, run
from evalkit.tables.canonical import values_of
from evalkit.tables.files import open_table

if TYPE_CHECKING:
    import pyarrow as pa


def run_predictions(
    dataset: RowSource,
    path: str | Path,
    *,
    to: str | Path,
    id: str = "id",
    output: str = "output",
    allow_missing: bool = False,
    part_rows: int = ROWS_PER_PART,
    **options: Any,
) -> Run:
    """Evaluate a file of predictions and write the results to a folder.

    Rows are found by their id, in whatever order the file has them, in constant memory.

    Parameters
    ----------
    dataset : Dataset
    path : path
        A .parquet or .csv file.
    to : path
        The folder of the run.
    id, output : str
        The columns of the file.
    allow_missing : bool
        Rows without a prediction become errors of the pipeline, rather than a refusal.
    part_rows, **options
        As for `run`.

    Raises
    ------
    AlignmentError
        If ids are missing, unknown or repeated.
    """
    order = (_strings(list(rows["id"])) for rows in dataset.blocks(part_rows))
    parts = aligned(order, _tables(Path(path), id, output), len(dataset), allow_missing=allow_missing)
    first = next(parts)  # whatever is wrong with the ids is found before, and not taken for an error of the pipeline
    options = {"batch_size": part_rows, "part_rows": part_rows, **options}
    return run(dataset, _Lookup(chain([first], parts)), to=to, **options)


def _tables(path: Path, id: str, output: str) -> Iterator[pa.Table]:
    needs("pyarrow")
    import pyarrow as pa

    table = open_table(path, [id, output])
    for batch in table.batches([id, output], []):
        found = [batch.column(name) for name in (id, output)]
        plain = [column.dictionary_decode() if hasattr(column, "dictionary_decode") else column for column in found]
        yield pa.table({"id": plain[0].cast(pa.string()), "output": plain[1]})


def _strings(values: list[str]) -> pa.Array:
    needs("pyarrow")
    import pyarrow as pa

    return pa.array(values, pa.string())


class _Lookup:
    """A pipeline that knows the outputs of one part after the other. Parts that are there already are passed over."""

    def __init__(self, parts: Iterator[pa.Table]) -> None:
        self._parts = parts
        self._known: dict[str, Any] = {}

    def __call__(self, rows: Rows) -> list[Any]:
        while rows["id"][0] not in self._known:
            part = next(self._parts)
            names, outputs = (values_of(part.column(name).combine_chunks()) for name in ("id", "output"))
            self._known = dict(zip(names, outputs, strict=True))
        return [self._known[name] for name in rows["id"]]
