"""From labels to small integers: the step before every count.

Counting is cheap when a label is its own position in a table. An *encoder* turns a chunk of labels into such codes
0, 1, 2 … while the chunk is in the processor's cache. Three encoders cover all labels:

* `RangeEncoder`: whole numbers close together (0 … 9, 1900 … 2020). The code is the distance to the smallest.
* `DictionaryEncoder`: whole numbers far apart, or fixed-width text. Labels are learnt when first met, then looked up by
  their hash among the few labels known, which never sorts the rows.
* `ObjectEncoder`: Python strings. The same idea with a Python dict.

`coded` reads the labels of a problem through one of them: every count is a loop over its chunks.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from evalkit._core.inputs import Array, Targets, check_text, raise_for_targets

Codes = NDArray[np.int64]

ROWS_AT_ONCE = 1 << 16  # rows: the working arrays of a chunk take half a megabyte each and stay in the cache
WIDEST_RANGE = 2048  # a table of 2048 × 2048 counts takes 32 MB
MANY_LABELS = 1 << 16
MOST_IN_TURN = 1 << 18  # rows counted in several tables; more at once are counted in one
MOST_IN_TABLE = 1023  # labels: their table takes four megabytes
MOST_FACTORS = 30


class OutOfRange(Exception):
    """A label lies outside the range guessed from the first chunk."""


class NotWhole(Exception):
    """A label is a fraction, NaN or infinite."""


class NotText(ValueError):
    """Among labels that are text is something else, perhaps a missing value."""


class Encoder(Protocol):
    """What the counting loops ask of an encoder."""

    @property
    def size(self) -> int:
        """Every code given so far is below this."""

    def encode(self, chunk: Array, out: Codes, name: str) -> None:
        """Write the codes of `chunk` to `out`; `name` is the argument the chunk comes from."""

    def labels(self) -> Array:
        """Return the label of each code, shape (size,)."""


class Chunk(NamedTuple):
    """The codes of some rows, and the encoder that gave them and knows their labels."""

    rows: slice
    true: Codes
    pred: Codes
    encoder: Encoder


def coded(targets: Targets, widest: int) -> Iterator[Chunk]:
    """Yield the labels as codes, chunk by chunk, in the order of the rows. The next chunk uses the same arrays.

    A chunk that begins with row 0 begins the count, also a second time: then the range of whole numbers that was
    guessed from the first chunk was too small, and the codes up to now are void.

    Parameters
    ----------
    widest : int
        The widest range of whole numbers in which a label's code is its distance to the smallest.

    Raises
    ------
    ValueError
        If a label is a fraction, NaN or infinite, or text is mixed with something else.
    """
    y_true, y_pred = targets.y_true, targets.y_pred
    true_buffer, pred_buffer = np.empty((2, min(ROWS_AT_ONCE, len(y_true))), np.int64)
    try:
        for whole in (False, True):
            encoder = make_encoder(y_true, y_pred, whole, widest)
            try:
                for rows in chunks(len(y_true)):
                    true = codes_of(encoder, y_true[rows], true_buffer, "y_true")
                    pred = codes_of(encoder, y_pred[rows], pred_buffer, "y_pred")
                    yield Chunk(rows, true, pred, encoder)
                return
            except OutOfRange:
                continue
    except NotWhole:
        raise_for_targets(y_true, y_pred)
    except NotText:
        for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
            check_text(labels, name)
        raise


def make_encoder(y_true: Array, y_pred: Array, whole: bool = False, widest: int = WIDEST_RANGE) -> Encoder:
    """Choose the encoder for these labels.

    The range of whole numbers is guessed from the first chunk, or measured on all rows when `whole` is true.
    """
    kinds = y_true.dtype.kind + y_pred.dtype.kind
    if "O" in kinds or "T" in kinds:
        return ObjectEncoder()
    if "U" in kinds:
        return DictionaryEncoder(y_true, y_pred, np.result_type(y_true.dtype, y_pred.dtype).newbyteorder("="))
    low, high = _range(y_true, y_pred, whole)
    if high - low < widest:
        return RangeEncoder(low, high)
    return DictionaryEncoder(y_true, y_pred, np.dtype(np.int64))


def to_integers(chunk: Array, out: Codes) -> None:
    """Write whole numbers of any type to `out` as int64."""
    if chunk.dtype.kind == "f":
        with np.errstate(invalid="ignore"):  # NaN and infinity become some integer, and then differ from it
            np.copyto(out, chunk, casting="unsafe")
        if (out != chunk).any():
            raise NotWhole
    else:
        np.copyto(out, chunk, casting="unsafe")


def _range(y_true: Array, y_pred: Array, whole: bool) -> tuple[int, int]:
    """Return the smallest and the largest label of the first chunk, or of all rows."""
    buffer = np.empty(min(ROWS_AT_ONCE, len(y_true)), dtype=np.int64)
    lows, highs = [], []
    for rows in chunks(len(y_true) if whole else len(buffer)):
        for y in (y_true, y_pred):
            values = buffer[: len(y[rows])]
            to_integers(y[rows], values)
            lows.append(int(values.min()))
            highs.append(int(values.max()))
    return min(lows), max(highs)


def chunks(n_rows: int, size: int = ROWS_AT_ONCE) -> Iterator[slice]:
    """Cut `n_rows` rows into slices of `size` rows; the last may be shorter."""
    for start in range(0, n_rows, size):
        yield slice(start, min(start + size, n_rows))


class RangeEncoder:
    """Whole numbers from `low` to `high`: the code is the distance to `low`."""

    def __init__(self, low: int, high: int) -> None:
        self.low = low
        self.size = high - low + 1

    def encode(self, chunk: Array, out: Codes, name: str) -> None:
        if chunk.dtype.kind == "f" or chunk.dtype == np.uint64:
            to_integers(chunk, out)
            np.subtract(out, self.low, out=out)
        else:
            np.subtract(chunk, self.low, out=out, dtype=np.int64, casting="unsafe")
        self.check(out)

    def check(self, codes: Codes) -> None:
        """Raise unless all codes are in the range."""
        # Read as unsigned, a label below `low` is a huge number: one comparison checks both ends.
        if codes.view(np.uint64).max() >= self.size:
            raise OutOfRange

    def labels(self) -> Array:
        return self.low + np.arange(self.size)  # one past the highest may be more than int64 holds


def codes_of(encoder: Encoder, chunk: Array, buffer: Codes, name: str) -> Codes:
    """Return the codes of a chunk: in the buffer, or the labels themselves, not copied, if they are codes already."""
    if isinstance(encoder, RangeEncoder) and encoder.low == 0 and chunk.dtype == np.int64:
        encoder.check(chunk)
        return chunk
    codes = buffer[: len(chunk)]
    encoder.encode(chunk, codes, name)
    return codes


class DictionaryEncoder:
    """Labels learnt when first met and found again by a 64-bit hash.

    A few labels are found in a table, by the first bits of the hash; many by binary search. The label found is then
    compared with the row, so a hash that two labels share can never give a wrong code.
    """

    def __init__(self, y_true: Array, y_pred: Array, dtype: np.dtype[Any]) -> None:
        self._sources = (y_true, y_pred)
        self._dtype = dtype
        length = dtype.itemsize // 4
        # Two characters make a word of 64 bits.
        self._padded = np.empty(0, f"U{length + length % 2}" if dtype.kind == "U" else np.int64)
        self._labels = np.empty(0, dtype)  # by code
        self._words = self._words_of(self._labels)
        self._factors = _odd_numbers(self._words.shape[1])
        self._table: Codes | None = None  # the code by the first bits of a hash
        self._shift = np.uint64(0)
        self._keys = np.empty(0, np.uint64)  # the hashes, sorted, and the code of each
        self._codes = np.empty(0, np.int64)

    @property
    def size(self) -> int:
        return len(self._labels)

    def labels(self) -> Array:
        return self._labels

    def encode(self, chunk: Array, out: Codes, name: str) -> None:
        words = self._words_of(chunk)
        if not (self.size and self._found(words, out)):
            unseen = (self._words[out] != words).any(axis=1) if self.size else np.ones(len(chunk), bool)
            self._learn(self._values(chunk[unseen]))
            self._found(self._words_of(chunk), out)

    def _found(self, words: NDArray[np.uint64], out: Codes) -> bool:
        """Write to `out` the only label that each row can be, and return whether all rows are theirs."""
        hashes = words @ self._factors
        if self._table is not None:
            np.take(self._table, (hashes >> self._shift).astype(np.intp), out=out, mode="clip")
        else:
            place = np.searchsorted(self._keys, hashes)
            np.take(self._codes, np.minimum(place, self.size - 1, out=place), out=out, mode="clip")
        return np.array_equal(self._words.take(out.astype(np.intp, copy=False), axis=0, mode="clip"), words)

    def _values(self, chunk: Array) -> Array:
        if self._dtype.kind == "U":
            return np.ascontiguousarray(chunk, dtype=self._dtype)
        values = np.empty(len(chunk), np.int64)
        to_integers(chunk, values)
        return values

    def _words_of(self, chunk: Array) -> NDArray[np.uint64]:
        """Return labels as words of 64 bits, shape (n, words of a label). The next call may use the same array."""
        if self._dtype.kind != "U":
            values = self._values(chunk)
        elif chunk.dtype == self._padded.dtype:
            values = np.ascontiguousarray(chunk)
        else:
            if len(chunk) > len(self._padded):
                self._padded = np.empty(len(chunk), self._padded.dtype)
            values = self._padded[: len(chunk)]
            values[:] = chunk
        return values.view(np.uint64).reshape(len(chunk), self._padded.itemsize // 8)

    def _learn(self, values: Array) -> None:
        new = _distinct(values)
        if self.size + len(new) > MANY_LABELS:
            # Almost every row is its own label: learn all at once rather than merge again and again.
            new = _distinct(np.concatenate([_distinct(self._values(source)) for source in self._sources]))
            new = new[~np.isin(new, self._labels)]
        self._labels = np.concatenate([self._labels, new])
        self._words = self._words_of(self._labels).copy()
        self._table = None
        if self.size <= MOST_IN_TABLE and self._fill_table():
            return
        hashes = self._words @ self._factors
        while len(_distinct(hashes)) < len(hashes):  # two labels share a hash: choose other factors
            self._factors = _odd_numbers(len(self._factors), after=self._factors)
            hashes = self._words @ self._factors
        self._codes = np.argsort(hashes).astype(np.int64, copy=False)  # narrower on a 32-bit platform
        self._keys = hashes[self._codes]

    def _fill_table(self) -> bool:
        """Make the table; not if, by bad luck, none of some factors gives each label a place of its own."""
        # So many places that about half of all factors do.
        bits = max(2 * self.size.bit_length() - 1, 1)
        self._shift = np.uint64(64 - bits)
        for _ in range(MOST_FACTORS):
            place = ((self._words @ self._factors) >> self._shift).astype(np.intp)
            if len(_distinct(place)) == self.size:
                self._table = np.zeros(1 << bits, np.int64)
                self._table[place] = np.arange(self.size)
                return True
            self._factors = _odd_numbers(len(self._factors), after=self._factors)
        return False


def bincount(codes: Array, weights: Array | None = None, minlength: int = 0) -> Array:
    """`numpy.bincount` of codes of any integer type, which NumPy refuses where an index is narrower than the codes.

    Codes are int64 everywhere. On a 32-bit platform, which Python in a web page is, an index has 32 bits: there as here
    a code counts rows or labels in memory, so it fits.
    """
    return np.bincount(codes.astype(np.intp, copy=False), weights, minlength)


def counts_and_sums(codes: Array, values: Array, n_codes: int) -> tuple[Array, Array]:
    """Count the rows of each code and add up their values; codes and values have shape (n,), the results (n_codes,).

    To add to the number that was just added to, the processor waits until the addition before is done. Where the codes
    are few and narrow, rows next to each other are therefore counted in tables of their own.
    """
    tables = min(8, 256 // n_codes) if codes.dtype == np.uint8 and len(codes) <= MOST_IN_TURN else 1
    if tables > 1:
        codes = codes + _in_turn(tables, n_codes)[: len(codes)]
    codes = codes.astype(np.intp, copy=False)
    counts = np.bincount(codes, minlength=tables * n_codes).reshape(tables, n_codes).sum(axis=0)
    sums = np.bincount(codes, values, tables * n_codes).reshape(tables, n_codes).sum(axis=0)
    return counts, sums


@cache
def _in_turn(tables: int, n_codes: int) -> Array:
    """Return where the table of each row begins: they take turns."""
    return np.resize(n_codes * np.arange(tables, dtype=np.uint8), MOST_IN_TURN)


def _distinct(values: Array) -> Array:
    """Return the distinct values. For a million integers, sorting is many times faster than `np.unique`."""
    if values.dtype.kind == "U":
        return np.unique(values)
    ordered: Array = np.sort(values)
    return np.asarray(ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])])


def _odd_numbers(count: int, after: NDArray[np.uint64] | None = None) -> NDArray[np.uint64]:
    """Return fixed pseudo-random odd 64-bit factors; with `after`, other ones."""
    seed = 20 if after is None else int(after[0] % np.uint64(1 << 32))
    return np.random.default_rng(seed).integers(0, 1 << 63, size=count, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


class ObjectEncoder:
    """Python strings, encoded by a dict that numbers a string when it first meets it."""

    def __init__(self) -> None:
        self._codes = _Numbering()

    @property
    def size(self) -> int:
        return len(self._codes)

    def labels(self) -> Array:
        return np.array(list(self._codes), dtype=str)

    def encode(self, chunk: Array, out: Codes, name: str) -> None:
        try:
            out[:] = list(map(self._codes.__getitem__, chunk.tolist()))
        except TypeError as error:  # from _Numbering, or something that cannot be a key of a dict
            raise NotText(f"{name} must hold text only: {error}.") from error


class _Numbering(dict[str, int]):
    def __missing__(self, label: object) -> int:
        if not isinstance(label, str):
            raise TypeError(f"found {label!r} of type {type(label).__name__}")
        code = self[label] = len(self)
        return code
