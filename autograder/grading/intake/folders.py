"""The folders that students handed in: which of them can be submissions, and why others cannot."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from autograder.grading.sentences import shown

# A name is a folder, a row in a database and a word in a sentence; nbgrader takes some characters for patterns.
MAX_NAME_BYTES = 120
_PATTERNS = frozenset("*?[]{}\\")


class Refused(NamedTuple):
    """A folder that cannot be a submission."""

    student: str
    lesson: str
    why: str


def find_submissions(folder: Path) -> tuple[list[tuple[str, str]], list[Refused]]:
    """Each (student, folder of a lesson), sorted, and the folders that cannot be one.

    The second need not be the name of a lesson.

    Raises
    ------
    OSError
        If the folder itself cannot be read. A student's folder that cannot be read is among the refused.
    """
    found: list[tuple[str, str]] = []
    refused: list[Refused] = []
    for student in _folders(folder):
        why = _unusable(student)
        lessons: list[Path] = []
        if not why:
            try:
                lessons = _folders(student)
            except OSError as error:
                why = f"it cannot be read ({error.strerror}); allow it, then grade again"
        if why:
            refused.append(Refused(shown(student.name), "", f"The folder of this student was left out: {why}."))
        for lesson in lessons:
            why = _unusable(lesson)
            if why:
                sentence = f"The folder of this submission was left out: {why}."
                refused.append(Refused(student.name, shown(lesson.name), sentence))
            else:
                found.append((student.name, lesson.name))
    return sorted(found), sorted(refused)


def _folders(folder: Path) -> list[Path]:
    # A link that leads nowhere is no folder, but somebody meant it to be one.
    found = (path for path in folder.iterdir() if not path.name.startswith("."))
    return [path for path in found if path.is_dir() or path.is_symlink()]


def _unusable(folder: Path) -> str:
    """Why a folder cannot be a student's or a submission's; empty if it can."""
    name = folder.name
    if folder.is_symlink():
        return "it is a link to another folder, which is not followed"
    if not name.isprintable() or name != name.strip():
        return "its name holds characters that cannot be seen; rename it, then grade again"
    if _PATTERNS & set(name):
        return "its name holds a character that nbgrader takes for a pattern; rename it, then grade again"
    if len(name.encode()) > MAX_NAME_BYTES:
        return f"its name is longer than {MAX_NAME_BYTES} bytes; rename it, then grade again"
    return ""
