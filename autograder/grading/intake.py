"""Intake: read what a student handed in, and put a copy of it in order. The submitted files are never changed."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.utils import is_ignored

from autograder.grading.course import Lesson
from autograder.grading.repair import repair

# A lesson with its outputs is a few hundred kilobytes.
MAX_NOTEBOOK_BYTES = 20_000_000
MAX_OTHER_BYTES = 50_000_000


@dataclass(frozen=True)
class Intake:
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
    """

    notebook: dict[str, Any] | None
    repairs: list[str]
    remarks: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    content: bytes = b""


class _UnusableError(Exception):
    """The message says why nothing of the submission can be graded."""


def read_submission(folder: Path, lesson: Lesson, ignore: Sequence[str] = ()) -> Intake:
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
        path, repairs = _choose(folder, lesson)
        content = _read(path)
        cells = _parse(content, path.name)
    except _UnusableError as error:
        return Intake(None, [str(error)], remarks, files, content)
    except OSError as error:
        return Intake(None, [f"The submission cannot be read: {error.strerror}."], remarks, files, content)
    notebook, more = repair(cells, lesson)
    return Intake(notebook, [*repairs, *more], remarks, files, content)


def _choose(folder: Path, lesson: Lesson) -> tuple[Path, list[str]]:
    """The notebook to grade: the one with the right name, or the only one there is."""
    wanted = f"{lesson.topic}.ipynb"
    found = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".ipynb" and path.is_file())
    for path in found:
        if path.name == wanted:
            return path, []
    if not found:
        others = sorted(path.name for path in folder.iterdir() if path.is_file() and path.name != "timestamp.txt")
        beside = f"; the folder holds only {', '.join(others[:3])}" if others else "; the folder is empty"
        raise _UnusableError(f"The notebook {wanted} is missing{beside}.")
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise _UnusableError(f"The notebook {wanted} is missing, and it is not clear which of these is meant: {names}.")
    return found[0], [f"The notebook is named {found[0].name}; it was graded as {wanted}."]


def _read(path: Path) -> bytes:
    if path.is_symlink():
        raise _UnusableError(f"{path.name} is a link to another file, which is not followed.")
    size = path.stat().st_size
    if size > MAX_NOTEBOOK_BYTES:
        limit = MAX_NOTEBOOK_BYTES / 1e6
        raise _UnusableError(f"{path.name} is too large: {size / 1e6:.0f} MB, where {limit:.0f} MB are allowed.")
    content = path.read_bytes()
    if not content.strip():
        raise _UnusableError(f"{path.name} is empty.")
    return content


def _parse(content: bytes, name: str) -> list[dict[str, Any]]:
    """The cells of a notebook, each a dict; whatever is not a cell is an error."""
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
    remarks = []
    room = MAX_OTHER_BYTES
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_ignored(str(Path(place, name)), list(ignore)))
        for name in sorted(names):
            path = Path(place, name)
            if path.suffix.lower() == ".ipynb" or is_ignored(str(path), list(ignore)):
                continue
            if path.is_symlink() or not path.is_file():
                remarks.append(f"{name} is not a regular file; it was left out.")
            elif path.stat().st_size > room:
                remarks.append(f"{name} was left out: the files beside the notebook are too large.")
            else:
                files[path.relative_to(folder).as_posix()] = path.read_bytes()
                room -= path.stat().st_size
    return files, remarks
