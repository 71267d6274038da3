"""Numbers as text."""

from __future__ import annotations


def number(value: float) -> str:
    """Write a count: whole numbers as such, weights with up to four significant digits."""
    return f"{int(value)}" if float(value).is_integer() else f"{value:.4g}"
