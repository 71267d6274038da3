"""What the report says of each slice, from the sums of its rows."""

from __future__ import annotations

from evalkit.report.model import Slice, SliceTable, Value
from evalkit.tables.groups import GroupedColumn, GroupErrors, GroupShares, ShareName


def label_slices(groups: GroupedColumn[GroupShares], with_positive: bool) -> SliceTable:
    """Return accuracy, and precision and recall of the positive class, with Wilson intervals; lowest accuracy first."""
    chosen: tuple[ShareName, ...] = ("accuracy", "precision", "recall") if with_positive else ("accuracy",)
    columns = [[Value.of_share(name.capitalize(), share) for share in groups.sums.shares(name)] for name in chosen]
    parts = zip(groups.names, groups.sums.rows.tolist(), zip(*columns, strict=True), strict=True)
    slices = (Slice(name, rows, values) for name, rows, values in parts)
    return SliceTable(groups.column, tuple(sorted(slices, key=lambda part: (part.values[0].value, part.name))))


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
