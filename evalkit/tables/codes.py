"""Turn the values of a column into whole numbers 0, 1, 2 …, numbered when first met."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evalkit.tables.files import CsvFormat, TableError, advice

if TYPE_CHECKING:
    import pyarrow as pa

Codes = NDArray[np.int16]  # no wider than the limits need: what is worked out for each row is the faster for it

MOST_LABELS = 1000
MOST_GROUPS = 10_000
WIDEST_RANGE = 1 << 16  # whole numbers whose codes are looked up in a table

TRUTH_VALUES = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"[+-]?(0|[1-9][0-9]{0,14})(\.0*)?")


class Codebook:
    """The values met so far, and their codes.

    Arrow finds the distinct values of a batch at the speed of the machine; only those are looked at in Python.

    Parameters
    ----------
    limit : int
        The most values there may be: the tables that are indexed by codes must stay small.
    hint : str
        What to say to someone whose column holds more.
    meant : callable, optional
        Takes a value as the file holds it and returns what it stands for; values that stand for the same share a code.
    """

    def __init__(self, limit: int, hint: str, meant: Callable[[Any], Any] | None = None) -> None:
        self.values: list[Any] = []
        self._codes: dict[tuple[bool, Any], int] = {}  # by what is meant
        self._seen: dict[tuple[bool, Any], int] = {}  # by what stands in a dictionary
        self._tables = {kind: _CodeTable(kind) for kind in (bool, int)}
        self._limit = limit
        self._hint = hint
        self._meant = meant

    def code(self, value: Any, column: str = "") -> int:
        """Return the code of a value of a column, a new one if it is met for the first time."""
        if self._meant is not None:
            value = self._meant(value)
        code = self._codes.setdefault(_word(value), len(self.values))
        if code == len(self.values):
            self.values.append(value)
            if code >= self._limit:
                raise self._too_many(column)
        return code

    def encode(self, array: pa.Array, column: str) -> Codes:
        """Return the codes of the values of an Arrow array. Missing values get the code of None."""
        import pyarrow as pa

        codes = self._codes_of_whole(array, column)
        if codes is None:
            given = isinstance(array, pa.DictionaryArray)
            codes = self._codes_of_places(array if given else array.dictionary_encode(null_encoding="encode"), column)
        return codes

    def _codes_of_whole(self, array: pa.Array, column: str) -> Codes | None:
        """Return the codes of truth values, or of whole numbers close together; None for all else, and with gaps."""
        import pyarrow as pa

        is_bool = pa.types.is_boolean(array.type)
        if array.null_count or not len(array) or not (is_bool or pa.types.is_integer(array.type)):
            return None
        return self._tables[bool if is_bool else int].encode(as_numpy(array), partial(self.code, column=column))

    def _codes_of_places(self, encoded: pa.DictionaryArray, column: str) -> Codes:
        """Return the codes of rows that say at which place of a dictionary their value stands."""
        values = [None if value != value else value for value in encoded.dictionary.to_pylist()]  # NaN is missing too
        indices = encoded.indices
        if len(values) > self._limit:  # a dictionary may hold values that do not occur
            used = np.unique(as_numpy(indices.drop_null()))
            if len(used) > self._limit:
                raise self._too_many(column)
        if indices.null_count:
            indices = indices.fill_null(len(values))
            values.append(None)
        index = as_numpy(indices)
        known = np.array([self._seen.get(_word(value), -1) for value in values], np.int16)
        codes = _looked_up(known, index)
        if len(codes) and codes.min() < 0:  # what a dictionary of the file's own holds and no row has gets no code
            for place in np.unique(index[codes < 0]).tolist():
                known[place] = self._seen[_word(values[place])] = self.code(values[place], column)
            codes = _looked_up(known, index)
        return codes

    def _too_many(self, column: str) -> TableError:
        return TableError(f"Column {column!r} holds more than {self._limit:,} different values: {self._hint}.")


def _word(value: Any) -> tuple[bool, Any]:
    """Return a key for a value. To Python True is 1; in a file they are different words."""
    return isinstance(value, bool), value


class _CodeTable:
    """The codes of whole numbers that lie close together, by their distance from the smallest."""

    def __init__(self, kind: type[int]) -> None:
        self._kind = kind  # what a number of an array stands for
        self._low = 0
        self._codes: Codes = np.empty(0, np.int16)  # −1 where a number was not met yet

    def encode(self, numbers: NDArray[Any], code: Callable[[Any], int]) -> Codes | None:
        """Return the code of each number, shape (n,), n ≥ 1; None if they are too far apart."""
        low, high = int(numbers.min()), int(numbers.max())
        if not self._cover(low, high):
            return None
        codes = _looked_up(self._codes, numbers, self._low)
        if codes.min() < 0:
            met, first = np.unique(numbers[codes < 0], return_index=True)
            for number in met[np.argsort(first)].tolist():
                self._codes[number - self._low] = code(self._kind(number))
            codes = _looked_up(self._codes, numbers, self._low)
        return codes

    def _cover(self, low: int, high: int) -> bool:
        """Make room for the numbers from `low` to `high`, unless the table would become too large."""
        start, stop = self._low, self._low + len(self._codes)
        if start <= low and high < stop:
            return True
        first, last = (min(low, start), max(high, stop - 1)) if len(self._codes) else (low, high)
        if last - first >= WIDEST_RANGE or last > np.iinfo(np.int64).max:
            return False
        codes = np.full(last - first + 1, -1, np.int16)
        codes[start - first : stop - first] = self._codes if len(self._codes) else -1
        self._low, self._codes = first, codes
        return True


def _looked_up(table: Codes, places: NDArray[Any], low: int = 0) -> Codes:
    """Return what a table holds at each place, shape (n,). The table begins with the place `low`, and has them all."""
    index = places.astype(np.intp)
    if low:
        index -= low
    return np.take(table, index)


def places_in(shape: tuple[int, int], rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[Any]:
    """Return the place of each pair (row, column) in the flat table, in as few bits as will do."""
    size = shape[0] * shape[1]
    kind = next(kind for kind in (np.int16, np.int32, np.int64) if size <= np.iinfo(kind).max)
    place: NDArray[Any] = np.multiply(rows, shape[1], dtype=kind)
    place += columns
    return place


def as_numpy(array: pa.Array) -> NDArray[Any]:
    """Return an Arrow array without gaps: numbers are not copied, truth values become 0 and 1.

    (`to_numpy` would first load pandas, where it is installed.)
    """
    import pyarrow as pa

    numbers: NDArray[Any] = np.from_dlpack(array.cast(pa.uint8()) if pa.types.is_boolean(array.type) else array)
    return numbers


class NotALabelError(TableError):
    """A number with a fraction stands where labels do; the message is the number."""


def as_label(value: Any) -> Any:
    """Return the label that a value of a file stands for.

    One number is one label, however it is written and stored: 1, 1.0, "1" and "1.0". So is a truth value: true and
    "True". Anything else is a label as it is written: "007" is not "7". An empty text is no label, and None.

    Raises
    ------
    NotALabelError
        If it is a number with a fraction. The message is the number.

    Examples
    --------
    >>> [as_label(value) for value in (1.0, "1.0", "007", "TRUE", "cat", "")]
    [1, 1, '007', True, 'cat', None]
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if value in TRUTH_VALUES:
            return TRUTH_VALUES[value]
        return int(float(value)) if _WHOLE.fullmatch(value) else value or None
    if value != int(value):
        raise NotALabelError(str(value))
    return int(value)


def check_numbers(numbers: NDArray[np.float64], column: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the numbers if none of them is infinite. `rows` are their numbers in the file."""
    infinite = np.flatnonzero(np.isinf(numbers))
    if len(infinite):
        raise TableError(f"Column {column!r} holds infinity, first in row {rows[infinite[0]]} (the first row is 0).")
    return numbers


def floats(array: pa.Array, column: str, rows: NDArray[np.int64], written: CsvFormat) -> NDArray[np.float64]:
    """Return a column as float64, none of them missing or infinite. Text is read as the format says."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(array, pa.DictionaryArray):
        array = array.dictionary_decode()
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        text = pc.utf8_trim_whitespace(array)
        text = pc.if_else(pc.equal(text, ""), pa.scalar(None, text.type), text)
        if written.thousands:
            text = pc.replace_substring(text, written.thousands, "")
        if written.decimal != ".":
            text = pc.replace_substring(text, written.decimal, ".")
        try:
            array = text.cast(pa.float64())
        except pa.ArrowInvalid:
            row, odd = next((i, word) for i, word in enumerate(text.to_pylist()) if not _is_number(word))
            raise TableError(
                f"Column {column!r} holds {array[row].as_py()!r} in row {rows[row]} (the first row is 0), and numbers "
                f"are needed.{advice(odd)}"
            ) from None
    if array.null_count:
        check_present(array, column, rows)
    numbers = as_numpy(array if pa.types.is_float32(array.type) else array.cast(pa.float64()))
    with np.errstate(over="ignore", invalid="ignore"):
        total = numbers.sum()
    numbers = numbers.astype(np.float64, copy=False)
    if not np.isfinite(total):  # NaN and infinity show in the sum: one pass over the rows, without a temporary array
        check_present(array, column, rows)
        check_numbers(numbers, column, rows)
    return numbers


def check_present(array: pa.Array, column: str, rows: NDArray[np.int64]) -> None:
    """Raise if a value is missing or NaN. `rows` are the numbers of the rows in the file."""
    missing = missing_in(array)
    if missing is not None and missing.any():
        raise TableError(
            f"Column {column!r} has missing values or NaN, first in row {rows[np.argmax(missing)]} (the first row is "
            "0); --drop-missing leaves such rows out."
        )


def missing_in(array: pa.Array) -> NDArray[np.bool_] | None:
    """Return where values are missing, NaN or the empty text; None if that is nowhere."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(array, pa.DictionaryArray):
        empty = [i for i, word in enumerate(array.dictionary.to_pylist()) if word is None or word == ""]
        if not array.null_count and not empty:
            return None
        indices = array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        found: NDArray[np.bool_] = np.isin(indices, [-1, *empty])
        return found
    is_text = pa.types.is_string(array.type) or pa.types.is_large_string(array.type)
    if not array.null_count and not pa.types.is_floating(array.type) and not is_text:
        return None
    missing: NDArray[np.bool_] = pc.is_null(array, nan_is_null=True).to_numpy(zero_copy_only=False)
    if is_text:
        missing = missing | pc.equal(array, "").fill_null(True).to_numpy(zero_copy_only=False)
    return missing


def _is_number(word: str | None) -> bool:
    try:
        float(word or 0)
    except ValueError:
        return False
    return True


def texts(array: pa.Array, index: NDArray[np.int64]) -> NDArray[np.object_]:
    """Return what stands at some places of an array, as text."""
    import pyarrow as pa

    return np.array([str(value) for value in array.take(pa.array(index)).to_pylist()], object)
