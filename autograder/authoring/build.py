"""Build ``lessons/`` from ``solutions/``, through jupytext and nbgrader; the same sources give the same bytes."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder import exercises
from autograder.authoring.hosted import hosted
from autograder.authoring.source import SourceError, lesson_sources, place, source_notebook
from autograder.errors import UserError

# Files of a source folder that stay with the authors; quiz.yml becomes quiz.json.
PRIVATE = (".py", ".yml", ".ipynb")
# A page of docs/ that lessons link to. Each of them takes a copy along: where JupyterLab starts inside lessons/, or a
# student fetches one lesson alone, no link leads out of its folder.
PAGE = "myths.md"
MADE = ("quiz.json", PAGE)


class BuildError(UserError, RuntimeError):
    """The build would destroy someone's work, or nbgrader refused a lesson."""


def build_lessons(root: Path, out: Path | None = None, *, overwrite: bool = False) -> list[Path]:
    """Build all lessons, and beside their sources the notebooks that nbgrader's formgrader reads.

    Parameters
    ----------
    root : Path
        The repository.
    out : Path, optional
        The folder that gets a folder for each lesson; then nothing under `root` changes. Default: ``root/lessons``.
    overwrite : bool, default False
        Replace even notebooks that hold somebody's answers or edits.

    Returns
    -------
    list of Path
        The files that changed.

    Raises
    ------
    SourceError
        If a source has problems.
    BuildError
        If a notebook that would be replaced was edited by hand. Nothing is changed then.
    """
    with tempfile.TemporaryDirectory() as scratch:
        course = Path(scratch)
        write_course_source(root, course)
        built = contents(release_lessons(course))
        sources = contents(course / "source")
    lessons = {(out or root / "lessons") / name: data for name, data in built.items()}
    # nbgrader copies what else is in a release from the source folder, so it lies there too.
    twins = {
        root / "solutions" / name: _stamped(data) if name.endswith(".ipynb") else data
        for name, data in sources.items()
        if out is None and name.endswith((".ipynb", *(f"/{made}" for made in MADE)))
    }
    if not overwrite:
        _refuse_to_destroy(lessons, twins)
    return _write({**lessons, **twins})


def write_course_source(root: Path, course_dir: Path) -> list[Path]:
    """Write nbgrader's source folder: ``course_dir/source/NN_topic`` with notebook, quiz.json, myths.md and data files.

    Returns
    -------
    list of Path
        The notebooks.

    Raises
    ------
    SourceError
        If an exercise or a source has problems.
    """
    exercises.use(root)
    sources = lesson_sources(root)
    if problems := [*exercises.problems(), *_nowhere(root, [source.parent.name for source in sources])]:
        raise SourceError(problems)
    return [write_lesson(source, course_dir / "source" / source.parent.name) for source in sources]


def _nowhere(root: Path, there: list[str]) -> Iterator[str]:
    """A sentence for each exercise of a clone's own that belongs to none of its lessons."""
    for lesson, names in exercises.lessons().items():
        for name in names if lesson not in there else ():
            path = exercises.file_of(name)
            if path is not None and [path.parent] == exercises.of_course(root):
                yield f'{place(path)} says lesson="{lesson}", which is none; there are: {", ".join(there)}'


def left_out(root: Path) -> list[str]:
    """A sentence for each exercise that is registered for a lesson and has no cell in it; call it after the build."""
    found = []
    for source in lesson_sources(root):
        text = source.read_text(encoding="utf-8")
        for name in exercises.lessons().get(source.parent.name, ()):
            if not re.search(rf'^# %% exercise="{name}"|"grade_id": ?"{name}"', text, re.MULTILINE):
                found.append(
                    f"{place(source)}: the exercise {name!r} is registered for this lesson, but has no cell in it: add "
                    f'those that begin with # %% exercise="{name}" and # %% check="{name}", or take it off the list.'
                )
    return found


def write_lesson(source: Path, folder: Path) -> Path:
    """Write the source notebook of one lesson and all that it needs beside it into a folder; return the notebook."""
    notebook = folder / f"{source.stem}.ipynb"
    made = source_notebook(source)
    if public := hosted(source.parents[2]):
        public.add_setup(made, source.parent.name)
    files = {notebook: _bytes(made)}
    page = source.parents[2] / "docs" / PAGE
    if page.is_file() and f"]({PAGE})" in source.read_text(encoding="utf-8"):
        files[folder / PAGE] = page.read_bytes()
    bank = source.with_name("quiz.yml")
    if bank.is_file():
        files[folder / "quiz.json"] = _quiz(bank)
    for path in sorted(source.parent.rglob("*")):
        if path.is_file() and path.suffix not in PRIVATE and path.name not in MADE and not _hidden(path):
            files[folder / path.relative_to(source.parent)] = path.read_bytes()
    _write(files)
    return notebook


def release_lessons(course_dir: Path) -> Path:
    """Run nbgrader's generate_assignment on ``course_dir/source``; return ``course_dir/release``.

    Raises
    ------
    BuildError
        If nbgrader refuses a lesson; the message is what nbgrader logged.
    """
    # nbgrader takes seconds to import, and the CLI imports this module to show its help.
    from nbgrader.converters import GenerateAssignment, NbGraderException
    from nbgrader.coursedir import CourseDirectory

    from autograder.authoring.release import course_config

    config = course_config(source="source", release="release")
    config.CourseDirectory.root = str(course_dir.resolve())
    config.CourseDirectory.assignment_id = "*"
    config.SaveCells.enabled = False
    config.GenerateAssignment.no_database = True  # grading records the lessons it grades
    config.GenerateAssignment.force = True
    if any((course_dir / "source").glob("*/*.ipynb")):
        log = _Log()
        coursedir = CourseDirectory(config=config, log=log.logger)
        try:
            GenerateAssignment(coursedir=coursedir, config=config, log=log.logger).start()
        except NbGraderException as error:
            raise BuildError("\n".join([f"nbgrader refused: {error}", *log.lines])) from error
    return course_dir / "release"


class _Log(logging.Handler):
    """Keeps what nbgrader complains about, and nothing on the screen."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []
        self.logger = logging.Logger("nbgrader")
        self.logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder by their path in it, with forward slashes."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not _hidden(path))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _hidden(path: Path) -> bool:
    return any(part in (".ipynb_checkpoints", "__pycache__", ".DS_Store") for part in path.parts)


def _bytes(notebook: NotebookNode) -> bytes:
    return f"{nbformat.writes(notebook)}\n".encode()


def _quiz(bank: Path) -> bytes:
    from autograder.authoring.quiz_bank import QuizError, load_quiz, quiz_json

    try:
        return quiz_json(load_quiz(bank)).encode()
    except QuizError as error:
        raise SourceError(str(error).splitlines()) from error


def _write(files: dict[Path, bytes]) -> list[Path]:
    """Write the files that differ from what is there; return those."""
    changed = [path for path, data in files.items() if not path.is_file() or path.read_bytes() != data]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[path])
    return changed


def _refuse_to_destroy(lessons: Iterable[Path], twins: Iterable[Path]) -> None:
    problems = [
        f"{place(path)} holds answers: save it under another name outside lessons/, then build again"
        for path in lessons
        if path.suffix == ".ipynb" and path.is_file() and _answered(path)
    ]
    problems += [
        f"{place(path)} was edited by hand since it was built: carry the change over to {path.stem}.py "
        "or delete the notebook, then build again"
        for path in twins
        if path.suffix == ".ipynb" and path.is_file() and _edited(path)
    ]
    if problems:
        raise BuildError("\n".join(problems))


def _answered(path: Path) -> bool:
    """Whether a student worked in a released notebook: a solution cell is no longer what nbgrader signed."""
    from nbgrader.utils import compute_checksum, is_solution

    notebook = _read(path)
    return notebook is not None and any(
        is_solution(cell) and cell.metadata.nbgrader.get("checksum") != compute_checksum(cell)
        for cell in notebook.cells
    )


def _edited(path: Path) -> bool:
    """Whether a built notebook in solutions/ is no longer what the build wrote. Running it is not editing it."""
    notebook = _read(path)
    return notebook is None or notebook.metadata.get("autograder", {}).get("built") != notebook_fingerprint(notebook)


def _read(path: Path) -> NotebookNode | None:
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except (ValueError, AttributeError, nbformat.reader.NotJSONError):
        return None


def notebook_fingerprint(notebook: NotebookNode) -> str:
    """Changes whenever somebody edits a cell, and not when the notebook is run."""
    cells = [[cell.cell_type, cell.source, cell.metadata.get("nbgrader")] for cell in notebook.cells]
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()


def _stamped(data: bytes) -> bytes:
    notebook = nbformat.reads(data.decode(), as_version=4)
    notebook.metadata["autograder"] = {"built": notebook_fingerprint(notebook)}
    return _bytes(notebook)
