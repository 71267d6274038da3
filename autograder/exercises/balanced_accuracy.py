"""Balanced accuracy: the mean of the recalls, one for each class that occurs in the truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import needs_digits, until

Pair = tuple[NDArray[np.int64], NDArray[np.int64]]


def cases(rng: np.random.Generator) -> list[Case]:
    def slips(*ranges: tuple[int, int]) -> list[int]:
        return [int(rng.integers(*ends)) for ends in ranges]

    def uneven(*sizes: tuple[int, int]) -> Pair:
        """Classes of different size, of each of which some are taken for the next; rarer classes do worse."""
        y_true = np.repeat(np.arange(len(sizes)), counts := slips(*sizes))
        y_pred = y_true.copy()
        for label, size in enumerate(counts):
            members = np.flatnonzero(y_true == label)[: int(rng.integers(1, 3)) + size * (label + 1) // 8]
            y_pred[members] = (label + 1) % len(sizes)
        return y_true, y_pred

    def extra() -> Pair:
        y_true = np.repeat([0, 1], slips((11, 24), (5, 11)))
        y_pred = y_true.copy()
        y_pred[: rng.integers(2, 6)] = 2
        y_pred[np.flatnonzero(y_true == 1)[: rng.integers(1, 4)]] = 0
        return y_true, y_pred

    def one_class() -> Pair:
        y_pred = np.zeros(int(rng.integers(7, 24)), np.int64)
        y_pred[: rng.integers(2, 5)] = 1
        return np.zeros_like(y_pred), y_pred

    def telling(y_true: NDArray[np.int64], y_pred: NDArray[np.int64]) -> bool:
        recalls = [np.mean(y_pred[y_true == label] == label) for label in np.unique(y_true)]
        # Neither a rounded answer nor one that leaves out a class goes unseen.
        return needs_digits(np.mean(recalls)) and len(set(recalls)) == len(recalls)

    return [
        Case("two classes, one rare", _shuffled(rng, *until(telling, lambda: uneven((31, 60), (6, 13)))), 1),
        Case("three classes", _shuffled(rng, *until(telling, lambda: uneven((17, 29), (8, 15), (4, 8)))), 1),
        Case("a class that is predicted but never true", _shuffled(rng, *until(telling, extra)), 0.5),
        Case("only one class in the truth", _shuffled(rng, *until(telling, one_class)), 0.5),
    ]


def _shuffled(rng, y_true, y_pred):
    order = rng.permutation(len(y_true))
    return y_true[order], y_pred[order]


def reference(y_true, y_pred):
    from evalkit import balanced_accuracy_score

    return balanced_accuracy_score(y_true, y_pred)


def wrong_accuracy(y_true, y_pred):
    return float(np.mean(y_true == y_pred))


def wrong_mean_precision(y_true, y_pred):
    shares = []
    for label in np.unique(y_true):
        called = y_pred == label
        shares.append(np.mean(y_true[called] == label) if called.any() else 0.0)
    return float(np.mean(shares))


def wrong_absent_class(y_true, y_pred):
    recalls = []
    for label in np.union1d(y_true, y_pred):
        members = y_true == label
        recalls.append(np.mean(y_pred[members] == label) if members.any() else 0.0)
    return float(np.mean(recalls))


def wrong_one_recall(y_true, y_pred):
    positives = np.sum(y_true == 1)
    caught = np.sum((y_true == 1) & (y_pred == 1))
    return float(caught / positives) if positives > 0 else 0.0


def wrong_two_classes_only(y_true, y_pred):
    recalls = []
    for label in [0, 1]:
        members = y_true == label
        if members.any():
            recalls.append(np.mean(y_pred[members] == label))
    return float(np.mean(recalls))


def wrong_always_half(y_true, y_pred):
    total = 0.0
    for label in np.unique(y_true):
        members = y_true == label
        total += np.mean(y_pred[members] == label)
    return float(total / 2)


def wrong_sum(y_true, y_pred):
    total = 0.0
    for label in np.unique(y_true):
        members = y_true == label
        total += np.mean(y_pred[members] == label)
    return float(total)


def variant_loop(y_true, y_pred):
    members = {}
    right = {}
    for t, p in zip(y_true.tolist(), y_pred.tolist()):
        members[t] = members.get(t, 0) + 1
        right[t] = right.get(t, 0) + (t == p)
    recalls = [right[label] / members[label] for label in members]
    return sum(recalls) / len(recalls)


def variant_masks(y_true, y_pred):
    return np.mean([np.mean(y_pred[y_true == label] == label) for label in np.unique(y_true)])


def variant_weighted_accuracy(y_true, y_pred):
    # The accuracy in which every sample counts one divided by the size of its class.
    labels, place, sizes = np.unique(y_true, return_inverse=True, return_counts=True)
    weights = 1 / sizes[place]
    return float(np.sum(weights * (y_true == y_pred)) / len(labels))


def wrong_two_recalls(y_true, y_pred):
    caught = np.sum((y_true == 1) & (y_pred == 1)) / max(np.sum(y_true == 1), 1)
    passed = np.sum((y_true == 0) & (y_pred == 0)) / max(np.sum(y_true == 0), 1)
    return float(caught + passed) / 2


def wrong_accuracy_over_classes(y_true, y_pred):
    return float(np.mean(y_true == y_pred)) / len(np.unique(y_true))


EXERCISE = Exercise(
    id="balanced_accuracy",
    lesson="02_accuracy_paradox",
    objective="AP.4",
    points=3,
    signature="balanced_accuracy(y_true, y_pred)",
    cases=cases,
    reference=reference,
    misconceptions={
        "accuracy": Misconception(
            wrong_accuracy,
            "You computed the plain accuracy, in which a large class outweighs a small one. First compute the recall "
            "of each class on its own, then take the mean of the recalls.",
        ),
        "mean-precision": Misconception(
            wrong_mean_precision,
            "You divided by how often each label was predicted. That is precision. For the recall of a class, look at "
            "the samples that truly belong to it, and ask how many were predicted right.",
        ),
        "absent-class": Misconception(
            wrong_absent_class,
            "You counted a class that never occurs in the truth as a recall of 0. It has no samples to find, so it "
            "has no recall: take the mean over the classes in y_true only.",
        ),
        "one-recall": Misconception(
            wrong_one_recall,
            "You returned the recall of class 1 alone. Balanced accuracy gives every class one vote: compute the "
            "recall of each class in y_true and take the mean.",
        ),
        "two-classes-only": Misconception(
            wrong_two_classes_only,
            "Your function looks at the classes 0 and 1 only. Other labels occur, too: go through every distinct "
            "label in y_true.",
        ),
        "always-half": Misconception(
            wrong_always_half,
            "You added up the recalls and divided by 2. That is right for two classes only: divide by the number of "
            "classes that occur in y_true.",
        ),
        "sum": Misconception(
            wrong_sum,
            "You added up the recalls. Take their mean: divide by the number of classes that occur in y_true.",
        ),
        "two-recalls-halved": Misconception(
            wrong_two_recalls,
            "You took the recalls of the classes 1 and 0 and divided by 2. There can be more classes, or one alone: "
            "go through every label that occurs in y_true, and divide by how many there are.",
        ),
        "accuracy-over-classes": Misconception(
            wrong_accuracy_over_classes,
            "You divided the right predictions of each class by the number of all samples. The recall of a class "
            "divides them by the samples of that class.",
        ),
    },
    variants={"loop": variant_loop, "masks": variant_masks, "weighted-accuracy": variant_weighted_accuracy},
)
