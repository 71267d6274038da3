"""Permutation importance: how much worse does a model get when one column tells it nothing any more?

Shuffling a column keeps its values and breaks their tie to the rows. Whatever the model got out of the column is gone,
and the loss of score says how much that was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit._core.inputs import Array, check_finite, check_lengths, numbers, to_array
from evalkit.metrics.classification import accuracy_score


@dataclass(frozen=True, eq=False)
class Importances:
    """The loss of score for each column.

    Parameters
    ----------
    baseline : float
        The score on the data as they are.
    drops : float array of shape (columns, repeats)
        Baseline minus score, for each column and each time that it was shuffled.
    columns : tuple of str
        The names of the columns.
    """

    baseline: float
    drops: NDArray[np.float64]
    columns: tuple[str, ...]

    @property
    def mean(self) -> NDArray[np.float64]:
        """The importance of each column: the mean of its drops. Near zero or below, the column was of no use."""
        return np.asarray(self.drops.mean(axis=1))

    @property
    def std(self) -> NDArray[np.float64]:
        """How far the drops of a column scatter around their mean."""
        return np.asarray(self.drops.std(axis=1))

    @property
    def order(self) -> NDArray[np.int64]:
        """The columns, the most important first; of equal ones the first."""
        return np.argsort(-self.mean, kind="stable")

    def to_dict(self) -> list[dict[str, Any]]:
        """Return one dict for each column, the most important first, which makes a pandas DataFrame."""
        return [
            {"column": self.columns[i], "importance": float(self.mean[i]), "std": float(self.std[i])}
            for i in self.order
        ]

    def __str__(self) -> str:
        width = max(len(name) for name in self.columns)
        lines = [f"{self.columns[i]:<{width}}  {self.mean[i]:7.4f} ± {self.std[i]:.4f}" for i in self.order]
        return "\n".join([f"score on the data as they are: {self.baseline:.4f}", *lines])


def permutation_importance(
    predict: Callable[[Array], Any],
    X: Any,
    y: Any,
    *,
    metric: Callable[[Any, Any], float] = accuracy_score,
    repeats: int = 10,
    seed: int = 0,
    columns: Sequence[str] | None = None,
) -> Importances:
    """Shuffle one column at a time and measure how much the score falls.

    Measure on data that the model was not trained on: on its training data a column looks useful that was only learnt
    by heart. Two columns that say the same stand in for each other, so that both look useless.

    Parameters
    ----------
    predict : callable
        ``predict(X)`` returns what `metric` takes as its second argument, one for each row.
    X : array-like of shape (n, columns)
        Numbers. They are not changed.
    y : array-like of shape (n,)
        The true values.
    metric : callable
        ``metric(y, predicted)``; larger is better.
    repeats : int
        How often each column is shuffled.
    seed : int
        Of the shuffling.
    columns : sequence of str, optional
        Their names.

    Returns
    -------
    Importances

    Raises
    ------
    ValueError
        If `X` is not 2-D or not finite, lengths differ, or `repeats` is below 1.

    References
    ----------
    L. Breiman, "Random Forests", Machine Learning 45 (2001), section 10. A. Fisher, C. Rudin and F. Dominici, "All
    Models are Wrong, but Many are Useful", Journal of Machine Learning Research 20 (2019).

    Examples
    --------
    >>> X = [[0, 5], [1, 2], [0, 1], [1, 9], [0, 3], [1, 4]]
    >>> found = permutation_importance(lambda X: X[:, 0], X, [0, 1, 0, 1, 0, 1], columns=["told", "not told"])
    >>> print(found)
    score on the data as they are: 1.0000
    told       0.4333 ± 0.3000
    not told   0.0000 ± 0.0000
    """
    data, truth = numbers(X, "X"), to_array(y, "y")
    if data.ndim != 2:
        raise ValueError(f"X must be 2-D, one row for each sample, got shape {data.shape}.")
    check_lengths(X=data, y=truth)
    check_finite(data, "X")
    if repeats < 1:
        raise ValueError(f"repeats must be at least 1, got {repeats}.")
    names = [f"column {j}" for j in range(data.shape[1])] if columns is None else list(columns)
    if len(names) != data.shape[1]:
        raise ValueError(f"columns names {len(names)} columns, but X has {data.shape[1]}.")
    rng = np.random.default_rng(seed)
    baseline = float(metric(truth, predict(data.copy())))
    drops = np.empty((data.shape[1], repeats))
    for j in range(data.shape[1]):
        for repeat in range(repeats):
            shuffled = data.copy()
            shuffled[:, j] = rng.permutation(data[:, j])
            drops[j, repeat] = baseline - float(metric(truth, predict(shuffled)))
    return Importances(baseline, drops, tuple(names))
