"""The figure of a training run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from evalkit._core.extras import needs
from evalkit.plots.style import GREY, PALETTE, new_axes, with_alt
from evalkit.training.stopping import best_index

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evalkit.training.history import History

MOST_MARKERS = 30  # epochs; beyond, markers would run together


def plot_history(history: History, title: str | None) -> Figure:
    """Draw `history`. See `History.plot`."""
    needs("matplotlib")
    from matplotlib.ticker import MaxNLocator

    names = list(history.valid)
    fig, axes = new_axes(3.8 * len(names) + 0.4, 3.6, ncols=len(names), squeeze=False)
    best = best_index(history.valid[history.monitor], history.mode)
    epochs = range(history.epochs)
    marker = "o" if history.epochs <= MOST_MARKERS else ""
    for ax, name in zip(axes[0], names, strict=True):
        if name in history.train:
            ax.plot(epochs, history.train[name], color=PALETTE[1], linestyle="--", label="training")
        ax.plot(epochs, history.valid[name], color=PALETTE[0], marker=marker, markersize=3.5, label="validation")
        if best is not None:
            ax.axvline(best, color=GREY, linestyle=":", label=f"best epoch ({best})")
        ax.set_xlabel("Epoch (the first is 0)")
        ax.set_ylabel("Loss (mean per sample)" if name == "loss" else name)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(alpha=0.3)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0, 0].legend()
    if title:
        fig.suptitle(title)
    return with_alt(fig, in_words(history, title))


def in_words(history: History, title: str | None = None) -> str:
    """Describe the curves: where each starts, where it ends, and its best value."""
    plural = "epoch" if history.epochs == 1 else "epochs"
    sentences = [f"{title or 'Training curves'}, {history.epochs} {plural}."]
    for name, valid in history.valid.items():
        train = f"training {_course(history.train[name])}, " if name in history.train else ""
        sentences.append(f"{name[:1].upper() + name[1:]}: {train}validation {_course(valid)}.")
    best = best_index(history.valid[history.monitor], history.mode)
    if best is not None:
        value = history.valid[history.monitor][best]
        sentences.append(f"The best validation {history.monitor} is {_number(value)}, at epoch {best}.")
    return " ".join(sentences)


def _course(values: list[float]) -> str:
    if len(values) == 1:
        return _number(values[0])
    words = f"from {_number(values[0])} to {_number(values[-1])}"
    known = [value for value in values if math.isfinite(value)]
    if known and max(known) > 1.05 * max(values[0], values[-1]):
        words += f" with a peak of {_number(max(known))}"
    if known and min(known) < 0.95 * min(values[0], values[-1]):
        words += f" with a low of {_number(min(known))}"
    return words


def _number(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else "no finite value"
