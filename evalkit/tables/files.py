"""Read the columns of a CSV or Parquet file batch by batch, never the whole file."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit._core.extras import needs

if TYPE_CHECKING:
    import pyarrow as pa

FRACTIONS, WHOLE, BOOLEAN, TEXT = "fractions", "whole numbers", "truth values", "text"  # what a column can hold

# Read from a Parquet file at once: two threads meet less often in large batches, and many columns must fit in memory.
ROWS_AT_ONCE = 1 << 18
CELLS_AT_ONCE = 1 << 21
CSV_BYTES_AT_ONCE = 1 << 21
BUFFER_BYTES = 1 << 20  # per Parquet column: read page by page, or one huge row group would fill the memory

# What may stand between the columns of a text file that was given another name.
_SEPARATORS = {";": "';'", "\t": "tab", "|": "'|'"}


class TableError(ValueError):
    """The table cannot be read, or not in this way; the message is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class CsvFormat:
    """How a text file is written.

    Parameters
    ----------
    sep : str
        What stands between the columns: one character, or "tab".
    decimal : str
        The sign before the fraction of a number: "." or ",".
    thousands : str
        The sign between groups of three digits; "" for none.
    encoding : str
        The name of the encoding, such as "utf-8", "windows-1252" or "utf-16".
    """

    sep: str = ","
    decimal: str = "."
    thousands: str = ""
    encoding: str = "utf-8"

    def __post_init__(self) -> None:
        if self.sep == "tab":
            object.__setattr__(self, "sep", "\t")
        for name in ("sep", "decimal"):
            if len(getattr(self, name)) != 1:
                raise TableError(f"--{name} must be one character, not {getattr(self, name)!r}.")
        if len(self.thousands) > 1 or self.thousands == self.decimal:
            raise TableError(f"--thousands must be one character other than that of --decimal, not {self.thousands!r}.")
        try:
            "".encode(self.encoding)
        except LookupError:
            raise TableError(f"There is no encoding called {self.encoding!r}.") from None


@dataclass(frozen=True)
class Table:
    """A file of predictions, or a folder of Parquet files that is read as one.

    Its columns and their types, the number of rows if the file says so, and its batches.
    """

    path: Path
    schema: Any
    rows: int | None
    files: tuple[Path, ...] = ()
    written: CsvFormat = field(default_factory=CsvFormat)

    @property
    def is_text(self) -> bool:
        """Whether the file is a CSV, which does not say what its columns hold."""
        return bool(self.files) and _suffix(self.files[0]) == ".csv"

    def kind(self, column: str) -> str:
        """Return FRACTIONS, WHOLE, BOOLEAN or TEXT, or say that such values cannot be reported on."""
        return kind_of(self.schema.field(column).type, column)

    def batches(self, columns: list[str], floats: Sequence[str], text: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
        """Yield the `columns` of all rows in order.

        Parameters
        ----------
        columns : list of str
        floats : sequence of str
            Columns that are numbers with fractions, whatever the first rows of a CSV look like.
        text : sequence of str
            Columns whose values a CSV gives as they are written. A Parquet file knows their types.
        """
        for path in self.files:
            with _as_sentence(path, self.written):
                if _suffix(path) == ".csv":
                    yield from _csv(path, columns, floats, text, self.written)
                else:
                    words = [name for name in columns if _is_text(self.schema.field(name).type)]
                    yield from parquet_batches(path, columns, text=words)


def kind_of(found: Any, column: str) -> str:
    """Return FRACTIONS, WHOLE, BOOLEAN or TEXT for an Arrow type, or say that there are no labels of such a type."""
    import pyarrow.types as types

    if types.is_dictionary(found):
        found = found.value_type
    if types.is_floating(found) or types.is_decimal(found):
        return FRACTIONS
    if types.is_integer(found):
        return WHOLE
    if types.is_boolean(found):
        return BOOLEAN
    if _is_text(found):
        return TEXT
    if types.is_null(found):
        raise TableError(f"Column {column!r} has no values.")
    raise TableError(f"Column {column!r} holds {found}, which is neither a label nor a number.")


def _is_text(found: Any) -> bool:
    import pyarrow.types as types

    if types.is_dictionary(found):
        found = found.value_type
    return bool(types.is_string(found) or types.is_large_string(found) or types.is_string_view(found))


def open_table(path: Path, columns: list[str], written: CsvFormat | None = None) -> Table:
    """Look at a file, or a folder of Parquet files, and make sure that it has the columns.

    Raises
    ------
    TableError
        If there is no such file, it is neither CSV nor Parquet, it cannot be read, or a column is missing.
    """
    files = _files(path)
    written = written or CsvFormat()
    if written.sep == "," and ".tsv" in [suffix.lower() for suffix in files[0].suffixes[-2:]]:
        written = replace(written, sep="\t")
    needs("pyarrow")
    is_csv = _suffix(files[0]) == ".csv"
    table = _open_csv(path, written) if is_csv else _open_parquet(path, files, written)
    check_columns(path.name, table.schema.names, columns)
    return table


def parquet_files(folder: Path) -> tuple[Path, ...]:
    """List the Parquet files in a folder and in those below it, in order, without hidden ones and notes of a writer."""
    return tuple(file for file in sorted(folder.rglob("*.parquet")) if not file.name.startswith((".", "_")))


def _files(path: Path) -> tuple[Path, ...]:
    if path.is_dir():
        found = parquet_files(path)
        if not found:
            raise TableError(f"The folder {path} holds no .parquet files.")
        return found
    if not path.is_file():
        raise TableError(f"There is no file {path}.")
    if _suffix(path) not in (".csv", ".parquet"):
        raise TableError(f"{path.name} is neither a .csv nor a .parquet file.")
    return (path,)


def _open_csv(path: Path, written: CsvFormat) -> Table:
    import pyarrow.csv as csv

    read, parse = _options(written)
    with _as_sentence(path, written):
        line = _first_line(path, written.encoding)
        other = next((sep for sep in _SEPARATORS if sep in line and written.sep not in line), None)
        if other is not None:
            raise TableError(
                f"{path.name} has one column, {line!r}: what stands between columns? Say --sep {_SEPARATORS[other]}."
            )
        with csv.open_csv(path, read_options=read, parse_options=parse) as reader:
            schema = reader.schema
            _ = schema.names  # bytes that are no text are found here
    return Table(path, schema, None, (path,), written)


def _first_line(path: Path, encoding: str) -> str:
    opened = gzip.open if path.suffix.lower() == ".gz" else open
    with opened(path, "rt", encoding=encoding) as file:
        return str(file.readline(1 << 16)).strip()


def _open_parquet(path: Path, files: tuple[Path, ...], written: CsvFormat) -> Table:
    import pyarrow.parquet as pq

    rows, schema = 0, None
    for one in files:
        with _as_sentence(one), pq.ParquetFile(one) as file:
            rows += file.metadata.num_rows
            if schema is not None and not file.schema_arrow.equals(schema):
                raise TableError(f"{files[0].name} and {one.name} have different columns or types.")
            schema = file.schema_arrow
    return Table(path, schema, rows, files, written)


def check_columns(source: str, names: Sequence[Any], wanted: Iterable[Any]) -> None:
    """Raise unless each wanted column occurs exactly once among the names of the columns of a source."""
    for column in wanted:
        if names.count(column) != 1:
            found = "no column" if column not in names else "more than one column"
            raise TableError(f"{source} has {found} {column!r}; its columns are {', '.join(map(repr, names))}.")


def parquet_batches(
    path: str | Path, columns: list[str], *, row_groups: list[int] | None = None, text: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """Yield the columns of a Parquet file, or of some of its row groups, in constant memory.

    Columns of `text` come as dictionaries: each different value once, and its number in every row.
    """
    needs("pyarrow")
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, buffer_size=BUFFER_BYTES, pre_buffer=False, read_dictionary=list(text)) as file:
        rows = max(1, min(ROWS_AT_ONCE, CELLS_AT_ONCE // max(1, len(columns))))
        yield from file.iter_batches(rows, row_groups=row_groups, columns=columns, use_threads=False)


def _csv(
    path: Path, columns: list[str], floats: Sequence[str], text: Sequence[str], written: CsvFormat
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.csv as csv

    # Where a type is not given it is guessed from the first block, and a column of fractions may look whole there.
    as_written = pa.dictionary(pa.int32(), pa.string())
    types = dict.fromkeys(text, as_written)
    for name in floats:
        # Arrow knows no thousands: such numbers are read as text and put in order afterwards.
        types[name] = pa.string() if written.thousands else pa.float64()
    convert = csv.ConvertOptions(
        include_columns=columns,
        column_types=types,
        decimal_point=written.decimal,
        # Of numbers: text is never missing here, for "NA" may be a country.
        null_values=[*csv.ConvertOptions().null_values, "None", "<NA>"],
    )
    read, parse = _options(written)
    with csv.open_csv(path, read_options=read, parse_options=parse, convert_options=convert) as reader:
        yield from reader


def _options(written: CsvFormat) -> tuple[Any, Any]:
    import pyarrow.csv as csv

    return (
        csv.ReadOptions(block_size=CSV_BYTES_AT_ONCE, encoding=written.encoding),
        csv.ParseOptions(delimiter=written.sep),
    )


def _suffix(path: Path) -> str:
    """Return the type of the file, in lower case; `.gz` is read through, for CSV; a `.tsv` is one with tabs."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    last = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else (suffixes or [""])[-1]
    is_text = last in (".csv", ".tsv") and suffixes[-1] in (last, ".gz")
    return ".csv" if is_text else (suffixes or [""])[-1]


@contextmanager
def _as_sentence(path: Path, written: CsvFormat | None = None) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except UnicodeError:
        raise TableError(_other_encoding(path, written)) from None
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        if "invalid UTF8" in reason:
            raise TableError(_other_encoding(path, written)) from error
        number = re.search(r"to double: invalid value '([^']*)'", reason)
        told = advice(number[1]) if number else ""
        raise TableError(f"{path.name} cannot be read: {reason}.{told}") from error


def _other_encoding(path: Path, written: CsvFormat | None) -> str:
    used = written.encoding if written else "utf-8"
    return f"{path.name} is not written in {used}: say with --encoding in which it is, such as windows-1252."


def advice(value: str) -> str:
    """What to do about a text that may be a number written in another way."""
    value = value.strip()
    if re.fullmatch(r"[+-]?[\d.,]+ ?%", value):
        return f" Write {value} as a number without the sign, such as a share between 0 and 1."
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+\.\d+|[+-]?\d{1,3}(,\d{3}){2,}", value):
        return f" Are the commas in {value} between thousands? Say --thousands ,"
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+,\d+", value):
        return f" Is {value} a number with points between thousands and a decimal comma? Say --thousands . --decimal ,"
    if re.fullmatch(r"[+-]?\d{1,3},\d{3}", value):
        return f" Is the comma in {value} between thousands or a decimal comma? Say --thousands , or --decimal ,"
    if re.fullmatch(r"[+-]?\d+,\d+", value):
        return f" Is {value} a number with a decimal comma? Say --decimal ,"
    if re.fullmatch(r"[+-]?\d{1,3}([ '’\u00a0\u202f]\d{3})+([.,]\d+)?", value):
        return f" Say with --thousands what stands between the thousands in {value}, and with --decimal the sign after."
    return ""
