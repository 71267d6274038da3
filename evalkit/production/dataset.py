"""The rows that a release is judged on: what goes into the pipeline, what should come out, and what is known of them.

A `Dataset` has an identity: a hash over its rows in any order, the contents of its pictures included. Two runs can be
compared only if theirs is the same.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from evalkit._core.inputs import Array
from evalkit.production.evaluators import Evaluator
from evalkit.production.rows import DatasetError, Rows, RowSource
from evalkit.production.runs import Run, run
from evalkit.tables.canonical import plain, values_of

ROWS_AT_ONCE = 1 << 15
Values = Sequence[Any] | Array


class Dataset(RowSource):
    """Rows with an `id`, an `input`, what is `expected` of it, tags, and a `source_id` that rows may share.

    Make one with `from_parquet`, `from_csv`, `from_folder` or `from_columns`.

    Examples
    --------
    >>> cohort = Dataset.from_columns(
    ...     id=["a", "b"], input=["cat.png", "dog.png"], expected=["cat", "dog"], tags={"light": ["day", "night"]}
    ... )
    >>> len(cohort), cohort.tags, cohort.hash[:8]
    (2, ('light',), 'b1f24de2')
    """

    # -------------------------------------------------------------------------------------------------- where from
    @classmethod
    def from_columns(
        cls,
        *,
        id: Values,
        input: Values,
        expected: Values | None = None,
        tags: Mapping[str, Values] | None = None,
        source_id: Values | None = None,
    ) -> Self:
        """Return a dataset of columns in memory, such as arrays of pictures; all have n rows."""
        tags = dict(tags or {})
        _check_tags(list(tags))
        columns: dict[str, Any] = {"id": [str(value) for value in id], "input": input}
        columns["expected"] = [None] * len(columns["id"]) if expected is None else [plain(v) for v in expected]
        if source_id is not None:
            columns["source_id"] = [str(value) for value in source_id]
        columns |= {name: [plain(value) for value in values] for name, values in tags.items()}
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            raise DatasetError(f"The columns have different numbers of rows: {lengths}.")

        def blocks() -> Iterator[Rows]:
            whole = Rows(columns)
            yield from (whole.cut(start, start + ROWS_AT_ONCE) for start in range(0, len(whole), ROWS_AT_ONCE))

        return cls(blocks, list(tags), sources=source_id is not None)

    @classmethod
    def from_parquet(
        cls,
        path: str | Path,
        *,
        id: str = "id",
        input: str = "input",
        expected: str | None = "expected",
        tags: Sequence[str] = (),
        source_id: str | None = None,
        files: bool | None = None,
    ) -> Self:
        """Return the dataset of a Parquet file, read in constant memory.

        Parameters
        ----------
        path : path
        id, input, expected, source_id : str
            The columns. `source_id` names what a row was made of: rows that share one are no independent evidence.
        tags : sequence of str
            Further columns, by which rows can be grouped.
        files : bool, optional
            Whether inputs are files, named from the folder of `path` on; their contents then belong to the hash. By
            default if the first one is.
        """
        return cls._from_table(Path(path), id, input, expected, tags, source_id, files)

    @classmethod
    def from_csv(
        cls,
        path: str | Path,
        *,
        id: str = "id",
        input: str = "input",
        expected: str | None = "expected",
        tags: Sequence[str] = (),
        source_id: str | None = None,
        files: bool | None = None,
    ) -> Self:
        """Return the dataset of a CSV file; the arguments are those of `from_parquet`."""
        return cls._from_table(Path(path), id, input, expected, tags, source_id, files)

    @classmethod
    def _from_table(
        cls,
        path: Path,
        id: str,
        input: str,
        expected: str | None,
        tags: Sequence[str],
        source_id: str | None,
        files: bool | None,
    ) -> Self:
        from evalkit.tables.files import open_table

        _check_tags(tags)
        roles = {"id": id, "input": input, "expected": expected, "source_id": source_id, **{tag: tag for tag in tags}}
        wanted = {role: column for role, column in roles.items() if column is not None}
        names = list(dict.fromkeys(wanted.values()))
        table = open_table(path, names)

        def blocks() -> Iterator[Rows]:
            for batch in table.batches(names, []):
                for start in range(0, batch.num_rows, ROWS_AT_ONCE):
                    part = batch.slice(start, ROWS_AT_ONCE)
                    values = {name: values_of(part.column(name)) for name in names}
                    columns = {role: values[column] for role, column in wanted.items()}
                    for name in {"id", "source_id"} & columns.keys():
                        columns[name] = [value if value is None else str(value) for value in columns[name]]
                    columns.setdefault("expected", [None] * part.num_rows)
                    if "source_id" in columns:
                        columns["source_id"] = [
                            value if value is None else str(value) for value in columns["source_id"]
                        ]
                    yield Rows(columns)

        folder = path.parent
        if files is None:
            first = next(blocks(), None)
            start = first["input"][0] if first is not None and len(first) else None
            files = isinstance(start, str) and bool(start) and (folder / start).is_file()
        return cls(blocks, list(tags), sources=source_id is not None, folder=folder if files else None)

    @classmethod
    def from_folder(cls, path: str | Path, *, tags: Callable[[Path], Mapping[str, Any]] | None = None) -> Self:
        """Return the dataset of a folder of pictures, a sub-folder per class.

        Parameters
        ----------
        path : path
        tags : callable, optional
            Takes the path of a picture and returns its tags; every picture has the same ones.
        """
        root = Path(path)
        if not root.is_dir():
            raise DatasetError(f"There is no folder {root}.")
        files = sorted(file for file in root.glob("*/*") if (mimetypes.guess_type(file)[0] or "").startswith("image/"))
        if not files:
            raise DatasetError(f"{root} holds no pictures in sub-folders, one for each class.")
        names = [file.relative_to(root).as_posix() for file in files]
        told = [dict(tags(file)) if tags else {} for file in files]
        found = list(told[0])
        dataset = cls.from_columns(
            id=names,
            input=names,
            expected=[file.parent.name for file in files],
            tags={tag: [row[tag] for row in told] for tag in found},
        )
        dataset._folder = root
        return dataset

    # ------------------------------------------------------------------------------------------------------ what to do
    def add_evaluation(self, evaluator: Evaluator) -> Self:
        """Evaluate each output with this evaluator, too, and return the dataset."""
        if any(known.name == evaluator.name for known in self.evaluators):
            raise DatasetError(f"There is an evaluator called {evaluator.name!r} already; give this one another name.")
        self.evaluators.append(evaluator)
        return self

    def run(self, pipeline: Callable[[Rows], Sequence[Any]], *, to: str | Path, **options: Any) -> Run:
        """Run a pipeline on every row and evaluate what it returns; see `evalkit.production.run`."""
        return run(self, pipeline, to=to, **options)


def _check_tags(tags: Sequence[str]) -> None:
    reserved = {"id", "input", "expected", "output", "error", "source_id"} & set(tags)
    if reserved:
        raise DatasetError(f"Tags must not be called {', '.join(sorted(reserved))}: those names have a meaning.")
