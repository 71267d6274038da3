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
# # 03 · Precision and recall — two questions about "yes"
#
# | | |
# |---|---|
# | **Minutes** | 53: reading 21, exercises 26, quiz 6 |
# | **Prerequisites** | Lesson 01: true and false positives and negatives. Lesson 02 helps. A little NumPy. |
#
# A model answers yes or no. Two people have questions about its yeses.
# The one who receives them asks: *can I believe a yes?* The one who depends on them asks: *did I get all of them?*
# The first question is precision, the second is recall. Most mistakes with these metrics come from mixing the two up.

# %% [markdown]
# ## Objectives
#
# After this lesson you can
#
# - **PR.1** compute precision from labels, and say in words which question it answers;
# - **PR.2** compute recall, and explain why the negatives cannot change it;
# - **PR.3** turn a recall and a number of positives into the number that will be found;
# - **PR.4** say what happens when a denominator is zero, and state your policy;
# - **PR.5** compute both metrics at any threshold, and explain what moving the threshold does to them;
# - **PR.6** decide from costs which of the two matters more, and back the decision with numbers.
#
# Three conventions hold throughout. Rows are the truth, columns the prediction. The positive class is 1, the thing that
# we look for. A score at or above the threshold is a yes.

# %%
import numpy as np
import pandas as pd

from autograder import check, show_quiz
from autograder.explorer import About, Best, Predict, show_explorer, sweep
from evalkit import ConfusionMatrix, accuracy_score, precision_score, recall_score
from evalkit.plots import PALETTE, show

# %% [markdown]
# ## The first question: can I believe a yes?
#
# **Precision**: when the model says yes, how often is it right?
#
# - It said yes three times and was right twice: precision is 2/3.
# - It said yes four times and was right three times: precision is 3/4.
#
# You need to look only at the yeses. In the letters of lesson 01, a right yes is a true positive (TP) and a wrong yes
# is a false positive (FP), so
#
# $$\text{precision} = \frac{TP}{TP + FP}.$$
#
# ## The second question: did I get all of them?
#
# **Recall**: of all the real yeses, how many did the model catch?
#
# Now you look only at the samples that really are positive. Those that it caught are the true positives again. Those
# that it missed are the false negatives (FN), so
#
# $$\text{recall} = \frac{TP}{TP + FN}.$$
#
# The numerator is the same. Only the group that you divide by differs: everything that was *called* positive, or
# everything that *is* positive.
#
# Two wrong definitions are in print, so watch for them. One divides the true positives by all samples: with 5 %
# positives even a perfect model would then score 0.05. The other says that recall, too, looks at the samples called
# positive: it looks at those that are positive, whatever they were called.
#
# Here are six samples, P for positive and N for negative:
#
# | | | | | | | |
# |---|---|---|---|---|---|---|
# | True label | P | P | P | N | N | N |
# | Predicted label | P | P | N | P | N | N |
#
# Work out both numbers on paper before you run the next cell. Cover the columns that the question does not ask about.

# %%
y_true = np.array([1, 1, 1, 0, 0, 0])
y_pred = np.array([1, 1, 0, 1, 0, 0])

cm = ConfusionMatrix.from_labels(y_true, y_pred)
cm

# %% [markdown]
# The model said yes 3<!-- = y_pred.sum() --> times and was right twice: precision is
# **2/3**<!-- = precision_score(y_true, y_pred) -->. There are 3<!-- = y_true.sum() --> real yeses and it caught two:
# recall is **2/3**<!-- = recall_score(y_true, y_pred) --> as well. The two numbers agree here because it made one
# mistake of each kind. In the table they live in different places: precision in a column, recall in a row.

# %% jupyter={"source_hidden": true}
# Draws the table twice.
import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
# The group that each metric divides by: its cells, and the corner, width and height of the frame around them.
groups = {
    "Precision: down the column of yeses": ({(0, 1), (1, 1)}, (0.5, -0.5), 1, 2, PALETTE[0]),
    "Recall: along the row of positives": ({(1, 0), (1, 1)}, (-0.5, 0.5), 2, 1, PALETTE[1]),
}
names = np.array([["TN", "FP"], ["FN", "TP"]])
for ax, (title, (group, corner, width, height, colour)) in zip(axes, groups.items(), strict=True):
    ax.imshow([[(i, j) in group for j in range(2)] for i in range(2)], cmap="Greys", vmin=0, vmax=8)
    ax.axhline(0.5, color="#999999", linewidth=1)
    ax.axvline(0.5, color="#999999", linewidth=1)
    frame = plt.Rectangle(corner, width, height, fill=False, edgecolor=colour, linewidth=5, zorder=3)
    frame.set_clip_on(False)
    ax.add_patch(frame)
    for (i, j), name in np.ndenumerate(names):
        weight = "bold" if (i, j) in group else "normal"
        ax.text(j, i, f"{name}\n{cm.table[i, j]}", ha="center", va="center", fontsize=13, weight=weight)
    ax.set(title=title, xlabel="Predicted label", ylabel="True label")
    ax.set_xticks([0, 1], ["0 (no)", "1 (yes)"])
    ax.set_yticks([0, 1], ["0 (no)", "1 (yes)"])
show(
    fig,
    "Two copies of the confusion matrix of the six samples: TN 2, FP 1, FN 1, TP 2. Rows are the truth, columns the "
    "prediction. In the left copy the column of predicted positives, FP 1 and TP 2, is framed: it gives precision 2/3. "
    "In the right copy the row of true positives, FN 1 and TP 2, is framed: it gives recall 2/3.",
)

# %% [markdown]
# ### Exercise: precision
#
# *5 minutes, 3 points.* Write `precision(y_true, y_pred)`.
#
# - `y_true` and `y_pred` are NumPy arrays of the same length that hold 0 and 1. The positive class is 1.
# - Return one number: the share of the predicted yeses that are right.
# - If the model never says yes, return 0.0.
#
# Write it with NumPy or with a loop. Do not call a library's metric: the point is to count once yourself.
#
# <details><summary>Hint 1: which samples?</summary>
#
# Only the samples with `y_pred == 1` matter. How many are there, and how many of them have `y_true == 1`?
#
# </details>
# <details><summary>Hint 2: counting with NumPy</summary>
#
# A comparison such as `y_pred == 1` gives an array of truth values. `&` combines two of them sample by sample, each in
# parentheses: `(a == 1) & (b == 1)`. `np.sum` of truth values counts the true ones.
#
# </details>
# <details><summary>Hint 3: never a yes</summary>
#
# Keep the number of yeses in a variable. If it is zero, return before you divide: NumPy answers 0/0 with a warning and
# `nan`, plain Python with an error.
#
# </details>


# %% exercise="precision"
def precision(y_true, y_pred):
    """Return precision, a number from 0 to 1.

    It is the share of predicted positives that are true positives; 0.0 if nothing is predicted positive.
    """
    ### BEGIN SOLUTION
    called_positive = np.sum(y_pred == 1)
    if called_positive == 0:
        return 0.0
    return float(np.sum((y_true == 1) & (y_pred == 1)) / called_positive)
    ### END SOLUTION


# %% check="precision"
check("precision", precision)
### BEGIN HIDDEN TESTS
check("precision", precision, seed=3101)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise: recall
#
# *4 minutes, 3 points.* Write `recall(y_true, y_pred)`, with the same kind of arguments.
#
# - Return one number: the share of the real positives that were predicted positive.
# - If the data hold no positives, return 0.0.
#
# <details><summary>Hint 1: which samples?</summary>
#
# Only the samples with `y_true == 1` matter. Everything else may be covered with your hand.
#
# </details>
# <details><summary>Hint 2: from your precision</summary>
#
# Put the two formulas side by side. The numerator stays. Only the group that you count for the denominator changes,
# and the test for zero with it.
#
# </details>


# %% exercise="recall"
def recall(y_true, y_pred):
    """Return recall, a number from 0 to 1.

    It is the share of real positives that are predicted positive; 0.0 if there are no real positives.
    """
    ### BEGIN SOLUTION
    positives = np.sum(y_true == 1)
    if positives == 0:
        return 0.0
    return float(np.sum((y_true == 1) & (y_pred == 1)) / positives)
    ### END SOLUTION


# %% check="recall"
check("recall", recall)
### BEGIN HIDDEN TESTS
check("recall", recall, seed=3102)
### END HIDDEN TESTS

# %% quiz="PR-b1"
show_quiz("03_precision_recall", "PR-b1")

# %% [markdown]
# ## Recall never looks at the negatives
#
# Four test sets, A to D. In each there are three positives, of which the model finds two. Only the negatives differ:
# their number, and how many of them the model calls positive by mistake.


# %%
def labels_from_counts(tp, fn, fp, tn):
    """Labels that give these four counts."""
    return np.repeat([1, 1, 0, 0], [tp, fn, fp, tn]), np.repeat([1, 0, 1, 0], [tp, fn, fp, tn])


cases = {"A": (2, 1, 1, 2), "B": (2, 1, 3, 0), "C": (2, 1, 0, 997), "D": (2, 1, 498, 499)}
rows = {}
for name, counts in cases.items():
    truth, prediction = labels_from_counts(*counts)
    rows[name] = {
        **dict(zip(("TP", "FN", "FP", "TN"), counts, strict=True)),
        "recall": recall_score(truth, prediction),
        "precision": precision_score(truth, prediction),
        "accuracy": accuracy_score(truth, prediction),
    }
four_cases = pd.DataFrame.from_dict(rows, orient="index").rename_axis("case")
four_cases.round(3)

# %% [markdown]
# Recall is 2/3<!-- = four_cases.recall.mean() --> in all four<!-- true: four_cases.recall.nunique() == 1 -->. Precision
# runs from 1.000<!-- = four_cases.precision["C"] --> in C, where every yes is
# right<!-- true: four_cases.precision.idxmax() == "C" and four_cases.FP["C"] == 0 -->, down to
# 0.004<!-- = four_cases.precision["D"] --> in D, where 498<!-- = four_cases.FP["D"] --> of the
# 500<!-- = four_cases.FP["D"] + four_cases.TP["D"] --> yeses are wrong. You cannot tell A from D by recall: TN and FP
# do not stand in its formula.
#
# This makes recall easy to cheat. Say yes to everything:

# %%
truth = np.repeat([1, 0], [5, 95])
always_yes = np.ones(100, dtype=int)
recall_score(truth, always_yes), precision_score(truth, always_yes)

# %% [markdown]
# Recall is a perfect **1.0**<!-- = recall_score(truth, always_yes) -->, with
# 95<!-- = np.sum((truth == 0) & (always_yes == 1)) --> false positives. Precision,
# **0.05**<!-- = precision_score(truth, always_yes) -->, tells the story: it is the share of positives in the data, and
# the model has added nothing to it. So never report recall alone.
#
# Can precision be cheated? Yes: say yes once, where you are surest. One right yes gives precision 1.0, whatever was
# missed. Each metric guards against the cheat of the other. Report them as a pair.

# %% quiz="PR-b2"
show_quiz("03_precision_recall", "PR-b2")

# %% [markdown]
# ## A share is not a number: recall × positives
#
# Recall is a share. How many samples it stands for depends on how many positives there are. A model sorts photos of
# three kinds of bird:

# %%
birds = pd.DataFrame(
    {"recall": [1.0, 0.3, 0.0], "positives": [5, 30, 14]},
    index=pd.Index(["kingfisher", "sparrow", "wren"], name="bird"),
)
birds["found"] = birds["recall"] * birds["positives"]
birds

# %% [markdown]
# Perfect recall on the rare kingfisher finds 5<!-- = birds.found["kingfisher"] --> photos. A poor recall on the common
# sparrow finds 9<!-- = birds.found["sparrow"] -->, which is more<!-- true: birds.found["sparrow"] >
# birds.found["kingfisher"] -->. The wren is never found, so its 14 photos give 0<!-- = birds.found["wren"] -->.
# Together the model finds 14<!-- = birds.found.sum() --> of 49<!-- = birds.positives.sum() --> photos,
# 29 %<!-- = birds.found.sum() / birds.positives.sum() -->. The plain mean of the three recalls is
# 43 %<!-- = birds.recall.mean() -->. Both are right; they answer different questions, and lesson 04 gives them names.
#
# ### Exercise: caught
#
# *3 minutes, 2 points.* Write `caught(recall, positives)`.
#
# - `recall` is a fraction from 0 to 1, `positives` is a whole number.
# - Return how many of the positives you expect to be found. An expected number is a long-run average, so it need not be
#   whole: with recall 0.25 and 10 positives it is 2.5.
#
# <details><summary>Hint</summary>
#
# Recall is the share of the positives that is found. What is a quarter of ten?
#
# </details>


# %% exercise="caught"
def caught(recall, positives):
    """Return how many of the positives are expected to be found, a number that need not be whole."""
    ### BEGIN SOLUTION
    return recall * positives
    ### END SOLUTION


# %% check="caught"
check("caught", caught)
### BEGIN HIDDEN TESTS
check("caught", caught, seed=3103)
### END HIDDEN TESTS

# %% [markdown]
# ## Nothing to divide by
#
# A model that never says yes has TP = 0 and FP = 0. Its precision is 0/0. Nobody can say how trustworthy its yeses are,
# because there are none. In the same way recall is 0/0 on data without positives.
#
# Mathematics has no answer, so software needs a **policy**. evalkit, like scikit-learn, returns 0.0 and warns. You can
# choose another value with `zero_division`, and then it takes your word for it and does not warn.

# %%
import warnings

never_yes = np.zeros(6, dtype=int)
with warnings.catch_warnings(record=True) as caught_warnings:
    warnings.simplefilter("always")
    by_default = precision_score(y_true, never_yes)
print("default:", by_default, "and a warning:", caught_warnings[0].category.__name__)

for policy in (0.0, 1.0, np.nan):
    print(f"zero_division={policy}: precision", precision_score(y_true, never_yes, zero_division=policy))

# %% [markdown]
# | Policy | What it says | Use it when |
# |---|---|---|
# | 0.0 | A model that never says yes has earned nothing. | You rank models; none may win by silence. |
# | 1.0 | No yes was wrong. | You draw curves that start where nothing is called positive. |
# | `nan` | There is no such number. | You average over groups and want to leave empty ones out. |
#
# The exercises of this course use 0.0. None of the three is wrong. What is wrong is to hide the choice: an average over
# ten classes changes when two of them are empty, and a reader cannot see why.
# **Write the policy beside the number, with the number of yeses and of positives.**

# %% [markdown]
# ## The threshold trades one for the other
#
# Most models give a score, and you choose the threshold. A score at or above it is a yes. We generate 200 scores:
# 40 positives that tend to score high, 160 negatives that tend to score low, and some of each in between.

# %%
rng = np.random.default_rng(3)
labels = np.repeat([1, 0], [40, 160])
scores = np.concatenate([rng.beta(5, 3, size=40), rng.beta(2, 5, size=160)]).round(2)


def both_at(threshold):
    """Precision and recall when a score at or above the threshold is a yes; no yes at all gives nan."""
    predicted = (scores >= threshold).astype(int)
    return precision_score(labels, predicted, zero_division=np.nan), recall_score(labels, predicted)


pd.DataFrame(
    [(t, np.sum(scores >= t), *both_at(t)) for t in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)],
    columns=["threshold", "yeses", "precision", "recall"],
).set_index("threshold").round(3)

# %% jupyter={"source_hidden": true}
# Draws scores, precision and recall.
steps = np.linspace(0, 1, 101)
curve = np.array([both_at(t) for t in steps])

fig, (top, bottom) = plt.subplots(
    2, 1, figsize=(8, 6), sharex=True, layout="constrained", gridspec_kw={"height_ratios": [1, 1.6]}
)
bins = np.linspace(0, 1, 21)
top.hist(scores[labels == 0], bins, facecolor="#d9d9d9", edgecolor="#595959", label="negatives (160)")
top.hist(
    scores[labels == 1],
    bins,
    facecolor="none",
    edgecolor=PALETTE[0],
    hatch="////",
    label="positives (40)",
)
top.set_ylabel("Samples")
top.legend(frameon=False)
bottom.plot(steps, curve[:, 0], color=PALETTE[0], linewidth=2.5)
bottom.plot(steps, curve[:, 1], color=PALETTE[1], linewidth=2.5, linestyle="--")
bottom.text(0.2, 0.31, "precision", color=PALETTE[0], ha="right", fontsize=12)
bottom.text(0.36, 0.96, "recall", color="#a84800", fontsize=12)
for ax in (top, bottom):
    ax.axvline(0.5, color="black", linewidth=1, linestyle=":")
    ax.spines[["top", "right"]].set_visible(False)
bottom.annotate("threshold 0.5", (0.5, 0.03), xytext=(4, 0), textcoords="offset points")
bottom.set_xlabel("Threshold (a score at or above it is a yes)")
bottom.set_ylabel("Precision, recall (share)")
bottom.set_ylim(0, 1.04)
bottom.set_xlim(0, 1)
at_half = both_at(0.5)
show(
    fig,
    "Two panels over a common axis, the threshold from 0 to 1. Above, a histogram of the scores: 160 negatives, most "
    "below 0.5, and 40 positives, most above 0.5; they overlap from about 0.25 to 0.85. Below, recall as a dashed line "
    "that starts at 1 and only ever falls, and precision as a solid line that starts at 0.2 and climbs unevenly to 1, "
    f"with a dip near 0.8, and ends at {scores.max():.2f}, the highest score. At threshold 0.5 precision is "
    f"{at_half[0]:.2f} and recall {at_half[1]:.2f}.",
)

# %% [markdown]
# Read the two lines from left to right.
#
# - **At threshold 0** everything is a yes. Recall is 1.0<!-- = curve[0, 1] --> and precision is
#   0.20<!-- = curve[0, 0] -->, the share of positives in the data.
# - **At 0.5** precision is **0.60**<!-- = both_at(0.5)[0] --> and recall **0.75**<!-- = both_at(0.5)[1] -->:
#   50<!-- = np.sum(scores >= 0.5) --> yeses, 30<!-- = np.sum((scores >= 0.5) & (labels == 1)) --> of them right.
# - **Recall never rises** when the threshold rises<!-- true: np.all(np.diff(curve[:, 1]) <= 0) -->: fewer yeses can
#   only catch fewer positives.
# - **Precision usually rises, but not always.**<!-- true: np.nanmin(np.diff(curve[:, 0])) < 0 <
#   np.nanmean(np.diff(curve[:, 0]) > 0) --> From 0.7 to 0.8 it falls from 0.944<!-- = both_at(0.7)[0] --> to
#   0.889<!-- = both_at(0.8)[0] -->: the raised threshold drops
#   9<!-- = np.sum((scores >= 0.7) & (scores < 0.8) & (labels == 1)) --> right yeses and keeps the one wrong yes.
# - **Above 0.87**<!-- = scores.max() --> there is no yes left. The solid line stops, because 0/0 has no place on it.
#
# So a threshold can be a plain mistake: go from 0.8 down to 0.7, and precision and recall **both**
# rise<!-- true: both_at(0.7)[0] > both_at(0.8)[0] and both_at(0.7)[1] > both_at(0.8)[1] -->. Once such thresholds are
# left out, more of the one costs some of the other, and more of both takes a better model. Where you stand among those
# that are left is a choice, not a law: 0.5 has no special right.

# %% [markdown]
# Find it out by hand: move the threshold, and watch the two numbers in the table below the pictures. The dot on the
# precision–recall curve shows where you stand. (The ROC curve beside it is for lesson 05.)

# %% jupyter={"source_hidden": true}
# Shows the explorer.
most_precise = max(at.precision for at in sweep(labels, scores).places() if at.recall >= 0.9)
why = (
    f"The best that is to be had is a precision of {most_precise:.2f}: "
    "the last of the positives lie among many negatives."
)
guesses = ["less than 0.5", "from 0.5 to 0.7", "more than 0.7"]
show_explorer(
    labels,
    scores,
    title="200 samples, 40 of them positive",
    predict=Predict(
        "How much precision is left if at least nine in ten positives must be caught?",
        dict.fromkeys(guesses, why),
        right=guesses[np.digitize(most_precise, [0.5, 0.7])],
    ),
    goals={
        "Recall of at least 0.9, with the best precision that it allows.": Best(
            lambda at: at.recall >= 0.9, by=lambda at: at.precision
        ),
        "Precision of at least 0.9, with the best recall that it allows.": Best(
            lambda at: at.precision >= 0.9, by=lambda at: at.recall
        ),
        "A threshold that misses more than half and still has false alarms.": lambda at: (
            at.recall < 0.5 and at.fp > 0
        ),
    },
    about=About("03_precision_recall", "threshold", ["PR.5"]),
)

# %% [markdown]
# ### Exercise: precision_recall_at
#
# *8 minutes, 3 points.* Write `precision_recall_at(y_true, scores, thresholds)`.
#
# - `y_true` holds 0 and 1, `scores` one score for each sample, `thresholds` any number of thresholds in any order.
# - Return an array of shape (number of thresholds, 2): one row for each threshold, in the order given; precision in the
#   first column, recall in the second.
# - A score at or above the threshold is a yes. Where a denominator is zero, put 0.0.
#
# For the seven samples of lesson 01, truth `P N N P P P N` and scores `0.6 0.2 0.55 0.9 0.4 0.8 0.5`, the thresholds
# 0.5 and 0.6 give the rows `[0.6, 0.75]` and `[1.0, 0.75]`. In both, one score lies exactly at the threshold.
#
# <details><summary>Hint 1: one threshold first</summary>
#
# Solve it for a single threshold: turn the scores into yes and no with `>=`, then do what you did in the first two
# exercises. May you call your own functions? Yes.
#
# </details>
# <details><summary>Hint 2: then all of them</summary>
#
# Start with an empty list. For each threshold append the pair of precision and recall. Turn the list into an array at
# the end: a list of T pairs becomes an array of shape (T, 2).
#
# </details>
# <details><summary>Hint 3: the right kind of labels</summary>
#
# `scores >= threshold` holds truth values. `.astype(int)` makes them 0 and 1.
#
# </details>


# %% exercise="precision_recall_at"
def precision_recall_at(y_true, scores, thresholds):
    """Return an array of shape (T, 2), one row for each of the T thresholds.

    The columns are precision and recall, where a score at or above the threshold is a yes.
    Where a denominator is zero, the value is 0.0.
    """
    ### BEGIN SOLUTION
    rows = []
    for threshold in thresholds:
        called = scores >= threshold
        tp = np.sum(called & (y_true == 1))
        rows.append([tp / max(np.sum(called), 1), tp / max(np.sum(y_true == 1), 1)])
    return np.array(rows)
    ### END SOLUTION


# %% check="precision_recall_at"
check("precision_recall_at", precision_recall_at)
### BEGIN HIDDEN TESTS
check("precision_recall_at", precision_recall_at, seed=3104)
### END HIDDEN TESTS

# %% quiz="PR-b3"
show_quiz("03_precision_recall", "PR-b3")

# %% [markdown]
# ## Costs decide
#
# Which metric matters more? Ask what each mistake costs.
#
# | Task (positive class) | A false positive is … | A false negative is … | Watch |
# |---|---|---|---|
# | Finding sick patients (sick) | a second test | a sick person sent home | recall |
# | Blocking spam (spam) | a real e-mail that nobody reads | one more advert in the inbox | precision |
# | Finding every car on the road (car) | braking for a shadow | driving into a car | recall |
#
# A table like this is a start, not an argument. The next example shows why.
#
# ### A disagreement about mammography
#
# Published teaching material disagrees about breast-cancer screening. Some of it calls precision the metric to prefer:
# a false alarm means fear and a needless biopsy. Some calls it recall: a missed cancer can kill. All name a real cost.
# None says how large it is, or how many people it strikes. Let us settle it with numbers.
#
# Take two ways of reading the same images. The figures are round ones, chosen for this exercise.
#
# | Reader | Recall: share of cancers found | False-alarm rate: share of healthy people called back |
# |---|---|---|
# | strict | 0.75 | 0.02 |
# | sensitive | 0.95 | 0.10 |
#
# Screen 10,000 people of whom 1 in 200 has cancer. Count costs in units of one false alarm. A missed cancer costs as
# much as `ratio` false alarms.
#
# **Predict first:** which reader has the higher precision? From which ratio on is the sensitive reader the cheaper one:
# about 8, about 80 or about 800?

# %%
people = 10_000
readers = {"strict": (0.75, 0.02), "sensitive": (0.95, 0.10)}


def errors(reader, prevalence):
    """Expected missed cancers and expected false alarms among all people screened."""
    found_share, alarm_rate = readers[reader]
    return (1 - found_share) * prevalence * people, alarm_rate * (1 - prevalence) * people


def cost(reader, prevalence, ratio):
    """Expected cost, in units of one false alarm."""
    missed, false_alarms = errors(reader, prevalence)
    return ratio * missed + false_alarms


def reader_precision(reader, prevalence):
    """Right alarms over all alarms."""
    true_alarms = readers[reader][0] * prevalence * people
    return true_alarms / (true_alarms + errors(reader, prevalence)[1])


outcomes = pd.DataFrame(
    [errors(reader, 1 / 200) for reader in readers], columns=["missed cancers", "false alarms"]
)
outcomes.index = pd.Index(readers, name="reader")
outcomes["precision"] = [reader_precision(reader, 1 / 200) for reader in readers]
outcomes["recall"] = [found_share for found_share, _ in readers.values()]

more_found = outcomes["missed cancers"]["strict"] - outcomes["missed cancers"]["sensitive"]
more_alarms = outcomes["false alarms"]["sensitive"] - outcomes["false alarms"]["strict"]
outcomes.round(3)

# %% [markdown]
# The strict reader has the better precision<!-- true: outcomes.precision["strict"] > outcomes.precision["sensitive"]
# -->, 0.159<!-- = reader_precision("strict", 1 / 200) --> against
# 0.046<!-- = reader_precision("sensitive", 1 / 200) -->. The sensitive reader has the better
# recall<!-- true: outcomes.recall["sensitive"] > outcomes.recall["strict"] -->. Going from strict to sensitive finds
# 10<!-- = more_found --> more cancers and raises 796<!-- = more_alarms --> more false alarms. So the two cost the same
# when one missed cancer is as bad as 796 / 10 = **79.6**<!-- = more_alarms / more_found --> false alarms.
#
# That ratio is the **break-even**. It depends on how common the disease is. Here is the cheaper reader, and what it
# saves, for three prevalences and four ratios:


# %%
def cheaper(prevalence, ratio):
    """The cheaper reader and what it saves against the other."""
    saving = cost("strict", prevalence, ratio) - cost("sensitive", prevalence, ratio)
    return f"{'sensitive' if saving > 0 else 'strict'}, saves {abs(saving):,.0f}"


def break_even(prevalence):
    """The cost ratio at which both readers cost the same."""
    more_missed, fewer_alarms = np.subtract(
        errors("strict", prevalence), errors("sensitive", prevalence)
    )
    return -fewer_alarms / more_missed


prevalences = {"1 in 2,000": 1 / 2000, "1 in 200": 1 / 200, "1 in 20": 1 / 20}
ratios = (1, 10, 100, 1000)
pd.DataFrame(
    {
        **{f"ratio {ratio:,}": [cheaper(p, ratio) for p in prevalences.values()] for ratio in ratios},
        "break-even ratio": [round(break_even(p), 1) for p in prevalences.values()],
    },
    index=pd.Index(prevalences, name="prevalence"),
)

# %% jupyter={"source_hidden": true}
# Draws the break-even line.
fig, ax = plt.subplots(figsize=(8, 4.4), layout="constrained")
shares = np.geomspace(1 / 5000, 1 / 10, 50)
line = np.array([break_even(p) for p in shares])
ax.loglog(shares, line, color="black", linewidth=2.5)
ax.fill_between(shares, line, 5000, facecolor="#d6e9f5")
ax.fill_between(shares, 0.5, line, facecolor="white", edgecolor="#bbbbbb", hatch="..", linewidth=0)
for p in prevalences.values():
    for ratio in ratios:
        marker, colour = ("o", PALETTE[0]) if ratio > break_even(p) else ("s", PALETTE[1])
        ax.plot(p, ratio, marker, color=colour, markersize=9)
box = {"facecolor": "white", "edgecolor": "none", "pad": 3}
ax.text(0.03, 1500, "sensitive reader is cheaper (●)\nrecall matters more", ha="center", bbox=box)
ax.text(
    0.0011,
    3.2,
    "strict reader is cheaper (■)\nprecision matters more",
    ha="center",
    va="center",
    bbox=box,
)
ax.annotate("break-even", (shares[20], line[20]), xytext=(8, 8), textcoords="offset points", fontsize=11)
ax.set_xlim(shares[0], shares[-1])
ax.set_ylim(0.5, 5000)
ax.set_xticks(list(prevalences.values()), list(prevalences))
ax.set_xticks([], minor=True)
ax.set_yticks(ratios, [f"{ratio:,}" for ratio in ratios])
ax.set_yticks([], minor=True)
ax.set_xlabel("Prevalence (people with cancer, logarithmic)")
ax.set_ylabel("Cost of a missed cancer\n(in false alarms, logarithmic)")
show(
    fig,
    "The break-even cost ratio against prevalence, both on logarithmic axes: a line that falls from about "
    f"{line[0]:,.0f} at a prevalence of 1 in 5,000 to {line[-1]:.1f} at 1 in 10. Above the line the sensitive reader "
    "is cheaper and recall matters more; below it the strict reader is cheaper and precision matters more. The twelve "
    "entries of the table are marked, circles above the line and squares below.",
)

# %% [markdown]
# So who is right?
#
# - At 1 in 200, **recall matters more** to anyone who finds a missed cancer worse than about
#   80<!-- = round(break_even(1 / 200)) --> false alarms. If a false alarm is another appointment and some days of
#   worry, and a miss can cost a life, most people put the ratio far above that. So they tune screening for recall.
# - **Precision matters more** to anyone who puts the ratio lower, because the second look is a biopsy, say; or who
#   screens people at so little risk, 1 in 2,000, that the break-even is 800<!-- = round(break_even(1 / 2000), -1) -->.
# - "Prefer precision" and "prefer recall" are both claims about a ratio and a prevalence. Whoever makes one without
#   stating these two numbers has not finished the sentence.
#
# The general rule: from one operating point to another you gain some positives and pay some false alarms. Move when the
# gain in recall × positives × cost of a miss is larger than the added false alarms × cost of a false alarm.
#
# **Your turn, not graded.** In a clinic for people with a family history, 1 in 20 has cancer. Work out the break-even
# ratio with pencil and paper.
#
# <details><summary>Answer</summary>
#
# Of 10,000 people 500<!-- = people / 20 --> have cancer. The sensitive reader finds 0.20 × 500 =
# 100<!-- = errors("strict", 1 / 20)[0] - errors("sensitive", 1 / 20)[0] --> more and raises 0.08 × 9,500 =
# 760<!-- = errors("sensitive", 1 / 20)[1] - errors("strict", 1 / 20)[1] --> more false alarms. The break-even is 760 /
# 100 = 7.6<!-- = break_even(1 / 20) -->. The more common the disease, the sooner recall wins<!-- true: break_even(1 /
# 20) < break_even(1 / 200) < break_even(1 / 2000) -->.
#
# </details>

# %% [markdown]
# ### Written answer: fraud
#
# *6 minutes, 4 points, graded by hand (PR.6).* A bank checks 100,000 card payments a day, of which 100 are fraud. It can
# run its model at one of two thresholds:
#
# | Threshold | Precision | Recall |
# |---|---|---|
# | low | 0.05 | 0.90 |
# | high | 0.50 | 0.60 |
#
# A fraud that goes through costs €120 on average. A genuine payment that is blocked costs €4: a phone call and some
# anger. Which threshold should the bank use? Write 100 to 200 words, with numbers.
#
# **Rubric**, one point each:
#
# 1. You name the positive class, and say in words what a false positive and a false negative are here.
# 2. You work out the numbers of false positives and false negatives a day at each threshold.
# 3. You work out the cost a day at each threshold, and choose accordingly.
# 4. You say what would have to change for the other threshold to win, with a number.
#
# <details><summary>Hint: from precision to false positives</summary>
#
# Recall and the number of frauds give the true positives. Precision says what share of all alarms these are. How many
# alarms are there then, and how many of them are wrong?
#
# </details>

# %% [markdown] manual="fraud_costs" points=4
# The positive class is fraud. A false positive is a genuine payment that is blocked; a false negative is a fraud that
# goes through.
#
# At the low threshold the model catches 0.90 × 100 = 90<!-- = 0.9 * 100 --> frauds and misses
# 10<!-- = 100 - 0.9 * 100 -->. These 90 are 5 % of its alarms, so there are 1,800<!-- = 90 / 0.05 --> alarms and
# 1,710<!-- = 90 / 0.05 - 90 --> false positives. At the high threshold it catches 60<!-- = 0.6 * 100 --> and misses
# 40<!-- = 100 - 0.6 * 100 -->; there are 120<!-- = 60 / 0.5 --> alarms, of which 60<!-- = 60 / 0.5 - 60 --> are false.
#
# The cost a day is 10 × €120 + 1,710 × €4 = €**8,040**<!-- = 10 * 120 + 1710 * 4 --> at the low threshold and
# 40 × €120 + 60 × €4 = €**5,040**<!-- = 40 * 120 + 60 * 4 --> at the high one. The bank should use the high
# threshold, although "fraud" sounds like a case for recall: the 30 more frauds that the low threshold catches save
# €3,600<!-- = 30 * 120 -->, and its 1,650<!-- = 1710 - 60 --> more false alarms cost €6,600<!-- = 1650 * 4 -->.
#
# The low threshold would win if a fraud cost more than €6,600 / 30 = €220<!-- = 1650 * 4 / 30 --> on average, or a
# blocked payment less than €3,600 / 1,650 = €2.18<!-- = 30 * 120 / 1650 -->.

# %% [markdown]
# ## Quiz
#
# Eight questions. They do not count towards your points.

# %% quiz="03_precision_recall"
show_quiz("03_precision_recall")

# %% [markdown]
# ## Summary
#
# | | Precision | Recall |
# |---|---|---|
# | Question | When the model says yes, how often is it right? | Of all real yeses, how many did it catch? |
# | Formula | TP / (TP + FP) | TP / (TP + FN) |
# | Looks at | the column of predicted positives | the row of true positives |
# | Blind to | what was missed | the negatives |
# | Cheated by | saying yes only once, when sure | always saying yes |
# | Undefined when | there is no yes | there are no positives |
# | When the threshold rises | usually rises, not always | never rises |
#
# - Report the two together, with the positive class, the threshold, the numbers behind them and the policy for 0/0.
# - Recall is a share: multiply it by the positives to see how many are found.
# - Costs and prevalence decide which matters more. Work out the break-even ratio before you argue.
#
# Next, lesson 04: how to put the two into one number without fooling yourself.
#
# ## Further reading
#
# - [Myths about metrics](myths.md), a page of this course: what is taught about these numbers and is wrong, each
#   refuted in three lines of code.
# - T. Fawcett, "An introduction to ROC analysis", *Pattern Recognition Letters* 27 (2006), 861–874. Sections 1 to 3
#   define the counts and rates carefully.
# - T. Saito and M. Rehmsmeier, "The Precision-Recall Plot Is More Informative than the ROC Plot When Evaluating Binary
#   Classifiers on Imbalanced Datasets", *PLOS ONE* 10 (2015), e0118432. Why rare positives call for these two metrics.
# - C. D. Manning, P. Raghavan and H. Schütze, *Introduction to Information Retrieval*, Cambridge University Press
#   (2008), chapter 8. Where the two metrics come from: judging search results.
