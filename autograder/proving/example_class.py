"""The example class: generated submissions whose scores are known before any of them is graded.

`CLASS` says who hands in what; `autograder.proving.troubles` says how a notebook is broken, and what that costs. The
expected score of a right variant is the points of the exercise; that of a misconception comes from judging its
function directly, on the inputs of the hidden test; that of a broken notebook follows from the rule of its trouble.
Nothing here reads what the grader says.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from pathlib import Path

from nbformat import NotebookNode

from autograder import exercises
from autograder.checking.exercise import Exercise
from autograder.proving.answers import file_bytes, fill_in, hidden_seeds, read, write_answers
from autograder.proving.troubles import TROUBLES

LESSONS = ("01_confusion_matrix", "02_accuracy_paradox", "03_precision_recall")


@dataclass(frozen=True)
class Row:
    """One student: letters for the exercises of each lesson, and perhaps one trouble, in a lesson, at an exercise.

    ``v`` is a right variant, ``w`` a wrong answer that the course knows as a misconception, ``s`` the stub left as it
    is. A lesson with more exercises than letters begins with the first letter again, one with fewer leaves the last
    ones out; in the same way a trouble finds its exercise. Which variant and which misconception depends on the
    student's number, so that the class has many kinds. A lesson without letters was not handed in. Whoever answers
    something also writes the written answers.
    """

    first: str
    second: str
    third: str
    trouble: str | None = None
    lesson: int = 0
    exercise: int = 0


CLASS = (
    Row("vvvv", "vvvv", "vvvv"),
    Row("vvvv", "vvvv", "vvvv"),
    Row("vvvv", "vvvv", "vvvv"),
    Row("vwvv", "vvvw", "vwvv"),
    Row("wwww", "wwww", "wwww"),
    Row("wwww", "wwww", "wwww"),
    Row("vvss", "vvws", "vwss"),
    Row("ssss", "ssss", "ssss"),
    Row("vvvv", "", "wvvv", "not JSON", 1, 1),
    Row("vvwv", "vvvv", "", "empty file", 2, 1),
    Row("", "wvvv", "vvvv", "no notebook", 3, 1),
    Row("", "vwvv", "", "deleted test cell", 2, 3),
    Row("vvvw", "", "wvvv", "duplicated test cell", 3, 1),
    Row("", "", "wvvv", "edited test cell", 3, 1),
    Row("wvvv", "", "", "syntax error", 1, 2),
    Row("", "vvvw", "vvwv", "endless loop", 3, 2),
    Row("vvvv", "wvvv", "", "killed kernel", 2, 3),
    Row("vvwv", "vvvv", "", "warning on stderr", 2, 3),
    Row("vvvv", "", "", "flood of output", 1, 4),
    Row("", "", "vvvw", "changed inputs", 3, 1),
    Row("", "vvwv", "vvvv", "SystemExit", 3, 3),
)


@dataclass(frozen=True)
class Expected:
    """What the grader must find.

    Attributes
    ----------
    student, lesson : str
        Whose submission, and of what.
    exercises : dict of str to float
        The points of each exercise.
    by_hand : list of str
        The written answers that must wait for a person.
    status, why : str
        How the grader must file it, and the reason in words.
    """

    student: str
    lesson: str
    exercises: dict[str, float]
    by_hand: list[str]
    status: str
    why: str

    @property
    def points(self) -> float:
        """The score, before a person has graded the written answers."""
        return sum(self.exercises.values())


def write_class(course_dir: Path) -> list[Expected]:
    """Write the submissions of the whole class, and return what each must score.

    Parameters
    ----------
    course_dir : Path
        A course with ``source/`` and ``release/``. Its ``submitted/`` is replaced.

    Raises
    ------
    FileNotFoundError
        If a lesson is not there.
    """
    submitted = course_dir / "submitted"
    shutil.rmtree(submitted, ignore_errors=True)
    expected = []
    for index, row in enumerate(CLASS):
        for position, (lesson, letters) in enumerate(zip(LESSONS, (row.first, row.second, row.third), strict=True), 1):
            trouble = row.trouble if row.lesson == position else None
            if letters:
                folder = submitted / f"student-{index + 1:02d}" / lesson
                expected.append(_hand_in(course_dir, folder, index, letters, trouble, row.exercise - 1))
    return expected


def _hand_in(
    course_dir: Path, folder: Path, index: int, letters: str, trouble_name: str | None, place: int
) -> Expected:
    """Write one submission."""
    student, lesson = folder.parts[-2:]
    name = f"{lesson[3:]}.ipynb"
    seeds = hidden_seeds(read(course_dir / "source" / lesson / name))
    # What is registered, but not in the notebook, is nobody's task.
    tasks = [exercise for exercise in exercises.of_lesson(lesson) if exercise.id in seeds]
    letters, place = "".join(islice(cycle(letters), len(tasks))), place % len(tasks)
    shutil.copytree(course_dir / "release" / lesson, folder)
    notebook = read(folder / name)
    scores = {}
    for exercise, letter in zip(tasks, letters, strict=True):
        scores[exercise.id] = _answer(notebook, exercise, letter, index, seeds[exercise.id])
    written = write_answers(notebook) if set(letters) != {"s"} else []
    if trouble_name is None:
        (folder / name).write_bytes(file_bytes(notebook))
        return Expected(student, lesson, scores, written, "graded", _in_words(letters))
    trouble = TROUBLES[trouble_name]
    data = trouble.spoil(notebook, tasks[place])
    (folder / name).unlink() if data is None else (folder / name).write_bytes(data)
    for exercise in trouble.lost(tasks, place):
        scores[exercise.id] = 0.0
    if trouble.status == "quarantined":
        written = []
    return Expected(student, lesson, scores, written, trouble.status, f"{trouble_name}: {trouble.why}")


def _answer(notebook: NotebookNode, exercise: Exercise, letter: str, index: int, seed: int) -> float:
    """Fill in one solution cell; return what it must score."""
    if letter == "s":
        return 0.0
    if letter == "v":
        variants = list(exercise.variants.values())
        fill_in(notebook, exercise, variants[index % len(variants)])
        return exercise.points
    names = list(exercise.misconceptions)
    name = names[index % len(names)]
    fill_in(notebook, exercise, exercise.misconceptions[name].answer)
    return _score(exercise.id, name, seed)


@cache
def _score(exercise_id: str, misconception: str, seed: int) -> float:
    from autograder import check

    return float(check(exercise_id, exercises.get(exercise_id).misconceptions[misconception].answer, seed=seed))


def _in_words(letters: str) -> str:
    kinds = {"v": "right", "w": "misconceptions", "s": "not attempted"}
    return ", ".join(f"{letters.count(letter)} {word}" for letter, word in kinds.items() if letter in letters)
