"""Any metric, cohort by cohort: a good average can hide a hospital, a camera or a language for which the model fails.

>>> from evalkit import accuracy_score
>>> truth, called, site = [1, 0, 1, 1, 0, 1], [1, 0, 1, 0, 1, 1], ["A", "A", "A", "B", "B", "B"]
>>> print(by_group(accuracy_score, truth, called, by=site))
group  n   value
A      3       1
B      3  0.3333
all    6  0.6667
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from evalkit._core.extras import needs
from evalkit._core.groups import Groups
from evalkit._core.html import columns_table
from evalkit._core.inputs import EMPTY, InvalidParameterError, check_choice, check_lengths, to_array
from evalkit._core.words import aligned
from evalkit.bootstrap import bootstrap_interval
from evalkit.metrics.agreement import error_rate, zero_one_loss
from evalkit.metrics.classification import accuracy_score
from evalkit.uncertainty import Interval, wilson_interval

if TYPE_CHECKING:
    import pandas as pd

Metric = Callable[..., Any]
SHARES_OF_ROWS = (accuracy_score, error_rate, zero_one_loss)  # what Wilson's interval is about


@dataclass(frozen=True)
class GroupScore:
    """The value of a metric for the rows of one group, how many they are, and the interval if one was asked for."""

    group: Any
    n: int
    value: Any
    interval: Interval | None = None


@dataclass(frozen=True)
class GroupScores:
    """The scores of all groups, in sorted order of the groups, and of all rows together.

    `scores["A"]` is the score of group A, and iterating yields them all.
    """

    groups: tuple[GroupScore, ...]
    overall: GroupScore

    def __iter__(self) -> Iterator[GroupScore]:
        return iter(self.groups)

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, group: Any) -> GroupScore:
        for score in self.groups:
            if score.group == group:
                return score
        raise KeyError(group)

    @property
    def difference(self) -> float:
        """The largest value minus the smallest; nan values are left out."""
        values = [score.value for score in self.groups]
        return float(np.nanmax(values) - np.nanmin(values))

    def to_dict(self) -> dict[str, Any]:
        """Return plain Python objects: a list of rows under "groups" and one row under "overall"."""
        return {"groups": [_as_dict(score) for score in self.groups], "overall": _as_dict(self.overall)}

    def to_frame(self) -> pd.DataFrame:
        """Return a table of pandas with a row for each group; its index are the groups."""
        needs("pandas")
        import pandas as pd

        return pd.DataFrame([_as_dict(score) for score in self.groups]).set_index("group")

    def _repr_html_(self) -> str:
        rows = [_as_dict(score) for score in (*self.groups, self.overall)]
        return columns_table("Scores by group", {name: [row[name] for row in rows] for name in rows[0]})

    def __str__(self) -> str:
        rows = [["group", "n", "value", *(["interval"] if self.overall.interval else [])]]
        for score in (*self.groups, self.overall):
            value = f"{score.value:.4g}" if np.ndim(score.value) == 0 else str(score.value)
            interval = [f"{score.interval.low:.4g} to {score.interval.high:.4g}"] if score.interval else []
            rows.append([str(score.group), str(score.n), value, *interval])
        return aligned(rows, left=1)


def by_group(
    metric: Metric,
    y_true: Any,
    y_pred: Any,
    *,
    by: Any,
    sample_weight: Any = None,
    interval: Literal["wilson", "percentile", "bca"] | None = None,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
    **arguments: Any,
) -> GroupScores:
    """Score the rows of each group separately.

    Parameters
    ----------
    metric : callable
        Any function of true and predicted values, of evalkit or not.
    y_true, y_pred : array-like with n rows
        What `metric` takes: labels, scores, probabilities, numbers.
    by : array-like of shape (n,)
        The group of each row: text, whole numbers or booleans.
    sample_weight : array-like of shape (n,), optional
        The weight of each row, handed to `metric`. Not together with `interval`.
    interval : {"wilson", "percentile", "bca"}, optional
        Add an interval to each value: Wilson's, if `metric` is accuracy, error rate or zero-one loss; or one of
        `bootstrap_interval`.
    level, resamples, seed
        As for `bootstrap_interval`.
    **arguments
        Handed to `metric` as they are, for example `average="macro"`.

    Returns
    -------
    GroupScores
        Small groups have wide intervals: look at them before calling a group worse.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, a group is missing, or the interval does not suit the metric; and
        whatever `metric` raises.

    Examples
    --------
    >>> truth, called, site = [1, 0, 1, 1, 0, 1], [1, 0, 1, 0, 1, 1], ["A", "A", "A", "B", "B", "B"]
    >>> scores = by_group(accuracy_score, truth, called, by=site, interval="wilson")
    >>> print(scores)
    group  n   value           interval
    A      3       1        0.4385 to 1
    B      3  0.3333  0.06149 to 0.7923
    all    6  0.6667      0.3 to 0.9032
    >>> scores["B"].n
    3
    """
    check_choice(interval, "interval", ("wilson", "percentile", "bca", None))
    if interval == "wilson" and (metric not in SHARES_OF_ROWS or not arguments.get("normalize", True)):
        raise InvalidParameterError(
            "The 'interval' parameter can be 'wilson' for accuracy_score, error_rate and zero_one_loss only, whose "
            "values are shares of rows. Use 'bca' or 'percentile'."
        )
    if interval is not None and sample_weight is not None:
        raise InvalidParameterError("The 'interval' parameter does not go with sample_weight: weights are no counts.")
    rows = {"y_true": to_array(y_true, "y_true"), "y_pred": to_array(y_pred, "y_pred")}
    if sample_weight is not None:
        rows["sample_weight"] = to_array(sample_weight, "sample_weight")
    groups = to_array(by, "by")
    if not check_lengths(**rows, by=groups):
        raise ValueError(EMPTY)

    def score(name: Any, index: Any) -> GroupScore:
        true, pred, *weight = (array[index] for array in rows.values())
        keywords = {**arguments, **({"sample_weight": weight[0]} if weight else {})}
        value = metric(true, pred, **keywords)
        if interval is None:
            return GroupScore(name, len(true), value)
        if interval == "wilson":
            return GroupScore(name, len(true), value, wilson_interval(round(value * len(true)), len(true), level))
        bounds = bootstrap_interval((true, pred), partial(metric, **arguments), seed, level, resamples, interval)
        return GroupScore(name, len(true), value, bounds)

    overall = score("all", slice(None))
    return GroupScores(tuple(score(name, index) for name, index in Groups.of(groups).rows()), overall)


def _as_dict(score: GroupScore) -> dict[str, Any]:
    row = {"group": score.group, "n": score.n, "value": score.value}
    if score.interval is not None:
        row |= {"low": score.interval.low, "high": score.interval.high, "level": score.interval.level}
    return row
