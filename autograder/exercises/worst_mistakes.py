"""The worst mistakes: wrong answers, the one with the least probability for the truth first."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception


def cases(rng: np.random.Generator) -> list[Case]:
    # All of them are asked for, and one nearly got the truth.
    five = [*_apart(rng, 4), int(rng.integers(38, 47)) / 100]
    few = int(rng.integers(2, 4))
    return [
        Case("three classes", (*_samples(rng, 3, _apart(rng, 7), 6), 3), 1),
        Case("two classes", (*_samples(rng, 2, five, 7), 5), 1),
        Case("fewer mistakes than asked for", (*_samples(rng, 3, _apart(rng, few), 8), few + 2), 1),
        Case("equally bad mistakes", (*_samples(rng, 3, [0.3, 0.05, 0.2, 0.05, 0.12, 0.05], 4), 4), 0.5),
        Case("no mistake", (*_samples(rng, 2, [], 6), 3), 0.5),
    ]


def _apart(rng: np.random.Generator, m: int) -> list[float]:
    """Probabilities below 1/3 with two decimals, all different."""
    return [int(percent) / 100 for percent in rng.choice(np.arange(2, 33), size=m, replace=False)]


def _samples(rng: np.random.Generator, k: int, wrong: list[float], right: int) -> tuple[np.ndarray, np.ndarray]:
    """True labels and probabilities: one mistake for each probability of the truth, and some right answers."""
    rows = []
    for truth in wrong:
        called = round((1 - truth) * float(rng.uniform(0.62, 0.95)), 2) if k > 2 else round(1 - truth, 2)
        rows.append([truth, called, round(1 - truth - called, 2)][:k])
    for i in range(right):
        # The highest of three can be less than one half.
        truth = round(float(rng.uniform(0.42, 0.48) if k > 2 and i < 2 else rng.uniform(0.55, 0.98)), 2)
        other = round((1 - truth) * float(rng.uniform(0.5, 0.6 if truth < 0.5 else 1)), 2) if k > 2 else 1 - truth
        other = round(other, 2)
        rows.append([truth, other, round(1 - truth - other, 2)][:k])
    y_true = rng.integers(0, k, size=len(rows))
    proba = np.empty((len(rows), k))
    for i, row in enumerate(rows):
        others = rng.permutation([label for label in range(k) if label != y_true[i]])
        proba[i, y_true[i]] = row[0]
        proba[i, others] = row[1:]
    order = rng.permutation(len(rows))
    return y_true[order], proba[order]


def reference(y_true, proba, n):
    from evalkit.analysis.mistakes import worst_mistakes

    return [mistake.index for mistake in worst_mistakes(y_true, proba, n)]


def wrong_right_ones_too(y_true, proba, n):
    truth = proba[np.arange(len(y_true)), y_true]
    return np.argsort(truth, kind="stable")[:n]


def wrong_mildest_first(y_true, proba, n):
    truth = proba[np.arange(len(y_true)), y_true]
    wrong = np.flatnonzero(proba.argmax(axis=1) != y_true)
    return wrong[np.argsort(-truth[wrong], kind="stable")][:n]


def wrong_surest(y_true, proba, n):
    wrong = np.flatnonzero(proba.argmax(axis=1) != y_true)
    return wrong[np.argsort(-proba[wrong].max(axis=1), kind="stable")][:n]


def wrong_positions_among_mistakes(y_true, proba, n):
    truth = proba[np.arange(len(y_true)), y_true]
    wrong = np.flatnonzero(proba.argmax(axis=1) != y_true)
    return np.argsort(truth[wrong], kind="stable")[:n]


def wrong_probabilities(y_true, proba, n):
    truth = proba[np.arange(len(y_true)), y_true]
    wrong = np.flatnonzero(proba.argmax(axis=1) != y_true)
    return np.sort(truth[wrong])[:n]


def wrong_in_order_of_rows(y_true, proba, n):
    return np.flatnonzero(proba.argmax(axis=1) != y_true)[:n]


def wrong_last_tie(y_true, proba, n):
    truth = proba[np.arange(len(y_true)), y_true]
    wrong = np.flatnonzero(proba.argmax(axis=1) != y_true)[::-1]
    return wrong[np.argsort(truth[wrong], kind="stable")][:n]


def variant_stable_sort(y_true, proba, n):
    truth = np.take_along_axis(proba, y_true[:, np.newaxis], axis=1)[:, 0]
    order = np.argsort(truth, kind="stable")
    return order[proba.argmax(axis=1)[order] != y_true[order]][:n]


def variant_loop(y_true, proba, n):
    mistakes = []
    for i, label in enumerate(y_true):
        if np.argmax(proba[i]) != label:
            mistakes.append((proba[i, label], i))
    return [i for _, i in sorted(mistakes)[:n]]


def variant_loss(y_true, proba, n):
    loss = -np.log(proba[range(len(y_true)), y_true])
    loss[proba.argmax(axis=1) == y_true] = -1
    order = sorted(range(len(loss)), key=lambda i: (-loss[i], i))
    return [i for i in order if loss[i] >= 0][:n]


EXERCISE = Exercise(
    id="worst_mistakes",
    lesson="10_error_analysis",
    objective="EA.2",
    points=4,
    signature="worst_mistakes(y_true, proba, n)",
    cases=cases,
    reference=reference,
    misconceptions={
        "right-ones-too": Misconception(
            wrong_right_ones_too,
            "Your list holds right answers. An answer is a mistake only if another label has the highest probability; "
            "where there are fewer than n mistakes, return fewer.",
        ),
        "mildest-first": Misconception(
            wrong_mildest_first,
            "You begin with the mildest mistakes. The worst is the one in which the true label got the least "
            "probability.",
        ),
        "surest": Misconception(
            wrong_surest,
            "You sort by the probability of the label that was predicted. With more than two classes that is another "
            "order: sort by the probability of the true label.",
        ),
        "positions-among-mistakes": Misconception(
            wrong_positions_among_mistakes,
            "Your numbers count within the mistakes, not within the data. After you sorted a selection, look up which "
            "rows its positions stand for.",
        ),
        "probabilities": Misconception(
            wrong_probabilities,
            "You return probabilities. Asked for are the rows in which they stand, so that somebody can look at the "
            "samples.",
        ),
        "in-order-of-rows": Misconception(
            wrong_in_order_of_rows,
            "You return the first mistakes of the data. Sort the mistakes by the probability of the true label before "
            "you take n of them.",
        ),
        "last-tie": Misconception(
            wrong_last_tie,
            "Of equally bad mistakes you return the later rows first. Asked for is the first row first: sort with "
            "kind='stable', and do not turn the order over.",
        ),
    },
    variants={"stable-sort": variant_stable_sort, "loop": variant_loop, "loss": variant_loss},
)
