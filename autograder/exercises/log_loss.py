"""Log-loss: the mean surprise at what happened."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import needs_digits, until
from autograder.exercises._edited import mistake
from autograder.exercises._scored import Scored, scored


def cases(rng: np.random.Generator) -> list[Case]:
    def rare() -> Scored:
        y_true, p = scored(rng, 2, 18)
        return y_true, (p / 3).round(3)

    def sure() -> Scored:
        # Certain and right, certain and wrong, once each in both classes; and some that are not certain.
        uncertain = int(rng.integers(2, 8))
        y_true = np.array([1, 1, 0, 0, *rng.permutation(np.arange(uncertain) % 2)], dtype=np.int64)
        order = rng.permutation(len(y_true))
        return y_true[order], np.array([1.0, 0.0, 0.0, 1.0, *rng.integers(20, 45, uncertain) / 100])[order]

    def quiet() -> Scored:
        y_true = np.zeros(int(rng.integers(7, 24)), dtype=np.int64)
        y_true[rng.integers(len(y_true))] = 1
        return y_true, np.full(len(y_true), int(rng.integers(2, 9)) / 100)

    def unrounded(y_true, p):
        return needs_digits(reference(y_true, p), tolerance=3e-4)

    between = until(unrounded, lambda: scored(rng, 5, 7))
    return [
        Case("probabilities between 0 and 1", between, 0.75),
        Case("probabilities of exactly 0 and 1", until(unrounded, sure), 0.75),
        Case("few positives", until(unrounded, rare), 0.75),
        Case("the same low probability for all", until(unrounded, quiet), 0.75),
    ]


def reference(y_true, p):
    from evalkit import log_loss

    return log_loss(y_true, np.clip(p, 1e-15, 1 - 1e-15))


def right(y_true, p):
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


def wrong_no_clipping(y_true, p):
    return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


def wrong_brier(y_true, p):
    return np.mean((y_true - p) ** 2)


def variant_loop(y_true, p):
    total = 0.0
    for label, probability in zip(y_true, p):
        probability = min(max(probability, 1e-15), 1 - 1e-15)
        if label == 1:
            total -= np.log(probability)
        else:
            total -= np.log(1 - probability)
    return total / len(y_true)


def variant_probability_of_the_truth(y_true, p):
    of_truth = np.where(y_true == 1, p, 1 - p)
    return float(-np.log(np.clip(of_truth, 1e-15, 1 - 1e-15)).mean())


def variant_two_groups(y_true, p):
    p = np.maximum(np.minimum(p, 1 - 1e-15), 1e-15)
    return -(np.log(p[y_true == 1]).sum() + np.log1p(-p[y_true == 0]).sum()) / p.size


def wrong_infinite(y_true, p):
    return -np.mean(np.log(np.where(y_true == 1, p, 1 - p)))


EXERCISE = Exercise(
    id="log_loss",
    lesson="05_ranking_and_probability",
    objective="RP.5",
    points=3,
    signature="log_loss(y_true, p)",
    cases=cases,
    reference=reference,
    misconceptions={
        "no-clipping": Misconception(
            wrong_no_clipping,
            "Your formula is right until a probability is exactly 0 or 1: the logarithm of 0 is minus infinity. Clip "
            "the probabilities to [1e-15, 1 − 1e-15] first, as the exercise asks.",
        ),
        "rough-clipping": mistake(
            right,
            {"1e-15, 1 - 1e-15": "1e-7, 1 - 1e-7"},
            "You clip the probabilities at 1e-7. The bound decides what a mistake made with certainty costs, so two "
            "people must use the same one: clip to [1e-15, 1 − 1e-15].",
        ),
        "added-number": mistake(
            right,
            {
                "    p = np.clip(p, 1e-15, 1 - 1e-15)\n": "",
                "np.log(p)": "np.log(p + 1e-9)",
                "np.log(1 - p)": "np.log(1 - p + 1e-9)",
            },
            "You add a small number inside the logarithm, so that it is never taken of 0. That number then decides "
            "what a mistake made with certainty costs, and two people must use the same one: clip the probabilities to "
            "[1e-15, 1 − 1e-15], as the exercise asks.",
        ),
        "base-two": mistake(
            right,
            {"np.log(p)": "np.log2(p)", "np.log(1 - p)": "np.log2(1 - p)"},
            "You used the logarithm to base 2, which gives bits. This exercise asks for the natural logarithm, np.log.",
        ),
        "base-ten": mistake(
            right,
            {"np.log(p)": "np.log10(p)", "np.log(1 - p)": "np.log10(1 - p)"},
            "You used the logarithm to base 10. This exercise asks for the natural logarithm, np.log.",
        ),
        "sum": mistake(
            right,
            {"np.mean": "np.sum"},
            "You returned the sum over all samples, which grows with the size of the data. Return the mean.",
        ),
        "sign": mistake(
            right,
            {"-np.mean": "np.mean"},
            "You lost a minus sign. The logarithm of a probability is never positive; a loss is never negative, and "
            "smaller is better.",
        ),
        "positives-only": mistake(
            right,
            {" + (1 - y_true) * np.log(1 - p)": ""},
            "You look at the positives only. A negative counts too: the probability that the model gave to what "
            "happened is 1 − p there.",
        ),
        "other-class": mistake(
            right,
            {"np.log(p) +": "np.log(1 - p) +", "np.log(1 - p))": "np.log(p))"},
            "You have the two classes the wrong way round: p is the probability of class 1. For a sample of class 1 "
            "take the logarithm of p, for class 0 that of 1 − p.",
        ),
        "brier": Misconception(
            wrong_brier,
            "You computed the mean squared distance from p to the label. That is the Brier score. Log-loss takes the "
            "logarithm of the probability that was given to what happened.",
        ),
        "infinite": Misconception(
            wrong_infinite,
            "Your loss is infinite where the model was certain and wrong: the logarithm of 0 is minus infinity. Clip "
            "the probabilities to [1e-15, 1 − 1e-15] first, as the exercise asks.",
        ),
        "mean-of-positives": mistake(
            right,
            {"-np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))": "-np.mean(np.log(p[y_true == 1]))"},
            "You took the mean over the samples of class 1 only. Those of class 0 count as well: the probability "
            "given to what happened is 1 − p there.",
        ),
    },
    variants={
        "loop": variant_loop,
        "probability-of-the-truth": variant_probability_of_the_truth,
        "two-groups": variant_two_groups,
    },
    # 1 − (1 − 1e-15) is not 1e-15 in binary arithmetic, so two right orders of clipping and subtracting differ.
    tolerance=1e-4,
)
