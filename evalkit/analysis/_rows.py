"""Compare the rows of two arrays: for equality, and by direction."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit._core.inputs import Array, to_array
from evalkit.analysis._hashing import row_hashes

Indices = NDArray[np.int64]

ROWS_AT_ONCE = 2048  # compared: a block of 2048 × 2048 similarities takes 32 MB


def same_kind(train: Any, test: Any) -> tuple[Array, Array]:
    """Both arguments as 2-D arrays of one type."""
    known, asked = to_array(train, "train"), to_array(test, "test")
    if not known.size or not asked.size:
        raise ValueError("train and test must each hold at least one row.")
    if known.shape[1:] != asked.shape[1:]:
        raise ValueError(f"Rows of train have shape {known.shape[1:]}, rows of test {asked.shape[1:]}.")
    if (known.dtype.kind in "OUT") != (asked.dtype.kind in "OUT"):
        raise ValueError(f"One of train ({known.dtype}) and test ({asked.dtype}) holds text, the other numbers.")
    kind = np.result_type(known, asked)
    return tuple(array.astype(kind, copy=False).reshape(len(array), -1) for array in (known, asked))  # type: ignore[return-value]


def equal_rows(known: Array, asked: Array) -> Indices:
    """For each row of `asked` the first equal row of `known`, or −1."""
    if known.dtype.kind not in "biuf":
        first: dict[Any, int] = {}
        for i, row in enumerate(known.tolist()):
            first.setdefault(tuple(row), i)
        return np.array([first.get(tuple(row), -1) for row in asked.tolist()], dtype=np.int64)
    hashes, wanted = row_hashes(known), row_hashes(asked)
    order = np.argsort(hashes, kind="stable")
    hashes = hashes[order]
    found = np.full(len(asked), -1, dtype=np.int64)
    pending, place = np.arange(len(asked)), np.searchsorted(hashes, wanted)
    # Rows with one hash are nearly always equal, so this loop nearly always runs once.
    while pending.size:
        inside = place < len(hashes)
        pending, place = pending[inside], place[inside]
        candidate = hashes[place] == wanted[pending]
        pending, place = pending[candidate], place[candidate]
        equal = np.zeros(len(pending), dtype=bool)
        for start in range(0, len(pending), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            one, other = known[order[place[part]]], asked[pending[part]]
            equal[part] = ((one == other) | ((one != one) & (other != other))).all(axis=1)
        found[pending[equal]] = order[place[equal]]
        pending, place = pending[~equal], place[~equal] + 1
    return found


def unit(rows: Array) -> NDArray[np.float64]:
    """Rows scaled to length 1; a row of zeros stays one, and is similar to nothing."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(rows, length, out=np.zeros_like(rows), where=length > 0))


def nearest(known: Array, asked: Array) -> tuple[Indices, NDArray[np.float64]]:
    """For each row of `asked` the first row of `known` with the largest dot product, and that product."""
    found = np.zeros(len(asked), dtype=np.int64)
    best = np.full(len(asked), -np.inf)
    for start in range(0, len(asked), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        for first in range(0, len(known), ROWS_AT_ONCE):
            products = asked[part] @ known[first : first + ROWS_AT_ONCE].T
            column = products.argmax(axis=1)
            value = products[np.arange(len(column)), column]
            better = value > best[part]
            best[part] = np.where(better, value, best[part])
            found[part] = np.where(better, first + column, found[part])
    return found, best
