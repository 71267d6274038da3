"""Exercises, checks, and the tools that build, grade and report the course.

A lesson needs two names: `check`, which grades a function and explains, and `show_quiz`. The configuration of a course
folder needs one, `nbgrader_config`. They load what they need when they are first used, so that ``import autograder``
costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.checking.verdict import Verdict
    from autograder.grading.config import nbgrader_config
    from autograder.lesson.check import check
    from autograder.lesson.quiz import show_quiz

__all__ = ["Verdict", "check", "nbgrader_config", "show_quiz"]

_HOMES = {
    "Verdict": "autograder.checking.verdict",
    "check": "autograder.lesson.check",
    "nbgrader_config": "autograder.grading.config",
    "show_quiz": "autograder.lesson.quiz",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'autograder' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
