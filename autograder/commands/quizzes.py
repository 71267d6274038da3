"""What `autograder quiz` writes, and where."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from pydantic import ValidationError

from autograder.authoring.quiz_bank import Quiz, QuizError, load_quiz
from autograder.exporting.quizzes.gift import gift
from autograder.exporting.quizzes.moodle import moodle_xml
from autograder.exporting.quizzes.qti import qti_package
from autograder.grading.course import Course
from autograder.grading.keeping.files import write_whole

# The ending of a file, and what writes it.
_WRITERS: dict[str, tuple[str, Callable[[Quiz], str | bytes]]] = {
    "moodle": (".xml", moodle_xml),
    "gift": (".gift", gift),
    "qti": (".zip", qti_package),
}


def write_quizzes(course_dir: Path, *, to: str, lessons: Collection[str] | None = None) -> list[Path]:
    """Write the quiz of each lesson into ``quizzes/``, and return the files.

    Raises
    ------
    QuizError
        If there is no quiz, or one that cannot be read.
    """
    course = Course(course_dir)
    source = course.folder("source")
    ending, write = _WRITERS[to]
    folders = sorted(path for path in source.iterdir() if path.is_dir() and (not lessons or path.name in lessons))
    quizzes = {folder.name: quiz for folder in folders if (quiz := quiz_of(folder)) is not None}
    without = sorted(set(lessons or ()) - set(quizzes))
    if without or not quizzes:
        which = f"for {', '.join(without)} " if without else ""
        raise QuizError(f"There is no quiz {which}in {source}: expected <lesson>/quiz.json or <lesson>/quiz.yml.")
    folder = course.root / "quizzes"
    folder.mkdir(exist_ok=True)
    for lesson, quiz in quizzes.items():
        write_whole(folder / f"{lesson}{ending}", write(quiz))
    return [folder / f"{lesson}{ending}" for lesson in quizzes]


def quiz_of(folder: Path) -> Quiz | None:
    """The quiz of a lesson: as its author wrote it, or as the build made it."""
    if (folder / "quiz.yml").exists():
        return load_quiz(folder / "quiz.yml")
    path = folder / "quiz.json"
    if not path.exists():
        return None
    try:
        return Quiz.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise QuizError(f"{path} is no quiz of this course: build it again, autograder build. ({error})") from error
