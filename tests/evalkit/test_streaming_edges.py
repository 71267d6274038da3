"""Wrong input is refused, and the silent wrong answers of other libraries do not happen."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from evalkit import UndefinedMetricWarning, streaming
from evalkit.streaming import Accumulator

NAN, INF = math.nan, math.inf


# ------------------------------------------------------------------------------------------------ silent wrong answers
def test_counters_go_on_past_two_to_the_24():
    """A float32 counter stops there: torcheval's accuracy then stays 1.0 whatever comes."""
    counts = streaming.LabelCounts(num_classes=2)
    counts._restore({"matrix": {"labels": [0, 1], "table": [[2**24, 0], [0, 0]], "weighted": False}})
    for _ in range(1000):
        counts.update([0], [1])
    assert counts.compute().table.tolist() == [[2**24, 1000], [0, 0]]


def test_counters_go_on_past_two_to_the_31():
    """Tables are int32 while they cannot overflow, and int64 from the row on with which they could."""
    limit = 2**31 - 1
    full = streaming.LabelCounts(num_classes=2)
    full._table[0, 0] = full._n_rows = limit
    assert full._table.dtype == np.int32
    assert full.merge(full).compute().table.tolist() == [[2 * limit, 0], [0, 0]]
    full.update([0, 1], [0, 0])
    assert full.compute().table.tolist() == [[limit + 1, 0], [1, 0]]


def test_area_of_logits_in_batches_of_one():
    """torchmetrics applies a sigmoid to batches that leave [0, 1]: batches of one then give another area."""
    truth, scores = np.array([1, 0]), np.array([0.5, 2.0], np.float32)
    shares = np.array([0, 1, 0, 1]), np.array([97.5, 98.5, 98.0, 98.0], np.float32)
    for y, s, expected in ((truth, scores, 0.0), (*shares, 0.875)):
        for accumulator in (streaming.ExactAUC(), streaming.BinnedAUC()):
            for row in range(len(y)):
                accumulator.update(y[row : row + 1], s[row : row + 1])
            assert float(accumulator.compute()) == expected


def test_equal_scores_count_one_half_and_zero_has_one_sign():
    for make in (streaming.ExactAUC, streaming.BinnedAUC):
        assert float(make().update([0, 1, 1], [0.3, 0.3, 0.3]).compute()) == 0.5
        assert float(make().update([0, 1], [0.0, -0.0]).compute()) == 0.5
        assert float(make().update([0, 1], np.array([0.0, -0.0], np.float32)).compute()) == 0.5


def test_r2_keeps_its_digits_when_the_mean_is_large():
    """float32 sums of squares give R² = 1.0000001 here, and float64 ones 1.00003 at 1e9."""
    rng = np.random.default_rng(0)
    for offset, dtype in ((1e6, np.float32), (1e9, np.float64)):
        truth = (offset + rng.normal(size=20_000)).astype(dtype)
        pred = (truth + 0.1 * rng.normal(size=20_000)).astype(dtype)
        exact_error = truth.astype(np.longdouble) - pred
        distance = truth - truth.astype(np.longdouble).mean()
        expected = float(1 - (exact_error @ exact_error) / (distance @ distance))
        accumulator = streaming.Regression()
        for start in range(0, 20_000, 100):
            accumulator.update(truth[start : start + 100], pred[start : start + 100])
        assert accumulator.compute().r2_score == pytest.approx(expected, rel=1e-13)
        assert 0.98 < expected < 1


@pytest.mark.slow
@pytest.mark.parametrize("step", [0.0, 0.3, 1e3, -1e7])
@pytest.mark.parametrize("spread", [1.0, 1e-6, 0.0])
def test_spread_of_numbers_whose_mean_wanders(step, spread):
    """The mean of the rows so far is a poor guess of the next batch's: that must cost no digits."""
    rng = np.random.default_rng(0)
    batches = [7.7 + step * number + spread * rng.normal(size=500) for number in range(40)]
    errors = [2.2 + step * number / 3 + spread * rng.normal(size=500) for number in range(40)]
    accumulator = streaming.Regression()
    for truth, error in zip(batches, errors, strict=True):
        accumulator.update(truth, truth - error)
    truth = np.concatenate(batches)
    error = truth - np.concatenate([t - e for t, e in zip(batches, errors, strict=True)])
    total = sum((Fraction(value) for value in truth.tolist()), Fraction(0))
    distances = [Fraction(value) - total / len(truth) for value in truth.tolist()]
    squares = [Fraction(value) ** 2 for value in error.tolist()]
    summary = accumulator.compute()
    assert summary.mean_squared_error == pytest.approx(float(sum(squares) / len(truth)), rel=1e-14)
    exact = sum(distance**2 for distance in distances)
    assert accumulator._sum.truth.spread.high == pytest.approx(float(exact), rel=1e-13, abs=0)
    assert summary.r2_score == pytest.approx(float(1 - sum(squares) / exact) if exact else 0.0, rel=1e-12)


@pytest.mark.slow
def test_a_hundred_thousand_small_errors_add_up():
    """A float32 state is off by more than one percent after a million updates of 8 × 0.01."""
    accumulator = streaming.Regression()
    truth, pred = np.zeros(8), np.full(8, 0.1)
    for _ in range(20_000):
        accumulator.update(truth, pred)
    assert accumulator.compute().mean_squared_error == pytest.approx(0.01, rel=1e-14)


def test_a_probability_of_one_is_in_the_last_bin():
    curve = streaming.Calibration(n_bins=10).update([0, 1], [1.0, 0.05]).compute()
    assert curve.count.tolist() == [1, 1]
    assert curve.expected_calibration_error == pytest.approx(0.975)


def test_a_wrong_label_is_refused_and_leaves_no_trace():
    """torchmetrics counts a prediction of 5 with 3 classes at row 1, column 2; torcheval aborts at −1."""
    for counts in (streaming.LabelCounts(num_classes=3), streaming.LabelCounts(labels=[2, 0, 1])):
        counts.update([0, 1, 2], [0, 1, 1])
        before = counts.to_dict()
        for bad in (5, -1, 2**40):
            with pytest.raises(ValueError, match=rf"y_pred contains {bad} at index 1"):
                counts.update([0, 0], [0, bad])
            with pytest.raises(ValueError, match=rf"y_true contains {bad} at index 0"):
                counts.update([bad, 0], [0, 0])
        large = np.zeros(200_000, int)
        with pytest.raises(ValueError, match="y_pred contains 7 at index 199999"):
            counts.update(large, np.where(np.arange(200_000) == 199_999, 7, 0))
        assert counts.to_dict() == before


# ------------------------------------------------------------------------------------------------------ refused input
BINARY = [streaming.ExactAUC, streaming.BinnedAUC, streaming.LogLoss, streaming.Calibration]


@pytest.mark.parametrize("make", BINARY)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_binary_accumulators_refuse_what_cannot_be_scored(make, dtype):
    accumulator = make().update([0, 1], [0.25, 0.75])
    before = accumulator.to_dict()
    name = "y_score" if "score" in str(make.update.__annotations__) else "y_proba"
    for value in (NAN, INF):
        with pytest.raises(ValueError, match=rf"{name} contains .*index 1"):
            accumulator.update([0, 1], np.array([0.5, value], dtype))
    with pytest.raises(ValueError, match=f"inconsistent numbers of samples.*{name}"):
        accumulator.update([0, 1], [0.5])
    with pytest.raises(ValueError, match="y_true contains 2 at index 1"):
        accumulator.update([0, 2], [0.5, 0.5])
    with pytest.raises(ValueError, match="NaN"):
        accumulator.update([0.0, NAN], [0.5, 0.5])
    with pytest.raises(ValueError, match="Mix of label input types"):
        accumulator.update(["0", "1"], [0.5, 0.5])
    assert accumulator.to_dict() == before


@pytest.mark.parametrize("make", [streaming.LogLoss, streaming.Calibration])
@pytest.mark.parametrize("value", [-0.1, 1.5])
def test_probabilities_lie_between_zero_and_one(make, value):
    with pytest.raises(
        ValueError, match=rf"y_prob contains values (less|greater) than [01]: {value} .y_proba.\. It is at index 2"
    ):
        make().update([0, 1, 1], [0.5, 0.5, value])


def test_log_loss_warns_when_probabilities_do_not_add_up():
    with pytest.warns(UserWarning, match="do not sum to one"):
        streaming.LogLoss(num_classes=3).update([0], [[0.5, 0.1, 0.1]])


def test_log_loss_of_an_impossible_row_does_not_depend_on_the_type():
    losses = [streaming.LogLoss().update([1, 1], np.array([0.0, 1.0], t)).compute() for t in (np.float32, np.float64)]
    assert losses[0] == losses[1] == pytest.approx(18.02, abs=0.01)


def test_top_k_and_regression_refuse_what_cannot_be_scored():
    top = streaming.TopK(1, num_classes=2)
    with pytest.raises(ValueError, match=r"y_score contains NaN\. First at index 1, 0"):
        top.update([0, 1], [[0.1, 0.9], [NAN, 0.1]])
    with pytest.raises(ValueError, match=r"y_score must have shape \(n, 2\)"):
        top.update([0, 1], [[0.1, 0.9, 0.3], [0.2, 0.1, 0.3]])
    regression = streaming.Regression()
    for true, pred, message in (
        ([NAN, 1.0], [1.0, 1.0], "y_true contains NaN. First at index 0"),
        ([1.0, 1.0], [1.0, INF], "y_pred contains infinity.*index 1"),
        ([1.0, 2.0], [1.0], "inconsistent numbers"),
        ([[1.0, 2.0]], [[1.0, 2.0]], "1-D"),
    ):
        with pytest.raises(ValueError, match=message):
            regression.update(true, pred)
    assert top == top.empty()
    assert regression == regression.empty()


def test_settings_are_checked():
    for make, message in (
        (lambda: streaming.LabelCounts(labels=["a", "a"]), "different"),
        (lambda: streaming.LabelCounts(labels=["a", "b"], num_classes=2), "not both"),
        (lambda: streaming.ExactAUC(labels=[0, 1, 2]), r"\[negative, positive\]"),
        (lambda: streaming.LogLoss(num_classes=1), "at least two"),
        (lambda: streaming.Calibration(n_bins=0), "n_bins"),
        (lambda: streaming.TopK(0, num_classes=3), "'k'"),
        (lambda: streaming.TopK(1), "labels or num_classes"),
        (lambda: streaming.Bundle({"auc": streaming.ExactAUC()}), "needs"),
    ):
        with pytest.raises(ValueError, match=message):
            make()


def test_only_the_same_kind_is_merged():
    with pytest.raises(ValueError, match="cannot be merged"):
        streaming.ExactAUC().merge(streaming.BinnedAUC())
    with pytest.raises(ValueError, match="settings"):
        streaming.Calibration(n_bins=10).merge(streaming.Calibration(n_bins=15))
    with pytest.raises(ValueError, match="none of"):
        Accumulator.from_dict({"accumulator": "Magic", "settings": {}, "state": {}})


def test_integer_scores_that_float64_cannot_tell_apart():
    assert streaming.ExactAUC().update([0, 1], [2**53 - 1, 2**53]).compute() == 1.0
    with pytest.raises(ValueError, match="above 2"):
        streaming.ExactAUC().update([0, 1], [2**53, 2**53 + 1])


# --------------------------------------------------------------------------------------------------------- no rows yet
def test_empty_accumulators_are_undefined_not_zero():
    undefined = [*(make() for make in BINARY), streaming.TopK(1, num_classes=2), streaming.Regression()]
    for accumulator in undefined:
        with pytest.warns(UndefinedMetricWarning):
            result = accumulator.compute()
        values = [result] if isinstance(result, float) else [v for v in vars(result).values() if isinstance(v, float)]
        assert values
        assert all(math.isnan(value) for value in values)
    assert math.isnan(streaming.LabelCounts(num_classes=2).compute().accuracy)
    with pytest.raises(ValueError, match="No rows yet"):
        streaming.LabelCounts().compute()


def test_one_class_has_no_area_and_one_row_no_r2():
    for make in (streaming.ExactAUC, streaming.BinnedAUC):
        with pytest.warns(UndefinedMetricWarning):
            assert math.isnan(float(make().update([1, 1], [0.1, 0.9]).compute()))
    with pytest.warns(UndefinedMetricWarning):
        assert math.isnan(streaming.Regression().update([1.0], [2.0]).compute().r2_score)


def test_an_empty_batch_changes_nothing():
    for accumulator, batch in (
        (streaming.LabelCounts(num_classes=2), ([], [])),
        (streaming.LabelCounts(), (np.empty(0, str), np.empty(0, str))),
        (streaming.ExactAUC(), ([], [])),
        (streaming.BinnedAUC(), (np.empty(0, int), np.empty(0, np.float32))),
        (streaming.LogLoss(num_classes=3), ([], np.empty((0, 3)))),
        (streaming.TopLabelCalibration(labels=range(3)), ([], np.empty((0, 3)))),
        (streaming.TopK(2, num_classes=3), ([], np.empty((0, 3)))),
        (streaming.Regression(), ([], [])),
        (streaming.Slices(streaming.Regression()), ([], [], [])),
    ):
        assert accumulator.update(*batch) == accumulator.empty()


# ---------------------------------------------------------------------------------------------- groups and mutability
def test_a_torn_batch_makes_groups_unusable():
    slices = streaming.Slices(streaming.LabelCounts(num_classes=2))
    with pytest.raises(ValueError, match="y_pred contains 9"):
        slices.update(["a", "b"], [0, 0], [0, 9])
    for use in (slices.compute, slices.to_dict, lambda: slices.update(["a"], [0], [0])):
        with pytest.raises(ValueError, match="refused"):
            use()


@pytest.mark.parametrize("groups", [[0.5, 1.0], [NAN, 1.0], np.array(["a", None], object)])
def test_groups_are_labels(groups):
    with pytest.raises(ValueError, match="by"):
        streaming.Slices(streaming.Regression()).update(groups, [1.0, 2.0], [1.0, 2.0])


def test_the_caller_may_use_the_arrays_again():
    truth, scores = np.array([False, True]), np.array([0.1, 0.9])
    auc = streaming.ExactAUC().update(truth, scores)
    scores[:] = scores[::-1].copy()
    truth[:] = True
    assert auc.compute() == 1.0


def test_many_small_batches_take_little_memory():
    auc = streaming.ExactAUC()
    for row in range(10_000):
        auc.update(np.array([row % 2]), np.array([row], np.float64))
    assert len(auc._runs) < 8192
    assert auc.compute() == pytest.approx(0.5 + 0.5 / 5000)
