"""Wilson's interval and McNemar's test against SciPy, against brute force, and where other libraries fail."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from evalkit import Interval, confusion_matrix, discordant_counts, mcnemar, wilson_interval


# -------------------------------------------------------------------------------------------------------------- Wilson
@given(n=st.integers(1, 2000), share=st.floats(0, 1), level=st.sampled_from([0.5, 0.8, 0.95, 0.999]))
def test_wilson_is_scipys(n, share, level):
    successes = round(share * n)
    expected = scipy.stats.binomtest(successes, n).proportion_ci(level, method="wilson")
    low, high = wilson_interval(successes, n, level)
    assert (low, high) == (pytest.approx(expected.low, abs=1e-12), pytest.approx(expected.high, abs=1e-12))
    assert 0 <= low <= successes / n <= high <= 1


def test_all_right_still_has_a_width():
    interval = wilson_interval(20, 20)
    assert round(interval.low, 3) == 0.839
    assert interval.high == interval.estimate == 1
    assert wilson_interval(0, 20).low == 0
    assert wilson_interval(0, 20).high == pytest.approx(1 - interval.low)


def test_an_interval_unpacks_and_shows_itself():
    low, high = interval = Interval(0.25, 0.75, 0.5, 0.95)
    assert (low, high) == (0.25, 0.75)
    assert repr(interval) == "Interval(low=0.25, high=0.75, estimate=0.5, level=0.95)"
    with pytest.raises(AttributeError):
        interval.low = 0


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((5, 4), "n"),
        ((0, 0), "n"),
        ((-1, 4), "successes"),
        ((0.5, 4), "successes"),
        ((math.nan, 4), "successes"),
        ((True, 4), "successes"),
        (("3", 4), "successes"),
        ((3, 4, 95), "level"),
        ((3, 4, 0), "level"),
        ((3, 4, "0.95"), "level"),
    ],
)
def test_wilson_names_the_wrong_argument(arguments, name):
    with pytest.raises(ValueError, match=name):
        wilson_interval(*arguments)


# ------------------------------------------------------------------------------------------------------------- McNemar
@given(b=st.integers(0, 300), c=st.integers(0, 300))
def test_exact_p_is_the_binomial_tests(b, c):
    expected = scipy.stats.binomtest(b, b + c, 0.5).pvalue if b + c else 1.0
    assert mcnemar(b, c, method="exact").p_value == pytest.approx(expected, rel=1e-10)
    assert mcnemar(b, c, method="exact") == mcnemar(b, c, method="exact")
    assert mcnemar(b, c, method="exact").p_value == mcnemar(c, b, method="exact").p_value


@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 0), (0, 4), (2, 3), (5, 5), (1, 9)])
def test_exact_p_by_tossing_every_coin(b, c):
    n = b + c
    as_far = sum(abs(2 * sum(tosses) - n) >= abs(b - c) for tosses in product([0, 1], repeat=n))
    assert mcnemar(b, c, method="exact").p_value == as_far / 2**n


@given(b=st.integers(0, 10_000), c=st.integers(0, 10_000))
def test_chi_square(b, c):
    result = mcnemar(b, c, method="corrected")
    statistic = (abs(b - c) - 1) ** 2 / (b + c) if b != c else 0
    assert result.statistic == pytest.approx(statistic)
    assert result.p_value == pytest.approx(scipy.stats.chi2.sf(statistic, 1), rel=1e-9)


@given(b=st.integers(0, 1500), c=st.integers(0, 1500))
def test_mid_p_counts_half_of_what_was_seen(b, c):
    n, fewer = b + c, min(b, c)
    expected = min(1.0, 2 * scipy.stats.binom.cdf(fewer, n, 0.5) - scipy.stats.binom.pmf(fewer, n, 0.5))
    assert mcnemar(b, c) == mcnemar(b, c, method="mid-p")
    assert mcnemar(b, c).p_value == pytest.approx(expected, rel=1e-9)


def rejected(method, n_rows, share):
    """How often equally good models are called different at 0.05, all that can happen counted."""
    total = 0.0
    for n in range(n_rows + 1):
        called = [mcnemar(b, n - b, method=method).p_value <= 0.05 for b in range(n + 1)]
        total += scipy.stats.binom.pmf(n, n_rows, share) * scipy.stats.binom.pmf(np.arange(n + 1), n, 0.5) @ called
    return total


@pytest.mark.parametrize(("n_rows", "share"), [(30, 0.3), (60, 0.2), (60, 0.6)])
def test_mid_p_keeps_the_size_that_the_others_miss(n_rows, share):
    """Fagerland, Lydersen and Laake (2013): this is why it is the default."""
    assert 0.025 < rejected("mid-p", n_rows, share) < 0.053
    assert rejected("exact", n_rows, share) < 0.75 * rejected("mid-p", n_rows, share)
    assert rejected("corrected", n_rows, share) < 0.75 * rejected("mid-p", n_rows, share)


def test_the_methods_agree_where_there_is_much_to_go_by():
    for method in ("exact", "corrected"):
        assert mcnemar(500, 400, method=method).p_value == pytest.approx(mcnemar(500, 400).p_value, rel=0.15)
    assert mcnemar(59, 121, method="corrected").statistic == pytest.approx(61**2 / 180)
    assert [mcnemar(3, 9, method=m).method for m in ("mid-p", "exact", "corrected")] == ["mid-p", "exact", "corrected"]
    with pytest.raises(ValueError, match="method"):
        mcnemar(3, 9, method="asymptotic")


@pytest.mark.parametrize("method", ["exact", "mid-p", "corrected"])
def test_no_disagreement_is_no_evidence(method):
    """mlxtend divides by zero here and reports chi-square infinity and p = 0."""
    result = mcnemar(0, 0, method=method)
    assert result.p_value == 1
    assert result.statistic == 0


@pytest.mark.parametrize("count", [25, 200])
def test_equal_numbers_of_disagreements_are_no_evidence(count):
    """The continuity correction must not go past zero: (|b - c| - 1)² would give p < 1 here."""
    assert mcnemar(count, count, method="corrected").p_value == 1
    assert mcnemar(count, count).p_value == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(("arguments", "name"), [((-1, 2), "'b'"), ((1, 2.5), "'c'"), ((1, None), "'c'")])
def test_mcnemar_names_the_wrong_argument(arguments, name):
    with pytest.raises(ValueError, match=name):
        mcnemar(*arguments)


@given(seed=st.integers(0, 10_000), text=st.booleans())
def test_discordant_counts(seed, text):
    labels = np.random.default_rng(seed).integers(0, 3, (3, 30))
    truth, first, second = np.array(["ant", "bee", "cat"])[labels] if text else labels
    table = confusion_matrix(first == truth, second == truth, labels=[False, True])
    assert discordant_counts(truth, first, second.tolist()) == (table[1, 0], table[0, 1])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (([], [], []), "empty"),
        (([1, 0], [1, 0], [1]), "y_true, first, second"),
        (([1, 0], [1.0, math.nan], [1, 0]), "first contains NaN"),
        (([1, 0], ["a", "b"], [1, 0]), "Mix"),
        (([[1, 0]] * 2, [[1, 0]] * 2, [[1, 0]] * 2), "shape"),
    ],
)
def test_discordant_counts_of_unusable_input(arguments, told):
    with pytest.raises(ValueError, match=told):
        discordant_counts(*arguments)
