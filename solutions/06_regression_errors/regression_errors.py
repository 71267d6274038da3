# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 06 · Regression errors — how far off
#
# | | |
# |---|---|
# | **Minutes** | 42: reading 19, exercises 17, quiz 6 |
# | **Prerequisites** | Mean, median and standard deviation; a little NumPy. Lesson 02: baselines first. |
#
# Until now a prediction was right or wrong. A predicted number is hardly ever exactly right, so the question changes:
# *how far off is it?* There are several ways to add up misses, and they disagree about which of two models is better.

# %% [markdown]
# ## Objectives
#
# After this lesson you can
#
# - **RE.1** compute the mean absolute error, and say in words and units what it means;
# - **RE.2** compute MSE and RMSE, and explain why they punish large misses;
# - **RE.3** predict what an outlier does to each of them, and choose between them;
# - **RE.4** compute R², say what it compares with, and explain why it can be negative;
# - **RE.5** read a residual plot: even band, bias, bow and funnel;
# - **RE.6** report a regression model honestly: several metrics, a baseline, the unit and a look at the residuals.
#
# A **residual** is true − predicted: positive where the model was too low. All errors carry the unit of the data,
# except MSE, whose unit is squared, and R², which has none.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from autograder import check, show_quiz
from evalkit import (
    max_error,
    mean_absolute_error,
    mean_squared_error,
    median_absolute_error,
    r2_score,
    root_mean_squared_error,
)
from evalkit.plots import PALETTE, alt_text, plot_residuals, show

# %% [markdown]
# ## Two couriers
#
# Two couriers announce when they will arrive, ten times each. The steady one is always 4 minutes off, early or late.
# The erratic one is on time nine times, and once 40 minutes late.
#
# **Predict first:** who has the smaller error on average? By every way of averaging?

# %%
minutes_off = {
    "steady": np.array([4, -4, 4, 4, -4, 4, -4, -4, 4, -4], dtype=float),
    "erratic": np.array([0, 0, 0, 0, 0, 0, 40, 0, 0, 0], dtype=float),
}
announced = np.zeros(10)
couriers = pd.DataFrame(
    {
        name: {
            "mean error": off.mean(),
            "MAE": mean_absolute_error(off, announced),
            "MSE": mean_squared_error(off, announced),
            "RMSE": root_mean_squared_error(off, announced),
            "worst": max_error(off, announced),
        }
        for name, off in minutes_off.items()
    }
).T.rename_axis("courier")
couriers.round(2)

# %% [markdown]
# - The **mean error** keeps the signs. The steady courier's early and late arrivals cancel to
#   0<!-- = couriers["mean error"]["steady"] -->. It measures bias, and nothing else.
# - The **mean absolute error**, MAE, drops the signs. Both couriers have **4**<!-- = couriers.MAE["erratic"] -->
#   minutes.
# - The **mean squared error**, MSE, squares each miss first: 16<!-- = couriers.MSE["steady"] --> against
#   160<!-- = couriers.MSE["erratic"] --> squared minutes, a unit in which nobody thinks.
# - The **root mean squared error**, RMSE, takes the root and is back in minutes:
#   **4**<!-- = couriers.RMSE["steady"] --> against **12.65**<!-- = couriers.RMSE["erratic"] -->.
#
# Same MAE, different RMSE<!-- true: couriers.MAE.nunique() == 1 and couriers.RMSE["erratic"] > 3 *
# couriers.RMSE["steady"] -->. If you wait for parcels and a minute is a minute, the couriers are alike. If you have a
# train to catch, they are not.

# %% jupyter={"source_hidden": true}
# Draws the errors of both couriers.
fig, axes = plt.subplots(1, 2, figsize=(8, 3.6), sharey=True, layout="constrained")
for ax, (name, off), colour in zip(axes, minutes_off.items(), PALETTE, strict=False):
    trips = np.arange(1, 11)
    ax.bar(trips, np.abs(off), color=colour, width=0.6)
    mae_line, rmse_line = couriers.loc[name, ["MAE", "RMSE"]]
    ax.axhline(mae_line, color="black", linewidth=1.5, linestyle="--", label=f"MAE {mae_line:.1f}")
    ax.axhline(rmse_line, color="black", linewidth=1.5, linestyle=":", label=f"RMSE {rmse_line:.1f}")
    ax.set(title=name, xlabel="Trip")
    ax.set_xticks(trips)
    ax.legend(loc="upper left", frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("Absolute error (minutes)")
show(
    fig,
    "Bar charts of the absolute errors of ten trips. Left, the steady courier: every bar is 4 minutes, and the lines for "
    "MAE and RMSE lie on each other at 4. Right, the erratic courier: nine trips without error and one of 40 minutes; "
    f"MAE is again 4, RMSE {couriers.RMSE['erratic']:.1f}.",
)

# %% [markdown]
# The two couriers are the extremes. For any $n$ errors
#
# $$\text{MAE} \;\le\; \text{RMSE} \;\le\; \sqrt{n} \cdot \text{MAE}.$$
#
# On the left are errors of equal size, on the right a single miss that makes up the whole error. So the ratio of the
# two tells you how uneven the errors are, before you have seen any of them.
#
# What lies between the extremes? Start with the steady courier, and let one trip go wrong.

# %% jupyter={"source_hidden": true}
# Shows the explorable.
from autograder.explorer import explore

explore("outlier", minutes_off["steady"])

# %% [markdown]
# ### Exercise: mae
#
# *3 minutes, 2 points.* Write `mae(y_true, y_pred)`.
#
# - `y_true` and `y_pred` are NumPy arrays of numbers, of the same length, with at least one row.
# - Return the mean absolute error, in the unit of the data, not rounded.
#
# <details><summary>Hint 1</summary>
#
# Three steps, in this order: the differences, their absolute values, the mean.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `np.abs` works on whole arrays, and so does the minus sign.
#
# </details>


# %% exercise="mae"
def mae(y_true, y_pred):
    """Return the mean absolute error, a number that is never negative."""
    ### BEGIN SOLUTION
    return float(np.mean(np.abs(y_true - y_pred)))
    ### END SOLUTION


# %% check="mae"
check("mae", mae)
### BEGIN HIDDEN TESTS
check("mae", mae, seed=6101)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise: mse
#
# *3 minutes, 2 points.* Write `mse(y_true, y_pred)`, with the same kind of arguments.
#
# - Return the mean of the squared differences. Divide by the number of rows.
#
# <details><summary>Hint</summary>
#
# The order decides: subtract, square each difference, then take the mean. What would happen to a miss upwards and a
# miss downwards if you took the mean first?
#
# </details>


# %% exercise="mse"
def mse(y_true, y_pred):
    """Return the mean squared error, in the squared unit of the data."""
    ### BEGIN SOLUTION
    return float(np.mean((y_true - y_pred) ** 2))
    ### END SOLUTION


# %% check="mse"
check("mse", mse)
### BEGIN HIDDEN TESTS
check("mse", mse, seed=6102)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise: rmse
#
# *3 minutes, 2 points.* Write `rmse(y_true, y_pred)`, with the same kind of arguments.
#
# - Return the root of the mean squared error.
#
# <details><summary>Hint</summary>
#
# You have written most of it. The name, read from right to left, is the order: error, squared, mean, root.
#
# </details>


# %% exercise="rmse"
def rmse(y_true, y_pred):
    """Return the root of the mean squared error, in the unit of the data."""
    ### BEGIN SOLUTION
    return float(np.sqrt(np.mean((y_true - y_pred) ** 2)))
    ### END SOLUTION


# %% check="rmse"
check("rmse", rmse)
### BEGIN HIDDEN TESTS
check("rmse", rmse, seed=6103)
### END HIDDEN TESTS

# %% quiz="RE-b1"
show_quiz("06_regression_errors", "RE-b1")

# %% [markdown]
# ## Mean or median: what each error asks for
#
# Suppose you may predict one number only, the same for every row. Which one is best? It depends on the error. Here are
# nine waiting times in minutes, one of them long. We try every constant from 0 to 40.

# %%
waits = np.array([3, 4, 5, 5, 6, 7, 8, 9, 43], dtype=float)
constants = np.linspace(0, 40, 401)
by_constant = pd.DataFrame(
    [
        (mean_absolute_error(waits, np.full(9, c)), root_mean_squared_error(waits, np.full(9, c)))
        for c in constants
    ],
    index=constants,
    columns=["MAE", "RMSE"],
)
best_constant = by_constant.idxmin()
values = [best_constant["MAE"], np.median(waits), best_constant["RMSE"], waits.mean()]
pd.Series(values, ["best for MAE", "median", "best for RMSE", "mean"], name="minutes").to_frame()

# %% jupyter={"source_hidden": true}
# Draws both errors of a constant.
fig, ax = plt.subplots(figsize=(7.5, 3.8), layout="constrained")
for name, colour, dashes in [("MAE", PALETTE[0], "-"), ("RMSE", PALETTE[1], "--")]:
    ax.plot(constants, by_constant[name], color=colour, linestyle=dashes, linewidth=2.5, label=name)
    ax.plot(
        best_constant[name],
        by_constant[name].min(),
        "o",
        color=colour,
        markeredgecolor="black",
        markersize=9,
    )
ax.plot(waits, np.full(9, 0.6), "|", color="black", markersize=12, label="the nine waits")
ax.annotate(f"median {np.median(waits):g}", (best_constant["MAE"], by_constant["MAE"].min()), xytext=(-20, -22),
            textcoords="offset points")  # fmt: skip
ax.annotate(f"mean {waits.mean():g}", (best_constant["RMSE"], by_constant["RMSE"].min()), xytext=(-10, 12),
            textcoords="offset points")  # fmt: skip
ax.set_xlabel("Constant prediction (minutes)")
ax.set_ylabel("Error (minutes)")
ax.set_ylim(0, 32)
ax.spines[["top", "right"]].set_visible(False)
ax.legend(loc="upper center", frameon=False)
show(
    fig,
    "MAE and RMSE of a constant prediction against the constant, for nine waiting times: eight from 3 to 9 minutes and "
    f"one of 43. MAE is smallest, {by_constant['MAE'].min():.1f}, at the median, {np.median(waits):g} minutes. RMSE is "
    f"smallest, {by_constant['RMSE'].min():.1f}, at the mean, {waits.mean():g} minutes.",
)

# %% [markdown]
# MAE is smallest at the **median**, 6<!-- = np.median(waits) --> minutes: the one long wait does not pull it. RMSE, and
# MSE with it, is smallest at the **mean**, 10<!-- = waits.mean() --> minutes, longer than eight of the nine
# waits<!-- true: np.sum(waits < waits.mean()) == 8 -->. So the choice of error is a choice of what to predict. Train a
# network on squared error, and it learns means. Train it on absolute error, and it learns medians.
#
# | | MAE | RMSE |
# |---|---|---|
# | A miss of 10 counts | as much as ten misses of 1 | as much as a hundred misses of 1 (before the root) |
# | Asks for | the median | the mean |
# | An outlier in the data | moves it a little | can dominate it |
# | Use it when | every unit of error costs the same; the data hold errors of entry | large misses are worse than in proportion |

# %% quiz="RE-b2"
show_quiz("06_regression_errors", "RE-b2")

# %% [markdown]
# ## Real data: the progress of diabetes
#
# scikit-learn ships measurements of 442 diabetes patients: age, sex, body mass index, blood pressure and six blood
# values. The target is a score of how far the disease had progressed a year later. We hold out 30 % for testing, and
# compare three models: always the mean of the training data; a linear regression; a decision tree that may grow as
# deep as it likes.

# %%
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeRegressor

patients, progress = load_diabetes(return_X_y=True)
patients_train, patients_test, progress_train, progress_test = train_test_split(
    patients, progress, test_size=0.3, random_state=0
)
fitted = {
    "linear": LinearRegression().fit(patients_train, progress_train),
    "deep tree": DecisionTreeRegressor(random_state=0).fit(patients_train, progress_train),
}
predicted = {"mean of training data": np.full(len(progress_test), progress_train.mean())}
predicted |= {name: model.predict(patients_test) for name, model in fitted.items()}


def report(truth, predictions):
    """Five metrics of each model's predictions."""
    rows = {
        name: {
            "MAE": mean_absolute_error(truth, values),
            "median abs. error": median_absolute_error(truth, values),
            "RMSE": root_mean_squared_error(truth, values),
            "worst": max_error(truth, values),
            "R²": r2_score(truth, values),
        }
        for name, values in predictions.items()
    }
    return pd.DataFrame(rows).T.rename_axis("model")


scores = report(progress_test, predicted)
scores.round(2)

# %% [markdown]
# The target runs from 25<!-- = progress.min() --> to 346<!-- = progress.max() -->, with a standard deviation of
# 77<!-- = progress.std() -->. The linear model is off by **44.6**<!-- = scores.MAE["linear"] --> points on average, and
# predicting the mean by 59.5<!-- = scores.MAE.iloc[0] -->: so it knows something, and not very much. Is 44.6 good? That
# depends on what a doctor would do differently for 45 points. No metric can answer it.
#
# The deep tree has learned the training data by heart. There its R² is
# 1<!-- = r2_score(progress_train, fitted["deep tree"].predict(patients_train)) -->. Here it does worse than the mean,
# in MAE, in RMSE, and in R²<!-- true: scores.MAE["deep tree"] > scores.MAE.iloc[0] and scores.RMSE["deep tree"] >
# scores.RMSE.iloc[0] and scores["R²"]["deep tree"] < scores["R²"].iloc[0] -->:
# **−0.13**<!-- = scores["R²"]["deep tree"] -->.

# %% [markdown]
# ## R²: compared with what?
#
# $$R^2 = 1 - \frac{\sum (y - \hat y)^2}{\sum (y - \bar y)^2}$$
#
# Above the line is the squared error of the model, below it that of a very plain rival, who knows the mean $\bar y$ of
# these true values and predicts nothing else. So R² is the share of the rival's squared error that the model removes.
#
# - **1**: no error is left.
# - **0**: no better than the mean. The first row of the table has −0.00<!-- = scores["R²"].iloc[0] -->, a hair below
#   0<!-- true: -0.005 < scores["R²"].iloc[0] < 0 -->: it predicts the mean of the *training* data, and the rival knows
#   that of the test data.
# - **Negative**: worse than the mean. Nothing stops it, R² has no lower limit. The square in its name misleads.
#
# Three things that R² is not:

# %%
linear = predicted["linear"]
shifted = linear + 60
middle = (progress_test >= np.quantile(progress_test, 0.25)) & (
    progress_test <= np.quantile(progress_test, 0.75)
)
not_r2 = pd.DataFrame(
    {
        "linear": (linear, progress_test),
        "linear, 60 too high": (shifted, progress_test),
        "linear, middle half of the patients": (linear[middle], progress_test[middle]),
    },
    index=["predictions", "truth"],
).T
not_r2["RMSE"] = [
    root_mean_squared_error(t, q) for q, t in zip(not_r2.predictions, not_r2.truth, strict=True)
]
not_r2["R²"] = [r2_score(t, q) for q, t in zip(not_r2.predictions, not_r2.truth, strict=True)]
not_r2["squared correlation"] = [
    np.corrcoef(t.astype(float), q.astype(float))[0, 1] ** 2
    for q, t in zip(not_r2.predictions, not_r2.truth, strict=True)
]
not_r2 = not_r2[["RMSE", "R²", "squared correlation"]].astype(float)
not_r2.round(2)

# %% [markdown]
# 1. **Not the squared correlation.** Add 60 to every prediction: the correlation stays, its square is
#    0.41<!-- = not_r2["squared correlation"].iloc[1] -->, and R² falls to −0.44<!-- = not_r2["R²"].iloc[1] -->. The two
#    agree for a least-squares line on its own training data, and that is where the name comes from.
# 2. **Not a property of the model alone.** On the middle half of the patients the linear model's RMSE is
#    *smaller*<!-- true: not_r2["RMSE"].iloc[2] < not_r2["RMSE"].iloc[0] -->, 45<!-- = not_r2["RMSE"].iloc[2] --> after
#    56<!-- = not_r2["RMSE"].iloc[0] -->. Yet R² is **−1.18**<!-- = not_r2["R²"].iloc[2] -->, because these patients
#    differ so little that the plain rival is hard to beat. Never compare R² between data sets.
# 3. **Not a share of right predictions.** An R² of 0.39<!-- = not_r2["R²"].iloc[0] --> does not mean that 39 % of
#    anything is right.
#
# And a case without an answer: if all true values are equal, the rival makes no error, and R² divides by zero. evalkit
# and scikit-learn have a **policy**: 1.0 if the model makes no error either, otherwise 0.0.
#
# ### Exercise: r2
#
# *8 minutes, 3 points.* Write `r2(y_true, y_pred)`.
#
# - The arrays have at least two rows.
# - Return R². It may be negative.
# - If all values of `y_true` are equal, return 1.0 where every prediction is right, and 0.0 otherwise.
#
# <details><summary>Hint 1: the two sums</summary>
#
# Compute two sums of squares: that of the model's errors, and that of the distances of `y_true` from its own mean. The
# predictions occur in the first only.
#
# </details>
# <details><summary>Hint 2: the constant truth</summary>
#
# The second sum is zero exactly when all true values are equal. Deal with it before you divide. What is the first sum
# when every prediction is right?
#
# </details>


# %% exercise="r2"
def r2(y_true, y_pred):
    """Return R², at most 1 and possibly negative; for a constant truth 1.0 if all is right, else 0.0."""
    ### BEGIN SOLUTION
    of_model = np.sum((y_true - y_pred) ** 2)
    of_mean = np.sum((y_true - np.mean(y_true)) ** 2)
    if of_mean == 0:
        return 1.0 if of_model == 0 else 0.0
    return float(1 - of_model / of_mean)
    ### END SOLUTION


# %% check="r2"
check("r2", r2)
### BEGIN HIDDEN TESTS
check("r2", r2, seed=6104)
### END HIDDEN TESTS

# %% quiz="RE-b3"
show_quiz("06_regression_errors", "RE-b3")

# %% [markdown]
# ## One typing error
#
# Somebody enters one of the 133 test values with a zero too many. **Guess:** which of the five metrics will notice, and
# which will not?

# %%
typed = progress_test.copy()
typed[0] *= 10
with_typo = report(typed, {"linear": linear})
pd.concat(
    {"as it was": scores.loc["linear"], "one zero too many": with_typo.loc["linear"]}, axis=1
).T.round(2)

# %% [markdown]
# The model has not changed. RMSE goes from 55.7<!-- = scores.RMSE["linear"] --> to
# **263**<!-- = with_typo.RMSE["linear"] -->, R² from 0.39<!-- = scores["R²"]["linear"] --> to
# 0.07<!-- = with_typo["R²"]["linear"] -->. MAE rises by half<!-- true: 1.4 < with_typo.MAE["linear"] /
# scores.MAE["linear"] < 1.6 -->, to 66.3<!-- = with_typo.MAE["linear"] -->. The median absolute error does not move at
# all<!-- true: with_typo["median abs. error"]["linear"] == scores["median abs. error"]["linear"] -->:
# 40.1<!-- = with_typo["median abs. error"]["linear"] -->.
#
# So when RMSE is much larger than MAE, look at the worst rows before you blame the model. Either these rows are wrong,
# and RMSE shouts about a typing error. Or they are right, and RMSE shouts about the very cases that hurt. The metric
# cannot tell which. You can.

# %% [markdown]
# ## Look at the residuals
#
# A mean error says how much. It does not say *where*. Plot the residuals, true − predicted, against the predictions,
# and most troubles show at a glance. Here are three generated models: predictions between 0 and 100, and residuals made
# to three recipes, all scaled to an RMSE of exactly 10.
#
# **Before you read on:** which of the three would you be content with?

# %% jupyter={"source_hidden": true}
# Draws the residuals.
rng = np.random.default_rng(6)
level = rng.uniform(0, 100, 300)
noise = rng.normal(size=300)
recipes = {
    "A": 10 * noise,
    "B": 120 * (1 / 12 - (level / 100 - 0.5) ** 2) + 4 * noise,
    "C": (1 + 0.17 * level) * noise,
}
recipes = {name: 10 * residual / np.sqrt(np.mean(residual**2)) for name, residual in recipes.items()}
fig, axes = plt.subplots(1, 3, figsize=(8, 3.2), sharey=True, layout="constrained")
spread = {}
for ax, (name, residual) in zip(axes, recipes.items(), strict=True):
    ax.plot(level, residual, "o", color=PALETTE[0], markersize=4, alpha=0.5, markeredgewidth=0)
    ax.axhline(0, color="black", linewidth=1)
    ax.set(title=f"Model {name}", xlabel="Predicted value")
    ax.spines[["top", "right"]].set_visible(False)
    thirds = np.array_split(np.argsort(level), 3)
    spread[name] = pd.DataFrame(
        [(residual[third].mean(), residual[third].std()) for third in thirds],
        index=["low", "middle", "high"],
        columns=["mean", "std"],
    )
axes[0].set_ylabel("Residual: true − predicted")
show(
    fig,
    "Residuals of three models against the predicted value, all with an RMSE of 10. Model A: an even band around "
    "zero. Model B: a bow, below zero at both ends and above zero in the middle. Model C: a funnel, narrow at small "
    "predictions and wide at large ones.",
)

# %%
pd.concat(spread, names=["model", "third of the predictions"]).unstack("model").round(1)

# %% [markdown]
# One RMSE, three stories.
#
# - **A, an even band.** What is left looks like noise<!-- true: spread["A"]["std"].max() / spread["A"]["std"].min() <
#   1.2 -->. There is nothing more to get from this picture.
# - **B, a bow: bias.** In the low and the high third the model predicts too much, in the middle too
#   little<!-- true: spread["B"]["mean"]["low"] < -2 and spread["B"]["mean"]["high"] < -2 and
#   spread["B"]["mean"]["middle"] > 2 -->, by 8.9<!-- = spread["B"]["mean"]["middle"] -->. Over all rows the mean
#   residual is near zero, −0.6<!-- = recipes["B"].mean() -->. The model lacks a curve: add a feature, or use a model
#   that can bend.
# - **C, a funnel: heteroscedasticity.** The spread grows from 3.7<!-- = spread["C"]["std"]["low"] --> in the low third
#   to 14.1<!-- = spread["C"]["std"]["high"] --> in the high one. The mean is right, but "±10" is wrong nearly
#   everywhere: far too wide here, too narrow there. Predict the logarithm, weight the rows, or state the error by
#   range.
#
# Now the diabetes model.

# %%
fig = plot_residuals(progress_test, linear, unit="points")
show(fig, alt_text(fig))

# %%
left_over = progress_test - linear
thirds = np.array_split(np.argsort(linear), 3)
by_third = pd.DataFrame(
    [(len(t), linear[t].mean(), left_over[t].mean(), left_over[t].std()) for t in thirds],
    index=["low", "middle", "high"],
    columns=["patients", "mean prediction", "mean residual", "std of residuals"],
).rename_axis("third of the predictions")
by_third.round(1).replace(-0.0, 0.0)

# %% [markdown]
# A mild funnel: the standard deviation of the residuals grows<!-- true: by_third["std of
# residuals"].is_monotonic_increasing --> from 43<!-- = by_third["std of residuals"]["low"] --> in the low third to
# **65**<!-- = by_third["std of residuals"]["high"] --> in the high one. And in the high third the model predicts too
# much, by 12<!-- = -by_third["mean residual"]["high"] --> points on average. It is least sure where it predicts the
# fastest progress, just where it matters. With 44 patients in a third, the mean residual is itself uncertain by about
# 65/√44, which is 10<!-- = 65 / 44**0.5 --> points. So do not make too much of the 12.

# %% [markdown]
# ## What to report
#
# | Number | Answers | Silent about |
# |---|---|---|
# | mean error | is the model too high or too low on the whole? | the size of the misses |
# | MAE | how far off, on average? | whether the misses are even |
# | median absolute error | how far off, typically? | half of the rows, the worse half |
# | RMSE | the same, large misses counting more | whether a few rows make up the error |
# | worst error | how bad can it get? | how often |
# | R² | how much better than the mean of these data? | the unit; whether the error is tolerable |
#
# No row answers all the questions, and each can be improved at the expense of another. So report **MAE and RMSE in the
# unit of the data, R² with its baseline, and a residual plot**. If the three numbers disagree about which model is
# better, the disagreement is the finding.

# %% [markdown]
# ## Quiz
#
# Eight questions. They do not count towards your points.

# %% quiz="06_regression_errors"
show_quiz("06_regression_errors")

# %% [markdown]
# ## Summary
#
# - MAE is the mean absolute error: every unit of error counts the same. It asks for the median.
# - MSE is the mean squared error, RMSE its root. A large miss counts for more than in proportion. They ask for the
#   mean.
# - MAE ≤ RMSE ≤ √n · MAE. A large ratio says that a few rows make up most of the error: look at them.
# - R² compares with the mean of the same data. It can be negative, depends on the spread of the data, and has no unit.
# - Residual plots show what no mean can: bias in one region, a bow, a funnel.
#
# Next, lesson 07: what the numbers tell you while a model is learning.
#
# ## Further reading
#
# - [Myths about metrics](myths.md), a page of this course: what is taught about these numbers and is wrong, each
#   refuted in three lines of code.
# - T. Chai and R. R. Draxler, "Root mean square error (RMSE) or mean absolute error (MAE)? – Arguments against avoiding
#   RMSE in the literature", *Geoscientific Model Development* 7 (2014), 1247–1250.
# - C. J. Willmott and K. Matsuura, "Advantages of the mean absolute error (MAE) over the root mean square error (RMSE)
#   in assessing average model performance", *Climate Research* 30 (2005), 79–82. The other side of the same argument.
# - T. Gneiting, "Making and Evaluating Point Forecasts", *Journal of the American Statistical Association* 106 (2011),
#   746–762. Why a forecaster must know by which error the forecast will be judged.
# - F. J. Anscombe, "Graphs in Statistical Analysis", *The American Statistician* 27 (1973), 17–21. Four data sets with
#   the same R², of which only one deserves it.
# - B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, "Least Angle Regression", *The Annals of Statistics* 32 (2004),
#   407–499. The diabetes data come from here.
