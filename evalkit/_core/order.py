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
from evalkit._core.threads import at_once, halves, two_threads

SAMPLE = 1001  # rows that tell roughly where the median lies
MOST_TIED = 16  # rows of one score; where there are more, walking from score to score is faster


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
        elif two_threads(len(scores)):
            # About the median, so that two threads have equal work.
            pivot = np.sort(scores[:: len(scores) // SAMPLE])[SAMPLE // 2]
        key = _Key(real, unsigned, sign_bit, pivot, bool(lowest < 0), y_true, positive, scores)
        keys = np.empty(len(scores), unsigned)
        if two_threads(len(scores)):
            shares = halves(len(scores))
            lower = at_once(key.lower, shares)
            middle = sum(lower)
            starts = [(0, middle), (lower[0], middle + shares[0].stop - lower[0])]
            at_once(lambda work: key.pack(work[0], keys, *work[1]), list(zip(shares, starts, strict=True)))
        else:
            middle = key.lower(slice(0, len(scores))) if pivot > lowest else 0
            key.pack(slice(0, len(scores)), keys, 0, middle)
        parts = keys[:middle], keys[middle:]
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
        start = seen = 0  # rows and positives before the part
        for keys, below_zero in zip(self.parts, self.below_zero, strict=True):
            for rows_at, positives_at, bits in _points_of(keys):
                yield start + rows_at, seen + positives_at, _decode(bits, below_zero)
            if len(keys):
                start, seen = start + int(rows_at[-1]), seen + int(positives_at[-1])

    def area(self) -> float:
        """Return the area under the ROC curve, exact until the final division."""
        if two_threads(sum(map(len, self.parts))):
            (wrong, rows, positives), (more_wrong, more_rows, more_positives) = at_once(_wrong_pairs, self.parts)
        else:
            (wrong, rows, positives), (more_wrong, more_rows, more_positives) = map(_wrong_pairs, self.parts)
        # Each negative of the upper part also lies above all positives of the lower part.
        wrong += more_wrong + 2 * positives * (more_rows - more_positives)
        rows, positives = rows + more_rows, positives + more_positives
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


@dataclass(frozen=True)
class _Key:
    """How a row becomes a key, and in which part it belongs."""

    real: Any
    unsigned: Any
    sign_bit: int
    pivot: Any
    any_below_zero: bool
    y_true: Array
    positive: Any
    scores: Array

    def lower(self, rows: slice) -> int:
        """Count the rows that belong in the lower part."""
        return sum(
            int(np.count_nonzero(self._values(rows.start + chunk.start, rows.start + chunk.stop, None) < self.pivot))
            for chunk in chunks(rows.stop - rows.start)
        )

    def _values(self, start: int, stop: int, out: Array | None) -> Array:
        # Adding 0 copies, converts, and turns −0.0 into 0.0, which equals it but has other bits.
        values: Array = np.add(self.scores[start:stop], 0, out=out, dtype=self.real, casting="unsafe")
        return values

    def pack(self, rows: slice, keys: Array, front: int, back: int) -> None:
        """Write the keys of some rows: those of the lower part from `front` on, the others from `back` on."""
        buffer = np.empty(ROWS_AT_ONCE, self.real)
        for chunk in chunks(rows.stop - rows.start):
            start, stop = rows.start + chunk.start, rows.start + chunk.stop
            values = self._values(start, stop, buffer[: stop - start])
            upper = values >= self.pivot
            bits = values.view(self.unsigned)
            if self.any_below_zero:
                signed = bits.view(bits.dtype.name.removeprefix("u"))
                signed ^= signed >> self.sign_bit  # inverts the bits of a negative number, and no others
            bits <<= 1
            bits |= self.y_true[start:stop] == self.positive
            low, high = np.compress(~upper, bits), np.compress(upper, bits)  # five times faster than bits[upper]
            keys[front : front + len(low)] = low
            keys[back : back + len(high)] = high
            front, back = front + len(low), back + len(high)


def _points_of(keys: Array) -> Iterator[tuple[Array, Array, Array]]:
    """Walk up the distinct scores of a part, as `SortedScores.points` does; the scores are still bits."""
    seen = 0  # positives before the chunk
    last_rows = last_positives = 0  # as yielded last; rows of equal scores are counted where their run ends
    for chunk in chunks(len(keys)):
        bits = keys[chunk.start : chunk.stop + 1] >> 1  # one more, to see whether the run goes on
        run_ends = bits[1:] != bits[:-1]
        if chunk.stop == len(keys):
            run_ends = np.append(run_ends, True)
        ends = np.flatnonzero(run_ends)
        positives = np.cumsum(keys[chunk] & 1, dtype=keys.dtype)  # without a conversion: five times faster
        rows_at = np.concatenate([[last_rows], chunk.start + 1 + ends])
        positives_at = np.concatenate([[last_positives], seen + positives[ends].astype(np.int64)])
        yield rows_at, positives_at, bits[ends]
        last_rows, last_positives = int(rows_at[-1]), int(positives_at[-1])
        seen += int(positives[-1])


def _wrong_pairs(keys: Array) -> tuple[int, int, int]:
    """Return twice the number of pairs of a part in the wrong order, its rows and its positives. A tie is half wrong.

    In the order of the keys, the negatives of a score come before its positives. So a positive is above, or tied with,
    as many negatives as there are rows before it, less the positives among them. The keys of tied rows of both classes
    differ in the label only.
    """
    before = ties = positives = 0
    for rows in chunks(len(keys)):
        chunk = keys[rows]
        places = np.flatnonzero((chunk & 1).astype(bool))
        before += rows.start * len(places) + int(places.sum(dtype=np.int64))
        positives += len(places)
        for apart in range(1, MOST_TIED + 1):
            later = keys[rows.start + apart : rows.stop + apart]
            difference = later ^ chunk[: len(later)]
            ties += int(np.count_nonzero(difference == 1))
            if not len(later) or difference.min() > 1:  # no row has the score of the one so far before it
                break
        else:
            return _wrong_pairs_of_runs(keys)
    negatives = len(keys) - positives
    right_or_tied = before - positives * (positives - 1) // 2
    return 2 * (positives * negatives - right_or_tied) + ties, len(keys), positives


def _wrong_pairs_of_runs(keys: Array) -> tuple[int, int, int]:
    """Return the same from the distinct scores, however many rows have one.

    These are the trapezoids over the negatives, counted in whole numbers.
    """
    wrong = rows = positives = 0
    for rows_at, positives_at, _ in _points_of(keys):
        wrong += int(np.diff(rows_at - positives_at) @ (positives_at[1:] + positives_at[:-1]))
        rows, positives = int(rows_at[-1]), int(positives_at[-1])
    return wrong, rows, positives


def _sort(parts: tuple[Array, Array]) -> None:
    """Sort both arrays in place, at the same time if they are long: NumPy lets other threads run while it sorts."""
    if not two_threads(len(parts[0]) + len(parts[1])):
        parts[0].sort()
        parts[1].sort()
        return
    at_once(np.ndarray.sort, parts)


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
