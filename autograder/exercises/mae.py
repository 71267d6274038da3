"""Mean absolute error: how far off the predictions are, on average."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._number_cases import error_cases


def cases(rng: np.random.Generator) -> list[Case]:
    return error_cases(rng, plain=0.5, large=0.5, cancelling=0.5, perfect=0.5)


def reference(y_true, y_pred):
    from evalkit import mean_absolute_error

    return mean_absolute_error(y_true, y_pred)


def wrong_mean_error(y_true, y_pred):
    return float(np.mean(y_true - y_pred))


def wrong_absolute_of_mean(y_true, y_pred):
    return float(abs(np.mean(y_true - y_pred)))


def wrong_sum(y_true, y_pred):
    return float(np.sum(np.abs(y_true - y_pred)))


def wrong_squares(y_true, y_pred):
    return float(np.mean((y_true - y_pred) ** 2))


def wrong_root(y_true, y_pred):
    return float(np.sqrt(np.mean((y_true - y_pred) ** 2)))


def wrong_median(y_true, y_pred):
    return float(np.median(np.abs(y_true - y_pred)))


def wrong_percentage(y_true, y_pred):
    return float(np.mean(np.abs((y_true - y_pred) / y_true)))


def variant_loop(y_true, y_pred):
    total = 0.0
    for t, p in zip(y_true, y_pred):
        total += abs(t - p)
    return total / len(y_true)


def variant_where(y_true, y_pred):
    return np.where(y_true > y_pred, y_true - y_pred, y_pred - y_true).mean()


def variant_larger_minus_smaller(y_true, y_pred):
    return (np.maximum(y_true, y_pred).sum() - np.minimum(y_true, y_pred).sum()) / y_true.size


def wrong_largest(y_true, y_pred):
    return float(np.max(np.abs(y_true - y_pred)))


EXERCISE = Exercise(
    id="mae",
    lesson="06_regression_errors",
    objective="RE.1",
    points=2,
    signature="mae(y_true, y_pred)",
    cases=cases,
    reference=reference,
    misconceptions={
        "mean-error": Misconception(
            wrong_mean_error,
            "You averaged the errors with their signs, so that a miss upwards and a miss downwards cancel out. Take "
            "the absolute value of each error first.",
        ),
        "absolute-of-mean": Misconception(
            wrong_absolute_of_mean,
            "You took the absolute value after the mean. By then misses upwards and downwards have cancelled out. Take "
            "it of each error, then average.",
        ),
        "sum": Misconception(
            wrong_sum,
            "You added up the absolute errors. Divide by their number: the mean must not grow with the test set.",
        ),
        "squares": Misconception(
            wrong_squares,
            "You squared the errors, which is MSE. MAE averages their absolute values.",
        ),
        "root": Misconception(
            wrong_root,
            "You took the root of the mean square, which is RMSE. Root and square do not cancel with a mean between "
            "them. MAE averages the absolute values.",
        ),
        "median": Misconception(
            wrong_median,
            "You returned the middle absolute error. That is the median absolute error, which no single large miss "
            "can move. MAE is the mean.",
        ),
        "percentage": Misconception(
            wrong_percentage,
            "You divided each error by the true value, which gives a mean relative error. MAE stays in the unit of the "
            "data.",
        ),
        "largest": Misconception(
            wrong_largest,
            "You returned the largest absolute error. MAE is the mean of them all.",
        ),
    },
    variants={
        "loop": variant_loop,
        "where": variant_where,
        "larger-minus-smaller": variant_larger_minus_smaller,
    },
)
