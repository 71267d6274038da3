"""When two answers are the same: by value and not by type, numbers to within the tolerance and no further."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.checking.compare import as_number, is_number, items, kind, pairs, same, same_outcome, shape
from autograder.checking.plain import Plain, to_plain

NAN, INF, MINUS_INF = ({"float": name} for name in ("nan", "inf", "-inf"))

# Keys are whole numbers and text: how near two keys may lie is no question of a lesson.
keys = st.integers(-3, 3) | st.text("ab", max_size=2)
scalars = st.none() | st.booleans() | st.integers(-(2**1000) + 1, 2**1000 - 1) | st.floats() | st.text(max_size=3)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(inner, max_size=3).map(tuple) | st.dictionaries(keys, inner, max_size=3)
    ),
    max_leaves=8,
)
tolerances = st.sampled_from([0.0, 1e-6, 0.1])


def a_dict(*entries: list[Plain]) -> Plain:
    return {"dict": list(entries)}


def below(number: float) -> float:
    return math.nextafter(number, -math.inf)


def above(number: float) -> float:
    return math.nextafter(number, math.inf)


@given(values, tolerances)
def test_every_value_is_the_same_as_itself(value: Any, tolerance: float) -> None:
    assert same(to_plain(value), to_plain(value), tolerance)


@given(values, values, tolerances)
def test_it_does_not_matter_which_of_two_values_is_the_expected_one(one: Any, other: Any, tolerance: float) -> None:
    assert same(to_plain(one), to_plain(other), tolerance) == same(to_plain(other), to_plain(one), tolerance)


@given(values, st.data())
def test_a_change_of_one_leaf_is_seen_wherever_it_is(value: Any, data: st.DataObject) -> None:
    plain = to_plain(value)
    places = list(leaves(plain))
    if not places:
        return
    changed = replaced(plain, data.draw(st.sampled_from(places)), "another answer")
    assert not same(plain, changed, 1e-6)
    assert not same(changed, plain, 1e-6)


def leaves(plain: Plain, place: tuple[Any, ...] = ()) -> Any:
    """Where the scalars of a plain value are; keys of dicts are left out."""
    if pairs(plain) is not None:
        for i, (_, value) in enumerate(plain["dict"]):
            yield from leaves(value, (*place, "dict", i, 1))
    elif items(plain) is not None:
        step = ("tuple",) if isinstance(plain, dict) else ()
        for i, item in enumerate(items(plain) or []):
            yield from leaves(item, (*place, *step, i))
    else:
        yield place


def replaced(plain: Plain, place: tuple[Any, ...], new: Plain) -> Plain:
    if not place:
        return new
    copy = plain.copy()
    copy[place[0]] = replaced(copy[place[0]], place[1:], new)
    return copy


# Powers of two, so that the edge itself is exact. A tolerance counts relative to the larger of the two numbers.
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("scale", [2.0**-20, 1.0, 2.0**900])
def test_the_relative_tolerance_ends_where_it_says(sign: int, scale: float) -> None:
    expected = sign * 4.0 * scale
    assert same(expected, sign * 3.0 * scale, 0.25)
    assert not same(expected, sign * below(3.0) * scale, 0.25)
    assert same(sign * 3.0 * scale, expected, 0.25)
    assert not same(sign * 3.0 * scale, sign * above(4.0) * scale, 0.25)


@pytest.mark.parametrize("sign", [1, -1])
def test_near_zero_numbers_may_differ_by_a_billionth_and_no_more(sign: int) -> None:
    for zero in (0, 0.0, -0.0):
        assert same(zero, sign * 1e-9, 1e-6)
        assert same(sign * 1e-9, zero, 1e-6)
        assert not same(zero, sign * above(1e-9), 1e-6)
        assert not same(sign * above(1e-9), zero, 1e-6)


@given(st.floats(0.001, 1e6), st.floats(1e-4, 0.1), st.sampled_from([1, -1]))
def test_a_number_within_the_tolerance_is_right_and_one_outside_is_wrong(
    expected: float, tolerance: float, sign: int
) -> None:
    assert same(expected, expected * (1 + sign * 0.9 * tolerance), tolerance)
    assert not same(expected, expected * (1 + sign * 1.3 * tolerance), tolerance)
    assert not same(expected, -expected, tolerance)


def test_minus_zero_is_zero() -> None:
    assert same(0.0, -0.0, 0.0)
    assert same(0, -0.0, 0.0)


def test_nan_is_the_same_as_nan_and_as_nothing_else() -> None:
    assert same(NAN, NAN, 1e-6)
    for other in (0, 0.0, 1.5, INF, MINUS_INF, None, "nan", True, [], [NAN]):
        assert not same(NAN, other, 1e-6), other
        assert not same(other, NAN, 1e-6), other


def test_infinities_have_a_sign_and_are_near_to_nothing() -> None:
    assert same(INF, INF, 1e-6)
    assert same(MINUS_INF, MINUS_INF, 1e-6)
    assert not same(INF, MINUS_INF, 1e-6)
    for finite in (0, 1e308, -1e308, 2**1000 - 1):
        for infinite in (INF, MINUS_INF):
            assert not same(infinite, finite, 0.5), (infinite, finite)
            assert not same(finite, infinite, 0.5), (infinite, finite)


@pytest.mark.parametrize("number", [0, 1, 0.0, 1.0])
@pytest.mark.parametrize("truth", [True, False])
def test_a_truth_value_is_no_number(number: float, truth: bool) -> None:
    assert not same(number, truth, 0.5)
    assert not same(truth, number, 0.5)
    assert not same([number], [truth], 0.5)
    assert same(truth, truth, 0.0)
    assert not same(truth, not truth, 0.5)


@given(st.lists(st.floats(allow_nan=False), max_size=4))
def test_lists_tuples_and_arrays_of_the_same_values_are_the_same(numbers: list[float]) -> None:
    forms = [to_plain(numbers), to_plain(tuple(numbers)), to_plain(np.array(numbers))]
    assert all(same(one, other, 0.0) for one in forms for other in forms)
    longer = [to_plain([*numbers, 0.0]), to_plain((*numbers, 0.0)), to_plain(np.array([*numbers, 0.0]))]
    assert not any(same(one, other, 1.0) or same(other, one, 1.0) for one in forms for other in longer)


def test_nested_values_are_compared_to_the_bottom() -> None:
    table = to_plain(np.array([[1, 2], [3, 4]]))
    assert same(table, [[1.0, 2.0], {"tuple": [3, 4]}], 1e-6)
    assert not same(table, [[1, 2], [3, 5]], 1e-6)
    assert not same(table, [1, 2, 3, 4], 1e-6)
    assert not same(table, [[1, 2, 3, 4]], 1e-6)
    assert not same([[]], [], 1e-6)


def test_order_counts_in_lists_and_not_in_dicts() -> None:
    assert not same([1, 2], [2, 1], 1e-6)
    one, two = ["a", 1], ["b", 2]
    assert same(a_dict(one, two), a_dict(two, one), 1e-6)


def test_values_of_dicts_are_compared_with_the_tolerance_and_keys_without() -> None:
    expected = a_dict(["precision", 0.5], [1000, "x"])
    assert same(expected, a_dict([1000.0, "x"], ["precision", 0.5 + 1e-8]), 1e-6)
    assert not same(expected, a_dict([1000, "x"], ["precision", 0.6]), 1e-6)
    assert not same(expected, a_dict([1000, "y"], ["precision", 0.5]), 1e-6)
    assert not same(expected, a_dict([1001, "x"], ["precision", 0.5]), 0.5)
    # The right values, but under each other's keys.
    assert not same(a_dict(["a", 1], ["b", 2]), a_dict(["a", 2], ["b", 1]), 1e-6)


def test_a_key_too_many_or_too_few_is_another_answer() -> None:
    one, two = a_dict(["a", 1]), a_dict(["a", 1], ["b", 2])
    assert not same(one, two, 1e-6)
    assert not same(two, one, 1e-6)
    assert not same(one, a_dict(["b", 1]), 1e-6)
    assert same(a_dict(), a_dict(), 1e-6)


def test_dicts_in_lists_in_dicts() -> None:
    inner = a_dict(["x", {"tuple": [1, NAN]}])
    assert same(a_dict(["a", [inner]]), a_dict(["a", {"tuple": [a_dict(["x", [1.0, NAN]])]}]), 1e-6)
    assert not same(a_dict(["a", [inner]]), a_dict(["a", [a_dict(["x", [1.0, 2.0]])]]), 1e-6)


@pytest.mark.parametrize("value", ["", "a", None, True, 0, [], [0], a_dict(), a_dict([0, 0]), {"tuple": []}])
def test_different_kinds_of_values_are_different(value: Plain) -> None:
    for other in ["b", None, False, 7, [7], a_dict([7, 7]), NAN]:
        if other != value:
            assert not same(value, other, 1e-6), other
            assert not same(other, value, 1e-6), other


def test_text_is_compared_to_the_letter() -> None:
    assert same("cat", "cat", 0.0)
    for other in ("Cat", "cat ", "", "dog", "1"):
        assert not same("cat", other, 1.0), other
    assert not same("1", 1, 1.0)
    assert not same("abc", ["a", "b", "c"], 1.0)


def test_huge_whole_numbers_are_numbers_and_beyond_floats_they_are_wrong_without_an_error() -> None:
    assert same(2**999, 2**999, 0.0)
    assert same(2**999, float(2**999), 0.0)
    assert not same(2**999, 2**998, 0.25)
    # No expected value is that large, and what an observer sends is bounded; but whatever it is, it is judged.
    assert not same(1, 10**400, 1e-6)
    assert not same(10**400, 1, 1e-6)


def test_outcomes_are_the_same_value_or_the_same_kind_of_error() -> None:
    half, near, far = ({"status": "returned", "value": value} for value in (0.5, 0.52, 0.6))
    assert same_outcome(half, near, 0.1)
    assert not same_outcome(half, near, 0.01)
    assert not same_outcome(half, far, 0.1)
    zero, other = ({"status": "raised", "error": {"type": "ZeroDivisionError", "message": message}} for message in "ab")
    value_error = {"status": "raised", "error": {"type": "ValueError", "message": "a"}}
    assert same_outcome(zero, other, 0.0)
    assert not same_outcome(zero, value_error, 0.0)
    assert not same_outcome(half, zero, 0.0)
    assert not same_outcome(zero, half, 0.0)


def test_outcomes_without_a_value_are_the_same_if_their_status_is() -> None:
    endings: list[dict[str, Any]] = [
        {"status": "timeout"},
        {"status": "not-run"},
        {"status": "not-plain", "what": "a set"},
    ]
    for one in endings:
        for other in endings:
            assert same_outcome(one, other, 0.0) == (one is other)


def test_what_is_a_number() -> None:
    for number in (0, -3, 2**999, 0.5, NAN, INF, MINUS_INF):
        assert is_number(number), number
    for other in (True, False, None, "1", [1], {"tuple": [1]}, a_dict(), {"array": [1], "dtype": "int64"}):
        assert not is_number(other), other
    assert [as_number(number) for number in (3, 0.5, INF, MINUS_INF)] == [3, 0.5, math.inf, -math.inf]
    assert math.isnan(as_number(NAN))


def test_items_and_pairs_belong_to_their_kinds() -> None:
    array = {"array": [1, 2], "dtype": "int64"}
    for sequence in ([1, 2], {"tuple": [1, 2]}, array):
        assert items(sequence) == [1, 2]
        assert pairs(sequence) is None
    for other in (1, "ab", None, NAN):
        assert items(other) is None
        assert pairs(other) is None
    assert items(a_dict(["a", 1])) is None
    assert pairs(a_dict(["a", 1])) == [["a", 1]]
    assert pairs(a_dict()) == []


@given(st.lists(st.integers(0, 3), max_size=3))
def test_shape_is_numpys(dims: list[int]) -> None:
    # A list without items says nothing about what would be in them.
    known = dims[: dims.index(0) + 1] if 0 in dims else dims
    assert shape(to_plain(np.zeros(dims))) == tuple(known)


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        (3, "a number"),
        (0.5, "a number"),
        (INF, "a number"),
        (NAN, "NaN"),
        (True, "a truth value (True or False)"),
        (None, "None"),
        ("", "text"),
        (a_dict(), "a dict"),
        ([], "0 values"),
        ([1], "1 value"),
        ({"tuple": [1, 2]}, "2 values"),
        ({"array": [[1, 2, 3], [4, 5, 6]], "dtype": "int64"}, "values of shape 2 × 3"),
        ([[[]]], "values of shape 1 × 1 × 0"),
    ],
)
def test_values_are_named_as_a_learner_would_name_them(plain: Plain, words: str) -> None:
    assert kind(plain) == words
