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

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.groups import Groups
from evalkit._core.inputs import EMPTY, Array, check_choice, check_lengths, to_array
from evalkit._core.words import aligned
from evalkit.tables.groups import SHARES, GroupShares, Share, ShareName, label_cells
from evalkit.uncertainty import Interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
        return aligned(rows, left=2)


def slice_table(
    y_true: Any,
    y_pred: Any,
    cohorts: Mapping[str, Any],
    *,
    metric: ShareName = "accuracy",
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
        If lengths differ, the input is empty, a group is missing, there is no column to divide by, or no label is
        `positive` where the share is about the positive class.

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
    check_choice(metric, "metric", tuple(SHARES))
    if not cohorts:
        raise ValueError("cohorts must hold at least one column to divide the rows by.")
    true, pred = _labels(y_true, "y_true"), _labels(y_pred, "y_pred")
    if not check_lengths(y_true=true, y_pred=pred):
        raise ValueError(EMPTY)
    if metric != "accuracy":
        _check_positive(positive, true, pred)
    cells = label_cells(true == positive, pred == positive, true == pred)

    def measured(by: str, group: Any, rows: int, share: Share) -> Slice:
        return Slice(by, group, rows, share.of, share.value, share.interval(level))

    slices = []
    for name, groups in cohorts.items():
        by = to_array(groups, "by")
        check_lengths(y_true=true, y_pred=pred, by=by)
        found = Groups.of(by)
        sums = GroupShares.of(found.codes, len(found.names), cells)
        parts = zip(found.names, sums.rows.tolist(), sums.shares(metric), strict=True)
        slices += [measured(name, group, rows, share) for group, rows, share in parts]
    (overall,) = GroupShares.of(np.zeros(len(true), np.int64), 1, cells).shares(metric)
    return SliceTable(metric, tuple(slices), measured("all", "", len(true), overall))


def _labels(values: Any, name: str) -> Array:
    """Return labels as an array of shape (n,); a column vector (n, 1) means the same."""
    array = to_array(values, name)
    array = array.reshape(-1) if array.shape[1:] == (1,) else array
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {array.shape}.")
    return array


def _check_positive(positive: Any, true: Array, pred: Array) -> None:
    """Raise a ValueError if no label is the positive class, unless there are only negatives of 0 and 1."""
    known = np.unique(np.concatenate([true.astype(object), pred.astype(object)]).astype(str))
    if (true == positive).any() or (pred == positive).any():
        return
    numbers = true.dtype.kind in "biuf" and pred.dtype.kind in "biuf"
    if numbers and not isinstance(positive, str) and {*true.tolist(), *pred.tolist()} <= {0, 1} and positive in (0, 1):
        return
    shown = ", ".join(known[:5]) + (" …" if len(known) > 5 else "")
    raise ValueError(
        f"positive={positive!r} is none of the labels, which are {'numbers' if numbers else 'text'}: {shown}. "
        "Say which one is the positive class, as the same type."
    )


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
