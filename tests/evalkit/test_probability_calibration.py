"""Calibration: the curve against scikit-learn, the error against its definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve as sklearn_curve

from evalkit import CalibrationBins, calibration_curve, expected_calibration_error

# Tenths lie on the edges of bins, and so do 0 and 1.
confidences = st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.25, 0.3, 1 / 3, 0.5, 0.7, 0.95, 1.0]), min_size=1, max_size=30)


def rows(draw):
    proba = draw(confidences)
    return draw(st.lists(st.integers(0, 1), min_size=len(proba), max_size=len(proba))), proba


@given(data=st.data(), n_bins=st.sampled_from([1, 2, 3, 5, 10, 100]), strategy=st.sampled_from(["uniform", "quantile"]))
def test_the_curve_is_scikit_learns(data, n_bins, strategy):
    truth, proba = rows(data.draw)
    expected = sklearn_curve(truth, proba, n_bins=n_bins, strategy=strategy)
    actual = calibration_curve(truth, proba, n_bins=n_bins, strategy=strategy)
    np.testing.assert_allclose(actual, expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
def test_many_rows(dtype, strategy):
    rng = np.random.default_rng(0)
    proba = rng.random(150_000).astype(dtype)
    truth = np.where(rng.random(len(proba)) < proba, "spam", "ham")
    expected = sklearn_curve(truth, proba, n_bins=20, strategy=strategy, pos_label="spam")
    actual = calibration_curve(truth, proba, n_bins=20, strategy=strategy, pos_label="spam")
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


@pytest.mark.parametrize("n_bins", [1, 2, 3, 7, 10, 15, 64, 65, 100])
@pytest.mark.parametrize("near_edges", [0.01, 0.5])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_confidence_next_to_an_edge_is_on_the_right_side_of_it(n_bins, near_edges, dtype):
    rng = np.random.default_rng(n_bins)
    edges = np.linspace(0, 1, n_bins + 1)
    close = rng.choice(edges, 2000).astype(dtype)
    close = np.clip(np.nextafter(close, rng.choice([-1.0, 0.0, 1.0, 2.0], 2000).astype(dtype)), 0, 1)
    confidence = np.where(rng.random(2000) < near_edges, close, rng.random(2000).astype(dtype))
    hit = rng.random(2000) < 0.3
    bins = CalibrationBins.empty(edges).update(confidence, hit)
    # In the first bin also 0; in all others what lies above the lower edge, up to the upper.
    inside = (edges[:-1] < confidence[:, None]) & (confidence[:, None] <= edges[1:])
    inside[:, 0] |= confidence == 0
    assert bins.weights.tolist() == inside.sum(axis=0).tolist()
    assert bins.hits.tolist() == (inside & hit[:, None]).sum(axis=0).tolist()
    np.testing.assert_allclose(bins.confidences, inside.T @ confidence.astype(np.float64), rtol=1e-12)


@pytest.mark.parametrize("odd", [1.25, -0.25, math.nan, math.inf])
@pytest.mark.parametrize("rows", [1, 1000])
def test_what_is_no_confidence_is_refused(odd, rows):
    confidence = np.full(rows, 0.5)
    confidence[-1] = odd
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        CalibrationBins.empty(np.linspace(0, 1, 16)).update(confidence, np.ones(rows, bool))


def slow_error(hit, confidence, n_bins, weight=None):
    """The definition of Guo et al., one row at a time: bin m holds confidences in ((m − 1)/M, m/M]."""
    weight = [1] * len(hit) if weight is None else weight
    error = 0.0
    edges = np.linspace(0, 1, n_bins + 1)
    for m in range(n_bins):
        inside = [i for i, c in enumerate(confidence) if (edges[m] < c or m == 0) and (c <= edges[m + 1])]
        size = sum(weight[i] for i in inside)
        if size:
            share = sum(weight[i] * hit[i] for i in inside) / size
            mean = sum(weight[i] * confidence[i] for i in inside) / size
            error += size / sum(weight) * abs(share - mean)
    return error


@given(data=st.data(), n_bins=st.sampled_from([1, 4, 10, 15]))
def test_binary_error_is_its_definition(data, n_bins):
    truth, proba = rows(data.draw)
    weight = data.draw(st.one_of(st.none(), st.lists(st.floats(0.1, 2), min_size=len(truth), max_size=len(truth))))
    actual = expected_calibration_error(truth, proba, n_bins=n_bins, sample_weight=weight, pos_label=1)
    assert actual == pytest.approx(slow_error(truth, proba, n_bins, weight), abs=1e-12)


@given(seed=st.integers(0, 10_000), k=st.integers(2, 5))
def test_top_label_error_is_its_definition(seed, k):
    rng = np.random.default_rng(seed)
    proba, truth = rng.dirichlet(np.ones(k), 40), rng.integers(0, k, 40)
    hit = (proba.argmax(axis=1) == truth).astype(int)
    actual = expected_calibration_error(truth, proba, labels=range(k))
    assert actual == pytest.approx(slow_error(hit, proba.max(axis=1), 15), abs=1e-12)


def test_a_confidence_of_one_belongs_to_the_last_bin():
    """torchmetrics gives it a bin of its own: these rows then score 0.525."""
    truth, proba = [1, 0], [1.0, 0.95]
    assert expected_calibration_error(truth, proba, n_bins=10) == pytest.approx(0.475)


def test_perfect_and_worst():
    assert expected_calibration_error([0, 1], [0.0, 1.0]) == 0
    assert expected_calibration_error([0, 1], [1.0, 0.0]) == 1
    assert expected_calibration_error(["b", "a"], [[0, 1], [1, 0]]) == 0


@given(data=st.data(), cut=st.integers(0, 30))
def test_bins_of_the_parts_add_up_to_bins_of_the_whole(data, cut):
    truth, proba = (np.array(column) for column in rows(data.draw))
    empty = CalibrationBins.empty(np.linspace(0, 1, 11))
    whole = empty.update(proba, truth)
    parts = empty.update(proba[cut:], truth[cut:]) + empty.update(proba[:cut], truth[:cut])
    assert parts.expected_error() == pytest.approx(whole.expected_error(), abs=1e-12)
    np.testing.assert_array_equal(parts.weights, whole.weights)
    np.testing.assert_allclose(parts.curve(), whole.curve(), rtol=1e-12)


def test_bins_refuse_what_does_not_fit():
    bins = CalibrationBins.empty(np.linspace(0, 1, 3))
    assert math.isnan(bins.expected_error())
    with pytest.raises(ValueError, match="edges"):
        bins + CalibrationBins.empty(np.linspace(0, 1, 4))
    with pytest.raises(TypeError):
        bins + 1


@pytest.mark.parametrize(
    ("truth", "proba", "more", "told"),
    [
        ([0, 1, 2], [0.1, 0.2, 0.3], {}, "binary"),
        (["a", "b"], [0.1, 0.2], {}, "pos_label"),
        ([1, 2], [0.1, 0.2], {}, "pos_label"),
        ([0, 1], [0.1, math.nan], {}, "y_proba contains NaN"),
        ([0, 1], [0.1, math.nan], {"strategy": "quantile"}, "y_proba contains NaN"),
        ([0, 1], [-0.1, 0.2], {}, "less than 0"),
        ([0, 1], [0.1, 0.2], {"n_bins": 0}, "n_bins"),
        ([0, 1], [0.1, 0.2], {"strategy": "other"}, "strategy"),
        ([0, 1], [[0.1, 0.9], [0.2, 0.8]], {}, "1d"),
        ([[0, 1], [1, 0]], [0.1, 0.2], {}, "1d"),
    ],
)
def test_unusable_input(truth, proba, more, told):
    with pytest.raises(ValueError, match=told):
        calibration_curve(truth, proba, **more)


def test_the_error_needs_labels_and_bins():
    with pytest.raises(ValueError, match="1d"):
        expected_calibration_error([[0, 1], [1, 0]], [[0.1, 0.9], [0.2, 0.8]])
    with pytest.raises(ValueError, match="n_bins"):
        expected_calibration_error([0, 1], [0.1, 0.9], n_bins=2.5)
