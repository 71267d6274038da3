"""Precision and recall at several thresholds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import needs_digits, until
from autograder.exercises._edited import mistake


def cases(rng: np.random.Generator) -> list[Case]:
    def draw(n_positive: int, n_negative: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Labels and distinct scores from 0.10 to 0.89; positives tend to score higher, and both kinds overlap."""
        y_true = np.repeat([1, 0], [n_positive, n_negative])
        steps = np.sort(rng.choice(np.arange(10, 90), len(y_true), replace=False))
        ranks = np.argsort(np.argsort(rng.normal(1.2 * y_true, 1.0)))
        order = rng.permutation(len(y_true))
        return y_true[order], (steps[ranks] / 100)[order]

    def lowest_is_positive(y_true: NDArray[np.int64], scores: NDArray[np.float64]) -> bool:
        return bool(y_true[np.argmin(scores)] == 1)

    def highest_is_positive(y_true: NDArray[np.int64], scores: NDArray[np.float64]) -> bool:
        return bool(y_true[np.argmax(scores)] == 1)

    # Half a step off the scores, so that no threshold of the first case is a tie. The lowest lies below every score:
    # there recall is 1 and precision is not, so the columns cannot be exchanged unseen.
    y_true, scores = until(lowest_is_positive, lambda: draw(int(rng.integers(5, 9)), int(rng.integers(7, 12))))
    between = np.array([0.055, 0.255, 0.455, np.sort(scores)[-2] - 0.005])
    tied_true, tied_scores = draw(5, 6)
    # A tie with a positive, one with a negative, and one in the middle.
    tied = np.array([*(rng.choice(tied_scores[tied_true == label]) for label in (1, 0)), np.sort(tied_scores)[5]])
    mixed_true, mixed_scores = until(highest_is_positive, lambda: draw(6, 6))
    # One finds half of the positives, one says yes once.
    half = np.sort(mixed_scores[mixed_true == 1])[3]
    mixed = np.array([*np.sort(mixed_scores)[[2, -1]], half, mixed_scores.min()]) - 0.005
    one_true, one_scores = draw(1, 7)
    one = np.array([0.055, one_scores[one_true == 1][0] - 0.005, 0.955])
    high_true, high_scores = draw(int(rng.integers(4, 9)), int(rng.integers(5, 14)))
    high = np.array([0.055, np.sort(high_scores)[len(high_scores) // 2] - 0.005, 0.95])
    # Rounding must show.
    asked = [
        (y_true, scores, between),
        (tied_true, tied_scores, tied),
        (mixed_true, mixed_scores, mixed),
        (high_true, high_scores, high),
    ]
    if not needs_digits(*(reference(*case) for case in asked)):
        return cases(rng)
    none_true, none_scores = draw(0, 8)
    none = np.array([0.205, 0.505, 0.705, 0.805])
    return [
        Case("thresholds between the scores", (y_true, scores, between), 0.75),
        Case("scores exactly at a threshold", (tied_true, tied_scores, tied), 0.75),
        Case("thresholds in no order", (mixed_true, mixed_scores, mixed), 0.5),
        Case("a threshold above every score", (high_true, high_scores, high), 0.5),
        Case("no positives in the truth", (none_true, none_scores, none), 0.25),
        Case("one positive in the truth", (one_true, one_scores, one), 0.25),
    ]


def reference(y_true, scores, thresholds):
    from evalkit import precision_score, recall_score

    rows = []
    for threshold in thresholds:
        y_pred = (scores >= threshold).astype(np.int64)
        rows.append(
            [
                precision_score(y_true, y_pred, zero_division=0.0),
                recall_score(y_true, y_pred, zero_division=0.0),
            ]
        )
    return np.array(rows)


def wrong_not_a_number(y_true, scores, thresholds):
    rows = []
    for threshold in thresholds:
        yes = scores >= threshold
        tp = np.sum(yes & (y_true == 1))
        rows.append([tp / np.sum(yes), tp / np.sum(y_true == 1)])
    return np.array(rows)


def variant_loops(y_true, scores, thresholds):
    table = []
    for threshold in thresholds:
        tp = fp = fn = 0
        for label, score in zip(y_true, scores):
            if score >= threshold and label == 1:
                tp += 1
            elif score >= threshold:
                fp += 1
            elif label == 1:
                fn += 1
        precision = tp / (tp + fp) if tp + fp else 0.0
        recall = tp / (tp + fn) if tp + fn else 0.0
        table.append((precision, recall))
    return table


def variant_broadcast(y_true, scores, thresholds):
    yes = scores[np.newaxis, :] >= thresholds[:, np.newaxis]
    tp = yes @ y_true
    answer = np.zeros((len(thresholds), 2))
    np.divide(tp, yes.sum(axis=1), out=answer[:, 0], where=yes.any(axis=1))
    if y_true.any():
        answer[:, 1] = tp / y_true.sum()
    return answer


def variant_sort_once(y_true, scores, thresholds):
    order = np.argsort(scores)
    ranked = scores[order]
    first_yes = np.searchsorted(ranked, thresholds, side="left")
    positives_from = np.concatenate([np.cumsum(y_true[order][::-1])[::-1], [0]])
    tp = positives_from[first_yes]
    called = len(scores) - first_yes
    return np.column_stack([tp / np.maximum(called, 1), tp / max(positives_from[0], 1)])


EXERCISE = Exercise(
    id="precision_recall_at",
    lesson="03_precision_recall",
    objective="PR.5",
    points=3,
    signature="precision_recall_at(y_true, scores, thresholds)",
    cases=cases,
    reference=reference,
    misconceptions={
        "strictly-above": mistake(
            variant_loops,
            {
                "if score >= threshold and": "if score > threshold and",
                "elif score >= threshold:": "elif score > threshold:",
            },
            "You call a sample positive only if its score is above the threshold. In this course a score at the "
            "threshold is positive too: compare with >=.",
        ),
        "columns-swapped": mistake(
            variant_loops,
            {"(precision, recall)": "(recall, precision)"},
            "Your columns are exchanged. The first is precision (divide by what was called positive), the second is "
            "recall (divide by the real positives).",
        ),
        "transposed": mistake(
            variant_loops,
            {"return table": "return list(zip(*table))"},
            "You return one row for precision and one for recall. Return one row for each threshold, with the two "
            "values in it: the shape is (number of thresholds, 2).",
        ),
        "sorted-thresholds": mistake(
            variant_loops,
            {"in thresholds": "in sorted(thresholds)"},
            "You put the thresholds in order first. Row i must belong to thresholds[i], in the order in which the "
            "caller gave them.",
        ),
        "own-thresholds": mistake(
            variant_loops,
            {"in thresholds": "in np.unique(scores)"},
            "You use the scores themselves as thresholds, one row for each distinct score. Use the thresholds that are "
            "given: one row for each of them.",
        ),
        "empty-is-perfect": mistake(
            variant_loops,
            {"if tp + fp else 0.0": "if tp + fp else 1.0"},
            "At a threshold above every score nothing is called positive, and you return precision 1.0 there. Some "
            "plots do so; this exercise asks for 0.0 wherever a denominator is zero.",
        ),
        "not-a-number": Misconception(
            wrong_not_a_number,
            "Your table holds NaN: at some threshold nothing is called positive, or there are no positives at all, and "
            "you divide zero by zero. Test both denominators first, and put 0.0 there.",
        ),
    },
    variants={"loops": variant_loops, "broadcast": variant_broadcast, "sort-once": variant_sort_once},
)
