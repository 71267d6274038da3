"""Lesson 07: every misconception loses points and is named, every variant earns full points, whatever the seed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from known_answers import recorded, verdict_on

from autograder import check
from autograder.exercises import _kfold_probe, of_lesson

LESSON = "07_training_curves"
SEEDS = range(21)
EXERCISES = {exercise.id: exercise for exercise in of_lesson(LESSON)}
WRONG = [(exercise.id, name) for exercise in EXERCISES.values() for name in exercise.misconceptions]
RIGHT = [(exercise.id, name) for exercise in EXERCISES.values() for name in exercise.variants]


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_reference_answers_every_case_without_nan(exercise_id):
    for seed in SEEDS:
        _, key, _ = recorded(exercise_id, seed)
        for case in key["cases"]:
            assert case["expected"]["status"] == "returned", (seed, case["name"])
            assert "nan" not in json.dumps(case["expected"]["value"]), (seed, case["name"])


@pytest.mark.parametrize(("exercise_id", "name"), WRONG)
def test_misconception_loses_points_and_gets_its_own_hint(exercise_id, name):
    misconception = EXERCISES[exercise_id].misconceptions[name]
    for seed in SEEDS:
        verdict = verdict_on(exercise_id, misconception.answer, seed)
        assert verdict < verdict.max_points, f"seed {seed}: no points lost\n{verdict}"
        assert verdict.misconceptions == (name,), f"seed {seed}\n{verdict}"
        assert verdict.hints[0] == misconception.hint


@pytest.mark.parametrize(("exercise_id", "name"), RIGHT)
def test_variant_earns_full_points(exercise_id, name):
    for seed in SEEDS:
        verdict = verdict_on(exercise_id, EXERCISES[exercise_id].variants[name], seed)
        assert verdict.passed, f"seed {seed}\n{verdict}"
        assert verdict == verdict.max_points


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_check_itself_tells_right_from_wrong(exercise_id):
    exercise = EXERCISES[exercise_id]
    name, misconception = next(iter(exercise.misconceptions.items()))
    assert check(exercise_id, misconception.answer).misconceptions == (name,)
    assert check(exercise_id, next(iter(exercise.variants.values()))).passed


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_there_is_enough_to_tell_apart(exercise_id):
    exercise = EXERCISES[exercise_id]
    assert len(exercise.misconceptions) >= 6
    assert len(exercise.variants) >= 3
    assert 3 <= exercise.points <= 4


@pytest.mark.parametrize("constant", [0, [], "good", None, [([], [])]])
@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_answers_that_compute_nothing_earn_nothing(exercise_id, constant):
    assert check(exercise_id, lambda *_: constant) == 0


def answers(exercise_id, *args):
    return EXERCISES[exercise_id].reference(*(np.array(a) if isinstance(a, list) else a for a in args))


def test_best_epoch_of_small_curves():
    assert answers("best_epoch", [0.9, 0.5, 0.7, 0.5]) == 1
    assert answers("best_epoch", [float("nan"), 0.9, 0.8]) == 2


@pytest.mark.parametrize(
    ("val_loss", "patience", "min_delta", "last"),
    [
        ([1.0, 0.5, 0.75, 0.75, 0.25], 2, 0.0, 3),
        ([1.0, 0.5, 0.75, 0.25, 0.5], 2, 0.0, 4),
        ([1.0, 0.875, 0.875, 0.5], 2, 0.125, 2),  # a gain of exactly min_delta is none
        ([1.0, 0.875, 0.75, 0.625], 2, 0.125, 3),  # two of them add up to one that counts
        ([1.0, float("nan"), float("nan"), 0.5], 2, 0.0, 2),
    ],
)
def test_early_stop_of_small_curves(val_loss, patience, min_delta, last):
    assert answers("early_stop", val_loss, patience, min_delta) == last
    for variant in EXERCISES["early_stop"].variants.values():
        assert variant(np.array(val_loss), patience, min_delta) == last


@pytest.mark.parametrize("seed", SEEDS)
def test_no_curve_to_diagnose_lies_near_a_limit(seed):
    """Otherwise rounding, or > in place of >=, would decide."""
    for case in EXERCISES["diagnose"].draw(seed):
        train_loss, val_loss = case.args
        assert abs(val_loss[-1] / val_loss.min() - 1.1) > 0.015 or val_loss[-1] == val_loss.min()
        assert abs(train_loss[-1] / train_loss[0] - 0.5) > 0.05


def test_every_diagnosis_is_asked_for():
    expected = [case["expected"]["value"] for case in recorded("diagnose", 0)[1]["cases"]]
    assert set(expected) == {"good", "overfitting", "underfitting"}


@pytest.mark.parametrize("seed", SEEDS)
def test_early_stop_compares_exact_numbers_only(seed):
    for case in EXERCISES["early_stop"].draw(seed):
        assert (case.args[0] * 64 == np.round(case.args[0] * 64)).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_leaked_rows_stand_elsewhere_in_the_training_data(seed):
    for case in EXERCISES["find_leaks"].draw(seed):
        train, test = case.args
        n = min(len(train), len(test))
        assert not (train[:n] == test[:n]).all(axis=1).any() or case.name == "a leaked row twice in the test data"


def test_folds_of_scikit_learn_are_right_too():
    from sklearn.model_selection import KFold

    def kfold_indices(n, k, seed):
        return list(KFold(k, shuffle=True, random_state=seed).split(np.zeros(n)))

    for seed in range(5):
        assert verdict_on("kfold_indices", kfold_indices, seed).passed


@pytest.mark.parametrize("answer", [3, [1, 2], ["ab"], [(["x"], [1])], [([0], [1], [2])]])
def test_what_are_no_folds_is_said_in_words(answer):
    verdict = check("kfold_indices", lambda n, k, seed: answer)
    assert verdict == 0
    assert "list of pairs" in str(verdict)


def test_the_probe_imports_only_what_the_observer_has():
    """A grader sends its source to a process that can import nothing else of the course."""
    source = Path(_kfold_probe.__file__).read_text(encoding="utf-8")
    imports = [line for line in source.splitlines() if line.startswith(("import autograder", "from autograder"))]
    assert imports == ["from autograder.checking.observe import observe as observe_plain"]


def test_a_grader_outside_judges_folds_by_the_probe():
    import nbformat

    from autograder.grading.judging.verdicts import trusted_verdicts
    from autograder.grading.sandbox.observing import process_observer

    cells = [
        "import numpy as np",
        "def kfold_indices(n, k, seed):\n"
        "    order = np.random.default_rng(seed).permutation(n)\n"
        "    return [(np.setdiff1d(order, test), test) for test in np.array_split(order, k)]",
        'check("kfold_indices", kfold_indices)',
    ]
    metas = [
        {},
        {"grade_id": "kfold_indices", "solution": True, "grade": False, "locked": False, "schema_version": 3},
        {"grade_id": "check_kfold_indices", "solution": False, "grade": True, "locked": True, "points": 4,
         "schema_version": 3, "cell_type": "code"},
    ]  # fmt: skip
    notebook = nbformat.v4.new_notebook()
    for source, meta in zip(cells, metas, strict=True):
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"nbgrader": meta} if meta else {}))
    verdicts = trusted_verdicts(notebook, LESSON, 5, process_observer())
    assert verdicts["kfold_indices"].passed, verdicts["kfold_indices"]
    assert verdicts.unjudged == []
