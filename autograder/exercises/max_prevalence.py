"""The largest share of positives that an accuracy and a recall can both hold with."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception


def cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("high accuracy, low recall", (_draw(rng, 0.95, 0.99), _draw(rng, 0.05, 0.3)), 1),
        Case("recall above accuracy", (_draw(rng, 0.6, 0.75), _draw(rng, 0.85, 0.95)), 0.5),
        Case("recall of zero", (_draw(rng, 0.8, 0.97), 0.0), 0.5),
        Case("recall of one", (_draw(rng, 0.7, 0.95), 1.0), 1),
    ]


def _draw(rng, low, high):
    return round(float(rng.uniform(low, high)), 3)


def reference(accuracy, recall):
    return 1.0 if recall == 1 else min(1.0, (1 - accuracy) / (1 - recall))


def wrong_no_cap(accuracy, recall):
    if recall == 1:
        return 1.0
    return (1 - accuracy) / (1 - recall)


def wrong_zero_division(accuracy, recall):
    return min(1.0, (1 - accuracy) / (1 - recall))


def wrong_formula_only(accuracy, recall):
    return (1 - accuracy) / (1 - recall)


def wrong_error_rate(accuracy, recall):
    return 1 - accuracy


def wrong_divides_by_recall(accuracy, recall):
    if recall == 0:
        return 1.0
    return min(1.0, (1 - accuracy) / recall)


def wrong_upside_down(accuracy, recall):
    if accuracy == 1:
        return 1.0
    return min(1.0, (1 - recall) / (1 - accuracy))


def wrong_recall_one_is_zero(accuracy, recall):
    if recall == 1:
        return 0.0
    return min(1.0, (1 - accuracy) / (1 - recall))


def wrong_percent(accuracy, recall):
    if recall == 1:
        return 100.0
    return min(100.0, 100 * (1 - accuracy) / (1 - recall))


def variant_min(accuracy, recall):
    if recall == 1:
        return 1.0
    return min(1.0, (1 - accuracy) / (1 - recall))


def variant_compare_first(accuracy, recall):
    errors = 1 - accuracy
    misses_per_positive = 1 - recall
    if errors >= misses_per_positive:
        return 1.0
    return errors / misses_per_positive


def variant_numpy(accuracy, recall):
    if np.isclose(recall, 1.0):
        return 1
    return np.clip(np.divide(1 - accuracy, 1 - recall), 0, 1)


EXERCISE = Exercise(
    id="max_prevalence",
    lesson="02_accuracy_paradox",
    objective="AP.5",
    points=3,
    signature="max_prevalence(accuracy, recall)",
    cases=cases,
    reference=reference,
    misconceptions={
        "no-cap": Misconception(
            wrong_no_cap,
            "Your fraction is right, but it can exceed 1, and no share does. When the recall is not below the "
            "accuracy, the two numbers set no limit: return 1.0.",
        ),
        "zero-division": Misconception(
            wrong_zero_division,
            "Your formula divides by zero when the recall is 1. A model that misses no positive is wrong on negatives "
            "only, so the two numbers set no limit: return 1.0 before you divide.",
        ),
        "formula-only": Misconception(
            wrong_formula_only,
            "The fraction is right, but two things are missing. With a recall of 1 it divides by zero: answer that "
            "case before you divide. And it can exceed 1, which a share never does: limit it.",
        ),
        "error-rate": Misconception(
            wrong_error_rate,
            "You returned the error rate. That would be the limit if every positive were missed. Only a share of "
            "1 − recall of the positives is missed, so more positives fit: divide by that share.",
        ),
        "divides-by-recall": Misconception(
            wrong_divides_by_recall,
            "You divided by the recall, the share of positives that are caught. Errors come from the positives that "
            "are missed: divide by the share of those.",
        ),
        "upside-down": Misconception(
            wrong_upside_down,
            "Your fraction is upside down. Prevalence times the share of missed positives is at most the error rate; "
            "solve that for the prevalence.",
        ),
        "recall-one-is-zero": Misconception(
            wrong_recall_one_is_zero,
            "With a recall of 1 you return 0. It is the other way round: if no positive is missed, then no number of "
            "positives adds an error, and they may be as many as you like.",
        ),
        "percent": Misconception(
            wrong_percent,
            "Your answer is a percentage. The exercise asks for a share between 0 and 1: leave out the factor 100.",
        ),
    },
    variants={"min": variant_min, "compare-first": variant_compare_first, "numpy": variant_numpy},
)
