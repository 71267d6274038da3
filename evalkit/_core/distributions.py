"""Tails and quantiles of the distributions that tests need, without SciPy.

Each is computed as precisely as float64 allows by the textbook's series or continued fraction; the tests compare them
with SciPy.

References
----------
W. H. Press, S. A. Teukolsky, W. T. Vetterling and B. P. Flannery, "Numerical Recipes", 3rd edition (2007), chapter 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

WHOLE_NUMBERS_UP_TO = 1000  # tosses of a coin that are counted exactly, with whole numbers
TINY = 1e-300
STEPS = 10_000


def normal_cdf(z: float) -> float:
    """Return the share of the standard normal distribution below `z`."""
    return math.erfc(-z / math.sqrt(2)) / 2


def coin_tail(heads: int, tosses: int) -> tuple[float, float]:
    """Return how often a fair coin shows at most `heads`, and exactly `heads`, in so many tosses."""
    if heads < 0:
        return 0.0, 0.0
    if 2 * heads > tosses:  # the shorter tail is summed
        at_most, _ = coin_tail(tosses - heads - 1, tosses)
        _, exactly = coin_tail(tosses - heads, tosses)
        return 1 - at_most, exactly
    if tosses <= WHOLE_NUMBERS_UP_TO:
        ways = tail = 1
        for k in range(1, heads + 1):
            ways = ways * (tosses - k + 1) // k
            tail += ways
        return tail / 2**tosses, ways / 2**tosses
    number = np.arange(1, heads + 1)
    chance = np.exp(np.cumsum(np.log((tosses - number + 1) / number)) - tosses * math.log(2))
    at_most = math.exp(-tosses * math.log(2)) + float(chance.sum())
    return at_most, float(chance[-1]) if heads else at_most


def chi2_tail(value: float, degrees: float) -> float:
    """Return the share of the chi-square distribution above `value`."""
    return _gamma_tail(degrees / 2, value / 2)


def chi2_quantile(share: float, degrees: float) -> float:
    """Return the number below which this share of the chi-square distribution lies."""
    high = degrees + 10.0
    while chi2_tail(high, degrees) > 1 - share:
        high *= 2
    return bisected(lambda x: (1 - share) - chi2_tail(x, degrees), 0.0, high)


def t_tail(value: float, degrees: float) -> float:
    """Return the share of Student's distribution above `value`."""
    square = value * value
    if square < degrees:  # near the middle, where one minus a share near one would lose digits
        beyond = (1 - _beta_share(0.5, degrees / 2, square / (degrees + square))) / 2
    else:
        beyond = _beta_share(degrees / 2, 0.5, degrees / (degrees + square)) / 2
    return beyond if value >= 0 else 1 - beyond


def t_quantile(share: float, degrees: float) -> float:
    """Return the number below which this share of Student's distribution lies."""
    if share < 0.5:
        return -t_quantile(1 - share, degrees)
    high = 2.0
    while t_tail(high, degrees) > 1 - share:
        high *= 2
    return bisected(lambda t: (1 - share) - t_tail(t, degrees), 0.0, high)


def bisected(rising: Callable[[float], float], low: float, high: float) -> float:
    """Return where a rising function crosses zero between `low` and `high`, as closely as float64 allows."""
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2


def _gamma_tail(a: float, x: float) -> float:
    """Return the upper incomplete gamma function of `x`, as a share of the whole."""
    if x <= 0:
        return 1.0
    front = math.exp(-x + a * math.log(x) - math.lgamma(a))
    if x < a + 1:  # the series of the lower part
        term = total = 1 / a
        for n in range(1, STEPS):
            term *= x / (a + n)
            total += term
            if term < total * 1e-17:
                break
        return 1 - front * total
    return front * _fraction(x + 1 - a, lambda n: (-n * (n - a), x + 1 - a + 2 * n))


def _beta_share(a: float, b: float, x: float) -> float:
    """Return the incomplete beta function of `x`, as a share of the whole."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    if x > (a + 1) / (a + b + 2):  # the fraction converges quickly on the other side
        return 1 - _beta_share(b, a, 1 - x)

    def part(n: int) -> tuple[float, float]:
        m = n // 2
        if n % 2:
            return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), 1.0
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), 1.0

    return math.exp(log_front) * _fraction(1.0, part) / a


def _fraction(first: float, part: Callable[[int], tuple[float, float]]) -> float:
    """Return 1 / (first + a₁ / (b₁ + a₂ / (b₂ + …))) by Lentz's method; `part(n)` gives aₙ and bₙ."""
    value = first or TINY
    c, d = value, 0.0
    for n in range(1, STEPS):
        a, b = part(n)
        d = 1 / ((b + a * d) or TINY)
        c = (b + a / c) or TINY
        value *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return 1 / value
