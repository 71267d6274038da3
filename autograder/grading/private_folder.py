"""Folders for temporary files that do not outlive their owner, not even one that was killed."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from autograder.grading.locks import lock

_NAME = re.compile(r"autograder-run-[0-9a-f]{8}")


class PrivateFolder:
    """A new folder that only this user can read. It is locked as long as this process lives.

    Attributes
    ----------
    path : str
        Where it is. Short, because names of sockets must be.
    """

    def __init__(self) -> None:
        # Locked before it has the name by which `remove_abandoned` knows it.
        unlocked = Path(tempfile.mkdtemp(prefix=".autograder-", dir=_place()))
        self._lock: int | None = os.open(unlocked, os.O_RDONLY | os.O_DIRECTORY)
        lock(self._lock)
        self.path = str(unlocked.rename(unlocked.with_name(f"autograder-run-{secrets.token_hex(4)}")))

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def remove_abandoned() -> None:
    """Remove the folders of this user's processes that were killed before they could do it."""
    for path in _place().iterdir():
        if not _NAME.fullmatch(path.name):
            continue
        with suppress(OSError):
            folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(folder).st_uid == os.geteuid():
                    lock(folder)
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(folder)


def _place() -> Path:
    return Path(tempfile.gettempdir() if len(tempfile.gettempdir()) < 40 else "/tmp")
