"""F1: the harmonic mean of precision and recall."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import binary_label_cases
from autograder.exercises._edited import mistake


def cases(rng: np.random.Generator) -> list[Case]:
    shared = binary_label_cases(rng, plain=1.125, imbalanced=1, no_positives=0.25, never_yes=0.25, once=0.125)
    nothing = np.zeros(int(rng.integers(5, 19)), np.int64)
    return [*shared, Case("no positives, and none predicted", (nothing, nothing.copy()), 0.25)]


def reference(y_true, y_pred):
    from evalkit import f1_score

    return f1_score(y_true, y_pred, zero_division=0.0)


def wrong_arithmetic_mean(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    precision = tp / max(np.sum(y_pred == 1), 1)
    recall = tp / max(np.sum(y_true == 1), 1)
    return float((precision + recall) / 2)


def wrong_geometric_mean(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    precision = tp / max(np.sum(y_pred == 1), 1)
    recall = tp / max(np.sum(y_true == 1), 1)
    return float(np.sqrt(precision * recall))


def wrong_without_two(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    precision = tp / max(np.sum(y_pred == 1), 1)
    recall = tp / max(np.sum(y_true == 1), 1)
    if precision + recall == 0:
        return 0.0
    return float(precision * recall / (precision + recall))


def wrong_jaccard(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    union = np.sum((y_true == 1) | (y_pred == 1))
    return float(tp / union) if union > 0 else 0.0


def wrong_accuracy(y_true, y_pred):
    return float(np.mean(y_true == y_pred))


def wrong_mean_of_both_classes(y_true, y_pred):
    scores = []
    for label in (0, 1):
        tp = np.sum((y_true == label) & (y_pred == label))
        total = np.sum(y_true == label) + np.sum(y_pred == label)
        scores.append(2 * tp / total if total > 0 else 0.0)
    return float(np.mean(scores))


def wrong_zero_division(y_true, y_pred):
    tp = sum(1 for t, p in zip(y_true, y_pred) if t == 1 and p == 1)
    precision = tp / sum(1 for p in y_pred if p == 1)
    recall = tp / sum(1 for t in y_true if t == 1)
    return 2 * precision * recall / (precision + recall)


def wrong_not_a_number(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    precision = tp / np.sum(y_pred == 1)
    recall = tp / np.sum(y_true == 1)
    return 2 * precision * recall / (precision + recall)


def wrong_empty_is_perfect(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    total = np.sum(y_true == 1) + np.sum(y_pred == 1)
    return float(2 * tp / total) if total > 0 else 1.0


def wrong_true_negatives_below(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    tn = np.sum((y_true == 0) & (y_pred == 0))
    return float(2 * tp / (2 * tp + tn)) if tp + tn > 0 else 0.0


def variant_from_the_two_metrics(y_true, y_pred):
    called = np.sum(y_pred == 1)
    positives = np.sum(y_true == 1)
    caught = np.sum((y_true == 1) & (y_pred == 1))
    precision = caught / called if called > 0 else 0.0
    recall = caught / positives if positives > 0 else 0.0
    if precision + recall == 0:
        return 0.0
    return 2 * precision * recall / (precision + recall)


def variant_loop(y_true, y_pred):
    tp = fp = fn = 0
    for t, p in zip(y_true.tolist(), y_pred.tolist()):
        if t == 1 and p == 1:
            tp += 1
        elif p == 1:
            fp += 1
        elif t == 1:
            fn += 1
    return 2 * tp / (2 * tp + fp + fn) if tp else 0.0


def variant_reciprocals(y_true, y_pred):
    tp = int(y_true @ y_pred)
    if tp == 0:
        return 0.0
    # The harmonic mean as it is defined: one over the mean of the reciprocals.
    return 1 / ((y_pred.sum() / tp + y_true.sum() / tp) / 2)


EXERCISE = Exercise(
    id="f1",
    lesson="04_f1_and_averages",
    objective="FA.1",
    points=3,
    signature="f1(y_true, y_pred)",
    cases=cases,
    reference=reference,
    misconceptions={
        "arithmetic-mean": Misconception(
            wrong_arithmetic_mean,
            "You took the ordinary mean of precision and recall. It forgives a value near zero when the other is high. "
            "F1 is their harmonic mean: twice the product over the sum.",
        ),
        "geometric-mean": Misconception(
            wrong_geometric_mean,
            "You took the root of precision times recall, the geometric mean. F1 is the harmonic mean: twice the "
            "product over the sum.",
        ),
        "without-two": Misconception(
            wrong_without_two,
            "Your answer is half of what it should be: a perfect model would score 0.5. The harmonic mean of two "
            "numbers has a factor 2 in front of the product.",
        ),
        "jaccard": Misconception(
            wrong_jaccard,
            "You divided TP by TP + FP + FN, which is another measure. In F1 a true positive counts twice, above and "
            "below, because it stands in precision and in recall.",
        ),
        "accuracy": Misconception(
            wrong_accuracy,
            "You counted every right prediction. That is accuracy. True negatives stand neither in precision nor in "
            "recall, so they have no place in F1.",
        ),
        "mean-of-both-classes": Misconception(
            wrong_mean_of_both_classes,
            "You averaged the F1 of class 0 and the F1 of class 1, which is macro F1. This exercise asks for the F1 of "
            "the positive class, 1, alone.",
        ),
        "zero-division": Misconception(
            wrong_zero_division,
            "Your formula is right until something is empty: no predicted positives, no real ones, or no true positive "
            "among them. Then you divide by zero. Deal with these cases first and return 0.0.",
        ),
        "not-a-number": Misconception(
            wrong_not_a_number,
            "Your formula is right until something is empty: no predicted positives, no real ones, or no true positive "
            "among them. Then NumPy divides zero by zero and gives NaN. Deal with these cases first and return 0.0.",
        ),
        "empty-is-perfect": Misconception(
            wrong_empty_is_perfect,
            "Where there are no positives and none are predicted, you return 1.0. One can argue for that, but this "
            "course's policy for an empty denominator is 0.0.",
        ),
        "true-negatives-below": Misconception(
            wrong_true_negatives_below,
            "You have true negatives below the line. They stand neither in precision nor in recall. What lowers F1 are "
            "the mistakes, of both kinds.",
        ),
        "product": mistake(
            variant_from_the_two_metrics,
            {"return 2 * precision * recall / (precision + recall)": "return precision * recall"},
            "You multiplied precision and recall. Their harmonic mean is twice the product, divided by the sum.",
        ),
        "no-brackets": mistake(
            variant_from_the_two_metrics,
            {"/ (precision + recall)": "/ precision + recall"},
            "The sum below the line needs brackets. Without them Python divides by precision alone and adds recall "
            "afterwards.",
        ),
    },
    variants={
        "from-the-two-metrics": variant_from_the_two_metrics,
        "loop": variant_loop,
        "reciprocals": variant_reciprocals,
    },
)
