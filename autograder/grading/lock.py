"""The lock of a course: one grader at a time."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.grading.course import GradingError


@contextmanager
def only_grader(path: Path) -> Iterator[None]:
    """Hold the lock of a course. The system takes it back when the process ends, however it ends.

    Raises
    ------
    GradingError
        If another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise GradingError(
                f"This course is being graded already, by {holder}. Wait until that is done, or end it; "
                "what it has graded is kept."
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        yield
