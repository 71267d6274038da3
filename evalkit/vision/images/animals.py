"""Cats and dogs. Head coordinates: the head is about one unit from its middle to its edge, x right, y down.

Everything that both have (fur, pattern, body, pose) is drawn by the same code, so that only shapes tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.vision.images.drawing import Array, Number, covered, ellipse, paint, per_picture, segment, triangle
from evalkit.vision.images.recipe import CAT, Recipe

OUTLINE = 0.07  # units of the head
PINK = np.array([0.90, 0.60, 0.60], dtype=np.float32)
INK = np.array([0.07, 0.06, 0.06], dtype=np.float32)
WHITE = np.array([0.97, 0.96, 0.94], dtype=np.float32)
IRISES = np.array([(0.62, 0.80, 0.25), (0.95, 0.78, 0.20), (0.35, 0.70, 0.85)], dtype=np.float32)


@dataclass
class Animals:
    """Some pictures of one class: where they are painted, their coordinates, and what their fur looks like."""

    canvas: Array
    x: Array
    y: Array
    pixels: Array  # one unit of the head, in pixels
    fur: Array  # (n, 3, H, W)
    rng: np.random.Generator

    def wobble(self, middle: float, spread: float) -> Array:
        """Return one number per picture, so that no two animals have quite the same shape."""
        values: Array = self.rng.uniform(middle - spread, middle + spread, len(self.canvas)).astype(np.float32)
        return values

    def fill(self, distance: Array, colour: Array, only: Array | None = None) -> None:
        """Paint a shape; where `only` is given, in those pictures alone."""
        cover = covered(distance, self.pixels)
        paint(self.canvas, cover if only is None else cover * per_picture(only), self.spread(colour))

    def fur_part(self, distance: Array, shade: Number = 1.0, only: Array | None = None) -> None:
        """Paint a shape in fur with a dark outline."""
        self.fill(distance - OUTLINE, self.fur * 0.42, only)
        self.fill(distance, self.fur * shade, only)

    def spread(self, colour: Array) -> Array:
        return np.broadcast_to(colour, (len(self.canvas), 3)) if colour.ndim == 1 else colour


def draw_animals(canvas: Array, x: Array, y: Array, recipe: Recipe, rng: np.random.Generator) -> None:
    """Paint one animal on each picture of the canvas (N, 3, H, W), in place; x and y are the pixels' coordinates."""
    side = canvas.shape[-1]
    dx, dy = x - per_picture(recipe.shift[:, 0]), y - per_picture(recipe.shift[:, 1])
    cos, sin = per_picture(np.cos(recipe.angle)), per_picture(np.sin(recipe.angle))
    size = per_picture(recipe.size)
    u, v = (cos * dx + sin * dy) / size, (cos * dy - sin * dx) / size
    u = np.where(per_picture(recipe.mirrored) > 0, -u, u)
    fur = coat(u, v, recipe, rng)
    unusual = recipe.conditions["unusual ears"]
    for label, draw in ((CAT, draw_cats), (1 - CAT, draw_dogs)):
        rows = np.flatnonzero(recipe.label == label)
        pixels = (recipe.size[rows] * side / 2).astype(np.float32)
        part = Animals(canvas[rows], u[rows], v[rows], pixels, fur[rows], rng)
        body = ellipse(part.x, part.y, part.wobble(0, 0.2), part.wobble(1.55, 0.1), part.wobble(0.85, 0.1), 0.95)
        part.fur_part(body, 0.85)
        draw(part, unusual[rows])
        canvas[rows] = part.canvas


def coat(u: Array, v: Array, recipe: Recipe, rng: np.random.Generator) -> Array:
    """Colour the fur, (N, 3, H, W): plain, striped, in patches, or with a white face."""
    n = len(recipe)
    phase, wave, turn = (per_picture(rng.uniform(low, high, n)) for low, high in ((0, 6.3), (6.5, 9), (0, 6.3)))
    stripes = np.sin(wave * (np.abs(u) * 0.5 + v * 0.9) + phase)
    patches = np.sin(2.3 * u + phase) + np.sin(2.6 * v + turn) + np.sin(1.7 * (u + v) + phase + turn) - 0.4
    blaze = 0.36 * (v + 0.8) - np.abs(u + 0.05 * np.sin(phase))  # narrow on the forehead, wide on the chest
    masks = [np.full_like(u, -9), stripes - 0.2, patches, 2 * blaze]
    mask = np.choose(recipe.pattern[:, None, None], masks)
    mask = np.clip(mask * 3 + 0.5, 0, 1)[:, None]
    first = recipe.fur[:, :, None, None]
    second = np.where((recipe.pattern == 3)[:, None], WHITE, recipe.second_fur)[:, :, None, None]
    shade = 1.06 - 0.16 * np.clip(u * u + v * v, 0, 1.5)
    grain = rng.normal(0, 0.025, u.shape).astype(np.float32)
    colours: Array = (first + mask * (second - first)) * shade[:, None] + grain[:, None]
    return colours


def draw_cats(cat: Animals, folded: Array) -> None:
    """Pointed ears, a wide face, slit pupils, a small pink nose and long whiskers. Some have folded ears."""
    x, y = cat.x, cat.y
    tip, out, height = cat.wobble(0.66, 0.08), cat.wobble(0.86, 0.04), cat.wobble(1.22, 0.10)
    upright = ~folded
    for side in (-1.0, 1.0):
        mirrored = x * side
        corners = ((0.16, -0.50), (tip, -height), (out, -0.22))
        ear = triangle(mirrored, y, *corners)
        cat.fur_part(ear - 0.03, 0.92, upright)
        cat.fill(ear + 0.13, PINK * 0.9, upright)
        fold = ellipse(mirrored, y, 0.58, -0.62, 0.30, 0.17, 0.55)
        cat.fur_part(fold, 0.80, folded)
    width, depth = cat.wobble(0.88, 0.05), cat.wobble(0.74, 0.04)
    cat.fur_part(ellipse(x, y, 0, 0, width, depth))
    for side in (-1.0, 1.0):
        cat.fill(ellipse(x * side, y, 0.14, 0.33, 0.20, 0.15), np.minimum(cat.fur * 0.5 + 0.48, 1.0))
    iris = IRISES[cat.rng.integers(0, len(IRISES), len(x))]
    across, level = cat.wobble(0.37, 0.04), cat.wobble(-0.10, 0.05)
    for side in (-1.0, 1.0):
        cat.fill(ellipse(x * side, y, across, level, 0.235, 0.185, -0.25), INK)
        cat.fill(ellipse(x * side, y, across, level, 0.185, 0.14, -0.25), iris)
        cat.fill(ellipse(x * side, y, across, level, cat.wobble(0.055, 0.015), 0.15), INK)
    cat.fill(triangle(x, y, (-0.11, 0.17), (0.11, 0.17), (0.0, 0.30)), PINK * 0.92)
    cat.fill(segment(x, y, (0.0, 0.28), (0.0, 0.40)) - 0.03, INK)
    droop = cat.wobble(0.05, 0.10)
    light_face = cat.fur[:, :, x.shape[1] // 2, x.shape[2] // 2].mean(axis=1) > 0.55
    colour = np.where(light_face[:, None], INK + 0.25, WHITE)
    for side in (-1.0, 1.0):
        for start, end in ((0.24, 0.12), (0.33, 0.34), (0.42, 0.56)):
            cat.fill(segment(x * side, y, (0.28, start), (1.18, end + droop)) - 0.022, colour)


def draw_dogs(dog: Animals, pricked: Array) -> None:
    """Hanging ears, a long face, a large muzzle with a big dark nose, round eyes. Some have pricked ears."""
    x, y = dog.x, dog.y
    hanging = ~pricked
    width, depth = dog.wobble(0.70, 0.05), dog.wobble(0.82, 0.04)
    for side in (-1.0, 1.0):
        mirrored = x * side
        ear = triangle(mirrored, y, (0.16, -0.60), (dog.wobble(0.62, 0.05), -1.20), (0.74, -0.25))
        dog.fur_part(ear - 0.05, 0.75, pricked)
        dog.fill(ear + 0.12, PINK * 0.6, pricked)
    dog.fur_part(ellipse(x, y, 0, 0, width, depth))
    length, swing = dog.wobble(0.58, 0.08), dog.wobble(-0.22, 0.14)
    ears = np.where(dog.rng.random(len(x)) < 0.5, dog.wobble(0.6, 0.08), dog.wobble(1.3, 0.1))[:, None, None, None]
    for side in (-1.0, 1.0):
        ear = ellipse(x * side, y, width + 0.10, -0.55 + 0.75 * length, dog.wobble(0.24, 0.03), length, swing)
        dog.fur_part(ear, ears, hanging)
    low = dog.wobble(0.42, 0.04)
    muzzle = ellipse(x, y, 0, low, dog.wobble(0.42, 0.04), dog.wobble(0.36, 0.03))
    dog.fill(muzzle - 0.03, dog.fur * 0.6)
    pale = (dog.rng.random(len(x)) < 0.6)[:, None, None, None]
    dog.fill(muzzle, np.where(pale, np.minimum(dog.fur * 0.55 + 0.40, 1.0), dog.fur * 0.62 + 0.03))
    level, across = dog.wobble(-0.17, 0.05), dog.wobble(0.31, 0.03)
    for side in (-1.0, 1.0):
        dog.fill(ellipse(x * side, y, across, level, 0.165, 0.175), WHITE)
        dog.fill(ellipse(x * side, y, across, level + 0.01, 0.13, 0.145), np.array([0.20, 0.11, 0.06], np.float32))
        dog.fill(ellipse(x * side, y, across - 0.03 * side, level - 0.05, 0.045, 0.045), WHITE)
    tongue = dog.rng.random(len(x)) < 0.45
    dog.fill(ellipse(x, y, 0.03, low + 0.34, 0.14, 0.24), np.array([0.88, 0.36, 0.40], np.float32), tongue)
    dog.fill(segment(x, y, (-0.22, low + 0.18), (0.22, low + 0.18)) - 0.03, INK)
    dog.fill(segment(x, y, (0.0, low - 0.05), (0.0, low + 0.18)) - 0.03, INK)
    dog.fill(ellipse(x, y, 0, low - 0.14, dog.wobble(0.19, 0.02), 0.14), INK)
    dog.fill(ellipse(x, y, -0.05, low - 0.19, 0.06, 0.035), np.array([0.45, 0.45, 0.47], np.float32))
