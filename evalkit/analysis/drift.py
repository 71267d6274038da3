"""Does today's data look like the data that the model was tested on? Tests of drift whose false alarms are known.

A number without a sample size is no test: the population stability index of two samples of one population is about
(bins − 1) · (1/n + 1/m), so "above 0.1" is an alarm in four of ten batches of 100 rows. Every test here comes with a
p value or a critical value.

>>> rng = np.random.default_rng(0)
>>> before, after = rng.normal(size=(300, 4)), rng.normal(0.5, 1, size=(200, 4))
>>> classifier_test(before, after).p_value < 0.01
True
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit._core.distributions import chi2_quantile, chi2_tail
from evalkit._core.inputs import Array, InvalidParameterError, check_finite, numbers
from evalkit.paired import holm

FOLDS = 5
RIDGE = 1.0  # how much the classifier distrusts what few rows say
FARTHEST = 5.0  # standard deviations


@dataclass(frozen=True)
class DriftTest:
    """The result of a test of drift.

    Attributes
    ----------
    name : str
    statistic : float
    p_value : float
        How often two samples of the same population would look that different.
    n, m : int
        Rows of the reference and of the live data.
    critical : float or None
        The statistic from which on p is below 0.05, where it is known.
    """

    name: str
    statistic: float
    p_value: float
    n: int
    m: int
    critical: float | None = None


def psi(reference: Any, live: Any, bins: int = 10) -> DriftTest:
    """Return the population stability index, with the value that it would exceed by chance in 5 % of all cases.

    Parameters
    ----------
    reference, live : array-like of shape (n,) and (m,)
        A number a row, such as the model's confidence.
    bins : int
        Quantiles of the reference. Ties may leave fewer bins.

    Notes
    -----
    Half a row is added to every bin, so that an empty one is no infinity, and no matter of taste either: with the usual
    0.0001 in its place, one empty bin of ten adds 0.69. With too few rows to expect five in each bin, the critical
    value is rough.

    References
    ----------
    B. Yurdakul and J. Naranjo, "Statistical properties of the population stability index", Journal of Risk Model
    Validation 14 (2020).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> found = psi(rng.normal(size=500), rng.normal(size=100))
    >>> found.statistic > 0.1, found.statistic < found.critical  # "0.1 is a drift": not with 100 rows
    (True, True)
    """
    one, two = _column(reference, "reference"), _column(live, "live")
    if bins < 2:
        raise InvalidParameterError(f"The 'bins' parameter must be at least 2. Got {bins!r} instead.")
    edges = np.unique(np.quantile(one, np.linspace(0, 1, bins + 1)[1:-1]))
    counts = [np.bincount(np.searchsorted(edges, x, side="right"), minlength=len(edges) + 1) for x in (one, two)]
    kept = counts[0] + counts[1] > 0
    shares = [(count[kept] + 0.5) / (count[kept] + 0.5).sum() for count in counts]
    value = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    scale, degrees = 1 / len(one) + 1 / len(two), max(1, int(kept.sum()) - 1)
    return DriftTest(
        "psi", value, chi2_tail(value / scale, degrees), len(one), len(two), chi2_quantile(0.95, degrees) * scale
    )


def ks(reference: Any, live: Any) -> list[DriftTest]:
    """Return the test of Kolmogorov and Smirnov for each feature, with p values adjusted for their number (Holm).

    Parameters
    ----------
    reference, live : array-like of shape (n, features) and (m, features), or (n,) and (m,)

    References
    ----------
    N. Smirnov, "Table for estimating the goodness of fit of empirical distributions", Annals of Mathematical
    Statistics 19 (1948). The approximation of the tail is M. A. Stephens' (1970).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> before, after = rng.normal(size=(400, 2)), rng.normal(size=(400, 2)) + [0, 1]
    >>> [test.p_value < 0.05 for test in ks(before, after)]
    [False, True]
    """
    one, two = _samples(reference, live)
    n, m = len(one), len(two)
    both = np.vstack([one, two])
    order = np.argsort(both, axis=0, kind="stable")
    ordered = np.take_along_axis(both, order, axis=0)
    distance = np.cumsum(np.where(order < n, 1 / n, -1 / m), axis=0)
    last = np.vstack([ordered[1:] != ordered[:-1], np.ones((1, both.shape[1]), bool)])  # of rows that are tied
    statistic = np.abs(np.where(last, distance, 0.0)).max(axis=0).tolist()
    root = math.sqrt(n * m / (n + m))
    p_values = holm([_kolmogorov_tail((root + 0.12 + 0.11 / root) * value) for value in statistic])
    return [DriftTest(f"ks[{i}]", value, p, n, m) for i, (value, p) in enumerate(zip(statistic, p_values, strict=True))]


def _kolmogorov_tail(value: float) -> float:
    if value < 0.2:
        return 1.0
    total = sum((-1.0) ** (k - 1) * math.exp(-2 * k * k * value * value) for k in range(1, 101))
    return min(1.0, max(0.0, 2 * total))


def classifier_test(reference: Any, live: Any, *, permutations: int = 199, seed: int = 0) -> DriftTest:
    """Can a classifier tell the live data from the reference? If it can, they differ, in whatever way it found.

    A linear classifier on the features and their squares is trained on four fifths of the rows and scores the last
    fifth, five times. The statistic is the area under the ROC curve of these scores; 0.5 is a toss of a coin. The p
    value is that of a permutation test: how often is the area as large if rows are called live at random? (The scores
    of the five folds depend on each other, so that a table for independent scores would promise too much.)

    Parameters
    ----------
    reference, live : array-like of shape (n, features) and (m, features), or (n,) and (m,)
        For example the output of an encoder. At least 10 rows each.
    permutations : int
        The smallest p value is one part in so many plus one.
    seed : int
        Of the folds and permutations.

    References
    ----------
    D. Lopez-Paz and M. Oquab, "Revisiting classifier two-sample tests", ICLR 2017. E. J. G. Pitman, "Significance tests
    which may be applied to samples from any populations", Supplement to the Journal of the Royal Statistical Society 4
    (1937).
    """
    one, two = _samples(reference, live)
    n, m = len(one), len(two)
    if min(n, m) < 2 * FOLDS:
        raise ValueError(f"A test by a classifier needs at least {2 * FOLDS} rows of each, got {n} and {m}.")
    a = _features(np.vstack([one, two]))
    rng = np.random.default_rng(seed)
    is_live = np.repeat([0.0, 1.0], [n, m])
    calls = np.column_stack([is_live, *(rng.permutation(is_live) for _ in range(permutations))])
    fold = (
        rng.permutation(n + m) % FOLDS
    )  # drawn without looking at what is live, or the permutations would not be fair
    wins, pairs = np.zeros(permutations + 1), np.zeros(permutations + 1)
    for part in range(FOLDS):
        held = fold == part
        some, called = a[~held], calls[~held]
        ridge = np.full(a.shape[1], RIDGE * math.sqrt(len(some)))
        # The least squares classifier is linear in what is called live: all permutations are solved at once.
        weights = np.linalg.solve(some.T @ some + np.diag(ridge), some.T @ (called - called.mean(axis=0)))
        won, of = _wins(a[held] @ weights, calls[held])
        wins, pairs = wins + won, pairs + of
    areas = wins / np.maximum(pairs, 1)
    p_value = float((areas[1:] >= areas[0]).sum() + 1) / (permutations + 1)
    return DriftTest("classifier", float(areas[0]), p_value, n, m)


def _features(x: Array) -> Array:
    """Return each feature and its square, both standardised; values far out are pulled in."""
    scale = x.std(axis=0)
    scale[scale == 0] = 1.0
    z = np.clip((x - x.mean(axis=0)) / scale, -FARTHEST, FARTHEST)
    squares = z * z
    spread = squares.std(axis=0)
    spread[spread == 0] = 1.0
    return np.hstack([z, (squares - squares.mean(axis=0)) / spread])


def _wins(scores: Array, calls: Array) -> tuple[Array, Array]:
    """Return, column by column, how many pairs of a live row and another the live one wins, and how many there are."""
    order = np.argsort(scores, axis=0, kind="stable")
    ranks = np.empty(scores.shape)
    np.put_along_axis(ranks, order, np.arange(1.0, len(scores) + 1)[:, None], axis=0)
    live = calls.sum(axis=0)
    return (ranks * calls).sum(axis=0) - live * (live + 1) / 2, live * (len(scores) - live)


def mmd(reference: Any, live: Any, *, permutations: int = 199, seed: int = 0) -> DriftTest:
    """Return the maximum mean discrepancy with a Gaussian kernel, and its p value by permutation.

    Time and memory grow with the square of the number of rows.

    Parameters
    ----------
    reference, live : array-like of shape (n, features) and (m, features), or (n,) and (m,)
    permutations : int
    seed : int

    References
    ----------
    A. Gretton, K. M. Borgwardt, M. J. Rasch, B. Schölkopf and A. Smola, "A kernel two-sample test", Journal of Machine
    Learning Research 13 (2012).
    """
    one, two = _samples(reference, live)
    n, m = len(one), len(two)
    x = np.vstack([one, two])
    squares = (x * x).sum(axis=1)
    distance = np.maximum(squares[:, None] + squares[None, :] - 2 * x @ x.T, 0)
    middle = float(np.median(distance[np.triu_indices(n + m, 1)])) or 1.0
    kernel = np.exp(-distance / middle)
    np.fill_diagonal(kernel, 0)
    rng = np.random.default_rng(seed)

    def value(order: Array) -> float:
        sign = np.zeros(n + m)
        sign[order[:n]] = 1
        ones, other = kernel @ sign, kernel @ (1 - sign)
        within = float(sign @ ones) / (n * (n - 1)) + float((1 - sign) @ other) / (m * (m - 1))
        return float(within - 2 * float(sign @ other) / (n * m))

    found = value(np.arange(n + m))
    as_large = sum(value(rng.permutation(n + m)) >= found for _ in range(permutations))
    return DriftTest("mmd", found, (as_large + 1) / (permutations + 1), n, m)


def _column(values: Any, name: str) -> Array:
    array = numbers(values, name).astype(np.float64)
    if array.ndim != 1 or len(array) < 2:
        raise ValueError(f"{name} must be a 1-D array of at least two numbers, got shape {array.shape}.")
    check_finite(array, name)
    return array


def _samples(reference: Any, live: Any) -> tuple[Array, Array]:
    arrays = []
    for values, name in ((reference, "reference"), (live, "live")):
        array = numbers(values, name).astype(np.float64)
        array = array.reshape(-1, 1) if array.ndim == 1 else array
        if array.ndim != 2 or len(array) < 2 or not array.shape[1]:
            raise ValueError(f"{name} must have shape (rows, features) with at least two rows, got {array.shape}.")
        check_finite(array, name)
        arrays.append(array)
    one, two = arrays
    if one.shape[1] != two.shape[1]:
        raise ValueError(f"reference has {one.shape[1]} features and live has {two.shape[1]}.")
    return one, two
