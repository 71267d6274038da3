"""Plain data survives a round trip, whatever is in it."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter, OrderedDict, defaultdict, namedtuple
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.checking.compare import same
from autograder.checking.plain import MAX_CHARACTERS, MAX_LEVELS, MAX_VALUES, NotPlainError, from_plain, to_plain

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
    "value", [object(), lambda: 1, {1, 2}, b"x", 1j, 1 << 2000, "x" * 200_000, Fraction(10**400), range(10**9)]
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


def nested(levels, wrap):
    value = 1
    for _ in range(levels):
        value = wrap(value)
    return value


@pytest.mark.parametrize("wrap", [lambda v: [v], lambda v: (v,), lambda v: {"a": v}])
def test_the_depth_ends_where_it_says_in_every_kind_of_nesting(wrap):
    assert from_plain(to_plain(nested(MAX_LEVELS, wrap))) == nested(MAX_LEVELS, wrap)
    with pytest.raises(NotPlainError, match=f"nested more than {MAX_LEVELS} levels deep"):
        to_plain(nested(MAX_LEVELS + 1, wrap))


def test_keys_are_as_deep_as_values():
    to_plain({nested(MAX_LEVELS - 1, lambda v: (v,)): 1})
    with pytest.raises(NotPlainError, match="deep"):
        to_plain({nested(MAX_LEVELS, lambda v: (v,)): 1})


@pytest.mark.slow
def test_the_number_of_values_ends_where_it_says_in_every_kind_of_nesting():
    # A list, a tuple and a dict count as a value beside those that they hold; of an array both of its forms count.
    n = MAX_VALUES - 1
    for fits in ([0] * n, (0,) * n, dict.fromkeys(range(n // 2), 0), np.zeros(n - 1), [[0] * (n - 2), 0]):
        to_plain(fits)
    too_many = [0] * (n + 1), (0,) * (n + 1), dict.fromkeys(range(n // 2 + 1), 0), np.zeros(n), [[0] * (n - 1), 0]
    for value in too_many:
        with pytest.raises(NotPlainError, match="more than 200,000 values"):
            to_plain(value)


@pytest.mark.slow
@pytest.mark.parametrize("value", [np.zeros(2_000_000), [[0] * 150_000, np.zeros(100_000)]], ids=["one", "the rest"])
def test_an_array_that_is_too_large_is_not_made_into_objects_first(value):
    # A million numbers in a list of Python's take 32 MB, and an array can be far larger than memory allows that.
    tracemalloc.start()
    try:
        with pytest.raises(NotPlainError, match="values"):
            to_plain(value)
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert held < 2_500_000


def test_text_and_whole_numbers_end_where_they_say():
    assert to_plain("x" * MAX_CHARACTERS) == "x" * MAX_CHARACTERS
    with pytest.raises(NotPlainError, match="a string of more than 100,000 characters"):
        to_plain("x" * (MAX_CHARACTERS + 1))
    for sign in (1, -1):
        assert to_plain(sign * (2**1000 - 1)) == sign * (2**1000 - 1)
        with pytest.raises(NotPlainError, match="an integer of more than 1,000 bits"):
            to_plain(sign * 2**1000)


def test_scalars_of_numpy_are_the_numbers_they_hold():
    for value, plain in [(np.int64(3), 3), (np.float64("nan"), {"float": "nan"}), (np.bool_(True), True),
                         (np.str_("a"), "a"), (np.array(2.5), 2.5), (np.array("a"), "a")]:  # fmt: skip
        found = to_plain(value)
        assert found == plain
        assert type(found) is type(plain)


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Point(1, 0.5), {"tuple": [1, 0.5]}),
        (Fraction(1, 4), 0.25),
        (Decimal("0.25"), 0.25),
        (Decimal("NaN"), {"float": "nan"}),
        (range(3), [0, 1, 2]),
        (OrderedDict(a=1), {"dict": [["a", 1]]}),
        (defaultdict(int, a=1), {"dict": [["a", 1]]}),
        (Counter("aab"), {"dict": [["a", 2], ["b", 1]]}),
        (IntEnum("Colour", "RED")(1), 1),
        (np.float64(0.5), 0.5),
        (pd.Index(["a", "b"]), {"array": ["a", "b"], "dtype": "object"}),
        (pd.Series([1, pd.NA], dtype=object), {"array": [1, {"float": "nan"}], "dtype": "object"}),
        (pd.DataFrame([[1, 2], [3, 4]], index=["a", "b"]), {"array": [[1, 2], [3, 4]], "dtype": "int64"}),
        (pd.Series({"a": 0.5}), {"array": [0.5], "dtype": "float64", "index": ["a"]}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_learners_return_beside_lists_and_arrays_is_read(value, plain):
    assert json.loads(json.dumps(to_plain(value), allow_nan=False)) == plain


def test_a_series_with_names_answers_for_a_list_and_for_a_dict():
    series = to_plain(pd.Series({"b": 2.0, "a": 1.0}))
    assert same(to_plain({"a": 1, "b": 2}), series, 0.0)
    assert same(to_plain([2, 1]), series, 0.0)
    assert not same(to_plain({"a": 2, "b": 1}), series, 0.0)
    assert not same(to_plain({"a": 1}), series, 0.0)
    assert not same(to_plain({0: 2, 1: 1}), to_plain(pd.Series([2, 1])), 0.0)


def test_a_class_of_ones_own_is_read_by_the_methods_of_its_kind():
    def lie(*_):
        raise AssertionError("a method of the learner's was called")

    lies = dict.fromkeys(["__iter__", "__int__", "__float__", "__str__", "__len__", "items", "keys", "__eq__"], lie)
    lies["__hash__"] = None
    for kind, value in [(int, 3), (float, 0.5), (str, "a"), (list, [1]), (tuple, (1,)), (dict, {"a": 1})]:
        found = to_plain(type("Mine", (kind,), lies)(value))
        assert found == to_plain(value)
        assert type(found) is type(to_plain(value))


def test_series_and_tensors_are_arrays():
    torch = pytest.importorskip("torch")
    expected = {"array": [1.5, 2.5], "dtype": "float64"}
    assert to_plain(pd.Series([1.5, 2.5])) == expected
    assert to_plain(torch.tensor([1.5, 2.5], dtype=torch.float64, requires_grad=True)) == expected
    assert to_plain(torch.tensor(3)) == 3


def test_objects_in_an_array_are_looked_at_one_by_one():
    assert to_plain(np.array([1, "a", None], dtype=object)) == {"array": [1, "a", None], "dtype": "object"}
    with pytest.raises(NotPlainError, match="a value of type set"):
        to_plain(np.array([{1}], dtype=object))


@pytest.mark.parametrize(
    "value",
    [
        np.zeros(2, dtype=complex),
        np.zeros(2, dtype="M8[s]"),
        np.zeros(2, dtype="S1"),
        np.ma.masked_array([1, 2]),
        np.complex128(1),
        type("Mine", (pd.Series,), {})([0.5]),
        type("Mine", (pd.DataFrame,), {})([[0.5]]),
        iter([1]),
        zip([1], [2], strict=True),
    ],
    ids=lambda value: f"{type(value).__name__}-{getattr(value, 'dtype', '')}",
)
def test_other_kinds_are_refused(value):
    with pytest.raises(NotPlainError):
        to_plain(value)


def test_text_in_arrays_is_as_long_as_it_is():
    assert to_plain(np.array(["a", "long"]))["dtype"] == "str"
    assert from_plain({"array": ["a", "longer"], "dtype": "str"}).tolist() == ["a", "longer"]


def test_an_unknown_tag_is_an_error():
    with pytest.raises(ValueError, match="unknown tag 'set'"):
        from_plain({"set": [1]})


def test_kinds_that_are_told_apart():
    assert not same(1, True, 1e-6)
    assert not same(1, "1", 1e-6)
    assert not same(1.0, {"float": "nan"}, 1e-6)
    assert same({"float": "nan"}, {"float": "nan"}, 1e-6)
    assert same(3, 3.0, 1e-6)
    assert not same([1, 2], [1, 2, 3], 1e-6)
