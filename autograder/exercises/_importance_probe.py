"""What can be said of permutation importances without knowing how the columns were shuffled.

The learner's function gets a model that writes down every table it is asked about. So it can be seen which columns were
shuffled and how often, whatever the generator. This module runs where the learner's code runs, and imports nothing of
the course but the plain observer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograder.checking.observe import observe as observe_plain


def observe(function: Callable[..., Any], inputs: Sequence[list[Any]], *, seconds: float = 2.0) -> list[dict[str, Any]]:
    """Observe importances, and how they came about."""
    return observe_plain(lambda *arguments: properties(function, *arguments), inputs, seconds=seconds)


def in_words(model: dict[str, Any], X: Any, y: Any, seed: int) -> str:
    """What is called, and with what."""
    terms = " + ".join(f"{weight:g} · column {j}" for j, weight in enumerate(model["weights"]))
    return (
        f"permutation_importance(predict, X, y, seed={seed}), where predict says 1 if {terms} > {model['limit']:g}, "
        f"and X has the shape ({', '.join(map(str, X.shape))}),"
    )


def properties(function: Callable[..., Any], model: dict[str, Any], X: Any, y: Any, seed: int) -> dict[str, Any] | None:
    """What the exercise asks for, as names and values that a learner can read."""
    asked: list[Any] = []

    def predict(rows: Any) -> Any:
        import numpy as np

        # In one order in memory: a sum in another order can fall on the other side of the limit.
        table = np.array(rows, dtype=float, order="C")
        if table.ndim != 2 or table.shape[1] != X.shape[1]:
            raise ValueError(f"predict needs a table with {X.shape[1]} columns, got an array of shape {table.shape}.")
        asked.append(table)
        return (table @ np.array(model["weights"]) > model["limit"]).astype(int)

    answer = function(predict, X, y, seed)
    if answer is None:
        return None
    importances = _numbers(answer)
    shuffles = _shuffles(asked, X)
    return {
        "importances": importances,
        "shuffles of each column": [len(column) for column in shuffles],
        "different ones": [len(set(column)) for column in shuffles],
        "the mean loss over these shuffles": _is_mean_loss(importances, model, X, y, shuffles),
        "same seed, same answer": _numbers(function(predict, X, y, seed)) == importances,
        "other seed, other answer": _numbers(function(predict, X, y, seed + 1)) != importances,
    }


def _is_mean_loss(importances: list[float], model: dict[str, Any], X: Any, y: Any, shuffles: list[list[bytes]]) -> bool:
    """Whether the importances are what the shuffles cost that the function has made, each on the average."""
    import numpy as np

    def accuracy(table: Any) -> float:
        return float(np.mean((table @ np.array(model["weights"]) > model["limit"]) == y))

    losses = []
    for j, orders in enumerate(shuffles):
        table, scores = np.array(X, dtype=float), []
        for order in orders:
            table[:, j] = np.frombuffer(order)
            scores.append(accuracy(table))
        losses.append(accuracy(X) - sum(scores) / len(scores) if scores else float("nan"))
    return len(importances) == len(losses) and bool(np.allclose(importances, losses, rtol=0, atol=1e-9))


def _numbers(answer: Any) -> list[float]:
    """The importances as Python numbers. Raises ValueError with words for the learner."""
    try:
        return [float(value) for value in answer]
    except (TypeError, ValueError):
        raise ValueError("The answer must be a list or an array with one number for each column.") from None


def _shuffles(asked: list[Any], X: Any) -> list[list[bytes]]:
    """For each column the orders in which it was shown while all other columns were as they are."""
    import numpy as np

    found: list[list[bytes]] = [[] for _ in range(X.shape[1])]
    in_order = np.sort(X, axis=0)
    for table in asked:
        # Several shuffled tables may come at once, one below the other.
        for start in range(0, len(table) - len(X) + 1, len(X)):
            block = table[start : start + len(X)]
            (changed,) = np.nonzero((block != X).any(axis=0))
            if len(changed) == 1 and (np.sort(block[:, changed[0]]) == in_order[:, changed[0]]).all():
                found[changed[0]].append(block[:, changed[0]].tobytes())
    return found
