"""The paired comparison: against published values, against SciPy, and by counting every possible result."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evalkit import bootstrap_interval, f1_score, mcnemar, wilson_interval
from evalkit._core import distributions
from evalkit.paired import (
    ClusteredMean,
    clustered_difference_interval,
    clustered_share_interval,
    holm,
    minimum_detectable_difference,
    paired_difference_interval,
    rows_to_detect,
    worse_p_value,
)
from evalkit.streaming import Accumulator, PairedCounts

few = settings(max_examples=60, deadline=None)


# -------------------------------------------------------------------------------------------------------- distributions
@few
@given(value=st.floats(0, 400), degrees=st.integers(1, 300))
def test_chi_square(value, degrees):
    assert distributions.chi2_tail(value, degrees) == pytest.approx(
        scipy.stats.chi2.sf(value, degrees), rel=1e-8, abs=1e-15
    )


@few
@example(value=3.7e-08, degrees=16)
@given(value=st.floats(-30, 30), degrees=st.integers(1, 3000))
def test_student(value, degrees):
    assert distributions.t_tail(value, degrees) == pytest.approx(scipy.stats.t.sf(value, degrees), rel=1e-8, abs=1e-15)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.8, 0.95, 0.975, 0.9999])
@pytest.mark.parametrize("degrees", [1, 2, 9, 200])
def test_quantiles(share, degrees):
    assert distributions.chi2_quantile(share, degrees) == pytest.approx(scipy.stats.chi2.ppf(share, degrees), rel=1e-9)
    assert distributions.t_quantile(share, degrees) == pytest.approx(
        scipy.stats.t.ppf(share, degrees), rel=1e-9, abs=1e-9
    )


@few
@given(tosses=st.integers(0, 6000), data=st.data())
def test_coin(tosses, data):
    heads = data.draw(st.integers(0, tosses))
    at_most, exactly = distributions.coin_tail(heads, tosses)
    assert at_most == pytest.approx(scipy.stats.binom.cdf(heads, tosses, 0.5), rel=1e-8, abs=1e-300)
    assert exactly == pytest.approx(scipy.stats.binom.pmf(heads, tosses, 0.5), rel=1e-8, abs=1e-300)


# --------------------------------------------------------------------------------------------------------- Tango, mid-p
def test_tango_as_published():
    """Airway hyper-responsiveness before and after a transplantation: Fagerland, Lydersen and Laake (2014)."""
    low, high = paired_difference_interval(broken=7, fixed=1, n=21)
    assert (round(low, 3), round(high, 3)) == (-0.517, -0.026)


def most_likely_score(broken, fixed, n, difference):
    """The same statistic without its closed form: the likelihood is maximised numerically under the difference."""

    def minus_log_likelihood(share):  # of broken rows; `share + difference` of fixed ones
        rest = 1 - 2 * share - difference
        terms = ((broken, share), (fixed, share + difference), (n - broken - fixed, rest))
        return -sum(count * math.log(max(chance, 1e-300)) for count, chance in terms if count)

    low, high = max(0.0, -difference), (1 - difference) / 2
    best = scipy.optimize.minimize_scalar(minus_log_likelihood, bounds=(low, high), options={"xatol": 1e-12}).x
    return (fixed - broken - n * difference) / math.sqrt(n * (2 * best + difference - difference**2))


@pytest.mark.parametrize(("broken", "fixed", "n"), [(7, 1, 21), (40, 20, 160), (3, 9, 200), (2, 2, 30)])
def test_tango_by_maximising_the_likelihood(broken, fixed, n):
    low, high = paired_difference_interval(broken, fixed, n)
    assert most_likely_score(broken, fixed, n, low) == pytest.approx(1.96, abs=2e-3)
    assert most_likely_score(broken, fixed, n, high) == pytest.approx(-1.96, abs=2e-3)


@few
@given(n=st.integers(1, 2000), data=st.data())
def test_tango_contains_the_estimate_and_mirrors(n, data):
    broken = data.draw(st.integers(0, n))
    fixed = data.draw(st.integers(0, n - broken))
    interval, mirrored = paired_difference_interval(broken, fixed, n), paired_difference_interval(fixed, broken, n)
    assert -1 <= interval.low <= interval.estimate <= interval.high <= 1
    assert interval.low < interval.high
    assert interval.low == pytest.approx(-mirrored.high, abs=1e-9)


def chances(n, broken_share, fixed_share):
    """Yield every result of n rows that differ at these rates, with its chance."""
    total = broken_share + fixed_share
    for discordant in range(n + 1):
        some = scipy.stats.binom.pmf(discordant, n, total)
        if some > 1e-12:
            each = scipy.stats.binom.pmf(np.arange(discordant + 1), discordant, fixed_share / total)
            yield from ((discordant - fixed, fixed, some * chance) for fixed, chance in enumerate(each))


@pytest.mark.parametrize(
    ("n", "margin", "discordant", "expected"),
    [(50, 0.04, 0.10, 0.021), (100, 0.02, 0.06, 0.024), (200, 0.02, 0.06, 0.020), (200, 0.02, 0.10, 0.024)],
)
def test_a_model_at_the_margin_passes_in_two_and_a_half_percent(n, margin, discordant, expected):
    """Counted over every possible result: the lower end is above −margin in at most 2.5 % of the cases."""
    found = chances(n, (discordant + margin) / 2, (discordant - margin) / 2)
    passes = sum(
        chance for b, c, chance in found if chance > 1e-9 and paired_difference_interval(b, c, n).low > -margin
    )
    assert passes <= 0.025
    assert passes == pytest.approx(expected, abs=0.0006)


@pytest.mark.parametrize(("n", "discordant", "exact", "mid_p"), [(50, 0.1, 0.009, 0.025), (200, 0.1, 0.029, 0.046)])
def test_size_of_the_tests_counted_over_every_result(n, discordant, exact, mid_p):
    found = [each for each in chances(n, discordant / 2, discordant / 2) if each[2] > 1e-9]
    for method, expected in (("exact", exact), ("mid-p", mid_p)):
        size = sum(chance for b, c, chance in found if mcnemar(b, c, method=method).p_value <= 0.05)
        assert size == pytest.approx(expected, abs=0.0006)


@pytest.mark.parametrize(("broken", "fixed"), [(0, 0), (1, 0), (0, 3), (4, 2), (1, 9), (5, 5)])
def test_worse_by_tossing_every_coin(broken, fixed):
    n = broken + fixed
    heads = [sum(tosses) for tosses in product([0, 1], repeat=n)]
    half = (sum(h > broken for h in heads) + sum(h == broken for h in heads) / 2) / 2**n
    assert worse_p_value(broken, fixed) == pytest.approx(half)


# ----------------------------------------------------------------------------------------------------------- many looks
def test_holm_by_its_definition():
    rng = np.random.default_rng(0)
    for _ in range(50):
        p = rng.uniform(size=rng.integers(1, 9)) ** 3
        adjusted = holm(list(p))
        for alpha in (0.01, 0.05, 0.2):
            rejected, order = set(), np.argsort(p)
            for rank, place in enumerate(order):  # step down, and stop at the first that is not small enough
                if p[place] > alpha / (len(p) - rank):
                    break
                rejected.add(int(place))
            assert {i for i, value in enumerate(adjusted) if value <= alpha} == rejected


def test_twenty_equal_cohorts_rarely_alarm():
    """Counted over every result of 200 rows: uncorrected, six releases of ten look 'significantly' different."""
    found = [each for each in chances(200, 0.05, 0.05) if each[2] > 1e-9]
    uncorrected = sum(chance for b, c, chance in found if mcnemar(b, c, method="mid-p").p_value <= 0.05)
    smallest = sum(chance for b, c, chance in found if worse_p_value(b, c) <= 0.05 / 20)
    assert 1 - (1 - uncorrected) ** 20 > 0.55
    assert 0.04 < 1 - (1 - smallest) ** 20 <= 0.05


def test_detectable_difference_and_rows_are_two_sides_of_one_formula():
    assert [round(minimum_detectable_difference(500, d), 3) for d in (0.02, 0.05, 0.1)] == [0.018, 0.028, 0.04]
    for share in (0.02, 0.05, 0.1):
        n = rows_to_detect(0.02, share)
        assert minimum_detectable_difference(n, share) <= 0.02 < minimum_detectable_difference(n - 1, share)


# ------------------------------------------------------------------------------------------------------------- clusters
def clustered(values, groups):
    groups = np.unique(groups, return_inverse=True)[1]
    sums, sizes = np.bincount(groups, values), np.bincount(groups)
    return ClusteredMean(len(sizes), len(values), sums.sum(), sums @ sums, sums @ sizes, sizes @ sizes)


def test_clusters_of_one_row_give_the_t_interval():
    values = np.random.default_rng(0).normal(0.1, 1, 40)
    found = clustered(values, np.arange(40)).interval()
    expected = scipy.stats.t.interval(0.95, 39, values.mean(), scipy.stats.sem(values))
    assert tuple(found) == pytest.approx(expected)
    p = scipy.stats.ttest_1samp(values, 0, alternative="less").pvalue
    assert clustered(values, np.arange(40)).below_zero_p_value() == pytest.approx(p)


@pytest.mark.slow
def test_copies_of_a_picture_are_no_evidence():
    """150 pictures, 7 copies each: row by row McNemar's test alarms too often, by picture it does not."""
    rng = np.random.default_rng(1)
    by_row = by_picture = 0
    for _ in range(300):
        difference = np.repeat(rng.choice([-1, 0, 1], 150, p=[0.06, 0.88, 0.06]), 7) * (rng.random(1050) < 0.8)
        by_row += mcnemar(int((difference < 0).sum()), int((difference > 0).sum()), method="mid-p").p_value <= 0.05
        low, high = clustered(difference.astype(float), np.repeat(np.arange(150), 7)).interval()
        by_picture += low > 0 or high < 0
    assert by_row / 300 > 0.2
    assert by_picture / 300 <= 0.08


def test_clusters_can_be_added_and_one_is_not_enough():
    values, groups = np.array([1.0, 0, 1, 1, -1, 0]), np.array([0, 0, 1, 1, 2, 2])
    parts = clustered(values[:2], groups[:2]) + clustered(values[2:], groups[2:])
    assert parts == clustered(values, groups)
    assert tuple(clustered(values[:2], groups[:2]).interval()) == (-math.inf, math.inf)
    assert clustered(values[:2], groups[:2]).below_zero_p_value() == 1


# ---------------------------------------------------------------------------------------------------- counts, bootstrap
def test_paired_counts_merge_in_any_way():
    rng = np.random.default_rng(0)
    first, second = rng.choice([0, 1, np.nan], (2, 500))
    whole = PairedCounts().update(first, second)
    parts = [PairedCounts().update(first[i::3], second[i::3]) for i in range(3)]
    assert parts[2].merge(parts[0]).merge(parts[1]) == whole
    assert Accumulator.from_dict(whole.to_dict()) == whole
    table = whole.compute()
    assert table.broken == int(((first == 1) & (second == 0)).sum())
    assert table.lost == int((~np.isnan(first) & np.isnan(second)).sum())
    assert table.rows == 500
    assert table.lost_as_broken().broken == int(((first == 1) & (second != 1)).sum())
    with pytest.raises(ValueError, match="second must hold 1"):
        whole.update([1, 0], [2, 0])


@pytest.mark.slow
def test_bootstrap_of_a_difference_counts_kinds_of_rows():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 300)
    first, second = (np.where(rng.random(300) < share, truth, 1 - truth) for share in (0.9, 0.8))

    def difference(y, one, two, sample_weight=None):
        return f1_score(y, two, sample_weight=sample_weight) - f1_score(y, one, sample_weight=sample_weight)

    counted = bootstrap_interval((truth, first, second), difference, seed=1)
    drawn = bootstrap_interval((truth, first, second), lambda y, one, two: difference(y, one, two), seed=1)
    kinds, counts = np.unique(np.stack([truth, first, second]), axis=1, return_counts=True)
    given = bootstrap_interval(tuple(kinds), difference, seed=1, counts=counts)
    assert counted == given
    assert counted.estimate == pytest.approx(drawn.estimate)
    assert tuple(counted) == pytest.approx(tuple(drawn), abs=0.01)


def test_bootstrap_draws_clusters():
    values = np.repeat(np.random.default_rng(0).normal(size=60), 10)
    groups = np.repeat(np.arange(60), 10)
    low, high = bootstrap_interval(values, np.mean, cluster=groups, seed=0)
    expected = bootstrap_interval(values[::10], np.mean, seed=0)
    assert (low, high) == pytest.approx(tuple(expected), abs=0.02)
    narrow = bootstrap_interval(values, np.mean, seed=0)
    assert high - low > 2.5 * (narrow.high - narrow.low)
    assert bootstrap_interval(values, np.mean, cluster=groups, seed=0, method="bca").low < values.mean()


@pytest.mark.slow
@pytest.mark.parametrize("sources", [20, 60])
def test_copies_do_not_let_a_worse_model_pass(sources):
    """Five copies of each picture; the second model is exactly as much worse as the margin."""
    rng = np.random.default_rng(4)
    above_t = above = below = 0
    for _ in range(400):
        of_source = rng.choice([-1, 1, 0], sources, p=[0.045, 0.015, 0.94])
        difference = np.repeat(of_source, 5)
        sums = clustered(difference.astype(float), np.repeat(np.arange(sources), 5))
        low, high = clustered_difference_interval(int((difference < 0).sum()), int((difference > 0).sum()), sums)
        above += low > -0.03
        below += high < -0.03
        above_t += sums.interval().low > -0.03
    assert above <= 400 * 0.0475  # the 99.9 % quantile of the binomial at 2.5 %
    assert below <= 400 * 0.0475
    if sources == 20:  # which Student's interval over so few sources does not hold: it passes in more than a quarter
        assert above_t > 100


def test_where_every_row_has_its_source_nearly_the_same_interval():
    difference = np.array([-1] * 30 + [1] * 20 + [0] * 950)
    sums = clustered(difference.astype(float), np.arange(1000))
    mine, plain = clustered_difference_interval(30, 20, sums), paired_difference_interval(30, 20, 1000)
    assert mine.estimate == plain.estimate
    assert list(mine) == pytest.approx(list(plain), abs=1e-4)
    right = clustered(np.repeat([1.0, 0.0], [930, 70]), np.arange(1000))
    assert list(clustered_share_interval(right)) == pytest.approx(list(wilson_interval(930, 1000)), abs=1e-4)
    assert tuple(clustered_share_interval(clustered(np.ones(2), np.zeros(2, int)))) == (0, 1)
    assert tuple(clustered_difference_interval(0, 0, clustered(np.zeros(2), np.zeros(2, int)))) == (-1, 1)
