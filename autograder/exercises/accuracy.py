"""Accuracy: the share of the predictions that are right."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import labels, noisy


def cases(rng: np.random.Generator) -> list[Case]:
    # 27 and 31 samples: no share of them but 0 and 1 has only two decimals, so rounding shows.
    mixed = np.concatenate([np.ones(12, np.int64), np.zeros(15, np.int64)])
    mixed_pred = mixed.copy()
    mixed_pred[: rng.integers(2, 5)] = 0
    mixed_pred[12 : 12 + rng.integers(5, 8)] = 1
    order = rng.permutation(27)
    names = np.array(["bird", "cat", "dog"])
    animals = rng.permutation(np.arange(31) % 3)
    slipped = np.where(np.arange(31) < rng.integers(8, 13), (animals + 1) % 3, animals)
    rare = labels(rng, 41, 0.05)
    opposite = labels(rng, 9, 0.5)
    return [
        Case("a mix of rights and wrongs", (mixed[order], mixed_pred[order]), 0.5),
        Case("three classes, with names", (names[animals], names[slipped]), 0.5),
        Case("few positives", (rare, noisy(rng, rare, 0.6, 0.1)), 0.5),
        Case("every prediction is wrong", (opposite, 1 - opposite), 0.5),
    ]


def reference(y_true, y_pred):
    from evalkit import accuracy_score

    return accuracy_score(y_true, y_pred)


def wrong_error_rate(y_true, y_pred):
    return float(np.mean(y_true != y_pred))


def wrong_count(y_true, y_pred):
    return int(np.sum(y_true == y_pred))


def wrong_only_positives(y_true, y_pred):
    right = sum(1 for t, p in zip(y_true, y_pred) if t == 1 and p == 1)
    return right / len(y_true)


def wrong_recall(y_true, y_pred):
    positives = sum(1 for t in y_true if t == 1)
    right = sum(1 for t, p in zip(y_true, y_pred) if t == 1 and p == 1)
    return right / positives if positives > 0 else 0.0


def wrong_percent(y_true, y_pred):
    return 100 * float(np.mean(y_true == y_pred))


def wrong_rounded(y_true, y_pred):
    return round(float(np.mean(y_true == y_pred)), 2)


def variant_loop(y_true, y_pred):
    right = 0
    for t, p in zip(y_true, y_pred):
        if t == p:
            right += 1
    return right / len(y_true)


def variant_mean(y_true, y_pred):
    return (y_true == y_pred).mean()


def variant_one_minus_error(y_true, y_pred):
    wrong = np.count_nonzero(y_true != y_pred)
    return 1 - wrong / y_true.size


EXERCISE = Exercise(
    id="accuracy",
    lesson="02_accuracy_paradox",
    objective="AP.1",
    points=2,
    signature="accuracy(y_true, y_pred)",
    cases=cases,
    reference=reference,
    misconceptions={
        "error-rate": Misconception(
            wrong_error_rate,
            "You counted the predictions that differ from the truth. That share is the error rate. Accuracy is the "
            "share that agrees: count the places where the two labels are equal.",
        ),
        "count": Misconception(
            wrong_count,
            "You returned how many predictions are right. Accuracy is a share between 0 and 1: divide the count by "
            "the number of samples.",
        ),
        "only-positives": Misconception(
            wrong_only_positives,
            "You counted only the right predictions of class 1. A right prediction of any other class counts just "
            "as much: ask whether the two labels are equal, whatever they are.",
        ),
        "recall": Misconception(
            wrong_recall,
            "You looked only at the samples whose true label is 1. That is the recall of class 1. Accuracy looks at "
            "all samples: count every right prediction, and divide by the number of samples.",
        ),
        "percent": Misconception(
            wrong_percent,
            "Your answer is a percentage. The exercise asks for a share between 0 and 1: leave out the factor 100.",
        ),
        "rounded": Misconception(
            wrong_rounded,
            "You rounded the answer. Round when you print a number, not when you compute it: whoever goes on "
            "calculating needs all its digits.",
        ),
    },
    variants={"loop": variant_loop, "mean": variant_mean, "one-minus-error": variant_one_minus_error},
)
