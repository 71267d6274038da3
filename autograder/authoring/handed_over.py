"""Files that the package once wrote into somebody's folder, and may renew as long as nobody has changed them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from autograder.authoring.build import notebook_fingerprint
from autograder.errors import UserError
from autograder.grading.keeping.files import write_whole

RECORD = ".autograder.json"


@dataclass
class Outcome:
    """What happened to each file, by its path in the folder.

    Attributes
    ----------
    written : list of str
        Was not there.
    renewed : list of str
        Was there as we had written it; now it is the new version.
    kept : list of str
        Somebody changed it, and it is not what we would write.
    newer : list of str
        Those of them of which we have another version than the one that was changed.
    """

    written: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    newer: list[str] = field(default_factory=list)


class HandedOver:
    """What was written into a folder: a hash of each file, kept in one file of JSON.

    Of a notebook only the cells count: who runs it, or opens and saves it, has not changed it.

    Raises
    ------
    UserError
        If the record cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outcome = Outcome()
        path = folder / RECORD
        try:
            self.files: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))["files"] if path.exists() else {}
            if not all(isinstance(text, str) for pair in self.files.items() for text in pair):
                raise TypeError
        except (ValueError, TypeError, KeyError, AttributeError):
            raise UserError(
                f"{path} cannot be read, so nobody can tell which files you have changed: restore it from a copy, or "
                "delete it; then every file that differs from ours counts as changed and is kept."
            ) from None

    def plan(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Which of these files are to be written. Nothing is written yet; `outcome` says what will happen."""
        to_write = {}
        for name, data in files.items():
            path, new = self.folder / name, content_hash(name, data)
            if not path.exists():
                self.outcome.written.append(name)
                to_write[name] = data
            elif (present := content_hash(name, path.read_bytes())) != new:
                if present != self.files.get(name):
                    self.outcome.kept.append(name)
                    if new != self.files.get(name):
                        self.outcome.newer.append(name)
                    continue
                self.outcome.renewed.append(name)
                to_write[name] = data
            self.files[name] = new
        return to_write

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write them, and last the record."""
        for name, data in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
        record = {
            "about": "Which files autograder init wrote; by it, init knows what you changed.",
            "files": self.files,
        }
        text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False)
        write_whole(self.folder / RECORD, f"{text}\n")


def content_hash(name: str, data: bytes) -> str:
    """Changes whenever somebody changes the content of the file."""
    if name.endswith(".ipynb"):
        try:
            return notebook_fingerprint(nbformat.reads(data.decode(), as_version=4))
        except (ValueError, AttributeError, KeyError, nbformat.reader.NotJSONError):
            pass
    # On Windows, git may have given text other ends of lines.
    return hashlib.sha256(data if b"\0" in data else data.replace(b"\r\n", b"\n")).hexdigest()
