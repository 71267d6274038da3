"""Predicted labels and scores: one pass over the file, then everything that follows from its counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.codes import bincount
from evalkit._core.counts import ClassCounts, add_one_at
from evalkit._core.inputs import Array
from evalkit._core.score_bins import score_bins
from evalkit._core.threads import SecondThread
from evalkit.metrics.matrix import ConfusionMatrix
from evalkit.metrics.report import AVERAGES, scores_of
from evalkit.report._class_scores import ClassScores
from evalkit.report._group_areas import GroupAreas
from evalkit.report._intervals import f1_interval
from evalkit.report._mistakes import Mistakes
from evalkit.report._scores import Scores
from evalkit.report._slices import label_slices
from evalkit.report.columns import Columns
from evalkit.report.model import ClassRow, Labels, Report, ReportError, Value
from evalkit.tables.codes import (
    MOST_LABELS,
    Codebook,
    Codes,
    NotALabelError,
    check_present,
    floats,
    places_in,
    texts,
)
from evalkit.tables.files import CsvFormat, kind_of
from evalkit.tables.groups import GroupedColumn, GroupShares, Share, label_cells

if TYPE_CHECKING:
    import pyarrow as pa

NONE = -2  # a code that no row has
REST = -1  # the code of "not the positive class", where a threshold made the predictions
LISTED = 8  # labels named in an error message


class Classification:
    """The counts of the rows so far. `update` takes a batch, `report` says what they mean.

    Parameters
    ----------
    columns : Columns
        Which columns to read.
    meant : callable
        Takes a value of a column of labels and returns the label that it stands for.
    positive : str, optional
    usual : str
        The positive class if none is named: 1, or True.
    threshold : float, optional
    task : str, optional
        "binary" or "multiclass", if it was said.
    written : CsvFormat
    second : SecondThread
    """

    def __init__(
        self,
        columns: Columns,
        meant: Callable[[Any], Any],
        positive: str | None,
        usual: str,
        threshold: float | None,
        task: str | None,
        written: CsvFormat,
        second: SecondThread,
    ) -> None:
        self._columns, self._task, self._written = columns, task, written
        self._truth, self._pred = columns.truth, columns.pred
        self._book = Codebook(MOST_LABELS, "for numbers say --task regression", meant)
        self._in_truth = np.zeros(0, bool)  # by code
        self._pairs = np.zeros((0, 0), np.int64)  # rows by the codes of their truth and their prediction
        self._called = np.zeros((2, 2), np.int64)  # where a threshold makes the labels: by positive, and called so
        self._named = positive is not None
        # Unless named, the positive class is the usual one, if the true labels turn out to be 0 and 1, or −1 and 1, or
        # False and True.
        self._positive = NONE if task == "multiclass" else self._book.code(usual if positive is None else positive)
        self._class_scores: ClassScores | None = None
        if len(columns.scores) > 1:
            self._class_scores = ClassScores({self._book.code(name): at for name, at in columns.scores.items()})
        self._score = next(iter(columns.scores.values())) if len(columns.scores) == 1 else None
        makes_labels = self._pred is None and self._class_scores is None
        self._makes_labels = makes_labels
        self._groups = [GroupedColumn(column, GroupShares.empty()) for column in columns.by]
        self._areas = [GroupAreas() for _ in columns.by]
        elsewhere = next(iter(self._areas), None)
        self._scores = None if self._score is None else Scores(self._score, threshold, makes_labels, elsewhere, second)
        sure = self._class_scores is not None
        self._mistakes = Mistakes(columns.by, bool(columns.scores), named=columns.id is not None, sure=sure)
        self.right: Array = np.zeros(0, bool)  # of the rows of the last batch

    def update(self, batch: pa.RecordBatch, rows: Array) -> None:
        """Count a batch; `rows` are the numbers of its rows in the file."""
        true = self._labels(batch, self._truth, rows)
        pred = None if self._pred is None else self._labels(batch, self._pred, rows)
        self._count(true, pred)
        is_positive = true == self._positive
        score = None
        if self._scores is not None and self._score is not None:
            if not self._positive_is_known():
                raise ReportError(
                    f"Name the class that {self._score!r} is the score of with --positive; {self._truth!r} holds "
                    f"{self._labels_met()}."
                )
            score = floats(batch[self._score], self._score, rows, self._written)
            bins = score_bins(score)
            called = self._scores.update(is_positive, score, bins)
        if self._class_scores is not None:
            best, score = self._best_class(batch, true, rows)
            if pred is None:
                pred = best
                self._count(true, pred)
        if pred is not None:
            called, right = pred == self._positive, pred == true
        else:
            pred, right = np.where(called, np.int16(self._positive), np.int16(REST)), called == is_positive
        self.right = right
        cells = label_cells(is_positive, called, right)
        if self._makes_labels:
            self._called += bincount(cells >> 1, minlength=4).reshape(2, 2)
        slices = {}
        for groups, areas in zip(self._groups, self._areas, strict=True):
            slices[groups.column] = groups.update(batch[groups.column], cells)
            if self._scores is not None:
                areas.update(slices[groups.column], is_positive, bins)
        id = self._columns.id
        ids = None if id is None else partial(texts, batch[id])
        self._mistakes.update(rows, ~right, is_positive, called, true, pred, score, slices, ids)

    def _labels(self, batch: pa.RecordBatch, column: str, rows: Array) -> Codes:
        """Return the codes of a column of labels, none of them missing."""
        array = batch[column]
        kind_of(array.type, column)
        check_present(array, column, rows)
        try:
            return self._book.encode(array, column)
        except NotALabelError as error:
            raise ReportError(
                f"Column {column!r} holds {error}, which is no label: scores belong to --score; for numbers say --task "
                "regression; if fractions are labels, say --task multiclass."
            ) from None

    def _best_class(self, batch: pa.RecordBatch, true: Codes, rows: Array) -> tuple[Codes, Array]:
        """Take in the scores of all classes; return the class with the highest score, and that score."""
        assert self._class_scores is not None
        scores = np.column_stack(
            [floats(batch[column], column, rows, self._written) for column in self._class_scores.columns.values()]
        )
        place = self._class_scores.places(true, dict(enumerate(self._book.values)))
        best = self._class_scores.update(place, scores)
        return self._class_scores.codes[best], scores[np.arange(len(best)), best]

    def report(self, source: str, rows: int, columns: dict[str, str]) -> Report:
        """Return the report on all rows."""
        if self._named and not self._was_met(self._positive):
            raise ReportError(
                f"The positive class {self._book.values[self._positive]!r} does not occur in column {self._truth!r}, "
                f"which holds {self._labels_met()}."
            )
        self._check_same_labels()
        positive = self._book.values[self._positive] if self._positive_is_known() else None
        cm = self._confusion(positive)
        if self._task == "binary" and len(cm.labels) > 2:
            raise ReportError(f"Column {self._truth!r} holds {self._labels_met()}: more than the two of --task binary.")
        classes, averages = class_rows(cm)
        values = [
            Value.of_share("Accuracy", Share(int(cm.table.trace()), rows), "Wilson"),
            Value("Balanced accuracy", cm.balanced_accuracy, note="mean recall of the classes"),
            self._f1(cm, classes, averages, positive),
        ]
        labels = Labels(cm, classes, averages, positive)
        notes: tuple[str, ...] = ()
        if self._scores is not None:
            values += self._scores.values()
            notes = self._scores.notes()
            labels = replace(labels, **self._scores.for_figures())
        if self._class_scores is not None:
            values += self._class_scores.values()
            notes = self._class_scores.notes()
            labels = replace(labels, classes=self._with_areas(classes))
        names = dict(enumerate(self._book.values)) | {REST: self._rest()}
        mistakes, note = self._mistakes.result(names, {g.column: g.names for g in self._groups}, self._scores)
        tables = []
        for groups, areas in zip(self._groups, self._areas, strict=True):
            counts = areas.counts(len(groups.names)) if self._scores is not None else None
            tables.append(label_slices(groups, positive is not None, None if areas.given_up else counts))
            if areas.given_up:
                notes += (f"Too many slices and scores to keep apart: no area under the ROC curve by {groups.column}.",)
        return Report(source, rows, columns, tuple(values), tuple(tables), mistakes, note, labels, notes=notes)

    @property
    def task(self) -> str:
        """Either "binary" or "multiclass", by the labels that occurred."""
        classes = max(int((self._in_truth | self._in_pred()).sum()), len(self._columns.scores))
        return self._task or ("binary" if classes <= 2 or self._makes_labels else "multiclass")

    def _was_met(self, code: int) -> bool:
        return code >= 0 and bool(self._in_truth[code] or self._in_pred()[code])

    def _in_pred(self) -> Array:
        """Whether the label of each code was predicted."""
        return np.asarray(self._pairs.any(axis=0))

    def _check_same_labels(self) -> None:
        """Say it where the predictions are written in another way than the truth: nothing can be right then."""
        true, pred = (
            [self._book.values[code] for code in np.flatnonzero(met)] for met in (self._in_truth, self._in_pred())
        )
        kinds = {type(value) for value in true}, {type(value) for value in pred}
        if pred and not set(true) & set(pred) and not kinds[0] & kinds[1]:
            raise ReportError(
                f"No prediction in {self._pred!r} ({_listed(pred)}) is a label of {self._truth!r} ({_listed(true)}): "
                "the two columns write their labels in different ways."
            )

    def _f1(
        self, cm: ConfusionMatrix, classes: Sequence[ClassRow], averages: Sequence[ClassRow], positive: Any
    ) -> Value:
        """Return F1 of the positive class, or the macro average, with the interval of the bootstrap."""
        place = next((i for i, name in enumerate(cm.labels) if str(name) == str(positive)), None)
        if positive is None or place is None:
            macro = next(row for row in averages if row.name == "macro")
            ends = f1_interval(cm.table, None)
            return Value.of("Macro F1", macro.f1, "bootstrap" if ends else "", ends)
        ends = f1_interval(cm.table, place)
        return Value.of("F1", classes[place].f1, f"of class {positive}" + "; bootstrap" * bool(ends), ends)

    def _with_areas(self, classes: tuple[ClassRow, ...]) -> tuple[ClassRow, ...]:
        assert self._class_scores is not None
        areas = self._class_scores.areas()
        if not areas:
            return classes
        names = [str(self._book.values[code]) for code in self._class_scores.codes]
        by_name = dict(zip(names, areas, strict=True))
        return tuple(replace(row, auc=by_name.get(row.name)) for row in classes)

    def _count(self, true: Codes, pred: Codes | None) -> None:
        """Count the pairs of labels; without predictions, remember which labels are true ones."""
        known, before = len(self._book.values), len(self._pairs)
        if known > before:
            self._pairs = np.pad(self._pairs, (0, known - before))
            self._in_truth = np.pad(self._in_truth, (0, known - before))
        if pred is None:
            self._in_truth[true] = True
            return
        add_one_at(self._pairs.reshape(-1), places_in((known, known), true, pred).astype(np.intp))
        self._in_truth |= self._pairs.any(axis=1)

    def _positive_is_known(self) -> bool:
        """Whether the positive class was named, or goes without saying."""
        met = {self._book.values[code] for code in np.flatnonzero(self._in_truth)}
        return self._named or (self._positive != NONE and (met <= {0, 1} or met <= {-1, 1}))

    def _labels_met(self) -> str:
        """Name the true labels met so far."""
        return _listed([self._book.values[code] for code in np.flatnonzero(self._in_truth)])

    def _rest(self) -> Any:
        """Return a name for all that is not the positive class: the other label, if there is only one."""
        others = [self._book.values[code] for code in np.flatnonzero(self._in_truth) if code != self._positive]
        return others[0] if len(others) == 1 else f"not {self._book.values[self._positive]}"

    def _confusion(self, positive: Any) -> ConfusionMatrix:
        """Return the counts with labels in place of codes: sorted, but of two the positive one comes last."""
        if self._makes_labels:
            rest = self._rest()
            return ConfusionMatrix(self._called, (rest, str(positive) if isinstance(rest, str) else positive))
        met = np.flatnonzero(self._in_truth | self._in_pred())
        table, labels = self._pairs[np.ix_(met, met)], [self._book.values[code] for code in met]
        order = sorted(range(len(labels)), key=lambda i: _place(labels[i]))
        if len({isinstance(label, str) for label in labels}) == 2:
            labels, positive = [str(label) for label in labels], str(positive)  # names among numbers are names all
        if len(labels) == 2 and positive is not None:
            order.sort(key=lambda i: bool(labels[i] == positive))
        return ConfusionMatrix(table[np.ix_(order, order)], tuple(labels[i] for i in order))


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


def _place(label: Any) -> tuple[int, Any]:
    """Order labels of one kind by themselves, and the kinds: truth values, numbers, text."""
    return (0 if isinstance(label, bool) else 1 if isinstance(label, int) else 2), label


def _listed(labels: Sequence[Any]) -> str:
    met = sorted(labels, key=_place)
    return ", ".join(map(str, met[:LISTED])) + (" and others" if len(met) > LISTED else "")
