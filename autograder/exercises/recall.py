"""Recall: of all real positives, the share that was called positive."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import binary_label_cases
from autograder.exercises._class_cases import from_counts


def cases(rng: np.random.Generator) -> list[Case]:
    shared = binary_label_cases(rng, plain=1.125, imbalanced=1, no_positives=0.25, never_yes=0.25, once=0.25)
    found = int(rng.integers(2, 6))
    return [*shared, Case("half of the positives are found", from_counts(rng, found, found, found + 1, 7), 0.125)]


def reference(y_true, y_pred):
    from evalkit import recall_score

    return recall_score(y_true, y_pred, zero_division=0.0)


def wrong_precision(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    fp = np.sum((y_true == 0) & (y_pred == 1))
    return float(tp / (tp + fp)) if tp + fp > 0 else 0.0


def wrong_accuracy(y_true, y_pred):
    return float(np.mean(y_true == y_pred))


def wrong_over_total(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    return float(tp / len(y_true))


def wrong_specificity(y_true, y_pred):
    tn = np.sum((y_true == 0) & (y_pred == 0))
    negatives = np.sum(y_true == 0)
    return float(tn / negatives) if negatives > 0 else 0.0


def wrong_miss_rate(y_true, y_pred):
    fn = np.sum((y_true == 1) & (y_pred == 0))
    positives = np.sum(y_true == 1)
    return float(fn / positives) if positives > 0 else 0.0


def wrong_no_zero_division(y_true, y_pred):
    tp = sum(1 for t, p in zip(y_true, y_pred) if t == 1 and p == 1)
    fn = sum(1 for t, p in zip(y_true, y_pred) if t == 1 and p == 0)
    return tp / (tp + fn)


def wrong_not_a_number(y_true, y_pred):
    return np.sum((y_true == 1) & (y_pred == 1)) / np.sum(y_true == 1)


def wrong_empty_is_perfect(y_true, y_pred):
    positives = np.sum(y_true == 1)
    if positives == 0:
        return 1.0
    return float(np.sum((y_true == 1) & (y_pred == 1)) / positives)


def variant_loop(y_true, y_pred):
    found = 0
    missed = 0
    for t, p in zip(y_true, y_pred):
        if t == 1:
            if p == 1:
                found += 1
            else:
                missed += 1
    if found + missed == 0:
        return 0.0
    return found / (found + missed)


def variant_mean_over_positives(y_true, y_pred):
    answers = y_pred[y_true == 1]
    return answers.mean() if len(answers) else 0


def variant_one_minus_missed(y_true, y_pred):
    positives = int(np.count_nonzero(y_true))
    if positives == 0:
        return 0.0
    missed = int(np.count_nonzero(y_true > y_pred))
    return 1 - missed / positives


def wrong_called_over_positives(y_true, y_pred):
    positives = np.sum(y_true == 1)
    return float(np.sum(y_pred == 1) / positives) if positives > 0 else 0.0


def wrong_both_classes(y_true, y_pred):
    recalls = [np.mean(y_pred[y_true == label] == label) if np.any(y_true == label) else 0.0 for label in (0, 1)]
    return float(np.mean(recalls))


EXERCISE = Exercise(
    id="recall",
    lesson="03_precision_recall",
    objective="PR.2",
    points=3,
    signature="recall(y_true, y_pred)",
    cases=cases,
    reference=reference,
    misconceptions={
        "precision": Misconception(
            wrong_precision,
            "You divided by TP + FP: everything that was called positive. That is precision. Recall asks about the "
            "real positives, so divide by all of them, TP + FN.",
        ),
        "accuracy": Misconception(
            wrong_accuracy,
            "You counted every correct prediction, negatives included. That is accuracy. Recall looks only at the "
            "samples whose true label is positive.",
        ),
        "over-total": Misconception(
            wrong_over_total,
            "You divided the true positives by the number of all samples. Recall divides them by the number of real "
            "positives; how many negatives there are does not matter.",
        ),
        "specificity": Misconception(
            wrong_specificity,
            "You computed the share of real negatives that the model called negative. That is the recall of class 0. "
            "The positive class is 1: look at the samples whose true label is 1.",
        ),
        "miss-rate": Misconception(
            wrong_miss_rate,
            "You computed the share of real positives that the model missed. Recall is the share that it caught: put "
            "the true positives on top, not the false negatives.",
        ),
        "zero-division": Misconception(
            wrong_no_zero_division,
            "Your formula is right until the data hold no positives: then TP + FN is zero. Test for that first and "
            "return 0.0, as the exercise asks.",
        ),
        "not-a-number": Misconception(
            wrong_not_a_number,
            "Your formula is right until the data hold no positives: then NumPy divides zero by zero, warns, and gives "
            "NaN. Test the denominator first and return 0.0, as the exercise asks.",
        ),
        "empty-is-perfect": Misconception(
            wrong_empty_is_perfect,
            "Where the data hold no positives you return 1.0. Nothing was missed, but nothing was found either: this "
            "course's policy for an empty denominator is 0.0.",
        ),
        "called-over-positives": Misconception(
            wrong_called_over_positives,
            "You divided the number of yeses by the number of real positives. Nothing in that says whether they are "
            "the same samples: count those that are both.",
        ),
        "both-classes": Misconception(
            wrong_both_classes,
            "You took the mean of the recall of class 1 and that of class 0, which is balanced accuracy. This "
            "exercise asks for the recall of class 1 alone.",
        ),
    },
    variants={
        "loop": variant_loop,
        "mean-over-positives": variant_mean_over_positives,
        "one-minus-missed": variant_one_minus_missed,
    },
)
