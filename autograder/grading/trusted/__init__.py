"""Judge exercises outside the submission's process.

The submission's process gets inputs and gives plain data; the cases, the oracle and the judgement stay in the
grader's. ``observer`` is the program that runs the submission; ``cells``, ``names`` and ``slice`` pick what it runs;
``inspection`` reads the source; ``answer`` checks what comes back; ``judging`` ties them together; ``patch`` writes the
verdicts into an executed notebook; ``secret`` draws seeds that no submission can know; ``process`` starts the observer.

There is no tripwire against tampering with the interpreter: nothing that a submission does to its own interpreter
can make a wrong answer right, because no right answer is known there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.grading.trusted.answer import ObserverError, parse_answer
    from autograder.grading.trusted.judging import Observer, Verdicts, trusted_verdicts
    from autograder.grading.trusted.patch import patch_notebook
    from autograder.grading.trusted.process import observer_files, process_observer, wall_seconds
    from autograder.grading.trusted.secret import case_seed, course_secret

__all__ = [
    "Observer",
    "ObserverError",
    "Verdicts",
    "case_seed",
    "course_secret",
    "observer_files",
    "parse_answer",
    "patch_notebook",
    "process_observer",
    "trusted_verdicts",
    "wall_seconds",
]

_HOMES = {
    "Observer": "judging",
    "ObserverError": "answer",
    "Verdicts": "judging",
    "case_seed": "secret",
    "course_secret": "secret",
    "observer_files": "process",
    "parse_answer": "answer",
    "patch_notebook": "patch",
    "process_observer": "process",
    "trusted_verdicts": "judging",
    "wall_seconds": "process",
}


def __getattr__(name: str) -> Any:
    # The observer is a module of this package, and nothing of the judge may load in its process.
    if name not in _HOMES:
        raise AttributeError(f"module 'autograder.grading.trusted' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"autograder.grading.trusted.{_HOMES[name]}"), name)
