"""Read the columns of a CSV or Parquet file batch by batch, never the whole file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

FRACTIONS, WHOLE, BOOLEAN, TEXT = "fractions", "whole numbers", "truth values", "text"  # what a column can hold

ROWS_AT_ONCE = 1 << 17  # read from a Parquet file: the working arrays of a batch take a few megabytes
CSV_BYTES_AT_ONCE = 1 << 21
BUFFER_BYTES = 1 << 20  # per Parquet column: read page by page, or one huge row group would fill the memory


class TableError(ValueError):
    """The table cannot be read, or not in this way; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Table:
    """A file of predictions: its columns and their types, the number of rows if the file says so, and its batches."""

    path: Path
    schema: Any
    rows: int | None

    def kind(self, column: str) -> str:
        """Return FRACTIONS, WHOLE, BOOLEAN or TEXT, or say that such values cannot be reported on."""
        import pyarrow.types as types

        found = self.schema.field(column).type
        if types.is_dictionary(found):
            found = found.value_type
        if types.is_floating(found) or types.is_decimal(found):
            return FRACTIONS
        if types.is_integer(found):
            return WHOLE
        if types.is_boolean(found):
            return BOOLEAN
        if types.is_string(found) or types.is_large_string(found) or types.is_string_view(found):
            return TEXT
        if types.is_null(found):
            raise TableError(f"Column {column} has no values.")
        raise TableError(f"Column {column} holds {found}, which is neither a label nor a number.")

    def batches(self, columns: list[str], floats: list[str]) -> Iterator[pa.RecordBatch]:
        """Yield the `columns` of all rows in order; those in `floats` are numbers with fractions."""
        with _as_sentence(self.path):
            if _suffix(self.path) == ".csv":
                yield from _csv(self.path, columns, floats)
            else:
                text = [name for name in columns if self.kind(name) == TEXT]
                yield from parquet_batches(self.path, columns, text=text)


def open_table(path: Path, columns: list[str]) -> Table:
    """Look at a file and make sure that it has the columns.

    Raises
    ------
    TableError
        If there is no such file, it is neither CSV nor Parquet, it cannot be read, or a column is missing.
    """
    if not path.is_file():
        raise TableError(f"There is no file {path}.")
    suffix = _suffix(path)
    if suffix not in (".csv", ".parquet"):
        raise TableError(f"{path.name} is neither a .csv nor a .parquet file.")
    with _as_sentence(path):
        if suffix == ".parquet":
            import pyarrow.parquet as pq

            with pq.ParquetFile(path) as file:
                table = Table(path, file.schema_arrow, file.metadata.num_rows)
        else:
            import pyarrow.csv as csv

            with csv.open_csv(path, read_options=csv.ReadOptions(block_size=CSV_BYTES_AT_ONCE)) as reader:
                table = Table(path, reader.schema, None)
    check_columns(path.name, table.schema.names, columns)
    return table


def check_columns(source: str, names: Sequence[Any], wanted: Iterable[Any]) -> None:
    """Raise unless each wanted column occurs exactly once among the names of the columns of a source."""
    for column in wanted:
        if names.count(column) != 1:
            found = "no column" if column not in names else "more than one column"
            raise TableError(f"{source} has {found} {column!r}; its columns are {', '.join(map(str, names))}.")


def parquet_batches(
    path: str | Path, columns: list[str], *, row_groups: list[int] | None = None, text: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """Yield the columns of a Parquet file, or of some of its row groups, in constant memory.

    Columns of `text` come as dictionaries: each different value once, and its number in every row.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, buffer_size=BUFFER_BYTES, pre_buffer=False, read_dictionary=list(text)) as file:
        yield from file.iter_batches(ROWS_AT_ONCE, row_groups=row_groups, columns=columns, use_threads=False)


def _csv(path: Path, columns: list[str], floats: list[str]) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.csv as csv

    # The types are guessed from the first block, where a column of fractions may look whole.
    convert = csv.ConvertOptions(include_columns=columns, column_types={name: pa.float64() for name in floats})
    with csv.open_csv(
        path, read_options=csv.ReadOptions(block_size=CSV_BYTES_AT_ONCE), convert_options=convert
    ) as reader:
        yield from reader


def _suffix(path: Path) -> str:
    """Return the type of the file, in lower case; `.gz` is read through, for CSV."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return ".csv" if suffixes[-2:] == [".csv", ".gz"] else (suffixes or [""])[-1]


@contextmanager
def _as_sentence(path: Path) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise TableError(f"{path.name} cannot be read: {reason}.") from error
