"""Predicted labels and scores: one pass over the file, then everything that follows from its counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.counts import ClassCounts
from evalkit.metrics.matrix import ConfusionMatrix
from evalkit.metrics.report import AVERAGES, scores_of
from evalkit.report._mistakes import Mistakes
from evalkit.report._scores import Scores
from evalkit.report._slices import label_slices
from evalkit.report.model import ClassRow, Labels, Report, ReportError, Value
from evalkit.streaming import LabelCounts
from evalkit.tables.codes import MOST_LABELS, Codebook, Codes, check_present, floats
from evalkit.tables.files import BOOLEAN, TEXT, Table
from evalkit.tables.groups import GroupedColumn, GroupShares, Share, label_cells

if TYPE_CHECKING:
    import pyarrow as pa

NONE = -2  # a code that no row has
REST = -1  # the code of "not the positive class", where a threshold made the predictions
LISTED = 8  # labels named in an error message


class Classification:
    """The counts of the rows so far. `update` takes a batch, `report` says what they mean."""

    def __init__(
        self,
        table: Table,
        truth: str,
        pred: str | None,
        score: str | None,
        by: Sequence[str],
        positive: str | None,
        threshold: float | None,
    ) -> None:
        self._truth, self._pred, self._score = truth, pred, score
        kind = table.kind(truth)
        if pred is not None and (table.kind(pred) == TEXT) != (kind == TEXT):
            raise ReportError(f"Column {truth} holds {kind} and column {pred} {table.kind(pred)}.")
        self._book = Codebook(MOST_LABELS, "regression needs true values stored as fractions")
        self._in_truth, self._met = np.zeros((2, 0), bool)
        self._named = positive is not None
        # Unless named, the positive class is 1, provided that the true labels turn out to be 0 and 1 or −1 and 1.
        self._positive = NONE
        if positive is not None:
            self._positive = self._book.code(_parsed(positive, kind, truth))
        elif kind != TEXT:
            self._positive = self._book.code(1)
        self._pairs = LabelCounts() if pred is not None else LabelCounts(num_classes=2)
        self._scores = None if score is None else Scores(score, threshold, makes_labels=pred is None)
        self._groups = [GroupedColumn(column, GroupShares.empty()) for column in by]
        self._mistakes = Mistakes(by, scored=score is not None)

    def update(self, batch: pa.RecordBatch, start: int) -> None:
        """Count a batch; `start` is the number of its first row in the file."""
        true = _label_codes(batch[self._truth], self._truth, self._book, start)
        pred = None if self._pred is None else _label_codes(batch[self._pred], self._pred, self._book, start)
        self._remember(true, pred)
        is_positive = true == self._positive
        score = None
        if self._scores is not None and self._score is not None:
            if not self._positive_is_known():
                raise ReportError(
                    f"Name the class that {self._score} is the score of with --positive; {self._truth} holds "
                    f"{self._labels_met()}."
                )
            score = floats(batch[self._score], self._score, start)
            called = self._scores.update(is_positive, score)
        if pred is not None:
            self._pairs.update(true, pred)
            called, right = pred == self._positive, pred == true
        else:
            self._pairs.update(is_positive, called)
            pred, right = np.where(called, self._positive, REST), called == is_positive
        cells = label_cells(is_positive, called, right)
        slices = {}
        for groups in self._groups:
            slices[groups.column] = groups.update(batch[groups.column], cells)
        self._mistakes.update(start, ~right, is_positive, called, true, pred, score, slices)

    def report(self, source: str, rows: int, columns: dict[str, str]) -> Report:
        """Return the report on all rows."""
        if self._named and not self._met[self._positive]:
            raise ReportError(
                f"The positive class {self._book.values[self._positive]!r} does not occur in column {self._truth}, "
                f"which holds {self._labels_met()}."
            )
        positive = self._book.values[self._positive] if self._positive_is_known() else None
        cm = self._confusion(positive)
        classes, averages = class_rows(cm)
        values = [
            Value.of_share("Accuracy", Share(int(cm.table.trace()), rows), "95 % Wilson interval"),
            Value("Balanced accuracy", cm.balanced_accuracy, note="mean recall of the classes"),
        ]
        labels = Labels(cm, classes, averages, positive)
        notes: tuple[str, ...] = ()
        if self._scores is not None:
            values += self._scores.values()
            notes = self._scores.notes()
            labels = replace(labels, **self._scores.for_figures())
        names = dict(enumerate(self._book.values)) | {REST: self._rest()}
        mistakes, note = self._mistakes.result(names, {g.column: g.names for g in self._groups}, self._scores)
        tables = tuple(label_slices(groups, with_positive=positive is not None) for groups in self._groups)
        return Report(source, rows, columns, tuple(values), tables, mistakes, note, labels, notes=notes)

    def _remember(self, true: Codes, pred: Codes | None) -> None:
        """Remember which labels occur, and which of them in the truth."""
        for name, codes in (("_in_truth", true), ("_met", true), ("_met", pred)):
            if codes is not None:
                seen = np.bincount(codes, minlength=len(self._book.values)) > 0
                before = getattr(self, name)
                seen[: len(before)] |= before
                setattr(self, name, seen)

    def _positive_is_known(self) -> bool:
        """Whether the positive class was named, or goes without saying."""
        met = {self._book.values[code] for code in np.flatnonzero(self._in_truth)}
        return self._named or (self._positive != NONE and (met <= {0, 1} or met <= {-1, 1}))

    def _labels_met(self) -> str:
        """Name the true labels met so far."""
        met = sorted(self._book.values[code] for code in np.flatnonzero(self._in_truth))
        return ", ".join(map(str, met[:LISTED])) + (" and others" if len(met) > LISTED else "")

    def _rest(self) -> Any:
        """Return a name for all that is not the positive class: the other label, if there is only one."""
        others = [self._book.values[code] for code in np.flatnonzero(self._in_truth) if code != self._positive]
        return others[0] if len(others) == 1 else f"not {self._book.values[self._positive]}"

    def _confusion(self, positive: Any) -> ConfusionMatrix:
        """Return the counts with labels in place of codes: sorted, but of two the positive one comes last."""
        cm = self._pairs.compute()
        if self._pred is None:
            rest = self._rest()
            return ConfusionMatrix(cm.table, (rest, str(positive) if isinstance(rest, str) else positive))
        labels = [self._book.values[int(code)] for code in cm.labels]
        order = sorted(range(len(labels)), key=labels.__getitem__)
        if len(labels) == 2 and positive is not None:
            order.sort(key=lambda i: bool(labels[i] == positive))
        return ConfusionMatrix(cm.table[np.ix_(order, order)], tuple(labels[i] for i in order))


def class_rows(cm: ConfusionMatrix) -> tuple[tuple[ClassRow, ...], tuple[ClassRow, ...]]:
    """Return precision, recall and F1 of every class, and their averages. What has no value is nan."""
    table = cm.table
    counts = ClassCounts(np.arange(len(table)), table.diagonal(), table.sum(axis=1), table.sum(axis=0), table.sum())

    precision, recall, f1 = scores_of(counts, None)
    classes = tuple(
        ClassRow(str(name), float(precision[i]), float(recall[i]), float(f1[i]), int(counts.truths[i]))
        for i, name in enumerate(cm.labels)
    )
    averages: list[ClassRow] = []
    for average in AVERAGES:
        one = scores_of(counts, average)
        averages.append(ClassRow(average, float(one[0]), float(one[1]), float(one[2]), int(counts.rows)))
    return classes, tuple(averages)


def _label_codes(array: pa.Array, column: str, book: Codebook, start: int) -> Codes:
    """Return the codes of a column of labels: text, booleans or whole numbers, none of them missing."""
    import pyarrow as pa
    import pyarrow.types as types

    check_present(array, column, start)
    if types.is_floating(array.type) or types.is_decimal(array.type):
        try:
            array = array.cast(pa.int64())
        except pa.ArrowInvalid:
            raise ReportError(
                f"Column {column} holds fractions, which are no labels: scores belong to --score, and a regression "
                "needs true values with fractions and no --score."
            ) from None
    return book.encode(array, column)


def _parsed(positive: str, kind: str, truth: str) -> Any:
    """Return the positive class as the column holds it: text, a truth value or a whole number."""
    if kind == TEXT:
        return positive
    if kind == BOOLEAN and positive.lower() in ("true", "false"):
        return positive.lower() == "true"
    try:
        return int(positive)
    except ValueError:
        raise ReportError(
            f"The positive class {positive!r} cannot occur in column {truth}, which holds {kind}."
        ) from None
