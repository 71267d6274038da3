"""Silent wrong answers that other metric libraries give, or gave: what evalkit says instead.

Each test names the library and what it answers (torchmetrics 1.9, torcheval 0.0.7, scikit-learn 1.9). What belongs to
one module only is tested with that module.
"""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest

import evalkit
from evalkit import ConfusionMatrix, UndefinedMetricWarning, streaming

LABEL_METRICS = [
    evalkit.accuracy_score,
    evalkit.balanced_accuracy_score,
    evalkit.classification_report,
    evalkit.cohen_kappa_score,
    evalkit.confusion_matrix,
    evalkit.error_rate,
    evalkit.f1_score,
    evalkit.hamming_loss,
    evalkit.jaccard_score,
    evalkit.matthews_corrcoef,
    evalkit.multilabel_confusion_matrix,
    evalkit.precision_recall_fscore_support,
    evalkit.precision_score,
    evalkit.recall_score,
    evalkit.specificity_score,
    evalkit.zero_one_loss,
    ConfusionMatrix.from_labels,
]
SCORE_METRICS = [
    evalkit.average_precision_score,
    evalkit.brier_score_loss,
    evalkit.calibration_curve,
    evalkit.confusion_matrix_at_thresholds,
    evalkit.d2_brier_score,
    evalkit.d2_log_loss_score,
    evalkit.det_curve,
    evalkit.expected_calibration_error,
    evalkit.log_likelihood,
    evalkit.log_loss,
    evalkit.precision_recall_curve,
    evalkit.roc_auc_score,
    evalkit.roc_curve,
]
NUMBER_METRICS = [
    evalkit.d2_absolute_error_score,
    evalkit.d2_tweedie_score,
    evalkit.explained_variance_score,
    evalkit.max_error,
    evalkit.mean_absolute_error,
    evalkit.mean_absolute_percentage_error,
    evalkit.mean_pinball_loss,
    evalkit.mean_squared_error,
    evalkit.mean_squared_log_error,
    evalkit.mean_tweedie_deviance,
    evalkit.median_absolute_error,
    evalkit.r2_score,
    evalkit.root_mean_squared_error,
]
ACCUMULATORS = [
    lambda: streaming.LabelCounts(num_classes=2),
    streaming.ExactAUC,
    streaming.BinnedAUC,
    streaming.LogLoss,
    streaming.Calibration,
    streaming.Regression,
]


def second_argument(metric) -> str:
    """The name by which a message must call the predictions: `from_labels` is bound, the others are functions."""
    return list(inspect.signature(metric).parameters)[1]


# ------------------------------------------------------------------------------------- what cannot be scored is refused
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("metric", LABEL_METRICS + SCORE_METRICS + NUMBER_METRICS, ids=lambda metric: metric.__name__)
def test_a_prediction_that_is_no_number_is_never_scored(metric, bad) -> None:
    """torchmetrics and torcheval rank NaN as the best score (area 1.0); torcheval counts it as a right label."""
    with pytest.raises(ValueError, match=second_argument(metric)):
        metric([0, 1, 0, 1], [0.0, 1.0, 0.0, bad])


@pytest.mark.parametrize("make", ACCUMULATORS, ids=lambda make: type(make()).__name__)
def test_a_batch_with_nan_is_refused(make) -> None:
    with pytest.raises(ValueError, match=r"y_(pred|score|proba)"):
        make().update([0, 1, 0, 1], [0.0, 1.0, 0.0, math.nan])


@pytest.mark.parametrize("metric", LABEL_METRICS + SCORE_METRICS + NUMBER_METRICS, ids=lambda metric: metric.__name__)
def test_nothing_has_no_score(metric) -> None:
    """torcheval answers nan or a RuntimeError, torchmetrics zeros or an IndexError, depending on the metric."""
    with pytest.raises(ValueError, match=r"y_|y1"):
        metric([], [])


@pytest.mark.parametrize("metric", LABEL_METRICS + SCORE_METRICS + NUMBER_METRICS, ids=lambda metric: metric.__name__)
def test_rows_without_a_partner_are_refused(metric) -> None:
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        metric([0, 1, 0, 1], [0, 1, 0])


@pytest.mark.parametrize("metric", LABEL_METRICS + SCORE_METRICS, ids=lambda metric: metric.__name__)
def test_swapped_arguments_are_noticed(metric) -> None:
    """Libraries disagree on the order (truth first here, predictions first in torchmetrics and torcheval)."""
    with pytest.raises(ValueError, match=r"continuous|pos_label|y_true"):
        metric([0.2, 0.7, 0.6, 0.1], [0, 1, 1, 0])


# ------------------------------------------------------------------------------------------ labels outside the classes
@pytest.mark.parametrize("outside", [5, 3, -1])
def test_a_label_outside_the_classes_is_refused(outside) -> None:
    """torchmetrics counts (truth 0, prediction 5 of 3) as (1, 2); torcheval writes outside its memory for −1."""
    with pytest.raises(ValueError, match="y_pred"):
        ConfusionMatrix.from_labels([0, 1, 2], [outside, 1, 2], labels=[0, 1, 2])
    counts = streaming.LabelCounts(num_classes=3)
    with pytest.raises(ValueError, match="y_pred"):
        counts.update([0, 1, 2], [outside, 1, 2])
    assert counts.compute().table.sum() == 0


def test_absent_classes_do_not_change_the_score() -> None:
    """torchmetrics' macro averages used to fall when num_classes rose (its issues 295 and 1664)."""
    y_true, y_pred = [0, 0, 1, 1], [0, 1, 1, 1]
    expected = 0.75
    assert ConfusionMatrix.from_labels(y_true, y_pred, labels=range(100)).balanced_accuracy == expected
    recall = evalkit.recall_score(y_true, y_pred, labels=range(100), average="macro", zero_division=math.nan)
    assert recall == expected
    with pytest.warns(UndefinedMetricWarning, match="no true samples"):  # 98 recalls of 0/0, and it says so
        assert evalkit.recall_score(y_true, y_pred, labels=range(100), average="macro") == expected * 2 / 100


def test_balanced_accuracy_ignores_a_class_that_is_only_predicted() -> None:
    """torchmetrics: 0.5, because it divides by three classes."""
    with pytest.warns(UserWarning, match="classes not in y_true"):
        assert evalkit.balanced_accuracy_score([0, 0, 1, 1], [0, 2, 1, 1]) == 0.75


# -------------------------------------------------------------------------------------- what is undefined is said to be
def test_one_class_has_no_area() -> None:
    """torchmetrics: 0.0; torcheval: 0.5 without a warning."""
    with pytest.warns(UndefinedMetricWarning):
        assert math.isnan(evalkit.roc_auc_score([1, 1, 1], [0.1, 0.5, 0.9]))


def test_no_positives_warn() -> None:
    """torcheval: −0.0 without a warning."""
    with pytest.warns(UserWarning, match="No positive class"):
        value = evalkit.average_precision_score([0, 0, 0], [0.1, 0.5, 0.9])
    assert math.copysign(1, value) == 1


def test_one_class_has_no_correlation() -> None:
    """torchmetrics: 1.0 where there is one class and all predictions are right, which says nothing."""
    with pytest.warns(UserWarning, match="single label"):
        assert evalkit.matthews_corrcoef([1, 1, 1], [1, 1, 1]) == 0
    assert math.isnan(evalkit.matthews_corrcoef([1, 1, 1], [1, 1, 0], replace_undefined_by=math.nan))


@pytest.mark.parametrize("metric", [evalkit.precision_score, evalkit.recall_score, evalkit.f1_score])
def test_nothing_over_nothing_is_not_silently_zero(metric) -> None:
    """torchmetrics: 0.0 without a warning."""
    with pytest.warns(UndefinedMetricWarning):
        assert metric([0, 0], [0, 0]) == 0
    assert math.isnan(metric([0, 0], [0, 0], zero_division=math.nan))
    empty = ConfusionMatrix.from_labels([0, 0], [0, 0], labels=[0, 1])
    assert math.isnan(empty.precision)
    assert math.isnan(empty.recall)
    assert math.isnan(empty.f1)


# ------------------------------------------------------------------------------------------------------------- numerics
def test_r2_of_nearly_constant_truth() -> None:
    """torchmetrics: 0; torcheval, in float32: −∞. The predictions are 270 million times worse than the mean."""
    y_true = np.array([1.0, 1.0, 1.0, 1.0001])
    y_pred = np.array([1.0, 1.0, 2.0, 0.0])
    spread = np.square(y_true - y_true.mean()).sum()
    expected = 1 - np.square(y_true - y_pred).sum() / spread
    assert evalkit.r2_score(y_true, y_pred) == pytest.approx(expected, rel=1e-9)
    assert streaming.Regression().update(y_true, y_pred).compute().r2_score == pytest.approx(expected, rel=1e-9)
    assert expected < -2e8


@pytest.mark.slow
def test_float32_counts_and_means_of_many_rows_are_exact() -> None:
    """A float32 counter, such as torcheval's, stops at 2²⁴ = 16,777,216 rows."""
    rows = 2**24 + 3
    right = np.ones(rows, bool)
    right[:3] = False
    counts = ConfusionMatrix.from_labels(right, np.ones(rows, bool))
    assert counts.total == rows
    assert evalkit.accuracy_score(np.ones(rows, bool), right, normalize=False) == 2**24
    ones = np.ones(rows, np.float32)
    assert evalkit.mean_absolute_error(ones, np.zeros(rows, np.float32)) == 1


def test_whole_weights_beyond_float64_are_refused() -> None:
    """scikit-learn: −2, because int64 overflows in silence."""
    weight = np.full(3, 2**63 - 1)
    with pytest.raises(ValueError, match="sample_weight"):
        evalkit.confusion_matrix([0, 1, 1], [0, 1, 1], sample_weight=weight)
    weight = np.array([2**52 - 1, 2**51, 2**51 + 1])
    assert evalkit.confusion_matrix([0, 1, 1], [0, 1, 1], sample_weight=weight)[1, 1] == 2**52 + 1


def test_a_third_is_a_third() -> None:
    """1 − 2/3 is not 1/3 in floating point; the wrong rows are counted instead."""
    assert evalkit.hamming_loss([0, 1, 1], [0, 1, 0]) == 1 / 3


# ---------------------------------------------------------------------------------------------- batches decide nothing
def test_the_mean_over_batches_is_not_the_metric() -> None:
    """Keras used to show the mean of the recalls of the batches."""
    y_true, y_pred = np.array([1, 1, 1, 0, 0, 1, 0, 0]), np.array([1, 1, 1, 0, 0, 0, 1, 0])
    counts = streaming.LabelCounts(num_classes=2)
    of_batches = []
    for rows in (slice(0, 4), slice(4, 8)):
        counts.update(y_true[rows], y_pred[rows])
        of_batches.append(evalkit.recall_score(y_true[rows], y_pred[rows]))
    assert counts.compute().recall == evalkit.recall_score(y_true, y_pred) == 0.75
    assert np.mean(of_batches) == 0.5


def test_scores_are_compared_as_they_are() -> None:
    """torchmetrics squashes a batch that leaves [0, 1], so that 0.9 means 0.9 in one batch and 0.71 in the next."""
    y_true, scores = [1, 1, 0], [0.9, 3.0, -2.0]
    whole = ConfusionMatrix.from_scores(y_true, scores, threshold=0.8)
    parts = [ConfusionMatrix.from_scores([t], [s], threshold=0.8) for t, s in zip(y_true, scores, strict=True)]
    assert whole.table.tolist() == (parts[0] + parts[1] + parts[2]).table.tolist() == [[1, 0], [0, 2]]
