"""The most confused pair: the largest number off the diagonal, and what stands in its row and its column."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._edited import mistake

ANIMALS = ["cat", "cow", "deer", "dog", "fox", "hare", "lynx", "wolf"]


def cases(rng: np.random.Generator) -> list[Case]:
    def names(k: int) -> np.ndarray:
        """Labels that are in no order."""
        return rng.permutation(ANIMALS)[:k]

    def around(table: list[list[int]]) -> np.ndarray:
        """The same table with other numbers right, which must change nothing."""
        return np.array(table) + np.diag(rng.integers(0, 9, size=len(table)))

    # The largest cell is not the one that leads once both directions are added up, nor the one with the largest share.
    a, b = int(rng.integers(9, 11)), int(rng.integers(6, 8))
    ordinary = around([[60, a, b], [1, 50, 2], [b, 3, 14]])
    more = int(rng.integers(8, 11))
    # Elsewhere than in the first row.
    small_class = around([[5, more - 3, 0, 1], [1, 80, 2, more], [4, 3, 70, 0], [2, 1, 5, 90]])
    c = int(rng.integers(4, 7))
    tie = around([[20, 1, c], [c, 25, 2], [0, c, 18]])
    perfect = np.diag(rng.integers(5, 30, size=3))
    return [
        Case("three classes", (ordinary, names(3)), 1),
        Case("a small class that is often wrong", (small_class, names(4)), 1),
        Case("three cells with the same count", (tie, names(3)), 0.5),
        Case("no mistakes", (perfect, names(3)), 0.5),
    ]


def reference(table, labels):
    from evalkit.analysis.mistakes import most_confused

    worst = most_confused(table, labels, n=1)
    return (worst[0].true, worst[0].predicted, worst[0].count) if worst else None


def right(table, labels):
    wrong = np.where(np.eye(len(labels)) == 1, 0, table)
    if wrong.max() == 0:
        return None
    i, j = np.unravel_index(np.argmax(wrong), wrong.shape)
    return labels[i], labels[j], wrong[i, j]


def wrong_diagonal(table, labels):
    i, j = np.unravel_index(np.argmax(table), table.shape)
    return labels[i], labels[j], table[i, j]


def wrong_last_tie(table, labels):
    worst = None
    for i in range(len(labels)):
        for j in range(len(labels)):
            if i != j and table[i, j] > 0 and (worst is None or table[i, j] >= worst[2]):
                worst = (labels[i], labels[j], table[i, j])
    return worst


def variant_loops(table, labels):
    worst = None
    for i, true in enumerate(labels):
        for j, predicted in enumerate(labels):
            if i != j and table[i, j] > (worst[2] if worst else 0):
                worst = (true, predicted, table[i, j])
    return worst


def variant_argmax(table, labels):
    wrong = table * (1 - np.eye(len(labels), dtype=int))
    i, j = divmod(int(np.argmax(wrong)), len(labels))
    return [str(labels[i]), str(labels[j]), int(wrong[i, j])] if wrong[i, j] else None


def variant_sorted(table, labels):
    k = len(labels)
    cells = [(int(table[i, j]), labels[i], labels[j]) for i in range(k) for j in range(k) if i != j and table[i, j]]
    if not cells:
        return None
    count, true, predicted = sorted(cells, key=lambda cell: -cell[0])[0]
    return true, predicted, count


EXERCISE = Exercise(
    id="most_confused",
    lesson="10_error_analysis",
    objective="EA.1",
    points=3,
    signature="most_confused(table, labels)",
    cases=cases,
    reference=reference,
    misconceptions={
        "diagonal": Misconception(
            wrong_diagonal,
            "You found a number on the diagonal: the class that is most often right. Mistakes stand off the diagonal, "
            "so leave the cells out in which row and column are the same.",
        ),
        "transposed": mistake(
            right,
            {"labels[i], labels[j]": "labels[j], labels[i]"},
            "You name the predicted label first. Rows are the truth, columns the prediction: the label of the row "
            "comes first, the label of the column second.",
        ),
        "both-directions": mistake(
            right,
            {"np.where(np.eye(len(labels)) == 1, 0, table)": "np.triu(table + table.T, k=1)"},
            "You add up both directions. A cat called dog and a dog called cat are two different mistakes, with "
            "different causes and often different costs: keep their counts apart.",
        ),
        "share": mistake(
            right,
            {"np.argmax(wrong)": "np.argmax(wrong / table.sum(axis=1, keepdims=True))"},
            "You divide by the size of the class and take the largest share. That is another good question; this one "
            "asks for the largest number of mistakes.",
        ),
        "last-tie": Misconception(
            wrong_last_tie,
            "Of several cells with the same count you return the last. Asked for is the first, row by row: a later "
            "cell wins only if it is larger.",
        ),
        "positions": mistake(
            right,
            {"labels[i], labels[j]": "i, j"},
            "You return the numbers of the row and the column. Asked for are the labels that stand there.",
        ),
        "always-a-pair": mistake(
            right,
            {"    if wrong.max() == 0:\n        return None\n": ""},
            "Your function names a pair even where the model made no mistake. If every cell off the diagonal is 0, "
            "return None.",
        ),
    },
    variants={"loops": variant_loops, "argmax": variant_argmax, "sorted": variant_sorted},
)
