"""The bootstrap: draw rows with replacement, score each draw, and see how much the score varies.

`bootstrap_interval` does so for any statistic. When the rows are labels it does not draw rows at all: a draw of n rows
is a draw of how often each different row occurs, and those counts follow a multinomial distribution. The law is the
same, but a thousand draws from ten million rows of ten classes touch a hundred numbers each instead of ten million.
"""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from evalkit._core.codes import bincount
from evalkit._core.counts import count_pairs
from evalkit._core.groups import Groups
from evalkit._core.inputs import (
    Array,
    InvalidParameterError,
    check_choice,
    check_finite,
    check_lengths,
    check_targets,
    to_array,
)
from evalkit._core.warn import UndefinedMetricWarning, warn
from evalkit.metrics.counting import ConfusionMatrix
from evalkit.uncertainty import Interval, check_count, check_level, normal_quantile

BLOCK = 1 << 21  # numbers drawn at a time: 16 MB
MANY_ROWS = 100_000  # from here on kinds of rows are counted wherever that is possible
FEW_LABELS, SOME_ROWS = 1000, 10_000  # numbers with decimals are labels if so many rows hold few different ones
Method = Literal["percentile", "bca"]
Statistic = Callable[..., Any]


def bootstrap_interval(
    data: Any,
    statistic: Statistic = np.mean,
    seed: int | np.random.Generator = 0,
    level: float = 0.95,
    resamples: int = 2000,
    method: Method = "percentile",
    *,
    counts: Any = None,
    cluster: Any = None,
) -> Interval:
    """Return a bootstrap confidence interval of `statistic`.

    Parameters
    ----------
    data : array-like of shape (n,), tuple of such arrays, or ConfusionMatrix
        One value per row; or several arrays whose rows belong together, such as `(y_true, y_pred)`; or counts.
    statistic : callable
        Takes as many arrays as there are in `data` (or a `ConfusionMatrix`) and returns a number. If it has an `axis`
        argument and there is one array, all draws are handed to it at once, as the rows of a matrix.
    seed : int or numpy.random.Generator
        The same seed gives the same interval.
    level : float
        How often the interval should contain the true value, between 0 and 1.
    resamples : int
        The number of draws.
    method : {"percentile", "bca"}
        The quantiles of the statistic over the draws; or the same, corrected for bias and skewness. The correction
        costs another n calls of `statistic` (one per different row, if rows are labels).
    counts : array-like of shape (n,), optional
        How often each row occurs, if rows that are alike have been counted. `statistic` then gets `sample_weight`.
    cluster : array-like of shape (n,), optional
        Which rows belong together, such as pictures made of one: they are drawn together.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, or an argument is out of range.

    Warns
    -----
    UndefinedMetricWarning
        If the statistic is nan for some draws, which are then left out; or if "bca" has no value.

    Notes
    -----
    If all arrays, any number of them, hold labels (text, booleans or whole numbers) and `statistic` has a
    `sample_weight` argument, the different rows are counted once and the counts are drawn from the multinomial
    distribution; each draw hands `statistic` the different rows that occur and their counts as weights. For a
    `ConfusionMatrix` the table is drawn. For independent rows both have exactly the law of drawing rows. From 100,000
    rows on this is done for a statistic without `sample_weight` as well, which gets the rows of a draw sorted.

    For a share close to 0 or 1 all draws may be alike and the interval a single point: use `wilson_interval` there.

    References
    ----------
    B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 14.

    Examples
    --------
    >>> minutes = [3.1, 2.7, 9.8, 4.4, 3.3, 2.9, 5.0, 4.1]
    >>> bootstrap_interval(minutes, np.median, seed=0)
    Interval(low=2.9, high=4.7, estimate=3.7, level=0.95)
    >>> from evalkit import f1_score
    >>> truth, called = [0, 0, 0, 1, 1, 1] * 20, [0, 0, 1, 1, 1, 0] * 20
    >>> bootstrap_interval((truth, called), f1_score, seed=0)
    Interval(low=0.566, high=0.7556, estimate=0.6667, level=0.95)
    >>> cm = ConfusionMatrix([[40, 20], [20, 40]], [0, 1])
    >>> bootstrap_interval(cm, lambda cm: cm.f1, seed=0)
    Interval(low=0.566, high=0.7556, estimate=0.6667, level=0.95)
    """
    check_level(level)
    check_choice(method, "method", ("percentile", "bca"))
    if check_count(resamples, "resamples") < 1:
        raise InvalidParameterError(f"The 'resamples' parameter must be at least 1. Got {resamples!r} instead.")
    sample = _sample(data, statistic, counts, cluster)
    estimate = float(sample.estimate())
    rng = np.random.default_rng(seed)
    with warnings.catch_warnings():  # what the statistic says about a draw says nothing about the data
        warnings.simplefilter("ignore", UserWarning)
        draws = sample.draws(rng, resamples)
        left_out = sample.leave_one_out() if method == "bca" else None
    tails = [(1 - level) / 2, (1 + level) / 2]
    defined = draws[~np.isnan(draws)]
    if len(defined) < len(draws):
        warn(
            f"The statistic is nan for {len(draws) - len(defined)} of {len(draws)} draws, which are left out.",
            UndefinedMetricWarning,
        )
    if not len(defined):
        return Interval(math.nan, math.nan, estimate, level)
    if left_out is not None:
        tails = _bca_tails(tails, estimate, defined, *left_out)
        if math.isnan(tails[0]):
            warn("The BCa interval is undefined: every draw lies on one side of the estimate.", UndefinedMetricWarning)
            return Interval(math.nan, math.nan, estimate, level)
    low, high = np.quantile(defined, tails)
    return Interval(float(low), float(high), estimate, level)


def _bca_tails(tails: list[float], estimate: float, draws: Array, left_out: Array, counts: Array) -> list[float]:
    """Move the quantiles for bias (where the estimate lies among the draws) and skewness (from leaving rows out)."""
    below = ((draws < estimate).mean() + (draws <= estimate).mean()) / 2
    if below in (0, 1):
        return [math.nan, math.nan]
    bias = normal_quantile(float(below))
    deviation = np.average(left_out, weights=counts) - left_out
    spread = counts @ deviation**2
    skewness = float(counts @ deviation**3 / (6 * spread**1.5)) if spread > 0 else 0.0

    def moved(tail: float) -> float:
        z = bias + normal_quantile(tail)
        return math.erfc(-(bias + z / (1 - skewness * z)) / math.sqrt(2)) / 2  # the normal distribution function

    return [moved(tail) for tail in tails]


# ------------------------------------------------------------------------------------------- how a sample is drawn
@dataclass(frozen=True)
class _Rows:
    """Arrays whose rows are drawn."""

    arrays: tuple[Array, ...]
    statistic: Statistic

    def estimate(self) -> Any:
        return self.statistic(*self.arrays)

    def draws(self, rng: np.random.Generator, resamples: int) -> Array:
        n = len(self.arrays[0])
        at_once = max(1, BLOCK // n)
        blocks = [
            self._scores(rng.integers(0, n, (min(at_once, resamples - start), n)))
            for start in range(0, resamples, at_once)
        ]
        return np.concatenate(blocks)

    def leave_one_out(self) -> tuple[Array, Array]:
        n = len(self.arrays[0])
        rows = np.arange(n - 1)
        at_once = max(1, BLOCK // n)
        blocks = []
        for start in range(0, n, at_once):
            left_out = np.arange(start, min(start + at_once, n))[:, None]
            blocks.append(self._scores(rows + (rows >= left_out)))  # skips the row that is left out
        return np.concatenate(blocks), np.ones(n)

    def _scores(self, index: Array) -> Array:
        """Return the statistic of each row of `index`."""
        if len(self.arrays) == 1 and _accepts(self.statistic, "axis"):
            return np.asarray(self.statistic(self.arrays[0][index], axis=-1), dtype=np.float64)
        return np.array([float(self.statistic(*(array[rows] for array in self.arrays))) for rows in index])


@dataclass(frozen=True)
class _Counts:
    """Different rows and how often each occurs; `score` turns such counts into the statistic."""

    counts: Array
    score: Callable[[Array], Any]

    def estimate(self) -> Any:
        return self.score(self.counts)

    def draws(self, rng: np.random.Generator, resamples: int) -> Array:
        total = int(self.counts.sum())
        at_once = max(1, BLOCK // len(self.counts))
        scores = [
            float(self.score(counts))
            for start in range(0, resamples, at_once)
            for counts in rng.multinomial(total, self.counts / total, size=min(at_once, resamples - start))
        ]
        return np.array(scores)

    def leave_one_out(self) -> tuple[Array, Array]:
        """Return the score without one row of each kind, and how many rows of the kind there are."""
        kinds = np.flatnonzero(self.counts)
        one = np.eye(len(self.counts), dtype=np.int64)
        return np.array([float(self.score(self.counts - one[kind])) for kind in kinds]), self.counts[kinds]


@dataclass(frozen=True)
class _Clusters(_Rows):
    """Arrays whose rows, in `order`, are drawn cluster by cluster."""

    order: Array
    sizes: Array

    def draws(self, rng: np.random.Generator, resamples: int) -> Array:
        return np.array([float(self._score(rng.integers(0, (n := len(self.sizes)), n))) for _ in range(resamples)])

    def leave_one_out(self) -> tuple[Array, Array]:
        every = np.arange(len(self.sizes))
        return np.array([float(self._score(np.delete(every, one))) for one in every]), np.ones(len(every))

    def _score(self, drawn: Array) -> Any:
        sizes = self.sizes[drawn]
        starts = (np.cumsum(self.sizes) - self.sizes)[drawn]
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        rows = self.order[np.repeat(starts, sizes) + within]
        return self.statistic(*(array[rows] for array in self.arrays))


def _sample(data: Any, statistic: Statistic, counts: Any, cluster: Any) -> _Rows | _Counts | _Clusters:
    if isinstance(data, ConfusionMatrix):
        if counts is not None or cluster is not None:
            raise InvalidParameterError("The 'counts' and 'cluster' parameters do not go with a ConfusionMatrix.")
        if data.table.dtype.kind == "f":
            raise ValueError("data is a matrix of weights. The bootstrap needs to know how many rows there are.")
        if not data.table.any():
            raise ValueError("data is empty.")
        shape, labels = data.table.shape, data.labels
        return _Counts(data.table.ravel(), lambda c: statistic(ConfusionMatrix(c.reshape(shape), labels)))
    given = data if isinstance(data, tuple) else (data,)
    names = [f"data[{i}]" if isinstance(data, tuple) else "data" for i in range(len(given))]
    arrays = tuple(to_array(values, name) for values, name in zip(given, names, strict=True))
    if not arrays or not check_lengths(**dict(zip(names, arrays, strict=True))):
        raise ValueError("data is empty.")
    for name, array in zip(names, arrays, strict=True):
        check_finite(array, name)
    if cluster is not None:
        if counts is not None:
            raise InvalidParameterError("The 'counts' and 'cluster' parameters do not go together.")
        groups = Groups.of(to_array(cluster, "cluster"))
        check_lengths(**{names[0]: arrays[0]}, cluster=groups.codes)
        return _Clusters(arrays, statistic, np.argsort(groups.codes, kind="stable"), groups.sizes)
    if counts is not None:
        counted = to_array(counts, "counts")
        check_lengths(**{names[0]: arrays[0]}, counts=counted)
        if counted.dtype.kind not in "iu" or (counted < 0).any() or not counted.any():
            raise InvalidParameterError("The 'counts' parameter must hold whole numbers from 0 on, not all of them 0.")
        return _kinds(arrays, counted, statistic)
    many = len(arrays[0]) >= MANY_ROWS
    labels_only = all(_are_labels(array, many) for array in arrays)
    if len(arrays) > 1 and labels_only and (weights := _accepts(statistic, "sample_weight")) | many:
        if len(arrays) == 2 and weights and all(array.dtype.kind != "f" for array in arrays):
            return _label_pairs(arrays[0], arrays[1], statistic)
        return _label_rows(arrays, statistic if weights else _repeating(statistic))
    return _Rows(arrays, statistic)


def _are_labels(array: Array, whole_floats: bool) -> bool:
    """Whether an array holds labels: text, booleans, whole numbers; with `whole_floats` also 0.0 and 1.0, say."""
    if array.ndim != 1 or array.dtype.kind in "biuOUT":
        return array.ndim == 1
    return whole_floats and bool((array == np.trunc(array)).all()) and len(np.unique(array[:SOME_ROWS])) <= FEW_LABELS


def _repeating(statistic: Statistic) -> Statistic:
    """Hand a statistic that knows no weights the rows, each as often as it was drawn."""

    def repeated(*kinds: Array, sample_weight: Array) -> Any:
        return statistic(*(np.repeat(kind, sample_weight) for kind in kinds))

    return repeated


def _label_pairs(y_true: Array, y_pred: Array, statistic: Statistic) -> _Counts:
    pairs = count_pairs(check_targets(y_true, y_pred))
    row, column = np.nonzero(pairs.table)
    return _kinds((pairs.labels[row], pairs.labels[column]), pairs.table[row, column], statistic)


def _label_rows(arrays: tuple[Array, ...], statistic: Statistic) -> _Counts:
    """Count the different rows of any number of arrays of labels, such as (truth, first model, second model)."""
    n_rows = len(arrays[0])
    kind, n_kinds = np.zeros(n_rows, np.int64), 1
    for array in arrays:
        groups = Groups.of(array)
        kind = kind * len(groups.sizes) + groups.codes
        n_kinds *= len(groups.sizes)
        if n_kinds > n_rows:  # numbered again, so that the numbers stay small
            _, kind = np.unique(kind, return_inverse=True)
            n_kinds = int(kind.max()) + 1
    counts = bincount(kind, minlength=n_kinds)
    first = np.zeros(n_kinds, np.int64)
    first[kind[::-1]] = np.arange(n_rows)[::-1]
    occurs = np.flatnonzero(counts)
    return _kinds(tuple(array[first[occurs]] for array in arrays), counts[occurs], statistic)


def _kinds(arrays: tuple[Array, ...], counts: Array, statistic: Statistic) -> _Counts:
    def score(drawn: Array) -> Any:
        occurs = drawn > 0
        return statistic(*(array[occurs] for array in arrays), sample_weight=drawn[occurs])

    return _Counts(counts, score)


def _accepts(function: Statistic, argument: str) -> bool:
    try:
        return argument in inspect.signature(function).parameters
    except ValueError:  # a function written in C that does not tell
        return False
