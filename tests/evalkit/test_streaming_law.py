"""The law of accumulators: any partition, merged in any order, gives the result of the whole array."""

from __future__ import annotations

import dataclasses
import itertools
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit import streaming
from evalkit.streaming import Accumulator

REGIONS = np.array(["north", "south", "east"])


def class_labels(rng, n):
    return rng.integers(0, 4, n), rng.integers(0, 4, n)


def text_labels(rng, n):
    return tuple(np.array(["cat", "dog", "a very long name"])[rng.integers(0, 3, n)] for _ in range(2))


def binary_scores(rng, n):
    return rng.integers(0, 2, n), np.round(rng.normal(size=n), int(rng.integers(0, 6))).astype(np.float32)


def probabilities(rng, n):
    return rng.integers(0, 2, n), rng.random(n)


def class_scores(rng, n):
    scores = np.round(rng.random((n, 5)) + 0.01, 2)
    return rng.integers(0, 5, n), scores / scores.sum(axis=1, keepdims=True)


def far_numbers(rng, n):
    truth = 10.0 ** rng.integers(0, 10) + rng.normal(size=n)
    return truth, truth + 0.1 * rng.normal(size=n)


def in_regions(data):
    def rows(rng, n):
        return REGIONS[rng.integers(0, 3, n)], *data(rng, n)

    return rows


CASES = {
    "labels": (lambda: streaming.LabelCounts(num_classes=4), class_labels),
    "many labels": (lambda: streaming.LabelCounts(num_classes=300), class_labels),
    "labels learnt": (streaming.LabelCounts, class_labels),
    "text": (lambda: streaming.LabelCounts(labels=["dog", "cat", "a very long name"]), text_labels),
    "text learnt": (streaming.LabelCounts, text_labels),
    "exact auc": (streaming.ExactAUC, binary_scores),
    "binned auc": (streaming.BinnedAUC, binary_scores),
    "log-loss": (streaming.LogLoss, probabilities),
    "log-loss of classes": (lambda: streaming.LogLoss(num_classes=5), class_scores),
    "calibration": (lambda: streaming.Calibration(n_bins=7), probabilities),
    "top-label calibration": (lambda: streaming.TopLabelCalibration(labels=range(5)), class_scores),
    "top-k": (lambda: streaming.TopK(2, num_classes=5), class_scores),
    "regression": (streaming.Regression, far_numbers),
    "slices": (lambda: streaming.Slices(streaming.LabelCounts(num_classes=4)), in_regions(class_labels)),
    "slices of regression": (lambda: streaming.Slices(streaming.Regression()), in_regions(far_numbers)),
    "bundle": (
        lambda: streaming.Bundle({"auc": streaming.BinnedAUC(), "loss": streaming.Calibration()}, ("truth", "score")),
        probabilities,
    ),
}
EXACT = {"labels", "many labels", "labels learnt", "text", "text learnt", "exact auc", "binned auc", "top-k", "slices"}


def feed(accumulator, arrays, rows=slice(None)):
    return accumulator.update(*(array[rows] for array in arrays))


def assert_close(actual, expected):
    """Compare results of any shape: floats to 1e-12 of their size, the rest exactly."""
    if dataclasses.is_dataclass(expected) and not isinstance(expected, streaming.Accumulator):
        actual, expected = vars(actual), vars(expected)
    if isinstance(expected, dict):
        assert list(actual) == list(expected)
        for key in expected:
            if key != "mean_error":  # a sum with both signs: compared with the size of its terms below
                assert_close(actual[key], expected[key])
        if "mean_error" in expected:
            assert abs(actual["mean_error"] - expected["mean_error"]) <= 1e-12 * expected["mean_absolute_error"]
    elif isinstance(expected, np.ndarray) and expected.dtype.kind == "i":
        assert np.array_equal(actual, expected)
    elif isinstance(expected, int | str | tuple):
        assert actual == expected
    else:
        np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 400), data=st.data())
@pytest.mark.filterwarnings("ignore::evalkit.UndefinedMetricWarning")
def test_any_partition_in_any_order(case, seed, n, data):
    make, rows_of = CASES[case]
    arrays = rows_of(np.random.default_rng(seed), n)
    cuts = [0, *sorted(data.draw(st.lists(st.integers(0, n), max_size=8), label="cuts")), n]
    pieces = data.draw(st.permutations([slice(a, b) for a, b in itertools.pairwise(cuts)]), label="order")

    whole = feed(make(), arrays)
    one_after_the_other = make()
    for piece in pieces:
        feed(one_after_the_other, arrays, piece)
    parts = [feed(make(), arrays, piece) for piece in pieces]
    while len(parts) > 1:  # merge neighbours as chance will have it
        at = data.draw(st.integers(0, len(parts) - 2), label="merge")
        before = [parts[at].to_dict(), parts[at + 1].to_dict()]
        merged = parts[at].merge(parts[at + 1])
        assert [parts[at].to_dict(), parts[at + 1].to_dict()] == before, "merge changed its inputs"
        parts[at : at + 2] = [Accumulator.from_dict(json.loads(json.dumps(merged.to_dict())))]

    for other in (one_after_the_other, parts[0]):
        if case in EXACT:
            assert other.to_dict() == whole.to_dict()
        assert_close_results(other, whole)


def assert_close_results(actual, expected):
    first, second = actual.compute(), expected.compute()
    assert_close(first, second)
    assert_close(actual.compute(), first)  # asking changes nothing


@pytest.mark.parametrize("case", CASES)
def test_json_and_empty(case):
    make, rows_of = CASES[case]
    full = feed(make(), rows_of(np.random.default_rng(0), 50))
    text = json.dumps(full.to_dict())
    restored = type(full).from_dict(json.loads(text))
    assert restored == full
    assert full.empty() == make() != full
    assert full.empty().merge(full) == full == full.merge(full.empty())
    assert json.dumps(full.to_dict()) == text


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), offset=st.sampled_from([0.0, 1e6, 1e9, -1e12]))
def test_r2_of_sorted_data_one_row_at_a_time(seed, offset):
    """The hardest order for a running mean: from the smallest value to the largest, in batches of one."""
    rng = np.random.default_rng(seed)
    truth = np.sort(offset + rng.normal(size=300))
    pred = truth + 0.1 * rng.normal(size=300)
    one_by_one = streaming.Regression()
    for row in range(300):
        one_by_one.update(truth[row : row + 1], pred[row : row + 1])
    assert_close(one_by_one.compute(), streaming.Regression().update(truth, pred).compute())


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([1e-6, 1.0, 1e4]),
    shift=st.sampled_from([0.0, 97.0, -98.0, 1e6]),
    double=st.booleans(),
)
def test_the_error_bound_of_the_binned_area_holds(seed, scale, shift, double):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 500)
    truth[:2] = 0, 1
    scores = shift + scale * (rng.normal(size=500) + truth)
    scores = scores if double else scores.astype(np.float32)
    estimate = streaming.BinnedAUC().update(truth, scores).compute()
    exact = streaming.ExactAUC().update(truth, scores).compute()
    assert abs(estimate.value - exact) <= estimate.error_bound + 1e-15
