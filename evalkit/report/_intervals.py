"""How far chance moves a metric: 95 % intervals from counts, whatever the number of rows."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from evalkit._core.inputs import Array
from evalkit.report._score_counts import ScoreCounts
from evalkit.uncertainty import normal_quantile

LEVEL = 0.95
REPLICATES = 1000
MOST_CELLS = 4096  # kinds of rows that are drawn anew
SEED = 0  # the same file gives the same report

Ends = tuple[float, float]


def area_interval(counts: ScoreCounts) -> Ends | None:
    """Return the interval of the area under the ROC curve; None where no pair is ranked wrongly, or none rightly.

    DeLong's variance, on the scale of log-odds, where the interval cannot leave 0 to 1.

    References
    ----------
    E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, "Comparing the areas under two or more correlated receiver
    operating characteristic curves", Biometrics 44 (1988). M. S. Pepe, "The statistical evaluation of medical tests for
    classification and prediction" (2003), section 5.2.
    """
    negative, positive = counts.negative.astype(np.float64), counts.positive.astype(np.float64)
    negatives, positives = negative.sum(), positive.sum()
    value, _ = counts.area()
    if min(negatives, positives) < 2 or not 0 < value < 1:
        return None
    # Of each positive, the share of the negatives that it beats; of each negative, the share of positives above it.
    beats = (negatives - np.cumsum(negative) + negative / 2) / negatives
    beaten = (np.cumsum(positive) - positive / 2) / positives
    variance = (positive @ (beats - value) ** 2) / (positives - 1) / positives
    variance += (negative @ (beaten - value) ** 2) / (negatives - 1) / negatives
    if variance <= 0:
        return None
    return _on_log_odds(value, math.sqrt(variance) / (value * (1 - value)))


def average_precision_interval(counts: ScoreCounts) -> Ends | None:
    """Return the interval of the average precision; None where it is 1.

    The standard error of a share of as many rows as there are positives, on the scale of log-odds. In the simulations
    of `benchmarks/report_intervals.py` it contains the true value in 94 to 97 % of samples.

    References
    ----------
    K. Boyd, K. H. Eng and C. D. Page, "Area under the precision-recall curve: point estimates and confidence
    intervals", ECML PKDD (2013).
    """
    value, _, _ = counts.average_precision()
    positives = float(counts.positive.sum())
    if positives < 2 or not 0 < value < 1:
        return None
    return _on_log_odds(value, 1 / math.sqrt(positives * value * (1 - value)))


def _on_log_odds(value: float, error: float) -> Ends:
    """Return the interval of a value between 0 and 1 from the standard error of its log-odds."""
    middle, half = math.log(value / (1 - value)), normal_quantile((1 + LEVEL) / 2) * error
    low, high = (1 / (1 + math.exp(-x)) for x in (middle - half, middle + half))
    return low, high


def f1_interval(table: Array, positive: int | None) -> Ends | None:
    """Return the percentile interval of F1 of a class, or of the macro average, from a confusion matrix.

    None where more kinds of rows than can be drawn occur, or F1 has no value.
    """
    rows, columns = np.nonzero(table)
    if len(rows) > MOST_CELLS or table.sum() < 2:
        return None
    classes = len(table)
    is_truth, is_pred = (np.eye(classes)[index] for index in (rows, columns))
    hits = is_truth * is_pred

    def value(drawn: Array) -> Array:
        of = drawn @ is_truth + drawn @ is_pred
        with np.errstate(invalid="ignore"):
            f1 = 2 * (drawn @ hits) / of
        return f1[:, positive] if positive is not None else _mean_of_defined(f1)

    return _bootstrap(table[rows, columns], value)


def _mean_of_defined(f1: Array) -> Array:
    defined = ~np.isnan(f1)
    mean: Array = np.where(defined, f1, 0).sum(axis=1) / np.maximum(defined.sum(axis=1), 1)
    return mean


def _bootstrap(kinds: Array, value: Callable[[Array], Array]) -> Ends | None:
    """Draw the rows anew, kind by kind, and return the middle 95 % of the values."""
    rng, n = np.random.default_rng(SEED), int(kinds.sum())
    step = max(1, (1 << 20) // len(kinds))
    values = np.concatenate(
        [value(rng.multinomial(n, kinds / n, min(step, REPLICATES - start))) for start in range(0, REPLICATES, step)]
    )
    values = values[~np.isnan(values)]
    if not len(values):
        return None
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    # Where no other rows than these kinds could be drawn, that does not make the value certain.
    return (float(low), float(high)) if low < high else None
