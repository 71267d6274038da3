"""Look at the samples themselves: the worst mistakes as a gallery, and saliency maps over their images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit._core.extras import needs
from evalkit._core.inputs import Array, check_finite, numbers
from evalkit.plots.style import new_axes, with_alt

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evalkit.analysis.mistakes import Mistake

SPOKEN = 5  # mistakes named in the text alternative
SIDE = 1.25  # inches of a picture


def plot_mistakes(
    images: Any, mistakes: Sequence[Mistake], *, names: Sequence[str] | None = None, columns: int = 6
) -> Figure:
    """Draw the images of mistakes in the order given, each with its true label and the predicted one.

    Parameters
    ----------
    images : array-like of shape (N, H, W) or (N, H, W, 3)
        All images, with values from 0 to 1; `Mistake.index` says which are drawn.
    mistakes : sequence of Mistake
        Such as `evalkit.analysis.mistakes.worst_mistakes` returns, at least one.
    names : sequence of str, optional
        What the labels are called, where they are 0, 1, 2 … By default the labels themselves.
    columns : int
        Images side by side.

    Raises
    ------
    ValueError
        If there is no mistake, an index has no image, or the images have another shape or other values.

    Examples
    --------
    >>> from evalkit.analysis.mistakes import worst_mistakes
    >>> from evalkit.plots import alt_text
    >>> found = worst_mistakes([0, 1], [[0.1, 0.9], [0.7, 0.3]])
    >>> print(alt_text(plot_mistakes(np.zeros((2, 8, 8)), found, names=["cat", "dog"])))
    2 mistakes, the worst first. Row 0: cat called dog, 90 %; row 1: dog called cat, 70 %.
    """
    pictures = _pictures(images)
    if not mistakes:
        raise ValueError("There is no mistake to draw.")
    if max(mistake.index for mistake in mistakes) >= len(pictures):
        raise ValueError(f"A mistake is in row {max(m.index for m in mistakes)}, but there are {len(pictures)} images.")

    def name(label: Any) -> str:
        return str(label if names is None else names[label])

    columns = min(columns, len(mistakes))
    rows = -(-len(mistakes) // columns)
    fig, axes = new_axes(SIDE * columns, (SIDE + 0.42) * rows, nrows=rows, ncols=columns, squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, mistake in zip(axes.flat, mistakes, strict=False):
        _draw(ax, pictures[mistake.index])
        percent = f"{100 * mistake.probability_predicted:.0f} %"
        ax.set_title(f"{name(mistake.true)}\ncalled {name(mistake.predicted)}, {percent}", fontsize=8)
    spoken = "; ".join(
        f"row {m.index}: {name(m.true)} called {name(m.predicted)}, {100 * m.probability_predicted:.0f} %"
        for m in mistakes[:SPOKEN]
    )
    rest = f" The first {SPOKEN}:" if len(mistakes) > SPOKEN else ""
    number = f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}"
    spoken = spoken if rest else spoken[0].upper() + spoken[1:]
    return with_alt(fig, f"{number}, the worst first.{rest} {spoken}.")


def plot_saliency(
    images: Any, maps: Mapping[str, Any], *, captions: Sequence[str] | None = None, title: str | None = None
) -> Figure:
    """Draw images, and beside each its saliency maps: the brighter, the more the score depends on the place.

    Each map is scaled by its own largest value, so brightness can be compared within a map only. A frame marks the
    tenth of the image, as a square, that holds most of the map.

    Parameters
    ----------
    images : array-like of shape (N, H, W) or (N, H, W, 3)
        With values from 0 to 1.
    maps : mapping of str to array-like of shape (N, H, W)
        For each method the maps of the images; no value is negative.
    captions : sequence of N str, optional
        What stands beside each image.
    title : str, optional
        Above the figure.

    Raises
    ------
    ValueError
        If there is no map, a shape does not fit, or a value is negative, NaN or infinite.

    Examples
    --------
    >>> from evalkit.plots import alt_text
    >>> spot = np.zeros((1, 8, 8))
    >>> spot[0, 6, 1] = 1
    >>> print(alt_text(plot_saliency(np.zeros((1, 8, 8)), {"gradient": spot}, captions=["a dog"])))
    Saliency maps of 1 image. a dog: gradient has 100 % of its sum in the lower left.
    """
    pictures = _pictures(images)
    arrays = {name: numbers(values, name).astype(np.float64) for name, values in maps.items()}
    if not arrays:
        raise ValueError("maps must hold at least one map.")
    for name, values in arrays.items():
        if values.shape != pictures.shape[:3]:
            raise ValueError(f"The map {name!r} has shape {values.shape}, the images {pictures.shape[:3]}.")
        check_finite(values, name)
        if (values < 0).any():
            raise ValueError(f"The map {name!r} has negative values: take absolute values first.")
    if captions is not None and len(captions) != len(pictures):
        raise ValueError(f"captions has {len(captions)} entries for {len(pictures)} images.")
    labels = list(captions) if captions is not None else [f"image {i}" for i in range(len(pictures))]
    side = max(1, round((pictures.shape[1] * pictures.shape[2] / 10) ** 0.5))
    width, height = 1.7 * (1 + len(arrays)), 1.6 * len(pictures) + 0.4
    fig, axes = new_axes(width, height, nrows=len(pictures), ncols=1 + len(arrays), squeeze=False)
    sentences = []
    for i, row in enumerate(axes):
        _draw(row[0], pictures[i])
        row[0].set_ylabel(labels[i], fontsize=9)
        told = []
        for ax, (name, values) in zip(row[1:], arrays.items(), strict=True):
            ax.imshow(values[i], cmap="magma", vmin=0, vmax=float(values[i].max()) or 1.0)
            top, left, share = _densest(values[i], side)
            _frame(ax, top, left, side)
            told.append(f"{name} has {100 * share:.0f} % of its sum in the {_place(values[i].shape, top, left, side)}")
        sentences.append(f"{labels[i]}: {', '.join(told)}.")
    for ax, heading in zip(axes[0], ("image", *arrays), strict=True):
        ax.set_title(heading, fontsize=10)
    for ax in axes.flat:
        ax.set_xticks([])
        ax.set_yticks([])
    if title:
        fig.suptitle(title)
    number = f"{len(pictures)} image{'s' if len(pictures) > 1 else ''}"
    return with_alt(fig, f"{f'{title}. ' if title else ''}Saliency maps of {number}. {' '.join(sentences)}")


def _pictures(images: Any) -> Array:
    pictures = numbers(images, "images").astype(np.float64)
    if pictures.ndim not in (3, 4) or (pictures.ndim == 4 and pictures.shape[3] != 3) or not pictures.size:
        raise ValueError(f"images must have shape (N, H, W) or (N, H, W, 3), got {pictures.shape}.")
    check_finite(pictures, "images")
    if pictures.min() < 0 or pictures.max() > 1:
        raise ValueError("images must have values from 0 to 1: undo their standardisation first.")
    return pictures


def _draw(ax: Any, picture: Array) -> None:
    ax.imshow(picture, cmap="gray", vmin=0, vmax=1)


def _densest(values: Array, side: int) -> tuple[int, int, float]:
    """Top and left of the square with the largest sum, and its share of the whole."""
    total = values.sum()
    sums = np.zeros((values.shape[0] + 1, values.shape[1] + 1))
    sums[1:, 1:] = values.cumsum(axis=0).cumsum(axis=1)
    inside = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    top, left = np.unravel_index(int(inside.argmax()), inside.shape)
    return int(top), int(left), float(inside[top, left] / total) if total else 0.0


def _place(shape: tuple[int, ...], top: int, left: int, side: int) -> str:
    """In words, in which third of the height and of the width the middle of the square is."""
    down = ("upper", "middle", "lower")[min(2, int(3 * (top + side / 2) / shape[0]))]
    across = ("left", "middle", "right")[min(2, int(3 * (left + side / 2) / shape[1]))]
    return "middle" if down == across == "middle" else f"{down} {across}"


def _frame(ax: Any, top: int, left: int, side: int) -> None:
    needs("matplotlib")
    from matplotlib.patches import Rectangle

    # White on black can be seen on every colour of the map.
    for colour, width in (("black", 3.0), ("white", 1.2)):
        ax.add_patch(Rectangle((left - 0.5, top - 0.5), side, side, fill=False, edgecolor=colour, linewidth=width))
