"""A course beside the real one: it reads the same sources and submissions, and what it writes touches nothing else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from autograder.grading.course import Course, GradingError
from autograder.grading.keeping.files import write_whole
from autograder.grading.regrading.rows import copy_gradebook

# What grading writes in a course folder, beside the folders that nbgrader's settings name.
_WRITTEN = ("report.html", "report.json", "report.csv", ".nbgrader.log")
_JOURNAL = Path(".grading", "journal")


def make_beside(course: Course) -> Path:
    """Make the course beside; return its folder. Whoever calls this holds the lock of the real one.

    What an earlier one has run is not run again.

    Raises
    ------
    GradingError
        If the course keeps a folder elsewhere, where a course beside it would write as well.
    """
    root = course.hidden / "beside"
    written = {step: course.folder(step) for step in ("autograded", "feedback", "release")}
    for step, path in written.items():
        if path.parent != course.root:
            raise GradingError(
                f"{step}_directory is {path}, outside of the course folder {course.root}, where a trial would write "
                "over it: put it into the course folder."
            )
    _clear(root, keep=_JOURNAL)
    leave = {course.hidden.name, *_WRITTEN, *(path.name for path in written.values())}
    for path in course.root.iterdir():
        if path.name not in leave and not path.name.startswith(("gradebook.db", "grades")):
            (root / path.name).symlink_to(path)
    for path in (course.folder("autograded"), course.folder("feedback")):
        _link(path, root / path.name)
    for name in ("records", "journal"):
        _link(course.hidden / name, root / ".grading" / name)
    shutil.copy2(course.hidden / "secret", root / ".grading" / "secret")
    copy_gradebook(course.db_url, gradebook_of(root))
    return root


def gradebook_of(root: Path) -> str:
    """The URL of the gradebook of a course beside."""
    return f"sqlite:///{root / 'gradebook.db'}"


def hand_over(root: Path, course: Course) -> None:
    """Let the real course know what the one beside has run, so that it does not run it again."""
    entries = root / ".grading" / "journal"
    for entry in entries.glob("*/[!.]*.json.gz"):
        place = course.hidden / "journal" / entry.relative_to(entries)
        if not place.exists() or not place.samefile(entry):
            place.parent.mkdir(parents=True, exist_ok=True)
            write_whole(place, entry.read_bytes())


def _clear(root: Path, keep: Path) -> None:
    kept = root.with_name(f"{root.name}-journal")
    if (root / keep).is_dir():
        shutil.rmtree(kept, ignore_errors=True)
        (root / keep).rename(kept)
    shutil.rmtree(root, ignore_errors=True)
    (root / keep).parent.mkdir(parents=True)
    if kept.is_dir():
        kept.rename(root / keep)


def _link(folder: Path, target: Path) -> None:
    """The same files under other names. Grading puts new files in their place, and changes none."""
    for path in folder.rglob("*") if folder.is_dir() else ():
        place = target / path.relative_to(folder)
        if path.is_symlink() or place.exists():
            continue
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, place)
        except OSError:
            # Some file systems have one name for each file.
            shutil.copy2(path, place)
