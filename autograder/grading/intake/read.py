"""Read what a student handed in, and put a copy of it in order. The submitted files are never changed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any

from autograder.grading.course import Lesson
from autograder.grading.intake.choose import choose
from autograder.grading.intake.errors import UnusableError
from autograder.grading.intake.folders import LEFT_BEHIND, TIME_STAMP, is_note
from autograder.grading.intake.parse import bytes_of
from autograder.grading.intake.repair import repair
from autograder.grading.intake.saved_by import saved_by
from autograder.grading.sentences import few, shown

MAX_OTHER_BYTES = 50_000_000
MAX_OTHER_FILES = 1_000
MAX_FOLDERS = 1_000
# A path has to fit once more where the notebook runs, and among the autograded ones.
MAX_PATH_BYTES = 1_000
MAX_DEPTH = 30
MAX_SENTENCES = 8


@dataclass(frozen=True)
class Received:
    """A submission, read.

    Attributes
    ----------
    notebook : dict or None
        A notebook in good order that can be run and graded; None if there is none (quarantine).
    repairs : list of str
        What was put in order, a sentence each; or why there is nothing to grade.
    remarks : list of str
        What else an instructor should know.
    files : dict of str to bytes
        The other files that were handed in.
    content : bytes
        The notebook as it was submitted; a large one without its outputs.
    unreadable : bool
        Whether the grader was kept from reading it, which is no fault of the student.
    """

    notebook: dict[str, Any] | None
    repairs: list[str]
    remarks: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    content: bytes = b""
    unreadable: bool = False


def read_submission(folder: Path, lesson: Lesson, ignore: Sequence[str] = ()) -> Received:
    """Read a submission of a lesson, whatever state it is in.

    Parameters
    ----------
    folder : Path
        ``submitted/<student>/<lesson>``.
    lesson : Lesson
        The lesson that it answers.
    ignore : sequence of str
        Patterns of files that do not count, as nbgrader has them.
    """
    files: dict[str, bytes] = {}
    remarks: list[str] = []
    try:
        chosen = choose(folder, lesson)
        files, remarks = _other_files(chosen.path.parent, ignore, chosen.path)
        if chosen.path.parent != folder:
            files |= _time_stamp(folder)
        files, clashes = _without_clashes(files, lesson)
        remarks = [*chosen.remarks, *few([*clashes, *remarks], MAX_SENTENCES, _more)]
    except UnusableError as error:
        files, remarks = _other_files(folder, ignore)
        return Received(None, [str(error)], few(remarks, MAX_SENTENCES, _more), files)
    except OSError as error:
        why = f"The submission cannot be read ({error.strerror}); allow it, then grade again."
        return Received(None, [why], remarks, files, unreadable=True)
    notebook, more = repair(chosen.cells, lesson)
    if version := saved_by(chosen.content):
        notebook["metadata"]["language_info"] = {"name": "python", "version": version}
    repairs = [*chosen.repairs, *few(more, MAX_SENTENCES, _more)]
    return Received(notebook, repairs, remarks, files, chosen.content)


def _more(count: int) -> str:
    return f"And {count} more of this kind."


def _time_stamp(folder: Path) -> dict[str, bytes]:
    """nbgrader's note of when it was handed in, which lies where the student's folder begins."""
    path = folder / TIME_STAMP
    data = bytes_of(path, MAX_OTHER_BYTES) if path.is_file() and not path.is_symlink() else None
    return {} if data is None else {TIME_STAMP: data}


def _without_clashes(files: dict[str, bytes], lesson: Lesson) -> tuple[dict[str, bytes], list[str]]:
    """The files that can lie beside those of the lesson, and a sentence for each other."""
    own = {f"{lesson.topic}.ipynb", *lesson.files}
    own_folders = {str(parent) for name in own for parent in PurePosixPath(name).parents}
    kept: dict[str, bytes] = {}
    said: dict[str, None] = {}
    for name, data in files.items():
        above = [str(parent) for parent in PurePosixPath(name).parents if str(parent) in own]
        if above:
            said[f"{shown(above[0])} is a folder, where the lesson has a file of that name; it was left out."] = None
        elif name in own_folders:
            said[f"{shown(name)} is a file, where the lesson has a folder of that name; it was left out."] = None
        else:
            kept[name] = data
    return kept, list(said)


def _ignored(name: str, ignore: Sequence[str]) -> bool:
    """Whether nbgrader would pass a name over; it looks into the folder for each name and each pattern."""
    return any(fnmatchcase(name, pattern) for pattern in ignore)


def _other_files(
    folder: Path, ignore: Sequence[str], notebook: Path | None = None
) -> tuple[dict[str, bytes], list[str]]:
    """The regular files beside the notebook, links left out."""
    files: dict[str, bytes] = {}
    remarks: list[str] = []
    room = MAX_OTHER_BYTES

    def not_read(error: OSError) -> None:
        # The folder itself is what `choose` looks at, and cannot.
        if error.filename != str(folder):
            remarks.append(f"{shown(Path(error.filename).name)} cannot be read ({error.strerror}); it was left out.")

    for visited, (place, folders, names) in enumerate(os.walk(folder, onerror=not_read)):
        if visited == MAX_FOLDERS:
            remarks.append(f"More than {MAX_FOLDERS} folders are beside the notebook; the rest was left out.")
            break
        inside = Path(place).relative_to(folder)
        for name in folders:
            if Path(place, name).is_symlink():
                remarks.append(f"{shown(name)} is a link to a folder; it was left out.")
            elif len(inside.parts) >= MAX_DEPTH or len(os.fsencode(inside / name)) > MAX_PATH_BYTES:
                remarks.append(f"{shown(name[:40])} was left out: it lies in too many folders.")
        folders[:] = sorted(
            name
            for name in folders
            if not (name in LEFT_BEHIND or _ignored(name, ignore) or _is_environment(Path(place, name)))
            and len(inside.parts) < MAX_DEPTH
            and len(os.fsencode(inside / name)) <= MAX_PATH_BYTES
        )
        for name in sorted(names):
            path = Path(place, name)
            if path.suffix.lower() == ".ipynb" or path == notebook or is_note(name):
                continue
            if _ignored(name, ignore):
                continue
            if len(os.fsencode(inside / name)) > MAX_PATH_BYTES:
                remarks.append(f"{shown(name[:40])} was left out: its path is longer than {MAX_PATH_BYTES} bytes.")
                continue
            if len(files) == MAX_OTHER_FILES:
                remarks.append(
                    f"There are more than {MAX_OTHER_FILES} files beside the notebook; the rest was left out."
                )
                return files, remarks
            data = b""
            if not name.isprintable():
                remarks.append(f"{shown(name)} was left out: its name holds characters that cannot be seen.")
            elif path.is_symlink() or not path.is_file():
                remarks.append(f"{name} is not a regular file; it was left out.")
            else:
                try:
                    found = bytes_of(path, room)
                except OSError as error:
                    remarks.append(f"{name} cannot be read ({error.strerror}); it was left out.")
                    continue
                if found is None:
                    remarks.append(f"{name} was left out: the files beside the notebook are too large.")
                else:
                    files[path.relative_to(folder).as_posix()] = data = found
            room -= len(data)
    return files, remarks


def _is_environment(folder: Path) -> bool:
    """Whether somebody's whole Python lies in it."""
    return (folder / "pyvenv.cfg").exists()
