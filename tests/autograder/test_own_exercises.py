"""Exercises outside of the package: a course's own folder, and packages that announce theirs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from grading_samples import make_course

from autograder import check, exercises
from autograder.exercises import ExerciseError, _own
from autograder.grading import GradingError, grade_course
from autograder.grading.versions import grader_version
from autograder.proving.audit import audit_in_process
from autograder.proving.known import keep, known_of

PRECISION = Path(str(exercises.__file__)).with_name("precision.py").read_text(encoding="utf-8")
LESSON = "03_precision_recall"


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "exercises").mkdir()
    yield tmp_path
    exercises.use(None)


def write(course: Path, name: str, *edits: tuple[str, str]) -> Path:
    """A copy of an exercise, as an author begins."""
    text = PRECISION.replace('id="precision"', f'id="{name}"').replace("precision(y_true", f"{name}(y_true")
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    path = course / "exercises" / f"{name}.py"
    path.write_text(text, encoding="utf-8")
    exercises.use(course)
    return path


@pytest.mark.slow
def test_an_exercise_in_a_course_folder_is_one_of_its_lesson(course: Path) -> None:
    write(course, "mine")
    assert exercises.lessons()[LESSON] == (*exercises.LESSONS[LESSON], "mine")
    assert exercises.get("mine").lesson == LESSON
    assert check("mine", exercises.get("mine").variants["loop"]).passed
    assert exercises.problems(LESSON) == []
    exercises.use(None)
    with pytest.raises(KeyError, match="there is no exercise 'mine'"):
        exercises.get("mine")


def test_a_lesson_of_its_own_comes_in_its_place(course: Path) -> None:
    write(course, "mine", (LESSON, "03_zebra"))
    assert list(exercises.lessons())[2:5] == [LESSON, "03_zebra", "04_f1_and_averages"]
    assert [exercise.id for exercise in exercises.of_lesson("03_zebra")] == ["mine"]


def test_another_course_has_other_exercises(course: Path, tmp_path: Path) -> None:
    write(course, "mine")
    first = exercises.get("mine")
    other = tmp_path / "other"
    (other / "exercises").mkdir(parents=True)
    write(other, "mine", ("points=3", "points=4"))
    assert (first.points, exercises.get("mine").points) == (3, 4)


def test_helpers_lie_beside_it(course: Path) -> None:
    (course / "exercises" / "_mine.py").write_text("POINTS = 3\n", encoding="utf-8")
    write(course, "mine", ("points=3", "points=_mine.POINTS"), ("import numpy as np", "from . import _mine"))
    assert exercises.get("mine").points == 3


def test_a_package_announces_its_exercises(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = course / "acme_course"
    (course / "exercises").rename(package)
    (course / "exercises").mkdir()
    write(course, "mine").rename(package / "mine.py")
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(course))
    monkeypatch.setattr(_own, "entry_points", lambda group: [EntryPoint("acme", "acme_course", group)])
    exercises.use(course)
    assert "mine" in exercises.ids()
    assert exercises.own() == [exercises.Own(package, "acme_course"), exercises.Own(course / "exercises")]
    assert exercises.get("mine").points == 3


def test_a_notebook_finds_the_folder_beside_its_lesson(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(course, "mine")
    exercises.use(None)
    lesson = course / "lessons" / LESSON
    lesson.mkdir(parents=True)
    monkeypatch.chdir(lesson)
    assert "mine" in exercises.ids()
    # What lies beside a notebook is handed in with it.
    exercises.use(None)
    monkeypatch.chdir(course)
    (course / "topic.ipynb").touch()
    assert "mine" not in exercises.ids()
    exercises.use(None)
    monkeypatch.chdir(lesson)
    assert "mine" in exercises.ids()
    monkeypatch.setenv("AUTOGRADER_EXERCISES", "")
    exercises.use(None)
    assert "mine" not in exercises.ids()


def test_the_version_of_the_grader_changes_with_it(course: Path) -> None:
    path = write(course, "mine")
    before = grader_version(['check("mine", mine)']), grader_version(['check("recall", recall)'])
    path.write_text(path.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    sys.modules["autograder.grading.versions"]._version.cache_clear()
    after = grader_version(['check("mine", mine)']), grader_version(['check("recall", recall)'])
    assert (before[0] == after[0], before[1] == after[1]) == (False, True)


def test_what_an_audit_found_lies_beside_it(course: Path) -> None:
    path = write(course, "mine")
    keep(audit_in_process([LESSON], seeds=[0]), course / "of_the_package.json")
    beside = json.loads(path.with_name("audited.json").read_text(encoding="utf-8"))
    assert list(beside) == ["mine"]
    assert list(json.loads((course / "of_the_package.json").read_text("utf-8"))) == list(exercises.LESSONS[LESSON])
    known = known_of(["mine"], course / "of_the_package.json")
    assert known is not None
    assert (known.exercises, known.caught, known.accepted) == (1, 10, 3)


def test_grading_refuses_what_would_cost_a_class_its_points(course: Path) -> None:
    make_course(course / "class")
    (folder := course / "class" / "exercises").mkdir()
    (notebook,) = (course / "class" / "source").glob("*/*.ipynb")
    notebook.write_text(notebook.read_text("utf-8").replace('check(\\"precision\\"', 'check(\\"mine\\"'), "utf-8")
    with pytest.raises(GradingError, match=f"checks the exercise 'mine', which is not here: put .* into {folder}"):
        grade_course(course / "class")
    write(folder.parent, "mine", ("def cases(", "def cases"))
    with pytest.raises(GradingError, match=r"exercises/mine\.py is not Python"):
        grade_course(course / "class")
    write(folder.parent, "mine")
    with pytest.raises(GradingError, match="machines of the cluster do not have the exercises in"):
        grade_course(course / "class", cluster="tcp://127.0.0.1:1")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("EXERCISE = ", "TASK = ", "exercises/mine.py has no EXERCISE: end the file with EXERCISE = Exercise(…)."),
        ("def cases(", "def cases", "exercises/mine.py is not Python: "),
        ('id="mine"', 'id="yours"', 'exercises/mine.py says id="yours", but an exercise is named as its file'),
        ("points=3,", "points=4,", "exercises/mine.py: its cases are worth 3 points together, but points=4"),
        (f'lesson="{LESSON}"', 'lesson="03_" + "x"', "exercises/mine.py does not say its lesson in so many words"),
    ],
)
def test_what_is_wrong_is_one_sentence(course: Path, old: str, new: str, sentence: str) -> None:
    write(course, "mine", (old, new))
    (problem,) = exercises.problems()
    assert problem.startswith(sentence)


def test_the_name_of_an_exercise_of_the_course_is_taken(course: Path) -> None:
    write(course, "precision")
    assert exercises.problems() == [
        "exercises/precision.py has the name of another exercise: rename the file, and its id."
    ]
    assert Path(exercises.file_of("precision") or "").parent != course / "exercises"


def test_a_registered_exercise_without_a_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(exercises.LESSONS, LESSON, (*exercises.LESSONS[LESSON], "none_such"))
    with pytest.raises(ExerciseError, match=r"autograder/exercises/none_such\.py is missing, but .* lists 'none_such'"):
        exercises.get("none_such")
    assert [problem.partition(" is missing")[0] for problem in exercises.problems()] == [
        "autograder/exercises/none_such.py"
    ]


def test_the_wrong_lesson_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(exercises.LESSONS, "01_confusion_matrix", ("recall",))
    exercises.get.cache_clear()
    with pytest.raises(ExerciseError, match=r'recall\.py says lesson="03_.*", but .* "01_confusion_matrix"'):
        exercises.get("recall")
