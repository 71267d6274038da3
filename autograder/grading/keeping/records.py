"""What is done: two small files for each submission, each of them complete or absent.

The *journal* holds what came out of a job, from the moment it came out. The *record* says that a result stands
everywhere else: in the gradebook, among the autograded notebooks and in the feedback. A folder or a row in a database
can be half written; these cannot. Both name the hash of the work they stand for (submission, lesson, grader), so
neither can be taken for the answer to other work.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.grading.jobs import Outcome
from autograder.grading.keeping.files import write_whole
from autograder.grading.results import SubmissionResult


class Records:
    """The journal and the records of a course, in a hidden folder of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _record(self, student: str, lesson: str) -> Path:
        return self.folder / "records" / lesson / f"{student}.json"

    def _entry(self, student: str, lesson: str) -> Path:
        return self.folder / "journal" / lesson / f"{student}.json.gz"

    def students(self, lesson: str) -> list[str]:
        """Whose results of a lesson are recorded, sorted."""
        return sorted(path.name.removesuffix(".json") for path in (self.folder / "records" / lesson).glob("[!.]*.json"))

    def read(self, student: str, lesson: str, key: str | None = None) -> SubmissionResult | None:
        """The result that was recorded for exactly this work, or None. Without a key: the last one."""
        try:
            data: dict[str, Any] = json.loads(self._record(student, lesson).read_text(encoding="utf-8"))
            if key is None or data["key"] == key:
                return SubmissionResult.from_dict(data["result"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return None

    def parts(self, student: str, lesson: str) -> dict[str, str]:
        """What the recorded result depends on, a short hash each; empty where that was not noted."""
        try:
            found: dict[str, str] = json.loads(self._record(student, lesson).read_text(encoding="utf-8"))["parts"]
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        return found

    def write(self, key: str, result: SubmissionResult, parts: Mapping[str, str]) -> None:
        """Record a result, in one step."""
        path = self._record(result.student, result.lesson)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps({"key": key, "parts": dict(parts), "result": result.to_dict()}))

    def forget(self, student: str, lesson: str) -> None:
        """Remove a record, before the work that it stands for is overwritten."""
        self._record(student, lesson).unlink(missing_ok=True)

    def outcome(self, student: str, lesson: str, key: str) -> Outcome | None:
        """What came out of exactly this work, if that is known."""
        try:
            with gzip.open(self._entry(student, lesson), "rt", encoding="utf-8") as file:
                data: dict[str, Any] = json.load(file)
            if data["key"] == key:
                return Outcome.from_dict(data["outcome"])
        # A file that a failing disk has damaged tells nothing, so the work is done again.
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError):
            pass
        return None

    def keep(self, student: str, lesson: str, key: str, outcome: Outcome) -> None:
        """Write an outcome down, in one step, in the place of the one before."""
        path = self._entry(student, lesson)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"key": key, "outcome": outcome.to_dict()})
        write_whole(path, gzip.compress(text.encode(), compresslevel=1, mtime=0))
