"""Lessons without prose: the exercises and their checks, so that tests of the tools do not wait for real lessons."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder import exercises
from autograder.checking.exercise import Exercise
from autograder.proving.demo import write_course


def cells(exercise: Exercise) -> str:
    return f'''
# %% exercise="{exercise.id}"
def {exercise.signature}:
    """Return the answer."""
    ### BEGIN SOLUTION
    return None
    ### END SOLUTION

# %% check="{exercise.id}"
check("{exercise.id}", {exercise.function_name})
### BEGIN HIDDEN TESTS
check("{exercise.id}", {exercise.function_name}, seed=4711)
### END HIDDEN TESTS
'''


def write_lesson(root: Path, lesson: str) -> Path:
    """A source with every exercise of a lesson and one written answer."""
    path = root / "solutions" / lesson / f"{lesson[3:]}.py"
    path.parent.mkdir(parents=True)
    head = f"# %% [markdown]\n# # {lesson}\n\n# %%\nimport numpy as np\nfrom autograder import check\n"
    written = '\n# %% [markdown] manual="why" points=2\n# Because.\n'
    path.write_text(head + "".join(map(cells, exercises.of_lesson(lesson))) + written, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tiny_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    for lesson in exercises.LESSONS:
        write_lesson(root, lesson)
    return root


@pytest.fixture(scope="session")
def tiny_course(tiny_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """source/ and release/ of the tiny lessons. Not to be changed: copy it."""
    course_dir = tmp_path_factory.mktemp("course") / "course"
    write_course(tiny_root, course_dir)
    return course_dir
