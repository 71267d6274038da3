"""The bootstrap against SciPy's, draw by draw, and its shortcut for labels against drawing rows."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

import evalkit
from evalkit import ConfusionMatrix, bootstrap_interval
from evalkit.bootstrap import BLOCK

fast = settings(max_examples=25)


@fast
@given(seed=st.integers(0, 10_000), n=st.integers(5, 60), level=st.sampled_from([0.5, 0.9, 0.95]))
@pytest.mark.parametrize("statistic", [np.mean, np.median, np.std])
@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_the_same_draws_as_scipy_give_the_same_interval(statistic, method, seed, n, level):
    values = np.random.default_rng(seed).gamma(2, size=n)
    expected = scipy.stats.bootstrap(
        (values,), statistic, n_resamples=200, confidence_level=level, method=method, rng=np.random.default_rng(seed)
    ).confidence_interval
    low, high = bootstrap_interval(values, statistic, seed, level, 200, method)
    assert (low, high) == (pytest.approx(expected.low, rel=1e-9), pytest.approx(expected.high, rel=1e-9))


def test_paired_arrays_are_drawn_together():
    rng = np.random.default_rng(1)
    true = rng.normal(size=50)
    pred = true + rng.normal(size=50)
    expected = scipy.stats.bootstrap(
        (true, pred), evalkit.r2_score, n_resamples=300, paired=True, vectorized=False, method="percentile",
        rng=np.random.default_rng(7),
    ).confidence_interval  # fmt: skip
    assert tuple(bootstrap_interval((true, pred), evalkit.r2_score, 7, resamples=300)) == pytest.approx(expected)


def test_blocks_do_not_change_the_draws():
    values = np.random.default_rng(0).normal(size=BLOCK // 3)
    few = bootstrap_interval(values, np.mean, seed=3, resamples=7)
    index = np.random.default_rng(3).integers(0, len(values), (7, len(values)))
    assert tuple(few) == pytest.approx(np.quantile(values[index].mean(axis=1), [0.025, 0.975]))


def test_seeds():
    values = np.arange(20.0)
    assert bootstrap_interval(values, seed=1) == bootstrap_interval(values.tolist(), np.mean, 1)
    assert bootstrap_interval(values, seed=1) != bootstrap_interval(values, seed=2)
    assert bootstrap_interval(values, seed=np.random.default_rng(1)) == bootstrap_interval(values, seed=1)


# -------------------------------------------------------------------------------------------- counts instead of rows
def by_rows(pair, statistic, resamples):
    """Draw rows, one draw at a time."""
    rng = np.random.default_rng(5)
    n = len(pair[0])
    return np.sort([statistic(*(y[rows] for y in pair)) for rows in rng.integers(0, n, (resamples, n))])


def macro_f1(y_true, y_pred, sample_weight=None):
    return evalkit.f1_score(y_true, y_pred, average="macro", sample_weight=sample_weight, zero_division=0)


@pytest.mark.slow
@pytest.mark.parametrize("statistic", [evalkit.accuracy_score, macro_f1, evalkit.matthews_corrcoef])
@pytest.mark.parametrize("text", [False, True])
def test_drawing_counts_has_the_law_of_drawing_rows(statistic, text):
    rng = np.random.default_rng(0)
    true = rng.integers(0, 3, 60)
    pred = np.where(rng.random(60) < 0.7, true, rng.integers(0, 3, 60))
    if text:
        true, pred = (np.array(["ant", "bee", "cat"])[y] for y in (true, pred))
    rows = by_rows((true, pred), statistic, 1500)
    for level in (0.5, 0.8, 0.95):
        interval = bootstrap_interval((true, pred), statistic, seed=1, level=level, resamples=1500)
        for end, tail in zip(interval, [(1 - level) / 2, (1 + level) / 2], strict=True):
            # A share of 60 rows takes steps, so the end has a part of the draws below it and a part at it.
            assert (rows < end - 1e-9).mean() - 0.04 < tail < (rows <= end + 1e-9).mean() + 0.04
        assert interval.estimate == statistic(true, pred)


@pytest.mark.slow
def test_a_confusion_matrix_gives_what_its_labels_give():
    rng = np.random.default_rng(0)
    true, pred = rng.integers(0, 2, 300), rng.integers(0, 2, 300)
    cm = ConfusionMatrix.from_labels(true, pred)
    for method in ("percentile", "bca"):
        from_labels = bootstrap_interval((true, pred), evalkit.accuracy_score, method=method)
        from_matrix = bootstrap_interval(cm, lambda cm: cm.accuracy, method=method)
        assert tuple(from_matrix) == pytest.approx(tuple(from_labels))


@pytest.mark.slow
def test_leaving_out_counts_is_leaving_out_rows():
    """BCa: a statistic without `sample_weight` draws rows; its skewness must be that of the counts."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, 2, 80)
    pred = np.where(rng.random(80) < 0.9, true, 1 - true)
    rows = bootstrap_interval((true, pred), lambda t, p: np.mean(t == p), method="bca", resamples=20_000)
    counts = bootstrap_interval((true, pred), evalkit.accuracy_score, method="bca", resamples=20_000)
    assert tuple(rows) == pytest.approx(tuple(counts), abs=0.013)  # one row more or less


def test_a_hundred_million_rows_take_no_longer():
    cm = ConfusionMatrix(np.array([[60_000_000, 10_000_000], [5_000_000, 25_000_000]]), ["no", "yes"])
    low, high = bootstrap_interval(cm, lambda cm: cm.recall, resamples=500)
    assert low < cm.recall < high
    assert high - low == pytest.approx(2 * 1.96 * math.sqrt(cm.recall * (1 - cm.recall) / 30_000_000), rel=0.15)


# ---------------------------------------------------------------------------------------------------------- edge cases
@pytest.mark.slow
def test_all_alike_is_a_point_and_wilson_is_not():
    ones = np.ones(20, int)
    for method in ("percentile", "bca"):
        assert tuple(bootstrap_interval((ones, ones), evalkit.accuracy_score, method=method)) == (1, 1)
        assert tuple(bootstrap_interval(np.ones(20), method=method)) == (1, 1)
    assert evalkit.wilson_interval(20, 20).low < 0.84


@pytest.mark.slow
def test_undefined_draws_are_counted_and_left_out():
    def precision(y_true, y_pred, sample_weight=None):
        return evalkit.precision_score(y_true, y_pred, sample_weight=sample_weight, zero_division=np.nan)

    true, pred = np.array([1, 0, 0, 0, 0, 0]), np.array([1, 0, 0, 0, 0, 0])
    with pytest.warns(evalkit.UndefinedMetricWarning, match=r"nan for \d+ of 2000 draws"):
        assert tuple(bootstrap_interval((true, pred), precision)) == (1, 1)
    with pytest.warns(evalkit.UndefinedMetricWarning, match="2000 of 2000"):
        assert math.isnan(bootstrap_interval([1.0, 2.0], lambda values: math.nan).low)


def test_bca_without_a_bias_that_can_be_corrected():
    with pytest.warns(evalkit.UndefinedMetricWarning, match="one side"):
        interval = bootstrap_interval([1.0, 2.0, 3.0], lambda values: 0.0 if len(set(values)) == 3 else 1.0,
                                      resamples=3, seed=1, method="bca")  # fmt: skip
    assert math.isnan(interval.low)


@pytest.mark.parametrize(
    ("data", "more", "told"),
    [
        ([], {}, "empty"),
        ((), {}, "empty"),
        ([1.0, math.nan], {}, "data contains NaN"),
        (([1.0, 2.0], [1.0]), {}, "inconsistent"),
        ([1.0, 2.0], {"level": 1}, "level"),
        ([1.0, 2.0], {"method": "basic"}, "method"),
        ([1.0, 2.0], {"resamples": 0}, "resamples"),
        (ConfusionMatrix([[0.5, 1], [1, 2]], [0, 1]), {}, "weights"),
        (ConfusionMatrix([[0, 0], [0, 0]], [0, 1]), {}, "empty"),
    ],
)
def test_unusable_input(data, more, told):
    with pytest.raises(ValueError, match=told):
        bootstrap_interval(data, **more)


def paired_difference(truth, one, two, sample_weight=None):
    return evalkit.accuracy_score(truth, one, sample_weight=sample_weight) - evalkit.accuracy_score(
        truth, two, sample_weight=sample_weight
    )


@pytest.mark.slow
def test_three_columns_of_many_rows_are_drawn_by_kind():
    """A draw of rows that takes two seconds each would run into the test's time limit."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 1_000_000)
    first, second = (np.where(rng.random(len(truth)) < share, 1 - truth, truth) for share in (0.1, 0.12))
    calls = []

    def counted(*kinds, sample_weight=None):
        calls.append(len(kinds[0]))
        return paired_difference(*kinds, sample_weight=sample_weight)

    interval = bootstrap_interval((truth, first, second), counted, seed=1)
    assert max(calls) == 8  # kinds of rows, not rows
    right = (truth == first).astype(float) - (truth == second)
    half = 1.96 * right.std() / 1000
    assert (interval.low, interval.high) == (
        pytest.approx(right.mean() - half, abs=0.1 * half),
        pytest.approx(right.mean() + half, abs=0.1 * half),
    )
    # Labels that are stored as 0.0 and 1.0, and a statistic that knows no weights, have the same law.
    as_floats = bootstrap_interval((truth.astype(float), first.astype(float), second.astype(float)), counted, seed=1)
    unweighted = bootstrap_interval(
        (truth, first, second), lambda t, a, b: np.mean(t == a) - np.mean(t == b), seed=1, resamples=20
    )
    few = bootstrap_interval((truth, first, second), counted, seed=1, resamples=20)
    assert as_floats == interval
    assert unweighted.low == pytest.approx(few.low, rel=1e-9)


def test_numbers_that_are_no_labels_are_drawn_row_by_row():
    rng = np.random.default_rng(0)
    price = rng.integers(0, 10**6, 100_000).astype(float)
    rows = []

    def bias(true, pred):
        rows.append(len(np.unique(true[:1000])))
        return np.mean(true - pred)

    bootstrap_interval((price, price + rng.normal(size=len(price))), bias, resamples=3)
    assert min(rows) > 900
