"""What the report says of each slice, from the sums of its rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evalkit.report._intervals import area_interval
from evalkit.report._score_counts import ScoreCounts
from evalkit.report.model import Slice, SliceTable, Value
from evalkit.tables.groups import GroupedColumn, GroupErrors, GroupShares, ShareName


def label_slices(
    groups: GroupedColumn[GroupShares], with_positive: bool, counts: Sequence[ScoreCounts | None] | None
) -> SliceTable:
    """Return accuracy, and precision and recall of the positive class, with Wilson intervals; lowest accuracy first.

    With the rows per score of each slice, also the area under the ROC curve.
    """
    chosen: tuple[ShareName, ...] = ("accuracy", "precision", "recall") if with_positive else ("accuracy",)
    columns = [[Value.of_share(name.capitalize(), share) for share in groups.sums.shares(name)] for name in chosen]
    if counts is not None:
        columns.append([_area(each) for each in counts])
    parts = zip(groups.names, groups.sums.rows.tolist(), zip(*columns, strict=True), strict=True)
    slices = (Slice(name, rows, values) for name, rows, values in parts)
    return SliceTable(groups.column, tuple(sorted(slices, key=lambda part: (part.values[0].value, part.name))))


def _area(counts: ScoreCounts | None) -> Value:
    if counts is None:
        return Value("ROC AUC", math.nan)
    value, off = counts.area()
    return Value.of("ROC AUC", value, "", area_interval(counts), (value - off, value + off))


def error_slices(groups: GroupedColumn[GroupErrors]) -> SliceTable:
    """Return the mean absolute error with the 95 % interval of a mean, and the mean error; the largest first."""
    sums = groups.sums
    mean_errors = (sums.error / sums.rows).tolist()
    parts = zip(groups.names, sums.rows.tolist(), sums.mean_absolute_errors(), mean_errors, strict=True)
    slices = []
    for name, rows, absolute, mean_error in parts:
        low, high = absolute
        size = Value("Mean absolute error", absolute.estimate, max(low, 0.0), high)
        slices.append(Slice(name, rows, (size, Value("Mean error", mean_error))))
    return SliceTable(groups.column, tuple(sorted(slices, key=lambda part: (-part.values[0].value, part.name))))
