"""Exercises, checks, and the tools that build, grade and report the course.

A lesson needs two names: `check`, which grades a function and explains, and `show_quiz`. Both load what they need when
they are first called, so that ``import autograder`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.checking.verdict import Verdict
    from autograder.lesson.check import check
    from autograder.lesson.quiz import show_quiz

__all__ = ["Verdict", "check", "show_quiz"]

_HOMES = {
    "check": "autograder.lesson.check",
    "show_quiz": "autograder.lesson.quiz",
    "Verdict": "autograder.checking.verdict",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'autograder' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
