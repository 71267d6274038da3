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
# # 09 · ResNet against plain — the experiment
#
# | | |
# |---|---|
# | **Minutes** | 60: reading 24, exercises 30, quiz 6 |
# | **Prerequisites** | Lesson 08: what a residual block is. Lesson 07: training and validation curves. Lessons 03 and 04: precision, recall, F1. |
#
# Lesson 08 said that skips make deep networks trainable. Do not believe it: try it. You build both kinds of network,
# write the loop that trains them and the function that judges them, and then run the comparison of He and his
# colleagues on your own computer, in about a minute.

# %% [markdown]
# ## Objectives
#
# After this lesson you can
#
# - **RN.1** build a plain and a residual network of any depth that differ in nothing but the skips;
# - **RN.2** write a training loop, and name the mistakes in it that raise no error;
# - **RN.3** evaluate a network over batches: in the right mode, with every image counting once;
# - **RN.4** set up a fair comparison, and read it: training against validation, each class, time per epoch;
# - **RN.5** say what the experiment shows about gradients and depth, and what it does not;
# - **RN.6** compute top-1 and top-5 accuracy, say what they are worth, and use a large ResNet as a backbone.

# %%
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from IPython.display import display
from scipy.stats import binomtest
from torch import nn
from torch.nn import functional as F

from autograder import check, show_quiz
from evalkit import top_k_accuracy_score
from evalkit.plots import alt_text, show
from evalkit.plots.gradients import plot_gradient_flow
from evalkit.vision import ResNet, backbone, cats_and_dogs, digits, gradient_flow, parameter_count
from evalkit.vision.experiment import Results, run

# Networks this small are fastest on one thread, and one thread gives the same result on every run.
torch.set_num_threads(1)
data = digits(seed=0)

# %% [markdown]
# ## A fair comparison
#
# Whoever compares two networks must change **one** thing. Otherwise nobody knows what made the difference. So the plain
# and the residual network shall have
#
# - the same layers in the same order, and as many parameters;
# - the same initial weights, drawn with the same seed;
# - the same images in the same batches, the same optimizer, the same number of epochs.
#
# Only the additions differ. That is possible because a skip costs nothing: where a block changes the shape, we take
# **option A** of lesson 08, which keeps every second pixel and fills the new channels with zeros.
#
# The images are the digits: 8×8 pixels, 1,297<!-- = len(data.train_x) --> for training, 500<!-- = len(data.valid_x) -->
# for validation. Here is the block, with a switch. The block that you wrote in lesson 08 had option B; this one has
# option A, and is the same in all else.


# %%
from evalkit.vision import verify_skips


class Block(nn.Module):
    """relu(F(x) + shortcut(x)) if skip, else relu(F(x)); F is two 3×3 convolutions with batch norm."""

    def __init__(self, in_channels, out_channels, stride, skip):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.skip, self.stride, self.new_channels = skip, stride, out_channels - in_channels

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.skip:
            # Every stride-th pixel, and zeros for the new channels: no parameters.
            thinned = x[:, :, :: self.stride, :: self.stride]
            out = out + F.pad(thinned, (0, 0, 0, 0, 0, self.new_channels))
        return F.relu(out)


# Lesson 08: a broken skip says nothing. So test it.
for skip in (True, False):
    for report in verify_skips(Block(8, 16, stride=2, skip=skip)):
        print(f"skip={skip}: {report.kind}")

# %% [markdown]
# ### Exercise: make_network
#
# *10 minutes, 6 points.* Write `make_network(depth, width, classes, skip)`. It returns an `nn.Module` that takes grey
# images of shape (N, 1, H, W) and returns logits of shape (N, classes). From the input to the output:
#
# - **start**: a 3×3 convolution from 1 channel to `width`, padding 1; batch normalisation; ReLU;
# - **three stages** of n blocks each, with `width`, 2 · `width` and 4 · `width` channels. Use `Block`, and give `skip`
#   to each. The first block of the second and of the third stage has stride 2; all other blocks have stride 1;
# - **end**: the mean over all positions of each channel, then one linear layer to `classes`. No softmax.
#
# The depth counts convolutions and the linear layer: 1 + 2 · 3n + 1 = **6n + 2**. So `depth` decides n. If `depth` is
# not 6n + 2 for a whole number n of at least 1, raise `ValueError`.
#
# The network is judged by what it computes, so names and order of creation are up to you. Biases of the convolutions do
# not matter.
#
# <details><summary>Hint 1: n</summary>
#
# `divmod(depth - 2, 6)` gives n and a rest. What must the rest be? `raise ValueError("…")` stops with an error.
#
# </details>
# <details><summary>Hint 2: a list, then nn.Sequential</summary>
#
# Collect the layers in a list and return `nn.Sequential(*layers)`. For the mean at the end there is
# `nn.AdaptiveAvgPool2d(1)`, followed by `nn.Flatten()`.
#
# </details>
# <details><summary>Hint 3: the blocks</summary>
#
# Two loops, over the stages 0, 1, 2 and over n blocks. A block must know how many channels come in: keep that in a
# variable. Only a stage's first block changes it. Call `Block` anew for every block: `[block] * n` is one block n
# times.
#
# </details>


# %% exercise="make_network"
def make_network(depth, width, classes, skip):
    """Return a network for grey images (N, 1, H, W) that gives logits (N, classes).

    Start: 3×3 convolution to width channels, batch norm, ReLU. Three stages of n blocks with width,
    2 · width, 4 · width channels; stride 2 in the first block of the second and of the third.
    End: mean over the positions, linear layer. depth = 6n + 2, n at least 1; otherwise ValueError.
    """
    ### BEGIN SOLUTION
    n, rest = divmod(depth - 2, 6)
    if rest or n < 1:
        raise ValueError(f"depth must be 6n + 2, such as 8, 14 or 20; got {depth}")
    layers = [nn.Conv2d(1, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    channels = width
    for stage in range(3):
        for block in range(n):
            out = width * 2**stage
            layers.append(Block(channels, out, 2 if stage > 0 and block == 0 else 1, skip))
            channels = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))
    ### END SOLUTION


# %% check="make_network"
check("make_network", make_network)
### BEGIN HIDDEN TESTS
check("make_network", make_network, seed=9101)
### END HIDDEN TESTS

# %% [markdown]
# `ResNet` of evalkit is the same network, with colour images and option B besides. Skips add no parameter, and depth
# adds many: at width 8, depth 8 has 19,074<!-- = parameter_count(ResNet(8, 8, 10, 1)) --> parameters and depth 56 has
# 214,402<!-- = parameter_count(ResNet(56, 8, 10, 1)) -->. Without skips it is
# 214,402<!-- = parameter_count(ResNet(56, 8, 10, 1, skip=False)) --> as well.

# %% quiz="RN-b1"
show_quiz("09_resnet_vs_plain", "RN-b1")

# %% [markdown]
# ## The loop
#
# A training loop has five lines, and nearly every mistake in them is silent: something still learns, only worse.
#
# | Mistake | What you see |
# |---|---|
# | `zero_grad` forgotten | steps grow, the loss jumps |
# | softmax before `cross_entropy` | learns slowly; the loss stays well above 0 |
# | loss detached from the graph | an error, if you are lucky; else nothing is learned |
# | `step` forgotten | the loss stays where it was |
# | `model.train()` missing | after the first evaluation, dropout and batch normalisation are frozen |
# | batches averaged, the last one short | a loss that is a little wrong, always |
#
# ### Exercise: train_one_epoch
#
# *8 minutes, 5 points.* Write `train_one_epoch(model, batches, optimizer)`.
#
# - `model` returns logits. `batches` is a list of pairs (x, y): a tensor of inputs and one of labels. The last batch
#   may be smaller than the others.
# - Put the model into **training mode** first.
# - For each batch, make **one step** of the optimizer on the gradient of the batch's mean cross-entropy. Gradients that
#   are left from before, or from the batch before, must not count.
# - Return the **mean loss per sample**, a Python number: every sample counts once, with the loss that it had before the
#   step of its batch.
#
# <details><summary>Hint 1: the order</summary>
#
# logits, loss, `optimizer.zero_grad()`, `loss.backward()`, `optimizer.step()`.
#
# </details>
# <details><summary>Hint 2: the mean</summary>
#
# `F.cross_entropy` gives the mean over the batch. How do you get from means of groups to the mean of all, if the groups
# differ in size?
#
# </details>
# <details><summary>Hint 3: a number</summary>
#
# `loss.item()` takes the number out of the tensor. A sum of tensors keeps the graphs of all batches in memory.
#
# </details>


# %% exercise="train_one_epoch"
def train_one_epoch(model, batches, optimizer):
    """Train for one pass over the batches, a list of pairs (x, y). Return the mean loss per sample.

    One step for each batch, on its mean cross-entropy, in training mode. Earlier gradients do not
    count. The last batch may be smaller than the others.
    """
    ### BEGIN SOLUTION
    model.train()
    total, count = 0.0, 0
    for x, y in batches:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        count += len(y)
    return total / count
    ### END SOLUTION


# %% check="train_one_epoch"
check("train_one_epoch", train_one_epoch)
### BEGIN HIDDEN TESTS
check("train_one_epoch", train_one_epoch, seed=9102)
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise: evaluate
#
# *8 minutes, 5 points.* Write `evaluate(model, batches)`. It judges a model that it must not change.
#
# - `model` and `batches` are as above. Put the model into **evaluation mode** first; which mode it is in afterwards
#   does not matter.
# - The predicted label of a sample is the class with the highest logit.
# - Return a dict with exactly these keys:
#     - `"loss"`: the mean cross-entropy per sample;
#     - `"accuracy"`: the share of samples that are right, from 0 to 1;
#     - `"recall"`: a list with the recall of class 0, class 1, …, one value for each logit. A class of which there are
#       no samples has the recall NaN: `float("nan")`.
# - All three are about all samples together, whatever the batches. Weights and running statistics stay as they are.
#
# <details><summary>Hint 1: the mode</summary>
#
# `model.eval()` turns dropout off and makes batch normalisation use its stored statistics. `torch.no_grad()` does
# neither: it saves memory and time.
#
# </details>
# <details><summary>Hint 2: first collect, then compute</summary>
#
# Put the logits of all batches into one tensor with `torch.cat`, and the labels into another. Then there are no batches
# left to get wrong.
#
# </details>
# <details><summary>Hint 3: recall</summary>
#
# Of the samples whose **true** label is k, which share is predicted as k? `(predicted == y)[y == k]` says which of them
# are right. The number of classes is `logits.shape[1]`.
#
# </details>


# %% exercise="evaluate"
def evaluate(model, batches):
    """Return {"loss": mean cross-entropy, "accuracy": share right, "recall": a list, class by class}.

    All over all samples together, in evaluation mode, without changing the model. A class without
    samples has the recall NaN.
    """
    ### BEGIN SOLUTION
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(x) for x, _ in batches])
    y = torch.cat([y for _, y in batches])
    right = (logits.argmax(dim=1) == y).double()
    return {
        "loss": F.cross_entropy(logits, y).item(),
        "accuracy": right.mean().item(),
        # The mean of no values is NaN.
        "recall": [right[y == k].mean().item() for k in range(logits.shape[1])],
    }
    ### END SOLUTION


# %% check="evaluate"
check("evaluate", evaluate)
### BEGIN HIDDEN TESTS
check("evaluate", evaluate, seed=9103)
### END HIDDEN TESTS

# %% [markdown]
# ### Your three functions at work
#
# They are all it takes to see it happen. Four epochs at depth 56, the last one at a tenth of the learning rate, with
# your network, your loop and your judge:


# %%
def batches_of(x, y, order):
    return [(x[rows], y[rows]) for rows in order.split(128)]


def train_yours(depth, skip, rates=(0.05, 0.05, 0.05, 0.005)):
    torch.manual_seed(0)
    model = make_network(depth, 8, 10, skip)
    optimizer = torch.optim.SGD(model.parameters(), lr=rates[0], momentum=0.9)
    valid = batches_of(data.valid_x, data.valid_y, torch.arange(len(data.valid_y)))
    rows = []
    for epoch, rate in enumerate(rates):
        optimizer.param_groups[0]["lr"] = rate
        loss = train_one_epoch(
            model, batches_of(data.train_x, data.train_y, torch.randperm(len(data.train_y))), optimizer
        )
        judged = evaluate(model, valid)
        rows.append(
            {
                "network": "with skips" if skip else "plain",
                "epoch": epoch,
                "training loss": loss,
                "validation loss": judged["loss"],
                "validation accuracy": judged["accuracy"],
                "lowest recall": np.nanmin(judged["recall"]),
            }
        )
    return rows


try:
    yours = pd.DataFrame(train_yours(56, skip=True) + train_yours(56, skip=False))
    display(yours.map(lambda value: f"{value:.3g}" if isinstance(value, float) else value))
except NotImplementedError:
    print("Write the three functions above, then run this cell again.")

# %% [markdown]
# With skips your network learns<!-- true: yours["validation accuracy"][3] > 0.5 -->; without, the same layers hardly
# begin<!-- true: yours["validation accuracy"][7] < 0.5 and yours["training loss"][7] > 2 * yours["training loss"][3]
# -->. The rest of this lesson asks how sure that is, and why.
#
# A validation loss far above the training loss is no mistake of yours here. Evaluation uses the stored statistics of
# batch normalisation. They are running means over a few steps, and in the first epochs the weights change faster than
# the means.

# %% quiz="RN-b2"
show_quiz("09_resnet_vs_plain", "RN-b2")

# %% [markdown]
# ## The experiment
#
# Now all of it: depths 8, 20 and 56, with skips and without, 8 epochs each, batches of
# 96<!-- = run.__kwdefaults__["batch_size"] -->, SGD with a learning rate of 0.1 and momentum 0.9. The first epoch takes
# a fifth of that rate, to warm up, and the last two a half and a tenth. `run` of evalkit does what your functions do,
# and writes down more.
#
# **Predict first:** which of the six networks will be best, and which will be worst, on the validation images? And on
# the **training** images? Write your order down.

# %%
settings = {"width": 8, "epochs": 8, "learning_rate": 0.1, "momentum": 0.9}
shallow = run("digits", depths=[8, 20], **settings)

# %%
deep = run("digits", depths=[56], skips=[True], **settings)

# %%
deep_plain = run("digits", depths=[56], skips=[False], **settings)

# %%
results = Results(shallow.runs + deep.runs + deep_plain.runs, shallow.data, shallow.environment)
table = results.table().set_index(["depth", "network"])
losses, accuracies = ["train_loss", "valid_loss"], ["train_accuracy", "valid_accuracy"]
shown = table[["parameters", *losses, *accuracies, "seconds_per_epoch"]]
shown.rename(columns=lambda name: name.replace("_", " ")).round(3)

# %%
fig = results.plot_accuracy()
show(fig, alt_text(fig))

# %%
fig = results.plot_curves()
show(fig, alt_text(fig))

# %% [markdown]
# Your numbers differ a little from ours, and from machine to machine. What should come out everywhere:
#
# - **Depth 8**: skips make next to no difference. Both networks get more than nine in ten validation images
#   right<!-- true: min(one.last.valid.accuracy for one in results.runs if one.settings.depth == 8) > 0.9 -->.
# - **Depth 20**: both learn<!-- true: min(one.last.valid.accuracy for one in results.runs if one.settings.depth == 20)
#   > 0.7 -->. The plain one is slower, and usually a little behind at the end.
# - **Depth 56**: with skips, as good as the others<!-- true: results.get(56, skip=True).last.valid.accuracy >= 0.95 -->.
#   Plain, it has hardly begun: in most runs it gets fewer than half of the images right<!-- true: results.get(56,
#   skip=False).last.valid.accuracy <= 0.45 -->.
#
# Now look at the **training** columns. The deep plain network is as bad on the images that it learns from as on the
# others<!-- true: abs(results.get(56, skip=False).last.train.accuracy - results.get(56,
# skip=False).last.valid.accuracy) < 0.1 -->. So this is not overfitting, and more data or regularisation would not
# help. It is the *degradation* of lesson 08: a good solution exists (the shallow network with layers that pass on what
# they get), and training does not find it.
#
# One more thing in the curves: in the first epochs the validation loss of a deep network can be many powers of ten
# above its training loss<!-- true: max(epoch.valid.loss / epoch.train.loss for epoch in results.get(56,
# skip=False).epochs) > 100 -->. That is batch normalisation again: its stored statistics lag behind weights that change
# fast, and every layer passes the error on. It heals as training calms down.
#
# And the time: skips cost nothing worth mentioning; depth does. An epoch at depth 56 takes several times as long as one
# at depth 8<!-- true: table["seconds_per_epoch"][56].min() > 2 * table["seconds_per_epoch"][8].min() -->.

# %% [markdown]
# ### How sure is that?
#
# A difference must be larger than chance. One source of chance are the 500 validation images. Each accuracy has its
# 95 % interval (lesson 07), but whether two intervals overlap decides nothing here: both networks saw the **same**
# images. So compare image by image. Where both are right, or both wrong, an image says nothing about which is better;
# the others decide. If the networks were equally good, each of those would be the toss of a coin.


# %%
def right(depth, skip):
    """Which validation images a network gets right."""
    with torch.inference_mode():
        return (results.get(depth, skip).model(data.valid_x).argmax(dim=1) == data.valid_y).numpy()


pairs = {}
for depth in results.depths:
    with_skips, plain = right(depth, True), right(depth, False)
    one, other = np.sum(with_skips & ~plain), np.sum(plain & ~with_skips)
    pairs[depth] = {
        "accuracy with skips": with_skips.mean(),
        "plain": plain.mean(),
        "right only with skips": one,
        "right only plain": other,
        "a coin is as uneven in": binomtest(one, one + other).pvalue if one + other else 1.0,
    }
pd.DataFrame(pairs).T.rename_axis("depth").map("{:.3g}".format)

# %% [markdown]
# At depth 56 no coin does that<!-- true: pairs[56]["a coin is as uneven in"] < 1e-6 -->. At depth 8 one easily
# does<!-- true: pairs[8]["a coin is as uneven in"] > 0.01 -->: that run does not tell which network is better. At depth
# 20 read your own numbers. A split such as 20 to 3 happens to a coin about once in
# 2,000<!-- = round(1 / binomtest(3, 23).pvalue, -3) --> times, so on such images the one network *is* better than the
# other. But the other source of chance, the seed, is not in this table: with other initial weights both networks would
# be others. Whoever wants to know trains with more seeds: `run(..., seeds=range(5))`, and `.spread()` shows lowest,
# median and highest. We did that for depth 56 with 40 seeds: with skips every network ended above 95 %, and without
# only one above 50 %.

# %% quiz="RN-b3"
show_quiz("09_resnet_vs_plain", "RN-b3")

# %% [markdown] further=true
# ### Going further: each class
#
# **Predict first:** the deep plain network has *some* accuracy. Is it spread evenly over the ten digits?

# %%
fig = results.plot_classes(56)
show(fig, alt_text(fig))

# %%
last = results.get(56, skip=False).last.valid
pd.DataFrame(
    {"precision": last.precision, "recall": last.recall, "F1": last.f1}, index=results.data["classes"]
).round(2).rename_axis("digit (plain, depth 56)")

# %% [markdown]
# It is not. A network that learns badly says a few labels far too often: these have some recall and mostly little
# precision, and several others have a recall at or near 0. (A label that is never predicted has no precision; it is
# counted as 0 here.) The accuracy alone hides that. So a comparison needs the lowest recall, or macro F1, beside it:

# %%
table[["valid_accuracy", "macro_f1", "lowest_recall"]].round(3)

# %% [markdown]
# ## Is it the gradient?
#
# The usual story goes: in a deep plain network the gradient vanishes on its way back. Check it, before any training,
# with the same weights in both networks.
#
# **Predict first:** at depth 56, how large is the gradient of the first layer, compared with that of the last one?

# %%
batch = data.train_x[:256], data.train_y[:256]
flows = {}
for name, skip in (("with skips", True), ("plain", False)):
    torch.manual_seed(0)
    flows[name] = gradient_flow(ResNet(56, 8, 10, 1, skip=skip), batch)
fig = plot_gradient_flow({name: flow.norms for name, flow in flows.items()})
show(fig, alt_text(fig))
ratios = {name: flow.ratio for name, flow in flows.items()}
pd.Series(ratios, name="first layer over last").to_frame().round(2)

# %% [markdown]
# It does not vanish. It **explodes**: in the plain network the gradient of the first layer is more than a thousand
# times as large as that of the last one<!-- true: flows["plain"].ratio > 1000 -->. With skips the two differ by a small
# factor<!-- true: 0.2 < flows["with skips"].ratio < 5 -->. The reason is batch normalisation, which both have. It keeps
# the signal alive on the way forward, and on the way back it makes the gradient grow a little in every plain layer
# (Yang and his colleagues worked out by how much). Vanishing gradients are what you get **without** normalisation and
# with weights that are too small: that was the first stack of lesson 08.

# %% [markdown] further=true
# ### Going further: the gradient during training
#
# The length of the whole gradient at depth 56, epoch by epoch:

# %%
norms = {
    "with skips": [epoch.gradient_norm for epoch in results.get(56, skip=True).epochs],
    "plain": [epoch.gradient_norm for epoch in results.get(56, skip=False).epochs],
}
pd.DataFrame(norms).rename_axis("epoch").T.round(2)

# %%
fig = results.plot_gradients(epoch=4)
show(fig, alt_text(fig))

# %% [markdown]
# In the first epoch the plain network's gradient is huge<!-- true: norms["plain"][0] > 10 * norms["with skips"][0] -->;
# from the second epoch on it is of the order of one<!-- true: max(norms["plain"][1:]) < 10 -->, as with skips. But look
# at the figure, in epoch 4: now the plain network's gradient *is* small in the first
# layers<!-- true: next(iter(results.get(56, skip=False).epochs[4].layer_norms.values())) < next(iter(results.get(56,
# skip=True).epochs[4].layer_norms.values())) / 2 -->. What happened to them? Compare the weights of the first layer
# before training with those after it, and the gradient with the weights that it is to change:

# %%
scars = {}
for name, skip in (("with skips", True), ("plain", False)):
    torch.manual_seed(0)
    before, after = ResNet(56, 8, 10, 1, skip=skip), results.get(56, skip).model
    long = after.conv1.weight.norm().item()
    gradient = gradient_flow(after, batch).norms[0]
    scars[name] = {
        "weights before": before.conv1.weight.norm().item(),
        "weights after": long,
        "gradient after": gradient,
        "gradient / weights": gradient / long,
    }
pd.DataFrame(scars).T.map("{:.3g}".format).rename_axis("length in the first layer")

# %% [markdown]
# The first steps were as huge as the gradient, and threw the weights of the first layers far out: they end more than
# ten times as long as they began<!-- true: scars["plain"]["weights after"] > 10 * scars["plain"]["weights before"] -->.
# Nobody notices, because batch normalisation divides their length out again. For the same reason a layer with weights a
# hundred times as long has a gradient a hundred times as small. From then on a step hardly turns these layers any more.
# That is the scar of the explosion, and not a gradient that gets lost on its way back.

# %% [markdown]
# ### Was it only the learning rate?
#
# The strongest objection to all this: perhaps 0.1 is too much for the plain network, and smaller steps would cure it.
# So give it smaller steps.

# %%
slower = run("digits", depths=[56], skips=[False], **settings | {"learning_rate": 0.03})

# %%
slowest = run("digits", depths=[56], skips=[False], **settings | {"learning_rate": 0.01})

# %%
rates = {
    ("plain", 0.01): slowest.get(56, skip=False),
    ("plain", 0.03): slower.get(56, skip=False),
    ("plain", 0.1): results.get(56, skip=False),
    ("with skips", 0.1): results.get(56, skip=True),
}
by_rate = pd.DataFrame(
    {
        key: {"training loss": one.last.train.loss, "validation accuracy": one.last.valid.accuracy}
        for key, one in rates.items()
    }
).T
by_rate.rename_axis(["network", "learning rate"]).round(3)

# %% [markdown]
# Smaller steps may help a little, and leave the plain network far behind<!-- true:
# by_rate["validation accuracy"]["plain"].max() < 0.75 < by_rate["validation accuracy"]["with skips"].min() -->. So the
# explosion is not the whole story.
#
# So do not say "skips work because they stop gradients from vanishing". What this experiment shows, and what it does
# not:
#
# - It shows that the same layers train well with skips, and badly without, at depth 56.
# - It shows that vanishing gradients are **not** how it begins. He and his colleagues write the same of their own plain
#   networks: batch normalisation kept forward and backward signals healthy, and they think vanishing gradients an
#   unlikely cause. They guess at a very low rate of convergence, and leave the reason open.
# - It does not show the reason. The best explanations so far are those of lesson 08: gradients that point somewhere
#   else at each nearby image (shattered), a loss surface that is rough without skips (Li and his colleagues drew it),
#   and many short roads in place of one long one.
# - It does not show that a plain network of depth 56 can *never* learn. Eight epochs are few; He and his colleagues,
#   with twenty times as many, got one to learn, to a higher error than with skips.

# %% [markdown] further=true
# ## Going further: beside the paper
#
# He and his colleagues trained the same networks, twice as wide, on the 50,000 photographs of CIFAR-10 for 164 epochs.
# Your errors and theirs, in percent:

# %%
paper = {20: 8.75, 32: 7.51, 44: 7.17, 56: 6.97, 110: 6.43}
paper = pd.Series(paper, name="He et al. 2015, with skips, CIFAR-10")
errors = (100 * (1 - table["valid_accuracy"])).unstack()[["skip", "plain"]]
errors.columns = ["yours, with skips, digits", "yours, plain, digits"]
beside = errors.join(paper, how="outer").rename_axis("depth")
beside.map(lambda value: "" if np.isnan(value) else f"{value:.2f}")

# %% [markdown]
# The levels cannot be compared: other images, sixteen times the pixels, colours, more epochs; theirs are test errors,
# ours are validation errors. Compare the **direction**. Theirs falls from 8.75<!-- = paper[20] --> % at depth 20 to
# 6.43<!-- = paper[110] --> % at depth 110: with skips more depth kept paying. Yours is flat, because the digits are
# easy and 8 layers do. But in neither column with skips does depth *hurt*.
#
# Three details that a table like this drops:
#
# - 6.43 % is the **best** of five runs at depth 110; their mean is 6.61 %, with a standard deviation of 0.16. One
#   number without its spread looks surer than it is.
# - Their plain network with 110 layers had an error above 60 %. So plain networks broke down in the paper, too, only
#   later.
# - With 1,202 layers and skips the error rose again, to 7.93 %, while the training error was near 0. That *is*
#   overfitting: skips cure the one disease and not the other.

# %% [markdown]
# ## Cats and dogs
#
# Now a task with two classes and harder images: cats and dogs in colour, drawn by evalkit from a recipe with pose,
# light, clutter and things in front. About 4 % of the training labels are wrong, as in real life.

# %%
pets = cats_and_dogs(n_train=3000, n_valid=500, seed=0)
rows = [np.flatnonzero(pets.valid_y.numpy() == k)[:6] for k in (0, 1)]
fig, axes = plt.subplots(2, 6, figsize=(8, 3), layout="constrained")
for line, kind, chosen in zip(axes, pets.classes, rows, strict=True):
    for ax, picture in zip(line, pets.pictures("valid", chosen), strict=True):
        ax.imshow(picture)
        ax.set(xticks=[], yticks=[])
    line[0].set_ylabel(kind, fontsize=12)
show(
    fig,
    "Twelve drawn animals, 32 by 32 pixels each: "
    "six cats in the first row, six dogs in the second, in different colours, "
    "poses and light, some of them partly hidden.",
)

# %% [markdown]
# Six epochs at depth 8, in batches of 32. To save time the network sees them at half the size, 16×16 pixels.
# **Predict first:** what accuracy would guessing have? Which one would you want to see before you trust the network?

# %%
halved = replace(pets, train_x=F.avg_pool2d(pets.train_x, 2), valid_x=F.avg_pool2d(pets.valid_x, 2))
pet_run = run(halved, depths=[8], skips=[True], width=8, epochs=6, batch_size=32, learning_rate=0.1)
animal = pet_run.get(8, skip=True)
fig = pet_run.plot_curves()
show(fig, alt_text(fig))

# %%
pd.DataFrame(
    {
        name: {
            "guessing": 1 / len(one.last.valid.recall),
            "accuracy, training": one.last.train.accuracy,
            "accuracy, validation": one.last.valid.accuracy,
            "gap": one.last.train.accuracy - one.last.valid.accuracy,
            "lowest recall": min(one.last.valid.recall),
            "highest recall": max(one.last.valid.recall),
        }
        for name, one in {
            "digits, 56, skips": results.get(56, skip=True),
            "digits, 56, plain": results.get(56, skip=False),
            "cats and dogs, 8, skips": animal,
        }.items()
    }
).T.round(3)

# %% [markdown]
# ### What good and bad look like
#
# | Sign | Bad | Good | What to do |
# |---|---|---|---|
# | validation accuracy | near what needs no model: the share of the largest class (lesson 02), 50 to 60 % for two even classes | far above it; what "good" is, only the task says | train longer, other learning rate, check labels and loop |
# | gap between training and validation | wide, and growing | a few points | more data, augmentation, stop earlier (lesson 07) |
# | recall of the classes | one high, one low | all high, close together | class weights, threshold, look at the images (lesson 10) |
# | loss | jumps, or rises on validation data | falls, then flat | lower the learning rate |
#
# Place your three rows in it. The cats and dogs are learned<!-- true: animal.last.valid.accuracy > 0.7 -->, but not at
# once: the first epoch is hardly better than guessing<!-- true: animal.epochs[0].valid.accuracy < 0.65 -->, and whoever
# stops there concludes that the network cannot do it. While the loss still falls, the curve is worth more than the last
# number.

# %% [markdown] further=true
# ### Going further: longer runs, and CIFAR-10
#
# A longer run on more and larger images is one command in the shell. It takes a few minutes, goes on where it
# was stopped, and gets more than nine in ten right:
#
# ```
# python -m evalkit.vision.experiment \
#     --data cats-dogs --n-train 8000 \
#     --depths 20 --networks skip --width 16 \
#     --epochs 14 --batch-size 64 \
#     --learning-rate 0.05 --augment
# ```
#
# **CIFAR-10.** If you have its photographs, or may download them (170 MB, once), train on real cats and dogs:
#
# ```python
# from evalkit.vision import cifar_cats_and_dogs
#
# photos = cifar_cats_and_dogs("data", download=True)
# run(
#     photos, depths=[8, 20], width=8, epochs=12,
#     batch_size=64, augment=True, schedule="steps",
# )
# ```
#
# In the shell it is `--data cifar --root data`. There are 10,000 training images, so an epoch takes much longer than
# here. Cats and dogs are the pair that networks confuse most on CIFAR-10: do not expect the error of the ten classes
# above.

# %% [markdown] further=true
# ## Going further: large ones as a backbone
#
# For photographs of 224×224 pixels the same authors built ResNet-50, -101 and -152. Their blocks are **bottlenecks**: a
# 1×1 convolution to fewer channels, the 3×3 convolution on those, a 1×1 convolution back up. Three layers at the price
# of two.
#
# Hardly anybody trains them from nothing. You take one that was trained on ImageNet (1.3 million photographs, 1,000
# classes), keep everything but its last layer as a **backbone**, and put a new layer on top for your own classes.
# `backbone(name, num_classes)` gives torchvision's networks with a new last layer. It never downloads anything: the
# weights are random, unless you give it a file.

# %%
large = {}
for name in ("resnet18", "resnet50", "resnet101", "resnet152"):
    # "meta" tensors have a shape and no values, so this costs no memory.
    with torch.device("meta"):
        network = backbone(name, num_classes=2)
    large[name] = {
        "parameters": parameter_count(network),
        "in the new last layer": parameter_count(network.fc),
    }
large = pd.DataFrame(large).T
# Table 3 of the paper: validation error on ImageNet in percent, mean over ten crops of each image.
large["top-1 error"] = pd.Series({"resnet50": 22.85, "resnet101": 21.75, "resnet152": 21.43})
large["top-5 error"] = pd.Series({"resnet50": 6.71, "resnet101": 6.05, "resnet152": 5.71})
large.map(lambda value: "" if np.isnan(value) else f"{value:,.10g}")

# %% [markdown]
# If the backbone stays **frozen** (`requires_grad_(False)`), only the new layer is trained: on ResNet-50 these are
# 4,098<!-- = large["in the new last layer"]["resnet50"] --> of 23,512,130<!-- = large["parameters"]["resnet50"] -->
# parameters. With a file of weights it looks like this:
#
# ```python
# model = backbone("resnet50", num_classes=2, weights="resnet50.pth")   # torch.save(model.state_dict(), …)
# model.requires_grad_(False)
# model.fc.requires_grad_(True)
# optimizer = torch.optim.SGD(model.fc.parameters(), lr=0.01, momentum=0.9)
# ```
#
# Your own `evaluate` judges it without a change, because it asks for nothing but logits. One trap: a frozen backbone
# must also **stay in evaluation mode** while the new layer is trained, or its batch normalisation goes on changing its
# statistics. And write down *which* weights you took: two files of the same name can hold different ones (lesson 12).

# %% [markdown]
# ## Top-1 and top-5
#
# With 1,000 classes, many images show more than one thing, and "Siberian husky" for an "Eskimo dog" is a small mistake.
# So ImageNet also counts **top-k accuracy**: the share of images whose true label is among the k classes with the
# highest logits. Top-1 is the ordinary accuracy. The error is 1 − top-k.
#
# **Predict first:** what top-5 accuracy does a network have on ten classes that learned nothing at all? And our plain
# one with 56 layers?

# %%
top = {}
for name, skip in (("with skips", True), ("plain", False)):
    with torch.inference_mode():
        logits = results.get(56, skip).model(data.valid_x).numpy()
    y, ten = data.valid_y, range(10)
    top[name] = {f"top-{k}": top_k_accuracy_score(y, logits, k=k, labels=ten) for k in range(1, 6)}
top["guessing"] = {f"top-{k}": k / 10 for k in range(1, 6)}
pd.DataFrame(top).T.round(3)

# %% [markdown]
# Guessing has a top-5 accuracy of 50 %<!-- = top["guessing"]["top-5"] --> here, because five of ten labels are half of
# all. A network that mixes up nearly everything can still look respectable<!-- true: top["plain"]["top-5"] > 0.5 -->.
# With 1,000 classes, guessing gets 0.5 %<!-- = 5 / 1000 -->. So never quote top-5 without the number of classes, and
# never compare a top-5 with a top-1.
#
# ### Exercise: top_k_accuracy
#
# *4 minutes, 3 points.* Write `top_k_accuracy(logits, y, k)`.
#
# - `logits` is a NumPy array of shape (N, C): a row for each image, a column for each class. `y` holds the N true
#   labels, numbers from 0 to C − 1. `k` is from 1 to C.
# - Return the share of images whose true label is among the k classes with the highest logits of their row, from 0 to
#   1.
# - **Ties:** of equal logits, the one further to the right counts as higher. (scikit-learn and evalkit do the same.)
#
# <details><summary>Hint 1: sort each row</summary>
#
# `np.argsort(logits, axis=1, kind="stable")` gives the classes of each row from the lowest logit to the highest. With
# `"stable"`, equal ones keep their order, so the one further to the right comes later.
#
# </details>
# <details><summary>Hint 2: compare row by row</summary>
#
# The last k columns are what you need. `y[:, None]` has the shape (N, 1), and is compared with every column of its own
# row.
#
# </details>
# <details><summary>Hint 3: one hit per image</summary>
#
# `.any(axis=1)` says for each row whether one of its k columns is the true label.
#
# </details>


# %% exercise="top_k_accuracy"
def top_k_accuracy(logits, y, k):
    """Return the share of rows whose true label is among the k classes with the highest logits.

    Of equal logits, the one further to the right counts as higher.
    """
    ### BEGIN SOLUTION
    top = np.argsort(logits, axis=1, kind="stable")[:, -k:]
    return np.mean((top == y[:, None]).any(axis=1))
    ### END SOLUTION


# %% check="top_k_accuracy"
check("top_k_accuracy", top_k_accuracy)
### BEGIN HIDDEN TESTS
check("top_k_accuracy", top_k_accuracy, seed=9104)
### END HIDDEN TESTS

# %% [markdown]
# ## Quiz
#
# Eight questions. They do not count towards your points.

# %% quiz="09_resnet_vs_plain"
show_quiz("09_resnet_vs_plain")

# %% [markdown]
# ## Summary
#
# | Question | Answer |
# |---|---|
# | What makes the comparison fair? | same layers, parameters, weights, batches; only the additions differ |
# | What happens at depth 56 without skips? | training itself fails: bad on training and validation images alike |
# | Do the gradients vanish? | no: with batch normalisation they explode at the start |
# | Why do skips help, then? | not settled; gradients that stay related and a smoother loss are the best explanations |
# | What does accuracy hide? | classes with recall near 0, and how few images and seeds it rests on |
# | What is top-5 worth? | depends on the number of classes; guessing has 5/C |
#
# - zero_grad, backward, step, in every batch; `train()` before training, `eval()` before judging.
# - Average over images, not over batches.
# - Look at training and validation, at each class, at the spread over seeds. Then conclude.
#
# Next, lesson 10: the network is trained. Where does it fail, and why?
#
# ## Further reading
#
# - K. He, X. Zhang, S. Ren and J. Sun, "Deep Residual Learning for Image Recognition", arXiv 1512.03385 (2015). Section
#   4.2 and table 6 are this experiment; section 4.1 is about vanishing gradients.
# - S. Ioffe and C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
#   Shift", *ICML* (2015).
# - G. Yang, J. Pennington, V. Rao, J. Sohl-Dickstein and S. S. Schoenholz, "A Mean Field Theory of Batch
#   Normalization", *ICLR* (2019). Why the gradient explodes.
# - H. Li, Z. Xu, G. Taylor, C. Studer and T. Goldstein, "Visualizing the Loss Landscape of Neural Nets", *NeurIPS*
#   (2018). Pictures of the loss with and without skips.
# - O. Russakovsky and others, "ImageNet Large Scale Visual Recognition Challenge", *International Journal of Computer
#   Vision* (2015). Where top-5 comes from.
# - A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images" (2009). CIFAR-10.
