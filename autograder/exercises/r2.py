"""R²: how much better than always predicting the mean."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, Misconception
from autograder.exercises._cases import needs_digits, until
from autograder.exercises._edited import mistake
from autograder.exercises._number_cases import pair


def cases(rng: np.random.Generator) -> list[Case]:
    # Truths spread evenly, so that the spread is never small by chance.
    spread = rng.permutation(np.linspace(10, 60, int(rng.integers(8, 12))) + rng.uniform(-2, 2))
    fair = pair(spread, rng.uniform(4, 10, len(spread)) * rng.permutation(np.resize([1, -1, 1], len(spread))))
    line = rng.permutation(np.linspace(5.5, 25.5, 8))
    too_high = pair(line, rng.uniform(-8, -4, 8))
    # A small spread, and a truth that is the mean.
    backwards = rng.permutation(np.linspace(0, 2, 5))
    worse = until(
        lambda y_true, y_pred: needs_digits(reference(y_true, y_pred)),
        lambda: pair(backwards, 2 * (backwards - 1) + rng.uniform(-0.5, 0.5, 5)),
    )
    constant = np.full(6, float(rng.integers(3, 9)))
    missed = pair(constant, rng.uniform(1, 3, 6))
    return [
        Case("a fair model", fair, 1),
        Case("all predictions too high", too_high, 0.75),
        Case("worse than the mean", worse, 0.75),
        Case("constant truth, missed", missed, 0.25),
        Case("constant truth, hit exactly", (constant, constant.copy()), 0.25),
    ]


def reference(y_true, y_pred):
    from evalkit import r2_score

    return r2_score(y_true, y_pred)


def wrong_squared_correlation(y_true, y_pred):
    if np.std(y_true) == 0 or np.std(y_pred) == 0:
        return 1.0 if np.all(y_true == y_pred) else 0.0
    return float(np.corrcoef(y_true, y_pred)[0, 1] ** 2)


def wrong_explained_variance(y_true, y_pred):
    spread = np.var(y_true)
    if spread == 0:
        return 1.0 if np.all(y_true == y_pred) else 0.0
    return float(1 - np.var(y_true - y_pred) / spread)


def wrong_zero_division(y_true, y_pred):
    t = y_true.tolist()
    mean = sum(t) / len(t)
    left = sum((a - b) ** 2 for a, b in zip(t, y_pred.tolist()))
    return 1 - left / sum((a - mean) ** 2 for a in t)


def wrong_not_finite(y_true, y_pred):
    return 1 - np.sum((y_true - y_pred) ** 2) / np.sum((y_true - y_true.mean()) ** 2)


def variant_loop(y_true, y_pred):
    mean = sum(y_true) / len(y_true)
    of_model = 0.0
    of_mean = 0.0
    for t, p in zip(y_true, y_pred):
        of_model += (t - p) ** 2
        of_mean += (t - mean) ** 2
    if of_mean == 0:
        return 1.0 if of_model == 0 else 0.0
    return 1 - of_model / of_mean


def variant_variance(y_true, y_pred):
    error = np.mean((y_true - y_pred) ** 2)
    if error == 0:
        return 1.0
    spread = np.var(y_true)
    return float(1 - error / spread) if spread > 0 else 0.0


def variant_gain(y_true, y_pred):
    baseline = y_true - y_true.mean()
    if not baseline.any():
        return float(np.array_equal(y_true, y_pred))
    error = y_true - y_pred
    return (baseline @ baseline - error @ error) / (baseline @ baseline)


def wrong_predictions_over_spread(y_true, y_pred):
    mean = y_true.mean()
    spread = np.sum((y_true - mean) ** 2)
    if spread == 0:
        return 1.0 if np.all(y_true == y_pred) else 0.0
    return float(np.sum((y_pred - mean) ** 2) / spread)


def wrong_correlation(y_true, y_pred):
    if np.std(y_true) == 0 or np.std(y_pred) == 0:
        return 1.0 if np.all(y_true == y_pred) else 0.0
    return float(np.corrcoef(y_true, y_pred)[0, 1])


EXERCISE = Exercise(
    id="r2",
    lesson="06_regression_errors",
    objective="RE.4",
    points=3,
    signature="r2(y_true, y_pred)",
    cases=cases,
    reference=reference,
    misconceptions={
        "squared-correlation": Misconception(
            wrong_squared_correlation,
            "You squared the correlation. The two agree only on the training data of a least-squares line: correlation "
            "forgives predictions that are all too high or on the wrong scale. Compare the squared errors instead.",
        ),
        "explained-variance": Misconception(
            wrong_explained_variance,
            "You used np.var of the errors, which subtracts their mean first, and so forgives an error that all "
            "predictions share. Sum the squares of the errors themselves.",
        ),
        "without-one-minus": mistake(
            variant_loop,
            {"1 - of_model / of_mean": "of_model / of_mean"},
            "You returned the share of squared error that is left over. R² is the share that is gone: one minus that.",
        ),
        "roles-swapped": mistake(
            variant_loop,
            {"sum(y_true) / len(y_true)": "sum(y_pred) / len(y_pred)", "(t - mean)": "(p - mean)"},
            "You measured the spread of the predictions. The denominator is the squared error of always predicting the "
            "mean of the truth, so it needs y_true only.",
        ),
        "never-negative": mistake(
            variant_loop,
            {"1 - of_model / of_mean": "max(0.0, 1 - of_model / of_mean)"},
            "You cut R² off at zero. A model can be worse than always predicting the mean, and then R² is negative: "
            "that is worth knowing.",
        ),
        "mean-over-sum": mistake(
            variant_loop,
            {"of_model / of_mean": "of_model / len(y_true) / of_mean"},
            "You divided a mean by a sum. Use two sums or two means: the number of rows must cancel.",
        ),
        "zero-division": Misconception(
            wrong_zero_division,
            "Your formula is right until all true values are equal: then you divide by zero. Test for that first: "
            "return 1.0 if every prediction is right, otherwise 0.0.",
        ),
        "not-finite": Misconception(
            wrong_not_finite,
            "Your formula is right until all true values are equal: then NumPy divides by zero and gives NaN or minus "
            "infinity. Test for that first: return 1.0 if every prediction is right, otherwise 0.0.",
        ),
        "constant-is-zero": mistake(
            variant_loop,
            {"1.0 if of_model == 0 else 0.0": "0.0"},
            "Where all true values are equal you always return 0.0. If every prediction hits that value, nothing is "
            "left to improve: this exercise asks for 1.0 then.",
        ),
        "constant-is-one": mistake(
            variant_loop,
            {"1.0 if of_model == 0 else 0.0": "1.0"},
            "Where all true values are equal you always return 1.0, even for predictions that miss. This exercise asks "
            "for 0.0 then, and for 1.0 only if every prediction is right.",
        ),
        "predictions-over-spread": Misconception(
            wrong_predictions_over_spread,
            "You divided the spread of the predictions around the mean by the spread of the truth. The two agree only"
            " for a line that was fitted to these data. R² asks for the errors: one minus the sum of the squared "
            "errors over the spread of the truth.",
        ),
        "one-less": mistake(
            variant_variance,
            {"np.var(y_true)": "np.var(y_true, ddof=1)"},
            "You divided one of the two sums by n and the other by n − 1 (ddof=1). Divide both by the same number, or"
            " neither: it has to cancel.",
        ),
        "adjusted": mistake(
            variant_loop,
            {"return 1 - of_model / of_mean": "return 1 - of_model / of_mean * (len(y_true) - 1) / (len(y_true) - 2)"},
            "You corrected R² for the number of columns that a model may use. Some reports do that. The exercise asks"
            " for R² as it stands: one minus the first sum over the second.",
        ),
        "correlation": Misconception(
            wrong_correlation,
            "You returned the correlation. It forgives predictions that are all too high or on the wrong scale, and "
            "is no R². Compare the squared errors with those of always predicting the mean.",
        ),
        "mean-of-predictions": mistake(
            variant_loop,
            {"mean = sum(y_true) / len(y_true)": "mean = sum(y_pred) / len(y_pred)"},
            "You measured the spread of the truth around the mean of the predictions. The model to compare with "
            "always predicts the mean of the truth.",
        ),
        "not-squared": mistake(
            variant_loop,
            {"(t - p) ** 2": "abs(t - p)", "(t - mean) ** 2": "abs(t - mean)"},
            "You added up absolute errors. R² compares squared errors, above and below the line.",
        ),
    },
    variants={"loop": variant_loop, "variance": variant_variance, "gain": variant_gain},
)
