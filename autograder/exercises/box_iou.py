"""Intersection over union of two boxes: the area that both cover, over the area that at least one covers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import needs_digits, until
from autograder.exercises._edited import mistake

Boxes = tuple[NDArray[np.float64], NDArray[np.float64]]


def cases(rng: np.random.Generator) -> list[Case]:
    def numbers(low: int, high: int, count: int = 2) -> NDArray[np.float64]:
        return rng.integers(low, high, count).astype(float)

    def box(corner: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.concatenate([corner, corner + size])

    def in_part() -> Boxes:
        """The second box reaches further down and further to the right."""

        def draw() -> Boxes:
            corner = numbers(10, 60)
            return box(corner, numbers(20, 50)), box(corner + numbers(5, 15), numbers(20, 50))

        return until(lambda a, b: bool((a[2:] < b[2:]).all() and a[2] != a[3]), draw)

    def inside() -> Boxes:
        corner, size = numbers(10, 60), numbers(30, 60)
        return box(corner + numbers(2, 9), size - numbers(10, 20)), box(corner, size)

    def shares_of_the_picture() -> Boxes:
        """A wide box, and a narrow one that reaches out below; between 0 and 1, with three decimals."""
        corner, size = numbers(10, 60), numbers(30, 60)
        a = box(corner, size)
        left = int(rng.integers(3, 8))  # what is wider than the narrow box, and on the right even more
        b = box(corner + [left, rng.integers(5, 15)], size - [2 * left + rng.integers(1, 9), 0])
        return np.round(a / 140, 3), np.round(b / 140, 3)

    def apart(x: int, y: int) -> Boxes:
        """With a gap between them: to the right (1), to the left (-1) or nowhere (0); below, above or nowhere."""
        corner, size, other = numbers(60, 90), numbers(20, 40), numbers(20, 40)
        away = np.where(np.array([x, y]) > 0, size, -other) + np.array([x, y]) * numbers(5, 15)
        return box(corner, size), box(corner + np.where([x, y], away, 4.0), other)

    def telling(make: Callable[[], Boxes]) -> Boxes:
        return until(lambda a, b: needs_digits(reference(a, b)), make)

    return [
        Case("boxes that overlap in part", telling(in_part), 1),
        Case("one box inside the other", telling(inside), 1),
        Case("coordinates between 0 and 1", telling(shares_of_the_picture), 0.75),
        Case("the second box lies to the right", apart(1, 0), 0.25),
        Case("the second box lies to the left", apart(-1, 0), 0.25),
        Case("the second box lies above", apart(0, -1), 0.25),
        Case("the second box lies below", apart(0, 1), 0.25),
        Case("the second box lies to the right and below", apart(1, 1), 0.25),
    ]


def reference(a, b):
    from evalkit.metrics.boxes import box_iou

    return box_iou(a, b)


def right(a, b):
    width = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    shared = width * height
    area_a = (a[2] - a[0]) * (a[3] - a[1])
    area_b = (b[2] - b[0]) * (b[3] - b[1])
    return shared / (area_a + area_b - shared)


def variant_unpacked(a, b):
    ax1, ay1, ax2, ay2 = a
    bx1, by1, bx2, by2 = b
    if ax2 <= bx1 or bx2 <= ax1 or ay2 <= by1 or by2 <= ay1:
        return 0
    xs, ys = sorted([ax1, ax2, bx1, bx2]), sorted([ay1, ay2, by1, by2])
    shared = (xs[2] - xs[1]) * (ys[2] - ys[1])
    return shared / ((ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - shared)


def variant_corners(a, b):
    size = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None)
    shared = np.prod(size)
    return shared / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared)


def variant_grid(a, b):
    """On the grid that the edges of both boxes make, each cell is in or out."""
    xs, ys = np.unique([a[0], a[2], b[0], b[2]]), np.unique([a[1], a[3], b[1], b[3]])
    areas = np.outer(np.diff(ys), np.diff(xs))

    def covers(box):
        return np.outer((ys[:-1] >= box[1]) & (ys[1:] <= box[3]), (xs[:-1] >= box[0]) & (xs[1:] <= box[2]))

    return areas[covers(a) & covers(b)].sum() / areas[covers(a) | covers(b)].sum()


EXERCISE = Exercise(
    id="box_iou",
    lesson="11_task_metrics",
    objective="TM.1",
    points=4,
    signature="box_iou(a, b)",
    cases=cases,
    reference=reference,
    misconceptions={
        "pixels": mistake(
            right,
            {
                "max(0, min(a[2], b[2]) - max(a[0], b[0]))": "max(0, min(a[2], b[2]) - max(a[0], b[0]) + 1)",
                "max(0, min(a[3], b[3]) - max(a[1], b[1]))": "max(0, min(a[3], b[3]) - max(a[1], b[1]) + 1)",
                "(a[2] - a[0]) * (a[3] - a[1])": "(a[2] - a[0] + 1) * (a[3] - a[1] + 1)",
                "(b[2] - b[0]) * (b[3] - b[1])": "(b[2] - b[0] + 1) * (b[3] - b[1] + 1)",
            },
            "You add 1 to widths and heights, as old code does that takes coordinates for numbers of pixels. Here "
            "coordinates are places: the width of a box is x2 − x1, also where all of it lies between 0 and 1.",
        ),
        "smaller": mistake(
            right,
            {"(area_a + area_b - shared)": "min(area_a, area_b)"},
            "You divide by the area of the smaller box. A huge box around everything would then score 1. Divide by "
            "the area that at least one of the two covers.",
        ),
        "twice-counted": mistake(
            right,
            {"(area_a + area_b - shared)": "(area_a + area_b)"},
            "You divide by the sum of both areas. What both cover is in that sum twice, so even two equal boxes do not "
            "reach 1. Count it once.",
        ),
        "harmonic": mistake(
            right,
            {"return shared / (area_a + area_b - shared)": "return 2 * shared / (area_a + area_b)"},
            "You compute twice the overlap over the sum of both areas. That is the Dice score, which is "
            "higher than IoU wherever boxes overlap in part. Asked for is overlap over union.",
        ),
        "negative-overlap": mistake(
            right,
            {
                "max(0, min(a[2], b[2]) - max(a[0], b[0]))": "min(a[2], b[2]) - max(a[0], b[0])",
                "max(0, min(a[3], b[3]) - max(a[1], b[1]))": "min(a[3], b[3]) - max(a[1], b[1])",
            },
            "Where boxes lie apart, the width or the height of your overlap is negative; if both are, their product is "
            "positive, and boxes that do not touch get a score above 0. Neither width nor height may fall below 0.",
        ),
        "clipped-too-late": mistake(
            right,
            {
                "max(0, min(a[2], b[2]) - max(a[0], b[0]))": "min(a[2], b[2]) - max(a[0], b[0])",
                "max(0, min(a[3], b[3]) - max(a[1], b[1]))": "min(a[3], b[3]) - max(a[1], b[1])",
                "shared = width * height": "shared = max(0, width * height)",
            },
            "You cut the overlap off at 0 only after multiplying. If a box lies apart both to the side and below, "
            "width and height are both negative, and their product is positive. Cut each of the two off at 0.",
        ),
        "width-and-height": mistake(
            right,
            {
                "    width = ": "    a, b = [(x, y, x + w, y + h) for x, y, w, h in (a, b)]\n    width = ",
            },
            "You read the last two numbers as width and height. Here they are the second corner: a box is x1, y1, x2, "
            "y2. Both ways of writing boxes are in use, so look at the text each time.",
        ),
        "of-the-second": mistake(
            right,
            {"(area_a + area_b - shared)": "area_b"},
            "You divide by the area of the second box alone. A first box that covers the whole picture would then "
            "score 1. Divide by what at least one of the two covers.",
        ),
        "frame": mistake(
            right,
            {
                "(area_a + area_b - shared)": "np.prod(np.maximum(a, b)[2:] - np.minimum(a, b)[:2])",
            },
            "You divide by the smallest frame around both boxes. Its corners belong to neither of them. The union is "
            "both areas together, with what they share counted once.",
        ),
    },
    variants={"unpacked": variant_unpacked, "corners": variant_corners, "grid": variant_grid},
)
