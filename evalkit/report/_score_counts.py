"""Areas and curves from the rows per score, or per bin of the score where there are too many to keep apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit._core.inputs import Array


@dataclass(frozen=True)
class ScoreCounts:
    """Rows per score, or per bin of the score, from the highest to the lowest.

    Attributes
    ----------
    thresholds : array of shape (T,)
        The score, or the lower edge of each bin that holds a row.
    negative, positive : arrays of shape (T,)
        The rows of either class.
    exact : bool
        Whether each place holds one score only, so that rows which share it are truly tied.
    """

    thresholds: Array
    negative: Array
    positive: Array
    exact: bool = False

    @property
    def tp(self) -> Array:
        """Positives at or above each threshold."""
        return np.cumsum(self.positive)

    @property
    def fp(self) -> Array:
        """Negatives at or above each threshold."""
        return np.cumsum(self.negative)

    def roc(self) -> tuple[Array, Array]:
        """Return false and true positive rates, from (0, 0) to (1, 1)."""
        fp, tp = self.fp, self.tp
        return np.append(0.0, fp / fp[-1]), np.append(0.0, tp / tp[-1])

    def precision_recall(self) -> tuple[Array, Array]:
        """Return precision and recall with falling recall; the last point is (1, 0), as in scikit-learn."""
        precision, recall = self.tp / (self.tp + self.fp), self.tp / self.tp[-1]
        return np.append(precision[::-1], 1.0), np.append(recall[::-1], 0.0)

    def sweep(self) -> dict[str, Array]:
        """Return precision, recall and F1 at every threshold, from the lowest threshold to the highest."""
        precision, recall = (curve[:-1] for curve in self.precision_recall())
        f1 = 2 * self.tp / (self.tp + self.fp + self.tp[-1])
        return {"Precision": precision, "Recall": recall, "F1": f1[::-1]}

    def area(self) -> tuple[float, float]:
        """Return the area under the ROC curve, and how far from it the exact one can be."""
        negative, positive = self.negative.astype(np.float64), self.positive.astype(np.float64)
        pairs = negative.sum() * positive.sum()
        below = negative.sum() - np.cumsum(negative)
        value = float((positive * (below + negative / 2)).sum() / pairs)
        return value, 0.0 if self.exact else float((positive * negative).sum() / 2 / pairs)

    def average_precision(self) -> tuple[float, float, float]:
        """Return the average precision, and the least and the most that the exact one can be.

        Rows that share a bin count as ties. In truth some may be ties, and the others come in any order. At worst all
        negatives of the bin are ahead of its positives; at best all positives are tied ahead of its negatives.
        """
        tp, fp = self.tp, self.fp
        weight = self.positive / tp[-1]
        value = float(weight @ (tp / (tp + fp)))
        if self.exact:
            return value, value, value
        before, rows = tp - self.positive, np.maximum(self.positive, 1)
        # The mean of (before + i) / (before + i + fp) over the positives i = 1 … p of the bin, from below: the sum of
        # 1 / (x + i) is at most ln((x + p) / x).
        worst = 1 - fp * np.log1p(rows / np.maximum(before + fp, 1)) / rows
        best = tp / np.maximum(tp + fp - self.negative, 1)  # where it is 0, the bin has no positives
        return value, float(weight @ worst), float(weight @ best)

    def histogram(self, edges: Array) -> tuple[Array, Array]:
        """Return the negative and the positive rows between the edges."""
        negative, positive = (
            np.histogram(self.thresholds, edges, weights=counts)[0] for counts in (self.negative, self.positive)
        )
        return negative, positive
