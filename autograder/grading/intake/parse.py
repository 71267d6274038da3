"""The bytes of a file, and the cells that are in them: whatever is no notebook gets a sentence that says what it is."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import nbformat

from autograder.grading.intake.errors import UnusableError
from autograder.grading.intake.weight import too_heavy, without_outputs
from autograder.grading.sentences import shown

# A lesson with its outputs is a few hundred kilobytes; figures that somebody can turn are twenty megabytes.
MAX_FILE_BYTES = 100_000_000
# Without outputs.
MAX_NOTEBOOK_BYTES = 20_000_000
# A lesson has less than a hundred.
MAX_CELLS = 1_000

_BLANK = b"\0 \t\r\n"
_KINDS = {
    b"PK\x03\x04": "it is an archive (zip), or a file of an office program",
    b"\x1f\x8b": "it is an archive (gzip)",
    b"7z\xbc\xaf": "it is an archive (7z)",
    b"%PDF": "it is a PDF",
    b"\x89PNG": "it is a picture",
    b"<": "it is a web page",
}
_CONFLICT = re.compile(rb"^(?:<{7} .*|={7}|>{7} .*)\r?$", re.MULTILINE)


def bytes_of(path: Path, limit: int) -> bytes | None:
    """The content of a regular file that is no link; None if it is longer than the limit."""
    # Whatever the file was when it was looked at, what is opened here is neither followed nor waited for.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        # As much memory as is asked for is taken, whatever there is to read.
        content = file.read(min(about.st_size, limit) + 1)
    return content if len(content) <= limit else None


def notebook_bytes(path: Path) -> tuple[bytes, list[str]]:
    """The content of a notebook, of a large one without its outputs; and what had to be understood, a sentence each.

    Raises
    ------
    UnusableError
        If it cannot be a notebook.
    """
    name = shown(path.name)
    if path.is_symlink():
        raise UnusableError(f"{name} is a link to another file, which is not followed.")
    content = bytes_of(path, MAX_FILE_BYTES)
    if content is None:
        size, limit = path.stat().st_size / 1e6, MAX_FILE_BYTES / 1e6
        raise UnusableError(f"{name} is too large: {size:.0f} MB, where {limit:.0f} MB are allowed.")
    if not content.strip(_BLANK):
        raise UnusableError(f"{name} is empty.")
    said = []
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            content = content.decode("utf-16").encode()
            said = [f"{name} is not text in UTF-8; it was read as UTF-16."]
        except UnicodeError:
            raise UnusableError(_not_text(name)) from None
    if len(content) > MAX_NOTEBOOK_BYTES or too_heavy(content):
        content = without_outputs(content)
    if len(content) > MAX_NOTEBOOK_BYTES:
        size, limit = len(content) / 1e6, MAX_NOTEBOOK_BYTES / 1e6
        raise UnusableError(
            f"{name} is too large: {size:.0f} MB without the outputs, where {limit:.0f} MB are allowed."
        )
    return content, said


def cells_of(content: bytes, name: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The cells of a notebook, each a dict, and what had to be understood for it, a sentence each.

    Raises
    ------
    UnusableError
        If it is no notebook.
    """
    why = too_heavy(content)
    if why:
        raise UnusableError(f"{name} cannot be read: {why}.")
    text, said = _text(content.rstrip(_BLANK), name)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        if len(_CONFLICT.findall(content)) >= 3:
            raise UnusableError(
                f"{name} holds two versions, as git leaves them after a conflict ({where}); choose one, then save."
            ) from None
        raise UnusableError(
            f"{name} is not valid JSON ({error.msg}, {where}): it is damaged or not a notebook."
        ) from None
    except (RecursionError, ValueError):
        raise UnusableError(
            f"{name} cannot be read: its JSON is nested too deeply or holds too large a number."
        ) from None
    if isinstance(data, dict) and "worksheets" in data:
        try:
            data = nbformat.convert(nbformat.from_dict({"nbformat": 3, "metadata": {}, **data}), 4)
        except Exception:
            raise UnusableError(f"{name} has a format from before 2015 that cannot be converted.") from None
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise UnusableError(f"{name} is JSON, but not a notebook: it has no list of cells.")
    if len(cells) > MAX_CELLS:
        raise UnusableError(f"{name} has {len(cells)} cells, where {MAX_CELLS} are allowed.")
    return cells, said


def _text(content: bytes, name: str) -> tuple[str, list[str]]:
    """The text of a file: in UTF-8, or as editors of Windows save it."""
    for start, kind in _KINDS.items():
        if content.lstrip(_BLANK).startswith(start):
            raise UnusableError(f"{name} is not a notebook: {kind}.")
    for encoding, said in (
        ("utf-8-sig", []),
        ("cp1252", [f"{name} is not text in UTF-8; it was read as Windows-1252."]),
    ):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        # What is not even the beginning of an object is no notebook in any encoding.
        if not said or text.lstrip().startswith("{"):
            return text, said
    raise UnusableError(_not_text(name))


def _not_text(name: str) -> str:
    return f"{name} is not a notebook: it is not text in UTF-8."
