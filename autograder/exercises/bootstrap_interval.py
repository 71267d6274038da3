"""A bootstrap interval: draw rows with replacement, and see how much a statistic varies from draw to draw."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._bootstrap_probe import STATISTICS
from autograder.exercises._cases import until
from autograder.exercises._edited import mistake

Values = NDArray[np.float64]
MEAN, MEDIAN, DIFFERENCE, RATIO = STATISTICS


def cases(rng: np.random.Generator) -> list[Case]:
    def skewed(low: int, high: int) -> Values:
        """Many small numbers and a few large ones; no two the same."""
        return np.round(0.02 * np.exp(rng.normal(0, 1.2, int(rng.integers(low, high)))), 5)

    def seconds() -> tuple[Values]:
        return (skewed(18, 25),)

    def before_and_after() -> tuple[Values]:
        before = skewed(22, 32)
        return (np.column_stack([before, np.round(before * rng.uniform(0.9, 2, len(before)), 5)]),)

    def parts() -> tuple[Values]:
        whole = skewed(18, 25)
        return (np.column_stack([np.round(whole * rng.uniform(0, 0.9, len(whole)) ** 3, 5), whole]),)

    def case(make: Any, statistic: str, *more: float) -> tuple[Any, ...]:
        (values,) = until(lambda drawn: telling(drawn, statistic, more[0] if more else 0.95, rng), make)
        return values, statistic, int(rng.integers(1, 10_000)), *more

    return [
        Case("numbers, and their mean", case(seconds, MEAN), 1.5),
        Case("two columns that belong together", case(before_and_after, DIFFERENCE, 0.9, 800), 1.5),
        Case("another level", case(parts, RATIO, 0.8, 600), 1),
        Case("a median", case(seconds, MEDIAN, 0.8, 500), 1),
    ]


def telling(values: Values, statistic: str, level: float, rng: np.random.Generator) -> bool:
    """Whether no number comes twice, and no interval that is not asked for is near the one that is."""
    first = values.reshape(len(values), -1)[:, 0]
    index = rng.integers(0, len(values), (400, len(values)))
    scores = np.array([STATISTICS[statistic](values[rows]) for rows in index])
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
    estimate, spread = STATISTICS[statistic](values), scores.std()
    others = [np.array([-1.96, 1.96]) * spread + middle for middle in (estimate, scores.mean())]
    others += [np.array([2 * estimate - high, 2 * estimate - low])]
    far = [np.abs(other - [low, high]).max() > 0.4 * spread for other in others]
    return len(np.unique(first)) == len(first) and all(far)


def reference(values, statistic, seed, level=0.95, resamples=2000):
    """Return (low, high), the percentile interval of the bootstrap.

    `values` is an array of n numbers, or of n rows of numbers. A resample has n rows, too, each drawn at random from
    all rows of `values`, with replacement; what stands in one row stays together. `statistic` takes one resample, an
    array like `values`, and returns a number. Call it on `resamples` resamples. `low` and `high` are the
    (1 − level) / 2 and the (1 + level) / 2 quantile of what it returned. The same `seed` gives the same interval, and
    another seed other resamples.
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


def wrong_of_the_data(values, statistic, seed, level=0.95, resamples=2000):
    column = values if values.ndim == 1 else values[:, -1] - values[:, 0]
    return np.quantile(column, [(1 - level) / 2, (1 + level) / 2])


def wrong_leave_one_out(values, statistic, seed, level=0.95, resamples=2000):
    scores = [statistic(np.delete(values, i, axis=0)) for i in range(len(values))]
    return np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])


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
                "        rows = rng": "        drawn = values.copy()\n        for column in drawn.reshape(n, -1).T:\n"
                "            column[:] = column[rng.integers(0, n, n)]\n        rows = rng",
                "statistic(values[rows])": "statistic(drawn)",
            },
            "You draw each column by itself, so that a resample has rows that nobody has ever seen. The numbers of a "
            "row belong together: draw indices, and take whole rows.",
        ),
        "without-replacement": mistake(
            right,
            {"rng.integers(0, n, n)": "rng.permutation(n)"},
            "You draw without replacement. All rows in another order are the same rows, and a statistic of them hardly "
            "moves. In a resample a row may come several times, and another one not at all.",
        ),
        "half-of-the-rows": mistake(
            right,
            {"rng.integers(0, n, n)": "rng.integers(0, n, n // 2)"},
            "Your resamples are smaller than the data. A statistic of fewer rows varies more. Draw as many rows as "
            "there are.",
        ),
        "never-the-last": mistake(
            right,
            {"rng.integers(0, n, n)": "rng.integers(0, n - 1, n)"},
            "You never draw the last row. The upper end of rng.integers is left out already: integers(0, n) gives 0 to "
            "n − 1.",
        ),
        "standard-deviations": mistake(
            right,
            {
                "np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])": "np.mean(scores) + np.array([-1.96, 1.96]) "
                "* np.std(scores)"
            },
            "You take the mean of the scores plus and minus 1.96 standard deviations. That fits only if they lie "
            "evenly on both sides, and only a level of 0.95. Asked for are their quantiles.",
        ),
        "round-the-estimate": mistake(
            right,
            {
                "np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])": "statistic(values) + np.array([-2, 2]) "
                "* np.std(scores)"
            },
            "You go two standard deviations to both sides of the statistic. The resamples say more than that: one side "
            "may reach further than the other. Take their quantiles.",
        ),
        "standard-error": mistake(
            right,
            {
                "np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])": "np.mean(scores) + np.array([-1.96, 1.96]) "
                "* np.std(scores) / np.sqrt(n)"
            },
            "You divide the spread of the resamples by √n. The scores of resamples already vary like the statistic "
            "itself: dividing once more makes the interval far too short. Take their quantiles as they are.",
        ),
        "of-the-data": Misconception(
            wrong_of_the_data,
            "You take quantiles of the data. They say where single rows lie. The question is how sure the statistic "
            "is: compute it on many resamples, and take the quantiles of those numbers.",
        ),
        "exchanged": mistake(
            right,
            {"return low, high": "return high, low"},
            "You return the upper end first. The answer is a pair of which the lower end comes first: (low, high).",
        ),
        "percent-or-share": mistake(
            right,
            {"np.quantile(": "np.percentile("},
            "np.percentile counts from 0 to 100, np.quantile from 0 to 1. You give one of them what is meant for the "
            "other.",
        ),
        "leave-one-out": Misconception(
            wrong_leave_one_out,
            "You leave out one row at a time. That gives n numbers that hardly differ. A resample is drawn at random, "
            "with replacement, and has as many rows as the data.",
        ),
        "sizes-exchanged": mistake(
            right,
            {"range(resamples)": "range(n)", "rng.integers(0, n, n)": "rng.integers(0, n, resamples)"},
            "You draw n resamples of so many rows as there should be resamples. It is the other way round: each "
            "resample has n rows.",
        ),
        "smallest-and-largest": mistake(
            right,
            {"np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])": "min(scores), max(scores)"},
            "You return the smallest and the largest score. More resamples would then make the interval longer and "
            "longer. Leave (1 − level) / 2 of them out at each end.",
        ),
        "whole-level-on-each-side": mistake(
            right,
            {"[(1 - level) / 2, (1 + level) / 2]": "[1 - level, level]"},
            "You leave 1 − level out at *each* end, so that twice as much is outside. Half of it belongs below, and "
            "half above.",
        ),
        "turned-over": mistake(
            right,
            {"return low, high": "return 2 * statistic(values) - high, 2 * statistic(values) - low"},
            "You mirror the quantiles at the statistic: that is the basic interval. Asked for is the percentile "
            "interval, the quantiles as they are.",
        ),
        "always-95": mistake(
            right,
            {"[(1 - level) / 2, (1 + level) / 2]": "[0.025, 0.975]"},
            "Your interval is that of level 0.95, whatever level is asked for. Compute both quantiles from level.",
        ),
        "always-2000": mistake(
            right,
            {"range(resamples)": "range(2000)"},
            "You draw 2,000 resamples, however many are asked for. Their number is an argument.",
        ),
        "no-seed": mistake(
            right,
            {"default_rng(seed)": "default_rng()"},
            "Two calls with the same seed give different intervals, so nobody can repeat your result. Draw from a "
            "generator that is made with the seed.",
        ),
        "ignores-seed": mistake(
            right,
            {"default_rng(seed)": "default_rng(0)"},
            "You draw the same resamples whatever the seed. Give the seed to your random generator.",
        ),
        "seeds-again": mistake(
            right,
            {"rng.integers(0, n, n)": "np.random.default_rng(seed).integers(0, n, n)"},
            "You make the generator anew for every resample, so all of them are the same. Make it once, before the "
            "loop.",
        ),
    },
    variants={"choice": variant_choice, "plain_python": variant_plain_python, "at_once": variant_at_once},
    # Every way to draw is right: the resamples are looked at, and the interval is compared with them.
    seconds=4.0,
    probe="autograder.exercises._bootstrap_probe",
)
