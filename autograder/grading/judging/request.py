"""What is asked of an observer: of which program, for how long, and beside which files. For every system."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

OBSERVER = "autograder.grading.sandbox.observer"


def processor_seconds(request: Mapping[str, Any]) -> float:
    """How much processor time the process of a request may use."""
    # `observe` gives all calls of a function together three times the limit of one.
    return float(request["seconds"] + sum(3 * task["seconds"] for task in request["tasks"]))


def write_files(folder: str, files: Mapping[str, bytes]) -> None:
    """Lay out what lies beside a notebook."""
    for name, data in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
