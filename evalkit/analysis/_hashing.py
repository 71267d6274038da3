"""Hashes of rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evalkit._core.inputs import Array

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
