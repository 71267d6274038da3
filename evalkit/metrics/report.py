"""The classification report: precision, recall, F1 and support of every class on one page.

Its text is that of scikit-learn 1.9, character by character.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, Literal, overload

import numpy as np

from evalkit._core.counts import ClassCounts, count_indicators
from evalkit._core.inputs import InvalidParameterError, check_labels, check_targets
from evalkit._core.warn import warn
from evalkit.metrics._averaging import ALL_METRICS, Average, average_counts, check_zero_division, counts_per_class

AVERAGES: tuple[Average, ...] = ("micro", "macro", "weighted")
HEADERS = ("precision", "recall", "f1-score", "support")
Row = tuple[Any, ...]  # name, precision, recall, F1, support


@overload
def classification_report(
    y_true: Any, y_pred: Any, *, labels: Any = ..., target_names: Any = ..., sample_weight: Any = ...,
    digits: int = ..., output_dict: Literal[False] = ..., zero_division: Any = ...,
) -> str: ...  # fmt: skip
@overload
def classification_report(
    y_true: Any, y_pred: Any, *, labels: Any = ..., target_names: Any = ..., sample_weight: Any = ...,
    digits: int = ..., output_dict: Literal[True], zero_division: Any = ...,
) -> dict[str, Any]: ...  # fmt: skip
@overload
def classification_report(
    y_true: Any, y_pred: Any, *, labels: Any = ..., target_names: Any = ..., sample_weight: Any = ...,
    digits: int = ..., output_dict: bool, zero_division: Any = ...,
) -> str | dict[str, Any]: ...  # fmt: skip
def classification_report(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    target_names: Any = None,
    sample_weight: Any = None,
    digits: int = 2,
    output_dict: bool = False,
    zero_division: Any = "warn",
) -> str | dict[str, Any]:
    """Return precision, recall, F1 and support of every class and their averages.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,) or (n, K)
        Labels, or multi-label indicators.
    labels : array-like, optional
        The classes to report, in order. By default all that occur, sorted.
    target_names : sequence of str, optional
        Names to print instead of the labels, in the same order.
    sample_weight : array-like of shape (n,), optional
        The weight of each row.
    digits : int
        Decimals of the text.
    output_dict : bool
        Return a dict instead of text: class or average → header → float.
    zero_division : {"warn", 0, 1, nan}
        The value of a score whose denominator is zero; "warn" means 0 and a warning.

    Returns
    -------
    str or dict
        The micro average is called accuracy where it is the accuracy: when every label is reported.

    Raises
    ------
    ValueError
        If the input is empty, lengths differ, a label is missing, or there are not as many names as classes.

    Examples
    --------
    >>> print(classification_report(["cat", "dog", "dog"], ["cat", "dog", "cat"]))
                  precision    recall  f1-score   support
    <BLANKLINE>
             cat       0.50      1.00      0.67         1
             dog       1.00      0.50      0.67         2
    <BLANKLINE>
        accuracy                           0.67         3
       macro avg       0.75      0.75      0.67         3
    weighted avg       0.83      0.67      0.67         3
    <BLANKLINE>
    """
    check_zero_division(zero_division)
    _check_digits(digits)
    targets = check_targets(y_true, y_pred, sample_weight)
    counts = counts_per_class(
        targets.y_true, targets.y_pred, targets.sample_weight, labels if targets.multilabel else None
    )
    complete = not targets.multilabel
    if labels is not None and not targets.multilabel:
        chosen = check_labels(labels, counts.labels)
        complete = set(chosen.tolist()) >= set(counts.labels.tolist())
        counts = counts.select(chosen)
    names = _names(list(counts.labels), labels is not None, target_names)

    def scores(average: Average | None, of: ClassCounts = counts) -> tuple[Any, Any, Any, Any]:
        weights = targets.sample_weight if average == "samples" else None
        return average_counts(of, average, 1.0, ALL_METRICS, zero_division, weights)

    precision, recall, f1, support = scores(None)
    rows = list(zip(names, precision, recall, f1, support, strict=False))
    total = np.sum(support)
    averages: list[Row] = []
    for average in AVERAGES:
        averages.append((_heading(average, complete), *scores(average)[:3], total))
    if targets.multilabel:
        per_row = count_indicators(targets, labels, samplewise=True)
        averages.append(("samples avg", *scores("samples", per_row)[:3], total))
    return _as_dict(rows, averages) if output_dict else _as_text(names, rows, averages, digits)


def scores_of(counts: ClassCounts, average: Average | None) -> tuple[Any, Any, Any]:
    """Return precision, recall and F1 of each class, or their average; nan where one has no value (internal)."""
    return average_counts(counts, average, 1.0, (), np.nan)[:3]


def _check_digits(digits: Any) -> None:
    if isinstance(digits, bool) or not isinstance(digits, Integral) or digits < 0:
        raise InvalidParameterError(
            f"The 'digits' parameter must be an int in the range [0, inf). Got {digits!r} instead."
        )


def _names(labels: Sequence[Any], labels_given: bool, target_names: Sequence[str] | None) -> list[str]:
    """Return the name of each class, and complain where there are more or fewer names than classes."""
    if target_names is None:
        return [str(label) for label in labels]
    if len(labels) != len(target_names):
        if not labels_given:
            raise ValueError(
                f"Number of classes, {len(labels)}, does not match size of target_names, {len(target_names)}. "
                "Try specifying the labels parameter"
            )
        warn(f"labels size, {len(labels)}, does not match size of target_names, {len(target_names)}")
    return list(target_names)


def _heading(average: str, micro_is_accuracy: bool) -> str:
    return "accuracy" if average == "micro" and micro_is_accuracy else f"{average} avg"


def _as_dict(rows: list[Row], averages: list[Row]) -> dict[str, Any]:
    report: dict[str, Any] = {
        name: dict(zip(HEADERS, map(float, values), strict=True)) for name, *values in rows + averages
    }
    if averages[0][0] == "accuracy":
        report["accuracy"] = report["accuracy"]["precision"]
    return report


def _as_text(names: list[str], rows: list[Row], averages: list[Row], digits: int) -> str:
    """Align the columns as scikit-learn does, character for character."""
    width = max(*(len(name) for name in names), len("weighted avg"), digits)

    def line(name: str, *cells: str) -> str:
        return f"{name:>{width}s} " + "".join(f" {cell:>9}" for cell in cells) + "\n"

    def numbers(row: Row, is_accuracy: bool = False) -> str:
        name, *scores, support = row
        texts = [f"{score:.{digits}f}" for score in scores]
        if is_accuracy:  # the three are one number
            texts[:2] = ["", ""]
        return line(name, *texts, str(support))

    blocks = [
        line("", *HEADERS),
        "".join(numbers(row) for row in rows),
        "".join(numbers(row, is_accuracy=row[0] == "accuracy") for row in averages),
    ]
    return "\n".join(blocks)
