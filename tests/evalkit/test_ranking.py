"""ROC, precision–recall and DET curves and their areas against scikit-learn: values, types, errors and warnings."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import assert_same, call

import evalkit
from evalkit._core import order, threads
from evalkit._core.codes import chunks

fast = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
CURVES = ["roc_curve", "precision_recall_curve", "det_curve", "confusion_matrix_at_thresholds"]
LABELS = {
    "0/1": np.array([0, 1]),
    "-1/1": np.array([-1, 1], dtype=np.int8),
    "bool": np.array([False, True]),
    "float": np.array([0.0, 1.0], dtype=np.float32),
    "text": np.array(["no", "yes"]),
    "object": np.array(["no", "yes"], dtype=object),
}
SCORES = {
    "ties": np.array([-2.0, -0.0, 0.0, 0.5, 0.5, 3.0]),
    "probabilities": np.array([0.0, 0.1, 0.25, 0.5, 0.999, 1.0], dtype=np.float32),
    "negative": np.array([-1e30, -7.5, -7.25, -1.0, -1e-30, -5e-324]),
    "extreme": np.array([-1.7e308, -1e-310, 0.0, 5e-324, 1.5, 1.7e308]),
    "half": np.array([-1, 0, 0.1, 0.2, 1, 2], dtype=np.float16),
    "int8": np.array([-128, -1, 0, 1, 100, 127], dtype=np.int8),
    "int64": np.array([-(2**62), -3, 0, 2**53, 2**53 + 1, 2**62]),
    "uint64": np.array([0, 1, 2, 2**62, 2**63, 2**64 - 1], dtype=np.uint64),
    "bool": np.array([False, True, False, True, True, False]),
}


def weights(draw, n):
    choice = draw(st.sampled_from(["none", "none", "whole", "fractions"]))
    if choice == "none":
        return None
    numbers = st.integers(0, 3) if choice == "whole" else st.floats(0.01, 3)
    drawn = np.array(draw(st.lists(numbers, min_size=n, max_size=n)))
    return drawn if drawn.any() else None


@st.composite
def scored_rows(draw, labels=tuple(LABELS), both=False):
    n = draw(st.integers(2, 12))
    codes = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    if both:
        codes[:2] = [0, 1]
    y_true = LABELS[draw(st.sampled_from(labels))][codes]
    y_score = SCORES[draw(st.sampled_from(sorted(SCORES)))][draw(st.lists(st.integers(0, 5), min_size=n, max_size=n))]
    return y_true, y_score, weights(draw, n)


@pytest.fixture(params=[None, 3])
def cut(request, monkeypatch):
    """Also read the rows in chunks of three, so that runs of equal scores cross the borders, and use the threads."""
    if request.param:
        monkeypatch.setattr(order, "chunks", lambda n, size=request.param: chunks(n, size))
        monkeypatch.setattr(threads, "WORTH_THREADS", 6)
        monkeypatch.setattr(order, "SAMPLE", 3)


@pytest.mark.usefixtures("cut")
@pytest.mark.parametrize("name", CURVES)
@fast
@given(rows=scored_rows(), drop=st.booleans(), name_positive=st.booleans())
def test_curves(name, rows, drop, name_positive):
    y_true, y_score, weight = rows
    options = {} if name == "confusion_matrix_at_thresholds" else {"drop_intermediate": drop}
    if name == "det_curve" and weight is not None:
        weight = weight + 1  # scikit-learn divides by zero when a class has no weight; evalkit says that it is missing
    if name_positive:
        options["pos_label"] = y_true[0].item() if isinstance(y_true[0], np.generic) else y_true[0]
    assert_same(name, y_true, y_score, sample_weight=weight, **options)


@pytest.mark.usefixtures("cut")
@fast
@given(rows=scored_rows(), max_fpr=st.sampled_from([None, None, 0.1, 0.5, 1.0]))
def test_roc_auc(rows, max_fpr):
    y_true, y_score, weight = rows
    if weight is not None:
        weight = weight + 1  # a class without weight is tested below
    assert_same("roc_auc_score", y_true, y_score, sample_weight=weight, max_fpr=max_fpr, rtol=1e-9)


@pytest.mark.usefixtures("cut")
@fast
@given(rows=scored_rows())
def test_average_precision(rows):
    y_true, y_score, weight = rows
    for positive in np.unique(y_true).tolist():
        assert_same("average_precision_score", y_true, y_score, sample_weight=weight, pos_label=positive)


@pytest.mark.parametrize("name", ["roc_auc_score", "average_precision_score"])
@fast
@given(st.data())
def test_multilabel_averages(name, data):
    n, k = data.draw(st.integers(1, 6)), data.draw(st.integers(2, 4))
    y_true = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n * k, max_size=n * k))).reshape(n, k)
    y_score = np.array(data.draw(st.lists(st.sampled_from([0.1, 0.4, 0.9]), min_size=n * k, max_size=n * k)))
    average = data.draw(st.sampled_from(["micro", "macro", "weighted", "samples", None]))
    weight = None if average == "samples" else weights(data.draw, n)
    if weight is not None:
        weight = weight + 1.0
    if average == "weighted" and not y_true.any():
        return  # tested below
    assert_same(name, y_true, y_score.reshape(n, k), average=average, sample_weight=weight)


@pytest.mark.parametrize("name", ["roc_auc_score", "average_precision_score"])
def test_a_weighted_average_without_any_true_label_is_zero(name):
    value = getattr(evalkit, name)([[0, 0], [0, 0]], [[0.1, 0.2], [0.3, 0.4]], average="weighted")
    assert value == 0.0
    assert isinstance(value, float)  # scikit-learn returns the integer 0


@pytest.mark.slow
@fast
@given(st.data())
def test_multiclass_areas(data):
    n, k = data.draw(st.integers(3, 12)), 3
    codes = np.array(data.draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n)))
    y_true = data.draw(st.sampled_from([np.arange(k), np.array([5, 7, 100]), np.array(["a", "b", "c"])]))
    parts = np.array(data.draw(st.lists(st.integers(1, 4), min_size=n * k, max_size=n * k)), dtype=float).reshape(n, k)
    options = {
        "multi_class": data.draw(st.sampled_from(["ovr", "ovo", "raise"])),
        "average": data.draw(st.sampled_from(["macro", "weighted", "micro", "samples", None])),
        "labels": data.draw(st.sampled_from([None, y_true])),
    }
    if len(np.unique(codes)) == 1 and options["multi_class"] == "ovo":
        return  # scikit-learn divides by zero pairs
    probabilities = parts / parts.sum(axis=1, keepdims=True)
    expected = call(sklearn.metrics.roc_auc_score, y_true[codes], probabilities, **options)
    if options["multi_class"] == "ovo" and expected.error is None:  # scikit-learn's value is no Python number
        assert evalkit.roc_auc_score(y_true[codes], probabilities, **options) == pytest.approx(expected.value)
    else:
        assert_same("roc_auc_score", y_true[codes], probabilities, **options)
    if len(np.unique(codes)) == k:
        assert_same("average_precision_score", y_true[codes], probabilities, average=options["average"])


# ----------------------------------------------------------------------------------------------------------- edge cases
def test_seven_samples():
    y_true, y_score = [1, 0, 0, 1, 1, 1, 0], [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5]
    assert evalkit.roc_auc_score(y_true, y_score) == 10 / 12
    assert evalkit.average_precision_score(y_true, y_score) == pytest.approx(11 / 12)


def test_equal_scores_are_worth_half():
    assert evalkit.roc_auc_score([0, 1, 0, 1], [7, 7, 7, 7]) == 0.5


def test_the_scale_does_not_matter():
    """The peers squash what looks like logits, and logits from 97 to 99 then become equal."""
    rng = np.random.default_rng(0)
    y_true = np.arange(1000) % 2
    logits = (98 + rng.normal(size=1000) * 0.3 + 0.5 * y_true).astype(np.float32)
    expected = evalkit.roc_auc_score(y_true, logits - 98)
    assert evalkit.roc_auc_score(y_true, logits) == pytest.approx(expected, abs=1e-4)
    assert 0.8 < expected < 0.95


def test_negative_zero_equals_zero():
    assert evalkit.roc_auc_score([0, 1], [0.0, -0.0]) == 0.5


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", [*CURVES, "roc_auc_score", "average_precision_score"])
def test_scores_that_are_not_finite_are_refused(name, bad):
    with pytest.raises(ValueError, match=r"y_score contains .* index 2"):
        getattr(evalkit, name)([0, 1, 1, 0], [0.1, 0.2, bad, 0.3])


@pytest.mark.parametrize("name", [*CURVES, "roc_auc_score", "average_precision_score"])
def test_inputs_that_do_not_fit_are_refused(name):
    function = getattr(evalkit, name)
    for message, y_true, y_score in [
        ("empty", [], []),
        ("inconsistent", [0, 1], [0.5]),
        ("continuous", [0.5, 1.5], [1, 2]),
        ("y_true contains NaN", [0, np.nan], [1, 2]),
        ("y_score", [0, 1], ["a", "b"]),
        ("1d array", [0, 1], [[1, 2], [3, 4]]),
    ]:
        with pytest.raises(ValueError, match=message):
            function(y_true, y_score)
    with pytest.raises(ValueError, match="sample_weight"):
        function([0, 1], [0.1, 0.2], sample_weight=[1])


@pytest.mark.parametrize("weight", [None, [1.0, 2.0, 0.0]])
def test_one_class_is_undefined(weight):
    y_true = [1, 1, 1] if weight is None else [1, 1, 0]
    with pytest.warns(evalkit.UndefinedMetricWarning, match="Only one class"):
        assert np.isnan(evalkit.roc_auc_score(y_true, [0.1, 0.2, 0.3], sample_weight=weight))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, np.int64])
@pytest.mark.parametrize("shift", [-100, 0, 100])
def test_many_rows_agree_with_scikit_learn(dtype, shift):
    rng = np.random.default_rng(7)
    n = threads.WORTH_THREADS + 12_345
    y_true = rng.integers(0, 2, n)
    y_score = (rng.normal(size=n) * 20 + 5 * y_true + shift).astype(dtype)
    assert_same("roc_auc_score", y_true, y_score)
    assert_same("average_precision_score", y_true, y_score)
    assert_same("roc_curve", y_true, y_score, rtol=1e-9)
    assert_same("precision_recall_curve", y_true, y_score, rtol=1e-9)


@pytest.mark.slow
def test_other_libraries_give_the_same_area():
    torch = pytest.importorskip("torch")
    pandas = pytest.importorskip("pandas")
    y_true, y_score = np.array([0, 1, 0, 1]), np.array([0.3, 0.2, 0.1, 0.9])
    assert evalkit.roc_auc_score(torch.tensor(y_true), torch.tensor(y_score, requires_grad=True)) == 0.75
    assert evalkit.roc_auc_score(pandas.Series(y_true), pandas.Series(y_score, index=[9, 8, 7, 6])) == 0.75
    assert evalkit.roc_auc_score(y_true.tolist(), y_score.tolist()) == 0.75


@pytest.mark.parametrize(
    ("x", "y"), [([0, 1, 2], [1, 2, 3]), ([2.5, 1, 1], [1, 0, 4]), ([0], [1]), ([0, 2, 1], [1, 1, 1]), ([0, 1], [1])]
)
def test_auc(x, y):
    assert_same("auc", x, y)


@pytest.mark.parametrize("weight", [None, [1, 0, 2, 1, 1]])
def test_metric_at_thresholds(weight):
    def recall_and_size(y_true, y_pred, sample_weight=None):
        return [evalkit.recall_score(y_true, y_pred, sample_weight=sample_weight), y_pred.sum()]

    y_true, y_score = [0, 1, 1, 0, 1], [0.2, 0.9, 0.9, -1, 0.1]
    assert_same("metric_at_thresholds", y_true, y_score, recall_and_size, sample_weight=weight)
