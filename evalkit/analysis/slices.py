"""Slices: the same share, such as recall, measured on every part of the data, with its interval.

>>> truth, called = [1, 1, 1, 1, 0, 0], [1, 1, 0, 0, 0, 1]
>>> light = ["day", "day", "day", "night", "day", "night"]
>>> print(slice_table(truth, called, {"light": light}, metric="recall"))
by     group  rows  of  value        interval
light  day       4   3  0.667  0.208 to 0.939
light  night     2   1  0.000  0.000 to 0.793
all              6   4  0.500  0.150 to 0.850
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from evalkit._core.inputs import EMPTY, Array, check_choice
from evalkit.cohorts import by_group
from evalkit.uncertainty import Interval, wilson_interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Share = Literal["accuracy", "recall", "precision", "specificity"]

# For each share: which rows are right, and of which rows it is the share. The arguments say which rows are of the
# positive class, which were called so, and which have the right label.
_SHARES: dict[str, Callable[[Array, Array, Array], tuple[Array, Array]]] = {
    "accuracy": lambda is_positive, called, right: (right, np.ones_like(right)),
    "recall": lambda is_positive, called, right: (is_positive & called, is_positive),
    "precision": lambda is_positive, called, right: (is_positive & called, called),
    "specificity": lambda is_positive, called, right: (~is_positive & ~called, ~is_positive),
}


@dataclass(frozen=True)
class Slice:
    """A share in one part of the data.

    Parameters
    ----------
    by, group : str and label
        The column that the data were divided by, and its value here.
    rows : int
        How many rows the slice has.
    of : int
        How many of them count: for recall the positives, for precision those called positive.
    value : float
        The share; nan where nothing counts.
    interval : Interval or None
        Wilson's; None where nothing counts.
    """

    by: str
    group: Any
    rows: int
    of: int
    value: float
    interval: Interval | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python objects."""
        low, high = self.interval or (float("nan"), float("nan"))
        named = {"by": self.by, "group": self.group, "rows": self.rows, "of": self.of}
        return {**named, "value": self.value, "low": low, "high": high}


@dataclass(frozen=True)
class SliceTable:
    """A share for every slice, and for all rows together.

    `table["light", "night"]` is one slice, and iterating yields them all, column by column.
    """

    metric: str
    slices: tuple[Slice, ...]
    overall: Slice

    def __iter__(self) -> Iterator[Slice]:
        return iter(self.slices)

    def __len__(self) -> int:
        return len(self.slices)

    def __getitem__(self, key: tuple[str, Any]) -> Slice:
        for part in self.slices:
            if (part.by, part.group) == key:
                return part
        raise KeyError(key)

    @property
    def worst(self) -> tuple[Slice, ...]:
        """The slices that have a value, the lowest first."""
        return tuple(sorted((part for part in self.slices if part.of), key=lambda part: part.value))

    @property
    def suspects(self) -> tuple[Slice, ...]:
        """The slices whose whole interval lies below the value of all rows, the lowest first.

        With intervals of 95 %, about one in forty slices that are no worse looks like this by chance.
        """
        return tuple(part for part in self.worst if part.interval and part.interval.high < self.overall.value)

    def to_dict(self) -> list[dict[str, Any]]:
        """Return one dict of plain Python objects for each slice, which makes a pandas DataFrame."""
        return [part.to_dict() for part in self.slices]

    def plot(self) -> Figure:
        """Draw every slice that has a value, with its interval; `evalkit.plots.alt_text(fig)` describes it."""
        from evalkit.plots import plot_slices

        shown = [part for part in self.slices if part.interval]
        columns = {part.by for part in shown}
        names = [str(part.group) if len(columns) == 1 else f"{part.by}: {part.group}" for part in shown]
        low, high = zip(*(part.interval for part in shown if part.interval), strict=True)
        return plot_slices(
            names,
            [part.value for part in shown],
            low,
            high,
            counts=[part.of for part in shown],
            overall=self.overall.value,
            metric=self.metric.capitalize(),
            by=columns.pop() if len(columns) == 1 else "Slice",
        )

    def __str__(self) -> str:
        rows = [["by", "group", "rows", "of", "value", "interval"]]
        for part in (*self.slices, self.overall):
            interval = f"{part.interval.low:.3f} to {part.interval.high:.3f}" if part.interval else ""
            rows.append([part.by, str(part.group), str(part.rows), str(part.of), f"{part.value:.3f}", interval])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(
                text.ljust(width) if place < 2 else text.rjust(width)
                for place, (text, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        )


def slice_table(
    y_true: Any,
    y_pred: Any,
    cohorts: Mapping[str, Any],
    *,
    metric: Share = "accuracy",
    positive: Any = 1,
    level: float = 0.95,
) -> SliceTable:
    """Measure a share on every slice of the data, with Wilson's interval.

    For any other metric there is `evalkit.by_group`, with intervals from the bootstrap.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted labels.
    cohorts : mapping of str to array-like of shape (n,)
        For each column to divide by, the group of each row: text, whole numbers or booleans.
    metric : {"accuracy", "recall", "precision", "specificity"}
        The share. All but accuracy are about the positive class.
    positive : label
        The positive class.
    level : float
        The level of the intervals.

    Returns
    -------
    SliceTable
        A slice in which nothing counts (for recall, one without positives) has the value nan and no interval.

    Raises
    ------
    ValueError
        If lengths differ, the input is empty, a group is missing, or there is no column to divide by.

    References
    ----------
    Y. Chung, T. Kraska, N. Polyzotis, K. H. Tae and S. E. Whang, "Slice Finder: automated data slicing for model
    validation", IEEE International Conference on Data Engineering (2019).

    Examples
    --------
    >>> table = slice_table([1, 1, 1, 0], [1, 1, 0, 0], {"site": ["A", "A", "B", "B"]}, metric="recall")
    >>> table["site", "B"].value, table["site", "B"].of
    (0.0, 1)
    """
    check_choice(metric, "metric", tuple(_SHARES))
    if not cohorts:
        raise ValueError("cohorts must hold at least one column to divide the rows by.")

    def count(true: Array, pred: Array) -> tuple[int, int]:
        hits, counted = _SHARES[metric](true == positive, pred == positive, true == pred)
        return int(hits.sum()), int(counted.sum())

    def measured(by: str, group: Any, rows: int, counts: tuple[int, int]) -> Slice:
        hits, of = counts
        interval = wilson_interval(hits, of, level) if of else None
        return Slice(by, group, rows, of, hits / of if of else float("nan"), interval)

    scores = {name: by_group(count, y_true, y_pred, by=groups) for name, groups in cohorts.items()}
    overall = next(iter(scores.values())).overall
    if not overall.n:
        raise ValueError(EMPTY)
    slices = [measured(name, score.group, score.n, score.value) for name, part in scores.items() for score in part]
    return SliceTable(metric, tuple(slices), measured("all", "", overall.n, overall.value))


def slice_recall(y_true: Any, y_pred: Any, groups: Any, *, positive: Any = 1) -> dict[Any, float]:
    """Return the recall of the positive class in each group; nan for a group without positives.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted labels.
    groups : array-like of shape (n,)
        The group of each row.
    positive : label
        The positive class.

    Raises
    ------
    ValueError
        As `slice_table`.

    Examples
    --------
    >>> slice_recall([1, 1, 0, 1, 0], [1, 0, 0, 1, 1], ["A", "A", "A", "B", "C"])
    {'A': 0.5, 'B': 1.0, 'C': nan}
    """
    table = slice_table(y_true, y_pred, {"group": groups}, metric="recall", positive=positive)
    return {part.group: part.value for part in table}
