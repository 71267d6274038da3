"""Class weights: how much a sample of each class should count in a loss, so that all classes count alike."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import needs_digits, until


def cases(rng: np.random.Generator) -> list[Case]:
    def sizes(*ranges: tuple[int, int]) -> list[int]:
        """Sizes of classes, the weights of which have more than two digits."""

        def telling(*counts: int) -> bool:
            return needs_digits(*(sum(counts) / len(counts) / count for count in counts))

        return list(until(telling, lambda: tuple(int(rng.integers(*ends)) for ends in ranges)))

    rare = np.repeat([0, 1], sizes((30, 50), (3, 9)))
    three = np.repeat([2, 4, 8], sizes((12, 24), (5, 11), (2, 5)))
    names = np.repeat(["bird", "cat", "dog"], sizes((7, 13), (4, 7), (2, 4)))
    even = np.repeat([0, 1], int(rng.integers(4, 8)))
    return [
        Case("two classes, one rare", (rng.permutation(rare),), 1),
        Case("three classes, with gaps between the labels", (rng.permutation(three),), 0.5),
        Case("labels with names", (rng.permutation(names),), 0.25),
        Case("equally many of each", (rng.permutation(even),), 0.25),
    ]


def reference(y):
    # class_weight="balanced" of scikit-learn; G. King and L. Zeng, "Logistic Regression in Rare Events Data" (2001).
    classes, counts = np.unique(y, return_counts=True)
    return {label: len(y) / (len(classes) * count) for label, count in zip(classes.tolist(), counts.tolist())}


def wrong_shares(y):
    classes, counts = np.unique(y, return_counts=True)
    return {c: n / len(y) for c, n in zip(classes.tolist(), counts.tolist())}


def wrong_without_k(y):
    classes, counts = np.unique(y, return_counts=True)
    return {c: len(y) / n for c, n in zip(classes.tolist(), counts.tolist())}


def wrong_reciprocals(y):
    classes, counts = np.unique(y, return_counts=True)
    return {c: 1 / n for c, n in zip(classes.tolist(), counts.tolist())}


def wrong_largest_over_count(y):
    classes, counts = np.unique(y, return_counts=True)
    return {c: max(counts.tolist()) / n for c, n in zip(classes.tolist(), counts.tolist())}


def wrong_sum_to_one(y):
    classes, counts = np.unique(y, return_counts=True)
    total = sum(1 / n for n in counts.tolist())
    return {c: 1 / n / total for c, n in zip(classes.tolist(), counts.tolist())}


def wrong_upside_down(y):
    classes, counts = np.unique(y, return_counts=True)
    return {c: len(classes) * n / len(y) for c, n in zip(classes.tolist(), counts.tolist())}


def wrong_array(y):
    classes, counts = np.unique(y, return_counts=True)
    return len(y) / (len(classes) * counts)


def wrong_two_classes(y):
    classes, counts = np.unique(y, return_counts=True)
    return {c: len(y) / (2 * n) for c, n in zip(classes.tolist(), counts.tolist())}


def variant_loop(y):
    counts = {}
    for label in y.tolist():
        counts[label] = counts.get(label, 0) + 1
    weights = {}
    for label, count in counts.items():
        weights[label] = len(y) / (len(counts) * count)
    return weights


def variant_masks(y):
    classes = np.unique(y)
    return {label: y.size / (classes.size * np.sum(y == label)) for label in classes}


def variant_mean_count(y):
    # The mean size of a class, divided by the size of this one.
    classes, counts = np.unique(y, return_counts=True)
    return dict(zip(classes, counts.mean() / counts))


def wrong_no_brackets(y):
    classes, counts = np.unique(y, return_counts=True)
    return {c: len(y) / len(classes) * n for c, n in zip(classes.tolist(), counts.tolist())}


EXERCISE = Exercise(
    id="class_weights",
    lesson="04_f1_and_averages",
    objective="FA.5",
    points=2,
    signature="class_weights(y)",
    cases=cases,
    reference=reference,
    misconceptions={
        "shares": Misconception(
            wrong_shares,
            "You returned each class's share of the samples, so the largest class weighs most. It must be the other "
            "way round: the count belongs below the line.",
        ),
        "without-k": Misconception(
            wrong_without_k,
            "You divided the number of samples by the count, but not by the number of classes as well. With your "
            "weights the samples would count K times as much as without any.",
        ),
        "reciprocals": Misconception(
            wrong_reciprocals,
            "You returned one over the count. The ratios are right, the scale is not: multiply by the number of "
            "samples and divide by the number of classes, so that the mean weight of a sample stays 1.",
        ),
        "largest-over-count": Misconception(
            wrong_largest_over_count,
            "You divided the largest count by each count. The ratios are right, but the largest class need not have "
            "weight 1: divide the mean size of a class, n / K, by each count.",
        ),
        "sum-to-one": Misconception(
            wrong_sum_to_one,
            "You scaled the weights to add up to 1. They need not: what stays 1 is the mean weight of a sample. Use "
            "n / (K · count) as it stands.",
        ),
        "upside-down": Misconception(
            wrong_upside_down,
            "Your fraction stands on its head: the count belongs below, n above. A rare class gets a large weight.",
        ),
        "array": Misconception(
            wrong_array,
            "Your weights are right, but you returned them as an array. Labels need not be 0, 1, 2, so return a dict "
            "that says which weight belongs to which class.",
        ),
        "two-classes": Misconception(
            wrong_two_classes,
            "You divided by 2, which is right for two classes only. Divide by the number of distinct labels.",
        ),
        "no-brackets": Misconception(
            wrong_no_brackets,
            "Below the line stands a product, K · count, and it needs brackets. Without them Python divides by K and "
            "then multiplies by the count.",
        ),
    },
    variants={"loop": variant_loop, "masks": variant_masks, "mean-count": variant_mean_count},
)
