"""The confusion matrix: how often each true label was called each label.

**Rows are the truth, columns the prediction.** Every metric about labels is a fraction of these counts, so this is the
module to read first. `ConfusionMatrix` is an immutable value: build one from labels or from scores and a threshold, ask
it for rates, look at it one class against the rest, add two of them. The sum of the matrices of the parts is the matrix
of the whole, which is why a data set that does not fit in memory, or on one machine, needs no other mathematics.

>>> cm = ConfusionMatrix.from_labels(["cat", "cat", "dog", "dog", "dog"], ["cat", "dog", "dog", "dog", "cat"])
>>> print(cm)
ConfusionMatrix(5 samples, rows are the truth, columns the prediction)
     cat  dog
cat    1    1
dog    1    2
>>> cm.accuracy
0.6
>>> cm.one_vs_rest("cat").recall
0.5
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.counts import PairCounts, count_classes, count_pairs
from evalkit._core.extras import needs
from evalkit._core.inputs import (
    Array,
    check_finite,
    check_labels,
    check_lengths,
    check_targets,
    to_array,
)
from evalkit.metrics import _display
from evalkit.metrics.rates import Label, Normalize, Rates

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False, repr=False)
class ConfusionMatrix(Rates):
    """Counts of (true label, predicted label) pairs. Rows are the truth, columns the prediction.

    Parameters
    ----------
    table : array of shape (K, K)
        `table[i, j]` rows have the true label `labels[i]` and the predicted label `labels[j]`. Counts are int64; sums
        of sample weights are float64. The array is copied and made read-only.
    labels : sequence of K labels
        Text, numbers or booleans, all different. When K is 2, the second is the **positive class**.

    Notes
    -----
    A rate whose denominator is zero (precision, when nothing was predicted positive) is `nan`: it has no value, and
    nothing is put in its place. `evalkit.precision_score` and its relatives offer `zero_division` instead.

    The rates are defined as in T. Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27 (2006).
    """

    table: Array
    labels: tuple[Label, ...]

    def __post_init__(self) -> None:
        table = to_array(self.table, "table")
        labels = tuple(to_array(self.labels, "labels").tolist()) if len(self.labels) else ()
        if not labels or table.shape != (len(labels), len(labels)):
            raise ValueError(f"table must have shape (K, K) for K labels; got {table.shape} and {len(labels)} labels.")
        if len(set(labels)) < len(labels):
            raise ValueError(f"labels must all be different, got {labels}.")
        if table.dtype.kind not in "biuf":
            raise ValueError(f"table must hold numbers, got dtype {table.dtype}.")
        check_finite(table, "table")
        table = table.astype(np.float64 if table.dtype.kind == "f" else np.int64)
        table.setflags(write=False)
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "labels", labels)

    # ------------------------------------------------------------------------------------------------- construction
    @classmethod
    def from_labels(cls, y_true: Any, y_pred: Any, labels: Any = None, sample_weight: Any = None) -> ConfusionMatrix:
        """Count true against predicted labels.

        Parameters
        ----------
        y_true, y_pred : array-like of shape (n,)
            True and predicted labels: text, whole numbers or booleans.
        labels : sequence, optional
            All labels, in the order wanted for rows and columns; with two, the positive class comes last. By default
            the labels found in the data, sorted.
        sample_weight : array-like of shape (n,), optional
            The weight of each row; by default each counts once.

        Raises
        ------
        ValueError
            If the input is empty, lengths differ, a label is missing, or a label is not among `labels`.

        Examples
        --------
        >>> ConfusionMatrix.from_labels([0, 1, 1], [0, 1, 0]).table
        array([[1, 0],
               [1, 1]])
        """
        targets = check_targets(y_true, y_pred, sample_weight)
        if targets.multilabel:
            raise ValueError("multilabel-indicator is not supported: use multilabel_confusion_matrix.")
        pairs = count_pairs(targets)
        if labels is None:
            return cls(pairs.table, tuple(pairs.labels.tolist()))
        chosen = tuple(check_labels(labels, pairs.labels).tolist())
        unknown = set(pairs.labels.tolist()) - set(chosen)
        if unknown:
            for name, values in (("y_true", targets.y_true), ("y_pred", targets.y_pred)):
                outside = ~np.isin(values, list(chosen))
                if outside.any():
                    first = int(np.argmax(outside))
                    label = values.tolist()[first]
                    raise ValueError(f"{name} contains {label!r} at index {first}, which is not in labels.")
        return cls(select_table(pairs, chosen), chosen)

    @classmethod
    def from_scores(
        cls, y_true: Any, scores: Any, threshold: float, positive: Label = 1, sample_weight: Any = None
    ) -> ConfusionMatrix:
        """Turn scores into labels and count: a score **at or above** `threshold` is called positive.

        Parameters
        ----------
        y_true : array-like of shape (n,)
            True labels, with at most one label beside `positive`.
        scores : array-like of shape (n,)
            Higher means more likely positive. Probabilities, logits or any other ranking score.
        threshold : float
        positive : label, default 1
            The positive class. It becomes the second row and column.

        Raises
        ------
        ValueError
            If a score or the threshold is NaN, the lengths differ, or `y_true` holds a third label.

        Examples
        --------
        >>> truth, scores = ["P", "N", "N", "P"], [0.6, 0.2, 0.55, 0.9]
        >>> ConfusionMatrix.from_scores(truth, scores, threshold=0.6, positive="P").accuracy
        1.0
        """
        score = to_array(scores, "scores")
        if score.ndim != 1 or score.dtype.kind not in "biuf":
            raise ValueError(f"scores must be a 1-D array of numbers, got shape {score.shape} of {score.dtype}.")
        check_finite(score, "scores")
        if threshold != threshold:
            raise ValueError("threshold is NaN.")
        truth = to_array(y_true, "y_true")
        check_lengths(y_true=truth, scores=score)
        found = count_classes(check_targets(truth, truth)).labels.tolist()
        others = [label for label in found if label != positive]
        if len(others) > 1 or isinstance(found[0], str) != isinstance(positive, str):
            raise ValueError(f"y_true must hold positive={positive!r} and at most one other label, got {found}.")
        negative = others[0] if others else _opposite(positive)
        called = score >= threshold
        binary = cls.from_labels(truth == positive, called, [False, True], sample_weight)
        return cls(binary.table, (negative, positive))

    def one_vs_rest(self, label: Label) -> ConfusionMatrix:
        """Return the 2 × 2 matrix of `label` (the positive class) against all others together.

        Raises
        ------
        ValueError
            If `label` is not one of the labels.

        Examples
        --------
        >>> cm = ConfusionMatrix([[2, 1, 1], [0, 1, 1], [1, 0, 2]], ["Red", "Black", "White"])
        >>> red = cm.one_vs_rest("Red")
        >>> red.labels, red.tp, red.fn, red.fp, red.tn
        (('not Red', 'Red'), 2, 2, 1, 4)
        """
        if label not in self.labels:
            raise ValueError(f"label {label!r} is not one of {self.labels}.")
        k = self.labels.index(label)
        tp = self.table[k, k]
        fn = self.table[k].sum() - tp
        fp = self.table[:, k].sum() - tp
        tn = self.table.sum() - tp - fn - fp
        return ConfusionMatrix(np.array([[tn, fp], [fn, tp]]), (f"not {label}", str(label)))

    def __add__(self, other: object) -> ConfusionMatrix:
        """Add the counts of two matrices. Labels that only one of them knows are kept."""
        if not isinstance(other, ConfusionMatrix):
            return NotImplemented
        if self.labels == other.labels:
            return ConfusionMatrix(self.table + other.table, self.labels)
        if {isinstance(label, str) for label in self.labels + other.labels} == {True, False}:
            raise ValueError(f"Cannot add matrices of text and of number labels: {self.labels} and {other.labels}.")
        labels = tuple(sorted({*self.labels, *other.labels}))
        tables = [select_table(PairCounts(np.array(cm.labels), cm.table), labels) for cm in (self, other)]
        return ConfusionMatrix(tables[0] + tables[1], labels)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ConfusionMatrix):
            return NotImplemented
        return self.labels == other.labels and np.array_equal(self.table, other.table)

    __hash__ = None  # type: ignore[assignment]

    def __radd__(self, other: int) -> ConfusionMatrix:
        """Let `sum` begin with 0: `sum([monday, tuesday])` are the counts of both."""
        return self if isinstance(other, int) and other == 0 else NotImplemented

    def __getitem__(self, pair: tuple[Label, Label]) -> int | float:
        """Return the count of a true and a predicted label: `cm["cat", "dog"]` are the cats that were called dogs.

        Raises
        ------
        KeyError
            If one of the two is not a label.
        """
        if not isinstance(pair, tuple) or len(pair) != 2 or any(label not in self.labels for label in pair):
            raise KeyError(f"Ask for cm[true label, predicted label] with labels of {self.labels}; got {pair!r}.")
        row, column = (self.labels.index(label) for label in pair)
        count: int | float = self.table[row, column].item()
        return count

    __iter__ = None  # a pair of labels is asked for, and no row

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Return the table: `numpy.asarray(cm)`."""
        return np.array(self.table, dtype=dtype, copy=copy)

    # ----------------------------------------------------------------------------------------------- looks and storage
    def __repr__(self) -> str:
        return _display.as_text(self)

    def _repr_html_(self) -> str:
        return _display.as_html(self)

    def alt_text(self, normalize: Normalize | None = None) -> str:
        """Describe the matrix in words, for the `alt` of a figure."""
        return _display.as_words(self, normalize)

    def plot(self, normalize: Normalize | None = None) -> Figure:
        """Draw the matrix with matplotlib and return the figure. Show it with `evalkit.plots.show(fig, alt)`."""
        from evalkit import plots

        return plots.plot_confusion_matrix(self, normalize=normalize)

    def to_frame(self) -> pd.DataFrame:
        """Return the counts as a table of pandas, true labels down and predicted labels across."""
        needs("pandas")
        import pandas as pd

        rows, columns = (pd.Index(self.labels, name=f"{what} label") for what in ("True", "Predicted"))
        return pd.DataFrame(np.array(self.table), index=rows, columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists that JSON can hold; `from_dict` restores the matrix exactly."""
        return {"labels": list(self.labels), "table": self.table.tolist(), "weighted": self.table.dtype.kind == "f"}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ConfusionMatrix:
        """Restore what `to_dict` returned.

        >>> cm = ConfusionMatrix([[3, 1], [0, 2]], ["no", "yes"])
        >>> ConfusionMatrix.from_dict(cm.to_dict()) == cm
        True
        """
        return cls(np.array(data["table"], dtype=np.float64 if data["weighted"] else np.int64), tuple(data["labels"]))


# ---------------------------------------------------------------------------------------------------------- helpers
def select_table(pairs: PairCounts, labels: Any) -> Array:
    """Return the table of `labels`, in their order; labels that never occurred get zeros."""
    place = {label: i for i, label in enumerate(pairs.labels.tolist())}
    position = np.array([place.get(label, -1) for label in labels])
    known = np.flatnonzero(position >= 0)
    table = np.zeros((len(position), len(position)), pairs.table.dtype)
    table[np.ix_(known, known)] = pairs.table[np.ix_(position[known], position[known])]
    return table


def _opposite(positive: Label) -> Label:
    """Name the negative class when every row is positive."""
    if isinstance(positive, bool):
        return not positive
    return f"not {positive}" if isinstance(positive, str) else type(positive)(positive == 0)
