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

    def answers(train: list[Any], val: list[Any]) -> list[Any]:
        # Copies: an answer that changes a curve shall not change what is asked next.
        return [function(one.copy(), other.copy()) for one, other in zip(train, val, strict=True)]

    return observe_plain(answers, inputs, seconds=seconds)
