"""Workers as new processes, where none can be forked and watched as on Linux: slower to start, the same otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import TextIO, cast


class NewProcess:
    """A worker process that was started for itself, seen from the supervisor."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "autograder.grading.running.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**os.environ, **environment},
        )
        self.stdin = cast(TextIO, self._process.stdin)
        self.stdout = cast(TextIO, self._process.stdout)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def wait(self) -> None:
        """Wait until it has ended, and forget it."""
        self._process.wait()


class NewProcesses:
    """Starts them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def fork(self, argument: str, connections: list[int]) -> NewProcess:
        """A new worker. There is no sandbox on these systems, so there is nothing to hand on."""
        assert (argument, connections) == ("{}", [])
        return NewProcess(self._environment)

    def close(self) -> None:
        """The workers are ended one by one."""
