"""Texts as sets of shingles, and the most similar text of a collection."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.analysis._hashing import mixed

Shingles = NDArray[np.uint64]

MOST_MATCHES = 50_000_000  # equal shingles that are counted one by one; beyond, MinHash picks candidates
BANDS, BAND_WIDTH = 38, 4  # 1 − (1 − s⁴)^38 of the pairs with similarity s become candidates


def shingles_of(text: str, length: int) -> Shingles:
    """The distinct runs of `length` characters of a text, hashed to 64 bits, in ascending order.

    Case, punctuation, accents' encoding and spacing are evened out before.
    """
    words = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()
    codes = np.frombuffer(words.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    length = max(1, min(length, len(codes)))
    if not codes.size:
        return np.zeros(0, dtype=np.uint64)
    hashes = np.zeros(len(codes) - length + 1, dtype=np.uint64)
    for offset in range(length):
        hashes = mixed(hashes + codes[offset : offset + len(hashes)] + np.uint64(1))
    return np.unique(hashes)


def most_similar_texts(
    train: Sequence[str], test: Sequence[str], length: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each test text the training text with the largest Jaccard index, the first of several, and the index.

    A text of nothing but punctuation is similar to none.
    """
    known = [shingles_of(text, length) for text in train]
    asked = [shingles_of(text, length) for text in test]
    sizes = np.array([len(shingles) for shingles in known])
    owners = np.repeat(np.arange(len(known)), sizes)
    pool = np.concatenate(known)
    order = np.argsort(pool, kind="stable")
    pool, owners = pool[order], owners[order]
    ranges = [(np.searchsorted(pool, s, "left"), np.searchsorted(pool, s, "right")) for s in asked]
    matches = sum(int((high - low).sum()) for low, high in ranges)
    exact = matches <= MOST_MATCHES
    candidates = None if exact else _candidates(known, asked, np.random.default_rng(seed))

    found = np.zeros(len(asked), dtype=np.int64)
    best = np.zeros(len(asked))
    for row, shingles in enumerate(asked):
        if not shingles.size:
            continue
        if candidates is None:
            shared = np.bincount(_owners(owners, *ranges[row]), minlength=len(known))
            rows: NDArray[Any] = np.flatnonzero(shared)
            shared = shared[rows]
        else:
            rows = candidates[row]
            shared = np.array([np.isin(known[i], shingles, assume_unique=True).sum() for i in rows])
        if rows.size:
            similarity = shared / (sizes[rows] + len(shingles) - shared)
            winner = int(similarity.argmax())
            found[row], best[row] = rows[winner], similarity[winner]
    return found, best


def _owners(owners: NDArray[Any], low: NDArray[Any], high: NDArray[Any]) -> NDArray[Any]:
    """The texts that hold the shingles in these ranges of the pool, one entry for each shingle."""
    counts = high - low
    before = np.cumsum(counts) - counts
    return np.asarray(owners[np.repeat(low - before, counts) + np.arange(counts.sum())])


def _candidates(known: list[Shingles], asked: list[Shingles], rng: np.random.Generator) -> list[NDArray[Any]]:
    """For each asked text the known texts that agree with it in all MinHash values of at least one band."""
    salts = rng.integers(0, 2**64, size=BANDS * BAND_WIDTH, dtype=np.uint64)
    known_bands, asked_bands = _band_keys(known, salts), _band_keys(asked, salts)
    hits: list[list[int]] = [[] for _ in asked]
    for band in range(BANDS):
        order = np.argsort(known_bands[:, band], kind="stable")
        keys = known_bands[order, band]
        low, high = (np.searchsorted(keys, asked_bands[:, band], side) for side in ("left", "right"))
        for row in np.flatnonzero(high > low):
            hits[row].extend(order[low[row] : high[row]].tolist())
    return [np.unique(np.array(rows, dtype=np.int64)) for rows in hits]


def _band_keys(texts: list[Shingles], salts: NDArray[np.uint64]) -> NDArray[np.uint64]:
    keys = np.zeros((len(texts), BANDS), dtype=np.uint64)
    for row, shingles in enumerate(texts):
        if not shingles.size:
            continue
        # The smallest of the hashes is the same for two texts as often as their sets agree.
        smallest = np.array([mixed(shingles ^ salt).min() for salt in salts]).reshape(BANDS, BAND_WIDTH)
        key = np.zeros(BANDS, dtype=np.uint64)
        for column in range(BAND_WIDTH):
            key = mixed(key + smallest[:, column] + np.uint64(1))
        keys[row] = key
    return keys
