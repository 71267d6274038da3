"""Permutation importance: how much worse does a model get when one column tells it nothing any more?

Shuffling a column keeps its values and breaks their tie to the rows. Whatever the model got out of the column is gone,
and the loss of score says how much that was.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit._core.inputs import Array, check_lengths, to_array
from evalkit.metrics.classification import accuracy_score

CORRELATED = 0.9


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
        The names of the columns, and of the groups that were shuffled as one.
    correlated : tuple of (str, str, float)
        Pairs of columns or groups with a rank correlation of 0.9 or more, either way.
    """

    baseline: float
    drops: NDArray[np.float64]
    columns: tuple[str, ...]
    correlated: tuple[tuple[str, str, float], ...] = ()

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
    predict: Callable[[Any], Any],
    X: Any,
    y: Any,
    *,
    metric: Callable[[Any, Any], float] = accuracy_score,
    repeats: int = 10,
    seed: int = 0,
    columns: Sequence[str] | None = None,
    groups: Mapping[str, Sequence[Any]] | None = None,
) -> Importances:
    """Shuffle one column at a time and measure how much the score falls.

    Measure on data that the model was not trained on: on its training data a column looks useful that was only learnt
    by heart. Two columns that say the same stand in for each other, so that both look useless: a warning names those
    that are strongly correlated. Shuffle them as one group, as the columns of a one-hot code.

    Parameters
    ----------
    predict : callable
        ``predict(X)`` returns what `metric` takes as its second argument, one for each row.
    X : array-like or DataFrame of shape (n, columns)
        Numbers or text; missing values are shuffled with the others. It is not changed. `predict` is given a DataFrame
        of pandas as one, with its index and the types of its columns, and anything else as an array.
    y : array-like of shape (n,)
        The true values.
    metric : callable
        ``metric(y, predicted)``; larger is better.
    repeats : int
        How often each column is shuffled.
    seed : int
        Of the shuffling.
    columns : sequence of str, optional
        Their names. By default those of the DataFrame.
    groups : mapping of str to sequence, optional
        Columns that are shuffled together, so that the values of a row stay beside each other: for the name of each
        group the names or the numbers of its columns. Columns in no group are shuffled alone, and come first.

    Returns
    -------
    Importances

    Raises
    ------
    ValueError
        If `X` is not 2-D, lengths differ, `repeats` is below 1, or a group names a column that is not there or that
        another group holds.

    Warns
    -----
    UserWarning
        If two columns of numbers, or two groups of them, have a rank correlation of 0.9 or more, either way.

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
    truth = to_array(y, "y")
    data = X if _is_frame(X) else to_array(X, "X")
    if data.ndim != 2:
        raise ValueError(f"X must be 2-D, one row for each sample, got shape {data.shape}.")
    check_lengths(X=data, y=truth)
    if repeats < 1:
        raise ValueError(f"repeats must be at least 1, got {repeats}.")
    given = getattr(X, "columns", None) if columns is None else columns
    names = [f"column {j}" for j in range(data.shape[1])] if given is None else list(map(str, given))
    if len(names) != data.shape[1]:
        raise ValueError(f"columns names {len(names)} columns, but X has {data.shape[1]}.")
    parts = _parts(names, groups or {})
    rng = np.random.default_rng(seed)
    baseline = float(metric(truth, predict(data.copy())))
    drops = np.empty((len(parts), repeats))
    for row, places in enumerate(parts.values()):
        for repeat in range(repeats):
            shuffled = _shuffled(data, places, rng.permutation(len(data)))
            drops[row, repeat] = baseline - float(metric(truth, predict(shuffled)))
    correlated = _correlated(data, parts)
    if correlated:
        one, other, r = correlated[0]
        more = f", and {len(correlated) - 1} more pairs" if len(correlated) > 1 else ""
        warnings.warn(
            f"{one} and {other} are correlated ({r:.2f}{more}): each may stand in for the other, so that both look "
            "useless. Shuffle them as one with groups={'name': [columns]}.",
            UserWarning,
            stacklevel=2,
        )
    return Importances(baseline, drops, tuple(parts), correlated)


def _is_frame(X: Any) -> bool:
    return hasattr(X, "iloc") and hasattr(X, "columns")


def _parts(names: list[str], groups: Mapping[str, Sequence[Any]]) -> dict[str, list[int]]:
    """What is shuffled at a time: a name, and the places of its columns."""
    grouped: dict[str, list[int]] = {}
    owner: dict[int, str] = {}
    for group, members in groups.items():
        known: dict[Any, int] = {place: place for place in range(len(names))}
        known |= {name: place for place, name in enumerate(names)}
        if not len(members) or any(member not in known for member in members):
            raise ValueError(f"groups[{group!r}] must hold columns, by name or number: {list(members)} of {names}.")
        places = [known[member] for member in members]
        for place in places:
            if owner.setdefault(place, group) != group:
                raise ValueError(f"{names[place]} is in two groups, {owner[place]} and {group}.")
        grouped[group] = places
    alone = {name: [place] for place, name in enumerate(names) if place not in owner}
    if len(alone) + len(owner) != len(names) or alone.keys() & grouped.keys():
        raise ValueError(f"Columns and groups must have different names, got {[*names, *grouped]}.")
    return {**alone, **grouped}


def _shuffled(data: Any, places: list[int], order: NDArray[np.int64]) -> Any:
    """A copy in which the rows of some columns have another order."""
    shuffled = data.copy()
    if not _is_frame(data):
        shuffled[:, places] = data[order][:, places]
        return shuffled
    for place in places:
        # By position: an assignment that goes by the index would put every value back into its own row.
        shuffled.isetitem(place, data.iloc[order, place].array)
    return shuffled


def _correlated(data: Any, parts: Mapping[str, list[int]]) -> tuple[tuple[str, str, float], ...]:
    """Pairs of parts with two columns of numbers that are strongly correlated, with the strongest correlation."""
    of_numbers: list[tuple[str, NDArray[np.float64]]] = []
    for name, places in parts.items():
        for place in places:
            column = np.asarray(data.iloc[:, place] if _is_frame(data) else data[:, place])
            if column.dtype.kind in "biuf" and (known := np.isfinite(column)).all() and np.ptp(column[known]) > 0:
                of_numbers.append((name, _standardised_ranks(column)))
    found: dict[tuple[str, str], float] = {}
    for i, (one, ranks) in enumerate(of_numbers):
        for other, others in of_numbers[i + 1 :]:
            r = float(ranks @ others)
            if one != other and abs(r) >= max(CORRELATED, abs(found.get((one, other), 0.0))):
                found[one, other] = r
    return tuple((*pair, r) for pair, r in sorted(found.items(), key=lambda item: -abs(item[1])))


def _standardised_ranks(column: Array) -> NDArray[np.float64]:
    """Ranks, of equal values their mean, with mean 0 and length 1: their product is Spearman's correlation."""
    _, place, counts = np.unique(column, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    ranks = ranks - ranks.mean()
    return np.asarray(ranks / np.linalg.norm(ranks))
