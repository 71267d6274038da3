"""What benchmarks/metrics.py measures: each task with its data, its cases and the speed that is wanted.

Every case of a task works on the same arrays (torch tensors share their memory) and gives the same answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import evalkit
from evalkit import streaming

FLOOR = "one read"  # of the input: no exact metric can be faster
EVALKIT = "evalkit"
SKLEARN = "scikit-learn"
TORCHMETRICS = "torchmetrics"
UNCHECKED = "torchmetrics, unchecked"  # validate_args=False
TORCHEVAL = "torcheval"
WHOLE = "evalkit, whole array"
ONE_CORE = "evalkit, one core"  # EVALKIT_THREADS=1
COLUMNS = (FLOOR, EVALKIT, ONE_CORE, SKLEARN, TORCHMETRICS, UNCHECKED, TORCHEVAL, WHOLE)

BATCH = 10_000
N = 10_000_000

Cases = dict[str, Callable[[], Any]]


@dataclass(frozen=True)
class Task:
    """One line of the table.

    `targets` says how many times as fast as each case evalkit should be; `memory` is the limit in MB, None for none.
    """

    title: str
    cases: Callable[[int], Cases]
    rows: int = N
    targets: dict[str, float] = field(default_factory=dict)
    memory: int | None = 64


def on_one_core(run: Callable[[], Any]) -> Callable[[], Any]:
    """Return a case that does the same without a second thread."""

    def case() -> Any:
        os.environ["EVALKIT_THREADS"] = "1"
        try:
            return run()
        finally:
            del os.environ["EVALKIT_THREADS"]

    return case


# ----------------------------------------------------------------------------------------------------------------- data
def labels(n: int, k: int) -> tuple[Any, Any]:
    """Return n true labels 0 … k − 1 and predictions, 70 % of which are right on purpose."""
    rng = np.random.default_rng(0)
    y_true = rng.integers(0, k, n)
    return y_true, np.where(rng.random(n) < 0.7, y_true, rng.integers(0, k, n))


def ranked(n: int) -> tuple[Any, Any]:
    """Return labels, 30 % positive, and float32 scores between 0 and 1, some of them tied."""
    rng = np.random.default_rng(0)
    y_true = (rng.random(n) < 0.3).astype(np.int64)
    return y_true, (1 / (1 + np.exp(-(rng.standard_normal(n) + y_true)))).astype(np.float32)


def pairs(n: int) -> tuple[Any, Any]:
    """Return true and predicted float32 numbers."""
    rng = np.random.default_rng(0)
    y_true = rng.standard_normal(n, dtype=np.float32)
    return y_true, y_true + rng.standard_normal(n, dtype=np.float32) / 2


def read(*arrays: Any) -> Callable[[], None]:
    """Return a function that looks at every byte of the arrays once."""

    def look() -> None:
        for array in arrays:
            (array.view(np.uint32) if array.dtype.kind == "U" else array).max()

    return look


def batched(update: Callable[[Any, Any], Any], first: Any, second: Any) -> None:
    """Feed an accumulator batch by batch."""
    for start in range(0, len(first), BATCH):
        update(first[start : start + BATCH], second[start : start + BATCH])


# ---------------------------------------------------------------------------------------------------------------- tasks
def confusion(k: int) -> Callable[[int], Cases]:
    def cases(n: int) -> Cases:
        import torch
        from sklearn.metrics import confusion_matrix
        from torcheval.metrics import functional as te
        from torchmetrics.functional import classification as tm

        y_true, y_pred = labels(n, k)
        true, pred = torch.from_numpy(y_true), torch.from_numpy(y_pred)

        def torchmetrics(validate: bool) -> Any:
            if k == 2:
                return tm.binary_confusion_matrix(pred, true, validate_args=validate)
            return tm.multiclass_confusion_matrix(pred, true, num_classes=k, validate_args=validate)

        return {
            FLOOR: read(y_true, y_pred),
            EVALKIT: lambda: evalkit.confusion_matrix(y_true, y_pred),
            ONE_CORE: on_one_core(lambda: evalkit.confusion_matrix(y_true, y_pred)),
            SKLEARN: lambda: confusion_matrix(y_true, y_pred),
            TORCHMETRICS: lambda: torchmetrics(True),
            UNCHECKED: lambda: torchmetrics(False),
            TORCHEVAL: lambda: te.multiclass_confusion_matrix(pred, true, num_classes=k),
        }

    return cases


def precision_recall_f1(n: int) -> Cases:
    import torch
    from sklearn.metrics import precision_recall_fscore_support
    from torcheval.metrics import functional as te
    from torchmetrics.functional import classification as tm

    y_true, y_pred = labels(n, 10)
    true, pred = torch.from_numpy(y_true), torch.from_numpy(y_pred)
    of_torchmetrics = (tm.multiclass_precision, tm.multiclass_recall, tm.multiclass_f1_score)
    of_torcheval = (te.multiclass_precision, te.multiclass_recall, te.multiclass_f1_score)
    options = {"num_classes": 10, "average": "macro"}
    return {
        FLOOR: read(y_true, y_pred),
        EVALKIT: lambda: evalkit.precision_recall_fscore_support(y_true, y_pred, average="macro")[:3],
        ONE_CORE: on_one_core(lambda: evalkit.precision_recall_fscore_support(y_true, y_pred, average="macro")[:3]),
        SKLEARN: lambda: precision_recall_fscore_support(y_true, y_pred, average="macro")[:3],
        TORCHMETRICS: lambda: [score(pred, true, **options) for score in of_torchmetrics],
        UNCHECKED: lambda: [score(pred, true, **options, validate_args=False) for score in of_torchmetrics],
        TORCHEVAL: lambda: [score(pred, true, **options) for score in of_torcheval],
    }


def area(n: int) -> Cases:
    import torch
    from sklearn.metrics import roc_auc_score
    from torcheval.metrics import functional as te
    from torchmetrics.functional import classification as tm

    y_true, y_score = ranked(n)
    true, score = torch.from_numpy(y_true), torch.from_numpy(y_score)
    return {
        FLOOR: read(y_true, y_score),
        EVALKIT: lambda: evalkit.roc_auc_score(y_true, y_score),
        ONE_CORE: on_one_core(lambda: evalkit.roc_auc_score(y_true, y_score)),
        SKLEARN: lambda: roc_auc_score(y_true, y_score),
        TORCHMETRICS: lambda: tm.binary_auroc(score, true),
        UNCHECKED: lambda: tm.binary_auroc(score, true, validate_args=False),
        TORCHEVAL: lambda: te.binary_auroc(score, true),
    }


def top_5(n: int) -> Cases:
    import torch
    from sklearn.metrics import top_k_accuracy_score
    from torcheval.metrics import functional as te
    from torchmetrics.functional import classification as tm

    k = 1000
    rng = np.random.default_rng(0)
    y_score, y_true = rng.standard_normal((n, k), dtype=np.float32), rng.integers(0, k, n)
    y_score[np.arange(n), y_true] += 2
    true, score = torch.from_numpy(y_true), torch.from_numpy(y_score)
    options = {"num_classes": k, "top_k": 5, "average": "micro"}
    return {
        FLOOR: read(y_score),
        EVALKIT: lambda: evalkit.top_k_accuracy_score(y_true, y_score, k=5, labels=np.arange(k)),
        SKLEARN: lambda: top_k_accuracy_score(y_true, y_score, k=5, labels=np.arange(k)),
        TORCHMETRICS: lambda: tm.multiclass_accuracy(score, true, **options),
        UNCHECKED: lambda: tm.multiclass_accuracy(score, true, **options, validate_args=False),
        TORCHEVAL: lambda: te.multiclass_accuracy(score, true, k=5),
    }


def squared_error(n: int) -> Cases:
    import torch
    from sklearn.metrics import mean_squared_error
    from torcheval.metrics import functional as te
    from torchmetrics import functional as tm

    y_true, y_pred = pairs(n)
    true, pred = torch.from_numpy(y_true), torch.from_numpy(y_pred)
    return {
        FLOOR: read(y_true, y_pred),
        EVALKIT: lambda: evalkit.mean_squared_error(y_true, y_pred),
        SKLEARN: lambda: mean_squared_error(y_true, y_pred),
        TORCHMETRICS: lambda: tm.mean_squared_error(pred, true),
        TORCHEVAL: lambda: te.mean_squared_error(pred, true),
    }


def text(dtype: type) -> Callable[[int], Cases]:
    def cases(n: int) -> Cases:
        from sklearn.metrics import confusion_matrix

        names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
        y_true, y_pred = (np.array(names, dtype)[codes] for codes in labels(n, len(names)))
        return {
            FLOOR: read(y_true, y_pred),
            EVALKIT: lambda: evalkit.confusion_matrix(y_true, y_pred),
            ONE_CORE: on_one_core(lambda: evalkit.confusion_matrix(y_true, y_pred)),
            SKLEARN: lambda: confusion_matrix(y_true, y_pred),
        }

    return cases


def counts_in_batches(k: int) -> Callable[[int], Cases]:
    def cases(n: int) -> Cases:
        import torch
        from torchmetrics.classification import MulticlassConfusionMatrix

        y_true, y_pred = labels(n, k)
        true, pred = torch.from_numpy(y_true), torch.from_numpy(y_pred)

        def accumulate() -> Any:
            counts = streaming.LabelCounts(num_classes=k)
            batched(counts.update, y_true, y_pred)
            return counts.compute().table

        def torchmetrics(validate: bool) -> Any:
            metric = MulticlassConfusionMatrix(k, validate_args=validate)
            batched(metric.update, pred, true)
            return metric.compute()

        return {
            FLOOR: read(y_true, y_pred),
            EVALKIT: accumulate,
            WHOLE: lambda: evalkit.confusion_matrix(y_true, y_pred),
            TORCHMETRICS: lambda: torchmetrics(True),
            UNCHECKED: lambda: torchmetrics(False),
        }

    return cases


def area_in_batches(n: int) -> Cases:
    import torch
    from torchmetrics.classification import BinaryAUROC

    y_true, y_score = ranked(n)
    true, score = torch.from_numpy(y_true), torch.from_numpy(y_score)

    def accumulate() -> float:
        auc = streaming.ExactAUC()
        batched(auc.update, y_true, y_score)
        return auc.compute()

    def torchmetrics(validate: bool) -> Any:
        metric = BinaryAUROC(validate_args=validate)
        batched(metric.update, score, true)
        return metric.compute()

    return {
        FLOOR: read(y_true, y_score),
        EVALKIT: accumulate,
        WHOLE: lambda: evalkit.roc_auc_score(y_true, y_score),
        TORCHMETRICS: lambda: torchmetrics(True),
        UNCHECKED: lambda: torchmetrics(False),
    }


def errors_in_batches(n: int) -> Cases:
    import torch
    from torchmetrics import ExplainedVariance, MeanAbsoluteError, MeanSquaredError, MetricCollection, R2Score

    y_true, y_pred = pairs(n)
    true, pred = torch.from_numpy(y_true), torch.from_numpy(y_pred)

    def accumulate() -> list[float]:
        errors = streaming.Regression()
        batched(errors.update, y_true, y_pred)
        summary = errors.compute()
        return [
            summary.mean_squared_error,
            summary.mean_absolute_error,
            summary.r2_score,
            summary.explained_variance_score,
        ]

    def torchmetrics() -> list[Any]:
        metrics = MetricCollection([MeanSquaredError(), MeanAbsoluteError(), R2Score(), ExplainedVariance()])
        batched(metrics.update, pred, true)
        results = metrics.compute()
        return [results[metric] for metric in ("MeanSquaredError", "MeanAbsoluteError", "R2Score", "ExplainedVariance")]

    whole = (
        evalkit.mean_squared_error,
        evalkit.mean_absolute_error,
        evalkit.r2_score,
        evalkit.explained_variance_score,
    )
    return {
        FLOOR: read(y_true, y_pred),
        EVALKIT: accumulate,
        WHOLE: lambda: [score(y_true, y_pred) for score in whole],
        TORCHMETRICS: torchmetrics,
    }


IN_BATCHES = {WHOLE: 1 / 1.5, TORCHMETRICS: 5.0}
TASKS = (
    Task("confusion matrix, 2 classes", confusion(2), targets={SKLEARN: 25, UNCHECKED: 2}),
    Task("confusion matrix, 10 classes", confusion(10), targets={FLOOR: 1 / 3.5, SKLEARN: 25, UNCHECKED: 2}),
    Task("confusion matrix, 1000 classes", confusion(1000), targets={SKLEARN: 12, UNCHECKED: 2}),
    Task("precision, recall and F1, 10 classes", precision_recall_f1, targets={SKLEARN: 30}),
    Task(
        "area under the ROC curve",
        area,
        targets={FLOOR: 1 / 15, SKLEARN: 9, TORCHMETRICS: 4, TORCHEVAL: 4},
        memory=None,
    ),
    Task("top 5 of 1000 classes", top_5, rows=200_000, targets={SKLEARN: 50, TORCHEVAL: 5}),
    Task("mean squared error", squared_error, targets={SKLEARN: 1.8}),
    Task("confusion matrix, fixed-width text", text(str), targets={FLOOR: 1 / 12, SKLEARN: 5}),
    Task("confusion matrix, Python strings", text(object), targets={SKLEARN: 5}),
    Task("counts in batches, 10 classes", counts_in_batches(10), targets=IN_BATCHES),
    Task("counts in batches, 1000 classes", counts_in_batches(1000), targets=IN_BATCHES),
    Task("area under the ROC curve in batches", area_in_batches, targets=IN_BATCHES, memory=None),
    Task("MSE, MAE, R² and explained variance in batches", errors_in_batches, targets=IN_BATCHES),
)
