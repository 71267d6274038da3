"""The points of the ROC curve, one for each distinct score."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import until
from autograder.exercises._edited import mistake
from autograder.exercises._scored import scored, tied


def cases(rng: np.random.Generator) -> list[Case]:
    # Five and seven: whatever the order, some step goes on in the direction of the one before.
    # The last step is one upwards in one case and one to the right in another.
    distinct = until(lambda y_true, scores: y_true[np.argmin(scores)] == 1, lambda: scored(rng, 5, 7))
    logits = until(lambda y_true, scores: y_true[np.argmin(scores)] == 0, lambda: scored(rng, 4, 6))
    logit_true, logit_scores = logits
    return [
        Case("distinct scores", distinct, 1),
        Case("several samples with the same score", tied(rng, 6, 9), 1),
        Case("scores that are not probabilities", (logit_true, ((logit_scores - 0.5) * 10).round(1)), 0.5),
        Case("a ranking worse than chance", scored(rng, 4, 7, lift=-1.5), 0.5),
    ]


def reference(y_true, scores):
    from evalkit import roc_curve

    fpr, tpr, _ = roc_curve(y_true, scores, drop_intermediate=False)
    return fpr, tpr


def wrong_point_per_sample(y_true, scores):
    ordered = y_true[np.argsort(-scores, kind="stable")]
    fpr = np.cumsum(ordered == 0) / np.sum(y_true == 0)
    tpr = np.cumsum(ordered == 1) / np.sum(y_true == 1)
    return np.concatenate([[0.0], fpr]), np.concatenate([[0.0], tpr])


def wrong_corners_only(y_true, scores):
    fpr, tpr = [0.0], [0.0]
    for threshold in np.unique(scores)[::-1]:
        yes = scores >= threshold
        fpr.append(np.sum(yes & (y_true == 0)) / np.sum(y_true == 0))
        tpr.append(np.sum(yes & (y_true == 1)) / np.sum(y_true == 1))
    kept = [0]
    for i in range(1, len(fpr) - 1):
        before = (tpr[i] - tpr[i - 1]) * (fpr[i + 1] - fpr[i])
        after = (tpr[i + 1] - tpr[i]) * (fpr[i] - fpr[i - 1])
        if abs(before - after) > 1e-12:
            kept.append(i)
    kept.append(len(fpr) - 1)
    return np.array(fpr)[kept], np.array(tpr)[kept]


def variant_loop(y_true, scores):
    positives = sum(1 for label in y_true if label == 1)
    negatives = len(y_true) - positives
    fpr, tpr = [0.0], [0.0]
    for threshold in sorted(set(scores.tolist()), reverse=True):
        tp = 0
        fp = 0
        for label, score in zip(y_true, scores):
            if score >= threshold:
                if label == 1:
                    tp += 1
                else:
                    fp += 1
        fpr.append(fp / negatives)
        tpr.append(tp / positives)
    return fpr, tpr


def variant_running_sums(y_true, scores):
    order = np.argsort(-scores, kind="stable")
    ordered, labels = scores[order], y_true[order]
    last_of_tie = np.append(ordered[1:] != ordered[:-1], True)
    tp = np.cumsum(labels)[last_of_tie]
    fp = np.cumsum(1 - labels)[last_of_tie]
    return np.append(0, fp / fp[-1]), np.append(0, tp / tp[-1])


def variant_infinity_first(y_true, scores):
    thresholds = np.concatenate([[np.inf], np.unique(scores)[::-1]])
    yes = scores[np.newaxis, :] >= thresholds[:, np.newaxis]
    return yes[:, y_true == 0].mean(axis=1), yes[:, y_true == 1].mean(axis=1)


EXERCISE = Exercise(
    id="roc_points",
    lesson="05_ranking_and_probability",
    objective="RP.1",
    points=3,
    signature="roc_points(y_true, scores)",
    cases=cases,
    reference=reference,
    misconceptions={
        "axes-swapped": mistake(
            variant_loop,
            {"return fpr, tpr": "return tpr, fpr"},
            "Your two arrays are exchanged. The false positive rate comes first, because it is drawn to the right; the "
            "true positive rate, drawn upwards, comes second.",
        ),
        "point-per-sample": Misconception(
            wrong_point_per_sample,
            "You add a point for each sample. No threshold can part samples with equal scores: they become yes "
            "together, so each distinct score gives one point.",
        ),
        "no-start": mistake(
            variant_loop,
            {"[0.0], [0.0]": "[], []"},
            "Your curve lacks its first point. Above the highest score nothing is called positive: start at (0, 0).",
        ),
        "low-to-high": mistake(
            variant_loop,
            {"[0.0], [0.0]": "[], []", ", reverse=True": "", "return fpr, tpr": "return [*fpr, 0.0], [*tpr, 0.0]"},
            "Your curve runs backwards. Begin with the strictest threshold, where nothing is called positive, and go "
            "from the highest score down to the lowest, so that both rates rise.",
        ),
        "strictly-above": mistake(
            variant_loop,
            {"score >= threshold": "score > threshold"},
            "You call a sample positive only if its score is above the threshold, so your curve never reaches (1, 1). "
            "A score at the threshold is positive too: compare with >=.",
        ),
        "false-discovery": mistake(
            variant_loop,
            {"fp / negatives": "fp / (tp + fp)"},
            "You divided the false positives by everything that was called positive. That is one minus precision. The "
            "false positive rate divides them by all real negatives.",
        ),
        "over-total": mistake(
            variant_loop,
            {"fp / negatives": "fp / len(y_true)", "tp / positives": "tp / len(y_true)"},
            "You divided both counts by the number of all samples. Each rate has its own group: the true positives "
            "are a share of the real positives, the false positives a share of the real negatives.",
        ),
        "corners-only": Misconception(
            wrong_corners_only,
            "You left out the points that lie on a straight piece of the curve. Some libraries do so to save space; "
            "this exercise asks for a point for every distinct score.",
        ),
        "fixed-grid": mistake(
            variant_loop,
            {"[0.0], [0.0]": "[], []", "sorted(set(scores.tolist()), reverse=True)": "np.linspace(1, 0, 101)"},
            "You use a fixed grid of thresholds from 0 to 1. It repeats some points, misses others, and fails for "
            "scores outside 0 to 1. Use the distinct scores themselves as thresholds.",
        ),
        "list-of-pairs": mistake(
            variant_loop,
            {"return fpr, tpr": "return list(zip(fpr, tpr))"},
            "You return a list of pairs. Return two arrays instead: all false positive rates, and all true positive "
            "rates.",
        ),
        "repeated-points": mistake(
            variant_loop,
            {"sorted(set(scores.tolist()), reverse=True)": "sorted(scores.tolist(), reverse=True)"},
            "You use every score as a threshold, also where several samples have the same one. Then the same point "
            "comes twice: take each distinct score once, as np.unique gives them.",
        ),
    },
    variants={"loop": variant_loop, "running-sums": variant_running_sums, "infinity-first": variant_infinity_first},
)
