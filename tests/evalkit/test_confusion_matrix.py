"""ConfusionMatrix: counted by hand, merged from any parts, immutable, readable."""

from __future__ import annotations

import json
import re
from dataclasses import FrozenInstanceError
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit import ConfusionMatrix

labels = st.sampled_from(["cat", "dog", "owl", "yak"])
rows = st.lists(st.tuples(labels, labels), min_size=1, max_size=40)
TRUTH = ["Red", "Black", "Red", "White", "White", "Red", "Black", "Red", "White"]
CALLED = ["Red", "White", "Black", "White", "Red", "Red", "Black", "White", "Red"]


@given(rows)
def test_counts_equal_counting_one_by_one(pairs):
    truth, called = zip(*pairs, strict=True)
    cm = ConfusionMatrix.from_labels(truth, called)
    assert cm.labels == tuple(sorted(set(truth) | set(called)))
    for i, t in enumerate(cm.labels):
        for j, p in enumerate(cm.labels):
            assert cm.table[i, j] == sum(pair == (t, p) for pair in pairs)
        binary = cm.one_vs_rest(t)
        assert binary.tp == sum(a == t and b == t for a, b in pairs)
        assert binary.fp == sum(a != t and b == t for a, b in pairs)
        assert binary.fn == sum(a == t and b != t for a, b in pairs)
        assert binary.tn == sum(a != t and b != t for a, b in pairs)
    assert cm.accuracy == sum(a == b for a, b in pairs) / len(pairs)
    assert cm.error_rate == pytest.approx(1 - cm.accuracy)


@given(rows, st.data())
def test_any_partition_in_any_order_adds_up_to_the_whole(pairs, data):
    whole = ConfusionMatrix.from_labels(*zip(*pairs, strict=True))
    shuffled = data.draw(st.permutations(pairs))
    cuts = sorted({0, len(pairs), *data.draw(st.lists(st.integers(0, len(pairs)), max_size=5))})
    parts = [shuffled[a:b] for a, b in pairwise(cuts)]
    total, *others = [ConfusionMatrix.from_labels(*zip(*part, strict=True)) for part in parts]
    for other in others:
        total = total + other
    assert total == whole
    assert total.table.dtype == np.int64


def test_weighted_merge():
    truth, called, weight = np.array([0, 1, 1, 0, 2]), np.array([0, 1, 0, 0, 1]), np.array([0.5, 2, 0.25, 1, 4])
    whole = ConfusionMatrix.from_labels(truth, called, sample_weight=weight)
    a, b = (ConfusionMatrix.from_labels(truth[s], called[s], sample_weight=weight[s]) for s in (slice(2), slice(2, 5)))
    assert a + b == whole
    assert whole.table.dtype == np.float64
    assert whole.total == 7.75


def test_merge_keeps_a_common_order_and_refuses_mixed_labels():
    a = ConfusionMatrix([[1, 0], [0, 1]], ["yes", "no"])
    assert (a + a).labels == ("yes", "no")
    with pytest.raises(ValueError, match="text and of number"):
        a + ConfusionMatrix([[1]], [3])
    with pytest.raises(TypeError):
        a + 1


def test_nine_samples_of_three_colours():
    cm = ConfusionMatrix.from_labels(TRUTH, CALLED)
    expected = {"White": (1, 2, 2, 4), "Black": (1, 1, 1, 6), "Red": (2, 2, 2, 3)}
    for label, (tp, fn, fp, tn) in expected.items():
        one = cm.one_vs_rest(label)
        assert (one.tp, one.fn, one.fp, one.tn) == (tp, fn, fp, tn)
        assert one.labels == (f"not {label}", label)
    assert cm.accuracy == 4 / 9
    assert cm.support.tolist() == [2, 4, 3]


def test_rates_of_cats_and_dogs():
    cm = ConfusionMatrix([[45, 5], [3, 47]], ["cat", "dog"])
    assert cm.accuracy == 0.92
    assert cm.balanced_accuracy == pytest.approx(0.92)
    assert (cm.tp, cm.fp, cm.fn, cm.tn) == (47, 5, 3, 45)
    assert cm.precision == 47 / 52
    assert cm.recall == 0.94
    assert cm.specificity == 0.9
    assert cm.false_positive_rate == 0.1
    assert cm.false_negative_rate == 0.06
    assert cm.negative_predictive_value == 45 / 48
    assert cm.prevalence == 0.5
    assert cm.f1 == pytest.approx(2 / (1 / cm.precision + 1 / cm.recall))
    assert cm.fbeta(2) == pytest.approx(5 * cm.precision * cm.recall / (4 * cm.precision + cm.recall))
    assert cm.one_vs_rest("cat").precision == 0.9375


def test_a_rate_without_a_denominator_is_nan():
    cm = ConfusionMatrix([[3, 0], [0, 0]], [0, 1])
    assert np.isnan([cm.precision, cm.recall, cm.f1, cm.false_negative_rate]).all()
    assert cm.specificity == 1.0
    empty = ConfusionMatrix([[0, 0], [0, 0]], [0, 1])
    assert np.isnan([empty.accuracy, empty.balanced_accuracy]).all()


def test_rates_of_two_classes_need_two_classes():
    with pytest.raises(ValueError, match="one_vs_rest"):
        _ = ConfusionMatrix.from_labels(TRUTH, CALLED).precision
    with pytest.raises(ValueError, match="'Blue' is not one of"):
        ConfusionMatrix.from_labels(TRUTH, CALLED).one_vs_rest("Blue")


@pytest.mark.parametrize(("threshold", "wrong"), [(0.5, 3), (0.6, 1), (np.nextafter(0.6, 1), 2)])
def test_seven_scores(threshold, wrong):
    truth, scores = list("PNNPPPN"), [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5]
    cm = ConfusionMatrix.from_scores(truth, scores, threshold, positive="P")
    assert cm.labels == ("N", "P")
    assert cm.total - cm.table.trace() == wrong
    if threshold == 0.5:
        assert (cm.tp, cm.fn, cm.fp, cm.tn) == (3, 1, 2, 1)


def test_scores_with_one_class_only():
    assert ConfusionMatrix.from_scores([1, 1], [0.2, 0.8], 0.5).labels == (0, 1)
    assert ConfusionMatrix.from_scores([0, 0], [0.2, 0.8], 0.5).table.tolist() == [[1, 1], [0, 0]]
    assert ConfusionMatrix.from_scores([True, True], [0, 1], 1, positive=True).labels == (False, True)
    assert ConfusionMatrix.from_scores(["P"], [1], 1, positive="P").labels == ("not P", "P")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1], [0.1, np.nan], 0.5), "scores contains NaN. First at index 1"),
        (([0, 1], [0.1, 0.2], np.nan), "threshold"),
        (([0, 1], [0.1], 0.5), "y_true, scores"),
        (([0, 1, 2], [0.1, 0.2, 0.3], 0.5), "y_true must hold positive=1"),
        (([0, 1], [[0.1, 0.9], [0.5, 0.5]], 0.5), "scores must be a 1-D"),
        ((["a", "b"], [0.1, 0.2], 0.5), "positive=1"),
    ],
)
def test_scores_that_cannot_be_counted(arguments, message):
    with pytest.raises(ValueError, match=message):
        ConfusionMatrix.from_scores(*arguments)


def test_labels_fix_order_and_shape_and_unknown_ones_raise():
    cm = ConfusionMatrix.from_labels(["b", "a"], ["b", "b"], labels=["c", "b", "a"])
    assert cm.table.tolist() == [[0, 0, 0], [0, 1, 0], [0, 1, 0]]
    with pytest.raises(ValueError, match=r"y_pred contains 5 at index 2.*labels"):
        ConfusionMatrix.from_labels([0, 1, 0], [0, 1, 5], labels=[0, 1])
    with pytest.raises(ValueError, match="different"):
        ConfusionMatrix.from_labels([0, 1], [0, 1], labels=[0, 1, 1])


def test_it_is_immutable():
    source = np.array([[1, 0], [0, 1]])
    cm = ConfusionMatrix(source, [0, 1])
    source[0, 0] = 9
    assert cm.table[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        cm.table[0, 0] = 7
    with pytest.raises(FrozenInstanceError):
        cm.labels = (1, 2)


@pytest.mark.parametrize("table", [[[1, 2, 3], [4, 5, 6]], [[1]], [[np.nan, 1], [1, 1]], [["a", "b"], ["c", "d"]]])
def test_a_table_must_be_square_and_numeric(table):
    with pytest.raises(ValueError, match="table"):
        ConfusionMatrix(table, [0, 1])


@pytest.mark.parametrize("names", [[0, 1], ["no", "yes"], [False, True], [0.0, 1.0]])
@pytest.mark.parametrize("table", [[[1, 2], [3, 4]], [[0.1, 2.0], [3.0, 1 / 3]]])
def test_round_trip_through_json(names, table):
    cm = ConfusionMatrix(table, names)
    back = ConfusionMatrix.from_dict(json.loads(json.dumps(cm.to_dict())))
    assert back == cm
    assert back.table.dtype == cm.table.dtype
    assert [type(label) for label in back.labels] == [type(label) for label in names]


def test_normalize():
    cm = ConfusionMatrix([[3, 1], [0, 0]], ["a", "b"])
    assert cm.normalize("true").tolist() == [[0.75, 0.25], [0, 0]]
    assert cm.normalize("pred").tolist() == [[1, 1], [0, 0]]
    assert cm.normalize("all").sum() == 1
    with pytest.raises(ValueError, match="by"):
        cm.normalize("rows")


class _Table(HTMLParser):
    def __init__(self):
        super().__init__()
        self.scopes, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "th":
            self.scopes.append(dict(attrs).get("scope"))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_html_is_an_accessible_table():
    html = ConfusionMatrix([[1, 2], [3, 4]], ["<b>", "y"])._repr_html_()
    parser = _Table()
    parser.feed(html)
    assert parser.open == []
    assert parser.scopes == ["col", "col", "col", "row", "row"]
    caption = re.search("<caption>(.*)</caption>", html).group(1)
    assert "Rows are the truth, columns the prediction" in caption
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert [int(cell) for cell in re.findall(r"<td[^>]*>(\d+)</td>", html)] == [1, 2, 3, 4]


def test_words():
    text = ConfusionMatrix([[45, 5], [3, 47]], ["cat", "dog"]).alt_text()
    assert "True cat: 45 called cat, 5 called dog." in text
    assert "Accuracy 0.920" in text
    many = np.eye(12, dtype=int) * 5
    many[3, 7] = 4
    assert "3 called 7 (4)" in ConfusionMatrix(many, range(12)).alt_text()
    wide = ConfusionMatrix(np.eye(40, dtype=int), range(40))
    assert "first 30 of 40" in repr(wide)
    assert "first 30 of 40" in wide._repr_html_()
