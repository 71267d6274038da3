"""Macro F1: the plain mean of the F1 of each class."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._class_cases import from_table, never_predicted, never_true, once_each, three_uneven_classes


def cases(rng: np.random.Generator) -> list[Case]:
    animals = ["bird", "cat", "dog"]
    misses = int(rng.integers(3, 6))
    return [
        Case("three classes of different size", from_table(rng, three_uneven_classes(rng), [0, 1, 2]), 1),
        Case("two classes, with names", from_table(rng, [[20, 2], [misses, 4]], ["ham", "spam"]), 0.5),
        Case("a class that is never predicted", from_table(rng, never_predicted(rng), [3, 5, 9]), 0.5),
        Case("classes that occur once", from_table(rng, once_each(rng), [1, 2, 3, 5, 8]), 0.25),
        Case("a class that never occurs in the truth", from_table(rng, never_true(rng), animals), 0.75),
    ]


def reference(y_true, y_pred):
    from evalkit import f1_score

    return f1_score(y_true, y_pred, average="macro", zero_division=0.0)


def wrong_accuracy(y_true, y_pred):
    return float(np.mean(y_true == y_pred))


def wrong_weighted(y_true, y_pred):
    total = 0.0
    for label in np.unique(y_true):
        tp = np.sum((y_true == label) & (y_pred == label))
        both = np.sum(y_true == label) + np.sum(y_pred == label)
        total += 2 * tp / both * np.mean(y_true == label)
    return float(total)


def wrong_true_classes_only(y_true, y_pred):
    scores = []
    for label in np.unique(y_true):
        tp = np.sum((y_true == label) & (y_pred == label))
        scores.append(2 * tp / (np.sum(y_true == label) + np.sum(y_pred == label)))
    return float(np.mean(scores))


def wrong_mean_recall(y_true, y_pred):
    recalls = []
    for label in np.unique(y_true):
        recalls.append(np.mean(y_pred[y_true == label] == label))
    return float(np.mean(recalls))


def wrong_f1_of_means(y_true, y_pred):
    precisions = []
    recalls = []
    for label in np.union1d(y_true, y_pred):
        tp = np.sum((y_true == label) & (y_pred == label))
        precisions.append(tp / max(np.sum(y_pred == label), 1))
        recalls.append(tp / max(np.sum(y_true == label), 1))
    p = np.mean(precisions)
    r = np.mean(recalls)
    return float(2 * p * r / (p + r)) if p + r > 0 else 0.0


def wrong_zeros_left_out(y_true, y_pred):
    scores = []
    for label in np.union1d(y_true, y_pred):
        tp = np.sum((y_true == label) & (y_pred == label))
        if tp > 0:
            scores.append(2 * tp / (np.sum(y_true == label) + np.sum(y_pred == label)))
    return float(np.mean(scores)) if scores else 0.0


def wrong_sum(y_true, y_pred):
    total = 0.0
    for label in np.union1d(y_true, y_pred):
        tp = np.sum((y_true == label) & (y_pred == label))
        total += 2 * tp / (np.sum(y_true == label) + np.sum(y_pred == label))
    return float(total)


def wrong_not_a_number(y_true, y_pred):
    scores = []
    for label in np.union1d(y_true, y_pred):
        tp = np.sum((y_true == label) & (y_pred == label))
        p = tp / np.sum(y_pred == label)
        r = tp / np.sum(y_true == label)
        scores.append(2 * p * r / (p + r))
    return float(np.mean(scores))


def variant_one_vs_rest(y_true, y_pred):
    scores = []
    for label in np.union1d(y_true, y_pred):
        tp = np.sum((y_true == label) & (y_pred == label))
        fp = np.sum((y_true != label) & (y_pred == label))
        fn = np.sum((y_true == label) & (y_pred != label))
        p = tp / (tp + fp) if tp + fp > 0 else 0.0
        r = tp / (tp + fn) if tp + fn > 0 else 0.0
        scores.append(2 * p * r / (p + r) if p + r > 0 else 0.0)
    return float(np.mean(scores))


def variant_loop(y_true, y_pred):
    classes = set(y_true.tolist()) | set(y_pred.tolist())
    total = 0.0
    for label in classes:
        tp = 0
        wrong = 0
        for t, p in zip(y_true.tolist(), y_pred.tolist()):
            if t == label and p == label:
                tp += 1
            elif t == label or p == label:
                wrong += 1
        total += 2 * tp / (2 * tp + wrong)
    return total / len(classes)


def variant_table(y_true, y_pred):
    # With the confusion matrix: twice the diagonal over row sums plus column sums.
    classes, codes = np.unique(np.concatenate([y_true, y_pred]), return_inverse=True)
    k, n = len(classes), len(y_true)
    table = np.bincount(k * codes[:n] + codes[n:], minlength=k * k).reshape(k, k)
    return np.mean(2 * np.diag(table) / (table.sum(axis=0) + table.sum(axis=1)))


def wrong_class_one_only(y_true, y_pred):
    tp = np.sum((y_true == 1) & (y_pred == 1))
    both = np.sum(y_true == 1) + np.sum(y_pred == 1)
    return float(2 * tp / both) if both > 0 else 0.0


EXERCISE = Exercise(
    id="macro_f1",
    lesson="04_f1_and_averages",
    objective="FA.3",
    points=3,
    signature="macro_f1(y_true, y_pred)",
    cases=cases,
    reference=reference,
    misconceptions={
        "accuracy": Misconception(
            wrong_accuracy,
            "You returned the share of right predictions. That is accuracy, and micro F1 as well. For macro F1 compute "
            "the F1 of each class on its own, then take the plain mean.",
        ),
        "weighted": Misconception(
            wrong_weighted,
            "You weighted each class by its size, which is weighted F1. Macro gives every class the same say: take the "
            "plain mean.",
        ),
        "true-classes-only": Misconception(
            wrong_true_classes_only,
            "You left out a class that is predicted but never true. It has an F1, namely 0, and counts: go through all "
            "labels that occur in y_true or in y_pred.",
        ),
        "mean-recall": Misconception(
            wrong_mean_recall,
            "You averaged the recalls of the classes, which is balanced accuracy. F1 needs the precision of each class "
            "as well.",
        ),
        "f1-of-means": Misconception(
            wrong_f1_of_means,
            "You averaged precision and recall over the classes first, and took F1 of the two means. The order "
            "matters: first the F1 of each class, then the mean.",
        ),
        "zeros-left-out": Misconception(
            wrong_zeros_left_out,
            "You left out the classes without a single true positive. They failed, and the average must show it: "
            "their F1 is 0.0 and counts.",
        ),
        "sum": Misconception(
            wrong_sum,
            "You added up the F1 of the classes. Divide by the number of classes.",
        ),
        "not-a-number": Misconception(
            wrong_not_a_number,
            "Your answer is NaN where a class is never predicted or never true: its precision or recall is 0/0. Set "
            "such a value to 0.0, or compute F1 from the counts, 2 TP over 2 TP + FP + FN.",
        ),
        "class-one-only": Misconception(
            wrong_class_one_only,
            "You computed the F1 of class 1 alone. Labels can be anything, such as words. Go through all labels that "
            "occur in y_true or y_pred, take each in turn as the positive class, and average.",
        ),
    },
    variants={"one-vs-rest": variant_one_vs_rest, "loop": variant_loop, "table": variant_table},
)
