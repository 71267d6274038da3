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
# # 07 · Training curves — watching a model learn
#
# | | |
# |---|---|
# | **Minutes** | 60: reading 23, exercises 31, quiz 6 |
# | **Prerequisites** | Lessons 01 to 04: accuracy, F1, macro averages. What an epoch, a loss and a learning rate are. A little PyTorch helps you to read the cells, but you need not write any. |
#
# One number at the end of training tells you how good the model is. It does not tell you why it is no better, whether
# it was better an hour ago, or whether the number can be believed. Curves do: measure after every epoch, on the data
# that the model learns from and on data that it does not.

# %% [markdown]
# ## Objectives
#
# After this lesson you can
#
# - **TC.1** measure loss and metrics after every epoch, and say why both training and validation data are needed;
# - **TC.2** tell from two curves whether a model is overfitting, underfitting, unstable or learning well;
# - **TC.3** choose the epoch whose weights to keep;
# - **TC.4** stop training in time with patience, and say what each setting does;
# - **TC.5** explain why a model must be tracked by more than accuracy;
# - **TC.6** say how far a small validation set can mislead, and use k-fold cross-validation;
# - **TC.7** find test samples that leaked into the training data, and explain what they do to every metric.
#
# Epochs are counted from 0, as Python indexes arrays: epoch 0 is the first.

# %%
import textwrap
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from autograder import check, show_quiz
from evalkit import accuracy_score, f1_score, training, wilson_interval
from evalkit.analysis import leakage
from evalkit.plots import PALETTE, alt_text, show

# Networks this small are fastest on one thread, and one thread gives the same result on every run.
torch.set_num_threads(1)
images, digits = load_digits(return_X_y=True)

# %% [markdown]
# ## Three parts of the data
#
# scikit-learn ships 1,797<!-- = len(digits) --> images of handwritten digits, 8 × 8 pixels each. We divide them:
#
# - **training data**: the model learns from them;
# - **validation data**: we look at them after every epoch and choose by them: the epoch, the learning rate, the model;
# - **test data**: nobody looks at them until everything is chosen.
#
# Why the third part? Whoever chooses the best of many epochs by the validation data also picks the luckiest. Its
# validation score is therefore a little too good. Only data that took no part in any choice are fair.

# %%
# stratify keeps the share of every digit the same in all parts.
others, test_rows = train_test_split(
    np.arange(len(digits)), test_size=400, random_state=7, stratify=digits
)
train_rows, valid_rows = train_test_split(others, test_size=397, random_state=7, stratify=digits[others])


def tensors(rows, labels=digits):
    """Images with values from 0 to 1, and their labels, as torch tensors."""
    return torch.tensor(images[rows] / 16, dtype=torch.float32), torch.tensor(labels[rows])


train, valid, test = tensors(train_rows), tensors(valid_rows), tensors(test_rows)
pd.Series(
    {"training": len(train_rows), "validation": len(valid_rows), "test": len(test_rows)}, name="images"
).to_frame()

# %% [markdown]
# ## One run, epoch by epoch
#
# Our network has one hidden layer. `training.fit` trains it and writes down, after every epoch, the loss and each
# metric that we name, for both parts. Any metric of evalkit will do.
#
# **Predict first:** which will be lower at the end, the loss on training or on validation data? Why?


# %%
def make_model(hidden, outputs=10, seed=0):
    """A network with one hidden layer. The seed fixes its initial weights."""
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Linear(64, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, outputs)
    )


def adam(rate):
    return partial(torch.optim.Adam, lr=rate)


def sgd(rate, momentum=0.0):
    return partial(torch.optim.SGD, lr=rate, momentum=momentum)


good = training.fit(
    make_model(64), train, valid, epochs=30, optimizer=adam(0.005), metrics={"accuracy": accuracy_score}
)

# %%
fig = good.plot()
show(fig, alt_text(fig))

# %%
chosen_epochs = [0, 1, 2, 5, 10, 20, 29]
pd.DataFrame(
    {
        "training loss": good.train["loss"],
        "validation loss": good.valid["loss"],
        "training accuracy": good.train["accuracy"],
        "validation accuracy": good.valid["accuracy"],
    }
).rename_axis("epoch").loc[chosen_epochs].round(3)

# %% [markdown]
# Three things to notice.
#
# - Both losses fall, fast at first and then slowly. The validation loss ends **above** the training
#   loss<!-- true: good.valid["loss"][-1] > good.train["loss"][-1] -->: the model knows the training images, the others
#   it has never seen. Such a gap is normal.
# - At the very start the validation loss is *lower*<!-- true: good.valid["loss"][0] < good.train["loss"][0] -->. That
#   is no miracle. The training values are collected while the epoch runs, with a model that is still learning; the
#   validation values come after it, from the better model.
# - The loss still falls while the accuracy hardly moves<!-- true: good.valid["loss"][-1] < 0.75 *
#   good.valid["loss"][10] and good.valid["accuracy"][-1] - good.valid["accuracy"][10] < 0.04 -->. The loss also rewards
#   surer right answers; accuracy only counts.

# %% [markdown]
# ## Four pictures
#
# Now spoil the training on purpose, in three ways:
#
# - **too little to learn from**: 150 images, 30 of them with a label drawn at random, and a large network;
# - **too small a learning rate**;
# - **too large a learning rate**.
#
# **Predict first:** sketch the two loss curves that you expect for each.

# %%
few_rows = train_rows[:150]
mislabelled = digits.copy()
label_rng = np.random.default_rng(0)
mislabelled[label_rng.choice(few_rows, size=30, replace=False)] = label_rng.integers(0, 10, size=30)
few = tensors(few_rows, mislabelled)

quietly = partial(training.fit, valid=valid, metrics={"accuracy": accuracy_score}, progress=False)
overfitted_model = make_model(256)
runs = {
    "learning well": good,
    "overfitting": quietly(overfitted_model, few, epochs=120, optimizer=adam(0.003)),
    "underfitting": quietly(make_model(64), train, epochs=30, optimizer=sgd(0.002)),
    "unstable": quietly(make_model(64), train, epochs=30, optimizer=sgd(1.5, momentum=0.9)),
}

# %% jupyter={"source_hidden": true}
# Draws four runs.
fig, axes = plt.subplots(2, 2, figsize=(8, 6), layout="constrained")
for ax, (title, run) in zip(axes.flat, runs.items(), strict=True):
    ax.plot(run.train["loss"], color=PALETTE[1], linestyle="--", linewidth=2, label="training")
    ax.plot(run.valid["loss"], color=PALETTE[0], linewidth=2, label="validation")
    ax.axvline(run.best_epoch, color="#6b6b6b", linestyle=":", label="lowest validation loss")
    ax.set(title=title, xlabel="Epoch (the first is 0)", ylabel="Loss (mean per image)", ylim=(0, 2.9))
    ax.spines[["top", "right"]].set_visible(False)
axes[0, 0].legend(frameon=False)


def course(values):
    return f"from {values[0]:.2f} over {min(values):.2f} at the lowest to {values[-1]:.2f}"


show(
    fig,
    "Four panels, loss against epoch. "
    + " ".join(
        f"{title.capitalize()}: training loss {course(run.train['loss'])}, validation loss {course(run.valid['loss'])}."
        for title, run in runs.items()
    ),
)

# %% [markdown]
# | Picture | Training loss | Validation loss | What to do |
# |---|---|---|---|
# | learning well | falls far | falls with it, stays a little above | keep going while it falls |
# | overfitting | falls on and on | turns and **rises** | stop at the turn; more data, cleaner labels, a smaller model |
# | underfitting | stays **high** | stays as high | train longer, higher learning rate, larger model, better inputs |
# | unstable | goes **up and down** | goes up and down | lower the learning rate |
#
# Overfitting is the one that training data alone cannot show: there the model gets better and
# better<!-- true: runs["overfitting"].train["loss"][-1] < 0.1 < 1.3 * min(runs["overfitting"].valid["loss"]) <
# runs["overfitting"].valid["loss"][-1] -->. It learns the wrong labels by heart, one by one, and with each it gets
# worse at the rest. Underfitting is the one that needs no validation data to be seen.
#
# evalkit puts the same reading into words. It measures everything against the loss before the first step, so that the
# unit of the loss does not matter:

# %%
for title, run in runs.items():
    diagnosis = training.diagnose(run)
    print(f"{title} -> {diagnosis.label}\n{textwrap.fill(' '.join(diagnosis.evidence), width=54)}\n")

# %% [markdown]
# ### Exercise: diagnose
#
# *6 minutes, 4 points.* A rule that everybody applies in the same way needs numbers. Write
# `diagnose(train_loss, val_loss)`.
#
# - `train_loss` and `val_loss` are NumPy arrays of the same length, one loss for each epoch.
# - Return `"overfitting"` if the **last** validation loss is at least 10 % above the **lowest** validation loss.
# - Otherwise return `"underfitting"` if the **last** training loss is more than half of the **first** training loss.
# - Otherwise return `"good"`.
#
# The order matters: where the first two both hold, the answer is `"overfitting"`.
#
# <details><summary>Hint 1: 10 % above</summary>
#
# 10 % above 0.60 is 0.66. What do you multiply by?
#
# </details>
# <details><summary>Hint 2: first and last</summary>
#
# `train_loss[0]` is the first value, `train_loss[-1]` the last. `np.min` or the method `.min()` gives the lowest.
#
# </details>
# <details><summary>Hint 3: "otherwise"</summary>
#
# A function that has returned is done. So three `return` statements one after another, the first two behind an `if`,
# are tested in that order.
#
# </details>


# %% exercise="diagnose"
def diagnose(train_loss, val_loss):
    """Return "overfitting", "underfitting" or "good".

    Overfitting: the last validation loss is at least 10 % above the lowest validation loss.
    Underfitting: not that, and the last training loss is more than half of the first training loss.
    """
    ### BEGIN SOLUTION
    if val_loss[-1] >= 1.1 * np.min(val_loss):
        return "overfitting"
    if train_loss[-1] > 0.5 * train_loss[0]:
        return "underfitting"
    return "good"
    ### END SOLUTION


# %% check="diagnose"
check("diagnose", diagnose)
### BEGIN HIDDEN TESTS
check("diagnose", diagnose, seed=7101)
### END HIDDEN TESTS

# %% quiz="TC-b1"
show_quiz("07_training_curves", "TC-b1")

# %% [markdown]
# ## Which epoch?
#
# In the overfitting run the last epoch is not the best one. Keep the weights of the epoch with the lowest validation
# loss. How much is that worth? We train the same network twice: to the end, and with the best weights put back. Then,
# and only then, we look at the test data.

# %%
stopped_model = make_model(256)
stopped = quietly(
    stopped_model,
    few,
    epochs=120,
    optimizer=adam(0.003),
    early_stopping=training.EarlyStopping(patience=8),
)


def predict(model, data):
    """The label with the highest output for each image."""
    with torch.inference_mode():
        return model(data[0]).argmax(dim=1).numpy()


def test_scores(model):
    predicted = predict(model, test)
    with torch.inference_mode():
        loss = torch.nn.functional.cross_entropy(model(test[0]), test[1]).item()
    return {"test loss": loss, "test accuracy": accuracy_score(test[1], predicted)}


overfitting = runs["overfitting"]
at_the_end, at_the_best = test_scores(overfitted_model), test_scores(stopped_model)
pd.DataFrame(
    {
        "trained to the end": {
            "epochs run": overfitting.epochs,
            "weights of epoch": overfitting.epochs - 1,
            **at_the_end,
        },
        "stopped early": {
            "epochs run": stopped.epochs,
            "weights of epoch": stopped.best_epoch,
            **at_the_best,
        },
    }
).T.round(3).convert_dtypes()

# %% [markdown]
# Less than a third of the epochs<!-- true: stopped.epochs < overfitting.epochs / 3 -->, and a better
# model<!-- true: at_the_best["test accuracy"] > at_the_end["test accuracy"] and at_the_best["test loss"] <
# at_the_end["test loss"] -->. The lowest validation loss and the highest validation accuracy need not come in the same
# epoch: the loss punishes answers that are sure and wrong, accuracy does not care how sure. Decide beforehand which of
# them you monitor.
#
# ### Exercise: best_epoch
#
# *4 minutes, 3 points.* Write `best_epoch(val_loss)`.
#
# - `val_loss` is a NumPy array with one validation loss for each epoch.
# - Return the index of the epoch with the lowest loss, counted from 0. If the lowest value occurs several times, return
#   the first.
# - A loss can be NaN, when a number overflowed. Such an epoch is never the best. At least one loss is a number.
#
# <details><summary>Hint 1: an index, not a value</summary>
#
# `np.argmin` gives the position of the smallest value, the first if there are several.
#
# </details>
# <details><summary>Hint 2: NaN</summary>
#
# `np.argmin(np.array([3.0, np.nan, 1.0]))` is 1: NumPy reports the NaN. Look for a relative of `np.argmin` whose name
# begins with nan, or replace the NaN by something that is never the smallest.
#
# </details>


# %% exercise="best_epoch"
def best_epoch(val_loss):
    """Return the index of the first epoch with the lowest loss, counted from 0.

    An epoch with NaN is never the best.
    """
    ### BEGIN SOLUTION
    return int(np.nanargmin(val_loss))
    ### END SOLUTION


# %% check="best_epoch"
check("best_epoch", best_epoch)
### BEGIN HIDDEN TESTS
check("best_epoch", best_epoch, seed=7102)
### END HIDDEN TESTS

# %% [markdown]
# ## When to stop: patience
#
# While training runs, nobody knows whether the lowest loss has been reached. A curve that rises for one epoch may fall
# again. **Early stopping** therefore waits a little: it stops when the validation loss has not improved for `patience`
# epochs in a row. `min_delta` says how large a gain must be to count as an improvement.
#
# Here is a validation curve. What does patience make of it? And then: where does training stop with patience 3, if a
# gain of less than 0.05 does not count?

# %%
wobbly = [1.0, 0.7, 0.75, 0.72, 0.5, 0.46, 0.44, 0.47, 0.43, 0.5, 0.55, 0.6]

# %% jupyter={"source_hidden": true}
# Shows the explorable.
from autograder.explorer import explore

explore("patience", wobbly)

# %%
stops = [training.EarlyStopping(patience).last_epoch(wobbly) for patience in (1, 2, 3)]
lowest = [min(wobbly[: stop + 1]) for stop in stops]
training.EarlyStopping(patience=3, min_delta=0.05).last_epoch(wobbly)

# %% [markdown]
# - With patience 1 the first wobble ends training at epoch 2<!-- = stops[0] -->, with a loss of
#   0.70<!-- = lowest[0] -->. With patience 2 it ends at epoch
#   3<!-- = stops[1] -->, just before the large fall.
# - Patience 3 survives the wobble, reaches 0.43<!-- = lowest[2] --> and stops three epochs after
#   it<!-- true: stops[2] - wobbly.index(0.43) == 3 -->.
# - With `min_delta` 0.05 the small gain from 0.44 to 0.43 does not count, and training stops at epoch
#   9<!-- = training.EarlyStopping(3, 0.05).last_epoch(wobbly) -->.
#
# Too little patience stops at the first wobble. Too much costs time, but no quality, as long as the weights of the best
# epoch are put back: the epochs after it are computed and thrown away.
#
# ### Exercise: early_stop
#
# *8 minutes, 4 points.* Write `early_stop(val_loss, patience, min_delta=0.0)`. It is given the validation losses that
# training *would* have if it never stopped.
#
# - An epoch **improves** if its loss is lower than the best loss so far by **more than** `min_delta`. Then its loss
#   becomes the best loss. The first epoch always improves.
# - Training stops with the epoch in which the number of epochs in a row without improvement reaches `patience`.
# - Return the index of the last epoch that is run, counted from 0. If training never stops early, that is the last one
#   of the array.
#
# <details><summary>Hint 1: what to remember</summary>
#
# Go through the epochs in order. Two things must be remembered from one to the next: the best loss so far, and how many
# epochs in a row have not improved.
#
# </details>
# <details><summary>Hint 2: the two cases</summary>
#
# An epoch that improves changes the best loss and sets the counter to 0. Any other epoch adds 1 to the counter, and if
# it has reached `patience`, you are done.
#
# </details>
# <details><summary>Hint 3: check yourself</summary>
#
# For the losses `[1.0, 0.5, 0.75, 0.75, 0.25]` with patience 2 the answer is 3: epochs 2 and 3 do not improve on 0.5.
# That epoch 4 would have been better, nobody finds out.
#
# </details>


# %% exercise="early_stop"
def early_stop(val_loss, patience, min_delta=0.0):
    """Return the index of the last epoch that is run, counted from 0.

    Training stops when `patience` epochs in a row have not been lower than the best loss by more than
    `min_delta`.
    """
    ### BEGIN SOLUTION
    best, waited = np.inf, 0
    for epoch, loss in enumerate(val_loss):
        if loss < best - min_delta:
            best, waited = loss, 0
        else:
            waited += 1
            if waited == patience:
                return epoch
    return len(val_loss) - 1
    ### END SOLUTION


# %% check="early_stop"
check("early_stop", early_stop)
### BEGIN HIDDEN TESTS
check("early_stop", early_stop, seed=7103)
### END HIDDEN TESTS

# %% quiz="TC-b2"
show_quiz("07_training_curves", "TC-b2")

# %% [markdown]
# ## Accuracy alone hides what happens
#
# A new task: is the digit an 8? Most are not. Many scripts ask the library for accuracy and nothing else, and see only
# the upper curve.

# %%
is_eight = (digits == 8).astype(int)
eights = training.fit(
    make_model(32, outputs=2),
    tensors(train_rows, is_eight),
    tensors(valid_rows, is_eight),
    epochs=40,
    optimizer=sgd(0.05),
    # Before the model finds its first 8, precision is 0/0; F1 then counts as 0.
    metrics={"accuracy": accuracy_score, "F1": partial(f1_score, zero_division=0.0)},
    progress=False,
)
no_eights = np.mean(is_eight[valid_rows] == 0)
first_found = int(np.flatnonzero(np.array(eights.valid["F1"]) > 0)[0])
print(f"Share of validation images that are no 8: {no_eights:.3f}")
print(f"First epoch in which an 8 is found: {first_found}")
print(f"Accuracy just before: {eights.valid['accuracy'][first_found - 1]:.3f}")

# %% jupyter={"source_hidden": true}
# Draws accuracy and F1.
fig, ax = plt.subplots(figsize=(8, 3.8), layout="constrained")
ax.plot(eights.valid["accuracy"], color=PALETTE[0], linewidth=2.5)
ax.plot(eights.valid["F1"], color=PALETTE[1], linewidth=2.5, linestyle="--")
ax.axhline(no_eights, color="#6b6b6b", linestyle=":")
ax.text(39.4, no_eights - 0.07, "always “no 8”", ha="right", color="#4d4d4d")
ax.text(1, 0.94, "accuracy", color=PALETTE[0], fontsize=12)
ax.text(first_found + 1, 0.03, "F1 of the 8s", color="#a84800", fontsize=12)
ax.set(xlabel="Epoch (the first is 0)", ylabel="Validation data (share)", ylim=(-0.02, 1.02))
ax.spines[["top", "right"]].set_visible(False)
show(
    fig,
    f"Accuracy and F1 on the validation data over 40 epochs. Accuracy stands at {eights.valid['accuracy'][0]:.2f} from the "
    f"first epoch, exactly on the dotted line of a model that always says no 8, and ends at {eights.valid['accuracy'][-1]:.2f}. "
    f"F1 is 0 until epoch {first_found - 1} and then climbs to {eights.valid['F1'][-1]:.2f}.",
)

# %% [markdown]
# For many epochs accuracy is 0.902<!-- = no_eights --> and nothing seems to happen. That is the share of images that
# are no 8: the model says "no 8" to everything, as the useless model of lesson 02 did. F1 says so: it is
# 0<!-- true: max(eights.valid["F1"][:first_found]) == 0 and first_found > 10 -->. When the model begins to find eights,
# F1 shoots up while accuracy rises a little<!-- true: eights.valid["F1"][-1] > 0.5 and eights.valid["accuracy"][-1] -
# no_eights < 0.1 -->. Whoever sees only the accuracy would have called the model finished at epoch 0.
#
# Track the loss, one metric for each question that you care about, and the baseline as a line in the picture.

# %% [markdown]
# ## Small validation sets mislead
#
# You compare two models on validation data. How many images do you need? A share that is measured on few images is
# uncertain, and the Wilson interval of evalkit says how uncertain. Suppose 95 of every 100 answers are right:

# %%
sizes = [20, 100, 400, 2000, 10_000]
uncertainty = pd.DataFrame(
    [tuple(wilson_interval(round(0.95 * n), n)) for n in sizes],
    index=pd.Index(sizes, name="images"),
    columns=["from", "to"],
)
uncertainty["width"] = uncertainty["to"] - uncertainty["from"]
uncertainty.round(3)

# %% [markdown]
# Nineteen right of twenty can mean a true accuracy of 0.764<!-- = uncertainty["from"][20] --> or of
# 0.991<!-- = uncertainty["to"][20] -->. With 100 images the interval is still 0.090<!-- = uncertainty["width"][100] -->
# wide, with 400 it is 0.043<!-- = uncertainty["width"][400] -->. Four times the images give half the width. A
# difference of one percentage point between two models needs thousands<!-- true: uncertainty["width"][2000] > 0.015
# -->.

# %% quiz="TC-b3"
show_quiz("07_training_curves", "TC-b3")

# %% [markdown] further=true
# ### Going further: see it happen
#
# We train two networks, one with 12 hidden units and one with 64, and compare them on all images outside
# the training data. Then we pretend to own only a few of these images, and draw them again and again. How often would
# the worse model have won, or drawn level?

# %%
pool = np.concatenate([valid_rows, test_rows])
pool_data = tensors(pool)
right = {}
for hidden in (12, 64):
    model = make_model(hidden)
    quietly(model, train, epochs=30, optimizer=adam(0.005))
    right[hidden] = predict(model, pool_data) == digits[pool]
print({f"{hidden} hidden units": round(float(hits.mean()), 3) for hidden, hits in right.items()})

draw_rng = np.random.default_rng(0)
verdicts = {}
for n in (25, 50, 100, 200, 400):
    draws = np.array([draw_rng.choice(len(pool), size=n, replace=False) for _ in range(2000)])
    lead = right[64][draws].mean(axis=1) - right[12][draws].mean(axis=1)
    verdicts[n] = {
        "better model wins": np.mean(lead > 0),
        "no difference": np.mean(lead == 0),
        "worse model wins": np.mean(lead < 0),
    }
pd.DataFrame(verdicts).T.rename_axis("images").round(3)

# %% [markdown]
# With 25 images nearly half of the comparisons tell you nothing or the wrong thing<!-- true: 0.4 < 1 -
# verdicts[25]["better model wins"] < 0.5 -->. Nothing in a single number warns you: report the interval, or at least
# the number of samples.

# %% [markdown]
# ## k-fold cross-validation
#
# If data are scarce, a part for validation alone is a luxury. **k-fold cross-validation** divides the data into k
# parts, the folds. It trains k models; each is tested on one fold and trained on all the others. Every sample is tested
# exactly once, by a model that has not seen it, and you get k results, whose spread you can see.

# %%
from sklearn.model_selection import StratifiedKFold

scores = []
for learn, judge in StratifiedKFold(n_splits=5, shuffle=True, random_state=0).split(
    images[others], digits[others]
):
    model = make_model(64)
    training.fit(
        model,
        tensors(others[learn]),
        tensors(others[judge]),
        epochs=15,
        optimizer=adam(0.005),
        progress=False,
    )
    held_out = tensors(others[judge])
    scores.append(accuracy_score(held_out[1], predict(model, held_out)))
print("accuracy of each fold:", np.round(scores, 3))
print(f"mean {np.mean(scores):.3f}, from {min(scores):.3f} to {max(scores):.3f}")

# %% [markdown]
# The folds differ<!-- true: max(scores) - min(scores) > 0.02 -->, although model and settings are the same: so much of
# a single validation score is luck. The mean is steadier. (The k results are not independent, because the training
# parts overlap; take their spread as a rough guide.)
#
# Which folds?
#
# - `KFold` cuts at random. **Shuffle**, because data often stand in an order: by class, by day, by customer.
# - `StratifiedKFold` keeps the share of every class the same in each fold. Use it for classes, above all for rare ones.
# - `GroupKFold` keeps together what belongs together: all images of one patient go into one fold. The next section
#   shows why.
#
# All three come with scikit-learn. To see that there is no magic in them, write the first one yourself.
#
# ### Exercise: kfold_indices
#
# *8 minutes, 4 points.* Write `kfold_indices(n, k, seed)`. The samples are numbered 0 to n − 1.
#
# - Return a list of k pairs `(train, test)`. Both are arrays (or lists) of sample numbers.
# - Every sample is in `test` of **exactly one** pair; `train` of a pair holds **all the other** samples.
# - The sizes of the k test parts differ by **at most one**. (10 samples in 3 folds: 4, 3 and 3.)
# - The samples are **shuffled** before they are cut into folds. The same seed gives the same folds, another seed gives
#   others.
#
# Use any random generator that takes a seed, such as `np.random.default_rng(seed)`. There are many right answers. The
# check looks at the properties above, and not at which sample is where.
#
# <details><summary>Hint 1: shuffle once</summary>
#
# `np.random.default_rng(seed).permutation(n)` gives the numbers 0 to n − 1 in a random order. Do it once, not once for
# each fold.
#
# </details>
# <details><summary>Hint 2: cut into almost equal parts</summary>
#
# `np.array_split(order, k)` cuts an array into k parts whose sizes differ by at most one.
#
# </details>
# <details><summary>Hint 3: all the others</summary>
#
# `np.setdiff1d(order, test)` gives the elements of `order` that are not in `test`.
#
# </details>


# %% exercise="kfold_indices"
def kfold_indices(n, k, seed):
    """Return a list of k pairs (train, test) of index arrays for k-fold cross-validation of n samples.

    The samples are shuffled with the seed. Each is tested once; the sizes of the test parts differ by at
    most one.
    """
    ### BEGIN SOLUTION
    order = np.random.default_rng(seed).permutation(n)
    return [(np.setdiff1d(order, part), part) for part in np.array_split(order, k)]
    ### END SOLUTION


# %% check="kfold_indices"
check("kfold_indices", kfold_indices)
### BEGIN HIDDEN TESTS
check("kfold_indices", kfold_indices, seed=7104)
### END HIDDEN TESTS

# %% [markdown]
# ## Leakage: when the exam was known beforehand
#
# Everything so far rests on one condition: the model has never seen the validation and test data. If it has, it need
# not understand anything; it can remember. That is **leakage**, and its commonest form is the simplest: the same sample
# on both sides. Collections are merged, forms are sent twice, a web page is copied, and then the rows are divided at
# random.
#
# We imitate such a collection: 600 images, of which 200 were entered twice. A quarter of all labels are wrong, and a
# copy has the same wrong label as the original. No honest model can know the wrong ones.

# %%
leak_rng = np.random.default_rng(1)
originals = leak_rng.choice(len(digits), size=600, replace=False)
entered = np.concatenate([originals, originals[:200]])
entered_labels = digits.copy()
misread = leak_rng.choice(originals, size=150, replace=False)
entered_labels[misread] = leak_rng.integers(0, 10, size=150)

leak_train_rows, leak_test_rows = train_test_split(entered, test_size=250, random_state=3)
leak_model = make_model(256)
leaky = training.fit(
    leak_model,
    tensors(leak_train_rows, entered_labels),
    tensors(leak_test_rows, entered_labels),
    epochs=150,
    optimizer=adam(0.005),
    metrics={"accuracy": accuracy_score},
    progress=False,
)
report = leakage.duplicate_rows(images[leak_train_rows], images[leak_test_rows])
print(report)

# %% [markdown]
# `duplicate_rows` names the pairs. Now measure again, on all test rows, on those that leaked, and on those that did
# not:

# %%
said = predict(leak_model, tensors(leak_test_rows))
truth = entered_labels[leak_test_rows]


def scores_on(rows):
    return {
        "rows": len(rows),
        "accuracy": accuracy_score(truth[rows], said[rows]),
        "macro F1": f1_score(truth[rows], said[rows], average="macro"),
    }


inflated = pd.DataFrame(
    {
        "all test rows": scores_on(np.arange(len(truth))),
        "leaked rows": scores_on(report.test_indices),
        "clean rows": scores_on(report.clean),
    }
).T.round(3)
inflated.convert_dtypes()

# %% [markdown]
# On the leaked rows the model is nearly perfect<!-- true: inflated.accuracy["leaked rows"] > 0.95 -->, wrong labels
# included: it has learned them by heart. On the clean rows it is not<!-- true: inflated.accuracy["clean rows"] < 0.75
# -->. The score of the whole test set lies in between<!-- true: inflated.accuracy["clean rows"] <
# inflated.accuracy["all test rows"] < inflated.accuracy["leaked rows"] -->, and the more was leaked, the higher it
# lies. **No metric is safe**: accuracy, F1, AUC and loss all compare answers with labels, and the answers were known.
# Another metric does not help; only taking the copies out does.

# %% [markdown] further=true
# ### Going further: do the curves show it?
#
# Only at the extreme. Here the validation data are nothing but training images:

# %%
copied = training.fit(
    make_model(256),
    tensors(leak_train_rows, entered_labels),
    tensors(leak_train_rows[:250], entered_labels),
    epochs=150,
    optimizer=adam(0.005),
    progress=False,
)
for title, run in (("a part of the validation data leaked", leaky), ("all of it leaked", copied)):
    diagnosis = training.diagnose(run)
    print(f"{title} -> {diagnosis.label}\n{textwrap.fill(diagnosis.evidence[0], width=54)}\n")

# %% [markdown]
# A model that has learned its training data by heart and is just as good on validation data is suspicious: there is no
# gap where one belongs. A leak of a part only leaves a curve that looks like any other. So look at the data, not only
# at the curves.

# %% [markdown]
# ### Exercise: find_leaks
#
# *5 minutes, 4 points.* Write `find_leaks(train, test)`.
#
# - `train` and `test` are 2-D NumPy arrays with one sample in each row, and the same number of columns.
# - Return the indices of the rows of `test` that also occur in `train`, in ascending order, as an array or a list. A
#   row occurs if all its values are exactly equal to those of one training row, in the same order.
# - If such a row stands in `test` several times, return each of its indices. If there is none, return an empty array or
#   list.
#
# <details><summary>Hint 1: rows you can look up</summary>
#
# `tuple(row)` makes a row into something that a Python `set` can hold. Looking something up in a set takes no longer
# when the set is large.
#
# </details>
# <details><summary>Hint 2: whole rows</summary>
#
# `np.isin` asks about single values, and small numbers occur everywhere. All values must come from the *same* training
# row.
#
# </details>
# <details><summary>Hint 3: index and row together</summary>
#
# `for i, row in enumerate(test)` gives both. Collect the `i` whose row is known.
#
# </details>


# %% exercise="find_leaks"
def find_leaks(train, test):
    """Return the indices of the rows of `test` that occur, value for value, as a row of `train`.

    They are in ascending order.
    """
    ### BEGIN SOLUTION
    known = {tuple(row) for row in train}
    return [i for i, row in enumerate(test) if tuple(row) in known]
    ### END SOLUTION


# %% check="find_leaks"
check("find_leaks", find_leaks)
### BEGIN HIDDEN TESTS
check("find_leaks", find_leaks, seed=7105)
### END HIDDEN TESTS

# %% [markdown] further=true
# ### Going further: copies that are not quite equal
#
# Exact copies are the easy case. More often two samples are *nearly* the same: two photos of one scene, a text with
# another date, an image and its augmented version. Here every image gets a twin with a little noise, **before** the
# data are divided. A model that only remembers (the nearest neighbour, from scikit-learn) is judged by two kinds of
# folds:

# %%
from sklearn.model_selection import GroupKFold, KFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

twin_rng = np.random.default_rng(2)
with_twins = np.concatenate(
    [images[originals], images[originals] + twin_rng.normal(0, 0.3, size=(600, 64))]
)
twin_labels = np.tile(entered_labels[originals], 2)
family = np.tile(np.arange(600), 2)

nearest = KNeighborsClassifier(n_neighbors=1)
careless = cross_val_score(
    nearest, with_twins, twin_labels, cv=KFold(5, shuffle=True, random_state=0)
).mean()
careful = cross_val_score(nearest, with_twins, twin_labels, cv=GroupKFold(5), groups=family).mean()
print(f"folds at random: {careless:.3f}    twins kept together: {careful:.3f}")

learn, judge = next(KFold(5, shuffle=True, random_state=0).split(with_twins))
exact = leakage.duplicate_rows(with_twins[learn], with_twins[judge])
near = leakage.similar_rows(with_twins[learn], with_twins[judge], threshold=0.99)
print(exact)
print(near)

# %% [markdown]
# The same model, the same data: the random folds promise far more than the model can do<!-- true: careless > careful +
# 0.2 -->. Looking for equal rows finds nothing<!-- true: len(exact.test_indices) == 0 -->, because none is equal.
# `similar_rows` compares directions instead of values and finds the twins<!-- true: len(near.test_indices) > 150 -->;
# for texts and for larger images there are `similar_texts` and `similar_images`.
#
# Four rules keep most leaks out.
#
# 1. **Divide first, then augment.** An augmented copy belongs on the side of its original.
# 2. **Divide by what comes in groups**: by patient, by author, by day, with `GroupKFold`.
# 3. **Learn everything from the training part alone**: the mean to subtract, the columns to keep, the words to count.
# 4. **Look for duplicates before you believe a score.** The better it is, the more reason to look.

# %% [markdown]
# ## Quiz
#
# Eight questions. They do not count towards your points.

# %% quiz="07_training_curves"
show_quiz("07_training_curves")

# %% [markdown]
# ## Summary
#
# | Sign | Name | First remedy |
# |---|---|---|
# | validation loss rises while training loss falls | overfitting | stop at the turn, more data |
# | training loss stays high | underfitting | train longer, larger model |
# | curves go up and down | unstable | lower learning rate |
# | no gap although the training data are memorised | leakage? | look for duplicates |
#
# - Measure after every epoch, on training and validation data, loss and more than one metric.
# - Keep the weights of the epoch with the best validation value. Patience decides when to stop, not which weights to
#   keep.
# - A validation score has an interval. Write the number of samples beside it; with few samples use k folds.
# - The test data are for the end. If test samples leaked into training, no metric means what it says.
#
# Next, lesson 08: why deep networks could not be trained for so long, and the road around it.
#
# ## Further reading
#
# - L. Prechelt, "Early Stopping — But When?", in *Neural Networks: Tricks of the Trade*, Springer (1998). Fourteen ways
#   to stop, compared.
# - R. Kohavi, "A Study of Cross-Validation and Bootstrap for Accuracy Estimation and Model Selection", *Proceedings of
#   IJCAI* (1995). Why ten stratified folds became a habit.
# - S. Kapoor and A. Narayanan, "Leakage and the reproducibility crisis in machine-learning-based science", *Patterns* 4
#   (2023), 100804. How often it happens, in seventeen fields.
