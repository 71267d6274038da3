"""evalkit: evaluation metrics with the names and the meaning of scikit-learn's, computed from one count.

>>> from evalkit import ConfusionMatrix
>>> ConfusionMatrix.from_labels([0, 1, 1, 1], [0, 1, 1, 0]).accuracy
0.75
"""

from evalkit._inputs import InvalidParameterError
from evalkit._warnings import UndefinedMetricWarning
from evalkit.metrics.classification import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    fbeta_score,
    precision_recall_fscore_support,
    precision_score,
    recall_score,
)
from evalkit.metrics.counting import ConfusionMatrix, confusion_matrix, multilabel_confusion_matrix
from evalkit.metrics.regression import mean_absolute_error, mean_squared_error, r2_score, root_mean_squared_error
from evalkit.metrics.report import classification_report

__all__ = [
    "ConfusionMatrix",
    "InvalidParameterError",
    "UndefinedMetricWarning",
    "accuracy_score",
    "balanced_accuracy_score",
    "classification_report",
    "confusion_matrix",
    "f1_score",
    "fbeta_score",
    "mean_absolute_error",
    "mean_squared_error",
    "multilabel_confusion_matrix",
    "precision_recall_fscore_support",
    "precision_score",
    "r2_score",
    "recall_score",
    "root_mean_squared_error",
]
