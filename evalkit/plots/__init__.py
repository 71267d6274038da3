"""Figures: every one with labelled axes, colours that all readers can tell apart, and a text alternative.

Each `plot_…` function returns a matplotlib Figure. `alt_text(fig)` returns its description in words, made from the
values drawn, and `show(fig, alt)` displays both in a notebook:

    fig = plot_roc_curve(fpr, tpr)
    show(fig, alt_text(fig))

matplotlib loads when a figure is drawn, not when evalkit is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit._core.extras import needs
from evalkit.plots.confusion import plot_confusion_matrix
from evalkit.plots.curves import plot_det_curve, plot_precision_recall_curve, plot_roc_curve
from evalkit.plots.displays import (
    CalibrationDisplay,
    ConfusionMatrixDisplay,
    DetCurveDisplay,
    Display,
    PrecisionRecallDisplay,
    PredictionErrorDisplay,
    RocCurveDisplay,
)
from evalkit.plots.gallery import plot_mistakes, plot_saliency
from evalkit.plots.gradients import plot_gradient_flow
from evalkit.plots.intervals import plot_bootstrap, plot_slices
from evalkit.plots.regression import plot_predicted_vs_true, plot_residuals
from evalkit.plots.scores import plot_reliability, plot_score_counts, plot_score_histogram, plot_threshold_sweep
from evalkit.plots.style import PALETTE, alt_text, png_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "PALETTE",
    "CalibrationDisplay",
    "ConfusionMatrixDisplay",
    "DetCurveDisplay",
    "Display",
    "PrecisionRecallDisplay",
    "PredictionErrorDisplay",
    "RocCurveDisplay",
    "alt_text",
    "plot_bootstrap",
    "plot_confusion_matrix",
    "plot_det_curve",
    "plot_gradient_flow",
    "plot_mistakes",
    "plot_precision_recall_curve",
    "plot_predicted_vs_true",
    "plot_reliability",
    "plot_residuals",
    "plot_roc_curve",
    "plot_saliency",
    "plot_score_counts",
    "plot_score_histogram",
    "plot_slices",
    "plot_threshold_sweep",
    "show",
]


def show(fig: Figure, alt: str) -> None:
    """Display a figure once, with a text alternative for those who cannot see it, and close it.

    Outside IPython there is nowhere to display it: the figure is closed and that is all.

    Parameters
    ----------
    fig : matplotlib Figure
    alt : str
        What the figure shows, in words. It ends up in the `alt` of the image in the notebook and on the web page.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError("alt must say in words what the figure shows; got nothing.")
    needs("matplotlib")
    import matplotlib.pyplot as plt

    if _in_ipython():
        import html
        from base64 import b64encode

        from IPython.display import display

        encoded = b64encode(png_of(fig)).decode()
        # JupyterLab drops the alt text of a bare image, so it gets the image inside HTML; nbconvert and web pages that
        # read the metadata get it there.
        image = f'<img src="data:image/png;base64,{encoded}" alt="{html.escape(alt)}" style="max-width:100%">'
        display(
            {"text/html": image, "image/png": encoded, "text/plain": alt},
            raw=True,
            metadata={"image/png": {"alt": alt}},
        )
    plt.close(fig)


def _in_ipython() -> bool:
    import sys

    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None
