"""The figures of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evalkit import plots
from evalkit.report.model import Labels, Report, SliceTable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SLICES_DRAWN = 25
HISTOGRAM_BINS = 30


def score_figures(report: Report) -> dict[str, Figure]:
    """Return the figures of the scores, by heading."""
    labels = report.labels
    if labels is None or labels.scores is None:
        return {}
    scores, positive = labels.scores, labels.positive
    values = {value.name: value.value for value in report.values}
    negatives, positives = int(scores.negative.sum()), int(scores.positive.sum())
    roc_point, pr_point = _points(labels)
    precision, recall = scores.precision_recall()
    lowest, highest = (0.0, 1.0) if labels.calibration else (scores.thresholds[-1], scores.thresholds[0])
    edges = np.linspace(lowest, max(highest, np.nextafter(lowest, np.inf)), HISTOGRAM_BINS + 1)
    below, above = scores.histogram(edges)
    return {
        "ROC curve": plots.plot_roc_curve(*scores.roc(), auc=values["ROC AUC"], point=roc_point, positive=positive),
        "Precision–recall curve": plots.plot_precision_recall_curve(
            precision,
            recall,
            average_precision=values["Average precision"],
            prevalence=positives / (positives + negatives),
            point=pr_point,
            positive=positive,
        ),
        "Metrics by threshold": plots.plot_threshold_sweep(
            scores.thresholds[::-1], scores.sweep(), threshold=labels.threshold
        ),
        "Scores by true label": plots.plot_score_counts(
            edges, {_rest(labels): below, str(positive): above}, threshold=labels.threshold
        ),
    }


def _rest(labels: Labels) -> str:
    """Name what is not the positive class."""
    names = labels.confusion.labels
    return str(names[0]) if len(names) == 2 and names[1] == labels.positive else f"not {labels.positive}"


def _points(labels: Labels) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    """Return where the predicted labels lie on the ROC and on the precision–recall curve."""
    cm = labels.confusion
    name = next((label for label in cm.labels if label == labels.positive or label == str(labels.positive)), None)
    if name is None or len(cm.labels) < 2:
        return None, None
    binary = cm.one_vs_rest(name)
    roc, pr = (binary.false_positive_rate, binary.recall), (binary.recall, binary.precision)
    return (None if np.isnan(roc).any() else roc), (None if np.isnan(pr).any() else pr)


def calibration_figure(report: Report) -> Figure | None:
    """Return the reliability diagram, if the scores are probabilities."""
    if report.labels is None or report.labels.calibration is None:
        return None
    curve = report.labels.calibration
    return plots.plot_reliability(
        curve.prob_true,
        curve.prob_pred,
        curve.count,
        error=curve.expected_calibration_error,
        positive=report.labels.positive,
    )


def slice_figure(report: Report, table: SliceTable) -> Figure:
    """Return the first metric of the slices with its intervals."""
    drawn = table.slices[:SLICES_DRAWN]
    first = [part.values[0] for part in drawn]
    overall = next(value.value for value in report.values if value.name == first[0].name)
    return plots.plot_slices(
        [part.name for part in drawn],
        [value.value for value in first],
        [value.low for value in first],
        [value.high for value in first],
        counts=[part.rows for part in drawn],
        overall=overall,
        metric=first[0].name,
        by=table.by,
    )


def regression_figures(report: Report) -> dict[str, Figure]:
    """Return the figures of predicted numbers, by heading."""
    if report.sample is None:
        return {}
    return {
        "Predicted and true values": plots.plot_predicted_vs_true(*report.sample),
        "Residuals": plots.plot_residuals(*report.sample),
    }
