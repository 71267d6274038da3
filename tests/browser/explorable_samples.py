"""Every explorable of the course, each with the data of its lesson or some like them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograder.lesson.explorable import About, Explorable, Predict
from autograder.lesson.explorables import build
from autograder.lesson.explorer import Best, threshold_explorer
from autograder.lesson.mix import Mix, mix_explorable
from evalkit import ConfusionMatrix

ASKED = Predict(
    "Which of the two?",
    {"The first": "It is the first, for a reason.", "The second": "It is not, for another reason."},
    right="The first",
)


def threshold() -> Explorable:
    return threshold_explorer(
        [1, 0, 0, 1, 1, 1, 0],
        [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5],
        cost_fp=1,
        cost_fn=3,
        title="Seven samples",
        predict=ASKED,
        goals={
            "Recall of at least 0.9, at the least cost": Best(lambda at: at.recall >= 0.9, by=lambda at: -at.cost),
            "No false alarm": lambda at: at.fp == 0,
        },
        curves=True,
        about=About("03_precision_recall", "threshold", ["PR.5"]),
    )


def mix() -> Explorable:
    pair = Mix(("day", "dark"), before=((906, 958), (39, 42)), after=((928, 958), (23, 42)))
    return mix_explorable(pair, "Whose mix?", ASKED, 4.0, About("12_evaluating_releases", "mix", ["ER.1"]))


def averages() -> Explorable:
    """Ten digits of 80 images each but for the 8, of which there are 20; 4 of these are found."""
    table = np.diag([78] * 8 + [4, 78])
    table[range(8), range(1, 9)] = 2
    table[9, 1] = 2
    table[8, [1, 3, 5]] = [9, 5, 2]
    return build("averages", ConfusionMatrix(table, labels=range(10)))


def fraud() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    y_true = np.repeat([1, 0], [100, 5000])
    return y_true, rng.normal(2.7 * y_true, 1)


SAMPLES: dict[str, Callable[[], Explorable]] = {
    "threshold": threshold,
    "mix": mix,
    "averages": averages,
    "boxes": lambda: build("boxes"),
    "curves": lambda: build("curves", *fraud()),
    "outlier": lambda: build("outlier", [4, -4, 4, 4, -4, 4, -4, -4, 4, -4]),
    "patience": lambda: build("patience", [1.0, 0.7, 0.75, 0.72, 0.5, 0.46, 0.44, 0.47, 0.43, 0.5, 0.55, 0.6]),
    # The filter of lesson 02.
    "prevalence": lambda: build("prevalence", ConfusionMatrix([[945, 5], [20, 30]], labels=["not spam", "spam"])),
}
