"""Top-k accuracy: how often the true label is among the k labels with the highest scores."""

from __future__ import annotations

from typing import Any, Self

from evalkit._core.inputs import numbers
from evalkit._core.sums import DoubleDouble, WeightedMean
from evalkit.metrics.top_k import check_k, hits_of, warn_if_meaningless
from evalkit.streaming._rows import Classes, same_length
from evalkit.streaming.accumulator import MeanAccumulator


class TopK(MeanAccumulator):
    """The share of rows whose true label is among the k labels with the highest scores.

    The values and warnings are those of `evalkit.top_k_accuracy_score`, whose hits it counts.

    Parameters
    ----------
    k : int
    labels : sequence of K labels, optional
        The labels in the order of the columns of `y_score`.
    num_classes : int, optional
        The same as `labels=range(num_classes)`.

    Notes
    -----
    Nothing is sorted: the true label is among the top k when fewer than k scores are above its own. Of equal scores the
    one further to the right comes first, as in `sklearn.metrics.top_k_accuracy_score`. Two classes have two columns
    here; the function takes one, and looks at all rows to tell what it means. Memory: two counts.

    Examples
    --------
    >>> scores = [[0.5, 0.2, 0.2], [0.3, 0.4, 0.2], [0.2, 0.4, 0.3], [0.7, 0.2, 0.1]]
    >>> TopK(2, num_classes=3).update([0, 1, 2, 2], scores).compute()
    0.75
    """

    _name = "top-k accuracy"

    def __init__(self, k: int, labels: Any = None, num_classes: int | None = None) -> None:
        if labels is None and num_classes is None:
            raise ValueError("Give labels or num_classes.")
        check_k(k)
        self._k = k
        self._classes = Classes(labels, num_classes)
        self._sum = WeightedMean()

    def update(self, y_true: Any, y_score: Any) -> Self:
        """Take in true labels of shape (n,) and scores of shape (n, K).

        Raises
        ------
        ValueError
            If a score is NaN or infinite, the shape does not fit, or a label is not among `labels`.
        """
        score = numbers(y_score, "y_score")
        if score.shape[1:] != (len(self._classes),):
            raise ValueError(f"y_score must have shape (n, {len(self._classes)}), got {score.shape}.")
        codes = self._classes.codes(y_true, "y_true")
        same_length(codes, score, "y_score")
        self._sum += WeightedMean.of(hits_of(codes, score, self._k))
        return self

    def compute(self) -> float:
        """Return the share of hits.

        Warns
        -----
        UndefinedMetricWarning
            If there are no rows (the value is then nan), or k is not below the number of classes, so that every row
            counts as right.
        """
        warn_if_meaningless(self._k, len(self._classes))
        return super().compute()

    def _settings(self) -> dict[str, Any]:
        return {"k": self._k, "labels": list(self._classes.labels)}

    def _state(self) -> dict[str, Any]:
        return {"hits": int(self._sum.total.high), "count": self._sum.weight}

    def _restore(self, state: dict[str, Any]) -> None:
        self._sum = WeightedMean(DoubleDouble(float(state["hits"])), state["count"])
