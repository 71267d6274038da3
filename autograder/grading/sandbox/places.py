"""Places inside the sandbox."""

from __future__ import annotations

SOCKETS = "/sockets"
SCRATCH = "/tmp"
WORK = f"{SCRATCH}/work"
HOME = f"{SCRATCH}/home"
