"""Two models row by row: which rows did the candidate fix, which did it break, and which are as they were?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._edited import mistake

ANIMALS = ["cat", "cow", "deer", "dog", "fox", "hare", "lynx", "wolf"]
Rows = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def cases(rng: np.random.Generator) -> list[Case]:
    def rows(classes: int, fixed: int, broken: int, both_right: int, same_wrong: int, other_wrong: int = 0) -> Rows:
        """So many rows of each kind, in random order; rows that both get wrong, with the same label or with another."""
        counts = [fixed, broken, both_right, same_wrong, other_wrong]
        truth = rng.integers(0, classes, sum(counts))
        # How far each model is off, in steps round the circle of the classes.
        one, two = (rng.integers(1, classes, len(truth)) for _ in range(2))
        kind = np.repeat(np.arange(5), counts)
        two = np.where(kind == 3, one, two)
        if classes > 2:
            two = np.where((kind == 4) & (one == two), one % (classes - 1) + 1, two)
        first = (truth + np.isin(kind, [0, 3, 4]) * one) % classes
        second = (truth + np.isin(kind, [1, 3, 4]) * two) % classes
        order = rng.permutation(len(truth))
        return truth[order], first[order], second[order]

    def some(low: int, high: int) -> int:
        return int(rng.integers(low, high))

    names = rng.permutation(ANIMALS)[:4]
    truth, first, second = (names[codes] for codes in rows(4, some(2, 4), some(2, 4), some(4, 8), 2, some(2, 4)))
    equal = some(2, 5)
    return [
        Case("labels 0 and 1", rows(2, some(2, 4), some(4, 6), some(6, 12), some(2, 4)), 1),
        Case("four classes by their names", (truth, first, second), 1),
        Case("as many fixed as broken", rows(3, equal, equal, some(5, 9), 1, some(1, 3)), 0.5),
        Case("nothing is broken", rows(3, some(1, 4), 0, some(5, 9), 2, some(2, 4)), 0.5),
        Case("the candidate answers like the baseline", rows(5, 0, 0, some(5, 9), some(3, 6)), 0.5),
        Case("both are wrong everywhere", rows(4, 0, 0, 0, some(2, 5), some(2, 5)), 0.5),
    ]


def reference(y_true, baseline, candidate):
    """Sort the rows by what two models make of them.

    Returns a dict with four keys: "fixed" (only the candidate is right), "broken" (only the baseline is right),
    "both_right" and "both_wrong" (whether with the same wrong label or not). Each value holds the indices of these rows
    in ascending order, counted from 0; where there are none, it is empty.
    """
    before, after = y_true == baseline, y_true == candidate
    kinds = {
        "fixed": ~before & after,
        "broken": before & ~after,
        "both_right": before & after,
        "both_wrong": ~before & ~after,
    }
    return {name: np.flatnonzero(rows) for name, rows in kinds.items()}


def right(y_true, baseline, candidate):
    before, after = baseline == y_true, candidate == y_true
    return {
        "fixed": np.flatnonzero(~before & after),
        "broken": np.flatnonzero(before & ~after),
        "both_right": np.flatnonzero(before & after),
        "both_wrong": np.flatnonzero(~before & ~after),
    }


def wrong_by_change(y_true, baseline, candidate):
    changed, after = baseline != candidate, candidate == y_true
    return {
        "fixed": np.flatnonzero(changed & after),
        "broken": np.flatnonzero(changed & ~after),
        "both_right": np.flatnonzero(~changed & after),
        "both_wrong": np.flatnonzero(~changed & ~after),
    }


def wrong_where(y_true, baseline, candidate):
    before, after = baseline == y_true, candidate == y_true
    return {
        "fixed": np.where(~before & after),
        "broken": np.where(before & ~after),
        "both_right": np.where(before & after),
        "both_wrong": np.where(~before & ~after),
    }


def wrong_truth_values(y_true, baseline, candidate):
    before, after = baseline == y_true, candidate == y_true
    return {
        "fixed": ~before & after,
        "broken": before & ~after,
        "both_right": before & after,
        "both_wrong": ~before & ~after,
    }


def wrong_counts(y_true, baseline, candidate):
    before, after = baseline == y_true, candidate == y_true
    return {
        "fixed": np.sum(~before & after),
        "broken": np.sum(before & ~after),
        "both_right": np.sum(before & after),
        "both_wrong": np.sum(~before & ~after),
    }


def wrong_labels(y_true, baseline, candidate):
    before, after = baseline == y_true, candidate == y_true
    return {
        "fixed": y_true[~before & after],
        "broken": y_true[before & ~after],
        "both_right": y_true[before & after],
        "both_wrong": y_true[~before & ~after],
    }


def wrong_from_one(y_true, baseline, candidate):
    before, after = baseline == y_true, candidate == y_true
    return {
        "fixed": np.flatnonzero(~before & after) + 1,
        "broken": np.flatnonzero(before & ~after) + 1,
        "both_right": np.flatnonzero(before & after) + 1,
        "both_wrong": np.flatnonzero(~before & ~after) + 1,
    }


def variant_loop(y_true, baseline, candidate):
    found = {"fixed": [], "broken": [], "both_right": [], "both_wrong": []}
    for i in range(len(y_true)):
        if baseline[i] == y_true[i]:
            found["both_right" if candidate[i] == y_true[i] else "broken"].append(i)
        else:
            found["fixed" if candidate[i] == y_true[i] else "both_wrong"].append(i)
    return found


def variant_difference(y_true, baseline, candidate):
    gain = (candidate == y_true).astype(int) - (baseline == y_true).astype(int)
    right = (candidate == y_true) | (baseline == y_true)
    return {
        "broken": np.where(gain == -1)[0],
        "fixed": np.where(gain == 1)[0],
        "both_wrong": np.where(~right)[0],
        "both_right": np.where(right & (gain == 0))[0],
    }


def variant_sets(y_true, baseline, candidate):
    rows = set(range(len(y_true)))
    before = {i for i in rows if baseline[i] == y_true[i]}
    after = {i for i in rows if candidate[i] == y_true[i]}
    return {
        "fixed": sorted(after - before),
        "broken": sorted(before - after),
        "both_right": sorted(before & after),
        "both_wrong": sorted(rows - before - after),
    }


EXERCISE = Exercise(
    id="row_diff",
    lesson="12_evaluating_releases",
    objective="ER.3",
    points=4,
    signature="row_diff(y_true, baseline, candidate)",
    cases=cases,
    reference=reference,
    misconceptions={
        "swapped": mistake(
            right,
            {
                '"fixed": np.flatnonzero(~before & after)': '"fixed": np.flatnonzero(before & ~after)',
                '"broken": np.flatnonzero(before & ~after)': '"broken": np.flatnonzero(~before & after)',
            },
            "You exchange fixed and broken. Both speak of the candidate: it breaks a row that the baseline gets right, "
            "and fixes one that the baseline gets wrong.",
        ),
        "by-change": Misconception(
            wrong_by_change,
            "You ask whether the label has changed. A change from one wrong label to another breaks nothing. Ask of "
            "each model whether it is right, and compare the answers.",
        ),
        "same-wrong-label": mistake(
            right,
            {"np.flatnonzero(~before & ~after)": "np.flatnonzero(~before & (baseline == candidate))"},
            "You count a row as wrong in both only if both give the same wrong label. Two different mistakes are two "
            "mistakes: every row has to be in one of the four lists.",
        ),
        "same-answer-is-right": mistake(
            right,
            {"np.flatnonzero(before & after)": "np.flatnonzero(baseline == candidate)"},
            "You count a row as right in both as soon as both say the same. Two models can make the same mistake: "
            "compare each with the truth.",
        ),
        "candidate-alone": mistake(
            right,
            {
                '"fixed": np.flatnonzero(~before & after)': '"fixed": np.flatnonzero(after)',
                '"broken": np.flatnonzero(before & ~after)': '"broken": np.flatnonzero(~after)',
            },
            "You look at the candidate alone: what it gets right you call fixed, what it gets wrong broken. A row is "
            "fixed only if the baseline was wrong there, and broken only if it was right.",
        ),
        "broken-or-fixed": mistake(
            right,
            {'"broken": np.flatnonzero(before & ~after)': '"broken": np.flatnonzero(before != after)'},
            "You call every row broken that only one model gets right. Those that only the candidate gets right are "
            "fixed. Broken are the rows that the baseline gets right and the candidate wrong.",
        ),
        "candidate-against-baseline": mistake(
            right,
            {"baseline == y_true, candidate == y_true": "baseline == y_true, candidate == baseline"},
            "You compare the candidate with the baseline. Then a mistake that both make looks like a right answer. "
            "Compare both with the truth.",
        ),
        "one-label": mistake(
            right,
            {"baseline == y_true, candidate == y_true": "baseline == max(y_true), candidate == max(y_true)"},
            "You ask whether a model says one certain label. Right is what agrees with the truth in that row, "
            "whichever label it is.",
        ),
        "where-without-index": Misconception(
            wrong_where,
            "np.where with one argument returns a tuple that holds an array for each axis. Take the array out of it, "
            "np.where(…)[0], or use np.flatnonzero.",
        ),
        "truth-values": Misconception(
            wrong_truth_values,
            "You return True or False for every row. Asked for are the indices of the rows: np.flatnonzero gives the "
            "places where such an array is True.",
        ),
        "counts": Misconception(
            wrong_counts,
            "You return how many rows there are of each kind. Asked for is which: their indices, so that somebody can "
            "look at these rows.",
        ),
        "labels": Misconception(
            wrong_labels,
            "You return the labels of the rows. Asked for are their indices: where they stand, counted from 0.",
        ),
        "counted-from-one": Misconception(
            wrong_from_one,
            "Your indices are one too large. The first row of the arrays has the number 0, as everywhere in Python.",
        ),
    },
    variants={"loop": variant_loop, "difference": variant_difference, "sets": variant_sets},
)
