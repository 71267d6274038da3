"""The population stability index: how differently live values fall into the ten bins of the reference."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import needs_digits, until
from autograder.exercises._edited import mistake

Values = NDArray[np.float64]
Samples = tuple[Values, Values]


def cases(rng: np.random.Generator) -> list[Case]:
    def case(
        tens: tuple[int, int], share: float, mean: float = 0, spread: float = 1, *, rest: int = 0, skewed: bool = False
    ) -> Samples:
        """Ten times so many values of the reference, and a rest; about that share of live ones; on some scale."""
        unit, zero = rng.uniform(2, 9), rng.uniform(-20, 20)

        def draw() -> Samples:
            n = 10 * int(rng.integers(*tens)) + rest
            m = round(n * share * rng.uniform(0.8, 1.2)) | 1
            before, now = rng.normal(size=n), rng.normal(mean, spread, m)
            if skewed:
                before, now = np.exp(1.2 * before), np.exp(1.2 * now)
            return np.round(zero + unit * before, 3), np.round(zero + unit * now, 3)

        # Some live values lie beyond the ends of the reference; where they are few, none does.
        def reaches(before: Values, now: Values) -> bool:
            return bool(((now < before.min()).any() or (now > before.max()).any()) == (share > 0.5))

        return until(lambda *drawn: reaches(*drawn) and telling(*drawn), draw)

    return [
        Case("no drift", case((10, 20), 1), 1),
        Case("the live values are higher", case((8, 15), 0.8, mean=0.7), 1),
        Case("the live values reach further", case((8, 15), 1.2, spread=1.9), 1),
        Case("some bins stay empty", case((8, 12), 0.6, mean=-1.6, spread=0.5), 1),
        Case("few live values", case((20, 30), 0.1, mean=0.3, rest=4), 0.5),
        Case("a few values far out", case((8, 15), 1, mean=0.3, rest=8, skewed=True), 0.5),
    ]


def telling(before: Values, now: Values) -> bool:
    """Whether no digit can be left out, and no live value lies near an edge.

    With these numbers of values each edge lies between two neighbours of the reference. No live value lies there, so it
    makes no difference where between them an edge is, nor to which bin a value on it would belong.
    """
    ordered = np.sort(before)
    places = np.arange(1, 10) * (len(before) - 1) // 10
    low, high = ordered[places], ordered[places + 1]
    between = (now[:, None] >= low) & (now[:, None] <= high)
    return bool((low < high).all()) and not between.any() and needs_digits(reference(before, now))


def reference(reference, live):
    """Return the population stability index (PSI) of two arrays of numbers.

    Nine inner edges, `np.quantile(reference, [0.1, 0.2, …, 0.9])`, cut the number line into ten bins; the first and the
    last are open, so that every value falls into one of them. A value on an edge belongs to the bin above it. Count the
    values of each array in each bin and add half a count to every bin of both. A share is such a count divided by the
    sum of the ten. With p for the reference's shares and q for the live ones, PSI is the sum over the bins of
    (q − p) · ln(q / p), with the natural logarithm.
    """
    from evalkit.analysis.drift import psi

    return psi(reference, live).statistic


def right(reference, live):
    edges = np.quantile(reference, np.arange(1, 10) / 10)
    shares = []
    for values in (reference, live):
        counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=10) + 0.5
        shares.append(counts / counts.sum())
    p, q = shares
    return np.sum((q - p) * np.log(q / p))


def wrong_equal_width(reference, live):
    p, edges = np.histogram(reference, 10)
    q, _ = np.histogram(live, edges)
    p, q = (p + 0.5) / (p + 0.5).sum(), (q + 0.5) / (q + 0.5).sum()
    return np.sum((q - p) * np.log(q / p))


def wrong_ends_left_out(reference, live):
    edges = np.quantile(reference, np.linspace(0, 1, 11))
    p, q = (np.histogram(values, edges)[0] + 0.5 for values in (reference, live))
    p, q = p / p.sum(), q / q.sum()
    return np.sum((q - p) * np.log(q / p))


def wrong_ends_lost(reference, live):
    edges = np.quantile(reference, np.linspace(0, 1, 11))
    p, q = ((np.histogram(values, edges)[0] + 0.5) / (len(values) + 5) for values in (reference, live))
    return np.sum((q - p) * np.log(q / p))


def variant_histogram(reference, live):
    edges = np.quantile(reference, np.linspace(0, 1, 11))
    edges[0], edges[-1] = -np.inf, np.inf
    p, q = (np.histogram(values, edges)[0] + 0.5 for values in (reference, live))
    p, q = p / p.sum(), q / q.sum()
    return np.sum((q - p) * np.log(q / p))


def variant_digitize(reference, live):
    edges = np.percentile(reference, range(10, 100, 10))
    total = 0.0
    for i in range(10):
        p = (np.sum(np.digitize(reference, edges) == i) + 0.5) / (len(reference) + 5)
        q = (np.sum(np.digitize(live, edges) == i) + 0.5) / (len(live) + 5)
        total += (q - p) * (np.log(q) - np.log(p))
    return total


def variant_plain_python(reference, live):
    from bisect import bisect_right
    from math import log
    from statistics import quantiles

    edges = quantiles(reference.tolist(), n=10, method="inclusive")

    def shares(values):
        counts = [0.5] * 10
        for value in values.tolist():
            counts[bisect_right(edges, value)] += 1
        return [count / (len(values) + 5) for count in counts]

    pairs = list(zip(shares(reference), shares(live)))
    return sum(q * log(q / p) for p, q in pairs) + sum(p * log(p / q) for p, q in pairs)


EXERCISE = Exercise(
    id="drift_score",
    lesson="12_evaluating_releases",
    objective="ER.5",
    points=5,
    signature="drift_score(reference, live)",
    cases=cases,
    reference=reference,
    misconceptions={
        "bins-of-the-live-data": mistake(
            right,
            {"np.quantile(reference, np.arange(1, 10) / 10)": "np.quantile(live, np.arange(1, 10) / 10)"},
            "Your bins are the quantiles of the live data. They would move with every batch. The reference is the "
            "yardstick: take its quantiles.",
        ),
        "bins-of-both": mistake(
            right,
            {"np.quantile(reference, ": "np.quantile(np.concatenate([reference, live]), "},
            "You cut the bins from both arrays together. Then the drift moves the bins by which it is measured. Take "
            "the quantiles of the reference alone.",
        ),
        "equal-width": Misconception(
            wrong_equal_width,
            "Your bins have the same width. One value far out then squeezes all the others into a bin or two. Take the "
            "quantiles of the reference, so that a tenth of it lies in each bin.",
        ),
        "ends-left-out": Misconception(
            wrong_ends_left_out,
            "Live values below the smallest or above the largest of the reference are lost: your first and your last "
            "bin end there. Those values are the clearest drift of all. Leave both ends open.",
        ),
        "ends-lost": Misconception(
            wrong_ends_lost,
            "Your live shares add up to less than 1: values below the smallest or above the largest of the reference "
            "are in the total and in no bin. Leave the first and the last bin open at their ends.",
        ),
        "one-way": mistake(
            right,
            {"(q - p) * np.log(q / p)": "q * np.log(q / p)"},
            "You weigh the logarithms with the live shares alone. PSI looks both ways: it weighs them with the "
            "difference of the shares, q − p.",
        ),
        "other-way": mistake(
            right,
            {"(q - p) * np.log(q / p)": "p * np.log(p / q)"},
            "You weigh the logarithms with the reference's shares alone. PSI looks both ways: it weighs ln(q / p) with "
            "the difference of the shares, q − p.",
        ),
        "no-weights": mistake(
            right,
            {"(q - p) * np.log(q / p)": "np.log(q / p)"},
            "You add up the logarithms as they are. A bin counts by how much its share has changed: multiply each "
            "logarithm by q − p.",
        ),
        "clipped": mistake(
            right,
            {"minlength=10) + 0.5": "minlength=10)", "p, q = shares": "p, q = np.clip(shares, 1e-4, None)"},
            "You replace an empty share by 0.0001. One empty bin alone then adds more than many people's limit for "
            "drift, and another small number would give another score. Add half a count to every bin instead.",
        ),
        "clipped-smaller": mistake(
            right,
            {"minlength=10) + 0.5": "minlength=10)", "p, q = shares": "p, q = np.array(shares) + 1e-6"},
            "You add 0.000001 to the shares. The score then depends on a number that nobody has measured: the "
            "smaller it is, the more an empty bin counts. Add half a count to every bin instead.",
        ),
        "nothing-added": mistake(
            right,
            {"minlength=10) + 0.5": "minlength=10)"},
            "You add nothing to the counts. An empty bin then makes the score infinite, and a nearly empty one lets it "
            "jump. Add half a count to every bin, in both arrays.",
        ),
        "only-to-empty-bins": mistake(
            right,
            {
                "minlength=10) + 0.5\n": "minlength=10)\n        counts = np.where(counts == 0, 0.5, counts)\n",
            },
            "You add half a count to empty bins only. Then a bin with one value counts hardly more than one with none. "
            "Add it to every bin.",
        ),
        "a-whole-count": mistake(
            right,
            {"minlength=10) + 0.5": "minlength=10) + 1"},
            "You add a whole count to every bin. Asked for is half a count.",
        ),
        "shares-do-not-add-up": mistake(
            right,
            {"counts / counts.sum()": "counts / len(values)"},
            "Your shares add up to more than 1: you divide by the number of values, but there are five more counts "
            "than values after half a count was added to each of ten bins.",
        ),
        "counts": mistake(
            right,
            {"counts / counts.sum()": "counts"},
            "You compare counts. A batch of another size would then be drift. Divide by the sum first, and compare "
            "shares.",
        ),
        "empty-bins-skipped": mistake(
            right,
            {
                "minlength=10) + 0.5": "minlength=10)",
                "p, q = shares": "p, q = (np.array(each)[np.minimum(*shares) > 0] for each in shares)",
            },
            "You leave out the bins that are empty in one of the arrays. A bin into which nothing falls any more is "
            "drift. Add half a count to every bin, and leave none out.",
        ),
        "reference-as-it-is": mistake(
            right,
            {"minlength=10) + 0.5": "minlength=10) + 0.5 * (values is live)"},
            "You add half a count to the live data only. Add it to every bin of both arrays: then two samples that are "
            "equal score 0, and neither can have an empty bin.",
        ),
        "other-logarithm": mistake(
            right,
            {"np.log(q / p)": "np.log2(q / p)"},
            "You take the logarithm to base 2. Scores with another logarithm cannot be compared with anybody's. PSI "
            "uses the natural one, np.log.",
        ),
        "decimal-logarithm": mistake(
            right,
            {"np.log(q / p)": "np.log10(q / p)"},
            "You take the logarithm to base 10. Scores with another logarithm cannot be compared with anybody's. PSI "
            "uses the natural one, np.log: it is the one without a number in its name.",
        ),
        "mean": mistake(
            right,
            {"np.sum((q": "np.mean((q"},
            "You take the mean over the bins. PSI is the sum over all of them, however many there are.",
        ),
        "edges-as-bins": mistake(
            right,
            {"np.arange(1, 10) / 10": "np.arange(0, 11) / 10", "minlength=10": "minlength=12"},
            "You have two bins too many: the smallest and the largest value of the reference are edges, too, with a "
            "bin of their own beyond. Ten bins have nine edges between them.",
        ),
        "nine-bins": mistake(
            right,
            {"np.arange(1, 10) / 10": "np.linspace(0, 1, 10)[1:-1]", "minlength=10": "minlength=9"},
            "You have nine bins: ten quantiles from 0 to 1 leave nine gaps. Ten bins have nine inner edges, at 0.1, "
            "0.2, …, 0.9.",
        ),
    },
    variants={"histogram": variant_histogram, "digitize": variant_digitize, "plain_python": variant_plain_python},
)
