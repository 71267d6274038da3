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
# # 02 · The accuracy paradox — a useless model with 95 % accuracy
#
# - **Minutes**: 49: reading 16, exercises 27, quiz 6
# - **Prerequisites**: lesson 01 (confusion matrix, positive class, threshold); NumPy: comparing arrays, taking a mean
#
# Most e-mails are not spam. A filter that never calls anything spam is therefore right most of the time, and of no
# use to anybody. In this lesson you build that filter, put a real one beside it, and learn what to ask whenever
# someone tells you an accuracy.

# %% [markdown]
# ## Objectives
#
# After this lesson you can
#
# - **AP.1** compute accuracy and error rate, and say what they count;
# - **AP.2** explain why a high accuracy can mislead when one class is rare;
# - **AP.3** compare a model with two baselines, the majority class and stratified chance;
# - **AP.4** look behind an accuracy with the recall of each class, and sum the recalls up in the balanced accuracy;
# - **AP.5** work out how rare the positive class must be for an accuracy and a recall to hold together, and judge
#   from that whether a model is fit for use.

# %% [markdown]
# ## A mailbox
#
# The e-mails of this lesson are generated: a seeded recipe draws sentences from three lists, and real mail and spam
# share most of their words. Nobody's mail is in it, and everybody gets the same mailbox.

# %%
import textwrap

import numpy as np

from autograder import check, show_quiz
from autograder.datasets import mailbox

mail = mailbox(n=2000, spam_rate=0.05, seed=0)
y = np.array(["not spam", "spam"])[mail.labels]

print(f"{len(y)} e-mails, {np.sum(y == 'spam')} of them spam")
for label in ["not spam", "spam"]:
    for place in np.flatnonzero(y == label)[1:3]:
        print()
        print(textwrap.fill(f"[{label}] {mail.texts[place]}", width=54))

# %% [markdown]
# Of 2,000<!-- = len(y) --> e-mails, 100<!-- = np.sum(y == "spam") --> are spam, so 95 %<!-- = np.mean(y != "spam") -->
# are not. **Spam is the positive class** throughout this lesson: it is what the filter looks for, rare or not.
#
# One half of the mailbox is for training, the other half for testing. `stratify` keeps the share of spam the same in
# both halves.

# %%
from sklearn.model_selection import train_test_split

texts_train, texts_test, y_train, y_test = train_test_split(
    mail.texts,
    y,
    test_size=0.5,
    stratify=y,
    random_state=3,
)
for name, labels in [("training", y_train), ("test", y_test)]:
    print(f"{name}: {np.sum(labels != 'spam')} not spam, {np.sum(labels == 'spam')} spam")

# %% [markdown]
# ## A filter that does nothing
#
# Our first filter reads nothing. It says "not spam" to every e-mail.

# %%
from evalkit import ConfusionMatrix

says_never = np.full(len(y_test), "not spam")
never = ConfusionMatrix.from_labels(y_test, says_never)
never

# %% [markdown]
# Rows are the truth, columns the prediction. **Accuracy** is the share of all predictions that are right, whatever
# the class:
#
# $$\text{accuracy} = \frac{\text{right predictions}}{\text{all predictions}}$$
#
# The filter is right 950<!-- = never.tn --> times in 1,000<!-- = never.total -->, so its accuracy is
# **0.95**<!-- = never.accuracy -->. Its **error rate**, the share of wrong predictions, is one minus that:
# 0.05<!-- = 1 - never.accuracy -->. The two say the same thing.
#
# Now look at the row of the spam. Its **recall**, the share of the spam that the filter found, is
# **0**<!-- = never.recall -->: all 50<!-- = never.fn --> are missed. (Lesson 03 is about recall. Here it is enough to
# know that the recall of a class is the share of its samples that the model gets right.)
#
# This is the accuracy paradox: a high accuracy, and a model that does nothing. The accuracy is not wrong. It answers
# the question "how often is the filter right?", and nobody who wants a spam filter asks that question.

# %% [markdown]
# ### Exercise: accuracy
#
# About 4 minutes, 2 points. Write `accuracy(y_true, y_pred)`.
#
# - `y_true` and `y_pred` are NumPy arrays of the same length with at least one label. Labels may be numbers or text,
#   of two classes or more.
# - Return the share of places where the two agree: a number between 0 and 1, not rounded.
#
# <details><summary>Hint 1</summary>
#
# Which places agree? Comparing two arrays of the same length gives one answer for each place.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `y_true == y_pred` is an array of `True` and `False`. In a sum `True` counts as 1 and `False` as 0. What do you
# divide the sum by?
#
# </details>


# %% exercise="accuracy"
def accuracy(y_true, y_pred):
    """Return the share of predictions that are right, as a number between 0 and 1."""
    ### BEGIN SOLUTION
    return float(np.mean(y_true == y_pred))
    ### END SOLUTION


# %% check="accuracy"
check("accuracy", accuracy)
### BEGIN HIDDEN TESTS
check("accuracy", accuracy, seed=201)
### END HIDDEN TESTS

# %% quiz="AP-b1"
show_quiz("02_accuracy_paradox", "AP-b1")

# %% [markdown]
# ## A filter that learned something
#
# The second filter is a real classifier. `CountVectorizer` counts the words of each e-mail, and `LogisticRegression`
# learns from the training half how much each word speaks for spam.

# %%
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

# This solver, run to the end, gives the same counts on every machine.
model = make_pipeline(CountVectorizer(), LogisticRegression(solver="newton-cholesky", tol=1e-8))
model.fit(texts_train, y_train)
scores = model.predict_proba(texts_test)[:, 1]  # the model's probability of spam

learned = ConfusionMatrix.from_scores(y_test, scores, threshold=0.5, positive="spam")

# %% [markdown]
# A threshold of 0.5 turns the scores into labels. The figure shows what comes of it.

# %%
from evalkit.plots import PALETTE, show

show(learned.plot(), learned.alt_text())

# %% [markdown]
# This filter finds 30<!-- = learned.tp --> of the 50<!-- = learned.tp + learned.fn --> spam messages and blocks
# 5<!-- = learned.fp --> real ones. It is a useful filter, if not a perfect one. And its accuracy is
# **0.975**<!-- = learned.accuracy -->, a mere 2.5<!-- = 100 * (learned.accuracy - never.accuracy) --> percentage points
# above the filter that does nothing.
#
# The scores allow another choice. A threshold of 0.08 calls an e-mail spam on a much smaller suspicion.

# %%
eager = ConfusionMatrix.from_scores(y_test, scores, threshold=0.08, positive="spam")
eager

# %% [markdown]
# Now 44<!-- = eager.tp --> of the 50<!-- = eager.tp + eager.fn --> spam messages are found, at the price of
# 49<!-- = eager.fp --> blocked real e-mails. The accuracy falls to **0.945**<!-- = eager.accuracy -->, *below* that of
# the filter that does nothing<!-- true: eager.accuracy < never.accuracy -->. Whether this threshold is a good one
# depends on what a blocked e-mail costs you; lesson 03 takes that up. But if you went by accuracy alone, you would
# throw this filter away and keep the useless one.

# %% jupyter={"source_hidden": true}
# Draws both numbers as bars.
import matplotlib.pyplot as plt

filters = {"never spam": never, "learned, threshold 0.5": learned, "learned, threshold 0.08": eager}
places = np.arange(len(filters))
bars = {
    "accuracy": [cm.accuracy for cm in filters.values()],
    "recall of spam": [cm.recall for cm in filters.values()],
}
looks = [
    {"color": PALETTE[0]},
    {"color": PALETTE[4], "hatch": "//", "edgecolor": "black"},
]

fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
for shift, (label, heights), look in zip([-0.2, 0.2], bars.items(), looks, strict=True):
    drawn = ax.bar(places + shift, heights, width=0.38, label=label, **look)
    ax.bar_label(drawn, fmt="%.3f", padding=2)
ax.set_xticks(places, [name.replace(", ", ",\n") for name in filters])
ax.set_ylim(0, 1.3)
ax.set_yticks(np.arange(0, 1.1, 0.25))
ax.set_ylabel("Share (0 to 1)")
ax.set_xlabel("Filter")
ax.set_title("Accuracy hardly moves, recall moves a lot")
ax.legend(loc="upper center", ncols=2)

alt = "Bar chart of the accuracy and the recall of spam of three filters."
for name, cm in filters.items():
    alt += f" {name}: {cm.accuracy:.3f} and {cm.recall:.3f}."
show(fig, alt)

# %% [markdown]
# ## Baselines first
#
# An accuracy on its own means little. 0.95 is poor where 0.95 comes for free, and splendid where guessing gives 0.5.
# So before you report a model, report what you get without one. Two baselines need no model at all.
#
# - **Majority class**: always predict the most frequent label of the training data. Its accuracy is the share of that
#   label. "Never spam" is this baseline.
# - **Stratified chance**: guess at random, each label as often as it occurs. If a share $p$ of the samples is positive,
#   the guess is right when both are positive, with probability $p \cdot p$, or both negative, with probability
#   $(1-p)(1-p)$. The expected accuracy is $p^2 + (1-p)^2$.
#
# Do not take the formula on trust. Let us guess the whole test set 2,000 times and see.

# %%
share = np.mean(y_test == "spam")
formula = share**2 + (1 - share) ** 2

rng = np.random.default_rng(0)
guessed_spam = rng.random((2000, len(y_test))) < share
simulated = (guessed_spam == (y_test == "spam")).mean(axis=1)

print(f"formula:    {formula:.4f}")
print(
    f"simulation: {simulated.mean():.4f} on average, from {simulated.min():.3f} to {simulated.max():.3f}"
)

# %% [markdown]
# The formula gives 0.905<!-- = formula -->, and the guesses come to 0.905<!-- = simulated.mean() --> on average. Blind
# guessing is right nine times in ten, because hardly anything is spam. The rarer the positive class, the closer both
# baselines come to 1<!-- true: np.all(np.diff(1 - np.arange(51) / 100) < 0) and np.all(np.diff([p**2 + (1 - p) ** 2 for
# p in np.arange(51) / 100]) < 0) -->:

# %% jupyter={"source_hidden": true}
# Draws both baselines.
shares = np.linspace(0, 0.5, 101)
majority = 1 - shares
chance = shares**2 + (1 - shares) ** 2

fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
ax.plot(100 * shares, majority, color=PALETTE[0], label="majority class: 1 − p")
ax.plot(100 * shares, chance, color=PALETTE[1], linestyle="--", label="chance: p² + (1 − p)²")
ax.axvline(100 * share, color="black", linestyle=":", linewidth=1)
ax.annotate("our mailbox", (100 * share, 0.55), xytext=(6, 0), textcoords="offset points")
ax.set_xlabel("Share p of the positive class (%)")
ax.set_ylabel("Accuracy (0 to 1)")
ax.set_ylim(0.45, 1.02)
ax.set_title("What you get without a model")
ax.legend()
show(
    fig,
    "Line chart of the accuracy of two baselines against the share of the positive class. "
    "Both start at 1 where there are no positives and end at 0.5 where half are positive. "
    "In between, stratified chance lies below the majority class. "
    f"At {share:.0%}, our mailbox, they are {formula:.3f} and {1 - share:.3f}.",
)

# %% [markdown]
# How do our own two filters fare in other mailboxes, with more spam or with less?

# %% jupyter={"source_hidden": true}
# Shows the explorable.
from autograder.explorer import explore

explore("prevalence", learned)

# %% [markdown]
# scikit-learn has both baselines in `DummyClassifier`. You write the first one yourself.
#
# ### Exercise: majority_baseline
#
# About 5 minutes, 2 points. Write `majority_baseline(y_train, n)`.
#
# - `y_train` is a NumPy array of labels, numbers or text, with at least one label.
# - Return an array of `n` predictions: the most frequent label of `y_train`, `n` times.
# - If several labels are equally frequent, take the smallest of them (for text: the first in the alphabet).
#
# <details><summary>Hint 1</summary>
#
# There are three steps. Count how often each label occurs, find the label with the largest count, repeat it `n` times.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `np.unique(y_train, return_counts=True)` gives two arrays, the distinct labels, sorted, and their counts. It works on
# text, too.
#
# </details>
# <details><summary>Hint 3</summary>
#
# `np.argmax` gives the *position* of the largest count, and the first such position in a tie. `np.full` makes an array
# of equal values.
#
# </details>


# %% exercise="majority_baseline"
def majority_baseline(y_train, n):
    """Return an array of n predictions: the most frequent label of y_train, the smallest in a tie."""
    ### BEGIN SOLUTION
    values, counts = np.unique(y_train, return_counts=True)
    return np.full(n, values[np.argmax(counts)])
    ### END SOLUTION


# %% check="majority_baseline"
check("majority_baseline", majority_baseline)
### BEGIN HIDDEN TESTS
check("majority_baseline", majority_baseline, seed=202)
### END HIDDEN TESTS

# %% quiz="AP-b2"
show_quiz("02_accuracy_paradox", "AP-b2")

# %% [markdown]
# ## Worse than nothing, and hard to see
#
# The rare class need not be the positive one. Here are 600 samples, 550 positive and 50 negative. A model gets 530 of
# the positives right and 5 of the negatives.

# %%
lopsided = ConfusionMatrix(np.array([[5, 45], [20, 530]]), labels=["negative", "positive"])
lopsided

# %% [markdown]
# Its accuracy is (530 + 5) / 600, that is 535/600<!-- = lopsided.accuracy --> or
# **0.8917**<!-- = lopsided.accuracy -->. That sounds like a decent model. Compare:
#
# - Always saying "positive" is right 550/600<!-- = lopsided.support.max() / lopsided.total --> of the time, or
#   0.9167<!-- = lopsided.support.max() / lopsided.total -->. The model is worse than the majority
#   baseline<!-- true: lopsided.accuracy < lopsided.support.max() / lopsided.total -->.
# - The recall of the large class is 0.96<!-- = lopsided.one_vs_rest("positive").recall -->, the recall of the small
#   class **0.10**<!-- = lopsided.one_vs_rest("negative").recall -->. Nine in ten of the negatives are called positive.
#
# A mean over all samples is a mean over the large class, with a little of the small one mixed in.

# %% [markdown]
# ## Balanced accuracy
#
# The remedy is to ask class by class. First compute the recall of each class, and then, if you need a single number,
# take the mean of the recalls. That is the **balanced accuracy**. Each class has one vote, whatever its size.
#
# For the 600 samples it is the mean of 530/550 and 5/50: **0.532**<!-- = lopsided.balanced_accuracy -->. A model that
# always gives the same answer has a recall of 1 for one class and 0 for the others, so with two classes its balanced
# accuracy is exactly 0.5. Stratified chance has 0.5, too, on average. Balanced accuracy shows at once that this model
# is hardly better than either<!-- true: 0.5 < lopsided.balanced_accuracy < 0.55 -->.

# %%
print(f"{'':30}recall of")
print(f"{'filter':16}{'accuracy':>10}{'not spam':>10}{'spam':>7}{'balanced':>10}")
for name, cm in filters.items():
    real, spam = np.diag(cm.normalize("true"))  # each row divided by its sum: recalls on the diagonal
    numbers = f"{cm.accuracy:10.3f}{real:10.3f}{spam:7.3f}{cm.balanced_accuracy:10.3f}"
    print(f"{name.removeprefix('learned, '):16}{numbers}")

# %% [markdown]
# By balanced accuracy the filter that does nothing comes last<!-- true: never.balanced_accuracy ==
# min(cm.balanced_accuracy for cm in filters.values()) --> with 0.5<!-- = never.balanced_accuracy -->, the learned
# filter has 0.797<!-- = learned.balanced_accuracy -->, and with the low threshold
# 0.914<!-- = eager.balanced_accuracy -->.
#
# Balanced accuracy is no cure-all. It treats a missed spam message as 19<!-- = never.support[0] / never.support[1] -->
# times as bad as a blocked real e-mail, simply because real e-mails are
# 19<!-- = never.support[0] / never.support[1] --> times as many. Your own costs may be very different. Report the
# recall of each class beside it. And mind the support: with 50<!-- = never.support[1] --> spam messages in the test
# set, one of them more or less moves the recall by 0.02<!-- = 1 / never.support[1] -->.
#
# ### Exercise: balanced_accuracy
#
# About 7 minutes, 3 points. Write `balanced_accuracy(y_true, y_pred)`.
#
# - `y_true` and `y_pred` are NumPy arrays of whole numbers, of the same length, with at least one label.
# - Return the mean of the recalls of the classes that occur in `y_true`. There may be one class, two or more.
# - A class that occurs only in `y_pred` has no samples to find, so it has no recall: leave it out.
#
# <details><summary>Hint 1</summary>
#
# Work out one class by hand first: which samples truly belong to it, and what share of them was predicted right?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `np.unique(y_true)` lists the classes to visit. `members = y_true == label` marks the samples of one class.
#
# </details>
# <details><summary>Hint 3</summary>
#
# `y_pred[members]` holds the predictions for that class. Their share that equals `label` is its recall. Collect the
# recalls in a list and take the mean at the end.
#
# </details>


# %% exercise="balanced_accuracy"
def balanced_accuracy(y_true, y_pred):
    """Return the mean of the recalls of the classes in y_true, as a number between 0 and 1."""
    ### BEGIN SOLUTION
    recalls = []
    for label in np.unique(y_true):
        members = y_true == label
        recalls.append(np.mean(y_pred[members] == label))
    return float(np.mean(recalls))
    ### END SOLUTION


# %% check="balanced_accuracy"
check("balanced_accuracy", balanced_accuracy)
### BEGIN HIDDEN TESTS
check("balanced_accuracy", balanced_accuracy, seed=203)
### END HIDDEN TESTS

# %% quiz="AP-b3"
show_quiz("02_accuracy_paradox", "AP-b3")

# %% [markdown]
# ## "98 % accuracy, 12 % recall on cats: ship it?"
#
# A colleague has a model that finds cats in photos and reports two numbers: accuracy 0.98, recall of cats 0.12. No
# confusion matrix, no counts. You can still learn a good deal from the two numbers, with a little algebra.
#
# Let $p$ be the **prevalence**, the share of photos that show a cat. There are two kinds of error: missed cats and
# false alarms. The model misses a share $1 - \text{recall}$ of the cats, so missed cats make up
# $p\,(1 - \text{recall})$ of all photos. All errors together make up $1 - \text{accuracy}$. The missed cats cannot be
# more than all errors:
#
# $$p\,(1 - \text{recall}) \le 1 - \text{accuracy}$$
#
# $$\Longrightarrow\quad p \le \frac{1 - \text{accuracy}}{1 - \text{recall}} = \frac{0.02}{0.88}$$
#
# So at most **2.27 %**<!-- = (1 - 0.98) / (1 - 0.12) --> of the photos show a cat. The table goes through 10,000 photos
# and asks, for several numbers of cats, how many of the 200 errors are missed cats and how many are left for false
# alarms.

# %%
photos, errors = 10_000, 200
print("                    left for      accuracy of")
print("cats  found missed  false alarms  “never cat”")
for cats in [50, 100, 200, 225, 250]:
    missed = (1 - 0.12) * cats
    left = f"{errors - missed:.0f}" if missed <= errors else "impossible"
    print(f"{cats:4}{cats - missed:7.0f}{missed:7.0f}{left:>14}{1 - cats / photos:13.4f}")

# %% [markdown]
# With 250 cats, the missed ones alone would be 220<!-- = (1 - 0.12) * 250 -->, more than all 200 errors. That cannot
# be. With 225 cats it is just possible<!-- true: (1 - 0.12) * 225 <= errors < (1 - 0.12) * 228 -->, and "never cat"
# would then have an accuracy of 0.9775<!-- = 1 - 225 / photos -->: almost the same without a model. With 200 cats, 2 %
# of the photos, "never cat" equals the model, and with fewer cats it wins. However many cats there are,
# 88 %<!-- = 1 - 0.12 --> of them are missed.
#
# That was a recall below the accuracy. With a recall **above** the accuracy the missed cats set no limit, but the cats
# that were found do: every one of them is a right prediction. They make up $p \cdot \text{recall}$ of all photos, and
# all right predictions together make up the accuracy:
#
# $$p \cdot \text{recall} \le \text{accuracy}
# \qquad\Longrightarrow\qquad
# p \le \frac{\text{accuracy}}{\text{recall}}$$
#
# A model with accuracy 0.6 and recall 0.9 can have at most 2/3<!-- = 0.6 / 0.9 --> of positives: with more of them, the
# hits alone would be more than all right predictions. Both limits hold always, and the smaller one counts. For a recall
# below the accuracy that is the first, for a recall above it the second. If the two are equal, there is no limit: the
# prevalence can be anything up to 1.
#
# ### Exercise: max_prevalence
#
# About 5 minutes, 3 points. Write `max_prevalence(accuracy, recall)`.
#
# - `accuracy` and `recall` are numbers between 0 and 1. (Inside this function the name `accuracy` is a number, not the
#   function that you wrote above.)
# - Return the largest share of positives that both can hold with: a number between 0 and 1, not rounded.
# - Return 1.0 when the two numbers set no limit, that is when they are equal. (Both can be 0, and both can be 1: mind
#   what you divide by.)
#
# <details><summary>Hint 1</summary>
#
# Two inequalities give two fractions: missed cats are errors, found cats are right predictions. Which of the two is
# below 1 when the recall is below the accuracy, and which when it is above?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Three cases, each with a `return` of its own: recall below accuracy, recall above accuracy, both equal. In the first
# the recall is not 1, in the second it is not 0, so nothing is divided by zero.
#
# </details>


# %% exercise="max_prevalence"
def max_prevalence(accuracy, recall):
    """Return the largest share of positives, from 0 to 1, that this accuracy and this recall allow."""
    ### BEGIN SOLUTION
    if recall < accuracy:
        return (1 - accuracy) / (1 - recall)
    if recall > accuracy:
        return accuracy / recall
    return 1.0
    ### END SOLUTION


# %% check="max_prevalence"
check("max_prevalence", max_prevalence)
### BEGIN HIDDEN TESTS
check("max_prevalence", max_prevalence, seed=204)
### END HIDDEN TESTS

# %% [markdown]
# ### Written answer: is the model fit for production?
#
# About 6 minutes, 4 points, graded by hand (AP.2, AP.5). Your colleague wants to ship the cat finder with accuracy 0.98
# and recall 0.12 on cats. Answer in five to eight sentences.
#
# | Points | What the answer does |
# |---|---|
# | 1 | Decides, and says for which use. "It depends" is fine if you say on what. |
# | 1 | Compares the accuracy of 0.98 with a baseline, in numbers. |
# | 1 | Says what the two numbers imply: how rare cats are at most, and how many of 100 cats the user loses. |
# | 1 | Names two things to measure or change before deciding anew, each with a reason. |

# %% [markdown] manual="ship_it" points=4
# No, not as a cat finder: of 100 cats it finds 12 and loses 88, and finding cats is its only purpose.
#
# The accuracy does not speak for it. With accuracy 0.98 and recall 0.12, at most 0.02 / 0.88 = 2.27 % of the photos
# show a cat. A program that never says "cat" would then be right at least 97.7 % of the time, and more often than our
# model if fewer than 2 % of the photos show cats. So nearly all of the 98 % comes from photos without a cat.
#
# Before deciding anew I would ask for the confusion matrix with its counts, because 12 % of 25 cats is three cats and
# hardly a measurement. I would also try lower thresholds on the model's scores and look at how many false alarms each
# extra cat costs, because the threshold of 0.5 may simply be too high for a rare class. There is one use that I could
# accept: if a person looks at every hit, false alarms are few and missed cats cost nothing, then 12 cats are better
# than none.

# %% [markdown]
# ## Quiz
#
# Eight questions. They do not count towards your points.

# %% quiz="02_accuracy_paradox"
show_quiz("02_accuracy_paradox")

# %% [markdown]
# ## Summary
#
# - Accuracy is the share of right predictions. The error rate is one minus the accuracy.
# - When one class is rare, accuracy is mostly about the other one. "Never spam" has an accuracy of
#   0.95<!-- = never.accuracy --> and a recall of 0<!-- = never.recall -->, and a filter that finds
#   44<!-- = eager.tp --> of 50<!-- = eager.tp + eager.fn --> spam messages can have a lower one.
# - Baselines first: the majority class, and stratified chance with $p^2 + (1-p)^2$. Say in which metric a model beats
#   them. A filter with less accuracy than "never spam" can be useful, as ours with 0.945<!-- = eager.accuracy --> is;
#   only its accuracy is then no argument for it.
# - Ask for the recall of every class and for its support. Balanced accuracy is the mean of the recalls; a constant
#   answer gets 0.5 with two classes.
# - Accuracy and recall together limit the prevalence: to $(1 - \text{accuracy}) / (1 - \text{recall})$ if the recall is
#   below the accuracy, to $\text{accuracy} / \text{recall}$ if it is above.
#
# Next, lesson 03: two questions about "yes", precision and recall.

# %% [markdown]
# ## Further reading
#
# - [Myths about metrics](myths.md), a page of this course: what is taught about these numbers and is wrong, each
#   refuted in three lines of code.
# - Foster Provost and Tom Fawcett, *Data Science for Business*, O'Reilly, 2013. Chapter 7, "Decision Analytic Thinking
#   I: What Is a Good Model?", on plain accuracy, unbalanced classes and baselines.
# - Haibo He and Edwardo A. Garcia, "Learning from Imbalanced Data", *IEEE Transactions on Knowledge and Data
#   Engineering* 21 (9), 2009. A survey of what to do when one class is rare, and of how to measure it.
# - Kay H. Brodersen, Cheng Soon Ong, Klaas E. Stephan and Joachim M. Buhmann, "The Balanced Accuracy and Its Posterior
#   Distribution", *20th International Conference on Pattern Recognition*, 2010. Balanced accuracy with its uncertainty.
# - scikit-learn's user guide, "Metrics and scoring: quantifying the quality of predictions", with the sections on
#   balanced accuracy and on dummy estimators.
