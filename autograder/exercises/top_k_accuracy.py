"""Top-k accuracy: is the true class among the k that the model thinks most likely?"""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception


def cases(rng: np.random.Generator) -> list[Case]:
    def ranked(ranks: list[int], classes: int) -> tuple[np.ndarray, np.ndarray]:
        """Distinct logits; the true class of each image stands at the given rank, 1 being the highest."""
        logits = np.stack([rng.permutation(classes) for _ in ranks]) + rng.integers(-2, 3, size=(len(ranks), 1))
        order = np.argsort(-logits, axis=1)
        y = order[np.arange(len(ranks)), np.array(ranks) - 1]
        return np.round(logits - 0.35 * classes, 2), y

    first, two, few = ranked([1, 2, 1, 3, 2, 5, 1], 5), ranked([6, 1, 2, 3, 1], 6), ranked([1, 2, 3], 3)
    one = ranked([1, 1, 2, 3, 2, 4, 1, 2], 4)
    while np.isin(one[1], one[0].argmax(axis=1)).all():
        # Some true class is never the most likely one.
        one = ranked([1, 1, 2, 3, 2, 4, 1, 2], 4)
    # In each row two classes share the second place: the later one counts as second.
    high, low = float(rng.integers(3, 6)), float(rng.integers(-3, 0))
    tied = np.array([[high, 1, 1, low], [1, low, high, 1], [low, 1, high, 1], [1, high, low, 1], [low, high, 1, 1]])
    return [
        Case("the first two of five classes", (*first, 2), 1),
        Case("the first one alone", (*one, 1), 0.5),
        Case("the first three of six classes", (*two, 3), 0.5),
        Case("as many as there are classes", (*few, 3), 0.5),
        Case("equal logits", (tied, np.array([2, 0, 3, 3, 3]), 2), 0.5),
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
