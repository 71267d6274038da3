"""The figures under scikit-learn's names: `RocCurveDisplay.from_predictions(y_true, y_score)` and its relatives.

What such a call returns has `figure_` and `ax_`, as in scikit-learn, and its text alternative beside them. The `plot_…`
functions draw the same figures from values that are computed already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from evalkit._core.inputs import check_choice, to_array
from evalkit.metrics.calibration import calibration_curve
from evalkit.metrics.curves import det_curve, precision_recall_curve, roc_curve
from evalkit.metrics.matrix import ConfusionMatrix
from evalkit.metrics.ranking import average_precision_score, roc_auc_score
from evalkit.metrics.rates import Normalize
from evalkit.plots.confusion import plot_confusion_matrix
from evalkit.plots.curves import plot_det_curve, plot_precision_recall_curve, plot_roc_curve
from evalkit.plots.regression import plot_predicted_vs_true, plot_residuals
from evalkit.plots.scores import plot_reliability
from evalkit.plots.style import alt_text, png_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Display:
    """A figure as scikit-learn's displays hold it.

    Attributes
    ----------
    figure_ : matplotlib Figure
    """

    figure_: Figure

    @property
    def ax_(self) -> Any:
        """The axes of the figure, the first if there are several."""
        return self.figure_.axes[0]

    @property
    def alt_text(self) -> str:
        """What the figure shows, in words."""
        return alt_text(self.figure_)

    def _repr_png_(self) -> tuple[bytes, dict[str, str]]:
        return png_of(self.figure_), {"alt": self.alt_text}


class ConfusionMatrixDisplay(Display):
    """The confusion matrix as a picture."""

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_pred: Any,
        *,
        labels: Any = None,
        sample_weight: Any = None,
        normalize: Normalize | None = None,
    ) -> Self:
        """Count true against predicted labels, each of shape (n,), and draw the table; see `plot_confusion_matrix`."""
        return cls(plot_confusion_matrix(ConfusionMatrix.from_labels(y_true, y_pred, labels, sample_weight), normalize))


class RocCurveDisplay(Display):
    """The receiver operating characteristic."""

    @classmethod
    def from_predictions(cls, y_true: Any, y_score: Any, *, sample_weight: Any = None, pos_label: Any = None) -> Self:
        """Draw the curve of scores of shape (n,) with its area; see `plot_roc_curve`."""
        fpr, tpr, _ = roc_curve(y_true, y_score, pos_label=pos_label, sample_weight=sample_weight)
        truth = y_true if pos_label is None else _is(y_true, pos_label)
        area = roc_auc_score(truth, y_score, sample_weight=sample_weight)
        return cls(plot_roc_curve(fpr, tpr, auc=area, positive=pos_label))


class PrecisionRecallDisplay(Display):
    """Precision over recall."""

    @classmethod
    def from_predictions(cls, y_true: Any, y_score: Any, *, sample_weight: Any = None, pos_label: Any = None) -> Self:
        """Draw the curve of scores of shape (n,) with average precision; see `plot_precision_recall_curve`."""
        options = {"pos_label": pos_label, "sample_weight": sample_weight}
        precision, recall, _ = precision_recall_curve(y_true, y_score, **options)
        truth = y_true if pos_label is None else _is(y_true, pos_label)
        average = average_precision_score(truth, y_score, sample_weight=sample_weight)
        figure = plot_precision_recall_curve(
            precision, recall, average_precision=average, prevalence=float(precision[0]), positive=pos_label
        )
        return cls(figure)


class DetCurveDisplay(Display):
    """The detection error trade-off."""

    @classmethod
    def from_predictions(cls, y_true: Any, y_score: Any, *, sample_weight: Any = None, pos_label: Any = None) -> Self:
        """Draw the curve of scores of shape (n,); see `plot_det_curve`."""
        fpr, fnr, _ = det_curve(y_true, y_score, pos_label=pos_label, sample_weight=sample_weight)
        return cls(plot_det_curve(fpr, fnr, positive=pos_label))


class CalibrationDisplay(Display):
    """The reliability diagram."""

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_prob: Any,
        *,
        n_bins: int = 5,
        strategy: Literal["uniform", "quantile"] = "uniform",
        pos_label: Any = None,
    ) -> Self:
        """Draw how often probabilities of shape (n,) came true; see `plot_reliability`."""
        share, said = calibration_curve(y_true, y_prob, n_bins=n_bins, strategy=strategy, pos_label=pos_label)
        return cls(plot_reliability(share, said, positive=pos_label))


class PredictionErrorDisplay(Display):
    """Predicted numbers against true ones, or their errors."""

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_pred: Any,
        *,
        kind: Literal["actual_vs_predicted", "residual_vs_predicted"] = "residual_vs_predicted",
    ) -> Self:
        """Draw numbers of shape (n,); see `plot_residuals` and `plot_predicted_vs_true`."""
        check_choice(kind, "kind", ("actual_vs_predicted", "residual_vs_predicted"))
        draw = plot_residuals if kind == "residual_vs_predicted" else plot_predicted_vs_true
        return cls(draw(y_true, y_pred))


def _is(y_true: Any, pos_label: Any) -> Any:
    return to_array(y_true, "y_true") == pos_label
