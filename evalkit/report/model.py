"""What a report says, apart from how it looks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from evalkit._core.inputs import Array
from evalkit.metrics.matrix import ConfusionMatrix
from evalkit.report._binned import ScoreCounts
from evalkit.streaming import CalibrationCurve
from evalkit.tables.files import TableError
from evalkit.tables.groups import Share

ReportError = TableError  # the name under which a report raises it


@dataclass(frozen=True)
class Value:
    """A number, between which others it lies, and why."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    note: str = ""

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

    @property
    def kind(self) -> str:
        """Either "classification" or "regression"."""
        return "regression" if self.labels is None else "classification"

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, text and numbers. A metric without a value is None."""
        data: dict[str, Any] = {
            "source": self.source,
            "kind": self.kind,
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
