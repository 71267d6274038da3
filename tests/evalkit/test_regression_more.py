"""Relative errors, medians, quantiles, deviances and explained variance against scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from oracle import assert_same

import evalkit

RELATIVE = ["mean_absolute_percentage_error", "mean_squared_log_error", "root_mean_squared_log_error"]
MULTI = [
    *RELATIVE,
    "median_absolute_error",
    "mean_pinball_loss",
    "d2_pinball_score",
    "d2_absolute_error_score",
    "explained_variance_score",
]
SINGLE = ["max_error", "mean_tweedie_deviance", "mean_poisson_deviance", "mean_gamma_deviance", "d2_tweedie_score"]


@st.composite
def number_pairs(draw, lowest=-20, max_outputs=3):
    """Multiples of 1/4: sums are exact, so equal numbers are equal in both libraries."""
    values = st.integers(lowest, 60).map(lambda quarters: quarters / 4)
    n, k = draw(st.integers(1, 9)), draw(st.integers(1, max_outputs))
    grid = st.lists(values, min_size=n * k, max_size=n * k)
    arrays = [np.array(draw(grid)).reshape((n, k) if draw(st.booleans()) or k > 1 else n) for _ in range(2)]
    if arrays[0].ndim != arrays[1].ndim:
        arrays = [array.reshape(n, -1) for array in arrays]
    weight = draw(st.one_of(st.none(), st.lists(st.sampled_from([0, 1, 2, 0.5]), min_size=n, max_size=n)))
    assume(weight is None or any(weight))
    return arrays[0], arrays[1], None if weight is None else np.array(weight), k


def outputs_for(draw, k, *more):
    return draw(st.sampled_from(["raw_values", "uniform_average", *more, np.arange(1, k + 1) / 4, "wrong"]))


@pytest.mark.slow
@given(case=number_pairs(), data=st.data())
@pytest.mark.parametrize("name", MULTI)
def test_with_several_outputs(name, case, data):
    true, pred, weight, k = case
    more = {}
    if name == "explained_variance_score":
        more["force_finite"] = data.draw(st.booleans())
        more["multioutput"] = outputs_for(data.draw, k, "variance_weighted")
    else:
        more["multioutput"] = outputs_for(data.draw, k)
    if "pinball" in name:
        more["alpha"] = data.draw(st.sampled_from([0, 0.1, 0.25, 0.5, 0.9, 1]))
    assert_same(name, true, pred, sample_weight=weight, rtol=1e-9, **more)


@given(case=number_pairs(lowest=-1), data=st.data())
@pytest.mark.parametrize("name", SINGLE)
def test_with_one_output(name, case, data):
    true, pred, weight, _ = case
    more = {}
    if "tweedie" in name:
        more["power"] = data.draw(st.sampled_from([-1.5, 0, 0.5, 1, 1.5, 2, 3]))
        # A constant truth has a deviance of zero, or of a rounding error: 1 − x / 0 is not worth comparing.
        assume(name == "mean_tweedie_deviance" or len(np.unique(true[weight != 0] if weight is not None else true)) > 1)
    if name != "max_error":
        more["sample_weight"] = weight
    assert_same(name, true, pred, rtol=1e-9, **more)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.uint8])
def test_many_rows_of_any_type(dtype):
    rng = np.random.default_rng(0)
    true, pred = (rng.integers(1, 200, 100_001).astype(dtype) for _ in range(2))
    weight = rng.integers(0, 3, len(true))
    for name in (*MULTI, *SINGLE):
        if name in ("median_absolute_error", "max_error") and dtype is np.uint8:
            continue  # scikit-learn subtracts them as bytes: see the test below
        more = {} if name == "max_error" else {"sample_weight": weight}
        assert_same(name, true, pred, rtol=1e-4 if dtype is np.float32 else 1e-9, **more)


def test_bytes_do_not_wrap_around():
    true, pred = np.array([0, 10], np.uint8), np.array([200, 10], np.uint8)
    assert evalkit.max_error(true, pred) == 200
    assert evalkit.median_absolute_error(true, pred) == 100


def test_known_values():
    assert evalkit.mean_absolute_percentage_error([1.0], [1.5]) == 0.5
    assert evalkit.mean_squared_log_error([math.e - 1], [0.0]) == pytest.approx(1)
    assert evalkit.median_absolute_error([0, 0, 0, 0], [1, 2, 3, 100], sample_weight=[1, 1, 1, 3]) == 51.5
    assert evalkit.explained_variance_score([1, 2, 3], [11, 12, 13]) == 1
    assert evalkit.mean_gamma_deviance([1, 2], [10, 20]) == pytest.approx(evalkit.mean_gamma_deviance([3], [30]))


def test_explained_variance_far_from_zero():
    """A sum of squares minus a square of a sum has no digits left at 1e9."""
    rng = np.random.default_rng(0)
    noise, signal = rng.normal(size=(2, 100_000))
    true = np.float64(1e9) + signal
    actual = evalkit.explained_variance_score(true, true + 0.1 * noise)
    assert actual == pytest.approx(1 - 0.01 * noise.var() / signal.var(), rel=1e-6)


@pytest.mark.parametrize("name", [*MULTI, *SINGLE])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("argument", ["y_true", "y_pred"])
def test_what_is_not_finite_is_an_error_that_names_the_argument(name, bad, argument):
    arguments = {"y_true": [1.0, 2.0, 3.0], "y_pred": [1.0, 2.0, 3.5]}
    arguments[argument] = [1.0, bad, 3.0]
    with pytest.raises(ValueError, match=rf"{argument}|less than or equal to -1"):
        getattr(evalkit, name)(**arguments)


def test_infinity_on_both_sides_is_still_an_error():
    for name in MULTI:
        with pytest.raises(ValueError, match="y_true"):
            getattr(evalkit, name)([1.0, math.inf], [1.0, math.inf])


def test_parameters_are_checked():
    for alpha in (-0.1, 1.1, "half"):
        with pytest.raises(ValueError, match="alpha"):
            evalkit.mean_pinball_loss([1], [1], alpha=alpha)
    with pytest.raises(ValueError, match="power"):
        evalkit.mean_tweedie_deviance([1], [1], power=0.5)
    with pytest.raises(ValueError, match="Multioutput"):
        evalkit.max_error([[1, 2]], [[1, 2]])
    with pytest.raises(ZeroDivisionError):
        evalkit.mean_pinball_loss([1, 2], [1, 2], sample_weight=[1, -1])
