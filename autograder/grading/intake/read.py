"""Read what a student handed in, and put a copy of it in order. The submitted files are never changed."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.utils import is_ignored

from autograder.grading.course import Lesson
from autograder.grading.intake.repair import repair
from autograder.grading.intake.weight import too_heavy
from autograder.grading.sentences import few, shown

# A lesson with its outputs is a few hundred kilobytes.
MAX_NOTEBOOK_BYTES = 20_000_000
MAX_OTHER_BYTES = 50_000_000
MAX_OTHER_FILES = 1_000
MAX_FOLDERS = 1_000
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
        The notebook as it was submitted.
    unreadable : bool
        Whether the grader was kept from reading it, which is no fault of the student.
    """

    notebook: dict[str, Any] | None
    repairs: list[str]
    remarks: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    content: bytes = b""
    unreadable: bool = False


class _UnusableError(Exception):
    """The message says why nothing of the submission can be graded."""


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
    content = b""
    try:
        files, remarks = _other_files(folder, ignore)
        remarks = few(remarks, MAX_SENTENCES, _more)
        path, repairs = _choose(folder, lesson)
        content = _read(path)
        cells = _parse(content, shown(path.name))
    except _UnusableError as error:
        return Received(None, [str(error)], remarks, files, content)
    except OSError as error:
        why = f"The submission cannot be read ({error.strerror}); allow it, then grade again."
        return Received(None, [why], remarks, files, content, unreadable=True)
    notebook, more = repair(cells, lesson)
    return Received(notebook, [*repairs, *few(more, MAX_SENTENCES, _more)], remarks, files, content)


def _more(count: int) -> str:
    return f"And {count} more of this kind."


def _choose(folder: Path, lesson: Lesson) -> tuple[Path, list[str]]:
    """The notebook to grade: the one with the right name, or the only one there is."""
    wanted = f"{lesson.topic}.ipynb"
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".ipynb" and path.is_file())
    for path in found:
        if path.name == wanted:
            return path, []
    if not found:
        others = sorted(shown(p.name) for p in folder.iterdir() if p.is_file() and p.name != "timestamp.txt")
        beside = f"; the folder holds only {', '.join(others[:3])}" if others else "; the folder is empty"
        raise _UnusableError(f"The notebook {wanted} is missing{beside}.")
    if len(found) > 1:
        names = ", ".join(shown(path.name) for path in found[:3]) + (" …" if len(found) > 3 else "")
        raise _UnusableError(f"The notebook {wanted} is missing, and it is not clear which of these is meant: {names}.")
    return found[0], [f"The notebook is named {shown(found[0].name)}; it was graded as {wanted}."]


def _read(path: Path) -> bytes:
    name = shown(path.name)
    if path.is_symlink():
        raise _UnusableError(f"{name} is a link to another file, which is not followed.")
    content = _bytes_of(path, MAX_NOTEBOOK_BYTES)
    if content is None:
        size, limit = path.stat().st_size / 1e6, MAX_NOTEBOOK_BYTES / 1e6
        raise _UnusableError(f"{name} is too large: {size:.0f} MB, where {limit:.0f} MB are allowed.")
    if not content.strip():
        raise _UnusableError(f"{name} is empty.")
    return content


def _bytes_of(path: Path, limit: int) -> bytes | None:
    """The content of a regular file that is no link; None if it is longer than the limit."""
    # Whatever the file was when it was looked at, what is opened here is neither followed nor waited for.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        content = file.read(limit + 1)
    return content if len(content) <= limit else None


def _parse(content: bytes, name: str) -> list[dict[str, Any]]:
    """The cells of a notebook, each a dict; whatever is not a cell is an error."""
    why = too_heavy(content)
    if why:
        raise _UnusableError(f"{name} cannot be read: {why}.")
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _UnusableError(f"{name} is not a notebook: it is not text in UTF-8.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _UnusableError(
            f"{name} is not valid JSON ({error.msg}, {where}): it is damaged or not a notebook."
        ) from None
    except (RecursionError, ValueError):
        raise _UnusableError(
            f"{name} cannot be read: its JSON is nested too deeply or holds too large a number."
        ) from None
    if isinstance(data, dict) and "worksheets" in data:
        try:
            data = nbformat.convert(nbformat.from_dict(data), 4)
        except Exception:
            raise _UnusableError(f"{name} has a format from before 2015 that cannot be converted.") from None
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise _UnusableError(f"{name} is JSON, but not a notebook: it has no list of cells.")
    return cells


def _other_files(folder: Path, ignore: Sequence[str]) -> tuple[dict[str, bytes], list[str]]:
    """The regular files beside the notebook, links left out."""
    files: dict[str, bytes] = {}
    remarks: list[str] = []
    programs: list[str] = []
    room = MAX_OTHER_BYTES

    def not_read(error: OSError) -> None:
        # The folder itself is what `_choose` looks at, and cannot.
        if error.filename != str(folder):
            remarks.append(f"{shown(Path(error.filename).name)} cannot be read ({error.strerror}); it was left out.")

    for visited, (place, folders, names) in enumerate(os.walk(folder, onerror=not_read)):
        if visited == MAX_FOLDERS:
            remarks.append(f"More than {MAX_FOLDERS} folders are beside the notebook; the rest was left out.")
            break
        for name in folders:
            if Path(place, name).is_symlink():
                remarks.append(f"{shown(name)} is a link to a folder; it was left out.")
        folders[:] = sorted(name for name in folders if not is_ignored(str(Path(place, name)), list(ignore)))
        for name in sorted(names):
            path = Path(place, name)
            if path.suffix.lower() == ".ipynb":
                continue
            if is_ignored(str(path), list(ignore)):
                programs += [shown(name)] if path.suffix == ".py" else []
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
                    found = _bytes_of(path, room)
                except OSError as error:
                    remarks.append(f"{name} cannot be read ({error.strerror}); it was left out.")
                    continue
                if found is None:
                    remarks.append(f"{name} was left out: the files beside the notebook are too large.")
                else:
                    files[path.relative_to(folder).as_posix()] = data = found
            room -= len(data)
    if programs:
        more = f" and {len(programs) - 3} more" if len(programs) > 3 else ""
        remarks.insert(0, f"Python files beside the notebook are not used: {', '.join(programs[:3])}{more}.")
    return files, remarks
