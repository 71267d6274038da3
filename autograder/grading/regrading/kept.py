"""A copy of all that grading writes, kept before it is written over, and put back as a whole.

A copy is complete or absent: it gets its number when it is whole. By then it says what it was made for: ``applying``,
as long as not all is written that was to be; ``restoring``, with the number of the copy that is put back, which goes
when it is. So whatever the moment at which a process ends, the next command goes on from there.
"""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.grading.course import Course, GradingError
from autograder.grading.keeping.files import write_whole
from autograder.grading.regrading.rows import copy_gradebook, courses_in

_GRADEBOOK, _ABOUT = "gradebook.db", "about.json"


class Kept:
    """The kept copies of a course. Whoever uses it holds the course's lock.

    Parameters
    ----------
    course : Course
    """

    def __init__(self, course: Course) -> None:
        self.course = course
        self.folder = course.hidden / "kept"
        self._places = {
            **{step: course.folder(step) for step in ("autograded", "feedback")},
            **{name: course.root / name for name in ("report.html", "report.json", "report.csv")},
            **{name: course.hidden / name for name in ("records", "journal")},
        }

    @property
    def is_interrupted(self) -> bool:
        """Whether an apply did not come to its end."""
        return bool(self._about(self._newest()).get("applying"))

    @property
    def half_restored(self) -> int:
        """The number of the copy that an undo was putting back when it was interrupted; 0 if none was."""
        number: int = self._about(self._newest()).get("restoring", 0)
        return number if (self.folder / str(number)).is_dir() else 0

    def begin(self) -> str:
        """Keep a copy before something is written; return a sentence about one that is older than now, or nothing.

        What an apply that was interrupted has kept stays: it is what was before.
        """
        number = self._newest()
        if self.is_interrupted:
            since = self._about(number)["kept"]
            return f"An earlier --apply was interrupted. --undo goes back to before that one, {since}."
        self._keep(number + 1, applying=True)
        self._only(number + 1)
        return ""

    def done(self) -> None:
        """What was to be written is written."""
        number = self._newest()
        about = self._about(number)
        if about.pop("applying", None):
            write_whole(self.folder / str(number) / _ABOUT, json.dumps(about))

    def undo(self) -> str:
        """Put back what was kept, and keep what was there; return since when it was kept.

        Raises
        ------
        GradingError
            If nothing is kept.
        """
        number = self.half_restored
        if not number:
            number = self._newest()
            if not number:
                raise GradingError("There is nothing to undo: no autograder regrade --apply has written anything yet.")
            self._keep(number + 1, restoring=number)
        since: str = self._about(number)["kept"]
        self._restore(self.folder / str(number))
        self._only(number + 1)
        return since

    def _newest(self) -> int:
        numbers = [int(path.name) for path in self.folder.glob("[0-9]*")] if self.folder.is_dir() else []
        return max(numbers, default=0)

    def _about(self, number: int) -> dict[str, Any]:
        """What a copy says of itself; nothing if there is none."""
        if not number:
            return {}
        about: dict[str, Any] = json.loads((self.folder / str(number) / _ABOUT).read_text(encoding="utf-8"))
        return about

    def _only(self, number: int) -> None:
        for path in self.folder.glob("[0-9]*"):
            if path.name != str(number):
                # First it is no copy any more, then it goes.
                shutil.rmtree(self.folder / ".part", ignore_errors=True)
                shutil.rmtree(path.rename(self.folder / ".part"))

    def _keep(self, number: int, **what_for: int) -> None:
        others = courses_in(self.course.db_url) - {self.course.course_id}
        if others:
            raise GradingError(
                f"The gradebook holds other courses too ({', '.join(sorted(others))}), and would be put back as a "
                "whole: give each course a database of its own."
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / ".part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        for name, path in self._places.items():
            _copy(path, part / name)
        copy_gradebook(self.course.db_url, f"sqlite:///{part / _GRADEBOOK}")
        now = datetime.now().astimezone()
        write_whole(part / _ABOUT, json.dumps({"kept": f"{now:%Y-%m-%d %H:%M}", **what_for}))
        part.rename(self.folder / str(number))

    def _restore(self, copy: Path) -> None:
        copy_gradebook(f"sqlite:///{copy / _GRADEBOOK}", self.course.db_url)
        for name, path in self._places.items():
            part = path.with_name(f".{path.name}.part")
            _remove(part)
            _copy(copy / name, part)
            _remove(path)
            if part.exists():
                part.rename(path)


def refuse_half_restored(course: Course) -> None:
    """Raise a GradingError if an undo did not come to its end."""
    if Kept(course).half_restored:
        raise GradingError("An undo was interrupted: run autograder regrade --undo once more, then try again.")


def _copy(path: Path, target: Path) -> None:
    if path.is_dir():
        shutil.copytree(path, target, symlinks=True)
    elif path.exists():
        shutil.copy2(path, target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
