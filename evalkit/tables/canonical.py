"""One text for one value, one hash for the same rows in any order, and the same bytes for the same table."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from hashlib import blake2b, sha256
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from evalkit._core.extras import needs

if TYPE_CHECKING:
    import pyarrow as pa

_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode
_as_text = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": "), sort_keys=True).encode
MODULUS = 1 << 256


def plain(value: Any) -> Any:
    """Return a value as plain Python: NumPy's and torch's numbers and arrays become numbers and lists."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is neither text nor a number, nor a list or dict of those")


def text_of(value: Any) -> str | None:
    """Return text as it is, None as None, and anything else as JSON."""
    if value is None or isinstance(value, str):
        return value
    return _as_text(plain(value))


def digest_of(value: Any) -> str:
    """Return the SHA-256 of a value's JSON, whatever the order of its keys."""
    return sha256(_encode(plain(value)).encode()).hexdigest()


class ContentHash:
    """The hash of a set of rows: independent of their order, of files and of batches.

    The SHA-256 of each row's JSON is read as a number, and the numbers are added up. It guards against accidents, not
    against forgery.

    D. Clarke, S. Devadas, M. van Dijk, B. Gassend and G. E. Suh, "Incremental multiset hash functions and their
    application to memory integrity checking", ASIACRYPT 2003.

    >>> one, other = ContentHash(["id", "label"]), ContentHash(["id", "label"])
    >>> one.update([["a", "b"], [1, 2]])
    >>> other.update([["b"], [2]])
    >>> other.update([["a"], [1]])
    >>> one.hexdigest() == other.hexdigest(), one.rows
    (True, 2)
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        self.rows = 0
        self._total = 0

    def update(self, columns: Sequence[Sequence[Any]]) -> None:
        """Add rows, given as columns of plain values in the order of the names."""
        total = 0
        for row in zip(*map(_encoded, columns), strict=True):  # JSON of the whole row at once would be slower
            total += int.from_bytes(sha256(f"[{','.join(row)}]".encode()).digest(), "little")
        self._total = (self._total + total) % MODULUS
        self.rows += len(columns[0])

    def hexdigest(self) -> str:
        """Return the hash of the names of the columns, the number of rows and the rows."""
        return digest_of([self.names, self.rows, f"{self._total:064x}"])


def _encoded(values: Sequence[Any]) -> list[str]:
    return [encode_basestring_ascii(value) if type(value) is str else _encode(value) for value in values]


class SameValues:
    """Find out whether a value occurs twice among very many, by 64-bit hashes kept in a temporary file."""

    PARTITIONS = 16
    AT_ONCE = 1 << 18

    def __init__(self) -> None:
        from tempfile import TemporaryFile

        self._file = TemporaryFile()  # noqa: SIM115 - closed by `__exit__`

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def update(self, values: Iterable[str]) -> None:
        """Add values."""
        self._file.write(hashes(values).tobytes())

    def repeated(self) -> np.ndarray[Any, Any]:
        """Return the hashes that occur more than once."""
        found: list[np.ndarray[Any, Any]] = []
        for partition in range(self.PARTITIONS):
            self._file.seek(0)
            parts = []
            while data := self._file.read(8 * self.AT_ONCE):
                block = np.frombuffer(data, np.uint64)
                parts.append(block[block % np.uint64(self.PARTITIONS) == partition])
            values, counts = np.unique(np.concatenate(parts), return_counts=True) if parts else (np.empty(0), 0)
            found.append(values[counts > 1])
        return np.concatenate(found)


def hashes(values: Iterable[str]) -> np.ndarray[Any, Any]:
    """Return a 64-bit hash of each text, the same on every machine."""
    return np.frombuffer(b"".join(blake2b(v.encode(), digest_size=8).digest() for v in values), np.uint64)


def values_of(array: pa.Array) -> list[Any]:
    """Return an Arrow array as a list of Python's values; much faster than `to_pylist` for text."""
    if hasattr(array, "dictionary"):
        known = np.array([*array.dictionary.to_pylist(), None], object)
        indices = array.indices.fill_null(len(known) - 1) if array.null_count else array.indices
        found: list[Any] = known[indices.to_numpy(zero_copy_only=False)].tolist()
        return found
    if array.null_count and not _is_text(array):
        return list(array.to_pylist())  # NumPy would make fractions of whole numbers
    return list(array.to_numpy(zero_copy_only=False).tolist())


def _is_text(array: pa.Array) -> bool:
    needs("pyarrow")
    import pyarrow.types as types

    return bool(types.is_string(array.type) or types.is_large_string(array.type))


def write_table(path: Path, table: pa.Table) -> None:
    """Write a table as a Parquet file of one row group, under a temporary name first: it is there whole, or not at all.

    The same table gives the same bytes with the same version of pyarrow.
    """
    needs("pyarrow")
    import pyarrow.parquet as pq

    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    pq.write_table(table, unfinished, row_group_size=max(1, table.num_rows), compression="zstd", write_statistics=False)
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(path)
