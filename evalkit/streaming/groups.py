"""Several metrics in one pass, and any metric per group of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np

from evalkit._core.groups import Groups
from evalkit._core.inputs import check_lengths
from evalkit.metrics.rates import Label
from evalkit.streaming._rows import column
from evalkit.streaming.accumulator import Accumulator


class _Composite(Accumulator):
    """An accumulator made of others. One of them may refuse a batch that another has taken already."""

    _torn = False

    def _check_whole(self, *others: _Composite) -> None:
        """Raise if a batch was refused half-way: the summary is of no use then, and must not look as if it were."""
        if any(composite._torn for composite in (self, *others)):
            raise ValueError("A batch was refused after a part of it had been counted. Start again from the data.")


class Bundle(_Composite):
    """Several accumulators that are fed the same rows. `compute()` returns a dict with their metrics.

    Parameters
    ----------
    metrics : mapping of str to Accumulator
        What to compute. The accumulators are used as patterns only.
    columns : sequence of str
        What the arguments of `update` are. Each accumulator takes those it names in its `inputs`.

    Examples
    --------
    >>> from evalkit.streaming import ExactAUC, LabelCounts
    >>> metrics = {"confusion": LabelCounts(num_classes=2), "auc": ExactAUC()}
    >>> bundle = Bundle(metrics, columns=("truth", "pred", "score")).update([0, 1, 1], [0, 1, 0], [0.1, 0.9, 0.4])
    >>> bundle.compute()["confusion"].recall, bundle.compute()["auc"], bundle.rows
    (0.5, 1.0, 3)
    """

    def __init__(self, metrics: Mapping[str, Any], columns: Any = ("truth", "pred")) -> None:
        self._metrics = {
            name: (Accumulator.from_dict(metric) if isinstance(metric, dict) else metric).empty()
            for name, metric in metrics.items()
        }
        self.inputs = tuple(columns)  # type: ignore[misc]
        self.rows = 0
        for name, metric in self._metrics.items():
            missing = [wanted for wanted in metric.inputs if wanted not in self.inputs]
            if missing:
                raise ValueError(f"metrics[{name!r}] needs {missing}, but columns are {list(self.inputs)}.")

    def update(self, *rows: Any) -> Self:
        """Feed a batch to all accumulators: as many arrays as there are columns, each with n rows.

        Raises
        ------
        ValueError
            If the lengths differ, or an accumulator refuses its rows.
        """
        self._check_whole()
        if len(rows) != len(self.inputs):
            raise ValueError(f"rows must be the {len(self.inputs)} columns {list(self.inputs)}, got {len(rows)}.")
        given = dict(zip(self.inputs, rows, strict=True))
        n_rows = check_lengths(**given)
        self._torn = True
        for metric in self._metrics.values():
            metric.update(*(given[name] for name in metric.inputs))
        self._torn = False
        self.rows += n_rows
        return self

    def merge(self, other: Self) -> Self:
        """Return the metrics of the rows of both."""
        self._check_same_kind(other)
        self._check_whole(other)
        merged = self.empty()
        merged._metrics = {name: metric.merge(other._metrics[name]) for name, metric in self._metrics.items()}
        merged.rows = self.rows + other.rows
        return merged

    def compute(self) -> dict[str, Any]:
        """Return the metric of each accumulator."""
        self._check_whole()
        return {name: metric.compute() for name, metric in self._metrics.items()}

    def _settings(self) -> dict[str, Any]:
        patterns = {name: metric.empty().to_dict() for name, metric in self._metrics.items()}
        return {"metrics": patterns, "columns": list(self.inputs)}

    def _state(self) -> dict[str, Any]:
        self._check_whole()
        return {"rows": self.rows, "metrics": {name: metric.to_dict() for name, metric in self._metrics.items()}}

    def _restore(self, state: dict[str, Any]) -> None:
        self.rows = state["rows"]
        self._metrics = {name: Accumulator.from_dict(data) for name, data in state["metrics"].items()}


class Slices(_Composite):
    """One accumulator per group of rows: the metric of each cohort, hospital, language or day.

    Parameters
    ----------
    metric : Accumulator
        What to compute for each group. It is used as a pattern only.

    Examples
    --------
    >>> from evalkit.streaming import LabelCounts
    >>> slices = Slices(LabelCounts(num_classes=2))
    >>> _ = slices.update(["de", "fr", "de"], [0, 1, 1], [0, 1, 0]).update(["fr"], [0], [0])
    >>> {group: counts.accuracy for group, counts in slices.compute().items()}
    {'de': 0.5, 'fr': 1.0}
    """

    def __init__(self, metric: Any) -> None:
        pattern = Accumulator.from_dict(metric) if isinstance(metric, dict) else metric
        self._pattern: Accumulator = pattern.empty()
        self._groups: dict[Label, Accumulator] = {}
        self.inputs = ("by", *self._pattern.inputs)  # type: ignore[misc]

    @property
    def groups(self) -> dict[Label, Accumulator]:
        """The accumulator of each group seen so far, by group, sorted."""
        return {group: self._groups[group] for group in sorted(self._groups, key=lambda g: (isinstance(g, str), g))}

    def update(self, by: Any, *rows: Any) -> Self:
        """Take in a batch: the group of each row (text, whole numbers or booleans) and the arrays the metric wants.

        Raises
        ------
        ValueError
            If the lengths differ, a group is missing, or the metric refuses its rows.
        """
        self._check_whole()
        groups = column(by, "by")
        columns = [values if isinstance(values, np.ndarray) else np.asarray(values) for values in rows]
        check_lengths(by=groups, **dict(zip(self.inputs[1:], columns, strict=True)))
        found = Groups.of(groups)
        self._torn = True
        for name, indices in found.rows():
            group = int(name) if isinstance(name, float) else name  # whole numbers are one group, whatever their type
            part = self._groups.get(group)
            fed = (self._pattern.empty() if part is None else part).update(*(values[indices] for values in columns))
            self._groups[group] = fed
        self._torn = False
        return self

    def merge(self, other: Self) -> Self:
        """Return the groups of both; a group that both have is merged."""
        self._check_same_kind(other)
        self._check_whole(other)
        merged = self.empty()
        for group in {**self._groups, **other._groups}:
            parts = [slices._groups[group] for slices in (self, other) if group in slices._groups]
            merged._groups[group] = (parts[0] if len(parts) == 2 else self._pattern.empty()).merge(parts[-1])
        return merged

    def compute(self) -> dict[Label, Any]:
        """Return the metric of each group, sorted by group."""
        self._check_whole()
        return {group: metric.compute() for group, metric in self.groups.items()}

    def total(self) -> Accumulator:
        """Return the accumulator of all rows, whatever their group."""
        total = self._pattern.empty()
        for metric in self.groups.values():
            total = total.merge(metric)
        return total

    def _settings(self) -> dict[str, Any]:
        return {"metric": self._pattern.to_dict()}

    def _state(self) -> dict[str, Any]:
        self._check_whole()
        return {"groups": [[group, metric.to_dict()] for group, metric in self.groups.items()]}

    def _restore(self, state: dict[str, Any]) -> None:
        self._groups = {group: Accumulator.from_dict(data) for group, data in state["groups"]}
