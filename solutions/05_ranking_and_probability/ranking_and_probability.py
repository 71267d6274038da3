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
# # 05 · Ranking and probability — scores, not only labels
#
# | | |
# |---|---|
# | **Minutes** | 60: reading 25, exercises 29, quiz 6 |
# | **Prerequisites** | Lesson 03: precision, recall and thresholds. Lesson 01: the seven samples. Logarithms at school level. |
#
# So far we turned scores into yes and no, and judged the answers. A score says more than that. It puts samples in an
# **order**, and sometimes it claims to be a **probability**. This lesson asks three questions about scores. Do the
# positives stand on top? Where should we cut? And when the model says 70 %, does it happen seven times in ten?

# %% [markdown]
# ## Objectives
#
# After this lesson you can
#
# - **RP.1** work out the points of a ROC curve, and say which group each axis divides by;
# - **RP.2** compute the area under it, explain it as a chance, and say what an area below 0.5 means;
# - **RP.3** say why rare positives call for the precision–recall curve, and compare the two curves on one model;
# - **RP.4** compute precision among the k highest scores, and say when that is the number to report;
# - **RP.5** compute log-loss, and explain what it punishes;
# - **RP.6** choose a threshold from what the two kinds of mistakes cost;
# - **RP.7** read a reliability diagram, and tell a good ranking from honest probabilities.
#
# As always, rows are the truth and columns the prediction, the positive class is 1, and a score at or above the
# threshold is a yes.

# %%
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import evalkit
from autograder import check, show_quiz
from autograder.explorer import About, Best, Predict, explore, show_explorer, sweep
from evalkit import (
    average_precision_score,
    brier_score_loss,
    roc_auc_score,
    roc_curve,
)
from evalkit.plots import PALETTE, show

# %% [markdown]
# ## All thresholds at once: the ROC curve
#
# Here are the seven samples of lesson 01 again, highest score first. Draw the threshold as a line that moves down this
# table: everything above the line is a yes.

# %%
y_true = np.array([1, 0, 0, 1, 1, 1, 0])
scores = np.array([0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5])

ranked = pd.DataFrame({"score": scores, "true label": y_true}).sort_values(
    "score", ascending=False, ignore_index=True
)
ranked["TP"] = (ranked["true label"] == 1).cumsum()
ranked["FP"] = (ranked["true label"] == 0).cumsum()
ranked["true positive rate"] = ranked["TP"] / np.sum(y_true == 1)
ranked["false positive rate"] = ranked["FP"] / np.sum(y_true == 0)
ranked.round(3)

# %% [markdown]
# Each row is the state after the threshold has passed that score. Two rates follow from the counts.
#
# - The **true positive rate** is recall under another name: TP divided by all positives, here
#   4<!-- = np.sum(y_true == 1) -->.
# - The **false positive rate** is the share of the negatives that are called positive: FP divided by all negatives,
#   here 3<!-- = np.sum(y_true == 0) -->.
#
# $$\text{TPR} = \frac{TP}{TP + FN} \qquad \text{FPR} = \frac{FP}{FP + TN}$$
#
# Each rate stays within its own class: one row of the confusion matrix each. Draw one against the other and you have
# the **ROC curve** (receiver operating characteristic; the name comes from radar). Every positive takes it a step up,
# every negative a step to the right.

# %% jupyter={"source_hidden": true}
# Draws the ROC curve.
fpr, tpr, thresholds = roc_curve(y_true, scores, drop_intermediate=False)
area = roc_auc_score(y_true, scores)

fig, ax = plt.subplots(figsize=(5.4, 5), layout="constrained")
ax.fill_between(fpr, tpr, facecolor="#d6e9f5")
ax.plot([0, 1], [0, 1], color="#6b6b6b", linestyle=":", linewidth=1.5)
ax.plot(fpr, tpr, color=PALETTE[0], linewidth=2.5, marker="o", markersize=7)
for x, y, threshold in zip(fpr, tpr, thresholds, strict=True):
    name = "above all scores" if np.isinf(threshold) else f"{threshold:g}"
    ax.annotate(name, (x, y), xytext=(7, -13), textcoords="offset points", fontsize=10)
ax.text(0.62, 0.52, "chance", rotation=45, color="#595959", rotation_mode="anchor")
ax.set(xlim=(-0.03, 1.08), ylim=(-0.06, 1.05), aspect="equal")
ax.set_xlabel("False positive rate (share of the 3 negatives)")
ax.set_ylabel("True positive rate (share of the 4 positives)")
ax.set_title("Each point is a threshold")
ax.spines[["top", "right"]].set_visible(False)
show(
    fig,
    "ROC curve of the seven samples, a staircase with one point for each threshold. It starts at (0, 0) above all scores, "
    "climbs along the left side to 0.75 at threshold 0.6, goes right to a false positive rate of 0.67 at threshold 0.5, "
    "up to 1 at 0.4, and right to (1, 1) at 0.2. The area below it is shaded. A dotted diagonal marks chance.",
)

# %% [markdown]
# The upper left corner is perfection: all positives found, no false alarm. The dotted diagonal is chance: a score that
# knows nothing catches positives and negatives at the same rate. And the curve always starts at (0, 0), where nothing
# is a yes, and ends at (1, 1), where everything is.
#
# ### Exercise: roc_points
#
# *8 minutes, 3 points.* Write `roc_points(y_true, scores)`.
#
# - `y_true` holds 0 and 1, both of them at least once; `scores` holds one number for each sample, on any scale.
# - Return a pair of arrays `(fpr, tpr)` of the same length.
# - The first point is (0, 0): the threshold lies above all scores. Then comes **one point for each distinct score**,
#   used as the threshold, from the highest score to the lowest. So the last point is (1, 1).
# - Keep every point, also those on a straight piece of the curve.
#
# For the seven samples, both arrays have eight values: those of the figure. Samples with equal scores become yes
# together, so they make one point, and the step may then go up and right at once.
#
# <details><summary>Hint 1: which thresholds?</summary>
#
# `np.unique(scores)` gives the distinct scores in rising order; `[::-1]` turns an array round.
#
# </details>
# <details><summary>Hint 2: one threshold</summary>
#
# At a threshold t, `yes = scores >= t` says who is called positive. Which share of the positives is that, and which
# share of the negatives?
#
# </details>
# <details><summary>Hint 3: the frame</summary>
#
# Start with two lists that hold 0.0. Walk through the thresholds and append one rate to each list. At the end, turn the
# lists into arrays and return both: `return np.array(fpr), np.array(tpr)`.
#
# </details>


# %% exercise="roc_points"
def roc_points(y_true, scores):
    """Return (fpr, tpr), two arrays: the points of the ROC curve from (0, 0) to (1, 1).

    After (0, 0) there is one point for each distinct score, from the highest to the lowest; a score at
    or above the threshold is positive. Both classes occur in y_true.
    """
    ### BEGIN SOLUTION
    fpr, tpr = [0.0], [0.0]
    for threshold in np.unique(scores)[::-1]:
        yes = scores >= threshold
        fpr.append(np.sum(yes & (y_true == 0)) / np.sum(y_true == 0))
        tpr.append(np.sum(yes & (y_true == 1)) / np.sum(y_true == 1))
    return np.array(fpr), np.array(tpr)
    ### END SOLUTION


# %% check="roc_points"
check("roc_points", roc_points)
### BEGIN HIDDEN TESTS
check("roc_points", roc_points, seed=5101)
### END HIDDEN TESTS

# %% quiz="RP-b1"
show_quiz("05_ranking_and_probability", "RP-b1")

# %% [markdown]
# ## One number for the order: the area
#
# The area under the ROC curve (AUC) has a meaning that needs no curve. Take one positive and one negative at random.
# **The area is the chance that the positive has the higher score**, where a tie counts one half.
#
# Four positives and three negatives make twelve pairs. Here is each of them: 1 where the positive stands higher.

# %%
positives = np.sort(scores[y_true == 1])[::-1]
negatives = np.sort(scores[y_true == 0])[::-1]
wins = positives[:, np.newaxis] > negatives[np.newaxis, :]
pd.DataFrame(
    wins.astype(int),
    index=pd.Index(positives, name="positive's score"),
    columns=pd.Index(negatives, name="negative's score"),
)

# %% [markdown]
# The positive wins 10<!-- = wins.sum() --> of 12<!-- = wins.size --> pairs, so the area is 10/12 =
# **0.8333**<!-- = area -->. Only the positive with score 0.4 stands below some negatives<!-- true: wins[:3].all() and
# not wins[3].all() -->. Compare the table with the shaded area in the figure: it is made of the same twelve boxes.
#
# Two things follow. The area looks at the **order alone**: multiply all scores by ten, or take their logarithms, and it
# stays the same. And it looks at **no threshold**, so it says nothing about the one that you will use.
#
# ### Exercise: roc_auc
#
# *6 minutes, 3 points.* Write `roc_auc(y_true, scores)`.
#
# - The arguments are as before; both classes occur.
# - Return one number: of all pairs of a positive and a negative, the share in which the positive has the higher score.
#   A pair with equal scores counts one half.
#
# <details><summary>Hint 1: which pairs?</summary>
#
# `scores[y_true == 1]` are the scores of the positives, `scores[y_true == 0]` those of the negatives. There are as many
# pairs as the product of their numbers.
#
# </details>
# <details><summary>Hint 2: count</summary>
#
# For one positive, `np.sum(its_score > negatives)` counts the pairs that it wins, and `np.sum(its_score == negatives)`
# the ties. Add up over all positives.
#
# </details>
# <details><summary>Hint 3: another way</summary>
#
# You may also add the areas of the strips under your curve from `roc_points`: width times mean height. Both ways give
# the same number.
#
# </details>


# %% exercise="roc_auc"
def roc_auc(y_true, scores):
    """Return the chance that a random positive has a higher score than a random negative.

    A tie counts one half. Both classes occur in y_true.
    """
    ### BEGIN SOLUTION
    positives = scores[y_true == 1][:, np.newaxis]
    negatives = scores[y_true == 0][np.newaxis, :]
    return float(np.mean((positives > negatives) + 0.5 * (positives == negatives)))
    ### END SOLUTION


# %% check="roc_auc"
check("roc_auc", roc_auc)
### BEGIN HIDDEN TESTS
check("roc_auc", roc_auc, seed=5102)
### END HIDDEN TESTS

# %% [markdown]
# ### Can the area be below 0.5?
#
# A popular course says that 0.5 is the lower bound. **Predict:** what is the area if we turn the seven scores upside
# down? And what do scores get that are drawn at random? Four positives can stand in 35 ways among seven places; with
# random scores each way is as likely as the others. So go through all of them.

# %%
upside_down = roc_auc_score(y_true, -scores)
rankings = [np.isin(np.arange(7), places).astype(int) for places in combinations(range(7), 4)]
by_chance = pd.DataFrame(
    {
        "ROC area": [roc_auc_score(labels, -np.arange(7)) for labels in rankings],
        "average precision": [average_precision_score(labels, -np.arange(7)) for labels in rankings],
    }
)
print(f"upside down: {upside_down:.4f}")
print(f"ROC area below 0.5 in {np.sum(by_chance['ROC area'] < 0.5)} of {len(by_chance)} rankings")
by_chance.agg(["mean", "min", "max"]).round(3)

# %% [markdown]
# The area runs from 0 to 1. Upside down it is 0.1667<!-- = upside_down -->, one minus what it was. Of the
# 35<!-- = len(by_chance) --> rankings, 15<!-- = np.sum(by_chance["ROC area"] < 0.5) --> lie below 0.5: that is the
# **mean** of chance<!-- true: abs(by_chance["ROC area"].mean() - 0.5) < 1e-9 -->, not a bound. (Keep the other column
# for later.)
#
# An area **far** below 0.5 on many samples is a message; a little below it, or on seven samples, it is chance. Somebody
# has exchanged the two classes, or uses a score in which *low* means positive, such as a distance. Find out which, and
# put it right on purpose. Reporting `max(area, 1 - area)` would hide the mistake, and make chance look better than it
# is.

# %% quiz="RP-b2"
show_quiz("05_ranking_and_probability", "RP-b2")

# %% [markdown]
# ## Rare positives: precision–recall against ROC
#
# Of 500 card payments one is fraud. We generate payments from a recipe that you can read: three numbers per payment,
# standard normal; for frauds the means are raised by 2.0, 1.5 and 1.0. A logistic regression learns from 100,000
# payments and is tested on 50,000 others.

# %%
from sklearn.linear_model import LogisticRegression


def payments(n, rng):
    """Three features for each of n payments, and their labels: one in 500 is fraud."""
    fraud = np.zeros(n, dtype=int)
    fraud[: n // 500] = 1
    return rng.normal(size=(n, 3)) + np.outer(fraud, [2.0, 1.5, 1.0]), fraud


rng = np.random.default_rng(5)
train_features, train_fraud = payments(100_000, rng)
features, fraud = payments(50_000, rng)
fraud_model = LogisticRegression().fit(train_features, train_fraud)
fraud_score = fraud_model.decision_function(features)

# All frauds, and only as many genuine payments: the balanced sample that a demonstration likes to use.
genuine = rng.choice(np.flatnonzero(fraud == 0), fraud.sum(), replace=False)
balanced = np.concatenate([np.flatnonzero(fraud == 1), genuine])

samples = {"1 in 500": np.arange(len(fraud)), "1 in 2": balanced}
pd.DataFrame(
    {
        "frauds": [fraud[rows].sum() for rows in samples.values()],
        "genuine": [np.sum(fraud[rows] == 0) for rows in samples.values()],
        "ROC area": [roc_auc_score(fraud[rows], fraud_score[rows]) for rows in samples.values()],
        "average precision": [
            average_precision_score(fraud[rows], fraud_score[rows]) for rows in samples.values()
        ],
    },
    index=pd.Index(samples, name="share of fraud"),
).round(3)

# %% jupyter={"source_hidden": true}
# Shows the explorable.
explore("curves", fraud, fraud_score)

# %% [markdown]
# The model is the same, and but for the luck of the draw so is its ROC curve<!-- true: abs(roc_auc_score(fraud,
# fraud_score) - roc_auc_score(fraud[balanced], fraud_score[balanced])) < 0.01 -->: both rates stay within a class, so
# it does not matter how many genuine payments there are for each fraud. An area of
# 0.970<!-- = roc_auc_score(fraud, fraud_score) --> looks excellent in both.
#
# Precision mixes the classes. **Average precision**, the area under the precision–recall curve summed in steps, falls
# from 0.960<!-- = average_precision_score(fraud[balanced], fraud_score[balanced]) --> to
# **0.320**<!-- = average_precision_score(fraud, fraud_score) -->. Go to the point that finds 90 % of the frauds:

# %%
fpr, tpr, thresholds = roc_curve(fraud, fraud_score)
first = np.argmax(tpr >= 0.9)
alarms = fraud_score >= thresholds[first]
print(f"recall {tpr[first]:.2f}, false positive rate {fpr[first]:.3f}")
print(f"alarms {alarms.sum():,}, of which fraud {fraud[alarms].sum()}")
print(f"precision {fraud[alarms].mean():.3f}")

# %% [markdown]
# A false positive rate of 0.092<!-- = fpr[first] --> sounds small. But it is 9 % of very many:
# 4,591<!-- = np.sum(alarms & (fraud == 0)) --> genuine payments are blocked to stop 90<!-- = fraud[alarms].sum() -->
# frauds. When positives are rare, look at the precision–recall curve, and compare it with the share of positives
# (0.002<!-- = fraud.mean() -->), which is about what guessing earns on so many samples, not with 0.5. When somebody
# shows you a precision–recall curve of a balanced sample, ask how rare the positives are in real life.
#
# For the seven samples average precision is **0.9167**<!-- = average_precision_score(y_true, scores) -->. What is that
# worth? A constant score, which calls all or none, earns the share of positives,
# 4/7<!-- = average_precision_score(y_true, np.zeros(7)) --> or 0.571<!-- = y_true.mean() -->. Random rankings earn
# more, 0.685<!-- = by_chance["average precision"].mean() --> on average: the table of the 35 rankings above has it. On
# few samples luck often puts a positive on top, and average precision rewards that most. On thousands of samples the
# two come together.
#
# ### Try it: one threshold, many views
#
# Move the threshold, with the mouse or with the arrow keys. Watch the dot: on the ROC curve it hurries up the left side
# while on the precision–recall curve it travels all the way. A fraud that goes through costs €120 and a blocked genuine
# payment €4, as in lesson 03.

# %% jupyter={"source_hidden": true}
# Shows the explorer.
caught = next(at.tp for at in sweep(fraud, fraud_score, 4, 120).places() if at.cheapest)
why = (
    f"At the lowest cost {caught} of {fraud.sum()} are caught. The others look so much like genuine payments that "
    "stopping them would cost more, in false alarms, than it saves."
)
show_explorer(
    fraud,
    fraud_score,
    cost_fp=4,
    cost_fn=120,
    title="50,000 card payments, 100 of them fraud",
    predict=Predict(
        "At the lowest cost, are more than half of the frauds caught?",
        {"More than half": why, "Half, or fewer": why},
        right="More than half" if caught > fraud.sum() / 2 else "Half, or fewer",
    ),
    goals={
        "Recall of at least 0.9, at the least cost (where is the dot on the ROC curve?).": Best(
            lambda at: at.recall >= 0.9, by=lambda at: -at.cost
        ),
        "The lowest cost of all.": lambda at: at.cheapest,
        "About every second alarm is right.": lambda at: 0.45 <= at.precision <= 0.55,
    },
    about=About("05_ranking_and_probability", "fraud", ["RP.3", "RP.6"]),
)

# %% [markdown]
# ## When only k can be looked at
#
# The bank has people who can call 50 customers a day. They will call the 50 with the highest scores. No threshold is
# chosen, the number of yeses is. What counts is **precision at k**: which share of the first k is positive? Search
# engines and recommendations are judged in the same way, because nobody reads page two.

# %%
pd.DataFrame(
    {
        "precision at k": [
            evalkit.precision_at_k(fraud, fraud_score, k) for k in (10, 50, 100, 500, 2000)
        ],
        "recall at k": [
            fraud[np.argsort(-fraud_score)[:k]].mean() * k / fraud.sum()
            for k in (10, 50, 100, 500, 2000)
        ],
    },
    index=pd.Index([10, 50, 100, 500, 2000], name="k"),
).round(3)

# %% [markdown]
# With 50 calls, 54 %<!-- = evalkit.precision_at_k(fraud, fraud_score, 50) --> reach a victim of fraud. That is a fine
# day's work for a model whose average precision looked modest.
#
# ### Exercise: precision_at_k
#
# *4 minutes, 2 points.* Write `precision_at_k(y_true, scores, k)`.
#
# - `k` is a whole number from 1 to the number of samples.
# - Return the share of positives among the k samples with the highest scores.
# - You may assume that all scores differ. (With ties at the border the first k are not well defined; evalkit then
#   returns the mean over all ways to break the tie.)
#
# For the seven samples and k = 4 the answer is 0.75.
#
# <details><summary>Hint 1: order</summary>
#
# `np.argsort(scores)` gives positions in the order of rising scores. Where are the highest? Or sort `-scores`.
#
# </details>
# <details><summary>Hint 2: labels travel with their scores</summary>
#
# Use these positions as an index into `y_true`. The mean of some 0s and 1s is the share of the 1s.
#
# </details>


# %% exercise="precision_at_k"
def precision_at_k(y_true, scores, k):
    """Return the share of positives among the k samples with the highest scores.

    k runs from 1 to the number of samples, and all scores differ.
    """
    ### BEGIN SOLUTION
    top = np.argsort(-scores)[:k]
    return float(np.mean(y_true[top] == 1))
    ### END SOLUTION


# %% check="precision_at_k"
check("precision_at_k", precision_at_k)
### BEGIN HIDDEN TESTS
check("precision_at_k", precision_at_k, seed=5103)
### END HIDDEN TESTS

# %% [markdown]
# ## Choosing the threshold from costs
#
# Where to cut is a question of costs. Say what a false positive and a false negative cost, add up the cost at every
# threshold, take the cheapest. Now with real data: 569 samples of breast tissue, of which 212 are malignant, the
# positive class. To leave something to decide, the model sees two measurements only, the mean radius and the mean
# texture of the cell nuclei. Each sample is scored by a model that was fitted without it (five-fold cross-validation).

# %%
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

tissue = load_breast_cancer(as_frame=True)
malignant = (tissue.target == 0).astype(int).to_numpy()  # in this data set 0 means malignant
measured = tissue.data[["mean radius", "mean texture"]]
model = make_pipeline(StandardScaler(), LogisticRegression())
risk = cross_val_predict(model, measured, malignant, cv=5, method="predict_proba")[:, 1]
print(f"{len(malignant)} samples, {malignant.sum()} malignant")
print(f"ROC area {roc_auc_score(malignant, risk):.3f}")

# %% [markdown]
# Suppose that a missed cancer is ten times as bad as a needless second test. **Predict:** will the cheapest threshold
# lie above or below 0.5? Then move the slider and find it.

# %% jupyter={"source_hidden": true}
# Shows the explorer.
show_explorer(
    malignant,
    risk,
    cost_fp=1,
    cost_fn=10,
    title="Breast tissue: risk of malignancy from two measurements",
    predict=Predict(
        "Will the cheapest threshold lie above or below 0.5?",
        {
            "Above": "A miss costs ten needless tests: it pays to say yes on a smaller suspicion, so look below.",
            "Below": "A miss costs ten needless tests: it pays to say yes on a smaller suspicion.",
        },
        right="Below",
    ),
    goals={"The lowest cost.": lambda at: at.cheapest},
    about=About("05_ranking_and_probability", "tissue", ["RP.6"]),
)

# %%
tn, fp, fn, tp, cuts = evalkit.confusion_matrix_at_thresholds(malignant, risk)
costs = pd.DataFrame(
    {"threshold": cuts, "FP": fp, "FN": fn, "recall": tp / (tp + fn), "cost": 1 * fp + 10 * fn}
)
cheapest = costs.loc[costs["cost"].idxmin()]
at_half = costs[costs["threshold"] >= 0.5].iloc[-1]
pd.DataFrame({"cheapest": cheapest, "at 0.5": at_half}).T.round(3).convert_dtypes()

# %% [markdown]
# The cheapest threshold is **0.158**<!-- = cheapest.threshold -->, far below 0.5<!-- true: cheapest.threshold < 0.25
# -->. It costs 192<!-- = cheapest.cost --> instead of 443<!-- = at_half.cost -->: it misses 10<!-- = cheapest.FN -->
# cancers instead of 42<!-- = at_half.FN -->, and sends 92<!-- = cheapest.FP --> people with benign tissue to a second
# test instead of 23<!-- = at_half.FP -->. That 0.5 is no law was said in lesson 03. Now you have something better.
#
# Theory has a shortcut. If a score p is an **honest probability**, then a yes costs (1 − p) · cost of a false positive
# on average, and a no costs p · cost of a false negative. Yes is cheaper from
#
# $$p = \frac{\text{cost}_{FP}}{\text{cost}_{FP} + \text{cost}_{FN}}$$
#
# on, here from 1/11 = 0.091<!-- = 1 / 11 -->. The data say 0.158; with 569 samples that is partly luck. The cost at
# 0.091 is 217<!-- = costs[costs["threshold"] >= 1 / 11].iloc[-1].cost -->,
# 13 %<!-- = costs[costs["threshold"] >= 1 / 11].iloc[-1].cost / cheapest.cost - 1 --> more. Use the formula when you
# trust the probabilities, and count when you do not. In either case choose the threshold on one set of data and report
# its cost on another: the lowest of many numbers flatters itself.
#
# ### Exercise: best_threshold
#
# *7 minutes, 3 points.* Write `best_threshold(y_true, scores, cost_fp, cost_fn)`.
#
# - `y_true` holds 0 and 1, `scores` one number for each sample, on any scale. The costs are whole numbers from 1 on.
# - The candidates are the **distinct scores** and **`np.inf`**, at which nothing is ever called positive.
# - The cost of a threshold is `cost_fp` for every false positive plus `cost_fn` for every false negative.
# - Return the candidate with the lowest total cost. If several cost the same, return the **highest** of them.
#
# For the seven samples, with both costs 1 the answer is 0.6. With a false negative at 3 it is 0.4.
#
# <details><summary>Hint 1: one candidate</summary>
#
# `yes = scores >= threshold`. The false positives are yeses with label 0, the false negatives noes with label 1; `~yes`
# turns truth values round.
#
# </details>
# <details><summary>Hint 2: the highest of the cheapest</summary>
#
# Go through the candidates from the highest to the lowest, and remember one only if it is cheaper than the best so far,
# not if it costs the same.
#
# </details>
# <details><summary>Hint 3: never yes</summary>
#
# `scores >= np.inf` is false for every sample, so `np.inf` needs no special treatment. It only has to be among the
# candidates, and it is the highest.
#
# </details>


# %% exercise="best_threshold"
def best_threshold(y_true, scores, cost_fp, cost_fn):
    """Return the threshold with the lowest total cost.

    Candidates are the distinct scores and np.inf (never yes). A score at or above the threshold is
    positive. Of several cheapest candidates the highest is returned.
    """
    ### BEGIN SOLUTION
    best, lowest = None, np.inf
    for threshold in [np.inf, *np.unique(scores)[::-1]]:
        yes = scores >= threshold
        cost = cost_fp * np.sum(yes & (y_true == 0)) + cost_fn * np.sum(~yes & (y_true == 1))
        if cost < lowest:
            best, lowest = float(threshold), cost
    return best
    ### END SOLUTION


# %% check="best_threshold"
check("best_threshold", best_threshold)
### BEGIN HIDDEN TESTS
check("best_threshold", best_threshold, seed=5104)
### END HIDDEN TESTS

# %% quiz="RP-b3"
show_quiz("05_ranking_and_probability", "RP-b3")

# %% [markdown]
# ## Scores as probabilities: log-loss
#
# Now take a score at its word. Sample one has score 0.6: the model says "positive, with probability 0.6". The sample is
# positive, so what happened had been given probability 0.6. The second sample has score 0.2 and is negative: what
# happened had been given 0.8. Do so for all seven:

# %%
of_truth = np.where(y_true == 1, scores, 1 - scores)
pd.DataFrame(
    {
        "true label": y_true,
        "p": scores,
        "given to what happened": of_truth,
        "surprise −ln": -np.log(of_truth),
    }
).round(3)

# %% [markdown]
# The product of the third column is the **likelihood**: the probability that the model gave to all that happened,
# 0.031<!-- = of_truth.prod() -->. Products of many probabilities become too small for a computer, so take the
# logarithm, which turns the product into a sum: the **log-likelihood**,
# −3.470<!-- = evalkit.log_likelihood(y_true, scores) -->. Turn the sign, divide by the number of samples, and you have
# the mean surprise. With $q_i$ for the probability that was given to what happened in sample $i$:
#
# $$\text{log-loss} = -\frac{1}{n} \sum_{i=1}^{n} \ln q_i$$
#
# It is **0.4958**<!-- = evalkit.log_loss(y_true, scores) --> here. Smaller is better and 0 is perfect. Networks for
# classification are trained on exactly this number, under the name *cross-entropy*. To have something to compare it
# with: always saying 0.5 costs ln 2 = 0.6931<!-- = np.log(2) -->, and always saying the share of positives, 4/7, costs
# 0.6829<!-- = evalkit.log_loss(y_true, np.full(7, 4 / 7)) -->.
#
# The **Brier score** is the mean squared distance between probability and label,
# **0.1661**<!-- = brier_score_loss(y_true, scores) --> here. It never exceeds 1, while the surprise has no limit:
#
# | Probability given to what happened | Surprise −ln p | Squared distance |
# |---|---|---|
# | 0.9 | 0.105<!-- = -np.log(0.9) --> | 0.01<!-- = 0.1**2 --> |
# | 0.5 | 0.693<!-- = -np.log(0.5) --> | 0.25<!-- = 0.5**2 --> |
# | 0.1 | 2.303<!-- = -np.log(0.1) --> | 0.81<!-- = 0.9**2 --> |
# | 0.001 | 6.908<!-- = -np.log(0.001) --> | 0.998<!-- = 0.999**2 --> |
# | 0 | infinite | 1 |
#
# The last row is a problem. Who says "impossible" and is wrong even once has an infinite loss for ever. Software avoids
# this by **clipping**: probabilities are first moved into an interval such as [1e-15, 1 − 1e-15], and a mistake made
# with certainty then costs 34.5<!-- = -np.log(1e-15) -->. The bound is a policy, so state it.
#
# ### Exercise: log_loss
#
# *4 minutes, 3 points.* Write `log_loss(y_true, p)`.
#
# - `y_true` holds 0 and 1; `p` holds the probability of class 1 for each sample, from 0 to 1, **both included**.
# - Clip `p` to [1e-15, 1 − 1e-15] first.
# - Return the mean of minus the natural logarithm of the probability that was given to what happened.
#
# <details><summary>Hint 1: given to what happened</summary>
#
# For a sample of class 1 that is p, for one of class 0 it is 1 − p. `np.where(condition, a, b)` picks from a or from b.
#
# </details>
# <details><summary>Hint 2: clipping</summary>
#
# `np.clip(p, low, high)` moves what lies outside to the nearer bound. Do it before you take a logarithm.
#
# </details>


# %% exercise="log_loss"
def log_loss(y_true, p):
    """Return the mean of −ln(probability given to the true class); p is the probability of class 1.

    p is clipped to [1e-15, 1 − 1e-15] first.
    """
    ### BEGIN SOLUTION
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return float(-np.mean(np.where(y_true == 1, np.log(p), np.log(1 - p))))
    ### END SOLUTION


# %% check="log_loss"
check("log_loss", log_loss)
### BEGIN HIDDEN TESTS
check("log_loss", log_loss, seed=5105)
### END HIDDEN TESTS

# %% [markdown]
# ## Calibration: does 70 % mean 70 %?
#
# A model is **calibrated** if, among all samples to which it gives probability 0.7, seven in ten are positive, and so
# for every other number. It is a claim about groups, and it can be checked: sort the forecasts into bins, and compare
# in each bin what was said with what happened.
#
# Two words first. The **odds** of a probability p are p / (1 − p): 0.7 has the odds 7 to 3. Their logarithm, the
# **log-odds**, runs from minus to plus infinity, and is 0 at p = 0.5. To multiply log-odds by a number pushes all
# probabilities away from 0.5, or pulls them towards it, and never changes their order. And the **calibration error** is
# what the bins tell in one number: in each bin the distance between what was said and what happened, then the mean over
# all forecasts.
#
# We make 4,000 forecasts that are honest by construction: draw a probability, then let the event happen with it. A
# second forecaster exaggerates: the same order, but the log-odds are multiplied by 2.5, so that 0.7 becomes
# 0.89<!-- = (7 / 3) ** 2.5 / (1 + (7 / 3) ** 2.5) -->. A third is timid and multiplies them by 0.4. A fourth always
# says the share of positives.


# %%
def bent(p, factor):
    """The probability whose log-odds are those of p times a factor."""
    odds = np.exp(factor * np.log(p / (1 - p)))
    return odds / (1 + odds)


rng = np.random.default_rng(11)
honest = rng.beta(1.2, 1.8, size=4000)
happened = (rng.random(4000) < honest).astype(int)
forecasters = {
    "honest": honest,
    "overconfident": bent(honest, 2.5),
    "timid": bent(honest, 0.4),
    "always the base rate": np.full(4000, happened.mean()),
}
judged = pd.DataFrame(
    {
        "ROC area": [roc_auc_score(happened, p) for p in forecasters.values()],
        "log-loss": [evalkit.log_loss(happened, p) for p in forecasters.values()],
        "Brier score": [brier_score_loss(happened, p) for p in forecasters.values()],
        "calibration error": [
            evalkit.expected_calibration_error(happened, p, n_bins=10) for p in forecasters.values()
        ],
    },
    index=pd.Index(forecasters, name="forecaster"),
)
judged.round(3)

# %% jupyter={"source_hidden": true}
# Draws the reliability diagram.
fig, (ax, below) = plt.subplots(
    2, 1, figsize=(6, 6.6), sharex=True, layout="constrained", gridspec_kw={"height_ratios": [3, 1]}
)
ax.plot([0, 1], [0, 1], color="#6b6b6b", linestyle=":", label="perfectly calibrated")
looks = {
    "honest": (PALETTE[0], "-", "o"),
    "overconfident": (PALETTE[1], "--", "s"),
    "timid": (PALETTE[2], "-.", "^"),
}
for name, (colour, dash, marker) in looks.items():
    share, said = evalkit.calibration_curve(happened, forecasters[name], n_bins=10)
    ax.plot(said, share, color=colour, linestyle=dash, marker=marker, linewidth=2, label=name)
ax.set(
    xlim=(-0.02, 1.02),
    ylim=(-0.02, 1.02),
    ylabel="Share that happened",
    title="Reliability diagram, ten bins",
)
ax.legend(frameon=False)
edges = np.linspace(0, 1, 11)
below.hist(
    forecasters["overconfident"], edges, facecolor="#f6c9a8", edgecolor=PALETTE[1], label="overconfident"
)
below.hist(honest, edges, facecolor="none", edgecolor=PALETTE[0], hatch="///", label="honest")
below.set(xlabel="Probability said (mean of the bin)", ylabel="Forecasts")
below.legend(frameon=False)
for panel in (ax, below):
    panel.spines[["top", "right"]].set_visible(False)
low_said = evalkit.calibration_curve(happened, forecasters["overconfident"], n_bins=10)
show(
    fig,
    "Reliability diagram of three forecasters, share that happened against probability said, with the diagonal of perfect "
    "calibration. The honest one follows the diagonal. The overconfident one is flatter: where it says "
    f"{low_said[1][0]:.2f} the event happens in {low_said[0][0]:.0%} of cases, where it says {low_said[1][-1]:.2f} in "
    f"{low_said[0][-1]:.0%}. The timid one is steeper. Below, a histogram of the forecasts: the overconfident forecaster "
    "mostly says values near 0 and 1.",
)

# %% [markdown]
# Read the diagram against the diagonal. A curve **flatter** than it is overconfident: what is said lies further out
# than what happens. A curve **steeper** than it is timid. Bins with few forecasts jump about, so look at the histogram
# below before you believe a point.
#
# Now read the table.
#
# - The first three have the **same ROC area**<!-- true: judged["ROC area"].iloc[:3].round(9).nunique() == 1 -->,
#   0.797<!-- = judged["ROC area"]["timid"] -->: their order is the same. The area cannot see calibration.
# - Log-loss can: 0.531<!-- = judged["log-loss"]["honest"] --> for the honest forecaster,
#   0.665<!-- = judged["log-loss"]["overconfident"] --> for the overconfident one. That is hardly better than always
#   saying the base rate<!-- true: 0 < judged["log-loss"]["always the base rate"] - judged["log-loss"]["overconfident"]
#   < 0.01 -->, 0.670<!-- = judged["log-loss"]["always the base rate"] -->, although the order is so much better.
# - The last forecaster has the **smallest calibration error**<!-- true: judged["calibration error"].idxmin() == "always
#   the base rate" -->, 0.000<!-- = judged["calibration error"].min() -->, and knows nothing about any sample.
#   Calibration alone is no merit. Log-loss and Brier score ask for both, order and honesty.

# %% [markdown] further=true
# ### Going further: a cure for bad calibration
#
# Bad calibration can be **cured** after training, without touching the model: learn on data that were kept back by what
# the log-odds must be multiplied, and what must be added to them. That is a logistic regression with one input, the
# log-odds (*Platt scaling*). Half of the overconfident forecasts serve to learn it, the other half to measure:

# %%
log_odds = np.log(forecasters["overconfident"] / (1 - forecasters["overconfident"]))[:, np.newaxis]
cure = LogisticRegression().fit(log_odds[:2000], happened[:2000])
half = {
    "overconfident": forecasters["overconfident"][2000:],
    "cured": cure.predict_proba(log_odds[2000:])[:, 1],
    "honest": honest[2000:],
}
cured = pd.DataFrame(
    {
        "ROC area": [roc_auc_score(happened[2000:], p) for p in half.values()],
        "log-loss": [evalkit.log_loss(happened[2000:], p) for p in half.values()],
        "calibration error": [
            evalkit.expected_calibration_error(happened[2000:], p, n_bins=10) for p in half.values()
        ],
    },
    index=pd.Index(half, name="forecaster"),
)
cured.round(3)

# %% [markdown]
# The factor that it has learned is 0.41<!-- = cure.coef_.item() -->: it undoes the 2.5. The order, and with it the ROC
# area, is what it was<!-- true: abs(cured["ROC area"]["cured"] - cured["ROC area"]["overconfident"]) < 1e-9 -->.
# Log-loss and calibration error fall to those of the honest forecaster<!-- true: abs(cured["log-loss"]["cured"] -
# cured["log-loss"]["honest"]) < 0.005 and cured["calibration error"]["cured"] < cured["calibration
# error"]["overconfident"] / 3 -->.
#
# Where does this matter? Class weights, which lesson 04 used against imbalance, are one place:

# %%
weighted_model = LogisticRegression(class_weight="balanced").fit(train_features, train_fraud)
said = pd.DataFrame(
    {
        "plain": fraud_model.predict_proba(features)[:, 1],
        "balanced weights": weighted_model.predict_proba(features)[:, 1],
    }
)
pd.DataFrame(
    {
        "ROC area": said.apply(lambda p: roc_auc_score(fraud, p)),
        "mean probability said": said.mean(),
        "share of fraud": fraud.mean(),
        "log-loss": said.apply(lambda p: evalkit.log_loss(fraud, p)),
    }
).round(4)

# %% [markdown]
# The order is as good as before<!-- true: abs(roc_auc_score(fraud, said["plain"]) - roc_auc_score(fraud, said["balanced
# weights"])) < 0.005 -->. But the weighted model says fraud with a mean probability of
# 0.139<!-- = said["balanced weights"].mean() --> where 0.002<!-- = fraud.mean() --> is right, and its log-loss is
# 29<!-- = evalkit.log_loss(fraud, said["balanced weights"]) / evalkit.log_loss(fraud, said["plain"]) --> times as high.
# Its scores still rank. They are no longer probabilities, so the formula for the threshold would mislead you.

# %% [markdown]
# ## Quiz
#
# Eight questions. They do not count towards your points.

# %% quiz="05_ranking_and_probability"
show_quiz("05_ranking_and_probability")

# %% [markdown]
# ## Summary
#
# | | Asks | Needs | Blind to |
# |---|---|---|---|
# | ROC curve and its area | Do positives stand above negatives? | scores of any scale | how rare positives are; calibration |
# | Precision–recall curve, average precision | What does it cost in false alarms to find more? | scores of any scale | the true negatives; calibration |
# | Precision at k | Are the first k any good? | an order | what was missed below |
# | Log-loss, Brier score | How likely did you say was what happened? | probabilities | what mistakes cost |
# | Reliability diagram | Does 70 % mean 70 %? | probabilities, and many of them | whether the model can tell samples apart |
#
# - The ROC area is the chance that a positive outranks a negative, ties one half. It runs from 0 to 1.
# - Compare average precision with the share of positives (on few samples: with random rankings), the ROC area with 0.5,
#   and log-loss with always saying the base rate.
# - Choose the threshold from costs, on data that you do not report on.
#
# Next, lesson 06: when the answer is a number, and the question is how far off it is.
#
# ## Further reading
#
# - [Myths about metrics](myths.md), a page of this course: what is taught about these numbers and is wrong, each
#   refuted in three lines of code.
# - T. Fawcett, "An introduction to ROC analysis", *Pattern Recognition Letters* 27 (2006), 861–874. Curves, areas, and
#   how to average them.
# - T. Saito and M. Rehmsmeier, "The Precision-Recall Plot Is More Informative than the ROC Plot When Evaluating Binary
#   Classifiers on Imbalanced Datasets", *PLOS ONE* 10 (2015), e0118432.
# - C. Elkan, "The Foundations of Cost-Sensitive Learning", *Proceedings of the 17th International Joint Conference on
#   Artificial Intelligence* (2001), 973–978. Where the formula for the threshold comes from.
# - C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On Calibration of Modern Neural Networks", *Proceedings of the 34th
#   International Conference on Machine Learning* (2017). Why deep networks are overconfident, and a simple cure.
