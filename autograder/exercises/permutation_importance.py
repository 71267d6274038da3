"""Permutation importance: shuffle one column, and see how much accuracy is lost."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._edited import mistake

ROWS = 800


def cases(rng: np.random.Generator) -> list[Case]:
    def case(weights: list[float], wrong: float, means: list[float], twin: bool = False) -> tuple[Any, ...]:
        """A linear model, a table, labels that are right but for a share, and a seed; the columns in random order."""
        order = rng.permutation(len(weights))
        spreads = np.where(np.array(means) == 0, 1, np.abs(means) / 5)
        X = np.round(rng.normal(means, spreads, size=(ROWS, len(weights))), 2)
        if twin:
            X[:, 1] = np.round(X[:, 0] + rng.normal(0, 0.5, size=ROWS), 2)
        limit = float(np.round(np.dot(weights, means), 3))
        y = (X @ weights > limit).astype(int)
        flipped = rng.choice(ROWS, size=round(wrong * ROWS), replace=False)
        y[flipped] = 1 - y[flipped]
        model = {"weights": np.array(weights)[order].tolist(), "limit": limit}
        return model, X[:, order], y, int(rng.integers(1, 10_000))

    return [
        Case("three columns", case([2.0, 1.2, 0.0], 0.1, [0, 0, 0]), 1),
        Case("a model that is often wrong", case([1.0, 1.4, 0.0], 0.2, [0, 0, 0]), 1),
        Case("columns on other scales", case([0.1, 1.0, 0.01], 0.1, [50, 0, 400]), 1),
        Case("two columns that say nearly the same", case([1.0, 1.0, 1.5, 0.0], 0.05, [0, 0, 0, 0], twin=True), 1),
    ]


def reference(predict, X, y, seed):
    from evalkit.analysis.importance import permutation_importance

    return permutation_importance(predict, X, y, seed=seed).mean


def right(predict, X, y, seed):
    rng = np.random.default_rng(seed)
    baseline = np.mean(predict(X) == y)
    importances = []
    for j in range(X.shape[1]):
        scores = []
        for _ in range(10):
            shuffled = X.copy()
            shuffled[:, j] = rng.permutation(X[:, j])
            scores.append(np.mean(predict(shuffled) == y))
        importances.append(baseline - np.mean(scores))
    return importances


def variant_repeats_outside(predict, X, y, seed):
    rng = np.random.default_rng(seed)
    baseline = np.mean(predict(X) == y)
    drops = np.zeros((10, X.shape[1]))
    for repeat in range(10):
        order = rng.permutation(len(X))
        for j in range(X.shape[1]):
            shuffled = X.copy()
            shuffled[:, j] = X[order, j]
            drops[repeat, j] = baseline - np.mean(predict(shuffled) == y)
    return drops.mean(axis=0)


def variant_plain_python(predict, X, y, seed):
    import random

    generator = random.Random(seed)

    def accuracy(rows):
        answers = predict(np.array(rows))
        return sum(int(a == b) for a, b in zip(answers, y)) / len(y)

    rows = X.tolist()
    baseline = accuracy(rows)
    importances = []
    for j in range(len(rows[0])):
        total = 0.0
        for _ in range(10):
            column = [row[j] for row in rows]
            generator.shuffle(column)
            total += accuracy([row[:j] + [value] + row[j + 1 :] for row, value in zip(rows, column)])
        importances.append(baseline - total / 10)
    return importances


def variant_one_call(predict, X, y, seed):
    rng = np.random.default_rng([seed, 7])
    n, columns = X.shape
    tables = np.tile(X, (columns, 10, 1, 1))
    for j in range(columns):
        tables[j, :, :, j] = rng.permuted(tables[j, :, :, j], axis=1)
    right = predict(tables.reshape(-1, columns)).reshape(columns, 10, n) == y
    return np.mean(predict(X) == y) - right.mean(axis=(1, 2))


EXERCISE = Exercise(
    id="permutation_importance",
    lesson="10_error_analysis",
    objective="EA.6",
    points=4,
    signature="permutation_importance(predict, X, y, seed)",
    cases=cases,
    reference=reference,
    misconceptions={
        "sign": mistake(
            right,
            {"baseline - np.mean(scores)": "np.mean(scores) - baseline"},
            "Your signs are reversed. Importance is what is lost: the accuracy before minus the accuracy after. A "
            "column that matters has a positive importance.",
        ),
        "no-baseline": mistake(
            right,
            {"baseline - np.mean(scores)": "np.mean(scores)"},
            "You return the accuracy after shuffling. Importance is the difference: subtract it from the accuracy on "
            "the data as they are.",
        ),
        "perfect-baseline": mistake(
            right,
            {"predict(shuffled) == y": "predict(shuffled) == predict(X)", "baseline - ": "1 - "},
            "You compare with what the model predicted before. That measures how many answers change, not how much "
            "worse they get: compare with y, before and after.",
        ),
        "stays-shuffled": mistake(
            right,
            {
                "            shuffled = X.copy()\n": "",
                "    importances = []\n": "    importances = []\n    shuffled = X.copy()\n",
            },
            "A column that you shuffled stays shuffled while you look at the next one, so later columns pay for the "
            "earlier ones. Start from a fresh copy of X for each column.",
        ),
        "whole-rows": mistake(
            right,
            {"            shuffled[:, j] = rng.permutation(X[:, j])\n": "", "X.copy()": "rng.permutation(X)"},
            "You shuffle whole rows, so all columns lose their tie to y at once. Shuffle one column and leave the "
            "others as they are.",
        ),
        "zeros": mistake(
            right,
            {"rng.permutation(X[:, j])": "0"},
            "You fill the column with zeros. Zero can be a value that the model has never seen, and then you measure "
            "its surprise. Shuffling keeps the values and takes away only what they say about the row.",
        ),
        "once": mistake(
            right,
            {"range(10)": "range(1)"},
            "You shuffle each column once. One shuffle can be lucky: do it 10 times, each in another order, and take "
            "the mean.",
        ),
        "seeds-again": mistake(
            right,
            {"rng.permutation": "np.random.default_rng(seed).permutation"},
            "You make the generator anew for every shuffle, so all ten are the same. Make it once, before the loops.",
        ),
        "ignores-seed": mistake(
            right,
            {"default_rng(seed)": "default_rng(0)"},
            "You get the same answer whatever the seed. Give the seed to your random generator.",
        ),
        "no-seed": mistake(
            right,
            {"default_rng(seed)": "default_rng()"},
            "Two calls with the same seed give different answers, so nobody can repeat your result. Draw from a "
            "generator that is made with the seed.",
        ),
        "last-shuffle": mistake(
            right,
            {"baseline - np.mean(scores)": "baseline - scores[-1]"},
            "You shuffle ten times and keep the last result only. One shuffle can be lucky: take the mean of all ten.",
        ),
    },
    variants={
        "repeats-outside": variant_repeats_outside,
        "plain-python": variant_plain_python,
        "one-call": variant_one_call,
    },
    # Every way to shuffle is right: the numbers of two honest answers differ a little, and the shuffles are looked at.
    tolerance=0.25,
    seconds=4.0,
    probe="autograder.exercises._importance_probe",
)
