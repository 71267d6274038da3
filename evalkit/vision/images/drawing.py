"""Shapes with soft edges, drawn on many pictures at once.

A shape is its signed distance: negative inside, zero on the edge, positive outside, in the units of the coordinates.
How much of a pixel it covers follows from that, so edges are smooth at any size. Each function takes coordinates of
shape (N, H, W), one picture after the other, and parameters that are numbers or one number for each picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Number = Array | float


def per_picture(values: Any) -> Array:
    """Give (N,) numbers the shape (N, 1, 1), so that they meet coordinates; leave a plain number alone."""
    array = np.asarray(values, dtype=np.float32)
    return array[:, None, None] if array.ndim == 1 else array


def pixel_grid(side: int) -> tuple[Array, Array]:
    """Return x and y of the pixel centres, each of shape (1, side, side): from -1 to 1, x to the right, y down."""
    line = (np.arange(side, dtype=np.float32) + 0.5) * (2 / side) - 1
    y, x = np.meshgrid(line, line, indexing="ij")
    return x[None], y[None]


def turned(x: Array, y: Array, angle: Number) -> tuple[Array, Array]:
    """Return the coordinates in a system that is turned by `angle` (radians, clockwise on the screen)."""
    angle = per_picture(angle)
    cos, sin = np.cos(angle), np.sin(angle)
    return cos * x + sin * y, cos * y - sin * x


def ellipse(x: Array, y: Array, cx: Number, cy: Number, rx: Number, ry: Number, angle: Number = 0.0) -> Array:
    """Distance to an ellipse, right to first order near the edge."""
    x, y = turned(x - per_picture(cx), y - per_picture(cy), angle)
    u, v = x / per_picture(rx), y / per_picture(ry)
    length = np.sqrt(u * u + v * v)
    slope = np.sqrt((u / per_picture(rx)) ** 2 + (v / per_picture(ry)) ** 2)
    distance: Array = length * (length - 1) / np.maximum(slope, 1e-4)
    return distance


def box(x: Array, y: Array, cx: Number, cy: Number, half_width: Number, half_height: Number, angle: Number) -> Array:
    """Distance to a rectangle."""
    x, y = turned(x - per_picture(cx), y - per_picture(cy), angle)
    distance: Array = np.maximum(np.abs(x) - per_picture(half_width), np.abs(y) - per_picture(half_height))
    return distance


def triangle(x: Array, y: Array, *corners: tuple[Number, Number]) -> Array:
    """Distance to a triangle whose three corners are given in clockwise order on the screen."""
    sides = []
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        ax, ay, bx, by = (per_picture(value) for value in (ax, ay, bx, by))
        dx, dy = bx - ax, by - ay
        sides.append(((x - ax) * dy - (y - ay) * dx) / np.sqrt(dx * dx + dy * dy))
    distance: Array = np.maximum(np.maximum(sides[0], sides[1]), sides[2])
    return distance


def segment(x: Array, y: Array, start: tuple[Number, Number], end: tuple[Number, Number]) -> Array:
    """Distance to a straight line between two points."""
    ax, ay, bx, by = (per_picture(value) for value in (*start, *end))
    dx, dy = bx - ax, by - ay
    along = np.clip(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0, 1)
    distance: Array = np.hypot(x - ax - along * dx, y - ay - along * dy)
    return distance


def covered(distance: Array, pixels: Number) -> Array:
    """How much of each pixel lies inside, 0 to 1, where one unit of distance is so many pixels long."""
    return np.clip(0.5 - distance * per_picture(pixels), 0, 1)


def paint(canvas: Array, cover: Array, colour: Array) -> None:
    """Lay a colour over the canvas (N, 3, H, W), in place: one per picture (N, 3), or one per pixel (N, 3, H, W)."""
    if colour.ndim == 2:
        colour = colour[:, :, None, None]
    canvas += cover[:, None] * (colour - canvas)
