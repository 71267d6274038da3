"""A course directory: its folders, nbgrader's settings, its lessons, and what students submitted."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearHiddenTests, SaveCells
from nbgrader.utils import find_all_files
from traitlets.config import Config, PyFileConfigLoader

from autograder import exercises
from autograder.errors import UserError
from autograder.grading.intake.folders import Refused, find_submissions
from autograder.grading.jobs import plain_notebook
from autograder.grading.judging.cells import read_notebook
from autograder.grading.keeping.files import write_whole
from autograder.grading.locks import lock

CONFIG_NAME = "nbgrader_config.py"

CONFIG_TEXT = '''\
"""The settings by which nbgrader's own commands and its formgrader give what `autograder grade` gives.

Your own settings go below the last line.
"""

from autograder import nbgrader_config

c = get_config()  # noqa: F821 - traitlets provides it
c.merge(nbgrader_config())
'''

_CHECK = re.compile(r"""^check\(\s*["'](\w+)["']""", re.MULTILINE)

# What the command line says, and the name of the program.
_SANDBOXES = {"bwrap": "bubblewrap", "none": "none"}


class GradingError(UserError, RuntimeError):
    """Grading cannot start; the message says what to do."""


class MachineError(GradingError):
    """What a lesson brings along does not run on this machine; the message says what to do."""

    exit_code = 1


def write_config(course_dir: Path | str) -> Path:
    """Write ``nbgrader_config.py``, unless the course has one, so that stock nbgrader gives the same scores.

    Returns
    -------
    Path
        The file.
    """
    path = Path(course_dir) / CONFIG_NAME
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Half a configuration would be taken for a whole one, and give other grades.
        write_whole(path, CONFIG_TEXT)
    return path


@dataclass(frozen=True)
class Lesson:
    """What grading knows of a lesson, as plain data.

    Attributes
    ----------
    name, topic : str
        Such as ``03_precision_recall`` and ``precision_recall``.
    master : dict
        The notebook without solutions, with the hidden tests and nbgrader's checksums: what nbgrader's database keeps.
    released : list of str
        The source of each cell of the master as students get it, without the hidden tests.
    files : dict of str to bytes
        The data files beside the notebook.
    """

    name: str
    topic: str
    master: dict[str, Any]
    released: list[str]
    files: dict[str, bytes] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The lesson as JSON can hold it."""
        files = {name: base64.b64encode(data).decode() for name, data in self.files.items()}
        own = {"name": self.name, "topic": self.topic, "master": self.master, "released": self.released}
        return {**own, "files": files}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Lesson:
        """The inverse of `to_dict`."""
        return cls(**{**data, "files": {name: base64.b64decode(text) for name, text in data["files"].items()}})

    @cached_property
    def notebook(self) -> NotebookNode:
        """The master as a notebook. Not to be changed."""
        return nbformat.from_dict(self.master)

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever something changes that can change a grade."""
        digest = hashlib.sha256(json.dumps([self.name, self.master], sort_keys=True).encode())
        for name, data in sorted(self.files.items()):
            digest.update(f"{name}\0{len(data)}\0".encode() + data)
        return digest.hexdigest()

    @cached_property
    def code(self) -> list[str]:
        """The source of its code cells."""
        return [str(cell.source) for cell in self.notebook.cells if cell.cell_type == "code"]

    @cached_property
    def own(self) -> list[dict[str, Any]]:
        """Its code cells as students get them, but for the tests and what is meant to fail, and which are answers."""
        found = []
        for cell, source in zip(self.notebook.cells, self.released, strict=True):
            meta = cell.metadata.get("nbgrader", {})
            test = meta.get("grade") and not meta.get("solution")
            if cell.cell_type == "code" and not test and "raises-exception" not in cell.metadata.get("tags", []):
                found.append({"source": source, "answer": bool(meta.get("solution"))})
        return found

    @cached_property
    def unjudged(self) -> dict[str, str]:
        """The tests that run in the submission's own process, each with the reason."""
        return read_notebook(self.master).unjudged

    @property
    def checked(self) -> set[str]:
        """The exercises that its tests name, known or not."""
        tests = (cell for cell in self.notebook.cells if cell.metadata.get("nbgrader", {}).get("grade"))
        return {name for cell in tests if cell.cell_type == "code" for name in _CHECK.findall(str(cell.source))}

    def graded(self) -> dict[str, tuple[float, bool]]:
        """For each graded cell, in order, its points and whether a person grades it."""
        graded = {}
        for cell in self.notebook.cells:
            meta = cell.metadata.get("nbgrader", {})
            if meta.get("grade") or meta.get("task"):
                by_hand = bool(meta.get("task") or meta.get("solution") or cell.cell_type != "code")
                graded[str(meta["grade_id"])] = (float(meta["points"]), by_hand)
        return graded


class Course:
    """A course directory, read.

    Raises
    ------
    GradingError
        If a part of it is missing or cannot be read.
    """

    def __init__(self, course_dir: Path | str, *, db: str | None = None, sandbox: str = "bwrap") -> None:
        if sandbox not in _SANDBOXES:
            raise GradingError(f"There is no sandbox {sandbox!r}; there are: {', '.join(_SANDBOXES)}.")
        self.root = Path(course_dir).resolve()
        exercises.use(self.root)
        if not self.root.is_dir():
            raise GradingError(
                f"There is no folder {course_dir}. Name the course folder, which holds source/; to make one: "
                "autograder init my-course."
            )
        if not (self.root / CONFIG_NAME).exists() and not any((self.root / "source").glob("*/*.ipynb")):
            # A folder that is no course is left as it is.
            raise _no_lesson(self.root / "source")
        config_path = write_config(self.root)
        try:
            self.config: Config = PyFileConfigLoader(config_path.name, path=str(self.root)).load_config()
        except Exception as error:
            raise GradingError(f"{CONFIG_NAME} cannot be read: {type(error).__name__}: {error}") from error
        self.config.CourseDirectory.root = str(self.root)
        if db is not None:
            self.config.CourseDirectory.db_url = db
        self.config.GradeExecute.sandbox = _SANDBOXES[sandbox]
        self.log = logging.Logger("nbgrader")
        self.log.addHandler(logging.NullHandler())
        self.nbgrader = CourseDirectory(config=self.config, log=self.log)

    @property
    def db_url(self) -> str:
        """Where nbgrader's gradebook is."""
        return str(self.nbgrader.db_url)

    @property
    def hidden(self) -> Path:
        """The folder for what the grader keeps for itself."""
        return self.root / ".grading"

    @property
    def course_id(self) -> str:
        """nbgrader's name of the course."""
        return str(self.nbgrader.course_id)

    def folder(self, step: str) -> Path:
        """The folder of a step: source, release, submitted, autograded or feedback."""
        return self.root / str(getattr(self.nbgrader, f"{step}_directory"))

    def settings(self) -> dict[str, Any]:
        """The part of the configuration that a worker needs, as plain data."""
        return {name: dict(self.config[name]) for name in ("Execute", "GradeExecute", "LimitOutput")}

    def lessons(self) -> dict[str, Lesson]:
        """The lessons in the source folder, by name."""
        folder = self.folder("source")
        notebooks = sorted(folder.glob("*/*.ipynb"))
        if not notebooks:
            raise _no_lesson(folder)
        lessons = {}
        for path in notebooks:
            if path.parent.name in lessons:
                raise GradingError(f"{folder.name}/{path.parent.name} holds more than one notebook; one is right.")
            lessons[path.parent.name] = self._lesson(path)
        return lessons

    def _lesson(self, path: Path) -> Lesson:
        try:
            master = nbformat.read(path, as_version=4)
        except Exception as error:
            raise GradingError(f"{path.relative_to(self.root)} cannot be read: {error}") from error
        try:
            # nbgrader's own steps up to the one that writes its database.
            for step in GenerateAssignment(config=self.config, log=self.log, coursedir=self.nbgrader).preprocessors:
                if step is SaveCells:
                    break
                master, _ = step(config=self.config, log=self.log)(master, {"nbgrader": {}})
            released = nbformat.from_dict(plain_notebook(master))
            released, _ = ClearHiddenTests(config=self.config, log=self.log)(released, {})
        except Exception as error:
            raise GradingError(f"nbgrader refuses {path.relative_to(self.root)}: {error}") from error
        # nbgrader takes glob patterns; the name of a folder is no pattern.
        names = [Path(name) for name in find_all_files(str(path.parent), [*self.nbgrader.ignore, "*.ipynb"])]
        return Lesson(
            name=path.parent.name,
            topic=path.stem,
            master=plain_notebook(master),
            released=[cell.source for cell in released.cells],
            files={name.relative_to(path.parent).as_posix(): name.read_bytes() for name in names},
        )

    def solutions(self, lesson: Lesson) -> list[str]:
        """The code cells of a lesson as its author has them, solutions included."""
        path = self.folder("source") / lesson.name / f"{lesson.topic}.ipynb"
        return [str(cell.source) for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]

    def submissions(self) -> tuple[list[tuple[str, str]], list[Refused]]:
        """Each submitted (student, folder of a lesson), sorted; and the folders that cannot be one."""
        folder = self.folder("submitted")
        try:
            return find_submissions(folder)
        except OSError as error:
            raise GradingError(
                f"The folder {folder} cannot be read ({error.strerror}). Put submissions in "
                f"{folder.name}/<student>/<lesson>/, by hand or with autograder collect."
            ) from error


def refuse_unknown(wanted: Iterable[str], known: Iterable[str]) -> None:
    """Raise GradingError for the first wanted lesson that is not known."""
    known = list(known)
    for lesson in wanted:
        if lesson not in known:
            raise GradingError(f"There is no lesson {lesson!r}; there are: {', '.join(known)}.")


def _no_lesson(folder: Path) -> GradingError:
    # In a checkout of this course the sources of the lessons lie there.
    here = any(folder.glob("*/*.py"))
    how = "Make them first: autograder build." if here else "To make a course folder with lessons: autograder init."
    return GradingError(f"There is no lesson in {folder}. Expected {folder.name}/<lesson>/<topic>.ipynb. {how}")


def fingerprint(parts: Mapping[str, Any]) -> str:
    """One short text for everything that a grade depends on."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


@contextmanager
def only_grader(path: Path) -> Iterator[None]:
    """Hold the lock of a course. The system takes it back when the process ends, however it ends.

    Raises
    ------
    GradingError
        If another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            lock(file.fileno())
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise GradingError(
                f"This course is being graded already, by {holder}. Wait until that is done, or end it; "
                "what it has graded is kept."
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        yield
