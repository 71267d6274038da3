"""Plain data: the only thing that crosses between a learner's process and the judge's.

A value is turned into something that JSON can hold, and back. Whatever has no plain form is reported by the name of
its type and nothing else, so no method of a learner's object is ever called on the judge's side.

============================  =============================================
value                         plain form
============================  =============================================
None, bool, int, str          itself
finite float                  itself
nan, inf, -inf                ``{"float": "nan"}``
list, range                   list of plain values
tuple                         ``{"tuple": [...]}``
dict                          ``{"dict": [[key, value], ...]}``
Fraction, Decimal             the nearest float
NumPy array                   ``{"array": nested list, "dtype": "int64"}``
NumPy scalar                  the Python number
torch tensor                  as a NumPy array
pandas Series                 as a NumPy array; ``"index": [...]`` beside it if it has names for its values
pandas DataFrame, Index       as a NumPy array
============================  =============================================

A class of one's own that is a kind of number, text, list, tuple or dict, such as a named tuple, is read as that: by the
methods of the kind, not by its own.

This module needs the standard library only. NumPy, torch and pandas are looked up among the modules that are already
loaded, because a value of theirs cannot exist before they are.
"""

from __future__ import annotations

import math
import sys
from decimal import Decimal
from fractions import Fraction
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
        Numbers, strings, lists, tuples, dicts, arrays of NumPy, tensors of torch, tables and columns of pandas, and
        nestings of them.

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
    if value is None or type(value) is bool:
        return value
    kind = _kind(type(value))
    # By the methods of the kind, which no subclass can override.
    if kind is int:
        return _encode_integer(int.__int__(value))
    if kind is str:
        text = str.__str__(value)
        if len(text) > MAX_CHARACTERS:
            raise NotPlainError(f"a string of more than {MAX_CHARACTERS:,} characters")
        return text
    if kind is float:
        return _encode_float(float.__float__(value))
    if kind is list:
        return [_encode(item, depth + 1, budget) for item in list.__iter__(value)]
    if kind is tuple:
        return {"tuple": [_encode(item, depth + 1, budget) for item in tuple.__iter__(value)]}
    if kind is dict:
        items = dict.items(value)
        return {"dict": [[_encode(k, depth + 1, budget), _encode(v, depth + 1, budget)] for k, v in items]}
    if type(value) is range:
        return [_encode(item, depth + 1, budget) for item in value[: MAX_VALUES + 1]]
    if type(value) in (Fraction, Decimal):
        return _encode_float(_nearest(value))
    return _encode_array(value, depth, budget)


_KINDS = {id(kind) for kind in (int, str, float, list, tuple, dict)}


def _kind(its_type: type) -> type | None:
    """The built-in type that a type is a kind of; None for any other. It asks nothing of the type itself."""
    # By identity: a type may say anything of what it equals. Most values need no walk through the bases.
    if id(its_type) in _KINDS:
        return its_type
    return next((base for base in type.mro(its_type) if id(base) in _KINDS), None)


def _encode_integer(value: int) -> int:
    if value.bit_length() > 1000:
        raise NotPlainError("an integer of more than 1,000 bits")
    return value


def _encode_float(value: float) -> Plain:
    return value if math.isfinite(value) else {"float": repr(value)}


def _nearest(value: Fraction | Decimal) -> float:
    try:
        return float(value)
    except OverflowError:
        raise NotPlainError("a number that is too large") from None


def _encode_array(value: Any, depth: int, budget: list[int]) -> Plain:
    numpy = sys.modules.get("numpy")
    torch = sys.modules.get("torch")
    pandas = sys.modules.get("pandas")
    names: Any = None
    if torch is not None and isinstance(value, torch.Tensor):
        value = value.detach().cpu().numpy()
    elif pandas is not None and type(value) in (pandas.Series, pandas.DataFrame, pandas.Index, pandas.RangeIndex):
        if type(value) is pandas.Series and type(value.index) is not pandas.RangeIndex:
            names = value.index.to_numpy()
        value = value.to_numpy()
    elif pandas is not None and value is pandas.NA:
        return {"float": "nan"}
    if numpy is not None and type(value) is numpy.ndarray and value.dtype.kind in "biufUTO":
        if value.size > budget[0]:
            raise NotPlainError(f"more than {MAX_VALUES:,} values")
        if value.ndim == 0:
            return _encode(value.item(), depth + 1, budget)
        # Strings are stored as long as they need to be, so the dtype need not say how long the longest one is.
        dtype = "str" if value.dtype.kind in "UT" else str(value.dtype)
        plain = {"array": _encode(value.tolist(), depth, budget), "dtype": dtype}
        return plain if names is None else {**plain, "index": _encode(names.tolist(), depth, budget)}
    if numpy is not None and isinstance(value, numpy.generic) and type(value).__module__ == "numpy":
        return _encode(value.item(), depth + 1, budget)
    raise NotPlainError(f"a value of type {type(value).__name__}")
