"""What is done: one small file for each graded submission, complete or absent.

A folder or a row in the database can be half written; a record is renamed into place after everything else.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from autograder.grading.results import SubmissionResult


class Records:
    """The records of a course, in a hidden folder of it."""

    def __init__(self, root: Path) -> None:
        self.folder = root / ".grading"

    def _path(self, student: str, lesson: str) -> Path:
        return self.folder / lesson / f"{student}.json"

    def read(self, student: str, lesson: str, fingerprint: str | None = None) -> SubmissionResult | None:
        """The result that was recorded for exactly this work, or None. Without a fingerprint: the last one."""
        try:
            data: dict[str, Any] = json.loads(self._path(student, lesson).read_text(encoding="utf-8"))
            if fingerprint is None or data["fingerprint"] == fingerprint:
                return SubmissionResult.from_dict(data["result"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return None

    def write(self, fingerprint: str, result: SubmissionResult) -> None:
        """Record a result, in one step."""
        path = self._path(result.student, result.lesson)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"fingerprint": fingerprint, "result": result.to_dict()}, ensure_ascii=False)
        write_whole(path, text)

    def forget(self, student: str, lesson: str) -> None:
        """Remove a record, before the work that it stands for is overwritten."""
        self._path(student, lesson).unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is never seen half written."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)  # noqa: PTH105 - the name says what it does on every system
