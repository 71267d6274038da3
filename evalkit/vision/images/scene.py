"""What is around an animal: the background behind it, things in front of it, and the light."""

from __future__ import annotations

import numpy as np

from evalkit.vision.images.animals import draw_animals
from evalkit.vision.images.drawing import Array, box, covered, ellipse, paint, per_picture, pixel_grid
from evalkit.vision.images.recipe import LIGHTS, Recipe

SIDE = 32  # pixels
PIXELS = SIDE / 2  # one unit of the picture's coordinates, which run from -1 to 1
THINGS = 7  # in a cluttered background


def draw_pictures(recipe: Recipe, rng: np.random.Generator) -> Array:
    """Paint the pictures of a recipe, (N, 3, 32, 32), float32 from 0 to 1."""
    x, y = pixel_grid(SIDE)
    x, y = (np.broadcast_to(values, (len(recipe), SIDE, SIDE)) for values in (x, y))
    canvas = background(x, y, rng)
    clutter(canvas, x, y, recipe.conditions["cluttered"], rng)
    draw_animals(canvas, x, y, recipe, rng)
    occlude(canvas, x, y, recipe, rng)
    return illuminate(canvas, x, y, recipe.light, rng)


def background(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """A muted colour that fades into another one."""
    n = len(x)
    colours = rng.uniform(0.15, 0.9, (2, n, 3)).astype(np.float32)
    first, second = 0.65 * colours + 0.35 * colours.mean(axis=2, keepdims=True)
    second = 0.5 * first + 0.5 * second
    angle = per_picture(rng.uniform(0, 2 * np.pi, n))
    along = 0.5 + 0.35 * (np.cos(angle) * x + np.sin(angle) * y)
    canvas = first[:, :, None, None] + along[:, None] * (second - first)[:, :, None, None]
    return np.ascontiguousarray(canvas, dtype=np.float32)


def clutter(canvas: Array, x: Array, y: Array, where: Array, rng: np.random.Generator) -> None:
    """Put things of all colours behind the animal."""
    n = len(canvas)
    for _ in range(THINGS):
        cx, cy = rng.uniform(-1.1, 1.1, (2, n))
        width, height = rng.uniform(0.10, 0.50, (2, n))
        angle = rng.uniform(0, np.pi, n)
        shape = np.where(
            per_picture(rng.random(n) < 0.5) > 0,
            ellipse(x, y, cx, cy, width, height, angle),
            box(x, y, cx, cy, width, height, angle),
        )
        paint(canvas, covered(shape, PIXELS) * per_picture(where), rng.uniform(0.05, 0.95, (n, 3)).astype(np.float32))


def occlude(canvas: Array, x: Array, y: Array, recipe: Recipe, rng: np.random.Generator) -> None:
    """Put something in front of the animal: the bars of a fence, or a board over one side of the face."""
    n = len(canvas)
    occluded = recipe.conditions["occluded"]
    fence = occluded & (rng.random(n) < 0.5)
    board = occluded & ~fence
    colour = rng.uniform(0.1, 0.85, (n, 3)).astype(np.float32)
    angle, distance, start = rng.uniform(-0.5, 0.5, n), rng.uniform(0.45, 0.62, n), rng.uniform(0, 1, n)
    across = np.cos(per_picture(angle)) * x + np.sin(per_picture(angle)) * y
    place = across / per_picture(distance) + per_picture(start)
    bars = np.abs(place - np.round(place)) * per_picture(distance) - 0.085
    paint(canvas, covered(bars, PIXELS) * per_picture(fence), colour)
    turn = rng.uniform(0, 2 * np.pi, n)
    reach = recipe.size * rng.uniform(0.55, 0.85, n)
    cx, cy = recipe.shift[:, 0] + np.cos(turn) * reach, recipe.shift[:, 1] + np.sin(turn) * reach
    shape = box(x, y, cx, cy, recipe.size * 0.55, recipe.size * 0.5, rng.uniform(-0.5, 0.5, n))
    paint(canvas, covered(shape, PIXELS) * per_picture(board), colour)


def illuminate(canvas: Array, x: Array, y: Array, light: Array, rng: np.random.Generator) -> Array:
    """Let it be dark, bright, or light from one side; add a tint and the noise of a sensor, and clip to 0 to 1."""
    n = len(canvas)
    gains = {"normal": (0.85, 1.1), "dark": (0.22, 0.38), "bright": (1.5, 1.9), "side": (0.8, 1.05)}
    low, high = np.array([gains[name] for name in LIGHTS]).T
    gain = rng.uniform(low[light], high[light])
    angle = per_picture(rng.choice([0.0, np.pi], n) + rng.uniform(-0.5, 0.5, n))
    from_side = per_picture((light == LIGHTS.index("side")).astype(np.float32))
    slope = from_side * per_picture(rng.uniform(0.55, 0.80, n)) + 0.08
    field = per_picture(gain) * (1 + slope * (np.cos(angle) * x + np.sin(angle) * y))
    cast = rng.uniform(0.88, 1.12, (n, 3)).astype(np.float32)
    noise = rng.normal(0, 0.015, canvas.shape).astype(np.float32)
    pictures: Array = np.clip(canvas * field[:, None] * cast[:, :, None, None] + noise, 0, 1)
    return pictures.astype(np.float32)
