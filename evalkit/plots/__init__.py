"""Figures: every one with labelled axes, colours that all readers can tell apart, and a text alternative.

Each `plot_…` function returns a matplotlib Figure. `alt_text(fig)` returns its description in words, made from the
values drawn, and `show(fig, alt)` displays both in a notebook:

    fig = plot_roc_curve(fpr, tpr)
    show(fig, alt_text(fig))

matplotlib loads when a figure is drawn, not when evalkit is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evalkit.plots.confusion import plot_confusion_matrix
from evalkit.plots.curves import plot_det_curve, plot_precision_recall_curve, plot_roc_curve
from evalkit.plots.gallery import plot_mistakes, plot_saliency
from evalkit.plots.gradients import plot_gradient_flow
from evalkit.plots.intervals import plot_bootstrap, plot_slices
from evalkit.plots.regression import plot_predicted_vs_true, plot_residuals
from evalkit.plots.scores import plot_reliability, plot_score_counts, plot_score_histogram, plot_threshold_sweep
from evalkit.plots.style import PALETTE, alt_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "PALETTE",
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
    import matplotlib.pyplot as plt

    if _in_ipython():
        import html
        from base64 import b64encode

        from IPython.display import display

        encoded = b64encode(_png(fig)).decode()
        # JupyterLab drops the alt text of a bare image, so it gets the image inside HTML; nbconvert and web pages that
        # read the metadata get it there.
        image = f'<img src="data:image/png;base64,{encoded}" alt="{html.escape(alt)}" style="max-width:100%">'
        display(
            {"text/html": image, "image/png": encoded, "text/plain": alt},
            raw=True,
            metadata={"image/png": {"alt": alt}},
        )
    plt.close(fig)


def _png(fig: Figure) -> bytes:
    """The figure without its empty margins, drawn once; `savefig` draws twice to find the margins."""
    from io import BytesIO

    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.image import imsave

    png = BytesIO()
    canvas = fig.canvas if isinstance(fig.canvas, FigureCanvasAgg) else FigureCanvasAgg(fig)
    canvas.draw()
    content = np.multiply(fig.get_tightbbox(canvas.get_renderer()).extents, fig.dpi)
    pixels = np.asarray(canvas.buffer_rgba())
    height, width = pixels.shape[:2]
    if content[:2].min() < 0 or content[2] > width or content[3] > height:
        # Something reaches over the edge: a larger picture is needed.
        fig.savefig(png, format="png", dpi=fig.dpi, bbox_inches="tight")
        return png.getvalue()
    margin = fig.dpi / 10
    left, bottom = np.floor(np.maximum(content[:2] - margin, 0)).astype(int)
    right, top = np.ceil(np.minimum(content[2:] + margin, (width, height))).astype(int)
    imsave(png, pixels[height - top : height - bottom, left:right], format="png", dpi=fig.dpi)
    return png.getvalue()


def _in_ipython() -> bool:
    import sys

    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None
