"""The known answers to an exercise, worked out once for each seed and judged as `check` judges them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

import nbformat
import numpy as np
import pytest

from autograder import exercises
from autograder.checking.exercise import Answer, inputs_of
from autograder.checking.judge import judge
from autograder.checking.verdict import Verdict
from autograder.grading.judging.verdicts import Verdicts, trusted_verdicts
from autograder.grading.sandbox.observing import warm_observer
from autograder.proving.answers import source_as

# The source of a class for answers that hope to be compared, and to be equal to whatever is right.
EQUAL_TO_EVERYTHING = """
class Anything:
    def __eq__(self, other):
        return True
    def __getattr__(self, name):
        return self
    def __call__(self, *args, **kwargs):
        return self
"""


@cache
def asked(exercise_id: str, seed: int) -> tuple[list[list[Any]], dict[str, Any]]:
    """The inputs of a seed, and the answer key. `check` works them out anew in every call."""
    exercise = exercises.get(exercise_id)
    return inputs_of(exercise.draw(seed)), exercise.answer_key(seed)


@cache
def mistaken(exercise_id: str, seed: int) -> dict[str, Any]:
    """What all misconceptions answer to a seed. Where they are networks, that takes long: ask only if it is needed."""
    return exercises.get(exercise_id).wrong_answers(seed)


def points_of(exercise_id: str, answer: Answer, seed: int) -> Verdict:
    """What `check` says of an answer, without the hints of misconceptions."""
    inputs, key = asked(exercise_id, seed)
    return judge(key, exercises.get(exercise_id).observe(answer, inputs))


def verdict_on(exercise_id: str, answer: Answer, seed: int = 0) -> Verdict:
    """What `check` says of an answer; it works out the key and the mistakes anew in every call."""
    inputs, key = asked(exercise_id, seed)
    observations = exercises.get(exercise_id).observe(answer, inputs)
    verdict = judge(key, observations)
    return verdict if verdict.passed else judge(key, observations, mistaken(exercise_id, seed))


def reference_answer(exercise_id: str, *args: Any) -> Any:
    """What the oracle of an exercise answers; lists are given to it as arrays."""
    return exercises.get(exercise_id).reference(*(np.array(a) if isinstance(a, list) else a for a in args))


def check_reference(exercise_id: str, peer: Callable[..., Any], seeds: Iterable[int]) -> None:
    """The oracle agrees with other code for the same question on every case of these seeds."""
    exercise = exercises.get(exercise_id)
    for seed in seeds:
        for case in exercise.draw(seed):
            assert exercise.reference(*case.args) == pytest.approx(peer(*case.args)), (seed, case.name)


def verdicts_outside(setup: str, **answers: Answer | str) -> Verdicts:
    """What a grader outside the learner's process says of a notebook with these answers: functions, or source.

    The answers belong to one lesson; `setup` is the cell above them. Who calls this uses the fixture `warm_to_the_end`:
    a fork of one process that has loaded torch is there at once.
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
    return trusted_verdicts(notebook, lesson, 5, warm_observer(["numpy", "pandas", "torch"]))


def check_probes_outside(kind: str, exercise_ids: Iterable[str], setup: str = "import numpy as np") -> None:
    """A grader outside judges by the probes: an exercise's first variant passes, its first misconception is told.

    As for `verdicts_outside`, the exercises belong to one lesson, and the test uses the fixture `warm_to_the_end`.
    """
    firsts = {each: next(iter(getattr(exercises.get(each), kind).items())) for each in exercise_ids}
    answers = {each: first if kind == "variants" else first.answer for each, (_, first) in firsts.items()}
    verdicts = verdicts_outside(setup, **answers)
    assert verdicts.unjudged == []
    assert verdicts.keys() == firsts.keys()
    for each, verdict in verdicts.items():
        assert verdict.passed if kind == "variants" else verdict.misconceptions == (firsts[each][0],), verdict


@pytest.fixture(scope="module", autouse=True)
def torch_on_one_thread() -> Iterator[None]:
    """Threads on small tensors only wait for each other; and no answer shall wait until torch is loaded."""
    if find_spec("torch") is None:
        yield
        return
    import torch
    import torch._dynamo

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
