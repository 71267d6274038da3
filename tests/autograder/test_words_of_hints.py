"""Hints speak only words that the course has taught by the lesson in which the exercise stands."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import autograder
from autograder import exercises
from autograder.authoring.rules.words import LESSON_OF, UNTAUGHT, early_words, pattern, terms
from autograder.checking import errors_explained, hints, patterns

SOLUTIONS = Path(autograder.__file__).parents[1] / "solutions"


@pytest.mark.parametrize(("term", "lesson"), LESSON_OF.items())
def test_a_term_is_spoken_of_in_the_lesson_that_is_said_to_teach_it(term: str, lesson: str) -> None:
    (folder,) = SOLUTIONS.glob(f"{lesson}_*")
    # A term can be broken over two lines of a comment.
    text = " ".join(re.sub(r"\n# ?", " ", path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.*")))
    assert pattern(term).search(text)


@pytest.mark.parametrize("exercise_id", exercises.ids())
def test_hints_use_no_term_before_it_is_taught(exercise_id: str) -> None:
    exercise = exercises.get(exercise_id)
    for name, misconception in exercise.misconceptions.items():
        assert not early_words(misconception.hint, exercise.lesson[:2]), f"{name}: {misconception.hint}"


def test_general_hints_use_no_term_of_a_later_lesson_or_of_none() -> None:
    """They can come in the first lesson. What explains the errors of torch can only come where torch is used."""
    text = inspect.getsource(hints) + inspect.getsource(patterns)
    literals = " ".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))
    late = [term for term, lesson in LESSON_OF.items() if lesson > "03" and pattern(term).search(literals)]
    assert not late
    everywhere = literals + inspect.getsource(errors_explained)
    assert not [term for term in terms(UNTAUGHT) if pattern(term).search(everywhere)]
