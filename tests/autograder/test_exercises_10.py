"""The exercises of lesson 10: what is special to them."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("torch")

from known_answers import asked, check_probes_outside, torch_on_one_thread, verdict_on  # noqa: F401 - a fixture
from warm_kernels import warm_to_the_end  # noqa: F401 - a fixture

from autograder.exercises import _saliency_probe, of_lesson

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_to_the_end")]

LESSON = "10_error_analysis"
SEEDS = range(21)
EXERCISES = {exercise.id: exercise for exercise in of_lesson(LESSON)}


def arguments(exercise_id, seed, name):
    """The arguments of a case."""
    return next(one.args for one in EXERCISES[exercise_id].draw(seed) if one.name == name)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_most_confused_pair_is_another_by_share_and_by_sum(seed):
    table, _ = arguments("most_confused", seed, "three classes")
    wrong = np.where(np.eye(3) == 1, 0, table)
    pairs = {
        tuple(np.argwhere(values == values.max())[0])
        for values in (wrong, wrong / table.sum(axis=1, keepdims=True), np.triu(wrong + wrong.T))
    }
    assert len(pairs) == 3


def test_a_place_without_positives_has_no_recall():
    expected = EXERCISES["slice_recall"].reference(*arguments("slice_recall", 0, "a place without positives"))
    assert sum(math.isnan(value) for value in expected.values()) == 1
    answer = EXERCISES["slice_recall"].reference(np.array([1, 0]), np.array([1, 1]), np.array(["a", "b"]))
    assert answer["a"] == 1
    assert math.isnan(answer["b"])


@pytest.mark.parametrize("seed", SEEDS)
def test_probabilities_add_up_and_their_highest_is_never_shared(seed):
    for one in EXERCISES["worst_mistakes"].draw(seed):
        _, proba, _ = one.args
        highest = np.sort(proba, axis=1)
        assert np.allclose(proba.sum(axis=1), 1)
        assert (proba >= 0).all()
        assert (highest[:, -1] - highest[:, -2] > 0.01).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_importances_are_nothing_or_far_from_it(seed):
    """Judged by tolerance: the numbers must be large against their scatter, or exactly zero."""
    exercise = EXERCISES["permutation_importance"]
    for case in asked("permutation_importance", seed)[1]["cases"]:
        values = dict(case["expected"]["value"]["dict"])
        for importance in values["importances"]:
            assert importance == 0 or importance > 0.1
    spreads = []
    for generator_seed in range(12):
        model, X, y, _ = arguments("permutation_importance", seed, "three columns")

        def predict(rows, model=model):
            return (rows @ np.array(model["weights"]) > model["limit"]).astype(int)

        spreads.append(exercise.reference(predict, X, y, generator_seed))
    means = np.mean(spreads, axis=0)
    # Two right answers differ by less than the tolerance, with five standard deviations to spare.
    allowed = exercise.tolerance * means
    assert (5 * np.sqrt(2) * np.std(spreads, axis=0) <= allowed).all()


def test_permutation_importance_of_scikit_learn_is_right_too():
    from sklearn.inspection import permutation_importance as of_sklearn

    def permutation_importance(predict, X, y, seed):
        class Model:
            def fit(self, X, y):
                return self

        def accuracy(model, X, y):
            return np.mean(predict(X) == y)

        return of_sklearn(Model(), X, y, scoring=accuracy, n_repeats=10, random_state=seed).importances_mean

    for seed in range(3):
        assert verdict_on("permutation_importance", permutation_importance, seed).passed


@pytest.mark.parametrize("answer", [3, ["a", "b", "c"], [[1, 2], [3, 4]], {"a": 1}])
def test_what_are_no_importances_is_said_in_words(answer):
    verdict = verdict_on("permutation_importance", lambda predict, X, y, seed: answer)
    assert verdict == 0
    assert "one number for each column" in str(verdict)


def test_a_function_that_drops_the_column_is_told_what_the_model_needs():
    def permutation_importance(predict, X, y, seed):
        return [np.mean(predict(np.delete(X, j, axis=1)) == y) for j in range(X.shape[1])]

    verdict = verdict_on("permutation_importance", permutation_importance)
    assert verdict == 0
    assert "predict needs a table with 3 columns" in str(verdict)


def test_changing_the_table_in_place_is_said():
    def permutation_importance(predict, X, y, seed):
        X[:] = 0
        return [0] * X.shape[1]

    assert "changes its argument X in place" in " ".join(
        verdict_on("permutation_importance", permutation_importance).hints
    )


def test_saliency_may_answer_with_numpy_or_torch_and_needs_no_clean_gradients():
    def saliency(model, x, target):
        model.eval()
        image = x.clone().requires_grad_()
        model(image[None])[0, target].backward()
        return image.grad.abs().max(dim=0)[0].tolist()

    assert verdict_on("saliency", saliency).passed


@pytest.mark.parametrize("seed", SEEDS)
def test_no_target_is_the_predicted_class(seed):
    import torch

    for case in EXERCISES["saliency"].draw(seed):
        description, image, target = case.args
        logits = _saliency_probe.network(description).eval()(torch.from_numpy(image)[None])[0]
        assert int(logits.argmax()) != target


@pytest.mark.parametrize("kind", ["variants", "misconceptions"])
def test_a_grader_outside_judges_by_the_probes(kind):
    check_probes_outside(kind, ("saliency", "permutation_importance"))
