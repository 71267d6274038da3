"""Tables cut into pieces that can be read one at a time: Parquet files and dask collections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evalkit._core.extras import needs
from evalkit._core.inputs import Array, InvalidParameterError
from evalkit.tables.files import check_columns, parquet_batches, parquet_files

ROWS_PER_TASK = 1 << 20  # rows in a piece of a Parquet file, which is what a worker sums up in one go

Reader = Callable[[Any], Iterable[tuple[Array, ...]]]


@dataclass(frozen=True)
class Piece:
    """A part of the source. `read(what)` yields batches: tuples with an array for each column."""

    what: Any
    read: Reader


def pieces_of(source: Any, columns: list[Any]) -> list[Piece]:
    """Cut the source into pieces."""
    if isinstance(source, str | Path) or (isinstance(source, list | tuple) and source):
        return _parquet_pieces([source] if isinstance(source, str | Path) else list(source), columns)
    if hasattr(source, "to_delayed") and hasattr(source, "columns"):
        check_columns("source", list(source.columns), columns)
        needed = source[list(dict.fromkeys(columns))]
        return [Piece(part, _FrameReader(columns)) for part in needed.to_delayed()]
    if hasattr(source, "to_delayed") and getattr(source, "ndim", None) == 2:
        array = source.rechunk({1: -1})
        return [Piece(part, _ArrayReader(columns)) for part in array.to_delayed()[:, 0]]
    raise InvalidParameterError(
        f"source must be a path, a list of paths, a dask DataFrame or a 2-D dask Array; got {type(source).__name__}."
    )


@dataclass(frozen=True)
class _FrameReader:
    """Reads a pandas DataFrame."""

    columns: list[Any]

    def __call__(self, frame: Any) -> Iterator[tuple[Array, ...]]:
        for column in self.columns:
            if frame[column].isna().any():
                raise ValueError(f"column {column!r} has missing values.")
        yield tuple(np.asarray(frame[column]) for column in self.columns)


@dataclass(frozen=True)
class _ArrayReader:
    """Reads a NumPy array of shape (rows, columns)."""

    columns: list[Any]

    def __call__(self, block: Any) -> Iterator[tuple[Array, ...]]:
        yield tuple(block[:, column] for column in self.columns)


@dataclass(frozen=True)
class _ParquetReader:
    """Reads row groups of a Parquet file, in batches."""

    columns: list[Any]

    def __call__(self, what: tuple[str, list[int]]) -> Iterator[tuple[Array, ...]]:
        path, row_groups = what
        for batch in parquet_batches(path, list(dict.fromkeys(self.columns)), row_groups=row_groups):
            yield tuple(self._array(batch, column) for column in self.columns)

    @staticmethod
    def _array(batch: Any, name: str) -> Array:
        column = batch.column(name)
        if column.null_count:
            raise ValueError(f"column {name!r} has missing values.")
        if hasattr(column, "dictionary_decode"):
            column = column.dictionary_decode()
        array: Array = column.to_numpy(zero_copy_only=False)
        return array


def _parquet_pieces(paths: list[Any], columns: list[Any]) -> list[Piece]:
    """Cut Parquet files into runs of row groups of about `ROWS_PER_TASK` rows."""
    needs("pyarrow")
    from pyarrow.parquet import ParquetFile

    reader = _ParquetReader(columns)
    pieces = []
    for path in _files(paths):
        with ParquetFile(path) as file:
            check_columns(str(path), file.schema_arrow.names, columns)
            sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        run: list[int] = []
        n_rows = 0
        for group, size in enumerate(sizes):
            run.append(group)
            n_rows += size
            if n_rows >= ROWS_PER_TASK or group == len(sizes) - 1:
                pieces.append(Piece((str(path), run), reader))
                run, n_rows = [], 0
    return pieces


def _files(paths: list[Any]) -> list[Path]:
    """List the Parquet files of files and folders, in order."""
    files: list[Path] = []
    for path in map(Path, paths):
        if not path.exists():
            raise ValueError(f"source {str(path)!r} does not exist.")
        files += parquet_files(path) if path.is_dir() else [path]
    if not files:
        raise ValueError(f"source holds no Parquet files: {[str(path) for path in paths]}.")
    return files
