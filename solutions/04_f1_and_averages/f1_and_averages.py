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
# # 04 · F1 and averages — one number, honestly
#
# | | |
# |---|---|
# | **Minutes** | 55: reading 25, exercises 24, quiz 6 |
# | **Prerequisites** | Lessons 01 and 03: the confusion matrix, precision, recall. Lesson 02 helps. |
#
# Precision and recall belong together, and two numbers are hard to rank. So people press them into one. Then they press
# the numbers of ten classes into one as well. Each step throws something away. In this lesson you learn what each
# popular average keeps and what it hides, and how to choose.

# %% [markdown]
# ## Objectives
#
# After this lesson you can
#
# - **FA.1** compute F1, and explain why it is a harmonic mean and when it tells more than accuracy;
# - **FA.2** choose a beta, and compute F-beta;
# - **FA.3** compute micro, macro and weighted averages over classes, and say what each of them hides;
# - **FA.4** put a price on mistakes, and choose metrics by the task, the costs and the distribution of the classes;
# - **FA.5** compute class weights, and explain what they do to a loss and to the metrics;
# - **FA.6** read a report on multi-label data, label by label (*going further*).
#
# Rows are the truth, columns the prediction. The positive class is always named. A score at or above the threshold is
# positive. Where a denominator is zero, this course puts 0.0.

# %%
import numpy as np
import pandas as pd

from autograder import check, show_quiz
from evalkit import (
    ConfusionMatrix,
    accuracy_score,
    classification_report,
    f1_score,
    fbeta_score,
    hamming_loss,
    precision_score,
    recall_score,
    wilson_interval,
)
from evalkit.plots import PALETTE, show

# %% [markdown]
# ## A mean that does not forgive
#
# A hundred people are ill. A cautious model says "ill" once, and is right. Its precision is 1, its recall 0.01. Nobody
# would use it. What single number does it deserve?
#
# Here are three means of the same two values. **Guess first:** which of them come out above one half?

# %%
p, r = 1.0, 0.01
means = pd.Series(
    {
        "arithmetic: (P + R) / 2": (p + r) / 2,
        "geometric: √(P · R)": (p * r) ** 0.5,
        "harmonic: 2PR / (P + R)": 2 * p * r / (p + r),
    },
    name="mean",
)
means.round(4).to_frame()

# %% [markdown]
# The ordinary, arithmetic mean gives **0.505**<!-- = means.iloc[0] -->. That would be a passing grade for a model that
# misses 99 of 100 patients. The **harmonic mean** gives **0.0198**<!-- = means.iloc[2] -->. It stays close to the
# smaller of the two values, whatever the larger one does<!-- true: means.iloc[2] < 2 * min(p, r) -->. This is F1:
#
# $$F_1 = \frac{2 \cdot \text{precision} \cdot \text{recall}}{\text{precision} + \text{recall}}
# = \frac{2\,TP}{2\,TP + FP + FN}.$$
#
# Why the harmonic mean? Precision and recall are shares of *different* groups: of what was called positive, and of what
# is positive. They share only the numerator. Turn them over, and both count in the same unit, samples per true
# positive: 1 / precision yeses and 1 / recall positives. These can be averaged. The harmonic mean does just that: it
# averages the two upside down, and turns the result back.
#
# The second form shows what is left out. TN does not occur.

# %% jupyter={"source_hidden": true}
# Draws three means.
import matplotlib.pyplot as plt

recalls = np.linspace(0, 1, 201)
curves = {
    "arithmetic": ((1 + recalls) / 2, PALETTE[4], ":"),
    "geometric": (np.sqrt(recalls), PALETTE[1], "--"),
    "harmonic (F1)": (2 * recalls / (1 + recalls), PALETTE[0], "-"),
}
fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
for name, (values, colour, dashes) in curves.items():
    ax.plot(recalls, values, color=colour, linestyle=dashes, linewidth=2.5, label=name)
ax.axvline(0.01, color="black", linewidth=1)
ax.annotate("the cautious model", (0.01, 0.93), xytext=(6, 0), textcoords="offset points")
ax.set_xlabel("Recall (share), at precision 1")
ax.set_ylabel("Mean of precision and recall")
ax.set_xlim(-0.02, 1)
ax.set_ylim(0, 1.03)
ax.spines[["top", "right"]].set_visible(False)
ax.legend(loc="lower right", frameon=False, title="Mean")
show(
    fig,
    "Three means of precision 1 and a recall from 0 to 1. The arithmetic mean is a straight line that starts at 0.5. "
    "The geometric and the harmonic mean start at 0; the harmonic mean, F1, is the lowest of the three everywhere. All "
    f"end at 1. At recall 0.01 they are {means.iloc[0]:.3f}, {means.iloc[1]:.3f} and {means.iloc[2]:.3f}.",
)

# %% [markdown]
# ### Exercise: f1
#
# *5 minutes, 3 points.* Write `f1(y_true, y_pred)`.
#
# - `y_true` and `y_pred` are NumPy arrays of the same length that hold 0 and 1. The positive class is 1.
# - Return F1 of the positive class, a number from 0 to 1.
# - Return 0.0 where a denominator is zero: no predicted positives, no real ones, or neither.
#
# <details><summary>Hint 1: two ways</summary>
#
# Either compute precision and recall as in lesson 03, and then their harmonic mean. Or count TP, FP and FN and use the
# second form of the formula. The second way has only one denominator to watch.
#
# </details>
# <details><summary>Hint 2: how many denominators?</summary>
#
# On the first way there are three: that of precision, that of recall, and their sum. When there is no true positive,
# the sum is zero even if the other two are fine.
#
# </details>


# %% exercise="f1"
def f1(y_true, y_pred):
    """Return F1 of the class 1, a number from 0 to 1; 0.0 where a denominator is zero."""
    ### BEGIN SOLUTION
    tp = np.sum((y_true == 1) & (y_pred == 1))
    wrong = np.sum(y_true != y_pred)
    if 2 * tp + wrong == 0:
        return 0.0
    return float(2 * tp / (2 * tp + wrong))
    ### END SOLUTION


# %% check="f1"
check("f1", f1)
### BEGIN HIDDEN TESTS
check("f1", f1, seed=4101)
### END HIDDEN TESTS

# %% quiz="FA-b1"
show_quiz("04_f1_and_averages", "FA-b1")

# %% [markdown]
# ## When F1 tells more than accuracy
#
# Remember the mailbox of lesson 02: 5 % spam, and three filters. We train them again, by the same recipe. The positive
# class is spam.

# %%
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from autograder.datasets import mailbox

mail = mailbox(n=2000, spam_rate=0.05, seed=0)
texts_train, texts_test, is_spam_train, is_spam = train_test_split(
    mail.texts, mail.labels, test_size=0.5, stratify=mail.labels, random_state=3
)
spam_model = make_pipeline(CountVectorizer(), LogisticRegression(solver="newton-cholesky", tol=1e-8))
spam_scores = spam_model.fit(texts_train, is_spam_train).predict_proba(texts_test)[:, 1]

filters = {
    "never spam": np.zeros(len(is_spam), dtype=int),
    "threshold 0.5": (spam_scores >= 0.5).astype(int),
    "threshold 0.08": (spam_scores >= 0.08).astype(int),
}
mail_table = pd.DataFrame(
    {
        name: {
            "accuracy": accuracy_score(is_spam, labels),
            "precision": precision_score(is_spam, labels, zero_division=0.0),
            "recall": recall_score(is_spam, labels),
            "F1": f1_score(is_spam, labels),
        }
        for name, labels in filters.items()
    }
).T.rename_axis("filter")
mail_table.round(3)

# %% [markdown]
# Accuracy ranks the useless filter<!-- true: mail_table.accuracy["never spam"] > mail_table.accuracy["threshold 0.08"]
# -->, **0.950**<!-- = mail_table.accuracy["never spam"] -->, above the eager one,
# 0.945<!-- = mail_table.accuracy["threshold 0.08"] -->. F1 does not<!-- true: mail_table.F1.idxmin() == "never spam"
# -->: it is **0**<!-- = mail_table.F1["never spam"] --> for the filter that never says yes, and
# **0.615**<!-- = mail_table.F1["threshold 0.08"] --> for the eager one. The 900 and more e-mails that are easily waved
# through raise every accuracy and no F1. So when the **positive class is rare**, F1 tells more.
#
# Now turn the question round and call "not spam" positive.

# %%
f1_not_spam = {name: f1_score(is_spam, labels, pos_label=0) for name, labels in filters.items()}
pd.Series(f1_not_spam, name="F1 of “not spam”").round(3).to_frame()

# %% [markdown]
# The useless filter has F1 **0.974**<!-- = f1_not_spam["never spam"] --> on the common class. If a share $p$ of the
# samples is positive, always saying yes gives precision $p$ and recall 1, and so $F_1 = 2p/(1+p)$: next to nothing for
# a rare class, nearly 1 for a common one. An F1 without the name of its positive class says nothing.
#
# F1 is no law of nature either. It ignores how well the negatives are recognised. It needs a threshold: move that, and
# F1 moves. And how it weighs a missed spam message against a blocked real e-mail, you have not chosen: the next section
# works it out.

# %% [markdown]
# ## F-beta: say which matters more
#
# If recall matters more to you than precision, say how much more, and let the mean follow:
#
# $$\begin{aligned} F_\beta &= \frac{(1+\beta^2) \cdot \text{precision} \cdot \text{recall}}
# {\beta^2 \cdot \text{precision} + \text{recall}} \\
# &= \frac{(1+\beta^2)\,TP}{(1+\beta^2)\,TP + \beta^2 FN + FP}. \end{aligned}$$
#
# In the form with counts FN has the factor $\beta^2$ where FP has 1: four with $\beta = 2$, a quarter with
# $\beta = 0.5$. $\beta = 1$ gives F1.

# %%
betas = pd.DataFrame(
    {
        f"F{beta:g}": {name: fbeta_score(is_spam, y, beta=beta) for name, y in filters.items()}
        for beta in (0.5, 1, 2)
    }
).rename_axis("filter")
betas.round(3)

# %% [markdown]
# With F0.5 the filter at 0.5 wins clearly, 0.789<!-- = betas["F0.5"]["threshold 0.5"] --> to
# 0.521<!-- = betas["F0.5"]["threshold 0.08"] -->. With F2 the eager one wins,
# 0.751<!-- = betas["F2"]["threshold 0.08"] --> to 0.638<!-- = betas["F2"]["threshold 0.5"] -->. The models are the
# same. The ranking follows from beta<!-- true: betas["F0.5"].idxmax() != betas["F2"].idxmax() -->, and beta is your
# decision. Decide it before you look at the results.
#
# ### What a miss costs
#
# Does F1 take a miss and a false alarm for equally bad, and F2 a miss for as bad as four? Only as long as the hits stay
# as they are. On a given test set they do not: one miss more is also one hit less. Count it out for the eager filter.

# %%
eager = ConfusionMatrix.from_labels(is_spam, filters["threshold 0.08"], labels=[0, 1])
hits, alarms, misses = eager.tp, eager.fp, eager.fn
print(f"{hits} hits, {alarms} false alarms, {misses} misses")


def f_of(beta, hits, alarms, misses):
    return (1 + beta**2) * hits / ((1 + beta**2) * hits + beta**2 * misses + alarms)


rows = {}
for beta in (1, 2):
    score = f_of(beta, hits, alarms, misses)
    rows[f"F{beta}"] = {
        "as it is": score,
        "lost by one miss": score - f_of(beta, hits - 1, alarms, misses + 1),
        "lost by one false alarm": score - f_of(beta, hits, alarms + 1, misses),
        "(1 + β²) / F − 1": (1 + beta**2) / score - 1,
    }
price = pd.DataFrame(rows).T
price["one miss in false alarms"] = price["lost by one miss"] / price["lost by one false alarm"]
price.round(4)

# %% [markdown]
# One miss costs as much F1 as 2.28<!-- = price["one miss in false alarms"]["F1"] --> false alarms here, and as much F2
# as 5.70<!-- = price["one miss in false alarms"]["F2"] -->. For a small step the price is
#
# $$\frac{1 + \beta^2}{F_\beta} - 1$$
#
# false alarms, 2.25<!-- = price["(1 + β²) / F − 1"]["F1"] --> and 5.66<!-- = price["(1 + β²) / F − 1"]["F2"] -->. It is
# $\beta^2$ for a perfect model, and higher for every other: **the worse the model, the more F-beta makes of a miss**.
# So beta says roughly how much more recall matters to you. It is not your price list; for that, see "What do the
# mistakes cost?" below.
#
# ### Exercise: fbeta
#
# *4 minutes, 3 points.* Write `fbeta(y_true, y_pred, beta)`, with the same kind of labels as in `f1`.
#
# - `beta` is a positive number. Above 1 it favours recall, below 1 precision.
# - Return 0.0 where a denominator is zero.
#
# <details><summary>Hint 1: start from F1</summary>
#
# Copy your `f1`. Where do $\beta^2$ and $1 + \beta^2$ go? With `beta=1` the answer must stay the same.
#
# </details>
# <details><summary>Hint 2: test it with extremes</summary>
#
# With `beta=100` the answer must be almost equal to recall, with `beta=0.01` almost equal to precision. If it is the
# other way round, $\beta^2$ stands at the wrong side.
#
# </details>


# %% exercise="fbeta"
def fbeta(y_true, y_pred, beta):
    """Return F-beta of the class 1, a number from 0 to 1; 0.0 where a denominator is zero."""
    ### BEGIN SOLUTION
    tp = np.sum((y_true == 1) & (y_pred == 1))
    fp = np.sum((y_true == 0) & (y_pred == 1))
    fn = np.sum((y_true == 1) & (y_pred == 0))
    total = (1 + beta**2) * tp + beta**2 * fn + fp
    if total == 0:
        return 0.0
    return float((1 + beta**2) * tp / total)
    ### END SOLUTION


# %% check="fbeta"
check("fbeta", fbeta)
### BEGIN HIDDEN TESTS
check("fbeta", fbeta, seed=4102)
### END HIDDEN TESTS

# %% [markdown]
# ## Several classes: three averages
#
# With K classes, take each in turn as the positive one, against the rest. That gives K values of F1. There are three
# usual ways to make one number of them.
#
# | Average | How | Who counts |
# |---|---|---|
# | **macro** | the plain mean of the K values | every class the same |
# | **weighted** | the mean, weighted by the support: how often each class occurs in the truth | every true label the same |
# | **micro** | add up TP, FP and FN over all classes, then one F1 | every prediction the same |
#
# When each sample has exactly one true and one predicted label, each mistake is a false positive of one class and a
# false negative of another. So the sums of FP and FN are equal, and **micro F1, micro precision and micro recall are
# all the accuracy**, under another name.
#
# Two tables from lesson 01 serve as examples: the cats and dogs, and the nine coloured samples.

# %%
cats_dogs = ConfusionMatrix(np.array([[45, 5], [3, 47]]), labels=["cat", "dog"])

nine_true = ["Red", "Black", "Red", "White", "White", "Red", "Black", "Red", "White"]
nine_pred = ["Red", "White", "Black", "White", "Red", "Red", "Black", "White", "Red"]
nine = ConfusionMatrix.from_labels(nine_true, nine_pred)


def class_scores(cm):
    """TP, FP, FN, support and F1 of every class."""
    rows = {}
    for name, support in zip(cm.labels, cm.support, strict=True):
        one = cm.one_vs_rest(name)
        rows[name] = {"TP": one.tp, "FP": one.fp, "FN": one.fn, "support": support, "F1": one.f1}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("class")


def averages(scores):
    """Macro, weighted and micro F1 from the scores of the classes."""
    tp, fp, fn = scores["TP"].sum(), scores["FP"].sum(), scores["FN"].sum()
    return {
        "macro": scores["F1"].mean(),
        "weighted": np.average(scores["F1"], weights=scores["support"]),
        "micro": 2 * tp / (2 * tp + fp + fn),
    }


photo_scores, nine_scores = class_scores(cats_dogs), class_scores(nine)
pd.concat({"photos": photo_scores, "nine samples": nine_scores}, names=["data"]).round(4)

# %%
pd.DataFrame({"photos": averages(photo_scores), "nine samples": averages(nine_scores)}).round(4)

# %% [markdown]
# The F1 of cat is 0.9184<!-- = photo_scores.F1["cat"] -->, of dog 0.9216<!-- = photo_scores.F1["dog"] -->. Macro and
# weighted F1 are the same, 0.9200<!-- = averages(photo_scores)["macro"] -->, because there are 50 of each; micro F1 is
# the accuracy, 0.92<!-- = averages(photo_scores)["micro"] -->.
#
# In the nine samples White has F1 1/3<!-- = nine_scores.F1["White"] -->, Black and Red have
# 1/2<!-- = nine_scores.F1["Black"] -->, and all three averages are 4/9<!-- = averages(nine_scores)["macro"] -->. That
# is partly chance. Here every class is predicted exactly as often as it occurs, so FP = FN in each, and weighted F1
# equals the accuracy; that macro F1 falls on the same value is a coincidence of these nine.
#
# Small examples with even classes make the three averages look alike. They part when a rare class fails.
#
# ### Exercise: macro_f1
#
# *6 minutes, 3 points.* Write `macro_f1(y_true, y_pred)`.
#
# - The arrays hold labels of any number of classes, whole numbers or text.
# - Return the plain mean of the F1 of the classes. The classes are **all labels that occur in `y_true` or in
#   `y_pred`**, as in scikit-learn. A class that is never found, or never true, has F1 0.0 and counts.
#
# <details><summary>Hint 1: one class</summary>
#
# For one class, `y_true == label` and `y_pred == label` are all you need. How many samples are in both? How many are in
# the first, how many in the second? F1 is twice the number in both, over the sum of the other two.
#
# </details>
# <details><summary>Hint 2: which classes?</summary>
#
# `np.union1d(y_true, y_pred)` lists the labels that occur in either, for numbers and for text.
#
# </details>


# %% exercise="macro_f1"
def macro_f1(y_true, y_pred):
    """Return the plain mean of the F1 of all classes that occur in y_true or y_pred."""
    ### BEGIN SOLUTION
    scores = []
    for label in np.union1d(y_true, y_pred):
        tp = np.sum((y_true == label) & (y_pred == label))
        scores.append(2 * tp / (np.sum(y_true == label) + np.sum(y_pred == label)))
    return float(np.mean(scores))
    ### END SOLUTION


# %% check="macro_f1"
check("macro_f1", macro_f1)
### BEGIN HIDDEN TESTS
check("macro_f1", macro_f1, seed=4103)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise: weighted_f1
#
# *3 minutes, 2 points.* Write `weighted_f1(y_true, y_pred)`, with labels of the same kind.
#
# - Return the mean of the F1 of the classes, each weighted by its **support**: how often it occurs in `y_true`.
# - A class that never occurs in `y_true` has weight 0.
#
# <details><summary>Hint 1</summary>
#
# The weights must add up to 1. Which share of the true labels is the class?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Your loop of `macro_f1` can stay. Multiply the F1 of each class by `np.mean(y_true == label)` and add up.
#
# </details>


# %% exercise="weighted_f1"
def weighted_f1(y_true, y_pred):
    """Return the mean of the F1 of the classes, weighted by how often each occurs in y_true."""
    ### BEGIN SOLUTION
    total = 0.0
    for label in np.unique(y_true):
        tp = np.sum((y_true == label) & (y_pred == label))
        score = 2 * tp / (np.sum(y_true == label) + np.sum(y_pred == label))
        total += score * np.mean(y_true == label)
    return float(total)
    ### END SOLUTION


# %% check="weighted_f1"
check("weighted_f1", weighted_f1)
### BEGIN HIDDEN TESTS
check("weighted_f1", weighted_f1, seed=4104)
### END HIDDEN TESTS

# %% quiz="FA-b2"
show_quiz("04_f1_and_averages", "FA-b2")

# %% [markdown]
# ## A class that collapses unseen
#
# Real data now: 8×8 images of handwritten digits, which ship with scikit-learn. We make the digit 8 rare, by keeping 40
# of its 174 images, and train a classifier on one half. It is a strongly regularised logistic regression.
# **Guess before you run the next two cells:** if accuracy is about 0.93, how bad can the worst digit be?

# %%
from sklearn.datasets import load_digits

images, digits = load_digits(return_X_y=True)
rng = np.random.default_rng(4)
some_eights = rng.choice(np.flatnonzero(digits == 8), size=40, replace=False)
kept = np.sort(np.concatenate([np.flatnonzero(digits != 8), some_eights]))
pixels_train, pixels_test, digits_train, digits_test = train_test_split(
    images[kept] / 16, digits[kept], test_size=0.5, stratify=digits[kept], random_state=0
)


def digit_model(weights=None):
    """Train on one half of the digits, with or without class weights; count on the other half."""
    model = LogisticRegression(C=0.1, class_weight=weights, solver="newton-cholesky", tol=1e-8)
    return ConfusionMatrix.from_labels(
        digits_test, model.fit(pixels_train, digits_train).predict(pixels_test)
    )


plain = digit_model()
plain_scores = class_scores(plain)
plain_averages = averages(plain_scores)
pd.Series(plain_averages, name="average F1").round(3).to_frame()

# %%
eights_found = wilson_interval(plain_scores["TP"][8], plain_scores["support"][8])
print(f"95 % interval of the recall of 8: {eights_found.low:.2f} to {eights_found.high:.2f}")
plain_scores.round(3)

# %% [markdown]
# The digit 8 has the lowest F1<!-- true: plain_scores.F1.idxmin() == 8 -->, **0.333**<!-- = plain_scores.F1[8] -->. Of
# its 20<!-- = plain_scores.support[8] --> images the model finds 4<!-- = plain_scores.TP[8] -->; the others are called
# something else. Micro F1, the accuracy, says **0.931**<!-- = plain_averages["micro"] -->, and weighted F1 says
# **0.927**<!-- = plain_averages["weighted"] -->: nothing to see. Macro F1 is
# **0.881**<!-- = plain_averages["macro"] -->. That is lower<!-- true: plain_averages["macro"] <
# plain_averages["weighted"] - 0.03 -->, and a hint to somebody who knows that the digits are otherwise around
# 0.94<!-- = plain_scores.F1.drop(8).mean() -->. But even macro F1 does not say *which* class has collapsed. Only the
# table does.
#
# - **Weighted and micro averages hide a rare class.** 8 makes up 2 %<!-- = plain_scores.support[8] / plain.total --> of
#   the test images. Miss every one of them, and the accuracy has lost no more than 0.02. (Other digits that are called
#   8 are another matter: these are mistakes on frequent digits, and there can be any number of them.)
# - **Macro shows it, diluted** by the number of classes. With a thousand classes a dozen can fail unseen.
# - **Macro is noisy**: it gives 20 images the same say as 90. The recall of 8 is 4/20, and its 95 % interval reaches
#   from 0.08<!-- = eights_found.low --> to 0.42<!-- = eights_found.high -->.
# - So print the classes, with their support, and name the worst. An average comes after that.
#
# Let the digit 8 fail in all degrees, and watch which average says so.

# %% jupyter={"source_hidden": true}
# Shows the explorable.
from autograder.explorer import explore

explore("averages", plain)

# %% [markdown]
# ## What do the mistakes cost?
#
# Accuracy takes both kinds of mistake for equally bad, and what F1 makes of them depends on the model. If you know what
# the mistakes cost, you need neither. The **expected cost** is the mean cost of a sample:
#
# $$\text{expected cost} = \frac{\text{cost}_{FP} \cdot FP + \text{cost}_{FN} \cdot FN}{n}$$
#
# Here are the three spam filters for two owners. To one a blocked real e-mail costs 5 and a spam message in the inbox
# 1. To the other, who clicks on everything, it is the reverse.

# %%
owners = {"hates lost e-mail (FP 5, FN 1)": (5, 1), "clicks on everything (FP 1, FN 5)": (1, 5)}
filter_counts = {
    name: ConfusionMatrix.from_labels(is_spam, y, labels=[0, 1]) for name, y in filters.items()
}
costs = pd.DataFrame(
    {
        owner: {name: (fp * cm.fp + fn * cm.fn) / cm.total for name, cm in filter_counts.items()}
        for owner, (fp, fn) in owners.items()
    }
).rename_axis("filter")
costs.assign(F1=mail_table["F1"]).round(3)

# %% [markdown]
# For the first owner the filter at 0.5 is the cheapest<!-- true: costs.iloc[:, 0].idxmin() == "threshold 0.5" -->,
# **0.045**<!-- = costs.iloc[1, 0] --> per e-mail. The one at 0.08 costs 0.251<!-- = costs.iloc[2, 0] -->, five times as
# much as no filter at all<!-- true: 4.5 < costs.iloc[2, 0] / costs.iloc[0, 0] < 5.5 -->, which costs
# 0.050<!-- = costs.iloc[0, 0] -->. For the second owner the eager filter is the cheapest<!-- true: costs.iloc[:,
# 1].idxmin() == "threshold 0.08" -->, **0.079**<!-- = costs.iloc[2, 1] --> against 0.105<!-- = costs.iloc[1, 1] -->,
# although its F1 is lower<!-- true: mail_table.F1["threshold 0.08"] < mail_table.F1["threshold 0.5"] -->. F1 cannot
# know who owns the inbox.
#
# ### Exercise: expected_cost
#
# *3 minutes, 2 points.* Write `expected_cost(y_true, y_pred, cost_fp, cost_fn)`.
#
# - The labels are 0 and 1, the positive class is 1. The costs are numbers of any unit.
# - Return the mean cost **per sample**. Right predictions cost nothing. There is at least one sample.
#
# <details><summary>Hint 1</summary>
#
# Which samples are false positives? Those with `y_true == 0` and `y_pred == 1`. Count them, count the false negatives,
# and mind which cost belongs to which.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Per sample means: divide by the number of all samples, `len(y_true)`, not by the number of mistakes.
#
# </details>


# %% exercise="expected_cost"
def expected_cost(y_true, y_pred, cost_fp, cost_fn):
    """Return the mean cost per sample, in the unit of the costs."""
    ### BEGIN SOLUTION
    fp = np.sum((y_true == 0) & (y_pred == 1))
    fn = np.sum((y_true == 1) & (y_pred == 0))
    return float((cost_fp * fp + cost_fn * fn) / len(y_true))
    ### END SOLUTION


# %% check="expected_cost"
check("expected_cost", expected_cost)
### BEGIN HIDDEN TESTS
check("expected_cost", expected_cost, seed=4105)
### END HIDDEN TESTS

# %% [markdown]
# ### There is no single best metric
#
# | Your situation | Report first | And beside it |
# |---|---|---|
# | Classes about even, mistakes about equal | accuracy | recall of every class |
# | Rare positive class, costs unknown | precision, recall and F1 of that class | the counts behind them |
# | A miss is clearly worse, costs vague | recall at a stated precision, or F2 | false alarms per day |
# | Costs known | expected cost | precision and recall, for those who know other costs |
# | Many classes, each matters | macro F1 | the worst classes, with support |
# | Many classes, traffic matters | weighted F1 or accuracy | the same per class |
# | You choose the threshold later | a ranking metric (lesson 05) | the numbers at two or three thresholds |
#
# Three questions lead to the row: **what is the task, what do the mistakes cost, how are the classes distributed?**
# Whichever you choose, report several. A single number can always be improved by making something else worse.

# %% quiz="FA-b3"
show_quiz("04_f1_and_averages", "FA-b3")

# %% [markdown]
# ## Class weights: tell the loss
#
# So far we have only measured. Can the model learn to take the rare class seriously? It minimises a loss, the mean over
# all training samples. A class with 20 samples among 800 has almost no say there, just as in the accuracy. **Class
# weights** give every sample of class $c$ the weight
#
# $$w_c = \frac{n}{K \cdot n_c}.$$
#
# Here $n$ counts all samples, $n_c$ those of class $c$ among them, and $K$ the classes. Then every class contributes
# the same to the loss, and the mean weight of a sample stays 1. scikit-learn calls it `class_weight="balanced"`; in
# PyTorch you pass such weights to `torch.nn.CrossEntropyLoss(weight=…)`.

# %%
from sklearn.utils.class_weight import compute_class_weight

every_digit = np.arange(10)
digit_weights = compute_class_weight("balanced", classes=every_digit, y=digits_train)
balanced = digit_model("balanced")
balanced_scores = class_scores(balanced)

pd.DataFrame(
    {
        name: {
            "accuracy": cm.accuracy,
            **{f"{kind} F1": averages(scores)[kind] for kind in ("weighted", "macro")},
            "recall of 8": cm.one_vs_rest(8).recall,
            "precision of 8": cm.one_vs_rest(8).precision,
        }
        for name, cm, scores in [
            ("no weights", plain, plain_scores),
            ("balanced", balanced, balanced_scores),
        ]
    }
).T.round(3)

# %% jupyter={"source_hidden": true}
# Draws F1 of each digit.
fig, ax = plt.subplots(figsize=(8, 3.8), layout="constrained")
ax.vlines(every_digit, plain_scores["F1"], balanced_scores["F1"], color="#999999", linewidth=2)
ax.plot(every_digit, plain_scores["F1"], "o", color=PALETTE[1], markersize=8, label="no weights")
ax.plot(every_digit, balanced_scores["F1"], "D", markerfacecolor="none", markeredgecolor=PALETTE[0], markeredgewidth=2,
        markersize=8, label="balanced weights")  # fmt: skip
ax.set_xticks(
    every_digit, [f"{d}\n({n})" for d, n in zip(every_digit, plain_scores["support"], strict=True)]
)
ax.set_xlabel("Digit (test images of it)")
ax.set_ylabel("F1 of the digit")
ax.set_ylim(0, 1.03)
ax.spines[["top", "right"]].set_visible(False)
ax.legend(loc="lower left", frameon=False)
show(
    fig,
    "F1 of each digit, without and with balanced class weights. Without weights the digit 8, with 20 test images, lies at "
    f"{plain_scores.F1[8]:.2f}, far below all others, which are between {plain_scores.F1.drop(8).min():.2f} and "
    f"{plain_scores.F1.drop(8).max():.2f}. With weights it rises to {balanced_scores.F1[8]:.2f}; the other digits move "
    "little.",
)

# %% [markdown]
# A sample of the digit 8 now counts 4.2<!-- = digit_weights[8] --> times in the loss, the others about
# 0.9<!-- = np.delete(digit_weights, 8).mean() --> times. The model finds 15<!-- = balanced_scores.TP[8] --> of the 20
# instead of 4<!-- = plain_scores.TP[8] -->, and its macro F1 rises from 0.881<!-- = averages(plain_scores)["macro"] -->
# to **0.928**<!-- = averages(balanced_scores)["macro"] -->. The price is paid in precision: some other digits are now
# called 8, and the precision of 8 falls from 1.000<!-- = plain.one_vs_rest(8).precision --> to
# 0.833<!-- = balanced.one_vs_rest(8).precision -->. Here even the accuracy gains a little<!-- true: 0 <
# balanced.accuracy - plain.accuracy < 0.02 -->, 0.939<!-- = balanced.accuracy --> after 0.931<!-- = plain.accuracy -->.
# Usually it falls.
#
# Three warnings. Weights change what the model's probabilities mean: it now acts as if all classes were equally common.
# Weights belong in training only: the test set must keep the distribution of real life. And "balanced" is a
# convention, not your costs: if a missed 8 costs ten times as much, put that into the weight.
#
# ### Exercise: class_weights
#
# *3 minutes, 2 points.* Write `class_weights(y)`.
#
# - `y` is a NumPy array of labels, whole numbers or text, with at least one label.
# - Return a **dict** from each class that occurs to its weight, n / (K · count). For `[0, 0, 0, 1]` it is
#   `{0: 0.667, 1: 2.0}`, not rounded.
#
# <details><summary>Hint 1</summary>
#
# `np.unique(y, return_counts=True)` gives the classes and their counts. K is the number of classes.
#
# </details>
# <details><summary>Hint 2</summary>
#
# A dict comprehension over `zip(classes, counts)` builds the answer in one line.
#
# </details>


# %% exercise="class_weights"
def class_weights(y):
    """Return a dict from each class in y to its weight, n / (K * count)."""
    ### BEGIN SOLUTION
    classes, counts = np.unique(y, return_counts=True)
    return {label: len(y) / (len(classes) * count) for label, count in zip(classes, counts, strict=True)}
    ### END SOLUTION


# %% check="class_weights"
check("class_weights", class_weights)
### BEGIN HIDDEN TESTS
check("class_weights", class_weights, seed=4106)
### END HIDDEN TESTS

# %% [markdown] further=true
# ## Going further: several labels at once
#
# A photo can show a cat *and* a dog. In **multi-label** data a sample has any number of labels, or none. Each label is
# a yes-or-no question of its own, and the truth is a table with a column for each.
#
# We give all the digits three properties: even; drawn with a closed loop (0, 6, 8, 9); prime. A 7 has one of them, an 8
# two, a 1 none. A classifier for each property answers from the pixels.

# %%
from sklearn.multioutput import MultiOutputClassifier

properties = ["even", "has a loop", "prime"]
answers = np.column_stack(
    [digits % 2 == 0, np.isin(digits, [0, 6, 8, 9]), np.isin(digits, [2, 3, 5, 7])]
).astype(int)
images_train, images_test, answers_train, answers_test = train_test_split(
    images / 16, answers, test_size=0.5, stratify=digits, random_state=0
)
tagger = MultiOutputClassifier(LogisticRegression(solver="newton-cholesky", tol=1e-8)).fit(
    images_train, answers_train
)
tags = tagger.predict(images_test)

print(classification_report(answers_test, tags, target_names=properties, zero_division=0.0))

# %%
all_right = accuracy_score(answers_test, tags)
cells_wrong = hamming_loss(answers_test, tags)
tag_f1 = {
    kind: f1_score(answers_test, tags, average=kind, zero_division=0.0)
    for kind in ("micro", "macro", "samples")
}
print(f"images with all labels right {all_right:.3f}, single answers that are wrong {cells_wrong:.3f}")

# %% [markdown]
# Read the report by rows. Each label has its own precision, recall and support. *Even* and *has a loop* have F1 of
# about 0.9, *prime* a little more<!-- true: f1_score(answers_test, tags, average=None).round(1).tolist() == [0.9] * 3
# and f1_score(answers_test, tags, average=None).argmax() == 2 -->. If one row were bad, this is where you would see it.
#
# What "accuracy" means has changed, and reports often do not say which they use.
#
# - **Subset accuracy** asks for all labels of an image to be right: **0.825**<!-- = all_right -->. `accuracy_score`
#   means this one.
# - **Hamming loss** is the share of single answers that are wrong: 0.075<!-- = cells_wrong -->. One minus it,
#   0.925<!-- = 1 - cells_wrong -->, is called accuracy too, and looks far better<!-- true: 1 - cells_wrong > all_right
#   + 0.05 -->.
# - **Micro F1**, 0.912<!-- = tag_f1["micro"] -->, is no longer the accuracy, because FP and FN are free of each other.
# - The **samples** average takes F1 of each image and then the mean: 0.812<!-- = tag_f1["samples"] -->. It is low here
#   for a dull reason. A 1 has none of the three labels, so its F1 is 0/0, and the policy makes it 0.0 even when the
#   model rightly says nothing. With the policy 1.0 the average would be
#   0.878<!-- = f1_score(answers_test, tags, average="samples", zero_division=1.0) -->.

# %% [markdown] further=true
# ## Going further: your own metrics module
#
# You have now written most of a metrics library. Make it one. The next cell collects every function that you have
# finished into a file of your own, `my_metrics.py`, beside this notebook: this lesson's from here, and those of lessons
# 01 to 03 from the notebooks in the folders next door. Open the file and read it. To add or change something by hand,
# delete its first line, and the cell never touches it again.

# %%
from autograder.capstone import collect, load, timed

mine_wanted = [
    "confusion_table",
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
]  # lessons 01 to 03
mine_wanted += ["f1", "fbeta", "macro_f1", "weighted_f1"]
collected = collect(mine_wanted, "my_metrics.py")

# %% [markdown]
# Now the race: one million rows, your functions, evalkit and scikit-learn. The labels are three classes with shares of
# 90, 8 and 2 %; where a function wants 0 and 1, class 2 is the positive one. A function of yours that runs longer than
# three seconds is stopped.
#
# **Predict first.** Will your numbers agree with the libraries' to the last digit? Who is fastest, and by what factor?

# %%
import sklearn.metrics

import evalkit

mine = load("my_metrics.py")

rng = np.random.default_rng(0)
rows = 1_000_000
truth = rng.choice(3, size=rows, p=[0.90, 0.08, 0.02])
guess = np.where(rng.random(rows) < 0.85, truth, rng.integers(0, 3, size=rows))
two = (truth == 2).astype(int), (guess == 2).astype(int)

# For each function: its arguments, and the same question put to a library.
race = {
    "confusion_table": (
        (truth, guess, np.arange(3)),
        lambda library: library.confusion_matrix(truth, guess),
    ),
    "accuracy": ((truth, guess), lambda library: library.accuracy_score(truth, guess)),
    "balanced_accuracy": ((truth, guess), lambda library: library.balanced_accuracy_score(truth, guess)),
    "precision": (two, lambda library: library.precision_score(*two)),
    "recall": (two, lambda library: library.recall_score(*two)),
    "f1": (two, lambda library: library.f1_score(*two)),
    "fbeta": ((*two, 2), lambda library: library.fbeta_score(*two, beta=2)),
    "macro_f1": ((truth, guess), lambda library: library.f1_score(truth, guess, average="macro")),
    "weighted_f1": ((truth, guess), lambda library: library.f1_score(truth, guess, average="weighted")),
}


def agree(value, other):
    """Whether two answers are the same numbers."""
    try:
        return bool(np.allclose(value, other, rtol=1e-9, atol=0))
    except (TypeError, ValueError):
        return False


results, seconds = {}, {}
for name, (arguments, ask) in race.items():
    ours, ours_seconds, _ = timed(ask, evalkit, seconds=20)
    peer, peer_seconds, _ = timed(ask, sklearn.metrics, seconds=20)
    seconds[name] = {"evalkit": ours_seconds, "scikit-learn": peer_seconds}
    verdict = "not written yet"
    if name in mine:
        value, seconds[name]["yours"], trouble = timed(mine[name], *arguments)
        verdict = trouble or ("agrees" if agree(value, peer) else "differs")
    results[name] = {
        "your value": verdict,
        "evalkit's value": "agrees" if agree(ours, peer) else "differs",
    }

seconds = pd.DataFrame(seconds).reindex(["yours", "evalkit", "scikit-learn"])
pd.DataFrame(results).T.join((1000 * seconds).T.round(1).add_suffix(", ms")).rename_axis("function")

# %% jupyter={"source_hidden": true}
# Draws the times.
fig, ax = plt.subplots(figsize=(8, 4.2), layout="constrained")
heights = np.arange(len(race))[::-1]
looks = {"yours": ("o", PALETTE[1]), "evalkit": ("D", PALETTE[0]), "scikit-learn": ("s", PALETTE[4])}
for name, (marker, colour) in looks.items():
    ax.plot(1000 * seconds.loc[name].to_numpy(dtype=float), heights, marker, color=colour, markeredgecolor="black",
            markersize=8, label=name)  # fmt: skip
ax.set_xscale("log")
ax.set_yticks(heights, list(race))
ax.grid(axis="x", alpha=0.3)
ax.set_xlabel("Time for one million rows (ms, logarithmic)")
ax.set_ylabel("Function")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
medians = (1000 * seconds.astype(float)).median(axis=1).dropna()
show(
    fig,
    "Time that each metric takes on one million rows, on a logarithmic axis, for your functions as far as they are "
    "written, evalkit and scikit-learn. The middle times of the functions are "
    + ", ".join(f"{name} {value:.0f} ms" for name, value in medians.items())
    + ".",
)

# %% [markdown]
# Things to look for in your own table:
#
# - **Values.** Where yours agree, you have rebuilt a library's metric. Where they differ, look for the cases that the
#   exercises test: empty denominators, classes that occur on one side only.
# - **NumPy against loops.** A Python loop visits a million rows one at a time and takes about a second; an expression
#   on whole arrays takes a small part of that.
# - **One count, many metrics.** evalkit reads the rows once, into a confusion matrix, and derives each metric from its
#   few cells. Your `macro_f1` may read them again for every class. With a thousand classes that decides.
# - **What the time buys.** The libraries check first: are the lengths equal, which labels occur, is anything missing? A
#   function that trusts its input may be faster, and is wrong without a word when the input is.

# %% [markdown]
# ## Quiz
#
# Eight questions. They do not count towards your points.

# %% quiz="04_f1_and_averages"
show_quiz("04_f1_and_averages")

# %% [markdown]
# ## Summary
#
# | Number | What it averages | What it hides |
# |---|---|---|
# | F1 | precision and recall, harmonically | the true negatives, and which of the two is low |
# | F-beta | the same; the larger beta, the more recall counts | the same |
# | micro | all predictions; for one label per sample it is the accuracy | rare classes |
# | weighted | the classes, by support | rare classes |
# | macro | the classes, each the same | which class is bad, and how few samples it has |
# | expected cost | the mistakes, by price | whatever has no price |
#
# - F1 needs the name of its positive class. On a common class even a useless model scores high.
# - Before any average, look at every class with its support.
# - Choose by task, costs and distribution, choose before you look at results, and report several metrics.
# - Class weights make a loss take rare classes seriously. They change recall, precision and the meaning of the scores.
# - With several labels per sample, say which accuracy you mean, and report label by label.
#
# Next, lesson 05: scores before they become labels.
#
# ## Further reading
#
# - [Myths about metrics](myths.md), a page of this course: what is taught about these numbers and is wrong, each
#   refuted in three lines of code.
# - C. J. van Rijsbergen, *Information Retrieval*, 2nd edition, Butterworths (1979), chapter 7. Where the F-measure
#   comes from, and in which sense beta says how much more recall matters than precision.
# - M. Sokolova and G. Lapalme, "A systematic analysis of performance measures for classification tasks", *Information
#   Processing & Management* 45 (2009), 427–437. Which metrics change when which cell of the table changes; micro and
#   macro averages; multi-label data.
# - D. J. Hand and P. Christen, "A note on using the F-measure for evaluating record linkage algorithms", *Statistics
#   and Computing* 28 (2018), 539–547. A criticism of F1: how it weighs precision against recall depends on the model.
# - C. Elkan, "The Foundations of Cost-Sensitive Learning", *Proceedings of the 17th International Joint Conference on
#   Artificial Intelligence* (2001). From costs to decisions and weights.
# - G. King and L. Zeng, "Logistic Regression in Rare Events Data", *Political Analysis* 9 (2001), 137–163. Weighting a
#   likelihood, and correcting the probabilities afterwards.
