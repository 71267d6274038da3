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
# # 01 · The confusion matrix — counting right and wrong
#
# | | |
# |---|---|
# | **Minutes** | 53: reading 22, exercises 25, quiz 6 |
# | **Prerequisites** | Python functions; NumPy arrays: comparing two of them, adding up truth values. No statistics. |
#
# A model has sorted your photos, and somebody asks: is it any good? "It is right 92 times in 100" is an answer, but a
# thin one. Which eight did it get wrong? Are they all of one kind? Does it matter?
#
# The **confusion matrix** is the table that answers these questions. There is no mathematics in it, only counting.
# Nearly every metric in the lessons that follow is a fraction made from its cells, so time spent here is repaid.

# %% [markdown]
# ## Objectives
#
# When you have finished, you can
#
# - **CM.1** count true and false positives and negatives for a class that you name,
# - **CM.2** turn scores into labels with a threshold, and say what a higher threshold does,
# - **CM.3** build a confusion table, and find out how to read one that somebody else built,
# - **CM.4** look at one class against the rest in a table of many classes,
# - **CM.5** read accuracy, precision and recall off a table,
# - **CM.6** find the most confused pair, and choose between normalising by row and by column.

# %% [markdown]
# ## 1 · A hundred photos
#
# A ResNet, a kind of neural network, has looked at a hundred photos, each of a cat or of a dog. For each photo there
# are two labels. The **true label** says what the photo shows. The **predicted label** says what the model made of it.

# %%
import numpy as np

from autograder import check, show_quiz
from autograder.explorer import About, Best, Predict, show_explorer

y_true = np.repeat(["cat", "dog"], [50, 50])
y_pred = np.repeat(["cat", "dog", "dog", "cat"], [45, 5, 47, 3])
print("photos 43 to 52")
print("true      ", *y_true[43:53])
print("predicted ", *y_pred[43:53])

# %% [markdown]
# Ten of the hundred are printed above. Now count. Take the photos one by one, and keep a tally of the pairs (true
# label, predicted label). Python has a tally of its own:

# %%
from collections import Counter

tally = Counter(zip(y_true.tolist(), y_pred.tolist(), strict=True))
tally

# %% [markdown]
# Write the four counts into a table with one row for each true label and one column for each predicted label, and add
# up the rows and the columns:
#
# | | predicted cat | predicted dog | together |
# |---|---:|---:|---:|
# | true cat | 45<!-- = tally["cat", "cat"] --> | 5<!-- = tally["cat", "dog"] --> | 50<!-- = sum(y_true == "cat") --> |
# | true dog | 3<!-- = tally["dog", "cat"] --> | 47<!-- = tally["dog", "dog"] --> | 50<!-- = sum(y_true == "dog") --> |
# | together | 48<!-- = sum(y_pred == "cat") --> | 52<!-- = sum(y_pred == "dog") --> | 100<!-- = len(y_true) --> |
#
# That is a confusion matrix. **Rows are the truth, columns the prediction**: so it is in the whole of this course, on
# every table and in every figure.
#
# Three ways to read it, and a metric for each:
#
# - **Down the diagonal** stand the photos that the model got right: 45<!-- = tally["cat", "cat"] --> +
#   47<!-- = tally["dog", "dog"] --> = 92<!-- = sum(y_true == y_pred) --> of 100<!-- = len(y_true) -->. Their share is
#   the **accuracy**, 0.92<!-- = np.mean(y_true == y_pred) -->.
# - **Along a row** stand all photos that show the same animal. Of the 50<!-- = sum(y_true == "cat") --> cats,
#   45<!-- = tally["cat", "cat"] --> were found. That share is the **recall** of the class cat:
#   45/50<!-- = np.mean(y_pred[y_true == "cat"] == "cat") -->.
# - **Down a column** stand all photos that the model called by the same name. Of the
#   48<!-- = sum(y_pred == "cat") --> called cat, 45<!-- = tally["cat", "cat"] --> are cats. That share is the
#   **precision** of the class cat: 45/48<!-- = np.mean(y_true[y_pred == "cat"] == "cat") -->.
#
# Now the same by code. `evalkit` is the library of this course. Where scikit-learn has the same function, the two share
# its name, its arguments and its results.

# %%
from evalkit import ConfusionMatrix

cm = ConfusionMatrix.from_labels(y_true, y_pred)
cm

# %%
print(f"accuracy        {cm.accuracy:.4f}")
for label in cm.labels:
    one = cm.one_vs_rest(label)
    print(f"precision({label})  {one.precision:.4f}   recall({label})  {one.recall:.4f}")

# %% [markdown]
# Precision of cat is **0.9375**<!-- = cm.one_vs_rest("cat").precision --> and recall
# **0.90**<!-- = cm.one_vs_rest("cat").recall -->. For dog it is the other way round: precision
# **0.9038**<!-- = cm.one_vs_rest("dog").precision -->, recall **0.94**<!-- = cm.one_vs_rest("dog").recall -->. This
# model likes the word dog a little too much<!-- true: cm.table[:, 1].sum() > cm.support[1] -->: it says it
# 52<!-- = cm.table[:, 1].sum() --> times for 50<!-- = cm.support[1] --> dogs. So it misses few dogs, and a few of its
# dogs are cats. One number, the accuracy, could not have told you. Lesson 03 is all about precision and recall; here it
# is enough to know where they live in the table.
#
# As a picture:

# %%
from evalkit.plots import PALETTE, show

show(cm.plot(), cm.alt_text())

# %% quiz="CM-b1"
show_quiz("01_confusion_matrix", "CM-b1")

# %% [markdown]
# ## 2 · Two words for every outcome
#
# Often one class is the one that you look for: the disease, the fraud, the cat. It is called the **positive class**.
# "Positive" does not mean good. It means "the thing I asked about".
#
# Each sample then ends in one of four cells, and each cell has a name of two words:
#
# | | predicted positive | predicted negative |
# |---|---|---|
# | **truly positive** | true positive, **TP**: a hit | false negative, **FN**: a miss |
# | **truly negative** | false positive, **FP**: a false alarm | true negative, **TN**: rightly left alone |
#
# Read the name from the right. The **second word is what the model said**. The **first word says whether that was
# right**. A false negative: the model said negative, and that was false. So the sample is positive in truth. The usual
# slip is to read the second word as the truth.
#
# Let cat be the positive class. Then the table of section 1 gives TP 45<!-- = cm.one_vs_rest("cat").tp -->,
# FN 5<!-- = cm.one_vs_rest("cat").fn -->, FP 3<!-- = cm.one_vs_rest("cat").fp --> and
# TN 47<!-- = cm.one_vs_rest("cat").tn -->.
#
# > **Predict before you run.** Let dog be the positive class instead. Same model, same photos. Write down your four
# > counts, then run the cell.

# %%
for positive in ["cat", "dog"]:
    one = cm.one_vs_rest(positive)
    print(f"positive class {positive}:  TP {one.tp:2}  FP {one.fp:2}  FN {one.fn:2}  TN {one.tn:2}")

# %% [markdown]
# TP changed places with TN, and FP with FN<!-- true: (lambda cat, dog: cat.tp == dog.tn and cat.fp ==
# dog.fn)(cm.one_vs_rest("cat"), cm.one_vs_rest("dog")) -->. A cat called dog was a miss while you were looking for
# cats; now that you are looking for dogs it is a false alarm. Nothing about the model has changed. So a sentence such
# as "the model has 5 false negatives" says nothing until the positive class is named.

# %% [markdown]
# ### Exercise: confusion_counts
#
# *About 7 minutes.* Write the function that counts the four outcomes of a class. The labels may be numbers or text, and
# there may be more than two of them: then everything that is not the positive class counts as negative.
#
# <details><summary>Hint 1: how to begin</summary>
#
# Two questions decide the cell of a sample. Is it truly positive? Was it called positive? Each is a comparison of one
# array with `positive`, and gives an array of truth values.
#
# </details>
# <details><summary>Hint 2: how to join the two questions</summary>
#
# For arrays, "and" is written `&` and "not" is written `~`. Put parentheses around each comparison:
# `(a == x) & (b == x)`. `np.sum` of truth values counts those that are true.
#
# </details>
# <details><summary>Hint 3: "The truth value of an array is ambiguous"</summary>
#
# You used `and`, `or` or `if` on a whole array. Use `&` and `|`, or go through the samples in a loop with
# `for truth, prediction in zip(y_true, y_pred):`.
#
# </details>


# %% exercise="confusion_counts"
def confusion_counts(y_true, y_pred, positive):
    """Count the four outcomes of one class against all others.

    Parameters
    ----------
    y_true, y_pred : NumPy arrays of shape (n,)
        True and predicted labels: whole numbers, or text.
    positive : int or str
        The positive class. Every other label is negative.

    Returns
    -------
    tuple of four ints
        (tp, fp, fn, tn), in this order.
        If the positive class occurs nowhere in `y_true`, tp and fn are 0.
    """
    ### BEGIN SOLUTION
    truly = y_true == positive
    called = y_pred == positive
    tp = np.sum(truly & called)
    fp = np.sum(~truly & called)
    fn = np.sum(truly & ~called)
    tn = np.sum(~truly & ~called)
    return int(tp), int(fp), int(fn), int(tn)
    ### END SOLUTION


# %% check="confusion_counts"
check("confusion_counts", confusion_counts)
### BEGIN HIDDEN TESTS
check("confusion_counts", confusion_counts, seed=11)
### END HIDDEN TESTS

# %% [markdown]
# ## 3 · From scores to labels
#
# Most models do not say "cat" or "dog". They give a **score**: a number that is higher the surer they are of the
# positive class. You make a label of it with a **threshold**. The rule of this course:
#
# > A score **at or above** the threshold is positive.
#
# Here are seven samples, positive (P) or negative (N), with their scores.

# %%
truth = np.array(["P", "N", "N", "P", "P", "P", "N"])
scores = np.array([0.6, 0.2, 0.55, 0.9, 0.4, 0.8, 0.5])

at_half = ConfusionMatrix.from_scores(truth, scores, threshold=0.5, positive="P")
at_half

# %% [markdown]
# By hand, with the threshold 0.5:
#
# | sample | score | truth | predicted | outcome |
# |---:|---:|---|---|---|
# | 1 | 0.6<!-- = scores[0] --> | P | P | TP |
# | 2 | 0.2<!-- = scores[1] --> | N | N | TN |
# | 3 | 0.55<!-- = scores[2] --> | N | P | **FP**, a false alarm |
# | 4 | 0.9<!-- = scores[3] --> | P | P | TP |
# | 5 | 0.4<!-- = scores[4] --> | P | N | **FN**, a miss |
# | 6 | 0.8<!-- = scores[5] --> | P | P | TP |
# | 7 | 0.5<!-- = scores[6] --> | N | P | **FP**, a false alarm |
#
# So 3<!-- = at_half.fp + at_half.fn --> are wrong: TP 3<!-- = at_half.tp -->, FN 1<!-- = at_half.fn -->,
# FP 2<!-- = at_half.fp -->, TN 1<!-- = at_half.tn -->. The accuracy is 4/7<!-- = at_half.accuracy -->, or
# 0.571<!-- = at_half.accuracy -->. Look at sample 7: its score is exactly the threshold, so by our rule it is called
# positive.
#
# Before you read on: how many are wrong if the threshold is 0.6 instead? Count.

# %%
at_or_above = np.where(scores >= 0.6, "P", "N")
strictly_above = np.where(scores > 0.6, "P", "N")
print("truth          ", *truth)
print("score >= 0.6   ", *at_or_above, "  wrong:", np.sum(at_or_above != truth))
print("score >  0.6   ", *strictly_above, "  wrong:", np.sum(strictly_above != truth))

# %% [markdown]
# With "at or above", **1**<!-- = sum(at_or_above != truth) --> sample is wrong. With "above", it is
# **2**<!-- = sum(strictly_above != truth) -->. The difference is sample 1. Its score is 0.6<!-- = scores[0] -->, a
# **tie** with the threshold, and one sign in the code decides it.
#
# If you counted two, you are in good company. One published tutorial works through these very samples. It defines the
# positive class as "at or above the threshold", and then counts two wrong at 0.6. It has counted with `>`. The tie is
# why.
#
# Ties are not rare. Scores that are rounded, or counted, or voted by ten trees, tie all the time. So say which rule you
# use, and use the same rule in the text, in the code and in production.

# %% [markdown]
# What does the threshold do to the two kinds of error? The upper part of the figure shows the seven scores on a line.
# The lower part slides the threshold along that line and counts.

# %% jupyter={"source_hidden": true}
# Draws the scores and both counts.
import matplotlib.pyplot as plt

thresholds = np.round(np.arange(0.1, 1.0, 0.01), 2)
tables = [ConfusionMatrix.from_scores(truth, scores, t, positive="P") for t in thresholds]
misses = np.array([table.fn for table in tables])
false_alarms = np.array([table.fp for table in tables])

fig, (line, counts) = plt.subplots(2, sharex=True, figsize=(7, 4.6), height_ratios=[1, 2])
line.scatter(scores[truth == "P"], [1, 1, 1, 1], s=80, marker="o", color=PALETTE[0])
line.scatter(scores[truth == "N"], [0, 0, 0], s=80, marker="s", color="white", edgecolor=PALETTE[1])
line.set(ylim=(-0.6, 1.6), yticks=[0, 1], yticklabels=["negative", "positive"], ylabel="True label")
counts.step(thresholds, misses, color=PALETTE[0], linewidth=2.5)
counts.step(thresholds, false_alarms, color=PALETTE[1], linewidth=2.5, linestyle="--")
counts.text(0.78, 3, "misses (FN)", color=PALETTE[0], ha="right", va="center")
counts.text(0.22, 3, "false alarms (FP)", color=PALETTE[1], ha="left", va="center")
counts.set(xlabel="Threshold (score)", ylabel="Number of samples", ylim=(-0.2, 4.3), yticks=range(5))
for axes in (line, counts):
    axes.grid(axis="x", alpha=0.3)
show(
    fig,
    "Two panels over the score. Above, seven samples: positives at 0.4, 0.6, 0.8 and 0.9, "
    "negatives at 0.2, 0.5 and 0.55. Below, as the threshold rises from 0.1 to 0.99, "
    f"misses climb in steps from {misses[0]} to {misses[-1]}, "
    f"and false alarms fall in steps from {false_alarms[0]} to {false_alarms[-1]}.",
)

# %% [markdown]
# Now move the threshold yourself, with the mouse or with the arrow keys. Positives stand above the line, negatives below
# it, and what lies in the shaded part is called positive.

# %% jupyter={"source_hidden": true}
# Shows the explorer.
lowest = scores[truth == "P"].min()
accepted = int(np.sum(scores[truth == "N"] >= lowest))
why = (
    f"To miss none, the threshold may not lie above {lowest:g}, the lowest score of a positive. "
    f"{accepted} negatives have scores as high as that, or higher."
)
show_explorer(
    (truth == "P").astype(int),
    scores,
    title="Seven samples",
    predict=Predict(
        "How many false alarms must you accept to miss no positive?",
        {str(count): why for count in range(4)},
        right=str(accepted),
    ),
    goals={
        "Only one sample is wrong.": lambda at: at.fp + at.fn == 1,
        "No positive is missed, with as few false alarms as possible.": Best(
            lambda at: at.fn == 0, by=lambda at: -at.fp
        ),
        "No false alarm, with as few misses as possible.": Best(
            lambda at: at.fp == 0, by=lambda at: -at.fn
        ),
    },
    curves=False,
    about=About("01_confusion_matrix", "seven_samples", ["CM.2"]),
)

# %% [markdown]
# As the threshold rises, samples can only move from "called positive" to "called negative". So misses (FN) rise or stay
# the same, and never fall<!-- true: np.all(np.diff(misses) >= 0) -->. False alarms (FP) fall or stay the same, and
# never rise<!-- true: np.all(np.diff(false_alarms) <= 0) -->. You buy one with the other. Where to stop depends on what
# each costs, and that is a question for lessons 03 and 05. Note that 0.5 is nothing special.

# %% [markdown]
# ### Exercise: threshold_labels
#
# *About 4 minutes.* Turn scores into labels 0 and 1. Scores need not lie between 0 and 1.
#
# <details><summary>Hint 1: how to begin</summary>
#
# Comparing an array with a number compares every element: `scores >= 0.3` is an array of truth values. Which of the
# comparison signs means "at or above"?
#
# </details>
# <details><summary>Hint 2: from truth values to 0 and 1</summary>
#
# `some_array.astype(int)` turns True into 1 and False into 0. `np.where(condition, 1, 0)` does it, too.
#
# </details>


# %% exercise="threshold_labels"
def threshold_labels(scores, threshold):
    """Turn scores into labels.

    Parameters
    ----------
    scores : NumPy array of float, shape (n,)
        Higher means more likely positive. Any real numbers.
    threshold : float
        A score at or above it is positive; so a tie is positive.

    Returns
    -------
    NumPy array of int, shape (n,)
        1 for positive and 0 for negative, one label for each score, in the same order.
    """
    ### BEGIN SOLUTION
    return (scores >= threshold).astype(int)
    ### END SOLUTION


# %% check="threshold_labels"
check("threshold_labels", threshold_labels)
### BEGIN HIDDEN TESTS
check("threshold_labels", threshold_labels, seed=12)
### END HIDDEN TESTS

# %% quiz="CM-b2"
show_quiz("01_confusion_matrix", "CM-b2")

# %% [markdown]
# ## 4 · Which corner is which?
#
# In section 2 the true positives stood at the top left. Many books print the table like that. Now look at what a
# library returns for the seven samples, with the labels 1 (positive) and 0 (negative) and the threshold 0.5.

# %%
from evalkit import confusion_matrix

y_seven = (truth == "P").astype(int)
called_seven = (scores >= 0.5).astype(int)
table = confusion_matrix(y_seven, called_seven)
table

# %% [markdown]
# The 3<!-- = table[1, 1] --> true positives stand at the **bottom right**. `evalkit` does as scikit-learn does: rows
# and columns follow the **sorted** labels, 0 comes before 1, and so the negatives come first:
#
# | | predicted 0 | predicted 1 |
# |---|---|---|
# | **true 0** | TN 1<!-- = table[0, 0] --> | FP 2<!-- = table[0, 1] --> |
# | **true 1** | FN 1<!-- = table[1, 0] --> | TP 3<!-- = table[1, 1] --> |
#
# Take the top left corner for the true positives, and you report 1<!-- = table[0, 0] --> where 3<!-- = table[1, 1] -->
# is right. With text labels the alphabet decides: for `"cat"` and `"dog"`, cat stands first; for `"healthy"` and
# `"sick"`, sick stands last. To set the order yourself, give `labels`:

# %%
confusion_matrix(y_seven, called_seven, labels=[1, 0])

# %% [markdown]
# If a table has the wrong order already, **flip both axes**: `np.flip(table)` reverses the rows and the columns.
# Flipping one axis alone mixes up right and wrong. Transposing, `table.T`, is something else again: it exchanges FP and
# FN, and leaves TP and TN where they are.

# %%
print("both axes flipped\n", np.flip(table), "\n\ntransposed\n", table.T)

# %% [markdown]
# Some authors put the prediction in the rows. Here is how to find out, without trusting anybody: count the classes in
# the truth. The seven samples hold 4<!-- = y_seven.sum() --> positives and 3<!-- = (1 - y_seven).sum() --> negatives.
# If the *rows* add up to these numbers, rows are the truth. If the *columns* do, the table lies on its side. (If both
# do, this test cannot tell.)

# %%
print("row sums   ", table.sum(axis=1))
print("column sums", table.sum(axis=0))

# %% [markdown]
# The row sums are 3<!-- = table.sum(axis=1)[0] --> and 4<!-- = table.sum(axis=1)[1] -->: the numbers of negatives and
# of positives, in this order. So rows are the truth, and the negatives come first.

# %% [markdown]
# ### Exercise: confusion_table
#
# *About 8 minutes.* Build the table yourself, for any number of classes, in the order that the caller asks for.
#
# <details><summary>Hint 1: how to begin</summary>
#
# Start from a table of zeros with K rows and K columns, `np.zeros((k, k), dtype=int)`. Then make the tally of section
# 1: one mark for each sample, in the row of its true label and the column of its predicted label.
#
# </details>
# <details><summary>Hint 2: which row is the row of a label?</summary>
#
# Its position in `labels`. `list(labels).index(label)` finds it. So does a dict, made once before the loop:
# `position = {label: i for i, label in enumerate(labels)}`.
#
# </details>
# <details><summary>Hint 3: another way, cell by cell</summary>
#
# Cell (i, j) holds the number of samples whose true label is `labels[i]` and whose predicted label is `labels[j]`. That
# is the sum of two comparisons joined by `&`, inside two loops.
#
# </details>


# %% exercise="confusion_table"
def confusion_table(y_true, y_pred, labels):
    """Count how often each true label was given each predicted label.

    Parameters
    ----------
    y_true, y_pred : NumPy arrays of shape (n,)
        True and predicted labels: whole numbers, or text. All of them occur in `labels`.
    labels : NumPy array of shape (K,)
        The labels in the order wanted, all different.

    Returns
    -------
    NumPy array of int, shape (K, K)
        In row i and column j: how many samples have the true label `labels[i]` and the predicted label
        `labels[j]`. A label that no sample has still gets its row and its column, of zeros.
    """
    ### BEGIN SOLUTION
    position = {label: i for i, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels)), dtype=int)
    for truth, prediction in zip(y_true, y_pred, strict=True):
        table[position[truth], position[prediction]] += 1
    return table
    ### END SOLUTION


# %% check="confusion_table"
check("confusion_table", confusion_table)
### BEGIN HIDDEN TESTS
check("confusion_table", confusion_table, seed=13)
### END HIDDEN TESTS

# %% [markdown]
# ## 5 · Three colours: one against the rest
#
# With three classes there is no single positive class. But you can ask about each class in turn: is it this one, or
# not? That is called **one-vs-rest**. Nine samples:

# %%
colour_true = np.array(["Red", "Black", "Red", "White", "White", "Red", "Black", "Red", "White"])
colour_pred = np.array(["Red", "White", "Black", "White", "Red", "Red", "Black", "White", "Red"])
colours = ConfusionMatrix.from_labels(colour_true, colour_pred, labels=["White", "Black", "Red"])
colours

# %% [markdown]
# Take **White**, by hand. Put a finger on the cell where row White and column White cross.
#
# - That cell is **TP**: 1<!-- = colours.one_vs_rest("White").tp -->.
# - The rest of the **row** is white in truth, but was called something else. Misses:
#   **FN** = 0<!-- = colours.table[0, 1] --> + 2<!-- = colours.table[0, 2] --> =
#   2<!-- = colours.one_vs_rest("White").fn -->.
# - The rest of the **column** was called White, but is something else. False alarms:
#   **FP** = 1<!-- = colours.table[1, 0] --> + 1<!-- = colours.table[2, 0] --> =
#   2<!-- = colours.one_vs_rest("White").fp -->.
# - **Everything else** is neither white nor called White: **TN** = 9<!-- = colours.total --> −
#   1<!-- = colours.table[0, 0] --> − 2<!-- = colours.one_vs_rest("White").fn --> −
#   2<!-- = colours.one_vs_rest("White").fp --> = 4<!-- = colours.one_vs_rest("White").tn -->.
#
# One of these four is a red sample that was called Black<!-- true: colours.table[2, 1] == 1 -->. A wrong answer, and
# yet a *true negative*: the question was only "white or not?", and "not white" is right.

# %%
for colour in colours.labels:
    one = colours.one_vs_rest(colour)
    print(f"{colour:6} TP {one.tp}  FN {one.fn}  FP {one.fp}  TN {one.tn}")
print(f"accuracy {colours.accuracy:.3f}")

# %% [markdown]
# The accuracy is 4/9<!-- = colours.accuracy -->: the diagonal over nine samples. The three TP add up to the
# diagonal<!-- true: sum(colours.one_vs_rest(c).tp for c in colours.labels) == np.trace(colours.table) -->. The three TN
# add up to 13<!-- = sum(colours.one_vs_rest(colour).tn for colour in colours.labels) -->, more than there are
# samples<!-- true: sum(colours.one_vs_rest(c).tn for c in colours.labels) > colours.total -->, because a sample is a
# true negative once for every class that it neither is nor was called. So read the accuracy from the whole table, never
# from sums over the small ones.

# %% [markdown]
# ### Exercise: one_vs_rest
#
# *About 6 minutes.* From a table of any size to the four counts of one class.
#
# <details><summary>Hint 1: how to begin</summary>
#
# `table[k]` is row k and `table[:, k]` is column k. `.sum()` adds up an array of any shape.
#
# </details>
# <details><summary>Hint 2: the cell in the middle</summary>
#
# The sum of the whole row contains the true positives. Only the *rest* of the row are misses. The same holds for the
# column.
#
# </details>
# <details><summary>Hint 3: the true negatives</summary>
#
# Every sample is one of the four. So what is left of all samples after the other three?
#
# </details>


# %% exercise="one_vs_rest"
def one_vs_rest(table, k):
    """Count the four outcomes of class k against all other classes together.

    Parameters
    ----------
    table : NumPy array of int, shape (K, K)
        A confusion table. Rows are the truth, columns the prediction.
    k : int
        The position of the positive class, counted from 0: row k and column k.

    Returns
    -------
    tuple of four ints
        (tp, fp, fn, tn), in this order.
        If row k holds only zeros (no sample is truly of class k), tp and fn are 0.
    """
    ### BEGIN SOLUTION
    tp = table[k, k]
    fp = table[:, k].sum() - tp
    fn = table[k].sum() - tp
    tn = table.sum() - tp - fp - fn
    return int(tp), int(fp), int(fn), int(tn)
    ### END SOLUTION


# %% check="one_vs_rest"
check("one_vs_rest", one_vs_rest)
### BEGIN HIDDEN TESTS
check("one_vs_rest", one_vs_rest, seed=14)
### END HIDDEN TESTS

# %% quiz="CM-b3"
show_quiz("01_confusion_matrix", "CM-b3")

# %% [markdown]
# ## 6 · A bigger table
#
# Ten classes now, and a real model on real data: handwritten digits that come with scikit-learn, 8 × 8 pixels each. A
# simple classifier (naive Bayes) learns from the first thousand and is then shown the others. Which two digits would
# *you* mix up most often? Make a guess.

# %%
from sklearn.datasets import load_digits
from sklearn.naive_bayes import GaussianNB

images, digit = load_digits(return_X_y=True)
model = GaussianNB().fit(images[:1000], digit[:1000])
digit_true, digit_pred = digit[1000:], model.predict(images[1000:])
digits = ConfusionMatrix.from_labels(digit_true, digit_pred)
show(digits.plot(), digits.alt_text())

# %% [markdown]
# A good table is dark on the diagonal and pale elsewhere, and this one mostly is<!-- true: (digits.table.argmax(axis=1)
# == np.arange(10)).all() -->. The accuracy is 0.79<!-- = digits.accuracy --> on 797<!-- = digits.total --> digits. The
# interesting part is what is *not* on the diagonal. To find the **most confused pair**, blank out the diagonal and look
# for the largest cell:

# %%
off_diagonal = digits.table.copy()
np.fill_diagonal(off_diagonal, 0)
row, column = np.unravel_index(off_diagonal.argmax(), off_diagonal.shape)
print(f"true {digits.labels[row]} called {digits.labels[column]}: {off_diagonal[row, column]} times")
print(f"true {digits.labels[column]} called {digits.labels[row]}: {off_diagonal[column, row]} times")

# %% [markdown]
# The model calls a 4<!-- = row --> a 7<!-- = column -->: 24<!-- = off_diagonal.max() --> times. The other way round it
# happens 0<!-- = off_diagonal[column, row] --> times. Confusion has a direction<!-- true: off_diagonal[row, column] >
# off_diagonal[column, row] -->, and the table keeps it. Look at some of these fours, and you have an idea of what to do
# next:

# %% jupyter={"source_hidden": true}
# Draws six of these fours.
mixed_up = np.flatnonzero((digit_true == row) & (digit_pred == column))[:6]
fig, axes = plt.subplots(1, 6, figsize=(7, 1.6), layout="constrained")
for axis, i in zip(axes, mixed_up, strict=True):
    axis.imshow(images[1000 + i].reshape(8, 8), cmap="Greys")
    axis.set(xticks=[], yticks=[], title=f"true {digit_true[i]}, called {digit_pred[i]}")
    axis.title.set_fontsize(8)
show(
    fig,
    f"Six handwritten digits of 8 by 8 pixels. All show a {row} and were called {column} by the model.",
)

# %% [markdown]
# ### Normalise: by row or by column?
#
# Counts mislead when classes differ in size, so tables are often shown as shares. There are two ways, and they answer
# two different questions.
#
# - **By row**: divide each row by its sum. Each row adds up to 1. "Of the true fours, what share was called 7?" The
#   diagonal is the **recall** of each class.
# - **By column**: divide each column by its sum. Each column adds up to 1. "Of all that was called 7, what share is a
#   4?" The diagonal is the **precision** of each class.

# %%
by_row, by_column = digits.normalize("true"), digits.normalize("pred")
for normalize, shares, title in [
    ("true", by_row, "Normalised by row: each row adds up to 1"),
    ("pred", by_column, "Normalised by column: each column adds up to 1"),
]:
    fig = digits.plot(normalize=normalize)
    fig.axes[0].set_title(title)
    diagonal = ", ".join(f"{share:.2f}" for share in shares.diagonal())
    show(fig, f"{title}. Rows are the truth, columns the prediction. Diagonal, 0 to 9: {diagonal}.")

# %% [markdown]
# Compare the 4 and the 7. By row, the 4 is the worse of the two<!-- true: by_row[4, 4] < by_row[7, 7] -->: only
# 69 %<!-- = by_row[4, 4] --> of the fours were found, against 78 %<!-- = by_row[7, 7] --> of the sevens. By column it
# is the other way round<!-- true: by_column[4, 4] > by_column[7, 7] -->: when this model says 4, it is right
# 100 %<!-- = by_column[4, 4] --> of the time, and when it says 7, only 58 %<!-- = by_column[7, 7] -->. The same cell is
# behind both: the 24<!-- = digits.table[4, 7] --> fours that were called 7 are missing from the fours, and they spoil
# the sevens. Neither share is the right one. Each answers its own question, so a normalised table must say which way it
# was normalised.
#
# A good habit: show the counts beside the shares. A share of 0.50 may be two samples of four.

# %% [markdown]
# ## Quiz
#
# Eight questions. Each answer comes with its reason.

# %% quiz="01_confusion_matrix"
show_quiz("01_confusion_matrix")

# %% [markdown]
# ## Summary
#
# - A confusion matrix counts how often each true label was given each predicted label. **Rows are the truth, columns
#   the prediction.**
# - The second word of "false negative" is what the model said; the first says whether that was right. Name the positive
#   class, or the four names mean nothing.
# - A score **at or above** the threshold is positive. A higher threshold never lowers the number of misses and never
#   raises the number of false alarms. Say what happens to a tie.
# - Libraries sort the labels, so for 0 and 1 the true positives stand at the bottom right. Give `labels`, or check the
#   row sums.
# - One-vs-rest: the rest of the row are misses, the rest of the column are false alarms, everything else is a true
#   negative.
# - Normalised by row, the diagonal is recall; by column, it is precision.
#
# Next, lesson 02: a model that is right 95 % of the time and of no use to anybody.

# %% [markdown]
# ## Further reading
#
# - [Myths about metrics](myths.md), a page of this course: what is taught about these numbers and is wrong, each
#   refuted in three lines of code.
# - Tom Fawcett, "An introduction to ROC analysis", *Pattern Recognition Letters* 27 (2006), pages 861–874. Section 2
#   sets out the four outcomes and the metrics made from them.
# - Stephen V. Stehman, "Selecting and interpreting measures of thematic classification accuracy", *Remote Sensing of
#   Environment* 62 (1997), pages 77–89. Confusion matrices of maps: many classes, and what rows and columns are for.
# - scikit-learn user guide, "Metrics and scoring: quantifying the quality of predictions", section "Confusion matrix".
