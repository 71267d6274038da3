"""Leakage: the test rows that stand in the training data."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._edited import mistake


def cases(rng: np.random.Generator) -> list[Case]:
    def rows(n: int, width: int) -> np.ndarray:
        """Distinct rows of small whole numbers, so that single values repeat everywhere."""
        codes = rng.choice(6**width, size=n, replace=False)
        return (codes[:, np.newaxis] // 6 ** np.arange(width)) % 6

    def elsewhere(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both in such an order that the same row never stands at the same place on both sides."""
        while True:
            train, test = rng.permutation(train), rng.permutation(test)
            n = min(len(train), len(test))
            if not (train[:n] == test[:n]).all(axis=1).any():
                return train, test

    # Both kinds of row are there, leaked and others.
    known = rows(17, 3)
    train = known[:9]
    ordinary = elsewhere(train, np.concatenate([train[: rng.integers(2, 6)], known[9 : 9 + rng.integers(4, 7)]]))
    repeated = elsewhere(train, np.concatenate([train[[0, 0, 1]], known[9 : 9 + rng.integers(4, 7)]]))
    copies = elsewhere(train[[0, 0, 0, 1, 1, 2, 3, 4]], np.concatenate([train[:3], known[9 : 9 + rng.integers(4, 7)]]))
    # Rows whose values all occur in the training data, in other rows or columns; and a row with one known value.
    mixed_train = np.array([[1, 2, 3], [4, 5, 0], [2, 1, 5], [0, 3, 4]])
    mixed_test = np.array([[1, 5, 4], [3, 4, 1], mixed_train[rng.integers(4)], [4, 2, 3], [2, 9, 8], [5, 0, 2]])
    near = np.round(rng.uniform(0.5, 2, size=(6, 3)), 2)
    near_test = np.stack([near[4], near[1] + 1e-7, near[5] * 1.5, near[0], near[2] + 1e-7, near[3] - 1e-7])
    apart = rows(5, 4)
    return [
        Case("some rows in both", ordinary, 0.75),
        Case("a leaked row twice in the test data", repeated, 0.75),
        Case("a leaked row several times in the training data", copies, 0.75),
        Case("known values in unknown rows", elsewhere(mixed_train, mixed_test), 0.75),
        Case("rows that are close, but not equal", elsewhere(near, near_test), 0.5),
        Case("nothing in common", (apart, apart[::-1] + 6), 0.5),
    ]


def reference(train, test):
    from evalkit.analysis.leakage import duplicate_rows

    return duplicate_rows(train, test).test_indices


def wrong_any_value(train, test):
    return np.flatnonzero(np.isin(test, train).all(axis=1))


def wrong_same_place(train, test):
    n = min(len(train), len(test))
    return np.flatnonzero((train[:n] == test[:n]).all(axis=1))


def wrong_train_indices(train, test):
    known = set(map(tuple, test.tolist()))
    return np.array([i for i, row in enumerate(train.tolist()) if tuple(row) in known], dtype=int)


def wrong_mask(train, test):
    known = set(map(tuple, train.tolist()))
    return np.array([tuple(row) in known for row in test.tolist()])


def wrong_close(train, test):
    return np.array([i for i, row in enumerate(test) if np.isclose(train, row).all(axis=1).any()], dtype=int)


def wrong_each_once(train, test):
    known = set(map(tuple, train.tolist()))
    found = []
    for i, row in enumerate(test.tolist()):
        if tuple(row) in known:
            known.remove(tuple(row))
            found.append(i)
    return np.array(found, dtype=int)


def wrong_not_leaked(train, test):
    known = set(map(tuple, train.tolist()))
    return np.array([i for i, row in enumerate(test.tolist()) if tuple(row) not in known], dtype=int)


def wrong_any_column(train, test):
    return np.array([i for i, row in enumerate(test) if (train == row).any()], dtype=int)


def variant_set(train, test):
    known = set(map(tuple, train))
    return [i for i, row in enumerate(test) if tuple(row) in known]


def variant_broadcast(train, test):
    return np.flatnonzero((test[:, np.newaxis, :] == train[np.newaxis, :, :]).all(axis=2).any(axis=1))


def variant_loop(train, test):
    found = []
    for i in range(len(test)):
        for row in train:
            if np.array_equal(test[i], row):
                found.append(i)
                break
    return np.array(found, dtype=int)


EXERCISE = Exercise(
    id="find_leaks",
    lesson="07_training_curves",
    objective="TC.7",
    points=4,
    signature="find_leaks(train, test)",
    cases=cases,
    reference=reference,
    misconceptions={
        "known-values": Misconception(
            wrong_any_value,
            "You ask whether the values of a row occur in the training data. They can, each in another row. A row "
            "leaks only if one training row has all of its values in the same order: compare whole rows.",
        ),
        "same-place": Misconception(
            wrong_same_place,
            "You compare row 0 with row 0, row 1 with row 1 and so on. A copy can stand anywhere: compare each test "
            "row with every training row.",
        ),
        "train-indices": Misconception(
            wrong_train_indices,
            "You return indices into the training data. Asked for are the rows of the test data, because those are "
            "the ones to take out.",
        ),
        "mask": Misconception(
            wrong_mask,
            "You return a truth value for each test row. Asked for are the indices of the rows that leak; "
            "np.flatnonzero turns one into the other.",
        ),
        "close": Misconception(
            wrong_close,
            "You count rows that are nearly equal, too. Looking for those is a good idea, but it is another question:"
            " here a row leaks only if all values are exactly equal.",
        ),
        "each-once": Misconception(
            wrong_each_once,
            "You report a leaked row only the first time. If it stands twice in the test data, both rows were seen in"
            " training and both must go.",
        ),
        "not-leaked": Misconception(
            wrong_not_leaked,
            "You return the rows that do not occur in the training data. Those are the ones to keep; asked for are "
            "the leaks.",
        ),
        "any-column": Misconception(
            wrong_any_column,
            "You count a row as soon as one of its values agrees with a training row. All values of the row must "
            "agree, with one and the same training row.",
        ),
        "once-per-copy": mistake(
            variant_loop,
            {"                break\n": ""},
            "A test row that stands twice in the training data is in your list twice. Each index is asked for once: "
            "stop looking as soon as one copy is found.",
        ),
    },
    variants={"set": variant_set, "broadcast": variant_broadcast, "loop": variant_loop},
)
