"""Confused pairs and worst mistakes are those that a plain search finds; and the gallery draws them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit import ConfusionMatrix
from evalkit.analysis.mistakes import ConfusedPair, most_confused, worst_mistakes
from evalkit.plots import alt_text, plot_mistakes


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), k=st.integers(1, 5), n=st.integers(1, 30))
def test_pairs_by_plain_search(seed, k, n):
    table = np.random.default_rng(seed).integers(0, 4, (k, k))
    cells = [(-table[i, j], i, j) for i in range(k) for j in range(k) if i != j and table[i, j]]
    expected = [(i, j, -count) for count, i, j in sorted(cells)[:n]]
    found = most_confused(table, range(k), n)
    assert [(pair.true, pair.predicted, pair.count) for pair in found] == expected
    assert all(pair.share == pytest.approx(pair.count / table[pair.true].sum()) for pair in found)


def test_the_table_of_a_confusion_matrix_fits():
    cm = ConfusionMatrix.from_labels(["cat", "cat", "dog"], ["dog", "dog", "dog"])
    assert most_confused(cm.table, cm.labels) == (ConfusedPair("cat", "dog", 2, 1.0),)


def test_a_weighted_or_normalised_table_works_too():
    (pair,) = most_confused([[0.5, 0.5], [0.0, 1.0]], ["a", "b"])
    assert str(pair) == "a called b: 0.5 of 1 (50.0 %)"


@pytest.mark.parametrize(
    ("table", "labels"),
    [([[1, 2]], ["a", "b"]), ([[1, 2], [3, 4]], ["a"]), ([[1, -2], [0, 1]], "ab"), ([[1, np.nan], [0, 1]], "ab")],
)
def test_what_is_no_table_is_refused(table, labels):
    with pytest.raises(ValueError, match="table"):
        most_confused(table, labels)


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), k=st.integers(2, 4), rows=st.integers(1, 30), n=st.integers(1, 12))
def test_mistakes_by_plain_search(seed, k, rows, n):
    rng = np.random.default_rng(seed)
    proba = rng.integers(1, 5, (rows, k)).astype(float)  # many ties
    proba /= proba.sum(axis=1, keepdims=True)
    truth = rng.integers(0, k, rows)
    wrong = [(proba[i, t], i) for i, t in enumerate(truth) if proba[i].argmax() != t]
    found = worst_mistakes(truth, proba, n)
    assert [mistake.index for mistake in found] == [i for _, i in sorted(wrong)[:n]]
    for mistake in found:
        assert mistake.true == truth[mistake.index]
        assert mistake.predicted == proba[mistake.index].argmax()
        assert mistake.probability_predicted == proba[mistake.index].max()


def test_labels_name_the_columns():
    (mistake,) = worst_mistakes(["cat"], [[0.8, 0.2]], labels=["dog", "cat"])
    assert (mistake.true, mistake.predicted, mistake.probability_true) == ("cat", "dog", 0.2)


def test_a_model_without_mistakes():
    assert worst_mistakes([0, 1], [[0.9, 0.1], [0.2, 0.8]]) == ()


@pytest.mark.parametrize(
    ("y_true", "proba", "more", "said"),
    [
        ([0, 1], [[1.0, 0.0]], {}, "samples"),
        ([0, 2], [[1.0, 0.0], [0.5, 0.5]], {}, "y_true holds 2"),
        ([0], [[np.nan, 0.0]], {}, "y_proba"),
        ([0], [0.5], {}, "shape"),
        ([0], [[0.5, 0.5]], {"labels": ["a"]}, "labels names 1"),
        ([0], [[0.5, 0.5]], {"n": 0}, "n must be at least 1"),
    ],
)
def test_what_cannot_be_sorted_is_refused(y_true, proba, more, said):
    with pytest.raises(ValueError, match=said):
        worst_mistakes(y_true, proba, **more)


def test_the_gallery_draws_each_mistake_with_its_labels():
    proba = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    found = worst_mistakes([1, 0, 1], proba)
    fig = plot_mistakes(np.random.default_rng(0).random((3, 6, 6, 3)), found, names=["cat", "dog"], columns=2)
    titles = [ax.get_title() for ax in fig.axes]
    assert titles == ["dog\ncalled cat, 90 %", "cat\ncalled dog, 80 %", "dog\ncalled cat, 60 %", ""]
    assert alt_text(fig).startswith("3 mistakes, the worst first. Row 0: dog called cat, 90 %; row 1: cat called dog")


def test_a_long_gallery_names_the_first_five_in_words():
    found = worst_mistakes(np.zeros(9, int), np.tile([0.1, 0.9], (9, 1)))
    words = alt_text(plot_mistakes(np.zeros((9, 4, 4)), found))
    assert words.startswith("9 mistakes, the worst first. The first 5: row 0: 0 called 1")
    assert words.count("called") == 5


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (np.zeros((1, 4, 4)), "row 1"),
        (np.zeros((2, 4)), "shape"),
        (np.zeros((2, 4, 4, 2)), "shape"),
        (np.full((2, 4, 4), 1.5), "0 to 1"),
    ],
)
def test_a_gallery_needs_its_images(images, said):
    with pytest.raises(ValueError, match=said):
        plot_mistakes(images, worst_mistakes([0, 0], [[0.1, 0.9], [0.2, 0.8]]))
    with pytest.raises(ValueError, match="no mistake"):
        plot_mistakes(np.zeros((2, 4, 4)), [])


def test_logits_are_no_probabilities():
    with pytest.raises(ValueError, match="from -2 to 5: if they are logits, take their softmax"):
        worst_mistakes([0, 1], [[5.0, -2.0], [3.0, 1.0]])
