"""Precision, F1 and balanced accuracy of two runs: their difference and its interval, from counts of kinds of rows.

Each has another denominator in each run, so rows cannot simply be broken or fixed. But each is a smooth function of
how many rows there are of each kind, and so is the difference: the interval follows from how much one more row of a
kind would move it (the delta method), by row, or by source if rows share sources.

Where no row tells the runs apart that would say that they are equal, for certain, be there ten rows or a million. So
one row of each kind that would tell them apart is added before the spread is computed, as Bonett and Price do for the
difference in accuracy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evalkit._core.codes import bincount
from evalkit._core.distributions import normal_cdf, t_quantile, t_tail
from evalkit._core.inputs import Array
from evalkit.production.comparison import LOST, Evaluated
from evalkit.production.gates import Gate, GateError
from evalkit.uncertainty import Interval, normal_quantile

STEP = 1e-3  # of a row, for a derivative


@dataclass(frozen=True)
class Change:
    """A difference between two runs.

    Attributes
    ----------
    interval : Interval
    p_worse : float
        How often an equally good candidate would look that bad.
    rows : int
    sources : int or None
        None if every row has its own.
    spread : float
        The variance that a single row would have: the interval's is this divided by the number of rows.
    """

    interval: Interval
    p_worse: float
    rows: int
    sources: int | None
    spread: float


def change_of(evaluated: Evaluated, gate: Gate, level: float) -> Change:
    """Return the change of a gate's metric, which is precision, f1 or balanced_accuracy.

    Raises
    ------
    GateError
        If there are too many different answers, or no row is expected to be the class.

    References
    ----------
    D. G. Bonett and R. M. Price, "Adjusted Wald confidence interval for a difference of binomial proportions based on
    paired data", Journal of Educational and Behavioral Statistics 37 (2012). B. Efron and R. J. Tibshirani, "An
    Introduction to the Bootstrap" (1993), chapter 21, for the delta method. Liang and Zeger (1986) for sources.
    """
    if evaluated.kinds is None:
        raise GateError(f"There are too many different answers for {gate.metric}.")
    left_out = [gate.lost == "left out" and kind[2] is LOST for kind in evaluated.kinds]
    triples = [tuple(None if label in (None, LOST) else str(label) for label in kind) for kind in evaluated.kinds]
    counts = np.where(left_out, 0, list(evaluated.kinds.values()))
    cell, metric = _balanced(triples) if gate.metric == "balanced_accuracy" else _of_class(triples, gate)
    cells = int(cell.max()) // 4 + 1
    n = bincount(cell, counts, 4 * cells).reshape(cells, 2, 2)

    def difference(n: Array) -> float:
        """Of rows by truth, by whether the baseline gives the answer, and by whether the candidate does."""
        return metric(n.sum(axis=1)) - metric(n.sum(axis=2))

    added = np.zeros_like(n)
    added[:, 0, 1] = added[:, 1, 0] = 2 / cells
    n_added = n + added
    slope = np.empty(n.size)
    for place in range(n.size):
        step = np.zeros(n.size)
        step[place] = STEP
        step = step.reshape(n.shape)
        slope[place] = (difference(n_added + step) - difference(n_added - step)) / (2 * STEP)
    rows = int(counts.sum())
    variance = float(n_added.ravel() @ slope**2)
    sources = None
    if evaluated.kinds_by_source is not None:
        source, kind, shared = evaluated.kinds_by_source
        shared = np.where(np.array(left_out)[kind], 0, shared)
        sources = len(np.unique(source))
        totals = bincount(source, shared * slope[cell[kind]])
        # A row that is added stands for a whole source: copies do not make what is not known any surer.
        clustered = (
            float(totals @ totals) * sources / max(1, sources - 1)
            + float(added.ravel() @ slope**2) * (rows / sources) ** 2
        )
        variance = max(variance, clustered)
    error, estimate = math.sqrt(variance), difference(n)
    tail = (1 + level) / 2
    if sources is None:
        half, p_worse = normal_quantile(tail) * error, normal_cdf(estimate / error)
    elif sources < 2:
        half, p_worse = math.inf, 1.0
    else:
        half, p_worse = t_quantile(tail, sources - 1) * error, t_tail(-estimate / error, sources - 1)
    interval = Interval(max(-1.0, estimate - half), min(1.0, estimate + half), estimate, level)
    return Change(interval, p_worse, rows, sources, rows * variance)


Metric = Callable[[Array], float]


def _of_class(triples: list[tuple[str | None, ...]], gate: Gate) -> tuple[Array, Metric]:
    """Return the cell of each kind (is it the class, and does each run say so), and the metric of a run's counts."""
    of = str(gate.of)
    if not any(truth == of for truth, _, _ in triples):
        raise GateError(f"No row is expected to be {gate.of!r}.")
    cell = np.array([4 * (t == of) + 2 * (b == of) + (c == of) for t, b, c in triples])

    def precision(n: Array) -> float:
        return float(n[1, 1] / (n[0, 1] + n[1, 1])) if n[:, 1].any() else 0.0

    def f1(n: Array) -> float:
        return float(2 * n[1, 1] / (n[:, 1].sum() + n[1].sum()))

    return cell, precision if gate.metric == "precision" else f1


def _balanced(triples: list[tuple[str | None, ...]]) -> tuple[Array, Metric]:
    """Return the cell of each kind (its class, and whether each run is right), and the mean recall of a run."""
    classes = {truth: place for place, truth in enumerate(dict.fromkeys(t for t, _, _ in triples))}
    cell = np.array([4 * classes[t] + 2 * (b == t) + (c == t) for t, b, c in triples])
    return cell, lambda n: float(np.mean(n[:, 1] / n.sum(axis=1)))
