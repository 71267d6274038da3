"""Scores into 0/1 labels: a score at or above the threshold is positive."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception


def cases(rng: np.random.Generator) -> list[Case]:
    # Scores with two decimals, as a person would write them, kept off the threshold except where a tie is the point.
    low = rng.choice(np.arange(5, 30), size=4, replace=False) / 100
    middle = rng.choice(np.arange(35, 49), size=3, replace=False) / 100
    high = rng.choice(np.arange(55, 95), size=4, replace=False) / 100
    tie = float(rng.choice([0.6, 0.7, 0.8]))
    logits = np.concatenate([rng.uniform(-4, -1, 3), rng.uniform(0.55, 0.95, 2), rng.uniform(1.6, 4, 3)]).round(1)
    return [
        Case("probabilities, threshold 0.5", (rng.permutation(np.concatenate([low, middle, high])), 0.5), 0.5),
        Case("scores equal to the threshold", (rng.permutation(np.concatenate([low, [tie, tie], high])), tie), 0.5),
        Case("another threshold", (rng.permutation(np.concatenate([low, middle, [0.5]])), 0.32), 0.5),
        Case("scores that are not probabilities", (rng.permutation(logits), 1.0), 0.5),
    ]


def reference(scores, threshold):
    return np.where(scores >= threshold, 1, 0)


def wrong_strict(scores, threshold):
    return (scores > threshold).astype(int)


def wrong_inverted(scores, threshold):
    return np.where(scores >= threshold, 0, 1)


def wrong_rounding(scores, threshold):
    return np.round(scores).astype(int)


def wrong_half(scores, threshold):
    return (scores >= 0.5).astype(int)


def wrong_booleans(scores, threshold):
    return scores >= threshold


def wrong_positions(scores, threshold):
    return np.where(scores >= threshold)[0]


def variant_loop(scores, threshold):
    labels = []
    for score in scores:
        if score >= threshold:
            labels.append(1)
        else:
            labels.append(0)
    return np.array(labels)


def variant_astype(scores, threshold):
    return (scores >= threshold).astype(int)


def variant_not_below(scores, threshold):
    labels = np.ones(len(scores), dtype=int)
    labels[scores < threshold] = 0
    return labels


def wrong_minus_one(scores, threshold):
    return np.where(scores >= threshold, 1, -1)


EXERCISE = Exercise(
    id="threshold_labels",
    lesson="01_confusion_matrix",
    objective="CM.2",
    points=2,
    signature="threshold_labels(scores, threshold)",
    cases=cases,
    reference=reference,
    misconceptions={
        "strict": Misconception(
            wrong_strict,
            "Your labels are right except where a score is exactly equal to the threshold: you compared with >. In "
            "this course a score at or above the threshold is positive, so a tie is a yes. Use >=.",
        ),
        "inverted": Misconception(
            wrong_inverted,
            "You have the two labels the wrong way round: scores below the threshold became 1. A high score speaks for "
            "the positive class, which is 1. Swap the two labels.",
        ),
        "rounding": Misconception(
            wrong_rounding,
            "You rounded the scores. That never looks at `threshold`, turns 0.5 into 0, and fails for scores above "
            "1.5. Compare each score with the threshold instead.",
        ),
        "hard-coded-half": Misconception(
            wrong_half,
            "You compared with 0.5, whatever the threshold was. 0.5 is a habit, not a rule: compare with the argument "
            "`threshold`.",
        ),
        "booleans": Misconception(
            wrong_booleans,
            "You compared rightly, and returned True and False. The exercise asks for the labels 1 and 0: turn the "
            "truth values into integers, for example with .astype(int).",
        ),
        "positions": Misconception(
            wrong_positions,
            "You returned the positions of the samples that reach the threshold. The exercise asks for one label per "
            "sample, so the answer is as long as `scores`. np.where with three arguments gives that.",
        ),
        "minus-one": Misconception(
            wrong_minus_one,
            "Your negative label is −1. Some libraries use it, but this exercise asks for 0.",
        ),
    },
    variants={"loop": variant_loop, "astype": variant_astype, "not-below": variant_not_below},
)
