"""Ask the grader's observer on a student's own machine: the same program, without a sandbox, on every system."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from autograder.checking.timelimit import CLOCK_PER_PROCESSOR
from autograder.grading.judging.answer import ObserverError, parse_answer
from autograder.grading.judging.request import OBSERVER, processor_seconds, write_files

# For Python to start, and to import what the cells need from a cold disk.
_START_SECONDS = 30.0


def own_observer(files: Mapping[str, bytes]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """An observer for `trusted_verdicts`: for each request a new process, in a new folder with copies of files.

    Parameters
    ----------
    files : mapping of str to bytes
        What lies beside the notebook.
    """

    def observe(request: dict[str, Any]) -> dict[str, Any]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        with tempfile.TemporaryDirectory(prefix="checked-", ignore_cleanup_errors=True) as folder:
            write_files(folder, files)
            try:
                done = subprocess.run(
                    [sys.executable, "-m", OBSERVER],
                    input=json.dumps(request).encode(),
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    cwd=folder,
                    env=environment,
                    timeout=CLOCK_PER_PROCESSOR * processor_seconds(request) + _START_SECONDS,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise ObserverError("did not answer in time") from None
        return parse_answer(done.stdout)

    return observe
