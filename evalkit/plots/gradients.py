"""Gradients from layer to layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.inputs import Array, check_finite, numbers
from evalkit.plots.style import DASHES, GREY, PALETTE, finished, new_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKERS = ["o", "s", "^", "D"]
MOST_MARKERS = 60  # layers; beyond, markers would run together


def plot_gradient_flow(flows: Mapping[str, Any], *, title: str = "Gradient in each layer") -> Figure:
    """Draw the length of the gradient in each layer, from the first to the last, for one network or several.

    Parameters
    ----------
    flows : dict of str to sequence of float
        For each network its name for the legend, and the norms of its layers in forward order: `GradientFlow.norms`,
        or the `GradientFlow` itself. Layers without any gradient are marked at the lower edge.
    title : str

    Raises
    ------
    ValueError
        If there are no networks, or norms are missing, negative, NaN or infinite.

    Examples
    --------
    >>> from evalkit.plots import alt_text
    >>> fig = plot_gradient_flow({"with skips": [0.4, 0.5, 0.8], "plain": [1e-6, 0.001, 0.9]})
    >>> print(alt_text(fig))
    Gradient in each layer, on a logarithmic axis. With skips: 3 layers, from 0.4 in the first to 0.8 in the last; the \
smallest is 0.4, the largest 0.8. Plain: 3 layers, from 1e-06 in the first to 0.9 in the last; the smallest is 1e-06, \
the largest 0.9.
    """
    if not flows:
        raise ValueError("flows must hold at least one network.")
    series = {name: _norms(flow, name) for name, flow in flows.items()}
    fig, ax = new_axes(6.4, 4.0)
    positive = np.concatenate([norms[norms > 0] for norms in series.values()])
    # On a logarithmic axis zero has no place, so those layers get a mark below everything else.
    floor = float(positive.min()) / 10 if len(positive) else 0.1
    for index, (name, norms) in enumerate(series.items()):
        layers = np.arange(1, len(norms) + 1)
        ax.plot(
            layers,
            np.where(norms > 0, norms, np.nan),
            color=PALETTE[index % len(PALETTE)],
            linestyle=DASHES[index % len(DASHES)],
            marker=MARKERS[index % len(MARKERS)] if len(norms) <= MOST_MARKERS else "",
            markersize=4,
            label=name or None,
        )
        if not norms.all():
            dead = layers[norms == 0]
            ax.plot(dead, np.full(len(dead), floor), linestyle="", marker="x", color=GREY, label="no gradient")
    ax.set_yscale("log")
    ax.grid(alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
    if ax.get_legend_handles_labels()[1]:
        ax.legend()
    words = " ".join(_in_words(name, norms) for name, norms in series.items())
    alt = f"{title}, on a logarithmic axis. {words}"
    return finished(fig, ax, title, "Layer, in forward order", "Length of the gradient", alt)


def _norms(flow: Any, name: str) -> Array:
    given: Sequence[float] = getattr(flow, "norms", flow)
    where = f"flows[{name!r}]"
    norms = numbers(given, where).astype(np.float64)
    if norms.ndim != 1 or not len(norms):
        raise ValueError(f"{where} must hold one norm for each layer, got shape {norms.shape}.")
    check_finite(norms, where)
    if (norms < 0).any():
        raise ValueError(f"{where} must hold lengths, and {norms.min():.3g} is negative.")
    return norms


def _in_words(name: str, norms: Array) -> str:
    start = f"{name[:1].upper()}{name[1:]}: " if name else ""
    words = (
        f"{start}{len(norms)} layer{'' if len(norms) == 1 else 's'}, from {norms[0]:.3g} in the first to "
        f"{norms[-1]:.3g} in the last; the smallest is {norms.min():.3g}, the largest {norms.max():.3g}."
    )
    dead = int((norms == 0).sum())
    return f"{words} No gradient reaches {dead} of them." if dead else words
