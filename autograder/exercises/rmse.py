"""Root mean squared error."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._number_cases import error_cases


def cases(rng: np.random.Generator) -> list[Case]:
    return error_cases(rng, plain=0.5, large=0.5, cancelling=0.5, perfect=0.5)


def reference(y_true, y_pred):
    from evalkit import root_mean_squared_error

    return root_mean_squared_error(y_true, y_pred)


def wrong_no_root(y_true, y_pred):
    return float(np.mean((y_true - y_pred) ** 2))


def wrong_root_of_each(y_true, y_pred):
    return float(np.mean(np.sqrt((y_true - y_pred) ** 2)))


def wrong_root_of_sum(y_true, y_pred):
    return float(np.sqrt(np.sum((y_true - y_pred) ** 2)))


def wrong_root_before_dividing(y_true, y_pred):
    return float(np.sqrt(np.sum((y_true - y_pred) ** 2)) / len(y_true))


def wrong_standard_deviation(y_true, y_pred):
    return float(np.std(y_true - y_pred))


def wrong_one_less(y_true, y_pred):
    return float(np.sqrt(np.sum((y_true - y_pred) ** 2) / (len(y_true) - 1)))


def wrong_square_of_mean(y_true, y_pred):
    return float(np.sqrt(np.mean(y_true - y_pred) ** 2))


def variant_loop(y_true, y_pred):
    total = 0
    for t, p in zip(y_true, y_pred):
        total += (t - p) * (t - p)
    return (total / len(y_true)) ** 0.5


def variant_norm(y_true, y_pred):
    return np.linalg.norm(y_true - y_pred) / np.sqrt(y_true.size)


def variant_bias_and_spread(y_true, y_pred):
    error = y_pred - y_true
    return float(np.hypot(np.mean(error), np.std(error)))


def wrong_deviation_one_less(y_true, y_pred):
    return float(np.std(y_true - y_pred, ddof=1))


def wrong_half_not_root(y_true, y_pred):
    return float(np.mean((y_true - y_pred) ** 2) / 2)


EXERCISE = Exercise(
    id="rmse",
    lesson="06_regression_errors",
    objective="RE.2",
    points=2,
    signature="rmse(y_true, y_pred)",
    cases=cases,
    reference=reference,
    misconceptions={
        "no-root": Misconception(
            wrong_no_root,
            "You returned the mean square, MSE, whose unit is squared. Take its root, and the unit is that of the data "
            "again.",
        ),
        "root-of-each": Misconception(
            wrong_root_of_each,
            "You took the root of each square, which leaves its absolute value, so your mean is MAE. Average the "
            "squares first, then take one root.",
        ),
        "root-of-sum": Misconception(
            wrong_root_of_sum,
            "You took the root of the sum of the squares. Divide by their number under the root.",
        ),
        "root-before-dividing": Misconception(
            wrong_root_before_dividing,
            "You divided by n after taking the root. The mean belongs under the root: divide first.",
        ),
        "standard-deviation": Misconception(
            wrong_standard_deviation,
            "You returned the standard deviation of the errors, which subtracts their mean first. A model that is "
            "always 10 too high would score 0. Square the errors themselves.",
        ),
        "one-less": Misconception(
            wrong_one_less,
            "You divided by n − 1. That is done for a standard deviation, where a mean was first computed from the "
            "same data. Here nothing was: divide by n.",
        ),
        "square-of-mean": Misconception(
            wrong_square_of_mean,
            "You averaged the errors before squaring, so that misses upwards and downwards cancelled out. First "
            "square, then mean, then root.",
        ),
        "deviation-one-less": Misconception(
            wrong_deviation_one_less,
            "You returned the standard deviation of the errors, with n − 1 below the line. It subtracts their mean "
            "first, so a model that is always 10 too high would score 0. Square the errors themselves, and divide by "
            "n.",
        ),
        "half-not-root": Misconception(
            wrong_half_not_root,
            "You halved the mean square. **1/2 raises to the power 1 and then divides by 2: write **0.5, **(1/2) or "
            "np.sqrt.",
        ),
    },
    variants={"loop": variant_loop, "norm": variant_norm, "bias-and-spread": variant_bias_and_spread},
)
