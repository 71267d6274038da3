"""Intersection over union of two masks: the same as of boxes, counted in pixels."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import needs_digits, until
from autograder.exercises._edited import mistake

Masks = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def cases(rng: np.random.Generator) -> list[Case]:
    def blob(height: int, width: int, top: int, left: int, tall: int, wide: int) -> NDArray[np.bool_]:
        """A region with a ragged edge: some of the pixels of a box."""
        mask = np.zeros((height, width), dtype=bool)
        mask[top : top + tall, left : left + wide] = rng.random((tall, wide)) < 0.8
        return mask

    def pair(height: int, width: int, tall: int, wide: int, first_is_larger: bool) -> Masks:
        def draw() -> Masks:
            top, left = int(rng.integers(0, height - tall - 2)), int(rng.integers(0, width - wide - 2))
            return blob(height, width, top, left, tall, wide), blob(height, width, top + 1, left + 2, tall, wide)

        def telling(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> bool:
            larger = a.sum() > b.sum() if first_is_larger else a.sum() < b.sum()
            return bool(larger and (a & b).any()) and needs_digits(reference(a, b))

        return until(telling, draw)

    def whole(masks: Masks) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return masks[0].astype(np.int64), masks[1].astype(np.int64)

    height = int(rng.integers(8, 12))
    apart = blob(height, 12, 1, 0, 4, 4), blob(height, 12, 3, 6, 4, 5)
    empty = np.zeros((2, int(rng.integers(3, 40)), int(rng.integers(3, 40))), dtype=bool)
    single = empty[0].copy()
    single[tuple(rng.integers(0, single.shape))] = True
    return [
        Case("two regions that overlap", pair(height, 10, 5, 6, first_is_larger=True), 1),
        Case("masks of 0 and 1", whole(pair(9, height, 6, 5, first_is_larger=False)), 1),
        Case("a small region in a large picture", pair(height + 20, 28, 4, 4, first_is_larger=False), 1),
        Case("two regions apart", apart, 0.25),
        Case("one pixel in one mask, none in the other", (single, empty[0]), 0.25),
        Case("both masks are empty", (empty[0], empty[1]), 0.5),
    ]


def reference(a, b):
    from evalkit import UndefinedMetricWarning
    from evalkit.metrics.boxes import mask_iou

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)  # nan, as the exercise says
        return mask_iou(a, b)


def right(a, b):
    a, b = a == 1, b == 1
    union = np.sum(a | b)
    if union == 0:
        return np.nan
    return np.sum(a & b) / union


def wrong_frames(a, b):
    def frame(mask):
        rows, columns = np.nonzero(mask)
        return rows.min(), columns.min(), rows.max() + 1, columns.max() + 1

    if not a.any() or not b.any():
        return 0.0 if a.any() or b.any() else np.nan
    (a1, a2, a3, a4), (b1, b2, b3, b4) = frame(a), frame(b)
    shared = max(0, min(a3, b3) - max(a1, b1)) * max(0, min(a4, b4) - max(a2, b2))
    return shared / ((a3 - a1) * (a4 - a2) + (b3 - b1) * (b4 - b2) - shared)


def variant_loops(a, b):
    both = either = 0
    for row_a, row_b in zip(a, b):
        for x, y in zip(row_a, row_b):
            both += bool(x and y)
            either += bool(x or y)
    return both / either if either else float("nan")


def variant_sets(a, b):
    first, second = set(map(tuple, np.argwhere(a))), set(map(tuple, np.argwhere(b)))
    return len(first & second) / len(first | second) if first | second else np.nan


def variant_areas(a, b):
    shared = np.logical_and(a, b).sum()
    union = a.sum() + b.sum() - shared
    return shared / union if union > 0 else np.nan


EXERCISE = Exercise(
    id="mask_iou",
    lesson="11_task_metrics",
    objective="TM.1",
    points=4,
    signature="mask_iou(a, b)",
    cases=cases,
    reference=reference,
    misconceptions={
        "agreement": mistake(
            right,
            {
                "    union = np.sum(a | b)\n    if union == 0:\n        return np.nan\n": "",
                "np.sum(a & b) / union": "np.mean(a == b)",
            },
            "You count all pixels on which the masks agree, the background as well: that is accuracy. In a large "
            "picture it is near 1 even if the object was missed. Leave out the pixels that are in neither mask.",
        ),
        "harmonic": mistake(
            right,
            {"np.sum(a & b) / union": "2 * np.sum(a & b) / (a.sum() + b.sum())"},
            "You compute twice the overlap over the sum of both areas: the Dice score. It is in use as well, and "
            "higher than IoU. Asked for is overlap over union.",
        ),
        "empty-is-one": mistake(
            right,
            {"return np.nan": "return 1.0"},
            "Two empty masks get 1 from you. There was nothing to find, and the mean over many pictures would be full "
            "of such gifts. 0/0 has no value: return nan.",
        ),
        "empty-is-zero": mistake(
            right,
            {"return np.nan": "return 0.0"},
            "Two empty masks get 0 from you, as if the model had failed. It was right to mark nothing; but there is "
            "nothing to measure either. 0/0 has no value: return nan.",
        ),
        "smoothed": mistake(
            right,
            {
                "    if union == 0:\n        return np.nan\n": "",
                "np.sum(a & b) / union": "(np.sum(a & b) + 1) / (union + 1)",
            },
            "You add 1 above and below the line, as losses for training do so that they never divide by 0. Every value "
            "then is a little too high, that of small regions most of all. Measure without it.",
        ),
        "twice-counted": mistake(
            right,
            {"/ union": "/ (a.sum() + b.sum())"},
            "You divide by the sum of both areas. The pixels that are in both masks are in that sum twice. Count each "
            "pixel of the union once.",
        ),
        "smaller": mistake(
            right,
            {"/ union": "/ min(a.sum(), b.sum())"},
            "You divide by the area of the smaller mask. A mask that covers the whole picture would then score 1. "
            "Divide by the pixels that are in at least one of the two.",
        ),
        "of-the-second": mistake(
            right,
            {"/ union": "/ b.sum()"},
            "You divide by the pixels of the second mask: that is a recall. Pixels that only the first mask marks then "
            "cost nothing. Divide by the pixels that are in at least one of the two.",
        ),
        "of-the-picture": mistake(
            right,
            {"/ union": "/ a.size"},
            "You divide by all pixels of the picture. The same two regions would then score less in a larger picture. "
            "Divide by the pixels that are in at least one of the masks.",
        ),
        "frames": Misconception(
            wrong_frames,
            "You compare the boxes around the two regions. A mask says more than its box: count the pixels that are in "
            "both masks, and those that are in at least one.",
        ),
    },
    variants={"loops": variant_loops, "sets": variant_sets, "areas": variant_areas},
)
