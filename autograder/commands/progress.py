"""What `autograder grade` shows while it works: a bar for people, lines of JSON for machines."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.console import console

if TYPE_CHECKING:
    from autograder.grading.results import SubmissionResult

_REMARKABLE = ("repaired", "quarantined", "failed")


class LiveCounts(AbstractContextManager["LiveCounts"]):
    """A bar on standard error with the time that is left, and live counts."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        # From far more than the usual thirty seconds, because one endless loop can take as long.
        columns = (
            TextColumn("Grading"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[counts]}"),
        )
        self._progress = Progress(*columns, console=console(stderr=True), speed_estimate_period=300)
        self._task = self._progress.add_task("grading", total=None, counts="")
        self._counts: Counter[str] = Counter()

    def __enter__(self) -> LiveCounts:
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()

    def expect(self, total: int) -> None:
        """Set the length of the bar."""
        self._progress.update(self._task, total=total)

    def add(self, result: SubmissionResult) -> None:
        """Move the bar."""
        self._counts[result.status] += 1
        self._progress.update(self._task, advance=1, counts=counts_in_words(self._counts))


def counts_in_words(counts: Counter[str]) -> str:
    """The counts of what needs a look, and of what does not.

    Examples
    --------
    >>> counts_in_words(Counter(graded=40, repaired=2, failed=1))
    '43 done, 2 repaired, 0 quarantined, 1 failed'
    """
    return ", ".join([f"{counts.total()} done", *(f"{counts[status]} {status}" for status in _REMARKABLE)])


class JsonLines(AbstractContextManager["JsonLines"]):
    """On standard output a line for each submission as soon as it is done, then one for the whole run.

    Parameters
    ----------
    course_dir : Path
        Where the report will be.
    """

    def __init__(self, course_dir: Path) -> None:
        self._course_dir = course_dir
        self._counts: Counter[str] = Counter()
        self._began = time.monotonic()

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        if kind is not None:
            # Who reads the lines knows by the missing last one that the run did not come to its end.
            return
        _print_line(
            {
                "kind": "summary",
                "counts": {status: self._counts[status] for status in ("graded", *_REMARKABLE)},
                "seconds": round(time.monotonic() - self._began, 3),
                "report": str(self._course_dir / "report.json"),
            }
        )

    def expect(self, total: int) -> None:
        """Print how many lines to expect."""
        _print_line({"kind": "start", "submissions": total})

    def add(self, result: SubmissionResult) -> None:
        """Print a result."""
        self._counts[result.status] += 1
        _print_line({"kind": "submission", **result.to_dict()})


def _print_line(data: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
