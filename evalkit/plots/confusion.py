"""The confusion matrix as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evalkit._core.words import number
from evalkit.plots.style import finished, new_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evalkit.metrics.matrix import ConfusionMatrix
    from evalkit.metrics.rates import Normalize

WRITTEN = 25  # classes; numbers in smaller cells could not be read


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
    values: Any = cm.table if normalize is None else cm.normalize(normalize)
    k = len(cm.labels)
    names = [str(label) for label in cm.labels]
    texts = (
        [[number(v) if normalize is None else f"{v:.2f}" for v in row] for row in values] if k <= WRITTEN else [[""]]
    )
    longest = max(len(text) for row in texts for text in row)
    # As large as the numbers need, and no larger: a large picture is scaled down on a narrow screen, letters and all.
    side = min(max(k * max(0.4, 0.09 * longest + 0.1), 2.4), 10.0)
    size = min(10.0, 72 * side / k / (0.72 * (longest + 1)))
    room = 0.06 * max(map(len, names))
    fig, ax = new_axes(1.18 * side + room + 1.5, side + room + 1.1)
    image = ax.imshow(values, cmap="Blues", vmin=min(0.0, float(values.min())), vmax=None if normalize is None else 1.0)
    unit = {None: "Samples", "true": "Share of the true label", "pred": "Share of the predicted label"}
    fig.colorbar(image, ax=ax, label=unit.get(normalize, "Share of all samples"), shrink=0.8)
    if k <= WRITTEN:
        for i in range(k):
            for j in range(k):
                colour = _contrasting(image.cmap(image.norm(values[i, j])))
                ax.text(j, i, texts[i][j], ha="center", va="center", fontsize=size, color=colour)
    step = max(1, k // WRITTEN)
    ax.set_xticks(range(0, k, step), names[::step], rotation=45 if max(map(len, names)) > 6 else 0)
    ax.set_yticks(range(0, k, step), names[::step])
    title = f"Confusion matrix (n = {number(cm.total)})"
    return finished(fig, ax, title, "Predicted label", "True label", cm.alt_text(normalize))


def _contrasting(rgba: tuple[float, float, float, float]) -> str:
    """Return black or white, whichever has the higher contrast on this colour (WCAG 2, relative luminance)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgba[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if luminance > 0.179 else "white"
