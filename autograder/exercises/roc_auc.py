"""The area under the ROC curve: the chance that a positive outranks a negative."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import needs_digits, until
from autograder.exercises._scored import Scored, scored, tied


def cases(rng: np.random.Generator) -> list[Case]:
    def size(low: int, high: int) -> int:
        return int(rng.integers(low, high))

    def drawn(make: Callable[..., Scored], positives: tuple[int, int], negatives: tuple[int, int]) -> Scored:
        return until(unrounded, lambda: make(rng, size(*positives), size(*negatives)))

    def unrounded(y_true: NDArray[np.int64], scores: NDArray[np.float64]) -> bool:
        return needs_digits(reference(y_true, scores))

    def mixed_ties(y_true: NDArray[np.int64], scores: NDArray[np.float64]) -> bool:
        """Whether the highest score is shared by both classes, and some positives share theirs with an odd number."""
        high, low = scores[y_true == 1], scores[y_true == 0]
        even = any(np.sum(scores == score) % 2 == 0 for score in high)
        return even and bool(high.max() == low.max())

    return [
        Case("distinct scores", drawn(_with_both_answers, (6, 10), (9, 14)), 0.75),
        Case("several samples with the same score", until(mixed_ties, lambda: drawn(tied, (5, 10), (8, 13))), 0.75),
        Case("a ranking worse than chance", drawn(_worse_than_chance, (5, 9), (7, 11)), 0.75),
        Case("few positives", drawn(scored, (2, 3), (25, 40)), 0.75),
    ]


def _with_both_answers(rng: np.random.Generator, positives: int, negatives: int) -> Scored:
    """Scores of which some lie above 0.5 and some below, in both classes: labels cut at 0.5 then lose information."""
    while True:
        y_true, scores = scored(rng, positives, negatives)
        above = scores >= 0.5
        if all(0 < above[y_true == label].sum() < np.sum(y_true == label) for label in (0, 1)):
            return y_true, scores


def _worse_than_chance(rng: np.random.Generator, positives: int, negatives: int) -> Scored:
    while True:
        y_true, scores = scored(rng, positives, negatives, lift=-1.5)
        if reference(y_true, scores) < 0.4:
            return y_true, scores


def reference(y_true, scores):
    from evalkit import roc_auc_score

    return roc_auc_score(y_true, scores)


def wrong_ties_lose(y_true, scores):
    wins = 0
    for positive in scores[y_true == 1]:
        wins += np.sum(positive > scores[y_true == 0])
    return wins / (np.sum(y_true == 1) * np.sum(y_true == 0))


def wrong_ties_win(y_true, scores):
    wins = 0
    for positive in scores[y_true == 1]:
        wins += np.sum(positive >= scores[y_true == 0])
    return wins / (np.sum(y_true == 1) * np.sum(y_true == 0))


def wrong_never_below_half(y_true, scores):
    wins = 0.0
    for positive in scores[y_true == 1]:
        wins += np.sum(positive > scores[y_true == 0]) + 0.5 * np.sum(positive == scores[y_true == 0])
    area = wins / (np.sum(y_true == 1) * np.sum(y_true == 0))
    return max(area, 1 - area)


def wrong_negatives_on_top(y_true, scores):
    wins = 0.0
    for negative in scores[y_true == 0]:
        wins += np.sum(negative > scores[y_true == 1]) + 0.5 * np.sum(negative == scores[y_true == 1])
    return wins / (np.sum(y_true == 1) * np.sum(y_true == 0))


def wrong_labels_not_scores(y_true, scores):
    yes = scores >= 0.5
    tpr = np.sum(yes & (y_true == 1)) / np.sum(y_true == 1)
    fpr = np.sum(yes & (y_true == 0)) / np.sum(y_true == 0)
    return (tpr + 1 - fpr) / 2


def wrong_accuracy(y_true, scores):
    return np.mean((scores >= 0.5) == (y_true == 1))


def wrong_average_precision(y_true, scores):
    total = 0.0
    caught = 0
    for threshold in np.unique(scores)[::-1]:
        yes = scores >= threshold
        tp = np.sum(yes & (y_true == 1))
        total += (tp - caught) * tp / np.sum(yes)
        caught = tp
    return total / np.sum(y_true == 1)


def wrong_over_all_pairs(y_true, scores):
    wins = 0.0
    for positive in scores[y_true == 1]:
        wins += np.sum(positive > scores[y_true == 0]) + 0.5 * np.sum(positive == scores[y_true == 0])
    n = len(y_true)
    return wins / (n * (n - 1) / 2)


def variant_pairs(y_true, scores):
    total = 0.0
    pairs = 0
    for label, score in zip(y_true, scores):
        for other_label, other in zip(y_true, scores):
            if label == 1 and other_label == 0:
                pairs += 1
                if score > other:
                    total += 1
                elif score == other:
                    total += 0.5
    return total / pairs


def variant_differences(y_true, scores):
    gaps = scores[y_true == 1][:, np.newaxis] - scores[y_true == 0][np.newaxis, :]
    return float(np.mean((np.sign(gaps) + 1) / 2))


def variant_trapezoids(y_true, scores):
    fpr, tpr = [0.0], [0.0]
    for threshold in np.unique(scores)[::-1]:
        yes = scores >= threshold
        fpr.append(float(yes[y_true == 0].mean()))
        tpr.append(float(yes[y_true == 1].mean()))
    return sum((fpr[i] - fpr[i - 1]) * (tpr[i] + tpr[i - 1]) / 2 for i in range(1, len(fpr)))


def variant_ranks(y_true, scores):
    below = np.array([np.sum(scores < score) for score in scores])
    equal = np.array([np.sum(scores == score) for score in scores])
    ranks = below + (equal + 1) / 2
    positives = int(np.sum(y_true == 1))
    negatives = len(y_true) - positives
    return (ranks[y_true == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives)


def wrong_count_of_pairs(y_true, scores):
    gaps = scores[y_true == 1][:, np.newaxis] - scores[y_true == 0][np.newaxis, :]
    return float(np.sum(gaps > 0) + np.sum(gaps == 0) / 2)


def wrong_over_ordered_pairs(y_true, scores):
    gaps = scores[y_true == 1][:, np.newaxis] - scores[y_true == 0][np.newaxis, :]
    n = len(y_true)
    return float(np.sum(gaps > 0) + np.sum(gaps == 0) / 2) / (n * (n - 1))


def wrong_ties_left_out(y_true, scores):
    gaps = scores[y_true == 1][:, np.newaxis] - scores[y_true == 0][np.newaxis, :]
    return float(np.sum(gaps > 0) / np.sum(gaps != 0))


def wrong_mean_difference(y_true, scores):
    return scores[y_true == 1].mean() - scores[y_true == 0].mean()


EXERCISE = Exercise(
    id="roc_auc",
    lesson="05_ranking_and_probability",
    objective="RP.2",
    points=3,
    signature="roc_auc(y_true, scores)",
    cases=cases,
    reference=reference,
    misconceptions={
        "ties-lose": Misconception(
            wrong_ties_lose,
            "You count a pair with equal scores as lost. The scores do not say which of the two is the positive, so a "
            "fair coin would be right half of the time: a tie counts 1/2.",
        ),
        "ties-win": Misconception(
            wrong_ties_win,
            "You count a pair with equal scores as won. Then a model that gives everybody the same score would look "
            "perfect. A tie counts 1/2.",
        ),
        "never-below-half": Misconception(
            wrong_never_below_half,
            "You turn an area below 0.5 over. It is true that a reversed ranking could be put right by turning it "
            "round, but the ranking you were given is that bad, and the area must say so. Return it as it is.",
        ),
        "negatives-on-top": Misconception(
            wrong_negatives_on_top,
            "You count the pairs in which the negative has the higher score. Count those in which the positive has it.",
        ),
        "labels-not-scores": Misconception(
            wrong_labels_not_scores,
            "You turned the scores into yes and no at 0.5 first. Then nearly all that the ranking says is lost, and "
            "one point of the curve is left. Compare the scores themselves; no threshold is needed.",
        ),
        "accuracy": Misconception(
            wrong_accuracy,
            "You computed accuracy at threshold 0.5. The area under the ROC curve needs no threshold: it compares the "
            "scores of pairs, a positive and a negative each.",
        ),
        "average-precision": Misconception(
            wrong_average_precision,
            "You computed average precision: the area under the precision–recall curve. The area under the ROC curve "
            "compares each positive with each negative.",
        ),
        "over-all-pairs": Misconception(
            wrong_over_all_pairs,
            "You divided by the number of all pairs of samples. Two positives, or two negatives, have no right order: "
            "divide by the pairs that hold one of each, positives times negatives.",
        ),
        "count-of-pairs": Misconception(
            wrong_count_of_pairs,
            "You counted the pairs in which the positive has the higher score, and stopped there. Asked for is their "
            "share: divide by the number of pairs, positives times negatives.",
        ),
        "over-ordered-pairs": Misconception(
            wrong_over_ordered_pairs,
            "You divided by n · (n − 1), all pairs of samples in both orders. Only pairs of one positive and one "
            "negative can be right or wrong: divide by positives times negatives.",
        ),
        "mean-difference": Misconception(
            wrong_mean_difference,
            "You subtracted the mean score of the negatives from that of the positives. How far apart they lie depends "
            "on the scale of the scores. The area asks only which of two scores is the higher one, pair by pair.",
        ),
        "ties-left-out": Misconception(
            wrong_ties_left_out,
            "You left out the pairs with equal scores. They are pairs as well: each counts as one pair and as half a "
            "win.",
        ),
    },
    variants={
        "pairs": variant_pairs,
        "differences": variant_differences,
        "trapezoids": variant_trapezoids,
        "ranks": variant_ranks,
    },
)
