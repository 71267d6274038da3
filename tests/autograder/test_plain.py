"""Plain data survives a round trip, whatever is in it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.checking.compare import same
from autograder.checking.plain import NotPlainError, from_plain, to_plain

scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=5)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.integers() | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)
arrays = hnp.arrays(
    st.sampled_from([np.int64, np.float64, np.float32, np.bool_, np.dtype("U3")]), hnp.array_shapes(min_side=0)
)


@given(values)
def test_round_trip(value):
    plain = json.loads(json.dumps(to_plain(value), allow_nan=False))
    back = from_plain(plain)
    assert type(back) is type(value)
    assert same(to_plain(value), to_plain(back), 0.0)


@given(arrays)
def test_arrays_round_trip_with_dtype_and_values(array):
    back = from_plain(json.loads(json.dumps(to_plain(array), allow_nan=False)))
    assert back.dtype.kind == array.dtype.kind
    np.testing.assert_array_equal(back.reshape(array.shape), array)


@given(values)
def test_a_value_is_the_same_as_itself(value):
    assert same(to_plain(value), to_plain(value), 0.0)


@pytest.mark.parametrize(
    "value", [object(), lambda: 1, {1, 2}, type("F", (float,), {})(1.0), b"x", 1 << 2000, "x" * 200_000]
)
def test_what_has_no_plain_form_is_refused(value):
    with pytest.raises(NotPlainError):
        to_plain(value)


def test_deep_and_large_values_are_refused():
    deep: list[object] = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(NotPlainError, match="deep"):
        to_plain(deep)
    with pytest.raises(NotPlainError, match="values"):
        to_plain(np.zeros(10**6))


def test_kinds_that_are_told_apart():
    assert not same(1, True, 1e-6)
    assert not same(1, "1", 1e-6)
    assert not same(1.0, {"float": "nan"}, 1e-6)
    assert same({"float": "nan"}, {"float": "nan"}, 1e-6)
    assert same(3, 3.0, 1e-6)
    assert not same([1, 2], [1, 2, 3], 1e-6)
