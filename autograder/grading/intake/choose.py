"""Which file of a submission is the notebook: by its name, or because it is the only one with work in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.grading.course import Lesson
from autograder.grading.intake.errors import UnusableError
from autograder.grading.intake.folders import LEFT_BEHIND, TIME_STAMP
from autograder.grading.intake.parse import cells_of, notebook_bytes
from autograder.grading.sentences import shown

# Below these folders nobody looks for a notebook, and no more than these are read to tell which is meant.
MAX_DEPTH = 5
MAX_FOLDERS = 200
MAX_READ = 8
# With these endings programs save what they take for text.
_ENDINGS = ("", ".txt", ".json")
_NOTHING: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chosen:
    """The notebook to grade.

    Attributes
    ----------
    path : Path
        Where it lies.
    content : bytes
        As it was submitted; of a large one without its outputs.
    cells : list of dict
        What is in it.
    repairs, remarks : list of str
        What an instructor should know, a sentence each; a remark changed nothing.
    """

    path: Path
    content: bytes
    cells: list[dict[str, Any]]
    repairs: list[str]
    remarks: list[str]


def choose(folder: Path, lesson: Lesson) -> Chosen:
    """The notebook of a submission.

    One with the right name counts, unless it holds no answer, or cannot be read, and exactly one other has work in it.

    Raises
    ------
    UnusableError
        If there is none, or it is not clear which is meant.
    """
    return _Choice(folder, lesson).choose()


class _Choice:
    def __init__(self, folder: Path, lesson: Lesson) -> None:
        self.folder = folder
        self.lesson = lesson
        self.wanted = f"{lesson.topic}.ipynb"
        self.names = {str(cell.get("id")) for cell in lesson.notebook.cells}
        self.names |= {str(cell.metadata.get("nbgrader", {}).get("grade_id")) for cell in lesson.notebook.cells}
        self.texts = {_bare(text) for text in lesson.released} - {_NOTHING}

    def choose(self) -> Chosen:
        files = self._files(self.folder)
        named = [path for path in files if path.suffix.lower() == ".ipynb"]
        alike = [path for path in files if path not in named and self._is_alike(path)]
        if (direct := self.folder / self.wanted) in named:
            return self._prefer(direct, [path for path in [*named, *alike] if path != direct])
        nested = list(self._nested())
        right = [path for path in nested if path.name == self.wanted]
        if len(right) == 1:
            return self._prefer(right[0], [*named, *alike])
        for found in (named, alike, nested):
            if found:
                return self._only(found)
        raise UnusableError(f"The notebook {self.wanted} is missing; {self._what_else()}.")

    def _prefer(self, right: Path, others: list[Path]) -> Chosen:
        """The notebook with the right name, if it can be graded and has work in it; else the only other that has."""
        chosen, why = None, f"{shown(self._place(right))} holds no answer."
        try:
            chosen = self._renamed(self._read(right))
        except UnusableError as error:
            why = str(error)
        if chosen is not None and self._is_worked(chosen):
            rest = [other for other in self._different(self._worked(others)) if _texts(other) != _texts(chosen)]
            return _with(chosen, remarks=[f"Not graded, but worked on as well: {_names(rest)}."] if rest else [])
        others = [*others, *(path for path in self._nested() if path != right)]
        worked = self._different(self._worked(others))
        if len(worked) == 1:
            return _with(worked[0], repairs=[f"{why} {shown(self._place(worked[0].path))} does; it was graded."])
        unclear = f"It is not clear which of these is meant: {_names(worked)}."
        if chosen is None:
            raise UnusableError(f"{why} {unclear}" if worked else why)
        if worked:
            return _with(chosen, repairs=[f"{why} {unclear}"])
        return _with(chosen, remarks=[f"{why} Beside it lies {_names(others)}."] if others else [])

    def _only(self, found: list[Path]) -> Chosen:
        """The only one of several with other names that can be meant."""
        if len(found) == 1:
            return self._renamed(self._read(found[0]))
        readable = [one for one in self._readable(found) if self._is_ours(one)]
        worked = self._different([one for one in readable if self._is_worked(one)])
        for several in (worked, readable):
            if len(several) == 1:
                return self._renamed(several[0])
        raise UnusableError(
            f"The notebook {self.wanted} is missing, and it is not clear which of these is meant: {_names(found)}."
        )

    def _renamed(self, chosen: Chosen) -> Chosen:
        """The notebook, and a word about where it was if that is not where it belongs."""
        place = self._place(chosen.path)
        if place == self.wanted:
            return chosen
        if chosen.path.name == self.wanted:
            return _with(chosen, repairs=[f"The notebook lies in the folder {shown(str(Path(place).parent))}."])
        return _with(chosen, repairs=[f"The notebook is named {shown(place)}; it was graded as {self.wanted}."])

    @staticmethod
    def _read(path: Path) -> Chosen:
        content, understood = notebook_bytes(path)
        cells, more = cells_of(content, shown(path.name))
        return Chosen(path, content, cells, [*understood, *more], [])

    def _readable(self, paths: list[Path]) -> Iterator[Chosen]:
        for path in paths[:MAX_READ]:
            try:
                yield self._read(path)
            except (UnusableError, OSError):
                continue

    def _worked(self, paths: list[Path]) -> list[Chosen]:
        return [one for one in self._readable(paths) if self._is_ours(one) and self._is_worked(one)]

    @staticmethod
    def _different(several: list[Chosen]) -> list[Chosen]:
        """One of each: copies of the same work are the same work."""
        return list({_texts(one): one for one in reversed(several)}.values())[::-1]

    def _is_ours(self, chosen: Chosen) -> bool:
        """Whether anything of the lesson is in it."""
        return any(_text(cell) in self.texts or self.names & _known_by(cell) for cell in chosen.cells)

    def _is_worked(self, chosen: Chosen) -> bool:
        """Whether anything is in it that the lesson does not hold."""
        return bool({_text(cell) for cell in chosen.cells} - self.texts - {_NOTHING})

    def _is_alike(self, path: Path) -> bool:
        name = path.name.lower().strip()
        return ".ipynb" in name or any(name == f"{self.lesson.topic}{ending}".lower() for ending in _ENDINGS)

    def _place(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    @staticmethod
    def _files(folder: Path) -> list[Path]:
        # ._name is what macOS notes about a file on a disk that is not its own.
        return sorted(path for path in folder.iterdir() if not path.name.startswith("._") and path.is_file())

    def _nested(self) -> Iterator[Path]:
        """Notebooks in folders: an archive that was unpacked leaves one more."""
        for visited, (place, folders, names) in enumerate(os.walk(self.folder)):
            depth = len(Path(place).relative_to(self.folder).parts)
            folders[:] = sorted(n for n in folders if n not in LEFT_BEHIND) if depth < MAX_DEPTH else []
            if visited == MAX_FOLDERS:
                return
            for name in sorted(names) if depth else ():
                path = Path(place, name)
                if path.suffix.lower() == ".ipynb" and not name.startswith("._") and path.is_file():
                    yield path

    def _what_else(self) -> str:
        ignored = {TIME_STAMP, ".DS_Store"}
        others = [path.name for path in self._files(self.folder) if path.name not in ignored]
        if not others:
            others = sorted(f"{path.name}/" for path in self.folder.iterdir() if path.is_dir())
        return f"the folder holds only {', '.join(map(shown, others[:3]))}" if others else "the folder is empty"


def _with(chosen: Chosen, *, repairs: list[str] | None = None, remarks: list[str] | None = None) -> Chosen:
    """The same with more to say."""
    more = [*(repairs or []), *chosen.repairs], [*(remarks or []), *chosen.remarks]
    return Chosen(chosen.path, chosen.content, chosen.cells, *more)


def _names(found: list[Path] | list[Chosen]) -> str:
    names = [shown(one.path.name if isinstance(one, Chosen) else one.name) for one in found]
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")


def _texts(chosen: Chosen) -> tuple[tuple[str, ...], ...]:
    return tuple(map(_text, chosen.cells))


def _text(cell: dict[str, Any]) -> tuple[str, ...]:
    source = cell.get("source", "")
    return _bare("".join(map(str, source)) if isinstance(source, list) else str(source))


def _bare(source: str) -> tuple[str, ...]:
    return tuple(line.rstrip() for line in source.strip().splitlines())


def _known_by(cell: dict[str, Any]) -> set[str]:
    """The names of a cell: its id, and what nbgrader calls it."""
    metadata = cell.get("metadata")
    noted = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    names = cell.get("id"), noted.get("grade_id") if isinstance(noted, dict) else None
    return {name for name in names if isinstance(name, str)}
