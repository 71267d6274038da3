"""Scores in order, each with its label: the structure behind the ROC, precision–recall and DET curves and their areas.

Sorting dominates the time, so the rows are sorted once, without their labels on the side: a score and its label are
packed into one unsigned integer, the *key*. Seen as an integer, the bits of a non-negative float grow with the float.
Shifting them left by one drops the sign bit and leaves room for the label:

    bits of the score   s eeeeeeee mmmmmmmmmmmmmmmmmmmmmmm
    key                 eeeeeeee mmmmmmmmmmmmmmmmmmmmmmm y      y = 1 for a row of the positive class

The bits of a negative float grow when the float falls, so they are inverted first. Negative and other scores are sorted
apart, because the key no longer says which is which. Two parts are also what two threads can sort at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit._core.codes import ROWS_AT_ONCE, chunks
from evalkit._core.inputs import Array, check_finite

WORTH_THREADS = 1 << 18  # rows; below, starting a thread takes longer than it saves
SAMPLE = 1001  # rows that tell roughly where the median lies


@dataclass(frozen=True)
class ThresholdCounts:
    """False and true positives (weights added up) when the scores from `thresholds[i]` upwards are called positive.

    The thresholds are the distinct scores, from the highest to the lowest.
    """

    fps: Array
    tps: Array
    thresholds: Array


def count_at_thresholds(y_true: Array, positive: Any, scores: Array, weight: Array | None = None) -> ThresholdCounts:
    """Count the false and true positives at every threshold.

    Parameters
    ----------
    y_true : array of shape (n,)
        Rows equal to `positive` are of the positive class, all others of the negative class.
    scores : array of numbers of shape (n,)
    weight : array of shape (n,), optional

    Raises
    ------
    ValueError
        If a score is NaN or infinite.
    """
    if weight is not None or not _fits_float64(scores):
        return _count_by_argsort(y_true == positive, scores, weight)
    return SortedScores.of(y_true, positive, scores).counts(scores.dtype)


def area_under_roc(y_true: Array, positive: Any, scores: Array, weight: Array | None = None) -> float:
    """Return the chance that a positive outranks a negative, where a tie counts half (both classes must occur)."""
    if weight is not None or not _fits_float64(scores):
        counts = _count_by_argsort(y_true == positive, scores, weight)
        tps = np.append(0.0, counts.tps)
        return float(np.diff(counts.fps, prepend=0.0) @ (tps[1:] + tps[:-1]) / (2 * counts.fps[-1] * tps[-1]))
    return SortedScores.of(y_true, positive, scores).area()


@dataclass(frozen=True)
class SortedScores:
    """All rows as sorted keys, in two parts of ascending scores.

    Attributes
    ----------
    parts : two arrays of unsigned integers
        The keys. No score of the first part is above one of the second.
    below_zero : two bools
        Whether the scores of each part are negative.
    """

    parts: tuple[Array, Array]
    below_zero: tuple[bool, bool]

    @classmethod
    def of(cls, y_true: Array, positive: Any, scores: Array) -> SortedScores:
        """Pack and sort the rows. Work: O(n log n), on two threads when it pays. Memory: one key per row."""
        lowest, highest = scores.min(), scores.max()
        if not (np.isfinite(lowest) and np.isfinite(highest)):  # NaN is passed on by both
            check_finite(scores, "y_score")
        exact_in_float32 = scores.dtype.itemsize <= (4 if scores.dtype.kind == "f" else 2)
        real, unsigned, sign_bit = (np.float32, np.uint32, 31) if exact_in_float32 else (np.float64, np.uint64, 63)
        pivot: Any = lowest  # where the upper part begins; without need for two parts, all rows are upper
        if lowest < 0 <= highest:
            pivot = 0
        elif len(scores) >= WORTH_THREADS:
            # About the median, so that two threads have equal work.
            pivot = np.sort(scores[:: len(scores) // SAMPLE])[SAMPLE // 2]
        keys = np.empty(len(scores), unsigned)
        front, back = 0, len(keys)  # the lower part grows from the front, the upper from the back
        buffer = np.empty(ROWS_AT_ONCE, real)
        for rows in chunks(len(scores)):
            # Adding 0 copies, converts, and turns −0.0 into 0.0, which equals it but has other bits.
            values = np.add(scores[rows], 0, out=buffer[: rows.stop - rows.start], dtype=real, casting="unsafe")
            upper = values >= pivot
            bits = values.view(unsigned)
            if lowest < 0:
                signed = bits.view(bits.dtype.name.removeprefix("u"))
                signed ^= signed >> sign_bit  # inverts the bits of a negative number, and no others
            bits <<= 1
            bits |= y_true[rows] == positive
            low, high = np.compress(~upper, bits), np.compress(upper, bits)  # five times faster than bits[upper]
            keys[front : front + len(low)] = low
            keys[back - len(high) : back] = high
            front, back = front + len(low), back - len(high)
        parts = keys[:front], keys[front:]
        _sort(parts)
        return cls(parts, (bool(lowest < 0), bool(highest < 0)))

    def points(self) -> Iterator[tuple[Array, Array, Array]]:
        """Walk up the distinct scores and yield, chunk by chunk, what lies at or below each.

        Yields
        ------
        rows, positives : integer arrays of shape (m + 1,)
            How many rows, and how many of the positive class. The first entry repeats the last of the chunk before, so
            that `np.diff` counts what is new at each score.
        scores : float array of shape (m,)
        """
        start = seen = 0  # rows and positives before the chunk
        last_rows = last_positives = 0  # as yielded last; rows of equal scores are counted where their run ends
        for keys, below_zero in zip(self.parts, self.below_zero, strict=True):
            for chunk in chunks(len(keys)):
                bits = keys[chunk.start : chunk.stop + 1] >> 1  # one more, to see whether the run goes on
                run_ends = bits[1:] != bits[:-1]
                if chunk.stop == len(keys):
                    run_ends = np.append(run_ends, True)
                ends = np.flatnonzero(run_ends)
                positives = np.cumsum(keys[chunk] & 1, dtype=keys.dtype)  # without a conversion: five times faster
                rows_at = np.concatenate([[last_rows], start + 1 + ends])
                positives_at = np.concatenate([[last_positives], seen + positives[ends].astype(np.int64)])
                yield rows_at, positives_at, _decode(bits[ends], below_zero)
                last_rows, last_positives = int(rows_at[-1]), int(positives_at[-1])
                start, seen = start + chunk.stop - chunk.start, seen + int(positives[-1])

    def area(self) -> float:
        """Return the area under the ROC curve, exact until the final division."""
        # Twice the number of (positive, negative) pairs in the wrong order, a tie being half wrong: the trapezoids
        # over the negatives, counted in whole numbers.
        wrong = rows = positives = 0
        for rows_at, positives_at, _ in self.points():
            wrong += int(np.diff(rows_at - positives_at) @ (positives_at[1:] + positives_at[:-1]))
            rows, positives = int(rows_at[-1]), int(positives_at[-1])
        twice_pairs = 2 * positives * (rows - positives)
        return (twice_pairs - wrong) / twice_pairs

    def counts(self, dtype: np.dtype[Any]) -> ThresholdCounts:
        """Return the counts at all thresholds, which get the type `dtype`."""
        pieces = []
        for rows_at, positives_at, scores in self.points():
            # What is below a score is what is at or below the one before it.
            pieces.append((rows_at[:-1], positives_at[:-1], scores.astype(dtype)))
            rows, positives = rows_at[-1], positives_at[-1]
        rows_below, positives_below, thresholds = (np.concatenate(arrays) for arrays in zip(*pieces, strict=True))
        tps = (positives - positives_below)[::-1].astype(np.float64)
        fps = (rows - rows_below)[::-1] - tps
        return ThresholdCounts(fps, tps, thresholds[::-1])


def _sort(parts: tuple[Array, Array]) -> None:
    """Sort both arrays in place, at the same time if they are long: NumPy lets other threads run while it sorts."""
    if len(parts[0]) + len(parts[1]) < WORTH_THREADS:
        parts[0].sort()
        parts[1].sort()
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(np.ndarray.sort, parts))


def _decode(bits: Array, below_zero: bool) -> Array:
    """Turn the bits of a key without its label into the score."""
    return np.asarray((~bits if below_zero else bits).view(f"f{bits.itemsize}"))


def _fits_float64(scores: Array) -> bool:
    """Whether float64 holds all these scores exactly."""
    if scores.dtype.kind == "f" or scores.dtype.itemsize < 8:
        return scores.dtype.itemsize <= 8
    return int(scores.min()) >= -(2**53) and int(scores.max()) <= 2**53


def _count_by_argsort(positive: Array, scores: Array, weight: Array | None) -> ThresholdCounts:
    """Count at the thresholds with the labels and weights on the side: slower, but for rows that a key cannot hold."""
    check_finite(scores, "y_score")
    weight = np.ones(len(scores)) if weight is None else weight.astype(np.float64)
    order = np.argsort(scores)[::-1]
    order = order[weight[order] != 0]  # a row without weight makes no threshold
    thresholds, weight = scores[order], weight[order]
    run_ends = np.flatnonzero(np.append(thresholds[1:] != thresholds[:-1], True))
    tps = np.cumsum(weight * positive[order])[run_ends]
    fps = np.cumsum(weight * ~positive[order])[run_ends]
    return ThresholdCounts(fps, tps, thresholds[run_ends])
