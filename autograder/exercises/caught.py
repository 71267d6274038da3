"""Caught: how many positives a model of a given recall is expected to find."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import needs_digits, until


def cases(rng: np.random.Generator) -> list[Case]:
    def draw() -> tuple[float, int]:
        return float(rng.integers(100_001, 990_000)) / 1_000_000, int(rng.integers(11, 90))

    def telling(recall: float, positives: int) -> bool:
        # With a fraction above one half, rounding up and rounding down both show; and so does rounding to two digits.
        found = recall * positives
        return needs_digits(found) and 0.52 < found % 1 < 0.98 and not 0.45 < recall < 0.55

    return [
        Case("the expected number is not whole", until(telling, draw), 0.75),
        Case("another share of another number", until(telling, draw), 0.75),
        Case("nothing is found", (0.0, int(rng.integers(5, 40))), 0.25),
        Case("everything is found", (1.0, int(rng.integers(5, 40))), 0.25),
    ]


def reference(recall, positives):
    return float(recall * positives)


def wrong_missed(recall, positives):
    return (1 - recall) * positives


def wrong_divided(recall, positives):
    return positives / recall


def wrong_rounded_down(recall, positives):
    return int(recall * positives)


def wrong_rounded(recall, positives):
    return round(recall * positives)


def wrong_percent(recall, positives):
    return recall / 100 * positives


def wrong_ignores_positives(recall, positives):
    return recall * 100


def wrong_plus(recall, positives):
    return recall + positives


def variant_product(recall, positives):
    return positives * recall


def variant_one_by_one(recall, positives):
    expected = 0.0
    for _ in range(positives):
        expected += recall
    return expected


def variant_all_but_missed(recall, positives):
    missed = positives * (1 - recall)
    return positives - missed


EXERCISE = Exercise(
    id="caught",
    lesson="03_precision_recall",
    objective="PR.3",
    points=2,
    signature="caught(recall, positives)",
    cases=cases,
    reference=reference,
    misconceptions={
        "missed": Misconception(
            wrong_missed,
            "You counted the positives that slip through. Recall is the share that is caught: take that share of the "
            "positives, not the rest.",
        ),
        "divided": Misconception(
            wrong_divided,
            "You divided by recall. That goes the other way: from the number found to the number there was. Here you "
            "know how many positives there are, and recall is the share of them that is found.",
        ),
        "rounded-down": Misconception(
            wrong_rounded_down,
            "You cut off the fraction. An expected number is an average over many such days, so it need not be whole: "
            "return it as it is.",
        ),
        "rounded": Misconception(
            wrong_rounded,
            "You rounded to a whole number. An expected number is an average over many such days, so it need not be "
            "whole: return it as it is.",
        ),
        "percent": Misconception(
            wrong_percent,
            "You divided recall by 100, as if it were given in percent. Here it is a fraction between 0 and 1 already.",
        ),
        "ignores-positives": Misconception(
            wrong_ignores_positives,
            "Your answer does not depend on how many positives there are: it is recall in percent. The same recall "
            "finds few where positives are few, and many where they are many.",
        ),
        "plus": Misconception(
            wrong_plus,
            "You added recall to the number of positives, and got more than there are. Recall is a share: asked for is "
            "that share of the positives.",
        ),
    },
    variants={"product": variant_product, "one-by-one": variant_one_by_one, "all-but-missed": variant_all_but_missed},
)
