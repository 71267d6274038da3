"""How sure can we be? Intervals around a metric, and a test of two models on the same rows.

A test set is a sample: another one would have given another score. An interval says how far the score may be from the
one that all possible rows would give. For a share of rows (accuracy, recall) use `wilson_interval`; for anything else
`bootstrap_interval`, which draws new samples from the one there is.

>>> wilson_interval(45, 48)
Interval(low=0.8316, high=0.9785, estimate=0.9375, level=0.95)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Literal

import numpy as np

from evalkit._core.distributions import coin_tail
from evalkit._core.html import value_table
from evalkit._core.inputs import (
    InvalidParameterError,
    check_choice,
    check_finite,
    check_lengths,
    check_targets,
    to_array,
)

McNemarMethod = Literal["mid-p", "exact", "corrected"]


@dataclass(frozen=True)
class Interval:
    """A confidence interval: `low, high = interval` unpacks its ends.

    Parameters
    ----------
    low, high : float
        The ends.
    estimate : float
        The value for the data themselves.
    level : float
        How often such an interval contains the true value, for example 0.95.
    """

    low: float
    high: float
    estimate: float
    level: float

    def __iter__(self) -> Iterator[float]:
        return iter((self.low, self.high))

    def _repr_html_(self) -> str:
        return f"<span>{self.estimate:.4g}, {100 * self.level:g} % interval {self.low:.4g} to {self.high:.4g}</span>"

    def __repr__(self) -> str:
        return f"Interval(low={self.low:.4g}, high={self.high:.4g}, estimate={self.estimate:.4g}, level={self.level:g})"


def wilson_interval(successes: int, n: int, level: float = 0.95) -> Interval:
    """Return Wilson's score interval for a share: the true shares that do not contradict `successes` out of `n`.

    Unlike share ± 2 standard errors, and unlike the bootstrap, it never leaves [0, 1] and has a width when all rows are
    right.

    Parameters
    ----------
    successes : int
        Rows that are right, from 0 to `n`.
    n : int
        All rows, at least 1.
    level : float
        How often the interval contains the true share, between 0 and 1.

    Raises
    ------
    ValueError
        If an argument is out of range or not whole.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the American
    Statistical Association 22 (1927).

    Examples
    --------
    >>> low, high = wilson_interval(20, 20)
    >>> round(low, 3), high
    (0.839, 1.0)
    """
    successes, n = check_count(successes, "successes"), check_count(n, "n")
    if not 0 < n >= successes:
        raise ValueError(f"n must be at least 1 and at least successes={successes}. Got n={n}.")
    check_level(level)
    return wilson_of(successes, n, level)


def wilson_of(successes: float, n: float, level: float) -> Interval:
    """Return Wilson's interval where the numbers need not be whole, such as those that clustered rows are worth."""
    z2 = normal_quantile((1 + level) / 2) ** 2
    share = successes / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return Interval(low, high, share, level)


def mean_interval(mean: float, spread: float, n: int, level: float = 0.95) -> Interval:
    """Return the interval of a mean of many values: the mean ± as many standard errors as the normal distribution says.

    Parameters
    ----------
    mean : float
    spread : float
        The sum of the squared distances of the values from their mean.
    n : int
        The number of values, at least 1.
    level : float
        How often the interval contains the mean of all possible values, between 0 and 1.

    Raises
    ------
    ValueError
        If `level` or `n` is out of range.

    References
    ----------
    D. Freedman, R. Pisani and R. Purves, "Statistics", W. W. Norton (2007), chapter 23, "The accuracy of averages".

    Examples
    --------
    >>> mean_interval(2.0, spread=50.0, n=100)  # a standard deviation of 0.71
    Interval(low=1.861, high=2.139, estimate=2, level=0.95)
    """
    check_level(level)
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}.")
    half = normal_quantile((1 + level) / 2) * math.sqrt(spread / n / n)
    return Interval(mean - half, mean + half, mean, level)


@dataclass(frozen=True)
class McNemar:
    """The result of McNemar's test.

    Parameters
    ----------
    b, c : int
        Rows that only the first model gets right, and only the second.
    p_value : float
        How often two equally good models would differ at least that much.
    statistic : float
        Chi-square with continuity correction; for the two binomial tests, the smaller of `b` and `c`.
    method : str
        Which test it was.
    """

    b: int
    c: int
    p_value: float
    statistic: float
    method: McNemarMethod

    def _repr_html_(self) -> str:
        return value_table("McNemar's test", vars(self))


def mcnemar(b: int, c: int, *, method: McNemarMethod = "mid-p") -> McNemar:
    """Test whether two models that labelled the same rows are equally good.

    Rows that both get right or both get wrong say nothing about the difference. If the models are equally good, each of
    the other `b` + `c` rows is like the toss of a coin.

    Parameters
    ----------
    b : int
        Rows that the first model gets right and the second wrong.
    c : int
        Rows that the second model gets right and the first wrong; `discordant_counts` counts both.
    method : {"mid-p", "exact", "corrected"}
        The two-sided binomial test, counting only half of the chance of exactly this result; the same, counting all of
        it; or chi-square with continuity correction.

    Returns
    -------
    McNemar
        With p = 1 if there are no such rows: no evidence of a difference.

    Raises
    ------
    ValueError
        If a count is negative or not whole.

    Notes
    -----
    The exact test and the correction are careful to a fault: of two equally good models they call 1 to 4 % different
    at p ≤ 0.05 instead of 5 %, and so they miss real differences, too. Mid-p comes close to 5 % and hardly ever above
    it, whatever the number of rows; that is why it is the default. Where no false alarm beyond 5 % is allowed at all,
    say `method="exact"`.

    References
    ----------
    Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
    Psychometrika 12 (1947). A. L. Edwards, "Note on the correction for continuity in testing the significance of the
    difference between correlated proportions", Psychometrika 13 (1948). M. W. Fagerland, S. Lydersen and P. Laake, "The
    McNemar test for binary matched-pairs data: mid-p and asymptotic are better than exact conditional", BMC Medical
    Research Methodology 13 (2013).

    Examples
    --------
    >>> mcnemar(1, 9).p_value
    0.01171875
    >>> mcnemar(1, 9, method="exact").p_value
    0.021484375
    >>> mcnemar(0, 0).p_value
    1.0
    >>> round(mcnemar(40, 20, method="corrected").p_value, 4)
    0.0142
    """
    b, c = check_count(b, "b"), check_count(c, "c")
    n, fewer = b + c, min(b, c)
    check_choice(method, "method", ("mid-p", "exact", "corrected"))
    if method == "corrected":
        # The correction brings the difference nearer to zero, never beyond it.
        statistic = max(abs(b - c) - 1, 0) ** 2 / n if n else 0.0
        return McNemar(b, c, math.erfc(math.sqrt(statistic / 2)), statistic, method)
    at_most, exactly = coin_tail(fewer, n)
    p_value = min(1.0, 2 * at_most - (exactly if method == "mid-p" else 0.0))
    return McNemar(b, c, p_value, float(fewer), method)


def discordant_counts(y_true: Any, first: Any, second: Any) -> tuple[int, int]:
    """Count the rows that only the first model gets right, and those that only the second one does.

    Parameters
    ----------
    y_true, first, second : array-like of shape (n,)
        True labels, and the labels predicted by each model for the same rows.

    Returns
    -------
    b, c : int
        The arguments of `mcnemar`.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, or a label is missing.

    References
    ----------
    Those of `mcnemar`.

    Examples
    --------
    >>> discordant_counts([1, 1, 0, 0], [1, 1, 0, 1], [1, 0, 1, 0])
    (2, 1)
    """
    truth, one, two = to_array(y_true, "y_true"), to_array(first, "first"), to_array(second, "second")
    check_lengths(y_true=truth, first=one, second=two)
    right = []
    for name, labels in (("first", one), ("second", two)):
        targets = check_targets(truth, labels)
        if targets.multilabel:
            raise ValueError(f"y_true and {name} must hold labels, shape (n,), got {labels.shape}.")
        check_finite(targets.y_true, "y_true")
        check_finite(targets.y_pred, name)
        right.append(targets.y_true == targets.y_pred)
    return int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())


def standard_error_of(interval: Interval) -> float:
    """Return the standard error of a normal estimate that has this interval."""
    return (interval.high - interval.low) / (2 * normal_quantile((1 + interval.level) / 2))


def normal_quantile(share: float) -> float:
    """Return the number below which this share of the standard normal distribution lies."""
    from statistics import NormalDist  # slow to import, and `import evalkit` should be quick

    return NormalDist().inv_cdf(share)


def check_level(level: Any) -> None:
    """Raise unless `level` is between 0 and 1."""
    if isinstance(level, str) or not 0 < level < 1:
        raise InvalidParameterError(f"The 'level' parameter must be between 0 and 1. Got {level!r} instead.")


def check_count(value: Any, name: str) -> int:
    """Return a whole number of rows as an int, or raise."""
    if isinstance(value, bool) or not isinstance(value, Integral | float | np.floating) or value != value // 1:
        raise InvalidParameterError(f"The {name!r} parameter must be a whole number. Got {value!r} instead.")
    if value < 0:
        raise InvalidParameterError(f"The {name!r} parameter must not be negative. Got {value!r} instead.")
    return int(value)
