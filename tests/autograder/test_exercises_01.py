"""The exercises of lesson 01: each misconception is told from all others, each variant earns full points."""

import pytest

from autograder import check
from autograder.exercises import get, of_lesson

EXERCISES = of_lesson("01_confusion_matrix")
SEEDS = range(21)


@pytest.mark.parametrize(
    ("exercise", "name"),
    [pytest.param(e, name, id=f"{e.id}-{name}") for e in EXERCISES for name in e.misconceptions],
)
def test_a_misconception_loses_points_and_gets_its_own_hint(exercise, name):
    misconception = exercise.misconceptions[name]
    for seed in SEEDS:
        verdict = check(exercise.id, misconception.answer, seed=seed)
        assert verdict < verdict.max_points
        assert verdict.misconceptions == (name,)
        assert misconception.hint in verdict.hints


@pytest.mark.parametrize(
    ("exercise", "name"),
    [pytest.param(e, name, id=f"{e.id}-{name}") for e in EXERCISES for name in e.variants],
)
def test_a_variant_earns_full_points(exercise, name):
    for seed in SEEDS:
        verdict = check(exercise.id, exercise.variants[name], seed=seed)
        assert verdict == exercise.points
        assert not verdict.hints


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_another_seed_asks_about_other_inputs(exercise):
    key, other = exercise.answer_key(0), exercise.answer_key(1)
    assert [case["name"] for case in key["cases"]] == [case["name"] for case in other["cases"]]
    assert all(a["args"] != b["args"] for a, b in zip(key["cases"], other["cases"], strict=True))


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_the_hints_are_for_learners(exercise):
    for misconception in exercise.misconceptions.values():
        assert len(misconception.hint) > 80
        assert misconception.hint.endswith(".")


def test_a_tie_at_the_threshold_is_asked_about():
    case = next(case for case in get("threshold_labels").draw(3) if case.name == "scores equal to the threshold")
    scores, threshold = case.args
    assert threshold in scores


def test_the_known_answers_of_the_lesson():
    """The figures of the lesson's nine samples, from the oracle itself."""
    import numpy as np

    truth = np.array(["Red", "Black", "Red", "White", "White", "Red", "Black", "Red", "White"])
    predicted = np.array(["Red", "White", "Black", "White", "Red", "Red", "Black", "White", "Red"])
    labels = np.array(["White", "Black", "Red"])
    ids = ("confusion_counts", "confusion_table", "one_vs_rest")
    counts, table, one_vs_rest = (get(id).reference for id in ids)
    assert counts(truth, predicted, "White") == (1, 2, 2, 4)
    assert counts(truth, predicted, "Black") == (1, 1, 1, 6)
    assert counts(truth, predicted, "Red") == (2, 2, 2, 3)
    for k, label in enumerate(labels):
        assert one_vs_rest(table(truth, predicted, labels), k) == counts(truth, predicted, label)
