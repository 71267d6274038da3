"""Recall, slice by slice: of the positives of each group, how many were found?"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception

PLACES = ["coast", "harbour", "island", "north", "river", "south", "valley"]


def cases(rng: np.random.Generator) -> list[Case]:
    def names(k: int) -> list[str]:
        return [str(place) for place in rng.permutation(PLACES)[:k]]

    def rows(groups: list[Any], counts: list[tuple[int, int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Labels, predictions and groups in random order, each group with its (tp, fn, fp, tn)."""
        y_true = np.concatenate([np.repeat([1, 1, 0, 0], four) for four in counts])
        y_pred = np.concatenate([np.repeat([1, 0, 1, 0], four) for four in counts])
        group = np.repeat(np.array(groups), [sum(four) for four in counts])
        order = rng.permutation(len(group))
        return y_true[order], y_pred[order], group[order]

    a, b = int(rng.integers(6, 9)), int(rng.integers(1, 4))
    rare = int(rng.integers(1, 3))
    quiet = int(rng.integers(3, 6))
    numbers = rng.choice(np.arange(2, 40), size=3, replace=False).tolist()
    return [
        Case("two places", rows(names(2), [(a, 2, 3, 7), (b, 5, 1, 4)]), 1),
        Case("one small place", rows(names(3), [(a, 3, 4, 20), (5, 1, 2, 12), (rare, 3, 1, 1)]), 1),
        Case("a place without positives", rows(names(3), [(b, 4, 2, 5), (0, 0, 2, quiet), (a, 1, 3, 6)]), 1),
        Case("groups that are numbers", rows(numbers, [(a, 4, 1, 3), (b, 2, 5, 6), (1, 0, 2, 4)]), 1),
    ]


def reference(y_true, y_pred, groups):
    from evalkit.analysis.slices import slice_recall

    return slice_recall(y_true, y_pred, groups)


def wrong_accuracy(y_true, y_pred, groups):
    return {group: np.mean(y_true[groups == group] == y_pred[groups == group]) for group in np.unique(groups)}


def wrong_precision(y_true, y_pred, groups):
    result = {}
    for group in np.unique(groups):
        called = (groups == group) & (y_pred == 1)
        result[group] = np.mean(y_true[called]) if called.any() else np.nan
    return result


def wrong_of_all_rows(y_true, y_pred, groups):
    result = {}
    for group in np.unique(groups):
        inside = groups == group
        result[group] = np.sum(inside & (y_true == 1) & (y_pred == 1)) / np.sum(inside)
    return result


def wrong_of_all_positives(y_true, y_pred, groups):
    result = {}
    for group in np.unique(groups):
        found = np.sum((groups == group) & (y_true == 1) & (y_pred == 1))
        result[group] = found / np.sum(y_true == 1)
    return result


def wrong_zero(y_true, y_pred, groups):
    result = {}
    for group in np.unique(groups):
        positives = (groups == group) & (y_true == 1)
        result[group] = np.mean(y_pred[positives]) if positives.any() else 0.0
    return result


def wrong_left_out(y_true, y_pred, groups):
    positive = y_true == 1
    return {group: np.mean(y_pred[positive & (groups == group)]) for group in np.unique(groups[positive])}


def wrong_list(y_true, y_pred, groups):
    result = []
    for group in np.unique(groups):
        positives = (groups == group) & (y_true == 1)
        result.append(float(np.mean(y_pred[positives])) if positives.any() else np.nan)
    return result


def variant_masks(y_true, y_pred, groups):
    result = {}
    for group in np.unique(groups):
        positives = (groups == group) & (y_true == 1)
        result[group] = np.mean(y_pred[positives] == 1) if positives.any() else np.nan
    return result


def variant_counting(y_true, y_pred, groups):
    found, all_positives = {}, {}
    for truth, prediction, group in zip(y_true, y_pred, groups):
        found.setdefault(group, 0)
        all_positives.setdefault(group, 0)
        if truth == 1:
            all_positives[group] += 1
            found[group] += prediction == 1
    return {group: found[group] / n if n else float("nan") for group, n in all_positives.items()}


def variant_bincount(y_true, y_pred, groups):
    names, codes = np.unique(groups, return_inverse=True)
    positives = np.bincount(codes, weights=y_true == 1)
    found = np.bincount(codes, weights=(y_true == 1) & (y_pred == 1))
    recalls = np.divide(found, positives, out=np.full(len(names), np.nan), where=positives > 0)
    return dict(zip(names.tolist(), recalls.tolist()))


def wrong_none(y_true, y_pred, groups):
    result = {}
    for group in np.unique(groups):
        positives = (groups == group) & (y_true == 1)
        result[group] = np.mean(y_pred[positives] == 1) if positives.any() else None
    return result


EXERCISE = Exercise(
    id="slice_recall",
    lesson="10_error_analysis",
    objective="EA.3",
    points=4,
    signature="slice_recall(y_true, y_pred, groups)",
    cases=cases,
    reference=reference,
    misconceptions={
        "accuracy": Misconception(
            wrong_accuracy,
            "You count all right answers of a group, the right noes as well: that is its accuracy. Recall looks only "
            "at the rows that really are positive.",
        ),
        "precision": Misconception(
            wrong_precision,
            "You divide by the rows of the group that were called positive: that is precision. Recall divides by the "
            "rows that are positive.",
        ),
        "of-all-rows": Misconception(
            wrong_of_all_rows,
            "You divide by all rows of the group. A group with few positives then scores low however good the model "
            "is: divide by the positives of the group.",
        ),
        "of-all-positives": Misconception(
            wrong_of_all_positives,
            "You divide by the positives of all groups together. Each group is a small test set of its own: divide by "
            "the positives of that group.",
        ),
        "zero": Misconception(
            wrong_zero,
            "A group without positives gets 0.0 from you, as if the model had failed there. Nothing was there to be "
            "found, so there is no recall: give it nan.",
        ),
        "left-out": Misconception(
            wrong_left_out,
            "You leave out the groups without positives. A reader then believes that there is no such group: keep it, "
            "with nan.",
        ),
        "list": Misconception(
            wrong_list,
            "You return the numbers without their groups. Asked for is a dict: group → recall.",
        ),
        "none": Misconception(
            wrong_none,
            "A group without positives gets None from you. There is nothing to measure, and the exercise asks for "
            "nan: a number, so that tables and means go on working.",
        ),
    },
    variants={"masks": variant_masks, "counting": variant_counting, "bincount": variant_bincount},
)
