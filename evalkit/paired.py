"""Two models on the same rows: how much better or worse is the second, and how many rows does it take to know?

A row that both get right, or both wrong, says nothing about the difference. What counts are the rows that only one of
them gets right: `broken` by the second model, or `fixed` by it.

>>> paired_difference_interval(broken=4, fixed=2, n=40)  # "p = 0.69: no difference"? It may be 19 points worse.
Interval(low=-0.1922, high=0.08553, estimate=-0.05, level=0.95)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evalkit._core.distributions import bisected, coin_tail, t_quantile, t_tail
from evalkit._core.inputs import InvalidParameterError
from evalkit.uncertainty import Interval, check_count, check_level, normal_quantile, wilson_of

LEVEL, POWER = 0.95, 0.80  # how sure a planned comparison wants to be


def paired_difference_interval(broken: int, fixed: int, n: int, level: float = LEVEL) -> Interval:
    """Return Tango's score interval for the difference in accuracy of two models on the same rows.

    Parameters
    ----------
    broken : int
        Rows that only the first model gets right.
    fixed : int
        Rows that only the second model gets right.
    n : int
        All rows, at least 1.
    level : float
        How often the interval contains the true difference, between 0 and 1.

    Returns
    -------
    Interval
        Of the accuracy of the second model minus that of the first. It has a width even if no row tells the models
        apart, and stays within -1 and 1.

    Raises
    ------
    ValueError
        If an argument is out of range or not whole.

    References
    ----------
    T. Tango, "Equivalence test and confidence interval for the difference in proportions for the paired-sample design",
    Statistics in Medicine 17 (1998). M. W. Fagerland, S. Lydersen and P. Laake, "Recommended tests and confidence
    intervals for paired binomial proportions", Statistics in Medicine 33 (2014).

    Examples
    --------
    >>> paired_difference_interval(0, 0, 40)
    Interval(low=-0.08762, high=0.08762, estimate=0, level=0.95)
    """
    broken, fixed, n = check_count(broken, "broken"), check_count(fixed, "fixed"), check_count(n, "n")
    if not 0 < n >= broken + fixed:
        raise ValueError(f"n must be at least 1 and at least broken + fixed = {broken + fixed}. Got n={n}.")
    check_level(level)
    return _tango(broken, fixed, n, level)


def _tango(broken: float, fixed: float, n: float, level: float) -> Interval:
    """Return Tango's interval; the numbers need not be whole."""
    z = normal_quantile((1 + level) / 2)

    def score(difference: float) -> float:
        """How many standard errors the rows lie above this difference, the error being what the difference implies."""
        gap = fixed - broken - n * difference
        spread = difference * (1 - difference)
        b = (2 * n - fixed + broken) * difference - broken - fixed
        share = (math.sqrt(max(b * b + 8 * n * broken * spread, 0.0)) - b) / (4 * n)  # of broken rows, most likely
        variance = n * (2 * share + spread)
        return gap / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, gap) if gap else 0.0

    low = -1.0 if broken == n else bisected(lambda d: z - score(d), -1.0, 1.0)
    high = 1.0 if fixed == n else bisected(lambda d: -z - score(d), -1.0, 1.0)
    return Interval(low, high, (fixed - broken) / n, level)


def worse_p_value(broken: int, fixed: int) -> float:
    """Return the one-sided mid-p value of McNemar's test: how often would an equally good model break that many rows?

    Parameters
    ----------
    broken, fixed : int
        Rows that only the first model gets right, and only the second.

    Raises
    ------
    ValueError
        If a count is negative or not whole.

    Examples
    --------
    >>> worse_p_value(17, 1)
    3.814697265625e-05
    """
    broken, fixed = check_count(broken, "broken"), check_count(fixed, "fixed")
    at_most, exactly = coin_tail(fixed, broken + fixed)
    return at_most - exactly / 2


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values adjusted for having looked that many times, by Holm's method.

    If none of the differences is real, the smallest adjusted value is below 0.05 in at most 5 % of all cases.

    Parameters
    ----------
    p_values : sequence of float

    Raises
    ------
    ValueError
        If a value is not between 0 and 1.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).

    Examples
    --------
    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise InvalidParameterError(f"The 'p_values' parameter must hold numbers from 0 to 1. Got {p_values!r}.")
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def minimum_detectable_difference(n: int, discordant: float, level: float = LEVEL, power: float = POWER) -> float:
    """Return the smallest true difference that a comparison on `n` rows would find in four of five cases.

    Parameters
    ----------
    n : int
        Rows.
    discordant : float
        The share of rows that only one of the models gets right.
    level, power : float
        How sure to be, and how often to succeed; both between 0 and 1.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    J. M. Lachin, "Power and sample size evaluation for the McNemar test with application to matched case-control
    studies", Statistics in Medicine 11 (1992).

    Examples
    --------
    >>> round(minimum_detectable_difference(500, 0.05), 3)  # most test sets cannot see two points
    0.028
    """
    if check_count(n, "n") < 1:
        raise ValueError(f"n must be at least 1, got {n}.")
    return _standard_errors(level, power) * math.sqrt(_share(discordant) / n)


def rows_to_detect(difference: float, discordant: float, level: float = LEVEL, power: float = POWER) -> int:
    """Return how many rows it takes to find a true difference of that size in four of five cases.

    Parameters
    ----------
    difference : float
        Above 0, for example the margin of a gate.
    discordant, level, power : float
        As for `minimum_detectable_difference`.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> [rows_to_detect(0.01, share) for share in (0.02, 0.05, 0.1)]
    [1570, 3925, 7849]
    """
    if not difference > 0:
        raise InvalidParameterError(f"The 'difference' parameter must be above 0. Got {difference!r} instead.")
    return max(1, math.ceil(_standard_errors(level, power) ** 2 * _share(discordant) / difference**2))


def _standard_errors(level: float, power: float) -> float:
    check_level(level)
    check_level(power)
    return normal_quantile((1 + level) / 2) + normal_quantile(power)


def _share(discordant: float) -> float:
    if not 0 <= discordant <= 1:
        raise InvalidParameterError(f"The 'discordant' parameter must be between 0 and 1. Got {discordant!r} instead.")
    return discordant


@dataclass(frozen=True)
class ClusteredMean:
    """Sums over groups of rows that belong together, from which the mean of all rows and its interval follow.

    Seven pictures made of one are not seven pictures: what one of them says, the others repeat. So the spread is
    that of the groups' sums, and Student's distribution has one degree of freedom less than there are groups.

    Parameters
    ----------
    clusters, rows : int
        Numbers of groups and of rows.
    total : float
        Σ of the values of all rows.
    squares, products, sizes : float
        Over the groups: Σ total², Σ total · rows, and Σ rows².

    References
    ----------
    K.-Y. Liang and S. L. Zeger, "Longitudinal data analysis using generalized linear models", Biometrika 73 (1986).
    """

    clusters: int
    rows: int
    total: float
    squares: float
    products: float
    sizes: float

    @property
    def mean(self) -> float:
        """The mean of the rows; nan without rows."""
        return self.total / self.rows if self.rows else math.nan

    @property
    def standard_error(self) -> float:
        """The standard error of the mean; nan for fewer than two groups."""
        if self.clusters < 2:
            return math.nan
        mean = self.mean
        spread = max(self.squares - 2 * mean * self.products + mean * mean * self.sizes, 0.0)
        return math.sqrt(spread * self.clusters / (self.clusters - 1)) / self.rows

    def interval(self, level: float = LEVEL) -> Interval:
        """Return the interval of the mean: from minus to plus infinity for fewer than two groups."""
        check_level(level)
        if self.clusters < 2:
            return Interval(-math.inf, math.inf, self.mean, level)
        half = t_quantile((1 + level) / 2, self.clusters - 1) * self.standard_error
        return Interval(self.mean - half, self.mean + half, self.mean, level)

    def worth(self, spread: float, level: float = LEVEL) -> float:
        """Return how many independent rows these rows are worth.

        Parameters
        ----------
        spread : float
            The variance of a single row's value.
        level : float
            Few groups tell little of their own spread: the rows are worth less the surer one wants to be.

        References
        ----------
        E. L. Korn and B. I. Graubard, "Confidence intervals for proportions with small expected number of positive
        counts estimated from survey data", Survey Methodology 24 (1998).
        """
        error = self.standard_error
        rows = min(float(self.rows), spread / error**2) if error > 0 else float(self.clusters)
        tail = (1 + level) / 2
        return rows * (normal_quantile(tail) / t_quantile(tail, self.clusters - 1)) ** 2

    def below_zero_p_value(self) -> float:
        """Return how often a mean that is truly zero would come out that low; 1 for fewer than two groups."""
        error = self.standard_error
        if math.isnan(error):
            return 1.0
        if error == 0:
            return 0.5 if self.mean == 0 else float(self.mean > 0)
        return t_tail(-self.mean / error, self.clusters - 1)

    def __add__(self, other: ClusteredMean) -> ClusteredMean:
        """Return the sums over the groups of both, which have no group in common."""
        return ClusteredMean(*(one + two for one, two in zip(vars(self).values(), vars(other).values(), strict=True)))


def clustered_difference_interval(broken: int, fixed: int, sums: ClusteredMean, level: float = LEVEL) -> Interval:
    """Return Tango's interval for as many independent rows as the rows are worth that share sources.

    Unlike Student's interval over the sources it has a width where no source tells the models apart.

    Parameters
    ----------
    broken, fixed : int
        Rows that only the first model gets right, and only the second.
    sums : ClusteredMean
        Of 1 for each fixed row, -1 for each broken one, and 0 for the others.
    level : float

    Examples
    --------
    >>> seven_copies_of_40 = ClusteredMean(40, 280, total=0.0, squares=0.0, products=0.0, sizes=40 * 7.0**2)
    >>> clustered_difference_interval(0, 0, seven_copies_of_40)  # not that of 280 rows, which is ± 0.014
    Interval(low=-0.09279, high=0.09279, estimate=0, level=0.95)
    """
    check_level(level)
    if sums.clusters < 2:
        return Interval(-1.0, 1.0, sums.mean, level)
    discordant = (broken + fixed) / sums.rows
    part = sums.worth(discordant - sums.mean**2, level) / sums.rows
    low, high = _tango(broken * part, fixed * part, sums.rows * part, level)
    return Interval(low, high, (fixed - broken) / sums.rows, level)


def clustered_share_interval(sums: ClusteredMean, level: float = LEVEL) -> Interval:
    """Return Wilson's interval of a share for as many independent rows as the rows are worth that share sources.

    Parameters
    ----------
    sums : ClusteredMean
        Of 1 for each row that is right and 0 for the others.
    level : float

    Examples
    --------
    >>> all_right = ClusteredMean(40, 280, total=280.0, squares=40 * 49.0, products=40 * 49.0, sizes=40 * 49.0)
    >>> clustered_share_interval(all_right)
    Interval(low=0.9072, high=1, estimate=1, level=0.95)
    """
    check_level(level)
    if sums.clusters < 2:
        return Interval(0.0, 1.0, sums.mean, level)
    n = sums.worth(sums.mean * (1 - sums.mean), level)
    low, high = wilson_of(sums.mean * n, n, level)
    return Interval(0.0 if sums.total == 0 else low, 1.0 if sums.total == sums.rows else high, sums.mean, level)
