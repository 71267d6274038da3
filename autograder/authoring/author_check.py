"""What `autograder author check` says of a lesson."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from autograder import exercises
from autograder.authoring.packaged import choose
from autograder.authoring.rules import Material, read_rules, run_rules
from autograder.errors import UserError


def check_lesson(root: Path, lesson: str, progress: Callable[[str], object] = len) -> list[str]:
    """One sentence for each rule that a lesson breaks, and for each TODO that is left.

    Parameters
    ----------
    root : Path
        The clone.
    lesson : str
        Its number or name.
    progress : callable, optional
        Called with a sentence whenever there is news.

    Raises
    ------
    UserError
        If there is no such lesson.
    """
    exercises.use(root)
    (source,) = choose(root, [lesson])
    material = Material(source)
    if found := exercises.problems(material.lesson):
        # The lesson cannot be made with them.
        return [*found, *todos(material)]
    try:
        with material.running("source"):
            if not (found := read_rules(material)):
                progress("Running the lesson, with its solutions and without …")
                found = run_rules(material)
    except UserError as error:
        # What cannot be read cannot be looked at any further.
        return [*str(error).splitlines(), *todos(material)]
    return [*found, *todos(material)]


def todos(material: Material) -> Iterator[str]:
    """Where the text, the quiz and the exercises of a lesson still say TODO."""
    own = [exercises.file_of(name) for name in exercises.lessons().get(material.lesson, ())]
    for path in [material.source, material.source.with_name("quiz.yml"), *own]:
        if path is None or not path.is_file():
            continue
        where = path.relative_to(material.root) if path.is_relative_to(material.root) else path
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if "TODO" in line:
                yield f"{where.as_posix()}:{number}: {line[line.index('TODO') :].strip()}"
