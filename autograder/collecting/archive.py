"""An archive of files, or the folder that a browser made of it, read one file at a time and within bounds."""

from __future__ import annotations

import io
import zipfile
import zlib
from contextlib import AbstractContextManager
from pathlib import Path

from autograder.errors import UserError
from autograder.grading.intake.folders import is_note

MAX_FILES = 20_000
MAX_BYTES = 100_000_000
# A bit of an entry's flags.
_SAYS_UTF_8 = 0x800


class Archive(AbstractContextManager["Archive"]):
    """The files of a zip archive or of a folder.

    Parameters
    ----------
    source : Path or bytes
        A zip file, a folder, or what a zip file holds.
    name : str
        What sentences call it.

    Attributes
    ----------
    paths : list of str
        Its files, sorted, with forward slashes; without those that a system or an editor leaves behind.

    Raises
    ------
    UserError
        If it is neither, is locked by a password, is damaged or holds too many files.
    """

    def __init__(self, source: Path | bytes, name: str) -> None:
        self.name = name
        self._folder = source if isinstance(source, Path) and source.is_dir() else None
        self._zip: zipfile.ZipFile | None = None
        self._entries: dict[str, str] = {}
        if self._folder is not None:
            for path in self._folder.rglob("*"):
                # A link may lead anywhere.
                if path.is_file() and not path.is_symlink():
                    self._entries[path.relative_to(self._folder).as_posix()] = str(path)
        else:
            self._open(source)
        if len(self._entries) > MAX_FILES:
            raise UserError(f"{name} holds more than {MAX_FILES:,} files: take it apart, and collect the parts.")
        self.paths = sorted(path for path in self._entries if not _is_litter(path))

    def _open(self, source: Path | bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source)
        except FileNotFoundError:
            raise UserError(f"There is no file {self.name}: check the name and the folder.") from None
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise self._damaged(error) from None
        for entry in self._zip.infolist():
            if entry.flag_bits & 1:
                raise UserError(f"{self.name} is locked by a password: unpack it, and collect the folder.")
            if not entry.is_dir():
                self._entries[_name(entry).replace("\\", "/")] = entry.filename

    def read(self, path: str) -> bytes | None:
        """Return what a file holds; None if that is more than is read."""
        if self._folder is not None:
            file = Path(self._entries[path])
            return file.read_bytes() if file.stat().st_size <= MAX_BYTES else None
        assert self._zip is not None
        try:
            # What an archive says of its sizes need not be true.
            with self._zip.open(self._entries[path]) as stream:
                data = stream.read(MAX_BYTES + 1)
        except (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error) as error:
            raise self._damaged(error) from None
        return data if len(data) <= MAX_BYTES else None

    def _damaged(self, error: Exception) -> UserError:
        return UserError(f"{self.name} is no whole zip archive ({error}): download it again.")

    def __exit__(self, *_: object) -> None:
        if self._zip is not None:
            self._zip.close()


def _name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry. Many programs write UTF-8 and do not say so: Python takes that for the letters of DOS."""
    if entry.flag_bits & _SAYS_UTF_8:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode()
    except UnicodeError:
        return entry.filename


def _is_litter(path: str) -> bool:
    *folders, name = path.split("/")
    return not {"__MACOSX", ".ipynb_checkpoints"}.isdisjoint(folders) or is_note(name)
