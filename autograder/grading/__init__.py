"""Grade a course: from the notebooks that students handed in to the gradebook, the feedback and the report.

The way of a submission through the rooms; `grade` is where it begins, and `engine` walks it:

1. ``course`` finds the lessons, ``intake/folders`` what was handed in.
2. ``intake/read`` reads a submission within bounds, ``intake/repair`` puts a copy of it into the lesson's shape.
3. ``intake/submission`` gives it a key: the hash of all that its grade depends on, with ``versions`` of the code.
   What ``keeping/records`` knows by that key is not run again.
4. It becomes a job (``jobs``), plain data; ``running/pool`` or ``running/cluster`` gives it to a worker.
5. In the worker ``running/job`` has its functions observed in the ``sandbox/``, and ``judging/`` decides points.
6. ``running/notebook`` runs the cells in a kernel in the sandbox; the verdicts are written into the test cells.
7. The outcome comes back, and ``keeping/commit`` writes it down in an order that no crash can harm: journal,
   ``keeping/gradebook``, page of ``keeping/feedback``, record.
8. ``late/`` says what it costs to be late, when the gradebook asks; ``keeping/report`` says how all of them stand.

Nothing heavy loads before it is used: the workers, the command line and the report share this package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.grading.course import GradingError, write_config
    from autograder.grading.grade import grade_course
    from autograder.grading.results import CellResult, GradeReport, SubmissionResult

__all__ = ["CellResult", "GradeReport", "GradingError", "SubmissionResult", "grade_course", "write_config"]

_HOMES = {
    "CellResult": "results",
    "GradeReport": "results",
    "GradingError": "course",
    "SubmissionResult": "results",
    "grade_course": "grade",
    "write_config": "course",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'autograder.grading' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"autograder.grading.{_HOMES[name]}"), name)
