"""The majority baseline: always predict the most frequent label of the training data."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception


def cases(rng: np.random.Generator) -> list[Case]:
    # The number of predictions never equals the number of training labels.
    def n(train: int) -> int:
        return int(rng.choice(np.delete(np.arange(3, 41), train - 3)))

    zeros = int(rng.integers(14, 19))
    mostly_zeros = np.repeat([0, 1], [zeros, 20 - zeros])
    sizes = rng.permutation(np.arange(2, 5))
    mostly_last = np.repeat([3, 5, 7, 9], [*sizes, 6])
    # The middle label comes first, so that the first one seen is neither the smallest nor the largest.
    tied = np.concatenate([[9], rng.permutation(np.repeat([3, 9, 16], [3, 2, 3]))])
    spam = int(rng.integers(2, 6))
    mail = np.repeat(["not spam", "spam"], [15 - spam, spam])
    return [
        Case("two classes", (rng.permutation(mostly_zeros), n(20)), 0.5),
        Case("four classes, none above half", (rng.permutation(mostly_last), n(15)), 0.5),
        Case("a tie", (tied, n(9)), 0.5),
        Case("labels that are text", (rng.permutation(mail), n(15)), 0.5),
    ]


def reference(y_train, n):
    values, counts = np.unique(y_train, return_counts=True)
    return np.full(n, values[np.argmax(counts)])


def wrong_single_label(y_train, n):
    values, counts = np.unique(y_train, return_counts=True)
    return values[np.argmax(counts)]


def wrong_training_length(y_train, n):
    values, counts = np.unique(y_train, return_counts=True)
    return np.full(len(y_train), values[np.argmax(counts)])


def wrong_always_zero(y_train, n):
    return np.zeros(n, dtype=int)


def wrong_position(y_train, n):
    _, counts = np.unique(y_train, return_counts=True)
    return np.full(n, np.argmax(counts))


def wrong_count(y_train, n):
    _, counts = np.unique(y_train, return_counts=True)
    return np.full(n, counts.max())


def wrong_bincount(y_train, n):
    return np.full(n, np.bincount(y_train).argmax())


def wrong_tie_first_seen(y_train, n):
    from collections import Counter

    return np.full(n, Counter(y_train.tolist()).most_common(1)[0][0])


def wrong_tie_largest(y_train, n):
    values, counts = np.unique(y_train, return_counts=True)
    return np.full(n, max(zip(counts.tolist(), values.tolist()))[1])


def variant_loop(y_train, n):
    counts = {}
    for label in y_train.tolist():
        counts[label] = counts.get(label, 0) + 1
    best = None
    for label in sorted(counts):
        if best is None or counts[label] > counts[best]:
            best = label
    return [best] * n


def variant_sorted_counter(y_train, n):
    from collections import Counter

    counts = Counter(y_train.tolist())
    most = max(counts.values())
    winner = min(label for label in counts if counts[label] == most)
    return np.array([winner] * n)


def variant_max_key(y_train, n):
    candidates = sorted(set(y_train.tolist()))
    winner = max(candidates, key=lambda label: np.sum(y_train == label))
    return np.repeat(winner, n)


def wrong_rarest(y_train, n):
    values, counts = np.unique(y_train, return_counts=True)
    return np.full(n, values[np.argmin(counts)])


def wrong_largest_label(y_train, n):
    return np.full(n, max(y_train.tolist()))


def wrong_first_labels(y_train, n):
    return y_train[:n]


def wrong_mean_label(y_train, n):
    return np.full(n, round(np.mean(y_train)))


EXERCISE = Exercise(
    id="majority_baseline",
    lesson="02_accuracy_paradox",
    objective="AP.3",
    points=2,
    signature="majority_baseline(y_train, n)",
    cases=cases,
    reference=reference,
    misconceptions={
        "single-label": Misconception(
            wrong_single_label,
            "You found the label and returned it once. A baseline answers like a model, with one prediction for "
            "each sample: return an array that holds the label n times.",
        ),
        "training-length": Misconception(
            wrong_training_length,
            "You returned one prediction for each training label. The predictions are for other samples, and n says "
            "how many there are.",
        ),
        "always-zero": Misconception(
            wrong_always_zero,
            "You always predict 0. The most frequent label is whatever the training labels say, and it need not even "
            "be a number: count the labels in y_train.",
        ),
        "position": Misconception(
            wrong_position,
            "You filled the array with the position of the largest count. The position leads to the label: look it "
            "up in the list of distinct labels.",
        ),
        "count": Misconception(
            wrong_count,
            "You filled the array with how often the label occurs. Return the label itself: find where the largest "
            "count stands, and take the label that stands there.",
        ),
        "only-numbers": Misconception(
            wrong_bincount,
            "np.bincount counts whole numbers only, and labels can be text. np.unique with return_counts=True counts "
            "labels of any kind.",
        ),
        "tie-first-seen": Misconception(
            wrong_tie_first_seen,
            "In a tie you take the label that you met first, so the answer changes when the samples are reordered. "
            "Take the smallest of the tied labels, as the exercise asks.",
        ),
        "tie-largest": Misconception(
            wrong_tie_largest,
            "In a tie you take the largest label. The exercise asks for the smallest of the tied labels: compare by "
            "the count alone, and go through the labels from the smallest up.",
        ),
        "rarest": Misconception(
            wrong_rarest,
            "You took the rarest label. The baseline predicts the most frequent one: look for the largest count.",
        ),
        "largest-label": Misconception(
            wrong_largest_label,
            "You took the largest label. The baseline predicts the most frequent one: count how often each label "
            "occurs.",
        ),
        "mean-label": Misconception(
            wrong_mean_label,
            "You rounded the mean of the labels. That finds the more frequent one of 0 and 1; with other labels it is "
            "any number in between, and text has no mean. Count how often each label occurs.",
        ),
        "first-labels": Misconception(
            wrong_first_labels,
            "You returned the first n training labels. A baseline knows nothing of the samples: it gives the same "
            "label, the most frequent one, n times.",
        ),
    },
    variants={"loop": variant_loop, "sorted-counter": variant_sorted_counter, "max-key": variant_max_key},
)
