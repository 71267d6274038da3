"""Answers of every exercise get from outside what `check` gives them, points and hints.

A right one and a wrong one each; `autograder audit` sends all known answers through the whole of grading.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from trusted_samples import ROOT, SEED, observer

from autograder import check
from autograder.exercises import LESSONS, of_lesson
from autograder.grading.judging.verdicts import trusted_verdicts
from autograder.proving.answers import fill_in, read
from autograder.proving.audit import items

pytestmark = pytest.mark.slow


def notebook_of(lesson: str) -> Path:
    return ROOT / "lessons" / lesson / f"{lesson[3:]}.ipynb"


@pytest.mark.parametrize("lesson", [lesson for lesson in LESSONS if notebook_of(lesson).is_file()])
def test_known_answers_get_what_check_gives_them(lesson: str) -> None:
    packed = defaultdict(list)
    for exercise in of_lesson(lesson):
        for wrong in (True, False):
            packed[wrong].append(next(item for item in items(exercise) if item.wrong is wrong))
    for contents in packed.values():
        notebook = read(notebook_of(lesson))
        for item in contents:
            fill_in(notebook, item.exercise, item.answer)
        verdicts = trusted_verdicts(notebook, lesson, SEED, observer())
        assert verdicts.unjudged == []
        for item in contents:
            trusted, plain = verdicts[item.exercise.id], check(item.exercise.id, item.answer, seed=SEED)
            assert trusted == plain, f"{item}\n{trusted}"
            assert (trusted < trusted.max_points) == item.wrong
            assert (trusted.hints, trusted.misconceptions) == (plain.hints, plain.misconceptions), str(item)


@pytest.mark.parametrize("lesson", [lesson for lesson in LESSONS if notebook_of(lesson).is_file()])
def test_an_unanswered_lesson_earns_nothing_and_raises_no_suspicion(lesson: str) -> None:
    verdicts = trusted_verdicts(read(notebook_of(lesson)), lesson, SEED, observer())
    assert set(verdicts) == {exercise.id for exercise in of_lesson(lesson)}
    assert not any(verdicts.values())
    assert verdicts.remarks == []
