"""Grade a course: from the notebooks that students submitted to the gradebook, the feedback and the report.

``course`` finds what is there, ``intake`` repairs copies of submissions, ``jobs`` are plain data, ``run`` and
``execute`` grade one job in a worker process, ``pool`` supervises the workers, ``gradebook`` is the one writer, and
``engine`` ties them together. Nothing heavy loads before it is used: the workers, the command line and the report
share this package. ``start`` is where it begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.grading.course import GradingError, write_config
    from autograder.grading.results import CellResult, GradeReport, SubmissionResult
    from autograder.grading.start import grade_course

__all__ = ["CellResult", "GradeReport", "GradingError", "SubmissionResult", "grade_course", "write_config"]

_HOMES = {
    "CellResult": "results",
    "GradeReport": "results",
    "GradingError": "course",
    "SubmissionResult": "results",
    "grade_course": "start",
    "write_config": "course",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'autograder.grading' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"autograder.grading.{_HOMES[name]}"), name)
