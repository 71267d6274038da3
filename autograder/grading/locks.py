"""Locks on open files, on every system. The system takes a lock back when the process that holds it ends."""

from __future__ import annotations

import os
import sys

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# On Windows nobody else can read a byte that is locked, so it is one that no file has.
_FAR_BYTE = 1 << 30


def lock(number: int) -> None:
    """Lock an open file, by its descriptor; at once or not at all.

    Raises
    ------
    BlockingIOError
        If another process holds the lock.
    """
    if sys.platform == "win32":
        os.lseek(number, _FAR_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(error.errno, error.strerror) from error
    else:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
