"""Regression metrics against scikit-learn and against exact arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import assert_same

import evalkit

NAMES = ["mean_absolute_error", "mean_squared_error", "root_mean_squared_error", "r2_score"]
# Quarters: sums of a few of them are exact, so both libraries decide alike what is constant and what is perfect.
quarters = st.integers(-40, 40).map(lambda i: i / 4)


@given(data=st.data())
@pytest.mark.parametrize("name", NAMES)
def test_against_sklearn(name, data):
    n, outputs = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 3))
    numbers = st.lists(quarters, min_size=n * outputs, max_size=n * outputs)
    shape = data.draw(st.sampled_from([(n,), (n, 1)])) if outputs == 1 else (n, outputs)
    true, pred = (np.array(data.draw(numbers)).reshape(shape) for _ in range(2))
    choices = ["uniform_average", "raw_values"]
    if outputs > 1:
        choices.append([0.5, 0.25, 2.0][:outputs])
    arguments = {}
    if name == "r2_score":
        choices += ["variance_weighted", None]
        arguments["force_finite"] = data.draw(st.booleans())
    if data.draw(st.booleans()):
        arguments["sample_weight"] = np.array(data.draw(st.lists(st.sampled_from([1, 2, 4]), min_size=n, max_size=n)))
    spread_is_exact = "sample_weight" not in arguments and n in (1, 2, 4)
    if name == "r2_score" and not spread_is_exact and np.ptp(true, axis=0).min() == 0:
        true = true + np.arange(n).reshape(-1, *[1] * (true.ndim - 1))  # leave constant data to the exact cases
    assert_same(name, true, pred, multioutput=data.draw(st.sampled_from(choices)), rtol=1e-9, **arguments)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("y_true", "y_pred", "arguments"),
    [
        ([], [], {}),
        ([1, 2], [1], {}),
        ([1, np.nan], [1, 2], {}),
        ([1, 2], [1, np.inf], {}),
        (["a", "b"], [1, 2], {}),
        ([[1, 2]], [[1]], {}),
        ([[[1]]], [[[1]]], {}),
        ([1, 2], [1, 2], {"sample_weight": [0, 0]}),
        ([1, 2], [1, 2], {"sample_weight": [1, -1]}),
        ([1, 2], [1, 2], {"sample_weight": [1]}),
        ([1, 2], [1, 2], {"sample_weight": [1, np.nan]}),
        ([1, 2], [1, 2], {"multioutput": "mean"}),
        ([1, 2], [1, 2], {"multioutput": [1]}),
        ([[1, 2], [3, 4]], [[1, 2], [3, 5]], {"multioutput": [1]}),
        ([[1, 2], [3, 4]], [[1, 2], [3, 5]], {"multioutput": [0, 0]}),
        (1, 2, {}),
    ],
)
def test_mistakes(name, y_true, y_pred, arguments):
    if name == "root_mean_squared_error" and arguments.get("multioutput") == [1]:
        # scikit-learn leaves these weights unchecked for this metric alone; evalkit treats all four alike.
        with pytest.raises(ValueError, match="multioutput"):
            evalkit.root_mean_squared_error(y_true, y_pred, **arguments)
        return
    assert_same(name, y_true, y_pred, **arguments)


@pytest.mark.parametrize(("y_true", "y_pred"), [([1], [1]), ([1, 1], [1, 2]), ([1, 1], [1, 1])])
@pytest.mark.parametrize("force_finite", [True, False])
def test_r2_without_spread(y_true, y_pred, force_finite):
    assert_same("r2_score", y_true, y_pred, force_finite=force_finite)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("where", ["y_true", "y_pred"])
@pytest.mark.parametrize(("value", "word"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_the_message_names_argument_and_row(name, where, value, word):
    arrays = {"y_true": np.arange(100_000.0), "y_pred": np.zeros(100_000)}
    arrays[where][70_001] = value
    with pytest.raises(ValueError, match=f"{where} contains {word}.*70001"):
        getattr(evalkit, name)(**arrays)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.uint8, np.int64, bool])
def test_any_number_type_is_added_up_in_float64(dtype):
    rng = np.random.default_rng(0)
    true, pred = (rng.integers(0, 2 if dtype is bool else 120, 100_001).astype(dtype) for _ in range(2))
    errors = true.astype(np.float64) - pred.astype(np.float64)
    assert evalkit.mean_squared_error(true, pred) == pytest.approx(np.mean(errors**2), rel=1e-13)
    assert evalkit.mean_absolute_error(true, pred) == pytest.approx(np.mean(np.abs(errors)), rel=1e-13)


def test_r2_keeps_its_digits_on_a_large_offset():
    rng = np.random.default_rng(0)
    for dtype, offset in ((np.float64, 1e9), (np.float32, 1e6)):
        true = (offset + rng.normal(size=3000)).astype(dtype)
        pred = (true + 0.1 * rng.normal(size=3000)).astype(dtype)
        t, p = [Fraction(float(v)) for v in true], [Fraction(float(v)) for v in pred]
        mean = sum(t) / len(t)
        exact = 1 - sum((a - b) ** 2 for a, b in zip(t, p, strict=True)) / sum((a - mean) ** 2 for a in t)
        assert evalkit.r2_score(true, pred) == pytest.approx(float(exact), rel=1e-9 if dtype is np.float64 else 1e-6)


def test_constant_data_is_recognised_whatever_the_constant():
    assert evalkit.r2_score([0.1] * 3, [0.1, 0.2, 0.1]) == 0.0  # the mean of three times 0.1 is not 0.1
    assert evalkit.r2_score(np.full(90_000, 0.1), np.full(90_000, 0.1)) == 1.0


def test_many_small_errors_do_not_stall():
    n = 1 << 20
    assert evalkit.mean_squared_error(np.full(n, 0.1, np.float32), np.zeros(n, np.float32)) == pytest.approx(
        float(np.float32(0.1)) ** 2, rel=1e-12
    )


@pytest.mark.parametrize("name", ["mean_absolute_error", "mean_squared_error", "r2_score", "explained_variance_score"])
def test_a_value_that_is_no_number_is_named_by_row_and_output(name):
    pred = np.ones((5, 3))
    pred[4, 1] = np.nan
    with pytest.raises(ValueError, match=r"y_pred contains NaN.*index 4, 1"):
        getattr(evalkit, name)(np.arange(15).reshape(5, 3), pred)
