"""Precision among the k highest scores."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import needs_digits, until
from autograder.exercises._scored import Scored, scored


def cases(rng: np.random.Generator) -> list[Case]:
    # A positive and a negative stand among the first k, and k is neither the number of positives nor of yeses at 0.5.
    def k(low: int, high: int) -> int:
        """No number by which a whole number can be divided to two decimals."""
        return int(rng.choice([k for k in range(low, high) if k not in (8, 10, 16, 20)]))

    few, many = k(6, 15), k(11, 24)
    everybody = until(lambda p, n: needs_digits(p / (p + n)), lambda: tuple(rng.integers(5, 17, 2).tolist()))
    return [
        Case("fewer places than positives", (*_mixed_top(rng, few + int(rng.integers(2, 7)), 20, k=few), few), 0.5),
        Case("more places than positives", (*_mixed_top(rng, many - int(rng.integers(2, 7)), 20, k=many), many), 0.75),
        Case("the first place alone", (*_negative_first(rng, 4, 5), 1), 0.25),
        Case("everybody", (*scored(rng, *everybody), sum(everybody)), 0.5),
    ]


def _mixed_top(rng: np.random.Generator, positives: int, negatives: int, k: int) -> Scored:
    """Scores with both kinds among the first k, the first place held by a negative, and nothing left to coincidence.

    The share must not be that of the first k rows, of the k lowest scores, of the yeses at 0.5, of a perfect ranking,
    or recall, and no two of these may be equal; otherwise a slip could go unseen or be taken for another.
    """
    while True:
        y_true, scores = scored(rng, positives, negatives, lift=0.8)
        ranked = y_true[np.argsort(-scores)]
        hits, yes = ranked[:k].sum(), scores >= 0.5
        slips = [y_true[:k].mean(), ranked[-k:].mean(), y_true[yes].mean() if yes.any() else 0.0]
        shares = {round(float(share), 6) for share in (hits / k, *slips, min(positives, k) / k, hits / positives)}
        if needs_digits(hits / k) and 0 < hits < min(positives, k) and ranked[0] == 0 and len(shares) == 6:
            return y_true, scores


def _negative_first(rng: np.random.Generator, positives: int, negatives: int) -> Scored:
    while True:
        y_true, scores = scored(rng, positives, negatives, lift=-0.5)
        ranked = y_true[np.argsort(-scores)]
        if ranked[0] == 0 and ranked[-1] == 1 and y_true[0] == 1:
            return y_true, scores


def reference(y_true, scores, k):
    from evalkit import precision_at_k

    return precision_at_k(y_true, scores, k)


def wrong_recall_at_k(y_true, scores, k):
    top = np.argsort(-scores)[:k]
    return np.sum(y_true[top] == 1) / np.sum(y_true == 1)


def wrong_lowest(y_true, scores, k):
    return np.mean(y_true[np.argsort(scores)[:k]])


def wrong_not_sorted(y_true, scores, k):
    return np.mean(y_true[:k])


def wrong_at_half(y_true, scores, k):
    yes = scores >= 0.5
    if yes.sum() == 0:
        return 0.0
    return np.sum(yes & (y_true == 1)) / np.sum(yes)


def wrong_any_hit(y_true, scores, k):
    return 1.0 if np.any(y_true[np.argsort(-scores)[:k]] == 1) else 0.0


def wrong_count(y_true, scores, k):
    return int(np.sum(y_true[np.argsort(-scores)[:k]]))


def wrong_mean_of_prefixes(y_true, scores, k):
    ranked = y_true[np.argsort(-scores)][:k]
    return np.mean(np.cumsum(ranked) / np.arange(1, k + 1))


def wrong_sorted_apart(y_true, scores, k):
    return np.mean(np.sort(y_true)[::-1][:k])


def variant_pairs_sorted(y_true, scores, k):
    ranked = sorted(zip(scores.tolist(), y_true.tolist()), reverse=True)
    return sum(label for _, label in ranked[:k]) / k


def variant_threshold(y_true, scores, k):
    threshold = np.sort(scores)[-k]
    return float(y_true[scores >= threshold].mean())


def variant_pick_the_best(y_true, scores, k):
    left = list(range(len(scores)))
    hits = 0
    for _ in range(k):
        best = left[0]
        for i in left:
            if scores[i] > scores[best]:
                best = i
        left.remove(best)
        hits += int(y_true[best] == 1)
    return hits / k


def variant_partition(y_true, scores, k):
    top = np.argpartition(scores, len(scores) - k)[len(scores) - k :]
    return np.count_nonzero(y_true[top]) / k


def wrong_over_all(y_true, scores, k):
    return np.sum(y_true[np.argsort(-scores)[:k]] == 1) / len(y_true)


def wrong_scores_not_labels(y_true, scores, k):
    return np.mean(np.sort(scores)[::-1][:k] >= 0.5)


def wrong_one_too_many(y_true, scores, k):
    return np.mean(y_true[np.argsort(-scores)[: k + 1]])


def wrong_one_too_few(y_true, scores, k):
    return np.sum(y_true[np.argsort(-scores)[: k - 1]]) / k


def wrong_place_k_alone(y_true, scores, k):
    return float(y_true[np.argsort(-scores)[k - 1]])


EXERCISE = Exercise(
    id="precision_at_k",
    lesson="05_ranking_and_probability",
    objective="RP.4",
    points=2,
    signature="precision_at_k(y_true, scores, k)",
    cases=cases,
    reference=reference,
    misconceptions={
        "recall-at-k": Misconception(
            wrong_recall_at_k,
            "You divided by the number of real positives. That is recall at k. Precision at k divides by the k samples "
            "that you picked.",
        ),
        "lowest": Misconception(
            wrong_lowest,
            "You picked the k lowest scores. Sorting goes upwards by default: take the samples with the highest "
            "scores.",
        ),
        "not-sorted": Misconception(
            wrong_not_sorted,
            "You took the first k rows as they come. The data are in no order: put the samples in the order of their "
            "scores first, highest first.",
        ),
        "at-half": Misconception(
            wrong_at_half,
            "You called a score of 0.5 or more a yes, and never looked at k. Here the number of yeses is given: take "
            "the k highest scores, wherever they lie.",
        ),
        "any-hit": Misconception(
            wrong_any_hit,
            "You ask only whether there is a positive among the first k. Precision asks how many of the k there are.",
        ),
        "count": Misconception(
            wrong_count,
            "You return how many of the k are positive. Precision is a share: divide by k.",
        ),
        "mean-of-prefixes": Misconception(
            wrong_mean_of_prefixes,
            "You averaged the precision at 1, at 2 and so on up to k. The exercise asks for the precision at k alone: "
            "the positives among the first k, divided by k.",
        ),
        "sorted-apart": Misconception(
            wrong_sorted_apart,
            "You sorted the labels by themselves, which always puts the positives on top. The order must come from the "
            "scores: each label travels with its score.",
        ),
        "over-all": Misconception(
            wrong_over_all,
            "You divided the positives among the first k by the number of all samples. Precision at k divides by the "
            "k samples that you picked.",
        ),
        "one-too-many": Misconception(
            wrong_one_too_many,
            "You took one sample more than k. A slice leaves out its end, so [:k] has k elements already.",
        ),
        "one-too-few": Misconception(
            wrong_one_too_few,
            "You took one sample fewer than k. A slice leaves out its end, but it starts at 0: [:k] has k elements.",
        ),
        "place-k-alone": Misconception(
            wrong_place_k_alone,
            "You look at the k-th sample alone. Precision at k looks at all of the first k, and asks what share "
            "of them is positive.",
        ),
        "scores-not-labels": Misconception(
            wrong_scores_not_labels,
            "You looked only at the k highest scores, not at the labels that belong to them. Whether a sample is "
            "positive stands in y_true.",
        ),
    },
    variants={
        "pairs-sorted": variant_pairs_sorted,
        "threshold": variant_threshold,
        "pick-the-best": variant_pick_the_best,
        "partition": variant_partition,
    },
)
