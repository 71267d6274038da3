"""Top-k accuracy and precision at k, and the rankings of labels and documents within a row."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import assert_same

import evalkit
from evalkit.metrics import top_k


@st.composite
def tables(draw, values, smallest=2):
    """Scores with many ties, shape (n, K)."""
    n, k = draw(st.integers(1, 6)), draw(st.integers(smallest, 5))
    dtype = draw(st.sampled_from([np.int64, np.float32, np.float64]))
    return np.array(draw(st.lists(values, min_size=n * k, max_size=n * k)), dtype=dtype).reshape(n, k)


scores = tables(st.integers(-2, 2), smallest=3)


@given(scores, st.data())
def test_top_k_accuracy(y_score, data):
    n, k_classes = y_score.shape
    names = data.draw(st.sampled_from([np.arange(k_classes), np.arange(k_classes) * 3 - 4, np.array(list("abcde"))]))
    names = names[:k_classes]
    y_true = names[data.draw(st.lists(st.integers(0, k_classes - 1), min_size=n, max_size=n))]
    options = {
        "k": data.draw(st.integers(1, k_classes)),
        "normalize": data.draw(st.booleans()),
        "sample_weight": data.draw(st.sampled_from([None, np.arange(1, n + 1)])),
        "labels": data.draw(st.sampled_from([None, names, names, names[::-1], names[:2]])),
    }
    assert_same("top_k_accuracy_score", y_true, y_score, **options)


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("y_score", [[0.2, 0.6, 0.5], [-1, 2, 0], [[0.2], [0.6], [0.7]]])
def test_top_k_of_two_classes(y_score, k):
    assert_same("top_k_accuracy_score", [0, 1, 1], y_score, k=k)


def test_top_k_many_rows(monkeypatch):
    monkeypatch.setattr(top_k, "SCORES_AT_ONCE", 1000)
    rng = np.random.default_rng(3)
    y_score = rng.integers(0, 40, (500, 100)).astype(np.float32)
    y_true = rng.integers(0, 100, 500)
    for k in (1, 3, 20):
        assert_same("top_k_accuracy_score", y_true, y_score, k=k, labels=np.arange(100))


def test_top_k_takes_scores_whose_sum_overflows():
    y_score = np.full((3, 3), 3e38, dtype=np.float32)
    assert evalkit.top_k_accuracy_score([0, 1, 2], y_score, k=1) == pytest.approx(1 / 3)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_top_k_refuses_what_is_not_finite(bad):
    with pytest.raises(ValueError, match=r"y_score contains .* index 1, 2"):
        evalkit.top_k_accuracy_score([0, 1, 2], [[1, 2, 3], [1, 2, bad], [1, 2, 3]])


@pytest.mark.parametrize("k", [0, -1, 1.5, True, "2"])
def test_k_must_be_a_positive_whole_number(k):
    with pytest.raises(evalkit.InvalidParameterError, match="'k'"):
        evalkit.top_k_accuracy_score([0, 1, 2], np.eye(3), k=k)
    with pytest.raises(evalkit.InvalidParameterError, match="'k'"):
        evalkit.precision_at_k([0, 1, 0], [1, 2, 3], k)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2)), min_size=1, max_size=5), st.integers(1, 5))
def test_precision_at_k_is_the_mean_over_all_orders_of_equal_scores(rows, k):
    k = min(k, len(rows))
    by_hand = [
        np.mean([label for label, _ in order[:k]])
        for order in permutations(rows)
        if all(first[1] >= second[1] for first, second in pairwise(order))
    ]
    labels, row_scores = zip(*rows, strict=True)
    assert evalkit.precision_at_k(list(labels), list(row_scores), k) == pytest.approx(np.mean(by_hand))


def test_precision_at_k_of_several_queries_and_other_labels():
    assert evalkit.precision_at_k([[1, 0, 0], [0, 1, 1]], [[3, 2, 1], [3, 2, 1]], 2) == 0.5
    assert evalkit.precision_at_k(["fraud", "fine"], [0.9, 0.1], 1, pos_label="fraud") == 1.0


@pytest.mark.parametrize(
    ("message", "y_true", "y_score", "k"),
    [
        ("empty", [], [], 1),
        ("3 places", [0, 1], [1, 2], 3),
        ("shape", [0, 1], [1, 2, 3], 1),
        ("NaN", [0, 1], [1, np.nan], 1),
        ("multiclass", [0, 1, 2], [1, 2, 3], 1),
    ],
)
def test_precision_at_k_refuses(message, y_true, y_score, k):
    with pytest.raises(ValueError, match=message):
        evalkit.precision_at_k(y_true, y_score, k)


LABEL_METRICS = ["coverage_error", "label_ranking_average_precision_score", "label_ranking_loss"]


@pytest.mark.parametrize("name", LABEL_METRICS)
@given(scores, st.data())
def test_rankings_of_labels(name, y_score, data):
    n, k = y_score.shape
    y_true = np.array(data.draw(st.lists(st.integers(0, 1), min_size=n * k, max_size=n * k))).reshape(n, k)
    # For float32 scores scikit-learn adds up in float32 where SciPy gives their ranks in float32, as 1.18 does.
    rtol = 1e-12 if y_score.dtype.itemsize == 8 else 1e-6
    assert_same(name, y_true, y_score, rtol=rtol)
    assert_same(name, y_true, y_score, sample_weight=np.arange(1, n + 1), rtol=rtol)


@pytest.mark.parametrize("name", ["dcg_score", "ndcg_score"])
@given(scores, st.data())
def test_discounted_gains(name, y_score, data):
    n, k = y_score.shape
    gains = np.array(data.draw(st.lists(st.integers(-1, 3), min_size=n * k, max_size=n * k))).reshape(n, k)
    options = {"k": data.draw(st.sampled_from([None, 1, 2, 9])), "sample_weight": np.arange(1, n + 1)}
    assert_same(name, gains, y_score, **options)
    distinct = np.argsort(np.argsort(y_score, axis=1), axis=1)
    assert_same(name, gains, distinct, ignore_ties=True, **options)


@pytest.mark.parametrize("name", [*LABEL_METRICS, "dcg_score", "ndcg_score"])
def test_rankings_refuse(name):
    function = getattr(evalkit, name)
    table = np.eye(3)
    for message, y_true, y_score in [
        ("inconsistent", table, table[:2]),
        ("different shape|has shape", table, table[:, :2]),
        ("y_score contains NaN", table, table * np.nan),
        ("1D array|binary", [0, 1], [0, 1]),
    ]:
        with pytest.raises(ValueError, match=message):
            function(y_true, y_score)
