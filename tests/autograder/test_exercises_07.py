"""The exercises of lesson 07: what is special to them."""

from __future__ import annotations

import numpy as np
import pytest
from known_answers import asked, reference_answer, verdict_on, verdicts_outside
from warm_kernels import warm_to_the_end  # noqa: F401 - a fixture

from autograder import check
from autograder.exercises import of_lesson

LESSON = "07_training_curves"
SEEDS = range(21)
EXERCISES = {exercise.id: exercise for exercise in of_lesson(LESSON)}


def test_best_epoch_of_small_curves():
    assert reference_answer("best_epoch", [0.9, 0.5, 0.7, 0.5]) == 1
    assert reference_answer("best_epoch", [float("nan"), 0.9, 0.8]) == 2


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
    assert reference_answer("early_stop", val_loss, patience, min_delta) == last
    for variant in EXERCISES["early_stop"].variants.values():
        assert variant(np.array(val_loss), patience, min_delta) == last


def curves(seed):
    """For each case its pairs of curves, as two numbers: the rise above the lowest, and the share that is left."""
    return {
        case.name: [(v[-1] / v.min(), t[-1] / t[0]) for t, v in zip(*case.args, strict=True)]
        for case in EXERCISES["diagnose"].draw(seed)
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_curves_to_diagnose_lie_near_each_limit_on_both_sides_and_once_on_it(seed):
    cases = curves(seed)
    for limit, values in (
        (1.1, [rise for rise, _ in cases["the validation loss ends about 10 % above its lowest value"]]),
        (0.5, [left for _, left in cases["the training loss ends at about half of its first value"]]),
    ):
        assert 1 < min(value / limit for value in values if value > limit) < 1.01
        assert 0.99 < max(value / limit for value in values if value < limit) < 1
        # Elsewhere rounding would decide.
        assert [value for value in values if abs(value - limit) < 5e-4] == [limit]
    pairs = [pair for some in cases.values() for pair in some]
    assert sum(abs(rise - 1.1) < 5e-4 for rise, _ in pairs) == sum(abs(left - 0.5) < 5e-4 for _, left in pairs) == 1


#: Ways to write "at least 10 % above", given the lowest value and the last.
RISES = [
    lambda low, last: last >= 1.1 * low,
    lambda low, last: last / low >= 1.1,
    lambda low, last: last / low - 1 >= 0.1,
    lambda low, last: (last - low) / low >= 0.1,
    lambda low, last: 100 * (last - low) / low >= 10,
    lambda low, last: last - low >= 0.1 * low,
    lambda low, last: last - low >= low / 10,
    lambda low, last: last >= low + 0.1 * low,
    lambda low, last: last >= low + low / 10,
    lambda low, last: last >= low * 110 / 100,
]
#: Ways to write "more than half", given the first value and the last.
HALVES = [
    lambda first, last: last > 0.5 * first,
    lambda first, last: last > first / 2,
    lambda first, last: 2 * last > first,
    lambda first, last: last / first > 0.5,
    lambda first, last: 100 * last / first > 50,
    lambda first, last: first - last < last,
    lambda first, last: (first - last) / first < 0.5,
    lambda first, last: 1 - last / first < 0.5,
]


@pytest.mark.parametrize("seed", SEEDS)
def test_all_ways_to_write_a_limit_of_diagnose_agree(seed):
    for case in EXERCISES["diagnose"].draw(seed):
        for train_loss, val_loss in zip(*case.args, strict=True):
            assert len({bool(way(val_loss.min(), val_loss[-1])) for way in RISES}) == 1
            assert len({bool(way(train_loss[0], train_loss[-1])) for way in HALVES}) == 1


def test_every_diagnosis_is_asked_for():
    expected = [a for case in asked("diagnose", 0)[1]["cases"] for _, a in case["expected"]["value"]["dict"]]
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


@pytest.mark.usefixtures("warm_to_the_end")
def test_a_grader_outside_judges_folds_by_the_probe():
    verdicts = verdicts_outside("import numpy as np", kfold_indices=EXERCISES["kfold_indices"].reference)
    assert verdicts["kfold_indices"].passed, verdicts["kfold_indices"]
    assert verdicts.unjudged == []
