"""Rows that can have several labels, with a column for each: one pass, then what follows from the counts."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from evalkit._core.codes import bincount
from evalkit._core.counts import ClassCounts
from evalkit._core.inputs import Array
from evalkit.metrics.report import scores_of
from evalkit.report._class_scores import MOST_AREAS
from evalkit.report._mistakes import SHOWN, worst_rows
from evalkit.report._slices import label_slices
from evalkit.report._tally import ScoreTally
from evalkit.report.model import ClassRow, Report, ReportError, SliceTable, Value
from evalkit.tables.codes import as_label, check_present, floats, texts
from evalkit.tables.files import CsvFormat
from evalkit.tables.groups import GroupedColumn, GroupShares, Share, label_cells
from evalkit.tables.rows import TopRows

if TYPE_CHECKING:
    import pyarrow as pa


class MultilabelPass:
    """The counts of the rows so far. `update` takes a batch, `report` says what they mean.

    Parameters
    ----------
    truth, pred, scores : dict
        From the label to its column. Without `pred`, scores at or above the threshold make the labels.
    by : tuple of str
    id : str, optional
    threshold : float, optional
    written : CsvFormat
    """

    def __init__(
        self,
        truth: dict[str, str],
        pred: dict[str, str],
        scores: dict[str, str],
        by: tuple[str, ...],
        id: str | None,
        threshold: float | None,
        written: CsvFormat,
    ) -> None:
        for option, columns in (("--pred", pred), ("--score", scores)):
            if columns and set(columns) != set(truth):
                raise ReportError(
                    f"--truth has columns for {', '.join(truth)} and {option} for {', '.join(columns)}: they must be "
                    "about the same labels."
                )
        self._labels, self._truth, self._pred, self._scores = list(truth), truth, pred, scores
        self._id, self._written, self._threshold = id, written, 0.5 if threshold is None else threshold
        self._counts = np.zeros((len(truth), 4), np.int64)  # by 2 · truth + prediction
        self._right_rows = self._rows = 0
        self._tallies = [ScoreTally() for _ in truth] if scores and len(truth) <= MOST_AREAS else []
        self._groups = [GroupedColumn(column, GroupShares.empty()) for column in by]
        named = ["id"] if id is not None else []
        self._worst = TopRows(SHOWN, ["true", "pred", *named, *(f"by {column}" for column in by)])

    def update(self, batch: pa.RecordBatch, rows: Array) -> None:
        """Count a batch; `rows` are the numbers of its rows in the file."""
        truth = np.column_stack([_flags(batch[column], column, rows) for column in self._truth.values()])
        if self._scores:
            scores = np.column_stack(
                [floats(batch[self._scores[name]], self._scores[name], rows, self._written) for name in self._labels]
            )
            for k, tally in enumerate(self._tallies):
                tally.update(truth[:, k], scores[:, k])
        if self._pred:
            columns = [self._pred[name] for name in self._labels]
            pred = np.column_stack([_flags(batch[column], column, rows) for column in columns])
        else:
            pred = scores >= self._threshold
        for k in range(len(self._labels)):
            self._counts[k] += bincount(2 * truth[:, k] + pred[:, k], minlength=4)
        wrong = (truth != pred).sum(axis=1)
        right = wrong == 0
        self._rows += len(rows)
        self._right_rows += int(right.sum())
        nothing = np.zeros(len(rows), bool)
        kept: dict[str, Array] = {}
        for groups in self._groups:
            kept[f"by {groups.column}"] = groups.update(batch[groups.column], label_cells(nothing, nothing, right))
        worst = np.argsort(-wrong, kind="stable")[:SHOWN]
        kept = {name: codes[worst] for name, codes in kept.items()}
        for name, flags in (("true", truth), ("pred", pred)):
            kept[name] = np.array([self._named(row) for row in flags[worst]], object)
        if self._id is not None:
            kept["id"] = texts(batch[self._id], worst)
        self._worst.update(wrong[worst].astype(np.float64), rows[worst], **kept)

    def _named(self, flags: Array) -> str:
        return ", ".join(name for name, flag in zip(self._labels, flags, strict=True) if flag) or "none"

    def report(self, source: str, rows: int, columns: dict[str, str]) -> Report:
        """Return the report on all rows."""
        _, fp, fn, tp = self._counts.T
        counts = ClassCounts(np.arange(len(self._labels)), tp, tp + fn, tp + fp, np.array(rows))
        precision, recall, f1 = scores_of(counts, None)
        areas, precisions = self._areas()
        each = tuple(
            ClassRow(name, float(precision[k]), float(recall[k]), float(f1[k]), int(tp[k] + fn[k]), areas[k])
            for k, name in enumerate(self._labels)
        )
        of = int((2 * tp + fp + fn).sum())
        values = [
            Value.of_share("All labels right", Share(self._right_rows, rows), "rows without any mistake; Wilson"),
            Value("Hamming loss", float((fp + fn).sum() / (rows * len(self._labels))), note="share of labels wrong"),
            Value("Micro F1", 2 * int(tp.sum()) / of if of else math.nan, note="all labels counted together"),
            Value("Macro F1", float(np.nanmean(f1)) if not np.isnan(f1).all() else math.nan, note="mean of the labels"),
        ]
        for name, found in (("Macro ROC AUC", areas), ("Macro average precision", precisions)):
            defined = [value for value in found if value is not None and not math.isnan(value)]
            if defined:
                values.append(Value(name, float(np.mean(defined)), note="mean of the labels"))
        names = {groups.column: groups.names for groups in self._groups}
        mistakes = worst_rows(self._worst, names, str)
        note = "The rows with the most wrong labels." if mistakes else "No row is wrong."
        tables = tuple(_renamed(label_slices(groups, False, None)) for groups in self._groups)
        return Report(source, rows, columns, tuple(values), tables, mistakes, note, each_label=each)

    def _areas(self) -> tuple[list[float | None], list[float | None]]:
        """Return the area under the ROC curve and the average precision of each label; nan where one class is empty."""
        if not self._tallies:
            return [None] * len(self._labels), [None] * len(self._labels)
        areas: list[float | None] = []
        precisions: list[float | None] = []
        for tally in self._tallies:
            counts = tally.counts()
            both = bool(counts.positive.sum() and counts.negative.sum())
            areas.append(counts.area()[0] if both else math.nan)
            precisions.append(counts.average_precision()[0] if both else math.nan)
        return areas, precisions


def _renamed(table: SliceTable) -> SliceTable:
    """In a slice, too, the first value is the share of the rows without any mistake."""
    slices = tuple(
        replace(part, values=(replace(part.values[0], name="All labels right"), *part.values[1:]))
        for part in table.slices
    )
    return replace(table, slices=slices)


def _flags(array: pa.Array, column: str, rows: Array) -> Array:
    """Return a column of 0 and 1, or of truth values, as truth values."""
    import pyarrow as pa

    check_present(array, column, rows)
    encoded = array if isinstance(array, pa.DictionaryArray) else array.dictionary_encode()
    meant = [as_label(value) for value in encoded.dictionary.to_pylist()]
    odd = next((value for value in meant if value not in (0, 1)), None)
    if odd is not None:
        raise ReportError(
            f"Column {column!r} holds {odd!r}; where rows have several labels, each column holds 0 and 1."
        )
    flags: Array = np.array(meant, bool)[encoded.indices.to_numpy(zero_copy_only=False)]
    return flags
