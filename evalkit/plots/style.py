"""What all figures share: colours, line styles, axes from 0 to 1, and the words that go with a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.extras import needs
from evalkit._core.inputs import Array, check_finite, check_lengths, numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The palette of M. Okabe and K. Ito, "Color Universal Design" (2008): blue, vermillion, bluish green, reddish purple,
# orange, sky blue, black, yellow. Yellow comes last because it is faint on white.
PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442"]

# In greyscale colours can look alike, so lines also differ in their dashes and bars in their hatching.
DASHES = ["-", "--", "-.", ":"]
HATCHES = ["", "///", "...", "xxx"]
GREY = "#6b6b6b"  # reference lines: 5.3 : 1 against white

MOST_POINTS = 1000  # of a curve: more cannot be told apart on the page


def new_axes(width: float = 5.6, height: float = 4.2, **grid: Any) -> tuple[Any, Any]:
    """Return a figure and its axes (an array of them if `grid` asks for several), with room for the labels."""
    needs("matplotlib")
    import matplotlib.pyplot as plt

    fig = plt.figure(figsize=(width, height), layout="constrained")
    # pyplot need not keep it: a notebook would display it a second time, and a loop would fill the memory.
    plt.close(fig)
    return fig, fig.subplots(**grid)


def finished(fig: Any, ax: Any, title: str, x: str, y: str, alt: str) -> Figure:
    """Write title and axis labels, keep the text alternative with the figure, and return it."""
    ax.set_title(title)
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    return with_alt(fig, alt)


def with_alt(fig: Any, alt: str) -> Figure:
    """Keep the text alternative as the figure's label, where `alt_text` finds it. What is written stays as it is."""
    from matplotlib.text import Text
    from matplotlib.ticker import FixedLocator

    axes = [axis for ax in fig.axes for axis in (ax.xaxis, ax.yaxis)]
    # Powers of ten beside an axis are formulas, and matplotlib's own.
    computed = [axis for axis in axes if not isinstance(axis.get_major_locator(), FixedLocator)]
    ticks = [tick for axis in computed for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())]
    own = {id(text) for tick in ticks for text in (tick.label1, tick.label2)}
    for text in fig.findobj(Text):
        # Names of classes and columns come from elsewhere: "$" in them is a dollar, not the start of a formula.
        if id(text) not in own:
            text.set_parse_math(False)
    fig.set_label(alt)
    figure: Figure = fig
    return figure


def alt_text(fig: Figure) -> str:
    """Return the text alternative that a figure of `evalkit.plots` was drawn with.

    Parameters
    ----------
    fig : matplotlib Figure

    Raises
    ------
    ValueError
        If the figure has none, because it was not drawn by `evalkit.plots`.
    """
    alt = str(fig.get_label())
    if not alt:
        raise ValueError("This figure has no text alternative: only figures drawn by evalkit.plots bring one.")
    return alt


def png_of(fig: Figure) -> bytes:
    """Return the figure as PNG without its empty margins, drawn once; `savefig` draws twice to find the margins."""
    from io import BytesIO

    needs("matplotlib")
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


def rates_axes(ax: Any, square: bool = True) -> None:
    """Let both axes run from 0 to 1, with a little air so that a curve on the edge can be seen."""
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.02)
    ax.grid(alpha=0.3)
    if square:
        ax.set_aspect("equal")


def columns(**values: Any) -> list[Array]:
    """Return 1-D float64 arrays of one length, or raise a ValueError that names the argument."""
    arrays = []
    for name, value in values.items():
        array = numbers(value, name).astype(np.float64)
        if array.ndim != 1 or not len(array):
            raise ValueError(f"{name} must be a 1-D array with at least one number, got shape {array.shape}.")
        check_finite(array, name)
        arrays.append(array)
    check_lengths(**dict(zip(values, arrays, strict=True)))
    return arrays


def kept(x: Array, y: Array) -> Array:
    """Return the indices of at most about a thousand points, evenly spaced along the curve; the ends always stay."""
    if len(x) <= MOST_POINTS:
        return np.arange(len(x))
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    keep = np.searchsorted(along, np.linspace(0.0, along[-1], MOST_POINTS))
    return np.unique(np.concatenate([[0], np.minimum(keep, len(x) - 1), [len(x) - 1]]))


def thinned(x: Array, y: Array) -> tuple[Array, Array]:
    """Return the points of a curve, or the thousand that are worth drawing."""
    keep = kept(x, y)
    return x[keep], y[keep]


def rate(value: float) -> str:
    """Write a rate with three decimals, or say that it has no value."""
    return "undefined" if np.isnan(value) else f"{value:.3f}"
