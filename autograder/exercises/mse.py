"""Mean squared error."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._number_cases import error_cases


def cases(rng: np.random.Generator) -> list[Case]:
    return error_cases(rng, plain=0.5, large=0.5, cancelling=0.5, perfect=0.5)


def reference(y_true, y_pred):
    from evalkit import mean_squared_error

    return mean_squared_error(y_true, y_pred)


def wrong_absolute(y_true, y_pred):
    return float(np.mean(np.abs(y_true - y_pred)))


def wrong_root(y_true, y_pred):
    return float(np.sqrt(np.mean((y_true - y_pred) ** 2)))


def wrong_sum(y_true, y_pred):
    return float(np.sum((y_true - y_pred) ** 2))


def wrong_square_of_mean(y_true, y_pred):
    return float(np.mean(y_true - y_pred) ** 2)


def wrong_half(y_true, y_pred):
    return float(np.mean((y_true - y_pred) ** 2) / 2)


def wrong_variance(y_true, y_pred):
    return float(np.var(y_true - y_pred))


def wrong_one_less(y_true, y_pred):
    return float(np.sum((y_true - y_pred) ** 2) / (len(y_true) - 1))


def wrong_difference_of_squares(y_true, y_pred):
    return float(np.mean(y_true**2 - y_pred**2))


def variant_loop(y_true, y_pred):
    squares = []
    for t, p in zip(y_true.tolist(), y_pred.tolist()):
        squares.append((t - p) ** 2)
    return sum(squares) / len(squares)


def variant_dot(y_true, y_pred):
    error = y_pred - y_true
    return error @ error / error.size


def variant_bias_and_spread(y_true, y_pred):
    # The mean square is the square of the mean plus the variance.
    error = y_true - y_pred
    return float(error.mean() ** 2 + error.var())


def wrong_doubled(y_true, y_pred):
    return float(np.mean((y_true - y_pred) * 2))


EXERCISE = Exercise(
    id="mse",
    lesson="06_regression_errors",
    objective="RE.2",
    points=2,
    signature="mse(y_true, y_pred)",
    cases=cases,
    reference=reference,
    misconceptions={
        "absolute": Misconception(
            wrong_absolute,
            "You averaged the absolute errors, which is MAE. Square each error instead.",
        ),
        "root": Misconception(
            wrong_root,
            "You took the root at the end, which makes it RMSE. MSE is the mean of the squares as it stands.",
        ),
        "sum": Misconception(
            wrong_sum,
            "You added up the squares. Divide by their number: the mean must not grow with the test set.",
        ),
        "square-of-mean": Misconception(
            wrong_square_of_mean,
            "You averaged first and squared afterwards. By then misses upwards and downwards have cancelled out. "
            "Square each error, then average.",
        ),
        "half": Misconception(
            wrong_half,
            "Your answer is half the mean square. Some people put that ½ in front of a loss that they minimise: it "
            "moves no minimum. The metric has no such factor.",
        ),
        "variance": Misconception(
            wrong_variance,
            "You subtracted the mean of the errors before you squared them, as np.var does. A model that is always 10"
            " too high would score 0. Square the errors themselves.",
        ),
        "one-less": Misconception(
            wrong_one_less,
            "You divided by n − 1. That is done where a mean was first computed from the same data. Here nothing was:"
            " divide by n.",
        ),
        "difference-of-squares": Misconception(
            wrong_difference_of_squares,
            "You subtracted the squares of the predictions from the squares of the truth. Subtract first, then square "
            "the difference.",
        ),
        "doubled": Misconception(
            wrong_doubled,
            "You multiplied the errors by 2. To square is to multiply a number by itself, and is written with two "
            "stars: error**2.",
        ),
    },
    variants={"loop": variant_loop, "dot": variant_dot, "bias-and-spread": variant_bias_and_spread},
)
