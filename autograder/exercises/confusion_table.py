"""The confusion table of any number of classes, in the order of labels that the caller asks for."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._edited import mistake


def cases(rng: np.random.Generator) -> list[Case]:
    return [
        Case("labels 0 and 1", _samples(rng, [0, 1], [0, 1]), 1),
        Case("labels in the order 1, 0", _samples(rng, [1, 0], [1, 0]), 0.5),
        Case("three colours", _samples(rng, ["white", "red", "black"], ["white", "red", "black"]), 1),
        Case("a label that never occurs", _samples(rng, ["cat", "dog"], ["dog", "cat", "fox"]), 0.5),
    ]


def _samples(
    rng: np.random.Generator, used: list[object], labels: list[object]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Twelve samples, few enough to be shown whole, from a table that changes when it is turned over in any way."""
    k = len(used)
    while True:
        table = rng.multinomial(12, np.full(k * k, 1 / k**2)).reshape(k, k)
        turned = [table.T, np.flip(table), np.flip(table).T]
        different = not any(np.array_equal(table, other) for other in turned)
        # Neither may the two wrong tables, transposed and re-ordered, be the same; and rows of one kind hide shares.
        if different and not np.array_equal(turned[0], turned[1]) and np.all(np.sum(table > 0, axis=1) > 1):
            break
    order = rng.permutation(12)
    names = np.array(used)
    y_true = np.repeat(np.repeat(names, k), table.ravel())
    y_pred = np.repeat(np.tile(names, k), table.ravel())
    return y_true[order], y_pred[order], np.array(labels)


def reference(y_true, y_pred, labels):
    from evalkit import confusion_matrix

    return confusion_matrix(y_true, y_pred, labels=labels)


def wrong_shares(y_true, y_pred, labels):
    table = np.zeros((len(labels), len(labels)))
    for i, row in enumerate(labels):
        for j, column in enumerate(labels):
            table[i, j] = np.sum((y_true == row) & (y_pred == column))
    return table / np.maximum(table.sum(axis=1, keepdims=True), 1)


def variant_positions(y_true, y_pred, labels):
    position = {label: i for i, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels)), dtype=int)
    for truth, prediction in zip(y_true, y_pred):
        table[position[truth], position[prediction]] += 1
    return table


def variant_masks(y_true, y_pred, labels):
    return [[int(np.sum((y_true == row) & (y_pred == column))) for column in labels] for row in labels]


def variant_one_hot_product(y_true, y_pred, labels):
    truth = (y_true[:, None] == labels[None, :]).astype(int)
    prediction = (y_pred[:, None] == labels[None, :]).astype(int)
    return truth.T @ prediction


def variant_bincount(y_true, y_pred, labels):
    k = len(labels)
    rows = np.argmax(y_true[:, None] == labels, axis=1)
    columns = np.argmax(y_pred[:, None] == labels, axis=1)
    return np.bincount(k * rows + columns, minlength=k * k).reshape(k, k)


EXERCISE = Exercise(
    id="confusion_table",
    lesson="01_confusion_matrix",
    objective="CM.3",
    points=3,
    signature="confusion_table(y_true, y_pred, labels)",
    cases=cases,
    reference=reference,
    misconceptions={
        "transposed": mistake(
            variant_masks,
            {"(y_true == row) & (y_pred == column)": "(y_pred == row) & (y_true == column)"},
            "Your table lies on its side: rows and columns are exchanged. Rows are the truth, columns the prediction, "
            "so the true label chooses the row.",
        ),
        "sorted": mistake(
            variant_masks,
            {"    return": "    labels = np.sort(labels)\n    return"},
            "Your counts are right, but you sorted the labels. Rows and columns follow the order of the argument "
            "`labels`: its first label is row 0 and column 0.",
        ),
        "labels-from-data": mistake(
            variant_masks,
            {"    return": "    labels = np.unique(np.concatenate([y_true, y_pred]))\n    return"},
            "You took the labels from the data, sorted. Use the argument `labels` instead: it sets the order, and a "
            "label that occurs in no sample still has its row and column of zeros.",
        ),
        "labels-as-positions": mistake(
            variant_positions,
            {"position[truth], position[prediction]": "truth, prediction"},
            "You used the labels themselves as row and column numbers. That works only when they are 0, 1, 2 … in that "
            "order. Look up the position of each label in `labels` first.",
        ),
        "marks-not-counts": mistake(
            variant_positions,
            {"+= 1": "= 1"},
            "Your cells say whether a combination occurs, not how often: each sample overwrites the one before it. Add "
            "1 to the cell for every sample.",
        ),
        "shares": Misconception(
            wrong_shares,
            "You divided each row by its sum. That is a normalised table, and comes later in the lesson. This exercise "
            "asks for the counts themselves.",
        ),
        "shares-of-all": mistake(
            variant_masks,
            {"int(np.sum((y_true == row) & (y_pred == column)))": "np.mean((y_true == row) & (y_pred == column))"},
            "You divided each count by the number of all samples. This exercise asks for the counts themselves.",
        ),
        "diagonal-only": mistake(
            variant_masks,
            {"(y_true == row) & (y_pred == column)": "(y_true == row) & (y_pred == column) & (row == column)"},
            "You filled the diagonal only. The cells beside it hold the mistakes: a sample of true label i that was "
            "called j belongs into row i and column j.",
        ),
        "repeated-rows": mistake(
            variant_positions,
            {"table[position[truth], position[prediction]]": "table[:, position[prediction]]"},
            "All your rows are the same. [[0] * k] * k holds one and the same list k times, so a change to one row "
            "changes them all. Make each row anew, or use np.zeros((k, k), dtype=int).",
        ),
    },
    variants={
        "positions": variant_positions,
        "masks": variant_masks,
        "one-hot-product": variant_one_hot_product,
        "bincount": variant_bincount,
    },
)
