"""A process of the workers with a fault built in: a worker that is killed at a named stage, or a clock that jumps.

Run as a program in the place of ``autograder.grading.running.worker``. Each stage kills the worker that grades the
student of the same name, as often as the number in the file with that name says.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Where in the way of a job a worker can be lost: (module of autograder.grading.running, class or nothing, function).
STAGES = {
    "job-read": ("job", "", "run_job"),
    "judging": ("job", "", "trusted_verdicts"),
    "judged": ("job", "", "patch_notebook"),
    "kernel-starts": ("notebook", "GradeExecute", "create_kernel_manager"),
    "cell-starts": ("notebook", "GradeExecute", "preprocess_cell"),
    "cell-speaks": ("notebook", "GradeExecute", "process_message"),
    "cells-done": ("job", "", "grade_cell"),
    "answer": ("worker", "", "outcome_read"),
}


def jumping_clock(seed: int) -> Callable[[], float]:
    """A clock that is set anew by up to a month whenever somebody looks at it."""
    rng, right = random.Random(seed), time.time
    return lambda: right() + rng.uniform(-2_600_000, 2_600_000)


def program(folder: Path, faults: Path) -> str:
    """An interpreter that runs the faulty process, whatever it is asked to run."""
    path = folder / "python"
    path.write_text(f'#!/bin/sh\nexec {sys.executable} {__file__} {faults} "$@"\n')
    path.chmod(0o755)
    return str(path)


def main() -> None:
    """Build the fault in, and be the process."""
    from autograder.grading.jobs import Outcome
    from autograder.grading.running import job, notebook, worker

    faults = Path(sys.argv[1])
    if (faults / "clock").exists():
        time.time = jumping_clock(2)
        time.time_ns = lambda: int(time.time() * 1e9)
    student = ""

    def at(stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def reached(*given: Any, **named: Any) -> Any:
            nonlocal student
            if function.__name__ == "run_job":
                student = given[0].student
            left = faults / stage
            if student == stage and left.exists() and int(left.read_text()):
                left.write_text(str(int(left.read_text()) - 1))
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*given, **named)

        return reached

    modules: dict[str, Any] = {"job": job, "notebook": notebook}
    for stage, (module, owner, name) in STAGES.items():
        if module in modules:
            place = getattr(modules[module], owner) if owner else modules[module]
            setattr(place, name, at(stage, getattr(place, name)))
    Outcome.to_dict = at("answer", Outcome.to_dict)
    sys.argv[1:] = sys.argv[-1:]
    worker.main()


if __name__ == "__main__":
    main()
