"""evalkit: evaluation metrics with the names and the meaning of scikit-learn's, computed from one count.

>>> from evalkit import ConfusionMatrix
>>> ConfusionMatrix.from_labels([0, 1, 1, 1], [0, 1, 1, 0]).accuracy
0.75
"""

from evalkit._inputs import InvalidParameterError
from evalkit._warnings import UndefinedMetricWarning
from evalkit.metrics.agreement import cohen_kappa_score, error_rate, hamming_loss, matthews_corrcoef, zero_one_loss
from evalkit.metrics.bleu import BleuScore, bleu_score
from evalkit.metrics.boxes import box_iou, mask_iou
from evalkit.metrics.calibration import CalibrationBins, calibration_curve, expected_calibration_error
from evalkit.metrics.chair import ChairResult, chair
from evalkit.metrics.classification import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    fbeta_score,
    precision_recall_fscore_support,
    precision_score,
    recall_score,
)
from evalkit.metrics.coco import DetectionReport, mean_average_precision
from evalkit.metrics.counting import ConfusionMatrix, confusion_matrix, multilabel_confusion_matrix
from evalkit.metrics.detection import average_precision
from evalkit.metrics.diagnostic import class_likelihood_ratios, jaccard_score, specificity_score
from evalkit.metrics.meteor import MeteorScore, meteor_score
from evalkit.metrics.probability import brier_score_loss, d2_brier_score, d2_log_loss_score, log_likelihood, log_loss
from evalkit.metrics.regression import mean_absolute_error, mean_squared_error, r2_score, root_mean_squared_error
from evalkit.metrics.report import classification_report

__all__ = [
    "BleuScore",
    "CalibrationBins",
    "ChairResult",
    "ConfusionMatrix",
    "DetectionReport",
    "InvalidParameterError",
    "MeteorScore",
    "UndefinedMetricWarning",
    "accuracy_score",
    "average_precision",
    "balanced_accuracy_score",
    "bleu_score",
    "box_iou",
    "brier_score_loss",
    "calibration_curve",
    "chair",
    "class_likelihood_ratios",
    "classification_report",
    "cohen_kappa_score",
    "confusion_matrix",
    "d2_brier_score",
    "d2_log_loss_score",
    "error_rate",
    "expected_calibration_error",
    "f1_score",
    "fbeta_score",
    "hamming_loss",
    "jaccard_score",
    "log_likelihood",
    "log_loss",
    "mask_iou",
    "matthews_corrcoef",
    "mean_absolute_error",
    "mean_average_precision",
    "mean_squared_error",
    "meteor_score",
    "multilabel_confusion_matrix",
    "precision_recall_fscore_support",
    "precision_score",
    "r2_score",
    "recall_score",
    "root_mean_squared_error",
    "specificity_score",
    "zero_one_loss",
]
