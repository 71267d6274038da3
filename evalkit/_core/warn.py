"""Warnings of evalkit, reported at the line of the caller's code."""

from __future__ import annotations

import sys
import warnings


class UndefinedMetricWarning(UserWarning):
    """A metric has no value for this input, for example precision when nothing was predicted positive."""


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Issue a warning that points at the first frame outside evalkit, so that the reader sees their own line."""
    level = 2  # 1 is this function, 2 its caller
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("evalkit."):
        frame = frame.f_back
        level += 1
    warnings.warn(message, category, stacklevel=level)
