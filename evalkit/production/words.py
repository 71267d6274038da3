"""Differences, p values and shares as a reader sees them, on every page and in every sentence."""

from __future__ import annotations

import math


def points(value: float) -> str:
    """Write a difference of shares in percentage points, with its sign."""
    return "–" if not math.isfinite(value) else f"{100 * value:+.1f}".replace("-", "−")


def ends(low: float, high: float) -> str:
    return f"{points(low)} to {points(high)}"


def p_words(p_value: float) -> str:
    """Write a p value, very small ones as such."""
    return f"{p_value:.2g}" if p_value >= 1e-4 else "< 0.0001"


def p_sentence(p_value: float) -> str:
    """Write it for the middle of a sentence.

    Examples
    --------
    >>> p_sentence(0.25), p_sentence(1e-9)
    ('p = 0.25', 'p < 0.0001')
    """
    words = p_words(p_value)
    return f"p {words}" if words.startswith("<") else f"p = {words}"


def share(counts: tuple[int, int]) -> str:
    return f"{counts[0] / counts[1]:.3f}" if counts[1] else "–"
