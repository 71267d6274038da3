"""k-fold cross-validation: which samples train and which test, k times."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception


def cases(rng: np.random.Generator) -> list[Case]:
    def seed() -> int:
        return int(rng.integers(1, 10_000))

    k = int(rng.integers(4, 7))
    return [
        Case("samples that divide evenly", (k * int(rng.integers(5, 9)), k, seed()), 1),
        Case("some samples left over", (5 * int(rng.integers(4, 8)) + int(rng.integers(2, 5)), 5, seed()), 1.5),
        Case("two folds", (int(rng.integers(12, 20)) * 2 + 1, 2, seed()), 0.5),
        Case("many small folds", (int(rng.integers(21, 25)), 8, seed()), 1),
    ]


def reference(n, k, seed):
    order = np.random.default_rng(seed).permutation(n)
    return [(np.setdiff1d(order, test), test) for test in np.array_split(order, k)]


def wrong_not_shuffled(n, k, seed):
    folds = np.array_split(np.arange(n), k)
    return [(np.concatenate(folds[:i] + folds[i + 1 :]), folds[i]) for i in range(k)]


def wrong_swapped(n, k, seed):
    order = np.random.default_rng(seed).permutation(n)
    return [(test, np.setdiff1d(order, test)) for test in np.array_split(order, k)]


def wrong_train_holds_test(n, k, seed):
    order = np.random.default_rng(seed).permutation(n)
    return [(order, test) for test in np.array_split(order, k)]


def wrong_drops_the_rest(n, k, seed):
    order = np.random.default_rng(seed).permutation(n)
    size = n // k
    return [(np.setdiff1d(order, order[i * size : (i + 1) * size]), order[i * size : (i + 1) * size]) for i in range(k)]


def wrong_rest_in_last_fold(n, k, seed):
    order = np.random.default_rng(seed).permutation(n)
    size = n // k
    folds = []
    for i in range(k):
        test = order[i * size : (i + 1) * size] if i < k - 1 else order[i * size :]
        folds.append((np.setdiff1d(order, test), test))
    return folds


def wrong_shuffles_each_fold(n, k, seed):
    rng = np.random.default_rng(seed)
    folds = []
    for part in np.array_split(np.arange(n), k):
        order = rng.permutation(n)
        folds.append((order[len(part) :], order[: len(part)]))
    return folds


def wrong_ignores_seed(n, k, seed):
    order = np.random.default_rng(0).permutation(n)
    return [(np.setdiff1d(order, test), test) for test in np.array_split(order, k)]


def wrong_no_seed(n, k, seed):
    order = np.random.permutation(n)  # noqa: NPY002
    return [(np.setdiff1d(order, test), test) for test in np.array_split(order, k)]


def variant_strides(n, k, seed):
    order = np.random.default_rng(seed).permutation(n)
    folds = []
    for i in range(k):
        is_test = np.arange(n) % k == i
        folds.append((order[~is_test], order[is_test]))
    return folds


def variant_lists(n, k, seed):
    import random

    indices = list(range(n))
    random.Random(seed).shuffle(indices)
    folds = []
    start = 0
    for i in range(k):
        size = n // k + (1 if i < n % k else 0)
        test = indices[start : start + size]
        folds.append((indices[:start] + indices[start + size :], test))
        start += size
    return folds


def variant_fold_numbers(n, k, seed):
    fold_of = np.arange(n) % k
    np.random.default_rng(seed).shuffle(fold_of)
    return [(np.flatnonzero(fold_of != i), np.flatnonzero(fold_of == i)) for i in range(k)]


def wrong_draws_each_fold(n, k, seed):
    rng = np.random.default_rng(seed)
    tests = [rng.choice(n, n // k, replace=False) for _ in range(k)]
    return [(np.setdiff1d(np.arange(n), test), test) for test in tests]


def wrong_with_replacement(n, k, seed):
    order = np.random.default_rng(seed).integers(0, n, size=n)
    return [(np.setdiff1d(np.arange(n), part), part) for part in np.array_split(order, k)]


EXERCISE = Exercise(
    id="kfold_indices",
    lesson="07_training_curves",
    objective="TC.6",
    points=4,
    signature="kfold_indices(n, k, seed)",
    cases=cases,
    reference=reference,
    misconceptions={
        "not-shuffled": Misconception(
            wrong_not_shuffled,
            "You cut the samples into folds in the order in which they stand. Data are often sorted, by class or by "
            "time, and then a fold holds one class only. Shuffle the indices first, with the seed.",
        ),
        "swapped": Misconception(
            wrong_swapped,
            "You return (test, train). The order asked for is (train, test): the large part first, the fold second.",
        ),
        "train-holds-test": Misconception(
            wrong_train_holds_test,
            "Your training part holds the samples of the test fold as well. That is leakage: leave the fold out of "
            "the training part.",
        ),
        "drops-the-rest": Misconception(
            wrong_drops_the_rest,
            "Where n is not a multiple of k, some samples are never tested. Make some folds one sample larger, so "
            "that every sample is tested exactly once.",
        ),
        "rest-in-last-fold": Misconception(
            wrong_rest_in_last_fold,
            "You put all samples that are left over into the last fold. Fold sizes may differ by one at most: give "
            "one sample each to the first folds.",
        ),
        "shuffles-each-fold": Misconception(
            wrong_shuffles_each_fold,
            "You shuffle anew for every fold. Then some samples are tested several times and others never. Shuffle "
            "once, and cut that one order into k pieces.",
        ),
        "ignores-seed": Misconception(
            wrong_ignores_seed,
            "You get the same folds whatever the seed. Give the seed to your random generator.",
        ),
        "no-seed": Misconception(
            wrong_no_seed,
            "Two calls with the same seed give different folds, so nobody can repeat your result. Draw from a "
            "generator that is made with the seed.",
        ),
        "with-replacement": Misconception(
            wrong_with_replacement,
            "You draw n indices at random, and what is drawn can be drawn again: some samples come twice and others "
            "never. Put the n indices into a random order instead, so that each comes once.",
        ),
        "draws-each-fold": Misconception(
            wrong_draws_each_fold,
            "You draw the test part of each fold anew from all samples. Then some samples are tested several times "
            "and others never. Shuffle once, and cut that one order into k pieces.",
        ),
    },
    variants={"strides": variant_strides, "lists": variant_lists, "fold-numbers": variant_fold_numbers},
    # Every way to shuffle is right, so what is compared are the properties of the folds.
    probe="autograder.exercises._kfold_probe",
)
