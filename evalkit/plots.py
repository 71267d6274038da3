"""Figures: every one with labelled axes, colours that all readers can tell apart, and a text alternative.

matplotlib loads when a figure is drawn, not when evalkit is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evalkit.metrics import _display

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evalkit.metrics._rates import Normalize
    from evalkit.metrics.matrix import ConfusionMatrix

# The palette of M. Okabe and K. Ito, "Color Universal Design" (2008): blue, vermillion, bluish green, reddish purple,
# orange, sky blue, black, yellow. Yellow comes last because it is faint on white.
PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442"]

WRITTEN = 25  # classes; numbers in smaller cells could not be read


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
        from io import BytesIO

        from IPython.display import display

        buffer = BytesIO()
        fig.savefig(buffer, format="png", dpi=fig.dpi, bbox_inches="tight")
        encoded = b64encode(buffer.getvalue()).decode()
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


def plot_confusion_matrix(cm: ConfusionMatrix, normalize: Normalize | None = None) -> Figure:
    """Draw a confusion matrix. Rows are the truth, columns the prediction.

    Parameters
    ----------
    cm : ConfusionMatrix
    normalize : {"true", "pred", "all"}, optional
        Write and shade shares of the row, the column or the whole instead of counts.

    Returns
    -------
    matplotlib Figure
        Light cells are low and dark cells high, also in greyscale, and each cell holds its number.
    """
    import matplotlib.pyplot as plt

    values: Any = cm.table if normalize is None else cm.normalize(normalize)
    k = len(cm.labels)
    side = min(max(2.2 + 0.7 * k, 3.6), 12.0)
    fig: Figure
    fig, ax = plt.subplots(figsize=(side + 0.8, side), layout="constrained")
    image = ax.imshow(values, cmap="Blues", vmin=min(0.0, float(values.min())), vmax=None if normalize is None else 1.0)
    unit = {None: "Samples", "true": "Share of the true label", "pred": "Share of the predicted label"}
    fig.colorbar(image, ax=ax, label=unit.get(normalize, "Share of all samples"), shrink=0.8)
    if k <= WRITTEN:
        for i in range(k):
            for j in range(k):
                text = _display.number(values[i, j]) if normalize is None else f"{values[i, j]:.2f}"
                ax.text(j, i, text, ha="center", va="center", color=_contrasting(image.cmap(image.norm(values[i, j]))))
    step = max(1, k // WRITTEN)
    names = [str(label) for label in cm.labels]
    ax.set_xticks(range(0, k, step), names[::step], rotation=45 if max(map(len, names)) > 6 else 0)
    ax.set_yticks(range(0, k, step), names[::step])
    ax.set_xlabel("Predicted label")
    ax.set_ylabel("True label")
    ax.set_title(f"Confusion matrix (n = {_display.number(cm.total)})")
    return fig


def _contrasting(rgba: tuple[float, float, float, float]) -> str:
    """Return black or white, whichever has the higher contrast on this colour (WCAG 2, relative luminance)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgba[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if luminance > 0.179 else "white"
