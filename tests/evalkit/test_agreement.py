"""Errors, overlap, specificity and agreement against scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from oracle import assert_same, call
from test_classification_against_sklearn import either, indicator_pairs, label_pairs, labels_for, weights_for

import evalkit


@pytest.mark.slow
@given(pair=either, data=st.data())
def test_jaccard(pair, data):
    assert_same(
        "jaccard_score",
        *pair,
        labels=labels_for(data.draw, pair),
        average=data.draw(st.sampled_from(["binary", "binary", "micro", "macro", "weighted", "samples", None])),
        pos_label=data.draw(st.sampled_from([1, 1, 0, "ant", None])),
        sample_weight=weights_for(data.draw, len(pair[0])),
        zero_division=data.draw(st.sampled_from(["warn", 0, 1.0])),
    )


@given(pair=either, data=st.data())
@pytest.mark.parametrize(
    ("name", "more"), [("hamming_loss", {}), ("zero_one_loss", {}), ("zero_one_loss", {"normalize": False})]
)
def test_losses(name, more, pair, data):
    """evalkit always returns a Python float; scikit-learn a NumPy number where there are weights."""
    weight = weights_for(data.draw, len(pair[0]))
    expected = call(getattr(sklearn.metrics, name), *pair, sample_weight=weight, **more)
    actual = call(getattr(evalkit, name), *pair, sample_weight=weight, **more)
    assert (actual.error is None) == (expected.error is None), (expected, actual)
    if expected.error is None:
        assert type(actual.value) is float
        assert actual.value == pytest.approx(float(expected.value), abs=1e-12)


@given(pair=label_pairs(), data=st.data())
def test_error_rate_is_what_accuracy_lacks(pair, data):
    weight = weights_for(data.draw, len(pair[0]))
    accuracy = call(evalkit.accuracy_score, *pair, sample_weight=weight)
    actual = call(evalkit.error_rate, *pair, sample_weight=weight)
    assert actual.error == accuracy.error
    if accuracy.error is None:
        assert actual.value == 1 - accuracy.value


@given(pair=either, data=st.data())
def test_matthews(pair, data):
    assert_same("matthews_corrcoef", *pair, sample_weight=weights_for(data.draw, len(pair[0])), rtol=1e-9)


@given(pair=label_pairs(), data=st.data())
def test_kappa(pair, data):
    assert_same(
        "cohen_kappa_score",
        *pair,
        labels=labels_for(data.draw, pair),
        weights=data.draw(st.sampled_from([None, "linear", "quadratic", "cubic"])),
        sample_weight=weights_for(data.draw, len(pair[0])),
        replace_undefined_by=data.draw(st.sampled_from([math.nan, 0.0, -1, 2])),
    )


@given(pair=st.one_of(label_pairs(), indicator_pairs()), data=st.data())
def test_likelihood_ratios(pair, data):
    """One of scikit-learn's warnings ends in the middle of a sentence, so only their beginnings are compared."""
    arguments = {
        "labels": labels_for(data.draw, pair),
        "sample_weight": weights_for(data.draw, len(pair[0])),
        "replace_undefined_by": data.draw(
            st.sampled_from([np.nan, 1.0, {"LR+": math.inf, "LR-": 0.5}, {"LR+": 0, "LR-": 0}, {"LR+": 1}, 3])
        ),
    }
    expected = call(sklearn.metrics.class_likelihood_ratios, *pair, **arguments)
    actual = call(evalkit.class_likelihood_ratios, *pair, **arguments)
    assert (actual.error is None) == (expected.error is None), (expected, actual)
    if expected.error is None:
        np.testing.assert_allclose(actual.value, expected.value, rtol=1e-12)
        assert [told[1][:90] for told in actual.warnings] == [told[1][:90] for told in expected.warnings]
    else:
        assert issubclass(actual.error, ValueError)


@given(pair=either, data=st.data())
def test_specificity_is_the_recall_of_the_negatives(pair, data):
    """For one class against the rest, it is scikit-learn's recall of "not this class"."""
    average = data.draw(st.sampled_from(["macro", "micro", None]))
    weight = weights_for(data.draw, len(pair[0]))
    true, pred = (np.asarray(y) for y in pair)
    if true.ndim == 1:
        classes = np.unique(np.concatenate([true, pred]))
        true, pred = true[:, None] == classes, pred[:, None] == classes
        if len(classes) < 2:
            return
    expected = sklearn.metrics.recall_score(
        1 - true.astype(int), 1 - pred.astype(int), average=average, sample_weight=weight, zero_division=0
    )
    actual = evalkit.specificity_score(*pair, average=average, sample_weight=weight, zero_division=0)
    np.testing.assert_allclose(actual, expected, atol=1e-12)


def test_specificity_edge_cases():
    truth, called = ["b", "b", "a", "b"], ["b", "a", "b", "b"]
    assert evalkit.specificity_score(truth, called, pos_label="a") == pytest.approx(2 / 3)
    assert evalkit.specificity_score(truth, called, pos_label="b") == 0
    with pytest.warns(evalkit.UndefinedMetricWarning, match="Specificity is ill-defined .* no negative samples"):
        assert evalkit.specificity_score([1, 1], [1, 0]) == 0
    assert math.isnan(evalkit.specificity_score([1, 1], [1, 0], zero_division=np.nan))
    with pytest.raises(ValueError, match="multiclass"):
        evalkit.specificity_score([0, 1, 2], [0, 1, 2])
    weighted = evalkit.specificity_score([0, 0, 0, 1], [0, 0, 1, 1], average="weighted")
    assert weighted == pytest.approx(0.75 * 1 + 0.25 * 2 / 3)


def test_matthews_says_nan_where_asked_to():
    assert evalkit.matthews_corrcoef([0, 0, 0], [0, 1, 0]) == 0
    assert math.isnan(evalkit.matthews_corrcoef([0, 0, 0], [0, 1, 0], replace_undefined_by=math.nan))


def test_matthews_with_more_rows_than_float64_can_square():
    """Two rows of a huge table off the diagonal of chance: float64 loses them in products of 1e20."""
    table = np.array([[10**10, 10**10], [10**10, 10**10 + 3]])
    true, pred = np.repeat([0, 1], 2), np.tile([0, 1], 2)
    actual = evalkit.matthews_corrcoef(true, pred, sample_weight=table.ravel())
    assert actual == pytest.approx(3 / (4 * 10**10), rel=1e-6)


@pytest.mark.parametrize(
    "name", ["zero_one_loss", "error_rate", "hamming_loss", "matthews_corrcoef", "jaccard_score", "specificity_score"]
)
@pytest.mark.parametrize(
    ("pair", "told"),
    [
        (([], []), "empty"),
        (([0, 1], [0]), "y_true, y_pred"),
        (([0.0, math.nan], [0, 1]), "y_true"),
        ((["a", "b"], [0, 1]), "Mix of label input types"),
    ],
)
def test_unusable_input(name, pair, told):
    with pytest.raises(ValueError, match=told):
        getattr(evalkit, name)(*pair)
