"""Two models on the same rows: what the second does better, and how sure that is."""

from __future__ import annotations

from evalkit._core.inputs import Array
from evalkit.paired import paired_difference_interval
from evalkit.report.model import Value
from evalkit.uncertainty import mcnemar, mean_interval


class PairedLabels:
    """Rows by whether the first and the second model is right."""

    def __init__(self) -> None:
        self._rows = self._broken = self._fixed = 0

    def update(self, first: Array, second: Array) -> None:
        """Count rows: whether each model is right, both of shape (n,)."""
        self._rows += len(first)
        self._broken += int((first & ~second).sum())
        self._fixed += int((second & ~first).sum())

    def values(self) -> tuple[Value, ...]:
        """Return the difference in accuracy with Tango's interval; McNemar's p value is in its note."""
        ends = paired_difference_interval(self._broken, self._fixed, self._rows)
        told = f"{self._fixed:,} rows only the second model gets right, {self._broken:,} only the first"
        if self._broken + self._fixed:
            told += f"; McNemar's mid-p {mcnemar(self._broken, self._fixed, method='mid-p').p_value:.2g}"
        return (Value.of("Accuracy", ends.estimate, told, (ends.low, ends.high)),)


class PairedErrors:
    """The difference between the absolute errors of two models, row by row."""

    def __init__(self) -> None:
        self._rows, self._mean, self._spread = 0, 0.0, 0.0

    def update(self, first: Array, second: Array) -> None:
        """Add up rows: the absolute error of each model, both of shape (n,)."""
        difference = second - first
        rows = self._rows + len(difference)
        mean = float(difference.mean())
        apart = mean - self._mean
        spread = float(((difference - mean) ** 2).sum())
        # Chan, Golub and LeVeque (1983): the spread of two parts together.
        self._spread += spread + apart * apart * self._rows * len(difference) / rows
        self._mean += apart * len(difference) / rows
        self._rows = rows

    def values(self) -> tuple[Value, ...]:
        """Return the difference in mean absolute error with the interval of a mean."""
        ends = mean_interval(self._mean, self._spread, self._rows)
        note = "below 0 the second model is nearer to the truth"
        return (Value.of("Mean absolute error", ends.estimate, note, (ends.low, ends.high)),)
