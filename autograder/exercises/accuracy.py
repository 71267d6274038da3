"""Accuracy: the share of the predictions that are right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import labels, needs_digits, noisy, until


def cases(rng: np.random.Generator) -> list[Case]:
    # Numbers of samples whose shares have more than two decimals, so rounding shows.
    def counts(samples: tuple[int, int]) -> tuple[int, int]:
        def draw() -> tuple[int, int]:
            n = int(rng.integers(*samples))
            return n, int(rng.integers(n // 5, n // 2))

        return until(lambda n, wrong: needs_digits(wrong / n), draw)

    n, wrong = counts((23, 60))
    positives = 2 * n // 5
    mixed = np.repeat([1, 0], [positives, n - positives])
    misses = wrong // 3
    mixed_pred = np.repeat([0, 1, 1, 0], [misses, positives - misses, wrong - misses, n - positives - wrong + misses])
    order = rng.permutation(n)
    n, wrong = counts((23, 60))
    names = np.array(["bird", "cat", "dog"])
    animals = rng.permutation(np.arange(n) % 3)
    slipped = np.where(np.arange(n) < wrong, (animals + 1) % 3, animals)

    def rarely() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        rare = labels(rng, int(rng.integers(41, 80)), 0.05)
        return rare, noisy(rng, rare, 0.6, 0.1)

    rare, rare_pred = until(lambda t, p: needs_digits(np.mean(t == p)), rarely)
    opposite = labels(rng, 9, 0.5)
    return [
        Case("a mix of rights and wrongs", (mixed[order], mixed_pred[order]), 0.5),
        Case("three classes, with names", (names[animals], names[slipped]), 0.5),
        Case("few positives", (rare, rare_pred), 0.5),
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


def wrong_zero_and_one(y_true, y_pred):
    right = sum(1 for t, p in zip(y_true, y_pred) if (t == 1 and p == 1) or (t == 0 and p == 0))
    return right / len(y_true)


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
        "zero-and-one-only": Misconception(
            wrong_zero_and_one,
            "You added the true positives and the true negatives, with the labels 1 and 0. There can be more classes,"
            " and they can have names: ask whether the two labels are equal, whatever they are.",
        ),
    },
    variants={"loop": variant_loop, "mean": variant_mean, "one-minus-error": variant_one_minus_error},
)
