"""Precision: of everything called positive, the share that is positive."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import binary_label_cases


def cases(rng: np.random.Generator) -> list[Case]:
    return binary_label_cases(rng, plain=1.25, imbalanced=0.875, no_positives=0.25, never_yes=0.375, once=0.25)


def reference(y_true, y_pred):
    from evalkit import precision_score

    return precision_score(y_true, y_pred, zero_division=0.0)


def wrong_recall(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    fn = np.sum((y_true == 1) & (y_pred == 0))
    return float(tp / (tp + fn)) if tp + fn > 0 else 0.0


def wrong_accuracy(y_true, y_pred):
    return float(np.mean(y_true == y_pred))


def wrong_over_total(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    return float(tp / len(y_true))


def wrong_other_class(y_true, y_pred):
    tn = np.sum((y_true == 0) & (y_pred == 0))
    called_negative = np.sum(y_pred == 0)
    return float(tn / called_negative) if called_negative > 0 else 0.0


def wrong_no_zero_division(y_true, y_pred):
    tp = sum(1 for t, p in zip(y_true, y_pred) if t == 1 and p == 1)
    fp = sum(1 for t, p in zip(y_true, y_pred) if t == 0 and p == 1)
    return tp / (tp + fp)


def wrong_not_a_number(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    return tp / np.sum(y_pred == 1)


def wrong_empty_is_perfect(y_true, y_pred):
    called = np.sum(y_pred == 1)
    if called == 0:
        return 1.0
    return float(np.sum((y_true == 1) & (y_pred == 1)) / called)


def variant_loop(y_true, y_pred):
    tp = 0
    called = 0
    for t, p in zip(y_true, y_pred):
        if p == 1:
            called += 1
            if t == 1:
                tp += 1
    if called == 0:
        return 0.0
    return tp / called


def variant_mean_of_called(y_true, y_pred):
    called = y_true[y_pred == 1]
    return float(called.mean()) if called.size else 0.0


def variant_products(y_true, y_pred):
    return float(y_true @ y_pred) / max(int(y_pred.sum()), 1)


def wrong_over_all_right(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    tn = np.sum((y_true == 0) & (y_pred == 0))
    return float(tp / (tp + tn)) if tp + tn > 0 else 0.0


def wrong_all_right_over_called(y_true, y_pred):
    called = np.sum(y_pred == 1)
    return float(np.sum(y_true == y_pred) / called) if called > 0 else 0.0


def wrong_positives_over_called(y_true, y_pred):
    called = np.sum(y_pred == 1)
    return float(np.sum(y_true == 1) / called) if called > 0 else 0.0


EXERCISE = Exercise(
    id="precision",
    lesson="03_precision_recall",
    objective="PR.1",
    points=3,
    signature="precision(y_true, y_pred)",
    cases=cases,
    reference=reference,
    misconceptions={
        "recall": Misconception(
            wrong_recall,
            "You divided by TP + FN: all real positives. That is recall. Precision asks about the model's yeses, so "
            "divide by everything that was called positive, TP + FP.",
        ),
        "accuracy": Misconception(
            wrong_accuracy,
            "You counted every correct prediction, negatives included. That is accuracy. Precision looks only at the "
            "samples that the model called positive.",
        ),
        "over-total": Misconception(
            wrong_over_total,
            "You divided the true positives by the number of all samples. Precision divides them by the number of "
            "samples that the model called positive.",
        ),
        "other-class": Misconception(
            wrong_other_class,
            "You computed the share of right answers among the model's noes. The positive class is 1: look at the "
            "samples that were predicted 1.",
        ),
        "zero-division": Misconception(
            wrong_no_zero_division,
            "Your formula is right until the model never says yes: then TP + FP is zero. Test for that first and "
            "return 0.0, as the exercise asks.",
        ),
        "not-a-number": Misconception(
            wrong_not_a_number,
            "Your formula is right until the model never says yes: then NumPy divides zero by zero, warns, and gives "
            "NaN. Test the denominator first and return 0.0, as the exercise asks.",
        ),
        "empty-is-perfect": Misconception(
            wrong_empty_is_perfect,
            "You call a model that never says yes perfectly precise. It made no false alarm, but it earned no praise "
            "either: this course's policy for an empty denominator is 0.0.",
        ),
        "over-all-right": Misconception(
            wrong_over_all_right,
            "You divided TP by TP + TN, all right predictions. Precision asks how many of the model's yeses are "
            "right, so divide by all its yeses, TP + FP. (The first word says right or wrong, the second what the "
            "model said.)",
        ),
        "all-right-over-called": Misconception(
            wrong_all_right_over_called,
            "You counted every right prediction, the right noes as well, and divided by the yeses. Count only the "
            "right yeses, the true positives.",
        ),
        "positives-over-called": Misconception(
            wrong_positives_over_called,
            "You divided the number of real positives by the number of yeses. Nothing in that says whether they are "
            "the same samples: count those that are both.",
        ),
    },
    variants={"loop": variant_loop, "mean-of-called": variant_mean_of_called, "products": variant_products},
)
