"""Bring the rows of one table into the order of another, by their ids, without holding either in memory.

Rows are dealt out to files by a hash of their id, so that what belongs together lies in files of the same number; each
pair of files is joined by itself, and the result is dealt out again by where its rows belong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.codes import bincount
from evalkit._core.extras import needs
from evalkit.tables.canonical import hashes, values_of

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_PER_FILE = 200_000
MOST_FILES = 256


class AlignmentError(ValueError):
    """The ids of two tables are not the same; the message says how many are missing, unknown or repeated."""


def aligned(
    order: Iterable[pa.Array], tables: Iterable[pa.Table], n_rows: int, *, allow_missing: bool = False
) -> Iterator[pa.Table]:
    """Yield the rows of `tables` in the order of the ids in `order`, as many at a time as each array of ids has.

    Parameters
    ----------
    order : iterable of Arrow arrays
        The ids wanted.
    tables : iterable of Arrow tables
        With a column "id" and others.
    n_rows : int
        About how many rows there are.
    allow_missing : bool
        Fill in nulls for ids that the tables do not have.

    Raises
    ------
    AlignmentError
        If an id of `order` is missing, one of `tables` is not in `order`, or one occurs twice.
    """
    needs("pyarrow")
    import pyarrow as pa
    import pyarrow.compute as pc

    n_files = int(min(MOST_FILES, max(1, n_rows // ROWS_PER_FILE)))
    with TemporaryDirectory() as folder, ExitStack() as stack:
        wanted = _Dealt(Path(folder), "wanted", n_files, stack)
        given = _Dealt(Path(folder), "given", n_files, stack)
        sizes, start = [], 0
        for number, ids in enumerate(order):
            place = pa.array(np.arange(start, start + len(ids)))
            block = pa.array(np.full(len(ids), number, np.int32))
            wanted.deal(pa.table({"id": ids, "place": place, "block": block}), _files_of(ids, n_files))
            sizes.append(len(ids))
            start += len(ids)
        for table in tables:
            given.deal(table, _files_of(table.column("id"), n_files))
        joined = _Dealt(Path(folder), "joined", max(1, len(sizes)), stack)
        problems = _Problems()
        for number in range(n_files):
            left, right = wanted.read(number), given.read(number)
            if left is None or right is None:
                problems.add(left, right)
                continue
            found = pc.index_in(left.column("id"), value_set=right.column("id").combine_chunks())
            problems.add(left.filter(pc.is_null(found)), _unused(left, right))
            problems.repeated += _surplus(right)
            columns = {name: right.column(name).take(found) for name in right.column_names if name != "id"}
            columns |= {"id": left.column("id"), "place": left.column("place")}
            joined.deal(pa.table(columns), left.column("block").to_numpy())
        problems.check(allow_missing)
        for number in range(len(sizes)):
            table = joined.read(number)
            assert table is not None
            yield table.take(pc.sort_indices(table.column("place"))).drop_columns(["place"])


def _files_of(ids: Any, n_files: int) -> Any:
    values = [value for chunk in getattr(ids, "chunks", [ids]) for value in values_of(chunk)]
    return (hashes(values) % np.uint64(n_files)).astype(np.int64)


def _unused(left: pa.Table, right: pa.Table) -> pa.Table:
    needs("pyarrow")
    import pyarrow.compute as pc

    found = pc.is_in(right.column("id"), value_set=left.column("id").combine_chunks())
    return right.filter(pc.invert(found))


def _surplus(table: pa.Table) -> int:
    needs("pyarrow")
    import pyarrow.compute as pc

    distinct = int(pc.count_distinct(table.column("id")).as_py())
    return int(table.num_rows) - distinct


class _Problems:
    """What is wrong with the ids so far."""

    def __init__(self) -> None:
        self.missing, self.unknown, self.repeated = 0, 0, 0
        self.examples: dict[str, str] = {}

    def add(self, missing: pa.Table | None, unknown: pa.Table | None) -> None:
        for name, table in (("missing", missing), ("unknown", unknown)):
            if table is not None and table.num_rows:
                setattr(self, name, getattr(self, name) + table.num_rows)
                self.examples.setdefault(name, table.column("id")[0].as_py())

    def check(self, allow_missing: bool) -> None:
        told = [
            f"{count:,} ids are {name}" + (f", such as {self.examples[name]!r}" if name in self.examples else "")
            for name, count in (("missing", self.missing), ("unknown", self.unknown), ("repeated", self.repeated))
            if count and not (allow_missing and name == "missing")
        ]
        if told:
            raise AlignmentError(f"The rows do not belong together: {'; '.join(told)}.")


class _Dealt:
    """Tables dealt out to numbered files."""

    def __init__(self, folder: Path, name: str, n_files: int, stack: ExitStack) -> None:
        self._paths = [folder / f"{name}-{number}" for number in range(n_files)]
        self._writers: dict[int, Any] = {}
        self._stack = stack

    def deal(self, table: pa.Table, number: Any) -> None:
        needs("pyarrow")
        import pyarrow as pa

        order = np.argsort(number, kind="stable")
        ends = np.cumsum(bincount(number, minlength=len(self._paths)))
        table = table.take(pa.array(order))
        for file, (start, stop) in enumerate(zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)):
            if stop > start:
                if file not in self._writers:
                    writer = pa.ipc.new_stream(str(self._paths[file]), table.schema)
                    self._writers[file] = self._stack.enter_context(writer)
                self._writers[file].write_table(table.slice(start, stop - start))

    def read(self, number: int) -> pa.Table | None:
        needs("pyarrow")
        import pyarrow as pa

        if number not in self._writers:
            return None
        self._writers[number].close()
        with pa.ipc.open_stream(str(self._paths[number])) as reader:
            return reader.read_all()
