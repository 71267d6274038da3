"""When is an answer right? Comparing plain data with plain data, by value rather than by type.

A list, a tuple and an array of the same values are the same answer, and so are 3 and 3.0, and a dict and a pandas
Series whose index holds its keys. True is not 1: a learner who returns truth values where numbers are asked for has
something to learn. Standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from autograder.checking.plain import Plain

_ABSOLUTE_TOLERANCE = 1e-9


def same(expected: Plain, got: Plain, tolerance: float) -> bool:
    """Whether two plain values are the same answer, numbers to within a relative tolerance.

    Examples
    --------
    >>> same({"tuple": [1, 2]}, {"array": [1.0, 2.0], "dtype": "float64"}, 1e-6)
    True
    >>> same(1, True, 1e-6)
    False
    """
    if is_number(expected) and is_number(got):
        return _same_number(as_number(expected), as_number(got), tolerance)
    expected_items, got_items = items(expected), items(got)
    if expected_items is not None and got_items is not None:
        return len(expected_items) == len(got_items) and all(
            same(e, g, tolerance) for e, g in zip(expected_items, got_items, strict=True)
        )
    expected_pairs, got_pairs = _named(expected), _named(got)
    if expected_pairs is not None and got_pairs is not None:
        return len(expected_pairs) == len(got_pairs) and all(
            any(same(key, k, 0.0) and same(value, v, tolerance) for k, v in got_pairs) for key, value in expected_pairs
        )
    return type(expected) is type(got) and bool(expected == got)


def same_outcome(one: Mapping[str, Any], other: Mapping[str, Any], tolerance: float) -> bool:
    """Whether two observations are the same outcome: the same value, or an exception of the same type."""
    if one["status"] != other["status"]:
        return False
    if one["status"] == "returned":
        return same(one["value"], other["value"], tolerance)
    if one["status"] == "raised":
        return bool(one["error"]["type"] == other["error"]["type"])
    return True


def is_number(plain: Plain) -> bool:
    """Whether a plain value is a number, nan and inf included; a truth value is not."""
    return type(plain) in (int, float) or (isinstance(plain, dict) and "float" in plain)


def as_number(plain: Plain) -> float | int:
    """The number that a plain value for which `is_number` holds stands for."""
    return float(plain["float"]) if isinstance(plain, dict) else plain


def items(plain: Plain) -> list[Plain] | None:
    """The items of a list, a tuple or an array; None for anything else."""
    if isinstance(plain, list):
        return plain
    if isinstance(plain, dict):
        content = plain.get("tuple", plain.get("array"))
        return content if isinstance(content, list) else None
    return None


def pairs(plain: Plain) -> list[list[Plain]] | None:
    """The key-value pairs of a dict; None for anything else."""
    return plain["dict"] if isinstance(plain, dict) and "dict" in plain else None


def wrong_parts(expected: Plain, got: Plain, tolerance: float) -> list[tuple[str, Plain]]:
    """Of two dicts whose keys are text, the same in both: what differs, with the values of the second."""
    asked, given = pairs(expected), pairs(got)
    if asked is None or given is None:
        return []
    values = {name: value for name, value in given if isinstance(name, str)}
    if len(values) != len(given) or [name for name, _ in asked] != list(values):
        return []
    return [(name, values[name]) for name, value in asked if not same(value, values[name], tolerance)]


def _named(plain: Plain) -> list[list[Plain]] | None:
    """The pairs of a dict, or of a pandas Series with names for its values; None for anything else."""
    if isinstance(plain, dict) and "index" in plain:
        return [list(pair) for pair in zip(plain["index"], plain["array"], strict=False)]
    return pairs(plain)


def shape(plain: Plain) -> tuple[int, ...]:
    """The shape of a rectangular nesting, judged by its first items; () for a scalar."""
    inner = items(plain)
    if inner is None:
        return ()
    return (len(inner), *(shape(inner[0]) if inner else ()))


def kind(plain: Plain) -> str:
    """What a learner would call the value: "a number", "text", "2 values" …"""
    if is_number(plain):
        return "NaN" if as_number(plain) != as_number(plain) else "a number"
    if isinstance(plain, bool):
        return "a truth value (True or False)"
    if plain is None:
        return "None"
    if isinstance(plain, str):
        return "text"
    if pairs(plain) is not None:
        return "a dict"
    dims = shape(plain)
    if len(dims) == 1:
        return f"{dims[0]} value{'s' if dims[0] != 1 else ''}"
    return f"values of shape {' × '.join(map(str, dims))}"


def _same_number(expected: float, got: float, tolerance: float) -> bool:
    if expected != expected:
        return got != got
    try:
        return math.isclose(expected, got, rel_tol=tolerance, abs_tol=_ABSOLUTE_TOLERANCE)
    except OverflowError:
        return False
