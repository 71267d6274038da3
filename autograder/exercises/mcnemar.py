"""McNemar's exact test: how often would a fair coin divide the rows as unevenly as the two models do?"""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import needs_digits, until
from autograder.exercises._edited import mistake

Counts = tuple[int, int]


def cases(rng: np.random.Generator) -> list[Case]:
    def apart(total: tuple[int, int], deviations: tuple[float, float], more: int) -> Counts:
        """Two counts that lie so many standard deviations of a coin apart; the first or the second is larger."""

        def draw() -> Counts:
            n = int(rng.integers(*total))
            gap = max(2, round(float(rng.uniform(*deviations)) * n**0.5))
            fewer = (n - gap) // 2
            return (n - fewer, fewer) if more == 0 else (fewer, n - fewer)

        # Two digits are not enough, and no p value is so small that 0 would do.
        def telling(b: int, c: int) -> bool:
            return min(b, c) > 0 and 1e-4 < reference(b, c) < 0.9 and needs_digits(reference(b, c))

        return until(telling, draw)

    none = until(lambda b, c: needs_digits(reference(b, c)), lambda: (0, int(rng.integers(4, 10))))
    equal = int(rng.integers(3, 40))
    return [
        Case("more broken than fixed", apart((10, 24), (1.0, 2.5), 0), 1),
        Case("more fixed than broken", apart((25, 80), (1.0, 2.5), 1), 1),
        Case("nothing broken", none, 0.5),
        Case("more than a thousand rows", apart((1100, 1500), (0.5, 2.5), int(rng.integers(2))), 1),
        Case("as many fixed as broken", (equal, equal), 0.25),
        Case("no row tells the models apart", (0, 0), 0.25),
    ]


def reference(b, c):
    """Return the exact two-sided p value of McNemar's test.

    `b` rows only the baseline gets right, `c` rows only the candidate: two whole numbers from 0 on, which can be large.
    If both models are equally good, each of these b + c rows is the toss of a fair coin. The p value is the chance of a
    division at least as uneven as this one, in whichever direction: twice the chance that b + c tosses show heads at
    most min(b, c) times, but never more than 1. Without any such row it is 1.0.
    """
    from evalkit.uncertainty import mcnemar

    return mcnemar(b, c, method="exact").p_value


def right(b, c):
    n, tail, ways = b + c, 0, 1
    for k in range(min(b, c) + 1):
        tail += ways
        # Of one head more: faster than a binomial coefficient from the start for each.
        ways = ways * (n - k) // (k + 1)
    return min(1.0, 2 * tail / 2**n)


def wrong_chi_squared(b, c):
    from math import erfc, sqrt

    if b + c == 0:
        return 1.0
    return erfc(sqrt((b - c) ** 2 / (b + c) / 2))


def wrong_corrected(b, c):
    from math import erfc, sqrt

    if b + c == 0:
        return 1.0
    return erfc(sqrt(max(abs(b - c) - 1, 0) ** 2 / (b + c) / 2))


def wrong_statistic(b, c):
    return (b - c) ** 2 / (b + c) if b + c else 0.0


def wrong_share(b, c):
    return max(b, c) / (b + c) if b + c else 1.0


def variant_fractions(b, c):
    from fractions import Fraction

    n, row = b + c, 1
    uneven = 0
    for k in range(n + 1):
        if max(k, n - k) >= max(b, c):
            uneven += row
        row = row * (n - k) // (k + 1)
    return Fraction(uneven, 2**n)


def variant_from_the_middle(b, c):
    from math import comb

    n, low, high = b + c, min(b, c), max(b, c)
    return 1 - sum(comb(n, k) for k in range(low + 1, high)) / 2**n


def variant_logarithms(b, c):
    from math import exp, lgamma, log

    n = b + c
    chances = [exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n * log(2)) for k in range(n + 1)]
    return sum(p for k, p in enumerate(chances) if abs(2 * k - n) >= abs(b - c))


EXERCISE = Exercise(
    id="mcnemar",
    lesson="12_evaluating_releases",
    objective="ER.4",
    points=4,
    signature="mcnemar(b, c)",
    cases=cases,
    reference=reference,
    misconceptions={
        "one-sided": mistake(
            right,
            {"min(1.0, 2 * tail / 2**n)": "tail / 2**n"},
            "You count one direction only. The question is whether the models differ, whichever is better: a division "
            "as uneven the other way round counts, too.",
        ),
        "above-one": mistake(
            right,
            {"min(1.0, 2 * tail / 2**n)": "2 * tail / 2**n"},
            "Your p value can be above 1. Where both counts are equal, the two halves overlap in the middle, and you "
            "count it twice. No chance is above 1.",
        ),
        "chi-squared": Misconception(
            wrong_chi_squared,
            "You use the chi-squared distribution. It only approximates the coin, and with few rows badly. Asked for "
            "is the exact value: add up the chances of the divisions that are at least as uneven.",
        ),
        "corrected": Misconception(
            wrong_corrected,
            "You use the chi-squared distribution with its correction. That comes nearer, but it is still an "
            "approximation. Asked for is the exact value: add up the chances of the coin.",
        ),
        "mid-p": mistake(
            right,
            {"tail += ways": "tail += 2 * ways - ways * (k == min(b, c))", "2 * tail / 2**n": "tail / 2**n"},
            "You count the division that was seen by half: that is the mid-p value, which the gate of the lesson uses. "
            "This exercise asks for the exact test. It counts this division in full.",
        ),
        "without-what-was-seen": mistake(
            right,
            {"range(min(b, c) + 1)": "range(min(b, c))"},
            "You count only the divisions that are *more* uneven. The one that was seen counts, too: at least as "
            "uneven. (range stops before its end.)",
        ),
        "only-what-was-seen": mistake(
            right,
            {"tail += ways": "tail = ways"},
            "You take the chance of exactly this division. Of many rows every single division is unlikely. Add up all "
            "that are at least as uneven.",
        ),
        "first-count": mistake(
            right,
            {"range(min(b, c) + 1)": "range(b + 1)"},
            "You add up to b, whichever count is smaller. If b is the larger one, that is most of all divisions. "
            "Start from the smaller of the two.",
        ),
        "second-count": mistake(
            right,
            {"range(min(b, c) + 1)": "range(c + 1)"},
            "You add up to c, whichever count is smaller. If c is the larger one, that is most of all divisions. "
            "Start from the smaller of the two.",
        ),
        "zero-without-rows": mistake(
            right,
            {"    return min": "    if n == 0:\n        return 0.0\n    return min"},
            "Without any row that tells the models apart you return 0, as if it were certain that they differ. Nothing "
            "speaks for a difference there: the p value is 1.",
        ),
        "one-minus": mistake(
            right,
            {"min(1.0, 2 * tail / 2**n)": "1 - min(1.0, 2 * tail / 2**n)"},
            "You return 1 minus the p value. The p value itself is small where the models clearly differ.",
        ),
        "powers-of-a-half": mistake(
            right,
            {"tail += ways": "tail += ways * 0.5**n", "2 * tail / 2**n": "2 * tail"},
            "With more than a thousand rows your numbers leave the range of floats: the count of divisions is too "
            "large, and 0.5**n too small. Add up whole numbers, and divide once, at the end: Python's whole numbers "
            "have no limit.",
        ),
        "single-chance": mistake(
            right,
            {"tail += ways": "tail = ways", "min(1.0, 2 * tail / 2**n)": "tail / 2**n"},
            "You take the chance of exactly this division, in one direction. Of many rows every single division is "
            "unlikely. Add up all that are at least as uneven, in both directions.",
        ),
        "statistic": Misconception(
            wrong_statistic,
            "You return (b − c)² / (b + c). That is a statistic, which grows with the difference. Asked for is the p "
            "value: the chance of a division at least as uneven.",
        ),
        "share": Misconception(
            wrong_share,
            "You return the share of the rows that one model wins. The question is how surprising such a share is if "
            "the models are equally good: 6 of 10 is nothing, 600 of 1,000 is a lot.",
        ),
    },
    variants={
        "fractions": variant_fractions,
        "from_the_middle": variant_from_the_middle,
        "logarithms": variant_logarithms,
    },
)
