"""A metric by group is the metric of the rows of each group."""

from __future__ import annotations

import json
import math
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evalkit
from evalkit import accuracy_score, by_group

GROUPS = {
    "text": np.array(["north", "south", "a long name"]),
    "object": np.array(["north", "south", "a long name"], dtype=object),
    "int": np.array([7, -3, 1_000_000_007]),
    "float": np.array([1.0, 0.0, 2.0]),
    "bool": np.array([True, False, True]),
}


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), kind=st.sampled_from(list(GROUPS)), weighted=st.booleans())
def test_every_group_by_hand(seed, kind, weighted):
    rng = np.random.default_rng(seed)
    true, pred, codes = rng.integers(0, 3, (3, 40))
    by = GROUPS[kind][codes]
    weight = rng.random(40) if weighted else None
    scores = by_group(
        evalkit.f1_score, true, pred.tolist(), by=by, sample_weight=weight, average="macro", zero_division=0
    )
    assert [score.group for score in scores] == sorted(set(by.tolist()))
    assert sum(score.n for score in scores) == 40
    for score in scores:
        chosen = by == score.group
        assert score.n == chosen.sum()
        assert score.value == evalkit.f1_score(
            true[chosen],
            pred[chosen],
            average="macro",
            zero_division=0,
            sample_weight=None if weight is None else weight[chosen],
        )
        assert type(score.group) in (str, int, float, bool)
    assert scores.overall.value == evalkit.f1_score(true, pred, average="macro", zero_division=0, sample_weight=weight)


def test_probabilities_and_many_groups():
    rng = np.random.default_rng(0)
    n = 200_000
    true, by = rng.integers(0, 2, n), rng.integers(0, 500, n)
    proba = rng.dirichlet([1, 1], n)
    scores = by_group(evalkit.log_loss, true, proba, by=by)
    assert len(scores) == 500
    assert scores[17].value == evalkit.log_loss(true[by == 17], proba[by == 17])
    weighted = sum(score.value * score.n for score in scores) / n
    assert weighted == pytest.approx(scores.overall.value)


@pytest.mark.slow
def test_wilson_and_bootstrap_intervals():
    rng = np.random.default_rng(0)
    true = rng.integers(0, 2, 200)
    pred = np.where(rng.random(200) < 0.9, true, 1 - true)
    by = np.where(np.arange(200) < 20, "few", "many")
    for score in by_group(accuracy_score, true, pred, by=by, interval="wilson", level=0.9):
        assert score.interval == evalkit.wilson_interval(round(score.value * score.n), score.n, 0.9)
    macro_f1 = partial(evalkit.f1_score, average="macro")
    for method in ("percentile", "bca"):
        scores = by_group(evalkit.f1_score, true, pred, by=by, interval=method, average="macro", seed=4, resamples=300)
        for score in scores:
            pair = true[by == score.group], pred[by == score.group]
            assert score.interval == evalkit.bootstrap_interval(pair, macro_f1, 4, resamples=300, method=method)
            assert score.interval.low < score.value < score.interval.high
    few, many = by_group(accuracy_score, true, pred, by=by, interval="wilson")
    assert few.interval.high - few.interval.low > many.interval.high - many.interval.low


def test_a_pandas_column_and_what_the_result_offers():
    frame = pd.DataFrame({"y": [1, 0, 1, 1], "called": [1, 0, 0, 0], "site": ["B", "A", "B", "A"]})
    scores = by_group(accuracy_score, frame["y"], frame["called"], by=frame["site"], interval="wilson")
    assert scores["A"].value == scores["B"].value == scores.overall.value == 0.5
    assert scores.difference == 0
    assert json.loads(json.dumps(scores.to_dict())) == scores.to_dict()
    assert scores.to_dict()["groups"][0].keys() == {"group", "n", "value", "low", "high", "level"}
    with pytest.raises(KeyError):
        scores["C"]


def test_a_metric_with_one_value_per_class():
    scores = by_group(evalkit.recall_score, [0, 1, 0, 1], [0, 1, 1, 1], by=[1, 1, 2, 2], average=None)
    np.testing.assert_array_equal(scores[2].value, [0, 1])
    assert "[0. 1.]" in str(scores)


@pytest.mark.parametrize(
    ("by", "more", "told"),
    [
        (["a", "b"], {}, "by"),
        ([1.0, 2.0, math.nan], {}, "by contains NaN"),
        ([0.1, 0.2, 0.3], {}, "by holds fractions"),
        (["a", None, "b"], {}, r"by contains missing values\. First at index 1: None"),
        ([["a"], ["b"], ["c"]], {}, "by must be one-dimensional"),
        (["a", "b", "b"], {"interval": "normal"}, "interval"),
        (["a", "b", "b"], {"interval": "wilson", "sample_weight": [1, 2, 3]}, "sample_weight"),
    ],
)
def test_unusable_input(by, more, told):
    with pytest.raises(ValueError, match=told):
        by_group(accuracy_score, [0, 1, 1], [0, 1, 0], by=by, **more)


def test_no_rows_are_refused_even_if_the_metric_would_not():
    with pytest.raises(ValueError, match="empty input"):
        by_group(lambda true, pred: len(true), [], [], by=[])


def test_wilson_is_for_shares_of_rows():
    with pytest.raises(ValueError, match="wilson"):
        by_group(evalkit.f1_score, [0, 1], [0, 1], by=[1, 2], interval="wilson")
    with pytest.raises(ValueError, match="wilson"):
        by_group(evalkit.zero_one_loss, [0, 1], [0, 1], by=[1, 2], interval="wilson", normalize=False)
