"""The start of grading. What takes seconds to load is started first, beside everything else that takes seconds."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import exercises
from autograder.grading.judging.imports import imports_of
from autograder.grading.running.pool import Pool
from autograder.grading.sandbox import here as this_system

if TYPE_CHECKING:
    from autograder.grading.results import GradeReport, SubmissionResult


def grade_course(
    course_dir: Path | str,
    lessons: Sequence[str] | None = None,
    students: Sequence[str] | None = None,
    *,
    progress: Callable[[SubmissionResult], None] | None = None,
    expect: Callable[[int], None] | None = None,
    workers: int = 2,
    sandbox: str = "bwrap",
    db: str | None = None,
    cluster: str | None = None,
) -> GradeReport:
    """Grade what is in ``submitted/``; write gradebook, autograded notebooks, feedback and report.

    A submission that cannot be graded stops nothing: the report says which, and why. Whatever ends a run, what it has
    run is kept, and the next run goes on from there. Work that was graded before and has not changed since is not run
    again. The calling process keeps its folder, its environment and its signals.

    Parameters
    ----------
    course_dir : Path or str
        The course, with ``source/<lesson>/<topic>.ipynb`` and ``submitted/<student>/<lesson>/<topic>.ipynb``.
    lessons, students : sequence of str, optional
        Only these. Default: all.
    progress : callable, optional
        Called with each result as soon as it stands, in the caller's thread.
    expect : callable, optional
        Called once, before the first result, with the number of results to come.
    workers : int
        How many notebooks are run at a time on this machine.
    sandbox : {"bwrap", "none"}
        ``"none"`` runs every submission with all rights of the caller, and the report says so.
    db : str, optional
        The gradebook, as a URL of SQLAlchemy such as ``postgresql+psycopg://host/gradebook``. Default: what
        ``nbgrader_config.py`` says, else ``gradebook.db`` in the course folder.
    cluster : str, optional
        The address of a Dask scheduler, such as ``tcp://10.0.0.5:8786``, whose workers run the notebooks in the place
        of this machine.

    Returns
    -------
    GradeReport
        The selected submissions. ``report.json``, ``report.html`` and ``report.csv`` hold the whole course: beside
        these, what earlier runs graded.

    Raises
    ------
    GradingError
        If grading cannot start or cannot go on; the message says what to do.

    Notes
    -----
    Worker processes import the script that calls this, as `multiprocessing` always does: a script calls it inside
    ``if __name__ == "__main__":``.
    """
    if not this_system.can_run():
        raise this_system.error(this_system.cannot_run())
    # Before the first process is started, which has those of this one.
    exercises.use(course_dir)
    with closing(Pool()) as pool:
        _head_start(pool, Path(course_dir), lessons, students, here=cluster is None, sandbox=sandbox)
        from autograder.grading.engine import grade

        return grade(
            course_dir,
            lessons,
            students,
            progress=progress,
            expect=expect,
            workers=workers,
            sandbox=sandbox,
            db=db,
            cluster=cluster,
            pool=pool,
        )


def _head_start(
    pool: Pool,
    course: Path,
    lessons: Sequence[str] | None,
    students: Sequence[str] | None,
    *,
    here: bool,
    sandbox: str,
) -> None:
    """Load what notebooks will need, if one seems to be left to run. It may be wrong in that, which costs seconds."""
    imports = _imports_of_new_work(course, lessons, students) if here and sandbox == "bwrap" else None
    if imports is not None:
        pool.warm.start(imports)


def _imports_of_new_work(
    course: Path, lessons: Sequence[str] | None, students: Sequence[str] | None
) -> list[str] | None:
    """What the lesson of a submission without a record imports; None if all have one."""
    for folder in course.glob("submitted/*/*"):
        student, lesson = folder.parts[-2:]
        if (lessons is not None and lesson not in lessons) or (students is not None and student not in students):
            continue
        try:
            (source,) = course.glob(f"source/{lesson}/*.ipynb")
            record = course / ".grading" / "records" / lesson / f"{student}.json"
            if record.exists() and record.stat().st_mtime >= _last_change(folder / source.name):
                continue
            cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
            return imports_of("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        except (OSError, ValueError, KeyError, TypeError):
            # Whatever it is, grading says it in words.
            continue
    return None


def _last_change(notebook: Path) -> float:
    """When a submission was last changed, as far as can be told without looking through its folder."""
    return max(path.stat().st_mtime for path in (notebook, notebook.parent) if path.exists())
