"""A share of every slice is the share of its rows, and its interval is Wilson's."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit import accuracy_score, precision_score, recall_score, specificity_score, wilson_interval
from evalkit.analysis.slices import slice_recall, slice_table
from evalkit.plots import alt_text

BY_HAND = {
    "accuracy": accuracy_score,
    "recall": recall_score,
    "precision": precision_score,
    "specificity": specificity_score,
}


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), metric=st.sampled_from(list(BY_HAND)))
def test_every_slice_by_hand(seed, metric):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    truth, called = rng.integers(0, 2, n), rng.integers(0, 2, n)
    light, camera = rng.choice(["day", "night"], n), rng.integers(0, 3, n)
    table = slice_table(truth, called, {"light": light, "camera": camera}, metric=metric)
    assert len(table) == len(np.unique(light)) + len(np.unique(camera))
    for part in table:
        inside = {"light": light, "camera": camera}[part.by] == part.group
        counted = {"accuracy": inside, "recall": inside & (truth == 1), "precision": inside & (called == 1)}.get(
            metric, inside & (truth == 0)
        )
        assert (part.rows, part.of) == (inside.sum(), counted.sum())
        if part.of:
            policy = {} if metric == "accuracy" else {"zero_division": 0.0}
            expected = BY_HAND[metric](truth[inside], called[inside], **policy)
            assert part.value == pytest.approx(expected)
            assert part.interval == wilson_interval(round(expected * part.of), part.of)
        else:
            assert math.isnan(part.value)
            assert part.interval is None


def test_overall_does_not_depend_on_the_columns():
    truth, called = [1, 1, 0, 0], [1, 0, 0, 1]
    one = slice_table(truth, called, {"a": ["x", "x", "y", "y"]}, metric="recall")
    two = slice_table(truth, called, {"b": [1, 2, 3, 4], "a": ["x", "x", "y", "y"]}, metric="recall")
    assert one.overall == two.overall
    assert one.overall.value == 0.5
    assert [part.by for part in two] == ["b"] * 4 + ["a"] * 2


def test_any_label_can_be_positive():
    table = slice_table(
        ["cat", "dog", "cat"], ["cat", "cat", "dog"], {"all": [0, 0, 0]}, metric="recall", positive="cat"
    )
    assert table["all", 0].value == 0.5
    with pytest.raises(KeyError):
        table["all", 1]


def test_suspects_lie_wholly_below_the_rest():
    truth = np.ones(400, int)
    called = np.repeat([1, 1, 0, 1, 0], [200, 60, 40, 99, 1])
    table = slice_table(truth, called, {"site": np.repeat(["a", "b", "c"], [200, 100, 100])})
    assert [part.group for part in table.suspects] == ["b"]
    assert [part.group for part in table.worst] == ["b", "c", "a"]
    small = slice_table([1, 1, 1, 1], [1, 1, 1, 0], {"site": ["a", "a", "a", "b"]})
    assert small.suspects == ()  # one wrong row of one proves nothing


def test_a_slice_whose_interval_ends_at_the_overall_value_is_no_suspect():
    perfect = slice_table([1, 0, 1, 0], [1, 0, 1, 0], {"site": ["a", "a", "b", "b"]})
    assert [part.interval.high for part in perfect] == [1.0, 1.0]
    assert perfect.overall.value == 1.0
    assert perfect.suspects == ()


def test_rows_make_a_data_frame():
    table = slice_table([1, 0, 0], [1, 0, 1], {"site": ["a", "b", "b"]}, metric="recall")
    frame = pd.DataFrame(table.to_dict())
    assert list(frame.columns) == ["by", "group", "rows", "of", "value", "low", "high"]
    assert frame["value"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    "columns", [{"light": ["day", "day", "night"]}, {"light": [1, 1, 2], "rain": [True, False, True]}]
)
def test_the_figure_says_every_slice(columns):
    fig = slice_table([1, 1, 1], [1, 0, 1], columns, metric="recall").plot()
    words = alt_text(fig)
    assert words.startswith("Recall by ")
    assert words.count(" rows") == sum(len(set(values)) for values in columns.values())


def test_slices_without_a_value_are_not_drawn():
    fig = slice_table([1, 0], [1, 0], {"site": ["a", "b"]}, metric="recall").plot()
    assert [label.get_text() for label in fig.axes[0].get_yticklabels()] == ["a (n = 1)"]


def test_slice_recall_keeps_every_group():
    recalls = slice_recall([1, 1, 0], [0, 1, 1], ["b", "a", "c"])
    assert list(recalls) == ["a", "b", "c"]
    assert recalls["a"] == 1
    assert recalls["b"] == 0
    assert math.isnan(recalls["c"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([1, 0], [1, 0], {}), "at least one column"),
        (([1, 0], [1, 0], {"a": ["x"]}), "by"),
        (([], [], {"a": []}), "empty input"),
        (([[1, 0]], [[1, 0]], {"a": ["x"]}), "y_true must be one-dimensional"),
        (([1, 0], [1, 0], {"a": [0.5, 1.0]}), "ranges"),
    ],
)
def test_what_cannot_be_cut_is_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        slice_table(*arguments)


def test_an_unknown_share_is_refused():
    with pytest.raises(ValueError, match="metric"):
        slice_table([1], [1], {"a": [1]}, metric="f1")


@pytest.mark.parametrize(("labels", "positive"), [([0, 1, 1], "1"), (["a", "b", "b"], 1), (["a", "b", "b"], "B")])
def test_a_positive_class_that_is_no_label_is_refused(labels, positive):
    """A positive class given as text beside labels that are numbers gave NaN everywhere."""
    with pytest.raises(ValueError, match=r"positive=.* is none of the labels"):
        slice_table(labels, labels, {"by": [1, 1, 2]}, metric="recall", positive=positive)
    slice_table(labels, labels, {"by": [1, 1, 2]}, positive=positive)


def test_there_may_be_no_positives():
    table = slice_table([0, 0], [0, 0], {"by": [1, 2]}, metric="recall")
    assert [part.of for part in table] == [0, 0]
