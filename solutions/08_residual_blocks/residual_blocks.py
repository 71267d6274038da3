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
# # 08 · Residual blocks — why gradients vanish, and the road around it
#
# | | |
# |---|---|
# | **Minutes** | 57: reading 22, exercises 29, quiz 6 |
# | **Prerequisites** | Lesson 07. In PyTorch: what a module, a loss and `backward()` are. What a convolution and batch normalisation do, roughly. |
#
# A deeper network can express more than a shallow one. Yet for years deeper networks came out worse, on the training
# data, too. The remedy is one plus sign. This lesson measures what goes wrong without it, builds it, and shows how it
# breaks without anybody noticing.

# %% [markdown]
# ## Objectives
#
# After this lesson you can
#
# - **RB.1** explain what it means that a block learns F(x) = H(x) − x, and why that makes doing nothing easy;
# - **RB.2** measure the gradient of every layer, and recognise a vanishing gradient;
# - **RB.3** say what a skip does to the gradient, and what batch normalisation does without it;
# - **RB.4** write a residual block, with a projection where the shape changes;
# - **RB.5** name the ways in which a skip fails silently, and write the test that catches them;
# - **RB.6** recognise residual connections in a transformer, and say what they keep apart (*going further*).

# %%
import copy
import textwrap
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional as F

from autograder import check, show_quiz
from evalkit import accuracy_score, training
from evalkit.plots import PALETTE, alt_text, show
from evalkit.plots.gradients import plot_gradient_flow
from evalkit.vision import BasicBlock, ResNet, digits, gradient_flow, verify_skips

data = digits(seed=0)
# torch draws initial weights from this generator; setting its seed makes them the same on every run.
randomness = torch.default_generator

# %% [markdown]
# ## Deeper should not be worse
#
# Take a network that works, and put more layers on top. The deeper one can do everything that the shallow one can: the
# new layers need only pass on what they get. So its training error should be at most as high. He and his colleagues
# trained both, on CIFAR-10, with 20 and with 56 layers: the deeper one was worse, **on the training data**. That is not
# overfitting. The better solution exists, and training does not find it.
#
# Is passing on so hard? Give a network nothing else to do: it shall return the image that it is given. We take the
# digits of lesson 07 (1,297<!-- = len(data.train_x) --> for training, 500<!-- = len(data.valid_x) --> for validation).
# A block has two linear layers with a ReLU between, and a ReLU at the end. We stack ten of them, twenty layers in all,
# and count the mean squared error per pixel (pixels lie between 0 and 1).
#
# The two stacks differ in a plus sign only:
#
# - **plain**: a block returns relu(F(x));
# - **residual**: a block returns relu(F(x) + x). The input takes a road around the layers, the **skip**.
#
# **Predict first:** which error do you expect for each, compared with always giving the mean image?


# %%
class Block(nn.Module):
    """Two linear layers: relu(F(x) + x) with a skip, relu(F(x)) without."""

    def __init__(self, width, skip, norm=False):
        super().__init__()
        self.skip = skip
        normalise = partial(nn.BatchNorm1d, width) if norm else nn.Identity
        self.branch = nn.Sequential(
            nn.Linear(width, width), normalise(), nn.ReLU(), nn.Linear(width, width), normalise()
        )

    def forward(self, x):
        return F.relu(self.branch(x) + x) if self.skip else F.relu(self.branch(x))


def stack(blocks, skip, norm=False, seed=0):
    randomness.manual_seed(seed)
    return nn.Sequential(*[Block(64, skip, norm) for _ in range(blocks)])


def fit(model, train, valid, epochs, optimizer, **options):
    # Networks this small are fastest on one thread, and one thread gives the same result on every run.
    return training.fit(
        model, train, valid, epochs=epochs, optimizer=optimizer, progress=False, threads=1, **options
    )


pictures = torch.as_tensor(data.pictures("train"), dtype=torch.float32).flatten(1)
others = torch.as_tensor(data.pictures("valid"), dtype=torch.float32).flatten(1)
copying = {"always the mean image": F.mse_loss(pictures.mean(0).expand_as(others), others).item()}
for kind, skip in (("plain", False), ("residual", True)):
    run = fit(
        stack(10, skip),
        (pictures, pictures),
        (others, others),
        10,
        partial(torch.optim.Adam, lr=1e-3),
        loss=F.mse_loss,
    )
    copying[kind] = run.valid["loss"][-1]
pd.Series(copying, name="mean squared error").to_frame().round(4)

# %% [markdown]
# Twenty plain layers do not learn to do nothing. They end up worse than a constant<!-- true: copying["plain"] >
# copying["always the mean image"] -->, the mean image, whose error is 0.074<!-- = copying["always the mean image"] -->.
# The residual stack copies well<!-- true: copying["residual"] < copying["always the mean image"] / 20 -->.
#
# Why? Call what a block should compute H(x). A plain block must produce H(x) from nothing. A residual block computes
# F(x) + x, so its layers need only learn the **residual**
#
# > F(x) = H(x) − x,
#
# the difference between what is wanted and what is there already. If the best is to change nothing, F must become 0,
# and small weights give that for free. If the best is a small change, F is small. Blocks in a well-trained deep network
# do make small changes, as He and his colleagues measured.

# %% quiz="RB-b1"
show_quiz("08_residual_blocks", "RB-b1")

# %% [markdown]
# ## Gradients vanish
#
# Now a real task: which digit is it? Twenty blocks and a last linear layer. Training needs the gradient of the loss
# with respect to every weight, and that comes back layer by layer: each layer multiplies it by its own derivative.
# Forty factors of 0.8 make 0.00013<!-- = 0.8**40 -->. A gradient that small moves nothing; it has **vanished**. Forty
# factors of 1.25 make 7,523<!-- = 1.25**40 -->: it **explodes**.
#
# With a skip, a block's derivative is not F′(x) but F′(x) + 1. The 1 is the road around the block: along it the
# gradient arrives as it left, however small F′(x) is. (The ReLU at the end lets it pass where the sum is positive.)
#
# `gradient_flow` of evalkit runs one batch and measures the **norm** of each layer's gradient: the root of the sum of
# its squared entries. Nothing has been trained yet; these are torch's own initial weights.
#
# **Predict first:** by how much does the gradient differ between the first layer and the last?

# %%
train = data.train_x.flatten(1), data.train_y
valid = data.valid_x.flatten(1), data.valid_y


def classifier(blocks, skip, norm=False, seed=0):
    return nn.Sequential(stack(blocks, skip, norm, seed), nn.Linear(64, 10))


batch = train[0][:256], train[1][:256]
flows = {
    "with skips": gradient_flow(classifier(20, skip=True), batch).norms,
    "without": gradient_flow(classifier(20, skip=False), batch).norms,
}
fig = plot_gradient_flow(flows)
show(fig, alt_text(fig))

# %% [markdown]
# With skips no layer goes short: the largest gradient is about ten times the smallest<!-- true: 5 < max(flows["with
# skips"]) / min(flows["with skips"]) < 20 -->. Without, the gradient loses, on average, a factor of
# 2.2<!-- = (flows["without"][39] / flows["without"][0]) ** (1 / 39) --> in each layer: in the first one it is
# 13<!-- = np.log10(flows["without"][39] / flows["without"][0]) --> powers of ten smaller than in layer 40, and the
# layers next to the image will not move. The figure shows it before a single step of training.

# %% [markdown]
# ### Exercise: layer_gradient_norms
#
# *8 minutes, 4 points.* Measure it yourself. Write `layer_gradient_norms(model, x, y)`.
#
# - `model` is a network that returns logits, `x` a batch of inputs and `y` their labels, both tensors.
# - The loss is the **mean cross-entropy** of the logits over the batch.
# - Return a dict: for each name of `model.named_parameters()` the norm of the gradient of that parameter, as a Python
#   float. The norm is the root of the sum of the squared entries.
# - Gradients that an earlier `backward()` has left must not count.
# - A parameter that receives no gradient has the norm `0.0`.
# - Leave the model in the mode in which it is (training or evaluation), and do not change its weights. What is in the
#   parameters' `.grad` afterwards does not matter.
#
# <details><summary>Hint 1: the loss</summary>
#
# `F.cross_entropy(logits, y)` applies softmax itself and takes the mean over the batch.
#
# </details>
# <details><summary>Hint 2: earlier gradients</summary>
#
# `backward()` adds to what is in `.grad`. What does an optimizer's loop call before it?
#
# </details>
# <details><summary>Hint 3: no gradient</summary>
#
# After `model.zero_grad()` the `.grad` of every parameter is `None`. After `backward()` it still is for a layer that
# the output does not use.
#
# </details>


# %% exercise="layer_gradient_norms"
def layer_gradient_norms(model, x, y):
    """Return a dict: for the name of each parameter the norm of its gradient, a float.

    The loss is the mean cross-entropy of the logits model(x) and the labels y. Earlier gradients do
    not count; a parameter that receives no gradient has the norm 0.0. The model keeps its weights
    and its mode.
    """
    ### BEGIN SOLUTION
    model.zero_grad()
    F.cross_entropy(model(x), y).backward()
    return {
        name: 0.0 if parameter.grad is None else parameter.grad.norm().item()
        for name, parameter in model.named_parameters()
    }
    ### END SOLUTION


# %% check="layer_gradient_norms"
check("layer_gradient_norms", layer_gradient_norms)
### BEGIN HIDDEN TESTS
check("layer_gradient_norms", layer_gradient_norms, seed=8101)
### END HIDDEN TESTS

# %% [markdown]
# ## Is that all? No
#
# It is tempting to stop here: gradients vanish, skips bring them back, so deep networks work. But there are older cures
# for vanishing gradients: initial weights of the right size, and **batch normalisation**. Every network in He's
# comparison had both. Train four stacks of twenty blocks, with and without skips, with and without normalisation, for
# six epochs.
#
# **Predict first:** normalisation keeps the gradient alive. Will the plain stack then learn as well as the residual
# one?

# %%
sgd = partial(torch.optim.SGD, lr=0.01, momentum=0.9)
stacks, rows = {}, {}
for norm in (False, True):
    for skip in (False, True):
        model = classifier(20, skip, norm)
        flow = gradient_flow(model, batch)
        run = fit(model, train, valid, 6, sgd, metrics={"accuracy": accuracy_score})
        kind = ("residual" if skip else "plain") + (", normalised" if norm else "")
        stacks[kind] = model
        rows[kind] = {
            "gradient, first layer": flow.norms[0],
            "gradient, last layer": flow.norms[-1],
            "training loss": run.train["loss"][-1],
            "validation accuracy": run.valid["accuracy"][-1],
        }
four = pd.DataFrame(rows).T
four.map("{:.3g}".format)

# %% [markdown]
# - The plain stack does not learn at all<!-- true: abs(four["training loss"]["plain"] - np.log(10)) < 0.01 -->: its
#   loss stands at 2.30<!-- = four["training loss"]["plain"] -->, the logarithm of 10, which is what guessing costs.
# - With normalisation nothing vanishes. The gradient even **grows** on its way back<!-- true: four["gradient, first
#   layer"]["plain, normalised"] > 100 * four["gradient, last layer"]["plain, normalised"] -->, to several
#   hundred<!-- true: 300 < four["gradient, first layer"]["plain, normalised"] < 1000 --> in the first layer. Still that
#   stack falls far behind<!-- true: four["validation accuracy"]["plain, normalised"] < 0.7 -->.
# - Both residual stacks get nearly all validation images right<!-- true: min(four["validation accuracy"][["residual",
#   "residual, normalised"]]) > 0.93 -->.
#
# So a healthy norm is necessary, but it is not enough. He and his colleagues say it themselves: their plain networks
# had batch normalisation and healthy gradients, and they thought it unlikely that vanishing gradients were the cause.
#
# ### What the norm does not show
#
# A gradient is useful if it tells what to do not only at this very point, but also a small step further. Walk in a
# straight line from one digit to another, in 256 steps, and look at the gradient of one output at each. Neighbours on
# this walk are all but the same image.

# %%
first, second = valid[0][valid[1] == 3][0], valid[0][valid[1] == 8][0]


def gradients_on_the_way(model):
    """Gradient of the first output with respect to the image, at 257 points between two digits."""
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm1d):
            layer.momentum = None  # take the statistics of all training data, instead of a running mean
    model.train()
    model(train[0])
    model.eval()
    way = (first + torch.linspace(0, 1, 257)[:, None] * (second - first)).requires_grad_()
    return torch.autograd.grad(model(way)[:, 0].sum(), way)[0]


def similarity(gradients):
    """Mean cosine of the angle between neighbours: 1 is the same direction, 0 is unrelated."""
    return F.cosine_similarity(gradients[:-1], gradients[1:]).mean().item()


ways = {
    (kind, blocks): gradients_on_the_way(classifier(blocks, kind == "residual", norm=True))
    for kind in ("plain", "residual")
    for blocks in (1, 5, 20)
}
alike = pd.Series({key: similarity(gradients) for key, gradients in ways.items()}).unstack()
alike.rename_axis(index="similarity of neighbours", columns="blocks").round(2)

# %% jupyter={"source_hidden": true}
# Draws the slopes.
fig, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained", sharex=True)
for ax, kind, color in zip(axes, ("plain", "residual"), (PALETTE[1], PALETTE[0]), strict=True):
    slope = (ways[kind, 20] @ (second - first)).numpy()[128:193]
    ax.plot(np.arange(128, 193), slope / np.abs(slope).max(), ".-", color=color, linewidth=1)
    ax.set(title=f"20 {kind} blocks", xlabel="Step on the way (a quarter of 256)", ylim=(-1.1, 1.1))
    ax.set_ylabel("Slope of one output\n(largest = 1)")
    ax.spines[["top", "right"]].set_visible(False)
show(
    fig,
    "The slope of one output on 64 steps of the way from one digit to another, untrained, with batch normalisation. "
    f"Left, 20 plain blocks: it jumps up and down at every step like noise; neighbours have a similarity of "
    f"{alike[20]['plain']:.2f}. Right, 20 residual blocks: it keeps its course over many steps; the similarity is "
    f"{alike[20]['residual']:.2f}.",
)

# %% [markdown]
# In twenty plain blocks the gradients of two all but equal images have nothing to do with each
# other<!-- true: abs(alike[20]["plain"]) < 0.1 < 0.8 < alike[20]["residual"] -->: similarity
# 0.01<!-- = alike[20]["plain"] -->. It is large enough, and says nothing. With skips the similarity is
# 0.92<!-- = alike[20]["residual"] -->. Balduzzi and his colleagues call these **shattered gradients**.
#
# Why do skips help? Multiply out a stack of blocks, each of which is "1 + F": of two blocks come four roads from input
# to output, of twenty 1,048,576<!-- = 2**20 -->. Most lead through about half of the blocks and around the others, so
# the network behaves somewhat like a crowd of shallower ones (Veit and his colleagues). That can be tested: take the
# trained stack and cross out one block, without training again.

# %%
trained = stacks["residual, normalised"].eval()
blocks, last = trained
crossed_out = []
with torch.inference_mode():
    for left_out in range(len(blocks)):
        shorter = nn.Sequential(*[block for i, block in enumerate(blocks) if i != left_out], last)
        crossed_out.append(accuracy_score(valid[1], shorter(valid[0]).argmax(dim=1)))
print(f"one block less: median accuracy {np.median(crossed_out):.3f}, lowest {min(crossed_out):.3f}")

# %% [markdown]
# Most blocks can be missing, and hardly anything changes<!-- true: np.median(crossed_out) > 0.94 -->; only a few are
# needed badly<!-- true: 1 <= np.sum(np.array(crossed_out) < 0.9) <= 4 -->. In a plain stack each block is the only
# road.

# %% quiz="RB-b2"
show_quiz("08_residual_blocks", "RB-b2")

# %% [markdown]
# ## The block
#
# For images, a block has two 3×3 convolutions, each followed by batch normalisation. The skip goes around both.
# Somewhere the network must also make the image smaller and add channels. Then x no longer fits to F(x), and has to be
# **projected** into the new shape.


# %% jupyter={"source_hidden": true}
# Draws both blocks.
def draw_block(ax, title, side):
    """One residual block from top to bottom; `side` is what stands on the skip."""
    steps = ["3×3 convolution", "batch norm", "ReLU", "3×3 convolution", "batch norm"]
    box = {"boxstyle": "round,pad=0.35", "facecolor": "#f2f2f2", "edgecolor": "#595959"}
    arrow = {"arrowstyle": "-|>", "color": "#333333", "shrinkA": 0, "shrinkB": 0}
    heights = np.linspace(8.2, 3.4, len(steps))
    if side:
        steps[0] += ", stride 2"
    ax.text(0, 10, "x", ha="center", va="center", fontsize=13)
    for step, height, above in zip(steps, heights, [9.7, *(heights[:-1] - 0.42)], strict=True):
        ax.annotate("", (0, height + 0.42), (0, above), arrowprops=arrow)
        ax.text(0, height, step, ha="center", va="center", bbox=box)
    ax.annotate("", (0, 2.3), (0, heights[-1] - 0.42), arrowprops=arrow)
    # Blue is the road around the layers, as "with skips" in every figure of this lesson.
    ax.plot([0.15, 3.4, 3.4], [9.2, 9.2, 2], color=PALETTE[0], linewidth=2.5)
    ax.annotate("", (0.32, 2), (3.4, 2), arrowprops=arrow | {"color": PALETTE[0], "linewidth": 2.5})
    ax.text(
        0,
        2,
        "+",
        ha="center",
        va="center",
        fontsize=15,
        bbox={"boxstyle": "circle", "facecolor": "white"},
    )
    road = {"boxstyle": "round,pad=0.35", "facecolor": "#e8f1f8", "edgecolor": PALETTE[0]}
    ax.text(3.4, 5.8, side or "x as it is", ha="center", va="center", bbox=road)
    ax.annotate("", (0, 1.1), (0, 1.7), arrowprops=arrow)
    ax.text(0, 0.7, "ReLU", ha="center", va="center", bbox=box)
    ax.annotate("", (0, -0.5), (0, 0.28), arrowprops=arrow)
    ax.set(title=title, xlim=(-2.4, 5.6), ylim=(-0.6, 10.4))
    ax.axis("off")


fig, axes = plt.subplots(1, 2, figsize=(8, 4.6), layout="constrained")
draw_block(axes[0], "shape stays", "")
draw_block(axes[1], "shape changes", "1×1 convolution,\nstride 2,\nbatch norm")
show(
    fig,
    "Two residual blocks as diagrams, from the input x at the top to the output at the bottom. In both, x goes down through "
    "a 3×3 convolution, batch norm, ReLU, a 3×3 convolution and batch norm to a plus sign, and then through a last ReLU. A "
    "second line goes around these layers straight to the plus sign. Left, where the shape stays, it carries x as it is. "
    "Right, where the shape changes, it leads through a 1×1 convolution with stride 2 and batch norm.",
)

# %% [markdown]
# The paper has three ways to make x fit. **Option A** keeps every second pixel and fills the new channels with zeros;
# it has no weights. **Option B** is a 1×1 convolution, which mixes channels, with the same stride as the branch. Use it
# only where the shape changes: wherever it stands, the free road is interrupted. **Option C** puts such a projection on
# *every* skip. In the paper it was a little better than B, at the price of many more parameters, and the authors did
# not use it.
#
# The place of the last ReLU matters, too. It comes **after** the addition. In the second paper (2016) the same authors
# move normalisation and ReLU to the front of the branch and leave nothing after the addition: x + F(relu(norm(x))).
# This **pre-activation** form keeps the road free over the whole network. Here we build the first form.
#
# ### Exercise: ResidualBlock
#
# *12 minutes, 6 points.* Write the class `ResidualBlock(in_channels, out_channels, stride=1)`, an `nn.Module`. Its
# `forward(x)` takes images of shape (N, in_channels, H, W) and returns **relu(F(x) + shortcut(x))**.
#
# - **F**: 3×3 convolution from `in_channels` to `out_channels` with the stride and padding 1; batch normalisation;
#   ReLU; 3×3 convolution with stride 1 and padding 1; batch normalisation.
# - **shortcut**: x itself where `stride` is 1 and the number of channels stays. Everywhere else a 1×1 convolution with
#   the stride, then batch normalisation (option B).
# - The tensor `x` is not changed.
#
# Use `nn.Conv2d` and `nn.BatchNorm2d`, with their own default settings where nothing else is said. What you call your
# layers, and whether the convolutions have a bias, is up to you: the check fills convolutions with numbers by the size
# of their kernels, and looks at what comes out.
#
# <details><summary>Hint 1: two methods</summary>
#
# `__init__` makes the layers and stores them as attributes of `self`; `forward` uses them. The stub has the first two
# lines of `__init__`; the method `forward(self, x)` is yours to add.
#
# </details>
# <details><summary>Hint 2: which shortcut</summary>
#
# `nn.Identity()` returns what it is given. So `forward` can always add `self.shortcut(x)`, and `__init__` decides what
# that is. Two conditions lead to a projection, and one is enough.
#
# </details>
# <details><summary>Hint 3: sizes</summary>
#
# For an image of 8×8 and stride 2 both roads must give 4×4. A 3×3 convolution needs padding 1 for it, a 1×1 convolution
# none.
#
# </details>


# %% exercise="ResidualBlock"
class ResidualBlock(nn.Module):
    """relu(F(x) + shortcut(x)) for images of shape (N, in_channels, H, W).

    F: 3×3 convolution with the stride, batch norm, ReLU, 3×3 convolution, batch norm.
    shortcut: x itself if the stride is 1 and the channels stay; otherwise a 1×1 convolution with
    the stride, batch norm.
    """

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        ### BEGIN SOLUTION
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return F.relu(out + self.shortcut(x))
        ### END SOLUTION


# %% check="ResidualBlock"
check("ResidualBlock", ResidualBlock)
### BEGIN HIDDEN TESTS
check("ResidualBlock", ResidualBlock, seed=8102)
### END HIDDEN TESTS

# %% [markdown]
# ## A broken skip says nothing
#
# Here is the danger: a wrong skip raises no error. The network runs, the loss falls, and the result is "a bit
# disappointing". Below are eight ways to join a branch with its input, one of them right. `Joined` is evalkit's block
# with another last line.


# %%
class Joined(BasicBlock):
    """A residual block that joins the output of its branch with its input in a way of its own."""

    def __init__(self, channels, join):
        super().__init__(channels, channels)
        self.join = join

    def forward(self, x):
        branch = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return self.join(branch, x)


def in_place(branch, x):
    x += branch
    return F.relu(x)


joins = {
    "right": lambda branch, x: F.relu(branch + x),
    "never added": lambda branch, x: F.relu(branch),
    "added after the last ReLU": lambda branch, x: F.relu(branch) + x,
    "detached": lambda branch, x: F.relu(branch + x.detach()),
    "broadcast": lambda branch, x: F.relu(branch + x.mean(dim=(2, 3), keepdim=True)),
    "scaled": lambda branch, x: F.relu(branch + 0.5 * x),
    "concatenated": lambda branch, x: F.relu(torch.cat([branch, x], dim=1)),
    "added in place": in_place,
}


def network(join, blocks=12):
    randomness.manual_seed(0)
    start = [nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU()]
    end = [nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 10)]
    return nn.Sequential(*start, *[Joined(8, join) for _ in range(blocks)], *end)


images = (data.train_x, data.train_y), (data.valid_x, data.valid_y)
# The last two make trouble of another kind: other shapes, and an error in backward().
reached = {}
for name in list(joins)[:-2]:
    run = fit(
        network(joins[name]), *images, 3, partial(sgd, lr=0.02), metrics={"accuracy": accuracy_score}
    )
    reached[name] = {
        "training loss": run.train["loss"][-1],
        "validation accuracy": run.valid["accuracy"][-1],
    }
reached = pd.DataFrame(reached).T
reached.round(3)

# %% [markdown]
# Not one of them complained, and each has learned something<!-- true: min(reached["validation accuracy"]) > 0.2 -->.
# Whoever does not know that about nine in ten was possible<!-- true: reached["validation accuracy"]["right"] > 0.87 -->
# publishes what the broken ones reach, far less<!-- true: np.median(reached["validation accuracy"].drop("right")) < 0.8
# -->. Nor do results tell which mistake it is: with twelve blocks, three epochs and one seed, the order of the broken
# ones is luck, and with another seed one of them comes close to the right one. So do not judge a skip by the loss. Test
# it.
#
# Two more show themselves sooner or later. **Concatenated** gives twice the channels; if the next layer is built for
# them, it runs. **In place**, `x += branch`, gives the right output, but overwrites what the caller holds; in training,
# `backward()` often finds that and stops, and without gradients nobody does.
#
# ### The test that catches each
#
# All of them can be caught by one idea: **set the block's parameters to zero**. Then every branch gives 0 (convolutions
# and the scale and shift of normalisations are parameters), and what still comes out has come over the skip.
#
# | Mistake | With all parameters zero | What to compare |
# |---|---|---|
# | never added | output 0 | values: relu(x) is wanted |
# | added after the last ReLU | output x, negative values included | values |
# | detached | output relu(x), as it should be | the **gradient** that reaches x: it is 0 |
# | concatenated | twice the channels | the **shape**, before the values |
# | broadcast | right shape, a few values everywhere | **every** value; a sum or a mean can agree by accident |
# | scaled | output 0.5 · relu(x); after 12 blocks a factor of 0.00024<!-- = 0.5**12 --> | values |
# | in place | perhaps nothing | the **input** with a copy from before |
# | always projected | output 0 | values |
#
# `verify_skips` of evalkit does this and more for whole networks, ours and those of torchvision. It goes by what a
# block does, not by names:

# %%
for name, join in joins.items():
    (report,) = verify_skips(Joined(8, join))
    print(f"{name} -> {report.kind}\n{textwrap.indent(textwrap.fill(report.sentence, 50), '   ')}\n")
print("ResNet-20:", {report.kind for report in verify_skips(ResNet(depth=20, width=8, in_channels=1))})

# %% [markdown]
# ### Exercise: has_identity_path
#
# *9 minutes, 4 points.* Write the heart of that test: `has_identity_path(block, x)`.
#
# - `block` is a residual block of the form relu(F(x) + x) or a broken one, in evaluation mode; `x` is a tensor of shape
#   (N, C, H, W).
# - Return `True` if, **with all parameters of the block set to zero**, these three hold:
#
#     1. the output has the shape of x and is **equal to relu(x)**, value by value;
#     2. the gradient of the sum of the output with respect to x is **1 where x > 0 and 0 elsewhere**;
#     3. the block has **not changed** the tensor that it was given.
#
# - Otherwise return `False`. (So a block with a projection gives `False`: its road is not free. A pre-activation block,
#   which gives x, is not asked about.)
# - The block must work afterwards as before, with the weights that it had.
#
# <details><summary>Hint 1: keep the block as it is</summary>
#
# `copy.deepcopy(block)` gives a block of your own. Its parameters are set to zero by `parameter.zero_()`, inside
# `with torch.no_grad():`.
#
# </details>
# <details><summary>Hint 2: the order</summary>
#
# Begin without gradients: give the block `x.clone()`, then compare that clone with x, then the shapes, then the values,
# and return `False` at the first difference. `torch.equal` is `False` for tensors of different shapes.
#
# </details>
# <details><summary>Hint 3: the gradient</summary>
#
# `leaf = x.clone().requires_grad_()` is a tensor whose gradient is collected: after `block(leaf).sum().backward()` it
# stands in `leaf.grad`.
#
# </details>


# %% exercise="has_identity_path"
def has_identity_path(block, x):
    """Return whether a block of the form relu(F(x) + x) passes its input on: True or False.

    With all parameters set to zero, the output must equal relu(x), its sum must have a gradient of
    1 where x > 0 and 0 elsewhere, and the tensor given to the block must be unchanged. The block
    itself keeps its weights.
    """
    ### BEGIN SOLUTION
    silent = copy.deepcopy(block)
    with torch.no_grad():
        for parameter in silent.parameters():
            parameter.zero_()
        given = x.clone()
        output = silent(given)
    if not torch.equal(given, x) or not torch.equal(output, F.relu(x)):
        return False
    leaf = x.clone().requires_grad_()
    silent(leaf).sum().backward()
    return torch.equal(leaf.grad, (x > 0).to(x.dtype))
    ### END SOLUTION


# %% check="has_identity_path"
check("has_identity_path", has_identity_path)
### BEGIN HIDDEN TESTS
check("has_identity_path", has_identity_path, seed=8103)
### END HIDDEN TESTS

# %% quiz="RB-b3"
show_quiz("08_residual_blocks", "RB-b3")

# %% [markdown] further=true
# ## Going further: the same road in transformers
#
# A transformer is a residual network as well. Each layer has two branches, attention and a small network for each
# token, and each branch has its own skip. In the first transformers (Vaswani and colleagues) the sum is normalised:
# norm(x + F(x)). Most later ones normalise at the start of the branch: x + F(norm(x)). You know the difference: it is
# pre-activation again. The road from the first layer to the last stays free, and training becomes calmer (Xiong and
# colleagues).
#
# Here skips do one more thing. Attention replaces each token by a weighted **mean** of all tokens. Do that often
# enough, and all are the same. The skip keeps what is a token's own. We cut digits into their eight rows, take each row
# as a token, and measure after each layer how similar the tokens of an image are (mean cosine; 1 is: all alike). The
# layers are untrained, normalisation stands at the start of the branch. (That tokens collapse without skips was shown
# by Dong and colleagues.)


# %%
class TransformerLayer(nn.Module):
    """Attention, then a small network for each token; normalisation at the start of each branch."""

    def __init__(self, width, skip):
        super().__init__()
        self.skip = skip
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, num_heads=4, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, tokens):
        normed = self.norm1(tokens)
        tokens = self.attention(normed, normed, normed, need_weights=False)[0] + self.skip * tokens
        return self.mlp(self.norm2(tokens)) + self.skip * tokens


def token_similarity(tokens):
    """Mean cosine between the different tokens of an image."""
    directions = F.normalize(tokens, dim=-1)
    n = tokens.shape[1]
    cosines = directions @ directions.transpose(1, 2)
    return ((cosines.sum(dim=(1, 2)) - n) / (n * (n - 1))).mean().item()


collapse = {}
for kind, skip in (("with skips", True), ("without", False)):
    randomness.manual_seed(0)
    # A row's pixels, and its position.
    tokens = nn.Linear(8, 32)(data.valid_x[:128, 0]) + torch.randn(8, 32)
    collapse[kind] = [token_similarity(tokens)]
    for _ in range(12):
        tokens = TransformerLayer(32, skip)(tokens)
        collapse[kind].append(token_similarity(tokens))

# %% jupyter={"source_hidden": true}
# Draws the similarities.
fig, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
for (kind, values), color, style, height in zip(
    collapse.items(), PALETTE, ("-", "--"), (-0.13, -0.09), strict=False
):
    ax.plot(values, style, color=color, linewidth=2.5, marker="o", markersize=4)
    ax.text(12, values[-1] + height, kind, color=color, fontsize=12, ha="right")
ax.set(
    xlabel="After layer (0 is the input)",
    ylabel="Similarity of tokens (cosine)",
    ylim=(0, 1.05),
    xticks=range(13),
)
ax.spines[["top", "right"]].set_visible(False)
show(
    fig,
    "Similarity of the eight tokens of an image after each of 12 untrained transformer layers. "
    + " ".join(
        f"{kind.capitalize()}: {values[0]:.2f} at the input, {values[1]:.2f} after layer 1, {values[-1]:.2f} after layer 12."
        for kind, values in collapse.items()
    ),
)

# %% [markdown]
# Without skips one layer is enough<!-- true: collapse["without"][1] > 2 * collapse["with skips"][-1] -->: a similarity
# of 0.96<!-- = collapse["without"][1] -->, and the rows of the digit can hardly be told apart. With skips it is
# 0.38<!-- = collapse["with skips"][-1] --> after twelve.

# %% [markdown]
# ## Quiz
#
# Eight questions. They do not count towards your points.

# %% quiz="08_residual_blocks"
show_quiz("08_residual_blocks")

# %% [markdown]
# ## Summary
#
# | Question | Answer |
# |---|---|
# | What does a residual block learn? | F(x) = H(x) − x, the change; doing nothing is F = 0 |
# | What does the skip do to the gradient? | F′(x) becomes F′(x) + 1: it arrives even where the branch passes nothing on |
# | Do gradients vanish without skips? | with default weights, yes; with batch normalisation, no, but they shatter |
# | Where does the ReLU go? | after the addition; in pre-activation blocks to the front of the branch |
# | When is there a projection? | if stride or channels change, and only then |
# | How do I know that my skip works? | set all parameters to zero; compare values, shape, gradient and input |
#
# - Measure the gradient of each layer before you train. It takes one batch.
# - A healthy norm is not yet a useful gradient.
# - A network that runs is no proof. Test the skip, not the loss.
#
# Next, lesson 09: the experiment. Depth 8, 20 and 56, with skips and without, trained by you.
#
# ## Further reading
#
# - K. He, X. Zhang, S. Ren and J. Sun, "Deep Residual Learning for Image Recognition", arXiv 1512.03385 (2015). The
#   paper; section 4.1 says why they do not blame vanishing gradients.
# - K. He, X. Zhang, S. Ren and J. Sun, "Identity Mappings in Deep Residual Networks", arXiv 1603.05027 (2016). What
#   scaling, gating and other things on the skip cost; the pre-activation block.
# - A. Veit, M. Wilber and S. Belongie, "Residual Networks Behave Like Ensembles of Relatively Shallow Networks", *NIPS*
#   (2016). Blocks crossed out.
# - D. Balduzzi and others, "The Shattered Gradients Problem: If resnets are the answer, then what is the question?",
#   *ICML* (2017).
# - A. Vaswani and others, "Attention Is All You Need", *NIPS* (2017).
# - R. Xiong and others, "On Layer Normalization in the Transformer Architecture", *ICML* (2020).
# - Y. Dong, J.-B. Cordonnier and A. Loukas, "Attention is not all you need: pure attention loses rank doubly
#   exponentially with depth", *ICML* (2021).
