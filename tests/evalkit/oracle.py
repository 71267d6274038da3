"""Run a function of scikit-learn and its counterpart in evalkit and compare everything a caller can see."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn.metrics

import evalkit


@dataclass
class Outcome:
    value: Any
    error: type[BaseException] | None
    warnings: list[tuple[str, str]]


def call(function, *args, **kwargs) -> Outcome:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value, error = None, None
        try:
            value = function(*args, **kwargs)
        except Exception as raised:
            error = type(raised)
    # NumPy's own remarks on 0/0 inside scikit-learn are not part of the contract.
    seen = [(w.category.__name__, str(w.message)) for w in caught if w.category is not RuntimeWarning]
    return Outcome(value, error, seen)


def assert_same(name: str, *args, rtol: float = 1e-12, **kwargs) -> None:
    """Assert that evalkit and scikit-learn give the same value and warnings, or an error of the same kind."""
    expected = call(getattr(sklearn.metrics, name), *args, **kwargs)
    actual = call(getattr(evalkit, name), *args, **kwargs)
    told = f"{name}{args}{kwargs}\nscikit-learn: {expected}\nevalkit: {actual}"
    if expected.error is not None:
        kind = ValueError if issubclass(expected.error, ValueError) else expected.error
        assert actual.error is not None, told
        assert issubclass(actual.error, kind), told
        return
    assert actual.error is None, told
    assert _same(expected.value, actual.value, rtol), told
    assert actual.warnings == expected.warnings, told


def _same(expected: Any, actual: Any, rtol: float) -> bool:
    if isinstance(expected, tuple):
        return len(expected) == len(actual) and all(_same(e, a, rtol) for e, a in zip(expected, actual, strict=True))
    if isinstance(expected, dict):
        return list(expected) == list(actual) and all(_same(expected[k], actual[k], rtol) for k in expected)
    if isinstance(expected, str) or expected is None:
        return expected == actual
    return (
        type(expected) is type(actual)
        and np.shape(expected) == np.shape(actual)
        and getattr(expected, "dtype", None) == getattr(actual, "dtype", None)
        and np.allclose(expected, actual, rtol=rtol, atol=1e-12, equal_nan=True)
    )
