"""The hinge loss against scikit-learn's, and where the two part on purpose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import hinge_loss as sklearn_hinge_loss

import evalkit


@given(classes=st.integers(2, 5), rows=st.integers(1, 30), weighted=st.booleans(), seed=st.integers(0, 10_000))
def test_the_values_are_scikit_learns(classes, rows, weighted, seed):
    rng = np.random.default_rng(seed)
    names = np.array(["ant", "bee", "cat", "dog", "eel"])[:classes]
    truth = np.concatenate([names, rng.choice(names, rows)])
    scores = rng.normal(0, 2, (len(truth), classes)) if classes > 2 else rng.normal(0, 2, len(truth))
    weight = rng.random(len(truth)) + 0.1 if weighted else None
    expected = sklearn_hinge_loss(truth, scores, sample_weight=weight)
    assert evalkit.hinge_loss(truth, scores, sample_weight=weight) == pytest.approx(expected, rel=1e-12)


def test_labels_name_the_columns():
    truth, scores = [0, 2, 2], [[2.0, 0.0, 1.5], [0.0, 3.0, 1.0], [0.0, 0.0, 2.0]]
    expected = sklearn_hinge_loss(truth, scores, labels=[0, 1, 2])
    assert evalkit.hinge_loss(truth, scores, labels=[0, 1, 2]) == pytest.approx(expected)


def test_a_single_class_is_the_one_that_labels_say():
    # scikit-learn takes the only class for the first one: it calls the right score 3.0 a loss of 4.
    assert sklearn_hinge_loss([1], [3.0], labels=[0, 1]) == 4.0
    assert evalkit.hinge_loss([1], [3.0], labels=[0, 1]) == 0.0
    with pytest.raises(ValueError, match="y_true holds one class only"):
        evalkit.hinge_loss([1], [3.0])


@pytest.mark.parametrize(
    ("truth", "scores", "labels", "message"),
    [
        ([0, 1], [np.nan, 1.0], None, "pred_decision"),
        ([0, 1], [1.0], None, "inconsistent"),
        ([], [], None, "[Ee]mpty|0 sample"),
        ([0, 3], [1.0, 1.0], [0, 1], "labels"),
        ([0, 1, 2], [1.0, 1.0, 1.0], None, "n_classes"),
        ([0, 1, 2], [[1.0, 0.0]] * 3, None, "include all labels"),
    ],
)
def test_bad_input_is_named(truth, scores, labels, message):
    with pytest.raises(ValueError, match=message):
        evalkit.hinge_loss(truth, scores, labels=labels)
