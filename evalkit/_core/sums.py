"""Immutable sums with `+`, which do not depend on the order of their terms, to about 1e-15.

A float64 keeps 16 digits. Adding a million numbers one after the other loses some of them, and another order loses
others. A *double-double* carries the rounding error of each addition along in a second float64 and so keeps about 32
digits: the order no longer shows.

`WeightedMean` and `Moments` use it. What a metric needs to know of the rows is made of them: a function makes such a
sum of its rows once and reads it, an accumulator adds one per batch.

The textbook's spread, Σx² − (Σx)²/n, subtracts two huge, nearly equal numbers when the mean is large; Chan's formula
adds non-negative terms only.

References
----------
T. J. Dekker, "A floating-point technique for extending the available precision", Numerische Mathematik 18 (1971).

T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample variance", The American Statistician
37 (1983).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from evalkit._core.inputs import Array


class DoubleDouble(NamedTuple):
    """The number `high + low`, where `low` is what did not fit in `high`.

    >>> total = DoubleDouble(1e16).plus(1.0).plus(-1e16)
    >>> float(total.high), 1e16 + 1.0 - 1e16
    (1.0, 0.0)
    """

    high: float
    low: float = 0.0

    def plus(self, value: float, value_low: float = 0.0) -> DoubleDouble:
        """Add a number, or with `value_low` another double-double."""
        total = self.high + value
        if not math.isfinite(total):  # what an addition lost is then no number
            return DoubleDouble(total)
        moved = total - self.high
        rounding = (self.high - (total - moved)) + (value - moved)  # exactly what the addition lost
        low = self.low + value_low + rounding
        high = total + low
        return DoubleDouble(high, low - (high - total))


ZERO = DoubleDouble(0.0)


def two_sum(high: Array, low: Array, value: Array) -> tuple[Array, Array]:
    """Do the same as `DoubleDouble.plus` for arrays."""
    total = high + value
    moved = total - high
    low = low + ((high - (total - moved)) + (value - moved))
    return total + low, low - ((total + low) - total)


def total_weight(weight: Array | None, n_rows: int) -> float:
    """Return the sum of the weights, n without weights.

    Raises
    ------
    ZeroDivisionError
        If the weights add up to zero, so that no mean can be taken.
    """
    if weight is None:
        return n_rows
    total = float(weight.sum(dtype=np.float64))
    if total == 0:
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
    return total


@dataclass(frozen=True, slots=True)
class WeightedMean:
    """The sum of the scores of some rows, and the sum of their weights: what the mean of a score is made of.

    Log-loss is the mean of the losses of the rows, top-k accuracy the mean of their hits.

    >>> monday = WeightedMean.of(np.array([1.0, 2.0]))
    >>> tuesday = WeightedMean.of(np.array([6.0]), np.array([2.0]))
    >>> (monday + tuesday).mean()
    3.75
    """

    total: DoubleDouble = ZERO
    weight: float = 0

    @classmethod
    def of(cls, scores: Array, weight: Array | None = None) -> WeightedMean:
        """Sum up scores of shape (n,), with weights if there are any."""
        if weight is None:
            return cls(DoubleDouble(float(scores.sum())), len(scores))
        return cls(DoubleDouble(float(weight @ scores)), float(weight.sum(dtype=np.float64)))

    def __add__(self, other: WeightedMean) -> WeightedMean:
        return WeightedMean(self.total.plus(*other.total), self.weight + other.weight)

    def mean(self) -> float:
        """Return the mean.

        Raises
        ------
        ZeroDivisionError
            If the weights add up to zero.
        """
        if self.weight == 0:
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        return self.total.high / self.weight


@dataclass(frozen=True, slots=True)
class Moments:
    """The number of values, their mean, and `spread`: the sum of squared distances from the mean.

    With weights, `count` is their sum. Where squares are too large for float64, the spread is infinite.

    >>> a = Moments.from_distances(2, near=0.0, total=1.0 + 2.0, squares=1.0 + 4.0)
    >>> b = Moments.from_distances(1, near=6.0, total=0.0, squares=0.0)
    >>> both = a + b
    >>> both.count, both.mean.high, both.spread.high
    (3, 3.0, 14.0)
    """

    count: float = 0
    mean: DoubleDouble = ZERO
    spread: DoubleDouble = ZERO

    @classmethod
    def from_distances(cls, count: float, near: float, total: float, squares: float) -> Moments:
        """Return the moments of values whose distances from `near` and whose squares of these add up as given."""
        offset = total / count
        spread = squares - total * offset if math.isfinite(squares) else math.inf
        return cls(count, DoubleDouble(near).plus(offset), DoubleDouble(spread))

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of all values of both: Chan's formula."""
        if not self.count or not other.count:
            return self if self.count else other
        count = self.count + other.count
        difference = other.mean.plus(-self.mean.high, -self.mean.low).high
        between = difference * difference * (self.count * (other.count / count))
        spread = self.spread.plus(*other.spread).plus(between)
        return Moments(
            count,
            self.mean.plus(difference * (other.count / count)),
            spread if math.isfinite(spread.high) else DoubleDouble(math.inf),
        )

    def near(self) -> float:
        """Return a number near enough to the mean to take distances from: 0 if it is, because that costs nothing."""
        mean, spread = self.mean.high, self.spread.high
        far = math.isfinite(mean) and 4 * self.count * mean * mean > spread
        return mean if far else 0.0

    def squares(self) -> float:
        """Return the sum of the squared values: spread + n · mean²."""
        if math.isinf(self.spread.high):
            return math.inf
        return self.spread.high + self.count * self.mean.high * self.mean.high

    def to_list(self) -> list[Any]:
        """Return the five numbers, for JSON, which has no infinity: it becomes the text "inf"."""
        return [self.count, *map(to_json, (*self.mean, *self.spread))]

    @classmethod
    def from_list(cls, numbers: list[Any]) -> Moments:
        """Restore what `to_list` returned."""
        count, *rest = numbers
        mean, mean_low, spread, spread_low = map(float, rest)
        return cls(count, DoubleDouble(mean, mean_low), DoubleDouble(spread, spread_low))


NO_MOMENTS = Moments()


def to_json(number: float) -> Any:
    """Return a number that JSON can hold, or text where it is not finite; `float` reads both."""
    return number if math.isfinite(number) else str(number)
