"""Read the columns of a CSV or Parquet file batch by batch, never the whole file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

FRACTIONS, WHOLE, BOOLEAN, TEXT = "fractions", "whole numbers", "truth values", "text"  # what a column can hold

BATCH = 1 << 17  # rows: the working arrays of a batch take a few megabytes
BLOCK = 1 << 21  # bytes of CSV
BUFFER = 1 << 20  # bytes per Parquet column: read piece by piece, or one huge row group would fill the memory


class ReportError(ValueError):
    """The file cannot be reported on; the message is one sentence for the person at the terminal."""


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
            raise ReportError(f"Column {column} has no values.")
        raise ReportError(f"Column {column} holds {found}, which is neither a label nor a number.")

    def batches(self, columns: list[str], floats: list[str]) -> Iterator[pa.RecordBatch]:
        """Yield the `columns` of all rows in order; those in `floats` are numbers with fractions."""
        with _as_sentence(self.path):
            if _suffix(self.path) == ".csv":
                yield from _csv(self.path, columns, floats)
            else:
                import pyarrow.parquet as pq

                text = [name for name in columns if self.kind(name) == TEXT]
                with pq.ParquetFile(self.path, buffer_size=BUFFER, pre_buffer=False, read_dictionary=text) as file:
                    yield from file.iter_batches(BATCH, columns=columns, use_threads=False)


def open_table(path: Path, columns: list[str]) -> Table:
    """Look at a file and make sure that it has the columns.

    Raises
    ------
    ReportError
        If there is no such file, it is neither CSV nor Parquet, it cannot be read, or a column is missing.
    """
    if not path.is_file():
        raise ReportError(f"There is no file {path}.")
    suffix = _suffix(path)
    if suffix not in (".csv", ".parquet"):
        raise ReportError(f"{path.name} is neither a .csv nor a .parquet file.")
    with _as_sentence(path):
        if suffix == ".parquet":
            import pyarrow.parquet as pq

            with pq.ParquetFile(path) as file:
                table = Table(path, file.schema_arrow, file.metadata.num_rows)
        else:
            import pyarrow.csv as csv

            with csv.open_csv(path, read_options=csv.ReadOptions(block_size=BLOCK)) as reader:
                table = Table(path, reader.schema, None)
    for column in columns:
        if table.schema.names.count(column) != 1:
            found = "no column" if column not in table.schema.names else "more than one column"
            raise ReportError(f"{path.name} has {found} {column!r}; its columns are {', '.join(table.schema.names)}.")
    return table


def _csv(path: Path, columns: list[str], floats: list[str]) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.csv as csv

    # The types are guessed from the first block, where a column of fractions may look whole.
    convert = csv.ConvertOptions(include_columns=columns, column_types={name: pa.float64() for name in floats})
    with csv.open_csv(path, read_options=csv.ReadOptions(block_size=BLOCK), convert_options=convert) as reader:
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
        raise ReportError(f"{path.name} cannot be read: {reason}.") from error
