"""Predicted numbers: one pass over the file, then everything that follows from its sums."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from evalkit._core.inputs import Array
from evalkit._core.warn import UndefinedMetricWarning
from evalkit.report._mistakes import SHOWN, worst_rows
from evalkit.report._slices import error_slices
from evalkit.report.columns import Columns
from evalkit.report.model import Report, ReportError, Value
from evalkit.streaming import Regression
from evalkit.tables.codes import floats, texts
from evalkit.tables.files import CsvFormat
from evalkit.tables.groups import GroupedColumn, GroupErrors
from evalkit.tables.rows import TopRows, scattered

if TYPE_CHECKING:
    import pyarrow as pa

SAMPLE = 2000  # rows drawn in the figures
LARGEST_ERROR = 1e150  # the squares of as many as a file can hold still have a sum in float64


class RegressionPass:
    """The sums of the rows so far. `update` takes a batch, `report` says what they mean."""

    def __init__(self, columns: Columns, written: CsvFormat) -> None:
        assert columns.pred is not None
        self._truth, self._pred, self._id, self._written = columns.truth, columns.pred, columns.id, written
        self._errors = Regression()
        self._groups = [GroupedColumn(column, GroupErrors.empty()) for column in columns.by]
        named = ["id"] if self._id is not None else []
        self._worst = TopRows(SHOWN, ["true", "pred", *named, *(f"by {column}" for column in columns.by)])
        self._sample = TopRows(SAMPLE, ["true", "pred"])
        self.absolute: Array = np.empty(0)  # of the rows of the last batch

    def update(self, batch: pa.RecordBatch, rows: Array) -> None:
        """Add up a batch; `rows` are the numbers of its rows in the file."""
        true, pred = (floats(batch[column], column, rows, self._written) for column in (self._truth, self._pred))
        with np.errstate(over="ignore"):
            error = true - pred
        absolute = np.abs(error)
        if absolute.max() > LARGEST_ERROR:
            raise ReportError(
                f"Columns {self._truth!r} and {self._pred!r} differ by more than {LARGEST_ERROR:g} in row "
                f"{rows[absolute.argmax()]} (the first row is 0): the squares of such errors cannot be added up."
            )
        self._errors.update(true, pred)
        slices = {f"by {groups.column}": groups.update(batch[groups.column], error) for groups in self._groups}
        self.absolute = absolute
        worst = np.argsort(-absolute, kind="stable")[:SHOWN] if self._id is not None else slice(None)
        kept: dict[str, Array] = {"true": true, "pred": pred, **slices}
        kept = {name: values[worst] for name, values in kept.items()}
        if self._id is not None:
            kept["id"] = texts(batch[self._id], np.asarray(worst))
        self._worst.update(absolute[worst], rows[worst], **kept)
        self._sample.update(scattered(rows), rows, true=true, pred=pred)

    def report(self, source: str, rows: int, columns: dict[str, str]) -> Report:
        """Return the report on all rows."""
        names = {groups.column: groups.names for groups in self._groups}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UndefinedMetricWarning)  # the report says "undefined"
            summary = self._errors.compute()
        values = (
            Value("Mean absolute error", summary.mean_absolute_error, note="in the unit of the data"),
            Value("Root mean squared error", summary.root_mean_squared_error, note="in the unit of the data"),
            Value("Mean squared error", summary.mean_squared_error, note="in the squared unit"),
            Value("R²", summary.r2_score, note="1 is perfect, 0 is as good as the mean"),
            Value("Explained variance", summary.explained_variance_score),
            Value("Mean error", summary.mean_error, note="true − predicted; above 0 the model predicts too little"),
            Value("Largest error", summary.max_error),
        )
        mistakes = worst_rows(self._worst, names, float)
        order = np.argsort(self._sample.row)
        sample = (self._sample.columns["true"][order], self._sample.columns["pred"][order])
        tables = tuple(error_slices(groups) for groups in self._groups)
        note = "The rows with the largest absolute error." if mistakes else "No row is wrong."
        return Report(source, rows, columns, values, tables, mistakes, note, sample=sample)
