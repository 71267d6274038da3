"""Files that are whole or absent, and the lock of a course."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.grading.course import GradingError


def write_whole(path: Path, data: str | bytes) -> None:
    """Write a file so that it is never seen half written, not even after a power cut."""
    if isinstance(data, str):
        # Half a character, which a submission can print, is no reason to lose its grade.
        data = data.encode("utf-8", "backslashreplace")
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)  # noqa: PTH105 - the name says what it does on every system
    # The new name is an entry in the folder, which has to reach the disk as well.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


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
