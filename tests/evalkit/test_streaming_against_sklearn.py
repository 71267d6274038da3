"""Accumulators fed in batches agree with scikit-learn on the whole array."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.calibration
import sklearn.metrics as sk
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit import streaming

SEEDS = st.integers(0, 2**32 - 1)
BATCH = 37


def stream(accumulator, *arrays):
    for start in range(0, len(arrays[0]), BATCH):
        accumulator.update(*(array[start : start + BATCH] for array in arrays))
    return accumulator.compute()


@settings(max_examples=20)
@given(seed=SEEDS, dtype=st.sampled_from([np.int64, np.uint8, np.int32, np.float64, bool]))
def test_counts(seed, dtype):
    rng = np.random.default_rng(seed)
    n_classes = 2 if dtype is bool else 5
    truth, pred = rng.integers(0, n_classes, (2, 300)).astype(dtype)
    cm = stream(streaming.LabelCounts(num_classes=n_classes), truth, pred)
    assert np.array_equal(cm.table, sk.confusion_matrix(truth, pred, labels=np.arange(n_classes)))
    assert cm.table.dtype == np.int64


def test_counts_of_labels_in_the_given_order():
    rng = np.random.default_rng(0)
    for labels in (["yes", "no", "maybe"], [30, 10, 20], [7, 8, 9]):
        truth, pred = np.array(labels)[rng.integers(0, 3, (2, 200))]
        cm = stream(streaming.LabelCounts(labels=labels), truth, pred)
        assert cm.labels == tuple(labels)
        assert np.array_equal(cm.table, sk.confusion_matrix(truth, pred, labels=labels))


def test_counts_of_a_large_array_and_of_its_batches_agree():
    rng = np.random.default_rng(0)
    truth, pred = rng.integers(0, 300, (2, 200_000))
    whole = streaming.LabelCounts(num_classes=300).update(truth, pred)
    batches = streaming.LabelCounts(num_classes=300)
    for start in range(0, 200_000, 10_000):
        batches.update(truth[start : start + 10_000], pred[start : start + 10_000])
    assert batches == whole
    assert np.array_equal(whole.compute().table, sk.confusion_matrix(truth, pred, labels=np.arange(300)))


@pytest.mark.slow
@settings(max_examples=30)
@given(seed=SEEDS, digits=st.integers(0, 7), dtype=st.sampled_from([np.float32, np.float64]))
def test_area_under_roc(seed, digits, dtype):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 300)
    truth[:2] = 0, 1
    scores = np.round(rng.normal(size=300) + truth, digits).astype(dtype)
    expected = sk.roc_auc_score(truth, scores)
    assert stream(streaming.ExactAUC(), truth, scores) == pytest.approx(expected, rel=1e-13)
    estimate = stream(streaming.BinnedAUC(), truth, scores)
    assert abs(estimate.value - expected) <= estimate.error_bound + 1e-13


@pytest.mark.parametrize(
    ("name", "transform"), [("sigmoid", lambda z: 1 / (1 + np.exp(20 - 8 * z))), ("logits", lambda z: z)]
)
def test_binned_area_is_close_on_skewed_scores(name, transform):
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 200_000)
    scores = transform(rng.normal(size=200_000) + truth).astype(np.float32)
    estimate = streaming.BinnedAUC().update(truth, scores).compute()
    assert estimate.value == pytest.approx(sk.roc_auc_score(truth, scores), abs=1e-6)
    assert estimate.error_bound < 1e-3


@settings(max_examples=20)
@given(seed=SEEDS)
def test_log_loss(seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 200)
    proba = rng.choice([0.0, 1.0, 0.25, rng.random()], 200)
    assert stream(streaming.LogLoss(), truth, proba) == pytest.approx(
        sk.log_loss(truth, proba, labels=[0, 1]), rel=1e-12
    )
    table = rng.dirichlet(np.ones(4), 200)
    classes = rng.integers(0, 4, 200)
    assert stream(streaming.LogLoss(num_classes=4), classes, table) == pytest.approx(
        sk.log_loss(classes, table, labels=range(4)), rel=1e-12
    )


@settings(max_examples=30)
@given(seed=SEEDS, n_bins=st.integers(1, 30))
def test_calibration_curve(seed, n_bins):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 300)
    truth[:2] = 0, 1
    # Half of the probabilities lie exactly on an edge between two bins.
    proba = np.where(rng.random(300) < 0.5, rng.integers(0, n_bins + 1, 300) / n_bins, rng.random(300))
    curve = stream(streaming.Calibration(n_bins), truth, proba)
    prob_true, prob_pred = sklearn.calibration.calibration_curve(truth, proba, n_bins=n_bins)
    np.testing.assert_allclose(curve.prob_true, prob_true, rtol=1e-12)
    np.testing.assert_allclose(curve.prob_pred, prob_pred, rtol=1e-12)
    ece = np.abs(prob_true - prob_pred) @ curve.count / 300
    assert curve.expected_calibration_error == pytest.approx(ece, rel=1e-12)


@settings(max_examples=30)
@given(seed=SEEDS, k=st.integers(1, 5), digits=st.integers(0, 3))
def test_top_k_with_ties(seed, k, digits):
    rng = np.random.default_rng(seed)
    truth, scores = rng.integers(0, 6, 150), np.round(rng.random((150, 6)), digits)
    expected = sk.top_k_accuracy_score(truth, scores, k=k, labels=range(6))
    assert stream(streaming.TopK(k, num_classes=6), truth, scores) == pytest.approx(expected, rel=1e-15)


@settings(max_examples=30)
@given(seed=SEEDS, offset=st.sampled_from([0.0, 1e3, 1e6]), dtype=st.sampled_from([np.float32, np.float64]))
def test_regression(seed, offset, dtype):
    rng = np.random.default_rng(seed)
    truth = (offset + rng.normal(size=300)).astype(dtype)
    pred = (truth + rng.normal(size=300)).astype(dtype)
    summary = stream(streaming.Regression(), truth, pred)
    wide_truth, error = truth.astype(np.float64), (truth - pred).astype(np.float64)
    wide_pred = wide_truth - error
    for name in ("mean_absolute_error", "mean_squared_error", "root_mean_squared_error", "max_error", "r2_score"):
        assert getattr(summary, name) == pytest.approx(getattr(sk, name)(wide_truth, wide_pred), rel=1e-8), name
    # relative to the whole, since 1 − ratio can come close to zero
    expected = sk.explained_variance_score(wide_truth, wide_pred)
    assert summary.explained_variance_score == pytest.approx(expected, rel=1e-8, abs=1e-8)
    assert summary.mean_error == pytest.approx(error.mean(), abs=1e-12)


def test_regression_of_constant_truth_is_scikit_learns():
    for pred in ([2.5, 2.5, 2.5], [2.5, 2.0, 2.5]):
        summary = streaming.Regression().update([2.5], pred[:1]).update([2.5, 2.5], pred[1:]).compute()
        assert summary.r2_score == sk.r2_score([2.5] * 3, pred)
        assert summary.explained_variance_score == sk.explained_variance_score([2.5] * 3, pred)


def test_constant_truth_has_no_spread_even_where_its_mean_must_be_rounded():
    """Ten thousand times 0.1 does not add up to 1000; scikit-learn then finds a spread, and R² = −10³¹."""
    for value in (0.1, 1e9 + 0.3, -1e-20):
        truth = np.full(10_000, value)
        summary = stream(streaming.Regression(), truth, truth + abs(value) * (np.arange(10_000) % 2))
        assert summary.r2_score == summary.explained_variance_score == 0.0


@pytest.mark.slow
def test_slices_are_the_metric_of_the_rows_of_the_group():
    rng = np.random.default_rng(5)
    truth, pred = rng.integers(0, 3, (2, 500))
    for groups in (
        np.array(["b", "a", "c"])[rng.integers(0, 3, 500)],
        rng.integers(-5, 900, 500),
        rng.random(500) > 0.5,
    ):
        result = stream(streaming.Slices(streaming.LabelCounts(num_classes=3)), groups, truth, pred)
        assert list(result) == sorted(set(groups.tolist()))
        for group, cm in result.items():
            here = groups == group
            assert np.array_equal(cm.table, sk.confusion_matrix(truth[here], pred[here], labels=range(3)))
