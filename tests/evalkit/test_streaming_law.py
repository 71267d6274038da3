"""The law of accumulators: any partition, merged in any order, gives the result of the whole array.

And that result is what the functions of the same names say of all rows at once, warnings included, at the edges too.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evalkit
from evalkit import streaming
from evalkit.streaming import Accumulator

pytestmark = pytest.mark.slow

REGIONS = np.array(["north", "south", "east"])


def class_labels(rng, n):
    return rng.integers(0, 4, n), rng.integers(0, 4, n)


def text_labels(rng, n):
    return tuple(np.array(["cat", "dog", "a very long name"])[rng.integers(0, 3, n)] for _ in range(2))


def binary_scores(rng, n):
    return rng.integers(0, 2, n), np.round(rng.normal(size=n), int(rng.integers(0, 6))).astype(np.float32)


def probabilities(rng, n):
    return rng.integers(0, 2, n), rng.random(n)


def class_scores(rng, n):
    scores = np.round(rng.random((n, 5)) + 0.01, 2)
    return rng.integers(0, 5, n), scores / scores.sum(axis=1, keepdims=True)


def far_numbers(rng, n):
    truth = 10.0 ** rng.integers(0, 10) + rng.normal(size=n)
    return truth, truth + 0.1 * rng.normal(size=n)


def in_regions(data):
    def rows(rng, n):
        return REGIONS[rng.integers(0, 3, n)], *data(rng, n)

    return rows


CASES = {
    "labels": (lambda: streaming.LabelCounts(num_classes=4), class_labels),
    "many labels": (lambda: streaming.LabelCounts(num_classes=300), class_labels),
    "labels learnt": (streaming.LabelCounts, class_labels),
    "text": (lambda: streaming.LabelCounts(labels=["dog", "cat", "a very long name"]), text_labels),
    "text learnt": (streaming.LabelCounts, text_labels),
    "exact auc": (streaming.ExactAUC, binary_scores),
    "binned auc": (streaming.BinnedAUC, binary_scores),
    "log-loss": (streaming.LogLoss, probabilities),
    "log-loss of classes": (lambda: streaming.LogLoss(num_classes=5), class_scores),
    "calibration": (lambda: streaming.Calibration(n_bins=7), probabilities),
    "top-label calibration": (lambda: streaming.TopLabelCalibration(labels=range(5)), class_scores),
    "top-k": (lambda: streaming.TopK(2, num_classes=5), class_scores),
    "regression": (streaming.Regression, far_numbers),
    "slices": (lambda: streaming.Slices(streaming.LabelCounts(num_classes=4)), in_regions(class_labels)),
    "slices of regression": (lambda: streaming.Slices(streaming.Regression()), in_regions(far_numbers)),
    "bundle": (
        lambda: streaming.Bundle({"auc": streaming.BinnedAUC(), "loss": streaming.Calibration()}, ("truth", "score")),
        probabilities,
    ),
}
EXACT = {"labels", "many labels", "labels learnt", "text", "text learnt", "exact auc", "binned auc", "top-k", "slices"}


def feed(accumulator, arrays, rows=slice(None)):
    return accumulator.update(*(array[rows] for array in arrays))


def assert_close(actual, expected):
    """Compare results of any shape: floats to 1e-12 of their size, the rest exactly."""
    if dataclasses.is_dataclass(expected) and not isinstance(expected, streaming.Accumulator):
        actual, expected = vars(actual), vars(expected)
    if isinstance(expected, dict):
        assert list(actual) == list(expected)
        for key in expected:
            if key != "mean_error":  # a sum with both signs: compared with the size of its terms below
                assert_close(actual[key], expected[key])
        if "mean_error" in expected:
            assert abs(actual["mean_error"] - expected["mean_error"]) <= 1e-12 * expected["mean_absolute_error"]
    elif isinstance(expected, np.ndarray) and expected.dtype.kind == "i":
        assert np.array_equal(actual, expected)
    elif isinstance(expected, int | str | tuple):
        assert actual == expected
    else:
        np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 400), data=st.data())
@pytest.mark.filterwarnings("ignore::evalkit.UndefinedMetricWarning")
def test_any_partition_in_any_order(case, seed, n, data):
    make, rows_of = CASES[case]
    arrays = rows_of(np.random.default_rng(seed), n)
    cuts = [0, *sorted(data.draw(st.lists(st.integers(0, n), max_size=8), label="cuts")), n]
    pieces = data.draw(st.permutations([slice(a, b) for a, b in itertools.pairwise(cuts)]), label="order")

    whole = feed(make(), arrays)
    one_after_the_other = make()
    for piece in pieces:
        feed(one_after_the_other, arrays, piece)
    parts = [feed(make(), arrays, piece) for piece in pieces]
    while len(parts) > 1:  # merge neighbours as chance will have it
        at = data.draw(st.integers(0, len(parts) - 2), label="merge")
        before = [parts[at].to_dict(), parts[at + 1].to_dict()]
        merged = parts[at].merge(parts[at + 1])
        assert [parts[at].to_dict(), parts[at + 1].to_dict()] == before, "merge changed its inputs"
        parts[at : at + 2] = [Accumulator.from_dict(json.loads(json.dumps(merged.to_dict())))]

    for other in (one_after_the_other, parts[0]):
        if case in EXACT:
            assert other.to_dict() == whole.to_dict()
        assert_close_results(other, whole)


def assert_close_results(actual, expected):
    first, second = actual.compute(), expected.compute()
    assert_close(first, second)
    assert_close(actual.compute(), first)  # asking changes nothing


@pytest.mark.parametrize("case", CASES)
def test_json_and_empty(case):
    make, rows_of = CASES[case]
    full = feed(make(), rows_of(np.random.default_rng(0), 50))
    text = json.dumps(full.to_dict())
    restored = type(full).from_dict(json.loads(text))
    assert restored == full
    assert full.empty() == make() != full
    assert full.empty().merge(full) == full == full.merge(full.empty())
    assert json.dumps(full.to_dict()) == text


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), offset=st.sampled_from([0.0, 1e6, 1e9, -1e12]))
def test_r2_of_sorted_data_one_row_at_a_time(seed, offset):
    """The hardest order for a running mean: from the smallest value to the largest, in batches of one."""
    rng = np.random.default_rng(seed)
    truth = np.sort(offset + rng.normal(size=300))
    pred = truth + 0.1 * rng.normal(size=300)
    one_by_one = streaming.Regression()
    for row in range(300):
        one_by_one.update(truth[row : row + 1], pred[row : row + 1])
    assert_close(one_by_one.compute(), streaming.Regression().update(truth, pred).compute())


@settings(max_examples=30)
@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([1e-6, 1.0, 1e4]),
    shift=st.sampled_from([0.0, 97.0, -98.0, 1e6]),
    double=st.booleans(),
)
def test_the_error_bound_of_the_binned_area_holds(seed, scale, shift, double):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 500)
    truth[:2] = 0, 1
    scores = shift + scale * (rng.normal(size=500) + truth)
    scores = scores if double else scores.astype(np.float32)
    estimate = streaming.BinnedAUC().update(truth, scores).compute()
    exact = streaming.ExactAUC().update(truth, scores).compute()
    assert abs(estimate.value - exact) <= estimate.error_bound + 1e-15


# --------------------------------------------------------------------------------------- the function = the accumulator
ERRORS = (
    "mean_absolute_error",
    "mean_squared_error",
    "root_mean_squared_error",
    "max_error",
    "r2_score",
    "explained_variance_score",
)
DTYPES = st.sampled_from([np.float64, np.float32, np.float16])


@st.composite
def one_column(draw):
    """Truth of two classes, perhaps of one only, and probabilities with 0, 1 and edges of bins."""
    proba = np.array(draw(st.lists(st.sampled_from([0.0, 0.2, 1 / 3, 0.5, 0.6, 1.0]) | st.floats(0, 1), min_size=1)))
    truth = draw(st.lists(st.integers(0, draw(st.integers(0, 1))), min_size=len(proba), max_size=len(proba)))
    return np.array(truth), proba.astype(draw(DTYPES))


@st.composite
def three_columns(draw):
    """Truth of three classes, perhaps of one only, and scores with ties that add up to 1, at times roughly."""
    weights = np.array(draw(st.lists(st.tuples(*[st.integers(0, 4)] * 3).filter(any), min_size=1)), np.float64)
    truth = draw(st.lists(st.integers(0, draw(st.integers(0, 2))), min_size=len(weights), max_size=len(weights)))
    return np.array(truth), (weights / weights.sum(axis=1, keepdims=True)).astype(draw(DTYPES))


@st.composite
def far_pairs(draw):
    """True and predicted numbers of any size: up to the largest float64, far from zero, or all the same."""
    size = draw(st.sampled_from([1.0, 1e-150, 1e6, 6e4, 1e153, 1e155, 1e160, 1.7e308]))
    offset = draw(st.sampled_from([0.0, 0.0, 1.0, 1e9])) * size if size < 1e290 else 0.0
    unit = st.sampled_from([0.0, 0.0, 1.0, -1.0, 0.5])
    rows = draw(st.lists(st.tuples(unit, unit), min_size=1, max_size=20))
    dtype = draw(DTYPES) if size in (1.0, 6e4) and not offset else np.float64
    truth, pred = (offset + size * np.array(rows)).T.astype(dtype)
    return truth, pred


def log_loss(truth, proba):
    columns = 2 if proba.ndim == 1 else proba.shape[1]
    return {"value": evalkit.log_loss(truth, proba, labels=range(columns))}


def calibration(truth, proba):
    bins = evalkit.calibration_curve(truth, proba, n_bins=15)
    return {"curve": bins, "error": evalkit.expected_calibration_error(truth, proba)}


def top_label(truth, proba):
    return {"error": evalkit.expected_calibration_error(truth, proba, labels=range(3))}


def of_curve(curve):
    return {"curve": (curve.prob_true, curve.prob_pred), "error": curve.expected_calibration_error}


def top_k(k):
    return lambda truth, score: {"value": evalkit.top_k_accuracy_score(truth, score, k=k, labels=range(3))}


def errors(truth, pred):
    return {name: getattr(evalkit, name)(truth, pred) for name in ERRORS}


def value(result):
    return {"value": result}


PAIRS = {  # what to draw, the function, the accumulator, and what to read of its result
    "log-loss": (one_column(), log_loss, streaming.LogLoss, value),
    "log-loss of classes": (three_columns(), log_loss, lambda: streaming.LogLoss(num_classes=3), value),
    "calibration": (one_column(), calibration, streaming.Calibration, of_curve),
    "top-label calibration": (
        three_columns(),
        top_label,
        lambda: streaming.TopLabelCalibration(labels=range(3)),
        lambda curve: {"error": curve.expected_calibration_error},
    ),
    **{
        f"top {k}": (three_columns(), top_k(k), lambda k=k: streaming.TopK(k, num_classes=3), value)
        for k in (1, 2, 3, 4)
    },
    "errors": (far_pairs(), errors, streaming.Regression, lambda summary: {n: getattr(summary, n) for n in ERRORS}),
}


def told(call, *arguments):
    """Return the result, and the different warnings as (kind, text)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = call(*arguments)
    return result, {(warning.category, str(warning.message)) for warning in caught}


def in_pieces(make, arrays, cuts, halves):
    """Feed one accumulator piece by piece, empty pieces too; or one per piece, merged, through JSON."""
    pieces = [slice(a, b) for a, b in itertools.pairwise([0, *sorted(cuts), len(arrays[0])])]
    if not halves:
        accumulator = make()
        for piece in pieces:
            feed(accumulator, arrays, piece)
        return accumulator.compute()
    merged = make()
    for piece in pieces:
        part = feed(make(), arrays, piece)
        merged = merged.merge(Accumulator.from_dict(json.loads(json.dumps(part.to_dict(), allow_nan=False))))
    return merged.compute()


@pytest.mark.parametrize("case", PAIRS)
@settings(max_examples=60)
@given(data=st.data())
def test_the_function_is_the_accumulator_of_any_split(case, data):
    rows, function, make, read = PAIRS[case]
    arrays = data.draw(rows, label="rows")
    cuts = data.draw(st.lists(st.integers(0, len(arrays[0])), max_size=4), label="cuts")
    expected, warned = told(function, *arrays)
    result, warned_in_pieces = told(in_pieces, make, arrays, cuts, data.draw(st.booleans(), label="merge"))
    assert warned_in_pieces == warned
    actual = read(result)
    assert list(actual) == list(expected)
    for name in expected:
        # R² of a nearly perfect or a nearly useless model is a small difference of numbers about 1.
        np.testing.assert_allclose(actual[name], expected[name], rtol=1e-12, atol=1e-12 * (name != "mean_error"))


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("weighted", [False, True])
@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), cut=st.integers(1, 39), offset=st.sampled_from([0.0, 1e9]))
def test_sums_of_weighted_errors_add_up(name, weighted, seed, cut, offset):
    """What the accumulators do not take, but the sums behind them do."""
    from evalkit._core.error_sums import ErrorSums

    if weighted and name == "max_error":
        return
    rng = np.random.default_rng(seed)
    truth = offset + rng.normal(size=40)
    pred, weight = truth + rng.normal(size=40), rng.random(40) + 0.1 if weighted else None
    parts = (
        ErrorSums.of(truth[rows], pred[rows], None if weight is None else weight[rows])
        for rows in (slice(cut), slice(cut, None))
    )
    both = sum(parts, ErrorSums())
    values = {
        "mean_absolute_error": both.mean_absolute_error(),
        "mean_squared_error": both.mean_squared_error(),
        "root_mean_squared_error": both.mean_squared_error() ** 0.5,
        "max_error": both.largest,
        "r2_score": 1 - both.error.squares() / both.truth.spread.high,
        "explained_variance_score": 1 - both.error.spread.high / both.truth.spread.high,
    }
    options = {} if name == "max_error" else {"sample_weight": weight}
    np.testing.assert_allclose(values[name], getattr(evalkit, name)(truth, pred, **options), rtol=1e-9, atol=1e-9)
