"""The largest share of positives that an accuracy and a recall can both hold with."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._edited import mistake


def cases(rng: np.random.Generator) -> list[Case]:
    same = _draw(rng, 0.55, 0.95)
    return [
        Case("high accuracy, low recall", (_draw(rng, 0.95, 0.99), _draw(rng, 0.05, 0.3)), 0.75),
        Case("recall above accuracy", (_draw(rng, 0.6, 0.75), _draw(rng, 0.85, 0.95)), 0.75),
        Case("both low, recall above accuracy", (_draw(rng, 0.1, 0.25), _draw(rng, 0.3, 0.45)), 0.5),
        Case("recall of zero", (_draw(rng, 0.8, 0.97), 0.0), 0.25),
        Case("recall of one", (_draw(rng, 0.7, 0.95), 1.0), 0.25),
        Case("accuracy and recall are equal", (same, same), 0.25),
        Case("both are one", (1.0, 1.0), 0.125),
        Case("both are zero", (0.0, 0.0), 0.125),
    ]


def _draw(rng, low, high):
    """A number with four decimals, no multiple of 0.001."""
    last = 10 * int(rng.integers(10)) + int(rng.integers(1, 10))
    return round((int(rng.integers(100 * low, 100 * high)) + last / 100) / 100, 4)


def reference(accuracy, recall):
    # Of all samples, p are positive. Those caught are right and those missed are wrong, so p recall <= accuracy and
    # p (1 - recall) <= 1 - accuracy.
    if recall < accuracy:
        return (1 - accuracy) / (1 - recall)
    if recall > accuracy:
        return accuracy / recall
    return 1.0


def wrong_errors_only(accuracy, recall):
    return 1.0 if recall == 1 else min(1.0, (1 - accuracy) / (1 - recall))


def wrong_hits_only(accuracy, recall):
    return 1.0 if recall == 0 else min(1.0, accuracy / recall)


def wrong_no_cap(accuracy, recall):
    if recall == 1:
        return 1.0
    return (1 - accuracy) / (1 - recall)


def wrong_formula_only(accuracy, recall):
    return (1 - accuracy) / (1 - recall)


def wrong_zero_division(accuracy, recall):
    return min(1.0, accuracy / recall, (1 - accuracy) / (1 - recall))


def wrong_error_rate(accuracy, recall):
    return 1 - accuracy


def wrong_upside_down(accuracy, recall):
    if recall < accuracy:
        return (1 - recall) / (1 - accuracy) if accuracy < 1 else 1.0
    return recall / accuracy if accuracy > 0 else 1.0


def wrong_exchanged(accuracy, recall):
    if recall < accuracy:
        return accuracy / recall if recall > 0 else 1.0
    return (1 - accuracy) / (1 - recall) if recall < 1 else 1.0


def variant_smaller_of_two(accuracy, recall):
    limits = [1.0]
    if recall > 0:
        limits.append(accuracy / recall)
    if recall < 1:
        limits.append((1 - accuracy) / (1 - recall))
    return min(limits)


def variant_product(accuracy, recall):
    errors, misses_per_positive = 1 - accuracy, 1 - recall
    if errors * recall < misses_per_positive * accuracy:
        return errors / misses_per_positive
    return accuracy / recall if recall else 1.0


def variant_numpy(accuracy, recall):
    top = np.array([accuracy, 1 - accuracy])
    bottom = np.array([recall, 1 - recall])
    return np.divide(top, bottom, out=np.ones(2), where=bottom > 0).clip(0, 1).min()


EXERCISE = Exercise(
    id="max_prevalence",
    lesson="02_accuracy_paradox",
    objective="AP.5",
    points=3,
    signature="max_prevalence(accuracy, recall)",
    cases=cases,
    reference=reference,
    misconceptions={
        "errors-only": Misconception(
            wrong_errors_only,
            "You count the missed positives, which must not exceed the errors. The positives that are caught set a "
            "limit, too: each of them is a right prediction, and there are not more of those than the accuracy allows.",
        ),
        "hits-only": Misconception(
            wrong_hits_only,
            "You count the positives that are caught, which must not exceed the right predictions. The positives that "
            "are missed set a limit, too: each of them is an error, and there are not more of those than 1 − accuracy.",
        ),
        "no-cap": Misconception(
            wrong_no_cap,
            "Your fraction can exceed 1, and no share does. It holds where the recall is below the accuracy. Where it "
            "is above, ask how many of the right predictions can be positives that were caught.",
        ),
        "formula-only": Misconception(
            wrong_formula_only,
            "The fraction is right where the recall is below the accuracy. With a recall of 1 it divides by zero, and "
            "above the accuracy it exceeds 1: there the positives that are caught set the limit.",
        ),
        "zero-division": Misconception(
            wrong_zero_division,
            "You have both limits. But one of them divides by zero when the recall is 0, and the other when it is 1. "
            "Compare the recall with the accuracy first, and compute only the fraction that you need.",
        ),
        "error-rate": Misconception(
            wrong_error_rate,
            "You returned the error rate. That would be the limit if every positive were missed. Only a share of "
            "1 − recall of the positives is missed, so more positives fit: divide by that share.",
        ),
        "upside-down": Misconception(
            wrong_upside_down,
            "Your fractions are upside down. Prevalence times the share of missed positives is at most the error rate; "
            "solve that for the prevalence.",
        ),
        "exchanged": Misconception(
            wrong_exchanged,
            "You have both fractions, each in the place of the other. Where the recall is low many positives are "
            "missed, so there it is the errors that set the limit.",
        ),
        "percent": mistake(
            variant_smaller_of_two,
            {"return min(limits)": "return 100 * min(limits)"},
            "Your answer is a percentage. The exercise asks for a share between 0 and 1: leave out the factor 100.",
        ),
    },
    variants={"smaller-of-two": variant_smaller_of_two, "product": variant_product, "numpy": variant_numpy},
)
