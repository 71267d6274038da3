"""Sums that do not depend on the order of their terms, to about 1e-15.

A float64 keeps 16 digits. Adding a million numbers one after the other loses some of them, and another order loses
others. A *double-double* carries the rounding error of each addition along in a second float64 and so keeps about 32
digits: the order no longer shows.

`Moments` uses it for means and for sums of squared distances from the mean. The textbook's Σx² − (Σx)²/n subtracts two
huge, nearly equal numbers when the mean is large; Chan's formula adds non-negative terms only.

References
----------
T. J. Dekker, "A floating-point technique for extending the available precision", Numerische Mathematik 18 (1971).

T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample variance", The American Statistician
37 (1983).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

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


@dataclass(frozen=True, slots=True)
class Moments:
    """The number of values, their mean, and `spread`: the sum of squared distances from the mean.

    >>> a = Moments.from_distances(2, near=0.0, total=1.0 + 2.0, squares=1.0 + 4.0)
    >>> b = Moments.from_distances(1, near=6.0, total=0.0, squares=0.0)
    >>> both = a.merge(b)
    >>> both.count, both.mean.high, both.spread.high
    (3, 3.0, 14.0)
    """

    count: int = 0
    mean: DoubleDouble = ZERO
    spread: DoubleDouble = ZERO

    @classmethod
    def from_distances(cls, count: int, near: float, total: float, squares: float) -> Moments:
        """Return the moments of values whose distances from `near` and whose squares of these add up as given."""
        offset = total / count
        return cls(count, DoubleDouble(near).plus(offset), DoubleDouble(max(squares - total * offset, 0.0)))

    def merge(self, other: Moments) -> Moments:
        """Return the moments of all values of both: Chan's formula."""
        if not self.count or not other.count:
            return self if self.count else other
        count = self.count + other.count
        difference = other.mean.plus(-self.mean.high, -self.mean.low).high
        between = difference * difference * (self.count * (other.count / count))
        return Moments(
            count,
            self.mean.plus(difference * (other.count / count)),
            self.spread.plus(*other.spread).plus(between),
        )

    def near(self) -> float:
        """Return a number near enough to the mean to take distances from: 0 if it is, because that costs nothing."""
        return self.mean.high if 4 * self.count * self.mean.high * self.mean.high > self.spread.high else 0.0

    def to_list(self) -> list[float]:
        """Return the five numbers, for JSON."""
        return [self.count, *self.mean, *self.spread]

    @classmethod
    def from_list(cls, numbers: list[float]) -> Moments:
        """Restore what `to_list` returned."""
        count, *rest = numbers
        return cls(int(count), DoubleDouble(*rest[:2]), DoubleDouble(*rest[2:]))


def mean_of_squares(values: Moments) -> float:
    """Return the mean of the squared values: spread / n + mean²."""
    return float(values.spread.high / values.count + np.square(values.mean.high))
