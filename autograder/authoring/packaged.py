"""Where the sources of the lessons are: in the installed package, or in the checkout that it is a part of."""

from __future__ import annotations

from pathlib import Path

from autograder.authoring.source import lesson_sources
from autograder.errors import UserError

PACKAGE = Path(__file__).parents[1]


def sources_root(package: Path = PACKAGE) -> Path:
    """The folder that holds ``solutions/`` and ``docs/`` of this course.

    Raises
    ------
    UserError
        If the package was installed without them, as for students.
    """
    for folder in (package / "packaged", package.parent):
        if any(folder.glob("solutions/[0-9][0-9]_*/")):
            return folder
    raise UserError(
        "The lessons' sources are not part of this installation: it is one for students, or for workers that only "
        "grade. Install the whole package, pip install 'evalkit-course[course]', and try again."
    )


def choose(root: Path, asked: list[str]) -> list[Path]:
    """The sources of some lessons, in the order of the course.

    Parameters
    ----------
    root : Path
        What `sources_root` returns.
    asked : list of str
        Their numbers or names: ``3``, ``03``, ``precision_recall`` or ``03_precision_recall``. Empty: all.

    Raises
    ------
    UserError
        If there is no such lesson.
    """
    sources = {source.parent.name: source for source in lesson_sources(root)}
    chosen = set()
    for name in asked:
        found = [lesson for lesson in sources if name in (lesson, lesson[3:]) or name.zfill(2) == lesson[:2]]
        if not found:
            raise UserError(f"There is no lesson {name!r}; there are: {', '.join(sources)}.")
        chosen.add(found[0])
    return [source for lesson, source in sources.items() if not asked or lesson in chosen]
