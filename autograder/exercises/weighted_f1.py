"""Weighted F1: the mean of the F1 of each class, weighted by how often the class occurs in the truth."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._class_cases import from_table, never_predicted, never_true, once_each, three_uneven_classes
from autograder.exercises._edited import mistake


def cases(rng: np.random.Generator) -> list[Case]:
    misses = int(rng.integers(3, 6))
    return [
        Case("three classes of different size", from_table(rng, three_uneven_classes(rng), ["a", "b", "c"]), 0.5),
        Case("two classes, one rare", from_table(rng, [[30, 1], [misses, 3]], [0, 1]), 0.5),
        Case("a class that is never predicted", from_table(rng, never_predicted(rng), [3, 5, 9]), 0.5),
        Case("classes that occur once", from_table(rng, once_each(rng), [1, 2, 3, 5, 8]), 0.25),
        Case("a class that never occurs in the truth", from_table(rng, never_true(rng), [0, 1, 2]), 0.25),
    ]


def reference(y_true, y_pred):
    from evalkit import f1_score

    return f1_score(y_true, y_pred, average="weighted", zero_division=0.0)


def right(y_true, y_pred):
    total = 0.0
    for label in np.union1d(y_true, y_pred):
        tp = np.sum((y_true == label) & (y_pred == label))
        score = 2 * tp / (np.sum(y_true == label) + np.sum(y_pred == label))
        total += score * np.sum(y_true == label)
    return float(total / len(y_true))


def wrong_macro(y_true, y_pred):
    scores = []
    for label in np.union1d(y_true, y_pred):
        tp = np.sum((y_true == label) & (y_pred == label))
        scores.append(2 * tp / (np.sum(y_true == label) + np.sum(y_pred == label)))
    return float(np.mean(scores))


def wrong_accuracy(y_true, y_pred):
    return float(np.mean(y_true == y_pred))


def wrong_inverse_weights(y_true, y_pred):
    scores = []
    weights = []
    for label in np.unique(y_true):
        tp = np.sum((y_true == label) & (y_pred == label))
        scores.append(2 * tp / (np.sum(y_true == label) + np.sum(y_pred == label)))
        weights.append(1 / np.sum(y_true == label))
    return float(np.average(scores, weights=weights))


def wrong_f1_of_weighted(y_true, y_pred):
    precision = 0.0
    recall = 0.0
    for label in np.unique(y_true):
        tp = np.sum((y_true == label) & (y_pred == label))
        share = np.mean(y_true == label)
        precision += share * tp / max(np.sum(y_pred == label), 1)
        recall += share * tp / np.sum(y_true == label)
    return float(2 * precision * recall / (precision + recall)) if precision + recall > 0 else 0.0


def wrong_not_a_number(y_true, y_pred):
    total = 0.0
    for label in np.union1d(y_true, y_pred):
        tp = np.sum((y_true == label) & (y_pred == label))
        p = tp / np.sum(y_pred == label)
        r = tp / np.sum(y_true == label)
        total += 2 * p * r / (p + r) * np.mean(y_true == label)
    return float(total)


def variant_average(y_true, y_pred):
    classes, supports = np.unique(y_true, return_counts=True)
    scores = []
    for label, support in zip(classes, supports):
        tp = np.sum((y_true == label) & (y_pred == label))
        scores.append(2 * tp / (support + np.sum(y_pred == label)))
    return float(np.average(scores, weights=supports))


def variant_loop(y_true, y_pred):
    support = {}
    called = {}
    right = {}
    for t, p in zip(y_true.tolist(), y_pred.tolist()):
        support[t] = support.get(t, 0) + 1
        called[p] = called.get(p, 0) + 1
        if t == p:
            right[t] = right.get(t, 0) + 1
    total = 0.0
    for label, count in support.items():
        total += count * 2 * right.get(label, 0) / (count + called.get(label, 0))
    return total / len(y_true)


def variant_each_sample(y_true, y_pred):
    # The mean over all samples of the F1 of the class that each belongs to.
    scores = np.zeros(len(y_true))
    for label in np.unique(y_true):
        members = y_true == label
        p_or_t = np.count_nonzero(members) + np.count_nonzero(y_pred == label)
        scores[members] = 2 * np.count_nonzero(members & (y_pred == label)) / p_or_t
    return scores.mean()


EXERCISE = Exercise(
    id="weighted_f1",
    lesson="04_f1_and_averages",
    objective="FA.3",
    points=2,
    signature="weighted_f1(y_true, y_pred)",
    cases=cases,
    reference=reference,
    misconceptions={
        "macro": Misconception(
            wrong_macro,
            "You took the plain mean, in which every class has the same say: that is macro F1. Multiply the F1 of each "
            "class by its share of the true labels instead, and add up.",
        ),
        "accuracy": Misconception(
            wrong_accuracy,
            "You returned the share of right predictions, which is accuracy. Compute the F1 of each class first, then "
            "weight it by the share of the true labels that belong to the class.",
        ),
        "weights-from-predictions": mistake(
            right,
            {"score * np.sum(y_true == label)": "score * np.sum(y_pred == label)"},
            "You weighted by how often each class was predicted. The weight is the support: how often the class occurs "
            "in the truth. Otherwise a model could choose its own weights.",
        ),
        "not-divided": mistake(
            right,
            {"total / len(y_true)": "total"},
            "You multiplied by the counts and added up, but did not divide by the number of samples. The weights of a "
            "mean must add up to 1.",
        ),
        "divided-twice": mistake(
            right,
            {"total / len(y_true)": "total / len(y_true) / len(np.union1d(y_true, y_pred))"},
            "You divided twice. The shares of the classes add up to 1 already: add up share times F1, and do not take "
            "the mean over the classes as well.",
        ),
        "inverse-weights": Misconception(
            wrong_inverse_weights,
            "You gave the rare classes the larger weight. Weighted F1 does the opposite: the weight of a class is its "
            "share of the true labels. (One over the count is an idea for weights in a loss.)",
        ),
        "f1-of-weighted": Misconception(
            wrong_f1_of_weighted,
            "You averaged precision and recall first, and took F1 of the two averages. The order matters: first the F1 "
            "of each class, then the weighted mean.",
        ),
        "not-a-number": Misconception(
            wrong_not_a_number,
            "Your answer is NaN where a class is never predicted or never true: its precision or recall is 0/0. Set "
            "such a value to 0.0, or compute F1 from the counts, 2 TP over 2 TP + FP + FN.",
        ),
        "over-classes": mistake(
            right,
            {"total / len(y_true)": "total / len(np.unique(y_true))"},
            "You multiplied each F1 by the count of its class, added up, and divided by the number of classes. The "
            "weights of a mean must add up to 1: divide by the number of samples.",
        ),
    },
    variants={"average": variant_average, "loop": variant_loop, "each-sample": variant_each_sample},
)
