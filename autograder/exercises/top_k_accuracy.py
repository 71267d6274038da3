"""Top-k accuracy: is the true class among the k that the model thinks most likely?"""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import needs_digits, until


def cases(rng: np.random.Generator) -> list[Case]:
    def ranked(classes: int, k: int) -> tuple[np.ndarray, np.ndarray, int]:
        """Distinct logits. The true class has rank 1, the highest, or k, or the rank behind it, or one farther back."""
        n = int(rng.choice([7, 9, 11, 13, 14]))
        ranks = [1, k, k + 1, *rng.choice([1, k, k + 1, classes], size=n - 3)]
        logits = np.stack([rng.permutation(classes) for _ in ranks]) + rng.integers(-2, 3, size=(n, 1))
        order = np.argsort(-logits, axis=1)
        y = order[np.arange(n), np.array(ranks) - 1]
        shuffled = rng.permutation(n)
        return np.round(logits - 0.35 * classes, 2)[shuffled], y[shuffled], k

    def telling(logits: np.ndarray, y: np.ndarray, k: int) -> bool:
        # Some true class is never the most likely one.
        return needs_digits(reference(logits, y, k)) and not np.isin(y, logits.argmax(axis=1)).all()

    def ties() -> tuple[np.ndarray, np.ndarray, int]:
        # In each row two classes share the second place: the later one counts as second.
        high, low = float(rng.integers(3, 6)), float(rng.integers(-3, 0))
        rows = [rng.permutation([high, 1, 1, low]) for _ in range(int(rng.choice([7, 9, 11, 13])))]
        y = [int(rng.choice([np.argmax(row), *np.flatnonzero(row == 1), np.argmin(row)])) for row in rows]
        return np.array(rows), np.array(y), 2

    def both_tied(logits: np.ndarray, y: np.ndarray, k: int) -> bool:
        # The earlier and the later one of the two are asked for, not equally often.
        earlier = np.sum(y == np.argmax(logits == 1, axis=1))
        later = np.sum(y == 3 - np.argmax(logits[:, ::-1] == 1, axis=1))
        return telling(logits, y, k) and 0 < earlier != later > 0

    few = rng.integers(5, 9)
    logits = np.stack([rng.permutation(3) for _ in range(few)]) / 2
    return [
        Case("the first two of five classes", until(telling, lambda: ranked(5, 2)), 0.75),
        Case("the first one alone", until(telling, lambda: ranked(4, 1)), 0.75),
        Case("the first three of six classes", until(telling, lambda: ranked(6, 3)), 0.5),
        Case("as many as there are classes", (logits, rng.choice(rng.permutation(3)[:2], few), 3), 0.25),
        Case("equal logits", until(both_tied, ties), 0.75),
    ]


def reference(logits, y, k):
    import warnings

    from evalkit import top_k_accuracy_score

    with warnings.catch_warnings():
        # k may be the number of classes here: a perfect score is then the right answer.
        warnings.simplefilter("ignore")
        return top_k_accuracy_score(y, logits, k=k, labels=np.arange(logits.shape[1]))


def wrong_smallest(logits, y, k):
    top = np.argsort(logits, axis=1, kind="stable")[:, :k]
    return float(np.mean((top == y[:, None]).any(axis=1)))


def wrong_axis(logits, y, k):
    top = np.argsort(logits, axis=0, kind="stable")[:, -k:]
    return float(np.mean((top == y[:, None]).any(axis=1)))


def wrong_kth_only(logits, y, k):
    kth = np.argsort(logits, axis=1, kind="stable")[:, -k]
    return float(np.mean(kth == y))


def wrong_anywhere(logits, y, k):
    top = np.argsort(logits, axis=1, kind="stable")[:, -k:]
    return float(np.mean(np.isin(y, top)))


def wrong_one_more(logits, y, k):
    top = np.argsort(logits, axis=1, kind="stable")[:, -(k + 1) :]
    return float(np.mean((top == y[:, None]).any(axis=1)))


def wrong_first_only(logits, y, k):
    return float(np.mean(np.argmax(logits, axis=1) == y))


def wrong_divided_by_k(logits, y, k):
    top = np.argsort(logits, axis=1, kind="stable")[:, -k:]
    return float(np.mean(top == y[:, None]))


def wrong_count(logits, y, k):
    top = np.argsort(logits, axis=1, kind="stable")[:, -k:]
    return int((top == y[:, None]).sum())


def wrong_rounded_up(logits, y, k):
    own = logits[np.arange(len(y)), y]
    return float(np.mean((logits > own[:, None]).sum(axis=1) < k))


def wrong_first_of_equals(logits, y, k):
    top = np.argsort(-logits, axis=1, kind="stable")[:, :k]
    return float(np.mean((top == y[:, None]).any(axis=1)))


def wrong_rows_of_the_batch(logits, y, k):
    top = np.argsort(logits, axis=0)[-k:]
    return float(np.mean([label in top for label in y]))


def wrong_labels_as_a_row(logits, y, k):
    top = np.argsort(logits, axis=1, kind="stable")[:, -k:]
    return float(np.mean(top == y))


def variant_loop(logits, y, k):
    hits = 0
    for row, label in zip(logits, y):
        order = sorted(range(len(row)), key=lambda j: (row[j], j), reverse=True)
        hits += int(label) in order[:k]
    return hits / len(y)


def variant_argsort(logits, y, k):
    top = np.argsort(logits, axis=1, kind="stable")[:, ::-1][:, :k]
    return (top == y.reshape(-1, 1)).sum() / y.size


def variant_rank(logits, y, k):
    own = np.take_along_axis(logits, y[:, None], axis=1)
    later = np.arange(logits.shape[1]) > y[:, None]
    ahead = (logits > own) | ((logits == own) & later)
    return np.mean(ahead.sum(axis=1) < k)


EXERCISE = Exercise(
    id="top_k_accuracy",
    lesson="09_resnet_vs_plain",
    objective="RN.6",
    points=3,
    signature="top_k_accuracy(logits, y, k)",
    cases=cases,
    reference=reference,
    misconceptions={
        "smallest": Misconception(
            wrong_smallest,
            "argsort sorts upwards, so its first k columns are the k least likely classes. The most likely ones stand "
            "at the end.",
        ),
        "wrong-axis": Misconception(
            wrong_axis,
            "You sort down the columns, which compares different images with each other. The classes of one image "
            "stand in one row: axis=1.",
        ),
        "rows-of-the-batch": Misconception(
            wrong_rows_of_the_batch,
            "You sort down the columns and keep k rows. What stands there are numbers of images, not of classes. Sort "
            "within each row, and compare each label with the k classes of its own row.",
        ),
        "labels-as-a-row": Misconception(
            wrong_labels_as_a_row,
            "You compare a table, one row for each image, with the labels as one long row. Then a label meets other "
            "images, or the shapes do not fit. Give the labels a second axis, so that each meets its own row.",
        ),
        "kth-only": Misconception(
            wrong_kth_only,
            "You look only at the class in place k. An image counts if its true class is in place 1, 2, … or k: keep "
            "all k columns, [:, -k:].",
        ),
        "anywhere-in-batch": Misconception(
            wrong_anywhere,
            "You ask whether a label is among the top k of any image. Each image has only its own k: compare row by "
            "row, y[:, None] with the k columns of the same row.",
        ),
        "one-more": Misconception(
            wrong_one_more,
            "You let k + 1 classes in. Slices leave out their end, so [-k:] and [:k] have k elements already.",
        ),
        "first-only": Misconception(
            wrong_first_only,
            "You compute the ordinary accuracy, which is top-1, whatever k is. Look at the k highest logits of each "
            "row.",
        ),
        "divided-by-k": Misconception(
            wrong_divided_by_k,
            "You take the mean over all k columns, so every hit is divided by k. An image is a hit or not: any(axis=1) "
            "first, then the mean over images.",
        ),
        "count": Misconception(
            wrong_count,
            "You return the number of hits. Asked for is their share: divide by the number of images.",
        ),
        "generous-ties": Misconception(
            wrong_rounded_up,
            "With equal logits you count the true class as a hit whenever nothing is strictly higher, so that more "
            "than k classes can get in. Of equal logits the one further to the right counts as higher.",
        ),
        "first-of-equals": Misconception(
            wrong_first_of_equals,
            "Of equal logits you put the one further to the left first. The rule here is scikit-learn's: further to "
            'the right counts as higher. Sort upwards, with kind="stable", and take the end.',
        ),
    },
    variants={"loop": variant_loop, "argsort": variant_argsort, "rank": variant_rank},
)
