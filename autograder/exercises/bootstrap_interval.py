"""A bootstrap interval: draw rows with replacement, and see how much a statistic varies from draw to draw."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import until
from autograder.exercises._edited import mistake

Values = NDArray[np.float64]


def cases(rng: np.random.Generator) -> list[Case]:
    def seed() -> int:
        return int(rng.integers(1, 10_000))

    def skewed(n: int) -> Values:
        return np.round(0.02 * np.exp(rng.normal(0, 1, n)), 5)

    def latencies() -> tuple[Values, str, int]:
        return skewed(int(rng.integers(18, 25))), "the mean", seed()

    def pairs() -> tuple[Values, str, int, float, int]:
        before = skewed(int(rng.integers(22, 32)))
        rows = np.column_stack([before, np.round(before * rng.uniform(1.0, 1.3, len(before)), 5)])
        return rows, "the mean of the second column minus that of the first", seed(), 0.95, 600

    def ratio() -> tuple[Values, str, int, float]:
        size = skewed(int(rng.integers(16, 22)))
        return np.column_stack([np.round(size * rng.uniform(0, 1, len(size)), 5), size]), RATIO, seed(), 0.8

    return [
        Case("a mean", latencies(), 1.5),
        Case("two columns that belong together", pairs(), 1.5),
        Case("another level", ratio(), 1),
        Case("another number of resamples", (skewed(25), "the median", seed(), 0.9, 400), 1),
    ]


RATIO = "the sum of the first column over that of the second"


def reference(values, statistic, seed, level=0.95, resamples=2000):
    """Return (low, high), the percentile interval of the bootstrap.

    A resample has as many rows as `values` (numbers, or the rows of a table), each drawn at random from all of them,
    with replacement; a row stays together. `statistic` takes one resample, an array like `values`, and returns a
    number. Draw `resamples` of them, call `statistic` on each, and return the (1 − level) / 2 and the (1 + level) / 2
    quantile of what it returned. The same `seed` gives the same interval.
    """
    from evalkit.bootstrap import bootstrap_interval

    interval = bootstrap_interval(values, statistic, seed, level, resamples)
    return interval.low, interval.high


def right(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    n = len(values)
    scores = []
    for _ in range(resamples):
        rows = rng.integers(0, n, n)
        scores.append(statistic(values[rows]))
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
    return low, high


def variant_choice(values, statistic, seed, level=0.95, resamples=2000):
    rng = np.random.default_rng(seed)
    scores = [statistic(rng.choice(values, size=len(values), axis=0)) for _ in range(resamples)]
    return np.percentile(scores, [50 - 50 * level, 50 + 50 * level])


def variant_plain_python(values, statistic, seed, level=0.95, resamples=2000):
    import random

    generator = random.Random(seed)
    rows = list(values)
    scores = sorted(statistic(generator.choices(rows, k=len(rows))) for _ in range(resamples))
    outside = (1 - level) / 2
    return scores[int(outside * resamples)], scores[int((1 - outside) * resamples) - 1]


def variant_at_once(values, statistic, seed, level=0.95, resamples=2000):
    n = len(values)
    index = (np.random.RandomState(seed).random_sample((resamples, n)) * n).astype(int)
    scores = np.fromiter((statistic(values[rows]) for rows in index), dtype=float)
    return tuple(np.quantile(scores, [0.5 - level / 2, 0.5 + level / 2], method="median_unbiased"))


EXERCISE = Exercise(
    id="bootstrap_interval",
    lesson="12_evaluating_releases",
    objective="ER.4",
    points=5,
    signature="bootstrap_interval(values, statistic, seed, level=0.95, resamples=2000)",
    cases=cases,
    reference=reference,
    misconceptions={
        "unpaired": mistake(
            right,
            {
                "statistic(values[rows])": "statistic(values[rows] if values.ndim == 1 else "
                "np.column_stack([column[rng.integers(0, n, n)] for column in values.T]))"
            },
            "You draw each column by itself. The two numbers of a row belong together: draw whole rows.",
        ),
        "without-replacement": mistake(
            right,
            {"rng.integers(0, n, n)": "rng.permutation(n)"},
            "You draw without replacement. All rows in another order are the same rows, and a statistic of them hardly "
            "moves. In a resample a row may come several times, and another not at all.",
        ),
        "two-deviations": mistake(
            right,
            {
                "low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])": "low, high = np.mean(scores) + "
                "np.array([-1.96, 1.96]) * np.std(scores)"
            },
            "You take the mean of the resamples plus and minus 1.96 standard deviations. That is right if they lie "
            "evenly on both sides. Asked for are their quantiles.",
        ),
        "no-seed": mistake(
            right,
            {"default_rng(seed)": "default_rng()"},
            "Two calls with the same seed give different intervals, so nobody can repeat your result. Draw from a "
            "generator that is made with the seed.",
        ),
    },
    variants={"choice": variant_choice, "plain_python": variant_plain_python, "at_once": variant_at_once},
    # Every way to draw is right: the resamples are looked at, and the interval is compared with them.
    seconds=4.0,
    probe="autograder.exercises._bootstrap_probe",
)
