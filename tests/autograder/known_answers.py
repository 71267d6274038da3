"""The known answers to an exercise, worked out once for each seed and judged as `check` judges them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import nbformat
import pytest

from autograder import exercises
from autograder.checking.exercise import Answer, inputs_of
from autograder.checking.judge import judge
from autograder.checking.verdict import Verdict
from autograder.grading.judging.verdicts import Verdicts, trusted_verdicts
from autograder.grading.sandbox.observing import process_observer
from autograder.proving.answers import source_as


@cache
def recorded(exercise_id: str, seed: int) -> tuple[Any, Any, Any]:
    """What `check` works out anew in every call: inputs, answer key, and the answers of all misconceptions."""
    exercise = exercises.get(exercise_id)
    return inputs_of(exercise.draw(seed)), exercise.answer_key(seed), exercise.wrong_answers(seed)


def verdict_on(exercise_id: str, answer: Answer, seed: int) -> Verdict:
    """What `check` says of an answer."""
    inputs, key, wrong_answers = recorded(exercise_id, seed)
    return judge(key, exercises.get(exercise_id).observe(answer, inputs), wrong_answers)


def verdicts_outside(setup: str, **answers: Answer | str) -> Verdicts:
    """What a grader outside the learner's process says of a notebook with these answers: functions, or source.

    The answers belong to one lesson; `setup` is the cell above them.
    """
    cells: list[tuple[str, dict[str, Any]]] = [(setup, {})]
    for exercise_id, answer in answers.items():
        source = answer if isinstance(answer, str) else source_as(answer, exercise_id)
        meta = {"schema_version": 3, "solution": True, "grade": False, "locked": False, "grade_id": exercise_id}
        points = exercises.get(exercise_id).points
        test = {**meta, "solution": False, "grade": True, "grade_id": f"check_{exercise_id}", "points": points}
        cells += [(source, meta), (f'check("{exercise_id}", {exercise_id})', {**test, "cell_type": "code"})]
    notebook = nbformat.v4.new_notebook()
    for source, about in cells:
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"nbgrader": about} if about else {}))
    lesson = exercises.get(next(iter(answers))).lesson
    return trusted_verdicts(notebook, lesson, 5, process_observer())


@pytest.fixture(scope="module", autouse=True)
def torch_on_one_thread() -> Iterator[None]:
    """Threads on small tensors only wait for each other; and no answer shall wait until torch is loaded."""
    import torch
    import torch._dynamo

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
