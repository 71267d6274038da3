"""The folders that students handed in: which of them can be submissions, and why others cannot."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import NamedTuple

from autograder.grading.sentences import shown

# A name is a folder, a row in a database and a word in a sentence; nbgrader takes some characters for patterns.
MAX_NAME_BYTES = 120
_PATTERNS = frozenset("*?[]{}\\")
# When something was handed in, as nbgrader's exchange writes it beside the notebook.
TIME_STAMP = "timestamp.txt"
TIME_STAMP_FORMAT = "%Y-%m-%d %H:%M:%S.%f %Z"
# What programs leave in any folder that they open or pack. Nobody means it to be a student.
LEFT_BEHIND = frozenset(
    {".ipynb_checkpoints", ".git", ".Trash", ".Trashes", ".Spotlight-V100", ".fseventsd", "__MACOSX"}
)


_NOTES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


def is_note(name: str) -> bool:
    """Whether a file of that name is what a system notes about files and folders: nobody hands it in."""
    return name in _NOTES or name.startswith("._")


class Refused(NamedTuple):
    """A folder that cannot be a submission."""

    student: str
    lesson: str
    why: str


def find_submissions(folder: Path) -> tuple[list[tuple[str, str]], list[Refused]]:
    """Each (student, folder of a lesson), sorted, and the folders that cannot be one.

    The second need not be the name of a lesson. The student is named in Unicode's composed form, whichever form the
    folder has: `folder_of` finds it.

    Raises
    ------
    OSError
        If the folder itself cannot be read. A student's folder that cannot be read is among the refused.
    """
    found: dict[tuple[str, str], str] = {}
    refused: list[Refused] = []
    for student in sorted(_folders(folder), key=_composed_first):
        why = _unusable(student)
        lessons: list[Path] = []
        if not why:
            try:
                lessons = _folders(student)
                why = "" if lessons else _loose_notebook(student)
            except OSError as error:
                why = f"it cannot be read ({error.strerror}); allow it, then grade again"
        if why:
            refused.append(Refused(shown(student.name), "", f"The folder of this student was left out: {why}."))
        name = composed(student.name)
        for lesson in lessons:
            why = _unusable(lesson)
            other = found.get((name, lesson.name))
            if why:
                refused.append(_left_out(name, lesson, why))
            elif other is not None:
                # On the screen the two names are the same.
                why = f"its student has another folder, which Unicode writes as {_spelled(other)} and which was graded"
                refused.append(_left_out(_spelled(student.name), lesson, f"{why}; keep one, then grade again"))
            else:
                found[name, lesson.name] = student.name
    return sorted(found), sorted(refused)


def folder_of(submitted: Path, student: str, lesson: str) -> Path:
    """Where a submission that `find_submissions` found lies."""
    direct = submitted / student / lesson
    if _is_folder(direct.parent) and _is_folder(direct):
        return direct
    others = (path for path in _folders(submitted) if composed(path.name) == student and not path.is_symlink())
    places = (path / lesson for path in sorted(others))
    return next((place for place in places if _is_folder(place)), direct)


def composed(name: str) -> str:
    """A name in the one form in which students are kept; macOS writes names in another than most keyboards.

    Examples
    --------
    >>> composed("Zoe" + chr(0x308)) == "Zoë"
    True
    """
    return unicodedata.normalize("NFC", name)


def _composed_first(path: Path) -> tuple[bool, str]:
    return composed(path.name) != path.name, path.name


def _spelled(name: str) -> str:
    return shown("".join(c.encode("unicode_escape").decode() if unicodedata.combining(c) else c for c in name))


def _left_out(student: str, lesson: Path, why: str) -> Refused:
    return Refused(student, shown(lesson.name), f"The folder of this submission was left out: {why}.")


def _folders(folder: Path) -> list[Path]:
    # A link that leads nowhere is no folder, but somebody meant it to be one.
    return [path for path in folder.iterdir() if path.name not in LEFT_BEHIND and (path.is_dir() or path.is_symlink())]


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _loose_notebook(student: Path) -> str:
    """Why a folder without folders cannot be a student's, if there is a notebook in it."""
    loose = sorted(path.name for path in student.iterdir() if path.suffix.lower() == ".ipynb" and path.name[0] != ".")
    return f"{shown(loose[0])} lies in no folder of a lesson; put it into one, then grade again" if loose else ""


def _unusable(folder: Path) -> str:
    """Why a folder cannot be a student's or a submission's; empty if it can."""
    if folder.is_symlink():
        return "it is a link to another folder, which is not followed"
    why = unusable(folder.name)
    return why and f"{why}; rename it, then grade again"


def unusable(name: str) -> str:
    """Why a name cannot be that of a student's or a submission's folder; empty if it can.

    Examples
    --------
    >>> unusable("ada"), unusable("..")
    ('', 'its name begins with a dot')
    """
    if name.startswith("."):
        return "its name begins with a dot"
    if not name.isprintable() or name != name.strip():
        return "its name holds characters that cannot be seen"
    if _PATTERNS & set(name):
        return "its name holds a character that nbgrader takes for a pattern"
    if len(composed(name).encode()) > MAX_NAME_BYTES:
        return f"its name is longer than {MAX_NAME_BYTES} bytes"
    return ""
