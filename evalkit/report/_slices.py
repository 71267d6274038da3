"""What the report says of each slice, from its sums."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from evalkit.report.model import Slice, SliceTable, Value
from evalkit.tables.groups import CALLED, IS_POSITIVE, RIGHT, Groups

NORMAL = NormalDist().inv_cdf(0.975)  # 95 % of a normal distribution lie within ± this many standard deviations


def label_slices(groups: Groups, with_positive: bool) -> SliceTable:
    """Return accuracy, and precision and recall of the positive class, with Wilson intervals; lowest accuracy first."""
    slices = []
    for name, sums in zip(groups.names, groups.sums.astype(np.int64), strict=True):
        rows = int(sums.sum())
        values = [Value.proportion("Accuracy", int(sums[RIGHT].sum()), rows)]
        if with_positive:
            hits = int(sums[IS_POSITIVE & CALLED].sum())
            values += [
                Value.proportion("Precision", hits, int(sums[CALLED].sum())),
                Value.proportion("Recall", hits, int(sums[IS_POSITIVE].sum())),
            ]
        slices.append(Slice(name, rows, tuple(values)))
    return SliceTable(groups.column, tuple(sorted(slices, key=lambda part: (part.values[0].value, part.name))))


def error_slices(groups: Groups) -> SliceTable:
    """Return the mean absolute error with the 95 % interval of a mean, and the mean error; the largest first.

    The sums of a slice are its rows, Σ|error|, Σ error and Σ error².
    """
    slices = []
    for name, (rows, absolute, error, squared) in zip(groups.names, groups.sums.tolist(), strict=True):
        mean = absolute / rows
        half = NORMAL * math.sqrt(max(squared / rows - mean**2, 0.0) / rows)
        values = (
            Value("Mean absolute error", mean, max(mean - half, 0.0), mean + half),
            Value("Mean error", error / rows),
        )
        slices.append(Slice(name, int(rows), values))
    return SliceTable(groups.column, tuple(sorted(slices, key=lambda part: (-part.values[0].value, part.name))))
