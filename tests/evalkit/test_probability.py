"""Log-loss and the Brier score against scikit-learn, and what evalkit does where scikit-learn does something else."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from oracle import assert_same

import evalkit

KINDS = {
    "int": lambda codes: codes,
    "list": lambda codes: codes.tolist(),
    "gaps": lambda codes: codes * 7 - 3,
    "far": lambda codes: codes * 1_000_000_007,
    "float": lambda codes: codes.astype(float),
    "text": lambda codes: np.array(["ant", "bee", "a long one", "cat"])[codes],
    "object": lambda codes: np.array(["ant", "bee", "a long one", "cat"], dtype=object)[codes],
}


@st.composite
def forecasts(draw, columns=(1, 4)):
    """Labels, probabilities and weights; often with certainties, sometimes not adding up to one."""
    n, k = draw(st.integers(1, 8)), draw(st.integers(*columns))
    convert = KINDS[draw(st.sampled_from(list(KINDS)))]
    codes = np.array(draw(st.lists(st.integers(0, max(k, 2) - 1), min_size=n, max_size=n)))
    cells = st.sampled_from([0, 0, 1, 2, 5])
    grid = np.array(draw(st.lists(cells, min_size=n * k, max_size=n * k)), dtype=float).reshape(n, k)
    if k == 1:
        proba = grid[:, 0] / 5
        proba = draw(st.sampled_from([proba, proba[:, None], proba.tolist()]))
    else:
        grid[:, 0] += grid.sum(axis=1) == 0
        proba = grid / grid.sum(axis=1, keepdims=True)
        proba = draw(st.sampled_from([proba, proba * 0.9, proba.tolist()]))
    weight = draw(st.one_of(st.none(), st.lists(st.floats(0.1, 3), min_size=n, max_size=n)))
    everything = convert(np.arange(max(k, 2)))
    labels = draw(st.sampled_from([None, np.sort(everything), np.sort(everything)[::-1]]))
    return convert(codes), proba, weight, labels


@given(case=forecasts(), normalize=st.booleans())
def test_log_loss(case, normalize):
    truth, proba, weight, labels = case
    assert_same("log_loss", truth, proba, sample_weight=weight, labels=labels, normalize=normalize)


@given(case=forecasts(), scale=st.sampled_from(["auto", True, False]), pos_label=st.sampled_from([None, "same kind"]))
def test_brier_score(case, scale, pos_label):
    truth, proba, weight, labels = case
    if pos_label is not None:
        pos_label = np.asarray(truth)[0].item() if np.asarray(truth).dtype.kind != "O" else truth[0]
    assert_same(
        "brier_score_loss", truth, proba, sample_weight=weight, labels=labels, pos_label=pos_label, scale_by_half=scale
    )


@given(case=forecasts())
@pytest.mark.parametrize("name", ["d2_log_loss_score", "d2_brier_score"])
@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_skill_scores(name, case):
    truth, proba, weight, labels = case
    assert_same(name, truth, proba, sample_weight=weight, labels=labels, rtol=1e-9)


@given(case=forecasts(columns=(2, 4)))
def test_indicators_instead_of_labels(case):
    _, proba, weight, _ = case
    proba = np.asarray(proba)
    truth = (np.arange(proba.size).reshape(proba.shape) % 3 == 0).astype(int)
    assert_same("log_loss", truth, proba, sample_weight=weight)
    assert_same("brier_score_loss", truth, proba, sample_weight=weight)


def test_the_seven_samples_of_the_course():
    truth, score = list("PNNPPPN"), [0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5]
    assert round(evalkit.log_loss(truth, score), 4) == 0.4958
    assert round(evalkit.brier_score_loss(truth, score, pos_label="P"), 4) == 0.1661
    assert evalkit.log_likelihood(truth, score) == pytest.approx(-7 * evalkit.log_loss(truth, score))
    assert evalkit.log_likelihood(truth, score, normalize=True) == -evalkit.log_loss(truth, score)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, int, bool])
def test_certain_mistakes_cost_the_same_whatever_the_type(dtype):
    """scikit-learn's bound depends on the type: 7.97 in float32 and 18.02 in float64 for the same two rows."""
    loss = evalkit.log_loss([1, 1], np.array([0, 1], dtype=dtype), labels=[0, 1])
    assert loss == pytest.approx(-math.log(np.finfo(float).eps) / 2, rel=1e-12)
    assert loss == pytest.approx(sklearn.metrics.log_loss([1, 1], np.array([0.0, 1.0]), labels=[0, 1]), rel=1e-12)


def test_float32_is_added_up_in_float64():
    proba = np.full(3_000_000, 0.3, np.float32)
    truth = np.zeros(len(proba), int)
    truth[0] = 1
    exact = -(np.log1p(-float(np.float32(0.3))) * (len(proba) - 1) + math.log(np.float32(0.3))) / len(proba)
    assert evalkit.log_loss(truth, proba) == pytest.approx(exact, rel=1e-12)


def test_chunks_make_one_whole():
    rng = np.random.default_rng(0)
    n = 200_000
    truth, proba = rng.integers(0, 3, n), rng.dirichlet([1, 1, 1], n)
    weight = rng.random(n)
    for name in ("log_loss", "brier_score_loss"):
        assert_same(name, truth, proba, sample_weight=weight)
        assert_same(name, truth > 0, proba[:, 0])


def test_pandas_columns():
    frame = pd.DataFrame({"no": [0.7, 0.2], "yes": [0.3, 0.8]})
    assert evalkit.log_loss(pd.Series(["no", "yes"]), frame) == pytest.approx(-(math.log(0.7) + math.log(0.8)) / 2)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -0.1, 1.1])
@pytest.mark.parametrize(
    "name", ["log_loss", "brier_score_loss", "log_likelihood", "d2_log_loss_score", "expected_calibration_error"]
)
def test_what_is_no_probability_is_an_error_that_names_the_argument(name, bad):
    for proba in ([0.5, bad, 0.5], [[0.5, 0.5], [bad, 0.5], [0.5, 0.5]]):
        with pytest.raises(ValueError, match="y_proba"):
            getattr(evalkit, name)([0, 1, 1], proba)


@pytest.mark.parametrize("name", ["log_loss", "brier_score_loss", "d2_brier_score", "expected_calibration_error"])
@pytest.mark.parametrize(
    ("truth", "proba", "told"),
    [
        ([], [], "empty|0 sample"),
        ([0, 1], [0.5], "y_proba, y_true"),
        ([0.5, 1], [0.5, 0.5], "continuous"),
        ([math.nan, 1], [0.5, 0.5], "y_true"),
        (["a", 1], [0.5, 0.5], "y_true"),
        ([0, 1], [[[0.5]], [[0.5]]], "dim"),
        ([0, 1, 2], [0.1, 0.2, 0.3], "classes|binary"),
        ([0, 1], [[0.1, 0.2, 0.7]] * 2, "different number of classes"),
    ],
)
def test_unusable_input(name, truth, proba, told):
    with pytest.raises(ValueError, match=told):
        getattr(evalkit, name)(truth, proba)


def test_parameters_are_checked():
    with pytest.raises(ValueError, match="scale_by_half"):
        evalkit.brier_score_loss([0, 1], [0.1, 0.2], scale_by_half="half")
    with pytest.raises(ValueError, match="pos_label"):
        evalkit.brier_score_loss([0, 1], [0.1, 0.2], pos_label=[1])
    with pytest.raises(ValueError, match="pos_label"):
        evalkit.brier_score_loss([0, 1], [0.1, 0.2], pos_label="1")
    with pytest.raises(ValueError, match="pos_label"):
        evalkit.brier_score_loss(["a", "b"], [0.1, 0.2])
    with pytest.raises(ValueError, match="different"):
        evalkit.log_loss([0, 1], [0.1, 0.2], labels=[0, 0, 1])
    with pytest.raises(ValueError, match="labels"):
        evalkit.log_loss([[1, 0], [0, 1]], [[0.5, 0.5]] * 2, labels=[0, 1])
    with pytest.raises(ZeroDivisionError):
        evalkit.log_loss([0, 1], [0.1, 0.2], sample_weight=[1, -1])


def test_the_old_name_of_the_argument():
    with pytest.warns(FutureWarning, match="y_proba"):
        old = evalkit.log_loss([0, 1], y_pred=[0.1, 0.8])
    assert old == evalkit.log_loss([0, 1], [0.1, 0.8])
    with pytest.raises(ValueError, match="Cannot use both"):
        evalkit.log_loss([0, 1], [0.1, 0.8], y_pred=[0.1, 0.8])


def test_one_warning_however_often_the_rows_are_read():
    proba = np.full((200_000, 2), 0.4)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        evalkit.d2_log_loss_score(np.arange(200_000) % 2, proba)
    assert len(caught) == 1
