"""What `autograder slides` writes, and where."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError

from autograder.authoring.prose import execute
from autograder.commands.quizzes import quiz_of
from autograder.errors import UserError
from autograder.exporting.slides import lesson_slides, slides_page
from autograder.grading.course import Course, refuse_unknown
from autograder.grading.keeping.files import write_whole

CELL_SECONDS = 300
_STOPS = "does not run to its end, so it has no figures to show"


def write_slides(
    course_dir: Path, lessons: Collection[str] | None = None, progress: Callable[[str], None] | None = None
) -> list[Path]:
    """Write the slides of each lesson into ``slides/``, and return the files.

    A lesson is run once for its figures, solutions included, as its author does: with all rights.

    Parameters
    ----------
    course_dir : Path
        The course folder.
    lessons : collection of str, optional
        Only these.
    progress : callable, optional
        Told the name of each lesson before it is run.

    Raises
    ------
    UserError
        If there is no such lesson, or a lesson does not run to its end.
    """
    course = Course(course_dir)
    known = course.lessons()
    refuse_unknown(sorted(lessons or ()), known)
    written = []
    for name in lessons or known:
        if progress is not None:
            progress(name)
        source = course.folder("source") / name
        notebook = nbformat.read(source / f"{known[name].topic}.ipynb", as_version=4)
        with tempfile.TemporaryDirectory() as scratch:
            folder = shutil.copytree(source, Path(scratch) / name)
            try:
                cells = execute(notebook, folder, timeout=CELL_SECONDS).cells
            except CellExecutionError as error:
                raise UserError(f"{name} {_STOPS}: {error.ename}: {error.evalue}") from error
            except CellTimeoutError as error:
                raise UserError(f"{name} {_STOPS}: a cell took more than {CELL_SECONDS} seconds.") from error
        path = course.root / "slides" / f"{name}.html"
        path.parent.mkdir(exist_ok=True)
        write_whole(path, slides_page(name, lesson_slides(name, cells, quiz_of(source))))
        written.append(path)
    return written
