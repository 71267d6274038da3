"""Plain data: the only thing that crosses between a learner's process and the judge's.

A value is turned into something that JSON can hold, and back. Whatever has no plain form is reported by the name of
its type and nothing else, so no method of a learner's object is ever called on the judge's side.

======================  =============================================
value                   plain form
======================  =============================================
None, bool, int, str    itself
finite float            itself
nan, inf, -inf          ``{"float": "nan"}``
list                    list of plain values
tuple                   ``{"tuple": [...]}``
dict                    ``{"dict": [[key, value], ...]}``
NumPy array             ``{"array": nested list, "dtype": "int64"}``
NumPy scalar            the Python number
torch tensor            as a NumPy array
pandas Series           as a NumPy array
======================  =============================================

This module needs the standard library only. NumPy, torch and pandas are looked up among the modules that are already
loaded, because a value of theirs cannot exist before they are.
"""

from __future__ import annotations

import math
import sys
from typing import Any

Plain = Any  # None | bool | int | float | str | list[Plain] | dict[str, Plain]

MAX_VALUES = 200_000
MAX_LEVELS = 20
MAX_CHARACTERS = 100_000


class NotPlainError(TypeError):
    """A value has no plain form. The message names its type."""


def to_plain(value: Any) -> Plain:
    """Turn a value into plain data.

    Parameters
    ----------
    value : object
        Numbers, strings, lists, tuples, dicts, NumPy arrays, torch tensors, pandas Series, and nestings of them.

    Returns
    -------
    object
        The plain form, which ``json.dumps`` accepts with ``allow_nan=False``.

    Raises
    ------
    NotPlainError
        If the value, or something inside it, has no plain form, is nested too deeply or is too large.

    Examples
    --------
    >>> to_plain((1, float("nan")))
    {'tuple': [1, {'float': 'nan'}]}
    """
    return _encode(value, 0, [MAX_VALUES])


def from_plain(plain: Plain) -> Any:
    """Turn plain data back into the value; always a fresh object. Arrays stay lists where NumPy is not installed.

    Examples
    --------
    >>> from_plain({"tuple": [1, {"float": "inf"}]})
    (1, inf)
    """
    if isinstance(plain, list):
        return [from_plain(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    ((tag, content), *_) = plain.items()
    if tag == "float":
        return float(content)
    if tag == "tuple":
        return tuple(from_plain(item) for item in content)
    if tag == "dict":
        return {from_plain(key): from_plain(value) for key, value in content}
    if tag == "array":
        values = from_plain(content)
        try:
            import numpy as np
        except ImportError:
            return values
        return np.array(values, dtype=plain["dtype"])
    raise ValueError(f"plain data has the unknown tag {tag!r}")


def _encode(value: Any, depth: int, budget: list[int]) -> Plain:
    if depth > MAX_LEVELS:
        raise NotPlainError(f"nested more than {MAX_LEVELS} levels deep")
    budget[0] -= 1
    if budget[0] < 0:
        raise NotPlainError(f"more than {MAX_VALUES:,} values")
    # Exact types, not isinstance: a subclass may override the very methods that the judge would call.
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        if value.bit_length() > 1000:
            raise NotPlainError("an integer of more than 1,000 bits")
        return value
    if kind is str:
        if len(value) > MAX_CHARACTERS:
            raise NotPlainError(f"a string of more than {MAX_CHARACTERS:,} characters")
        return value
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if kind is list:
        return [_encode(item, depth + 1, budget) for item in value]
    if kind is tuple:
        return {"tuple": [_encode(item, depth + 1, budget) for item in value]}
    if kind is dict:
        return {"dict": [[_encode(k, depth + 1, budget), _encode(v, depth + 1, budget)] for k, v in value.items()]}
    return _encode_array(value, depth, budget)


def _encode_array(value: Any, depth: int, budget: list[int]) -> Plain:
    numpy = sys.modules.get("numpy")
    torch = sys.modules.get("torch")
    pandas = sys.modules.get("pandas")
    if torch is not None and isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    elif pandas is not None and type(value) is pandas.Series:
        value = value.to_numpy()
    if numpy is not None and type(value) is numpy.ndarray and value.dtype.kind in "biufUO":
        if value.size > budget[0]:
            raise NotPlainError(f"more than {MAX_VALUES:,} values")
        if value.ndim == 0:
            return _encode(value.item(), depth + 1, budget)
        # Strings are stored as long as they need to be, so the dtype need not say how long the longest one is.
        dtype = "str" if value.dtype.kind == "U" else str(value.dtype)
        return {"array": _encode(value.tolist(), depth, budget), "dtype": dtype}
    if numpy is not None and isinstance(value, numpy.generic) and type(value).__module__ == "numpy":
        return _encode(value.item(), depth + 1, budget)
    raise NotPlainError(f"a value of type {type(value).__name__}")
