"""What a report says, apart from how it looks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from evalkit._core.inputs import Array
from evalkit.metrics.matrix import ConfusionMatrix
from evalkit.report._score_counts import ScoreCounts
from evalkit.streaming import CalibrationCurve
from evalkit.tables.files import TableError
from evalkit.tables.groups import Share

ReportError = TableError  # the name under which a report raises it


@dataclass(frozen=True)
class Value:
    """A number, and how sure it is.

    Attributes
    ----------
    name : str
    value : float
    low, high : float, optional
        The ends of its 95 % interval: how far the value might be from that of all rows that there could be.
    least, most : float, optional
        Where the scores were counted in bins: between which numbers the exact value for these rows lies.
    note : str
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    note: str = ""
    least: float | None = None
    most: float | None = None

    @classmethod
    def of(
        cls,
        name: str,
        value: float,
        note: str = "",
        ends: tuple[float, float] | None = None,
        bounds: tuple[float, float] | None = None,
    ) -> Value:
        """Return a value with the ends of its interval and the bounds of its bins, where there are any."""
        low, high = ends or (None, None)
        least, most = bounds or (None, None)
        return cls(name, value, low, high, note, least, most)

    @classmethod
    def of_share(cls, name: str, share: Share, note: str = "") -> Value:
        """Return a share with its 95 % Wilson interval; nan if there is nothing to divide by."""
        low, high = share.interval() or (None, None)
        return cls(name, share.value, low, high, note)


@dataclass(frozen=True)
class ClassRow:
    """Precision, recall, F1 and support of a class, or their average. A score without a value is nan."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int
    auc: float | None = None


@dataclass(frozen=True)
class Slice:
    """The metrics of the rows with one value of a column."""

    name: str
    rows: int
    values: tuple[Value, ...]


@dataclass(frozen=True)
class SliceTable:
    """All slices by one column, the lowest first value first (for errors: the highest)."""

    by: str
    slices: tuple[Slice, ...]


@dataclass(frozen=True)
class Mistake:
    """A row of the file that the model got wrong. The first row is 0."""

    row: int
    truth: Any
    predicted: Any
    score: float | None
    slices: dict[str, str]
    id: str | None = None


@dataclass(frozen=True)
class Labels:
    """What is known only where labels were predicted."""

    confusion: ConfusionMatrix
    classes: tuple[ClassRow, ...]
    averages: tuple[ClassRow, ...]
    positive: Any = None
    threshold: float | None = None
    scores: ScoreCounts | None = None
    calibration: CalibrationCurve | None = None


@dataclass(frozen=True)
class Origin:
    """From which file a report was made, when, and with what."""

    sha256: str
    made: str  # date and time, UTC
    versions: dict[str, str]


@dataclass(frozen=True)
class Report:
    """The evaluation of a file of predictions. `to_dict` gives plain values, for JSON."""

    source: str
    rows: int
    columns: dict[str, str]
    values: tuple[Value, ...]
    slices: tuple[SliceTable, ...]
    mistakes: tuple[Mistake, ...]
    mistakes_note: str
    labels: Labels | None = None
    sample: tuple[Array, Array] | None = None  # true and predicted numbers of some rows, for figures
    notes: tuple[str, ...] = field(default=())
    each_label: tuple[ClassRow, ...] = ()  # of a row that can have several
    task: str = ""
    reason: str = ""  # why this task, where it was guessed
    origin: Origin | None = None
    other: Report | None = None  # on the second model's predictions
    differences: tuple[Value, ...] = ()  # second model minus first, on the same rows

    @property
    def kind(self) -> str:
        """Either "classification", "multilabel" or "regression"."""
        if self.each_label:
            return "multilabel"
        return "regression" if self.labels is None else "classification"

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, text and numbers. A metric without a value is None."""
        data: dict[str, Any] = {
            "source": self.source,
            "kind": self.kind,
            "task": self.task,
            "task_reason": self.reason,
            "rows": self.rows,
            "columns": self.columns,
            "metrics": [_plain(value) for value in self.values],
            "slices": [
                {
                    "by": table.by,
                    "slices": [
                        {"name": part.name, "rows": part.rows, "metrics": [_plain(value) for value in part.values]}
                        for part in table.slices
                    ],
                }
                for table in self.slices
            ],
            "worst_mistakes": [vars(mistake) for mistake in self.mistakes],
            "notes": list(self.notes),
        }
        if self.origin is not None:
            data["origin"] = vars(self.origin)
        if self.each_label:
            data["classes"] = [_plain(row) for row in self.each_label]
        if self.other is not None:
            data["other"] = self.other.to_dict()
            data["differences"] = [_plain(value) for value in self.differences]
        if self.labels is not None:
            data["positive"], data["threshold"] = self.labels.positive, self.labels.threshold
            data["confusion_matrix"] = self.labels.confusion.to_dict()
            data["classes"] = [_plain(row) for row in self.labels.classes]
            data["averages"] = [_plain(row) for row in self.labels.averages]
            if self.labels.calibration is not None:
                curve = self.labels.calibration
                names = ("prob_true", "prob_pred", "count")
                data["calibration_curve"] = {name: getattr(curve, name).tolist() for name in names}
        return data


def _plain(item: Value | ClassRow) -> dict[str, Any]:
    """Return the fields; NaN, which JSON does not know, becomes None."""
    return {name: None if isinstance(v, float) and math.isnan(v) else v for name, v in vars(item).items()}
