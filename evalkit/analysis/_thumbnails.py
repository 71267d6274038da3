"""Images described by small grey copies of themselves, so that light, size and compression hardly matter."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit._core.inputs import Array
from evalkit.analysis._rows import unit

SIDE = 8  # pixels of a thumbnail, in each direction
COLOURS = (1, 3, 4)  # grey, three colours, three colours and transparency
FLAT = 1e-9  # of an image's contrast: a difference that is rounding


def channels_last(images: Array) -> Array:
    """Images as (n, height, width, channels); those of shape (n, channels, height, width) are turned."""
    if images.ndim == 4 and images.shape[1] in COLOURS and images.shape[3] > max(COLOURS):
        return images.transpose(0, 2, 3, 1)
    return images


def thumbnail_shape(*arrays: Array) -> tuple[int, int]:
    """Return height and width of thumbnails that no image has to be enlarged for."""
    return min(SIDE, *(len(a[0]) for a in arrays)), min(SIDE, *(len(a[0][0]) for a in arrays))


def thumbnails(images: Array, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Describe each image by a row of length 1; its dot product with another is the mean of two correlations.

    One is that of the grey values of the thumbnails, the other that of the steps between neighbours, which does not
    let a light sky over a dark ground alone decide. A row is zero where an image has no contrast.
    """
    grey = images.mean(axis=3, dtype=np.float64) if images.ndim == 4 else images.astype(np.float64)
    small = _shrunk(grey, *shape)
    values = small.reshape(len(small), -1)
    values = values - values.mean(axis=1, keepdims=True)
    steps = [np.diff(small, axis=axis).reshape(len(small), -1) for axis in (1, 2)]
    found = np.concatenate([unit(values), unit(np.concatenate(steps, axis=1))], axis=1) / np.sqrt(2)
    contrast = np.ptp(grey, axis=(1, 2))
    found[(contrast == 0) | (np.ptp(values, axis=1) <= FLAT * contrast)] = 0
    return np.asarray(found)


def _shrunk(images: NDArray[Any], height: int, width: int) -> NDArray[np.float64]:
    """Images of another size, each new pixel the mean of the area that it covers."""
    return np.asarray(_areas(images.shape[1], height) @ images @ _areas(images.shape[2], width).T)


def _areas(old: int, new: int) -> NDArray[np.float64]:
    """Shape (new, old): how much each old pixel contributes to each new one."""
    edges = np.linspace(0, old, new + 1)
    low, high = edges[:-1, np.newaxis], edges[1:, np.newaxis]
    pixel = np.arange(old)
    overlap = np.clip(np.minimum(high, pixel + 1) - np.maximum(low, pixel), 0, None)
    return np.asarray(overlap / overlap.sum(axis=1, keepdims=True))
