"""Several pairs of curves for one case of `diagnose`.

There are three answers only. Were each of them worth points by itself, guessing would earn a third of them; so a case
asks about several curves, and all of its answers must be right. This module runs where the learner's code runs, and
imports nothing of the course but the plain observer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograder.checking.observe import observe as observe_plain


def observe(function: Callable[..., Any], inputs: Sequence[list[Any]], *, seconds: float = 2.0) -> list[dict[str, Any]]:
    """Observe what a function says about each pair of curves of each case."""

    def answers(train: list[Any], val: list[Any]) -> dict[str, Any]:
        # Copies: an answer that changes a curve shall not change what is asked next.
        pairs = enumerate(zip(train, val, strict=True), start=1)
        return {f"pair {i}, {_named(one, other)}": function(one.copy(), other.copy()) for i, (one, other) in pairs}

    return observe_plain(answers, inputs, seconds=seconds)


def in_words(train: list[Any], val: list[Any]) -> str:
    """What an answer is asked."""
    return f"diagnose, asked about {len(train)} pairs of curves,"


def _named(train: Any, val: Any) -> str:
    return f"train {train[0]:.4g} to {train[-1]:.4g}, val lowest {min(val):.4g}, last {val[-1]:.4g}"
