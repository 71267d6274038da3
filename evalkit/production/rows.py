"""Rows of a dataset and who they are: a hash over the rows in any order, the contents of their pictures included."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.tables.canonical import ContentHash, SameValues, hashes, text_of

if TYPE_CHECKING:
    from evalkit.production.evaluators import Evaluator


class DatasetError(ValueError):
    """The rows are not what a comparison can stand on; the message says which and why."""


@dataclass(frozen=True)
class Rows:
    """Some rows of a dataset, as columns: `rows["input"]` is a list, and iterating yields a dict per row."""

    columns: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.columns["id"])

    def __getitem__(self, name: str) -> Sequence[Any]:
        return self.columns[name]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        names = list(self.columns)
        for values in zip(*self.columns.values(), strict=True):
            yield dict(zip(names, values, strict=True))

    def cut(self, start: int, stop: int) -> Rows:
        """Return the rows from `start` to before `stop`."""
        return Rows({name: values[start:stop] for name, values in self.columns.items()})


@dataclass(frozen=True)
class Identity:
    """What a dataset is: its hash, how many rows, and which columns went into it."""

    hash: str
    rows: int
    columns: tuple[str, ...]


class RowSource:
    """Rows that can be gone through any number of times, and the evaluators that their outputs will be judged by."""

    def __init__(
        self, blocks: Callable[[], Iterator[Rows]], tags: Sequence[str], *, sources: bool, folder: Path | None = None
    ) -> None:
        self._blocks = blocks
        self.tags = tuple(tags)
        self.has_sources = sources
        self._folder = folder  # inputs are files in this folder
        self.evaluators: list[Evaluator] = []

    @cached_property
    def identity(self) -> Identity:
        """The hash and what it is made of. It is computed once, in one pass over the rows.

        Raises
        ------
        DatasetError
            If an id is missing or occurs twice, a file is missing, or there are no rows.
        """
        names = ["id", "input", "expected", *(["source_id"] if self.has_sources else []), *sorted(self.tags)]
        content, start = ContentHash(names), 0
        with SameValues() as ids:
            for rows in self._blocks():
                columns = [list(rows[name]) for name in names]
                if None in columns[0]:
                    raise DatasetError(f"Row {start + columns[0].index(None)} has no id (the first row is 0).")
                ids.update(columns[0])
                columns[1] = self._contents(columns[1])
                content.update(columns)
                start += len(rows)
            if not content.rows:
                raise DatasetError("The dataset has no rows.")
            self._check_unique(ids)
        return Identity(content.hexdigest(), content.rows, tuple(names))

    @property
    def hash(self) -> str:
        """The hash of the rows in any order: ids, contents of the inputs, what is expected, sources and tags."""
        return self.identity.hash

    def __len__(self) -> int:
        return self.identity.rows

    def _contents(self, inputs: list[Any]) -> list[Any]:
        """Return what goes into the hash for each input: short values as they are, and hashes of pictures."""
        if self._folder is not None:
            return [[name, _file_digest(self._folder / name)] for name in inputs]
        return [value if value is None or isinstance(value, str | int | float) else _digest(value) for value in inputs]

    def _check_unique(self, ids: SameValues) -> None:
        repeated = ids.repeated()
        if len(repeated):
            seen: set[str] = set()
            for rows in self._blocks():  # two different ids may have the same hash, once in a blue moon
                suspects = np.isin(hashes(rows["id"]), repeated)
                for name in np.array(rows["id"], object)[suspects]:
                    if name in seen:
                        raise DatasetError(f"The id {name!r} occurs more than once.")
                    seen.add(name)

    def blocks(self, size: int) -> Iterator[Rows]:
        """Yield the rows in order, `size` at a time."""
        waiting: list[Rows] = []
        count = 0
        for rows in self._blocks():
            while count + len(rows) >= size:
                head = rows.cut(0, size - count)
                yield _joined([*waiting, head])
                waiting, count, rows = [], 0, rows.cut(len(head), len(rows))
            if len(rows):
                waiting.append(rows)
                count += len(rows)
        if waiting:
            yield _joined(waiting)

    def inputs_of(self, ids: Sequence[str]) -> dict[str, Any]:
        """Return the inputs of some rows: the paths of files, or what was given."""
        wanted, found = set(ids), {}
        for rows in self._blocks():
            for name, value in zip(rows["id"], rows["input"], strict=True):
                if name in wanted:
                    found[name] = value if self._folder is None else self._folder / value
        return found


def _joined(parts: list[Rows]) -> Rows:
    if len(parts) == 1:
        return parts[0]
    columns: dict[str, Sequence[Any]] = {}
    for name in parts[0].columns:
        values = [part[name] for part in parts]
        columns[name] = _concatenated(values)
    return Rows(columns)


def _concatenated(values: list[Any]) -> Any:
    if isinstance(values[0], np.ndarray):
        return np.concatenate(values)
    return [value for part in values for value in part]


def _file_digest(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DatasetError(f"The input {path} cannot be read: {error.strerror}.") from error


def _digest(value: Any) -> str:
    """Return the hash of a picture in memory: type, shape and numbers; or of anything that JSON can hold."""
    if isinstance(value, bytes):
        return sha256(value).hexdigest()
    if isinstance(value, dict | list | tuple):
        return sha256((text_of(value) or "").encode()).hexdigest()
    array = np.ascontiguousarray(value)
    if array.dtype == object:
        raise DatasetError(f"An input is a {type(value).__name__}, whose contents cannot be hashed.")
    return sha256(f"{array.dtype.str}{array.shape}".encode() + array.tobytes()).hexdigest()
