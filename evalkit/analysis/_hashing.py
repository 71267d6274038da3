"""Hashes of rows and of images."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit._core.inputs import Array

SIDE = 8  # bits in a row and in a column of a difference hash
WORDS_AT_ONCE = 1 << 20


def mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread 64-bit numbers over all 64-bit numbers: the finalizer of SplitMix64 (Steele, Lea and Flood, 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def row_hashes(rows: Array) -> NDArray[np.uint64]:
    """A 64-bit hash of each row of a 2-D array of numbers; equal rows have equal hashes, and all NaN count as equal."""
    hashes = np.zeros(len(rows), dtype=np.uint64)
    step = max(1, WORDS_AT_ONCE // rows.shape[1])
    # Odd factors: no value is lost in the product.
    factors = mixed(np.arange(1, rows.shape[1] + 1, dtype=np.uint64)) | np.uint64(1)
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        words = part.astype(np.float64 if part.dtype.kind == "f" else np.int64)
        if words.dtype.kind == "f":
            words[words == 0] = 0.0  # −0.0 is equal to 0.0, but has other bits
            words[np.isnan(words)] = np.nan  # NaN has many bit patterns
        hashes[start : start + step] = (mixed(words.view(np.uint64)) * factors).sum(axis=1, dtype=np.uint64)
    return hashes


def difference_hashes(images: Array) -> NDArray[np.float32]:
    """The bits of each image as ±1, shape (n, 128); zeros for an image without contrast."""
    grey = images.mean(axis=3, dtype=np.float64) if images.ndim == 4 else images.astype(np.float64)
    across = np.diff(_shrunk(grey, SIDE, SIDE + 1), axis=2)
    down = np.diff(_shrunk(grey, SIDE + 1, SIDE), axis=1)
    steps = np.concatenate([across.reshape(len(grey), -1), down.reshape(len(grey), -1)], axis=1)
    contrast = np.ptp(grey, axis=(1, 2))
    # Where an image is flat, rounding must not decide.
    bits = np.where(steps > 1e-9 * contrast[:, np.newaxis], np.float32(1), np.float32(-1))
    bits[contrast == 0] = 0
    return bits


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
