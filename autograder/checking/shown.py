"""Plain values, and calls with them, as a learner reads them. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from autograder.checking.compare import as_number, is_number, items, shape
from autograder.checking.plain import Plain

_SHOWN_VALUES = 12
_SHOWN_IN_TABLES = 36
CUT = "…"


def call_of(key: Mapping[str, Any], case: Mapping[str, Any]) -> str:
    """The call of a case: in the words of the exercise's probe, or as a learner would type it."""
    words = case.get("call")
    return words if isinstance(words, str) else show_call(key["function"], key["arguments"], case["args"])


def show_call(function: str, names: Sequence[str], args: Sequence[Plain]) -> str:
    """The call as a learner would type it, long arrays shortened."""
    return f"{function}({', '.join(f'{n}={show(a)}' for n, a in zip(names, args, strict=False))})"


def show(plain: Plain) -> str:
    """A plain value as short text: long lists are cut, large tables are named by their shape.

    Examples
    --------
    >>> show({"array": list(range(100)), "dtype": "int64"})
    '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … 100 in all]'
    >>> show([[0] * 30] * 20)
    'values of shape 20 × 30'
    """
    if is_number(plain):
        return f"{as_number(plain):.6g}" if isinstance(as_number(plain), float) else str(plain)[:60]
    inner = items(plain)
    if inner is not None:
        dims = shape(plain)
        if len(dims) > 1 and prod(dims) > _SHOWN_IN_TABLES:
            return f"values of shape {' × '.join(map(str, dims))}"
        parts = [show(item) for item in inner[:_SHOWN_VALUES]]
        if len(inner) > _SHOWN_VALUES:
            parts.append(f"{CUT} {len(inner)} in all")
        brackets = "()" if isinstance(plain, dict) and "tuple" in plain else "[]"
        return f"{brackets[0]}{', '.join(parts)}{brackets[1]}"
    if isinstance(plain, dict) and "dict" in plain:
        shown = [f"{show(k)}: {show(v)}" for k, v in plain["dict"][:_SHOWN_VALUES]]
        return "{" + ", ".join(shown) + (f", {CUT}" if len(plain["dict"]) > _SHOWN_VALUES else "") + "}"
    return repr(plain)[:120]


def asked_for(what: str) -> str:
    """That something was asked for.

    Examples
    --------
    >>> asked_for("a number"), asked_for("4 values"), asked_for("1 value")
    ('a number was asked for', '4 values were asked for', '1 value was asked for')
    """
    several = what.startswith("values") or what.endswith("values")
    return f"{what} {'were' if several else 'was'} asked for"
