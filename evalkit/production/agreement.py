"""How far can a judge be trusted, and what would people have said?

A judge that is right nine times in ten still shifts every rate: a true drop of five points looks like less. With some
rows that people labelled, the shift can be measured and taken out.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.distributions import normal_cdf
from evalkit._core.extras import needs
from evalkit._core.inputs import Array
from evalkit.bootstrap import bootstrap_interval
from evalkit.metrics.agreement import cohen_kappa_score
from evalkit.production.joining import joined
from evalkit.tables.canonical import values_of
from evalkit.uncertainty import Interval, mean_interval, standard_error_of, wilson_interval

if TYPE_CHECKING:
    from evalkit.production.comparison import Compared

FEWEST = 30  # labelled rows


class AgreementError(ValueError):
    """There are too few labelled rows, or they are not those of the runs."""


@dataclass(frozen=True)
class Agreement:
    """How a judge and people agree on the same answers.

    Attributes
    ----------
    n : int
    kappa : Interval
        Cohen's. It depends on how many answers are good: the same judge has 0.81 at 50 : 50 and 0.57 at 90 : 10.
    sensitivity, specificity : Interval or None
        The share of answers that people call good, or bad, for which the judge says the same.
    """

    n: int
    kappa: Interval
    sensitivity: Interval | None
    specificity: Interval | None


def agreement(human: Any, judge: Any) -> Agreement:
    """Return how a judge and people agree: two arrays of 1 (good) and 0 of shape (n,).

    Examples
    --------
    >>> found = agreement([1, 1, 1, 0, 0, 0] * 20, [1, 1, 0, 0, 0, 0] * 20)
    >>> round(found.kappa.estimate, 3), round(found.sensitivity.estimate, 3), found.specificity.estimate
    (0.667, 0.667, 1.0)
    """
    people, machine = np.asarray(human).astype(np.int64), np.asarray(judge).astype(np.int64)
    with warnings.catch_warnings():  # kappa has no value where all answers are good, for both: it is nan then
        warnings.simplefilter("ignore")
        kappa = bootstrap_interval((people, machine), cohen_kappa_score, seed=0)
    shares = []
    for label in (1, 0):
        of = people == label
        shares.append(wilson_interval(int((machine[of] == label).sum()), int(of.sum())) if of.any() else None)
    return Agreement(len(people), kappa, *shares)


def corrected_mean(judged: Any, labelled: Any, human: Any, level: float = 0.95) -> Interval:
    """Return the mean that people would have given: the judge's on all rows, plus its mean error on labelled rows.

    Parameters
    ----------
    judged : array-like of shape (N,)
        The judge's scores, or differences of scores, of all rows.
    labelled, human : array-like of shape (n,)
        The judge's and people's on the rows that people labelled, drawn at random.
    level : float

    Notes
    -----
    For the spread of the errors two more labelled rows are counted, on which the judge errs once in each direction: a
    judge that errs on none of thirty rows may still err on one in thirty.

    References
    ----------
    A. N. Angelopoulos, S. Bates, C. Fannjiang, M. I. Jordan and T. Zrnic, "Prediction-powered inference", Science 382
    (2023).

    Examples
    --------
    >>> judged = [1, 1, 1, 0] * 250
    >>> corrected_mean(judged, [1, 1, 1, 0] * 10, [1, 1, 0, 0] * 10)
    Interval(low=0.3528, high=0.6472, estimate=0.5, level=0.95)
    """
    everything, errors = np.asarray(judged, float), np.asarray(human, float) - np.asarray(labelled, float)
    estimate = float(everything.mean() + errors.mean())
    labels = len(errors) + 2
    spread = (float(errors @ errors) + 2) / labels - (float(errors.sum()) / labels) ** 2
    variance = float(everything.var()) / len(everything) + spread / labels
    low, high = mean_interval(estimate, variance, 1, level)
    return Interval(low, high, estimate, level)


@dataclass(frozen=True)
class Labelled:
    """The judge's answers of two runs, and what people say of some of them.

    Attributes
    ----------
    change : Interval
        Of the difference in the share of good answers, as people would have it.
    baseline, candidate : Agreement
    """

    change: Interval
    baseline: Agreement
    candidate: Agreement

    @property
    def p_worse(self) -> float:
        """How often an equally good candidate would look that bad."""
        return normal_cdf(self.change.estimate / standard_error_of(self.change))

    @classmethod
    def of(cls, result: Compared, evaluator: str, labels: Mapping[str, tuple[int, int]]) -> Labelled:
        """Look up the labelled rows: `labels` says for each id whether baseline's and candidate's answers are good.

        Raises
        ------
        AgreementError
            If fewer than 30 of them have a verdict of the judge in both runs.
        """
        judged: list[Array] = []
        known: list[tuple[float, float, float, float]] = []
        for base, cand in joined(result.baseline, result.candidate):
            pair = np.column_stack([_passed(table, evaluator) for table in (base, cand)])
            both = ~np.isnan(pair).any(axis=1)
            judged.append((pair[:, 1] - pair[:, 0])[both])
            for place, name in enumerate(values_of(base.column("id").combine_chunks())):
                if name in labels and both[place]:
                    known.append((*pair[place].tolist(), *map(float, labels[name])))
        if len(known) < FEWEST:
            raise AgreementError(f"{len(known)} labelled rows have a verdict in both runs; it takes at least {FEWEST}.")
        one, two, people_one, people_two = np.array(known).T
        change = corrected_mean(np.concatenate(judged), two - one, people_two - people_one, result.level)
        return cls(change, agreement(people_one, one), agreement(people_two, two))


def _passed(table: Any, evaluator: str) -> Array:
    needs("pyarrow")
    import pyarrow as pa

    column = table.column(f"{evaluator}.passed").combine_chunks().cast(pa.int8()).cast(pa.float64())
    return np.asarray(column.fill_null(math.nan).to_numpy(zero_copy_only=False))
