"""Wrong rules that once earned full marks: each loses points, whatever the seed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from known_answers import points_of, torch_on_one_thread  # noqa: F401 - a fixture
from test_every_exercise import HIDDEN

from autograder.exercises import get

pytestmark = pytest.mark.slow

SEEDS = range(20)


def diagnosis(rise=0.1, left=0.5, absolute=False, ratio_of_ends=False):
    def diagnose(train_loss, val_loss):
        lowest = val_loss[0] if ratio_of_ends else min(val_loss)
        limit = lowest + rise if absolute else (1 + rise) * lowest
        if val_loss[-1] >= limit:
            return "overfitting"
        return "underfitting" if train_loss[-1] > left * train_loss[0] else "good"

    return diagnose


def less_than_half(y_true, proba, n):
    truth = proba[np.arange(len(y_true)), y_true]
    wrong = np.flatnonzero(truth < 0.5)
    return wrong[np.argsort(truth[wrong], kind="stable")][:n]


def stopping(improves):
    def early_stop(val_loss, patience, min_delta=0.0):
        best, waited = math.inf, 0
        for epoch, loss in enumerate(val_loss):
            if improves(loss, best, min_delta):
                best, waited = loss, 0
            else:
                waited += 1
            if waited >= patience:
                return epoch
        return len(val_loss) - 1

    return early_stop


def once_per_duplicate(train, test):
    return [i for i, row in enumerate(test) for other in train if (row == other).all()]


def begins_with_the_first(val_loss):
    best = 0
    for epoch, loss in enumerate(val_loss):
        if loss < val_loss[best]:
            best = epoch
    return best


def last_shuffle(predict, X, y, seed):
    rng = np.random.default_rng(seed)
    baseline = np.mean(predict(X) == y)
    importances = []
    for j in range(X.shape[1]):
        for _ in range(10):
            shuffled = X.copy()
            shuffled[:, j] = rng.permutation(X[:, j])
            score = np.mean(predict(shuffled) == y)
        importances.append(baseline - score)
    return importances


def largest_loss(predict, X, y, seed):
    rng = np.random.default_rng(seed)
    baseline = np.mean(predict(X) == y)
    importances = []
    for j in range(X.shape[1]):
        scores = []
        for _ in range(10):
            shuffled = X.copy()
            shuffled[:, j] = rng.permutation(X[:, j])
            scores.append(np.mean(predict(shuffled) == y))
        importances.append(baseline - min(scores))
    return importances


def rounded(exercise_id, digits=2):
    return lambda *arguments: round(float(get(exercise_id).reference(*arguments)), digits)


RULES = {
    "a rise of 25 %, four tenths": ("diagnose", diagnosis(0.25, 0.4)),
    "a rise of 25 %": ("diagnose", diagnosis(rise=0.25)),
    "four tenths": ("diagnose", diagnosis(left=0.4)),
    "a rise of 6 %, six tenths": ("diagnose", diagnosis(0.06, 0.6)),
    "a rise of 6 %": ("diagnose", diagnosis(rise=0.06)),
    "a rise of 11 %": ("diagnose", diagnosis(rise=0.11)),
    "a rise of 9 %": ("diagnose", diagnosis(rise=0.09)),
    "six tenths": ("diagnose", diagnosis(left=0.6)),
    "0.49 in place of a half": ("diagnose", diagnosis(left=0.49)),
    "0.51 in place of a half": ("diagnose", diagnosis(left=0.51)),
    "an absolute rise": ("diagnose", diagnosis(absolute=True)),
    "above the first validation loss": ("diagnose", diagnosis(ratio_of_ends=True)),
    "p(true) below one half": ("worst_mistakes", less_than_half),
    "a tie improves": ("early_stop", stopping(lambda loss, best, delta: loss <= best - delta)),
    "a tie improves where delta is 0": (
        "early_stop", stopping(lambda loss, best, delta: loss < best - delta if delta else loss <= best)),
    "a relative delta": ("early_stop", stopping(lambda loss, best, delta: loss < best * (1 - delta))),
    "an index for every duplicate": ("find_leaks", once_per_duplicate),
    "a first epoch of NaN is the best": ("best_epoch", begins_with_the_first),
    "the last of ten shuffles": ("permutation_importance", last_shuffle),
    "the largest loss of ten shuffles": ("permutation_importance", largest_loss),
    "a rounded precision": ("precision", rounded("precision")),
    "a recall of four digits": ("recall", rounded("recall", 4)),
    "no limit above the accuracy": ("max_prevalence", lambda a, r: 1.0 if r >= a else (1 - a) / (1 - r)),
}  # fmt: skip


def marked(rule):
    return pytest.param(rule, marks=pytest.mark.slow if RULES[rule][0] == "permutation_importance" else ())


@pytest.mark.parametrize("rule", [marked(rule) for rule in RULES])
def test_a_wrong_rule_loses_points_on_every_seed(rule):
    exercise_id, answer = RULES[rule]
    for seed in (HIDDEN[exercise_id], *SEEDS):
        verdict = points_of(exercise_id, answer, seed)
        assert verdict < verdict.max_points, seed
