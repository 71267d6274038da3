"""What holds for every exercise: mistakes are told apart, right answers earn full points, whatever the seed."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from known_answers import asked, mistaken, points_of, torch_on_one_thread, verdict_on  # noqa: F401 - a fixture

import autograder
from autograder import exercises
from autograder.checking.judge import judge
from autograder.checking.plain import to_plain

SOLUTIONS = Path(autograder.__file__).parents[1] / "solutions"
#: The seeds with which the lessons grade.
HIDDEN = {
    name: int(seed)
    for path in SOLUTIONS.glob("*/*.py")
    for name, seed in re.findall(r'^check\("(\w+)", \w+, seed=(\d+)\)', path.read_text(encoding="utf-8"), re.MULTILINE)
}
EXERCISES = {exercise_id: exercises.get(exercise_id) for exercise_id in exercises.ids()}


def marked(exercise, *more):
    """A parameter of a test. Where the answers are networks or shuffles, which a probe measures, judging takes long."""
    return pytest.param(exercise.id, *more, marks=pytest.mark.slow if exercise.probe else ())


EACH = [marked(exercise) for exercise in EXERCISES.values()]
WRONG = [marked(exercise, name) for exercise in EXERCISES.values() for name in exercise.misconceptions]
RIGHT = [marked(exercise, name) for exercise in EXERCISES.values() for name in exercise.variants]
PROBED = [exercise.id for exercise in EXERCISES.values() if exercise.probe]
# "There is nothing to measure" is an answer that these ask for.
MAY_BE_NAN = {"evaluate", "mask_iou", "slice_recall"}
# Their probes look at shuffles and sizes that are drawn, and some draws show a mistake in one case less.
MAY_COST_MORE = {"kfold_indices", "permutation_importance", "bootstrap_interval"}
# Cases of which there is only one.
THE_ONLY_ONE = {"both are one", "both are zero", "no row tells the models apart"}


# The seed of the lesson (-1) and others. Where the answers are networks, which take long, those below 3; the audit of
# the course (test_audit_of_the_course) grades the same answers with one more, which is drawn anew each time.
SEEDS = pytest.mark.parametrize(
    "seeds",
    [pytest.param(range(-1, 2), id="first seeds"), pytest.param(range(2, 20), id="others", marks=pytest.mark.slow)],
)


def drawn(exercise_id, seeds):
    return [HIDDEN[exercise_id] if seed < 0 else seed for seed in seeds if seed < 3 or not EXERCISES[exercise_id].probe]


@SEEDS
@pytest.mark.parametrize("exercise_id", EACH)
def test_the_answer_key_holds_finite_numbers(exercise_id, seeds):
    for seed in drawn(exercise_id, seeds):
        # A reference that fails stops the making of the key.
        _, key = asked(exercise_id, seed)
        for case in key["cases"]:
            assert "inf" not in str(case["expected"]["value"]) or exercise_id == "best_threshold", (seed, case["name"])
            assert "nan" not in str(case["expected"]["value"]) or exercise_id in MAY_BE_NAN, (seed, case["name"])


@SEEDS
@pytest.mark.parametrize(("exercise_id", "name"), WRONG)
def test_a_misconception_loses_points_and_gets_its_own_hint(exercise_id, name, seeds):
    lost = set()
    # The lesson's seed each time, so that all have one to compare with.
    for seed in dict.fromkeys([HIDDEN[exercise_id], *drawn(exercise_id, seeds)]):
        (_, key), wrong_answers = asked(exercise_id, seed), mistaken(exercise_id, seed)
        verdict = judge(key, wrong_answers[name]["outcomes"], wrong_answers)
        assert verdict < verdict.max_points, f"seed {seed}: no points lost\n{verdict}"
        assert verdict.misconceptions == (name,), f"seed {seed}\n{verdict}"
        assert verdict.hints[0] == EXERCISES[exercise_id].misconceptions[name].hint
        lost.add(float(verdict))
    assert len(lost) == 1 or exercise_id in MAY_COST_MORE, "the same mistake costs the same, whatever the seed"


@SEEDS
@pytest.mark.parametrize(("exercise_id", "name"), RIGHT)
def test_a_variant_earns_full_points(exercise_id, name, seeds):
    for seed in drawn(exercise_id, seeds):
        verdict = verdict_on(exercise_id, EXERCISES[exercise_id].variants[name], seed)
        assert verdict == EXERCISES[exercise_id].points, f"seed {seed}\n{verdict}"
        assert verdict.passed
        assert verdict.hints == ()


@pytest.mark.parametrize("exercise_id", EACH)
def test_the_answer_that_mistakes_are_edits_of_is_right(exercise_id):
    right = getattr(import_module(f"autograder.exercises.{exercise_id}"), "right", EXERCISES[exercise_id].reference)
    assert points_of(exercise_id, right, 0).passed


CONSTANTS = [0, 0.5, 1.0, None, True, [], {}, "good", "a ValueError", [([], [])]]
CONSTANTS += [np.zeros(shape) for shape in (3, (4, 2), (4, 4), (2, 8))]


@pytest.mark.parametrize("exercise_id", EACH)
def test_an_answer_that_computes_nothing_earns_nothing(exercise_id):
    for constant in CONSTANTS:
        assert points_of(exercise_id, lambda *_, answer=constant: answer, 0) == 0, constant


@pytest.mark.parametrize("exercise_id", EACH)
def test_another_seed_asks_about_other_inputs(exercise_id):
    first, other = (
        {case.name: [to_plain(argument) for argument in case.args] for case in EXERCISES[exercise_id].draw(seed)}
        for seed in (0, 1)
    )
    assert first.keys() == other.keys()
    assert all(first[name] != other[name] for name in first.keys() - THE_ONLY_ONE)


@pytest.mark.parametrize("exercise_id", PROBED)
def test_a_probe_imports_only_what_the_observer_has(exercise_id):
    """A grader sends its source to a process that can import nothing else of the course."""
    tree = ast.parse(Path(import_module(EXERCISES[exercise_id].probe).__file__).read_text(encoding="utf-8"))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert {name for name in modules if name.startswith("autograder")} == {"autograder.checking.observe"}
    assert {name.partition(".")[0] for name in modules} <= {
        "__future__", "autograder", "builtins", "collections", "numpy", "torch", "typing", "zlib",
    }  # fmt: skip
