"""Cases in an order that the seed decides, so that no answer can be told from the number of the call."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

from autograder.checking.exercise import Case, Exercise


@dataclass(frozen=True)
class InDrawnOrder(Exercise):
    """An exercise whose cases come in a drawn order.

    Only with seed 0, that of the check which learners see, do they come as they are written: an ordinary one first.
    """

    @classmethod
    def of(cls, exercise: Exercise) -> Self:
        """The same exercise."""
        return cls(**{field.name: getattr(exercise, field.name) for field in fields(exercise)})

    def draw(self, seed: int) -> list[Case]:
        """The cases of a seed, as `Exercise.draw` makes them, in their order."""
        cases: Sequence[Case] = super().draw(seed)
        if seed == 0:
            return list(cases)
        import numpy as np

        # A generator of its own: the inputs are drawn as often as it takes, and must not change the order.
        order = np.random.default_rng([zlib.crc32(self.id.encode()), seed, 1]).permutation(len(cases))
        return [cases[i] for i in order]
