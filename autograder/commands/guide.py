"""What `autograder guide` writes, and where."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import nbformat

from autograder.commands.quizzes import quiz_of
from autograder.exporting.guide import lesson_guide
from autograder.grading.course import Course, refuse_unknown
from autograder.grading.keeping.files import write_whole


def write_guides(course_dir: Path, lessons: Collection[str] | None = None) -> list[Path]:
    """Write the guide to each lesson into ``guide/``, and return the files.

    Raises
    ------
    UserError
        If there is no such lesson.
    """
    course = Course(course_dir)
    known = course.lessons()
    refuse_unknown(sorted(lessons or ()), known)
    written = []
    for name in lessons or known:
        source = course.folder("source") / name
        cells = nbformat.read(source / f"{known[name].topic}.ipynb", as_version=4).cells
        path = course.root / "guide" / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        write_whole(path, lesson_guide(name, cells, quiz_of(source)))
        written.append(path)
    return written
