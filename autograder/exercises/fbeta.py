"""F-beta: F1 for those to whom recall is beta times as important as precision."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import needs_digits, until
from autograder.exercises._class_cases import from_counts
from autograder.exercises._edited import mistake


def cases(rng: np.random.Generator) -> list[Case]:
    # Precision and recall lie far apart, on one side and on the other, so that exchanging them always shows.
    def counts(tp: tuple[int, int], fn: tuple[int, int], fp: tuple[int, int], beta: float) -> tuple[int, ...]:
        def telling(tp: int, fn: int, fp: int, tn: int) -> bool:
            return needs_digits((1 + beta**2) * tp / ((1 + beta**2) * tp + beta**2 * fn + fp))

        return until(telling, lambda: (*(int(rng.integers(*ends)) for ends in (tp, fn, fp)), int(rng.integers(9, 20))))

    many_alarms = from_counts(rng, *counts((8, 17), (1, 4), (7, 15), 2.0))
    many_misses = from_counts(rng, *counts((6, 13), (8, 16), (1, 4), 0.5))
    equal_say = from_counts(rng, *counts((6, 14), (1, 4), (5, 11), 1.0))
    never_yes = from_counts(rng, 0, int(rng.integers(2, 9)), 0, int(rng.integers(5, 14)))
    nothing = from_counts(rng, 0, 0, 0, int(rng.integers(5, 19)))
    return [
        Case("beta 2: recall counts more", (*many_alarms, 2.0), 1),
        Case("beta 0.5: precision counts more", (*many_misses, 0.5), 0.75),
        Case("beta 1: the same as F1", (*equal_say, 1.0), 0.75),
        Case("the model never says yes", (*never_yes, 2.0), 0.25),
        Case("no positives, and none predicted", (*nothing, 0.5), 0.25),
    ]


def reference(y_true, y_pred, beta):
    from evalkit import fbeta_score

    return fbeta_score(y_true, y_pred, beta=beta, zero_division=0.0)


def wrong_zero_division(y_true, y_pred, beta):
    tp = sum(1 for t, p in zip(y_true, y_pred) if t == 1 and p == 1)
    precision = tp / sum(1 for p in y_pred if p == 1)
    recall = tp / sum(1 for t in y_true if t == 1)
    return (1 + beta**2) * precision * recall / (beta**2 * precision + recall)


def variant_counts(y_true, y_pred, beta):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    fp = np.sum((y_true == 0) & (y_pred == 1))
    fn = np.sum((y_true == 1) & (y_pred == 0))
    total = (1 + beta**2) * tp + beta**2 * fn + fp
    return float((1 + beta**2) * tp / total) if total > 0 else 0.0


def variant_loop(y_true, y_pred, beta):
    tp = called = positives = 0
    for t, p in zip(y_true, y_pred):
        called += p == 1
        positives += t == 1
        tp += t == 1 and p == 1
    if tp == 0:
        return 0.0
    precision = tp / called
    recall = tp / positives
    return (1 + beta * beta) * (precision * recall) / (beta * beta * precision + recall)


def variant_share(y_true, y_pred, beta):
    # The form in which the measure was published: a weighted harmonic mean with the weights alpha and 1 - alpha.
    tp = int(y_true @ y_pred)
    if tp == 0:
        return 0.0
    alpha = 1 / (1 + beta**2)
    return 1 / (alpha * int(y_pred.sum()) / tp + (1 - alpha) * int(y_true.sum()) / tp)


EXERCISE = Exercise(
    id="fbeta",
    lesson="04_f1_and_averages",
    objective="FA.2",
    points=3,
    signature="fbeta(y_true, y_pred, beta)",
    cases=cases,
    reference=reference,
    misconceptions={
        "sides-swapped": mistake(
            variant_loop,
            {"beta * beta * precision + recall": "precision + beta * beta * recall"},
            "Your beta favours precision. In the denominator the squared beta multiplies precision, not recall: that "
            "is what gives recall more weight when beta is large.",
        ),
        "not-squared": mistake(
            variant_loop,
            {"(1 + beta * beta)": "(1 + beta)", "(beta * beta * precision": "(beta * precision"},
            "You used beta where its square belongs. Both places in the formula take beta squared.",
        ),
        "factor-two": mistake(
            variant_loop,
            {"(1 + beta * beta)": "2"},
            "The denominator is right, but the factor in front is 2 only when beta is 1. In general it is 1 + beta "
            "squared; otherwise a perfect model would not score 1.",
        ),
        "ignores-beta": mistake(
            variant_loop,
            {"(1 + beta * beta)": "2", "(beta * beta * precision": "(precision"},
            "Your function returns F1 whatever beta is. Let beta squared weigh the two sides.",
        ),
        "weighted-mean": mistake(
            variant_loop,
            {
                "(1 + beta * beta) * (precision * recall)": "(precision + beta * beta * recall)",
                "(beta * beta * precision + recall)": "(1 + beta * beta)",
            },
            "You took a weighted arithmetic mean of precision and recall. F-beta is a weighted harmonic mean: the "
            "product of the two stands above, their weighted sum below.",
        ),
        "zero-division": Misconception(
            wrong_zero_division,
            "Your formula is right until there is no true positive, no predicted positive or no real one: then you "
            "divide by zero. Deal with that first and return 0.0.",
        ),
        "not-a-number": mistake(
            variant_loop,
            {"    if tp == 0:\n        return 0.0\n": ""},
            "Your formula is right until there is no true positive, no predicted positive or no real one: then NumPy "
            "divides zero by zero and gives NaN. Deal with that first and return 0.0.",
        ),
        "no-brackets": mistake(
            variant_loop,
            {"(1 + beta * beta) * (precision * recall)": "1 + beta * beta * (precision * recall)"},
            "The factor in front needs brackets, (1 + beta**2). Without them Python multiplies first and adds the 1 "
            "at the end.",
        ),
    },
    variants={"counts": variant_counts, "loop": variant_loop, "share": variant_share},
)
