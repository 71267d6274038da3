"""What is random about a generated picture: drawn from a seed, before anything is painted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.vision.images.drawing import Array

CAT, DOG = 0, 1
LIGHTS = ("normal", "dark", "bright", "side")
PATTERNS = ("plain", "stripes", "patches", "white face")

# How often each condition occurs. They are drawn independently of the class and of each other.
LIGHT_RATES = (0.62, 0.14, 0.10, 0.14)
RATES = {"occluded": 0.22, "small": 0.18, "rotated": 0.20, "cluttered": 0.40, "unusual ears": 0.10}
LABEL_NOISE = 0.04

FURS = np.array(
    [
        (0.16, 0.14, 0.14),  # black
        (0.93, 0.91, 0.87),  # white
        (0.52, 0.53, 0.56),  # grey
        (0.86, 0.55, 0.24),  # ginger
        (0.45, 0.30, 0.18),  # brown
        (0.87, 0.76, 0.56),  # cream
    ],
    dtype=np.float32,
)


@dataclass(frozen=True)
class Recipe:
    """One value per picture: the class, the conditions that cohorts are made of, and pose and colours."""

    label: Array
    light: Array
    pattern: Array
    conditions: dict[str, Array]
    mislabelled: Array
    angle: Array  # radians
    size: Array  # half-width of the picture, per unit of the head's coordinates
    shift: Array  # (N, 2), in half-widths of the picture
    mirrored: Array
    fur: Array  # (N, 3)
    second_fur: Array  # (N, 3)

    def __len__(self) -> int:
        return len(self.label)

    @classmethod
    def draw(cls, rng: np.random.Generator, n: int) -> Recipe:
        """Draw `n` recipes, as many cats as dogs if `n` is even: each pair of pictures holds one of both."""
        first = rng.integers(0, 2, size=-(-n // 2))
        label = np.stack([first, 1 - first], axis=1).ravel()[:n]
        conditions = {name: rng.random(n) < rate for name, rate in RATES.items()}
        small, rotated = conditions["small"], conditions["rotated"]
        sign = rng.choice([-1.0, 1.0], size=n)
        angle = np.where(rotated, sign * rng.uniform(0.60, 1.10, n), rng.uniform(-0.35, 0.35, n))
        size = np.where(small, rng.uniform(0.36, 0.44, n), rng.uniform(0.50, 0.70, n))
        room = np.where(small, 0.42, 0.26)
        fur = rng.integers(0, len(FURS), n)
        other = (fur + rng.integers(1, len(FURS), n)) % len(FURS)
        tint = rng.normal(0, 0.03, (2, n, 3))
        return cls(
            label=label,
            light=rng.choice(len(LIGHTS), size=n, p=LIGHT_RATES),
            pattern=rng.integers(0, len(PATTERNS), n),
            conditions=conditions,
            mislabelled=rng.random(n) < LABEL_NOISE,
            angle=angle,
            size=size,
            shift=rng.uniform(-1, 1, (n, 2)) * room[:, None],
            mirrored=rng.random(n) < 0.5,
            fur=np.clip(FURS[fur] + tint[0], 0.05, 1).astype(np.float32),
            second_fur=np.clip(FURS[other] + tint[1], 0.05, 1).astype(np.float32),
        )

    def cohorts(self, mislabelled: Array) -> dict[str, Array]:
        """Return the conditions as columns: the name of the light, and booleans."""
        return {"light": np.array(LIGHTS)[self.light], **self.conditions, "mislabelled": mislabelled}
