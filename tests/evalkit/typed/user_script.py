"""What a user writes: `test_types.py` reads it with `mypy --strict`, and runs it."""

from __future__ import annotations

from typing import Any, Literal, assert_type

import numpy as np
from numpy.typing import NDArray

import evalkit
from evalkit import ConfusionMatrix, Interval, streaming

Array = NDArray[Any]


def scores(y_true: Array, y_pred: Array) -> dict[str, float]:
    """One number per metric."""
    return {
        "precision": evalkit.precision_score(y_true, y_pred, average="macro"),
        "recall": evalkit.recall_score(y_true, y_pred, average="micro"),
        "f1": evalkit.f1_score(y_true, y_pred, average="weighted", zero_division=np.nan),
        "jaccard": evalkit.jaccard_score(y_true, y_pred, average="macro"),
        "accuracy": evalkit.accuracy_score(y_true, y_pred),
    }


def average_or_not(y_true: Array, y_pred: Array, average: Literal["micro", "macro"] | None) -> float | Array:
    """A variable that may be None gives either."""
    return evalkit.fbeta_score(y_true, y_pred, beta=2, average=average)


def main() -> str:
    rng = np.random.default_rng(0)
    truth, called = rng.integers(0, 3, 200), rng.integers(0, 3, 200)
    proba = rng.dirichlet(np.ones(3), 200)
    assert_type(evalkit.precision_score(truth > 0, called > 0), float)
    assert_type(evalkit.precision_score(truth, called, average=None), Array)
    assert_type(evalkit.roc_auc_score(truth, proba, multi_class="ovr"), float)
    assert_type(evalkit.roc_auc_score(truth, proba, multi_class="ovr", average=None), Array)
    precision, _, _, support = evalkit.precision_recall_fscore_support(truth, called)
    assert_type(precision, Array)
    assert_type(support, Array)
    assert_type(evalkit.precision_recall_fscore_support(truth, called, average="macro")[3], None)
    assert_type(evalkit.classification_report(truth, called), str)
    report = evalkit.classification_report(truth, called, output_dict=True)
    assert_type(report, dict[str, Any])
    assert_type(evalkit.mean_absolute_error(truth, called), float)
    assert_type(evalkit.r2_score(proba, proba[::-1], multioutput="raw_values"), Array)
    cm = evalkit.ConfusionMatrix.from_labels(truth, called)
    assert_type(cm.accuracy, float)
    assert_type(cm + cm, ConfusionMatrix)
    interval = evalkit.wilson_interval(45, 48)
    low, high = interval
    assert_type(low, float)
    assert_type(interval, Interval)
    counts = streaming.LabelCounts(num_classes=3).update(truth, called)
    assert_type(counts.merge(counts).compute(), ConfusionMatrix)
    assert_type(evalkit.__version__, str)
    mean = sum(scores(truth, called).values()) / 5
    return f"{mean:.2f}, {report['accuracy']:.2f}, from {low:.2f} to {high:.2f}, {average_or_not(truth, called, None)}"


if __name__ == "__main__":
    print(main())
