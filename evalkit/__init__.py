"""evalkit: evaluation metrics with the names and the meaning of scikit-learn's, computed from one count.

>>> from evalkit import ConfusionMatrix
>>> ConfusionMatrix.from_labels([0, 1, 1, 1], [0, 1, 1, 0]).accuracy
0.75
"""

from typing import TYPE_CHECKING

from evalkit._core.inputs import InvalidParameterError
from evalkit._core.warn import UndefinedMetricWarning
from evalkit.bootstrap import bootstrap_interval
from evalkit.cohorts import GroupScore, GroupScores, by_group
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
from evalkit.metrics.curves import auc, det_curve, precision_recall_curve, roc_curve
from evalkit.metrics.detection import average_precision
from evalkit.metrics.deviance import d2_tweedie_score, mean_gamma_deviance, mean_poisson_deviance, mean_tweedie_deviance
from evalkit.metrics.diagnostic import class_likelihood_ratios, jaccard_score, specificity_score
from evalkit.metrics.label_ranking import (
    coverage_error,
    dcg_score,
    label_ranking_average_precision_score,
    label_ranking_loss,
    ndcg_score,
)
from evalkit.metrics.margin import hinge_loss
from evalkit.metrics.meteor import MeteorScore, meteor_score
from evalkit.metrics.probability import brier_score_loss, d2_brier_score, d2_log_loss_score, log_likelihood, log_loss
from evalkit.metrics.quantile import (
    d2_absolute_error_score,
    d2_pinball_score,
    max_error,
    mean_pinball_loss,
    median_absolute_error,
)
from evalkit.metrics.ranking import average_precision_score, roc_auc_score
from evalkit.metrics.regression import (
    explained_variance_score,
    mean_absolute_error,
    mean_squared_error,
    r2_score,
    root_mean_squared_error,
)
from evalkit.metrics.relative import mean_absolute_percentage_error, mean_squared_log_error, root_mean_squared_log_error
from evalkit.metrics.report import classification_report
from evalkit.metrics.thresholds import confusion_matrix_at_thresholds, metric_at_thresholds
from evalkit.metrics.top_k import precision_at_k, top_k_accuracy_score
from evalkit.uncertainty import Interval, McNemar, discordant_counts, mcnemar, wilson_interval

if TYPE_CHECKING:
    __version__: str
else:

    def __getattr__(name: str) -> str:
        """Return the version of the installed package; looking it up takes longer than most metrics."""
        if name == "__version__":
            from importlib.metadata import version

            return version("evalkit-course")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "BleuScore",
    "CalibrationBins",
    "ChairResult",
    "ConfusionMatrix",
    "DetectionReport",
    "GroupScore",
    "GroupScores",
    "Interval",
    "InvalidParameterError",
    "McNemar",
    "MeteorScore",
    "UndefinedMetricWarning",
    "accuracy_score",
    "auc",
    "average_precision",
    "average_precision_score",
    "balanced_accuracy_score",
    "bleu_score",
    "bootstrap_interval",
    "box_iou",
    "brier_score_loss",
    "by_group",
    "calibration_curve",
    "chair",
    "class_likelihood_ratios",
    "classification_report",
    "cohen_kappa_score",
    "confusion_matrix",
    "confusion_matrix_at_thresholds",
    "coverage_error",
    "d2_absolute_error_score",
    "d2_brier_score",
    "d2_log_loss_score",
    "d2_pinball_score",
    "d2_tweedie_score",
    "dcg_score",
    "det_curve",
    "discordant_counts",
    "error_rate",
    "expected_calibration_error",
    "explained_variance_score",
    "f1_score",
    "fbeta_score",
    "hamming_loss",
    "hinge_loss",
    "jaccard_score",
    "label_ranking_average_precision_score",
    "label_ranking_loss",
    "log_likelihood",
    "log_loss",
    "mask_iou",
    "matthews_corrcoef",
    "max_error",
    "mcnemar",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_average_precision",
    "mean_gamma_deviance",
    "mean_pinball_loss",
    "mean_poisson_deviance",
    "mean_squared_error",
    "mean_squared_log_error",
    "mean_tweedie_deviance",
    "median_absolute_error",
    "meteor_score",
    "metric_at_thresholds",
    "multilabel_confusion_matrix",
    "ndcg_score",
    "precision_at_k",
    "precision_recall_curve",
    "precision_recall_fscore_support",
    "precision_score",
    "r2_score",
    "recall_score",
    "roc_auc_score",
    "roc_curve",
    "root_mean_squared_error",
    "root_mean_squared_log_error",
    "specificity_score",
    "top_k_accuracy_score",
    "wilson_interval",
    "zero_one_loss",
]
