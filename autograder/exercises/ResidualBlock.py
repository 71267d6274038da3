"""The residual block: two convolutions, and a road around them."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._block_slips import SLIPS
from autograder.exercises._edited import mistake


def cases(rng: np.random.Generator) -> list[Case]:
    def case(name: str, points: float, channels: tuple[int, int], stride: int, aspect: str) -> Case:
        x = rng.normal(size=(2, channels[0], 6, 6))
        # The learner's class is given the first three. The others are for the probe.
        return Case(name, (*channels, stride, aspect, x, int(rng.integers(1, 10**6))), points)

    c = int(rng.integers(3, 6))
    return [
        case("equal shapes", 1.5, (c, c), 1, "output"),
        case("equal shapes, the branch being zero", 0.5, (c, c), 1, "shortcut"),
        case("more channels", 0.5, (c, c + 2), 1, "shortcut"),
        case("more channels and half the size", 1, (c, 2 * c), 2, "output"),
        case("half the size", 0.5, (c, c), 2, "output"),
        case("one channel in", 0.5, (1, c), 1, "output"),
        case("the gradient at the input", 1, (c, c), 1, "gradient"),
        case("training, then evaluation", 0.5, (c, c), 1, "training"),
    ]


def reference(in_channels, out_channels, stride=1):
    from evalkit.vision import BasicBlock

    return BasicBlock(in_channels, out_channels, stride, shortcut="B")


def variant_sequential(in_channels, out_channels, stride=1):
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.branch = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False),
                nn.BatchNorm2d(out_channels),
                nn.ReLU(),
                nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False),
                nn.BatchNorm2d(out_channels),
            )
            self.shortcut = nn.Identity()
            if stride != 1 or in_channels != out_channels:
                self.shortcut = nn.Sequential(
                    nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
                )

        def forward(self, x):
            return torch.relu(self.branch(x) + self.shortcut(x))

    return Block()


def variant_step_by_step(in_channels, out_channels, stride=1):
    import torch.nn.functional as F
    from torch import nn

    class Block(nn.Module):
        def __init__(self, c_in, c_out, s):
            super().__init__()
            self.needs_projection = s != 1 or c_in != c_out
            # A bias before a batch normalisation is of no use, and does no harm.
            self.first = nn.Conv2d(c_in, c_out, 3, s, padding="same" if s == 1 else 1)
            self.second = nn.Conv2d(c_out, c_out, 3, padding="same")
            self.norm1, self.norm2 = nn.BatchNorm2d(c_out), nn.BatchNorm2d(c_out)
            if self.needs_projection:
                self.projection = nn.Conv2d(c_in, c_out, 1, s)
                self.norm3 = nn.BatchNorm2d(c_out)

        def forward(self, x):
            out = self.first(x)
            out = F.relu(self.norm1(out))
            out = self.norm2(self.second(out))
            if self.needs_projection:
                out += self.norm3(self.projection(x))
            else:
                out += x
            return F.relu_(out)

    return Block(in_channels, out_channels, stride)


def variant_parts(in_channels, out_channels, stride=1):
    import torch
    from torch import nn

    class Block(nn.ModuleDict):
        def forward(self, x):
            identity = x
            for name in ("conv1", "bn1", "relu", "conv2", "bn2"):
                x = self[name](x)
            if "downsample" in self:
                identity = self["downsample"](identity)
            return torch.maximum(x + identity, torch.zeros_like(x))

    layers = {
        "conv2": nn.Conv2d(out_channels, out_channels, (3, 3), (1, 1), (1, 1)),
        "conv1": nn.Conv2d(in_channels, out_channels, (3, 3), (stride, stride), (1, 1)),
        "bn2": nn.BatchNorm2d(out_channels),
        "bn1": nn.BatchNorm2d(out_channels),
        "relu": nn.ReLU(),
    }
    if (in_channels, 1) != (out_channels, stride):
        projection = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
        layers["downsample"] = nn.Sequential(projection, nn.BatchNorm2d(out_channels))
    return Block(layers)


EXERCISE = Exercise(
    id="ResidualBlock",
    lesson="08_residual_blocks",
    objective="RB.4",
    points=6,
    signature="ResidualBlock(in_channels, out_channels, stride=1)",
    cases=cases,
    reference=reference,
    misconceptions={
        "missing": mistake(
            variant_sequential,
            {"self.branch(x) + self.shortcut(x)": "self.branch(x)"},
            "Your block has no skip: its output is the branch alone. Add the shortcut to the branch's output, before "
            "the last ReLU.",
        ),
        "after-relu": mistake(
            variant_sequential,
            {"self.branch(x) + self.shortcut(x))": "self.branch(x)) + self.shortcut(x)"},
            "You add the shortcut after the last ReLU. Then the branch can only add, never take away, and values grow "
            "from block to block. Add first, then apply the ReLU.",
        ),
        "relu-before-too": mistake(
            variant_sequential,
            {"self.branch(x)": "torch.relu(self.branch(x))"},
            "Your branch ends in a ReLU of its own, so it can add to the shortcut but never take anything away. The "
            "branch ends with its second batch normalisation; one ReLU comes after the addition.",
        ),
        "no-last-relu": mistake(
            variant_sequential,
            {"torch.relu(self.branch(x) + self.shortcut(x))": "self.branch(x) + self.shortcut(x)"},
            "Branch and shortcut are added rightly, but the ReLU after the addition is missing.",
        ),
        "detached": mistake(
            variant_sequential,
            {"self.shortcut(x))": "self.shortcut(x).detach())"},
            "Your output is right, but no gradient comes back through the skip: it is cut off from the graph, by "
            "detach(), .data or no_grad(). Add the shortcut as it is.",
        ),
        "concatenated": mistake(
            variant_sequential,
            {"self.branch(x) + self.shortcut(x)": "torch.cat([self.branch(x), self.shortcut(x)], dim=1)"},
            "You put branch and shortcut side by side, which doubles the channels. That is another idea. A "
            "residual block adds them, value by value.",
        ),
        "scaled": mistake(
            variant_sequential,
            {"self.branch(x) + self.shortcut(x)": "0.5 * (self.branch(x) + self.shortcut(x))"},
            "You halve the sum of branch and shortcut. Over 50 blocks that divides the signal by 2 to the power of 50. "
            "Add the shortcut unchanged, with no factor.",
        ),
        "no-projection": mistake(
            variant_sequential,
            {"self.shortcut(x)": "x"},
            "You always add x itself. Where channels or size change, that stops with an error or, with one channel, "
            "is copied over all channels without a word. Bring x into the new shape by a 1×1 convolution.",
        ),
        "projects-new-channels-only": mistake(
            variant_sequential,
            {"stride != 1 or in_channels": "in_channels"},
            "You project only where the number of channels changes. A stride of 2 halves the size even if the channels "
            "stay: then x no longer fits, and has to be projected as well.",
        ),
        "projects-strides-only": mistake(
            variant_sequential,
            {"stride != 1 or in_channels != out_channels": "stride != 1"},
            "You project only where the stride is not 1. The channels can change without it: then x does not fit, "
            "either. With one channel it is even copied over all channels without a word.",
        ),
        "always-projects": mistake(
            variant_sequential,
            {"if stride != 1 or in_channels != out_channels": "if True"},
            "You put a convolution on the shortcut even where shapes are equal. Then there is no free road left. Use "
            "the projection only where the stride is not 1 or the number of channels changes; else add x itself.",
        ),
        "in-place": mistake(
            variant_sequential,
            {
                "return torch.relu(self.branch(x) + self.shortcut(x))": (
                    "shortcut = self.shortcut(x)\n"
                    "            shortcut += self.branch(x)\n"
                    "            return torch.relu(shortcut)"
                )
            },
            "Your block adds the branch into x itself (x += …), and so changes the tensor that it was given. Whoever "
            "holds it finds it altered, and backward() fails. Write the sum into a new tensor.",
        ),
        "relu-of-input-in-place": mistake(
            variant_sequential,
            {"return torch": "x = torch.relu_(x)\n            return torch"},
            "Your block applies a ReLU to its input, in place. The skip then carries what the ReLU left of it, and the "
            "caller's tensor is altered. The input goes as it is into branch and shortcut.",
        ),
        "stride-twice": mistake(
            variant_sequential,
            {"out_channels, out_channels, 3, 1,": "out_channels, out_channels, 3, stride,"},
            "Both of your 3×3 convolutions have the stride, so a stride of 2 makes the image four times smaller, "
            "and the shortcut does not fit. Only the first one has it.",
        ),
        "no-padding": mistake(
            variant_sequential,
            {"3, stride, 1,": "3, stride, 0,", "3, 1, 1,": "3, 1, 0,"},
            "Your 3×3 convolutions have no padding, so each takes a row and a column off every side, and the branch no "
            "longer fits the shortcut. With a padding of 1 the size stays.",
        ),
        "no-normalisation": mistake(
            variant_sequential,
            {
                "self.shortcut = nn.Identity()": (
                    "self.branch[1] = self.branch[4] = nn.Identity()\n            self.shortcut = nn.Identity()"
                )
            },
            "There is no batch normalisation in your branch. One follows each 3×3 convolution.",
        ),
        "one-normalisation": mistake(
            variant_sequential,
            {
                "self.shortcut = nn.Identity()": (
                    "self.branch[4] = self.branch[1]\n            self.shortcut = nn.Identity()"
                )
            },
            "You use one batch normalisation in two places. In training that looks right, but its stored statistics "
            "are a mixture of both, and evaluation uses them. Make one for each convolution.",
        ),
        **{name: mistake(variant_sequential, edits, hint) for name, (edits, hint) in SLIPS.items()},
    },
    variants={"sequential": variant_sequential, "step-by-step": variant_step_by_step, "parts": variant_parts},
    tolerance=1e-5,
    # The first operation of torch in a process can be slow.
    seconds=5.0,
    probe="autograder.exercises._block_probe",
)
